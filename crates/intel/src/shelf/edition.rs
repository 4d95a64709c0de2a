//! An edition: what a source said on one date, and what is recorded about it.
//!
//! **Invariant:** its folder is named after date, number and name, and lies where its source says.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};
use teiten_model::interval::Day;
use teiten_refdata::edition::parse_day;

use crate::error::{IntelError, Result};
use crate::source::Source;

/// An imported edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// Whose it is.
    pub source: Source,
    /// Which of its source's lists.
    pub name: String,
    /// The day it was made, by itself or by whoever imported it.
    pub date: Day,
    /// Which import of that day, counted from 1.
    pub number: u32,
    /// The licence as the file, its source or the importer names it.
    pub licence: String,
    /// Names of the files it was read from.
    pub files: String,
    /// Records it holds.
    pub records: u64,
    /// Records in the files that are not in the edition before it.
    pub added: u64,
    /// Records in the files that are there in another form.
    pub changed: u64,
    /// Records that are no longer there.
    pub removed: u64,
    /// Records of the files that could not be used and were passed over.
    pub skipped: u64,
    /// First 16 hexadecimal digits of the SHA-256 of its records.
    pub digest: String,
    pub(crate) records_bytes: u64,
    pub(crate) words_bytes: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    source: Source,
    name: String,
    date: String,
    number: u32,
    licence: String,
    files: String,
    records: u64,
    added: u64,
    changed: u64,
    removed: u64,
    skipped: u64,
    digest: String,
    records_bytes: u64,
    words_bytes: u64,
}

impl fmt::Display for Edition {
    /// As answers and reports name it, such as `kev=2025-08-25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name == self.source.word() {
            true => write!(f, "{}={}", self.source, self.date),
            false => write!(f, "{}/{}={}", self.source, self.name, self.date),
        }
    }
}

impl Edition {
    pub(super) fn folder(&self) -> String {
        format!("{}.{}-{}", self.date, self.number, self.name)
    }

    pub(super) fn to_toml(&self) -> Result<String> {
        let stored = Stored {
            source: self.source,
            name: self.name.clone(),
            date: self.date.to_string(),
            number: self.number,
            licence: self.licence.clone(),
            files: self.files.clone(),
            records: self.records,
            added: self.added,
            changed: self.changed,
            removed: self.removed,
            skipped: self.skipped,
            digest: self.digest.clone(),
            records_bytes: self.records_bytes,
            words_bytes: self.words_bytes,
        };
        toml::to_string(&stored)
            .map_err(|error| IntelError::Damaged { path: self.folder().into(), reason: error.to_string() })
    }

    pub(super) fn read(folder: &Path, source: Source) -> Result<Edition> {
        let path = folder.join("edition.toml");
        let damaged = |reason: String| IntelError::Damaged { path: path.clone(), reason };
        let text = match fs::read_to_string(&path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => {
                return Err(damaged(error.to_string()));
            }
            read => read.map_err(IntelError::io("read", &path))?,
        };
        let stored: Stored = toml::from_str(&text).map_err(|error| damaged(error.message().to_string()))?;
        let date = parse_day(&stored.date).ok_or_else(|| damaged(format!("`{}` is no date", stored.date)))?;
        let edition = Edition {
            source: stored.source,
            name: stored.name,
            date,
            number: stored.number,
            licence: stored.licence,
            files: stored.files,
            records: stored.records,
            added: stored.added,
            changed: stored.changed,
            removed: stored.removed,
            skipped: stored.skipped,
            digest: stored.digest,
            records_bytes: stored.records_bytes,
            words_bytes: stored.words_bytes,
        };
        let named = folder.file_name().is_some_and(|name| name.to_string_lossy() == edition.folder());
        match edition.source == source && named {
            true => Ok(edition),
            false => Err(damaged("it does not lie where its source, date and name say".to_string())),
        }
    }
}
