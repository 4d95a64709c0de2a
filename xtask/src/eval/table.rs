//! What came out, for people: a table a scenario, and the findings and phenomena that do not fit.
//!
//! **Invariant:** lines stand in the order of the detectors' identifiers.

use std::io::Write;

use anyhow::Result;

use super::score::{Line, Score};

/// How many false findings, and missed phenomena, of one detector are shown.
const FAULTS_MAX: usize = 5;
const HEADS: [&str; 10] = [
    "detector",
    "planted",
    "found",
    "recall",
    "findings",
    "false",
    "precision",
    "alarm (days)",
    "latest",
    "tolerated",
];

/// Writes the table of a scenario, or of all.
pub(crate) fn write(name: &str, score: &Score, is_markdown: bool, out: &mut dyn Write) -> Result<()> {
    let rows: Vec<[String; 10]> = score.lines.iter().map(|(id, line)| row(id, line)).collect();
    if is_markdown {
        writeln!(out, "\n### {name}\n\n| {} |", HEADS.join(" | "))?;
        writeln!(out, "| --- |{}", " ---: |".repeat(HEADS.len() - 1))?;
        for row in &rows {
            writeln!(out, "| {} |", row.join(" | "))?;
        }
        writeln!(out)?;
        return Ok(());
    }
    writeln!(out, "== {name}")?;
    let heads = HEADS.map(str::to_owned);
    let width = |column: usize| {
        rows.iter().chain([&heads]).map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    for row in [&heads].into_iter().chain(&rows) {
        let mut text = format!("{:<width$}", row[0], width = widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            text.push_str(&format!("  {cell:>width$}"));
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

fn row(id: &str, line: &Line) -> [String; 10] {
    let share = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{share:.3}"));
    let days = |days: Option<f64>| days.map_or("-".to_owned(), |days| format!("{days:.1}"));
    let with_weak = |all: u64, weak: u64| match weak {
        0 => all.to_string(),
        weak => format!("{all} ({weak} weak)"),
    };
    let mut name = id.to_owned();
    if !line.is_known {
        name.push_str(" (not there)");
    }
    if line.is_experimental {
        name.push_str(" (experimental)");
    }
    [
        name,
        with_weak(line.planted, line.planted_weak),
        with_weak(line.found, line.found_weak),
        share(line.recall()),
        (line.right + line.wrong.len() as u64).to_string(),
        line.wrong.len().to_string(),
        share(line.precision()),
        days(line.delay()),
        days(line.delay_most()),
        line.tolerated.to_string(),
    ]
}

/// Writes what was said without being planted, and what was planted without being said.
pub(crate) fn faults(name: &str, seed: &str, score: &Score, out: &mut dyn Write) -> Result<()> {
    for (id, line) in &score.lines {
        for finding in line.wrong.iter().take(FAULTS_MAX) {
            let (first, last) = (date(finding.first), date(finding.last));
            writeln!(out, "{name}, {seed}: false: {id} {} from {first} to {last}", finding.subject)?;
        }
        for mark in line.missed.iter().take(FAULTS_MAX) {
            let (first, last) = (date(mark.first), date(mark.last));
            let weak = if mark.is_weak { ", weak" } else { "" };
            writeln!(
                out,
                "{name}, {seed}: missed: {id} {} from {first} to {last} ({}, {} packets{weak})",
                mark.subject, mark.actor, mark.packets
            )?;
        }
        let more = [("false findings", line.wrong.len()), ("missed phenomena", line.missed.len())];
        for (what, count) in more.into_iter().filter(|(_, count)| *count > FAULTS_MAX) {
            writeln!(out, "{name}, {seed}: {id}: {} more {what}", count - FAULTS_MAX)?;
        }
    }
    Ok(())
}

/// The moment to the minute, in UTC.
fn date(micros: i64) -> String {
    let text = teiten_model::interval::Timestamp(micros).to_string();
    text.get(..16).map_or(text.clone(), |head| format!("{head}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::records::{Finding, Mark};

    fn score() -> Score {
        let wrong = Finding { subject: "23/TCP".into(), last: 86_400_000_000, ..Finding::default() };
        let missed = Mark { subject: "25/TCP".into(), actor: "worm".into(), ..Mark::default() };
        let line = Line {
            planted: 4,
            planted_weak: 1,
            found: 3,
            right: 3,
            wrong: vec![wrong],
            missed: vec![missed],
            delays: vec![0.0, 1.0, 5.0],
            is_known: true,
            ..Line::default()
        };
        let mut score = Score::default();
        score.lines.insert("surge".into(), line);
        score
    }

    fn text(write: impl Fn(&mut Vec<u8>) -> Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).expect("a vector takes everything");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn a_table_has_a_line_a_detector() {
        let lines = text(|out| super::write("change", &score(), false, out));
        let wanted = "\
== change
detector     planted  found  recall  findings  false  precision  alarm (days)  latest  tolerated
surge     4 (1 weak)      3   0.750         4      1      0.750           1.0     5.0          0
";
        assert_eq!(lines, wanted);
        let markdown = text(|out| super::write("change", &score(), true, out));
        assert!(
            markdown.contains("| surge | 4 (1 weak) | 3 | 0.750 | 4 | 1 | 0.750 | 1.0 | 5.0 | 0 |\n"),
            "{markdown}"
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let wanted = "\
change, seed 7: false: surge 23/TCP from 1970-01-01T00:00Z to 1970-01-02T00:00Z
change, seed 7: missed: surge 25/TCP from 1970-01-01T00:00Z to 1970-01-01T00:00Z (worm, 0 packets)
";
        assert_eq!(text(|out| faults("change", "seed 7", &score(), out)), wanted);
    }
}
