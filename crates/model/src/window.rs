//! The facts a detector may see: what one period held, counted once, in plain structs.
//!
//! Whoever asks the store fills a window; a detector only reads it. So a detector needs no query, and its
//! tests write the facts down.
//!
//! **Invariant:** days stand in ascending order and are cut in the store's home zone.
//! **Invariant:** every list is bounded by whoever fills it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::day::{FamilyDay, GroupDay, PortDay, QuestionDay, ReflectionDay, SensorDay, SourceDay, VictimDay};
use crate::interval::{Interval, Timestamp};
use crate::quiet_ports::{PortFigures, QuietPorts};

/// One period and what was counted in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Window {
    /// The period that findings are about.
    pub interval: Interval,
    /// The days of the period and of the time before it that series reach back to.
    pub days: Vec<WatchedDay>,
    /// Packets of the period.
    pub packets: i64,
    /// Sensors that stored packets in the period.
    pub sensors: i64,
    /// DNS answers by the registered domain they are about: those with the most answers.
    pub dns_zones: Vec<DnsZone>,
    /// What came from source port 53/UDP, and ICMP errors about packets to that port, day by day.
    pub dns_days: Vec<DnsDay>,
    /// TCP source ports with the most connection attempts (SYN without ACK).
    pub source_ports: Vec<SourcePort>,
    /// Bounds of detectors that differ from their defaults, by `detector.bound`.
    pub bounds: BTreeMap<String, f64>,
    /// The country at home, whose infected sources are counted; empty when none is named.
    pub home: String,
    /// Addresses watched at the end of the period; of IPv6, networks of 64 bits.
    pub addresses: i64,
    /// Facts of each day of the period and of the six weeks before it, by the start of the day, then by key.
    /// Facts before the period are there to compare with. Ports that few asked on a day may stand in `quiet_ports`.
    pub ports: Vec<PortDay>,
    /// Facts of ports that few asked on a day, packed. A port and day stands in one of both lists.
    pub quiet_ports: QuietPorts,
    /// Likewise; victims with fewer than three packets on a day are left out.
    pub victims: Vec<VictimDay>,
    /// Likewise.
    pub reflections: Vec<ReflectionDay>,
    /// Likewise.
    pub families: Vec<FamilyDay>,
    /// Likewise.
    pub groups: Vec<GroupDay>,
    /// Likewise.
    pub sources: Vec<SourceDay>,
    /// Likewise.
    pub questions: Vec<QuestionDay>,
    /// Likewise.
    pub sensor_days: Vec<SensorDay>,
    /// Hours in which live sensors observed, whether packets came or not: starts of hours by sensor. A sensor
    /// whose captures were imported is not here: of it only packets are known.
    pub observed: BTreeMap<String, BTreeSet<i64>>,
    /// Sources at home that look infected, by day, kind and AS.
    pub infected: Vec<InfectedDay>,
    /// Reverse names of sources in `sources` that no list of known scanners has, by address: what whoever runs the
    /// network wrote there, true or not.
    pub names: BTreeMap<IpAddr, String>,
    /// Ports that slow, steady sources try, of the period and the three months before its end.
    pub steady: Vec<SteadyPort>,
}

/// Sources of the country at home that look infected, on one day and in one AS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InfectedDay {
    /// Start of the day.
    pub at: i64,
    /// What betrays them: `mirai` (its sequence number), `gre` (GRE to addresses that never asked), `smb`
    /// (445/TCP with one window over at least three addresses).
    pub kind: String,
    /// AS; -1 when it is not known.
    pub asn: i64,
    /// Distinct sources.
    pub sources: i64,
    /// Packets.
    pub packets: i64,
    /// Most sensors that one of them reached.
    pub sensors: i64,
}

