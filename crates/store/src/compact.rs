//! Compaction: what many commits left in many files is put into few, so that it takes little and is read quickly.
//!
//! A closed day of `packets` is written anew in the order of its sources (see `order`), in files of up to two
//! million rows; rows of rollups and books that add up are added up (see `sums`). What was read goes and what was
//! written comes in one commit; nothing that anybody asks is answered otherwise than before.
//!
//! Files are read and written without the store's lock, so that nobody waits for it; the lock is held for the
//! commit alone, which is given up when the files were changed meanwhile (a day made again, a day expired). In a
//! bucket that is what its turn is taken under. What was replaced stays on disk for who reads an older snapshot, until
//! it is swept away (see `sweep`).
//!
//! **Invariant:** as many rows are written as were read, or nothing is committed; only rows that add up become fewer.
//! **Invariant:** a day that is compacted is not compacted again unless rows were added to it.

pub mod order;
pub mod pace;
pub mod run;
mod sums;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use object_store::ObjectStoreExt;
use object_store::path::Path;

use crate::batches;
use crate::error::StoreError;
use crate::file::{self, DataFile};
use crate::intake::lay;
use crate::keeper::Keeper;
use crate::ledger::{self, Intent, Keeping, Sealed};
use crate::location::WRITER_WAIT_MS_MAX;
use crate::part::{Part, sorted};
use crate::schema;
use crate::snapshot::Snapshot;
use crate::spools::SPOOLS;
use crate::store::Store;
use crate::table::{self, PACKETS, TableDef};
use order::Order;
use pace::Pace;
use run::Source;

/// Files of a rollup or book that are worth being put together.
const FOLDED_FILES_MIN: usize = 8;
/// Most rows that are put together of a rollup or book: all of them stand in memory.
const FOLDED_ROWS_MAX: u64 = 1 << 19;
/// How much larger a file may be than all smaller ones together, to be put together with them: else a large file
/// would be written again for each few rows.
const FOLDED_TIMES_MAX: u64 = 4;

/// Room that must be left on the disk beside what is written anew, in bytes.
pub(crate) const ROOM_BYTES_MIN: u64 = 64 << 20;

/// Files that are to be put together.
#[derive(Debug, Clone)]
pub struct Work {
    table: TableDef,
    day: Option<String>,
    files: Vec<DataFile>,
}

impl Work {
    /// Name of the table.
    pub fn table(&self) -> &'static str {
        self.table.name
    }

    /// UTC day as `YYYY-MM-DD`, for a table partitioned by day.
    pub fn day(&self) -> Option<&str> {
        self.day.as_deref()
    }

    /// The number of files.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// Their rows.
    pub fn rows(&self) -> u64 {
        self.files.iter().filter_map(|file| file.rows).sum()
    }

    /// Their size, in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }
}

/// What became of a piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was committed: so many files of so many bytes and rows are left of those there were.
    Done {
        /// Files.
        files: usize,
        /// Their rows.
        rows: u64,
        /// Their size, in bytes.
        size_bytes: u64,
    },
    /// The files were changed while they were put together: nothing was done, the next time may.
    Changed,
    /// The disk has too little room for the new files beside the old ones: nothing was done.
    NoRoom {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
}

