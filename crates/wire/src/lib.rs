//! Bytes both ways: capture files to blocks of frames, frames to rows, rows' frames back to capture files.
//!
//! **Invariant:** nothing here panics on a stranger's bytes, and every frame becomes a row or a counted loss.

pub mod batch;
pub mod capture;
mod compressed;
pub mod decode;
pub mod error;
pub mod exchange;
mod foreign;
pub mod format;
mod input;
pub mod link_type;
mod pcap;
mod pcapng;
mod pcapng_options;
mod tally;
pub mod write;
