//! A small input that unpacks to a gibibyte costs time and no memory.
//!
//! Alone in its file, because it measures the memory of the whole process.
//!
//! **Invariant:** the peak stays below [`PEAK_KIB_MAX`], which is far below what unpacking at once would take.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod reading;

use std::io::{Cursor, Read, Write};

use reading::Hand;
use teiten_model::frame::FrameBlock;
use teiten_wire::capture::Capture;

/// What the process may take at its peak, in KiB.
const PEAK_KIB_MAX: u64 = 160 << 10;

const ZEROS_BYTES: u64 = 1 << 30;

/// The most memory this process has had, in KiB; `None` where the system does not tell.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// A header and a gibibyte of zeros behind it, packed.
fn gzip(header: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(header).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(ZEROS_BYTES), &mut encoder).unwrap();
    encoder.finish().unwrap()
}

fn zstd(header: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.write_all(header).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(ZEROS_BYTES), &mut encoder).unwrap();
    encoder.finish().unwrap()
}

fn frames_of(packed: Vec<u8>) -> u64 {
    let mut capture = Capture::open(Box::new(Cursor::new(packed))).unwrap();
    let mut block = FrameBlock::default();
    let mut frames = 0;
    while capture.next_block(&mut block) {
        frames += block.frames.len() as u64;
    }
    capture.account().check();
    frames
}

#[test]
fn a_bomb_costs_no_memory() {
    let mut pcap = Hand::new(false);
    pcap.pcap_header(0xa1b2_c3d4, (2, 4), 0, 1);
    // Sixteen zeros are a record of an empty frame.
    assert_eq!(frames_of(zstd(&pcap.bytes)), ZEROS_BYTES / 16);

    // One block that claims nearly all of the zeros: it is passed over, not held.
    let mut pcapng = Hand::new(false);
    pcapng.section((1, 0)).interface(1, 0, &[]);
    pcapng.bytes.extend([9, 0, 0, 0, 0, 0, 0, 0x3f]);
    assert_eq!(frames_of(gzip(&pcapng.bytes)), 0);

    if let Some(peak) = peak_kib() {
        assert!(peak < PEAK_KIB_MAX, "{peak} KiB");
    }
}
