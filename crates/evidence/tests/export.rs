//! A selection written out and read back.
//!
//! **Invariant:** what is exported is what was asked for, and is read by our own reader as the same frames.

use std::io::Cursor;
use std::net::IpAddr;
use teiten_evidence::error::EvidenceError;
use teiten_evidence::export::{Exported, Label, Output, export};
use teiten_evidence::rewrite::Rewriter;
use teiten_model::frame::FrameBlock;
use teiten_wire::capture::Capture;
use teiten_wire::write::pcap::PcapWriter;

const SYN: [u8; 40] = [
    0x45, 0, 0, 0x28, 1, 0, 0, 0, 0x6b, 6, 0x62, 0x94, 0xc6, 0x33, 0x64, 7, 0xc0, 0, 2, 1, 0x17, 0x70, 0,
    0x16, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0x40, 0, 0x5c, 0x20, 0, 0,
];

fn input(frames: u64) -> Capture {
    let mut writer = PcapWriter::new(Vec::new(), 101, true, 65_535).expect("a writer");
    for number in 0..frames {
        let mut packet = SYN;
        packet[21] = number as u8;
        writer.packet(1_398_902_400_000_000_000 + number as i64, &packet, 40).expect("a frame");
    }
    open(writer.finish().expect("a file"))
}

fn open(file: Vec<u8>) -> Capture {
    Capture::open(Box::new(Cursor::new(file))).expect("a capture")
}

fn frames(file: Vec<u8>) -> Vec<(i64, u16, Vec<u8>)> {
    let (mut capture, mut block, mut all) = (open(file), FrameBlock::default(), Vec::new());
    while capture.next_block(&mut block) {
        all.extend(
            block.frames.iter().map(|frame| (frame.ts_ns, frame.link, block.bytes_of(frame).to_vec())),
        );
    }
    all
}

fn label() -> Label {
    Label {
        sensor: "tokyo-1".into(),
        comment: Some("tags: sport-6000".into()),
        public_destination: Some(IpAddr::from([192, 0, 2, 1])),
    }
}

fn contains(bytes: &[u8], form: &[u8]) -> bool {
    bytes.windows(form.len()).any(|window| window == form)
}

#[test]
fn pcapng_has_sensor_tags_and_filter() {
    let mut file = Vec::new();
    let output = Output::Pcapng { writer: &mut file, filter: Some("tcp.srcport == 6000") };
    let done = export(input(5), &[1, 3, 9], |_| label(), None, output).expect("an export");
    assert_eq!(done, Exported { written: 2, withheld: 0, missing: 1 });
    for text in ["tokyo-1", "tags: sport-6000", "tcp.srcport == 6000"] {
        assert!(contains(&file, text.as_bytes()), "{text} stands in the file");
    }
    let read = frames(file);
    assert_eq!(
        read.iter().map(|(ts, link, bytes)| (*ts, *link, bytes[21])).collect::<Vec<_>>(),
        [(1_398_902_400_000_000_000, 101, 0), (1_398_902_400_000_000_002, 101, 2)]
    );
}

#[test]
fn pcap_has_the_same_frames() {
    let mut file = Vec::new();
    let done =
        export(input(5), &[2, 5], |_| label(), None, Output::Pcap { writer: &mut file }).expect("an export");
    assert_eq!(done, Exported { written: 2, withheld: 0, missing: 0 });
    assert_eq!(frames(file).iter().map(|(_, _, bytes)| bytes[21]).collect::<Vec<_>>(), [1, 4]);
}

#[test]
fn an_empty_selection_is_a_file_without_frames() {
    let mut file = Vec::new();
    export(input(1), &[], |_| label(), None, Output::Pcap { writer: &mut file }).expect("an export");
    assert!(frames(file).is_empty());
}

#[test]
fn a_published_file_names_no_sensor_and_no_hour() {
    let mut file = Vec::new();
    let output = Output::Pcapng { writer: &mut file, filter: Some("ip.dst == 192.0.2.1") };
    let mut rewriter = Rewriter::new([3; 32]);
    let done = export(input(2), &[1, 2], |_| label(), Some(&mut rewriter), output).expect("an export");
    assert_eq!(done.written, 2);
    for form in [&b"tokyo-1"[..], b"192.0.2.1", &[0xc0, 0, 2, 1], &[1, 2, 0, 0xc0]] {
        assert!(!contains(&file, form), "{form:02x?} stands in the file");
    }
    assert!(contains(&file, b"tags: sport-6000"));
    assert!(frames(file).iter().all(|(ts, link, _)| ts % 3_600_000_000_000 == 0 && *link == 101));
}

#[test]
fn unsorted_numbers_are_refused() {
    let error = export(input(1), &[2, 2], |_| label(), None, Output::Pcap { writer: Vec::new() });
    assert!(matches!(error, Err(EvidenceError::Unsorted(2))));
}
