//! Numbers every table, figure and reference once, and fills what points to them.
//!
//! **Invariant:** numbers follow the order of the document; packet lists count with the figures.

use std::collections::{BTreeMap, BTreeSet};

use super::{Block, Document, Span, TableBlock};
use crate::error::ReportError;
use crate::text::tame;
use crate::words::{Words, number};

/// What the document's texts may point to.
#[derive(Default)]
struct Targets {
    labels: BTreeMap<String, String>,
    marks: BTreeMap<String, String>,
    tables: BTreeMap<String, TableBlock>,
    ids: BTreeSet<String>,
}

impl Document {
    /// Numbers tables, figures and references, and fills every reference and bound number.
    ///
    /// # Errors
    /// When a text points to something the document does not have, or an identifier is not fit or
    /// not unique.
    pub fn finish(mut self, words: &Words) -> Result<Document, ReportError> {
        tame_document(&mut self);
        let targets = number_everything(&mut self, words)?;
        let report = self.name.clone();
        for_each_span(&mut self, &mut |span| fill(span, &targets, &report))?;
        Ok(self)
    }
}

fn number_everything(document: &mut Document, words: &Words) -> Result<Targets, ReportError> {
    let mut targets = Targets::default();
    let (mut tables, mut figures, mut references) = (0_i64, 0_i64, 0_usize);
    let report = document.name.clone();
    for section in &mut document.sections {
        claim(&mut targets, &section.id, "", &report)?;
        for block in &mut section.blocks {
            match block {
                Block::Heading { id, .. } => claim(&mut targets, id, "", &report)?,
                Block::Table(table) => {
                    claim(&mut targets, &table.id, "table-", &report)?;
                    if table.is_numbered {
                        tables += 1;
                        table.label = words.say("label-table", &[], &[("number", &number::count(tables))]);
                        targets.labels.insert(table.id.clone(), table.label.clone());
                    }
                    targets.tables.insert(table.id.clone(), table.clone());
                }
                Block::Figure(figure) => {
                    claim(&mut targets, &figure.id, "figure-", &report)?;
                    claim(&mut targets, &figure.data.id, "table-", &report)?;
                    figures += 1;
                    figure.label = words.say("label-figure", &[], &[("number", &number::count(figures))]);
                    targets.labels.insert(figure.id.clone(), figure.label.clone());
                    targets.tables.insert(figure.data.id.clone(), figure.data.clone());
                }
                Block::PacketList(list) => {
                    claim(&mut targets, &list.id, "figure-", &report)?;
                    figures += 1;
                    list.label = words.say("label-figure", &[], &[("number", &number::count(figures))]);
                    targets.labels.insert(list.id.clone(), list.label.clone());
                }
                Block::References(list) => {
                    for reference in list {
                        claim(&mut targets, &reference.id, "reference-", &report)?;
                        references += 1;
                        reference.number = references;
                        targets.marks.insert(reference.id.clone(), format!("[{references}]"));
                    }
                }
                Block::Paragraph(_) | Block::List { .. } | Block::Notice(_) => {}
            }
        }
    }
    Ok(targets)
}

/// Tables, figures, references and sections live in separate name spaces, because their anchors do.
fn claim(targets: &mut Targets, id: &str, space: &str, report: &str) -> Result<(), ReportError> {
    let is_fit = !id.is_empty()
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if is_fit && targets.ids.insert(format!("{space}{id}")) {
        return Ok(());
    }
    Err(ReportError::BadId { report: report.to_string(), id: id.to_string() })
}

fn fill(span: &mut Span, targets: &Targets, report: &str) -> Result<(), ReportError> {
    let missing =
        |target: &str| ReportError::MissingTarget { report: report.to_string(), target: target.to_string() };
    match span {
        Span::Text(_) | Span::Code(_) | Span::Link { .. } => {}
        Span::To { target, text } => {
            *text = targets.labels.get(target).ok_or_else(|| missing(target))?.clone();
        }
        Span::Cite { target, text } => {
            *text = targets.marks.get(target).ok_or_else(|| missing(target))?.clone();
        }
        Span::Number { table, row, column, is_magnitude, text } => {
            let cell = targets.tables.get(table).and_then(|found| found.cell(*row, column));
            let cell = cell.ok_or_else(|| ReportError::MissingCell {
                report: report.to_string(),
                table: table.clone(),
                row: *row,
                column: (*column).to_string(),
            })?;
            *text = if *is_magnitude { number::without_sign(&cell.text) } else { cell.text.clone() };
        }
    }
    Ok(())
}