/// What there is to do in a snapshot: days of packets for which `is_wanted` says so, and rollups and books.
///
/// # Errors
/// When the store cannot be read.
pub fn plan(
    store: &Store,
    snapshot: &Snapshot,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Work>, StoreError> {
    let mut all = Vec::new();
    for table in table::tables().into_iter().filter(|table| !table.is_counted && table.name != SPOOLS) {
        let files = store.files(snapshot, table.name)?;
        if table.name != PACKETS {
            all.extend(folds(files).into_iter().map(|files| Work { table: table.clone(), day: None, files }));
            continue;
        }
        let mut days: BTreeMap<String, Vec<DataFile>> = BTreeMap::new();
        for file in files {
            if let Some(day) = file.day.clone().filter(|day| is_wanted(day)) {
                days.entry(day).or_default().push(file);
            }
        }
        // In the order in which they came: files are called so, and a run is then of a short time.
        days.values_mut().for_each(|files| files.sort_by(|one, other| one.path.cmp(&other.path)));
        let due = days.into_iter().filter(|(_, files)| !files.iter().all(DataFile::is_compacted));
        all.extend(due.map(|(day, files)| Work { table: table.clone(), day: Some(day), files }));
    }
    Ok(all)
}

/// Files of a rollup or book that go together, each in one piece of work.
fn folds(files: Vec<DataFile>) -> Vec<Vec<DataFile>> {
    let mut sized: Vec<(u64, DataFile)> =
        files.into_iter().map(|file| (file.rows.unwrap_or(FOLDED_ROWS_MAX), file)).collect();
    sized.sort_by(|one, other| (one.0, &one.1.path).cmp(&(other.0, &other.1.path)));
    let mut all: Vec<Vec<DataFile>> = vec![Vec::new()];
    let mut sum = 0;
    for (rows, file) in sized {
        let last = all.last_mut().expect("there is one at least");
        let is_alike = rows <= FOLDED_TIMES_MAX * sum.max(1) || last.len() < 2;
        if is_alike && sum + rows <= FOLDED_ROWS_MAX && last.len() < run::FILES_MAX {
            last.push(file);
            sum += rows;
        } else {
            all.push(vec![file]);
            sum = rows;
        }
    }
    all.retain(|files| files.len() >= FOLDED_FILES_MIN);
    // In the order in which they were committed, so that the last of a value is the latest.
    all.iter_mut().for_each(|files| files.sort_by(|one, other| one.path.cmp(&other.path)));
    all
}

/// Does a piece of work.
///
/// # Errors
/// When a file cannot be read or written, or another keeper followed; nothing is committed then.
pub fn work(keeper: &Keeper<'_>, work: &Work, pace: Pace, now_us: i64) -> Result<Outcome, StoreError> {
    keeper.hold()?;
    let store = keeper.store();
    let needed = work.size_bytes() + ROOM_BYTES_MIN;
    if let Some(free) = store.location().free_bytes()?.filter(|free| *free < needed) {
        return Ok(Outcome::NoRoom { needed, free });
    }
    let from = store.snapshot()?;
    if !is_there(store, &from, work)? {
        return Ok(Outcome::Changed);
    }
    let written = write(keeper, work, from.number, pace)?;
    commit(store, work, written, now_us)
}

/// Whether all files of a piece of work are files of a snapshot.
fn is_there(store: &Store, snapshot: &Snapshot, work: &Work) -> Result<bool, StoreError> {
    let files = store.files(snapshot, work.table.name)?;
    Ok(work.files.iter().all(|file| files.contains(file)))
}

/// Writes the new files; nobody sees them yet.
pub(crate) fn write(
    keeper: &Keeper<'_>,
    work: &Work,
    snapshot: u64,
    pace: Pace,
) -> Result<Vec<Sealed>, StoreError> {
    let store = keeper.store();
    let mut written: Vec<Sealed> = Vec::new();
    let mut rows_read = 0;
    let mut seal = |part: Part| -> Result<(), StoreError> {
        // The first stands for all fresh files, the rest for none: see `file`.
        let mark = if written.is_empty() { file::marks(&work.files) } else { 0 };
        let name = file::compacted_name(snapshot, written.len(), mark);
        let sealed = lay(store, work.table.name, &name, work.day.clone(), part)?;
        pace.wait(sealed.size_bytes);
        written.push(sealed);
        Ok(())
    };
    if work.table.name == PACKETS {
        let sources = work.files.iter().map(|file| {
            keeper.hold()?;
            let bytes = store.runtime().block_on(store.location().read(&file.path))?;
            pace.wait(bytes.len() as u64);
            Source::new(&file.path, bytes)
        });
        run::runs(sources, |run| {
            rows_read += run.rows() as u64;
            seal(run.write(&work.table, Order::STORE)?)
        })?;
    } else {
        let (part, rows) = folded(store, work, pace)?;
        rows_read += rows;
        seal(part)?;
    }
    let rows_written: u64 = written.iter().map(|sealed| sealed.rows).sum();
    let is_whole = rows_read == work.rows() && (work.table.name != PACKETS || rows_written == rows_read);
    if !is_whole {
        discard(store, work.table.name, &written);
        return Err(StoreError::Damaged {
            what: format!(
                "table {}{}",
                work.table.name,
                work.day.as_ref().map_or(String::new(), |day| format!(", {day}"))
            ),
            why: format!(
                "its files have {rows_read} rows, the log says {}, {rows_written} were written",
                work.rows()
            ),
        });
    }
    Ok(written)
}

/// The rows of a rollup or book in one part, added up where they add up; gives how many were read, too.
fn folded(store: &Store, work: &Work, pace: Pace) -> Result<(Part, u64), StoreError> {
    let schema = schema::read_schema(&work.table);
    let mut all = Vec::new();
    for file in &work.files {
        for batch in batches::of_file(store, &file.path, None)? {
            let batch = batch?;
            let columns: Vec<ArrayRef> = schema
                .fields()
                .iter()
                .map(|field| match batch.column_by_name(field.name()) {
                    Some(column) => Arc::clone(column),
                    None => arrow::array::new_null_array(field.data_type(), batch.num_rows()),
                })
                .collect();
            all.push(RecordBatch::try_new(Arc::clone(&schema), columns)?);
        }
        pace.wait(file.size_bytes);
    }
    let rows = all.iter().map(|batch| batch.num_rows() as u64).sum();
    let one = sums::fold(&work.table, &all)?;
    drop(all);
    let part = sorted::write(&work.table, one.num_rows(), |column| {
        one.column_by_name(column.name).cloned().ok_or_else(|| StoreError::Damaged {
            what: format!("table {}", work.table.name),
            why: format!("it has no column {}", column.name),
        })
    })?;
    Ok((part, rows))
}

/// What the commit of a piece of work is made of.
pub(crate) fn intent(work: &Work, written: Vec<Sealed>, snapshot: u64, now_us: i64) -> Intent {
    let name = work.table.name.to_string();
    Intent {
        snapshot,
        files: HashMap::from([(name.clone(), written)]),
        at_us: now_us,
        replaced: HashMap::from([(name, work.files.iter().map(Sealed::of).collect())]),
        keeping: Some(Keeping::Compacted),
        ..Intent::default()
    }
}

fn commit(store: &Store, work: &Work, written: Vec<Sealed>, now_us: i64) -> Result<Outcome, StoreError> {
    let _lock = store.location().lock(WRITER_WAIT_MS_MAX)?;
    let newest = store.runtime().block_on(ledger::recovered(store.location()))?;
    if !is_there(store, &newest, work)? {
        discard(store, work.table.name, &written);
        return Ok(Outcome::Changed);
    }
    let written = match store.location().bucket() {
        None => renumber(store, work.table.name, written, newest.number + 1)?,
        // Only what may be swept away gets another number there, when its turn comes.
        Some(_) => written,
    };
    let done = Outcome::Done {
        files: written.len(),
        rows: written.iter().map(|sealed| sealed.rows).sum(),
        size_bytes: written.iter().map(|sealed| sealed.size_bytes).sum(),
    };
    let intent = intent(work, written, newest.number + 1, now_us);
    match store.runtime().block_on(ledger::commit(store.location(), &intent)) {
        // The new files stay for a sweep: it alone knows that no snapshot ever named them.
        Err(StoreError::Overtaken { .. }) => Ok(Outcome::Changed),
        committed => committed.map(|_| done),
    }
}

/// Gives files the number of the snapshot that they come with, as every file has it: by that a sweep tells which
/// files no snapshot needs any more.
fn renumber(
    store: &Store,
    table: &str,
    mut written: Vec<Sealed>,
    snapshot: u64,
) -> Result<Vec<Sealed>, StoreError> {
    for sealed in &mut written {
        let renumbered = sealed.renumber(store.location(), table, snapshot);
        if !store.runtime().block_on(renumbered)? {
            return Err(StoreError::Damaged {
                what: format!("tables/{table}/{}", sealed.path),
                why: "it was written a moment ago and is gone".to_string(),
            });
        }
    }
    Ok(written)
}

/// Takes away files that nobody will see; one that stays is swept away later.
fn discard(store: &Store, table: &str, written: &[Sealed]) {
    for sealed in written {
        let path = Path::from(format!("tables/{table}/{}", sealed.path));
        let _ = store.runtime().block_on(store.location().objects.delete(&path));
    }
}