/// Sources that come back to one address and port in a slow, steady rhythm (rule D99).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SteadyPort {
    /// Protocol.
    pub ip_proto: i64,
    /// Destination port.
    pub dst_port: i64,
    /// Sources with at least one pair that is steady.
    pub sources: i64,
    /// Pairs of source and destination with at least 5 visits over at least 14 days.
    pub pairs: i64,
    /// Of these, pairs whose pauses vary by at most a quarter.
    pub pairs_steady: i64,
    /// Pause between two visits of a steady pair, the middle one over all of them, in seconds.
    pub pause_secs: f64,
    /// Visits of steady pairs.
    pub packets: i64,
    /// Most sensors that the steady pairs of one port reach.
    pub sensors: i64,
    /// First visit of a steady pair.
    pub first: i64,
    /// Last visit of a steady pair.
    pub last: i64,
}

/// How much was watched on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchedDay {
    /// Its first moment.
    pub start: Timestamp,
    /// The first moment of the day after it, whether that was watched or not.
    pub end: Timestamp,
    /// Hours in which a sensor stored a packet, added over sensors.
    pub sensor_hours: i64,
}

/// DNS answers about names under one registered domain (rules D74, D75).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DnsZone {
    /// The registered domain, in lower case.
    pub zone: String,
    /// The whole period.
    pub total: DnsCount,
    /// Its days that had enough answers to be judged.
    pub days: Vec<(Timestamp, DnsCount)>,
    /// ICMP errors whose quote reaches to a name under this domain.
    pub errors: i64,
}

/// Counts over DNS answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DnsCount {
    /// Answers.
    pub answers: i64,
    /// Distinct names asked about.
    pub names: i64,
    /// Answers whose leftmost label looks drawn at random (rule D77).
    pub random: i64,
    /// Answers that the name does not exist (response code 3).
    pub no_such_name: i64,
    /// Answers that the server failed (response code 2).
    pub server_failure: i64,
    /// Answers that the question was refused (response code 5).
    pub refused: i64,
    /// Distinct sources of the answers.
    pub responders: i64,
    /// Distinct sensors that received them.
    pub sensors: i64,
}

/// One day of the DNS service as it reaches sensors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DnsDay {
    /// First moment of the day.
    pub start: i64,
    /// Packets from source port 53/UDP.
    pub answers: i64,
    /// Of these, answers that the name does not exist.
    pub no_such_name: i64,
    /// Of these, answers that the server failed.
    pub server_failure: i64,
    /// Of these, answers that the question was refused.
    pub refused: i64,
    /// ICMP destination unreachable that quotes a packet of ours to 53/UDP (rules D85, D86).
    pub errors: i64,
    /// Of these, with a quote that reaches to the name.
    pub errors_named: i64,
}

/// Connection attempts from one TCP source port.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourcePort {
    /// The port.
    pub port: i64,
    /// Attempts (SYN without ACK) in the period.
    pub packets: i64,
    /// Attempts from the port in the middle of its neighbours, ordered by attempts.
    pub neighbour_packets: i64,
    /// Distinct sources.
    pub sources: i64,
    /// Distinct sensors.
    pub sensors: i64,
    /// Distinct destination ports.
    pub dst_ports: i64,
    /// Sources with at least two attempts.
    pub sources_repeated: i64,
    /// Of these, sources whose TCP window never changed.
    pub sources_one_window: i64,
    /// The most frequent TCP window, in bytes.
    pub window_bytes: i64,
    /// Attempts with that window.
    pub window_packets: i64,
    /// Attempts without TCP options.
    pub bare_packets: i64,
    /// Pairs of source and destination with attempts enough to tell a rhythm (rule D99).
    pub pairs: i64,
    /// Of these, pairs with a steady rhythm.
    pub pairs_steady: i64,
    /// Time between two attempts of a pair, the middle one over all pairs, in seconds.
    pub pause_secs: f64,
    /// Attempts day by day, from the beginning of the window's days.
    pub days: Vec<(Timestamp, i64)>,
}

