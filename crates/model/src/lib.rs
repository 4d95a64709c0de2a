//! The words of the system: frame, packet columns, class, sensor, account, interval, plain table, and the
//! names and ranges that several crates must tell alike: protocols, ICMP messages, special addresses.
//!
//! Everything else is written in these words, so this crate knows no file, no network, no clock,
//! no serialization and no Arrow.
//!
//! **Invariant:** nothing here performs input or output, and nothing here can fail on a stranger's bytes.

pub mod account;
pub mod address;
pub mod calls;
pub mod class;
pub mod column;
pub mod columns;
pub mod day;
pub mod domain_name;
pub mod fact;
pub mod finding;
pub mod frame;
pub mod hex;
pub mod icmp;
pub mod interval;
pub mod malformed;
pub mod mix;
pub mod picks;
pub mod protocols;
pub mod quiet_ports;
pub mod rollup;
pub mod selection;
pub mod sensor;
pub mod smallest;
pub mod special;
pub mod synthetic;
pub mod table;
pub mod values;
pub mod window;
