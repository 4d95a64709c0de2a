//! Takes away files that no snapshot needs any more that is kept.
//!
//! What was compacted, made again or expired stays on disk for readers of the snapshots before. After a time of
//! grace those snapshots go, and with them their files. A file's name begins with the number of the snapshot it
//! came with, so what the oldest kept snapshot does not name, and did not come after it, nobody can ask for. That
//! holds for what writers left that died before their commit, too.
//!
//! **Invariant:** a snapshot that is there has all its files: it goes first.

use std::collections::BTreeSet;

use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::path::Path;

use crate::error::StoreError;
use crate::file::DataFile;
use crate::snapshot;
use crate::store::Store;
use crate::table;

/// Most snapshots that one sweep takes away; the next goes on.
const SNAPSHOTS_MAX: u64 = 1_000_000;

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

/// Sweeps: readers keep every snapshot that was the newest at that moment or later; whoever calls holds the
/// keeper's lock (`Location::keep`).
///
/// # Errors
/// When the store cannot be read, or a file cannot be taken away.
pub fn sweep(store: &Store, kept_from_us: i64) -> Result<Swept, StoreError> {
    store.runtime().block_on(swept(store, kept_from_us, true))
}

/// What a sweep would take away.
///
/// # Errors
/// When the store cannot be read.
pub fn preview(store: &Store, kept_from_us: i64) -> Result<Swept, StoreError> {
    store.runtime().block_on(swept(store, kept_from_us, false))
}

async fn swept(store: &Store, kept_from_us: i64, is_earnest: bool) -> Result<Swept, StoreError> {
    let location = store.location();
    let newest = snapshot::newest(location).await?;
    let oldest = oldest_kept(store, newest, kept_from_us).await?;
    let mut swept = Swept { oldest, ..Swept::default() };
    if oldest == 0 {
        return Ok(swept);
    }
    let kept = snapshot::load(location, oldest).await?;
    for number in (1..oldest).rev().take(SNAPSHOTS_MAX as usize) {
        if !snapshot::is_there(location, number).await? {
            break;
        }
        if is_earnest {
            snapshot::remove(location, number).await?;
        }
        swept.snapshots += 1;
    }
    for table in table::tables() {
        let files: BTreeSet<String> =
            store.list_files(&kept, table.name).await?.into_iter().map(|file| file.path).collect();
        let root = Path::from(format!("tables/{}", table.name));
        let mut found = location.objects.list(Some(&root));
        let mut gone = Vec::new();
        while let Some(object) = found.try_next().await? {
            let path = object.location.as_ref();
            let name = object.location.filename().unwrap_or_default();
            let is_old = DataFile::number(name).is_some_and(|number| number <= oldest);
            // Names in the log of Delta begin with a number, too.
            if is_old && name.ends_with(".parquet") && !path.contains("/_delta_log/") && !files.contains(path)
            {
                swept.files += 1;
                swept.size_bytes += object.size;
                gone.push(object.location);
            }
        }
        for path in gone.iter().filter(|_| is_earnest) {
            location.remove(path).await?;
        }
    }
    Ok(swept)
}

/// The newest snapshot that was published by then, or the oldest there is; 0 when there is none.
async fn oldest_kept(store: &Store, newest: u64, kept_from_us: i64) -> Result<u64, StoreError> {
    // Snapshots go from the oldest on: what is not there is older than what is.
    let (mut old, mut kept) = (0, newest);
    let mut is_old_there = false;
    while old < kept {
        let number = kept - (kept - old) / 2;
        let is_there = snapshot::is_there(store.location(), number).await?;
        let is_old =
            !is_there || snapshot::load(store.location(), number).await?.published_us <= kept_from_us;
        if is_old {
            (old, is_old_there) = (number, is_there);
        } else {
            kept = number - 1;
        }
    }
    Ok(if is_old_there || newest == 0 { old } else { old + 1 })
}
