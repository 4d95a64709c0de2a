//! Counts packets into the rollups while they pass.
//!
//! Each rollup maps a packed key (time and values) to packets, bytes and distinct sources, a block at a
//! time and column by column. Words are translated from the block's codes to codes of the rollups,
//! because each block buffer numbers its words by itself.
//!
//! **Invariant:** the packets of the cells of one rollup add up to the packets counted, except
//! `source_ports_daily`, which holds watched source ports only.
//! **Invariant:** cells leave in the order of their keys, so the same packets give the same files.
//! **Invariant:** once [`Rollups::is_full`] says so and the cells are taken, memory is given back; between
//! two blocks the cells take no more than [`BYTES_MAX`] and what one block adds.

mod cells;
mod leave;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use model::columns::PacketColumns;
use model::interval::{HOUR_US, Interval, Timestamp};
use model::rollup::{Grain, ROLLUPS, Rollup, WATCHED_SOURCE_PORTS};
use model::values::WordColumn;
use teiten_model as model;

use crate::distinct;
pub(crate) use cells::fold;
use cells::{Cell, Cells, Members};
pub use leave::Leaving;

/// A port that stands for all ports beyond the busiest.
pub const PORT_REST: i32 = -2;

/// When the cells take this much memory, they are written out and counting starts anew; in bytes.
pub const BYTES_MAX: usize = 96 << 20;

/// Rows whose keys are packed together: few enough to stay in the nearest cache.
const ROWS_TOGETHER: usize = 8192;

/// Bits of a packed key.
const TIME_BITS: u32 = 24;
const WORD_BITS: u32 = 16;
const PROTO_BITS: u32 = 16;
const PORT_BITS: u32 = 18;
const ASN_BITS: u32 = 34;

/// Time and key values of a cell, unpacked.
type Key = [i64; 8];

/// Where a key value comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum KeyPart {
    Word(usize),
    Proto,
    Port,
    SourcePort,
    Source,
    Source6,
    Asn,
}

/// The word columns that stand in keys.
const WORDS: [&str; 5] = ["sensor_group", "sensor", "src_country", "class", "tags"];
const GROUP: usize = 0;
const SENSOR: usize = 1;
const COUNTRY: usize = 2;

/// A rollup keyed by words and ports.
struct Accumulator {
    rollup: &'static Rollup,
    parts: Vec<KeyPart>,
    cells: Cells<u128, Cell>,
}

/// What is counted in one cell of `sources_daily`.
#[derive(Debug, Clone)]
struct SourceCell {
    packets: i64,
    bytes: i64,
    first: i64,
    last: i64,
    sensors: Members,
    ports: Members,
}

impl Default for SourceCell {
    fn default() -> SourceCell {
        let (sensors, ports) = (Members::None, Members::None);
        SourceCell { packets: 0, bytes: 0, first: i64::MAX, last: i64::MIN, sensors, ports }
    }
}

/// `sources_daily`: the address as a number, and time, group, family, country and AS.
struct Sources {
    rollup: &'static Rollup,
    cells: Cells<(u128, u128), SourceCell>,
}

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

/// What the keys of a block are packed from, row by row; the buffers are reused.
#[derive(Default)]
struct Scratch {
    hours: Vec<u32>,
    days: Vec<u32>,
    words: [Vec<u16>; WORDS.len()],
    ports: Vec<i32>,
    sources: Vec<Option<u64>>,
    keys: Vec<u128>,
    places: Vec<u32>,
}

/// All rollups, being counted.
pub struct Rollups {
    accumulators: Vec<Accumulator>,
    sources: Sources,
    words: [WordColumn; WORDS.len()],
    sensor_hashes: Vec<u64>,
    times: Times,
    days: DayCut,
    scratch: Scratch,
    bytes: usize,
}

/// Cuts days in the store's home zone.
#[derive(Debug, Clone)]
pub struct DayCut {
    zone: jiff::tz::TimeZone,
    start: i64,
    end: i64,
}

