//! Facts of ports that few asked on a day, packed: at a busy telescope every port is asked by somebody every day.
//!
//! Random ports are most of the rows of `port_days` and say least, but how many there are decides how much a test
//! must show, and a port that becomes loud is compared with its quiet days. So no number of them is left out, each
//! stands in a byte: 24 bytes a port and day, where a [`PortDay`] takes several hundred. Of a port so little asked
//! hours are not counted (`detect::observe::ports`), and the sample of its sources is not looked at.
//!
//! **Invariant:** a fact packed and read again is equal, but for the sample of its sources.
//! **Invariant:** once settled, rows ascend by protocol, port and day.

use std::collections::HashMap;

use crate::day::PortDay;
use crate::interval::Timestamp;

/// Most packets of a port on a day that is packed: from 48 on its hours are counted.
pub const QUIET_PACKETS_MAX: i64 = 47;
/// Most sources of a port on a day that is packed: from ten on ports are compared by their sources.
pub const QUIET_SOURCES_MAX: i64 = 9;
/// Bytes of a packed fact.
pub const QUIET_BYTES: usize = size_of::<QuietPort>();

/// Numbers of a fact that fit into a byte each.
const COUNTS: usize = 13;
/// Stands for no port.
const NO_PORT: u32 = 0x1_ffff;

/// What detectors read of a port's day, wherever it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortFigures<'a> {
    /// Start of the day.
    pub at: i64,
    /// Protocol.
    pub ip_proto: i64,
    /// Destination port; of ICMP the type.
    pub dst_port: i64,
    /// Packets.
    pub packets: i64,
    /// Distinct sources.
    pub sources: i64,
    /// Distinct sensors.
    pub sensors: i64,
    /// Distinct AS.
    pub asns: i64,
    /// Packets of the busiest source.
    pub top_source_packets: i64,
    /// The sensor with the most packets.
    pub top_sensor: &'a str,
    /// Packets at that sensor.
    pub top_sensor_packets: i64,
    /// Distinct sources at that sensor.
    pub top_sensor_sources: i64,
    /// Packets of known scanning organisations.
    pub scanner_packets: i64,
    /// Distinct sources of known scanning organisations.
    pub scanner_sources: i64,
    /// Packets of Mirai's form.
    pub mirai_packets: i64,
    /// Sources with one packet that day in all.
    pub once_sources: i64,
    /// Packets with a time to live of 120 to 200.
    pub ttl_high: i64,
    /// Distinct TCP windows.
    pub windows: i64,
    /// Packets of each hour; empty where they were not counted.
    pub hour_packets: &'a [u8],
    /// Distinct sources of each hour, likewise.
    pub hour_sources: &'a [u8],
}

impl<'a> From<&'a PortDay> for PortFigures<'a> {
    fn from(fact: &'a PortDay) -> PortFigures<'a> {
        PortFigures {
            at: fact.at,
            ip_proto: fact.ip_proto,
            dst_port: fact.dst_port,
            packets: fact.packets,
            sources: fact.sources,
            sensors: fact.sensors,
            asns: fact.asns,
            top_source_packets: fact.top_source_packets,
            top_sensor: &fact.top_sensor,
            top_sensor_packets: fact.top_sensor_packets,
            top_sensor_sources: fact.top_sensor_sources,
            scanner_packets: fact.scanner_packets,
            scanner_sources: fact.scanner_sources,
            mirai_packets: fact.mirai_packets,
            once_sources: fact.once_sources,
            ttl_high: fact.ttl_high,
            windows: fact.windows,
            hour_packets: &fact.hour_packets,
            hour_sources: &fact.hour_sources,
        }
    }
}

/// A packed fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct QuietPort {
    /// Protocol and port.
    key: u32,
    /// Place of its day.
    day: u16,
    /// Place of its busiest sensor.
    sensor: u16,
    counts: [u8; COUNTS],
}

/// Packed facts of many days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuietPorts {
    /// First moments of the days; ascending once settled.
    starts: Vec<i64>,
    sensors: Vec<String>,
    rows: Vec<QuietPort>,
    day_places: HashMap<i64, u16>,
    sensor_places: HashMap<String, u16>,
}

