//! The detectors, one a file.
//!
//! **Invariant:** each file is in the list [`crate::detector::DETECTORS`] under its own name.

pub mod dns_aftermath;
pub mod fixed_source_port;
pub mod sensor_outage;