impl DayCut {
    /// Days of that zone.
    pub fn new(zone: jiff::tz::TimeZone) -> DayCut {
        DayCut { zone, start: 0, end: 0 }
    }

    /// The day that holds the moment: 23 to 25 hours.
    pub fn day_of(&mut self, ts: i64) -> Interval {
        Interval { start: Timestamp(self.start_of(ts)), end: Timestamp(self.end) }
    }

    /// Start of the day that holds the moment, in microseconds UTC.
    pub fn start_of(&mut self, ts: i64) -> i64 {
        if ts < self.start || ts >= self.end {
            let span = jiff::Timestamp::from_microsecond(ts).ok().and_then(|moment| {
                let day = moment.to_zoned(self.zone.clone()).start_of_day().ok()?;
                let next = day.tomorrow().ok()?.start_of_day().ok()?;
                Some((day.timestamp().as_microsecond(), next.timestamp().as_microsecond()))
            });
            // Times beyond the calendar's ends fall into days of UTC.
            let day = model::interval::DAY_US;
            let utc = ts.div_euclid(day).saturating_mul(day);
            (self.start, self.end) = span.unwrap_or((utc, utc.saturating_add(day)));
        }
        self.start
    }
}

fn part_of(name: &str) -> KeyPart {
    match name {
        "ip_proto" => KeyPart::Proto,
        "dst_port" => KeyPart::Port,
        "src_port" => KeyPart::SourcePort,
        "src" => KeyPart::Source,
        "src6" => KeyPart::Source6,
        "src_asn" => KeyPart::Asn,
        word => {
            KeyPart::Word(WORDS.iter().position(|w| *w == word).expect("a key column of the model's rollups"))
        }
    }
}

/// The port of a packet as rollups see it: the ICMP type for ICMP, -1 where there is none.
fn port_of(columns: &PacketColumns, row: usize) -> i32 {
    match columns.ip_proto[row] {
        1 | 58 => i32::from(columns.icmp_type[row]),
        _ => columns.dst_port[row],
    }
}

