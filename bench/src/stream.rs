//! Ports with exact distinct sources straight from a capture, as `teiten top -r` counts them, without the program
//! around it: one thread reads and takes outlines, the other counts.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context, Result, anyhow};
use teiten_evidence::census::{Census, Pair};
use teiten_model::frame::FrameBlock;
use teiten_wire::capture::Capture;
use teiten_wire::decode::outline::Outliner;

use crate::clock::{Clock, peak_kib, process_cpu_ns};

/// Blocks of pairs under way between the threads.
const BLOCKS_UNDER_WAY: usize = 4;

/// Lines that are told.
const LINES: usize = 10;

/// What one block counts for.
#[derive(Default)]
struct Counted {
    pairs: Vec<Pair>,
    others: Vec<u32>,
}

/// Counts a file and tells what it cost.
pub(crate) fn run(path: &Path) -> Result<String> {
    let clock = Clock::new();
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let capture = Capture::open(Box::new(file)).with_context(|| format!("reading {}", path.display()))?;
    let (give, blocks) = sync_channel::<Counted>(BLOCKS_UNDER_WAY);
    let (back, taken_back) = sync_channel::<Counted>(BLOCKS_UNDER_WAY);
    for _ in 0..BLOCKS_UNDER_WAY {
        back.try_send(Counted::default()).context("the channel has room for exactly these")?;
    }
    let reading = std::thread::spawn(move || read(capture, &give, &taken_back));
    let mut census = Census::default();
    for block in blocks {
        census.count(&block.pairs);
        block.others.iter().for_each(|line| census.count_other(*line, None));
        // A full or closed channel means that the reader needs no more.
        let _ = back.try_send(block);
    }
    reading.join().map_err(|_| anyhow!("the reading thread panicked"))?;
    let mut lines: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for (line, source, packets) in census.pairs() {
        let (sum, sources) = lines.entry(line).or_default();
        *sum += packets;
        *sources += u64::from(source.is_some());
    }
    let mut ranked: Vec<(u32, (u64, u64))> = lines.into_iter().collect();
    ranked.sort_by_key(|(line, (packets, _))| (std::cmp::Reverse(*packets), *line));
    let (wall_ns, cpu_ns) = (clock.wall_ns(), process_cpu_ns()?);
    let all: u64 = ranked.iter().map(|(_, (packets, _))| packets).sum();
    let each = |ns: u64| ns as f64 / all.max(1) as f64;
    let mut out = format!(
        "{all} packets: {:.1} ns wall, {:.1} ns CPU a packet; peak memory {} MiB\n\n",
        each(wall_ns),
        each(cpu_ns),
        peak_kib()? / 1024
    );
    writeln!(out, "{:>9}{:>9}{:>12}{:>12}", "protocol", "port", "packets", "sources")?;
    for (line, (packets, sources)) in ranked.iter().take(LINES) {
        let (proto, port) = (i64::from(line >> 17) - 1, i64::from(line & 0x1_ffff) - 1);
        writeln!(out, "{proto:>9}{port:>9}{packets:>12}{sources:>12}")?;
    }
    Ok(out)
}

fn read(mut capture: Capture, give: &SyncSender<Counted>, taken_back: &Receiver<Counted>) {
    let (mut block, mut outliner) = (FrameBlock::default(), Outliner::default());
    while capture.next_block(&mut block) {
        let Ok(mut counted) = taken_back.recv() else { return };
        counted.pairs.clear();
        counted.others.clear();
        for frame in &block.frames {
            let outline = outliner.of(&block, frame);
            let line = ((outline.ip_proto + 1) as u32) << 17 | (outline.dst_port + 1) as u32;
            match u32::try_from(outline.src) {
                Ok(source) => counted.pairs.push(Pair::new(line, source)),
                Err(_) => counted.others.push(line),
            }
        }
        if give.send(counted).is_err() {
            return;
        }
    }
}
