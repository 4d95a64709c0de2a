//! What compaction makes of a capture: bytes a packet by column, fresh and compacted, in the store's order or in
//! each that was tried.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write;
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use teiten_detect::classifier::Classifier;
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_model::interval::{Day, Timestamp};
use teiten_refdata::atlas::Atlas;
use teiten_store::compact::order::Order;
use teiten_store::compact::run::{self, Source};
use teiten_store::part::{PART_BYTES_MAX, Packer, Part, PartWriter};
use teiten_store::rows;
use teiten_store::table::{PACKETS, TableDef, find};
use teiten_wire::capture::Capture;
use teiten_wire::decode::Decoder;

use crate::clock::{Clock, peak_kib};
use crate::{assign, sizes::Sizes};

/// Fresh parts by UTC day.
type Days = BTreeMap<i32, Vec<Bytes>>;

/// The parts that an import makes of a capture, and its packets.
fn fresh(path: &Path, atlas: &Atlas, packets: &TableDef) -> Result<(Days, u64)> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut capture = Capture::open(Box::new(file)).with_context(|| format!("reading {}", path.display()))?;
    let (mut decoder, mut classifier) = (Decoder::new(), Classifier::builtin()?);
    let (mut block, mut columns) = (FrameBlock::default(), PacketColumns::default());
    let mut packer = Packer::default();
    let (mut days, mut open, mut n) = (Days::new(), BTreeMap::<i32, PartWriter>::new(), 0);
    let mut rows_of = PacketColumns::default();
    while capture.next_block(&mut block) {
        decoder.decode(&block, &mut columns);
        assign(&mut columns);
        atlas.enrich(&mut columns)?;
        classifier.classify(&mut columns);
        let mut places: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
        for (row, ts) in columns.ts.iter().enumerate() {
            places.entry(Day::of(Timestamp(*ts)).0).or_default().push(row as u32);
        }
        for (day, places) in places {
            let part = match open.entry(day) {
                Entry::Occupied(part) => part.into_mut(),
                Entry::Vacant(place) => place.insert(PartWriter::new(packets)?),
            };
            rows_of.take_rows(&columns, &places);
            part.append(&rows_of.all(), &mut packer)?;
            if part.size_bytes() >= PART_BYTES_MAX {
                let part = open.remove(&day).context("the part is open")?;
                days.entry(day).or_default().push(part.finish(&mut packer)?.whole());
            }
        }
        n += columns.rows() as u64;
    }
    for (day, part) in open {
        days.entry(day).or_default().push(part.finish(&mut packer)?.whole());
    }
    Ok((days, n))
}

/// The tables of sizes for a capture file.
pub(crate) fn run(path: &Path, atlas: &Atlas, orders: &[Order]) -> Result<String> {
    let packets = find(PACKETS).context("the table of packets")?;
    let (days, n) = fresh(path, atlas, &packets)?;
    let mut out = format!("{n} packets in {} days\n\nfresh", days.len());
    let (mut sizes, clock) = (Sizes::default(), Clock::new());
    for bytes in days.values().flatten() {
        sizes.add(Part { pieces: vec![bytes.clone()], rows: 0 })?;
    }
    sizes.write(&mut out, n)?;
    for order in orders.iter().copied() {
        let (mut sizes, mut derived) = (Sizes::default(), Derived::default());
        let before = clock.now()?;
        let mut parts = Vec::new();
        for fresh in days.values() {
            let sources = fresh.iter().map(|bytes| Source::new("a fresh part", bytes.clone()));
            run::runs(sources, |run| {
                parts.push(run.write(&packets, order)?);
                Ok(())
            })?;
        }
        let spent_ns = clock.now()?.cpu_ns - before.cpu_ns;
        for part in parts {
            if order == Order::STORE {
                derived.add(&packets, &part)?;
            }
            sizes.add(part)?;
        }
        write!(out, "\nby {}{}: ", order.name, if order == Order::STORE { " (the store's)" } else { "" })?;
        writeln!(out, "{:.0} ns of CPU a packet", spent_ns as f64 / n.max(1) as f64)?;
        sizes.write(&mut out, n)?;
        if order == Order::STORE {
            derived.write(&mut out, n)?;
        }
    }
    writeln!(out, "\npeak memory, the fresh parts included: {} MiB", peak_kib()? / 1024)?;
    Ok(out)
}

/// What would be saved if numbers that a tool makes of the rest of the header were left out: a sequence number that
/// is the destination (Mirai), an identification that is destination ^ port ^ sequence number (Masscan). A reader
/// would see them as absent, so this is measured and not done.
#[derive(Default)]
struct Derived {
    with: Sizes,
    without: Sizes,
    sequences: u64,
    identifications: u64,
}

impl Derived {
    /// Adds a compacted part: written as it is and without those numbers, by the encoder of fresh parts.
    fn add(&mut self, packets: &TableDef, part: &Part) -> Result<()> {
        let mut packer = Packer::default();
        let (mut with, mut without) = (PartWriter::new(packets)?, PartWriter::new(packets)?);
        let mut columns = PacketColumns::default();
        let batches =
            ParquetRecordBatchReaderBuilder::try_new(part.whole())?.with_batch_size(16_384).build()?;
        for batch in batches {
            rows::from_batch(&batch?, &mut columns)?;
            with.append(&columns.all(), &mut packer)?;
            for row in 0..columns.rows() {
                let (dst, sequence) = (columns.dst[row], columns.tcp_seq[row]);
                let of_all = (dst ^ i64::from(columns.dst_port[row]) ^ sequence) & 0xffff;
                if sequence >= 0 && i64::from(columns.ip_id[row]) == of_all {
                    columns.ip_id[row] = -1;
                    self.identifications += 1;
                }
                if sequence >= 0 && sequence == dst {
                    columns.tcp_seq[row] = -1;
                    self.sequences += 1;
                }
            }
            without.append(&columns.all(), &mut packer)?;
        }
        self.with.add(with.finish(&mut packer)?)?;
        self.without.add(without.finish(&mut packer)?)
    }

    fn write(&self, out: &mut String, packets: u64) -> Result<()> {
        let each = |number: u64| number as f64 / packets.max(1) as f64;
        writeln!(out, "\nwithout numbers that a tool made of others")?;
        for (column, of, n) in
            [("tcp_seq", "dst", self.sequences), ("ip_id", "dst ^ dst_port ^ tcp_seq", self.identifications)]
        {
            let (with, without) = (each(self.with.of(column)), each(self.without.of(column)));
            writeln!(out, "{column:24}{with:>10.3} -> {without:.3}, {:.1}% are {of}", 100.0 * each(n))?;
        }
        Ok(())
    }
}
