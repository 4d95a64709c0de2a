//! The exits that need no font, and where the files of every exit lie inside the folder.
//!
//! Each function adds the files of one exit, so that a caller chooses which a folder has. The pages
//! come last ([`crate::html::add`]): they link what lies beside them and nothing else.
//!
//! **Invariant:** a path is made here and nowhere else.

use crate::chart::{Dress, Labels, Size};
use crate::document::{Block, Document, Figure, TableBlock};
use crate::error::ReportError;
use crate::folder::{Files, add};
use crate::words::{Language, Words};
use crate::{csv, json, markdown};

/// The style of every page.
pub(crate) const STYLE: &str = "style.css";
/// The page that leads to every language.
pub(crate) const DOOR: &str = "index.html";

/// The page of a language.
pub fn page(language: Language) -> String {
    format!("{}/index.html", language.code())
}

/// The PDF of a language.
pub fn pdf(language: Language) -> String {
    format!("{}/report.pdf", language.code())
}

/// The Markdown of a language.
pub fn markdown(language: Language) -> String {
    format!("{}/report.md", language.code())
}

/// The JSON of a language.
pub fn json(language: Language) -> String {
    format!("{}/report.json", language.code())
}

/// The drawing of a figure.
pub fn svg(figure: &str, language: Language) -> String {
    format!("figures/{figure}.{}.svg", language.code())
}

/// The picture of a figure.
pub fn png(figure: &str, language: Language) -> String {
    format!("figures/{figure}.{}.png", language.code())
}

/// A table, or the data of a figure.
pub fn csv(table: &str, language: Language) -> String {
    format!("tables/{table}.{}.csv", language.code())
}

/// Every figure of a document.
pub fn figures(document: &Document) -> impl Iterator<Item = &Figure> {
    blocks(document).filter_map(|block| match block {
        Block::Figure(figure) => Some(figure.as_ref()),
        _ => None,
    })
}

/// Adds the drawings of the figures; pages and Markdown show them.
///
/// # Errors
/// When two documents have the same language but different content, or a text is missing.
pub fn add_drawings(documents: &[Document], files: &mut Files) -> Result<(), ReportError> {
    for document in documents {
        let words = Words::new(document.language);
        for figure in figures(document) {
            let svg = drawing(document, figure, Dress::Standalone, &words);
            add(files, self::svg(&figure.id, document.language), svg.into_bytes())?;
        }
        words.check()?;
    }
    Ok(())
}

/// A figure as a drawing that stands alone: with its title, and with what must be said of it.
pub fn drawing(document: &Document, figure: &Figure, dress: Dress, words: &Words) -> String {
    let warning = document.frame.warning.as_ref().map(|_| words.text("synthetic-word"));
    let institution = Some(document.frame.institution.clone()).filter(|name| !name.is_empty());
    let mark: Vec<String> = warning.into_iter().chain(institution).collect();
    let (title, mark) = (figure.title(words), mark.join(" / "));
    let labels =
        Labels { id: &figure.id, title: &title, alt: &figure.alt, mark: &mark, language: document.language };
    figure.chart.draw(labels, Size::Wide, dress)
}

/// Adds every table, and the data of every figure, as CSV.
///
/// # Errors
/// When two documents have the same language but different content.
pub fn add_csv(documents: &[Document], files: &mut Files) -> Result<(), ReportError> {
    for document in documents {
        for table in blocks(document).filter_map(table_of) {
            add(files, csv(&table.id, document.language), csv::write(table).into_bytes())?;
        }
    }
    Ok(())
}

/// Adds the documents as Markdown; tables that are cut name their CSV when `files` has it by now.
///
/// # Errors
/// When two documents have the same language but different content.
pub fn add_markdown(documents: &[Document], files: &mut Files) -> Result<(), ReportError> {
    documents.iter().try_for_each(|document| {
        let has_csv = has_csv(document, files);
        add(files, markdown(document.language), markdown::write(document, has_csv).into_bytes())
    })
}

/// Adds the documents as JSON.
///
/// # Errors
/// When two documents have the same language but different content.
pub fn add_json(documents: &[Document], files: &mut Files) -> Result<(), ReportError> {
    documents
        .iter()
        .try_for_each(|document| add(files, json(document.language), json::write(document).into_bytes()))
}

/// Whether the files have the tables of a document as CSV.
fn has_csv(document: &Document, files: &Files) -> bool {
    blocks(document).filter_map(table_of).all(|table| files.contains_key(&csv(&table.id, document.language)))
}

fn blocks(document: &Document) -> impl Iterator<Item = &Block> {
    document.sections.iter().flat_map(|section| &section.blocks)
}

fn table_of(block: &Block) -> Option<&TableBlock> {
    match block {
        Block::Table(table) => Some(table),
        Block::Figure(figure) => Some(&figure.data),
        _ => None,
    }
}
