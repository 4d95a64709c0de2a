//! Which files of rollups go, and which are written anew without the days that go.
//!
//! Rollups are not cut by day: a file has the time that its input had. Its `at` has bounds in the file's end, so a
//! file that is old as a whole goes without being read. The days are those of the home zone; an hour that
//! reaches into a day that stays, stays.
//!
//! **Invariant:** after it, no rollup has a cell of a day that went, and each has every cell of the days that stay.

use std::collections::BTreeMap;

use arrow::array::{AsArray, BooleanArray, RecordBatch, TimestampMicrosecondArray};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::TimestampMicrosecondType;
use bytes::Bytes;
use model::interval::{DAY_US, HOUR_US};
use model::rollup::{Grain, ROLLUPS};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::statistics::Statistics;
use teiten_model as model;

use super::held::Held;
use super::{Limits, Plan, due};
use crate::batches;
use crate::compact::ROOM_BYTES_MIN;
use crate::error::StoreError;
use crate::expiries::{Expiry, Kind, Reason};
use crate::file::DataFile;
use crate::part::{Part, sorted};
use crate::rollup::DayCut;
use crate::schema;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::table::{self, TableDef};

/// Bytes of the end of a file that are read first: they hold all that it says of itself, as a rule.
const END_BYTES: u64 = 64 << 10;

/// A file that is written anew without what went before a moment.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) table: TableDef,
    pub(super) file: DataFile,
    grain: Grain,
    until: i64,
}

/// A file of a rollup and the time of its cells.
struct Spanned {
    table: TableDef,
    grain: Grain,
    file: DataFile,
    first: i64,
    last: i64,
}

/// Whether a cell that begins then is one of days that end at `until`.
fn is_gone(at: i64, grain: Grain, until: i64) -> bool {
    match grain {
        Grain::Hour => at + HOUR_US <= until,
        Grain::Day => at < until,
    }
}

impl Spanned {
    /// Whether all of it goes.
    fn goes(&self, until: i64) -> bool {
        is_gone(self.last, self.grain, until)
    }

    /// Whether a part of it goes.
    fn is_cut(&self, until: i64) -> bool {
        is_gone(self.first, self.grain, until) && !self.goes(until)
    }

    /// The rows of it that go.
    fn rows_before(&self, store: &Store, until: i64) -> Result<u64, StoreError> {
        let mut rows = 0;
        for batch in batches::of_file(store, &self.file.path, Some(&["at"]))? {
            let times = times(&batch?, &self.file)?;
            rows += times.values().iter().filter(|at| is_gone(**at, self.grain, until)).count() as u64;
        }
        Ok(rows)
    }
}

/// When the cells of some rows begin.
fn times(batch: &RecordBatch, file: &DataFile) -> Result<TimestampMicrosecondArray, StoreError> {
    let at = batch.column_by_name("at").and_then(|at| at.as_primitive_opt::<TimestampMicrosecondType>());
    at.cloned().ok_or_else(|| StoreError::Damaged {
        what: file.path.clone(),
        why: "its rows have no time".to_string(),
    })
}

impl Cut {
    /// The rows that stay.
    pub(super) fn part(&self, store: &Store) -> Result<Part, StoreError> {
        let wrong = |why: &str| StoreError::Damaged { what: self.file.path.clone(), why: why.to_string() };
        let mut kept = Vec::new();
        for batch in batches::of_file(store, &self.file.path, None)? {
            let batch = batch?;
            let times = times(&batch, &self.file)?;
            let stays: BooleanArray =
                times.values().iter().map(|at| Some(!is_gone(*at, self.grain, self.until))).collect();
            kept.push(filter_record_batch(&batch, &stays)?);
        }
        let first = kept.first().ok_or_else(|| wrong("it has no rows"))?;
        let all = concat_batches(&first.schema(), &kept)?;
        sorted::write(&self.table, all.num_rows(), |column| match all.column_by_name(column.name) {
            Some(array) => Ok(array.clone()),
            None => Ok(arrow::array::new_null_array(&schema::read_type(column.kind), all.num_rows())),
        })
    }
}

