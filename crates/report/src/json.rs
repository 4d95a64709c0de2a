//! The document as JSON: the whole tree with values beside their texts.
//!
//! **Invariant:** keys stand in the order of these structs; the same document gives the same bytes.

use serde::Serialize;
use teiten_model::hex::hex;
use teiten_model::interval::Timestamp;
use teiten_model::table::Value;

use crate::document::{Block, Document, Span, TableBlock};
use crate::plan::Tlp;

/// Version of this form; a field that goes or changes its meaning raises it.
pub(crate) const FORM_VERSION: u32 = 1;

#[derive(Serialize)]
struct Page<'a> {
    version: u32,
    kind: &'a str,
    form: &'a str,
    name: &'a str,
    start: String,
    end: String,
    zone: &'a str,
    language: &'a str,
    title: &'a str,
    summary: &'a str,
    institution: &'a str,
    contact: &'a str,
    tlp: Option<&'a str>,
    first_published: Option<String>,
    last_updated: Option<String>,
    is_corrected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    correction: Option<&'a str>,
    warning: Option<&'a str>,
    notices: &'a [String],
    sections: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    id: &'a str,
    heading: &'a str,
    blocks: Vec<Piece<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "block", rename_all = "kebab-case")]
enum Piece<'a> {
    Heading {
        id: &'a str,
        text: &'a str,
    },
    Paragraph {
        spans: Vec<Run<'a>>,
    },
    Notice {
        spans: Vec<Run<'a>>,
    },
    List {
        is_ordered: bool,
        items: Vec<Vec<Run<'a>>>,
    },
    Table(Sheet<'a>),
    Figure {
        id: &'a str,
        label: &'a str,
        caption: &'a str,
        alt: &'a str,
        notes: &'a [String],
        data: Sheet<'a>,
    },
    PacketList {
        id: &'a str,
        label: &'a str,
        caption: &'a str,
        notes: &'a [String],
        packets: Vec<Packet<'a>>,
    },
    References {
        references: Vec<Citation<'a>>,
    },
}

#[derive(Serialize)]
#[serde(tag = "span", rename_all = "kebab-case")]
enum Run<'a> {
    Text { text: &'a str },
    Code { text: &'a str },
    Link { text: &'a str, url: &'a str },
    To { target: &'a str, text: &'a str },
    Cite { target: &'a str, text: &'a str },
    Number { table: &'a str, row: usize, column: &'a str, text: &'a str },
}

#[derive(Serialize)]
struct Sheet<'a> {
    id: &'a str,
    label: &'a str,
    caption: &'a str,
    columns: Vec<Head<'a>>,
    shown: usize,
    rows: Vec<Vec<Entry<'a>>>,
    footnotes: Vec<String>,
    origin: &'a [String],
}

#[derive(Serialize)]
struct Head<'a> {
    name: &'a str,
    heading: &'a str,
    unit: &'a str,
}

#[derive(Serialize)]
struct Entry<'a> {
    value: Plain<'a>,
    text: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Plain<'a> {
    Null,
    Int(i64),
    Float(f64),
    Bool(bool),
    Text(&'a str),
    Written(String),
}

#[derive(Serialize)]
struct Packet<'a> {
    number: i64,
    time: &'a str,
    source: &'a str,
    destination: &'a str,
    protocol: &'a str,
    length: i64,
    info: &'a str,
}

#[derive(Serialize)]
struct Citation<'a> {
    number: usize,
    id: &'a str,
    author: &'a str,
    title: &'a str,
    url: &'a str,
}

