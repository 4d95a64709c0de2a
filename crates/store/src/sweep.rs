//! Takes away files that no snapshot needs any more that is kept.
//!
//! What was compacted, made again or expired stays on disk for readers of the snapshots before. After a time of
//! grace those snapshots go, and with them their files. A file's name begins with the number of the snapshot it
//! came with, so what the oldest kept snapshot does not name, and did not come after it, nobody can ask for. That
//! holds for what writers left that died before their commit, too.
//!
//! In a bucket a group can come later than its files say: writers do not wait for each other. So a keeper first raises
//! the *floor*, by a snapshot of its own: from then on a group whose files have that number or a lower one gives them
//! another before it takes its turn (see `shared`). Once the oldest kept snapshot is one that had the floor already,
//! what lies below it and is not named there was named before or never, and is swept away. No clock is asked but for
//! how long readers are to be left alone.
//!
//! **Invariant:** a snapshot that is there has all its files: it goes first, and the older ones before it.

use std::collections::BTreeSet;

use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::path::Path;

use crate::error::StoreError;
use crate::file::DataFile;
use crate::keeper::Keeper;
use crate::ledger::{self, Intent, Keeping};
use crate::location::Location;
use crate::shared;
use crate::snapshot::{self, Snapshot};
use crate::store::Store;
use crate::table::{self, TableDef};

/// Most snapshots that one sweep takes away; the next goes on.
const SNAPSHOTS_MAX: usize = 1_000_000;

/// What was taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files of tables.
    pub files: u64,
    /// Their size, in bytes.
    pub size_bytes: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// The oldest snapshot that is kept; 0 when there is none.
    pub oldest: u64,
}

impl Swept {
    /// What this sweep and a later one took away together.
    pub fn and(self, later: Swept) -> Swept {
        Swept {
            files: self.files + later.files,
            size_bytes: self.size_bytes + later.size_bytes,
            snapshots: self.snapshots + later.snapshots,
            oldest: later.oldest,
        }
    }
}

/// Sweeps: readers keep every snapshot that was the newest at that moment or later.
///
/// # Errors
/// When the store cannot be read, a file cannot be taken away, or another keeper followed.
pub fn sweep(keeper: &Keeper<'_>, kept_from_us: i64) -> Result<Swept, StoreError> {
    keeper.hold()?;
    let store = keeper.store();
    if store.location().bucket().is_some() {
        store.runtime().block_on(fence(store.location(), keeper.now_us()))?;
    }
    swept(store, kept_from_us, Some(keeper))
}

/// What a sweep would take away.
///
/// # Errors
/// When the store cannot be read.
pub fn preview(store: &Store, kept_from_us: i64) -> Result<Swept, StoreError> {
    swept(store, kept_from_us, None)
}

/// Raises the floor to the newest snapshot, if anything was committed since it was last raised.
async fn fence(location: &Location, now_us: i64) -> Result<(), StoreError> {
    let newest = ledger::recovered(location).await?;
    if newest.number <= newest.floor + 1 {
        return Ok(());
    }
    let keeping = Some(Keeping::Fenced);
    let intent = Intent { snapshot: newest.number + 1, at_us: now_us, keeping, ..Intent::default() };
    ledger::commit(location, &intent).await.map(|_| ())
}

/// Sweeps as a keeper; without one it only says what would go.
fn swept(store: &Store, kept_from_us: i64, keeper: Option<&Keeper<'_>>) -> Result<Swept, StoreError> {
    let (location, runtime) = (store.location(), store.runtime());
    let numbers = runtime.block_on(snapshot::numbers(location, 1))?;
    let Some(kept) = runtime.block_on(oldest_kept(location, &numbers, kept_from_us))? else {
        return Ok(Swept::default());
    };
    let mut swept = Swept { oldest: kept.number, ..Swept::default() };
    let old = numbers.iter().take_while(|number| **number < kept.number);
    for number in old.take(SNAPSHOTS_MAX) {
        if keeper.is_some() {
            runtime.block_on(snapshot::remove(location, *number))?;
        }
        swept.snapshots += 1;
    }
    if numbers.get(swept.snapshots as usize).is_some_and(|left| *left < kept.number) {
        return Ok(swept);
    }
    for table in table::tables() {
        let gone = runtime.block_on(unneeded(store, &kept, &table, &mut swept))?;
        if let Some(keeper) = keeper {
            keeper.hold()?;
            runtime.block_on(location.remove_all(gone))?;
        }
    }
    if keeper.is_some() && location.bucket().is_some() {
        runtime.block_on(shared::sweep(location, kept.number))?;
    }
    Ok(swept)
}

/// The files of a table that no snapshot from that one on can name.
async fn unneeded(
    store: &Store,
    kept: &Snapshot,
    table: &TableDef,
    swept: &mut Swept,
) -> Result<Vec<Path>, StoreError> {
    let location = store.location();
    let until = if location.bucket().is_some() { kept.floor } else { kept.number };
    let files: BTreeSet<String> =
        store.list_files(kept, table.name).await?.into_iter().map(|file| file.path).collect();
    let root = Path::from(format!("tables/{}", table.name));
    let mut found = location.objects.list(Some(&root));
    let mut gone = Vec::new();
    while let Some(object) = found.try_next().await? {
        let path = object.location.as_ref();
        let name = object.location.filename().unwrap_or_default();
        let is_old = DataFile::number(name).is_some_and(|number| number <= until);
        // Names in the log of Delta begin with a number, too.
        if is_old && name.ends_with(".parquet") && !path.contains("/_delta_log/") && !files.contains(path) {
            swept.files += 1;
            swept.size_bytes += object.size;
            gone.push(object.location);
        }
    }
    Ok(gone)
}

/// The newest snapshot that was published by then, or the oldest there is, of those that there are in rising order.
async fn oldest_kept(
    location: &Location,
    numbers: &[u64],
    kept_from_us: i64,
) -> Result<Option<Snapshot>, StoreError> {
    let (mut low, mut high) = (0, numbers.len());
    let mut kept = None;
    while low < high {
        let middle = low + (high - low) / 2;
        match snapshot::load_if_there(location, numbers[middle]).await? {
            Some(young) if young.published_us > kept_from_us => high = middle,
            // One that another keeper swept away meanwhile was old.
            old => {
                low = middle + 1;
                kept = old.or(kept);
            }
        }
    }
    match (kept, numbers.first()) {
        (None, Some(oldest)) => snapshot::load_if_there(location, *oldest).await,
        (kept, _) => Ok(kept),
    }
}
