//! What each port was tried: requests by port, with hours, sensors and sources (rules D97, D102).
//!
//! A port's rows are walked source by source, so that every distinct count is a comparison with the row before
//! or a bit of the hours that the source was met in.
//!
//! **Invariant:** ports ascend by protocol and port.

use std::cmp::Reverse;
use std::mem::take;

use teiten_model::day::{PortDay, numbers};

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
    // Protocol and port, and the place of the row below them.
    let mut keyed: Vec<u64> = Vec::new();
    for (place, row) in day.rows.iter().enumerate() {
        if row.is_request() {
            keyed.push(u64::from(row.service()) << 32 | place as u64);
        }
    }
    keyed.sort_unstable();
    let same = keyed.chunk_by(|one, other| one >> 32 == other >> 32);
    let mut at_sensors = vec![AtSensor::default(); day.sensors.len()];
    let mut ports: Vec<PortDay> = same.map(|keyed| port(day, keyed, &once, &mut at_sensors)).collect();
    let dropped = keep_most(&mut ports, PORTS_MAX, |port| port.packets);
    (ports, dropped)
}

/// Whether each row is all that its source sent that day.
fn sent_once(day: &Settled) -> Vec<bool> {
    let mut once = Vec::with_capacity(day.rows.len());
    for rows in day.by_source() {
        once.extend(rows.iter().map(|row| rows.len() == 1 && row.packets == 1));
    }
    once
}

/// What is counted of a port while its rows pass.
#[derive(Debug, Default)]
struct Tally {
    fact: PortDay,
    hour_packets: [u32; HOURS],
    hour_sources: [u32; HOURS],
    sources: Vec<u32>,
    /// Hours in which the present source was met, as bits.
    hours_met: u32,
    /// Packets of the present source.
    source_packets: i64,
    /// At most [`WINDOWS_MAX`].
    windows: Vec<i32>,
}

/// What a port's rows say of one sensor.
#[derive(Debug, Clone, Copy, Default)]
struct AtSensor {
    packets: i64,
    sources: i64,
    /// The last source that was met there.
    last: Option<u32>,
}

/// The facts of a port; its rows ascend by source. `at_sensors` is empty before and after.
fn port(day: &Settled, keyed: &[u64], once: &[bool], at_sensors: &mut [AtSensor]) -> PortDay {
    let mut tally = Tally::default();
    let mut sensors: Vec<u32> = Vec::new();
    let place = |keyed: u64| keyed as u32 as usize;
    for place in keyed.iter().map(|keyed| place(*keyed)) {
        let row = &day.rows[place];
        let at = &mut at_sensors[row.sensor as usize];
        if at.packets == 0 {
            sensors.push(row.sensor);
        }
        at.packets += row.weight();
        at.sources += i64::from(at.last != Some(row.source));
        at.last = Some(row.source);
        tally.fact.once_sources += i64::from(once[place]);
        tally.add(day, row);
    }
    tally.end_source(day);
    let first = &day.rows[place(keyed[0])];
    let Tally { mut fact, hour_packets, hour_sources, sources, windows, .. } = tally;
    fact.at = day.at;
    fact.ip_proto = first.ip_proto.into();
    fact.dst_port = first.port().into();
    fact.sources = sources.len() as i64;
    fact.sensors = sensors.len() as i64;
    fact.windows = windows.len() as i64;
    fact.asns = distinct(sources.iter().map(|source| day.asn(*source)).filter(|asn| *asn >= 0));
    let packets_at = |sensor: &u32| (at_sensors[*sensor as usize].packets, Reverse(*sensor));
    if let Some(top) = sensors.iter().copied().max_by_key(packets_at) {
        let at = at_sensors[top as usize];
        fact.top_sensor = day.sensor(top).into();
        (fact.top_sensor_packets, fact.top_sensor_sources) = (at.packets, at.sources);
    }
    if fact.packets >= HOURLY_PACKETS_MIN {
        fact.hour_packets = numbers(&hour_packets);
        fact.hour_sources = numbers(&hour_sources);
    }
    fact.sketch = day.sketch(sources.into_iter());
    sensors.into_iter().for_each(|sensor| at_sensors[sensor as usize] = AtSensor::default());
    fact
}

impl Tally {
    fn add(&mut self, day: &Settled, row: &Row) {
        if self.sources.last() != Some(&row.source) {
            self.end_source(day);
            self.sources.push(row.source);
        }
        let (hour, weight) = (day.hour(row.ts), row.weight());
        self.hours_met |= 1 << hour;
        self.source_packets += weight;
        self.hour_packets[hour] = self.hour_packets[hour].saturating_add(row.packets);
        self.fact.packets += weight;
        self.fact.mirai_packets += if row.marks.is_mirai() { weight } else { 0 };
        self.fact.ttl_high += if TTL_HIGH.contains(&row.ttl) { weight } else { 0 };
        let is_full = self.windows.len() as i64 == WINDOWS_MAX;
        if row.tcp_window >= 0 && !is_full && !self.windows.contains(&row.tcp_window) {
            self.windows.push(row.tcp_window);
        }
    }

    /// Counts the present source, if there is one, now that all its rows have passed.
    fn end_source(&mut self, day: &Settled) {
        let Some(source) = self.sources.last() else { return };
        let (packets, hours_met) = (take(&mut self.source_packets), take(&mut self.hours_met));
        self.fact.top_source_packets = self.fact.top_source_packets.max(packets);
        if day.is_scanner(*source) {
            self.fact.scanner_packets += packets;
            self.fact.scanner_sources += 1;
        }
        (0..HOURS).filter(|hour| hours_met >> hour & 1 == 1).for_each(|hour| self.hour_sources[hour] += 1);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use teiten_model::day::numbers_of;
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
            |bytes: &[u8]| numbers_of(bytes).map(|count| count.to_string()).collect::<Vec<_>>().join(" ");
        expect!["3 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 1 0"].assert_eq(&hours(&port.hour_packets));
        expect!["2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 0"].assert_eq(&hours(&port.hour_sources));
    }
}
