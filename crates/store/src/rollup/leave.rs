//! Cells on their way out, as the rows of each rollup's table in the order of their keys.
//!
//! Two threads draw a rollup each; cells of one alone are gathered at a time, so that only these stand in memory beside the
//! tallies.

use std::sync::{Mutex, PoisonError};

use model::column::ColumnType;
use model::rollup::{ROLLUPS, Rollup};
use model::values::{BytesColumn, WordColumn};
use teiten_model as model;

use super::draw::{Cells, Sorted};
use super::key::{COUNTRY, GROUP, KeyPart, Layout, SENSOR, WORDS, part_of};
use super::source::Source;
use super::tally::Tally;
use crate::distinct::{self, Distinct};
use crate::record::Record;

/// What was counted between two times of writing out.
pub(super) struct Window {
    pub(super) sources: Vec<Source>,
    pub(super) kinds: Vec<u128>,
    pub(super) tallies: Vec<Tally>,
    pub(super) words: [WordColumn; WORDS.len()],
    pub(super) hours: Vec<i64>,
    pub(super) days: Vec<i64>,
}

/// The rollups that leave, each as its table's name and rows.
pub struct Leaving {
    rollups: std::slice::Iter<'static, Rollup>,
    sorted: Sorted,
    words: [WordColumn; WORDS.len()],
    /// In their order.
    hours: Vec<i64>,
    days: Vec<i64>,
    /// Held by whoever gathers cells, which takes as much memory as the tallies: one at a time does.
    gathering: Mutex<()>,
}

impl Leaving {
    pub(super) fn new(mut window: Window) -> Leaving {
        let sorted = Sorted::new(&mut window);
        let Window { words, mut hours, mut days, .. } = window;
        hours.sort_unstable();
        days.sort_unstable();
        Leaving { rollups: ROLLUPS.iter(), sorted, words, hours, days, gathering: Mutex::new(()) }
    }
}

