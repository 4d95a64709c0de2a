//! Conditions of observation and provenance: coverage, balance of each sensor, editions, inputs, command.
//!
//! **Invariant:** a reader can tell from this section what was counted, what was lost and why, and
//! how to make the report again.

use teiten_model::table::Value;

use crate::document::{Block, Cell, Column, Form, Section, Span, TableBlock};
use crate::facts::{Edition, Facts, Later, SensorAccount};
use crate::plan::{Plan, Readers};
use crate::words::{Language, Words, date, names, number};

/// Row of the number of sensors in the table `coverage`.
pub(super) const SENSORS_ROW: usize = 0;
/// Row of the number of addresses in the table `coverage`.
pub(super) const ADDRESSES_ROW: usize = 1;
/// Row of the number of packets in the table `coverage`.
pub(super) const PACKETS_ROW: usize = 3;

/// Row of the fewest sensors behind a cell in the table `coverage`, in the public form.
const SENSORS_MIN_ROW: usize = 5;

/// Inputs that a reader is shown; files have all.
const INPUTS_SHOWN: usize = 5;
/// Sensors that a reader is shown; files have all.
const SENSORS_SHOWN: usize = 100;

pub(super) fn section(facts: &Facts, plan: &Plan, words: &Words) -> Section {
    let provenance = &facts.provenance;
    let mut blocks = vec![Block::Paragraph(form(plan, words)), Block::Table(coverage(facts, plan, words))];
    if !facts.withheld.is_empty() {
        blocks.push(Block::Paragraph(words.spans(
            "withheld-intro",
            &[],
            &[("table", vec![Span::to("withheld")])],
        )));
        blocks.push(Block::Table(withheld(facts, words)));
        if facts.withheld.iter().any(|withheld| withheld.is_drawn) {
            blocks.push(Block::Paragraph(words.spans("withheld-drawn", &[], &[])));
        }
    }
    if !facts.coverage.is_empty() {
        blocks.push(Block::Paragraph(words.spans("coverage-notes", &[], &[])));
        let items = facts.coverage.iter().map(|note| vec![Span::text(note.of(words.language))]).collect();
        blocks.push(Block::List { is_ordered: false, items });
    }
    if !provenance.sensors.is_empty() {
        let key = if plan.readers == Readers::Public { "sensors-intro-all" } else { "sensors-intro" };
        blocks.push(Block::Paragraph(words.spans(key, &[], &[])));
        blocks.push(Block::Table(sensors(facts, words)));
    }
    if !provenance.editions.is_empty() {
        blocks.push(Block::Table(editions(facts, words)));
    }
    if !provenance.inputs.is_empty() {
        let digest = vec![Span::Code(provenance.inputs_digest.clone())];
        blocks.push(Block::Paragraph(words.spans("inputs-intro", &[], &[("digest", digest)])));
        if plan.readers == Readers::Internal {
            blocks.push(Block::Table(inputs(facts, words)));
        }
    }
    let software = vec![Span::text(provenance.software.as_str())];
    let command = vec![Span::Code(provenance.command.clone())];
    let mut last = words.spans("software", &[], &[("software", software)]);
    last.push(words.sentence_gap());
    last.extend(words.spans("command", &[], &[("command", command)]));
    blocks.push(Block::Paragraph(last));
    Section { id: "provenance".to_string(), heading: words.text("provenance"), blocks }
}

/// Who may read this form, and what it leaves out.
fn form(plan: &Plan, words: &Words) -> Vec<Span> {
    match plan.readers {
        Readers::Internal => words.spans("form-internal", &[], &[]),
        Readers::Members => words.spans("form-members", &[], &[]),
        Readers::Public => {
            let least = vec![Span::number("coverage", SENSORS_MIN_ROW, "value")];
            let mut spans = words.spans("form-public", &[], &[("sensors", least)]);
            if !plan.exempt.is_empty() {
                let tables = plan.exempt.iter().map(|table| vec![Span::Code(table.clone())]).collect();
                spans.push(words.sentence_gap());
                spans.extend(words.spans("form-exempt", &[], &[("tables", words.list(tables))]));
            }
            spans
        }
    }
}

fn withheld(facts: &Facts, words: &Words) -> TableBlock {
    let mut table = TableBlock::new(
        "withheld",
        words.text("withheld-caption"),
        vec![
            Column::new("what", words.text("column-what"), String::new(), Form::Text),
            Column::new("cells", words.text("column-withheld"), String::new(), Form::Count),
        ],
    );
    for withheld in &facts.withheld {
        table.push_cells(vec![
            Cell::text(withheld.what.of(words.language)),
            Cell::new(Value::Int(withheld.cells), Form::Count),
        ]);
    }
    table.is_numbered = true;
    table
}

