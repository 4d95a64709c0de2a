//! What a packet is (class) and which tool or family it looks like (tags), packet by packet.
//!
//! The class is integer rules in Rust (`classify`, `udp_kind`), because there is exactly one and the
//! order of the rules is the rule. Tags are signatures: one TOML file each, with its sources and its
//! own examples, so that a person can read, add and dispute them without reading code.
//!
//! From classified packets [`observe`] counts what a day held; from that, detectors judge a period.
//!
//! **Invariant:** [`classifier::Classifier::classify`] gives every row exactly one class and one
//! edition of the rules, whatever the packet holds, and reads no clock, file or network.

pub mod builtin;
pub mod category;
pub mod change;
pub mod classifier;
pub mod classify;
mod compile;
mod confidence;
pub mod detector;
pub mod detectors;
pub mod edition;
pub mod error;
mod evidence;
mod hex;
mod matcher;
mod measures;
pub mod notation;
pub mod number;
pub mod observe;
pub mod pattern;
#[cfg(test)]
mod quarter;
mod runs;
pub mod series;
pub mod signature;
mod special;
pub mod survey_names;
pub mod tags;
pub mod udp_kind;
pub mod when;
