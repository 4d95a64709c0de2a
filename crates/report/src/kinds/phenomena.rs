//! Section 2, notable phenomena: what the detectors found, with evidence, who is affected, and advice.
//!
//! Everything here follows from findings: without one the section says that nothing was found.
//!
//! **Invariant:** a destination address is never said; it is a letter, the same one within a report.

mod dns;
mod evidence;
pub mod found;
mod kinds;
mod known;
mod source_port;

use teiten_model::table::Value;

use crate::document::{Block, Cell, Column, Form, Reference, Section, TableBlock};
use crate::facts::Facts;
use crate::plan::{Plan, Readers};
use crate::words::{Language, Words, date};

/// The section.
pub(super) fn section(facts: &Facts, plan: &Plan, words: &Words) -> Section {
    let found = &facts.phenomena;
    let mut blocks = Vec::new();
    if facts.packets == Some(0) {
        blocks.push(Block::Paragraph(words.spans("phenomena-unobserved", &[], &[])));
    } else if found.is_empty() {
        let key = if found.is_withheld { "phenomena-withheld" } else { "phenomena-none" };
        blocks.push(Block::Paragraph(words.spans(key, &[], &[])));
    } else if plan.readers != Readers::Public {
        let key = if plan.readers == Readers::Members { "phenomena-members" } else { "phenomena-internal" };
        blocks.push(Block::Notice(words.spans(key, &[], &[])));
    }
    if !found.kinds.is_empty() && found.is_scoped {
        blocks.push(Block::Notice(words.spans("found-scope", &[], &[])));
    }
    for (_, told) in in_order(told(facts, words), plan) {
        blocks.extend(told);
    }
    if !found.findings.is_empty() {
        blocks.push(Block::Heading { id: "findings-behind".to_string(), text: words.text("findings") });
        blocks.push(Block::Paragraph(words.spans("findings-intro", &[], &[])));
        blocks.push(Block::Table(findings(facts, words)));
    }
    Section { id: "phenomena".to_string(), heading: words.text("phenomena"), blocks }
}

/// What was found, each under its anchor, in the order in which it is proposed.
fn told(facts: &Facts, words: &Words) -> Vec<(String, Vec<Block>)> {
    let found = &facts.phenomena;
    let dns = found.dns.iter().map(|dns| dns::blocks(dns, facts, words));
    let tools = found.source_ports.iter().map(|port| source_port::blocks(port, facts, words));
    let anchor = |blocks: &[Block]| match blocks.first() {
        Some(Block::Heading { id, .. }) => id.clone(),
        _ => String::new(),
    };
    let others =
        found.kinds.iter().map(|kind| found::blocks(kind, words)).filter(|blocks| !blocks.is_empty());
    let known = [known::blocks(&found.known, facts, words)].into_iter().filter(|blocks| !blocks.is_empty());
    dns.chain(tools).chain(others).chain(known).map(|blocks| (anchor(&blocks), blocks)).collect()
}

/// As the plan wants it: those it names first, in its order, without those it leaves out.
fn in_order(mut told: Vec<(String, Vec<Block>)>, plan: &Plan) -> Vec<(String, Vec<Block>)> {
    let place = |anchor: &str| plan.phenomena.iter().position(|(named, _)| named == anchor);
    told.retain(|(anchor, _)| place(anchor).is_none_or(|place| plan.phenomena[place].1));
    told.sort_by_key(|(anchor, _)| place(anchor).unwrap_or(usize::MAX));
    told
}

/// The references of the section, in the order of their first mention.
pub(super) fn references(facts: &Facts, language: Language) -> Vec<Reference> {
    let mut all = Vec::new();
    if facts.phenomena.dns.is_some() {
        all.extend(dns::references(language));
    }
    if !facts.phenomena.source_ports.is_empty() {
        all.extend(source_port::references(language));
    }
    all.extend(known::references(&facts.phenomena.known, language));
    all
}

/// The word for how far a finding can be trusted.
fn confidence(word: &str) -> &'static str {
    match word {
        "high" => "confidence-high",
        "medium" => "confidence-medium",
        "low" => "confidence-low",
        _ => "confidence-weak",
    }
}

fn reference(id: &str, author: &str, title: &str, url: &str) -> Reference {
    Reference { id: id.into(), number: 0, author: author.into(), title: title.into(), url: url.into() }
}

fn findings(facts: &Facts, words: &Words) -> TableBlock {
    let text = |name, key| Column::new(name, words.text(key), String::new(), Form::Text);
    let machine = |name| Column::new(name, String::new(), String::new(), Form::Machine);
    let mut table = TableBlock::new(
        "findings",
        words.text("findings-caption"),
        vec![
            text("subject", "column-subject"),
            text("detector", "column-detector"),
            text("first", "column-first"),
            text("last", "column-last"),
            Column::new("packets", words.text("column-packets"), words.text("unit-packets"), Form::Count),
            Column::new("sensors", words.text("column-sensors"), String::new(), Form::Count),
            text("confidence", "column-confidence"),
            Column::new("rule", words.text("column-rule"), String::new(), Form::Rank),
            machine("id"),
            machine("filter"),
        ],
    );
    let day =
        |day: jiff::civil::Date| Cell::worded(Value::Text(day.to_string()), date::short(day, words.language));
    for row in &facts.phenomena.findings {
        table.push_cells(vec![
            Cell::text(row.subject.as_str()),
            Cell::text(row.detector.of(words.language)),
            day(row.first),
            day(row.last),
            Cell::new(Value::Int(row.packets), Form::Count),
            Cell::new(Value::Int(row.sensors), Form::Count),
            Cell::worded(Value::from(row.confidence), words.text(confidence(row.confidence))),
            Cell::new(Value::Int(i64::from(row.rule)), Form::Rank),
            Cell::text(row.id.as_str()),
            Cell::text(row.filter.as_str()),
        ]);
    }
    table
}
