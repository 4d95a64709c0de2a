//! Counting what was planted: by sensor, month and day of the scenario's zone.
//!
//! Sensors are counted apart, so that they can be counted side by side; groups, regions and longer periods
//! are sums of these cells.
//!
//! **Invariant:** every packet is counted in exactly one cell of its sensor, and in one day of it.

use std::collections::BTreeMap;
use std::hash::Hash;

use teiten_model::interval::{HOUR_US, Interval, Timestamp};

use crate::address::Address;
use crate::quick::{Counts, Homes, Set};
use crate::rsdos::Attack;
use crate::series::{Series, is_attempt};
use crate::sink::{Event, Note};

/// A destination port of a protocol; 0 where the protocol has none.
pub(crate) type Port = (u8, u16);

/// What is counted in a month of a sensor, and in sums of such.
#[derive(Debug, Default, Clone)]
pub(crate) struct Cell {
    pub(crate) packets: u64,
    /// Hours with at least one packet, added over sensors.
    pub(crate) hours: u64,
    /// Sources, and where each is.
    pub(crate) sources: Homes,
    pub(crate) ports: Counts<Port>,
    pub(crate) countries: Counts<u16>,
    pub(crate) actors: Counts<u16>,
    /// Packets with the trait of Mirai, by port; of these and of all, those from home.
    pub(crate) mirai: Counts<Port>,
    pub(crate) home: Counts<Port>,
    pub(crate) home_mirai: Counts<Port>,
    /// SYNs from the source ports that the scenario pins.
    pub(crate) pinned: BTreeMap<u16, Pinned>,
    pub(crate) dns: Dns,
    pub(crate) errors: Errors,
    pub(crate) backscatter: BTreeMap<Attack, Backscatter>,
}

/// SYNs from one source port.
#[derive(Debug, Default, Clone)]
pub(crate) struct Pinned {
    pub(crate) packets: u64,
    pub(crate) sources: Set<Address>,
    pub(crate) ports: Counts<Port>,
    pub(crate) countries: Counts<u16>,
}

/// DNS answers about the zones under attack.
#[derive(Debug, Default, Clone)]
pub(crate) struct Dns {
    pub(crate) packets: u64,
    /// By response code; those from port 53 again by themselves.
    pub(crate) rcodes: Counts<u8>,
    pub(crate) rcodes_53: Counts<u8>,
    /// By actor and zone.
    pub(crate) zones: BTreeMap<(u16, u16), Zone>,
    pub(crate) countries: Counts<u16>,
    pub(crate) responders: Homes,
    /// Responders that offered recursion: open resolvers.
    pub(crate) resolvers: Homes,
}

/// Answers about one zone.
#[derive(Debug, Default, Clone)]
pub(crate) struct Zone {
    pub(crate) rcodes: Counts<u8>,
    pub(crate) responders: Set<Address>,
    /// Errors whose quote names it.
    pub(crate) errors: u64,
}

/// ICMP errors about port 53/UDP.
#[derive(Debug, Default, Clone)]
pub(crate) struct Errors {
    pub(crate) packets: u64,
    pub(crate) named: u64,
    pub(crate) sources: Homes,
}

/// What came back from attacks with one protocol.
#[derive(Debug, Default, Clone)]
pub(crate) struct Backscatter {
    pub(crate) packets: u64,
    /// Packets by victim, and where each victim is.
    pub(crate) victims: Counts<Address>,
    pub(crate) homes: Homes,
}

/// REFUSED comes without an offer of recursion.
const REFUSED: u8 = 5;

impl Cell {
    fn add(&mut self, event: &Event, home: Option<u16>) {
        let port = (event.protocol, event.dst_port);
        self.packets += 1;
        self.sources.insert(event.source, event.country);
        one_more(&mut self.ports, port);
        one_more(&mut self.countries, event.country);
        one_more(&mut self.actors, event.actor);
        if home == Some(event.country) {
            one_more(&mut self.home, port);
        }
        if is_attempt(event)
            && let Some(pinned) = self.pinned.get_mut(&event.src_port)
        {
            pinned.packets += 1;
            pinned.sources.insert(event.source);
            one_more(&mut pinned.ports, port);
            one_more(&mut pinned.countries, event.country);
        }
        match event.note {
            Note::Plain => {}
            Note::Mirai => {
                one_more(&mut self.mirai, port);
                if home == Some(event.country) {
                    one_more(&mut self.home_mirai, port);
                }
            }
            Note::Dns { zone, rcode } => {
                let dns = &mut self.dns;
                dns.packets += 1;
                one_more(&mut dns.rcodes, rcode);
                if event.src_port == 53 {
                    one_more(&mut dns.rcodes_53, rcode);
                }
                one_more(&mut dns.countries, event.country);
                dns.responders.insert(event.source, event.country);
                if rcode != REFUSED {
                    dns.resolvers.insert(event.source, event.country);
                }
                let of_zone = dns.zones.entry((event.actor, zone)).or_default();
                one_more(&mut of_zone.rcodes, rcode);
                of_zone.responders.insert(event.source);
            }
            Note::Unreachable53 { zone, is_named } => {
                self.errors.packets += 1;
                self.errors.sources.insert(event.source, event.country);
                if is_named {
                    self.errors.named += 1;
                    self.dns.zones.entry((event.actor, zone)).or_default().errors += 1;
                }
            }
            Note::Backscatter { attack, victim } => {
                let of_attack = self.backscatter.entry(attack).or_default();
                of_attack.packets += 1;
                one_more(&mut of_attack.victims, victim);
                of_attack.homes.insert(victim, event.country);
            }
        }
    }

