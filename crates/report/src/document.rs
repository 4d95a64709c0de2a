//! The document tree: what a report says, before any exit draws it.
//!
//! A kind builds the tree with identifiers; [`Document::finish`] gives every table, figure and
//! reference its number once and fills every reference and every bound number from what it points to.
//! Exits print what stands in the tree and compute nothing.
//!
//! **Invariant:** a number in prose is the text of a table cell, so text and table cannot disagree.
//! **Invariant:** after `finish` every identifier is unique and every reference has its target.

mod figure;
mod resolve;
mod table;

use jiff::civil::Date;
use teiten_model::interval::Interval;

use crate::plan::{Readers, Tlp};
use crate::words::Language;

pub use figure::Figure;
pub use table::{Cell, Column, Form, TableBlock};

/// One report in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Kind of report (`quarterly`).
    pub kind: &'static str,
    /// For whom this form of it is.
    pub readers: Readers,
    /// Stable name of the period (`2014Q2`).
    pub name: String,
    /// The period, in UTC.
    pub interval: Interval,
    /// IANA name of the zone in which days are cut.
    pub zone: String,
    /// Language of every text.
    pub language: Language,
    /// Title.
    pub title: String,
    /// One sentence for search results and feeds.
    pub summary: String,
    /// Who publishes it, when, and under which notices.
    pub frame: Frame,
    /// Sections in order; numbered from 1 by their place.
    pub sections: Vec<Section>,
}

/// What surrounds the sections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// The publishing institution.
    pub institution: String,
    /// Where to write; plain text.
    pub contact: String,
    /// Who may pass it on to whom; `None` for a document without a label.
    pub tlp: Option<Tlp>,
    /// When the report was first published; `None` before publication.
    pub first_published: Option<Date>,
    /// When this edition was issued.
    pub last_updated: Option<Date>,
    /// What is said of a corrected edition; `None` for a first one.
    pub correction: Option<Correction>,
    /// What must stand at the top of every exit: "synthetic".
    pub warning: Option<String>,
    /// Funding, citation and other notices, at the end.
    pub notices: Vec<String>,
}

/// What a corrected edition says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correction {
    /// That it is one, of which edition and since when.
    pub said: String,
    /// Why, in the publisher's words; empty when nothing was said.
    pub note: String,
}

/// A numbered section.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Identifier; the anchor of the section.
    pub id: String,
    /// Heading without its number.
    pub heading: String,
    /// Content.
    pub blocks: Vec<Block>,
}

/// One piece of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading below the section's.
    Heading {
        /// Identifier; the anchor of the heading.
        id: String,
        /// The heading.
        text: String,
    },
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// A table.
    Table(TableBlock),
    /// A chart with its data. Boxed, because it is far larger than the other kinds.
    Figure(Box<Figure>),
    /// Evidence: packets as a protocol analyser lists them; counted with the figures.
    PacketList(PacketList),
    /// A list; advice is ordered.
    List {
        /// Whether the items are numbered.
        is_ordered: bool,
        /// The items.
        items: Vec<Vec<Span>>,
    },
    /// The numbered references.
    References(Vec<Reference>),
    /// A notice that must not be overlooked.
    Notice(Vec<Span>),
}

/// A run of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Text as it is.
    Text(String),
    /// Something a machine reads: a command, a hash.
    Code(String),
    /// A link; addresses other than `http`, `https` and `mailto` are printed, not linked.
    Link {
        /// What is shown.
        text: String,
        /// Where it leads.
        url: String,
    },
    /// "Table 1": the table or figure of that identifier.
    To {
        /// Identifier of the table or figure.
        target: String,
        /// Its label; filled by [`Document::finish`].
        text: String,
    },
    /// The numbered reference of that identifier.
    Cite {
        /// Identifier of the reference.
        target: String,
        /// Its mark; filled by [`Document::finish`].
        text: String,
    },
    /// A number of a table.
    Number {
        /// Identifier of the table.
        table: String,
        /// Row, from 0.
        row: usize,
        /// Machine name of the column.
        column: &'static str,
        /// Whether the sign is left out, because the sentence says "more" or "fewer".
        is_magnitude: bool,
        /// The cell's text; filled by [`Document::finish`].
        text: String,
    },
}

/// Packets as evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PacketList {
    /// Identifier.
    pub id: String,
    /// "Figure 4"; filled by [`Document::finish`].
    pub label: String,
    /// Caption without the label.
    pub caption: String,
    /// The packets.
    pub packets: Vec<PacketLine>,
    /// What was hidden, how they were chosen.
    pub notes: Vec<String>,
}

/// One packet, in the columns every analyst knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PacketLine {
    /// No.: its place in the list or in its selection.
    pub number: i64,
    /// Time, written in the report's zone.
    pub time: String,
    /// Source address.
    pub source: String,
    /// Destination address, or what stands for it.
    pub destination: String,
    /// Protocol.
    pub protocol: String,
    /// Length in bytes.
    pub length: i64,
    /// What the packet says.
    pub info: String,
}

/// A source that the text cites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Identifier.
    pub id: String,
    /// Number from 1; filled by [`Document::finish`].
    pub number: usize,
    /// Author or institution; empty when the title says it.
    pub author: String,
    /// Title.
    pub title: String,
    /// Address; empty when there is none.
    pub url: String,
}

impl Span {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Span {
        Span::Text(text.into())
    }

    /// The label of a table or figure.
    pub fn to(target: &str) -> Span {
        Span::To { target: target.to_string(), text: String::new() }
    }

    /// The mark of a reference.
    pub fn cite(target: &str) -> Span {
        Span::Cite { target: target.to_string(), text: String::new() }
    }

    /// The number in a cell.
    pub fn number(table: &str, row: usize, column: &'static str) -> Span {
        Span::Number { table: table.to_string(), row, column, is_magnitude: false, text: String::new() }
    }

    /// The number in a cell without its sign.
    pub fn magnitude(table: &str, row: usize, column: &'static str) -> Span {
        Span::Number { table: table.to_string(), row, column, is_magnitude: true, text: String::new() }
    }

    /// What a reader sees.
    pub fn shown(&self) -> &str {
        match self {
            Span::Text(text) | Span::Code(text) => text,
            Span::Link { text, .. }
            | Span::To { text, .. }
            | Span::Cite { text, .. }
            | Span::Number { text, .. } => text,
        }
    }
}

/// Whether an address may be made a link.
pub fn is_linkable(url: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| url.starts_with(scheme))
}
