#!/usr/bin/env bash
# Packet tools and table readers beside us on one capture: packets a second, CPU, memory, bytes a packet.
#   bench/peers.sh FILE [ONLY]
# Each runs once, on the whole capture or, when it is slow, on its first 1,000,000 (M) or 100,000 (S) packets, right
# after `tcpdump -r SLICE -w /dev/null`, to which it is a ratio. ONLY is a pattern of names. Prints a Markdown table.
# Peers are installed from packages (Debian; DuckDB and chDB from the Python package index) unless $NOINSTALL is set;
# one that is not there has no row. $TEITEN is our program (else that of the target folder), $TABLES tables of countries.
# Wall times mean something only on a machine that does nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { sed -n '2,8p' "$0" >&2; exit 2; }

capture="$(realpath "$1")"
only="${2:-.}"
built="${CARGO_TARGET_DIR:-target}"
TEITEN="$(realpath "${TEITEN:-$built/debug/teiten}")"
BENCH="$(realpath -m "${BENCH:-$built/debug/teiten-bench}")"
PYTHON="$(realpath -m "$built")/python/bin/python3"
READERS="$(realpath scripts/readers)"
read -r -a tables <<<"${TABLES:-/usr/share/tor/geoip /usr/share/tor/geoip6}"
say() { printf 'peers: %s\n' "$*" >&2; }

packages=(tcpdump tshark wireshark-common time zstd lz4 tcpstat libtrace-tools nfdump argus-server argus-client
  softflowd pmacct p0f libndpi-bin)
if [ -z "${NOINSTALL:-}" ]; then
  say "installing ${packages[*]}, and DuckDB and chDB beside what cargo builds"
  export DEBIAN_FRONTEND=noninteractive
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
    apt-get install -y -qq --no-install-recommends "$package" </dev/null >/dev/null 2>&1 || say "no package $package"
  done
  scripts/python.sh readers || say "no DuckDB and chDB"
fi
for needed in tcpdump /usr/bin/time; do
  command -v "$needed" >/dev/null || { say "$needed is missing"; exit 1; }
done

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/out"
ln -s "$capture" "$work/L.pcap"
tcpdump -r "$capture" -c 1000000 -w "$work/M.pcap" 2>/dev/null
tcpdump -r "$capture" -c 100000 -w "$work/S.pcap" 2>/dev/null
declare -A packets
for slice in L M S; do
  packets[$slice]="$(tcpdump -r "$work/$slice.pcap" --count 2>/dev/null | awk '{ print $1 }')"
done

# Our store of the whole capture, once, for readers of tables.
"$TEITEN" --store "$work/store" --data "$work/data" -q data import "${tables[@]}" >/dev/null 2>&1 || say "no tables of countries"
"$TEITEN" --store "$work/store" --data "$work/data" -q import "$capture" >/dev/null

export TEITEN BENCH PYTHON READERS STORE="$work/store" DATA="$work/data" T="$work/out" LC_ALL=C
# Runs a command of the shell; gives wall s, CPU s, peak KiB and bytes left in the scratch folder, or nothing.
measured() {
  rm -rf "${work:?}/out" && mkdir "$work/out"
  (cd "$work/out" && F="$1" timeout 600 /usr/bin/time -o "$work/time" -f '%e %U %S %M' sh -c "$2" >/dev/null 2>&1 </dev/null) || return 1
  tail -n 1 "$work/time" | awk -v bytes="$(du -sb --apparent-size "$work/out" | awk '{ print $1 - 4096 }')" \
    '{ print $1, $2 + $3, $4, bytes }'
}

printf '%s processors, load %s, %s packets, %s\n\n' "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)" "${packets[L]}" \
  "$("$TEITEN" --version)"
printf '| what | packets | packets/s | CPU ns a packet | CPU to tcpdump | wall to tcpdump | peak MiB | bytes a packet | it gives |\n'
printf '|---|---:|---:|---:|---:|---:|---:|---:|---|\n'
while IFS='|' read -r name slice program gives command; do
  [[ "$name" =~ $only ]] || continue
  # @NAME is a program of ours, or one beside what cargo builds.
  if [[ "$program" == @* ]]; then
    place="${program#@}"
    program="${!place}"
  fi
  command -v "$program" >/dev/null || { say "$name: no $program"; continue; }
  base="$(measured "$work/$slice.pcap" 'tcpdump -r "$F" -w /dev/null')"
  if ! own="$(measured "$work/$slice.pcap" "$command")"; then
    say "$name: failed, or took more than ten minutes"
    continue
  fi
  awk -v name="$name" -v gives="$gives" -v n="${packets[$slice]}" '{
    wall = $5 > 0.01 ? $5 : 0.01
    printf "| %s | %d | %d | %.0f | %.2f | %.2f | %d | %.1f | %s |\n", name, n, n / wall, $6 / n * 1e9,
      $6 / ($2 > 0.01 ? $2 : 0.01), wall / ($1 > 0.01 ? $1 : 0.01), $7 / 1024, $8 / n, gives
  }' <<<"$base $own"
