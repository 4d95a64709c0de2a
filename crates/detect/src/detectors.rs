//! The detectors, one a file.
//!
//! **Invariant:** each file is in the list [`crate::detector::DETECTORS`] under its own name.

pub mod aggressive_scanner;
pub mod campaign;
pub mod dns_aftermath;
pub mod drop;
pub mod fixed_source_port;
pub mod header_family;
pub mod infected_at_home;
pub mod level_shift;
pub mod local_burst;
pub mod new_port;
pub mod noise_storm;
pub mod port_overlap;
pub mod resolver_scan;
pub mod rsdos;
pub mod sensor_outage;
pub mod slow_drift;
pub mod slow_periodic;
pub mod surge;
pub mod survey_scanner;
pub mod syn_reflection;
pub mod udp_reflection;
