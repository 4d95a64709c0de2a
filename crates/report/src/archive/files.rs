//! Reading a folder whole, and writing files so that a reader never sees half of one.
//!
//! **Invariant:** a link is never followed and never written through.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::printed::PRINTED_BYTES_MAX;
use crate::error::ReportError;
use crate::folder::Files;

/// Most files of one report.
pub(super) const FILES_MAX: usize = 20_000;
/// Most bytes of one report.
pub(super) const FOLDER_BYTES_MAX: u64 = 1 << 30;
/// Most levels of folders in a report.
const LEVELS_MAX: usize = 8;

/// Every file below a folder, by its path parted by `/`.
pub(super) fn read_all(folder: &Path) -> Result<Files, ReportError> {
    let not = |what: String| ReportError::NotReport { folder: folder.to_path_buf(), what };
    let mut files = Files::new();
    let mut bytes = 0_u64;
    let mut todo = vec![(folder.to_path_buf(), String::new(), 0_usize)];
    while let Some((at, before, level)) = todo.pop() {
        for entry in fs::read_dir(&at).map_err(|source| io(&at, source))? {
            let entry = entry.map_err(|source| io(&at, source))?;
            let path = entry.path();
            let Some(name) = entry.file_name().to_str().map(|name| format!("{before}{name}")) else {
                return Err(not(format!("{} has a name that is not text", path.display())));
            };
            let kind = entry.file_type().map_err(|source| io(&path, source))?;
            if kind.is_dir() && level < LEVELS_MAX {
                todo.push((path, format!("{name}/"), level + 1));
                continue;
            }
            if !kind.is_file() {
                return Err(not(format!("{name} is neither a file nor a folder of a report")));
            }
            let read = read_one(&path)?;
            bytes += read.len() as u64;
            files.insert(name, read);
            if files.len() > FILES_MAX || bytes > FOLDER_BYTES_MAX {
                return Err(not(format!(
                    "it has more than {FILES_MAX} files or {} MiB",
                    FOLDER_BYTES_MAX >> 20
                )));
            }
        }
    }
    Ok(files)
}

/// A file's bytes.
pub(super) fn read_one(path: &Path) -> Result<Vec<u8>, ReportError> {
    let file = fs::File::open(path).map_err(|source| io(path, source))?;
    let mut bytes = Vec::new();
    file.take(PRINTED_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|source| io(path, source))?;
    if bytes.len() as u64 > PRINTED_BYTES_MAX {
        let what = format!("it is longer than {} MiB", PRINTED_BYTES_MAX >> 20);
        return Err(ReportError::NotReport { folder: path.to_path_buf(), what });
    }
    Ok(bytes)
}

/// Writes a file beside its place and moves it there; a file that holds the bytes already is left alone.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    if fs::symlink_metadata(path).is_ok_and(|there| there.is_file() && there.len() == bytes.len() as u64)
        && fs::read(path).is_ok_and(|there| there == bytes)
    {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|source| io(parent, source))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let partial = parent.join(format!(".{name}.partial"));
    let written = fs::write(&partial, bytes)
        .and_then(|()| fs::rename(&partial, path))
        .map_err(|source| io(path, source));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&partial);
    }
    written
}

/// Seals files as a folder that was not there before; what an interrupted run left is written anew.
pub(super) fn seal_new(files: &Files, folder: &Path) -> Result<(), ReportError> {
    let partial = partial_of(folder);
    if partial.try_exists().map_err(|source| io(&partial, source))? {
        fs::remove_dir_all(&partial).map_err(|source| io(&partial, source))?;
    }
    let sealed = write_all(files, &partial)
        .and_then(|()| fs::rename(&partial, folder).map_err(|source| io(folder, source)));
    if sealed.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_dir_all(&partial);
    }
    sealed
}

fn partial_of(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    folder.with_file_name(format!(".{name}.partial"))
}

fn write_all(files: &Files, folder: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(folder).map_err(|source| io(folder, source))?;
    for (path, bytes) in files {
        let file = below(folder, path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).map_err(|source| io(parent, source))?;
        }
        fs::write(&file, bytes).map_err(|source| io(&file, source))?;
    }
    Ok(())
}

/// The file of that path below a folder.
pub(super) fn below(folder: &Path, path: &str) -> PathBuf {
    path.split('/').fold(folder.to_path_buf(), |at, part| at.join(part))
}

pub(super) fn io(path: &Path, source: std::io::Error) -> ReportError {
    ReportError::Io { path: path.to_path_buf(), source }
}
