//! From which TCP source ports come the most connection attempts, how, and since when, from what was counted of days?
//!
//! The same as `source_port_window` asks of the packets. All ports are counted on each day; what the sources of a port
//! do is told by its attempts, which are kept on days on which it was among the busiest: fixed ports are, and others
//! need no telling. The onset is looked for in the days that were counted, which may be fewer than a year.

use std::collections::BTreeMap;

use teiten_model::calls::{self, CALL_BYTES, Call};
use teiten_model::column::Column;
use teiten_model::day::{AttemptDay, SourcePortDay, numbers_of};
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::window::SourcePort;

use crate::error::QueryError;
use crate::questions::facts::{self, Room, inside};
use crate::questions::source_port_window::{
    PAIR_ATTEMPTS_MIN, PAIR_DAYS_MIN, PORTS_MAX, STEADY_MAX, neighbour,
};
use crate::questions::steady;
use crate::session::Session;

/// An attempt: the call, when, in seconds since 1970, and the place of its sensor.
type Attempt = (Call, i64, usize);

/// The source ports with the most attempts in the period; their days come from the longer one.
pub(crate) fn ports(
    session: &Session,
    period: &Interval,
    longer: &Interval,
    room: &mut Room,
) -> Result<Vec<SourcePort>, QueryError> {
    let mut by_port: BTreeMap<i64, i64> = BTreeMap::new();
    facts::each(
        session,
        |_| true,
        &inside(period),
        |fact: &mut AttemptDay| {
            for (port, count) in counts(fact).filter(|(_, count)| *count > 0) {
                *by_port.entry(port).or_default() += count;
            }
            Ok(())
        },
    )?;
    let mut busiest: Vec<(i64, i64)> = by_port.iter().map(|(port, packets)| (*port, *packets)).collect();
    busiest.sort_by_key(|(port, packets)| (std::cmp::Reverse(*packets), *port));
    busiest.truncate(PORTS_MAX);
    let numbers: Vec<i64> = busiest.iter().map(|(port, _)| *port).collect();
    let mut days = days(session, longer, &numbers)?;
    let mut attempts = attempts(session, period, &numbers, room)?;
    let port = |(port, packets): (i64, i64)| SourcePort {
        port,
        packets,
        neighbour_packets: neighbour(&by_port, port),
        days: days.remove(&port).unwrap_or_default(),
        ..told(attempts.remove(&port).unwrap_or_default())
    };
    Ok(busiest.into_iter().map(port).collect())
}

/// The attempts of a day by port.
fn counts(fact: &AttemptDay) -> impl Iterator<Item = (i64, i64)> + '_ {
    (0..).zip(numbers_of(&fact.counts).map(i64::from))
}

/// The attempts of each day from these ports, day by day; days without are left out.
fn days(
    session: &Session,
    interval: &Interval,
    ports: &[i64],
) -> Result<BTreeMap<i64, Vec<(Timestamp, i64)>>, QueryError> {
    let mut days: BTreeMap<i64, Vec<(Timestamp, i64)>> = BTreeMap::new();
    facts::each(
        session,
        |_| true,
        &inside(interval),
        |fact: &mut AttemptDay| {
            for (port, count) in counts(fact).filter(|(port, count)| *count > 0 && ports.contains(port)) {
                days.entry(port).or_default().push((Timestamp(fact.at), count));
            }
            Ok(())
        },
    )?;
    days.values_mut().for_each(|days| days.sort_unstable());
    Ok(days)
}

fn attempts(
    session: &Session,
    interval: &Interval,
    ports: &[i64],
    room: &mut Room,
) -> Result<BTreeMap<i64, Vec<Attempt>>, QueryError> {
    let mut attempts: BTreeMap<i64, Vec<Attempt>> = BTreeMap::new();
    if ports.is_empty() {
        return Ok(attempts);
    }
    let list = ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let condition = format!("{} AND src_port IN ({list})", inside(interval));
    facts::each(
        session,
        |_: &Column| true,
        &condition,
        |fact: &mut SourcePortDay| {
            room.take(fact.calls.len() / CALL_BYTES * size_of::<Attempt>())?;
            let mut sensors = Vec::new();
            for name in fact.sensors.lines() {
                let next = names.len();
                sensors.push(*names.entry(name.to_string()).or_insert(next));
            }
            let start = fact.at.div_euclid(1_000_000);
            let attempt = |call: Call| {
                Some((call, start + i64::from(call.second), *sensors.get(usize::from(call.sensor))?))
            };
            attempts.entry(fact.src_port).or_default().extend(calls::read(&fact.calls).filter_map(attempt));
            Ok(())
        },
    )?;
    Ok(attempts)
}

