//! What was stored and is no longer kept, as the book of a snapshot tells.
//!
//! Days go oldest first, so of each kind there is one moment before which nothing is kept.
//!
//! **Invariant:** the rows that expired and the rows that there are, are the rows that were stored.

use arrow::array::AsArray;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};

use crate::batches;
use crate::error::StoreError;
use crate::record::Record;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::table::EXPIRIES;

/// What is kept for some time, and then goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Raw frames of live sensors.
    Frames,
    /// Rows of the table of packets.
    Packets,
    /// Rows of the rollups.
    Rollups,
}

impl Kind {
    /// All of them, in the order in which they make room: what is told by others goes first.
    pub const ALL: [Kind; 3] = [Kind::Frames, Kind::Packets, Kind::Rollups];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Frames => "frames",
            Kind::Packets => "packets",
            Kind::Rollups => "rollups",
        }
    }
}

/// Why something expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It was old enough.
    Age,
    /// All of its kind took too much.
    Size,
    /// The disk had too little room.
    Free,
}

impl Reason {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Age => "age",
            Reason::Size => "size",
            Reason::Free => "free",
        }
    }
}

/// Something that expired, or is to expire: a day, or with rollups a time of whole days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// What.
    pub kind: Kind,
    /// Start of the time it is of: microseconds since 1970-01-01T00:00Z.
    pub start: i64,
    /// End of that time.
    pub end: i64,
    /// Rows; 0 of frames, which are not counted.
    pub rows: u64,
    /// Files.
    pub files: u64,
    /// Their size, in bytes.
    pub size_bytes: u64,
    /// Why.
    pub reason: Reason,
}

/// The lines of the book for what expires now.
pub(crate) fn record(expiries: &[Expiry], now_us: i64) -> Record {
    let mut record = Record::new(EXPIRIES);
    let rows = || expiries.iter();
    record.words("kind", rows().map(|expiry| expiry.kind.name()));
    record.times("start", rows().map(|expiry| expiry.start));
    record.times("end", rows().map(|expiry| expiry.end));
    record.int64("rows", rows().map(|expiry| expiry.rows as i64));
    record.int64("files", rows().map(|expiry| expiry.files as i64));
    record.int64("bytes", rows().map(|expiry| expiry.size_bytes as i64));
    record.words("reason", rows().map(|expiry| expiry.reason.name()));
    record.times("expired", rows().map(|_| now_us));
    record
}

/// What is no longer kept of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gone {
    /// Nothing before this moment is kept: microseconds since 1970-01-01T00:00Z; `None` when nothing expired.
    pub until: Option<i64>,
    /// Rows that expired.
    pub rows: u64,
    /// Bytes that expired.
    pub size_bytes: u64,
}

/// What is no longer kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// Raw frames.
    pub frames: Gone,
    /// Packets.
    pub packets: Gone,
    /// Rollups.
    pub rollups: Gone,
}

impl Expired {
    /// What is no longer kept of a kind.
    pub fn of(&self, kind: Kind) -> Gone {
        match kind {
            Kind::Frames => self.frames,
            Kind::Packets => self.packets,
            Kind::Rollups => self.rollups,
        }
    }

    /// Reads the book of a snapshot.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(store: &Store, snapshot: &Snapshot) -> Result<Expired, StoreError> {
        let mut expired = Expired::default();
        for file in store.files(snapshot, EXPIRIES)? {
            for batch in batches::of_file(store, &file.path, None)? {
                expired.add(&batch?).ok_or_else(|| StoreError::Damaged {
                    what: file.path.clone(),
                    why: "its columns are not those of the book of what expired".to_string(),
                })?;
            }
        }
        Ok(expired)
    }

    /// Adds lines of the book; `None` when the columns are others.
    fn add(&mut self, batch: &arrow::array::RecordBatch) -> Option<()> {
        let kinds = batch.column_by_name("kind")?.as_string_opt::<i32>()?;
        let ends = batch.column_by_name("end")?.as_primitive_opt::<TimestampMicrosecondType>()?;
        let rows = batch.column_by_name("rows")?.as_primitive_opt::<Int64Type>()?;
        let sizes = batch.column_by_name("bytes")?.as_primitive_opt::<Int64Type>()?;
        for row in 0..batch.num_rows() {
            let gone = match Kind::ALL.into_iter().find(|kind| kind.name() == kinds.value(row))? {
                Kind::Frames => &mut self.frames,
                Kind::Packets => &mut self.packets,
                Kind::Rollups => &mut self.rollups,
            };
            gone.until = gone.until.max(Some(ends.value(row)));
            gone.rows += rows.value(row).max(0) as u64;
            gone.size_bytes += sizes.value(row).max(0) as u64;
        }
        Some(())
    }
}
