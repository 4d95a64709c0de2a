#!/usr/bin/env bash
# How long readers of the portal wait: every page cold and warm, Explore over a year, fifty readers at once.
#   scripts/portal-bench.sh STORE [DATA]
# STORE is best that of scripts/demo.sh. $TEITEN is the program (else that of the target folder), $ROUNDS warm rounds of
# a page, $READERS readers, $REQUESTS requests of theirs. Prints tables as Markdown.
# Times are seconds on the clock, the best of the rounds, and milliseconds of CPU: on a busy machine only CPU compares.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { sed -n '2,6p' "$0" >&2; exit 2; }

store="$1"
data="${2:-$(dirname "$store")/data}"
program="${TEITEN:-${CARGO_TARGET_DIR:-target}/debug/teiten}"
rounds="${ROUNDS:-5}"
readers="${READERS:-50}"
requests="${REQUESTS:-500}"
port="${PORT:-18080}"
base="http://127.0.0.1:$port"
# What is asked: the seven days and the quarter that the demo has, and its whole year.
quarter="2014Q2"
year="2013-07-01..2014-07-01"
pages=(
  "/" "/?p=$quarter" "/explore?p=$quarter" "/explore?p=$quarter&by=country&vs=prev"
  "/explore?p=$year&by=port" "/explore?p=$year&by=country" "/explore?p=$year&by=class&g=heat"
  "/packets" "/packets?p=2014-06-01&f=tcp.dstport==22&row=1" "/port/22-tcp?p=$quarter" "/country/CN?p=$quarter"
  "/as/4134?p=$quarter" "/tag/masscan?p=$quarter" "/findings" "/dns?p=$quarter" "/backscatter?p=$quarter"
  "/sensors?p=$quarter" "/data" "/sql" "/api"
)

pid=""
stop() { [ -z "$pid" ] || { kill "$pid"; wait "$pid" || true; pid=""; }; }
trap stop EXIT
start() {
  stop
  "$program" --store "$store" --data "$data" serve --listen "127.0.0.1:$port" 2>/dev/null &
  pid=$!
  # It listens once the reference data are read.
  curl -s -o /dev/null --retry 50 --retry-connrefused --retry-delay 1 "$base/readyz"
  curl -s -o /dev/null "$base/api/v1/status"
}
cpu_ms() { awk -v hertz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print int(($12 + $13) * 1000 / hertz) }' "/proc/$pid/stat"; }
ask() { curl -s -o /dev/null -w '%{http_code} %{time_total}\n' "$base$1"; }

printf '%s processors, load %s, %s\n\n' "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)" "$("$program" --version)"
printf '| page | status | cold, s | cold, CPU ms | warm, best of %s, s | warm, CPU ms |\n|---|---:|---:|---:|---:|---:|\n' "$rounds"
for page in "${pages[@]}"; do
  start
  before="$(cpu_ms)"
  read -r status cold <<<"$(ask "$page")"
  between="$(cpu_ms)"
  best="$(for _ in $(seq "$rounds"); do ask "$page"; done | awk '{ print $2 }' | sort -g | head -1)"
  after="$(cpu_ms)"
  printf '| `%s` | %s | %.2f | %s | %.3f | %s |\n' \
    "$page" "$status" "$cold" "$((between - before))" "$best" "$(((after - between) / rounds))"
done

# Readers who look at different pages, each after the other, from a portal that has answered each once.
start
for page in "${pages[@]}"; do ask "$page" >/dev/null; done
before="$(cpu_ms)"
times="$(for i in $(seq "$requests"); do printf '%s\n' "$base${pages[$((i % ${#pages[@]}))]}"; done |
  xargs -P "$readers" -I{} curl -s -o /dev/null -w '%{time_total} %{http_code}\n' '{}' | sort -g)"
after="$(cpu_ms)"
printf '\n%s readers, %s requests: ' "$readers" "$requests"
awk -v cpu="$(((after - before) / requests))" '
  { time[NR] = $1; if ($2 != 200) wrong++ }
  END {
    printf "median %.2f s, 95th of a hundred %.2f s, longest %.2f s, not answered %d, %d ms of CPU each\n",
      time[int((NR + 1) / 2)], time[int(NR * 0.95)], time[NR], wrong, cpu
  }' <<<"$times"
