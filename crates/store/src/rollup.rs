//! Counts packets into the rollups while they pass.
//!
//! One accumulator a rollup: a map from the key (time and up to six values) to packets, bytes and
//! distinct sources. Words are translated from the block's codes to codes of the accumulator, because
//! each block buffer numbers its words by itself.
//!
//! **Invariant:** the packets of the cells of one rollup add up to the packets counted, except
//! `source_ports_daily`, which holds watched source ports only.
//! **Invariant:** cells leave in the order of their keys, so the same packets give the same files.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use model::column::ColumnType;
use model::columns::PacketColumns;
use model::interval::HOUR_US;
use model::rollup::{Grain, ROLLUPS, Rollup, SENSOR_PORTS_MAX, WATCHED_SOURCE_PORTS};
use model::values::{BytesColumn, WordColumn};
use teiten_model as model;

use crate::distinct::{self, Distinct};
use crate::record::Record;

/// A port that stands for all ports beyond the busiest.
pub const PORT_REST: i32 = -2;

/// When an accumulator holds this many cells, they are written out and counting starts anew.
pub const CELLS_MAX: usize = 2_000_000;

/// Time and key values of a cell.
type Key = [i64; 8];

/// Multiply-and-rotate over whole words: keys are short and not chosen against us beyond 64 bits of address.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        distinct::hash(self.0)
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
    fn write_i64(&mut self, word: i64) {
        self.write_u64(word as u64);
    }
}

/// What is counted in one cell.
#[derive(Debug, Default, Clone)]
struct Cell {
    packets: i64,
    bytes: i64,
    sources: Distinct,
    /// Only in `sources_daily`: first, last, sensors, ports.
    source: Option<Box<SourceCell>>,
}

#[derive(Debug, Default, Clone)]
struct SourceCell {
    first: i64,
    last: i64,
    sensors: Distinct,
    ports: Distinct,
}

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

struct Accumulator {
    rollup: &'static Rollup,
    parts: Vec<KeyPart>,
    cells: HashMap<Key, Cell, BuildHasherDefault<KeyHasher>>,
}

/// All rollups, being counted.
pub struct Rollups {
    accumulators: Vec<Accumulator>,
    words: [WordColumn; WORDS.len()],
    days: DayCut,
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
fn port_of(columns: &PacketColumns, row: usize) -> i64 {
    match columns.ip_proto[row] {
        1 | 58 => i64::from(columns.icmp_type[row]),
        _ => i64::from(columns.dst_port[row]),
    }
}

/// A stable hash of the source of a packet; `None` for a frame that is not IP.
fn source_of(columns: &PacketColumns, row: usize) -> Option<u64> {
    match columns.src[row] {
        -1 => model::address::ipv6_of(columns.src6.get(row)).map(distinct::hash6),
        number => Some(distinct::hash(number as u64)),
    }
}

impl Rollups {
    /// Empty rollups whose days are cut in that zone.
    pub fn new(zone: jiff::tz::TimeZone) -> Rollups {
        let accumulators = ROLLUPS
            .iter()
            .map(|rollup| Accumulator {
                rollup,
                parts: rollup.keys.iter().map(|key| part_of(key.name)).collect(),
                cells: HashMap::default(),
            })
            .collect();
        Rollups { accumulators, words: Default::default(), days: DayCut::new(zone) }
    }

    /// Counts every packet of a block.
    pub fn count(&mut self, columns: &PacketColumns) {
        let theirs =
            [&columns.sensor_group, &columns.sensor, &columns.src_country, &columns.class, &columns.tags];
        let mut codes: [Vec<i64>; WORDS.len()] = Default::default();
        for ((mine, theirs), codes) in self.words.iter_mut().zip(theirs).zip(&mut codes) {
            codes.extend(theirs.words().iter().map(|word| i64::from(mine.code(word))));
        }
        for row in 0..columns.rows() {
            let ts = columns.ts[row];
            let hour = ts.div_euclid(HOUR_US) * HOUR_US;
            let day = self.days.start_of(ts);
            let source = source_of(columns, row);
            let port = port_of(columns, row);
            let src6 = columns.src6.get(row);
            for accumulator in &mut self.accumulators {
                let watched = columns.src_port[row];
                if accumulator.parts.contains(&KeyPart::SourcePort)
                    && !u16::try_from(watched).is_ok_and(|port| WATCHED_SOURCE_PORTS.contains(&port))
                {
                    continue;
                }
                let mut key: Key = [0; 8];
                key[0] = match accumulator.rollup.grain {
                    Grain::Hour => hour,
                    Grain::Day => day,
                };
                let mut place = 1;
                for part in &accumulator.parts {
                    key[place] = match part {
                        KeyPart::Word(word) => codes[*word][usize::from(theirs[*word].codes[row])],
                        KeyPart::Proto => i64::from(columns.ip_proto[row]),
                        KeyPart::Port => port,
                        KeyPart::SourcePort => i64::from(watched),
                        KeyPart::Source => columns.src[row],
                        KeyPart::Source6 => {
                            let (high, low) = halves(src6);
                            key[place] = high;
                            place += 1;
                            low
                        }
                        KeyPart::Asn => columns.src_asn[row],
                    };
                    place += 1;
                }
                let cell = accumulator.cells.entry(key).or_default();
                cell.packets += columns.packets[row];
                cell.bytes += i64::from(columns.frame_len[row].max(0));
                if accumulator.rollup.name == "sources_daily" {
                    let known = cell.source.get_or_insert_with(|| {
                        Box::new(SourceCell { first: ts, last: ts, ..SourceCell::default() })
                    });
                    known.first = known.first.min(ts);
                    known.last = known.last.max(ts);
                    let sensor = codes[1][usize::from(columns.sensor.codes[row])];
                    known.sensors.add(word_hash(self.words[1].words(), sensor));
                    known.ports.add(distinct::hash((i64::from(columns.ip_proto[row]) << 32 ^ port) as u64));
                } else if let Some(source) = source {
                    cell.sources.add(source);
                }
            }
        }
    }