impl QuietPorts {
    /// Takes a fact in, when it is quiet and fits; others stay with the caller. Rows come in any order, and
    /// [`QuietPorts::settle`] follows when all are there.
    pub fn push(&mut self, fact: &PortDay) -> bool {
        let has_hours = !(fact.hour_packets.is_empty() && fact.hour_sources.is_empty());
        if fact.packets > QUIET_PACKETS_MAX || fact.sources > QUIET_SOURCES_MAX || has_hours {
            return false;
        }
        let Some(key) = key(fact.ip_proto, fact.dst_port) else { return false };
        let numbers = [
            fact.packets,
            fact.sources,
            fact.sensors,
            fact.asns,
            fact.top_source_packets,
            fact.top_sensor_packets,
            fact.top_sensor_sources,
            fact.scanner_packets,
            fact.scanner_sources,
            fact.mirai_packets,
            fact.once_sources,
            fact.ttl_high,
            fact.windows,
        ];
        let mut counts = [0; COUNTS];
        for (count, number) in counts.iter_mut().zip(numbers) {
            let Ok(small) = u8::try_from(number) else { return false };
            *count = small;
        }
        let (Some(day), Some(sensor)) = (self.day(fact.at), self.sensor(&fact.top_sensor)) else {
            return false;
        };
        self.rows.push(QuietPort { key, day, sensor, counts });
        true
    }

    /// The place of a day, which may be new; `None` where there is no room.
    fn day(&mut self, at: i64) -> Option<u16> {
        if let Some(place) = self.day_places.get(&at) {
            return Some(*place);
        }
        let place = u16::try_from(self.starts.len()).ok()?;
        self.starts.push(at);
        self.day_places.insert(at, place);
        Some(place)
    }

    /// The place of a sensor, likewise.
    fn sensor(&mut self, name: &str) -> Option<u16> {
        if let Some(place) = self.sensor_places.get(name) {
            return Some(*place);
        }
        let place = u16::try_from(self.sensors.len()).ok()?;
        self.sensors.push(name.to_string());
        self.sensor_places.insert(name.to_string(), place);
        Some(place)
    }

    /// Puts days, sensors and rows in their order.
    pub fn settle(&mut self) {
        let days = ascending(&mut self.starts);
        let sensors = ascending(&mut self.sensors);
        for row in &mut self.rows {
            row.day = days[usize::from(row.day)];
            row.sensor = sensors[usize::from(row.sensor)];
        }
        self.rows.sort_unstable();
        self.day_places = (0..).zip(&self.starts).map(|(place, at)| (*at, place)).collect();
        self.sensor_places = (0..).zip(&self.sensors).map(|(place, name)| (name.clone(), place)).collect();
    }

    /// Number of facts.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// First moments of the days that may have facts, ascending.
    pub fn starts(&self) -> &[i64] {
        &self.starts
    }

    /// The fact at a place.
    pub fn at(&self, place: usize) -> PortFigures<'_> {
        let QuietPort { key, day, sensor, counts } = self.rows[place];
        let (ip_proto, dst_port) = port_of(key);
        let [
            packets,
            sources,
            sensors,
            asns,
            top_source_packets,
            top_sensor_packets,
            top_sensor_sources,
            scanner_packets,
            scanner_sources,
            mirai_packets,
            once_sources,
            ttl_high,
            windows,
        ] = counts.map(i64::from);
        PortFigures {
            at: self.starts[usize::from(day)],
            ip_proto,
            dst_port,
            packets,
            sources,
            sensors,
            asns,
            top_source_packets,
            top_sensor: &self.sensors[usize::from(sensor)],
            top_sensor_packets,
            top_sensor_sources,
            scanner_packets,
            scanner_sources,
            mirai_packets,
            once_sources,
            ttl_high,
            windows,
            hour_packets: &[],
            hour_sources: &[],
        }
    }

    /// All facts, by protocol, port and day.
    pub fn iter(&self) -> impl Iterator<Item = PortFigures<'_>> {
        (0..self.rows.len()).map(|place| self.at(place))
    }

    /// Where the facts of a port lie: places that [`QuietPorts::at`] takes.
    pub fn places(&self, ip_proto: i64, dst_port: i64) -> std::ops::Range<usize> {
        let Some(key) = key(ip_proto, dst_port) else { return 0..0 };
        self.rows.partition_point(|row| row.key < key)..self.rows.partition_point(|row| row.key <= key)
    }

    /// Protocol, port and end of the places of the port whose facts begin at a place.
    pub fn port_from(&self, place: usize) -> Option<(i64, i64, usize)> {
        let key = self.rows.get(place)?.key;
        let length = self.rows[place..].iter().take_while(|row| row.key == key).count();
        let (ip_proto, dst_port) = port_of(key);
        Some((ip_proto, dst_port, place + length))
    }

    /// Leaves out the days from a moment on.
    pub fn cut(&mut self, end: Timestamp) {
        let days = self.starts.partition_point(|start| *start < end.0);
        if days < self.starts.len() {
            self.rows.retain(|row| usize::from(row.day) < days);
            self.starts.truncate(days);
            self.day_places.retain(|at, _| *at < end.0);
        }
    }
}

