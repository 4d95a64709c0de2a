//! Differences in words: one or two sentences, and the names of kinds of differences.
//!
//! **Invariant:** whatever the comparison found is counted in the sentences; nothing else is claimed. What
//! differs in the making is named as a difference, not as the cause.

use super::changes::{CellChange, Changes, Presence, ReasonKind};
use super::printed::Datum;
use crate::words::{Language, Words, number};

/// Names that are listed in a sentence; the list has all.
const NAMES_MAX: usize = 5;

/// What changed since the edition before, and what of the making differs: sentences in the words' language.
pub fn sentences(changes: &Changes, words: &Words) -> Vec<String> {
    told(changes, "changes-found", words)
}

/// The same for any two reports.
pub fn sentences_between(changes: &Changes, words: &Words) -> Vec<String> {
    told(changes, "changes-found-between", words)
}

/// The sentences as one text.
pub(super) fn paragraph(sentences: &[String], language: Language) -> String {
    sentences.join(if language == Language::Ja { "" } else { " " })
}

fn told(changes: &Changes, found: &str, words: &Words) -> Vec<String> {
    let mut told = Vec::new();
    let items = counted(changes, words);
    if items.is_empty() {
        told.push(words.text("changes-same"));
    } else {
        told.push(words.say(found, &[], &[("items", &listed(&items, words))]));
    }
    let reasons = because(changes, words);
    if !reasons.is_empty() {
        told.push(words.say("changes-because", &[], &[("items", &listed(&reasons, words))]));
    } else if !items.is_empty() {
        told.push(words.text("changes-unexplained"));
    }
    told
}

fn listed(items: &[String], words: &Words) -> String {
    items.join(if words.language == Language::Ja { "、" } else { ", " })
}

/// What differs, counted: values, ranks, rows, tables, columns, sentences.
fn counted(changes: &Changes, words: &Words) -> Vec<String> {
    let mut items = Vec::new();
    let count = |key: &str, count: usize, items: &mut Vec<String>| {
        if count > 0 {
            items.push(counted_one(key, count, words));
        }
    };
    let values = changes.values().filter(|cell| !cell.is_rank()).count();
    if values > 0 {
        let has_value = |row: &&super::changes::RowChange| row.presence == Presence::Both;
        let tables = changes.tables.iter().filter(|table| {
            table.rows.iter().filter(has_value).any(|row| row.cells.iter().any(|cell| !cell.is_rank()))
        });
        let (tables, values) = (tables.count() as i64, values as i64);
        items.push(words.say(
            "changes-values",
            &[("number", values), ("parts", tables)],
            &[("count", &number::count(values)), ("tables", &number::count(tables))],
        ));
    }
    count("changes-ranks", changes.values().filter(|cell| cell.is_rank()).count(), &mut items);
    let rows = |presence| changes.rows().filter(|(_, row)| row.presence == presence).count();
    count("changes-rows-entered", rows(Presence::Entered), &mut items);
    count("changes-rows-left", rows(Presence::Left), &mut items);
    let tables = |presence| changes.tables.iter().filter(|table| table.presence == presence).count();
    count("changes-tables-entered", tables(Presence::Entered), &mut items);
    count("changes-tables-left", tables(Presence::Left), &mut items);
    count("changes-columns", changes.tables.iter().map(|table| table.columns.len()).sum(), &mut items);
    let sentences = changes.wording.iter().map(|section| section.entered.max(section.left)).sum();
    count("changes-sentences", sentences, &mut items);
    items
}

fn counted_one(key: &str, count: usize, words: &Words) -> String {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    words.say(key, &[("number", count)], &[("count", &number::count(count))])
}

