//! The document as pages that work offline and without script.
//!
//! One page per language and one style sheet; a figure enlarges on click, because it leads to its
//! drawing over the page. What else the folder has (CSV, PDF, pictures, ...) is linked where it lies.
//!
//! **Invariant:** text of the document reaches a page only escaped.
//! **Invariant:** a page links only files that are there.
//! **Invariant:** `render` is pure: the same documents give the same files.

use std::path::Path;

use askama::Template;

use crate::chart::{Dress, Labels, Size};
use crate::document::{Block, Document, Figure, Span, TableBlock, is_linkable};
use crate::error::ReportError;
use crate::exits::{self, DOOR, STYLE};
use crate::folder::{self, Files};
use crate::text::{escape, width_tenths};
use crate::words::{Language, Words, date, number};

pub(crate) const STYLE_SHEET: &str = include_str!("../templates/style.css");
/// Digits from which a text of hexadecimal digits is a hash.
const HASH_DIGITS_MIN: usize = 32;
/// Width from which the texts of a column are given room, in tenths of the font size.
const LONG_TENTHS_MIN: u32 = 110;
/// The style of drawings: the colours of both themes, and what wears them.
pub const CHART_STYLE_SHEET: &str = include_str!("../templates/chart.css");

#[derive(Template)]
#[template(path = "document.html")]
struct Page<'a> {
    document: &'a Document,
    words: &'a Words,
    others: Vec<&'a Document>,
    files: &'a Files,
}

/// A block for a page of somebody else: the same drawing, without links to files.
#[derive(Template)]
#[template(path = "alone.html")]
struct Alone<'a> {
    page: Page<'a>,
    block: &'a Block,
}

impl<'a> std::ops::Deref for Alone<'a> {
    type Target = Page<'a>;

    fn deref(&self) -> &Page<'a> {
        &self.page
    }
}

#[derive(Template)]
#[template(path = "index.html")]
struct Door<'a> {
    documents: &'a [Document],
    files: &'a Files,
}

/// The files of a report in one or more languages, by path inside the folder: pages, Markdown, JSON,
/// CSV and drawings.
///
/// # Errors
/// When two documents have the same language but different content, or a text is missing.
pub fn render(documents: &[Document]) -> Result<Files, ReportError> {
    let mut files = Files::new();
    exits::add_csv(documents, &mut files)?;
    exits::add_markdown(documents, &mut files)?;
    exits::add_json(documents, &mut files)?;
    add(documents, &mut files)?;
    Ok(files)
}

/// Adds the pages, their style and their drawings; they link whatever `files` has of these documents.
///
/// # Errors
/// As [`render`].
pub fn add(documents: &[Document], files: &mut Files) -> Result<(), ReportError> {
    exits::add_drawings(documents, files)?;
    let mut pages = vec![
        (STYLE.to_string(), format!("{CHART_STYLE_SHEET}{STYLE_SHEET}").into_bytes()),
        (DOOR.to_string(), drawn(&Door { documents, files })),
    ];
    for document in documents {
        let words = Words::new(document.language);
        let others = documents.iter().filter(|other| other.language != document.language).collect();
        let page = Page { document, words: &words, others, files };
        pages.push((exits::page(document.language), drawn(&page)));
        words.check()?;
    }
    pages.into_iter().try_for_each(|(path, bytes)| folder::add(files, path, bytes))
}

/// A block of a finished document as it stands on the report's page, for a page that wears [`CHART_STYLE_SHEET`].
///
/// # Errors
/// When a text is missing.
pub fn block(document: &Document, block: &Block) -> Result<String, ReportError> {
    let (words, files) = (Words::new(document.language), Files::new());
    let page = Page { document, words: &words, others: Vec::new(), files: &files };
    let html = Alone { page, block }.render().expect("a template writes into memory");
    words.check()?;
    Ok(html)
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

/// A link to a file of the folder, from a page of a language.
struct FileLink {
    href: String,
    text: String,
}

impl Door<'_> {
    /// The PDF of a document, with its size.
    fn pdf(&self, document: &Document) -> Option<FileLink> {
        let path = exits::pdf(document.language);
        let size = number::bytes(self.files.get(&path)?.len());
        Some(FileLink { href: path, text: format!("PDF, {size}") })
    }
}

