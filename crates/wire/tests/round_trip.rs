//! What is written is read back, whatever the byte order, the compression, or where the file was cut.
//!
//! **Invariant:** every input here is made by the test itself.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod reading;

use std::io::Write;

use proptest::prelude::*;
use reading::{Frame, Hand, read_all};
use teiten_model::account::Loss;
use teiten_wire::format::Compression;
use teiten_wire::write::pcap::PcapWriter;
use teiten_wire::write::pcapng::PcapngWriter;

const LAST_NS: i64 = u32::MAX as i64 * 1_000_000_000 + 999_999_999;

fn frames_any() -> impl Strategy<Value = Vec<(i64, Vec<u8>, u32)>> {
    prop::collection::vec((0..=LAST_NS, prop::collection::vec(any::<u8>(), 0..200), any::<u32>()), 0..20)
}

fn expected(frames: &[(i64, Vec<u8>, u32)], ns_per_tick: i64) -> Vec<Frame> {
    let numbered = frames.iter().zip(1..);
    numbered
        .map(|((ts_ns, bytes, wire_len), number)| Frame {
            ts_ns: ts_ns / ns_per_tick * ns_per_tick,
            bytes: bytes.clone(),
            wire_len: *wire_len,
            link: 1,
            number,
        })
        .collect()
}

