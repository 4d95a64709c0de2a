//! A capture file in the place of an interface: its frames at their own times, through the same filter.
//!
//! **Invariant:** frames of the file = frames given + excluded + passed over by the filter + lost with a reason.

use std::fs::File;
use std::path::{Path, PathBuf};

use teiten_model::account::{Account, Loss};
use teiten_model::frame::FrameBlock;
use teiten_wire::capture::Capture;

use super::{Frame, Seen};
use crate::error::SensorError;
use crate::filter::{EXCLUDED_BYTES, Instruction, Link, interpreter};

/// An opened capture file.
pub struct FileSource {
    path: PathBuf,
    capture: Capture,
    block: FrameBlock,
    told: Account,
}

/// The programs for the two kinds of frames; `None` takes every frame.
pub type Programs = Option<[(Link, Vec<Instruction>); 2]>;

impl FileSource {
    /// Opens a file of any kind that `wire` reads.
    ///
    /// # Errors
    /// When it is no capture.
    pub fn open(path: &Path) -> Result<FileSource, SensorError> {
        let fault = |what: String| SensorError::File { path: path.to_path_buf(), what };
        let file = File::open(path).map_err(|error| fault(error.to_string()))?;
        let capture = Capture::open(Box::new(file)).map_err(|error| fault(error.to_string()))?;
        Ok(FileSource {
            path: path.to_path_buf(),
            capture,
            block: FrameBlock::default(),
            told: Account::default(),
        })
    }

    /// Gives the next block of frames with the link type and the time of each; false at the end. The losses of
    /// the block follow its frames.
    pub fn take_block(
        &mut self,
        programs: &Programs,
        mut each: impl FnMut(u16, i64, Seen<'_>),
        mut lost: impl FnMut(Loss, u64),
    ) -> bool {
        let has_more = self.capture.next_block(&mut self.block);
        for one in &self.block.frames {
            let bytes = self.block.bytes_of(one);
            let seen = Seen::Frame(Frame { ts_ns: one.ts_ns, wire_len: one.wire_len, bytes });
            let program = programs
                .as_ref()
                .and_then(|programs| programs.iter().find(|(link, _)| link.number() == one.link));
            match program.map(|(_, program)| interpreter::run(program, bytes)) {
                Some(0) => {}
                Some(EXCLUDED_BYTES) => each(one.link, one.ts_ns, Seen::Excluded),
                Some(_) | None => each(one.link, one.ts_ns, seen),
            }
        }
        let account = self.capture.account();
        for loss in Loss::ALL {
            match account.lost(loss) - self.told.lost(loss) {
                0 => {}
                frames => lost(loss, frames),
            }
        }
        self.told = account.clone();
        has_more
    }

    /// What was found wrong with the file.
    pub fn messages(&self) -> Vec<String> {
        self.capture.messages().iter().map(|message| format!("{}: {message}", self.path.display())).collect()
    }
}
