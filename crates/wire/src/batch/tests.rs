//! Batches that are read back, cut, changed and forged.

use std::io::Cursor;

use proptest::prelude::*;
use teiten_model::account::Loss;
use teiten_model::frame::FrameBlock;

use super::*;
use crate::capture::Capture;
use crate::write::pcapng::PcapngWriter;

fn head() -> Head {
    Head {
        sensor: "tokyo-1".into(),
        epoch: 0x1122_3344_5566_7788,
        first: 7,
        sequence: 7,
        instance: 42,
        opened_ns: 1_400_000_000_000_000_000,
        sealed_ns: 1_400_000_060_000_000_000,
        frames: 3,
        lost: vec![(Loss::Kernel, 5), (Loss::Excluded, 9)],
        watched: vec!["192.0.2.0/28".parse().expect("a prefix"), "2001:db8::/64".parse().expect("a prefix")],
        clock_offset_ns: Some(-12_345),
        plain_bytes: 0,
    }
}

fn plain(frames: u64) -> Vec<u8> {
    let mut writer = PcapngWriter::new(Vec::new(), None).expect("a section");
    let interface = writer.interface("eth0", 1, None).expect("an interface");
    for number in 0..frames {
        writer
            .packet(interface, 1_400_000_000_000_000_000 + number as i64, &[number as u8; 60], 60, None)
            .expect("a frame");
    }
    writer.finish().expect("bytes")
}

fn sealed() -> Vec<u8> {
    seal(&head(), &plain(3), 3).expect("a batch")
}

#[test]
fn a_batch_is_read_back_as_it_was_sealed() {
    let (bytes, plain) = (sealed(), plain(3));
    let batch = open(&bytes).expect("a batch");
    assert_eq!(batch.head, Head { plain_bytes: plain.len() as u32, ..head() });
    assert_eq!(batch.plain().expect("frames"), plain);
}

#[test]
fn a_batch_is_a_compressed_capture_for_every_other_reader() {
    let mut capture = Capture::open(Box::new(Cursor::new(sealed()))).expect("a capture");
    let mut block = FrameBlock::default();
    while capture.next_block(&mut block) {
        assert_eq!(block.frames.len(), 3);
        assert_eq!(block.frames[2].ts_ns, 1_400_000_000_000_000_002);
    }
    assert_eq!(capture.account().stored, 3);
}

#[test]
fn a_batch_without_frames_answers_for_those_given_up() {
    let given_up = Head { first: 3, frames: 0, lost: vec![(Loss::SpoolFull, 99)], ..head() };
    let bytes = seal(&given_up, &[], 3).expect("a batch");
    let batch = open(&bytes).expect("a batch");
    assert_eq!((batch.head.first, batch.head.lost_total()), (3, 99));
    assert!(batch.plain().expect("nothing").is_empty());
}

#[test]
fn every_cut_and_every_changed_byte_is_refused() {
    let whole = sealed();
    for len in 0..whole.len() {
        assert!(open(&whole[..len]).is_err(), "cut at {len}");
    }
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        assert!(open(&bytes).is_err(), "changed at {place}");
    }
    let mut longer = whole;
    longer.push(0);
    assert!(matches!(open(&longer), Err(BatchError::Long { .. })));
}

#[test]
fn a_bomb_gives_no_more_than_was_announced() {
    let payload = zstd::bulk::compress(&vec![0; 64 << 20], 3).expect("compressed");
    let mut bytes = Head { plain_bytes: 100, ..head() }.written(&payload);
    bytes.extend_from_slice(&payload);
    let batch = open(&bytes).expect("its sums fit");
    assert!(matches!(batch.plain(), Err(BatchError::Frames(_))));
}

#[test]
fn contradictions_are_refused_when_written_and_when_read() {
    let wrong = [
        Head { sensor: String::new(), ..head() },
        Head { sensor: "../x".into(), ..head() },
        Head { first: 0, ..head() },
        Head { first: 8, ..head() },
        Head { first: 6, ..head() },
        Head { opened_ns: head().sealed_ns + 1, ..head() },
        Head { frames: 0, ..head() },
        Head { watched: vec!["192.0.2.1".parse().expect("a prefix"); WATCHED_MAX + 1], ..head() },
        Head { lost: vec![(Loss::Kernel, 0)], ..head() },
        Head { lost: vec![(Loss::Excluded, 1), (Loss::Kernel, 1)], ..head() },
        Head { lost: vec![(Loss::Kernel, u64::MAX)], ..head() },
    ];
    for head in wrong {
        assert!(matches!(seal(&head, &plain(3), 3), Err(BatchError::Head(_))), "{head:?}");
        let bytes = Head { plain_bytes: 1, ..head.clone() }.written(&[]);
        assert!(open(&bytes).is_err(), "{head:?}");
    }
}

proptest! {
    #[test]
    fn strange_bytes_are_refused_and_nothing_else(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(open(&bytes).is_err());
    }

    #[test]
    fn strange_heads_with_right_sums_never_panic(fields in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = SKIPPABLE.to_le_bytes().to_vec();
        bytes.extend_from_slice(&((MAGIC.len() + fields.len() + 4) as u32).to_le_bytes());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&fields);
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        prop_assert!(open(&bytes).is_err());
    }
}
