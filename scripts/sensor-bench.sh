#!/usr/bin/env bash
# What capturing costs: teiten-sensor beside tcpdump and dumpcap on one pair of interfaces, by turns. Needs root.
#   scripts/sensor-bench.sh [SECONDS]
# A sender floods UDP packets of 64 bytes at rates that double, until dumpcap loses some; the last rate at which it
# loses none, or that the sender reaches, is the one compared. For each: packets sent, packets it has, CPU
# seconds, peak of resident memory. A ring's pages count as resident once they were touched. Wall times on a busy machine mean nothing; losses do.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds="${1:-10}"
built="${CARGO_TARGET_DIR:-target}"
say() { printf '\n== %s\n' "$*" >&2; }

say "building the sensor (release) and the sender"
cargo build --release --locked -p teiten-sensor
sensor="$built/release/teiten-sensor"
home="$(mktemp -d)"
a="bench-$$-a"
b="bench-$$-b"
clean() {
  ip netns del "$a" 2>/dev/null || true
  ip netns del "$b" 2>/dev/null || true
  rm -rf "$home"
}
trap clean EXIT

cat >"$home/send.rs" <<'RUST'
// Sends packets at a steady rate for some seconds; prints how many went.
use std::time::{Duration, Instant};
fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|one| one.parse().unwrap()).collect();
    let (rate, seconds) = (args[0], args[1]);
    let socket = std::net::UdpSocket::bind("192.0.2.1:5000").unwrap();
    socket.connect("192.0.2.2:7").unwrap();
    let (begin, mut sent, payload) = (Instant::now(), 0u64, [7u8; 22]);
    let end = Duration::from_secs(seconds);
    while begin.elapsed() < end {
        let due = (begin.elapsed().as_secs_f64() * rate as f64) as u64;
        while sent < due {
            if socket.send(&payload).is_ok() {
                sent += 1;
            }
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    println!("{sent}");
}
RUST
rustc -O -o "$home/send" "$home/send.rs"

ip netns add "$a"
ip netns add "$b"
ip -n "$a" link add out type veth peer name in netns "$b"
ip -n "$a" addr add 192.0.2.1/24 dev out
ip -n "$a" link set out up
ip -n "$b" link set in address 02:00:00:00:00:02 up
ip -n "$a" neigh replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev out

mkdir -p "$home/state"
printf 'sensor = "bench"\ncollector = "https://127.0.0.1:1"\n' >"$home/state/sensor.toml"
cat >"$home/sensor.toml" <<TOML
state = "$home/state"
status = "$home/status"
[[interface]]
name = "in"
watch = ["192.0.2.2/32"]
[spool]
folder = "$home/spool"
mib_max = 4096
TOML

# has PROGRAM: packets in what it wrote.
has() {
  case "$1" in
  sensor) "$sensor" -c "$home/sensor.toml" status --json | sed -n 's/^ *"held": \([0-9]*\),/\1/p' ;;
  *) capinfos -c -M "$home/$1.out" | sed -n 's/^Number of packets: *//p' ;;
  esac
}

# one PROGRAM RATE: prints sent, had, CPU seconds, resident KiB.
one() {
  rm -rf "$home/spool" "$home"/*.out
  local command=()
  case "$1" in
  tcpdump) command=(tcpdump -i in -n -B 16384 -w "$home/tcpdump.out" dst host 192.0.2.2) ;;
  dumpcap) command=(dumpcap -i in -q -B 16 -w "$home/dumpcap.out" -f 'dst host 192.0.2.2') ;;
  sensor) command=("$sensor" -c "$home/sensor.toml" run --spool-only) ;;
  esac
  touch "$home/$1.out" && chmod 666 "$home/$1.out"
  /usr/bin/time -f '%U %S %M' -o "$home/time" ip netns exec "$b" "${command[@]}" 2>"$home/said" &
  local timer=$!
  until grep -Eq 'listening on|Capturing on|watching' "$home/said"; do sleep 0.1; done
  sleep 1
  local sent
  sent="$(ip netns exec "$a" "$home/send" "$2" "$seconds")"
  sleep 1
  pkill -INT -P "$timer"
  wait "$timer" || true
  printf '%s %s %s\n' "$sent" "$(has "$1")" "$(tail -1 "$home/time")"
}

show() {
  printf '%s %s %s\n' "$1" "$2" "$3" | awk '{
    printf "%-9s %9d %9d %9d %9d %8.2f %8.2f %9.1f %12.0f\n",
      $1, $2, $3, $4, $3 - $4, $5, $6, $7 / 1024, ($5 + $6) / $4 * 1e9
  }'
}

printf '%-9s %9s %9s %9s %9s %8s %8s %9s %12s\n' program 'rate /s' sent has lost 'user s' 'system s' 'RSS MiB' 'ns a packet'
rate=25000
best=0
while [ "$rate" -le 3200000 ]; do
  result="$(one dumpcap "$rate")"
  show dumpcap "$rate" "$result"
  read -r sent had _ <<<"$result"
  [ "$sent" -eq "$had" ] || break
  # A sender that cannot go faster has found its end, too.
  [ $((sent * 10)) -ge $((rate * seconds * 8)) ] || { best="$rate"; break; }
  best="$rate"
  rate=$((rate * 2))
done
say "at $best packets a second, by turns"
for _ in 1 2 3; do
  for program in tcpdump dumpcap sensor; do
    show "$program" "$best" "$(one "$program" "$best")"
  done
done
