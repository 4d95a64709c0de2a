//! The packets of a day in one order: what every fact is counted from.
//!
//! Addresses and words are numbered anew in their own order, then rows are sorted. From here on nothing tells
//! any more in which order the packets came, so no fact can depend on it, and a tie that goes to the smaller
//! number goes to the smaller address or word.
//!
//! **Invariant:** addresses stand in the order of the columns `src` and `src6`: IPv6 first, then IPv4.
//! **Invariant:** rows ascend by source, then by time.

use std::net::IpAddr;

use teiten_model::calls::Call;
use teiten_model::interval::HOUR_US;
use teiten_model::smallest::{SMALLEST_MAX, Smallest, hash_of};

use super::gathered::Gathered;
use super::row::{Dns, Home, NO_AS, Quote, Row};

/// Hours of the longest day.
pub(super) const HOURS: usize = 25;

/// A sensor and its group.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) group: String,
}

/// The packets of a day, sorted.
#[derive(Debug)]
pub(super) struct Settled {
    /// First moment of the day.
    pub(super) at: i64,
    /// By source, then time.
    pub(super) rows: Vec<Row>,
    /// By victim, then time.
    pub(super) quotes: Vec<Quote>,
    /// By source, then time.
    pub(super) dns: Vec<Dns>,
    pub(super) shapes: Vec<Vec<u8>>,
    pub(super) names: Vec<String>,
    /// Registered domains; 0 is none.
    pub(super) zones: Vec<String>,
    pub(super) sensors: Vec<Place>,
    addresses: Vec<IpAddr>,
    /// What is known of each address as a source.
    homes: Vec<Home>,
    words: Vec<String>,
}

impl Settled {
    /// Numbers and sorts what was gathered.
    pub(super) fn of(gathered: Gathered) -> Settled {
        let Gathered { interval, mut rows, mut quotes, mut dns, groups, .. } = gathered;
        let (addresses, address) = gathered.addresses.settle(place_of);
        let (words, word) = gathered.words.settle(String::clone);
        let (names, name) = gathered.names.settle(String::clone);
        let (zones, zone) = gathered.zones.settle(String::clone);
        let (shapes, shape) = gathered.shapes.settle(Vec::clone);
        let (sensors, sensor) = gathered.sensors.settle(String::clone);
        let small = |number: u32| u16::try_from(number).unwrap_or(0);
        let mut places: Vec<Place> =
            sensors.into_iter().map(|name| Place { name, group: String::new() }).collect();
        for (old, group) in groups.into_iter().enumerate() {
            places[sensor[old] as usize].group = group;
        }
        for row in &mut rows {
            row.source = address[row.source as usize];
            row.destination = address[row.destination as usize];
            row.sensor = sensor[row.sensor as usize];
            row.options = shape[row.options as usize];
            row.home.country = small(word[usize::from(row.home.country)]);
            row.home.actor = small(word[usize::from(row.home.actor)]);
        }
        for quote in &mut quotes {
            quote.victim = address[quote.victim as usize];
            quote.source = address[quote.source as usize];
            quote.destination = address[quote.destination as usize];
            quote.sensor = sensor[quote.sensor as usize];
            quote.zone = zone[quote.zone as usize];
        }
        for dns in &mut dns {
            dns.source = address[dns.source as usize];
            dns.destination = address[dns.destination as usize];
            dns.sensor = sensor[dns.sensor as usize];
            dns.name = name[dns.name as usize];
            dns.zone = zone[dns.zone as usize];
        }
        sort_rows(&mut rows, interval.start.0);
        quotes.sort_unstable();
        dns.sort_unstable();
        let mut homes = vec![Home::UNKNOWN; addresses.len()];
        for row in &rows {
            let home = &mut homes[row.source as usize];
            *home = home.joined(row.home);
        }
        let at = interval.start.0;
        Settled { at, rows, quotes, dns, shapes, names, zones, sensors: places, addresses, homes, words }
    }

    /// The rows of each source, by address.
    pub(super) fn by_source(&self) -> impl Iterator<Item = &[Row]> {
        self.rows.chunk_by(|one, other| one.source == other.source)
    }

    /// An address as the columns `src` and `src6`.
    pub(super) fn columns(&self, address: u32) -> (i64, Vec<u8>) {
        teiten_model::day::columns(self.addresses[address as usize])
    }

