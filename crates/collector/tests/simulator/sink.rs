//! What is durable behind the collector: batches with their frames, each once, in order.
//!
//! **Invariant:** asserted on every commit: numbers of a spool follow one another, and no frame comes twice.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use teiten_collector::sink::{Accepted, Mark};
use teiten_model::frame::FrameBlock;
use teiten_wire::batch::{self, Head};
use teiten_wire::capture::Capture;

/// The disk behind the collector.
#[derive(Debug, Default)]
pub(crate) struct Durable {
    pub(crate) marks: BTreeMap<(String, u64), Mark>,
    pub(crate) heads: BTreeMap<String, Vec<Head>>,
    frames: BTreeSet<(String, u64)>,
    /// Frames stored and frames told as lost, of each sensor.
    pub(crate) stored: BTreeMap<String, (u64, u64)>,
}

/// The numbers of the frames in a batch: the world writes them into the last 8 bytes.
fn frames(accepted: &Accepted) -> Vec<u64> {
    let batch = batch::open(&accepted.bytes).expect("what was accepted was verified");
    assert_eq!((&batch.head, batch.sum), (&*accepted.head, accepted.sum));
    let plain = batch.plain().expect("frames of a batch that was verified");
    if plain.is_empty() {
        return Vec::new();
    }
    let mut capture = Capture::open(Box::new(Cursor::new(plain))).expect("a capture");
    let (mut block, mut frames) = (FrameBlock::default(), Vec::new());
    while capture.next_block(&mut block) {
        frames.extend(block.frames.iter().map(|frame| {
            let bytes = block.bytes_of(frame);
            u64::from_le_bytes(bytes[bytes.len() - 8..].try_into().expect("8 bytes"))
        }));
    }
    assert_eq!(frames.len() as u64, accepted.head.frames);
    frames
}

impl Durable {
    /// Stores a group; a commit that is torn leaves nothing, so there is no half of it.
    pub(crate) fn store(&mut self, group: &[Accepted]) {
        for accepted in group {
            let head = &accepted.head;
            let mark = self.marks.entry((head.sensor.clone(), head.epoch)).or_default();
            assert!(head.first <= mark.sequence + 1, "a gap before {head:?}");
            assert!(head.sequence > mark.sequence, "stored twice: {head:?}");
            *mark = Mark { sequence: head.sequence, sum: accepted.sum };
            for frame in frames(accepted) {
                assert!(self.frames.insert((head.sensor.clone(), frame)), "frame {frame} twice: {head:?}");
            }
            let (stored, lost) = self.stored.entry(head.sensor.clone()).or_default();
            *stored += head.frames;
            *lost += head.lost_total();
            self.heads.entry(head.sensor.clone()).or_default().push(Head::clone(head));
        }
    }

    /// The last stored number of a spool.
    pub(crate) fn mark(&self, sensor: &str, epoch: u64) -> u64 {
        self.marks.get(&(sensor.to_string(), epoch)).map_or(0, |mark| mark.sequence)
    }
}
