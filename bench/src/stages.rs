//! Runs the stages of an import one after the other on one thread and adds up what each costs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use teiten_detect::classifier::Classifier;
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_model::interval::{Day, Timestamp};
use teiten_refdata::atlas::Atlas;
use teiten_store::part::{PART_BYTES_MAX, Packer, Part, PartWriter};
use teiten_store::record::Record;
use teiten_store::rollup::Rollups;
use teiten_store::table::{PACKETS, TableDef, find};
use teiten_wire::capture::Capture;
use teiten_wire::decode::Decoder;

use crate::clock::{Clock, Moment};
use crate::sizes::{RollupSizes, Sizes};
use crate::{HOME_ZONE, assign, clock};

const STAGES: [&str; 7] = [
    "read",
    "decode",
    "assign, enrich",
    "classify",
    "rollups: count",
    "rollups: rows to parts",
    "columns to Parquet",
];

#[derive(Default)]
struct Costs {
    spent: [Moment; STAGES.len()],
    last: Moment,
}

impl Costs {
    /// What has passed since the last call belongs to that stage.
    fn add(&mut self, clock: &Clock, stage: usize) -> Result<()> {
        let now = clock.now_here()?;
        self.spent[stage].wall_ns += now.wall_ns - self.last.wall_ns;
        self.spent[stage].cpu_ns += now.cpu_ns - self.last.cpu_ns;
        self.last = now;
        Ok(())
    }
}

/// Parts open by day, as in an intake.
struct Parts {
    packets: TableDef,
    open: BTreeMap<i32, PartWriter>,
    packer: Packer,
    sizes: Sizes,
}

impl Parts {
    fn append(&mut self, columns: &PacketColumns) -> Result<()> {
        // A block that crosses midnight goes whole to the day it begins in: the cost is the same.
        let day = Day::of(Timestamp(columns.ts[0])).0;
        if !self.open.contains_key(&day) {
            self.open.insert(day, PartWriter::new(&self.packets)?);
        }
        let part = self.open.get_mut(&day).context("the part was just opened")?;
        part.append(&columns.all(), &mut self.packer)?;
        if part.size_bytes() >= PART_BYTES_MAX {
            self.seal(day)?;
        }
        while self.open.len() > 8 {
            let first = *self.open.keys().next().context("there are open parts")?;
            self.seal(first)?;
        }
        Ok(())
    }

    fn seal(&mut self, day: i32) -> Result<()> {
        match self.open.remove(&day) {
            Some(part) => self.sizes.add(part.finish(&mut self.packer)?),
            None => Ok(()),
        }
    }
}

/// The tables of costs and sizes for a capture file.
pub(crate) fn run(path: &Path, atlas: &Atlas) -> Result<String> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut capture = Capture::open(Box::new(file)).with_context(|| format!("reading {}", path.display()))?;
    let (mut decoder, mut classifier) = (Decoder::new(), Classifier::builtin()?);
    let (mut block, mut columns) = (FrameBlock::default(), PacketColumns::default());
    let mut rollups = Rollups::new(jiff::tz::TimeZone::get(HOME_ZONE)?);
    let packets = find(PACKETS).context("the table of packets")?;
    let mut parts =
        Parts { packets, open: BTreeMap::new(), packer: Packer::default(), sizes: Sizes::default() };
    let mut rollup_sizes = RollupSizes::default();
    // The tables of the atlas are read at the first row of a day: not a cost of the packet.
    atlas.at(Day::of(Timestamp(0)))?;
    let clock = Clock::new();
    let mut costs = Costs { last: clock.now_here()?, ..Costs::default() };
    let mut n = 0u64;
    while capture.next_block(&mut block) {
        costs.add(&clock, 0)?;
        decoder.decode(&block, &mut columns);
        costs.add(&clock, 1)?;
        assign(&mut columns);
        atlas.enrich(&mut columns)?;
        costs.add(&clock, 2)?;
        classifier.classify(&mut columns);
        costs.add(&clock, 3)?;
        rollups.count(&columns);
        costs.add(&clock, 4)?;
        if rollups.is_full() {
            add_rollups(&mut rollups, &mut rollup_sizes)?;
        }
        costs.add(&clock, 5)?;
        parts.append(&columns)?;
        costs.add(&clock, 6)?;
        n += columns.rows() as u64;
    }
    let days: Vec<i32> = parts.open.keys().copied().collect();
    for day in days {
        parts.seal(day)?;
    }
    costs.add(&clock, 6)?;
    add_rollups(&mut rollups, &mut rollup_sizes)?;
    costs.add(&clock, 5)?;
    let mut out = table(&costs, n)?;
    parts.sizes.write(&mut out, n)?;
    rollup_sizes.write(&mut out, n)?;
    writeln!(out, "\npeak memory: {} MiB", clock::peak_kib()? / 1024)?;
    Ok(out)
}

fn add_rollups(rollups: &mut Rollups, sizes: &mut RollupSizes) -> Result<()> {
    for (name, record) in rollups.take() {
        if !record.is_empty() {
            sizes.add(name, record.len(), part_of(&record)?.size_bytes());
        }
    }
    Ok(())
}

fn part_of(record: &Record) -> Result<Part> {
    let table = find(record.table()).context("a record belongs to a table")?;
    let (mut part, mut packer) = (PartWriter::new(&table)?, Packer::default());
    part.append(&record.values(&table), &mut packer)?;
    Ok(part.finish(&mut packer)?)
}

fn table(costs: &Costs, packets: u64) -> Result<String> {
    let mut out = String::new();
    let each = |ns: u64| ns as f64 / packets.max(1) as f64;
    writeln!(out, "{packets} packets, one thread\n\n{:24}{:>10}{:>10}", "ns per packet", "wall", "CPU")?;
    let mut sum = Moment::default();
    for (stage, spent) in STAGES.iter().zip(&costs.spent) {
        writeln!(out, "{stage:24}{:>10.1}{:>10.1}", each(spent.wall_ns), each(spent.cpu_ns))?;
        sum.wall_ns += spent.wall_ns;
        sum.cpu_ns += spent.cpu_ns;
    }
    writeln!(out, "{:24}{:>10.1}{:>10.1}", "all", each(sum.wall_ns), each(sum.cpu_ns))?;
    Ok(out)
}