fn check(bytes: &[u8], frames: &[Frame]) {
    let whole = read_all(bytes).unwrap();
    assert_eq!(whole.frames, frames);
    assert!(whole.capture.is_whole(), "{:?}", whole.capture.messages());
    assert_eq!(whole.capture.account().lost_total(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn written_pcap_is_read_back(frames in frames_any(), nanoseconds: bool) {
        let mut writer = PcapWriter::new(Vec::new(), 1, nanoseconds, 262_144).unwrap();
        for (ts_ns, bytes, wire_len) in &frames {
            writer.packet(*ts_ns, bytes, *wire_len).unwrap();
        }
        check(&writer.finish().unwrap(), &expected(&frames, if nanoseconds { 1 } else { 1000 }));
    }

    #[test]
    fn written_pcapng_is_read_back(frames in frames_any(), comment in prop::option::of(".{0,40}")) {
        let mut writer = PcapngWriter::new(Vec::new(), comment.as_deref()).unwrap();
        writer.interface("eth0", 1, comment.as_deref()).unwrap();
        for (ts_ns, bytes, wire_len) in &frames {
            writer.packet(0, *ts_ns, bytes, *wire_len, comment.as_deref()).unwrap();
        }
        let written = writer.finish().unwrap();
        check(&written, &expected(&frames, 1));
        let whole = read_all(&written).unwrap();
        let interface = &whole.capture.interfaces()[0];
        prop_assert_eq!(interface.name.as_deref(), Some("eth0"));
        let told: Vec<String> = comment.into_iter().map(|text| text.trim_end_matches('\0').to_owned()).collect();
        prop_assert_eq!(&interface.comments, &told);
        prop_assert_eq!(whole.capture.comments(), &told);
    }

    #[test]
    fn pcap_of_either_byte_order_is_read(frames in frames_any(), is_big: bool, is_modified: bool) {
        let mut hand = Hand::new(is_big);
        hand.pcap_header(if is_modified { 0xa1b2_cd34 } else { 0xa1b2_c3d4 }, (2, 4), 0, 1);
        for (ts_ns, bytes, wire_len) in &frames {
            let (secs, micros) = ((ts_ns / 1_000_000_000) as u32, (ts_ns % 1_000_000_000 / 1000) as u32);
            hand.pcap_record(secs, micros, bytes.len() as u32, *wire_len, if is_modified { &[7; 8] } else { &[] });
            hand.bytes.extend(bytes);
        }
        check(&hand.bytes, &expected(&frames, 1000));
    }

    #[test]
    fn pcapng_of_either_byte_order_is_read(frames in frames_any(), is_big: bool, is_obsolete: bool) {
        let mut hand = Hand::new(is_big);
        hand.section((1, 0)).interface(1, 0, &[(9, &[9])]);
        for (ts_ns, bytes, wire_len) in &frames {
            if is_obsolete {
                hand.obsolete(0, *ts_ns as u64, bytes, *wire_len);
            } else {
                hand.enhanced(0, *ts_ns as u64, bytes, *wire_len);
            }
        }
        check(&hand.bytes, &expected(&frames, 1));
    }
}

/// Frames of many lengths, some of them long enough to cross every buffer.
fn sample_pcap(count: u32) -> Vec<u8> {
    let mut writer = PcapWriter::new(Vec::new(), 1, false, 262_144).unwrap();
    for number in 0..count {
        let bytes: Vec<u8> = (0..number * 37 % 1500).map(|at| (at * at + number) as u8).collect();
        writer.packet(i64::from(number) * 1_000_000, &bytes, bytes.len() as u32).unwrap();
    }
    writer.finish().unwrap()
}

fn compress(compression: Compression, bytes: &[u8]) -> Vec<u8> {
    match compression {
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Zstd => zstd::stream::encode_all(bytes, 1).unwrap(),
        Compression::Xz => {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Lz4 => {
            let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Bzip2 => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
    }
}

#[test]
fn every_compression_gives_the_same_frames() {
    let plain = sample_pcap(4000);
    assert!(plain.len() > 2 << 20, "the sample crosses every buffer");
    let frames = read_all(&plain).unwrap().frames;
    for compression in Compression::ALL {
        let whole = read_all(&compress(compression, &plain)).unwrap();
        assert!(whole.frames == frames, "{compression}");
        assert!(whole.capture.is_whole(), "{compression}: {:?}", whole.capture.messages());
        assert_eq!(whole.capture.format().compressions, [compression]);
    }
}

#[test]
fn several_members_of_one_stream_are_one_capture() {
    let plain = sample_pcap(300);
    let frames = read_all(&plain).unwrap().frames;
    for compression in Compression::ALL {
        let members: Vec<u8> = plain.chunks(50_000).flat_map(|part| compress(compression, part)).collect();
        let whole = read_all(&members).unwrap();
        assert!(whole.frames == frames, "{compression}");
        assert!(whole.capture.is_whole(), "{compression}: {:?}", whole.capture.messages());
    }
}

#[test]
fn the_old_form_of_lz4_is_read() {
    let plain = sample_pcap(300);
    let block = lz4_flex::block::compress(&plain);
    let packed = [&[0x02, 0x21, 0x4c, 0x18], &(block.len() as u32).to_le_bytes()[..], &block].concat();
    check(&packed, &read_all(&plain).unwrap().frames);
}

#[test]
fn writers_refuse_what_no_reader_would_take() {
    let mut writer = PcapngWriter::new(Vec::new(), None).unwrap();
    let error = writer.packet(0, 0, &[1], 1, None).unwrap_err().to_string();
    assert_eq!(error, "interface 0 was not described to the pcapng writer; call `interface` first");
    writer.interface("a", 1, Some(&"\u{5b9a}".repeat(30_000))).unwrap();
    let error = writer.packet(0, 0, &vec![0; 262_145], 1, None).unwrap_err().to_string();
    assert_eq!(error, "a frame of 262145 bytes is longer than the 262144 bytes a capture may hold");
    check(&writer.finish().unwrap(), &[]);
}

#[test]
fn compression_in_compression_is_opened_once_and_then_refused() {
    let plain = sample_pcap(20);
    let twice = compress(Compression::Gzip, &compress(Compression::Xz, &plain));
    let whole = read_all(&twice).unwrap();
    assert_eq!(whole.frames.len(), 20);
    assert_eq!(whole.capture.format().to_string(), "pcap, little-endian, microseconds, in xz, in gzip");
    let error = read_all(&compress(Compression::Zstd, &twice)).err().unwrap().to_string();
    assert_eq!(error, "xz inside 2 layers of compression is not opened; decompress the input first");
}

#[test]
fn a_capture_dropped_early_ends_its_decompressor() {
    let packed = compress(Compression::Gzip, &sample_pcap(20_000));
    drop(teiten_wire::capture::Capture::open(Box::new(std::io::Cursor::new(packed))).unwrap());
}

fn sample_pcapng(is_big: bool) -> Vec<u8> {
    let mut hand = Hand::new(is_big);
    hand.section((1, 0)).interface(1, 0, &[(2, b"eth0"), (9, &[9])]);
    hand.enhanced(0, 1, &[1, 2, 3], 3).simple(&[4; 5], 5).obsolete(0, 3, &[6; 9], 9).block(0x0bad, &[1; 20]);
    hand.is_big = !is_big;
    hand.section((1, 0)).interface(101, 0, &[]).enhanced(0, 4, &[0x45; 20], 20);
    hand.bytes
}

/// Ends of the records, so that a cut can say how many frames lie before it.
fn cut_everywhere(bytes: &[u8], loses_only_frames: bool) {
    let all = read_all(bytes).unwrap();
    for len in 0..bytes.len() {
        let Ok(whole) = read_all(&bytes[..len]) else { continue };
        assert!(all.frames.starts_with(&whole.frames), "cut at {len}");
        let lost = whole.capture.account().lost_total();
        assert_eq!(lost, whole.capture.account().lost(Loss::Truncated), "cut at {len}");
        assert!(lost <= 1, "cut at {len}");
        if loses_only_frames {
            assert_eq!(lost == 0, whole.capture.is_whole(), "cut at {len}");
        } else if whole.capture.is_whole() {
            assert_eq!(lost, 0, "cut at {len}");
        }
    }
    assert!(all.capture.is_whole());
}

#[test]
fn a_file_cut_anywhere_gives_the_frames_before_the_cut() {
    cut_everywhere(&sample_pcap(12), true);
    cut_everywhere(&sample_pcapng(false), false);
    cut_everywhere(&sample_pcapng(true), false);
}

#[test]
fn a_compressed_file_cut_anywhere_is_never_whole() {
    let plain = sample_pcap(6);
    let all = read_all(&plain).unwrap().frames;
    for compression in Compression::ALL {
        let packed = compress(compression, &plain);
        for len in 1..packed.len() {
            let Ok(whole) = read_all(&packed[..len]) else { continue };
            assert!(!whole.capture.is_whole(), "{compression} cut at {len} of {}", packed.len());
            assert_eq!(whole.capture.account().lost(Loss::Decompression), 1, "{compression} cut at {len}");
            assert!(all.starts_with(&whole.frames), "{compression} cut at {len}");
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[test]
fn files_with_changed_bytes_neither_panic_nor_loop() {
    let mut samples = vec![sample_pcap(8), sample_pcapng(false), sample_pcapng(true)];
    samples.extend(Compression::ALL.map(|compression| compress(compression, &sample_pcapng(true))));
    for (place, sample) in samples.iter().enumerate() {
        let mut seeded = Seeded(0x5eed_0000 + place as u64);
        for _ in 0..1500 {
            let mut changed = sample.clone();
            for _ in 0..=seeded.below(4) {
                let at = seeded.below(changed.len());
                let byte = [0x00, 0xff, 0x80, 0x01, seeded.below(256) as u8][seeded.below(5)];
                changed[at] = byte;
            }
            if let Ok(whole) = read_all(&changed) {
                // A record has at least a header, so the frames of a plain file are bounded by its length.
                assert!(place >= 3 || whole.frames.len() <= sample.len() / 16, "sample {place}");
            }
        }
    }
}