    /// Whether the rollups should be written out before more is counted.
    pub fn is_full(&self) -> bool {
        self.accumulators.iter().any(|accumulator| accumulator.cells.len() >= CELLS_MAX)
    }

    /// Gives the cells of every rollup in the order of their keys, and forgets them.
    pub fn take(&mut self) -> Vec<(&'static str, Record)> {
        let words = &self.words;
        self.accumulators
            .iter_mut()
            .map(|accumulator| {
                let mut cells: Vec<(Key, Cell)> = accumulator.cells.drain().collect();
                if accumulator.rollup.name == "sensor_ports_daily" {
                    cells = gather_rest(cells, &accumulator.parts);
                }
                cells.sort_unstable_by_key(|(key, _)| *key);
                (accumulator.rollup.name, record_of(accumulator, words, &cells))
            })
            .collect()
    }
}

/// A hash of a sensor's name: codes differ from run to run, names do not.
fn word_hash(words: &[String], code: i64) -> u64 {
    let word = words.get(code as usize).map_or("", String::as_str);
    word.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

fn halves(src6: &[u8]) -> (i64, i64) {
    match model::address::ipv6_of(src6) {
        None => (0, 0),
        Some(address) => ((u128::from(address) >> 64) as i64, u128::from(address) as i64),
    }
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
                rest.sources.merge(&cell.sources);
            }
            None => kept.push((key, cell)),
        }
    }
    kept
}

fn record_of(accumulator: &Accumulator, words: &[WordColumn; WORDS.len()], cells: &[(Key, Cell)]) -> Record {
    let mut record = Record::new(accumulator.rollup.name);
    record.times("at", cells.iter().map(|(key, _)| key[0]));
    let mut place = 1;
    for (part, column) in accumulator.parts.iter().zip(accumulator.rollup.keys) {
        let values = cells.iter().map(|(key, _)| key[place]);
        match (part, column.kind) {
            (KeyPart::Word(word), _) => {
                record.words(column.name, values.map(|code| words[*word].words()[code as usize].as_str()));
            }
            (KeyPart::Source6, _) => {
                let mut bytes = BytesColumn::default();
                for (row, (key, _)) in cells.iter().enumerate() {
                    if (key[place], key[place + 1]) != (0, 0) {
                        let mut address = key[place].to_be_bytes().to_vec();
                        address.extend_from_slice(&key[place + 1].to_be_bytes());
                        bytes.set(row, &address);
                    }
                }
                bytes.finish(cells.len());
                record.bytes(column.name, bytes);
                place += 1;
            }
            (_, ColumnType::Int16) => record.int16(column.name, values.map(|value| value as i16)),
            (_, ColumnType::Int32) => record.int32(column.name, values.map(|value| value as i32)),
            _ => record.int64(column.name, values),
        }
        place += 1;
    }
    record.int64("packets", cells.iter().map(|(_, cell)| cell.packets));
    record.int64("bytes", cells.iter().map(|(_, cell)| cell.bytes));
    if accumulator.rollup.name == "sources_daily" {
        let known = || cells.iter().filter_map(|(_, cell)| cell.source.as_deref());
        record.times("first", known().map(|source| source.first));
        record.times("last", known().map(|source| source.last));
        record.sketches("sensors", known().map(|source| &source.sensors));
        record.sketches("ports", known().map(|source| &source.ports));
    } else {
        record.sketches("sources", cells.iter().map(|(_, cell)| &cell.sources));
    }
    record
}
