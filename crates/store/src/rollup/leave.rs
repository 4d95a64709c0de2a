//! Cells on their way out: unpacked, in order, as the rows of each rollup's table.
//!
//! One rollup at a time, so that only one stands in memory twice.

use model::column::ColumnType;
use model::rollup::{Rollup, SENSOR_PORTS_MAX};
use model::values::{BytesColumn, WordColumn};
use teiten_model as model;

use super::cells::{Cell, Members};
use super::{
    ASN_BITS, Key, KeyPart, PORT_BITS, PORT_REST, PROTO_BITS, SourceCell, TIME_BITS, WORD_BITS, WORDS,
    part_of,
};
use crate::distinct::Distinct;
use crate::record::Record;

pub(super) struct Taken {
    pub(super) rollup: &'static Rollup,
    pub(super) parts: Vec<KeyPart>,
    pub(super) places: Vec<(u128, u32)>,
    pub(super) cells: Vec<Cell>,
}

pub(super) struct TakenSources {
    pub(super) rollup: &'static Rollup,
    pub(super) places: Vec<((u128, u128), u32)>,
    pub(super) cells: Vec<SourceCell>,
}

/// The rollups that leave, each as its table's name and rows.
pub struct Leaving {
    rollups: std::vec::IntoIter<Taken>,
    sources: Option<TakenSources>,
    words: [WordColumn; WORDS.len()],
    times: Vec<i64>,
}

impl Leaving {
    pub(super) fn new(
        rollups: Vec<Taken>,
        sources: TakenSources,
        words: [WordColumn; WORDS.len()],
        times: Vec<i64>,
    ) -> Leaving {
        Leaving { rollups: rollups.into_iter(), sources: Some(sources), words, times }
    }
}

