//! Findings against what was planted: which are right, which are false, and what was missed.
//!
//! A finding is right when a phenomenon of its detector has its subject and its time, a day more or less.
//! One phenomenon may have several findings, and a finding several phenomena.
//!
//! **Invariant:** every finding is right, false or tolerated; every phenomenon is found or missed.

use std::collections::BTreeMap;

use teiten_detect::detector::{DETECTORS, is_experimental};
use teiten_model::interval::DAY_US;
use teiten_model::protocols::read_port_label;

use super::records::{Alarm, Finding, Mark, Truth};

/// The least share of the findings that must be right.
pub(crate) const PRECISION_MIN: f64 = 0.95;
/// The least share of the phenomena that must be found.
pub(crate) const RECALL_MIN: f64 = 0.9;
/// The most false findings in a quarter in which nothing happens.
pub(crate) const QUIET_MAX: f64 = 1.0;
/// A quarter, in days.
const QUARTER_DAYS: f64 = 91.25;
/// What stands in the place of a detector where it is judged what is related to a port.
pub(crate) const RELATED: &str = "related";
/// How far times may be apart.
const SLACK_US: i64 = DAY_US;

/// What came out of one scenario, or several.
#[derive(Debug, Default)]
pub(crate) struct Score {
    /// By detector.
    pub(crate) lines: BTreeMap<String, Line>,
    /// Days that were judged in which nothing happened.
    pub(crate) quiet_days: f64,
    /// False findings of them, but for those of experimental detectors.
    pub(crate) quiet_false: u64,
}

/// What came out for one detector.
#[derive(Debug, Default, Clone)]
pub(crate) struct Line {
    /// Phenomena in the judged period, and those of them that are near the bound.
    pub(crate) planted: u64,
    pub(crate) planted_weak: u64,
    pub(crate) found: u64,
    pub(crate) found_weak: u64,
    /// Findings that are right.
    pub(crate) right: u64,
    /// Findings that are neither right nor tolerated.
    pub(crate) wrong: Vec<Finding>,
    pub(crate) missed: Vec<Mark>,
    pub(crate) tolerated: u64,
    /// From the beginning of a phenomenon to the end of the first day on which it was found, in days.
    pub(crate) delays: Vec<f64>,
    pub(crate) is_experimental: bool,
    /// Whether the program has such a detector.
    pub(crate) is_known: bool,
}

impl Line {
    /// Findings that are right, of those that count; `None` when none does.
    pub(crate) fn precision(&self) -> Option<f64> {
        share(self.right, self.right + self.wrong.len() as u64)
    }

    /// Phenomena that were found; `None` when none was planted.
    pub(crate) fn recall(&self) -> Option<f64> {
        share(self.found, self.planted)
    }

    /// The longest delay, in days.
    pub(crate) fn delay_most(&self) -> Option<f64> {
        self.delays.iter().copied().max_by(f64::total_cmp)
    }

    /// The middle delay, in days.
    pub(crate) fn delay(&self) -> Option<f64> {
        let mut delays = self.delays.clone();
        delays.sort_by(f64::total_cmp);
        let middle = delays.len() / 2;
        match delays.len() {
            0 => None,
            count if count % 2 == 1 => Some(delays[middle]),
            _ => Some((delays[middle - 1] + delays[middle]) / 2.0),
        }
    }

