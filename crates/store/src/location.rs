//! Where a store is: a folder by default, any object store by URL.
//!
//! **Invariant:** one writer at a time commits to a local store; the lock goes with the process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

    /// Waits until this process is the only writer.
    pub fn lock(&self) -> Result<Option<Lock>, StoreError> {
        self.folder.as_deref().map(Lock::take).transpose()
    }
}

/// The right to write, given back when dropped or when the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    fn take(folder: &Path) -> Result<Lock, StoreError> {
        let path = folder.join("writer.lock");
        let failed = |source| StoreError::File { what: format!("locking {}", path.display()), source };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Lock { _file: file })
    }
}
