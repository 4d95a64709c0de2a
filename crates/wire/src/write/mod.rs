//! Capture files written: pcapng with names and comments, classic pcap for old programs.
//!
//! The same frames give the same bytes: nothing of the machine, the clock or the program's version goes in.
//!
//! **Invariant:** what is written here is read back by `capture` as the same frames.

pub mod pcap;
pub mod pcapng;

use teiten_model::frame::FRAME_BYTES_MAX;

use crate::error::WireError;

/// Refuses a frame that a reader would refuse; gives its length.
fn checked_len(bytes: &[u8]) -> Result<u32, WireError> {
    if bytes.len() > FRAME_BYTES_MAX {
        return Err(WireError::FrameTooLong { len: bytes.len(), max: FRAME_BYTES_MAX });
    }
    Ok(bytes.len() as u32)
}
