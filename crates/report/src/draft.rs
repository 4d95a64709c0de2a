//! A draft: the paragraphs of a report as text that a person can change, numbers still bound to tables.
//!
//! A paragraph has an address: section, heading where it stands below one, and its place there
//! (`overview/2`, `phenomena/dns-aftermath/1`). In its text a number is written as the cell it is,
//! `{ports:445/TCP:packets}` (table, row, column; a row is its key or its number from 1), without its sign
//! `{abs ports:22/TCP:change}`; a label as `{to ports}`, a reference as `{cite iana}`, a command as
//! `{code ...}`; a brace itself is doubled.
//!
//! **Invariant:** what is written here reads back to the same spans.

pub mod file;
mod marks;
pub mod rewrite;

use std::collections::BTreeMap;

use crate::document::{Block, Document, Section, Span};
use crate::error::ReportError;
use crate::words::names::Names;

pub use marks::{read, write};

/// A paragraph that a person wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// Address of a paragraph.
    pub place: String,
    /// Whether it replaces that one; else it follows it.
    pub replaces: bool,
    /// The text in both languages; empty in both takes the paragraph out.
    pub text: Names,
    /// Mark of what the program had written there; empty when nobody said.
    pub was: String,
}

/// A paragraph as the program wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// Its address.
    pub place: String,
    /// Its text with marks.
    pub text: String,
}

/// The paragraphs of a document, in order.
pub fn paragraphs(document: &Document) -> Vec<Paragraph> {
    let mut all = Vec::new();
    walk(document, &mut |place, spans| {
        all.push(Paragraph { place: place.to_string(), text: write(spans, document) });
    });
    all
}

/// The address of each block of a section; `None` for what is no paragraph.
pub fn places(section: &Section) -> Vec<Option<String>> {
    let mut counter = Counter::new(&section.id);
    section.blocks.iter().map(|block| counter.place(block)).collect()
}

/// A short mark of a text, to tell later whether the program would write the same.
pub fn mark(text: &str) -> String {
    // FNV-1a: a mark for people's files, not a proof.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn walk(document: &Document, on_paragraph: &mut dyn FnMut(&str, &[Span])) {
    for section in &document.sections {
        for (block, place) in section.blocks.iter().zip(places(section)) {
            if let Some(place) = place
                && let Block::Paragraph(spans) | Block::Notice(spans) = block
            {
                on_paragraph(&place, spans);
            }
        }
    }
}

/// Gives paragraphs their addresses while a section is walked through.
struct Counter<'a> {
    section: &'a str,
    heading: String,
    paragraphs: usize,
}

impl Counter<'_> {
    fn new(section: &str) -> Counter<'_> {
        Counter { section, heading: String::new(), paragraphs: 0 }
    }

    fn place(&mut self, block: &Block) -> Option<String> {
        match block {
            Block::Heading { id, .. } => {
                self.heading = format!("/{id}");
                self.paragraphs = 0;
                None
            }
            Block::Paragraph(_) | Block::Notice(_) => {
                self.paragraphs += 1;
                Some(format!("{}{}/{}", self.section, self.heading, self.paragraphs))
            }
            _ => None,
        }
    }
}

/// Puts the edits into an unfinished document.
///
/// # Errors
/// When an address is no paragraph's, or a text has a mark that cannot be read.
pub(crate) fn apply(document: &mut Document, edits: &[Edit]) -> Result<(), ReportError> {
    let mut by_place: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_place.entry(&edit.place).or_default().push(edit);
    }
    let (language, report) = (document.language, document.name.clone());
    let fault = |place: &str, what: String| ReportError::Draft {
        report: report.clone(),
        place: place.to_string(),
        what,
    };
    // Rows are found by their keys in the tables as they stand before the change.
    let tables = document.clone();
    for section in &mut document.sections {
        let mut counter = Counter::new(&section.id);
        let mut blocks = Vec::new();
        for block in section.blocks.drain(..) {
            let place = counter.place(&block);
            let edits = place.as_deref().and_then(|place| by_place.remove(place)).unwrap_or_default();
            let mut written = Vec::new();
            for edit in &edits {
                let text = edit.text.of(language);
                if !text.is_empty() {
                    let spans = read(text, &tables).map_err(|what| fault(&edit.place, what))?;
                    // A notice that is rewritten stays one.
                    let is_notice = edit.replaces && matches!(block, Block::Notice(_));
                    written.push(if is_notice { Block::Notice(spans) } else { Block::Paragraph(spans) });
                }
            }
            if !edits.iter().any(|edit| edit.replaces) {
                blocks.push(block);
            }
            blocks.extend(written);
        }
        section.blocks = blocks;
    }
    match by_place.keys().next() {
        Some(place) => Err(fault(place, "the report has no such paragraph".to_string())),
        None => Ok(()),
    }
}
