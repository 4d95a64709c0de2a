//! The packets of a capture as the mix that a large store is made of.
//!
//! They are read once, enriched and classified as in an import, and put into the order of a compacted part:
//! protocol, class, tags, length, source. A day is a choice of them, each several times, with another time,
//! destination, sequence number and identification.
//!
//! **Invariant:** a number that a tool makes of others is still made of them: Mirai's sequence number is the
//! destination, Masscan's identification is destination ^ port ^ sequence number.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail};
use teiten_detect::classifier::Classifier;
use teiten_model::columns::{COLUMNS, PacketColumns};
use teiten_model::frame::FrameBlock;
use teiten_model::mix::{GAMMA, splitmix64};
use teiten_model::values::{Values, ValuesMut};
use teiten_refdata::atlas::Atlas;
use teiten_wire::capture::Capture;
use teiten_wire::decode::Decoder;

use crate::assign;

/// Packets of the capture that are used: all of their columns stand in memory.
const ROWS_MAX: usize = 1 << 19;

/// Columns that every packet has for itself.
const DRAWN: [&str; 9] = ["input", "frame", "ts", "sensor", "sensor_group", "src", "dst", "tcp_seq", "ip_id"];

/// Microseconds of a day.
pub(super) const DAY_US: u64 = 86_400_000_000;

/// Addresses of a sensor: a prefix of 24 bits.
const SENSOR_ADDRESSES: u64 = 256;

/// The first address of the first sensor: 198.18.0.0/15 is kept for benchmarks.
pub(super) const FIRST_ADDRESS: i64 = 0xc612_0000;

/// Which packets of a day a block is made of: rows of the sample, each so many times.
pub(super) struct Runs<'a> {
    pub(super) rows: &'a [(u32, u32)],
    /// Number of the first packet in the day.
    pub(super) frame: u64,
}

/// The place in time and in the telescope of the packets that are drawn.
pub(super) struct Scene<'a> {
    pub(super) seed: u64,
    /// Days since 1970-01-01.
    pub(super) day: i32,
    pub(super) input: &'a str,
    /// Sensor and group, in the order of their addresses.
    pub(super) sensors: &'a [(String, String)],
}

/// Packets that others are made like.
pub(super) struct Sample {
    columns: PacketColumns,
    /// Columns that are not absent everywhere and not drawn.
    copied: Vec<&'static str>,
}

impl Sample {
    /// Reads the first packets of a capture.
    pub(super) fn read(path: &Path, atlas: &Atlas) -> Result<Sample> {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        let mut capture =
            Capture::open(Box::new(file)).with_context(|| format!("reading {}", path.display()))?;
        let (mut decoder, mut classifier) = (Decoder::new(), Classifier::builtin()?);
        let (mut block, mut blocks, mut rows) = (FrameBlock::default(), Vec::new(), 0);
        while rows < ROWS_MAX && capture.next_block(&mut block) {
            let mut columns = PacketColumns::default();
            decoder.decode(&block, &mut columns);
            assign(&mut columns);
            atlas.enrich(&mut columns)?;
            classifier.classify(&mut columns);
            rows += columns.rows();
            blocks.push(columns);
        }
        if rows == 0 {
            bail!("{} has no packets to make others like", path.display());
        }
        let mut all = PacketColumns::default();
        all.join(blocks.iter());
        drop(blocks);
        let mut order: Vec<u32> = (0..all.rows() as u32).collect();
        order.sort_by_cached_key(|row| {
            let row = *row as usize;
            let words = (all.class.codes[row], all.tags.codes[row]);
            (all.ip_proto[row], words, all.frame_len[row], all.src[row], all.dst_port[row])
        });
        let mut columns = PacketColumns::default();
        columns.take_rows(&all, &order);
        let copied = COLUMNS.iter().map(|column| column.name).filter(|name| {
            let is_there = columns.by_name(name).is_some_and(|values| is_anywhere(&values));
            is_there && !DRAWN.contains(name)
        });
        Ok(Sample { copied: copied.collect(), columns })
    }

    /// Rows whose sources are awake on a day: each sleeps half of its weeks, by a week of its own length.
    pub(super) fn awake(&self, seed: u64, day: i32) -> Vec<u32> {
        let is_awake = |row: &u32| self.age(seed, *row as usize, day) & 1 == 0;
        (0..self.columns.rows() as u32).filter(is_awake).collect()
    }

    /// A number that a source keeps for a while, five to sixty days.
    fn age(&self, seed: u64, row: usize, day: i32) -> u64 {
        let key = splitmix64(seed ^ self.columns.src[row] as u64);
        let days = 5 + key % 56;
        splitmix64(key ^ ((day as u64 + (key >> 32) % days) / days))
    }

