//! What readers pin: one version of each table, all at the same place in the ledger.
//!
//! A snapshot is a small JSON object `snapshots/<number>.json`, put only if it is not there yet, so
//! that two writers cannot both publish the same number.
//!
//! **Invariant:** every table of a snapshot carries the same inputs.
//! **Invariant:** the newest snapshot is never taken away, so its number never falls; what was published by then is
//! told by that number alone, because an older one may have been swept away, or be put late by a slow writer.

use std::collections::BTreeMap;

use object_store::ObjectStoreExt;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::location::Location;
use crate::numbered;

/// Versions of all tables that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Number, counted from 1; 0 is the empty store.
    pub number: u64,
    /// Version of each table; a table without one is empty.
    pub tables: BTreeMap<String, u64>,
    /// When it was published: microseconds since 1970-01-01T00:00Z.
    pub published_us: i64,
    /// In a bucket: a file of this number or a lower one that no snapshot names by now will never be named (see
    /// `sweep`); 0 in a folder.
    #[serde(default, skip_serializing_if = "is_none")]
    pub floor: u64,
}

fn is_none(floor: &u64) -> bool {
    *floor == 0
}

impl Snapshot {
    /// The snapshot of a store that holds nothing.
    pub fn empty() -> Snapshot {
        Snapshot { number: 0, tables: BTreeMap::new(), published_us: 0, floor: 0 }
    }
}

/// The number of a snapshot that is there, from which the newest is not far.
const HINT: &str = "newest-snapshot";

/// The folder of snapshots.
const SNAPSHOTS: &str = "snapshots";

/// How often the newest snapshot is looked for when it is swept away before it is read.
const LOOKS_MAX: usize = 16;

fn path(number: u64) -> Path {
    numbered::place(SNAPSHOTS, number)
}

/// Publishes a snapshot; `false` when its number is taken.
pub(crate) async fn publish(location: &Location, snapshot: &Snapshot) -> Result<bool, StoreError> {
    let path = path(snapshot.number);
    let body = serde_json::to_vec(snapshot).expect("a snapshot is plain data");
    if !location.put_new(&path, body).await? {
        return Ok(false);
    }
    location.sync(path.as_ref())?;
    // Without a hint the newest is found by listing: no reason to fail when the snapshot is there.
    let _ = hint(location, snapshot.number).await;
    Ok(true)
}

/// Reads the snapshot of that number.
pub(crate) async fn load(location: &Location, number: u64) -> Result<Snapshot, StoreError> {
    if number == 0 {
        return Ok(Snapshot::empty());
    }
    let path = path(number);
    let body = location.read_if_there(path.as_ref()).await?.ok_or(StoreError::NoSnapshot(number))?;
    serde_json::from_slice(&body)
        .map_err(|error| StoreError::Damaged { what: path.to_string(), why: error.to_string() })
}

/// Says how far to look for the newest snapshot: at least at this one.
///
/// A store that takes a group every few seconds has millions of snapshots, and to list them takes longer than
/// the group. The hint may be behind or missing, never ahead.
async fn hint(location: &Location, number: u64) -> Result<(), StoreError> {
    location.objects.put(&Path::from(HINT), number.to_string().into_bytes().into()).await?;
    Ok(())
}

/// Whether the snapshot of that number is published.
pub(crate) async fn is_there(location: &Location, number: u64) -> Result<bool, StoreError> {
    match location.objects.head(&path(number)).await {
        Ok(_) => Ok(true),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The number of the newest snapshot; 0 when there is none.
pub(crate) async fn newest(location: &Location) -> Result<u64, StoreError> {
    let hinted = location.read_if_there(HINT).await?;
    let hinted = hinted.and_then(|found| std::str::from_utf8(&found).ok()?.parse().ok());
    match hinted {
        // The hint of a slow writer may be of a snapshot after which others were swept away.
        Some(number) if location.bucket().is_some() => match numbers(location, number).await?.last() {
            Some(newest) => Ok(*newest),
            None => listed(location).await,
        },
        Some(mut number) if is_there(location, number).await? => {
            while is_there(location, number + 1).await? {
                number += 1;
            }
            Ok(number)
        }
        _ => listed(location).await,
    }
}

/// The newest snapshot.
pub(crate) async fn load_newest(location: &Location) -> Result<Snapshot, StoreError> {
    for _ in 1..LOOKS_MAX {
        match load(location, newest(location).await?).await {
            // There is a newer one, and it was swept away meanwhile.
            Err(StoreError::NoSnapshot(_)) => {}
            done => return done,
        }
    }
    load(location, newest(location).await?).await
}

/// Reads the snapshot of that number; `None` when it was swept away.
pub(crate) async fn load_if_there(location: &Location, number: u64) -> Result<Option<Snapshot>, StoreError> {
    match load(location, number).await {
        Err(StoreError::NoSnapshot(_)) => Ok(None),
        done => done.map(Some),
    }
}

/// Takes a snapshot away that nobody keeps any more.
pub(crate) async fn remove(location: &Location, number: u64) -> Result<(), StoreError> {
    Ok(location.remove(&path(number)).await?)
}

/// The numbers of all snapshots from one on, in rising order.
pub(crate) async fn numbers(location: &Location, from: u64) -> Result<Vec<u64>, StoreError> {
    numbered::numbers(location, SNAPSHOTS, from).await
}

/// The same as [`newest`] by listing all of them.
async fn listed(location: &Location) -> Result<u64, StoreError> {
    Ok(numbers(location, 0).await?.last().copied().unwrap_or(0))
}
