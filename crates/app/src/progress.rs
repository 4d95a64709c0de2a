//! Progress on standard error, drawn only for a person.

use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar, or nothing.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar of that length, in bytes or in things.
    pub(crate) fn new(is_shown: bool, what: &'static str, length: u64, is_bytes: bool) -> Progress {
        let bar = if is_shown { ProgressBar::new(length) } else { ProgressBar::hidden() };
        let template = if is_bytes {
            "{msg} {wide_bar} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}"
        } else {
            "{msg} {wide_bar} {pos}/{len} {eta}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        Progress { bar }
    }

    /// So much more is done.
    pub(crate) fn add(&self, amount: u64) {
        self.bar.inc(amount);
    }

    /// Exactly so much is done.
    pub(crate) fn set(&self, amount: u64) {
        self.bar.set_position(amount);
    }

    /// There is exactly so much to do.
    pub(crate) fn set_length(&self, length: u64) {
        self.bar.set_length(length);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