    /// Makes a block of packets.
    pub(super) fn draw(&self, scene: &Scene<'_>, runs: &Runs<'_>, block: &mut PacketColumns) {
        let rows = runs.rows.iter().map(|(_, times)| *times as usize).sum();
        if block.rows() != rows {
            block.reset(rows);
            block.finish();
        }
        for name in &self.copied {
            let (Some(from), Some(to)) = (self.columns.by_name(name), block.by_name_mut(name)) else {
                continue;
            };
            copy(from, to, runs.rows, rows);
        }
        self.draw_own(scene, runs, block);
    }

    /// Fills the columns that every packet has for itself.
    fn draw_own(&self, scene: &Scene<'_>, runs: &Runs<'_>, block: &mut PacketColumns) {
        let input = block.input.code(scene.input);
        block.input.codes.fill(input);
        let places: Vec<(u16, u16)> = scene
            .sensors
            .iter()
            .map(|(sensor, group)| (block.sensor.code(sensor), block.sensor_group.code(group)))
            .collect();
        let of = &self.columns;
        let midnight = i64::from(scene.day) * DAY_US as i64;
        let mut state = splitmix64(scene.seed ^ (scene.day as u64) << 40 ^ runs.frame);
        let mut draw = || {
            state = state.wrapping_add(GAMMA);
            teiten_model::mix::mixed(state)
        };
        let below = |bits: u64, limit: u64| ((u128::from(bits) * u128::from(limit)) >> 64) as u64;
        let mut row = 0;
        for (like, times) in runs.rows {
            let (like, step) = (*like as usize, DAY_US / u64::from(*times).max(1));
            let (seq, id, port) = (of.tcp_seq[like], of.ip_id[like], i64::from(of.dst_port[like]));
            let is_seq_dst = seq == of.dst[like];
            let is_id_made = seq >= 0 && i64::from(id) == (of.dst[like] ^ port ^ seq) & 0xffff;
            let is_id_kept = matches!(id, -1 | 0 | 54_321);
            // Another address of the same network every few weeks: country and AS stay.
            let src = of.src[like];
            let src = match src {
                0.. => src & !0xff | (src + (self.age(scene.seed, like, scene.day) >> 8) as i64) & 0xff,
                _ => src,
            };
            for time in 0..u64::from(*times) {
                let (one, two) = (draw(), draw());
                let place = below(one << 32, SENSOR_ADDRESSES * places.len() as u64);
                let dst = FIRST_ADDRESS + place as i64;
                let sensor = places[(place / SENSOR_ADDRESSES) as usize];
                block.ts[row] = midnight + (time * step + below(one, step)) as i64;
                block.frame[row] = (runs.frame + row as u64 + 1) as i64;
                block.sensor.codes[row] = sensor.0;
                block.sensor_group.codes[row] = sensor.1;
                block.src[row] = src;
                block.dst[row] = dst;
                let seq = match seq {
                    ..0 => -1,
                    _ if is_seq_dst => dst,
                    _ => (two >> 32) as i64,
                };
                block.tcp_seq[row] = seq;
                block.ip_id[row] = match is_id_made {
                    true => ((dst ^ port ^ seq) & 0xffff) as i32,
                    false if is_id_kept => id,
                    false => (two & 0xffff) as i32,
                };
                row += 1;
            }
        }
    }
}

fn is_anywhere(values: &Values<'_>) -> bool {
    match values {
        Values::Int16(values) => values.iter().any(|value| *value != -1),
        Values::Int32(values) => values.iter().any(|value| *value != -1),
        Values::Int64(values) => values.iter().any(|value| *value != -1),
        Values::Bytes(values) => !values.raw().0.is_empty(),
        Values::Words(words) => words.codes.iter().any(|code| *code != 0),
    }
}

/// Copies each row of a column as often as it is to be there.
fn copy(from: Values<'_>, to: ValuesMut<'_>, runs: &[(u32, u32)], rows: usize) {
    fn numbers<T: Copy>(from: &[T], to: &mut [T], runs: &[(u32, u32)]) {
        let mut at = 0;
        for (row, times) in runs {
            to[at..at + *times as usize].fill(from[*row as usize]);
            at += *times as usize;
        }
    }
    match (from, to) {
        (Values::Int16(from), ValuesMut::Int16(to)) => numbers(from, to, runs),
        (Values::Int32(from), ValuesMut::Int32(to)) => numbers(from, to, runs),
        (Values::Int64(from), ValuesMut::Int64(to)) => numbers(from, to, runs),
        (Values::Bytes(from), ValuesMut::Bytes(to)) => {
            to.clear();
            let mut at = 0;
            for (row, times) in runs {
                let value = from.get(*row as usize);
                if !value.is_empty() {
                    (at..at + *times as usize).for_each(|row| to.set(row, value));
                }
                at += *times as usize;
            }
            to.finish(rows);
        }
        (Values::Words(from), ValuesMut::Words(to)) => {
            let codes: Vec<u16> = from.words().iter().map(|word| to.code(word)).collect();
            let mut at = 0;
            for (row, times) in runs {
                let code = codes[usize::from(from.codes[*row as usize])];
                to.codes[at..at + *times as usize].fill(code);
                at += *times as usize;
            }
        }
        _ => unreachable!("both are columns of that name"),
    }
}
