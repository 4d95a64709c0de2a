//! Counts packets into the rollups while they pass.
//!
//! A packet is not looked for in the map of each rollup. It is given the number of its source, of its kind
//! (sensor, ports, class, tags) and of its hour; packets that agree in all three become one tally, and the
//! rollups are drawn from the tallies when the window is full: sorted, not looked up.
//! Words are translated from the block's codes to codes of the rollups, because each block buffer numbers its
//! words by itself.
//!
//! **Invariant:** the packets of the cells of one rollup add up to the packets counted, except
//! `source_ports_daily`, which holds watched source ports only.
//! **Invariant:** cells leave in the order of their keys, so the same packets give the same files.
//! **Invariant:** once [`Rollups::is_full`] says so and the cells are taken, memory is given back; between
//! two blocks a window takes no more than [`BYTES_MAX`] and what one block adds.

mod day_cut;
mod draw;
mod key;
mod leave;
mod numbered;
mod radix;
mod source;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use model::columns::PacketColumns;
use model::interval::HOUR_US;
use model::rollup::WATCHED_SOURCE_PORTS;
use model::values::WordColumn;
use teiten_model as model;

pub use day_cut::DayCut;
use key::{COUNTRY, GROUP, WORDS};
pub use leave::Leaving;
use numbered::Numbered;
pub(crate) use numbered::fold;
use source::{Source, SourceKey};
use tally::Tally;

/// A port that stands for all ports beyond the busiest.
pub const PORT_REST: i32 = -2;

/// When a window takes this much memory, what belongs together is joined; if that does not help, it is
/// written out and counting starts anew; in bytes.
pub const BYTES_MAX: usize = 96 << 20;

/// Rows that are counted together: few enough to stay in the nearest caches.
const ROWS_TOGETHER: usize = 8192;

/// Rows of a block at most: a quarter of the numbers that hours, kinds and sources have.
const BLOCK_ROWS_MAX: usize = 1 << 18;

/// Times that stand in keys, by small numbers.
#[derive(Debug, Default)]
struct Times {
    numbers: HashMap<i64, u32>,
    times: Vec<i64>,
}

impl Times {
    fn number_of(&mut self, time: i64) -> u32 {
        let next = self.times.len() as u32;
        let number = *self.numbers.entry(time).or_insert(next);
        if number == next {
            self.times.push(time);
        }
        number
    }
}

/// What tallies are made of, row by row; the buffers are reused.
#[derive(Default)]
struct Scratch {
    hours: Vec<u32>,
    days: Vec<u32>,
    words: [Vec<u16>; WORDS.len()],
    source_keys: Vec<SourceKey>,
    sources: Vec<u32>,
    kind_keys: Vec<u128>,
    kinds: Vec<u32>,
}

/// All rollups, being counted.
pub struct Rollups {
    sources: Numbered<Source>,
    kinds: Numbered<u128>,
    tallies: Vec<Tally>,
    words: [WordColumn; WORDS.len()],
    hours: Times,
    day_starts: Times,
    days: DayCut,
    scratch: Scratch,
    bytes_max: usize,
    is_full: bool,
}

/// The port of a packet as rollups see it: the ICMP type for ICMP, -1 where there is none.
fn port_of(columns: &PacketColumns, row: usize) -> i32 {
    match columns.ip_proto[row] {
        1 | 58 => i32::from(columns.icmp_type[row]),
        _ => columns.dst_port[row],
    }
}

/// Codes of the rollups for the words of a block; a word is asked for once a block.
fn translate(mine: &mut WordColumn, theirs: &WordColumn, out: &mut Vec<u16>) {
    out.clear();
    let Some(first) = theirs.codes.first() else { return };
    if theirs.codes.iter().all(|code| code == first) {
        let code = mine.code(&theirs.words()[usize::from(*first)]);
        out.resize(theirs.codes.len(), code);
        return;
    }
    let mut codes: Vec<Option<u16>> = vec![None; theirs.words().len()];
    out.extend(theirs.codes.iter().map(|code| {
        *codes[usize::from(*code)].get_or_insert_with(|| mine.code(&theirs.words()[usize::from(*code)]))
    }));
}

fn is_watched_port(port: i32) -> bool {
    u16::try_from(port).is_ok_and(|port| WATCHED_SOURCE_PORTS.contains(&port))
}

impl Rollups {
    /// Empty rollups whose days are cut in that zone.
    pub fn new(zone: jiff::tz::TimeZone) -> Rollups {
        Rollups {
            sources: Numbered::default(),
            kinds: Numbered::default(),
            tallies: Vec::new(),
            words: Default::default(),
            hours: Times::default(),
            day_starts: Times::default(),
            days: DayCut::new(zone),
            scratch: Scratch::default(),
            bytes_max: BYTES_MAX,
            is_full: false,
        }
    }

