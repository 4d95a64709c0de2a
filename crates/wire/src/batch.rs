//! A batch: what a sensor seals, sends and keeps until the collector has stored it.
//!
//! ```text
//! skippable zstd frame   the head: whose batch it is, of when, what was lost, two checksums
//! zstd frame             a pcapng section: the frames
//! ```
//!
//! A decompressor passes over the first part (RFC 8878, 3.1.2), so that every batch is a `.pcapng.zst` that
//! other programs read, and says of itself all that is needed to store it again. A batch without frames
//! says that nothing came, or that the batches of [`Head::first`] to [`Head::sequence`] were given up.
//! Why it is so: decision 011.
//!
//! **Invariant:** [`open`] accepts exactly what [`seal`] makes, reads no byte beyond what it was given, and
//! a changed bit anywhere is refused.

use teiten_model::account::Loss;
use teiten_model::address::Prefix;
use teiten_model::sensor::is_name;

mod head;
#[cfg(test)]
mod tests;

/// The first bytes of a skippable zstd frame of ours, little-endian.
const SKIPPABLE: u32 = 0x184d_2a5e;
/// The first bytes of the head, with its version.
const MAGIC: &[u8; 8] = b"TEITENB1";

/// The most bytes of a batch: a sensor seals earlier, a collector refuses more.
pub const BATCH_BYTES_MAX: usize = 8 << 20;
/// The most bytes of the frames' pcapng before compression.
pub const PLAIN_BYTES_MAX: usize = 32 << 20;
/// The most bytes of a head.
pub const HEAD_BYTES_MAX: usize = 16 << 10;
/// The most prefixes that a head names as watched.
pub const WATCHED_MAX: usize = 256;

/// What a batch says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Name of the sensor.
    pub sensor: String,
    /// The spool it comes from: a number drawn when a spool is created.
    pub epoch: u64,
    /// The first sequence number that this batch answers for: [`Head::sequence`], or less when it stands
    /// in the place of batches that were given up.
    pub first: u64,
    /// Its number in the spool, counted from 1 without a gap.
    pub sequence: u64,
    /// The process that sealed it: a number drawn when it started.
    pub instance: u64,
    /// When observation of this batch began, by the sensor's clock, in nanoseconds since 1970.
    pub opened_ns: i64,
    /// When it ended. Between the end of one batch and the beginning of the next nobody observed.
    pub sealed_ns: i64,
    /// Frames inside.
    pub frames: u64,
    /// Frames that were received between `opened_ns` and `sealed_ns` and are not inside, by reason; none is 0.
    pub lost: Vec<(Loss, u64)>,
    /// Prefixes that were watched all that time, as the sensor saw them.
    pub watched: Vec<Prefix>,
    /// The sensor's clock minus the collector's, in nanoseconds, as it was last measured.
    pub clock_offset_ns: Option<i64>,
    /// Bytes of the frames' pcapng before compression.
    pub plain_bytes: u32,
}

/// Why bytes are not a batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Fewer bytes than the head, or than the head announces.
    #[error("the batch is cut short: {len} bytes of {needed}")]
    Cut {
        /// Bytes there are.
        len: usize,
        /// Bytes there should be.
        needed: usize,
    },
    /// More bytes than a batch may have, or than the head announces.
    #[error("the batch is too long: {len} bytes of {max}")]
    Long {
        /// Bytes there are.
        len: usize,
        /// Bytes there may be.
        max: usize,
    },
    /// The first bytes are those of something else, or of another version.
    #[error("not a batch of this version: it begins with other bytes")]
    Foreign,
    /// A checksum does not fit.
    #[error("the {0} of the batch is damaged: its checksum does not fit")]
    Checksum(&'static str),
    /// The head contradicts itself or a limit.
    #[error("the head of the batch cannot be followed: {0}")]
    Head(String),
    /// The payload is no zstd stream, or not of the length that the head says.
    #[error("the frames of the batch cannot be decompressed: {0}")]
    Frames(String),
}

/// An opened batch: what it says, and where its frames are.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    /// What it says of itself.
    pub head: Head,
    /// Compressed pcapng; empty when there are no frames.
    pub payload: &'a [u8],
    /// CRC-32C of the whole head and payload: two batches of one number with another sum are not the same.
    pub sum: u32,
}

/// Frames as a batch carries them: compressed, with their length before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payload {
    bytes: Vec<u8>,
    plain_bytes: u32,
}

