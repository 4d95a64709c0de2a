//! The whole import with two threads, as `teiten import` runs it, without the program around it.
//!
//! One thread reads, decodes, enriches and classifies; the other counts, encodes and commits. The
//! store lies in a folder that is removed afterwards.

use std::fs::File;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context, Result, anyhow};
use teiten_detect::classifier::Classifier;
use teiten_model::account::Account;
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_model::sensor::Telescope;
use teiten_refdata::atlas::Atlas;
use teiten_store::intake::Input;
use teiten_store::store::Store;
use teiten_wire::capture::Capture;
use teiten_wire::decode::Decoder;

use crate::clock::{Clock, peak_kib, process_cpu_ns};
use crate::{HOME_ZONE, assign};

/// Blocks of columns under way between the threads.
const BLOCKS_UNDER_WAY: usize = 3;

/// When the import is said to have happened; no part of what is measured.
const NOW_US: i64 = 1_700_000_000_000_000;

/// Imports a file and tells what it cost.
pub(crate) fn run(path: &Path, atlas: Atlas) -> Result<String> {
    let folder = tempfile::tempdir().context("making a folder for the store")?;
    let place = folder.path().join("store").display().to_string();
    let store = Store::open_or_make(&place, HOME_ZONE)?;
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let capture = Capture::open(Box::new(file)).with_context(|| format!("reading {}", path.display()))?;
    let clock = Clock::new();
    let (give, blocks) = sync_channel::<Box<PacketColumns>>(BLOCKS_UNDER_WAY);
    let (back, taken_back) = sync_channel::<Box<PacketColumns>>(BLOCKS_UNDER_WAY);
    for _ in 0..BLOCKS_UNDER_WAY {
        back.try_send(Box::default()).context("the channel has room for exactly these")?;
    }
    let reading = std::thread::spawn(move || read(capture, &atlas, &give, &taken_back));
    let mut intake = store.begin()?;
    for columns in blocks {
        intake.append(&columns)?;
        // A full or closed channel means that the reader needs no more.
        let _ = back.try_send(columns);
    }
    let account = reading.join().map_err(|_| anyhow!("the reading thread panicked"))??;
    let packets = account.stored.max(1);
    intake.end_input(
        Input { id: "0123456789abcdef".to_string(), kind: "capture", ..Input::default() },
        account,
    )?;
    intake.commit(&Telescope::default(), NOW_US)?;
    let wall_ns = clock.now()?.wall_ns;
    let cpu_ns = process_cpu_ns()?;
    let each = |ns: u64| ns as f64 / packets as f64;
    Ok(format!(
        "{packets} packets: {:.1} ns wall, {:.1} ns CPU a packet; {:.2} s; peak memory {} MiB\n",
        each(wall_ns),
        each(cpu_ns),
        wall_ns as f64 / 1e9,
        peak_kib()? / 1024
    ))
}

fn read(
    mut capture: Capture,
    atlas: &Atlas,
    give: &SyncSender<Box<PacketColumns>>,
    taken_back: &Receiver<Box<PacketColumns>>,
) -> Result<Account> {
    let (mut decoder, mut classifier) = (Decoder::new(), Classifier::builtin()?);
    let mut block = FrameBlock::default();
    while capture.next_block(&mut block) {
        let mut columns = taken_back.recv().context("the intake has gone")?;
        decoder.decode(&block, &mut columns);
        assign(&mut columns);
        atlas.enrich(&mut columns)?;
        classifier.classify(&mut columns);
        give.send(columns).map_err(|_| anyhow!("the intake has gone"))?;
    }
    Ok(capture.account().clone())
}
