//! Files and folders of other people's catalogues, read into editions.
//!
//! Everything that is named is read and checked first; files of one source and list become one edition. Lists of
//! scanners are handed back: they are reference data, because packets carry what they say.
//!
//! **Invariant:** an edition has all sound records of its files or does not come to be; what was passed over is named.
//! **Invariant:** of a record and its being taken back in one import the later holds: files in the order in which they were
//! named, those of a folder by their names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use teiten_model::interval::Day;

use crate::error::{IntelError, Result};
pub use crate::formats::Skip;
use crate::formats::{self, Form, Loaded};
use crate::record::Record;
use crate::shelf::{Batch, Edition, Shelf};
use crate::source::Source;

/// Largest file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Most files of one import.
pub const FILES_MAX: usize = 1_000_000;
/// Most records of one import.
pub const RECORDS_MAX: usize = 1_000_000;
/// Deepest folder that is entered.
pub const DEPTH_MAX: usize = 12;
/// Most records passed over that are named one by one; all are counted.
pub const SKIPS_MAX: usize = 10_000;

/// What to import, and what the importer says of it.
#[derive(Debug, Clone, Default)]
pub struct ImportRequest {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Name of the edition, where the content names none.
    pub name: Option<String>,
    /// Day of the edition where the files do not say it.
    pub date: Option<Day>,
    /// Licence; that of the file or its source when `None`.
    pub licence: Option<String>,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Imported {
    /// Editions that hold the content, and whether each is new.
    pub editions: Vec<(Edition, bool)>,
    /// Lists of scanners, for the library of reference data.
    pub scanners: Vec<PathBuf>,
    /// Records that were passed over, with their file: the first [`SKIPS_MAX`].
    pub skipped: Vec<(PathBuf, Skip)>,
    /// Records that were passed over, all of them.
    pub skipped_count: u64,
    /// Files that are known and hold no record, such as lists of vendors.
    pub without_records: Vec<PathBuf>,
    /// Files in folders that are none of the known forms.
    pub unknown: Vec<PathBuf>,
    /// Files that failed as a whole.
    pub failed: Vec<(PathBuf, IntelError)>,
}

/// Files of one source and list.
struct Group {
    date: Option<Day>,
    licence: Option<String>,
    files: Vec<PathBuf>,
    records: BTreeMap<String, Record>,
    withdrawn: BTreeSet<String>,
    skipped: u64,
}

/// Imports.
pub fn import(shelf: &Shelf, request: &ImportRequest) -> Result<Imported> {
    let mut imported = Imported::default();
    let mut groups: BTreeMap<(Source, String), Group> = BTreeMap::new();
    let mut count = 0;
    for (path, is_named) in files(&request.paths)? {
        let bytes = read_whole(&path)?;
        let Some(form) = formats::form_of(&bytes) else {
            match is_named {
                // A plain list of addresses may be one of scanners: reference data tells.
                true if looks_like_addresses(&bytes) => imported.scanners.push(path),
                true => imported.failed.push((path.clone(), IntelError::UnknownFormat { path })),
                false if looks_like_addresses(&bytes) => imported.scanners.push(path),
                false => imported.unknown.push(path),
            }
            continue;
        };
        match form {
            Form::Scanners => imported.scanners.push(path),
            Form::JvnOther => imported.without_records.push(path),
            _ => match formats::read(form, &bytes, &path) {
                Ok(loaded) => {
                    count += loaded.records.len();
                    if count > RECORDS_MAX {
                        return Err(IntelError::TooLarge {
                            path,
                            limit: RECORDS_MAX as u64,
                            unit: "records",
                        });
                    }
                    gather(&mut groups, &mut imported, request, path, loaded);
                }
                Err(error) => imported.failed.push((path, error)),
            },
        }
    }
    for ((source, name), group) in groups {
        let first = group.files.first().cloned().unwrap_or_default();
        match put(shelf, request, source, name, group) {
            Ok(edition) => imported.editions.push(edition),
            Err(error) => imported.failed.push((first, error)),
        }
    }
    Ok(imported)
}

fn gather(
    groups: &mut BTreeMap<(Source, String), Group>,
    imported: &mut Imported,
    request: &ImportRequest,
    path: PathBuf,
    loaded: Loaded,
) {
    let stem = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = match (loaded.name, loaded.source) {
        (Some(name), _) => name,
        (None, Source::Kev) => "kev".to_string(),
        (None, _) => formats::slug(request.name.as_deref().unwrap_or(&stem())),
    };
    let group = groups.entry((loaded.source, name)).or_insert_with(|| Group {
        date: None,
        licence: None,
        files: Vec::new(),
        records: BTreeMap::new(),
        withdrawn: BTreeSet::new(),
        skipped: 0,
    });
    group.date = group.date.max(loaded.date);
    group.licence = group.licence.take().or(loaded.licence);
    group.skipped += loaded.skipped.len() as u64;
    imported.skipped_count += loaded.skipped.len() as u64;
    let room = SKIPS_MAX.saturating_sub(imported.skipped.len());
    imported.skipped.extend(loaded.skipped.into_iter().take(room).map(|skip| (path.clone(), skip)));
    let mut withdrawn = loaded.withdrawn.into_iter().peekable();
    for (place, record) in loaded.records.into_iter().enumerate() {
        while let Some((_, id)) = withdrawn.next_if(|(before, _)| *before <= place) {
            group.withdraw(id);
        }
        group.record(record);
    }
    withdrawn.for_each(|(_, id)| group.withdraw(id));
    group.files.push(path);
}

impl Group {
    /// Takes a record in; one that was taken back before is there again.
    fn record(&mut self, record: Record) {
        self.withdrawn.remove(&record.id);
        // Of two forms of one record the one that was changed last is kept.
        match self.records.get(&record.id) {
            Some(other) if other.modified > record.modified => {}
            _ => {
                self.records.insert(record.id.clone(), record);
            }
        }
    }

