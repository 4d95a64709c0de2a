//! Sensors behind sites: batches go through NATS JetStream from a site to the collector.
//!
//! ```text
//! sensors -> relay ~> stream of the site ~> bridge -> collector
//! ```
//!
//! The relay is a collector whose sink is a stream: sensors speak to it as to any collector, and are told *stored* when
//! the broker has the batch on its disk. The bridge reads each sensor's batches from the stream in their order, sends them
//! to the collector as that sensor, and takes them out of the stream when the collector has committed them. Why it is
//! so: decision 022.
//!
//! **Invariant:** a batch leaves the stream only after the collector said that it is stored, or after it was laid aside
//! on the bridge's disk; that each is stored once rests on the collector's ledger, never on the broker.

pub mod aside;
pub mod bridge;
pub mod broker;
pub mod config;
pub mod error;
pub mod lane;
pub mod metrics;
pub mod relay;
pub mod stream;
pub mod verdict;
pub mod versions;
pub mod way;
