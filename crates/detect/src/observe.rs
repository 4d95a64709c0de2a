//! What one day held, counted from its packets: the facts from which detectors judge.
//!
//! A [`DayBuilder`] is given the packets of one day of the home zone, block by block, and gives
//! [`DayFacts`] at the end. The way of a packet:
//!
//! ```text
//! columns of a block
//!   |  gathered   one small row a packet; addresses and words become numbers (interner, words)
//!   |  settled    numbers and rows in their own order, whatever order they came in
//!   v  events, ports, victims ...   one file a table: walk the rows of a source or a port and count
//! ```
//!
//! Everything distinct is counted exactly, because the rows of a key lie side by side; what the facts call a
//! bound is a cap on what is told. Lists have bounds too: beyond [`events::EVENTS_MAX`] and the like, the
//! keys with the most packets stay, of equals the first.
//!
//! Words: *requests* are the classes of scans and UDP of unknown kind; *answers* those of backscatter. Packets
//! are weights: a row of an imported flow record stands for many.
//!
//! **Invariant:** equal packets give equal facts, in whatever order and blocks they came.
//! **Invariant:** lists ascend by their keys.

pub mod attempts;
mod count;
mod encoded;
pub mod events;
pub mod families;
pub mod gathered;
pub mod groups;
mod interner;
mod marks;
mod options;
mod pace;
mod pairs;
pub mod ports;
#[cfg(test)]
mod properties;
pub mod questions;
pub mod reflections;
pub mod resolvers;
mod row;
#[cfg(test)]
mod sample;
mod sensors;
mod settled;
pub mod sources;
pub mod victims;
pub mod visits;
mod words;
pub mod zones;

use teiten_model::columns::PacketColumns;
use teiten_model::day::DayFacts;
use teiten_model::interval::Interval;

use self::gathered::{Gathered, ROWS_MAX};
use self::settled::Settled;

/// Edition of the rules of counting: raised when the same packets give other facts, so that days are counted again.
pub const EDITION: &str = "5";

/// Tools that events may bear beside the tags of packets, because only several packets tell them.
pub const EVENT_TOOLS: &[&str] = &[pairs::UNICORNSCAN];

/// What must be known of names of the DNS, and is told by whoever counts: the list of public suffixes is theirs.
#[derive(Debug, Clone, Copy)]
pub struct NameRules {
    /// The registered domain of a name that is in lower case (rule D75).
    pub domain: fn(&str) -> Option<&str>,
    /// Whether the leftmost label of a name looks random (rule D77).
    pub is_random: fn(&str) -> bool,
}

/// Counts the packets of one day.
#[derive(Debug)]
pub struct DayBuilder {
    gathered: Gathered,
}

impl DayBuilder {
    /// The columns of `packets` that are read.
    pub const COLUMNS: &'static [&'static str] = &[
        "ts",
        "sensor",
        "sensor_group",
        "frame_len",
        "src",
        "dst",
        "dst_public",
        "src6",
        "dst6",
        "ttl",
        "ip_id",
        "ip_proto",
        "src_port",
        "dst_port",
        "tcp_flags",
        "tcp_seq",
        "tcp_ack",
        "tcp_window",
        "tcp_options",
        "icmp_type",
        "quote_src",
        "quote_dst",
        "quote_src6",
        "quote_dst6",
        "quote_proto",
        "quote_src_port",
        "quote_dst_port",
        "quote_dns_name",
        "dns_flags",
        "dns_name",
        "dns_type",
        "dns_class",
        "dns_edns_size",
        "src_country",
        "src_asn",
        "class",
        "tags",
        "actor",
        "packets",
    ];

    /// For the day from its first moment to the first moment of the next: 23 to 25 hours.
    pub fn new(interval: Interval, rules: NameRules) -> DayBuilder {
        DayBuilder { gathered: Gathered::new(interval, rules, ROWS_MAX) }
    }

    /// Counts the packets of a block that lie in the day and belong to a sensor; blocks come in any order.
    /// Columns that are not among [`DayBuilder::COLUMNS`] may be absent.
    pub fn add(&mut self, columns: &PacketColumns) {
        self.gathered.add(columns);
    }

    /// The facts of the day.
    pub fn finish(self) -> DayFacts {
        let mut dropped = self.gathered.dropped;
        let day = Settled::of(self.gathered);
        let (attempts, busiest) = attempts::of_day(&day);
        DayFacts {
            events: told(events::events(&day), &mut dropped),
            ports: told(ports::ports(&day), &mut dropped),
            victims: told(victims::victims(&day), &mut dropped),
            reflections: told(reflections::reflections(&day), &mut dropped),
            resolvers: told(resolvers::resolvers(&day), &mut dropped),
            families: told(families::families(&day), &mut dropped),
            groups: told(groups::groups(&day), &mut dropped),
            sources: sources::sources(&day),
            questions: told(questions::questions(&day), &mut dropped),
            sensors: sensors::sensors(&day),
            zones: told(zones::zones(&day), &mut dropped),
            visits: told(visits::visits(&day), &mut dropped),
            attempts,
            source_ports: told(busiest, &mut dropped),
            dropped,
        }
    }
}

/// The facts, after adding how many were beyond their bound.
fn told<F>((facts, beyond): (Vec<F>, i64), dropped: &mut i64) -> Vec<F> {
    *dropped += beyond;
    facts
}