done <<'PEERS'
**import**|L|@TEITEN|store: rows, rollups, books|"$TEITEN" --store "$T/store" --data "$DATA" -q import "$F"
**import**, without the program's start|L|@BENCH|the same|"$BENCH" import "$F"
**`top ports -r`**|L|@TEITEN|top ports, exact sources|"$TEITEN" --data "$DATA" -q top ports -r "$F"
**`packets -r`**, 6 columns as CSV|S|@TEITEN|text columns|"$TEITEN" --data "$DATA" -q -o csv packets -c 100000 -r "$F"
tcpdump, a filter|L|tcpdump|a filtered copy|tcpdump -r "$F" -w "$T/o" "tcp dst port 23"
tcpdump -n|M|tcpdump|a line a packet|tcpdump -nr "$F" >"$T/o"
zstd -1|L|zstd|a compressed capture|zstd -q -1 -T1 -c <"$F" >"$T/o"
zstd -3 -T2|L|zstd|a compressed capture|zstd -q -3 -T2 -c <"$F" >"$T/o"
lz4 -1|L|lz4|a compressed capture|lz4 -1 -q -c <"$F" >"$T/o"
capinfos|L|capinfos|count, rates, hashes|capinfos "$F" >"$T/o"
tcpstat|L|tcpstat|counts by hour|tcpstat -r "$F" -o "%R %n %T %U\n" 3600 >"$T/o"
tracestats|L|tracestats|three counters|tracestats -f tcp -f udp -f icmp "pcapfile:$F" >"$T/o"
tracereport -P -p -t|L|tracereport|ports, protocols, times to live|tracereport -P -p -t "pcapfile:$F"
nfpcapd|L|nfpcapd|flow records|nfpcapd -r "$F" -w "$T" -t 86400
nfpcapd, nfdump -s dstport|L|nfpcapd|top ports of flow records|nfpcapd -r "$F" -w "$T" -t 86400 && nfdump -R "$T" -s dstport/packets -n 20
argus|M|argus|flow records|argus -r "$F" -w "$T/o"
argus, racluster, rasort|M|racluster|top ports|argus -r "$F" -w "$T/o" && racluster -r "$T/o" -m proto dport -w - | rasort -r - -m pkts -N 20
softflowd|M|softflowd|flow cache alone|softflowd -r "$F" -m 1000000 -d
pmacctd, ports|M|pmacctd|aggregates as CSV|pmacctd -I "$F" -P print -O csv -c dst_port,proto -o "$T/o" -r 86400
p0f|S|p0f|operating systems|p0f -r "$F" -o "$T/o"
ndpiReader|S|ndpiReader|application protocols|ndpiReader -q -i "$F"
tshark -T fields, 6 fields|S|tshark|text columns|tshark -nr "$F" -T fields -e frame.time_epoch -e ip.src -e ip.dst -e tcp.dstport -e udp.dstport -e ip.ttl >"$T/o"
tshark io,phs|S|tshark|tree of protocols|tshark -nr "$F" -q -z io,phs
**top ports, a rollup**|L|@TEITEN|top ports of our store|"$TEITEN" --store "$STORE" --data "$DATA" -q top ports
**top ports, a filter on rows**|L|@TEITEN|top ports of our store|"$TEITEN" --store "$STORE" --data "$DATA" -q top ports -Y "ip.ttl>100"
DuckDB, our rows|L|@PYTHON|top ports of our store, exact sources|"$PYTHON" "$READERS/duckdb_files.py" "$STORE" "SELECT ip_proto, dst_port, sum(packets), count(DISTINCT src) FROM packets WHERE ttl > 100 GROUP BY ALL ORDER BY 3 DESC LIMIT 10"
DuckDB, our rollup|L|@PYTHON|top ports of our store|"$PYTHON" "$READERS/duckdb_files.py" "$STORE" "SELECT ip_proto, dst_port, sum(packets) FROM ports_hourly GROUP BY ALL ORDER BY 3 DESC LIMIT 10"
chDB, our rows|L|@PYTHON|a copy of our rows, and top ports of it|"$PYTHON" "$READERS/chdb_copy.py" "$STORE" "SELECT ip_proto, dst_port, sum(packets) p, uniqExact(src) FROM packets WHERE ttl > 100 GROUP BY ALL ORDER BY p DESC LIMIT 10"
PEERS
