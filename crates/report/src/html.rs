//! The document as a folder of pages that works offline and without script.
//!
//! One `index.html` per language, the figures as SVG files, every table as CSV, one style sheet, and
//! the same document as Markdown and JSON. A figure enlarges on click: it is a link to its drawing.
//!
//! **Invariant:** text of the document reaches a page only escaped.
//! **Invariant:** `render` is pure: the same documents give the same files.

use std::path::Path;

use askama::Template;

use crate::chart::{Dress, Labels, Size};
use crate::document::{Block, Document, Figure, Span, TableBlock, is_linkable};
use crate::error::ReportError;
use crate::folder::{self, Files};
use crate::text::escape;
use crate::words::{Language, Words, date};
use crate::{csv, json, markdown};

pub(crate) const STYLE: &str = include_str!("../templates/style.css");
pub(crate) const CHART_STYLE: &str = include_str!("../templates/chart.css");

#[derive(Template)]
#[template(path = "document.html")]
struct Page<'a> {
    document: &'a Document,
    words: &'a Words,
    others: Vec<Language>,
}

#[derive(Template)]
#[template(path = "index.html")]
struct Door<'a> {
    documents: &'a [Document],
}

/// The files of a report in one or more languages, by path inside the folder.
///
/// # Errors
/// When two documents have the same language but different content, or a text is missing.
pub fn render(documents: &[Document]) -> Result<Files, ReportError> {
    let mut files = Files::new();
    folder::add(&mut files, "style.css".to_string(), format!("{CHART_STYLE}{STYLE}").into_bytes())?;
    folder::add(&mut files, "index.html".to_string(), drawn(&Door { documents }))?;
    for document in documents {
        let words = Words::new(document.language);
        let code = document.language.code();
        let mut add = |path: String, bytes: Vec<u8>| folder::add(&mut files, path, bytes);
        let others = documents.iter().map(|other| other.language).filter(|other| *other != document.language);
        let page = Page { document, words: &words, others: others.collect() };
        add(format!("{code}/index.html"), drawn(&page))?;
        add(format!("{code}/report.md"), markdown::write(document).into_bytes())?;
        add(format!("{code}/report.json"), json::write(document).into_bytes())?;
        for block in document.sections.iter().flat_map(|section| &section.blocks) {
            match block {
                Block::Table(table) => add(csv::path(table, code), csv::write(table).into_bytes())?,
                Block::Figure(figure) => {
                    add(csv::path(&figure.data, code), csv::write(&figure.data).into_bytes())?;
                    let svg = figure.chart.draw(
                        labels(figure, &page.title_of(figure), words.language),
                        Size::Wide,
                        Dress::Standalone,
                    );
                    add(format!("figures/{}.{code}.svg", figure.id), svg.into_bytes())?;
                }
                _ => {}
            }
        }
        words.check()?;
    }
    Ok(files)
}

/// Renders the documents and seals them as a folder.
///
/// # Errors
/// As [`render`] and [`folder::seal`].
pub fn write(documents: &[Document], dir: &Path) -> Result<(), ReportError> {
    folder::seal(&render(documents)?, dir)
}

fn drawn(template: &impl Template) -> Vec<u8> {
    template.render().expect("a template writes into memory and calls nothing that fails").into_bytes()
}

fn labels<'a>(figure: &'a Figure, title: &'a str, language: Language) -> Labels<'a> {
    Labels { id: &figure.id, title, alt: &figure.alt, language }
}

impl Page<'_> {
    fn title_of(&self, figure: &Figure) -> String {
        self.titled(&figure.label, &figure.caption)
    }

    fn titled(&self, label: &str, caption: &str) -> String {
        if label.is_empty() {
            caption.to_string()
        } else {
            format!("{label}{}{caption}", self.words.text("label-joint"))
        }
    }

    /// Drawings of a figure for both widths; the style sheet shows one.
    fn drawings(&self, figure: &Figure) -> String {
        let title = self.title_of(figure);
        let draw = |size| figure.chart.draw(labels(figure, &title, self.words.language), size, Dress::Inline);
        let (wide, narrow) = (draw(Size::Wide), draw(Size::Narrow));
        format!("<span class=\"wide\">{wide}</span><span class=\"narrow\">{narrow}</span>")
    }

    fn date(&self, day: &jiff::civil::Date) -> String {
        date::long(*day, self.words.language)
    }

    fn more_rows(&self, table: &TableBlock) -> Option<String> {
        table.cut_note(self.words)
    }
}

/// Spans as HTML; every text is escaped here.
fn run(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| match span {
            Span::Text(text) => escape(text),
            Span::Code(text) => format!("<code>{}</code>", escape(text)),
            Span::Link { text, url } if is_linkable(url) => {
                format!("<a href=\"{}\">{}</a>", escape(url), escape(text))
            }
            Span::Link { text, .. } => escape(text),
            Span::To { target, text } => format!("<a href=\"#to-{}\">{}</a>", escape(target), escape(text)),
            Span::Cite { target, text } => {
                format!("<a class=\"cite\" href=\"#reference-{}\">{}</a>", escape(target), escape(text))
            }
            Span::Number { text, .. } => format!("<span class=\"number\">{}</span>", escape(text)),
        })
        .collect()
}
