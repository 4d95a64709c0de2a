//! Answers of one service that crowd in on one sensor (rule D13).
//!
//! When very many services answer to few addresses of ours, somebody used those addresses as the forged source
//! of attempts: what is attacked are we, or the attack is reflected over us, and each source is no victim. How
//! many sources the same answers have at any other sensor tells it apart from backscatter, which is spread.
//!
//! A service is a protocol, a source port and a class; of TCP, SYN+ACK alone counts.
//!
//! **Invariant:** reflections ascend by sensor, protocol, port and class.

use teiten_model::class::Class;
use teiten_model::day::ReflectionDay;

use super::count::{distinct, keep_most};
use super::pace::{MINUTE_US, most_distinct};
use super::row::Row;
use super::settled::Settled;

/// Reflections of a day: those with the most sources.
pub const REFLECTIONS_MAX: usize = 20_000;
/// Sources from which on answers crowd in.
pub const REFLECTION_SOURCES_MIN: i64 = 10;

/// The reflections of a day, and how many were beyond the bound.
pub(super) fn reflections(day: &Settled) -> (Vec<ReflectionDay>, i64) {
    let mut rows: Vec<&Row> = day.rows.iter().filter(|row| is_meant(row)).collect();
    rows.sort_unstable_by_key(|row| (service(row), row.sensor, row.ts, row.source));
    let mut facts = Vec::new();
    for rows in rows.chunk_by(|one, other| service(one) == service(other)) {
        let of_sensors: Vec<&[&Row]> = rows.chunk_by(|one, other| one.sensor == other.sensor).collect();
        let sources: Vec<i64> =
            of_sensors.iter().map(|rows| distinct(rows.iter().map(|row| row.source))).collect();
        for (place, rows) in of_sensors.into_iter().enumerate() {
            if sources[place] >= REFLECTION_SOURCES_MIN {
                facts.push((rows[0].sensor, fact(day, rows, sources[place], most_beside(&sources, place))));
            }
        }
    }
    facts.sort_by_key(|(sensor, _)| *sensor);
    let mut facts: Vec<ReflectionDay> = facts.into_iter().map(|(_, fact)| fact).collect();
    let dropped = keep_most(&mut facts, REFLECTIONS_MAX, |fact| fact.sources);
    (facts, dropped)
}

fn is_meant(row: &Row) -> bool {
    row.class == Class::UdpResponse || row.class == Class::BackscatterTcp && row.is_syn_ack
}

fn service(row: &Row) -> (i16, i32, Class) {
    (row.ip_proto, row.src_port, row.class)
}

/// The greatest number but for the one at a place.
fn most_beside(numbers: &[i64], place: usize) -> i64 {
    let beside = numbers.iter().enumerate().filter(|(other, _)| *other != place);
    beside.map(|(_, number)| *number).max().unwrap_or(0)
}

/// The facts of the answers of a service at a sensor, which ascend in time.
fn fact(day: &Settled, rows: &[&Row], sources: i64, others: i64) -> ReflectionDay {
    let (first, last) = (rows[0], rows[rows.len() - 1]);
    ReflectionDay {
        at: day.at,
        sensor: day.sensor(first.sensor).into(),
        ip_proto: first.ip_proto.into(),
        src_port: first.src_port.into(),
        class: first.class.name().into(),
        packets: rows.iter().map(|row| row.weight()).sum(),
        bytes: rows.iter().map(|row| i64::from(row.bytes)).sum(),
        sources,
        addresses: distinct(rows.iter().map(|row| row.destination)),
        minute: most_distinct(rows.iter().map(|row| (row.ts, row.source)), MINUTE_US),
        others,
        first: first.ts,
        last: last.ts,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::observe::sample::{facts, table};

    #[test]
    fn answers_of_ten_sources_to_a_sensor_crowd_in() {
        let mut lines = Vec::new();
        for host in 0..12 {
            lines.push(format!("{} tokyo tcp 9.0.0.{host}:80 > 203.0.113.{}:1025 SA", host * 6, host % 2));
            lines.push(format!("{host} tokyo tcp 9.0.0.{host}:80 > 203.0.113.9:1025 RA"));
        }
        for host in 0..9 {
            lines.push(format!("{host} osaka tcp 9.0.0.{host}:80 > 203.0.114.9:1025 SA"));
            lines.push(format!(
                "{host} nara udp 9.0.0.{host}:53 > 203.0.115.9:1025 payload=000080000001 len=40"
            ));
        }
        for host in 0..10 {
            lines.push(format!("{host} nara udp 9.0.0.{host}:123 > 203.0.115.9:1025 payload=d700032a"));
            lines.push(format!("{host} nara udp 9.0.0.{host}:123 > 203.0.115.9:1025 payload=d700032a"));
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let columns = [
            "sensor",
            "ip_proto",
            "src_port",
            "class",
            "packets",
            "bytes",
            "sources",
            "addresses",
            "minute",
            "others",
            "first",
            "last",
        ];
        expect![[r#"
            sensor | ip_proto | src_port | class | packets | bytes | sources | addresses | minute | others | first | last
            nara | 17 | 123 | backscatter-udp | 20 | 640 | 10 | 1 | 10 | 0 | 0s | 9s
            tokyo | 6 | 80 | backscatter-tcp | 12 | 480 | 12 | 2 | 10 | 9 | 0s | 66s
        "#]].assert_eq(&table(&facts(&lines).reflections, &columns));
    }
}
