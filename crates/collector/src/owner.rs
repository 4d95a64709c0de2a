//! Whom files belong to that root makes for a service.
//!
//! A service with rights of its own must be able to read, and to write again, what a person enrolled on its machine.
//!
//! **Invariant:** nothing is given away but what root owns in a folder of the new owner.

use std::fs::File;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;

/// Gives what was made at `path` to the owner of the folder it lies in, when root made it.
///
/// # Errors
/// When the system refuses.
pub fn give(made: &File, path: &Path) -> std::io::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let (own, owner) = (made.metadata()?, std::fs::metadata(folder)?);
    if own.uid() != 0 || owner.uid() == 0 {
        return Ok(());
    }
    fchown(made, Some(owner.uid()), Some(owner.gid()))
}