/// Adds to a plan what goes of the rollups.
pub(super) fn plan(
    store: &Store,
    snapshot: &Snapshot,
    limits: Limits,
    now_us: i64,
    free: &mut u64,
    room: Option<u64>,
    plan: &mut Plan,
) -> Result<(), StoreError> {
    let files = spanned(store, snapshot)?;
    let mut days = DayCut::new(store.home_zone());
    // What is old needs no list of days, which has an end.
    let old = limits.days_max.map(|kept| days.start_of(now_us.saturating_sub(kept as i64 * DAY_US)));
    let old = old.filter(|until| files.iter().any(|file| is_gone(file.first, file.grain, *until)));
    let due = due(held(&files, &mut days), limits, now_us, free);
    let last = due.last().map(|(day, _)| day.end);
    let Some(mut until) = old.max(last) else { return Ok(()) };
    let written: u64 = cut(&files, until).map(|file| file.file.size_bytes).sum();
    let is_room = room.is_none_or(|room| room >= written + ROOM_BYTES_MIN);
    if !is_room {
        // Only days go that need no writing: none that a file has beside days that stay.
        while let Some(earliest) = cut(&files, until).map(|file| file.first).min() {
            until = days.start_of(earliest);
        }
    }
    let gone: Vec<&Spanned> = files.iter().filter(|file| file.goes(until)).collect();
    let rewritten: Vec<&Spanned> = cut(&files, until).collect();
    if gone.is_empty() && rewritten.is_empty() {
        return Ok(());
    }
    let is_for_room = due.iter().any(|(_, reason)| *reason == Reason::Free);
    let first = files.iter().map(|file| file.first).min().unwrap_or(until);
    let mut rows: u64 = gone.iter().filter_map(|file| file.file.rows).sum();
    for file in &rewritten {
        rows += file.rows_before(store, until)?;
    }
    plan.expiries.push(Expiry {
        kind: Kind::Rollups,
        start: days.start_of(first),
        end: until,
        rows,
        files: gone.len() as u64,
        size_bytes: gone.iter().map(|file| file.file.size_bytes).sum(),
        reason: if is_for_room {
            Reason::Free
        } else {
            due.last().map_or(Reason::Age, |(_, reason)| *reason)
        },
    });
    for file in gone {
        plan.files.entry(file.table.name.to_string()).or_default().push(file.file.clone());
    }
    plan.rewritten.extend(rewritten.into_iter().map(|file| Cut {
        table: file.table.clone(),
        file: file.file.clone(),
        grain: file.grain,
        until,
    }));
    Ok(())
}

/// The files of which a part goes.
fn cut(files: &[Spanned], until: i64) -> impl Iterator<Item = &Spanned> {
    files.iter().filter(move |file| file.is_cut(until))
}

/// The files of all rollups, with their times.
fn spanned(store: &Store, snapshot: &Snapshot) -> Result<Vec<Spanned>, StoreError> {
    let mut all = Vec::new();
    for rollup in ROLLUPS {
        let table = table::find(rollup.name).expect("every rollup is a table");
        for file in store.files(snapshot, rollup.name)? {
            let metadata = store.runtime().block_on(metadata(store, &file))?;
            if let Some((first, last)) = bounds(&metadata, &file)? {
                all.push(Spanned { table: table.clone(), grain: rollup.grain, file, first, last });
            }
        }
    }
    Ok(all)
}

/// What a file says of itself at its end.
async fn metadata(store: &Store, file: &DataFile) -> Result<ParquetMetaData, StoreError> {
    let wrong =
        |why: &dyn std::fmt::Display| StoreError::Damaged { what: file.path.clone(), why: why.to_string() };
    let mut wanted = END_BYTES.min(file.size_bytes);
    loop {
        let options = GetOptions { range: Some(GetRange::Suffix(wanted)), ..GetOptions::default() };
        let objects = &store.location().objects;
        let end: Bytes = objects.get_opts(&Path::from(file.path.as_str()), options).await?.bytes().await?;
        let mut reader = ParquetMetaDataReader::new();
        match reader.try_parse_sized(&end, file.size_bytes) {
            Ok(()) => return reader.finish().map_err(|error| wrong(&error)),
            Err(ParquetError::NeedMoreData(needed)) if wanted < file.size_bytes => {
                wanted = (needed as u64).max(wanted * 2).min(file.size_bytes);
            }
            Err(error) => return Err(wrong(&error)),
        }
    }
}

/// The first and the last `at` of a file; `None` of one without rows.
fn bounds(metadata: &ParquetMetaData, file: &DataFile) -> Result<Option<(i64, i64)>, StoreError> {
    let mut bounds: Option<(i64, i64)> = None;
    for group in metadata.row_groups().iter().filter(|group| group.num_rows() > 0) {
        let column = group.columns().iter().find(|column| column.column_path().string() == "at");
        let found = column.and_then(|column| column.statistics()).and_then(|statistics| match statistics {
            Statistics::Int64(of) => Some((*of.min_opt()?, *of.max_opt()?)),
            _ => None,
        });
        let (first, last) = found.ok_or_else(|| StoreError::Damaged {
            what: file.path.clone(),
            why: "it does not say of which time it is".to_string(),
        })?;
        let (known_first, known_last) = bounds.unwrap_or((first, last));
        bounds = Some((first.min(known_first), last.max(known_last)));
    }
    Ok(bounds)
}

/// Days of the home zone from the first cell to the last; a file's bytes and rows are spread over its days.
fn held(files: &[Spanned], cut: &mut DayCut) -> Vec<Held> {
    let mut days: BTreeMap<i64, Held> = BTreeMap::new();
    for file in files {
        let first = cut.start_of(file.first);
        let n_days = ((file.last - first) / DAY_US + 1).max(1) as u64;
        // A file that names moments centuries apart is spread over as many days as have a place in memory.
        for place in 0..n_days.min(DAYS_MAX) {
            let day = cut.day_of(first + place as i64 * DAY_US + DAY_US / 2);
            let held = days.entry(day.start.0).or_default();
            (held.start, held.end) = (day.start.0, day.end.0);
            held.files += 1;
            held.size_bytes += file.file.size_bytes / n_days;
            held.rows += file.file.rows.unwrap_or(0) / n_days;
        }
    }
    days.into_values().collect()
}

/// Most days that a file's bytes are spread over: ten years.
const DAYS_MAX: u64 = 3_660;
