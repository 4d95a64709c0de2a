#!/usr/bin/env bash
# Installs what the demo and the tests need beside Rust; with `look`, also what takes pictures of pages.
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

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    say "missing: ${missing[*]}; run as root: apt-get install ${missing[*]}"
    exit 1
  fi
  as_root=(sudo)
fi

say "installing with apt-get: ${missing[*]}"
# tshark's package asks whether others than root may capture; nothing here captures.
printf 'wireshark-common wireshark-common/install-setuid boolean false\n' |
  "${as_root[@]}" debconf-set-selections || true
"${as_root[@]}" apt-get update -q </dev/null >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null >&2
