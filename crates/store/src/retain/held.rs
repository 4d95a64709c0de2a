//! What is kept of frames and packets, by UTC day, oldest first.
//!
//! **Invariant:** of frames only folders are touched that are named after a sensor and a day.

use std::collections::BTreeMap;
use std::path::Path;

use model::interval::DAY_US;
use teiten_model as model;

use crate::error::StoreError;
use crate::expiries::{Expiry, Kind, Reason};
use crate::file::{DataFile, start_of_utc_day};
use crate::frames::FRAMES;
use crate::store::Store;

/// A day of something that is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// `YYYY-MM-DD`; empty where days are not those of UTC.
    pub(super) name: String,
    /// Its start: microseconds since 1970-01-01T00:00Z.
    pub(super) start: i64,
    /// Its end.
    pub(super) end: i64,
    /// Rows.
    pub(super) rows: u64,
    /// Files.
    pub(super) files: u64,
    /// Their size, in bytes.
    pub(super) size_bytes: u64,
}

impl Held {
    /// A UTC day with nothing in it; `None` for a name that is no day.
    fn of_day(name: &str) -> Option<Held> {
        let start = start_of_utc_day(name).filter(|_| name.len() == 10)?;
        Some(Held { name: name.to_string(), start, end: start + DAY_US, ..Held::default() })
    }

    /// Its going.
    pub(super) fn expiry(&self, kind: Kind, reason: Reason) -> Expiry {
        let Held { start, end, rows, files, size_bytes, .. } = *self;
        Expiry { kind, start, end, rows, files, size_bytes, reason }
    }
}

/// Days of packets.
pub(super) fn packets(files: &[DataFile]) -> Vec<Held> {
    let mut days: BTreeMap<i64, Held> = BTreeMap::new();
    for file in files {
        let Some(day) = file.day.as_deref().and_then(Held::of_day) else { continue };
        let held = days.entry(day.start).or_insert(day);
        held.files += 1;
        held.rows += file.rows.unwrap_or(0);
        held.size_bytes += file.size_bytes;
    }
    days.into_values().collect()
}

/// Calls with each folder of a day of a sensor's frames, and the day's name.
fn each_day(
    store: &Store,
    mut call: impl FnMut(&Path, &str) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let Some(folder) = store.folder().map(|folder| folder.join(FRAMES)) else { return Ok(()) };
    for sensor in listed(&folder)?.into_iter().filter(|path| path.is_dir()) {
        for day in listed(&sensor)? {
            if let Some(name) = day.file_name().and_then(|name| name.to_str()) {
                call(&day, name)?;
            }
        }
    }
    Ok(())
}

/// What lies in a folder, in order; nothing in one that is not there.
fn listed(folder: &Path) -> Result<Vec<std::path::PathBuf>, StoreError> {
    let failed =
        |source| StoreError::File { what: format!("reading the folder {}", folder.display()), source };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    paths.sort();
    Ok(paths)
}

/// Days of frames.
pub(super) fn frames(store: &Store) -> Result<Vec<Held>, StoreError> {
    let mut days: BTreeMap<i64, Held> = BTreeMap::new();
    each_day(store, |folder, name| {
        let Some(day) = Held::of_day(name) else { return Ok(()) };
        let held = days.entry(day.start).or_insert(day);
        for file in listed(folder)? {
            held.files += 1;
            // One that was taken away meanwhile takes nothing.
            held.size_bytes += std::fs::metadata(&file).map_or(0, |found| found.len());
        }
        Ok(())
    })?;
    Ok(days.into_values().collect())
}

/// Takes the folders away of days of frames that expired.
pub(super) fn remove_frames(store: &Store, expiries: &[Expiry]) -> Result<(), StoreError> {
    let gone: Vec<i64> =
        expiries.iter().filter(|expiry| expiry.kind == Kind::Frames).map(|expiry| expiry.start).collect();
    if gone.is_empty() {
        return Ok(());
    }
    each_day(store, |folder, name| {
        if Held::of_day(name).is_none_or(|day| !gone.contains(&day.start)) {
            return Ok(());
        }
        match std::fs::remove_dir_all(folder) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(source) => {
                Err(StoreError::File { what: format!("taking away {}", folder.display()), source })
            }
        }
    })
}
