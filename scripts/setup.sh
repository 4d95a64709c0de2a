#!/usr/bin/env bash
# Installs what the demo and the tests need beside Rust; with `test`, also scanners for the tests in network
# namespaces; with `look`, also what takes pictures of pages.
# With `test`, also the Python of scripts/python.sh, beside what cargo builds, and the packages of web/ for the browser.
# What is there is left alone; what is installed is named first; nothing is asked.
set -euo pipefail

packages=(
  gcc                          # the C parts of zstd and xz
  tshark                       # oracle: tests compare our filters and lists with it
  tcpdump                      # oracle and yardstick
  tor-geoipdb                  # countries of addresses, free to use, for demo and tests
  fonts-morisawa-bizud-gothic  # Japanese type for pictures and print
)
[ "${1:-}" = look ] && packages+=(chromium poppler-utils)

say() { printf 'setup: %s\n' "$*" >&2; }

if ! command -v cargo >/dev/null; then
  say "cargo is missing: install Rust 1.95 or newer, for example with rustup (https://rustup.rs)"
  exit 1
fi
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "this is not a Debian system: please see to these yourself: ${packages[*]}"
  exit 0
fi

# Without these some tests are not run, and say so: no reason to end.
wanted=()
if [ "${1:-}" = test ]; then
  command -v ip >/dev/null || wanted+=(iproute2)
  wanted+=(zmap masscan nmap hping3) # real scanners against real sensors
  wanted+=(valgrind)                 # counts instructions of the stages of an import
  python3 -c 'import ensurepip' 2>/dev/null || wanted+=(python3 python3-venv) # for scripts/python.sh
  wanted+=(chromium)                 # the portal in a browser, led by Node 20 or later
  command -v npm >/dev/null || wanted+=(nodejs npm)
  wanted+=(nats-server)              # sensors behind sites, on loopback; not a version to be reached by others
  wanted+=(musl-tools)               # the sensor as one static file; without it glibc is linked statically
  musl="$(uname -m)-unknown-linux-musl"
  if command -v rustup >/dev/null && [ ! -d "$(rustc --print target-libdir --target "$musl")" ]; then
    rustup target add "$musl" >&2 || say "no target $musl: the static sensor is built with glibc"
  fi
fi

# A server of the S3 protocol, readers of our tables, a tester of APIs; and what leads the browser.
peers() {
  [ "$1" = test ] || return 0
  scripts/python.sh || say "not every package of scripts/python is there; tests that need them will not run"
  modules || say "not every package of web/ is there; tests in the browser will not run"
}

# Installed once for each state of the lock file.
modules() {
  command -v npm >/dev/null || return 1
  cmp -s web/package-lock.json web/node_modules/.lock && return 0
  say "installing the packages of web/package-lock.json"
  npm --prefix web ci --no-audit --no-fund --ignore-scripts --loglevel error </dev/null >&2 || return 1
  cp web/package-lock.json web/node_modules/.lock
}

is_missing() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" != installed ]
}
missing=() wished=()
for package in "${packages[@]}"; do if is_missing "$package"; then missing+=("$package"); fi; done
for package in "${wanted[@]}"; do if is_missing "$package"; then wished+=("$package"); fi; done
if [ ${#missing[@]} -eq 0 ] && [ ${#wished[@]} -eq 0 ]; then
  peers "${1:-}"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    say "missing: ${missing[*]} ${wished[*]}; run as root: apt-get install ${missing[*]} ${wished[*]}"
    [ ${#missing[@]} -eq 0 ] && exit 0
    exit 1
  fi
  as_root=(sudo)
fi

install() {
  say "installing with apt-get: $*"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" </dev/null >&2
}

# tshark's package asks whether others than root may capture; nothing here captures.
printf 'wireshark-common wireshark-common/install-setuid boolean false\n' |
  "${as_root[@]}" debconf-set-selections || true
"${as_root[@]}" apt-get update -q </dev/null >&2 || say "apt-get update failed; what is known of packages must do"
[ ${#missing[@]} -eq 0 ] || install "${missing[@]}"
[ ${#wished[@]} -eq 0 ] || install "${wished[@]}" || say "not installed: ${wished[*]}; tests that need them will not run"
peers "${1:-}"
