//! A folder of editions: imported once, sealed by rename, never changed.
//!
//! `<folder>/<kind>/<date>-<name>/` holds `edition.toml` and `table.csv`. A folder whose name begins
//! with a dot is an import that was cut short; it is not an edition.
//!
//! **Invariant:** everything is read and checked before anything is written, and what is written
//! becomes visible whole.
//! **Invariant:** a kind has one edition a date; of scanners and names, many lists count side by side.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use teiten_model::interval::Day;

use crate::edition::{Edition, Kind, digest_of, is_name};
use crate::error::{RefdataError, Result};
use crate::mmdb::{self, Facts};
use crate::sniff::{Form, form_of};
use crate::tables::Table;
use crate::text::read_whole;

/// Most editions in one folder.
pub const EDITIONS_MAX: usize = 10_000;

/// What to import, and what the importer says of it.
#[derive(Debug, Clone, Default)]
pub struct ImportRequest {
    /// Files that make up one edition, such as one for IPv4 and one for IPv6.
    pub paths: Vec<PathBuf>,
    /// Kind of the table; told from the content when `None`.
    pub kind: Option<Kind>,
    /// Name of the edition; made from the first file's name when `None`.
    pub name: Option<String>,
    /// Day of the edition; read from the files when `None`.
    pub date: Option<Day>,
    /// Licence; read from the files when `None`.
    pub licence: Option<String>,
}

/// A folder of editions.
#[derive(Debug, Clone)]
pub struct Library {
    dir: PathBuf,
}

impl Library {
    /// The library in a folder; a folder that is not there is an empty library.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Library> {
        let dir = dir.into();
        let found = dir.try_exists().map_err(RefdataError::io("open", &dir))?;
        if found {
            fs::read_dir(&dir).map_err(RefdataError::io("open", &dir))?;
        }
        Ok(Library { dir })
    }

    /// All editions, by kind, date and name.
    pub fn editions(&self) -> Result<Vec<Edition>> {
        let mut editions = Vec::new();
        for kind in Kind::ALL {
            for folder in folders(&self.dir.join(kind.word()))? {
                editions.push(read_edition(&folder, kind)?);
            }
        }
        if editions.len() > EDITIONS_MAX {
            return Err(RefdataError::TooLarge {
                path: self.dir.clone(),
                limit: EDITIONS_MAX as u64,
                unit: "editions",
            });
        }
        editions.sort_by(|a, b| (a.kind, a.date, &a.name).cmp(&(b.kind, b.date, &b.name)));
        Ok(editions)
    }

    /// Imports files as one edition, and gives the edition that now holds their content.
    ///
    /// The same content of the same date again changes nothing.
    pub fn import(&self, request: &ImportRequest) -> Result<Edition> {
        let first = request.paths.first().ok_or(RefdataError::NoFile)?;
        let (edition, table) = read_files(request, first)?;
        for other in self
            .editions()?
            .into_iter()
            .filter(|other| other.kind == edition.kind && other.date == edition.date)
        {
            if other.digest == edition.digest {
                return Ok(other);
            }
            if !edition.kind.is_list() || other.name == edition.name {
                return Err(RefdataError::Taken {
                    kind: edition.kind.word(),
                    date: edition.date.to_string(),
                    existing: other.name,
                });
            }
        }
        self.seal(&edition, &table)?;
        Ok(edition)
    }

    /// The content of an edition, checked against its digest.
    pub(crate) fn table(&self, edition: &Edition) -> Result<Table> {
        let path = self.folder(edition).join("table.csv");
        let bytes = read_whole(&path)?;
        if digest_of(&bytes) != edition.digest {
            let reason = "its content is not what was imported".to_string();
            return Err(RefdataError::Damaged { path, reason });
        }
        Table::from_csv(edition.kind, &bytes, &path)
    }

    fn folder(&self, edition: &Edition) -> PathBuf {
        self.dir.join(edition.kind.word()).join(edition.folder())
    }

    fn seal(&self, edition: &Edition, table: &[u8]) -> Result<()> {
        let sealed = self.folder(edition);
        let parent = self.dir.join(edition.kind.word());
        let open = parent.join(format!(".{}", edition.folder()));
        let written = write_open(&open, &edition.to_toml()?, table).and_then(|()| {
            fs::rename(&open, &sealed).map_err(RefdataError::io("seal", &sealed))?;
            sync(&parent)
        });
        if written.is_err() {
            // What matters is the first error; a leftover is not an edition and the next import removes it.
            drop(fs::remove_dir_all(&open));
        }
        written
    }
}

fn write_open(open: &Path, toml: &str, table: &[u8]) -> Result<()> {
    if open.try_exists().map_err(RefdataError::io("look for", open))? {
        fs::remove_dir_all(open).map_err(RefdataError::io("remove", open))?;
    }
    fs::create_dir_all(open).map_err(RefdataError::io("make", open))?;
    for (name, bytes) in [("edition.toml", toml.as_bytes()), ("table.csv", table)] {
        let path = open.join(name);
        let mut file = File::create(&path).map_err(RefdataError::io("write", &path))?;
        file.write_all(bytes).map_err(RefdataError::io("write", &path))?;
        file.sync_all().map_err(RefdataError::io("write", &path))?;
    }
    sync(open)
}

