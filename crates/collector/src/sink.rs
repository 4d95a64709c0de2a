//! The place where accepted batches become rows and kept frames, as a trait.
//!
//! The collector knows no store: what stands behind this trait is wired by the program, and is a counter in
//! tests (decision 012).
//!
//! **Invariant:** the collector answers *stored* only for batches of a [`Sink::store`] that returned `Ok`, or
//! for those at or below a [`Mark`]; and no batch at or below a mark that it was told is handed out again.

use std::collections::BTreeMap;
use std::sync::Arc;

use teiten_wire::batch::Head;

/// A batch that was accepted: its bytes as they came, and what they say. A clone of it copies neither.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The batch, byte for byte as it came.
    pub bytes: bytes::Bytes,
    /// What it says of itself.
    pub head: Arc<Head>,
    /// CRC-32C of the whole, as [`teiten_wire::batch::Batch::sum`].
    pub sum: u32,
}

/// The last batch stored of one spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// Its sequence number.
    pub sequence: u64,
    /// Its sum; 0 when it is not known any more.
    pub sum: u32,
}

/// Where accepted batches become rows and frames; one caller at a time, from a blocking thread.
pub trait Sink: Send + 'static {
    /// Marks of every spool, as of now: (sensor, epoch) -> mark. Asked at the start, and after a commit that
    /// failed, before anything else is stored.
    ///
    /// # Errors
    /// When they cannot be read.
    fn marks(&mut self) -> Result<BTreeMap<(String, u64), Mark>, SinkError>;

    /// Whether other collectors store there, too. Then marks rise without us, and are asked for again when a batch
    /// comes too early: its sensor may have come from another one.
    fn is_shared(&self) -> bool {
        false
    }

    /// Stores batches in one commit, all or none; each spool's in the order of sequence. When it returns `Ok`
    /// they are durable.
    ///
    /// # Errors
    /// When it cannot be said that they are durable. All of them may be nevertheless, such as when the failure
    /// came after the commit: the collector asks for [`Sink::marks`] then.
    fn store(&mut self, batches: &[Accepted], now_us: i64) -> Result<(), SinkError>;
}

/// Why the sink does not say that something is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SinkError {
    /// What was done, to which thing, and what to do now.
    pub message: String,
    /// Whether it may go away by itself, such as a full disk or a lock held by another process.
    pub is_passing: bool,
}
