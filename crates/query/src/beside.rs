//! What the sessions on one store keep for each other: footers of files, and lists of the files of tables.
//!
//! A store that collects has a new snapshot every minute, and with it new sessions; nearly all of its files are those of
//! the minute before. A version of a table never changes, nor does a file: whoever read it once need not read it again.
//!
//! **Invariant:** what is kept is bounded, in bytes or in versions of a table.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::execution::cache::cache_manager::{CacheManagerConfig, FileMetadataCache};
use datafusion::execution::cache::default_cache::DefaultCache;
use teiten_store::error::StoreError;
use teiten_store::file::DataFile;
use teiten_store::snapshot::Snapshot;
use teiten_store::store::Store;

/// Most bytes that footers may take together: those of ten thousand files of packets.
const FOOTER_BYTES_MAX: usize = 64 << 20;
/// Versions of a table whose lists of files are kept.
const VERSIONS_MAX: usize = 2;

/// Versions of a table and their files.
type Versions = BTreeMap<u64, Arc<[DataFile]>>;

/// What is kept beside a store.
pub(crate) struct Beside {
    footers: Arc<FileMetadataCache>,
    lists: Mutex<BTreeMap<&'static str, Versions>>,
}

impl Default for Beside {
    fn default() -> Beside {
        Beside { footers: Arc::new(DefaultCache::new(FOOTER_BYTES_MAX)), lists: Mutex::default() }
    }
}

impl Beside {
    /// Caches of a session that keeps its footers here.
    pub(crate) fn caches(&self) -> CacheManagerConfig {
        CacheManagerConfig::default()
            .with_file_metadata_cache(Some(Arc::clone(&self.footers)))
            .with_metadata_cache_limit(FOOTER_BYTES_MAX)
    }

    /// The files of a table in a snapshot of the store.
    ///
    /// # Errors
    /// When the log of the table cannot be read.
    pub(crate) async fn files(
        &self,
        store: &Store,
        snapshot: &Snapshot,
        table: &'static str,
    ) -> Result<Arc<[DataFile]>, StoreError> {
        let Some(version) = snapshot.tables.get(table) else { return Ok(Arc::from(Vec::new())) };
        if let Some(files) = self.listed(table, *version) {
            return Ok(files);
        }
        let files = Arc::from(store.list_files(snapshot, table).await?);
        self.keep(table, *version, &files);
        Ok(files)
    }

    /// The files of a version of a table, if they were listed before.
    fn listed(&self, table: &str, version: u64) -> Option<Arc<[DataFile]>> {
        let lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.get(table)?.get(&version).cloned()
    }

    /// Keeps the files of a version of a table; of the table's versions the newest are kept.
    fn keep(&self, table: &'static str, version: u64, files: &Arc<[DataFile]>) {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let versions = lists.entry(table).or_default();
        versions.insert(version, Arc::clone(files));
        while versions.len() > VERSIONS_MAX {
            versions.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_the_newest_versions_of_a_table_are_kept() {
        let beside = Beside::default();
        let files: Arc<[DataFile]> = Arc::from(Vec::new());
        for version in [7, 9, 8, 3] {
            beside.keep("packets", version, &files);
        }
        beside.keep("inputs", 3, &files);
        let kept = |table: &str| (0..20).filter(|version| beside.listed(table, *version).is_some()).collect();
        let (packets, inputs): (Vec<u64>, Vec<u64>) = (kept("packets"), kept("inputs"));
        assert_eq!((packets, inputs), (vec![8, 9], vec![3]));
    }
}
