//! What became known beside what was seen: for each port that rose a series with marks, and what is related to it.
//!
//! **Invariant:** a number of the prose is a cell of the table; the days of a level are those of its rule.
//! **Invariant:** the level of each thing stands beside it, and so does what speaks against it.

use teiten_model::table::Value;

use super::reference;
use crate::chart::{Chart, LineChart, LineSeries, Mark, Step, Unit};
use crate::document::{Block, Cell, Column, Figure, Form, Reference, Span, TableBlock};
use crate::facts::Facts;
use crate::facts::known::{Known, KnownPort, KnownThing, LEVELS};
use crate::words::names::explained;
use crate::words::{Language, Words, date};

/// The anchor.
const ANCHOR: &str = "known";

/// The blocks; none when no port rose.
pub(super) fn blocks(known: &Known, facts: &Facts, words: &Words) -> Vec<Block> {
    if known.ports.is_empty() {
        return Vec::new();
    }
    let days = |days: i64| vec![Span::text(days.to_string())];
    let runs = [("before", days(known.window_days.0)), ("after", days(known.window_days.1))];
    let mut blocks = vec![
        Block::Heading { id: ANCHOR.to_string(), text: words.text("known") },
        Block::Paragraph(words.spans("known-intro", &[], &[])),
        Block::List {
            is_ordered: false,
            items: LEVELS.iter().map(|level| words.spans(rule(level), &[], &runs)).collect(),
        },
    ];
    for port in &known.ports {
        let ids = Ids::of(port);
        blocks.push(Block::Paragraph(told(port, &ids, words)));
        blocks.push(Block::Figure(Box::new(series(port, &ids, facts, words))));
        blocks.push(Block::Table(things(port, &ids, known, words)));
    }
    blocks
}

/// Identifiers of what a port has.
struct Ids {
    figure: String,
    table: String,
}

impl Ids {
    fn of(port: &KnownPort) -> Ids {
        let name = port.port.to_ascii_lowercase().replace('/', "-");
        Ids { figure: format!("known-{name}-by-day"), table: format!("known-{name}") }
    }
}

/// The text that says what a level rests on.
fn rule(level: &str) -> &'static str {
    match level {
        "pattern" => "known-rule-pattern",
        "protocol" => "known-rule-protocol",
        "window" => "known-rule-window",
        _ => "known-rule-port",
    }
}

/// The word for a level.
fn level(word: &str) -> &'static str {
    match word {
        "pattern" => "known-pattern",
        "protocol" => "known-protocol",
        "window" => "known-window",
        _ => "known-port",
    }
}

/// Where a thing is cited.
fn reference_id(thing: &KnownThing) -> String {
    let fit = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    format!("known-{}", thing.id.chars().map(fit).collect::<String>())
}

/// A thing in a sentence: what it is called, and where to read more.
fn cited(thing: &KnownThing, words: &Words) -> Vec<Span> {
    let name = thing.name.of(words.language);
    let is_number = thing.id.starts_with("CVE-");
    let name = if is_number || name.is_empty() { thing.id.as_str() } else { name };
    vec![Span::text(name), Span::text(" "), Span::cite(&reference_id(thing))]
}

/// What is said of a port.
fn told(port: &KnownPort, ids: &Ids, words: &Words) -> Vec<Span> {
    let runs = [
        ("port", vec![Span::text(explained(&port.port, port.service.of(words.language), words.language))]),
        ("onset", vec![Span::number(&ids.table, 0, "dates")]),
        ("figure", vec![Span::to(&ids.figure)]),
        ("table", vec![Span::to(&ids.table)]),
    ];
    let mut spans = words.spans("known-rose", &[], &runs);
    let mut add = |key: &str, things: Vec<Vec<Span>>| {
        if !things.is_empty() {
            spans.push(words.sentence_gap());
            spans.extend(words.spans(key, &[], &[("things", words.list(things))]));
        }
    };
    let by_port = port.things.iter().filter(|thing| thing.level == "port");
    add("known-tied", port.tied().map(|thing| cited(thing, words)).collect());
    add("known-by-port", by_port.map(|thing| cited(thing, words)).collect());
    if !port.against.is_empty() {
        spans.push(words.sentence_gap());
        spans.extend(words.spans("known-against", &[], &[]));
    }
    spans
}

