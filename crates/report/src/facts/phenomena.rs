//! What a report tells about notable phenomena: facts gathered around findings.
//!
//! **Invariant:** a phenomenon exists only where a detector found something.

use super::Series;
use super::known::Known;
use crate::words::names::Names;
use jiff::civil::Date;

/// Packets that one list of evidence may show.
pub const EVIDENCE_PACKETS_MAX: usize = 20;
/// Rows that one table of a phenomenon may hold.
pub const ROWS_MAX: usize = 1_000;

/// What was found, in the order of the report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Phenomena {
    /// Aftermath of random-subdomain attacks; `None` when no zone was found.
    pub dns: Option<DnsAftermath>,
    /// Tools with a fixed source port, the busiest first.
    pub source_ports: Vec<FixedSourcePort>,
    /// Findings of other kinds, in the order in which they are proposed; about all sensors together.
    pub kinds: Vec<FoundKind>,
    /// Whether findings were taken out because too few sensors saw them.
    pub is_withheld: bool,
    /// Whether the report is about a part of the sensors only.
    pub is_scoped: bool,
    /// What became known beside ports that rose.
    pub known: Known,
    /// The findings that all of it rests on.
    pub findings: Vec<FindingRow>,
    /// Country that counts as home (日本, Japan) and its top-level domain (`jp`); `None` when none was said.
    pub home: Option<(Names, String)>,
    /// Daily values that the readers may not see: they are gaps of the series.
    pub withheld: i64,
}

/// Findings of one detector.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundKind {
    /// The detector.
    pub detector: &'static str,
    /// Its title.
    pub title: Names,
    /// What it found, in the order of importance.
    pub rows: Vec<FindingRow>,
}

/// A finding as a row.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingRow {
    /// Stable identifier.
    pub id: String,
    /// The detector, for readers.
    pub detector: Names,
    /// Version of its rule.
    pub rule: u32,
    /// What it is about.
    pub subject: String,
    /// The kind of the victim; `None` when it is not known, or the finding is of none.
    pub kind: Option<Names>,
    /// First day.
    pub first: Date,
    /// Last day, inside.
    pub last: Date,
    /// How sure: weak, low, medium, high.
    pub confidence: &'static str,
    /// Packets seen; -1 where the rule counts none.
    pub packets: i64,
    /// Distinct sources; -1 where the rule counts none.
    pub sources: i64,
    /// Sensors that saw it.
    pub sensors: i64,
    /// The filter that opens its packets; empty where the readers may not know it.
    pub filter: String,
    /// Whether the subject is neither an address nor a sensor.
    pub is_public: bool,
    /// Whether the subject is a sensor.
    pub is_sensor: bool,
    /// Whether the readers may know the subject.
    pub is_told: bool,
}

/// Answers and errors that random-subdomain attacks leave behind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DnsAftermath {
    /// Daily series for the figure: all answers, their response codes, errors.
    pub series: Vec<DnsSeries>,
    /// Months of the period.
    pub months: Vec<DnsMonth>,
    /// Zones found, those with the most answers first.
    pub zones: Vec<VictimZone>,
    /// Regions of open resolvers, those with the most resolvers first.
    pub regions: Vec<ResolverRegion>,
    /// Packets from 53/UDP.
    pub answers: i64,
    /// Answers about the zones found.
    pub zone_answers: i64,
    /// Sources of these.
    pub responders: i64,
    /// Of these, open resolvers.
    pub resolvers: i64,
    /// ICMP errors about 53/UDP.
    pub errors: i64,
    /// Sources of these.
    pub error_sources: i64,
    /// Errors whose quote shows a name.
    pub errors_named: i64,
    /// Errors whose quote names a zone found.
    pub errors_of_zones: i64,
    /// Open resolvers of the home country by origin AS, most first.
    pub home_ases: Vec<HomeNetwork>,
    /// Open resolvers of the home country.
    pub home_resolvers: i64,
    /// Zones found under the home country's top-level domain.
    pub home_zones: i64,
    /// Answers "no such name", one for each zone.
    pub no_such_name: Vec<EvidencePacket>,
    /// ICMP errors.
    pub unreachable: Vec<EvidencePacket>,
    /// Answers "server failure".
    pub server_failure: Vec<EvidencePacket>,
    /// The tables of the store that it was counted from.
    pub origin: Vec<String>,
}

/// Which of the daily series of DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsLine {
    /// All packets from 53/UDP.
    Answers,
    /// Response code 3.
    NoSuchName,
    /// Response code 2.
    ServerFailure,
    /// ICMP errors about 53/UDP.
    Errors,
}

/// A daily series of DNS: packets per sensor and day.
#[derive(Debug, Clone, PartialEq)]
pub struct DnsSeries {
    /// Which.
    pub line: DnsLine,
    /// One value for each day of the period; `None` where nothing was observed.
    pub values: Vec<Option<f64>>,
}

