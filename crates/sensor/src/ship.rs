//! The way to the collector: identity, requests, and the threads that send what the outbox says.
//!
//! **Invariant:** nothing is sent to anybody whose certificate is not of the collector's own authority.

pub mod client;
pub mod enrolment;
pub mod identity;
pub mod peers;
pub mod threads;
