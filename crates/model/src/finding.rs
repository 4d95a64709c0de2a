//! What a detector said: about whom, when, what was expected and seen, how sure, and which packets show it.
//!
//! **Invariant:** equal windows and equal rule versions give equal findings, identifiers included.

use std::fmt;
use std::net::IpAddr;

use crate::fact;
use crate::interval::Interval;
use crate::protocols;
use crate::selection::Selection;

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Stable identifier: detector, subject, first day.
    pub id: String,
    /// Identifier of the detector.
    pub detector: &'static str,
    /// Version of the detector's rule; raised when the rule says something else.
    pub rule: u32,
    /// What it is about.
    pub subject: Subject,
    /// From the first to the last day it was seen.
    pub interval: Interval,
    /// What was seen and, where the rule knows it, expected.
    pub measures: Vec<Measure>,
    /// How far it can be trusted.
    pub confidence: Confidence,
    /// Sensors that saw it.
    pub sensors: i64,
    /// The packets that show it.
    pub evidence: Selection,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A registered domain.
    Zone(String),
    /// A TCP source port.
    TcpSourcePort(i64),
    /// A protocol and destination port; of ICMP the type.
    Port(i64, i64),
    /// A protocol and destination port, and another that it is told with.
    Ports([i64; 2], [i64; 2]),
    /// Who is attacked, and over which protocol.
    Victim(IpAddr, i64),
    /// A source.
    Source(IpAddr),
    /// A sensor.
    Sensor(String),
    /// Header fields that sources hold fixed, such as `sport=6000 window=16384`.
    Family(String),
    /// What sources have in common, such as `mirai 23/tcp 2323/tcp`.
    Group(String),
    /// A name, or kind of question, that name servers are asked.
    Question(String),
    /// A service whose answers arrive: protocol and source port.
    Service(i64, i64),
    /// Something about all sources of a country: the country, and a kind.
    Country(String, String),
    /// All sensors together.
    Everything,
}

/// A number of a finding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// What is measured; stable.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// What was seen.
    pub seen: f64,
    /// What would be usual, or the bound that was passed; `None` where the rule has neither.
    pub expected: Option<f64>,
}

/// How far a finding can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// One sensor only, or counts near the rule's bounds.
    Weak,
    /// A part of what the rule looks for is missing.
    Low,
    /// All that the rule looks for, by few sensors or for a short time.
    Medium,
    /// All that the rule looks for, by several sensors and for days.
    High,
}

impl Confidence {
    /// The confidence of a word; `None` for any other.
    pub fn find(word: &str) -> Option<Confidence> {
        [Confidence::Weak, Confidence::Low, Confidence::Medium, Confidence::High]
            .into_iter()
            .find(|own| own.name() == word)
    }

    /// The word in the store and in output.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Weak => "weak",
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Zone(zone) => f.write_str(zone),
            Subject::TcpSourcePort(port) => write!(f, "{port}/TCP"),
            Subject::Port(proto, port) | Subject::Service(proto, port) => {
                f.write_str(&protocols::port_label(Some(*proto), Some(*port)))
            }
            Subject::Ports(own, other) => {
                let label = |[proto, port]: [i64; 2]| protocols::port_label(Some(proto), Some(port));
                write!(f, "{} {}", label(*own), label(*other))
            }
            Subject::Victim(address, proto) => {
                write!(f, "{address} {}", protocols::label(*proto).to_ascii_lowercase())
            }
            Subject::Source(address) => write!(f, "{address}"),
            Subject::Sensor(text)
            | Subject::Family(text)
            | Subject::Group(text)
            | Subject::Question(text) => f.write_str(text),
            Subject::Country(code, kind) => write!(f, "{code} {kind}"),
            Subject::Everything => f.write_str("all"),
        }
    }
}

fact! {
    /// A finding as it is kept: the row of a table.
    FindingRow in "findings": "What detectors said about a period: one row a finding.";
    start: Timestamp, "us", [], Open, "Start of the period that was asked about.";
    end: Timestamp, "us", [], Open, "End of that period.";
    id: Text, "", [], Source, "Identifier: detector, subject, first day.";
    detector: Word, "", [], Open, "Identifier of the detector.";
    rule: Int32, "", [], Open, "Version of the detector's rule.";
    place: Int64, "", [], Open, "Place in the order of importance, counted from 1.";
    subject: Text, "", [], Source, "What it is about.";
    first: Timestamp, "us", [], Open, "When it began.";
    last: Timestamp, "us", [], Open, "When it ended.";
    confidence: Word, "", [], Open, "weak, low, medium or high.";
    sensors: Int64, "sensors", [], Open, "Sensors that saw it.";
    packets: Int64, "packets", [], Open, "Packets, where the rule counts them.";
    sources: Int64, "sources", [], Open, "Distinct sources, where the rule counts them.";
    src: Int64, "", [], Source, "IPv4 address it is about.";
    src6: Address16, "", [], Source, "IPv6 address it is about.";
    ip_proto: Int16, "", [], Open, "Protocol it is about.";
    src_port: Int32, "", [], Open, "Source port it is about.";
    dst_port: Int32, "", [], Open, "Destination port it is about.";
    src_country: Word, "", [], Open, "Country it is about.";
    sensor: Word, "", [], Sensor, "Sensor it is about.";
    measures: Text, "", [], Open, "What was seen and expected, as JSON: name, unit, seen, expected.";
    filter: Text, "", [], Source, "The packets that show it, in the filter language.";
    experimental: Int16, "", [], Open, "1 when the detector is not proved well enough for publication, else 0.";
}

impl Finding {
    /// What was seen under that name; `None` when the detector did not measure it.
    pub fn seen(&self, name: &str) -> Option<f64> {
        self.measures.iter().find(|measure| measure.name == name).map(|measure| measure.seen)
    }
}