fn coverage(facts: &Facts, plan: &Plan, words: &Words) -> TableBlock {
    let mut table = TableBlock::new(
        "coverage",
        words.text("coverage-caption"),
        vec![
            Column::new("item", words.text("coverage-item"), String::new(), Form::Text),
            Column::new("value", words.text("coverage-value"), String::new(), Form::Count),
        ],
    );
    let rows = [
        ("sensors", "coverage-sensors", Some(facts.sensors)),
        ("addresses", "coverage-addresses", Some(facts.addresses)),
        ("days", "coverage-days", Some(facts.period.days() as i64)),
        ("packets", "coverage-packets", facts.packets),
        ("inputs", "coverage-inputs", Some(facts.provenance.inputs.len() as i64)),
    ];
    let least = (plan.readers == Readers::Public).then_some((
        "sensors_min",
        "coverage-sensors-min",
        Some(i64::from(plan.sensors_min)),
    ));
    for (name, key, value) in rows.into_iter().chain(least) {
        table.push_cells(vec![
            Cell::worded(Value::Text(name.to_string()), words.text(key)),
            Cell::new(value.map_or(Value::Null, Value::Int), Form::Count),
        ]);
    }
    table
}

fn sensors(facts: &Facts, words: &Words) -> TableBlock {
    let frames = || words.text("unit-frames");
    let mut table = TableBlock::new(
        "sensors",
        words.text("sensors-caption"),
        vec![
            Column::new("sensor", words.text("column-sensor"), String::new(), Form::Text),
            Column::new("received", words.text("column-received"), frames(), Form::Count),
            Column::new("stored", words.text("column-stored"), frames(), Form::Count),
            Column::new("lost", words.text("column-lost"), frames(), Form::Count),
            Column::new("held", words.text("column-held"), frames(), Form::Count),
            Column::new("reasons", words.text("column-reasons"), String::new(), Form::Text),
            Column::new("silent", words.text("column-silent"), String::new(), Form::Text),
        ],
    );
    for sensor in &facts.provenance.sensors {
        let count =
            |number: u64| Cell::new(Value::Int(i64::try_from(number).unwrap_or(i64::MAX)), Form::Count);
        table.push_cells(vec![
            if sensor.name.is_empty() {
                Cell::text(words.text("all-sensors"))
            } else {
                Cell::text(sensor.name.as_str())
            },
            count(sensor.account.received),
            count(sensor.account.stored),
            count(sensor.account.lost_total()),
            count(sensor.account.held),
            or_dash(reasons(sensor, words)),
            or_dash(silent(sensor, words)),
        ]);
    }
    table.shown = SENSORS_SHOWN;
    table
}

fn joint(words: &Words) -> &'static str {
    if words.language == Language::Ja { "、" } else { ", " }
}

fn or_dash(text: String) -> Cell {
    if text.is_empty() { Cell::new(Value::Null, Form::Text) } else { Cell::text(text) }
}

fn reasons(sensor: &SensorAccount, words: &Words) -> String {
    let lost = sensor.account.losses().map(|(loss, frames)| {
        let reason = words.text(&format!("loss-{}", loss.name()));
        let count = number::count(i64::try_from(frames).unwrap_or(i64::MAX));
        words.say("reason", &[], &[("reason", &reason), ("count", &count)])
    });
    lost.collect::<Vec<_>>().join(joint(words))
}

fn silent(sensor: &SensorAccount, words: &Words) -> String {
    let spans = sensor.silent.iter().map(|(first, last)| date::span(*first, *last, words.language));
    spans.collect::<Vec<_>>().join(joint(words))
}

fn editions(facts: &Facts, words: &Words) -> TableBlock {
    let mut table = TableBlock::new(
        "editions",
        words.text("editions-caption"),
        vec![
            Column::new("what", words.text("column-what"), String::new(), Form::Text),
            Column::new("edition", words.text("column-edition"), String::new(), Form::Text),
            Column::new("later", String::new(), String::new(), Form::Machine),
            Column::new("origin", words.text("column-origin"), String::new(), Form::Text),
        ],
    );
    for edition in &facts.provenance.editions {
        table.push_cells(vec![
            Cell::text(edition.name.of(words.language)),
            edition_cell(edition, words),
            Cell::text(edition.later.name()),
            or_dash(edition.origin.clone()),
        ]);
    }
    table
}

/// An edition, how many there are beside it, and whether it is later than the packets; files have the bare
/// edition.
fn edition_cell(edition: &Edition, words: &Words) -> Cell {
    if edition.edition.is_empty() {
        return or_dash(String::new());
    }
    let (mut value, mut text) = (edition.edition.clone(), edition.edition.clone());
    if edition.beside > 0 {
        value = format!("{value}+{}", edition.beside);
        let count = number::count(edition.beside);
        text = words.say("edition-beside", &[], &[("edition", &text), ("count", &count)]);
    }
    let key = match edition.later {
        Later::No => return Cell::worded(Value::Text(value), text),
        Later::Some => "edition-later-some",
        Later::All => "edition-later",
    };
    Cell::worded(Value::Text(value), names::explained(&text, &words.text(key), words.language))
}

fn inputs(facts: &Facts, words: &Words) -> TableBlock {
    let mut table = TableBlock::new(
        "inputs",
        words.text("inputs-caption"),
        vec![
            Column::new("sha256", words.text("column-sha"), String::new(), Form::Text),
            Column::new("frames", words.text("column-frames"), String::new(), Form::Count),
        ],
    );
    for input in &facts.provenance.inputs {
        table.push(vec![Value::Text(input.sha256.clone()), Value::Int(input.frames)]);
    }
    table.shown = INPUTS_SHOWN;
    table
}
