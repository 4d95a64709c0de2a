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

/// Writes a file so that it is either there whole or as it was before, and waits until that is durable.
///
/// # Errors
/// When the folder takes no file.
pub fn put(path: &Path, bytes: &[u8], mode: u32) -> Result<(), SensorError> {
    let fault = |error| SensorError::Write { path: path.to_path_buf(), error };
    written(path, bytes, mode, true).map_err(fault)?;
    match path.parent().map(File::open) {
        Some(Ok(folder)) => folder.sync_all().map_err(fault),
        _ => Ok(()),
    }
}

/// Writes a file so that whoever reads it finds it whole; nobody waits for the disk, and a loss of power may take it.
///
/// # Errors
/// When the folder takes no file.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), SensorError> {
    written(path, bytes, mode, false).map_err(|error| SensorError::Write { path: path.to_path_buf(), error })
}

fn written(path: &Path, bytes: &[u8], mode: u32, is_durable: bool) -> io::Result<()> {
    // Each file has a part of its own, made anew: one that is left over may be readable by others.
    let part = path.with_added_extension("part");
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().create_new(true).write(true).mode(mode).open(&part)?;
    if let Some(folder) = path.parent() {
        give_to_owner(folder, &file)?;
    }
    file.write_all(bytes)?;
    if is_durable {
        file.sync_all()?;
    }
    fs::rename(&part, path)
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

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_private_never_goes_into_a_part_that_others_can_read() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("sensor.pem");
        for left in ["sensor.part", "sensor.pem.part"] {
            let left = home.path().join(left);
            fs::write(&left, "left over").unwrap();
            fs::set_permissions(&left, fs::Permissions::from_mode(0o644)).unwrap();
            let mut opened = File::open(&left).unwrap();
            put(&path, b"a key", 0o600).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"a key");
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
            let mut seen = String::new();
            opened.read_to_string(&mut seen).unwrap();
            assert_eq!(seen, "left over");
        }
        put(&home.path().join("sensor.toml"), b"names", 0o644).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"a key");
        let mut names: Vec<_> =
            fs::read_dir(home.path()).unwrap().map(|one| one.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["sensor.part", "sensor.pem", "sensor.toml"], "no part of ours stays");
    }

    #[test]
    fn whoever_reads_what_is_replaced_finds_the_old_or_the_new() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("status.json");
        replace(&path, b"before", 0o644).unwrap();
        let mut opened = File::open(&path).unwrap();
        replace(&path, b"after", 0o644).unwrap();
        let mut seen = String::new();
        opened.read_to_string(&mut seen).unwrap();
        assert_eq!((seen.as_str(), fs::read_to_string(&path).unwrap().as_str()), ("before", "after"));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "no part of ours stays");
        let error = replace(&home.path().join("none/status.json"), b"", 0o644).unwrap_err().to_string();
        assert!(error.contains("none/status.json"), "{error}");
    }
}
