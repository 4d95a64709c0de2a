//! The quarterly report as a whole: golden texts, both languages, edge cases, hostile text, same bytes.
//!
//! **Invariant:** every golden here is small enough to be read.

mod archive;
mod blocks;
mod charts;
mod draft;
mod gallery;
mod golden;
mod invented;
mod phenomena;
mod properties;
mod readers;
mod recurring;

use teiten_report::document::{Block, Document, Span};
use teiten_report::facts::Facts;
use teiten_report::kinds::periodic::periodic;
use teiten_report::plan::Plan;
use teiten_report::words::Language;

/// The documents of both languages.
fn both(facts: &Facts) -> [Document; 2] {
    Language::ALL
        .map(|language| periodic(facts, &Plan::default(), language).expect("these facts make a report"))
}

/// What a reader is told, line by line: headings, paragraphs, captions, notes.
fn told(document: &Document) -> String {
    let run = |spans: &[Span]| spans.iter().map(Span::shown).collect::<String>();
    let mut lines = vec![document.title.clone()];
    for section in &document.sections {
        lines.push(format!("# {}", section.heading));
        for block in &section.blocks {
            match block {
                Block::Heading { text, .. } => lines.push(format!("## {text}")),
                Block::Paragraph(spans) => lines.push(run(spans)),
                Block::Notice(spans) => lines.push(format!("! {}", run(spans))),
                Block::List { items, .. } => {
                    lines.extend(items.iter().map(|item| format!("- {}", run(item))))
                }
                Block::Table(table) => {
                    lines.push(format!("{} {}", table.label, table.caption));
                    lines.extend(table.footnotes.iter().map(|note| run(note)));
                }
                Block::Figure(figure) => {
                    lines.push(format!("{} {}", figure.label, figure.caption));
                    lines.push(figure.alt.clone());
                    lines.extend(figure.notes.iter().cloned());
                }
                Block::PacketList(list) => lines.push(format!("{} {}", list.label, list.caption)),
                Block::References(list) => lines.extend(list.iter().map(|reference| reference.title.clone())),
            }
        }
    }
    lines.join("\n") + "\n"
}

/// The sentences of the overview: its paragraphs, notices and what its figures show.
fn overview(document: &Document) -> String {
    let run = |spans: &[Span]| spans.iter().map(Span::shown).collect::<String>();
    let mut lines = String::new();
    for block in &document.sections[0].blocks {
        match block {
            Block::Paragraph(spans) => lines += &format!("{}\n", run(spans)),
            Block::Notice(spans) => lines += &format!("! {}\n", run(spans)),
            Block::Figure(figure) => lines += &format!("  {}\n", figure.alt),
            _ => {}
        }
    }
    lines
}