    /// Takes a record back that this import or an edition before it holds.
    fn withdraw(&mut self, id: String) {
        self.records.remove(&id);
        self.withdrawn.insert(id);
    }
}

fn put(
    shelf: &Shelf,
    request: &ImportRequest,
    source: Source,
    name: String,
    group: Group,
) -> Result<(Edition, bool)> {
    let first = group.files.first().cloned().unwrap_or_default();
    if group.records.is_empty() && group.withdrawn.is_empty() {
        return Err(IntelError::Empty { path: first });
    }
    let date = group.date.or(request.date).ok_or(IntelError::NoDate { path: first })?;
    shelf.put(&Batch {
        source,
        name,
        date,
        licence: request.licence.clone().or(group.licence).unwrap_or_else(|| "not stated".to_string()),
        files: names_of(&group.files),
        records: group.records,
        withdrawn: group.withdrawn,
        skipped: group.skipped,
    })
}

/// The names of files, without their folders.
fn names_of(paths: &[PathBuf]) -> String {
    const NAMES_MAX: usize = 4;
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut names: Vec<String> = paths.iter().take(NAMES_MAX).map(name).collect();
    if paths.len() > NAMES_MAX {
        names.push(format!("and {} more", paths.len() - NAMES_MAX));
    }
    names.join(", ")
}

/// Whether the first line that says something begins with an address.
fn looks_like_addresses(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(64 * 1024)]);
    let first = head.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let word = first.and_then(|line| line.split([',', '#', ' ']).next()).unwrap_or_default();
    word.contains(['.', ':']) && word.parse::<teiten_model::address::Prefix>().is_ok()
}

fn read_whole(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(IntelError::io("open", path))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(IntelError::io("read", path))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(IntelError::TooLarge { path: path.into(), limit: FILE_BYTES_MAX, unit: "bytes" });
    }
    Ok(bytes)
}