    fn merge(&mut self, other: Line) {
        self.planted += other.planted;
        self.planted_weak += other.planted_weak;
        self.found += other.found;
        self.found_weak += other.found_weak;
        self.right += other.right;
        self.wrong.extend(other.wrong);
        self.missed.extend(other.missed);
        self.tolerated += other.tolerated;
        self.delays.extend(other.delays);
        self.is_experimental |= other.is_experimental;
        self.is_known |= other.is_known;
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Score {
    /// Adds what came out of another run.
    pub(crate) fn merge(&mut self, other: Score) {
        for (id, line) in other.lines {
            self.lines.entry(id).or_default().merge(line);
        }
        self.quiet_days += other.quiet_days;
        self.quiet_false += other.quiet_false;
    }

    /// False findings in a quarter of quiet days.
    pub(crate) fn quiet_faults(&self) -> f64 {
        self.quiet_false as f64 * QUARTER_DAYS / self.quiet_days.max(1.0)
    }

    pub(super) fn line(&mut self, id: &str) -> &mut Line {
        self.lines.entry(id.to_owned()).or_insert_with(|| Line {
            is_known: id == RELATED || DETECTORS.iter().any(|detector| detector.about().id == id),
            is_experimental: is_experimental(id),
            ..Line::default()
        })
    }
}

/// Compares the findings of a judged period with what was planted in it.
pub(crate) fn judge(truth: &Truth, findings: &[Finding], alarms: &[Alarm], is_quiet: bool) -> Score {
    let mut score = Score::default();
    let (start, end) = truth.judge;
    let inside = |mark: &&Mark| mark.last >= start && mark.first < end;
    let phenomena: Vec<&Mark> = truth.phenomena.iter().filter(inside).collect();
    for finding in findings {
        let line = score.line(&finding.detector);
        line.is_experimental |= finding.is_experimental;
        if phenomena.iter().any(|mark| is_about(mark, finding)) {
            line.right += 1;
        } else if truth.tolerated.iter().any(|mark| is_about(mark, finding)) {
            line.tolerated += 1;
        } else {
            line.wrong.push(finding.clone());
        }
    }
    for mark in phenomena {
        let is_found = findings.iter().any(|finding| is_about(mark, finding));
        // A finding of a day before the start is about something else; the slack is for the edges of days.
        let start_us = mark.first.max(start);
        let told = alarms.iter().filter(|alarm| alarm.at > start_us && is_about(mark, &alarm.finding));
        let alarm = told.map(|alarm| alarm.at).min();
        let line = score.line(&mark.detector);
        line.planted += 1;
        line.planted_weak += u64::from(mark.is_weak);
        if !is_found {
            line.missed.push(mark.clone());
            continue;
        }
        line.found += 1;
        line.found_weak += u64::from(mark.is_weak);
        line.delays.extend(alarm.map(|alarm| (alarm - start_us) as f64 / DAY_US as f64));
    }
    if is_quiet {
        score.quiet_days = (end - start) as f64 / DAY_US as f64;
        let counted = score.lines.values().filter(|line| !line.is_experimental);
        score.quiet_false = counted.map(|line| line.wrong.len() as u64).sum();
    }
    score
}

/// Whether a finding is about what was planted: detector, subject and time.
fn is_about(mark: &Mark, finding: &Finding) -> bool {
    let is_detector = mark.detector == "*" || mark.detector == finding.detector;
    let is_time = finding.first <= mark.last + SLACK_US && finding.last >= mark.first - SLACK_US;
    is_detector && is_time && is_subject(mark, &finding.subject.to_lowercase())
}

fn is_subject(mark: &Mark, subject: &str) -> bool {
    if !mark.holds.is_empty() {
        return mark.holds.iter().all(|word| holds(subject, word));
    }
    if !mark.within.is_empty() {
        let mut ports = subject.split(is_gap).filter(|word| read_port_label(word).is_some()).peekable();
        return ports.peek().is_some() && ports.all(|port| mark.within.iter().any(|known| known == port));
    }
    // What names no subject is about every one.
    (mark.subject.is_empty() && mark.also.is_empty())
        || mark.subject.to_lowercase() == subject
        || mark.also.iter().any(|other| other == subject)
}

/// Whether a word stands in a text by itself: `6000` does in `sport=6000 window=16384`.
fn holds(text: &str, word: &str) -> bool {
    let is_edge = |char: Option<char>| char.is_none_or(|char| !char.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, found)| {
        is_edge(text[..at].chars().next_back()) && is_edge(text[at + found.len()..].chars().next())
    })
}

fn is_gap(char: char) -> bool {
    char.is_whitespace() || char == ',' || char == '+'
}

/// How a detector is below its bounds; empty when it is not.
pub(crate) fn faults(line: &Line) -> Vec<String> {
    let mut faults = Vec::new();
    if !line.is_known {
        faults.push("there is no such detector".to_owned());
    }
    if let Some(precision) = line.precision().filter(|precision| *precision < PRECISION_MIN) {
        faults.push(format!("precision {precision:.3}, at least {PRECISION_MIN} is wanted"));
    }
    if let Some(recall) = line.recall().filter(|recall| *recall < RECALL_MIN) {
        faults.push(format!("recall {recall:.3}, at least {RECALL_MIN} is wanted"));
    }
    faults
}

#[cfg(test)]
#[path = "score/tests.rs"]
mod tests;
