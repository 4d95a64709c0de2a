//! The document as the template reads it: plain data, drawn charts, words, widths of columns.
//!
//! The template never sees markup made from text: it is handed this as JSON, and a text that looks
//! like markup stays a text.
//!
//! **Invariant:** every text goes through [`Letters`].
//! **Invariant:** keys stand in the order of these structs; the same document gives the same bytes.

use serde::Serialize;
use teiten_report::chart::{Dress, Labels, Size};
use teiten_report::document::{
    Block, Document, Figure, PacketList, Reference, Span, TableBlock, is_linkable,
};
use teiten_report::text::fit;
use teiten_report::words::{Words, date};

use crate::fonts::Fonts;
use crate::letters::Letters;

/// Rows from which a table may go over the end of a page; a shorter one is kept together.
const ROWS_TOGETHER_MAX: usize = 14;

/// Width of the text that runs along every page, in tenths of its font size; the rest is cut and marked.
const RUNNING_TENTHS_MAX: u32 = 440;
/// Margin of a drawing at its left and right, in its units: room for a label that is a little wider
/// in this font than was reserved for it.
const DRAWING_MARGIN: f64 = 14.0;

/// What the template reads.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    language: &'static str,
    title: String,
    running_title: String,
    summary: String,
    running_institution: String,
    institution: String,
    contact: String,
    dates: Vec<String>,
    issued: Option<Day>,
    correction: Option<Vec<String>>,
    warning: Option<String>,
    label: Option<String>,
    notices: Vec<String>,
    words: Terms,
    fonts: Families,
    sections: Vec<Part>,
}

#[derive(Debug, Serialize)]
struct Day {
    year: i16,
    month: i8,
    day: i8,
}

/// Words of the frame, in the document's language.
#[derive(Debug, Serialize)]
struct Terms {
    contents: String,
    contact: String,
    corrected: String,
    synthetic: String,
    joint: String,
}

#[derive(Debug, Serialize)]
struct Families {
    body: String,
    code: String,
}

