#!/usr/bin/env bash
# What questions, pages and an import cost as a store grows: one store, made without captures, asked at each size.
#   bench/growth.sh [STORE]
# The store (else $GROWTH/store, $GROWTH else in the target folder) takes a day of $DAILY packets after the other
# until it has those of $DAYS, and goes on where it was. All packets are like those of $CAPTURE, else of the telescope
# mix when its generator lies beside the repository. With the defaults the last size is 10^9 packets, some 20 GB.
# $PAGES also asks every page of the portal at each size (needs wrk); $LIMIT seconds are given to a question.
# Prints Markdown. Wall times mean something only on a machine that does nothing else.
set -euo pipefail
# What is named is named from where the caller stands.
store="${1:+$(realpath -m "$1")}"
folder="${GROWTH:+$(realpath -m "$GROWTH")}"
cd "$(dirname "$0")/.."

built="${CARGO_TARGET_DIR:-target}"
folder="$(realpath -m "${folder:-$built/growth}")"
mkdir -p "$folder"
store="${store:-$folder/store}"
data="$folder/data"
program="$(realpath "${TEITEN:-$built/debug/teiten}")"
bench="$(realpath "${BENCH:-$built/debug/teiten-bench}")"
read -r -a sizes <<<"${DAYS:-1 7 73 731}"
daily="${DAILY:-1368000}"
sensors="${SENSORS:-1}"
limit="${LIMIT:-600}"
quarter="${QUARTER:-2024Q1}"
say() { printf '\n== %s\n' "$*" >&2; }

capture="${CAPTURE:-$folder/telescope.pcap}"
if [ ! -f "$capture" ]; then
  generator=../shared/perf/gen_darknet.rs
  [ -f "$generator" ] || { say "no capture to make packets like: name one in \$CAPTURE"; exit 1; }
  rustc -C opt-level=3 "$generator" -o "$folder/gen_darknet"
  "$folder/gen_darknet" --packets 3000000 --seed 1 --out "$folder/part.pcap" >/dev/null
  mv "$folder/part.pcap" "$capture"
fi
tables=()
for table in /usr/share/tor/geoip /usr/share/tor/geoip6; do
  [ ! -f "$table" ] || tables+=("$table")
