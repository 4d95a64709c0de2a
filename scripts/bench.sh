#!/usr/bin/env bash
# What an import costs: the stages by themselves, then the whole beside tcpdump, by turns.
#   scripts/bench.sh [FILE]
# Without FILE the input is made in $BENCH (bench-data in the target folder): the telescope mix when its
# generator lies beside the repository (../shared/perf/gen_darknet.rs, $PACKETS packets), else one sensor's
# quarter of scenarios/2014Q2.toml.
# Wall times mean something only on a machine that does nothing else; CPU times stay within a tenth.
set -euo pipefail
cd "$(dirname "$0")/.."

built="${CARGO_TARGET_DIR:-target}"
folder="${BENCH:-$built/bench-data}"
rounds="${ROUNDS:-5}"
generator=../shared/perf/gen_darknet.rs
say() { printf '\n== %s\n' "$*" >&2; }

say "building the bench (a release build of the store, without the query engine)"
cargo build --release --locked -p teiten-bench
bench="$built/release/teiten-bench"

tables=()
if [ -f /usr/share/tor/geoip ] && [ -f /usr/share/tor/geoip6 ]; then
  tables=(--tables /usr/share/tor/geoip /usr/share/tor/geoip6)
fi

input="${1:-}"
if [ -z "$input" ]; then
  mkdir -p "$folder"
  if [ -f "$generator" ]; then
    input="$folder/telescope.pcap"
    if [ ! -f "$input" ]; then
      say "making the telescope mix"
      rustc -C opt-level=3 "$generator" -o "$folder/gen_darknet"
      "$folder/gen_darknet" --packets "${PACKETS:-3000000}" --seed 1 --out "$folder/part.pcap" >/dev/null
      mv "$folder/part.pcap" "$input"
    fi
  else
    input="$folder/quarter.pcapng"
    if [ ! -f "$input" ]; then
      say "simulating scenarios/2014Q2.toml (this builds the program first)"
      cargo build --locked -p teiten-app
      "$built/debug/teiten" simulate scenarios/2014Q2.toml --out "$folder/quarter"
      # One sensor's days end to end: a pcapng file may have many sections.
      cat "$folder"/quarter/jp-01/*.pcapng.zst | zstd -dcq >"$folder/part.pcap"
      mv "$folder/part.pcap" "$input"
    fi
  fi
fi

say "the stages of $input"
"$bench" stages "$input" "${tables[@]}"

say "ports with exact distinct sources straight from the file, beside tcpdump -w /dev/null, by turns"
TIMEFORMAT='%R %U %S'
printf '%-8s%12s%12s%12s%12s%10s%10s\n' round 'tcpdump s' 'CPU s' 'stream s' 'CPU s' x_wall x_cpu
beside() {
  local round="$1" theirs ours
  shift
  theirs=$({ time tcpdump -r "$input" -w /dev/null >/dev/null 2>&1; } 2>&1)
  ours=$({ time "$@" >/dev/null; } 2>&1)
  printf '%s %s %s\n' "$round" "$theirs" "$ours" | awk '{
    theirs = $3 + $4; ours = $6 + $7
    printf "%-8s%12.2f%12.2f%12.2f%12.2f%10.1f%10.1f\n", $1, $2, theirs, $5, ours, $5 / $2, ours / theirs
  }'
}
for round in $(seq "$rounds"); do
  beside "$round" "$bench" stream "$input"
done

say "the whole import with its threads beside tcpdump -w /dev/null, $rounds times by turns"
printf '%-8s%12s%12s%12s%12s%10s%10s\n' round 'tcpdump s' 'CPU s' 'import s' 'CPU s' x_wall x_cpu
for round in $(seq "$rounds"); do
  beside "$round" "$bench" import "$input" "${tables[@]}"
done