/// A month of DNS answers.
#[derive(Debug, Clone, PartialEq)]
pub struct DnsMonth {
    /// Its first day.
    pub first: Date,
    /// Packets from 53/UDP.
    pub answers: i64,
    /// Part "no such name", 0 to 1.
    pub no_such_name: f64,
    /// Part "server failure".
    pub server_failure: f64,
    /// Part "refused".
    pub refused: f64,
    /// ICMP errors about 53/UDP.
    pub errors: i64,
}

/// A zone found.
#[derive(Debug, Clone, PartialEq)]
pub struct VictimZone {
    /// The registered domain.
    pub zone: String,
    /// Its kind; `None` when it is not known.
    pub kind: Option<Names>,
    /// First day.
    pub first: Date,
    /// Last day, inside.
    pub last: Date,
    /// Answers.
    pub answers: i64,
    /// Distinct names by answers, 0 to 1.
    pub unique: f64,
    /// Part "no such name".
    pub no_such_name: f64,
    /// Part "server failure".
    pub server_failure: f64,
    /// Sources of the answers.
    pub responders: i64,
    /// Sensors that got them.
    pub sensors: i64,
}

/// Open resolvers of the home country in one network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeNetwork {
    /// `AS64496`; empty when unknown.
    pub asn: String,
    /// Open resolvers.
    pub resolvers: i64,
    /// Sensors that they answered.
    pub sensors: i64,
}

/// Open resolvers of one region.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolverRegion {
    /// Country code; empty when unknown.
    pub key: String,
    /// Its name.
    pub name: Names,
    /// Open resolvers.
    pub resolvers: i64,
    /// Their part of all, 0 to 1.
    pub share: f64,
    /// Answers from the region.
    pub answers: i64,
    /// Sensors that got them.
    pub sensors: i64,
}

/// A packet of the evidence; its destination is a number, never an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidencePacket {
    /// Time in the report's zone.
    pub time: String,
    /// Source address; empty where the readers may not know it.
    pub source: String,
    /// Country of the source.
    pub country: Names,
    /// Which of the destinations of this report, from 0 in the order of first appearance.
    pub destination: usize,
    /// Protocol.
    pub protocol: String,
    /// Length in bytes.
    pub length: i64,
    /// What the packet says.
    pub info: String,
}

/// A tool that always sends from one port.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedSourcePort {
    /// `6000/TCP`.
    pub port: String,
    /// Attempts in the period.
    pub packets: i64,
    /// Part of all packets, 0 to 1.
    pub share: f64,
    /// Place among all source ports by attempts.
    pub place: i64,
    /// Attempts from the middle one of the neighbouring ports.
    pub neighbour_packets: i64,
    /// Sources.
    pub sources: i64,
    /// Sensors that got them.
    pub sensors: i64,
    /// First day of the long series.
    pub first: Date,
    /// Attempts per sensor and day, day by day, from then to the end of the period.
    pub values: Vec<Option<f64>>,
    /// Day from which on it grew; `None` without growth.
    pub onset: Option<Date>,
    /// Destination ports, most packets first.
    pub ports: Vec<PartRow>,
    /// Regions of the sources, most packets first.
    pub regions: Vec<PartRow>,
    /// The TCP window, in bytes.
    pub window_bytes: i64,
    /// Sources with at least two attempts.
    pub sources_repeated: i64,
    /// Part of these whose window never changed, 0 to 1.
    pub one_window: f64,
    /// Pairs of source and destination with attempts enough to tell a rhythm.
    pub pairs: i64,
    /// Part of these with a steady rhythm, 0 to 1.
    pub steady: f64,
    /// Middle pause between two attempts of a pair, in days.
    pub pause_days: f64,
    /// Part without TCP options.
    pub bare: f64,
    /// Attempts of one source at one destination.
    pub evidence: Vec<EvidencePacket>,
    /// The tables of the store that it was counted from.
    pub origin: Vec<String>,
}

/// A part of a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct PartRow {
    /// Stable key (`22/TCP`, `CN`).
    pub key: String,
    /// Service of a port (may be empty), name of a region.
    pub name: Names,
    /// Packets.
    pub packets: i64,
    /// Part of the whole, 0 to 1.
    pub share: f64,
}

impl Phenomena {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.dns.is_none() && self.source_ports.is_empty() && self.kinds.is_empty()
    }

    /// The long series as one, for a check of its length.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = usize> + '_ {
        let dns = self.dns.iter().flat_map(|dns| dns.series.iter().map(|series| series.values.len()));
        dns.chain(self.known.ports.iter().map(|port| port.values.len()))
    }
}

impl FixedSourcePort {
    /// The long series under its port.
    pub fn series(&self) -> Series {
        Series { key: self.port.clone(), label: Names::same(self.port.clone()), values: self.values.clone() }
    }
}