impl Iterator for Leaving {
    type Item = (&'static str, Record);

    fn next(&mut self) -> Option<(&'static str, Record)> {
        let rollup = self.rollups.next()?;
        Some((rollup.name, self.draw(rollup)))
    }
}

impl Leaving {
    /// The rows of one rollup.
    pub(crate) fn draw(&self, rollup: &Rollup) -> Record {
        let layout = Layout::of(rollup);
        if layout.parts.contains(&KeyPart::Source) {
            self.sources(rollup)
        } else {
            // Who panicked here left nothing behind.
            let gathering = self.gathering.lock().unwrap_or_else(PoisonError::into_inner);
            let cells = self.sorted.cells(rollup, &layout);
            drop(gathering);
            self.record(rollup, &layout, &cells)
        }
    }
}

/// A hash of a sensor's name: codes differ from run to run, names do not.
fn word_hash(word: &str) -> u64 {
    word.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// A column of sketches; each set is given as its members' hashes, in any order.
struct Sketches {
    column: BytesColumn,
    hashes: Vec<u64>,
    first: Vec<u64>,
    bytes: Vec<u8>,
}

impl Sketches {
    fn new(rows: usize) -> Sketches {
        let mut column = BytesColumn::default();
        // Most sets have one member.
        column.reserve(rows, 9 * rows);
        Sketches { column, hashes: Vec::new(), first: Vec::new(), bytes: Vec::new() }
    }

    fn push(&mut self, members: impl Iterator<Item = u64>) {
        self.hashes.clear();
        self.hashes.extend(members);
        self.bytes.clear();
        if self.are_many() {
            Distinct::write_many(&self.hashes, &mut self.bytes);
        } else {
            self.hashes.sort_unstable();
            self.hashes.dedup();
            Distinct::write_ascending(&self.hashes, &mut self.bytes);
        }
        self.column.push(&self.bytes);
    }

    /// Whether the first members alone are more than a set holds exactly: then none needs to be put in order.
    fn are_many(&mut self) -> bool {
        const FIRST: usize = 2 * distinct::EXACT_MAX;
        if self.hashes.len() < 2 * FIRST {
            return false;
        }
        self.first.clear();
        self.first.extend_from_slice(&self.hashes[..FIRST]);
        self.first.sort_unstable();
        self.first.dedup();
        self.first.len() > distinct::EXACT_MAX
    }
}

impl Leaving {
    fn record(&self, rollup: &Rollup, layout: &Layout, cells: &Cells) -> Record {
        let times = match rollup.grain {
            model::rollup::Grain::Hour => &self.hours,
            model::rollup::Grain::Day => &self.days,
        };
        let rows = &cells.cells;
        let mut record = Record::new(rollup.name);
        record.times("at", rows.iter().map(|cell| times[layout.time(cell.key) as usize]));
        for (part, column) in rollup.keys.iter().enumerate() {
            let values = rows.iter().map(|cell| layout.value(cell.key, part));
            match (layout.parts[part], column.kind) {
                (KeyPart::Word(word), _) => {
                    record.coded(column.name, values.map(|code| code as u16), self.words[word].words());
                }
                (_, ColumnType::Int16) => record.int16(column.name, values.map(|value| value as i16)),
                (_, ColumnType::Int32) => record.int32(column.name, values.map(|value| value as i32)),
                _ => record.int64(column.name, values),
            }
        }
        record.int64("packets", rows.iter().map(|cell| cell.packets));
        record.int64("bytes", rows.iter().map(|cell| cell.bytes));
        let mut sketches = Sketches::new(rows.len());
        for cell in rows {
            sketches
                .push(cells.members(cell).iter().filter_map(|source| self.sorted.hashes[*source as usize]));
        }
        record.bytes("sources", sketches.column);
        record
    }

    fn sources(&self, rollup: &Rollup) -> Record {
        let Sorted { sources, days, .. } = &self.sorted;
        let rows = || sources.iter();
        let mut record = Record::new(rollup.name);
        record.times("at", rows().map(|source| self.days[days[source.key.day as usize] as usize]));
        for column in rollup.keys {
            let name = column.name;
            match part_of(name) {
                KeyPart::Word(GROUP) => {
                    record.coded(name, rows().map(|source| source.key.group), self.words[GROUP].words());
                }
                KeyPart::Word(word) => {
                    debug_assert_eq!(word, COUNTRY);
                    record.coded(name, rows().map(|source| source.key.country), self.words[word].words());
                }
                KeyPart::Source6 => record.bytes(name, addresses(rows().map(|source| source.key.src6()))),
                KeyPart::Asn => record.int64(name, rows().map(|source| source.key.asn())),
                _ => record.int64(name, rows().map(|source| source.key.src())),
            }
        }
        record.int64("packets", rows().map(|source| source.packets));
        record.int64("bytes", rows().map(|source| source.bytes));
        record.times("first", rows().map(|source| source.first));
        record.times("last", rows().map(|source| source.last));
        let sensors: Vec<u64> = self.words[SENSOR].words().iter().map(|word| word_hash(word)).collect();
        let sensors: Vec<u64> =
            self.sorted.kinds.iter().map(|kind| sensors[usize::from(kind.sensor())]).collect();
        record.bytes("sensors", self.sets(&sensors));
        let ports = self.sorted.kinds.iter();
        let ports =
            ports.map(|kind| distinct::hash((i64::from(kind.proto()) << 32 ^ i64::from(kind.port())) as u64));
        record.bytes("ports", self.sets(&ports.collect::<Vec<u64>>()));
        record
    }

    /// What the kinds of each source have, as sets of hashes; the hashes are those of the kinds.
    fn sets(&self, hashes: &[u64]) -> BytesColumn {
        let Sorted { daily, sources, .. } = &self.sorted;
        let mut sketches = Sketches::new(sources.len());
        // Each source has a tally, and they come in the order of the sources.
        for of_source in daily.chunk_by(|a, b| a.source() == b.source()) {
            sketches.push(of_source.iter().map(|tally| hashes[tally.kind() as usize]));
        }
        assert_eq!(sketches.column.len(), sources.len(), "a set for each source");
        sketches.column
    }
}

fn addresses(addresses: impl Iterator<Item = u128>) -> BytesColumn {
    let mut bytes = BytesColumn::default();
    for address in addresses {
        match address {
            0 => bytes.push(&[]),
            _ => bytes.push(&address.to_be_bytes()),
        }
    }
    bytes
}