/// The document as JSON on one line, with a final line break.
pub fn write(document: &Document) -> String {
    let frame = &document.frame;
    let page = Page {
        version: FORM_VERSION,
        kind: document.kind,
        form: document.readers.name(),
        name: &document.name,
        start: document.interval.start.to_string(),
        end: document.interval.end.to_string(),
        zone: &document.zone,
        language: document.language.code(),
        title: &document.title,
        summary: &document.summary,
        institution: &frame.institution,
        contact: &frame.contact,
        tlp: frame.tlp.map(Tlp::name),
        first_published: frame.first_published.map(|day| day.to_string()),
        last_updated: frame.last_updated.map(|day| day.to_string()),
        is_corrected: frame.correction.is_some(),
        correction: frame.correction.as_ref().map(|own| own.note.as_str()).filter(|note| !note.is_empty()),
        warning: frame.warning.as_deref(),
        notices: &frame.notices,
        sections: document
            .sections
            .iter()
            .map(|section| Part {
                id: &section.id,
                heading: &section.heading,
                blocks: section.blocks.iter().map(piece).collect(),
            })
            .collect(),
    };
    let text = serde_json::to_string(&page).expect("strings, numbers and lists always have a JSON form");
    text + "\n"
}

fn piece(block: &Block) -> Piece<'_> {
    match block {
        Block::Heading { id, text } => Piece::Heading { id, text },
        Block::Paragraph(spans) => Piece::Paragraph { spans: runs(spans) },
        Block::Notice(spans) => Piece::Notice { spans: runs(spans) },
        Block::List { is_ordered, items } => {
            Piece::List { is_ordered: *is_ordered, items: items.iter().map(|item| runs(item)).collect() }
        }
        Block::Table(table) => Piece::Table(sheet(table)),
        Block::Figure(figure) => Piece::Figure {
            id: &figure.id,
            label: &figure.label,
            caption: &figure.caption,
            alt: &figure.alt,
            notes: &figure.notes,
            data: sheet(&figure.data),
        },
        Block::PacketList(list) => Piece::PacketList {
            id: &list.id,
            label: &list.label,
            caption: &list.caption,
            notes: &list.notes,
            packets: list
                .packets
                .iter()
                .map(|packet| Packet {
                    number: packet.number,
                    time: &packet.time,
                    source: &packet.source,
                    destination: &packet.destination,
                    protocol: &packet.protocol,
                    length: packet.length,
                    info: &packet.info,
                })
                .collect(),
        },
        Block::References(list) => Piece::References {
            references: list
                .iter()
                .map(|reference| Citation {
                    number: reference.number,
                    id: &reference.id,
                    author: &reference.author,
                    title: &reference.title,
                    url: &reference.url,
                })
                .collect(),
        },
    }
}

fn runs(spans: &[Span]) -> Vec<Run<'_>> {
    spans
        .iter()
        .map(|span| match span {
            Span::Text(text) => Run::Text { text },
            Span::Code(text) => Run::Code { text },
            Span::Link { text, url } => Run::Link { text, url },
            Span::To { target, text } => Run::To { target, text },
            Span::Cite { target, text } => Run::Cite { target, text },
            Span::Number { table, row, column, text, .. } => Run::Number { table, row: *row, column, text },
        })
        .collect()
}

fn sheet(table: &TableBlock) -> Sheet<'_> {
    Sheet {
        id: &table.id,
        label: &table.label,
        caption: &table.caption,
        columns: table
            .columns
            .iter()
            .map(|column| Head { name: column.machine_name(), heading: &column.heading, unit: &column.unit })
            .collect(),
        shown: table.shown_rows().len(),
        rows: table
            .rows
            .iter()
            .map(|row| row.iter().map(|cell| Entry { value: plain(&cell.value), text: &cell.text }).collect())
            .collect(),
        footnotes: table.footnotes.iter().map(|note| note.iter().map(Span::shown).collect()).collect(),
        origin: &table.origin,
    }
}

fn plain(value: &Value) -> Plain<'_> {
    match value {
        Value::Null => Plain::Null,
        Value::Int(number) => Plain::Int(*number),
        Value::Float(number) if number.is_finite() => Plain::Float(*number),
        Value::Float(_) => Plain::Null,
        Value::Bool(truth) => Plain::Bool(*truth),
        Value::Text(text) => Plain::Text(text),
        Value::Time(time_us) => Plain::Written(Timestamp(*time_us).to_string()),
        Value::Address(address) => Plain::Written(address.to_string()),
        Value::Bytes(bytes) => Plain::Written(hex(bytes)),
    }
}
