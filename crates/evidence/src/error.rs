//! Why packets cannot be written out.
//!
//! **Invariant:** every message says what, on which thing, and what to do.

use teiten_wire::error::WireError;

/// A failure of an export.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The list of frame numbers is not ascending.
    #[error("frame numbers must be ascending and each given once; frame {0} is not above the one before it")]
    Unsorted(u64),
    /// Classic pcap has one link type a file.
    #[error(
        "the selection has frames of link types {first} and {second}, but a pcap file has one: write pcapng"
    )]
    MixedLinks {
        /// Link type of the first frame.
        first: u16,
        /// Link type of the frame that does not fit.
        second: u16,
    },
    /// The capture file could not be written.
    #[error("the packets could not be written: {0}")]
    Write(#[from] WireError),
}
