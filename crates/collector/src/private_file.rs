//! Files written whole or not at all, readable by their owner only.
//!
//! What root writes belongs to whom the folder belongs to (`owner`).
//!
//! **Invariant:** a reader sees the old content or the new one, never a part, whatever is cut off when.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::error::CollectorError;
use crate::owner::give;

/// The most bytes of a file that is read whole.
pub(crate) const FILE_BYTES_MAX: u64 = 256 << 20;

/// Makes a folder that only its owner may enter, unless it is there.
pub(crate) fn make_folder(path: &Path) -> Result<(), CollectorError> {
    let made = match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => File::open(path).and_then(|folder| give(&folder, path)),
        // It is there, or those above it are not.
        Err(_) => std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path),
    };
    made.map_err(CollectorError::file("make the folder", path))
}

/// Puts that content in the place of the file, durably.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), CollectorError> {
    let part = path.with_extension(format!("{}.part", std::process::id()));
    let written = (|| {
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&part)?;
        give(&file, &part)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&part, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    })();
    written.map_err(CollectorError::file("write", path))
}

/// The content of a file; nothing when there is no file.
pub(crate) fn read(path: &Path) -> Result<Option<String>, CollectorError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(CollectorError::file("open", path)(error)),
    };
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(CollectorError::file("read", path))?;
    Ok(Some(text))
}

/// Waits for the lock of that file and keeps it until the returned file is dropped.
pub(crate) fn lock(path: &Path) -> Result<File, CollectorError> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    let file = opened.map_err(CollectorError::file("open", path))?;
    give(&file, path).map_err(CollectorError::file("give away", path))?;
    file.lock().map_err(CollectorError::file("lock", path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn what_is_made_belongs_to_the_owner_of_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        std::fs::create_dir(&state).expect("a folder");
        // Root alone may; anybody else owns both anyway.
        let _given = std::os::unix::fs::chown(&state, Some(12_345), Some(12_346));
        let authority = state.join("authority");
        make_folder(&authority).expect("made");
        write(&authority.join("roll.json"), b"{}").expect("written");
        lock(&authority.join("lock")).expect("locked");
        let owner = |path: &Path| {
            let about = std::fs::metadata(path).expect("it is there");
            (about.uid(), about.gid())
        };
        for made in ["authority", "authority/roll.json", "authority/lock"] {
            assert_eq!(owner(&state.join(made)), owner(&state), "{made}");
        }
        make_folder(&authority).expect("it is there");
        make_folder(&state.join("a/b")).expect("with what is above it");
    }
}
