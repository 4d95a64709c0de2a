//! Connection attempts by TCP source port (rules D43, D99).
//!
//! A port that a tool pins stands far above its neighbours, so all ports are counted; what its sources do is told
//! over weeks, so the attempts from the busiest ports are kept one by one.
//!
//! **Invariant:** ports ascend; a port's attempts are whole or not there.

use std::cmp::Reverse;

use teiten_model::calls::{self, Call};
use teiten_model::class::Class;
use teiten_model::day::{AttemptDay, SourcePortDay, numbers};

use super::row::Row;
use super::settled::Settled;

/// Ports of a day whose attempts are kept: those with the most.
pub const PORTS_MAX: usize = 64;
/// Attempts of a day that are kept.
pub const CALLS_MAX: usize = 1_000_000;

/// Numbers of ports.
const PORTS: usize = 1 << 16;

fn attempts(day: &Settled) -> impl Iterator<Item = (&Row, u16)> {
    let attempts = day.rows.iter().filter(|row| row.class == Class::ScanSyn);
    attempts.filter_map(|row| Some((row, u16::try_from(row.src_port).ok()?)))
}

/// The attempts of a day by port; those from the busiest ports, and how many of these had no room.
pub(super) fn of_day(day: &Settled) -> (Vec<AttemptDay>, (Vec<SourcePortDay>, i64)) {
    let counts = by_port(day);
    (attempt_days(day, &counts), source_ports(day, &counts))
}

/// Attempts from each port; nothing without any.
fn attempt_days(day: &Settled, counts: &[u32]) -> Vec<AttemptDay> {
    let packets: i64 = counts.iter().map(|count| i64::from(*count)).sum();
    if packets == 0 { Vec::new() } else { vec![AttemptDay { at: day.at, packets, counts: numbers(counts) }] }
}

fn by_port(day: &Settled) -> Vec<u32> {
    let mut counts = vec![0u32; PORTS];
    for (row, port) in attempts(day) {
        let count = &mut counts[usize::from(port)];
        *count = count.saturating_add(row.packets);
    }
    counts
}

/// The attempts from the busiest ports, and how many of these had no room.
fn source_ports(day: &Settled, counts: &[u32]) -> (Vec<SourcePortDay>, i64) {
    let mut busiest: Vec<u16> = (0..=u16::MAX).filter(|port| counts[usize::from(*port)] > 0).collect();
    busiest.sort_by_key(|port| (Reverse(counts[usize::from(*port)]), *port));
    busiest.truncate(PORTS_MAX);
    busiest.sort_unstable();
    let mut calls: Vec<Vec<Call>> = vec![Vec::new(); busiest.len()];
    for (row, port) in attempts(day) {
        if let Ok(place) = busiest.binary_search(&port) {
            calls[place].extend(day.call(row));
        }
    }
    let sensors = day.sensor_names();
    let (mut facts, mut room, mut dropped) = (Vec::new(), CALLS_MAX, 0);
    for (port, calls) in busiest.into_iter().zip(calls) {
        match room.checked_sub(calls.len()) {
            Some(left) => room = left,
            None => {
                dropped += calls.len() as i64;
                continue;
            }
        }
        facts.push(SourcePortDay {
            at: day.at,
            src_port: port.into(),
            packets: counts[usize::from(port)].into(),
            sensors: sensors.clone(),
            calls: calls::write(&calls),
        });
    }
    (facts, dropped)
}

#[cfg(test)]
mod tests {
    use teiten_model::calls;
    use teiten_model::day::numbers_of;

    use crate::observe::sample::{facts, table};

    #[test]
    fn every_port_is_counted_and_the_busiest_are_kept() {
        let mut lines: Vec<String> = (0..70)
            .map(|port| format!("{port} tokyo tcp 9.0.0.1:{} > 203.0.113.9:23 S", 1_000 + port))
            .collect();
        lines.push("80 osaka tcp 9.0.0.2:6000 > 203.0.114.9:1433 S win=16384 | packets=3".to_string());
        lines.push("81 tokyo tcp 9.0.0.2:6000 > 203.0.113.9:22 S win=16384 opts=020405b4".to_string());
        lines.push("82 tokyo tcp 9.0.0.2:80 > 203.0.113.9:6000 SA".to_string());
        let facts = facts(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(facts.attempts.len(), 1);
        let counts: Vec<u32> = numbers_of(&facts.attempts[0].counts).collect();
        assert_eq!((counts.len(), counts[1_069], counts[80], counts[6_000]), (65_536, 1, 0, 4));
        assert_eq!((facts.attempts[0].packets, facts.source_ports.len()), (74, 64));
        let last = facts.source_ports.len() - 1;
        let text = table(&facts.source_ports[last..], &["src_port", "packets"]);
        assert_eq!(text, "src_port | packets\n6000 | 4\n");
        let calls: Vec<_> = calls::read(&facts.source_ports[last].calls)
            .map(|call| {
                (call.dst_port, call.second, call.sensor, call.tcp_window, call.is_bare, call.packets)
            })
            .collect();
        assert_eq!(calls, [(1433, 80, 0, 16_384, true, 3), (22, 81, 1, 16_384, false, 1)]);
    }
}
