//! Raw frames beside the tables: each batch that has frames, byte for byte, in a file of its own.
//!
//! ```text
//! frames/<sensor>/<UTC day>/<epoch>-<sequence>.pcapng.zst
//! ```
//!
//! The identifier of a batch in the column `input` is that path without its beginning and its ending, so that
//! rows lead to their frames without a book. Files are synced before the commit that names them; a crash
//! between both leaves files that no row names, which the same batch writes again when it comes again.
//!
//! **Invariant:** a row of a batch is visible only once its frames lie in the store, whole; they lie there until they
//! expire (see `retain`).

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use model::interval::{Day, Timestamp};
use teiten_model as model;

use crate::error::StoreError;
use crate::location::Location;
use crate::store::Store;

/// Folder of the frames in a store.
pub const FRAMES: &str = "frames";
/// Frames of that many batches are put into a bucket at the same time.
const PUTS_MAX: usize = 8;
/// How their files end.
pub const ENDING: &str = "pcapng.zst";

/// The identifier of a batch, by when its observation began.
pub fn batch_id(sensor: &str, opened_us: i64, epoch: u64, sequence: u64) -> String {
    format!("{}-{sequence:010}", spool_day(sensor, opened_us, epoch))
}

/// The identifier under which batches of one spool and one UTC day stand in the book of inputs.
pub fn spool_day(sensor: &str, opened_us: i64, epoch: u64) -> String {
    format!("{sensor}/{}/{epoch:016x}", Day::of(Timestamp(opened_us)))
}

/// The line of the book of inputs that a batch belongs to; `None` for what is not the identifier of a batch.
pub fn line_of(batch: &str) -> Option<&str> {
    let (line, sequence) = batch.rsplit_once('-')?;
    let is_number = !sequence.is_empty() && sequence.bytes().all(|letter| letter.is_ascii_digit());
    (is_number && line.split('/').count() == 3).then_some(line)
}

/// Where the frames of a batch lie; `None` for what is not the identifier of a batch.
pub fn path_of(folder: &Path, batch: &str) -> Option<PathBuf> {
    let is_tame = batch.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    (line_of(batch).is_some() && is_tame).then(|| folder.join(FRAMES).join(format!("{batch}.{ENDING}")))
}

fn no_place(batch: &str) -> StoreError {
    StoreError::Damaged {
        what: format!("batch {batch}"),
        why: "its identifier is no place for frames".to_string(),
    }
}

/// The frames of a batch, byte for byte; `None` when they are not kept, or that is not the identifier of a batch.
///
/// # Errors
/// When they cannot be read.
pub fn read(store: &Store, batch: &str) -> Result<Option<Bytes>, StoreError> {
    match path_of(Path::new(""), batch).as_deref().and_then(Path::to_str) {
        Some(path) => Ok(store.runtime().block_on(store.location().read_if_there(path))?),
        None => Ok(None),
    }
}

/// Lays down the frames of batches, by identifier, and makes them survive a power loss.
///
/// # Errors
/// When the disk is full or fails, or the server does not take them: nothing is lost then, because no row names
/// them.
pub fn keep(store: &Store, batches: &[(String, &[u8])]) -> Result<(), StoreError> {
    match store.folder() {
        Some(folder) => keep_in(&folder, batches),
        None => store.runtime().block_on(keep_at(store.location(), batches)),
    }
}

/// The same in a bucket, some at a time.
async fn keep_at(location: &Location, batches: &[(String, &[u8])]) -> Result<(), StoreError> {
    let puts = batches.iter().map(async |(batch, bytes)| {
        let path = path_of(Path::new(""), batch).ok_or_else(|| no_place(batch))?;
        location.lay(path.to_str().ok_or_else(|| no_place(batch))?, bytes.to_vec().into()).await
    });
    futures::stream::iter(puts).buffer_unordered(PUTS_MAX).try_collect().await
}

/// The same in a folder.
fn keep_in(folder: &Path, batches: &[(String, &[u8])]) -> Result<(), StoreError> {
    let mut folders = BTreeSet::new();
    for (batch, bytes) in batches {
        let path = path_of(folder, batch).ok_or_else(|| no_place(batch))?;
        let failed = |source| StoreError::File { what: format!("writing {}", path.display()), source };
        for ancestor in path.ancestors().skip(1).take_while(|ancestor| ancestor.starts_with(folder)) {
            if !folders.insert(ancestor.to_path_buf()) {
                break;
            }
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let mut file = File::create(&path).map_err(failed)?;
        file.write_all(bytes).and_then(|()| file.sync_data()).map_err(failed)?;
    }
    // Deepest first: a file is there once every folder above it says so.
    for folder in folders.iter().rev() {
        File::open(folder)
            .and_then(|opened| opened.sync_all())
            .map_err(|source| StoreError::File { what: format!("syncing {}", folder.display()), source })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_named_after_sensor_day_spool_and_number() {
        let id = batch_id("tokyo-01", 1_396_310_400_000_000, 0xabc, 42);
        assert_eq!(id, "tokyo-01/2014-04-01/0000000000000abc-0000000042");
        assert_eq!(line_of(&id), Some("tokyo-01/2014-04-01/0000000000000abc"));
        let path = path_of(Path::new("/store"), &id).expect("a place");
        assert_eq!(path, Path::new("/store/frames").join(format!("{id}.pcapng.zst")));
    }

    #[test]
    fn what_is_no_batch_has_no_place() {
        let folder = Path::new("/store");
        for other in ["0123456789abcdef", "../2014-04-01/00-1", "a/../00-1", "a/b/c", "a/b/c-", "a/b/c-x", ""]
        {
            assert_eq!(path_of(folder, other), None, "{other}");
        }
    }

    #[test]
    fn frames_are_kept_byte_for_byte_and_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open_or_make(&folder.path().join("store").display().to_string(), "UTC").expect("a store");
        let id = batch_id("a", 0, 1, 1);
        keep(&store, &[(id.clone(), b"torn")]).expect("kept");
        keep(&store, &[(id.clone(), b"whole")]).expect("kept again");
        let path = path_of(&store.folder().expect("a folder"), &id).expect("a place");
        assert_eq!(std::fs::read(path).expect("the file"), b"whole");
    }
}