    /// An address as a number, when it is of IPv4.
    pub(super) fn ipv4(&self, address: u32) -> Option<u32> {
        match self.addresses[address as usize] {
            IpAddr::V4(address) => Some(address.into()),
            IpAddr::V6(_) => None,
        }
    }

    /// Country of a source; empty when it is not known.
    pub(super) fn country(&self, source: u32) -> &str {
        self.word(self.country_number(source))
    }

    /// Number of the country of a source; 0 when it is not known.
    pub(super) fn country_number(&self, source: u32) -> u16 {
        self.homes[source as usize].country
    }

    /// The country of a number.
    pub(super) fn word(&self, number: u16) -> &str {
        &self.words[usize::from(number)]
    }

    /// AS of a source; -1 when it is not known.
    pub(super) fn asn(&self, source: u32) -> i64 {
        match self.homes[source as usize].asn {
            NO_AS => -1,
            asn => asn.into(),
        }
    }

    /// Known scanning organisation of a source; empty for others.
    pub(super) fn actor(&self, source: u32) -> &str {
        self.word(self.homes[source as usize].actor)
    }

    /// Whether the source is of a known scanning organisation.
    pub(super) fn is_scanner(&self, source: u32) -> bool {
        self.homes[source as usize].actor != 0
    }

    /// Name of a sensor.
    pub(super) fn sensor(&self, sensor: u32) -> &str {
        &self.sensors[sensor as usize].name
    }

    /// The names of the sensors, a line each, in their order.
    pub(super) fn sensor_names(&self) -> String {
        self.sensors.iter().map(|place| place.name.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// A sensor as a hash, for a sample.
    pub(super) fn sensor_hash(&self, sensor: u32) -> u64 {
        teiten_model::smallest::hash_of_word(self.sensor(sensor))
    }

    /// A packet as a call; `None` when it has no port, an address of IPv6, or a sensor beyond those that a call can
    /// name.
    pub(super) fn call(&self, row: &Row) -> Option<Call> {
        Some(Call {
            src: self.ipv4(row.source)?,
            dst: self.ipv4(row.destination)?,
            ip_proto: u8::try_from(row.ip_proto).ok()?,
            dst_port: u16::try_from(row.dst_port).ok()?,
            second: u32::try_from((row.ts - self.at) / 1_000_000).ok()?,
            sensor: u16::try_from(row.sensor).ok()?,
            tcp_window: u16::try_from(row.tcp_window).unwrap_or(0),
            is_bare: row.options == 0,
            packets: row.packets,
        })
    }

    /// Group of a sensor.
    pub(super) fn group(&self, sensor: u32) -> &str {
        &self.sensors[sensor as usize].group
    }

    /// The hour of the day of a moment, 0 to 24.
    pub(super) fn hour(&self, ts: i64) -> usize {
        ((ts - self.at) / HOUR_US).clamp(0, HOURS as i64 - 1) as usize
    }

    /// The sample of sources for a column; sources ascend and may repeat.
    pub(super) fn sketch(&self, sources: impl Iterator<Item = u32>) -> Vec<u8> {
        let mut sources: Vec<u32> = sources.collect();
        sources.dedup();
        let mut hashes: Vec<u64> =
            sources.into_iter().map(|source| hash_of(self.addresses[source as usize])).collect();
        // Of many, the smallest are picked out before they are sorted.
        if hashes.len() > SMALLEST_MAX {
            hashes.select_nth_unstable(SMALLEST_MAX);
            hashes.truncate(SMALLEST_MAX);
        }
        Smallest::of(hashes).write()
    }
}

/// The place of an address in the order of the columns.
fn place_of(address: &IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => (true, u32::from(*address).into()),
        IpAddr::V6(address) => (false, u128::from(*address)),
    }
}

/// Sorts rows, moving each once: by source and coarse time first, which leave few rows alike.
fn sort_rows(rows: &mut [Row], at: i64) {
    // A day of 25 hours has 2^31 steps of 64 microseconds at most.
    let coarse = |row: &Row| u64::from(row.source) << 32 | ((row.ts - at) >> 6) as u64;
    rows.sort_by_cached_key(coarse);
    rows.chunk_by_mut(|one, other| coarse(one) == coarse(other)).for_each(<[Row]>::sort_unstable);
}