type OnSpan<'a> = dyn FnMut(&mut Span) -> Result<(), ReportError> + 'a;

fn for_each_span(document: &mut Document, on_span: &mut OnSpan<'_>) -> Result<(), ReportError> {
    for block in document.sections.iter_mut().flat_map(|section| &mut section.blocks) {
        let runs: Vec<&mut Vec<Span>> = match block {
            Block::Paragraph(spans) | Block::Notice(spans) => vec![spans],
            Block::List { items, .. } => items.iter_mut().collect(),
            Block::Table(table) => table.footnotes.iter_mut().collect(),
            Block::Figure(figure) => figure.data.footnotes.iter_mut().collect(),
            Block::Heading { .. } | Block::PacketList(_) | Block::References(_) => Vec::new(),
        };
        for span in runs.into_iter().flatten() {
            on_span(span)?;
        }
    }
    Ok(())
}

/// Every text that may come from a stranger passes here once, before anything is drawn.
fn tame_document(document: &mut Document) {
    let frame = &mut document.frame;
    let framing = [
        &mut document.title,
        &mut document.summary,
        &mut document.zone,
        &mut frame.institution,
        &mut frame.contact,
    ];
    for text in framing.into_iter().chain(&mut frame.warning).chain(&mut frame.notices) {
        *text = tame_prose(text);
    }
    for section in &mut document.sections {
        section.heading = tame_prose(&section.heading);
    }
    for block in document.sections.iter_mut().flat_map(|section| &mut section.blocks) {
        match block {
            Block::Heading { text, .. } => *text = tame_prose(text),
            Block::Table(table) => tame_table(table),
            Block::Figure(figure) => {
                figure.caption = tame_prose(&figure.caption);
                figure.notes.iter_mut().for_each(|note| *note = tame_prose(note));
                tame_table(&mut figure.data);
                figure.chart.for_each_label(&mut |label| *label = tame(label));
                figure.alt = tame_prose(&figure.alt);
            }
            Block::PacketList(list) => {
                list.caption = tame_prose(&list.caption);
                list.notes.iter_mut().for_each(|note| *note = tame_prose(note));
                for packet in &mut list.packets {
                    for text in [
                        &mut packet.time,
                        &mut packet.source,
                        &mut packet.destination,
                        &mut packet.protocol,
                        &mut packet.info,
                    ] {
                        *text = tame(text);
                    }
                }
            }
            Block::References(list) => {
                for reference in list {
                    reference.author = tame_prose(&reference.author);
                    reference.title = tame_prose(&reference.title);
                }
            }
            Block::Paragraph(_) | Block::List { .. } | Block::Notice(_) => {}
        }
    }
    let tamed = for_each_span(document, &mut |span| {
        match span {
            Span::Text(text) | Span::Code(text) | Span::Link { text, .. } => *text = tame_prose(text),
            _ => {}
        }
        Ok(())
    });
    debug_assert!(tamed.is_ok(), "taming refuses nothing");
}

/// Prose may be long; it is tamed piece by piece so that only its letters change.
fn tame_prose(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(crate::text::NAME_CHARS_MAX).map(|piece| tame(&piece.iter().collect::<String>())).collect()
}

fn tame_table(table: &mut TableBlock) {
    table.caption = tame_prose(&table.caption);
    for column in &mut table.columns {
        column.heading = tame(&column.heading);
        column.key = tame(&column.key);
    }
    for cell in table.rows.iter_mut().flatten() {
        cell.text = tame(&cell.text);
        if let teiten_model::table::Value::Text(text) = &mut cell.value {
            *text = tame(text);
        }
    }
}