impl Page<'_> {
    fn language(&self) -> Language {
        self.document.language
    }

    /// A link to a file, if it is there.
    fn link(&self, path: &str, text: &str) -> Option<FileLink> {
        self.files.contains_key(path).then(|| FileLink { href: format!("../{path}"), text: text.to_string() })
    }

    fn csv(&self, table: &TableBlock) -> Option<FileLink> {
        self.link(&exits::csv(&table.id, self.language()), "CSV")
    }

    /// Drawing, picture and data of a figure.
    fn figure_links(&self, figure: &Figure) -> Vec<FileLink> {
        let (id, language) = (&figure.id, self.language());
        let drawing = self.link(&exits::svg(id, language), "SVG");
        let picture = self.link(&exits::png(id, language), "PNG");
        drawing.into_iter().chain(picture).chain(self.csv(&figure.data)).collect()
    }

    /// The drawing that a figure enlarges to.
    fn drawing(&self, figure: &Figure) -> String {
        format!("../{}", exits::svg(&figure.id, self.language()))
    }

    /// PDF of this document, with language and size.
    fn pdf(&self) -> Option<FileLink> {
        let path = exits::pdf(self.language());
        let size = number::bytes(self.files.get(&path)?.len());
        let texts = [("language", self.language().own_name()), ("size", size.as_str())];
        self.link(&path, &self.words.say("as-pdf", &[], &texts))
    }

    /// The same document in other forms.
    fn other_forms(&self) -> Vec<FileLink> {
        let forms = [(exits::markdown(self.language()), "Markdown"), (exits::json(self.language()), "JSON")];
        let others = forms.iter().filter_map(|(path, text)| self.link(path, text));
        self.pdf().into_iter().chain(others).collect()
    }

    /// The other languages that have a section, each with what its link says to a reader of it.
    fn others_with(&self, section: &str) -> Vec<(Language, String)> {
        let has = |other: &&&Document| other.sections.iter().any(|there| there.id == section);
        let said = |language| Words::new(language).text("this-section");
        self.others.iter().filter(has).map(|other| (other.language, said(other.language))).collect()
    }

    /// Whether the folder has the drawing that a figure enlarges to.
    fn has_drawing(&self, figure: &Figure) -> bool {
        self.files.contains_key(&exits::svg(&figure.id, self.language()))
    }

    fn title_of(&self, figure: &Figure) -> String {
        figure.title(self.words)
    }

    /// Drawings of a figure for both widths; the style sheet shows one.
    fn drawings(&self, figure: &Figure) -> String {
        let title = self.title_of(figure);
        let labels =
            Labels { id: &figure.id, title: &title, alt: &figure.alt, mark: "", language: self.language() };
        let [wide, narrow] =
            [Size::Wide, Size::Narrow].map(|size| figure.chart.draw(labels, size, Dress::Inline));
        format!("<span class=\"wide\">{wide}</span><span class=\"narrow\">{narrow}</span>")
    }

    fn date(&self, day: &jiff::civil::Date) -> String {
        date::long(*day, self.language())
    }

    fn more_rows(&self, table: &TableBlock) -> Option<String> {
        table.cut_note(self.words, self.csv(table).is_some())
    }
}

/// The class of a cell: numbers to the right, hashes in letters of one width, long texts with room.
fn class_of(table: &TableBlock, column: usize, text: &str) -> &'static str {
    let is_hash = text.len() >= HASH_DIGITS_MIN && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let is_long = || table.shown_rows().iter().any(|row| width_tenths(&row[column].text) > LONG_TENTHS_MIN);
    match table.columns[column].is_numeric() {
        true => "n",
        false if is_hash => "hash",
        false if is_long() => "long",
        false => "",
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
            Span::To { target, text } => {
                format!("<a class=\"to\" href=\"#to-{}\">{}</a>", escape(target), escape(text))
            }
            Span::Cite { target, text } => {
                format!("<a class=\"cite\" href=\"#reference-{}\">{}</a>", escape(target), escape(text))
            }
            Span::Number { text, .. } => format!("<span class=\"number\">{}</span>", escape(text)),
        })
        .collect()
}