impl Iterator for Leaving {
    type Item = (&'static str, Record);

    fn next(&mut self) -> Option<(&'static str, Record)> {
        if let Some(taken) = self.rollups.next() {
            return Some((taken.rollup.name, taken.record(&self.words, &self.times)));
        }
        let sources = self.sources.take()?;
        Some((sources.rollup.name, sources.record(&self.words, &self.times)))
    }
}

/// Takes the last bits off a packed key.
fn last_bits(key: &mut u128, bits: u32) -> i64 {
    let value = *key & ((1 << bits) - 1);
    *key >>= bits;
    value as i64
}

fn unpack(mut packed: u128, parts: &[KeyPart], times: &[i64]) -> Key {
    let mut key: Key = [0; 8];
    for (part, value) in parts.iter().zip(&mut key[1..]).rev() {
        *value = match part {
            KeyPart::Proto => last_bits(&mut packed, PROTO_BITS) - 1,
            KeyPart::Port | KeyPart::SourcePort => last_bits(&mut packed, PORT_BITS) + i64::from(PORT_REST),
            _ => last_bits(&mut packed, WORD_BITS),
        };
    }
    key[0] = times[last_bits(&mut packed, TIME_BITS) as usize];
    key
}

impl Taken {
    fn record(self, words: &[WordColumn; WORDS.len()], times: &[i64]) -> Record {
        let Taken { rollup, parts, places, mut cells } = self;
        let mut rows: Vec<(Key, Cell)> = places
            .into_iter()
            .map(|(key, place)| (unpack(key, &parts, times), std::mem::take(&mut cells[place as usize])))
            .collect();
        drop(cells);
        if rollup.name == "sensor_ports_daily" {
            rows = gather_rest(rows, &parts);
        }
        rows.sort_unstable_by_key(|(key, _)| *key);
        let mut record = Record::new(rollup.name);
        record.times("at", rows.iter().map(|(key, _)| key[0]));
        for (place, column) in rollup.keys.iter().enumerate() {
            let values = rows.iter().map(|(key, _)| key[place + 1]);
            match (parts[place], column.kind) {
                (KeyPart::Word(word), _) => {
                    record.words(column.name, values.map(|code| words[word].words()[code as usize].as_str()));
                }
                (_, ColumnType::Int16) => record.int16(column.name, values.map(|value| value as i16)),
                (_, ColumnType::Int32) => record.int32(column.name, values.map(|value| value as i32)),
                _ => record.int64(column.name, values),
            }
        }
        record.int64("packets", rows.iter().map(|(_, cell)| cell.packets));
        record.int64("bytes", rows.iter().map(|(_, cell)| cell.bytes));
        sketches(&mut record, "sources", rows.into_iter().map(|(_, cell)| cell.sources));
        record
    }
}

fn sketches(record: &mut Record, name: &'static str, sets: impl Iterator<Item = Members>) {
    let mut column = BytesColumn::default();
    for (row, set) in sets.enumerate() {
        column.set(row, &set.into_distinct().write());
    }
    record.bytes(name, column);
}

/// A source's key in the order in which its rows leave.
type SourceKey = (i64, u16, i64, u128, u16, i64);

impl TakenSources {
    fn record(mut self, words: &[WordColumn; WORDS.len()], times: &[i64]) -> Record {
        let mut rows: Vec<(SourceKey, u32)> = self
            .places
            .iter()
            .map(|((address, rest), place)| {
                let mut rest = *rest;
                let asn = last_bits(&mut rest, ASN_BITS) - 1;
                let country = last_bits(&mut rest, WORD_BITS) as u16;
                let family = last_bits(&mut rest, 2);
                let group = last_bits(&mut rest, WORD_BITS) as u16;
                let (src, src6) = match family {
                    1 => (*address as i64, 0),
                    2 => (-1, *address),
                    _ => (-1, 0),
                };
                ((times[last_bits(&mut rest, TIME_BITS) as usize], group, src, src6, country, asn), *place)
            })
            .collect();
        self.places = Vec::new();
        rows.sort_unstable();
        let mut record = Record::new(self.rollup.name);
        record.times("at", rows.iter().map(|(key, _)| key.0));
        for column in self.rollup.keys {
            let keys = rows.iter().map(|(key, _)| key);
            match (part_of(column.name), column.name) {
                (KeyPart::Word(super::GROUP), name) => {
                    let words = words[super::GROUP].words();
                    record.words(name, keys.map(|key| words[usize::from(key.1)].as_str()));
                }
                (KeyPart::Word(word), name) => {
                    let words = words[word].words();
                    record.words(name, keys.map(|key| words[usize::from(key.4)].as_str()));
                }
                (KeyPart::Source6, name) => record.bytes(name, addresses(keys.map(|key| key.3), rows.len())),
                (KeyPart::Asn, name) => record.int64(name, keys.map(|key| key.5)),
                (_, name) => record.int64(name, keys.map(|key| key.2)),
            }
        }
        let cells = &mut self.cells;
        record.int64("packets", rows.iter().map(|(_, place)| cells[*place as usize].packets));
        record.int64("bytes", rows.iter().map(|(_, place)| cells[*place as usize].bytes));
        record.times("first", rows.iter().map(|(_, place)| cells[*place as usize].first));
        record.times("last", rows.iter().map(|(_, place)| cells[*place as usize].last));
        let sensors = rows.iter().map(|(_, place)| std::mem::take(&mut cells[*place as usize].sensors));
        sketches(&mut record, "sensors", sensors);
        let ports = rows.iter().map(|(_, place)| std::mem::take(&mut cells[*place as usize].ports));
        sketches(&mut record, "ports", ports);
        record
    }
}

fn addresses(addresses: impl Iterator<Item = u128>, rows: usize) -> BytesColumn {
    let mut bytes = BytesColumn::default();
    for (row, address) in addresses.enumerate() {
        if address != 0 {
            bytes.set(row, &address.to_be_bytes());
        }
    }
    bytes.finish(rows);
    bytes
}

/// Keeps the busiest ports of each day and sensor; the others become one cell.
fn gather_rest(mut cells: Vec<(Key, Cell)>, parts: &[KeyPart]) -> Vec<(Key, Cell)> {
    let proto =
        1 + parts.iter().position(|part| *part == KeyPart::Proto).expect("the rollup is keyed by protocol");
    let port = proto + 1;
    let sensor_of = |key: &Key| (key[0], key[1], key[2]);
    cells.sort_unstable_by_key(|(key, cell)| (sensor_of(key), std::cmp::Reverse(cell.packets), *key));
    let mut kept: Vec<(Key, Cell)> = Vec::new();
    let (mut of, mut n_of) = (None, 0);
    for (mut key, cell) in cells {
        if of != Some(sensor_of(&key)) {
            (of, n_of) = (Some(sensor_of(&key)), 0);
        }
        n_of += 1;
        if n_of <= SENSOR_PORTS_MAX {
            kept.push((key, cell));
            continue;
        }
        key[proto] = -1;
        key[port] = i64::from(PORT_REST);
        match kept.last_mut().filter(|(last, _)| *last == key) {
            Some((_, rest)) => {
                rest.packets += cell.packets;
                rest.bytes += cell.bytes;
                let mut sources: Distinct = std::mem::take(&mut rest.sources).into_distinct();
                sources.merge(&cell.sources.into_distinct());
                rest.sources = Members::Many(sources);
            }
            None => kept.push((key, cell)),
        }
    }
    kept
}
