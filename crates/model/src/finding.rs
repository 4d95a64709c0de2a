//! What a detector said: about whom, when, what was expected and seen, how sure, and which packets show it.
//!
//! **Invariant:** equal windows and equal rule versions give equal findings, identifiers included.

use std::fmt;

use crate::interval::Interval;
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
        }
    }
}

impl Finding {
    /// What was seen under that name; `None` when the detector did not measure it.
    pub fn seen(&self, name: &str) -> Option<f64> {
        self.measures.iter().find(|measure| measure.name == name).map(|measure| measure.seen)
    }
}
