#!/usr/bin/env bash
# From nothing to the report: simulates the second quarter of 2014, imports it, and makes the quarterly
# report in Japanese and English. Everything goes into $DEMO (./demo). No packet in it was ever sent.
set -euo pipefail
cd "$(dirname "$0")/.."

demo="${DEMO:-./demo}"
scenario=scenarios/2014Q2.toml
geoip=/usr/share/tor
say() { printf '\n== %s\n' "$*" >&2; }

# Only a folder that a demo made is ever emptied.
mark="$demo/SYNTHETIC.txt"
if [ -d "$demo" ] && [ ! -f "$mark" ] && [ -n "$(ls -A "$demo")" ]; then
  printf 'demo: %s holds something else than a demo: name another folder with DEMO=...\n' "$demo" >&2
  exit 1
fi
mkdir -p "$demo"
printf 'scripts/demo.sh made this folder. Every packet in it is synthetic.\n' >"$mark"

say "building (the first time compiles the query engine: many minutes on two cores)"
cargo build --workspace --exclude teiten-cluster --exclude teiten-nats --locked
teiten() { "${CARGO_TARGET_DIR:-target}/debug/teiten" --store "$demo/store" --data "$demo/data" "$@"; }

if cmp -s "$scenario" "$demo/captures/scenario.toml" && [ -f "$demo/captures/truth.json" ]; then
  say "the captures of $scenario are there already"
else
  rm -rf "$demo/captures" "$demo/store" "$demo/data" "$demo/report"
  # The table that places the sources must be the one that names their countries later.
  if [ -f "$geoip/geoip" ] && [ -f "$geoip/geoip6" ]; then
    say "simulating $scenario, with sources in the countries of tor-geoipdb"
    teiten data import "$geoip/geoip" "$geoip/geoip6"
    teiten simulate "$scenario" --out "$demo/captures" --countries data
  else
    say "simulating $scenario, with sources in a made-up table of countries"
    teiten simulate "$scenario" --out "$demo/captures"
    teiten data import "$demo/captures/countries.csv"
    teiten data import "$demo/captures/as.csv"
  fi
  teiten data import "$demo/captures/scanners.csv"
fi

say "importing the captures"
teiten import "$demo/captures" --sensors "$demo/captures/sensors.toml"

say "making the report"
teiten report make quarterly --period 2014Q2 --region JP --lang ja,en -w "$demo/report"

say "comparing the report with the one it retells, and with what was planted"
cargo xtask demo "$demo"

say "done; everything in it is synthetic"
cat >&2 <<TEXT
  the report:   $demo/report
  ask further:  teiten --store $demo/store top ports --period 2014Q2
  the packets:  teiten --store $demo/store packets --period 2014Q2 | head
  the truth:    $demo/captures/truth.json
  the program:  ${CARGO_TARGET_DIR:-target}/debug/teiten
TEXT
