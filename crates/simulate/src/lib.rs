//! Scenarios to captures and planted truth.
//!
//! A scenario (TOML) names sensors and actors; [`simulate`] writes what the sensors would have captured,
//! one compressed capture per sensor and UTC day, and beside it the truth that was planted, counted while
//! the packets were made. Reports are proved against that truth. [`frames`] gives the same packets in
//! memory, [`expected`] the rate model's own sums without making any packet.
//!
//! **Invariant:** equal scenario, equal country ranges: equal bytes, whatever the number of threads. Every
//! draw comes from a stream of its own for (actor, sensor, day), named by their names and the seed.
//! **Invariant:** everything written says that it is synthetic.

mod actor_form;
mod actor_kind;
mod address;
mod aim;
mod background;
mod balancer;
mod book;
mod countries;
mod curve;
mod dns;
mod dns_answers;
mod engine;
mod error;
mod expected;
mod family;
mod form;
mod frame;
mod hosts;
mod icmp;
mod mark;
mod misconfiguration;
mod organisations;
mod os_probe;
mod output;
mod periodic;
mod phenomena;
mod plan;
mod pool;
mod port_mix;
mod quick;
mod random;
mod reflection;
mod request;
mod rsdos;
mod scenario;
mod series;
mod sink;
mod source_port;
mod syn;
mod tally;
mod tool;
mod truth;
mod truth_cell;
mod udp;

pub use countries::{Countries, MadeUpCountries, made_up_countries};
pub use engine::frames;
pub use error::SimulateError;
pub use expected::{Expected, expected};
pub use output::{Summary, simulate};
pub use scenario::{Scenario, Site};
