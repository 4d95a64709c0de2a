//! The exits of the observation report that need fonts: PDF (tagged, PDF/UA-1, in Japanese type, set by
//! typst) and figures as PNG.
//!
//! One template, `report.typ`, reads the document as data; charts are placed as vectors. The crate
//! stands apart because the typesetter is heavy: only the program links it.
//!
//! **Invariant:** the same document and fonts give the same bytes; there is no clock, file or network.
//! **Invariant:** text of the document is never read as markup.
//! **Invariant:** what leaves here meets PDF/UA-1 as the exporter checks it, or is an error.

mod data;
mod error;
mod fonts;
mod letters;
mod png;
mod press;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use teiten_report::chart::Dress;
use teiten_report::document::{Document, Figure};
use teiten_report::exits;
use teiten_report::words::Words;

pub use error::PdfError;
pub use fonts::{FONT_BYTES_MAX, FONT_ENTRIES_MAX, Fonts};

use data::Maker;
use letters::Letters;
use press::{Fault, Press};

/// The document as one PDF file; `has_csv` says whether its tables go out as CSV too, which a table that is
/// cut then refers to.
///
/// A letter that the fonts lack is written as its code point, `[U+1F600]`; [`missing`] tells which.
///
/// # Errors
/// When a text points to something the document does not have (it was not finished), or the pages do
/// not meet PDF/UA-1.
pub fn pdf(document: &Document, fonts: &Fonts, has_csv: bool) -> Result<Vec<u8>, PdfError> {
    let press = Press::new(fonts, json(document, fonts, &Letters::new(fonts), has_csv)?);
    let (report, language) = (document.name.clone(), document.language.code());
    let ident = format!("teiten {} {report} {language} {}", document.kind, document.frame.institution);
    press.set().and_then(|(pages, _)| press.write(&pages, ident)).map_err(|fault| match fault {
        Fault::Setting(faults) => PdfError::Setting { report, language, faults },
        Fault::Standard(faults) => PdfError::Standard { report, language, faults },
    })
}

/// A figure of the document as PNG, in the colours of paper, two dots for each unit of the drawing.
///
/// # Errors
/// When the drawing cannot be painted, or a text of the document's language is missing.
pub fn png(document: &Document, figure: &Figure, fonts: &Fonts) -> Result<Vec<u8>, PdfError> {
    let words = Words::new(document.language);
    let drawing = exits::drawing(document, figure, Dress::Paper, &words);
    words.check()?;
    paint(&drawing, &figure.id, document.language.code(), fonts)
}

/// A drawing in its dress for readers without style sheets as PNG; `name` and `language` say in an error which it was.
///
/// # Errors
/// When the drawing cannot be painted.
pub fn paint(svg: &str, name: &str, language: &'static str, fonts: &Fonts) -> Result<Vec<u8>, PdfError> {
    png::paint(&Letters::new(fonts).drawing(svg), fonts).map_err(|fault| PdfError::Picture {
        figure: name.to_string(),
        language,
        fault,
    })
}

/// The letters of the document that the fonts lack; the PDF has their code points in their place.
///
/// # Errors
/// When a text of the document's language is missing.
pub fn missing(document: &Document, fonts: &Fonts) -> Result<BTreeSet<char>, PdfError> {
    let letters = Letters::new(fonts);
    json(document, fonts, &letters, true)?;
    Ok(letters.missing())
}

fn json(
    document: &Document,
    fonts: &Fonts,
    letters: &Letters<'_>,
    has_csv: bool,
) -> Result<Vec<u8>, PdfError> {
    let words = Words::new(document.language);
    let page = Maker::new(&words, letters, has_csv).page(document, fonts);
    words.check()?;
    Ok(serde_json::to_vec(&page).expect("texts, numbers and lists always become JSON"))
}
