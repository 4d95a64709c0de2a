//! What is kept of frames and packets, by UTC day, oldest first.
//!
//! **Invariant:** of frames only folders are touched that are named after a sensor and a day.

use std::collections::BTreeMap;
use std::path::Path;

use futures::TryStreamExt;
use model::interval::DAY_US;
use object_store::path::Path as Place;
use object_store::{ObjectMeta, ObjectStore};
use teiten_model as model;

use crate::error::StoreError;
use crate::expiries::{Expiry, Kind, Reason};
use crate::file::{DataFile, start_of_utc_day};
use crate::frames::FRAMES;
use crate::location::Location;
use crate::retain::Limits;
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

/// Days of frames. In a bucket a day is counted only when limits ask for it: each thousand batches is a request.
pub(super) fn frames(store: &Store, limits: Limits, now_us: i64) -> Result<Vec<Held>, StoreError> {
    let mut days: BTreeMap<i64, Held> = BTreeMap::new();
    match store.folder() {
        Some(folder) => each_day(&folder, |path, day| {
            let held = days.entry(day.start).or_insert(day);
            for file in listed(path)? {
                held.files += 1;
                // One that was taken away meanwhile takes nothing.
                held.size_bytes += std::fs::metadata(&file).map_or(0, |found| found.len());
            }
            Ok(())
        })?,
        None => {
            for (place, day) in store.runtime().block_on(days_of(store.location()))? {
                let is_counted = limits.bytes_max.is_some() || limits.is_old(day.end, now_us);
                let held = days.entry(day.start).or_insert(day);
                let found =
                    if is_counted { store.runtime().block_on(below(store, &place))? } else { Vec::new() };
                held.files += found.len() as u64;
                held.size_bytes += found.iter().map(|object| object.size).sum::<u64>();
            }
        }
    }
    Ok(days.into_values().collect())
}

/// Takes the frames away of days that expired.
pub(super) fn remove_frames(store: &Store, expiries: &[Expiry]) -> Result<(), StoreError> {
    let gone: Vec<i64> =
        expiries.iter().filter(|expiry| expiry.kind == Kind::Frames).map(|expiry| expiry.start).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let Some(folder) = store.folder() else { return store.runtime().block_on(remove_at(store, &gone)) };
    each_day(&folder, |path, day| {
        if !gone.contains(&day.start) {
            return Ok(());
        }
        match std::fs::remove_dir_all(path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(StoreError::File { what: format!("taking away {}", path.display()), source }),
        }
    })
}

/// Calls with each folder of a day of a sensor's frames, and the day.
fn each_day(
    folder: &Path,
    mut call: impl FnMut(&Path, Held) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for sensor in listed(&folder.join(FRAMES))?.into_iter().filter(|path| path.is_dir()) {
        for path in listed(&sensor)? {
            if let Some(day) = path.file_name().and_then(|name| name.to_str()).and_then(Held::of_day) {
                call(&path, day)?;
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

/// The same in a bucket: where days of sensors' frames lie.
async fn days_of(location: &Location) -> Result<Vec<(Place, Held)>, StoreError> {
    let mut all = Vec::new();
    let sensors = location.objects.list_with_delimiter(Some(&Place::from(FRAMES))).await?;
    for sensor in sensors.common_prefixes {
        let days = location.objects.list_with_delimiter(Some(&sensor)).await?;
        let day = |place: Place| Some((place.clone(), place.filename().and_then(Held::of_day)?));
        all.extend(days.common_prefixes.into_iter().filter_map(day));
    }
    Ok(all)
}

/// What lies at a place of a bucket.
async fn below(store: &Store, place: &Place) -> Result<Vec<ObjectMeta>, StoreError> {
    Ok(store.location().objects.list(Some(place)).try_collect().await?)
}

async fn remove_at(store: &Store, gone: &[i64]) -> Result<(), StoreError> {
    for (place, day) in days_of(store.location()).await? {
        if gone.contains(&day.start) {
            let found = below(store, &place).await?;
            store.location().remove_all(found.into_iter().map(|object| object.location)).await?;
        }
    }
    Ok(())
}
