//! Is that a batch, and of whom it should be? Everything that can be told from its bytes alone.
//!
//! It takes time and up to `PLAIN_BYTES_MAX` bytes beside the batch, so it runs on a blocking thread, few at once.
//!
//! **Invariant:** what is accepted has as many whole frames as its head says, so that the sink need not doubt it.

use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use teiten_model::frame::FrameBlock;
use teiten_wire::batch::{self, Batch, BatchError};
use teiten_wire::capture::Capture;

use crate::refusal::Refusal;
use crate::sink::Accepted;

/// The highest sequence number: the store's ledger counts in 63 bits.
pub const SEQUENCE_MAX: u64 = i64::MAX as u64;

/// The first bytes of a pcapng section: the type of its header block, the same in both byte orders
/// (draft-ietf-opsawg-pcapng, 4.1).
const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// Checks a batch that came over a connection of `sensor`.
///
/// # Errors
/// Why it is refused.
pub fn verify(bytes: Bytes, sensor: &str) -> Result<Accepted, Refusal> {
    let batch = batch::open(&bytes).map_err(|error| match error {
        BatchError::Long { len, .. } if len > batch::BATCH_BYTES_MAX => Refusal::TooLong,
        _ => Refusal::NoBatch,
    })?;
    if batch.head.sensor != sensor {
        return Err(Refusal::OtherName);
    }
    if batch.head.sequence > SEQUENCE_MAX {
        return Err(Refusal::NoBatch);
    }
    if frames(&batch)? != batch.head.frames {
        return Err(Refusal::FrameCount);
    }
    let Batch { head, sum, .. } = batch;
    Ok(Accepted { head: Arc::new(head), sum, bytes })
}

/// How many whole frames are inside.
fn frames(batch: &Batch<'_>) -> Result<u64, Refusal> {
    let plain = batch.plain().map_err(|_| Refusal::BadFrames)?;
    if plain.is_empty() {
        return Ok(0);
    }
    // The reader would open a compressed capture, too: inside a batch that is a bomb.
    if !plain.starts_with(&SECTION) {
        return Err(Refusal::FrameCount);
    }
    let mut capture = Capture::open(Box::new(Cursor::new(plain))).map_err(|_| Refusal::FrameCount)?;
    let mut block = FrameBlock::default();
    while capture.next_block(&mut block) {}
    match capture.is_whole() {
        true => Ok(capture.account().received),
        false => Err(Refusal::FrameCount),
    }
}