    /// Adds what another cell counted.
    pub(crate) fn merge(&mut self, other: &Cell) {
        self.packets += other.packets;
        self.hours += other.hours;
        self.sources.extend(&other.sources);
        for (own, others) in [
            (&mut self.ports, &other.ports),
            (&mut self.mirai, &other.mirai),
            (&mut self.home, &other.home),
            (&mut self.home_mirai, &other.home_mirai),
        ] {
            add_all(own, others);
        }
        add_all(&mut self.countries, &other.countries);
        add_all(&mut self.actors, &other.actors);
        for (port, others) in &other.pinned {
            let own = self.pinned.entry(*port).or_default();
            own.packets += others.packets;
            own.sources.extend(&others.sources);
            add_all(&mut own.ports, &others.ports);
            add_all(&mut own.countries, &others.countries);
        }
        self.dns.packets += other.dns.packets;
        add_all(&mut self.dns.rcodes, &other.dns.rcodes);
        add_all(&mut self.dns.rcodes_53, &other.dns.rcodes_53);
        add_all(&mut self.dns.countries, &other.dns.countries);
        self.dns.responders.extend(&other.dns.responders);
        self.dns.resolvers.extend(&other.dns.resolvers);
        for (zone, others) in &other.dns.zones {
            let own = self.dns.zones.entry(*zone).or_default();
            add_all(&mut own.rcodes, &others.rcodes);
            own.responders.extend(&others.responders);
            own.errors += others.errors;
        }
        self.errors.packets += other.errors.packets;
        self.errors.named += other.errors.named;
        self.errors.sources.extend(&other.errors.sources);
        for (attack, others) in &other.backscatter {
            let own = self.backscatter.entry(*attack).or_default();
            own.packets += others.packets;
            add_all(&mut own.victims, &others.victims);
            own.homes.extend(&others.homes);
        }
    }
}

/// The months and days of a scenario's zone that packets are counted by: names and spans.
#[derive(Debug)]
pub(crate) struct Calendar {
    pub(crate) months: Vec<(String, Interval)>,
    pub(crate) days: Vec<(String, Interval)>,
}

impl Calendar {
    /// The place of the day that a moment falls on; a moment outside falls on the nearest.
    pub(crate) fn day_of(&self, at: Timestamp) -> usize {
        self.days.partition_point(|(_, span)| span.end <= at).min(self.days.len() - 1)
    }

    /// The same for months.
    pub(crate) fn month_of(&self, at: Timestamp) -> usize {
        self.months.partition_point(|(_, span)| span.end <= at).min(self.months.len() - 1)
    }

    /// The places of the months that begin in a span.
    pub(crate) fn months_in(&self, during: &Interval) -> Vec<usize> {
        let is_inside = |month: &usize| during.contains(self.months[*month].1.start);
        (0..self.months.len()).filter(is_inside).collect()
    }
}

/// The counts of one sensor.
#[derive(Debug)]
pub(crate) struct Tally {
    /// By month of the scenario.
    pub(crate) months: Vec<Cell>,
    pub(crate) series: Series,
    home: Option<u16>,
    last_hour: i64,
}

impl Tally {
    /// Nothing counted yet.
    pub(crate) fn new(months: usize, series: Series, home: Option<u16>) -> Tally {
        let pinned = series.pinned.keys().map(|port| (*port, Pinned::default())).collect();
        let cell = Cell { pinned, ..Cell::default() };
        Tally { months: vec![cell; months], series, home, last_hour: i64::MIN }
    }

    /// Counts the packets of a day, which stand in order of time; days come in order too.
    pub(crate) fn add(&mut self, events: &[Event], calendar: &Calendar) {
        let (mut month, mut day) = (0, 0);
        for (place, event) in events.iter().enumerate() {
            // A UTC day has at most two days of any zone, so the places seldom change.
            if place == 0 || !calendar.days[day].1.contains(event.at) {
                (month, day) = (calendar.month_of(event.at), calendar.day_of(event.at));
            }
            let hour = event.at.0.div_euclid(HOUR_US);
            if hour > self.last_hour {
                self.last_hour = hour;
                self.months[month].hours += 1;
                self.series.hours[day] += 1;
            }
            self.months[month].add(event, self.home);
            self.series.add(day, event);
        }
    }
}

fn one_more<K: Eq + Hash>(counts: &mut Counts<K>, key: K) {
    *counts.entry(key).or_default() += 1;
}

fn add_all<K: Eq + Hash + Copy>(own: &mut Counts<K>, others: &Counts<K>) {
    #[expect(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
    for (key, count) in others {
        *own.entry(*key).or_default() += count;
    }
}
