//! What each port was tried: requests by port, with hours, sensors and sources (rules D97, D102).
//!
//! A port's rows are walked source by source, so that every distinct count is a comparison with the row before
//! or a bit of the hours that the source was met in.
//!
//! **Invariant:** ports ascend by protocol and port.

use teiten_model::day::{PortDay, hours};

use super::count::{distinct, keep_most};
use super::row::Row;
use super::settled::{HOURS, Settled};

/// Ports of a day: those with the most packets.
pub const PORTS_MAX: usize = 200_000;
/// Packets from which on a port has its hours.
pub const HOURLY_PACKETS_MIN: i64 = 48;
/// TCP windows of a port that are told apart.
pub const WINDOWS_MAX: i64 = 100;
/// Time to live of storms of forged packets (rule D102).
const TTL_HIGH: std::ops::RangeInclusive<i16> = 120..=200;

/// The ports of a day, and how many were beyond the bound.
pub(super) fn ports(day: &Settled) -> (Vec<PortDay>, i64) {
    let once = sent_once(day);
    let mut keyed: Vec<(u64, u32)> = Vec::new();
    for (place, row) in day.rows.iter().enumerate() {
        if row.is_request() {
            keyed.push((key(row), place as u32));
        }
    }
    keyed.sort_unstable();
    let same = keyed.chunk_by(|one, other| one.0 == other.0);
    let mut ports: Vec<PortDay> = same.map(|keyed| port(day, keyed, &once)).collect();
    let dropped = keep_most(&mut ports, PORTS_MAX, |port| port.packets);
    (ports, dropped)
}

/// Protocol and port as one number.
fn key(row: &Row) -> u64 {
    (row.ip_proto as u16 as u64) << 32 | u64::from(row.port() as u32)
}

/// Whether each row is all that its source sent that day.
fn sent_once(day: &Settled) -> Vec<bool> {
    let mut once = Vec::with_capacity(day.rows.len());
    for rows in day.by_source() {
        once.extend(rows.iter().map(|row| rows.len() == 1 && row.packets == 1));
    }
    once
}

/// What a port's rows say of one sensor.
#[derive(Debug, Clone, Copy, Default)]
struct AtSensor {
    packets: i64,
    sources: i64,
}

