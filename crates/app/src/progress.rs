//! Progress on standard error: a bar for a person, or a JSON object a line for a program.
//!
//! A line says `stage`, `done`, `total` and `unit`. A stage has a first and a last line, and between them
//! one whenever another per cent is done; a total that is not known is 0.
//!
//! **Invariant:** a stage writes at most 102 lines, whatever its size.

use std::cell::Cell;
use std::io::Write;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Not at all.
    Hidden,
    /// As a bar that goes away.
    Bar,
    /// As JSON, an object a line.
    Json,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Bytes of files, compressed as they lie there.
    Bytes,
    /// Days of a sensor.
    SensorDays,
    /// Days.
    Days,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Bytes => "bytes",
            Unit::SensorDays => "sensor-days",
            Unit::Days => "days",
        }
    }
}

/// The progress of one stage.
pub(crate) struct Progress {
    shape: Shape,
}

enum Shape {
    Hidden,
    Bar(ProgressBar),
    Json(Lines),
}

/// How far a stage is, and what of it was written.
struct Lines {
    stage: &'static str,
    unit: Unit,
    done: Cell<u64>,
    total: Cell<u64>,
    percent_said: Cell<u64>,
}

#[derive(Serialize)]
struct Line<'a> {
    stage: &'a str,
    done: u64,
    total: u64,
    unit: &'a str,
}

impl Progress {
    /// Begins a stage of that length.
    pub(crate) fn new(mode: Mode, stage: &'static str, total: u64, unit: Unit) -> Progress {
        let shape = match mode {
            Mode::Hidden => Shape::Hidden,
            Mode::Bar => Shape::Bar(bar(stage, total, unit)),
            Mode::Json => {
                let lines = Lines::new(stage, total, unit);
                lines.say();
                Shape::Json(lines)
            }
        };
        Progress { shape }
    }

    /// Progress of something that nobody waits for.
    pub(crate) fn hidden() -> Progress {
        Progress { shape: Shape::Hidden }
    }

    /// So much more is done.
    pub(crate) fn add(&self, amount: u64) {
        match &self.shape {
            Shape::Hidden => {}
            Shape::Bar(bar) => bar.inc(amount),
            Shape::Json(lines) => lines.reach_and_say(lines.done.get() + amount),
        }
    }

    /// Exactly so much is done.
    pub(crate) fn set(&self, amount: u64) {
        match &self.shape {
            Shape::Hidden => {}
            Shape::Bar(bar) => bar.set_position(amount),
            Shape::Json(lines) => lines.reach_and_say(amount),
        }
    }

    /// There is exactly so much to do.
    pub(crate) fn set_length(&self, length: u64) {
        match &self.shape {
            Shape::Hidden => {}
            Shape::Bar(bar) => bar.set_length(length),
            Shape::Json(lines) => lines.total.set(length),
        }
    }

    /// Ends the stage.
    pub(crate) fn finish(&self) {
        match &self.shape {
            Shape::Hidden => {}
            Shape::Bar(bar) => bar.finish_and_clear(),
            Shape::Json(lines) => lines.say(),
        }
    }
}

impl Lines {
    fn new(stage: &'static str, total: u64, unit: Unit) -> Lines {
        Lines { stage, unit, done: Cell::new(0), total: Cell::new(total), percent_said: Cell::new(0) }
    }

    /// Remembers how far it is; whether another per cent is done.
    fn reach(&self, now: u64) -> bool {
        self.done.set(now);
        let percent = percent(now, self.total.get());
        percent > self.percent_said.replace(percent.max(self.percent_said.get()))
    }

    fn reach_and_say(&self, now: u64) {
        if self.reach(now) {
            self.say();
        }
    }

    fn say(&self) {
        // Nobody may be listening; that changes nothing.
        let _ = writeln!(std::io::stderr(), "{}", self.line());
    }

    fn line(&self) -> String {
        let line = Line {
            stage: self.stage,
            done: self.done.get(),
            total: self.total.get(),
            unit: self.unit.name(),
        };
        serde_json::to_string(&line).expect("texts and numbers are JSON")
    }
}

/// Whole per cents done; 0 while the total is not known.
fn percent(done: u64, total: u64) -> u64 {
    (u128::from(done.min(total)) * 100).checked_div(u128::from(total)).map_or(0, |percent| percent as u64)
}

fn bar(stage: &'static str, total: u64, unit: Unit) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let template = match unit {
        Unit::Bytes => "{msg} {wide_bar} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}",
        Unit::Days => "{msg} {wide_bar} {pos}/{len} days, {eta}",
        Unit::SensorDays => "{msg} {wide_bar} {pos}/{len} {eta}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(stage);
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of one stage: one for each per cent from 0 to 100, and the last.
    const LINES_MAX: u64 = 102;

    #[test]
    fn a_line_is_an_object() {
        let lines = Lines::new("importing", 7, Unit::Bytes);
        lines.reach(3);
        assert_eq!(lines.line(), r#"{"stage":"importing","done":3,"total":7,"unit":"bytes"}"#);
    }

    #[test]
    fn per_cents_are_whole_and_never_beyond_100() {
        let cases = [
            (0, 0, 0),
            (5, 0, 0),
            (0, 9, 0),
            (1, 3, 33),
            (3, 3, 100),
            (9, 3, 100),
            (u64::MAX, u64::MAX, 100),
        ];
        for (done, total, expected) in cases {
            assert_eq!(percent(done, total), expected, "{done} of {total}");
        }
    }

    #[test]
    fn a_stage_of_any_size_writes_few_lines() {
        for total in [0, 1, 7, 100, 100_000] {
            let lines = Lines::new("looking", total, Unit::Bytes);
            let n_lines = (0..=total + 5).filter(|done| lines.reach(*done)).count() as u64;
            // The first and the last line are written whatever was reached.
            assert!(n_lines + 2 <= LINES_MAX, "{n_lines} lines of {total} bytes");
            assert_eq!(n_lines, total.min(100), "{total}");
        }
    }
}
