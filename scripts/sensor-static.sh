#!/usr/bin/env bash
# Builds teiten-sensor as one static file, so that it runs on any Linux of this architecture, and checks that it is.
# With the musl target and musl-gcc (`rustup target add`, `apt install musl-tools`) it is built for that; without,
# for glibc: names are then resolved by what glibc has inside, files and DNS.
#   scripts/sensor-static.sh      prints path and size
set -euo pipefail
cd "$(dirname "$0")/.."

machine="$(uname -m)"
target="$machine-unknown-linux-gnu"
if command -v musl-gcc >/dev/null && test -d "$(rustc --print target-libdir --target "$machine-unknown-linux-musl")"; then
  target="$machine-unknown-linux-musl"
fi
say() { printf '\n== %s\n' "$*" >&2; }

say "building for $target, static"
RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked -p teiten-sensor --target "$target"
built="$(realpath "${CARGO_TARGET_DIR:-target}/$target/release/teiten-sensor")"

say "checking"
if ldd "$built" 2>&1 | grep -q '=>'; then
  printf 'sensor-static: %s needs libraries of the system:\n' "$built" >&2
  ldd "$built" >&2
  exit 1
fi
file -b "$built" | grep -Eq 'statically linked|static-pie linked' || {
  printf 'sensor-static: %s is not static: %s\n' "$built" "$(file -b "$built")" >&2
  exit 1
}
"$built" --version >&2
printf '%s %s bytes\n' "$built" "$(stat -c %s "$built")"