/// What the attempts from a port tell.
fn told(mut attempts: Vec<Attempt>) -> SourcePort {
    attempts.sort_unstable_by_key(|(call, at, sensor)| (call.src, call.dst, *at, *sensor, *call));
    let distinct = |of: &dyn Fn(&Attempt) -> usize| {
        let mut all: Vec<usize> = attempts.iter().map(of).collect();
        all.sort_unstable();
        all.dedup();
        all.len() as i64
    };
    let weight =
        |attempts: &[Attempt]| attempts.iter().map(|(call, ..)| i64::from(call.packets)).sum::<i64>();
    let mut windows: BTreeMap<u16, i64> = BTreeMap::new();
    for (call, ..) in &attempts {
        *windows.entry(call.tcp_window).or_default() += i64::from(call.packets);
    }
    let window = windows.iter().max_by_key(|(window, packets)| (**packets, std::cmp::Reverse(**window)));
    let mut port = SourcePort {
        sensors: distinct(&|(.., sensor)| *sensor),
        dst_ports: distinct(&|(call, ..)| usize::from(call.dst_port)),
        bare_packets: attempts
            .iter()
            .filter(|(call, ..)| call.is_bare)
            .map(|(call, ..)| i64::from(call.packets))
            .sum(),
        window_bytes: window.map_or(0, |(window, _)| i64::from(*window)),
        window_packets: window.map_or(0, |(_, packets)| *packets),
        ..SourcePort::default()
    };
    for of_source in attempts.chunk_by(|one, other| one.0.src == other.0.src) {
        port.sources += 1;
        if weight(of_source) >= 2 {
            let is_one = of_source.iter().all(|(call, ..)| call.tcp_window == of_source[0].0.tcp_window);
            port.sources_repeated += 1;
            port.sources_one_window += i64::from(is_one);
        }
    }
    let mut pauses: Vec<f64> = Vec::new();
    for pair in attempts.chunk_by(|one, other| (one.0.src, one.0.dst) == (other.0.src, other.0.dst)) {
        if (pair.len() as i64) < PAIR_ATTEMPTS_MIN {
            continue;
        }
        let (mean, deviation) = steady::pauses(pair.iter().map(|attempt| attempt.1));
        let is_long = pair[pair.len() - 1].1 - pair[0].1 >= PAIR_DAYS_MIN * 86_400;
        pauses.push(mean);
        port.pairs += i64::from(is_long);
        port.pairs_steady += i64::from(is_long && deviation <= STEADY_MAX * mean);
    }
    port.pause_secs = middle(pauses).round();
    port
}

/// The middle of numbers, the mean of the two in the middle; 0 of none.
fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    match (numbers.len() / 2, numbers.len() % 2) {
        (0, 0) => 0.0,
        (half, 0) => f64::midpoint(numbers[half - 1], numbers[half]),
        (half, _) => numbers[half],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_tell_sources_windows_and_rhythm() {
        let call = |src: u32, day: i64, tcp_window: u16, sensor: usize| {
            let call =
                Call { src, dst: 9, dst_port: (day % 3) as u16, tcp_window, packets: 1, ..Call::default() };
            (Call { is_bare: src == 1, ..call }, day * 86_400, sensor)
        };
        // One source every third day, one that changes its window in bursts, one that came once.
        let mut attempts: Vec<Attempt> = (0..8).map(|visit| call(1, visit * 3, 16_384, 0)).collect();
        attempts.extend([0, 1, 2, 3, 40].map(|day| call(2, day, 1_000 + day as u16, 1)));
        attempts.push(call(3, 1, 16_384, 1));
        let port = told(attempts);
        assert_eq!((port.sources, port.sensors, port.dst_ports, port.bare_packets), (3, 2, 3, 8));
        assert_eq!((port.sources_repeated, port.sources_one_window), (2, 1));
        assert_eq!((port.window_bytes, port.window_packets), (16_384, 9));
        assert_eq!((port.pairs, port.pairs_steady), (2, 1));
        assert!((port.pause_secs - 6.5 * 86_400.0).abs() < 1.0, "{}", port.pause_secs);
        assert_eq!(told(Vec::new()), SourcePort::default());
    }
}
