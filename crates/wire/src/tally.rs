//! The count of one input: frames given, frames lost by reason, and sentences about damage.
//!
//! Readers of both formats keep their books here, so that they agree on what a loss is.
//!
//! **Invariant:** the number of the last frame is the number of frames received; messages never
//! exceed [`MESSAGES_MAX`].

use teiten_model::account::{Account, Loss};

use crate::capture::MESSAGES_MAX;
use crate::input::Input;

/// The books of one input.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Frames given (as stored: each becomes a row) and lost.
    pub(crate) account: Account,
    pub(crate) messages: Vec<String>,
    /// Number of the last frame begun, given or lost.
    pub(crate) number: u64,
    /// Whether anything was found that a sound file does not have.
    pub(crate) is_damaged: bool,
}

impl Tally {
    /// Counts one frame as lost; the caller says why in [`Tally::tell`] or [`Tally::damage`].
    pub(crate) fn lose(&mut self, reason: Loss) {
        self.number += 1;
        self.account.lose(reason, 1);
    }

    /// Keeps a sentence about the input.
    pub(crate) fn tell(&mut self, message: impl FnOnce() -> String) {
        if self.messages.len() < MESSAGES_MAX {
            self.messages.push(message());
        }
    }

    /// Keeps a sentence about damage: the input is not whole.
    pub(crate) fn damage(&mut self, message: impl FnOnce() -> String) {
        self.is_damaged = true;
        self.tell(message);
    }

    /// Books the end of the stream, where `unit` (such as "packet record") was expected or already begun.
    ///
    /// `is_frame` says whether the unit would have given a frame: then the frame it began is lost.
    pub(crate) fn end(&mut self, input: &Input, unit: &str, is_frame: bool) {
        let offset = input.offset();
        let held = input.held().len();
        match input.failure() {
            Some(failure) if input.is_decompressed() => {
                // At least one frame follows damage; how many more, nobody can count.
                self.lose(Loss::Decompression);
                self.damage(|| {
                    format!(
                        "offset {offset}: the compressed stream breaks here ({failure}); what follows is lost"
                    )
                });
            }
            Some(failure) => {
                if held > 0 && is_frame {
                    self.lose(Loss::Truncated);
                }
                self.damage(|| format!("offset {offset}: the input cannot be read further ({failure})"));
            }
            None if held > 0 => {
                if is_frame {
                    self.lose(Loss::Truncated);
                }
                self.damage(|| {
                    format!(
                        "offset {offset}: the input ends inside a {unit}, {held} bytes after its beginning"
                    )
                });
            }
            None => {}
        }
    }
}