/// Makes a batch of a head and the pcapng of its frames, compressed with zstd at that level.
///
/// # Errors
/// When a limit is exceeded: a sensor seals before that.
pub fn seal(head: &Head, plain: &[u8], level: i32) -> Result<Vec<u8>, BatchError> {
    seal_payload(head, &compress(plain, level)?)
}

/// Compresses the pcapng of frames: what takes long of [`seal`], and can be done before there is a number.
///
/// # Errors
/// When there are too many bytes.
pub fn compress(plain: &[u8], level: i32) -> Result<Payload, BatchError> {
    if plain.len() > PLAIN_BYTES_MAX {
        return Err(BatchError::Long { len: plain.len(), max: PLAIN_BYTES_MAX });
    }
    let bytes = match plain {
        [] => Vec::new(),
        plain => zstd::bulk::compress(plain, level).map_err(|error| BatchError::Frames(error.to_string()))?,
    };
    Ok(Payload { bytes, plain_bytes: plain.len() as u32 })
}

/// Makes a batch of a head and frames that are compressed already.
///
/// # Errors
/// When a limit is exceeded: a sensor seals before that.
pub fn seal_payload(head: &Head, payload: &Payload) -> Result<Vec<u8>, BatchError> {
    let head = Head { plain_bytes: payload.plain_bytes, ..head.clone() };
    head.check()?;
    let mut bytes = head.written(&payload.bytes);
    bytes.extend_from_slice(&payload.bytes);
    match bytes.len() {
        len if len > BATCH_BYTES_MAX => Err(BatchError::Long { len, max: BATCH_BYTES_MAX }),
        _ => Ok(bytes),
    }
}

/// Reads a batch and checks both sums.
///
/// # Errors
/// When it is not whole, not a batch, or contradicts itself.
pub fn open(bytes: &[u8]) -> Result<Batch<'_>, BatchError> {
    if bytes.len() > BATCH_BYTES_MAX {
        return Err(BatchError::Long { len: bytes.len(), max: BATCH_BYTES_MAX });
    }
    let (head, payload, sum) = head::read(bytes)?;
    head.check()?;
    Ok(Batch { head, payload, sum })
}

impl Batch<'_> {
    /// The pcapng of the frames, decompressed: never more bytes than the head says.
    ///
    /// # Errors
    /// When the payload is damaged or is longer than announced.
    pub fn plain(&self) -> Result<Vec<u8>, BatchError> {
        let announced = self.head.plain_bytes as usize;
        if announced == 0 {
            return Ok(Vec::new());
        }
        let plain = zstd::bulk::decompress(self.payload, announced)
            .map_err(|error| BatchError::Frames(error.to_string()))?;
        match plain.len() {
            len if len == announced => Ok(plain),
            len => Err(BatchError::Frames(format!("{len} bytes came out, {announced} were announced"))),
        }
    }
}

impl Head {
    /// Frames lost for any reason.
    pub fn lost_total(&self) -> u64 {
        self.lost.iter().map(|(_, frames)| frames).sum()
    }

    /// Checks what no batch of ours can say.
    fn check(&self) -> Result<(), BatchError> {
        let fault = |why: &str| Err(BatchError::Head(why.to_string()));
        if !is_name(&self.sensor) {
            return fault("what it calls its sensor is no name of one");
        }
        if self.first == 0 || self.first > self.sequence {
            return fault("its numbers run backwards or begin with 0");
        }
        if self.first < self.sequence && self.frames > 0 {
            return fault("it has frames and stands for others that were given up");
        }
        if self.opened_ns > self.sealed_ns {
            return fault("it ended before it began");
        }
        if (self.frames == 0) != (self.plain_bytes == 0) || self.plain_bytes as usize > PLAIN_BYTES_MAX {
            return fault("the number of frames does not fit their bytes");
        }
        if self.watched.len() > WATCHED_MAX {
            return fault("it names too many prefixes as watched");
        }
        if self.lost.windows(2).any(|pair| pair[0].0 >= pair[1].0) || self.lost.iter().any(|(_, n)| *n == 0) {
            return fault("its losses are not in order");
        }
        if self.lost.iter().try_fold(self.frames, |sum, (_, frames)| sum.checked_add(*frames)).is_none() {
            return fault("its losses cannot be added up");
        }
        Ok(())
    }
}
