//! Selections written out and read back.
//!
//! **Invariant:** what is exported is what was asked for, in the order of time, and is read by our own reader
//! as the same frames.

use std::cell::RefCell;
use std::io::Cursor;
use std::net::IpAddr;
use teiten_evidence::error::EvidenceError;
use teiten_evidence::export::{Exported, Output, export};
use teiten_evidence::own::Own;
use teiten_evidence::rewrite::Rewriter;
use teiten_model::frame::FrameBlock;
use teiten_model::picks::{Pick, Picks};
use teiten_wire::capture::Capture;
use teiten_wire::write::pcap::PcapWriter;

/// 2014-05-01T00:00Z, in nanoseconds since 1970.
const MIDNIGHT_NS: i64 = 1_398_902_400_000_000_000;
const HOUR_NS: i64 = 3_600_000_000_000;

const SYN: [u8; 40] = [
    0x45, 0, 0, 0x28, 1, 0, 0, 0, 0x6b, 6, 0x62, 0x94, 0xc6, 0x33, 0x64, 7, 0xc0, 0, 2, 1, 0x17, 0x70, 0,
    0x16, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0x40, 0, 0x5c, 0x20, 0, 0,
];

/// An input: each frame comes so many nanoseconds after midnight and goes from port 5888 + its mark.
type Frames = &'static [(i64, u8)];

