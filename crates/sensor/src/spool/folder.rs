//! The spool's folder on a real disk, held by one process.
//!
//! **Invariant:** while a [`Folder`] is there, no other process has one of the same path.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use teiten_wire::batch::BATCH_BYTES_MAX;

use super::disk::Disk;
use crate::error::SensorError;
use crate::own_file::give_to_owner;

/// Name of the file whose lock says who holds the folder.
const LOCK: &str = "lock";
/// The most files looked at.
const FILES_MAX: usize = 1_000_000;

/// A locked folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    folder: File,
    _lock: File,
}

impl Folder {
    /// Creates the folder where it is missing, and locks it. What root makes here belongs to whoever owns the
    /// folder above or, of the lock, the folder itself: so `test` by root leaves nothing that `run` may not open.
    ///
    /// # Errors
    /// When it cannot be made, or another process holds it.
    pub fn open(path: &Path) -> Result<Folder, SensorError> {
        let fault = |error: io::Error| SensorError::Spool { path: path.to_path_buf(), error };
        let is_made = match fs::DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(fault(error)),
        };
        let folder = File::open(path).map_err(fault)?;
        if let Some(parent) = path.parent().filter(|_| is_made) {
            give_to_owner(parent, &folder).map_err(fault)?;
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW)
            .open(path.join(LOCK))
            .map_err(fault)?;
        give_to_owner(path, &lock).map_err(fault)?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Folder { path: path.to_path_buf(), folder, _lock: lock }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(SensorError::SpoolHeld(path.to_path_buf())),
            Err(errno) => Err(fault(errno.into())),
        }
    }
}

impl Disk for Folder {
    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let about = entry.metadata()?;
            if about.is_file() && name != LOCK {
                files.push((name, about.len()));
            }
            if files.len() > FILES_MAX {
                return Err(io::Error::other(format!("more than {FILES_MAX} files lie in the folder")));
            }
        }
        Ok(files)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(self.path.join(name))?.take(BATCH_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
        match bytes.len() {
            len if len > BATCH_BYTES_MAX => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "the file is longer than a batch may be"))
            }
            _ => Ok(bytes),
        }
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path.join(name);
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_data()
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync(&mut self) -> io::Result<()> {
        self.folder.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_by_one() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("spool");
        let mut first = Folder::open(&path).unwrap();
        assert!(matches!(Folder::open(&path), Err(SensorError::SpoolHeld(_))));
        first.write("a.part", b"bytes").unwrap();
        first.rename("a.part", "a").unwrap();
        first.sync().unwrap();
        assert_eq!(first.list().unwrap(), [("a".to_string(), 5)]);
        assert_eq!(first.read("a").unwrap(), b"bytes");
        drop(first);
        Folder::open(&path).unwrap().remove("a").unwrap();
    }

    #[test]
    fn what_root_makes_belongs_to_whom_the_folder_belongs() {
        use std::os::unix::fs::{MetadataExt, chown};
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("spool");
        let me = rustix::process::geteuid().as_raw();
        let owner = if me == 0 { 65_534 } else { me };
        chown(home.path(), Some(owner), None).unwrap();
        let uid = |path: &Path| fs::metadata(path).unwrap().uid();
        drop(Folder::open(&path).unwrap());
        assert_eq!((uid(&path), uid(&path.join(LOCK))), (owner, owner));
        // A lock that a sensor before this one left is mended, too.
        chown(path.join(LOCK), Some(me), None).unwrap();
        drop(Folder::open(&path).unwrap());
        assert_eq!(uid(&path.join(LOCK)), owner);
        // What also has a name elsewhere, or lies elsewhere, is left alone.
        let elsewhere = home.path().join("elsewhere");
        fs::write(&elsewhere, "").unwrap();
        fs::remove_file(path.join(LOCK)).unwrap();
        fs::hard_link(&elsewhere, path.join(LOCK)).unwrap();
        drop(Folder::open(&path).unwrap());
        fs::remove_file(path.join(LOCK)).unwrap();
        std::os::unix::fs::symlink(&elsewhere, path.join(LOCK)).unwrap();
        assert!(Folder::open(&path).is_err());
        assert_eq!(uid(&elsewhere), me);
    }
}
