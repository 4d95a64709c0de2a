//! Phenomena that are told the same way: a sentence on what was found and what to do about it, and the findings
//! as a table.
//!
//! **Invariant:** every number of the prose is a cell of the table.

use teiten_model::table::Value;

use crate::document::{Block, Cell, Column, Form, Span, TableBlock};
use crate::facts::phenomena::FoundKind;
use crate::kinds::phenomena::kinds;
use crate::words::{Words, date};

/// Findings of one kind that readers are shown; the data has all.
const SHOWN: usize = 10;

/// How findings of a detector are told.
struct Telling {
    detector: &'static str,
    /// What was found, with its first subject.
    told: &'static str,
    /// The same where the subject may not be told: an address, a sensor.
    untold: &'static str,
    /// What to do about it.
    advice: &'static str,
}

const fn telling(
    detector: &'static str,
    told: &'static str,
    untold: &'static str,
    advice: &'static str,
) -> Telling {
    Telling { detector, told, untold, advice }
}

/// The detectors whose findings are told, in the order in which they are proposed.
const TELLINGS: &[Telling] = &[
    telling("rsdos", "found-rsdos", "found-rsdos-untold", "advice-rsdos"),
    telling("syn-reflection", "found-syn-reflection", "found-syn-reflection-untold", "advice-reflection"),
    telling("udp-reflection", "found-udp-reflection", "found-udp-reflection", "advice-reflection"),
    telling("campaign", "found-campaign", "found-campaign", "advice-scan"),
    telling("surge", "found-surge", "found-surge", "advice-scan"),
    telling("new-port", "found-new-port", "found-new-port", "advice-scan"),
    telling("level-shift", "found-level-shift", "found-level-shift", "advice-scan"),
    telling("slow-drift", "found-slow-drift", "found-slow-drift", "advice-scan"),
    telling("drop", "found-drop", "found-drop", "advice-none"),
    telling("local-burst", "found-local-burst", "found-local-burst-untold", "advice-local"),
    telling("noise-storm", "found-noise-storm", "found-noise-storm", "advice-forged"),
    telling("infected-at-home", "found-infected", "found-infected", "advice-infected"),
    telling("header-family", "found-header-family", "found-header-family", "advice-scan"),
    telling("slow-periodic", "found-slow-periodic", "found-slow-periodic", "advice-scan"),
    telling("port-overlap", "found-port-overlap", "found-port-overlap", "advice-none"),
    telling("resolver-scan", "found-resolver-scan", "found-resolver-scan", "advice-resolver"),
    telling("aggressive-scanner", "found-aggressive", "found-aggressive-untold", "advice-scan"),
    telling("survey-scanner", "found-survey", "found-survey", "advice-none"),
];

/// Whether findings of a detector are told, and at which place.
pub fn place(detector: &str) -> Option<usize> {
    TELLINGS.iter().position(|telling| telling.detector == detector)
}

/// The blocks; none for a detector whose findings are not told.
pub(super) fn blocks(kind: &FoundKind, words: &Words) -> Vec<Block> {
    let Some(telling) = place(kind.detector).map(|place| &TELLINGS[place]) else { return Vec::new() };
    let Some(first) = kind.rows.first() else { return Vec::new() };
    let id = format!("found-{}", kind.detector);
    let table = format!("{id}-findings");
    let runs = [
        ("subject", vec![Span::text(first.subject.as_str())]),
        ("packets", vec![Span::number(&table, 0, "packets")]),
        ("sources", vec![Span::number(&table, 0, "sources")]),
        ("table", vec![Span::to(&table)]),
    ];
    let key = if first.is_told { telling.told } else { telling.untold };
    let mut told = words.spans(key, &[], &runs);
    told.push(words.sentence_gap());
    told.extend(words.spans(telling.advice, &[], &[]));
    let mut blocks = vec![
        Block::Heading { id, text: kind.title.of(words.language).to_string() },
        Block::Paragraph(told),
        Block::Table(rows(kind, &table, words)),
    ];
    if is_of_victims(kind) {
        let told = kind.rows.iter().filter(|row| row.is_told).map(|row| row.kind.as_ref());
        let told = kinds::told(told, words);
        blocks.extend((!told.is_empty()).then_some(Block::Paragraph(told)));
    }
    blocks
}

/// Whether findings are about victims, of which a kind may be known.
fn is_of_victims(kind: &FoundKind) -> bool {
    kind.detector == "rsdos"
}

fn rows(kind: &FoundKind, id: &str, words: &Words) -> TableBlock {
    let text = |name, key| Column::new(name, words.text(key), String::new(), Form::Text);
    let count = |name, key| Column::new(name, words.text(key), String::new(), Form::Count);
    let mut table = TableBlock::new(
        id,
        kind.title.of(words.language).to_string(),
        vec![
            text("subject", "column-subject"),
            text("first", "column-first"),
            text("last", "column-last"),
            count("packets", "column-packets"),
            count("sources", "column-sources"),
            count("sensors", "column-sensors"),
            text("confidence", "column-confidence"),
        ],
    );
    if is_of_victims(kind) {
        table.columns.insert(1, text("kind", "column-victim-kind"));
    }
    table.is_numbered = true;
    table.shown = SHOWN;
    table.origin = vec!["findings".to_string()];
    let day =
        |day: jiff::civil::Date| Cell::worded(Value::Text(day.to_string()), date::short(day, words.language));
    let number = |number: i64| match number {
        0.. => Cell::new(Value::Int(number), Form::Count),
        _ => Cell::text("–"),
    };
    for row in &kind.rows {
        let mut cells = vec![
            Cell::text(row.subject.as_str()),
            day(row.first),
            day(row.last),
            number(row.packets),
            number(row.sources),
            number(row.sensors),
            Cell::worded(Value::from(row.confidence), words.text(super::confidence(row.confidence))),
        ];
        if is_of_victims(kind) {
            // A kind may betray who it is.
            let cell = if row.is_told { kinds::cell(row.kind.as_ref(), words) } else { Cell::text("–") };
            cells.insert(1, cell);
        }
        table.push_cells(cells);
    }
    table
}