/// Sorts a list; the new place of each old one.
fn ascending<T: Ord + Clone>(list: &mut Vec<T>) -> Vec<u16> {
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_unstable_by(|a, b| list[*a].cmp(&list[*b]));
    let mut places = vec![0; list.len()];
    for (new, old) in (0..).zip(&order) {
        places[*old] = new;
    }
    *list = order.into_iter().map(|old| list[old].clone()).collect();
    places
}

/// Protocol and port as one number, in their order; an absent port comes last.
fn key(ip_proto: i64, dst_port: i64) -> Option<u32> {
    let proto = u32::from(u8::try_from(ip_proto).ok()?);
    let port = if dst_port == -1 { NO_PORT } else { u32::from(u16::try_from(dst_port).ok()?) };
    Some(proto << 17 | port)
}

fn port_of(key: u32) -> (i64, i64) {
    let port = key & NO_PORT;
    (i64::from(key >> 17), if port == NO_PORT { -1 } else { i64::from(port) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(at: i64, ip_proto: i64, dst_port: i64, packets: i64, sensor: &str) -> PortDay {
        PortDay {
            at,
            ip_proto,
            dst_port,
            packets,
            sources: packets.min(9),
            sensors: 2,
            asns: 3,
            top_source_packets: 4,
            top_sensor: sensor.to_string(),
            top_sensor_packets: 5,
            top_sensor_sources: 6,
            scanner_packets: 7,
            scanner_sources: 8,
            mirai_packets: 9,
            once_sources: 10,
            ttl_high: 11,
            windows: 12,
            ..PortDay::default()
        }
    }

    #[test]
    fn what_is_packed_is_read_as_it_was() {
        assert_eq!(QUIET_BYTES, 24);
        let facts = [
            fact(20, 17, 53, 47, "b"),
            fact(10, 6, -1, 3, "a"),
            fact(10, 6, 65_535, 1, ""),
            fact(10, 17, 53, 2, "c"),
            fact(20, 1, 0, 1, "b"),
        ];
        let mut quiet = QuietPorts::default();
        assert!(facts.iter().all(|fact| quiet.push(fact)));
        quiet.settle();
        let read: Vec<PortFigures<'_>> = quiet.iter().collect();
        let expected: Vec<PortFigures<'_>> = [4, 2, 1, 3, 0].map(|place| (&facts[place]).into()).into();
        assert_eq!(read, expected);
        assert_eq!((quiet.places(17, 53), quiet.places(6, 22)), (3..5, 1..1));
        assert_eq!(quiet.port_from(3), Some((17, 53, 5)));
        assert_eq!((quiet.port_from(2), quiet.port_from(5)), (Some((6, -1, 3)), None));
        quiet.cut(Timestamp(20));
        assert_eq!((quiet.starts(), quiet.len()), ([10].as_slice(), 3));
    }

    #[test]
    fn what_is_loud_or_odd_stays_outside() {
        let quiet = fact(10, 6, 23, 9, "a");
        let loud = [
            PortDay { packets: 48, ..quiet.clone() },
            PortDay { sources: 10, ..quiet.clone() },
            PortDay { hour_packets: vec![1, 0, 0, 0], ..quiet.clone() },
            PortDay { windows: -1, ..quiet.clone() },
            PortDay { dst_port: 70_000, ..quiet.clone() },
            PortDay { ip_proto: 256, ..quiet.clone() },
        ];
        let mut packed = QuietPorts::default();
        assert!(loud.iter().all(|fact| !packed.push(fact)), "{packed:?}");
        assert!(packed.push(&quiet) && !packed.is_empty());
    }
}