    /// Counts every packet of a block.
    ///
    /// # Panics
    /// When a block has more than a quarter of a million rows, or a full window was not taken: mistakes of ours.
    pub fn count(&mut self, columns: &PacketColumns) {
        assert!(columns.rows() <= BLOCK_ROWS_MAX, "a block of {} rows", columns.rows());
        self.prepare(columns);
        if self.tallies.is_empty() {
            // Room that is not used costs nothing; a list that grows would be copied again and again.
            self.tallies.reserve_exact(self.bytes_max / (2 * size_of::<Tally>()));
            self.sources.entries.reserve_exact(self.bytes_max / (2 * size_of::<Source>()));
        }
        for first in (0..columns.rows()).step_by(ROWS_TOGETHER) {
            self.count_rows(columns, first..columns.rows().min(first + ROWS_TOGETHER));
        }
        self.make_room();
    }

    /// Fills the scratch with what keys are made of.
    fn prepare(&mut self, columns: &PacketColumns) {
        let theirs =
            [&columns.sensor_group, &columns.sensor, &columns.src_country, &columns.class, &columns.tags];
        for ((mine, theirs), out) in self.words.iter_mut().zip(theirs).zip(&mut self.scratch.words) {
            translate(mine, theirs, out);
        }
        let Scratch { hours, days, .. } = &mut self.scratch;
        hours.clear();
        days.clear();
        let (mut hour, mut hour_number) = (i64::MIN, 0);
        let (mut day, mut day_number) = (i64::MIN, 0);
        for ts in &columns.ts {
            if hour == i64::MIN || ts.wrapping_sub(hour) as u64 >= HOUR_US as u64 {
                hour = ts.div_euclid(HOUR_US) * HOUR_US;
                hour_number = self.hours.number_of(hour);
            }
            let of = self.days.start_of(*ts);
            if of != day {
                (day, day_number) = (of, self.day_starts.number_of(of));
            }
            hours.push(hour_number);
            days.push(day_number);
        }
    }

    fn count_rows(&mut self, columns: &PacketColumns, rows: std::ops::Range<usize>) {
        let Scratch { hours, days, words, source_keys, sources, kind_keys, kinds } = &mut self.scratch;
        source_keys.clear();
        source_keys.extend(rows.clone().map(|row| {
            let place = (days[row], words[GROUP][row], words[COUNTRY][row]);
            let address = match columns.src[row] {
                -1 => source::address6(columns.src6.get(row)),
                number => source::address4(number),
            };
            SourceKey::new(address, columns.src_asn[row], place)
        }));
        self.sources.find(source_keys, sources);
        kind_keys.clear();
        kind_keys.extend(rows.clone().map(|row| key::pack_kind(columns, row, port_of(columns, row), words)));
        self.kinds.find(kind_keys, kinds);
        for ((row, source), kind) in rows.zip(sources.iter()).zip(kinds.iter()) {
            let (packets, bytes) = (columns.packets[row].max(0) as u64, columns.frame_len[row].max(0) as u32);
            self.sources.entries[*source as usize].add(columns.ts[row], packets as i64, bytes);
            tally::push(&mut self.tallies, (*source, *kind, hours[row]), packets, bytes);
        }
    }

    /// Joins tallies when memory runs short; when that frees too little, the window is full.
    fn make_room(&mut self) {
        self.is_full = self.hours.times.len() > tally::HOURS_MAX / 2
            || self.kinds.entries.len() > tally::KINDS_MAX / 2
            || self.sources.entries.len() > tally::SOURCES_MAX / 2;
        if self.bytes() >= self.bytes_max {
            tally::join(&mut self.tallies);
            self.is_full |= self.bytes() >= self.bytes_max / 4 * 3;
        }
    }

    /// Memory of the window, in bytes; while tallies are sorted they stand there twice.
    fn bytes(&self) -> usize {
        self.sources.bytes() + self.kinds.bytes() + 2 * size_of::<Tally>() * self.tallies.len()
    }

    /// Whether the rollups should be written out before more is counted.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Gives the cells of every rollup in the order of their keys, one rollup at a time, and forgets them.
    pub fn take(&mut self) -> Leaving {
        self.is_full = false;
        Leaving::new(leave::Window {
            sources: std::mem::take(&mut self.sources).entries,
            kinds: std::mem::take(&mut self.kinds).entries,
            tallies: std::mem::take(&mut self.tallies),
            words: std::mem::take(&mut self.words),
            hours: std::mem::take(&mut self.hours).times,
            days: std::mem::take(&mut self.day_starts).times,
        })
    }
}
