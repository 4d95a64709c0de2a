//! One edition that is asked: its records by their numbers, and the numbers that a word leads to.
//!
//! A word may lead to more records than anybody looks at: then those with the newest numbers are kept, by year and number
//! and not by their text, in which CVE-2021-9999 would come after CVE-2021-44228.
//!
//! **Invariant:** files are opened when they are first asked.
//! **Invariant:** when a word leads to more than was asked for, the newest are given, and it is said.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::Edition;
use crate::error::{IntelError, Result};
use crate::knowledge::matches;
use crate::record::{Age, Record};
use crate::sheet::{Sheet, key_of};

/// Most lines of words that one look-up reads: all names of products of the largest vendors are fewer.
const LINES_READ_MAX: usize = 1_000_000;

/// An edition that is asked.
#[derive(Debug)]
pub(super) struct Volume {
    pub(super) folder: PathBuf,
    pub(super) edition: Edition,
    records: OnceCell<Sheet>,
    words: OnceCell<Sheet>,
}

/// Which words are looked up.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// That one.
    Word(String),
    /// All of a pattern in which a star stands for anything.
    Pattern(String),
}

impl Volume {
    pub(super) fn new(folder: PathBuf, edition: Edition) -> Volume {
        Volume { folder, edition, records: OnceCell::new(), words: OnceCell::new() }
    }

    /// The records, in the order of their numbers.
    pub(super) fn records(&self) -> Result<&Sheet> {
        if let Some(records) = self.records.get() {
            return Ok(records);
        }
        let records = self.sheet("records", self.edition.records_bytes)?;
        if records.len() != self.edition.records {
            let reason = "it has not the records that were written".to_string();
            return Err(IntelError::Damaged { path: self.folder.clone(), reason });
        }
        Ok(self.records.get_or_init(|| records))
    }

    /// A file that is gone is damage of its edition.
    fn sheet(&self, name: &str, bytes: u64) -> Result<Sheet> {
        match Sheet::open(&self.folder, name, bytes) {
            Err(IntelError::Io { source, path, .. }) if source.kind() == ErrorKind::NotFound => {
                let reason = format!("{} is gone", path.display());
                Err(IntelError::Damaged { path: self.folder.clone(), reason })
            }
            done => done,
        }
    }

    fn words(&self) -> Result<&Sheet> {
        if let Some(words) = self.words.get() {
            return Ok(words);
        }
        let words = self.sheet("words", self.edition.words_bytes)?;
        Ok(self.words.get_or_init(|| words))
    }

    /// The record of that number.
    pub(super) fn record(&self, id: &str) -> Result<Option<Record>> {
        let lines = self.records()?.find(&key_of(id), 1)?;
        lines.first().map(|line| self.parse(line)).transpose()
    }

    pub(super) fn parse(&self, line: &str) -> Result<Record> {
        serde_json::from_str(line).map_err(|error| IntelError::Damaged {
            path: self.folder.clone(),
            reason: format!("a record cannot be read: {error}"),
        })
    }

    /// The newest numbers that words lead to, at most so many, in the order of their text, and whether there are more.
    pub(super) fn ids(&self, wanted: &Wanted, limit: usize) -> Result<(Vec<String>, bool)> {
        let head = match wanted {
            Wanted::Word(word) => word,
            Wanted::Pattern(pattern) => pattern.split('*').next().unwrap_or_default(),
        };
        // Names of products are found by their beginning; the rest of a pattern is compared.
        let is_wanted = |word: &str| match wanted {
            Wanted::Word(_) => true,
            Wanted::Pattern(pattern) => matches(pattern, word),
        };
        let mut newest: BTreeSet<Age> = BTreeSet::new();
        let (mut read, mut is_cut) = (0, false);
        // Numbers of one word stand in the order in which they were imported: all of them are looked at.
        self.words()?.each_from(head, |word, id| {
            if !word.starts_with(head) || matches!(wanted, Wanted::Word(wanted) if word != wanted) {
                return Ok(false);
            }
            if read == LINES_READ_MAX {
                is_cut = true;
                return Ok(false);
            }
            read += 1;
            if !is_wanted(word) {
                return Ok(true);
            }
            let age = Age::of(id);
            if newest.len() < limit || newest.first().is_some_and(|oldest| *oldest < age) {
                newest.insert(age);
            } else {
                is_cut |= !newest.contains(&age);
            }
            if newest.len() > limit {
                newest.pop_first();
                is_cut = true;
            }
            Ok(true)
        })?;
        let mut ids: Vec<String> = newest.into_iter().map(Age::into_id).collect();
        ids.sort_unstable();
        Ok((ids, is_cut))
    }

    /// The records of the newest numbers that words lead to, and whether there are more.
    pub(super) fn by_word(&self, wanted: &Wanted, limit: usize) -> Result<(Vec<Record>, bool)> {
        let (ids, is_cut) = self.ids(wanted, limit)?;
        let records = ids.iter().filter_map(|id| self.record(id).transpose()).collect::<Result<_>>()?;
        Ok((records, is_cut))
    }
}
