//! An edition: one table of one kind, as it was on one date.
//!
//! **Invariant:** the digest is that of the normalised table, so that the same content has the same
//! digest whatever file it came from.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use teiten_model::hex::hex;
use teiten_model::interval::Day;

use crate::error::{RefdataError, Result};

/// What a table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The country of an address.
    Country,
    /// The AS that originates an address.
    As,
    /// Organisations that scan openly, and from where.
    Scanner,
    /// Names of services by port.
    Services,
    /// Reverse names of addresses.
    Names,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 5] = [Kind::Country, Kind::As, Kind::Scanner, Kind::Services, Kind::Names];

    /// The word for the kind: the name of its folder and the value of an option.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Country => "country",
            Kind::As => "as",
            Kind::Scanner => "scanner",
            Kind::Services => "services",
            Kind::Names => "names",
        }
    }

    /// Whether editions of one date stand side by side, each a list of its own.
    pub fn is_list(self) -> bool {
        matches!(self, Kind::Scanner | Kind::Names)
    }

    /// The kind of that word.
    pub fn of(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// An imported table and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// What the table says.
    pub kind: Kind,
    /// Its name: lower case, digits, dots, hyphens, underscores.
    pub name: String,
    /// The day it was made, by itself or by whoever imported it.
    pub date: Day,
    /// The licence as the file or the importer names it; `not stated` when neither does.
    pub licence: String,
    /// The names of the files it was read from.
    pub source: String,
    /// Records in those files.
    pub records: u64,
    /// Records that could not be used and were passed over.
    pub skipped: u64,
    /// Rows of the normalised table.
    pub rows: u64,
    /// First 16 hexadecimal digits of the SHA-256 of the normalised table.
    pub digest: String,
}

/// The edition as it stands in its `edition.toml`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    kind: Kind,
    name: String,
    date: String,
    licence: String,
    source: String,
    records: u64,
    skipped: u64,
    rows: u64,
    digest: String,
}

impl Edition {
    /// The name of its folder.
    pub(crate) fn folder(&self) -> String {
        format!("{}-{}", self.date, self.name)
    }

    /// The text of its `edition.toml`.
    pub(crate) fn to_toml(&self) -> Result<String> {
        let stored = Stored {
            kind: self.kind,
            name: self.name.clone(),
            date: self.date.to_string(),
            licence: self.licence.clone(),
            source: self.source.clone(),
            records: self.records,
            skipped: self.skipped,
            rows: self.rows,
            digest: self.digest.clone(),
        };
        toml::to_string(&stored)
            .map_err(|error| RefdataError::Damaged { path: self.folder().into(), reason: error.to_string() })
    }

    /// Reads an `edition.toml`.
    pub(crate) fn parse(text: &str, path: &Path) -> Result<Edition> {
        let damaged = |reason: String| RefdataError::Damaged { path: path.into(), reason };
        let stored: Stored = toml::from_str(text).map_err(|error| damaged(error.message().to_string()))?;
        let date = parse_day(&stored.date).ok_or_else(|| damaged(format!("`{}` is no date", stored.date)))?;
        let digits = stored.rows.checked_add(stored.records).is_some_and(|sum| i64::try_from(sum).is_ok());
        if !digits || !is_name(&stored.name) {
            return Err(damaged("its name or its counts cannot be".to_string()));
        }
        Ok(Edition {
            kind: stored.kind,
            name: stored.name,
            date,
            licence: stored.licence,
            source: stored.source,
            records: stored.records,
            skipped: stored.skipped,
            rows: stored.rows,
            digest: stored.digest,
        })
    }
}

/// Whether the text can name an edition.
pub(crate) fn is_name(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_');
    (1..=60).contains(&text.len())
        && text.bytes().all(plain)
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
}

/// The digest of a normalised table: the first 16 hexadecimal digits of its SHA-256.
pub(crate) fn digest_of(table: &[u8]) -> String {
    hex(&Sha256::digest(table)[..8])
}

/// The UTC day written as YYYY-MM-DD; `None` for anything else, and for days the calendar has not.
pub fn parse_day(text: &str) -> Option<Day> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    day_of(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// The UTC day of that year, month and day; `None` when the calendar has no such day.
pub(crate) fn day_of(year: i32, month: u32, day: u32) -> Option<Day> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (year_shifted, month_shifted) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year_shifted.div_euclid(400);
    let year_of_era = year_shifted.rem_euclid(400);
    let day_of_year = (153 * month_shifted as i32 + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let found = Day(era * 146_097 + day_of_era - 719_468);
    (found.civil() == (year, month, day)).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reads_as_it_is_written() {
        for number in (-700_000..2_900_000).step_by(997) {
            let day = Day(number);
            assert_eq!(parse_day(&day.to_string()), Some(day));
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in
            ["", "2026", "2026-02-29", "2026-13-01", "2026-1-1", "2026-06-31", "26-06-25", "2026-06-25T00"]
        {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }

    #[test]
    fn names_stay_inside_their_folder() {
        assert!(is_name("geo-whois_4.csv"));
        for text in ["", ".", "..", "../x", "a/b", "A", "é", "-x", &"a".repeat(61)] {
            assert!(!is_name(text), "{text}");
        }
    }
}
