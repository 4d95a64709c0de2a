//! Room set aside, so that a full disk does not keep anything from being deleted.
//!
//! What expires leaves by a commit, which is small and must be written. So a file of [`BYTES`] stands in the
//! store's folder for nothing but its room: when the disk is full it goes, the commit is written, days go, and
//! it is written again.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use teiten_model::mix::splitmix64;

use crate::error::StoreError;
use crate::store::Store;

/// What is set aside, in bytes: a thousand times a commit.
pub const BYTES: u64 = 8 << 20;

const NAME: &str = "reserve";

fn path(store: &Store) -> Option<PathBuf> {
    store.folder().map(|folder| folder.join(NAME))
}

fn failed(what: &str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let what = format!("{what} {}", path.display());
    move |source| StoreError::File { what, source }
}

/// Sets room aside when there is enough: four times what is set aside.
///
/// # Errors
/// When the disk fails.
pub fn hold(store: &Store) -> Result<(), StoreError> {
    let Some(path) = path(store) else { return Ok(()) };
    let is_held = std::fs::metadata(&path).is_ok_and(|found| found.len() == BYTES);
    if is_held || store.location().free_bytes()?.is_none_or(|free| free < 4 * BYTES) {
        return Ok(());
    }
    let mut file = File::create(&path).map_err(failed("writing", &path))?;
    let mut block = Vec::with_capacity(1 << 16);
    for number in 0..BYTES / 8 {
        // No zeros: some file systems give them no room.
        block.extend_from_slice(&splitmix64(number).to_le_bytes());
        if block.len() == block.capacity() {
            file.write_all(&block).map_err(failed("writing", &path))?;
            block.clear();
        }
    }
    file.write_all(&block).and_then(|()| file.sync_all()).map_err(failed("writing", &path))
}

/// What is set aside now, in bytes.
pub(crate) fn held_bytes(store: &Store) -> u64 {
    path(store).and_then(|path| std::fs::metadata(path).ok()).map_or(0, |found| found.len())
}

/// Gives the room back when the disk is as good as full; whether it did.
///
/// # Errors
/// When the disk fails.
pub fn release(store: &Store) -> Result<bool, StoreError> {
    let Some(path) = path(store) else { return Ok(false) };
    if store.location().free_bytes()?.is_none_or(|free| free >= BYTES) {
        return Ok(false);
    }
    match std::fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("taking away", &path)(error)),
    }
}