/// The regular files that paths name, in order, and whether each was named itself.
fn files(paths: &[PathBuf]) -> Result<Vec<(PathBuf, bool)>> {
    let mut found = Vec::new();
    for path in paths {
        let about = fs::metadata(path).map_err(IntelError::io("open", path))?;
        match about.is_dir() {
            true => walk(path, 0, &mut found)?,
            false => found.push((path.clone(), true)),
        }
    }
    Ok(found)
}

fn walk(dir: &Path, depth: usize, found: &mut Vec<(PathBuf, bool)>) -> Result<()> {
    if depth > DEPTH_MAX {
        return Err(IntelError::TooLarge {
            path: dir.into(),
            limit: DEPTH_MAX as u64,
            unit: "folders of depth",
        });
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir).map_err(IntelError::io("list", dir))? {
        let entry = entry.map_err(IntelError::io("list", dir))?;
        let kind = entry.file_type().map_err(IntelError::io("look at", entry.path()))?;
        entries.push((entry.path(), kind));
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (path, kind) in entries {
        if kind.is_dir() {
            walk(&path, depth + 1, found)?;
        } else if kind.is_file() {
            found.push((path, false));
        }
        if found.len() > FILES_MAX {
            return Err(IntelError::TooLarge { path: dir.into(), limit: FILES_MAX as u64, unit: "files" });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(dir: &Path, name: &str, id: &str, state: &str) -> PathBuf {
        let path = dir.join(name);
        let text = format!(
            r#"{{"dataType":"CVE_RECORD","cveMetadata":{{"cveId":"{id}","state":"{state}","datePublished":"2025-01-01T00:00:00Z",
                "dateUpdated":"2025-01-02T00:00:00Z"}},"containers":{{"cna":{{"title":"T"}}}}}}"#
        );
        fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn of_a_record_and_its_being_taken_back_the_later_holds() {
        let dir = tempfile::tempdir().unwrap();
        let published = file(dir.path(), "a.json", "CVE-2025-0001", "PUBLISHED");
        let rejected = file(dir.path(), "b.json", "CVE-2025-0001", "REJECTED");
        let other = file(dir.path(), "c.json", "CVE-2025-0002", "PUBLISHED");
        for (paths, is_there) in [
            (vec![&published, &rejected, &other], false),
            (vec![&other, &rejected, &published], true),
            (vec![&published, &rejected, &published, &other], true),
        ] {
            // In an import of its own, and after an edition that has the record.
            for before in [None, Some(&published)] {
                let shelf = Shelf::open(tempfile::tempdir_in(dir.path()).unwrap().keep());
                let import_of = |paths: Vec<&PathBuf>| {
                    let paths = paths.into_iter().cloned().collect();
                    let done = import(&shelf, &ImportRequest { paths, ..ImportRequest::default() }).unwrap();
                    assert!(done.failed.is_empty() && done.skipped.is_empty(), "{done:?}");
                };
                before.into_iter().for_each(|path| import_of(vec![path]));
                import_of(paths.clone());
                let catalogue = shelf.catalogue().unwrap();
                let found = catalogue.vulnerability("CVE-2025-0001").unwrap();
                assert_eq!(found.is_some(), is_there, "{paths:?}");
                assert!(catalogue.vulnerability("CVE-2025-0002").unwrap().is_some());
            }
        }
    }

    #[test]
    fn inside_one_file_the_later_holds_too() {
        let group = |withdrawn: usize| {
            let mut groups = BTreeMap::new();
            let mut loaded = Loaded::of(Source::Nvd);
            loaded.name = Some("nvd".to_string());
            loaded.records = vec![Record { id: "CVE-2025-0001".to_string(), ..Record::default() }];
            loaded.withdrawn = vec![(withdrawn, "CVE-2025-0001".to_string())];
            let (mut imported, request) = (Imported::default(), ImportRequest::default());
            gather(&mut groups, &mut imported, &request, PathBuf::from("f"), loaded);
            groups.into_values().next().unwrap()
        };
        let (before, after) = (group(0), group(1));
        assert_eq!((before.records.len(), before.withdrawn.len()), (1, 0));
        assert_eq!((after.records.len(), after.withdrawn.len()), (0, 1));
    }
}
