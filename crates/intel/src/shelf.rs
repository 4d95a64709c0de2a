//! A folder of dated editions of catalogues, and look-ups over the newest of each.
//!
//! `<folder>/<source>/<date>.<number>-<name>/` holds `edition.toml`, the records by their numbers, and words that lead to them:
//! names, products, ports, vulnerabilities. A folder whose name begins with a dot is an import that was cut short.
//!
//! **Invariant:** an edition becomes visible whole and never changes after.
//! **Invariant:** look-ups read a few lines of a file, whatever its size.
//! **Invariant:** a damaged edition keeps no other from answering, and is named.

mod edition;
mod volume;
mod words;
mod write;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use teiten_model::address::Prefix;

pub use self::edition::Edition;
use self::volume::{Volume, Wanted};
pub(crate) use self::write::Batch;
use crate::error::{IntelError, Result};
use crate::record::{Age, Kind, Record, cve_id};
use crate::sheet::Sheet;
use crate::source::Source;

/// Most editions in one folder.
pub const EDITIONS_MAX: usize = 10_000;
/// Most damages that are named.
pub const DAMAGES_MAX: usize = 16;
/// Most records of one edition that one word leads to: the newest.
pub const FOUND_MAX: usize = 500;

/// A folder of editions.
#[derive(Debug, Clone)]
pub struct Shelf {
    dir: PathBuf,
}

impl Shelf {
    /// The shelf in a folder; a folder that is not there is an empty shelf.
    pub fn open(dir: impl Into<PathBuf>) -> Shelf {
        Shelf { dir: dir.into() }
    }

    /// All editions, by source, name, date and number.
    pub fn editions(&self) -> Result<Vec<Edition>> {
        self.editions_but(Err)
    }

    /// All editions but those that are damaged, which are told to whoever asks.
    fn editions_but(&self, mut damaged: impl FnMut(IntelError) -> Result<()>) -> Result<Vec<Edition>> {
        let mut editions = Vec::new();
        for source in Source::ALL {
            for folder in folders(&self.dir.join(source.word()))? {
                match Edition::read(&folder, source) {
                    Ok(edition) => editions.push(edition),
                    Err(error) => damaged(error)?,
                }
                if editions.len() > EDITIONS_MAX {
                    let path = self.dir.clone();
                    return Err(IntelError::TooLarge { path, limit: EDITIONS_MAX as u64, unit: "editions" });
                }
            }
        }
        editions.sort_by(|a, b| {
            (a.source, &a.name, a.date, a.number).cmp(&(b.source, &b.name, b.date, b.number))
        });
        Ok(editions)
    }

    /// Where an edition lies.
    pub(crate) fn folder(&self, edition: &Edition) -> PathBuf {
        self.dir.join(edition.source.word()).join(edition.folder())
    }

    /// The records of an edition.
    pub(crate) fn records(&self, edition: &Edition) -> Result<Sheet> {
        Sheet::open(&self.folder(edition), "records", edition.records_bytes)
    }

    /// The newest edition of each source and name that is not damaged, ready to be asked.
    pub fn catalogue(&self) -> Result<Catalogue> {
        let mut newest: BTreeMap<(Source, String), Edition> = BTreeMap::new();
        let damages = Damages::default();
        for edition in self.editions_but(|error| damages.take(Err(error)))? {
            newest.insert((edition.source, edition.name.clone()), edition);
        }
        // Which source is asked first is a matter of trust, not of the alphabet.
        let mut volumes: Vec<Volume> =
            newest.into_values().map(|edition| Volume::new(self.folder(&edition), edition)).collect();
        let rank = |source: Source| Source::ALL.iter().position(|own| *own == source);
        volumes.sort_by_key(|volume| rank(volume.edition.source));
        Ok(Catalogue { volumes, damages })
    }
}