/// What of the making differs, kind by kind.
fn because(changes: &Changes, words: &Words) -> Vec<String> {
    let mut items = Vec::new();
    for kind in ReasonKind::ALL {
        let of_kind: Vec<_> = changes.reasons.iter().filter(|reason| reason.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let names: Vec<String> =
            of_kind.iter().take(NAMES_MAX).map(|reason| reason.subject.clone()).collect();
        let count = i64::try_from(of_kind.len()).unwrap_or(i64::MAX);
        items.push(words.say(
            texts(kind).0,
            &[("number", count)],
            &[("count", &number::count(count)), ("names", &listed(&names, words))],
        ));
    }
    items
}

/// The text of a kind of reason inside a sentence, and as a name.
fn texts(kind: ReasonKind) -> (&'static str, &'static str) {
    match kind {
        ReasonKind::Period => ("because-period", "reason-period"),
        ReasonKind::Zone => ("because-zone", "reason-zone"),
        ReasonKind::Form => ("because-form", "reason-form"),
        ReasonKind::Condition => ("because-condition", "reason-condition"),
        ReasonKind::InputAdded => ("because-input-added", "reason-input-added"),
        ReasonKind::InputRemoved => ("because-input-removed", "reason-input-removed"),
        ReasonKind::InputRecounted => ("because-input-recounted", "reason-input-recounted"),
        ReasonKind::Inputs => ("because-inputs", "reason-inputs"),
        ReasonKind::Edition => ("because-edition", "reason-edition"),
        ReasonKind::Software => ("because-software", "reason-software"),
        ReasonKind::Coverage => ("because-coverage", "reason-coverage"),
        ReasonKind::Loss => ("because-loss", "reason-loss"),
        ReasonKind::Silence => ("because-silence", "reason-silence"),
        ReasonKind::Note => ("because-note", "reason-note"),
    }
}

/// What a kind of reason is called.
pub fn reason(kind: ReasonKind, words: &Words) -> String {
    words.text(texts(kind).1)
}

/// A value of a reason as a reader sees it.
pub fn datum(value: &Datum) -> String {
    match value {
        Datum::Null => "–".to_string(),
        Datum::Int(count) => number::count(*count),
        Datum::Float(value) => number::rate(*value),
        Datum::Bool(truth) => truth.to_string(),
        Datum::Text(text) => text.clone(),
    }
}

/// The difference of a value as a reader sees it; empty where there is none to tell. A rank goes up (↑)
/// where its number falls.
pub fn difference(cell: &CellChange, words: &Words) -> String {
    let Some(difference) = cell.difference() else { return String::new() };
    let sign = if difference > 0.0 { "+" } else { "" };
    match (&cell.old, &cell.new) {
        _ if cell.is_rank() => {
            let arrow = if difference < 0.0 { '↑' } else { '↓' };
            format!("{arrow}{}", number::count(difference.abs() as i64))
        }
        (Datum::Int(old), Datum::Int(new)) => format!("{sign}{}", number::count(new.saturating_sub(*old))),
        _ if cell.new_text.ends_with('%') && cell.old_text.ends_with('%') => {
            let points = part(difference);
            words.say("changes-points", &[], &[("number", points.trim_end_matches('%'))])
        }
        _ => format!("{sign}{}", number::rate(difference)),
    }
}

/// The relative difference as a reader sees it.
pub fn relative(cell: &CellChange) -> String {
    cell.relative().map(part).unwrap_or_default()
}

/// A part as per cent with its sign; what is not zero is never written as zero.
fn part(part: f64) -> String {
    let size = (part * 100.0).abs();
    if size >= 0.05 || size == 0.0 {
        return number::change(part);
    }
    let sign = if part < 0.0 { '\u{2212}' } else { '+' };
    if size >= 0.005 { format!("{sign}{size:.2}%") } else { format!("{sign}<0.01%") }
}

/// What a line of a list of differences is about, beside the kinds of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A value of a row that both have.
    Value,
    /// A rank of such a row.
    Rank,
    /// A row.
    Row(Presence),
    /// A column.
    Column(Presence),
    /// A table.
    Table(Presence),
    /// Sentences of a section.
    Wording,
}

impl What {
    /// The word in machine-readable output, and the text for readers.
    pub fn names(self, words: &Words) -> (&'static str, String) {
        let is_left = |presence| presence == Presence::Left;
        let (word, key) = match self {
            What::Value => ("value", "what-value"),
            What::Rank => ("rank", "what-rank"),
            What::Row(presence) if is_left(presence) => ("row-left", "what-row-left"),
            What::Row(_) => ("row-entered", "what-row-entered"),
            What::Column(presence) if is_left(presence) => ("column-left", "what-column-left"),
            What::Column(_) => ("column-entered", "what-column-entered"),
            What::Table(presence) if is_left(presence) => ("table-left", "what-table-left"),
            What::Table(_) => ("table-entered", "what-table-entered"),
            What::Wording => ("wording", "what-wording"),
        };
        (word, words.text(key))
    }
}

/// A kind of report as the archive calls it; a kind it has no name for keeps its own.
pub(super) fn kind(kind: &str, words: &Words) -> String {
    let key = match kind {
        "quarterly" => "archive-kind-quarterly",
        "monthly" => "archive-kind-monthly",
        "weekly" => "archive-kind-weekly",
        "yearly" => "archive-kind-yearly",
        other => return other.to_string(),
    };
    words.text(key)
}
