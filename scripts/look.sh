#!/usr/bin/env bash
# Takes pictures of the pages of the demo report, to be looked at before anything is published.
set -euo pipefail
cd "$(dirname "$0")/.."

demo="${DEMO:-./demo}"
pictures="$demo/look"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
  printf 'look: no browser: `scripts/setup.sh look` installs one\n' >&2
  exit 1
fi
if [ ! -d "$demo/report" ]; then
  printf 'look: there is no report in %s: run `make demo` first\n' "$demo" >&2
  exit 1
fi

mkdir -p "$pictures"
# The sandbox needs rights that root in a container does not have.
options=(--headless --disable-gpu --hide-scrollbars --window-size=1200,4000)
[ "$(id -u)" -eq 0 ] && options+=(--no-sandbox)
find "$demo/report" -name '*.html' | sort | while read -r page; do
  name=${page#"$demo/report/"}
  picture="$pictures/${name//\//-}"
  picture="${picture%.html}.png"
  "$browser" "${options[@]}" --screenshot="$picture" "file://$(realpath "$page")" </dev/null >/dev/null 2>&1
  printf '%s\n' "$picture"
done
