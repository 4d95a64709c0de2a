//! Frames put aside: read from each input in the input's order, given back in the order of time.
//!
//! An input can be read forwards only, and thousands of them cannot be open at once. So each is read once,
//! its frames go into a file of their own, and from there they are had in any order.
//!
//! **Invariant:** in memory a frame is its place in that file, whatever its length.

use std::collections::BTreeMap;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};

use teiten_model::frame::{FrameBlock, FrameRef};
use teiten_model::picks::Pick;
use teiten_wire::capture::Capture;

use crate::error::EvidenceError;

/// Where a frame lies in the file.
#[derive(Debug, Clone, Copy)]
struct Place {
    offset: u64,
    frame: FrameRef,
}

/// The frames of picked packets.
pub(crate) struct Spool<S> {
    file: S,
    /// By the place of the pick; `None` for a frame that its input does not have.
    places: Vec<Option<Place>>,
}

impl<S: Read + Write + Seek> Spool<S> {
    /// Reads the frames of all picks from their inputs into the file.
    pub(crate) fn fill(
        picks: &[Pick],
        inputs: &[String],
        file: S,
        mut open: impl FnMut(&str) -> Option<Capture>,
    ) -> Result<Spool<S>, EvidenceError> {
        let mut by_input: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (place, pick) in picks.iter().enumerate() {
            by_input.entry(pick.input).or_default().push(place);
        }
        let mut places = vec![None; picks.len()];
        let mut file = BufWriter::new(file);
        let mut offset = 0;
        for (input, mut wanted) in by_input {
            let Some(capture) = open(&inputs[input as usize]) else { continue };
            wanted.sort_unstable_by_key(|place| picks[*place].frame);
            let asked: Vec<Pick> = wanted.iter().map(|place| picks[*place]).collect();
            each_frame(capture, &asked, |nth, frame, bytes| {
                file.write_all(bytes).map_err(EvidenceError::Spool)?;
                places[wanted[nth]] = Some(Place { offset, frame: *frame });
                offset += bytes.len() as u64;
                Ok(())
            })?;
        }
        let file = file.into_inner().map_err(|error| EvidenceError::Spool(error.into_error()))?;
        Ok(Spool { file, places })
    }

    /// The frame of a pick, by its place; its bytes go into `bytes`.
    pub(crate) fn frame(
        &mut self,
        place: usize,
        bytes: &mut Vec<u8>,
    ) -> Result<Option<FrameRef>, EvidenceError> {
        let Some(found) = self.places[place] else { return Ok(None) };
        bytes.resize(found.frame.cap_len as usize, 0);
        self.file
            .seek(SeekFrom::Start(found.offset))
            .and_then(|_| self.file.read_exact(bytes))
            .map_err(EvidenceError::Spool)?;
        Ok(Some(found.frame))
    }
}

/// Hands over each frame of one input that was asked for, with the place of its pick in `asked`.
///
/// `asked` are picks of that input in the order of their frames. A frame that has another time than its
/// pick is not the one that was picked: the input has changed.
pub(crate) fn each_frame(
    mut capture: Capture,
    asked: &[Pick],
    mut take: impl FnMut(usize, &FrameRef, &[u8]) -> Result<(), EvidenceError>,
) -> Result<(), EvidenceError> {
    let mut block = FrameBlock::default();
    let mut next = 0;
    while next < asked.len() && capture.next_block(&mut block) {
        for frame in &block.frames {
            while asked.get(next).is_some_and(|pick| pick.frame < frame.number) {
                next += 1;
            }
            let Some(pick) = asked.get(next) else { break };
            if pick.frame == frame.number {
                if pick.ts_ns == frame.ts_ns {
                    take(next, frame, block.bytes_of(frame))?;
                }
                next += 1;
            }
        }
    }
    Ok(())
}
