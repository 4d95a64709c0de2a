//! Where a store is: a folder by default, a bucket by URL.
//!
//! **Invariant:** one writer at a time commits to a store in a folder; the lock goes with the process. In a bucket
//! writers take turns by conditional puts (see `shared`).

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, WriteMultipart};
use url::Url;

use crate::bucket;
use crate::error::StoreError;

/// Where what stays on local disk lies when the store does not: reference data, the authority, kept pipes.
const BESIDE: &str = "teiten-local";

/// A larger object is put into a bucket in pieces of that many bytes.
const PIECE_BYTES_MAX: usize = 8 << 20;
/// Pieces of one object that are on their way at the same time.
const PIECES_MAX: usize = 4;

/// Objects that are taken away at the same time.
const REMOVED_MAX: usize = 16;

/// A place that holds a store.
#[derive(Debug, Clone)]
pub struct Location {
    /// Root of the store, with a slash at the end.
    pub url: Url,
    /// The objects below the root.
    pub objects: Arc<dyn ObjectStore>,
    /// The folder, when the store is one.
    pub folder: Option<PathBuf>,
    /// The bucket that the store lies in, when it does: its root is no root of the store.
    bucket: Option<Arc<dyn ObjectStore>>,
}

/// The folder of what stays on local disk for a store at that place: the store's own, unless it has none.
pub fn local_folder(place: &str) -> PathBuf {
    match place.split_once("://") {
        None => PathBuf::from(place),
        Some(("file", _)) => {
            Url::parse(place).ok().and_then(|url| url.to_file_path().ok()).unwrap_or_else(|| BESIDE.into())
        }
        Some(_) => PathBuf::from(BESIDE),
    }
}

/// A random number.
///
/// # Errors
/// When the system has none.
pub(crate) fn draw() -> Result<u64, StoreError> {
    getrandom::u64().map_err(|error| StoreError::File {
        what: "drawing a random number".to_string(),
        source: std::io::Error::other(error.to_string()),
    })
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
            Some((bucket::SCHEME, _)) => return Location::in_bucket(text),
            Some((scheme, _)) => {
                return Err(bad(format!(
                    "stores behind `{scheme}:` are not supported; use a folder or s3://bucket/prefix"
                )));
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
        Ok(Location { url, objects: Arc::new(objects), folder: Some(folder), bucket: None })
    }

    fn in_bucket(text: &str) -> Result<Location, StoreError> {
        let url = bucket::url(text)?;
        let bucket: Arc<dyn ObjectStore> = Arc::new(bucket::open(&url)?);
        Ok(Location::at(url, bucket))
    }

    /// The store below the path of a URL, in whatever holds the whole.
    pub(crate) fn at(url: Url, bucket: Arc<dyn ObjectStore>) -> Location {
        let objects: Arc<dyn ObjectStore> = match url.path().trim_matches('/') {
            "" => Arc::clone(&bucket),
            prefix => Arc::new(PrefixStore::new(Arc::clone(&bucket), prefix)),
        };
        Location { url, objects, folder: None, bucket: Some(bucket) }
    }

    /// What holds the whole bucket, when the store lies in one: writers on several machines may share it.
    pub(crate) fn bucket(&self) -> Option<&Arc<dyn ObjectStore>> {
        self.bucket.as_ref()
    }

    /// The name of a file so that no other writer gives it: as it is where there is one writer at a time.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub(crate) fn own_name(&self, file: &str) -> Result<String, StoreError> {
        if self.bucket.is_none() {
            return Ok(file.to_string());
        }
        let drawn = draw()?;
        let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
        Ok(format!("{stem}-{drawn:016x}.{ending}"))
    }

    /// Lays down an object that nobody names yet; large ones go into a bucket in pieces.
    pub(crate) async fn lay(&self, path: &str, pieces: PutPayload) -> Result<(), StoreError> {
        let at = object_store::path::Path::from(path);
        if self.bucket.is_none() || pieces.content_length() <= PIECE_BYTES_MAX {
            self.objects.put(&at, pieces).await?;
            return self.sync(path);
        }
        let upload = self.objects.put_multipart(&at).await?;
        let mut writing = WriteMultipart::new_with_chunk_size(upload, PIECE_BYTES_MAX);
        for piece in pieces {
            writing.wait_for_capacity(PIECES_MAX).await?;
            writing.put(piece);
        }
        writing.finish().await?;
        Ok(())
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

    /// Puts an object where there is none; `false` when there is one.
    pub(crate) async fn put_new(
        &self,
        path: &object_store::path::Path,
        body: Vec<u8>,
    ) -> object_store::Result<bool> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.objects.put_opts(path, body.into(), options).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes an object away, which another may have taken away before.
    pub(crate) async fn remove(&self, path: &object_store::path::Path) -> object_store::Result<()> {
        match self.objects.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The same with many, some at a time.
    pub(crate) async fn remove_all(
        &self,
        paths: impl IntoIterator<Item = object_store::path::Path>,
    ) -> object_store::Result<()> {
        let removing = paths.into_iter().map(async |path| self.remove(&path).await);
        futures::stream::iter(removing).buffer_unordered(REMOVED_MAX).try_collect().await
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

    /// Becomes the only one that compacts, expires and sweeps a store in a folder; others may write and read
    /// meanwhile. In a bucket there is no lock (see `keeper`).
    ///
    /// # Errors
    /// [`StoreError::Kept`] when another process does so.
    pub(crate) fn keep(&self) -> Result<Option<Lock>, StoreError> {
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

    /// Waits until this process is the only writer, but for so many milliseconds at the most; in a bucket it does not
    /// wait, because turns are taken when a group is committed.
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

    #[tokio::test]
    async fn a_large_object_goes_into_a_bucket_in_pieces_and_comes_out_whole() {
        let bucket = Arc::new(object_store::memory::InMemory::new());
        let location = Location::at(Url::parse("memory:///bucket/a/").expect("a URL"), bucket.clone());
        let bytes: Vec<u8> = (0..PIECE_BYTES_MAX * 2 + 77).map(|place| (place % 251) as u8).collect();
        let pieces: PutPayload = bytes.chunks(1 << 20).map(Bytes::copy_from_slice).collect();
        location.lay("x/large", pieces).await.expect("laid down");
        location.lay("x/small", Bytes::from_static(b"small").into()).await.expect("laid down");
        assert!(location.read("x/large").await.expect("there") == bytes);
        assert_eq!(&location.read("x/small").await.expect("there")[..], b"small");
        let whole = object_store::path::Path::from("bucket/a/x/large");
        assert_eq!(bucket.head(&whole).await.expect("below the prefix").size, bytes.len() as u64);
    }

    #[test]
    fn what_stays_on_local_disk_lies_in_the_store_unless_it_has_no_folder() {
        for (place, folder) in [
            ("store", "store"),
            ("/var/lib/store", "/var/lib/store"),
            ("file:///var/lib/store", "/var/lib/store"),
            ("s3://bucket/store", BESIDE),
        ] {
            assert_eq!(local_folder(place), PathBuf::from(folder), "{place}");
        }
    }
}
