//! Where a store is: a folder by default, any object store by URL.
//!
//! **Invariant:** one writer at a time commits to a local store; the lock goes with the process.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::local::LocalFileSystem;
use url::Url;

use crate::error::StoreError;

/// A place that holds a store.
#[derive(Debug, Clone)]
pub struct Location {
    /// Root of the store, with a slash at the end.
    pub url: Url,
    /// The objects below the root.
    pub objects: Arc<dyn ObjectStore>,
    /// The folder, when the store is one.
    pub folder: Option<PathBuf>,
}

impl Location {
    /// The place named by a path or a URL; a folder need not exist yet.
    ///
    /// # Errors
    /// When the text is a URL of a kind that is not supported, or the folder cannot be made.
    pub fn parse(text: &str, make: bool) -> Result<Location, StoreError> {
        let bad = |why: String| StoreError::BadLocation(text.to_string(), why);
        let folder = match text.split_once("://") {
            Some(("file", _)) => {
                let url = Url::parse(text).map_err(|error| bad(error.to_string()))?;
                url.to_file_path().map_err(|()| bad("the path must be absolute".to_string()))?
            }
            Some((scheme, _)) => {
                return Err(bad(format!("stores behind `{scheme}:` are not supported yet; use a folder")));
            }
            None => PathBuf::from(text),
        };
        if make {
            std::fs::create_dir_all(&folder).map_err(|source| StoreError::File {
                what: format!("making folder {}", folder.display()),
                source,
            })?;
        }
        let folder = folder.canonicalize().map_err(|_| StoreError::Missing(text.to_string()))?;
        let url = Url::from_directory_path(&folder).map_err(|()| bad("not a folder".to_string()))?;
        let objects = LocalFileSystem::new_with_prefix(&folder)?;
        Ok(Location { url, objects: Arc::new(objects), folder: Some(folder) })
    }

    /// The bytes of an object.
    pub(crate) async fn read(&self, path: &str) -> object_store::Result<Bytes> {
        self.objects.get(&object_store::path::Path::from(path)).await?.bytes().await
    }

    /// The bytes of an object that may not be there.
    pub(crate) async fn read_if_there(&self, path: &str) -> object_store::Result<Option<Bytes>> {
        match self.read(path).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The root of a table.
    pub fn table_url(&self, table: &str) -> Result<Url, StoreError> {
        self.url
            .join(&format!("tables/{table}/"))
            .map_err(|error| StoreError::BadLocation(self.url.to_string(), error.to_string()))
    }

    /// Makes an object that was just put survive a power loss; object stores elsewhere do so by themselves.
    pub fn sync(&self, path: &str) -> Result<(), StoreError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let path = folder.join(path);
        let failed = |source| StoreError::File { what: format!("syncing {}", path.display()), source };
        File::open(&path).and_then(|file| file.sync_all()).map_err(failed)?;
        match path.parent() {
            Some(parent) => File::open(parent).and_then(|parent| parent.sync_all()).map_err(failed),
            None => Ok(()),
        }
    }

    /// Becomes the only one that compacts, expires and sweeps; others may write and read meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Kept`] when another process does so.
    pub fn keep(&self) -> Result<Option<Lock>, StoreError> {
        let Some(folder) = &self.folder else { return Ok(None) };
        match waited(folder, "keeper.lock", &mut 0) {
            Ok(file) => Ok(Some(Lock { _file: file })),
            Err(StoreError::Locked(at)) => Err(StoreError::Kept(at)),
            Err(error) => Err(error),
        }
    }

    /// Bytes that may still be written to the disk of the store; `None` where that cannot be known.
    pub fn free_bytes(&self) -> Result<Option<u64>, StoreError> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let room = rustix::fs::statvfs(folder).map_err(|error| StoreError::File {
            what: format!("asking for the room at {}", folder.display()),
            source: error.into(),
        })?;
        Ok(Some(room.f_bavail.saturating_mul(room.f_frsize)))
    }

    /// Waits until this process is the only writer, but for so many milliseconds at the most.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when others still write then.
    pub fn lock(&self, wait_ms_max: u64) -> Result<Option<Lock>, StoreError> {
        self.folder.as_deref().map(|folder| Lock::take(folder, wait_ms_max)).transpose()
    }
}

/// How long an import, a rebuilding or a counting of facts waits for other writers: ten minutes, in which the
/// longest group of an import ends.
pub const WRITER_WAIT_MS_MAX: u64 = 600_000;
/// How long a collector waits: its sensors are told to come again, and keep what they have.
pub const COLLECTOR_WAIT_MS_MAX: u64 = 60_000;
/// How often a lock is tried.
const TRY_EVERY_MS: u64 = 20;

/// The right to write, given back when dropped or when the process ends.
///
/// Writers stand in a queue of one place: who holds `writer.queue` writes next. So a writer that takes the
/// lock again and again, group by group, lets every other one write between two groups.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    fn take(folder: &Path, wait_ms_max: u64) -> Result<Lock, StoreError> {
        let mut tries_left = wait_ms_max / TRY_EVERY_MS;
        let queue = waited(folder, "writer.queue", &mut tries_left)?;
        let file = waited(folder, "writer.lock", &mut tries_left)?;
        drop(queue);
        Ok(Lock { _file: file })
    }
}

/// Opens and locks a file, trying so often and once more.
fn waited(folder: &Path, name: &str, tries_left: &mut u64) -> Result<File, StoreError> {
    let path = folder.join(name);
    let failed = |source| StoreError::File { what: format!("locking {}", path.display()), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
            Err(TryLockError::WouldBlock) if *tries_left == 0 => {
                return Err(StoreError::Locked(folder.display().to_string()));
            }
            Err(TryLockError::WouldBlock) => {
                *tries_left -= 1;
                std::thread::sleep(Duration::from_millis(TRY_EVERY_MS));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_waits_no_longer_than_it_may() {
        let folder = tempfile::tempdir().expect("a folder");
        let location = Location::parse(&folder.path().display().to_string(), true).expect("a place");
        let first = location.lock(0).expect("free").expect("a lock");
        let refused = location.lock(2 * TRY_EVERY_MS).expect_err("taken");
        assert!(matches!(refused, StoreError::Locked(_)), "{refused}");
        drop(first);
        location.lock(0).expect("free again");
    }

    #[test]
    fn who_waits_writes_before_who_takes_the_lock_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let location = Location::parse(&folder.path().display().to_string(), true).expect("a place");
        let first = location.lock(0).expect("free").expect("a lock");
        let waiting = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.path().join("writer.queue"))
            .expect("the queue");
        waiting.lock().expect("its place");
        drop(first);
        assert!(location.lock(0).is_err(), "someone waits");
        drop(waiting);
        location.lock(0).expect("nobody waits");
    }
}
