//! How an edition is written: records in order beside those of the edition before, then made visible by a rename.
//!
//! Of a source whose files hold what changed, the records of the edition before are carried over, line by line; only
//! the new records are held in memory.
//!
//! **Invariant:** a record that was changed later is not overwritten by an older form of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use sha2::{Digest, Sha256};
use teiten_model::hex::hex;
use teiten_model::interval::Day;

use super::{Edition, Shelf, words};
use crate::error::{IntelError, Result};
use crate::record::Record;
use crate::sheet::{Sheet, Writer, key_of};
use crate::source::Source;

/// What is to become an edition.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) source: Source,
    pub(crate) name: String,
    pub(crate) date: Day,
    pub(crate) licence: String,
    pub(crate) files: String,
    pub(crate) records: BTreeMap<String, Record>,
    pub(crate) withdrawn: BTreeSet<String>,
    pub(crate) skipped: u64,
}

/// What became of each number, against the edition before.
#[derive(Default)]
struct Counts {
    added: u64,
    changed: u64,
    removed: u64,
}

impl Shelf {
    /// Writes an edition, and says whether it is new; the same content again changes nothing.
    pub(crate) fn put(&self, batch: &Batch) -> Result<(Edition, bool)> {
        let same = |edition: &Edition| edition.source == batch.source && edition.name == batch.name;
        let of_list: Vec<Edition> = self.editions()?.into_iter().filter(same).collect();
        let newest = of_list.last();
        if let Some(newest) =
            newest.filter(|newest| batch.source.is_incremental() && newest.date > batch.date)
        {
            return Err(IntelError::Older {
                source_word: batch.source.word(),
                name: batch.name.clone(),
                date: batch.date.to_string(),
                newest: newest.date.to_string(),
            });
        }
        let parent = self.dir.join(batch.source.word());
        let open = parent.join(format!(".{}-{}", batch.date, batch.name));
        let written = self.write(batch, newest, &open).and_then(|mut edition| {
            let there = |other: &&Edition| {
                other.digest == edition.digest
                    && (other.date == edition.date || batch.source.is_incremental())
            };
            let twin = match batch.source.is_incremental() {
                true => newest.filter(there),
                false => of_list.iter().find(there),
            };
            if let Some(twin) = twin {
                fs::remove_dir_all(&open).map_err(IntelError::io("remove", &open))?;
                return Ok((twin.clone(), false));
            }
            let today =
                of_list.iter().filter(|other| other.date == batch.date).map(|other| other.number).max();
            if today.is_some() && !batch.source.is_incremental() {
                return Err(IntelError::Taken {
                    source_word: batch.source.word(),
                    name: batch.name.clone(),
                    date: batch.date.to_string(),
                });
            }
            edition.number = today.unwrap_or(0) + 1;
            let path = open.join("edition.toml");
            let mut file = File::create(&path).map_err(IntelError::io("write", &path))?;
            file.write_all(edition.to_toml()?.as_bytes()).map_err(IntelError::io("write", &path))?;
            file.sync_all().map_err(IntelError::io("write", &path))?;
            sync(&open)?;
            let sealed = self.folder(&edition);
            fs::rename(&open, &sealed).map_err(IntelError::io("seal", &sealed))?;
            sync(&parent)?;
            Ok((edition, true))
        });
        if written.is_err() {
            // What matters is the first error; a leftover is not an edition and the next import removes it.
            drop(fs::remove_dir_all(&open));
        }
        written
    }