/// A stable hash of the source of a packet; `None` for a frame that is not IP.
fn source_of(columns: &PacketColumns, row: usize) -> Option<u64> {
    match columns.src[row] {
        -1 => model::address::ipv6_of(columns.src6.get(row)).map(distinct::hash6),
        number => Some(distinct::hash(number as u64)),
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

impl Rollups {
    /// Empty rollups whose days are cut in that zone.
    pub fn new(zone: jiff::tz::TimeZone) -> Rollups {
        let mut accumulators = Vec::new();
        let mut sources = None;
        for rollup in ROLLUPS {
            let parts: Vec<KeyPart> = rollup.keys.iter().map(|key| part_of(key.name)).collect();
            if parts.contains(&KeyPart::Source) {
                sources = Some(Sources { rollup, cells: Cells::new() });
            } else {
                accumulators.push(Accumulator { rollup, parts, cells: Cells::new() });
            }
        }
        Rollups {
            accumulators,
            sources: sources.expect("one of the model's rollups is keyed by source"),
            words: Default::default(),
            sensor_hashes: Vec::new(),
            times: Times::default(),
            days: DayCut::new(zone),
            scratch: Scratch::default(),
            bytes: 0,
        }
    }

    /// Counts every packet of a block.
    pub fn count(&mut self, columns: &PacketColumns) {
        self.prepare(columns);
        for first in (0..columns.rows()).step_by(ROWS_TOGETHER) {
            let rows = first..columns.rows().min(first + ROWS_TOGETHER);
            for accumulator in &mut self.accumulators {
                self.bytes += accumulator.count(columns, &mut self.scratch, rows.clone());
            }
            self.bytes += self.sources.count(columns, &mut self.scratch, &self.sensor_hashes, rows);
        }
    }

    /// Fills the scratch with what keys are made of.
    fn prepare(&mut self, columns: &PacketColumns) {
        let theirs =
            [&columns.sensor_group, &columns.sensor, &columns.src_country, &columns.class, &columns.tags];
        for ((mine, theirs), out) in self.words.iter_mut().zip(theirs).zip(&mut self.scratch.words) {
            translate(mine, theirs, out);
        }
        let known = self.sensor_hashes.len();
        self.sensor_hashes.extend(self.words[SENSOR].words()[known..].iter().map(|word| word_hash(word)));
        let Scratch { hours, days, ports, sources, .. } = &mut self.scratch;
        hours.clear();
        days.clear();
        let (mut hour, mut hour_number) = (i64::MIN, 0);
        let (mut day, mut day_number) = (i64::MIN, 0);
        for ts in &columns.ts {
            let of = ts.div_euclid(HOUR_US) * HOUR_US;
            if of != hour {
                (hour, hour_number) = (of, self.times.number_of(of));
            }
            let of = self.days.start_of(*ts);
            if of != day {
                (day, day_number) = (of, self.times.number_of(of));
            }
            hours.push(hour_number);
            days.push(day_number);
        }
        ports.clear();
        ports.extend((0..columns.rows()).map(|row| port_of(columns, row)));
        sources.clear();
        sources.extend((0..columns.rows()).map(|row| source_of(columns, row)));
    }

    /// Whether the rollups should be written out before more is counted.
    pub fn is_full(&self) -> bool {
        self.bytes >= BYTES_MAX
    }

    /// Gives the cells of every rollup in the order of their keys, one rollup at a time, and forgets them.
    pub fn take(&mut self) -> Leaving {
        self.bytes = 0;
        self.sensor_hashes.clear();
        let times = std::mem::take(&mut self.times).times;
        let words = std::mem::take(&mut self.words);
        let taken = self.accumulators.iter_mut().map(Accumulator::take).collect();
        Leaving::new(taken, self.sources.take(), words, times)
    }
}

impl Accumulator {
    fn count(
        &mut self,
        columns: &PacketColumns,
        scratch: &mut Scratch,
        rows: std::ops::Range<usize>,
    ) -> usize {
        let is_watched = self.parts.contains(&KeyPart::SourcePort);
        let watched = &columns.src_port[rows.clone()];
        if is_watched && !watched.iter().any(|port| is_watched_port(*port)) {
            return 0;
        }
        self.pack(columns, scratch, rows.clone());
        let Scratch { keys, places, sources, .. } = scratch;
        let is_wanted = |row: usize| !is_watched || is_watched_port(columns.src_port[row]);
        let wanted = || rows.clone().filter(|row| is_wanted(*row));
        let wanted_keys = wanted().map(|row| keys[row - rows.start]);
        let mut bytes = self.cells.find(wanted_keys, places);
        for (row, place) in wanted().zip(places.iter()) {
            let cell = &mut self.cells.cells[*place as usize];
            cell.packets += columns.packets[row];
            cell.bytes += i64::from(columns.frame_len[row].max(0));
        }
        for (row, place) in wanted().zip(places.iter()) {
            if let Some(source) = sources[row]
                && !self.cells.is_seen(*place as usize, source)
            {
                bytes += self.cells.cells[*place as usize].sources.add(source);
            }
        }
        bytes
    }

    /// Packs the keys of some rows, one part after the other, the time first.
    fn pack(&self, columns: &PacketColumns, scratch: &mut Scratch, rows: std::ops::Range<usize>) {
        let Scratch { hours, days, words, ports, keys, .. } = scratch;
        let times = match self.rollup.grain {
            Grain::Hour => hours,
            Grain::Day => days,
        };
        keys.clear();
        keys.extend(times[rows.clone()].iter().map(|time| u128::from(*time)));
        let mut add = |bits: u32, values: &mut dyn Iterator<Item = u128>| {
            for (key, value) in keys.iter_mut().zip(values) {
                *key = *key << bits | value;
            }
        };
        for part in &self.parts {
            match part {
                KeyPart::Word(word) => {
                    add(WORD_BITS, &mut words[*word][rows.clone()].iter().map(|code| u128::from(*code)));
                }
                KeyPart::Proto => {
                    let protos = columns.ip_proto[rows.clone()].iter();
                    add(PROTO_BITS, &mut protos.map(|proto| u128::from(proto.wrapping_add(1) as u16)));
                }
                KeyPart::Port => {
                    add(PORT_BITS, &mut ports[rows.clone()].iter().map(|port| packed_port(*port)))
                }
                KeyPart::SourcePort => {
                    let ports = columns.src_port[rows.clone()].iter();
                    add(PORT_BITS, &mut ports.map(|port| packed_port(*port)));
                }
                KeyPart::Source | KeyPart::Source6 | KeyPart::Asn => {}
            }
        }
    }

    fn take(&mut self) -> leave::Taken {
        let (places, cells) = self.cells.take();
        leave::Taken { rollup: self.rollup, parts: self.parts.clone(), places, cells }
    }
}

impl Sources {
    fn count(
        &mut self,
        columns: &PacketColumns,
        scratch: &mut Scratch,
        sensor_hashes: &[u64],
        rows: std::ops::Range<usize>,
    ) -> usize {
        let Scratch { days, words, ports, places, .. } = scratch;
        let keys = rows.clone().map(|row| {
            let (family, address) = match columns.src[row] {
                -1 => match model::address::ipv6_of(columns.src6.get(row)) {
                    None => (0, 0),
                    Some(address) => (2, u128::from(address)),
                },
                number => (1, u128::from(number as u64)),
            };
            let mut rest = u128::from(days[row]);
            rest = rest << WORD_BITS | u128::from(words[GROUP][row]);
            rest = rest << 2 | family;
            rest = rest << WORD_BITS | u128::from(words[COUNTRY][row]);
            rest = rest << ASN_BITS | u128::from((columns.src_asn[row] + 1) as u64 & ((1 << ASN_BITS) - 1));
            (address, rest)
        });
        let mut bytes = self.cells.find(keys, places);
        for (row, place) in rows.clone().zip(places.iter()) {
            let cell = &mut self.cells.cells[*place as usize];
            cell.packets += columns.packets[row];
            cell.bytes += i64::from(columns.frame_len[row].max(0));
            cell.first = cell.first.min(columns.ts[row]);
            cell.last = cell.last.max(columns.ts[row]);
        }
        for (row, place) in rows.zip(places.iter()) {
            let place = *place as usize;
            let sensor = sensor_hashes[usize::from(words[SENSOR][row])];
            let proto = i64::from(columns.ip_proto[row]);
            let port = distinct::hash((proto << 32 ^ i64::from(ports[row])) as u64);
            if !self.cells.is_seen(place, sensor ^ port.rotate_left(17)) {
                let cell = &mut self.cells.cells[place];
                bytes += cell.sensors.add(sensor) + cell.ports.add(port);
            }
        }
        bytes
    }

    fn take(&mut self) -> leave::TakenSources {
        let (places, cells) = self.cells.take();
        leave::TakenSources { rollup: self.rollup, places, cells }
    }
}

fn is_watched_port(port: i32) -> bool {
    u16::try_from(port).is_ok_and(|port| WATCHED_SOURCE_PORTS.contains(&port))
}

/// A port as it stands in a packed key: in the order of the numbers, absent and rest included.
fn packed_port(port: i32) -> u128 {
    u128::from((port - PORT_REST) as u32 & ((1 << PORT_BITS) - 1))
}

/// A hash of a sensor's name: codes differ from run to run, names do not.
fn word_hash(word: &str) -> u64 {
    word.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
