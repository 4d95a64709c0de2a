//! Why packets cannot be written out.
//!
//! **Invariant:** every message says what, on which thing, and what to do.

use teiten_wire::error::WireError;

/// A failure of an export.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The picks are not in the order of time.
    #[error(
        "packets must be picked in the order of time, each once; frame {0} is not after the one before it"
    )]
    Unsorted(u64),
    /// The file of frames put aside failed.
    #[error("the frames could not be put aside to be brought into the order of time: {0}")]
    Spool(std::io::Error),
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