#[derive(Debug, Serialize)]
struct Part {
    id: String,
    heading: String,
    blocks: Vec<Piece>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Piece {
    Heading { id: String, text: String },
    Paragraph { spans: Vec<Run> },
    Notice { spans: Vec<Run> },
    List { is_ordered: bool, items: Vec<Vec<Run>> },
    Table(Grid),
    Figure { id: String, label: String, caption: String, alt: String, drawing: String, notes: Vec<String> },
    Packets(Grid),
    References { references: Vec<Source> },
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Run {
    Text { text: String },
    Code { text: String },
    Link { text: String, url: String },
    To { text: String, target: String },
    Cite { text: String, target: String },
}

/// A table or a packet list: what is drawn as rows under a repeated head.
#[derive(Debug, Serialize)]
struct Grid {
    id: String,
    label: String,
    caption: String,
    columns: Vec<Head>,
    rows: Vec<Vec<String>>,
    may_break: bool,
    notes: Vec<Vec<Run>>,
}

#[derive(Debug, Serialize)]
struct Head {
    heading: String,
    unit: String,
    is_numeric: bool,
}

#[derive(Debug, Serialize)]
struct Source {
    id: String,
    number: usize,
    author: String,
    title: String,
    url: String,
    is_link: bool,
}

/// Makes the data of a document.
pub(crate) struct Maker<'a> {
    words: &'a Words,
    letters: &'a Letters<'a>,
    /// Whether the tables are there as CSV too.
    has_csv: bool,
}

impl<'a> Maker<'a> {
    /// A maker with the words of the document's language.
    pub(crate) fn new(words: &'a Words, letters: &'a Letters<'a>, has_csv: bool) -> Maker<'a> {
        Maker { words, letters, has_csv }
    }

    /// The whole document.
    pub(crate) fn page(&self, document: &Document, fonts: &Fonts) -> Page {
        let (frame, words) = (&document.frame, self.words);
        let joint = words.text("label-joint");
        let dates = [("first-published", frame.first_published), ("last-updated", frame.last_updated)];
        let dated = |(key, day): (&str, Option<jiff::civil::Date>)| {
            day.map(|day| format!("{}{joint}{}", words.text(key), date::long(day, document.language)))
        };
        Page {
            language: document.language.code(),
            title: self.text(&document.title),
            running_title: fit(&self.text(&document.title), RUNNING_TENTHS_MAX),
            summary: self.text(&document.summary),
            running_institution: fit(&self.text(&frame.institution), RUNNING_TENTHS_MAX),
            institution: self.text(&frame.institution),
            contact: self.text(&frame.contact),
            dates: dates.into_iter().filter_map(dated).collect(),
            issued: frame.last_updated.map(|day| Day {
                year: day.year(),
                month: day.month(),
                day: day.day(),
            }),
            correction: frame.correction.as_ref().map(|own| {
                let texts = [&own.said, &own.note].into_iter().filter(|text| !text.is_empty());
                texts.map(|text| self.text(text)).collect()
            }),
            warning: frame.warning.as_deref().map(|warning| self.text(warning)),
            label: frame.tlp.map(|label| format!("TLP:{}", label.name())),
            notices: frame.notices.iter().map(|notice| self.text(notice)).collect(),
            words: Terms {
                contents: words.text("contents"),
                contact: words.text("contact"),
                corrected: words.text("corrected"),
                synthetic: words.text("synthetic-word"),
                joint,
            },
            fonts: Families { body: fonts.body().to_string(), code: fonts.code().to_string() },
            sections: document.sections.iter().map(|section| self.part(section)).collect(),
        }
    }

    fn text(&self, text: &str) -> String {
        self.letters.text(text)
    }

    fn part(&self, section: &teiten_report::document::Section) -> Part {
        Part {
            id: section.id.clone(),
            heading: self.text(&section.heading),
            blocks: section.blocks.iter().map(|block| self.piece(block)).collect(),
        }
    }

    fn piece(&self, block: &Block) -> Piece {
        match block {
            Block::Heading { id, text } => Piece::Heading { id: id.clone(), text: self.text(text) },
            Block::Paragraph(spans) => Piece::Paragraph { spans: self.run(spans) },
            Block::Notice(spans) => Piece::Notice { spans: self.run(spans) },
            Block::List { is_ordered, items } => Piece::List {
                is_ordered: *is_ordered,
                items: items.iter().map(|item| self.run(item)).collect(),
            },
            Block::Table(table) => Piece::Table(self.grid(table)),
            Block::Figure(figure) => self.figure(figure),
            Block::PacketList(list) => Piece::Packets(self.packets(list)),
            Block::References(list) => Piece::References {
                references: list.iter().map(|reference| self.source(reference)).collect(),
            },
        }
    }

    fn run(&self, spans: &[Span]) -> Vec<Run> {
        spans.iter().map(|span| self.span(span)).collect()
    }

    fn span(&self, span: &Span) -> Run {
        let text = self.text(span.shown());
        match span {
            Span::Code(_) => Run::Code { text },
            Span::Link { url, .. } if is_linkable(url) => Run::Link { text, url: url.clone() },
            Span::To { target, .. } => Run::To { text, target: target.clone() },
            Span::Cite { target, .. } => Run::Cite { text, target: target.clone() },
            Span::Text(_) | Span::Number { .. } | Span::Link { .. } => Run::Text { text },
        }
    }

    fn note(&self, note: &str) -> Vec<Run> {
        vec![Run::Text { text: self.text(note) }]
    }

    fn grid(&self, table: &TableBlock) -> Grid {
        let shown: Vec<usize> = (0..table.columns.len()).filter(|at| table.columns[*at].is_shown()).collect();
        let cells = |row: &Vec<teiten_report::document::Cell>| -> Vec<String> {
            shown.iter().map(|at| self.text(&row[*at].text)).collect()
        };
        let columns: Vec<Head> = shown
            .iter()
            .map(|at| &table.columns[*at])
            .map(|column| Head {
                heading: self.text(&column.heading),
                unit: self.text(&column.unit),
                is_numeric: column.is_numeric(),
            })
            .collect();
        let rows: Vec<Vec<String>> = table.shown_rows().iter().map(cells).collect();
        let mut notes: Vec<Vec<Run>> = Vec::new();
        notes.extend(table.cut_note(self.words, self.has_csv).map(|more| vec![Run::Text { text: more }]));
        notes.extend(table.footnotes.iter().map(|note| self.run(note)));
        if !table.origin.is_empty() {
            let (from, joint) = (self.words.text("counted-from"), self.words.text("label-joint"));
            notes.push(self.note(&format!("{from}{joint}{}", table.origin.join(", "))));
        }
        Grid {
            id: table.id.clone(),
            label: self.text(&table.label),
            caption: self.text(&table.caption),
            columns,
            may_break: rows.len() > ROWS_TOGETHER_MAX,
            rows,
            notes,
        }
    }

    fn figure(&self, figure: &Figure) -> Piece {
        let labels = Labels {
            id: &figure.id,
            title: &figure.caption,
            alt: &figure.alt,
            mark: "",
            language: self.words.language,
        };
        // The caption stands below as text: the drawing needs neither title nor style of its own.
        let drawing = figure.chart.draw(labels, Size::Wide, Dress::Inline);
        Piece::Figure {
            id: figure.id.clone(),
            label: self.text(&figure.label),
            caption: self.text(&figure.caption),
            alt: self.text(&figure.alt),
            drawing: with_margin(&self.letters.drawing(&drawing)),
            notes: figure.notes.iter().map(|note| self.text(note)).collect(),
        }
    }

    fn packets(&self, list: &PacketList) -> Grid {
        let heads = [
            ("packet-number", true),
            ("packet-time", false),
            ("packet-source", false),
            ("packet-destination", false),
            ("packet-protocol", false),
            ("packet-length", true),
            ("packet-info", false),
        ];
        let columns: Vec<Head> = heads
            .iter()
            .map(|(key, is_numeric)| Head {
                heading: self.words.text(key),
                unit: String::new(),
                is_numeric: *is_numeric,
            })
            .collect();
        let rows: Vec<Vec<String>> = list
            .packets
            .iter()
            .map(|packet| {
                vec![
                    packet.number.to_string(),
                    self.text(&packet.time),
                    self.text(&packet.source),
                    self.text(&packet.destination),
                    self.text(&packet.protocol),
                    packet.length.to_string(),
                    self.text(&packet.info),
                ]
            })
            .collect();
        Grid {
            id: list.id.clone(),
            label: self.text(&list.label),
            caption: self.text(&list.caption),
            columns,
            may_break: rows.len() > ROWS_TOGETHER_MAX,
            rows,
            notes: list.notes.iter().map(|note| self.note(note)).collect(),
        }
    }

    fn source(&self, reference: &Reference) -> Source {
        Source {
            id: reference.id.clone(),
            number: reference.number,
            author: self.text(&reference.author),
            title: self.text(&reference.title),
            url: self.text(&reference.url),
            is_link: is_linkable(&reference.url),
        }
    }
}

/// The drawing with a margin at its left and right.
fn with_margin(svg: &str) -> String {
    let widened = || {
        let (before, rest) = svg.split_once("viewBox=\"")?;
        let (frame, after) = rest.split_once('"')?;
        let sides: Vec<f64> = frame.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [left, top, width, height] = sides[..] else { return None };
        let (left, width) = (left - DRAWING_MARGIN, width + 2.0 * DRAWING_MARGIN);
        Some(format!("{before}viewBox=\"{left} {top} {width} {height}\"{after}"))
    };
    widened().unwrap_or_else(|| svg.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_gets_its_margin_or_stays_as_it_is() {
        assert_eq!(with_margin("<svg viewBox=\"0 0 760 300.5\" a>"), "<svg viewBox=\"-14 0 788 300.5\" a>");
        assert_eq!(with_margin("<svg viewBox=\"0 0\">"), "<svg viewBox=\"0 0\">");
        assert_eq!(with_margin("<svg>"), "<svg>");
    }
}
