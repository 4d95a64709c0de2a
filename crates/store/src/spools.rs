//! How far each spool of each sensor is stored: the last batch of each, with its sum.
//!
//! The book is a state, not a history: a commit adds lines for the spools that it moved on, the line with the
//! highest number holds, and after [`FILES_MAX`] files one file takes the place of all. So what is read when a
//! collector starts stays as small as there are spools, however long it has run.
//!
//! **Invariant:** the mark of a spool never falls.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};

use crate::batches;
use crate::error::StoreError;
use crate::file::DataFile;
use crate::location::Location;
use crate::record::Record;
use crate::snapshot::Snapshot;
use crate::store::{Store, files_at};

/// Name of the table.
pub const SPOOLS: &str = "spools";

/// Files of the book before one takes the place of all.
pub const FILES_MAX: usize = 64;

/// A spool as far as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spool {
    /// Name of the sensor.
    pub sensor: String,
    /// The number drawn when the spool was created.
    pub epoch: u64,
    /// The last batch stored.
    pub sequence: u64,
    /// Its sum.
    pub sum: u32,
    /// When its observation ended: microseconds since 1970-01-01T00:00Z.
    pub sealed_us: i64,
    /// The sensor's clock minus the collector's, in microseconds, as last measured.
    pub clock_offset_us: Option<i64>,
    /// The prefixes that were watched, separated by spaces.
    pub watched: String,
    /// When it was stored.
    pub stored_us: i64,
}

impl Spool {
    /// Its name in the ledger.
    pub(crate) fn application(&self) -> String {
        format!("{}/{:016x}", self.sensor, self.epoch)
    }
}

/// Spools by sensor and epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spools {
    spools: BTreeMap<(String, u64), Spool>,
    /// The spool of each sensor that was stored last.
    newest: BTreeMap<String, u64>,
    moved: BTreeSet<(String, u64)>,
}

/// An offset as rows hold it: -1 is absent, so that what is measured as -1 is moved by a microsecond.
pub(crate) fn offset(offset_us: Option<i64>) -> i64 {
    match offset_us {
        Some(-1) => -2,
        offset => offset.unwrap_or(-1),
    }
}

impl Spools {
    /// The spool of that epoch.
    pub fn mark(&self, sensor: &str, epoch: u64) -> Option<&Spool> {
        self.spools.get(&(sensor.to_string(), epoch))
    }

    /// The spool of a sensor of which a batch was stored last.
    pub fn newest(&self, sensor: &str) -> Option<&Spool> {
        self.newest.get(sensor).and_then(|epoch| self.mark(sensor, *epoch))
    }

    /// All of them, by sensor and epoch.
    pub fn all(&self) -> impl Iterator<Item = &Spool> {
        self.spools.values()
    }

    /// Moves a spool on.
    pub(crate) fn set(&mut self, spool: Spool) {
        let key = (spool.sensor.clone(), spool.epoch);
        self.newest.insert(spool.sensor.clone(), spool.epoch);
        self.spools.insert(key.clone(), spool);
        self.moved.insert(key);
    }

    /// Those that were moved on.
    pub(crate) fn moved(&self) -> impl Iterator<Item = &Spool> {
        self.moved.iter().filter_map(|key| self.spools.get(key))
    }

    /// Takes a line of the book.
    fn read(&mut self, spool: Spool) {
        let key = (spool.sensor.clone(), spool.epoch);
        if self.spools.get(&key).is_some_and(|known| known.sequence >= spool.sequence) {
            return;
        }
        self.spools.insert(key, spool);
    }

    fn find_newest(&mut self) {
        for spool in self.spools.values() {
            let is_newer = self
                .newest
                .get(&spool.sensor)
                .and_then(|epoch| self.spools.get(&(spool.sensor.clone(), *epoch)))
                .is_none_or(|known| (known.stored_us, known.sealed_us) < (spool.stored_us, spool.sealed_us));
            if is_newer {
                self.newest.insert(spool.sensor.clone(), spool.epoch);
            }
        }
    }

    /// The lines of some spools, stored now.
    pub(crate) fn record<'a>(spools: impl Iterator<Item = &'a Spool>, now_us: i64) -> Record {
        let rows: Vec<&Spool> = spools.collect();
        let epochs: Vec<String> = rows.iter().map(|row| format!("{:016x}", row.epoch)).collect();
        let mut record = Record::new(SPOOLS);
        record.words("sensor", rows.iter().map(|row| row.sensor.as_str()));
        record.texts("epoch", epochs.iter().map(String::as_str));
        record.int64("batch", rows.iter().map(|row| row.sequence as i64));
        record.int64("sum", rows.iter().map(|row| i64::from(row.sum)));
        record.times("sealed", rows.iter().map(|row| row.sealed_us));
        record.int64("clock_offset", rows.iter().map(|row| offset(row.clock_offset_us)));
        record.texts("watched", rows.iter().map(|row| row.watched.as_str()));
        let stored = |row: &&Spool| if row.stored_us == 0 { now_us } else { row.stored_us };
        record.times("stored", rows.iter().map(stored));
        record
    }

    /// Reads the book of a snapshot; gives its files, too.
    pub(crate) fn load(store: &Store, snapshot: &Snapshot) -> Result<(Spools, Vec<DataFile>), StoreError> {
        store.runtime().block_on(Spools::load_at(store.location(), snapshot))
    }

    /// The same for who waits on the store's runtime already.
    pub(crate) async fn load_at(
        location: &Location,
        snapshot: &Snapshot,
    ) -> Result<(Spools, Vec<DataFile>), StoreError> {
        let files = files_at(location, snapshot, SPOOLS).await?;
        let mut spools = Spools::default();
        for file in &files {
            let bytes = location.read(&file.path).await?;
            for batch in batches::of_bytes(bytes, &file.path, None)? {
                take(&mut spools, &batch?).ok_or_else(|| StoreError::Damaged {
                    what: file.path.clone(),
                    why: "its columns are not those of the book of spools".to_string(),
                })?;
            }
        }
        spools.find_newest();
        Ok((spools, files))
    }
}

/// Takes the lines of a batch; `None` when its columns are others.
fn take(spools: &mut Spools, batch: &RecordBatch) -> Option<()> {
    let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
    let number = |name: &str| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>();
    let time = |name: &str| batch.column_by_name(name)?.as_primitive_opt::<TimestampMicrosecondType>();
    let (sensors, epochs, watched) = (text("sensor")?, text("epoch")?, text("watched")?);
    let (sequences, sums, offsets) = (number("batch")?, number("sum")?, number("clock_offset")?);
    let (sealed, stored) = (time("sealed")?, time("stored")?);
    for row in 0..batch.num_rows() {
        spools.read(Spool {
            sensor: sensors.value(row).to_string(),
            epoch: u64::from_str_radix(epochs.value(row), 16).ok()?,
            sequence: u64::try_from(sequences.value(row)).ok()?,
            sum: u32::try_from(sums.value(row)).ok()?,
            sealed_us: sealed.value(row),
            clock_offset_us: offsets.is_valid(row).then(|| offsets.value(row)),
            watched: if watched.is_valid(row) { watched.value(row).to_string() } else { String::new() },
            stored_us: stored.value(row),
        });
    }
    Some(())
}
