//! Seals a set of files as one folder: readers see the old one or the new one, never a half.
//!
//! **Invariant:** nothing a report does not write itself is ever removed.
//! **Invariant:** the folder's name appears only when every file in it is complete.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::ReportError;
use crate::exits::{DOOR, STYLE};

/// Top-level names that a report folder may hold; a folder with any other entry is not replaced.
pub(crate) const OURS: [&str; 9] =
    ["en", "figures", DOOR, "ja", "pdf", "provenance.json", "report.pdf", STYLE, "tables"];

/// Files by their path inside the folder, parted by `/`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Adds a file; the same content under the same path is no conflict.
///
/// # Errors
/// When the path is taken by other content.
pub fn add(files: &mut Files, path: String, bytes: Vec<u8>) -> Result<(), ReportError> {
    match files.get(&path) {
        Some(there) if *there != bytes => Err(ReportError::Conflict { path }),
        Some(_) => Ok(()),
        None => {
            files.insert(path, bytes);
            Ok(())
        }
    }
}

/// Writes the files into a folder beside `folder` and renames it into place, replacing an earlier
/// report there.
///
/// # Errors
/// When `folder` holds something that is not a report, or the file system refuses; nothing
/// half-written is then left under its name.
pub fn seal(files: &Files, folder: &Path) -> Result<(), ReportError> {
    let (parent, name) = match (folder.parent(), folder.file_name()) {
        (Some(parent), Some(name)) => (parent, name.to_string_lossy().into_owned()),
        _ => return Err(ReportError::NoFolderName { folder: folder.to_path_buf() }),
    };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let replaces = may_replace(folder)?;
    fs::create_dir_all(parent).map_err(|source| io(parent, source))?;
    let partial = parent.join(format!(".{name}.{}.partial", std::process::id()));
    let retired = parent.join(format!(".{name}.{}.retired", std::process::id()));
    let sealed = write_all(files, &partial).and_then(|()| {
        if replaces {
            fs::rename(folder, &retired).map_err(|source| io(folder, source))?;
        }
        fs::rename(&partial, folder).map_err(|source| io(folder, source))
    });
    if sealed.is_err() {
        // The first error is the one to tell; what can be put back is put back.
        let _ = fs::remove_dir_all(&partial);
        if replaces && !folder.try_exists().unwrap_or(true) {
            let _ = fs::rename(&retired, folder);
        }
        return sealed;
    }
    if replaces {
        fs::remove_dir_all(&retired).map_err(|source| io(&retired, source))?;
    }
    Ok(())
}

/// Whether there is a folder to replace; refuses one that is not ours.
fn may_replace(folder: &Path) -> Result<bool, ReportError> {
    if !folder.try_exists().map_err(|source| io(folder, source))? {
        return Ok(false);
    }
    for entry in fs::read_dir(folder).map_err(|source| io(folder, source))? {
        let name = entry.map_err(|source| io(folder, source))?.file_name();
        if !OURS.iter().any(|ours| name == *ours) {
            let entry = name.to_string_lossy().into_owned();
            return Err(ReportError::NotOurs { folder: folder.to_path_buf(), entry });
        }
    }
    Ok(true)
}

fn write_all(files: &Files, partial: &Path) -> Result<(), ReportError> {
    fs::create_dir(partial).map_err(|source| io(partial, source))?;
    for (path, bytes) in files {
        let file: PathBuf = path.split('/').fold(partial.to_path_buf(), |at, part| at.join(part));
        if let Some(above) = file.parent() {
            fs::create_dir_all(above).map_err(|source| io(above, source))?;
        }
        fs::write(&file, bytes).map_err(|source| io(&file, source))?;
    }
    Ok(())
}

fn io(path: &Path, source: std::io::Error) -> ReportError {
    ReportError::Io { path: path.to_path_buf(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(content: &str) -> Files {
        Files::from([("ja/index.html".to_string(), content.into()), ("style.css".to_string(), b"x".to_vec())])
    }

    #[test]
    fn an_earlier_report_is_replaced_whole() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("deep/2014Q2");
        seal(&files("one"), &folder).unwrap();
        fs::write(folder.join("provenance.json"), "{}").unwrap();
        seal(&files("two"), &folder).unwrap();
        assert_eq!(fs::read_to_string(folder.join("ja/index.html")).unwrap(), "two");
        assert!(!folder.join("provenance.json").try_exists().unwrap());
        assert_eq!(fs::read_dir(home.path().join("deep")).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_with_other_things_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("thesis.tex"), "mine").unwrap();
        let error = seal(&files("one"), home.path()).unwrap_err().to_string();
        assert!(error.contains("thesis.tex"), "{error}");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn other_content_under_one_path_is_a_conflict() {
        let mut all = files("one");
        add(&mut all, "style.css".into(), b"x".to_vec()).unwrap();
        assert!(add(&mut all, "style.css".into(), b"y".to_vec()).is_err());
    }
}