/// The series with its marks.
fn series(port: &KnownPort, ids: &Ids, facts: &Facts, words: &Words) -> Figure {
    let first = facts.period.first;
    let line = LineSeries { key: port.port.clone(), label: port.port.clone(), values: port.values.clone() };
    let mut chart = LineChart::new(first, Step::Day, Unit::rate(words), vec![line], words);
    for mark in &port.marks {
        let days = first.until(mark.day).map_or(-1, |span| span.get_days());
        if let Some(at) = usize::try_from(days).ok().filter(|at| *at < port.values.len()) {
            chart.marks.push(Mark { at, label: mark.label.of(words.language).to_string() });
        }
    }
    let caption = words.say("known-figure", &[], &[("port", &port.port)]);
    let mut figure = Figure::new(&ids.figure, caption, Chart::Line(chart), &port.origin, words);
    let marks: Vec<String> = port
        .marks
        .iter()
        .map(|mark| format!("{} {}", date::short(mark.day, words.language), mark.label.of(words.language)))
        .collect();
    if !marks.is_empty() {
        let joint = if words.language == Language::Ja { "、" } else { ", " };
        figure.notes.push(words.say("known-marks", &[], &[("marks", &marks.join(joint))]));
    }
    figure
}

/// What is related, and what speaks against it.
fn things(port: &KnownPort, ids: &Ids, known: &Known, words: &Words) -> TableBlock {
    let text = |name, key| Column::new(name, words.text(key), String::new(), Form::Text);
    let mut table = TableBlock::new(
        &ids.table,
        words.say("known-caption", &[], &[("port", &port.port)]),
        vec![
            text("id", "column-known-id"),
            text("level", "column-known-level"),
            text("kind", "column-kind"),
            text("name", "column-name"),
            text("dates", "column-known-dates"),
            text("reason", "column-known-reason"),
            Column::new("told_by", String::new(), String::new(), Form::Machine),
        ],
    );
    // The rise comes first: what follows is compared with its beginning.
    let onset = Cell::worded(Value::Text(port.onset.to_string()), date::long(port.onset, words.language));
    table.push_cells(vec![
        Cell::text(port.port.as_str()),
        Cell::worded(Value::from("seen"), words.text("known-seen")),
        Cell::text("–"),
        Cell::text(port.detector.of(words.language)),
        onset,
        Cell::text("–"),
        Cell::text(""),
    ]);
    for thing in &port.things {
        table.push_cells(vec![
            Cell::text(thing.id.as_str()),
            Cell::worded(Value::from(thing.level), words.text(level(thing.level))),
            Cell::text(thing.kind.of(words.language)),
            or_dash(Some(thing.name.of(words.language)).filter(|name| *name != thing.id)),
            or_dash(Some(thing.dates.of(words.language))),
            Cell::text(thing.reason.of(words.language)),
            Cell::text(thing.told_by.as_str()),
        ]);
    }
    for against in &port.against {
        table.push_cells(vec![
            Cell::text("–"),
            Cell::worded(Value::from("against"), words.text("known-other")),
            Cell::text("–"),
            Cell::text("–"),
            Cell::text("–"),
            Cell::text(against.of(words.language)),
            Cell::text(""),
        ]);
    }
    table.is_numbered = true;
    table.origin.clone_from(&port.origin);
    let note = match known.catalogues.is_empty() {
        true => words.spans("known-no-catalogue", &[], &[]),
        false => {
            let joint = if words.language == Language::Ja { "、" } else { ", " };
            let all = vec![Span::text(known.catalogues.join(joint))];
            words.spans("known-catalogues", &[], &[("catalogues", all)])
        }
    };
    table.footnotes = vec![note];
    table
}

/// A text, or the dash that stands for none.
fn or_dash(text: Option<&str>) -> Cell {
    Cell::text(text.filter(|text| !text.is_empty()).unwrap_or("–"))
}

/// What is cited here: each thing once.
pub(super) fn references(known: &Known, language: Language) -> Vec<Reference> {
    let mut all: Vec<Reference> = Vec::new();
    for thing in known.ports.iter().flat_map(|port| &port.things) {
        let id = reference_id(thing);
        if all.iter().any(|other| other.id == id) {
            continue;
        }
        let name = thing.name.of(language);
        let title = if name.is_empty() || name == thing.id {
            thing.id.clone()
        } else {
            let joint = if language == Language::Ja { "：" } else { ": " };
            format!("{}{joint}{name}", thing.id)
        };
        all.push(reference(&id, &thing.told_by, &title, &thing.url));
    }
    all
}