done
if [ ! -d "$data" ] && [ ${#tables[@]} -gt 0 ]; then
  "$program" --store "$store" --data "$data" -q data import "${tables[@]}" >/dev/null
fi

# name|what is asked. Those of the quarter read the same from the day on that ends it; the others the whole store.
questions="$(
  cat <<EOQ
ports, quarter|top ports --period $quarter
ports by sources, quarter|top ports --metric sources --period $quarter
countries, quarter|top countries --period $quarter
sources, quarter|top sources --period $quarter
AS, quarter|top ases --period $quarter
classes, quarter|top classes --period $quarter
tags, quarter|top tags --period $quarter
sensors, quarter|top sensors --period $quarter
series by day, quarter|trend --step day --period $quarter
series of a port, quarter|trend --step day --period $quarter -Y tcp.dstport==23
accesses, quarter|ask accesses --period $quarter
hosts by TCP port, quarter|ask hosts-tcp --period $quarter
damage, quarter|ask damage --period $quarter
Mirai, quarter|ask mirai --period $quarter
ports, all|top ports
countries, all|top countries
sources, all|top sources
series by month, all|trend --step month
ports, rows of a day|top ports --period 2024-01-01 -Y ip.ttl>100
packets of a day, counted|packets --only-count --period 2024-01-01 -Y ip.proto==17
packets, the first|packets -c 100
packets of a port in a day|packets -c 1000 --period 2024-01-01 -Y tcp.dstport==3389
rows, counted|query SELECT~count(*),~sum(frame_len)~FROM~packets
EOQ
)"

# Runs the program; gives wall s, CPU s, peak MiB and status.
measured() {
  local status=0
  timeout "$limit" /usr/bin/time -o "$folder/time" -f '%e %U %S %M' \
    "$program" --store "$store" --data "$data" -q -o csv "$@" >"$folder/answer" 2>"$folder/error" </dev/null || status=$?
  tail -n 1 "$folder/time" | awk -v status="$status" '{ printf "%.2f %.2f %.0f %s\n", $1, $2 + $3, $4 / 1024, status }'
}
# What it says that it would read at most, in MB; nothing where it does not say.
told_mb() {
  timeout "$limit" "$program" --store "$store" --data "$data" -q -o csv "$@" --explain 2>/dev/null </dev/null |
    python3 -c 'import csv, sys
rows = list(csv.DictReader(sys.stdin))
print(sum(int(row["bytes"]) for row in rows) // 1_000_000, "+".join(sorted({row["table"] for row in rows})))' 2>/dev/null || true
}

printf '%s processors, load %s, %s\n' "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)" "$("$program" --version)"
for days in "${sizes[@]}"; do
  say "filling to $days days"
  filled="$("$bench" fill "$store" --like "$capture" --days "$days" --daily "$daily" --sensors "$sensors" ${tables[0]:+--tables "${tables[@]}"} 2>"$folder/fill.log")"
  printf '\n### %s packets in %s days\n\n%s\n' "$((days * daily))" "$days" "$filled"
  du -sb "$store"/tables/* | awk -v n="$((days * daily))" \
    '{ sub(/.*\//, "", $2); all += $1; if ($1 / n > 0.01) told = told sprintf("%s %.2f, ", $2, $1 / n) }
     END { printf "On disk: %.2f GB, bytes a packet: %sin all %.2f.\n", all / 1e9, told, all / n }'
  printf '\n| question | wall s | CPU s | peak MiB | reads at most, MB | of |\n|---|---:|---:|---:|---:|---|\n'
  while IFS='|' read -r name asked; do
    read -r -a words <<<"$asked"
    [ "${words[0]}" != query ] || words[1]="${words[1]//\~/ }"
    read -r wall cpu peak status <<<"$(measured "${words[@]}")"
    reads=""
    [ "${words[0]}" = ask ] || reads="$(told_mb "${words[@]}")"
    [ "$status" = 0 ] || wall="status $status: $wall"
    printf '| %s | %s | %s | %s | %s | %s |\n' "$name" "$wall" "$cpu" "$peak" "${reads%% *}" "${reads#* }"
  done <<<"$questions"
  if [ -n "${PAGES:-}" ]; then
    printf '\n'
    TEITEN="$program" QUARTER="$quarter" YEAR=2024 DAY=2024-01-01 ROUNDS=1 scripts/portal-bench.sh "$store" "$data"
  fi
done

# An import and questions at once, on a store of the first size: a copy each, so that the same is imported.
say "an import beside questions"
small="$folder/small"
question=(top ports -Y 'ip.ttl>100' --from 2024-01-01T00:00Z --to 2024-01-02T00:00Z)
rm -rf "$small" && mkdir "$small"
"$bench" fill "$small/store" --like "$capture" --days "${sizes[0]}" --daily "$daily" --sensors "$sensors" >/dev/null 2>&1
cp -a "$small/store" "$small/other"
store="$small/store"
asked_s() {
  local wall cpu
  read -r wall cpu _ <<<"$(measured "${question[@]}")"
  printf '%s %s\n' "$wall" "$cpu"
}
for _ in 1 2 3 4 5; do asked_s; done >"$folder/alone"
imported() {
  /usr/bin/time -o "$folder/import" -f '%e %U %S %M' "$program" --store "$1" --data "$data" -q import "$capture" >/dev/null 2>&1
}
imported "$small/other"
read -r import_wall import_user import_sys import_kib <"$folder/import"
imported "$small/store" &
pid=$!
: >"$folder/beside"
while kill -0 "$pid" 2>/dev/null; do asked_s >>"$folder/beside"; done
wait "$pid"
read -r beside_wall beside_user beside_sys beside_kib <"$folder/import"
mean() { awk '{ wall += $1; cpu += $2 } END { printf "%.2f | %.2f | %d", wall / NR, cpu / NR, NR }' "$1"; }
printf '\n| at once | wall s | CPU s | times | peak MiB |\n|---|---:|---:|---:|---:|\n'
printf '| import alone | %s | %s | 1 | %s |\n' "$import_wall" "$(awk "BEGIN { print $import_user + $import_sys }")" "$((import_kib / 1024))"
printf '| import beside questions | %s | %s | 1 | %s |\n' "$beside_wall" "$(awk "BEGIN { print $beside_user + $beside_sys }")" "$((beside_kib / 1024))"
printf '| question alone | %s | |\n' "$(mean "$folder/alone")"
printf '| question beside the import | %s | |\n' "$(mean "$folder/beside")"
rm -rf "$small"