/// The folders of a source's editions, in the order of their names.
fn folders(dir: &Path) -> Result<Vec<PathBuf>> {
    if !dir.try_exists().map_err(IntelError::io("look for", dir))? {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(IntelError::io("list", dir))? {
        let entry = entry.map_err(IntelError::io("list", dir))?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// A record and the edition that tells it.
#[derive(Debug, Clone)]
pub struct Told {
    /// The record; of a vulnerability, what all sources say together.
    pub record: Record,
    /// Editions that tell it, as a report names them.
    pub told_by: Vec<String>,
}

/// What a look-up found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// By edition, and of each edition in the order of their numbers.
    pub told: Vec<Told>,
    /// Whether there are more, older ones that were left out.
    pub is_cut: bool,
}

impl Found {
    /// Adds what another look-up found.
    pub fn extend(&mut self, other: Found) {
        self.told.extend(other.told);
        self.is_cut |= other.is_cut;
    }
}

/// The newest editions, opened as they are asked.
#[derive(Debug)]
pub struct Catalogue {
    volumes: Vec<Volume>,
    damages: Damages,
}

/// What was found damaged when it was asked.
#[derive(Debug, Default)]
struct Damages(RefCell<BTreeSet<String>>);

impl Damages {
    /// Notes damage; what else is wrong goes on.
    fn take(&self, asked: Result<()>) -> Result<()> {
        match asked {
            Err(error @ IntelError::Damaged { .. }) => {
                let mut all = self.0.borrow_mut();
                if all.len() < DAMAGES_MAX {
                    all.insert(error.to_string());
                }
                Ok(())
            }
            other => other,
        }
    }
}

impl Catalogue {
    /// Whether there is no edition at all.
    pub fn is_empty(&self) -> bool {
        self.volumes.is_empty()
    }

    /// What was damaged of what was asked until now, at most [`DAMAGES_MAX`] of it: the rest answered without it.
    pub fn damages(&self) -> Vec<String> {
        self.damages.0.borrow().iter().cloned().collect()
    }

    /// Asks each edition of some sources; what is damaged is noted, and the next is asked.
    fn each(&self, of: impl Fn(Source) -> bool, mut ask: impl FnMut(&Volume) -> Result<()>) -> Result<()> {
        let mut volumes = self.volumes.iter().filter(|volume| of(volume.edition.source));
        volumes.try_for_each(|volume| self.damages.take(ask(volume)))
    }

    /// The editions that answer.
    pub fn editions(&self) -> impl Iterator<Item = &Edition> {
        self.volumes.iter().map(|volume| &volume.edition)
    }

    /// What all sources say of a vulnerability; `None` when none knows it.
    pub fn vulnerability(&self, id: &str) -> Result<Option<Told>> {
        let Some(id) = cve_id(id) else { return Ok(None) };
        let mut told: Option<Told> = None;
        let mut take = |record: Record, edition: &Edition| {
            let word = edition.to_string();
            match &mut told {
                Some(told) => {
                    told.record.join(record);
                    told.told_by.push(word);
                }
                None => told = Some(Told { record, told_by: vec![word] }),
            }
        };
        // Lists are of addresses and names.
        let of = |source: Source| source != Source::Lists;
        self.each(of, |volume| {
            let source = volume.edition.source;
            if let Some(record) = volume.record(&id)? {
                take(record, &volume.edition);
            }
            // These two speak of vulnerabilities under numbers of their own.
            if !matches!(source, Source::Jvn | Source::Rules) {
                return Ok(());
            }
            for record in volume.by_word(&Wanted::Word(words::of_cve(&id)), FOUND_MAX)?.0 {
                let own = match source {
                    Source::Jvn => {
                        let names = vec![record.id.clone()];
                        Record { id: id.clone(), names, cves: Vec::new(), ..record }
                    }
                    // A rule against it says of what day it is, and on which port it looks.
                    _ => Record {
                        id: id.clone(),
                        ports: record.ports,
                        exploit: record.published,
                        ..Record::default()
                    },
                };
                take(own, &volume.edition);
            }
            Ok(())
        })?;
        if let Some(told) = &mut told {
            told.told_by.dedup();
        }
        Ok(told)
    }

    /// Everything under a number or name, in either case: families, tools, rules, entries of JVN.
    pub fn named(&self, name: &str) -> Result<Found> {
        self.each_by_word(&Wanted::Word(words::of_name(name)))
    }

    /// What names a product, as `vendor:product`; a star stands for anything.
    pub fn of_product(&self, pattern: &str) -> Result<Found> {
        self.each_by_word(&wanted_product(pattern))
    }

    /// Adds the vulnerabilities of a product, the newest of each edition up to a limit, and says whether there are more.
    pub(crate) fn cves_of_product(
        &self,
        pattern: &str,
        limit: usize,
        cves: &mut BTreeSet<Age>,
    ) -> Result<bool> {
        let wanted = wanted_product(pattern);
        let mut is_any_cut = false;
        let all = |_: Source| true;
        self.each(all, |volume| {
            let (ids, is_cut) = volume.ids(&wanted, limit)?;
            is_any_cut |= is_cut;
            for id in ids {
                let own = cve_id(&id);
                cves.extend(own.as_deref().map(Age::of));
                // The number says it all, unless the record may name others beside it.
                if own.is_some() && !volume.edition.source.names_others() {
                    continue;
                }
                let record = volume.record(&id)?.filter(|record| record.kind == Kind::Vulnerability);
                cves.extend(record.iter().flat_map(|record| &record.cves).map(|id| Age::of(id)));
            }
            Ok(())
        })?;
        Ok(is_any_cut)
    }

    /// What names a product, whoever's it is.
    pub fn of_product_alone(&self, product: &str) -> Result<Found> {
        self.each_by_word(&Wanted::Word(words::of_product_alone(product)))
    }

    /// What names a port by itself: rules, indicators, own entries.
    pub fn of_port(&self, proto: u8, port: u16) -> Result<Found> {
        self.each_by_word(&Wanted::Word(words::of_port(proto, port)))
    }

    /// What names a vulnerability: rules, families.
    pub fn naming(&self, cve: &str) -> Result<Found> {
        self.each_by_word(&Wanted::Word(words::of_cve(cve)))
    }

    /// Names of lists that name an address, with the range they name.
    pub fn lists_of(&self, address: IpAddr) -> Result<Vec<(String, String)>> {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let mut found = Vec::new();
        let of = |source: Source| source == Source::Lists;
        self.each(of, |volume| {
            for length in (0..=bits).rev() {
                let Some(prefix) = Prefix::new(first_of(address, length), length) else { continue };
                if let Some(record) = volume.record(&prefix.to_string())? {
                    found.push((record.title, record.id));
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Every record of a source with the edition that tells it, by edition and in the order of their numbers, until `each`
    /// has enough.
    pub fn each_of(&self, source: Source, mut each: impl FnMut(Record, &Edition) -> bool) -> Result<()> {
        let mut is_enough = false;
        let of = |own: Source| own == source;
        self.each(of, |volume| match is_enough {
            true => Ok(()),
            false => volume.records()?.each_from("", |_, line| {
                is_enough = !each(volume.parse(line)?, &volume.edition);
                Ok(!is_enough)
            }),
        })
    }

    fn each_by_word(&self, wanted: &Wanted) -> Result<Found> {
        let mut found = Found::default();
        let all = |_: Source| true;
        self.each(all, |volume| {
            let (records, is_cut) = volume.by_word(wanted, FOUND_MAX)?;
            found.told.extend(records.into_iter().map(|record| told(record, &volume.edition)));
            found.is_cut |= is_cut;
            Ok(())
        })?;
        Ok(found)
    }
}

fn wanted_product(pattern: &str) -> Wanted {
    let word = words::of_product(pattern);
    if word.contains('*') { Wanted::Pattern(word) } else { Wanted::Word(word) }
}

/// The first address of the range of that length that holds an address.
fn first_of(address: IpAddr, length: u8) -> IpAddr {
    let length = u32::from(length);
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    }
}

fn told(record: Record, edition: &Edition) -> Told {
    Told { record, told_by: vec![edition.to_string()] }
}

#[cfg(test)]
mod tests;
