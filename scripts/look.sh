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
options=(--headless=new --disable-gpu --hide-scrollbars)
[ "$(id -u)" -eq 0 ] && options+=(--no-sandbox)
take() { # name, page, width, further options
  local picture="$pictures/$1.png"
  "$browser" "${options[@]}" "${@:4}" --window-size="$3,16000" --screenshot="$picture" "file://$2" \
    </dev/null >/dev/null 2>&1
  printf '%s\n' "$picture"
}
find "$demo/report" -name '*.html' | sort | while read -r page; do
  name=${page#"$demo/report/"}
  name=${name//\//-}
  name=${name%.html}
  page=$(realpath "$page")
  take "$name" "$page" 1000
  take "$name-dark" "$page" 1000 --blink-settings=preferredColorScheme=0
  take "$name-narrow" "$page" 360
done
find "$demo/report" -name report.pdf | sort | while read -r pdf; do
  pages="$pictures/$(basename "$(dirname "$pdf")")-page"
  pdftoppm -r 80 -png "$pdf" "$pages"
  ls "$pages"-*.png
done
