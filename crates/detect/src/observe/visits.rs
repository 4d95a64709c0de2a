//! The calls of slow sources, from which their rhythm is told over weeks (rule D99).
//!
//! A rhythm is slow when a source is: who sends more than two hundred packets on a day has no call kept of it. A call
//! within ten minutes of one before, from the same source to the same port of the same address, is a retry.
//! Sources of IPv6 are left aside.
//!
//! **Invariant:** parts ascend, and in them sources; a source is in one part.

use teiten_model::calls::{self, Call};
use teiten_model::class::Class;
use teiten_model::day::{VisitDay, numbers};

use super::row::Row;
use super::settled::Settled;

/// Most packets of a source on a day of which its calls are kept.
pub const PACKETS_MAX: i64 = 200;
/// Calls of a day that are kept; sources beyond, by address, have none.
pub const VISITS_MAX: usize = 4_000_000;
/// Pause in which a call is a retry.
pub const RETRY_SECS: u32 = 600;

/// Calls from which on a part is full.
const PART_CALLS: usize = 50_000;

/// What is kept of the slow sources of a day, and how many calls were beyond the bound.
pub(super) fn visits(day: &Settled) -> (Vec<VisitDay>, i64) {
    let sensors = day.sensor_names();
    let (mut parts, mut part, mut own) = (Vec::new(), Part::default(), Vec::new());
    let (mut kept, mut dropped) = (0, 0);
    for rows in day.by_source() {
        let Some(src) = day.ipv4(rows[0].source) else { continue };
        let packets: i64 = rows.iter().map(Row::weight).sum();
        if packets > PACKETS_MAX {
            continue;
        }
        of_source(day, rows, &mut own);
        if own.is_empty() {
            continue;
        }
        if kept + own.len() > VISITS_MAX {
            dropped += own.len() as i64;
            continue;
        }
        kept += own.len();
        part.callers.extend([src, packets as u32]);
        part.sources += 1;
        part.calls.append(&mut own);
        if part.calls.len() >= PART_CALLS {
            parts.push(std::mem::take(&mut part));
        }
    }
    if !part.calls.is_empty() {
        parts.push(part);
    }
    let fact = |(number, part): (i64, Part)| VisitDay {
        at: day.at,
        part: number,
        sources: part.sources,
        visits: part.calls.len() as i64,
        sensors: sensors.clone(),
        callers: numbers(&part.callers),
        calls: calls::write(&part.calls),
    };
    ((0..).zip(parts).map(fact).collect(), dropped)
}

#[derive(Default)]
struct Part {
    sources: i64,
    callers: Vec<u32>,
    calls: Vec<Call>,
}

/// The calls of a source, by destination, port and time.
fn of_source(day: &Settled, rows: &[Row], own: &mut Vec<Call>) {
    own.clear();
    for row in rows {
        if matches!(row.class, Class::ScanSyn | Class::ScanUdp | Class::UdpUnknown) {
            let call = day.call(row).map(|call| Call { tcp_window: 0, is_bare: false, packets: 1, ..call });
            own.extend(call);
        }
    }
    own.sort_unstable();
    own.dedup_by(|later, first| {
        let pair = |call: &Call| (call.dst, call.ip_proto, call.dst_port);
        pair(later) == pair(first) && later.second - first.second < RETRY_SECS
    });
}

#[cfg(test)]
mod tests {
    use teiten_model::calls;
    use teiten_model::day::numbers_of;

    use crate::observe::sample::facts;

    #[test]
    fn calls_of_slow_sources_are_kept_without_retries() {
        let facts = facts(&[
            "1 tokyo tcp 9.0.0.1:1025 > 203.0.113.9:23 S",
            "4 tokyo tcp 9.0.0.1:1025 > 203.0.113.9:23 S",
            "601 tokyo tcp 9.0.0.1:1025 > 203.0.113.9:23 S win=5",
            "3 osaka udp 9.0.0.1:1025 > 203.0.114.9:53 payload=00",
            "5 tokyo tcp 9.0.0.1:80 > 203.0.113.9:1025 SA",
            "6 tokyo tcp 9.0.0.2:80 > 203.0.113.9:1025 SA",
            "7 tokyo tcp 9.0.0.3:1025 > 203.0.113.9:23 S | packets=201",
            "8 tokyo tcp 9.0.0.4:1025 > 203.0.113.9:22 S | packets=200",
            "9 tokyo tcp [2001:db8::7]:1025 > [2001:db8:1::9]:22 S",
        ]);
        assert_eq!(facts.visits.len(), 1);
        let fact = &facts.visits[0];
        assert_eq!((fact.sources, fact.visits, fact.sensors.as_str()), (2, 4, "osaka\ntokyo"));
        let calls: Vec<_> = calls::read(&fact.calls)
            .map(|call| (call.src & 0xff, call.dst & 0xffff, call.dst_port, call.second, call.sensor))
            .collect();
        let (tokyo, osaka) = (0x7109, 0x7209);
        let expected =
            [(1, tokyo, 23, 1, 1), (1, tokyo, 23, 601, 1), (1, osaka, 53, 3, 0), (4, tokyo, 22, 8, 1)];
        assert_eq!(calls, expected);
        let callers: Vec<u32> = numbers_of(&fact.callers).collect();
        assert_eq!(callers, [0x0900_0001, 5, 0x0900_0004, 200]);
    }
}