/// Makes the names in a folder last.
fn sync(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(RefdataError::io("write", folder))
}

/// The folders of a kind's editions, in the order of their names; none when the kind has none.
fn folders(dir: &Path) -> Result<Vec<PathBuf>> {
    if !dir.try_exists().map_err(RefdataError::io("look for", dir))? {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(RefdataError::io("list", dir))? {
        let entry = entry.map_err(RefdataError::io("list", dir))?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn read_edition(folder: &Path, kind: Kind) -> Result<Edition> {
    let path = folder.join("edition.toml");
    let text = fs::read_to_string(&path).map_err(RefdataError::io("read", &path))?;
    let edition = Edition::parse(&text, &path)?;
    let named = folder.file_name().is_some_and(|name| name.to_string_lossy() == edition.folder());
    if edition.kind != kind || !named {
        let reason = "it does not lie where its kind, date and name say".to_string();
        return Err(RefdataError::Damaged { path, reason });
    }
    Ok(edition)
}

/// Reads all files of a request into an edition and its normalised table.
fn read_files(request: &ImportRequest, first: &Path) -> Result<(Edition, Vec<u8>)> {
    let mut table: Option<(Kind, Table)> = None;
    let (mut records, mut skipped, mut date, mut licence) = (0u64, 0u64, None, None);
    for path in &request.paths {
        let bytes = read_whole(path)?;
        let form = form_of(&bytes).ok_or_else(|| RefdataError::UnknownFormat { path: path.clone() })?;
        // `address,text` without a heading is a list of scanners, unless whoever imports it says that it is names.
        let form = match (form, request.kind) {
            (Form::ScannerText, Some(Kind::Names)) => Form::NameText,
            (form, _) => form,
        };
        let wanted = request.kind.or(table.as_ref().map(|(kind, _)| *kind));
        let kind = match form.kind() {
            Some(kind) => kind,
            None => kind_of_mmdb(&bytes, path, wanted)?,
        };
        if let Some(wanted) = wanted.filter(|wanted| *wanted != kind) {
            return Err(RefdataError::WrongKind {
                path: path.clone(),
                found: kind.word(),
                wanted: wanted.word(),
            });
        }
        let (_, table) = table.get_or_insert_with(|| (kind, Table::new(kind)));
        let facts = table.add_file(form, &bytes, path)?;
        if facts.records == 0 {
            return Err(RefdataError::Empty { path: path.clone(), kind: kind.word() });
        }
        records += facts.records;
        skipped += facts.skipped;
        date = date.max(facts.date);
        licence = licence.or(facts.licence);
    }
    let (kind, mut table) = table.ok_or(RefdataError::NoFile)?;
    table.sort();
    let (bytes, rows) = table.to_csv(first)?;
    if rows == 0 {
        return Err(RefdataError::Empty { path: first.into(), kind: kind.word() });
    }
    let edition = Edition {
        kind,
        name: edition_name(request, first)?,
        date: request.date.or(date).ok_or_else(|| RefdataError::NoDate { path: first.into() })?,
        licence: request.licence.clone().or(licence).unwrap_or_else(|| "not stated".to_string()),
        source: source_of(&request.paths),
        records,
        skipped,
        rows,
        digest: digest_of(&bytes),
    };
    Ok((edition, bytes))
}

/// The kind of an MMDB database: the one wanted where its records say that, else what they say.
fn kind_of_mmdb(bytes: &[u8], path: &Path, wanted: Option<Kind>) -> Result<Kind> {
    let (mut country, mut asn) = (false, false);
    mmdb::each_network(bytes, path, |_, _, facts: &Facts| {
        country |= facts.country().is_some();
        asn |= facts.asn().is_some();
        Ok(())
    })?;
    match (country, asn, wanted) {
        (true, true, Some(Kind::As)) | (false, true, _) => Ok(Kind::As),
        (true, _, _) => Ok(Kind::Country),
        (false, false, _) => Err(RefdataError::Broken {
            path: path.into(),
            reason: "its records name neither a country nor an AS".to_string(),
        }),
    }
}

fn edition_name(request: &ImportRequest, first: &Path) -> Result<String> {
    let name = match &request.name {
        Some(name) => name.clone(),
        None => {
            let stem = first.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
            let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
            let name: String = stem.chars().map(plain).take(60).collect();
            name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).to_string()
        }
    };
    if is_name(&name) { Ok(name) } else { Err(RefdataError::BadName { name }) }
}

/// The names of the files, without their folders.
fn source_of(paths: &[PathBuf]) -> String {
    const NAMES_MAX: usize = 4;
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut names: Vec<String> = paths.iter().take(NAMES_MAX).map(name).collect();
    if paths.len() > NAMES_MAX {
        names.push(format!("and {} more", paths.len() - NAMES_MAX));
    }
    names.join(", ")
}