fn capture(frames: Frames) -> Capture {
    let mut writer = PcapWriter::new(Vec::new(), 101, true, 65_535).expect("a writer");
    for (after_ns, mark) in frames {
        let mut packet = SYN;
        packet[21] = *mark;
        writer.packet(MIDNIGHT_NS + after_ns, &packet, 40).expect("a frame");
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

fn marks(file: Vec<u8>) -> Vec<u8> {
    frames(file).iter().map(|(_, _, bytes)| bytes[21]).collect()
}

/// Picks of (input, frame, nanoseconds after midnight), all with the same label.
fn picked(wanted: &[(&str, u64, i64)], sensor: &str) -> Picks {
    let mut picks = Picks::default();
    for (input, frame, after_ns) in wanted {
        let (input, label) = (picks.input(input), picks.label(sensor, "sport-6000"));
        let dst_public = i64::from(u32::from_be_bytes([192, 0, 2, 1]));
        let ts_ns = MIDNIGHT_NS + after_ns;
        picks.picks.push(Pick { ts_ns, input, frame: *frame, label, dst_public });
    }
    picks.earliest(usize::MAX);
    picks
}

/// What an export does with these inputs: the balance, the file, which inputs were opened in what order,
/// and how many files of frames were put aside.
struct Done {
    exported: Exported,
    file: Vec<u8>,
    opened: Vec<String>,
    aside: usize,
}

fn run(inputs: &[(&str, Frames)], picks: &Picks, rewriter: Option<&mut Rewriter>) -> Done {
    let (mut file, opened, mut aside) = (Vec::new(), RefCell::new(Vec::new()), 0);
    let exported = export(
        picks,
        |name| {
            opened.borrow_mut().push(name.to_string());
            inputs.iter().find(|(known, _)| *known == name).map(|(_, frames)| capture(frames))
        },
        || {
            aside += 1;
            Ok(Cursor::new(Vec::new()))
        },
        rewriter,
        Output::Pcapng { writer: &mut file, filter: Some("tcp.srcport == 6000"), is_synthetic: false },
    )
    .expect("an export");
    Done { exported, file, opened: opened.into_inner(), aside }
}

fn contains(bytes: &[u8], form: &[u8]) -> bool {
    bytes.windows(form.len()).any(|window| window == form)
}

const STRAIGHT: Frames = &[(0, 10), (1, 11), (2, 12), (3, 13), (4, 14)];

#[test]
fn pcapng_has_sensor_tags_and_filter() {
    let picks = picked(&[("a", 1, 0), ("a", 3, 2), ("a", 9, 9)], "tokyo-1");
    let done = run(&[("a", STRAIGHT)], &picks, None);
    assert_eq!(done.exported, Exported { written: 2, missing: 1, ..Exported::default() });
    for text in ["tokyo-1", "sport-6000", "tcp.srcport == 6000"] {
        assert!(contains(&done.file, text.as_bytes()), "{text} stands in the file");
    }
    let read = frames(done.file);
    assert_eq!(
        read.iter().map(|(ts, link, bytes)| (*ts, *link, bytes[21])).collect::<Vec<_>>(),
        [(MIDNIGHT_NS, 101, 10), (MIDNIGHT_NS + 2, 101, 12)]
    );
}

#[test]
fn pcap_has_the_same_frames() {
    let mut file = Vec::new();
    let picks = picked(&[("a", 2, 1), ("a", 5, 4)], "tokyo-1");
    let output = Output::Pcap { writer: &mut file };
    let done = export(&picks, |_| Some(capture(STRAIGHT)), || Ok(Cursor::new(Vec::new())), None, output);
    assert_eq!(done.expect("an export"), Exported { written: 2, ..Exported::default() });
    assert_eq!(marks(file), [11, 14]);
}

#[test]
fn inputs_that_follow_each_other_are_read_straight_through() {
    let late: Frames = &[(10, 20), (11, 21)];
    let picks = picked(&[("late", 1, 10), ("late", 2, 11), ("a", 2, 1), ("a", 5, 4)], "tokyo-1");
    let done = run(&[("a", STRAIGHT), ("late", late)], &picks, None);
    assert_eq!(marks(done.file), [11, 14, 20, 21]);
    assert_eq!((done.opened, done.aside), (vec!["a".to_string(), "late".to_string()], 0));
}

#[test]
fn packets_of_several_inputs_come_in_the_order_of_time() {
    let between: Frames = &[(1, 30), (3, 31), (2, 32), (500, 33)];
    let wanted = [
        ("a", 1, 0),
        ("a", 3, 2),
        ("a", 5, 4),
        ("between", 1, 1),
        ("between", 2, 3),
        ("between", 3, 2),
        ("gone", 1, 7),
    ];
    let picks = picked(&wanted, "tokyo-1");
    let done = run(&[("a", STRAIGHT), ("between", between)], &picks, None);
    assert_eq!(done.exported, Exported { written: 6, missing: 1, ..Exported::default() });
    let times: Vec<i64> = frames(done.file.clone()).iter().map(|(ts, _, _)| ts - MIDNIGHT_NS).collect();
    assert_eq!(times, [0, 1, 2, 2, 3, 4]);
    assert_eq!(marks(done.file), [10, 30, 12, 32, 31, 14], "equal times stand in the order of inputs");
    assert_eq!(done.aside, 1, "the frames were put aside once");
    assert_eq!(done.opened.len(), 3, "each input was opened once: {:?}", done.opened);
}

#[test]
fn an_input_that_is_not_in_order_comes_in_order() {
    let shuffled: Frames = &[(5, 1), (1, 2), (9, 3), (0, 4)];
    let picks = picked(&[("s", 1, 5), ("s", 2, 1), ("s", 3, 9), ("s", 4, 0)], "tokyo-1");
    let done = run(&[("s", shuffled)], &picks, None);
    assert_eq!(marks(done.file), [4, 2, 1, 3]);
}

#[test]
fn a_frame_of_another_time_is_not_the_one_that_was_picked() {
    let picks = picked(&[("a", 1, 0), ("a", 2, 999), ("a", 3, 2)], "tokyo-1");
    let done = run(&[("a", STRAIGHT)], &picks, None);
    assert_eq!(done.exported, Exported { written: 2, missing: 1, ..Exported::default() });
    assert_eq!(marks(done.file), [10, 12]);
}

#[test]
fn an_empty_selection_is_a_file_without_frames() {
    let done = run(&[], &Picks::default(), None);
    assert!(frames(done.file).is_empty());
    let mut file = Vec::new();
    let output = Output::Pcap { writer: &mut file };
    export(&Picks::default(), |_| None, || Ok(Cursor::new(Vec::new())), None, output).expect("an export");
    assert!(frames(file).is_empty());
}

#[test]
fn a_published_file_names_no_sensor_and_no_moment() {
    let picks = picked(&[("a", 1, 0), ("a", 2, 1)], "tokyo-1");
    let mut rewriter = Rewriter::new([3; 32], Own::default());
    let done = run(&[("a", STRAIGHT)], &picks, Some(&mut rewriter));
    assert_eq!(done.exported.written, 2);
    for form in [&b"tokyo-1"[..], b"192.0.2.1", b"tcp.srcport", &[0xc0, 0, 2, 1], &[1, 2, 0, 0xc0]] {
        assert!(!contains(&done.file, form), "{form:02x?} stands in the file");
    }
    assert!(contains(&done.file, b"sport-6000"));
    assert!(frames(done.file).iter().all(|(ts, link, _)| ts % HOUR_NS == 0 && *link == 101));
}

#[test]
fn the_order_inside_a_published_hour_says_nothing_about_time() {
    let steps: Frames = &[(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (HOUR_NS, 8)];
    let wanted: Vec<(&str, u64, i64)> =
        steps.iter().enumerate().map(|(place, (after, _))| ("a", place as u64 + 1, *after)).collect();
    let orders: Vec<Vec<u8>> = [[3; 32], [4; 32]]
        .map(|key| {
            let mut rewriter = Rewriter::new(key, Own::default());
            marks(run(&[("a", steps)], &picked(&wanted, "tokyo-1"), Some(&mut rewriter)).file)
        })
        .to_vec();
    for order in &orders {
        assert_ne!(order[..8], [0, 1, 2, 3, 4, 5, 6, 7], "not the order of time");
        assert_eq!(order[8], 8, "but hour by hour");
    }
    assert_ne!(orders[0], orders[1], "the order is the key's");
}

#[test]
fn what_sensors_sent_and_what_belongs_to_none_is_not_published() {
    let source = IpAddr::from([198, 51, 100, 7]);
    let picks = picked(&[("a", 1, 0), ("a", 2, 1)], "tokyo-1");
    let own = Own::new(["198.51.100.0/24".parse().expect("a prefix")], []);
    let done = run(&[("a", STRAIGHT)], &picks, Some(&mut Rewriter::new([3; 32], own)));
    assert_eq!(done.exported, Exported { own: 2, ..Exported::default() });
    assert!(!contains(&done.file, &[198, 51, 100, 7]), "{source} stands in the file");
    let apart = picked(&[("a", 1, 0)], "-");
    let done = run(&[("a", STRAIGHT)], &apart, Some(&mut Rewriter::new([3; 32], Own::default())));
    assert_eq!(done.exported, Exported { apart: 1, ..Exported::default() });
}

#[test]
fn unsorted_picks_are_refused() {
    let mut picks = picked(&[("a", 2, 1), ("a", 3, 2)], "tokyo-1");
    picks.picks.reverse();
    let output = Output::Pcap { writer: Vec::new() };
    let error = export(&picks, |_| None, || Ok(Cursor::new(Vec::new())), None, output);
    assert!(matches!(error, Err(EvidenceError::Unsorted(2))));
}