    fn write(&self, batch: &Batch, newest: Option<&Edition>, open: &Path) -> Result<Edition> {
        if open.try_exists().map_err(IntelError::io("look for", open))? {
            fs::remove_dir_all(open).map_err(IntelError::io("remove", open))?;
        }
        fs::create_dir_all(open).map_err(IntelError::io("make", open))?;
        let base = newest.map(|newest| self.records(newest)).transpose()?;
        let carried = base.as_ref().filter(|_| batch.source.is_incremental());
        let mut digest = Sha256::new();
        let mut records = Writer::create(open, "records")?;
        // Numbers whose line is not the one of the edition before: their words are made anew.
        let mut renewed: BTreeMap<&str, &Record> = BTreeMap::new();
        let mut counts = Counts::default();
        let mut new = batch.records.iter().peekable();
        let mut gone: BTreeSet<String> = BTreeSet::new();
        let mut line = |records: &mut Writer, key: &str, text: &str| -> Result<()> {
            digest.update(key.as_bytes());
            digest.update(b"\t");
            digest.update(text.as_bytes());
            digest.update(b"\n");
            records.line(key, text)
        };
        if let Some(base) = carried {
            base.each_from("", |key, old| {
                while let Some((id, record)) = new.next_if(|(id, _)| key_of(id).as_str() < key) {
                    line(&mut records, &key_of(id), &text_of(record))?;
                    renewed.insert(id, record);
                    counts.added += 1;
                }
                match new.next_if(|(id, _)| key_of(id) == *key) {
                    Some((id, record)) if is_newer(record, old) => {
                        let text = text_of(record);
                        counts.changed += u64::from(text != old);
                        line(&mut records, key, &text)?;
                        renewed.insert(id, record);
                        gone.insert(key.to_string());
                    }
                    _ if batch.withdrawn.contains(key) => {
                        gone.insert(key.to_string());
                        counts.removed += 1;
                    }
                    _ => line(&mut records, key, old)?,
                }
                Ok(true)
            })?;
        }
        for (id, record) in new {
            line(&mut records, &key_of(id), &text_of(record))?;
            renewed.insert(id, record);
            counts.added += 1;
        }
        if let Some(base) = base.as_ref().filter(|_| carried.is_none()) {
            counts = compared(base, batch)?;
        }
        let count = records.count;
        let records_bytes = records.finish()?;
        let old_words = match newest.filter(|_| carried.is_some()) {
            Some(newest) => Some(Sheet::open(&self.folder(newest), "words", newest.words_bytes)?),
            None => None,
        };
        let words_bytes = write_words(open, old_words.as_ref(), &gone, &renewed)?;
        Ok(Edition {
            source: batch.source,
            name: batch.name.clone(),
            date: batch.date,
            number: 1,
            licence: batch.licence.clone(),
            files: batch.files.clone(),
            records: count,
            added: counts.added,
            changed: counts.changed,
            removed: counts.removed,
            skipped: batch.skipped,
            digest: hex(&digest.finalize()[..8]),
            records_bytes,
            words_bytes,
        })
    }
}

fn text_of(record: &Record) -> String {
    serde_json::to_string(record).expect("a record has nothing that JSON cannot say")
}

/// Whether a record is not older than the form that is there.
fn is_newer(record: &Record, old: &str) -> bool {
    let old: Option<Record> = serde_json::from_str(old).ok();
    old.is_none_or(|old| record.modified >= old.modified)
}

/// What a whole edition changes against the one before.
fn compared(base: &Sheet, batch: &Batch) -> Result<Counts> {
    let mut counts = Counts { added: batch.records.len() as u64, ..Counts::default() };
    let by_key: BTreeMap<String, &Record> =
        batch.records.iter().map(|(id, record)| (key_of(id), record)).collect();
    base.each_from("", |key, old| {
        match by_key.get(key) {
            Some(record) => {
                counts.added -= 1;
                counts.changed += u64::from(text_of(record) != *old);
            }
            None => counts.removed += 1,
        }
        Ok(true)
    })?;
    Ok(counts)
}

/// Words of the edition before whose records stay as they are, and those of new ones, in one order.
fn write_words(
    open: &Path,
    old: Option<&Sheet>,
    gone: &BTreeSet<String>,
    renewed: &BTreeMap<&str, &Record>,
) -> Result<u64> {
    let mut new: Vec<(String, String)> = renewed
        .iter()
        .flat_map(|(id, record)| words::of(record).into_iter().map(|word| (word, key_of(id))))
        .collect();
    new.sort_unstable();
    let mut new = new.into_iter().peekable();
    let mut writer = Writer::create(open, "words")?;
    if let Some(old) = old {
        old.each_from("", |word, id| {
            while let Some((word, id)) = new.next_if(|(own, _)| own.as_str() < word) {
                writer.line(&word, &id)?;
            }
            if !gone.contains(id) {
                writer.line(word, id)?;
            }
            Ok(true)
        })?;
    }
    for (word, id) in new {
        writer.line(&word, &id)?;
    }
    writer.finish()
}

/// Makes the names in a folder last.
fn sync(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(IntelError::io("write", folder))
}
