#!/usr/bin/env bash
# How long readers of the portal wait: every page cold and warm, Explore over a year, fifty readers at once.
#   scripts/portal-bench.sh STORE [DATA]
# STORE is best that of scripts/demo.sh. $TEITEN is the program (else that of the target folder), $ROUNDS warm rounds of
# a page, $READERS readers for $SECONDS_EACH seconds. Prints tables as Markdown. Needs wrk (Debian: apt-get install wrk).
# Times are seconds on the clock, the best of the rounds, and milliseconds of CPU: on a busy machine only CPU compares.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { sed -n '2,6p' "$0" >&2; exit 2; }

command -v wrk >/dev/null || { printf 'portal-bench: wrk is missing: apt-get install wrk\n' >&2; exit 1; }

store="$1"
data="${2:-$(dirname "$store")/data}"
program="${TEITEN:-${CARGO_TARGET_DIR:-target}/debug/teiten}"
rounds="${ROUNDS:-5}"
readers="${READERS:-50}"
seconds="${SECONDS_EACH:-20}"
port="${PORT:-18080}"
base="http://127.0.0.1:$port"
# What is asked: the seven days and the quarter that the demo has, and its whole year; or $QUARTER, $YEAR and $DAY.
quarter="${QUARTER:-2014Q2}"
year="${YEAR:-2013-07-01..2014-07-01}"
day="${DAY:-2014-06-01}"
pages=(
  "/" "/?p=$quarter" "/explore?p=$quarter" "/explore?p=$quarter&by=country&vs=prev"
  "/explore?p=$year&by=port" "/explore?p=$year&by=country" "/explore?p=$year&by=class&g=heat"
  "/packets" "/packets?p=$day&f=tcp.dstport==22&row=1" "/port/22-tcp?p=$quarter" "/country/CN?p=$quarter"
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
  # It is ready once what the first reader would wait for was read.
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
turns="$(mktemp)"
trap 'stop; rm -f "$turns"' EXIT
{
  printf 'local pages = {\n'
  printf '  "%s",\n' "${pages[@]}"
  cat <<'LUA'
}
local turn = 0
function request()
  turn = turn + 1
  return wrk.format("GET", pages[(turn - 1) % #pages + 1])
end
function done(summary, latency)
  local wrong = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
    + summary.errors.timeout
  io.write(string.format("%d\t%d\t%.3f\t%.3f\t%.3f\n", summary.requests, wrong, latency:percentile(50) / 1e6,
    latency:percentile(95) / 1e6, latency.max / 1e6))
end
LUA
} >"$turns"
before="$(cpu_ms)"
told="$(wrk --threads 1 --connections "$readers" --duration "${seconds}s" --timeout 30s --script "$turns" "$base" | tail -1)"
after="$(cpu_ms)"
awk -F'\t' -v readers="$readers" -v seconds="$seconds" -v cpu="$((after - before))" '{
  printf "\n%s readers at once for %s s: %d requests, %d wrong, median %s s, 95th of a hundred %s s, longest %s s, %d ms of CPU each\n",
    readers, seconds, $1, $2, $3, $4, $5, cpu / $1
}' <<<"$told"