/// The facts of a port; its rows ascend by source.
fn port(day: &Settled, keyed: &[(u64, u32)], once: &[bool]) -> PortDay {
    let row = |keyed: &(u64, u32)| &day.rows[keyed.1 as usize];
    let mut fact = PortDay { at: day.at, ..PortDay::default() };
    let mut hour_packets = [0u32; HOURS];
    let mut hour_sources = [0u32; HOURS];
    let mut sensors: Vec<(u32, AtSensor)> = Vec::new();
    for keyed in keyed.chunk_by(|one, other| row(one).source == row(other).source) {
        let rows = || keyed.iter().map(row);
        let is_scanner = day.is_scanner(rows().next().map_or(0, |row| row.source));
        let (mut packets, mut hours_met) = (0, 0u32);
        let mut at_sensors: Vec<(u32, i64)> = Vec::new();
        for row in rows() {
            let hour = day.hour(row.ts);
            hours_met |= 1 << hour;
            hour_packets[hour] = hour_packets[hour].saturating_add(row.packets);
            packets += row.weight();
            fact.mirai_packets += if row.marks.is_mirai() { row.weight() } else { 0 };
            fact.ttl_high += if TTL_HIGH.contains(&row.ttl) { row.weight() } else { 0 };
            match at_sensors.iter_mut().find(|at| at.0 == row.sensor) {
                Some(at) => at.1 += row.weight(),
                None => at_sensors.push((row.sensor, row.weight())),
            }
        }
        (0..HOURS).filter(|hour| hours_met >> hour & 1 == 1).for_each(|hour| hour_sources[hour] += 1);
        for (sensor, packets) in at_sensors {
            let place = sensors.binary_search_by_key(&sensor, |at| at.0).unwrap_or_else(|place| {
                sensors.insert(place, (sensor, AtSensor::default()));
                place
            });
            sensors[place].1.packets += packets;
            sensors[place].1.sources += 1;
        }
        fact.packets += packets;
        fact.sources += 1;
        fact.top_source_packets = fact.top_source_packets.max(packets);
        fact.scanner_packets += if is_scanner { packets } else { 0 };
        fact.scanner_sources += i64::from(is_scanner);
    }
    let sources = || keyed.iter().map(|keyed| row(keyed).source);
    let first = row(&keyed[0]);
    fact.ip_proto = first.ip_proto.into();
    fact.dst_port = first.port().into();
    fact.sensors = sensors.len() as i64;
    fact.asns = distinct(sources().map(|source| day.asn(source)).filter(|asn| *asn >= 0));
    let top = sensors.iter().max_by_key(|(sensor, at)| (at.packets, std::cmp::Reverse(*sensor)));
    if let Some((sensor, at)) = top {
        fact.top_sensor = day.sensor(*sensor).into();
        fact.top_sensor_packets = at.packets;
        fact.top_sensor_sources = at.sources;
    }
    fact.once_sources = keyed.iter().filter(|keyed| once[keyed.1 as usize]).count() as i64;
    let windows = keyed.iter().map(|keyed| row(keyed).tcp_window).filter(|window| *window >= 0);
    fact.windows = distinct(windows).min(WINDOWS_MAX);
    if fact.packets >= HOURLY_PACKETS_MIN {
        fact.hour_packets = hours(&hour_packets);
        fact.hour_sources = hours(&hour_sources);
    }
    fact.sketch = day.sketch(sources());
    fact
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use teiten_model::day::hours_of;
    use teiten_model::smallest::Smallest;

    use crate::observe::sample::{facts, table};

    #[test]
    fn requests_are_counted_by_port_and_answers_are_not() {
        let facts = facts(&[
            "1 tokyo tcp 9.0.0.1:1025 > 203.0.113.9:23 S seq=3405803785 ttl=120 | asn=64500",
            "2 tokyo tcp 9.0.0.1:1025 > 203.0.113.9:23 A ttl=119 | asn=64500",
            "3 osaka tcp 9.0.0.2:1025 > 203.0.114.9:23 S win=9 ttl=200 | actor=Census asn=64501",
            "4 osaka tcp 9.0.0.3:1025 > 203.0.114.9:23 FPU ttl=201 | asn=64501",
            "5 osaka tcp 9.0.0.3:23 > 203.0.114.9:23 SA",
            "6 osaka udp 9.0.0.4:1025 > 203.0.114.9:23 payload=00 | packets=5",
            "7 osaka icmp 9.0.0.5 > 203.0.114.9 8/0",
            "8 - tcp 9.0.0.6:1025 > 203.0.114.9:23 S",
            "-1 osaka tcp 9.0.0.7:1025 > 203.0.114.9:23 S",
            "86400 osaka tcp 9.0.0.8:1025 > 203.0.114.9:23 S",
        ]);
        let counts = ["ip_proto", "dst_port", "packets", "sources", "sensors", "asns", "once_sources"];
        expect![[r#"
            ip_proto | dst_port | packets | sources | sensors | asns | once_sources
            1 | 8 | 1 | 1 | 1 | 0 | 1
            6 | 23 | 4 | 3 | 2 | 2 | 1
            17 | 23 | 5 | 1 | 1 | 0 | 0
        "#]]
        .assert_eq(&table(&facts.ports, &counts));
        let parts = [
            "dst_port",
            "top_source_packets",
            "top_sensor",
            "top_sensor_packets",
            "top_sensor_sources",
            "scanner_packets",
            "scanner_sources",
            "mirai_packets",
            "ttl_high",
            "windows",
            "hour_packets",
        ];
        expect![[r#"
            dst_port | top_source_packets | top_sensor | top_sensor_packets | top_sensor_sources | scanner_packets | scanner_sources | mirai_packets | ttl_high | windows | hour_packets
            8 | 1 | osaka | 1 | 1 | 0 | 0 | 0 | 0 | 0 | -
            23 | 2 | osaka | 2 | 2 | 1 | 1 | 1 | 2 | 2 | -
            23 | 5 | osaka | 5 | 1 | 0 | 0 | 0 | 0 | 0 | -
        "#]].assert_eq(&table(&facts.ports, &parts));
        assert_eq!(Smallest::read(&facts.ports[1].sketch).sources().round() as i64, 3);
    }

    #[test]
    fn from_48_packets_on_the_hours_are_told() {
        let line = |hour: u32, host: u32| {
            format!("{} tokyo udp 9.0.0.{host}:1 > 203.0.113.9:9 payload=00", hour * 3600)
        };
        let mut lines: Vec<String> = (0..47).map(|place| line(place % 24, place % 3)).collect();
        let facts_of = |lines: &[String]| facts(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(facts_of(&lines).ports[0].hour_packets.is_empty());
        lines.push(line(0, 9));
        let port = &facts_of(&lines).ports[0];
        let hours =
            |bytes: &[u8]| hours_of(bytes).map(|count| count.to_string()).collect::<Vec<_>>().join(" ");
        expect!["3 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 1 0"].assert_eq(&hours(&port.hour_packets));
        expect!["2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 0"].assert_eq(&hours(&port.hour_sources));
    }
}