impl Window {
    /// The span from the first of two days to the end of the last, cut at the end of the period.
    pub fn span(&self, first: Timestamp, last: Timestamp) -> Interval {
        let end = self.days.iter().find(|day| day.start == last).map(|day| day.end);
        Interval { start: first, end: end.unwrap_or(self.interval.end).min(self.interval.end) }
    }

    /// Cuts the period at an earlier moment, the end of one of its days: later facts were not known.
    ///
    /// Numbers of the whole period are taken from its days: of a zone, distinct names and sources are bounds
    /// (names at most, sources at least). What cannot be told by days (`source_ports`, `steady`) goes, because it would
    /// tell of what came later.
    pub fn cut(&mut self, end: Timestamp) {
        macro_rules! cut {
            ($($list:ident),*) => {
                $(self.$list.truncate(self.$list.partition_point(|fact| fact.at < end.0));)*
            };
        }
        cut!(ports, victims, reflections, families, groups, sources, questions, sensor_days, infected);
        self.quiet_ports.cut(end);
        self.interval.end = end;
        self.days.truncate(self.days.partition_point(|day| day.start < end));
        self.dns_days.truncate(self.dns_days.partition_point(|day| day.start < end.0));
        self.source_ports.clear();
        self.steady.clear();
        for hours in self.observed.values_mut() {
            hours.split_off(&end.0);
        }
        let of_period = self.sensor_days.partition_point(|fact| fact.at < self.interval.start.0);
        self.packets = self.sensor_days[of_period..].iter().map(|fact| fact.packets).sum();
        for zone in &mut self.dns_zones {
            zone.days.truncate(zone.days.partition_point(|(start, _)| *start < end));
            zone.total = zone.days.iter().fold(DnsCount::default(), |sum, (_, day)| sum.with(day));
        }
    }

    /// The facts of all ports, loud ones first.
    pub fn port_facts(&self) -> impl Iterator<Item = PortFigures<'_>> {
        self.ports.iter().map(PortFigures::from).chain(self.quiet_ports.iter())
    }

    /// The facts of one port, day by day, of the days that begin between two moments, both included.
    pub fn port_days(&self, ip_proto: i64, dst_port: i64, from: i64, to: i64) -> Vec<PortFigures<'_>> {
        let range = self.ports.partition_point(|fact| fact.at < from)
            ..self.ports.partition_point(|fact| fact.at <= to);
        let is_own = |fact: &&PortDay| (fact.ip_proto, fact.dst_port) == (ip_proto, dst_port);
        let quiet = self.quiet_ports.places(ip_proto, dst_port).map(|place| self.quiet_ports.at(place));
        let quiet = quiet.filter(|fact| (from..=to).contains(&fact.at));
        let mut facts: Vec<PortFigures<'_>> =
            self.ports[range].iter().filter(is_own).map(PortFigures::from).chain(quiet).collect();
        facts.sort_by_key(|fact| fact.at);
        facts
    }

    /// Hours watched on a day; 0 when nothing was.
    pub fn sensor_hours(&self, start: Timestamp) -> i64 {
        self.days
            .binary_search_by_key(&start, |day| day.start)
            .map_or(0, |place| self.days[place].sensor_hours)
    }
}

impl DnsCount {
    /// The sum with a later day; distinct names and sources of single days are bounds of those of both.
    pub fn with(&self, day: &DnsCount) -> DnsCount {
        DnsCount {
            answers: self.answers + day.answers,
            names: self.names + day.names,
            random: self.random + day.random,
            no_such_name: self.no_such_name + day.no_such_name,
            server_failure: self.server_failure + day.server_failure,
            refused: self.refused + day.refused,
            responders: self.responders.max(day.responders),
            sensors: self.sensors.max(day.sensors),
        }
    }

    /// A part of the answers, 0 to 1.
    pub fn part(&self, of: i64) -> f64 {
        if self.answers > 0 { of as f64 / self.answers as f64 } else { 0.0 }
    }
}
