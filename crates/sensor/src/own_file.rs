//! Files of the sensor's own: who they belong to, and how one takes the place of the one before.
//!
//! Root writes for whoever a folder belongs to: a sensor that is not root reads, renews and locks what it finds.
//!
//! **Invariant:** a file is written whole under another name and renamed; what root makes in the folder of
//! another belongs to the other.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;

use crate::error::SensorError;

/// Writes a file so that it is either there whole or as it was before.
///
/// # Errors
/// When the folder takes no file.
pub fn put(path: &Path, bytes: &[u8], mode: u32) -> Result<(), SensorError> {
    let fault = |error| SensorError::Write { path: path.to_path_buf(), error };
    let part = path.with_extension("part");
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(mode).open(&part).map_err(fault)?;
    if let Some(folder) = path.parent() {
        give_to_owner(folder, &file).map_err(fault)?;
    }
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fault)?;
    fs::rename(&part, path).map_err(fault)?;
    match path.parent().map(File::open) {
        Some(Ok(folder)) => folder.sync_all().map_err(fault),
        _ => Ok(()),
    }
}

/// Gives what root opened in a folder to whom the folder belongs.
///
/// # Errors
/// When the system does not let us.
pub fn give_to_owner(folder: &Path, opened: &File) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let Ok(folder) = fs::metadata(folder) else { return Ok(()) };
    let about = opened.metadata()?;
    // What has another name, too, may be anybody's: whoever the folder belongs to could have given it that.
    let is_ours = about.is_dir() || about.nlink() == 1;
    match folder.uid() != 0 && folder.uid() != about.uid() && is_ours {
        true => fchown(opened, Some(folder.uid()), Some(folder.gid())),
        false => Ok(()),
    }
}
