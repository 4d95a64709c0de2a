//! What became known of vulnerabilities, malware and tools beside ports that rose.
//!
//! **Invariant:** a level says how strongly a thing is tied to what was seen (rule D129); a port alone is the weakest.

use jiff::civil::Date;

use crate::words::names::Names;

/// Ports that a report sets beside what became known.
pub const PORTS_MAX: usize = 5;
/// Things that one port may have.
pub const THINGS_MAX: usize = 12;
/// Marks that one figure may have.
pub const MARKS_MAX: usize = 12;

/// Words of levels, the strongest first.
pub const LEVELS: [&str; 4] = ["pattern", "protocol", "window", "port"];

/// What became known beside what was seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// Ports that rose, the most important first.
    pub ports: Vec<KnownPort>,
    /// Days before a date from which on a rise is near it, and days after it until which it is.
    pub window_days: (i64, i64),
    /// Catalogues that answered, with their dates; empty when there was none.
    pub catalogues: Vec<String>,
}

/// A port that rose.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KnownPort {
    /// `37777/TCP`.
    pub port: String,
    /// Its service; may be empty.
    pub service: Names,
    /// The detector that found the rise.
    pub detector: Names,
    /// The day on which the rise began.
    pub onset: Date,
    /// Sensors that saw it.
    pub sensors: i64,
    /// Packets per sensor and day, one value for each day of the period.
    pub values: Vec<Option<f64>>,
    /// Days of the period on which something became known or was first seen, in the order of time.
    pub marks: Vec<KnownMark>,
    /// What is related, the strongest first.
    pub things: Vec<KnownThing>,
    /// What else explains it, in words.
    pub against: Vec<Names>,
    /// The tables of the store that it was counted from.
    pub origin: Vec<String>,
}

/// A mark of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownMark {
    /// When.
    pub day: Date,
    /// What, in a few words.
    pub label: Names,
}

/// A thing that is related to a port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownThing {
    /// What it is: vulnerability, malware, tool, product.
    pub kind: Names,
    /// Number, or identifier in our table.
    pub id: String,
    /// Its name.
    pub name: Names,
    /// How strongly: one of [`LEVELS`].
    pub level: &'static str,
    /// Why.
    pub reason: Names,
    /// When it became known, in words.
    pub dates: Names,
    /// Where to read more; empty when nothing says it.
    pub url: String,
    /// Who tells it.
    pub told_by: String,
}

impl KnownPort {
    /// Things that more than the port ties.
    pub fn tied(&self) -> impl Iterator<Item = &KnownThing> {
        self.things.iter().filter(|thing| thing.level != "port")
    }
}
