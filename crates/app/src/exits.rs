//! The formats of a report: which are wanted, and the files of each.
//!
//! PDF and PNG need a Japanese font. Whoever asks for them and has none is told which package to install;
//! whoever asks for nothing gets the rest, with a note.
//!
//! **Invariant:** the same documents, formats and fonts give the same files.

use std::path::Path;

use anyhow::{Context, Result};
use teiten_report::document::Document;
use teiten_report::folder::{self, Files};
use teiten_report::{exits, html};
use teiten_report_pdf::{Fonts, PdfError};

use crate::exit::Usage;

/// A format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Html,
    Pdf,
    Markdown,
    Json,
    Csv,
    Png,
}

/// Formats and their names, in the order in which they are told.
const FORMATS: [(&str, Format); 6] = [
    ("html", Format::Html),
    ("pdf", Format::Pdf),
    ("md", Format::Markdown),
    ("json", Format::Json),
    ("csv", Format::Csv),
    ("png", Format::Png),
];

/// The formats wanted of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    formats: Vec<Format>,
    /// Whether somebody asked for them: then each must be made.
    is_asked: bool,
}

impl Wanted {
    /// The formats of a list such as `html,pdf`; without one all but the pictures.
    pub(crate) fn parse(list: Option<&str>) -> Result<Wanted> {
        let Some(list) = list else {
            let all = FORMATS.map(|(_, format)| format);
            let formats = all.into_iter().filter(|format| *format != Format::Png).collect();
            return Ok(Wanted { formats, is_asked: false });
        };
        let known = FORMATS.map(|(name, _)| name).join(", ");
        let formats = list.split(',').map(str::trim).map(|name| {
            let found = FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
            found.ok_or_else(|| {
                Usage(format!("`{name}` is not a format of reports: write some of {known}, parted by commas"))
            })
        });
        Ok(Wanted { formats: formats.collect::<Result<_, _>>()?, is_asked: true })
    }

    fn has(&self, format: Format) -> bool {
        self.formats.contains(&format)
    }
}

/// The files of the documents in the wanted formats, and what a person should know of them; `font` is the
/// configured font.
pub(crate) fn files(
    documents: &[Document],
    wanted: &Wanted,
    font: Option<&Path>,
) -> Result<(Files, Vec<String>)> {
    let needs_fonts = wanted.has(Format::Pdf) || wanted.has(Format::Png);
    made(documents, wanted, needs_fonts.then(|| Fonts::find(font)))
}

/// The same, with the fonts that were found, if any were sought.
fn made(
    documents: &[Document],
    wanted: &Wanted,
    fonts: Option<Result<Fonts, PdfError>>,
) -> Result<(Files, Vec<String>)> {
    let mut files = Files::new();
    let mut notes = Vec::new();
    match fonts {
        None => {}
        Some(Ok(fonts)) => notes.extend(add_printed(documents, wanted, &fonts, &mut files)?),
        Some(Err(error @ PdfError::NoFont { .. })) if !wanted.is_asked => {
            notes.push(format!("the PDF is left out: {error}"));
        }
        Some(Err(error)) => return Err(error).context("PDF and PNG need a font"),
    }
    if wanted.has(Format::Csv) {
        exits::add_csv(documents, &mut files)?;
    }
    if wanted.has(Format::Json) {
        exits::add_json(documents, &mut files)?;
    }
    if wanted.has(Format::Markdown) {
        exits::add_markdown(documents, &mut files)?;
        exits::add_drawings(documents, &mut files)?;
    }
    // The pages link whatever is there by now.
    if wanted.has(Format::Html) {
        html::add(documents, &mut files)?;
    }
    Ok((files, notes))
}

/// Adds what needs fonts, and tells which letters they lack.
fn add_printed(
    documents: &[Document],
    wanted: &Wanted,
    fonts: &Fonts,
    files: &mut Files,
) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    for document in documents {
        let lacking = teiten_report_pdf::missing(document, fonts)?;
        if !lacking.is_empty() {
            let letters: Vec<String> =
                lacking.iter().map(|letter| format!("U+{:04X}", u32::from(*letter))).collect();
            let (font, code) = (fonts.body(), document.language.code());
            notes.push(format!(
                "{font} lacks letters of the report in `{code}`, which stand there as their codes: {}",
                letters.join(", ")
            ));
        }
        if wanted.has(Format::Pdf) {
            let bytes = teiten_report_pdf::pdf(document, fonts, wanted.has(Format::Csv))?;
            folder::add(files, exits::pdf(document.language), bytes)?;
        }
        if wanted.has(Format::Png) {
            for figure in exits::figures(document) {
                let bytes = teiten_report_pdf::png(document, figure, fonts)?;
                folder::add(files, exits::png(&figure.id, document.language), bytes)?;
            }
        }
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn no_font() -> Option<Result<Fonts, PdfError>> {
        Some(Err(PdfError::NoFont { folders: "/usr/share/fonts".into() }))
    }

    #[test]
    fn without_a_font_the_pdf_is_left_out_unless_it_was_asked_for() {
        let (_, notes) = made(&[], &Wanted::parse(None).expect("formats"), no_font()).expect("the rest");
        expect!["the PDF is left out: no Japanese font was found in /usr/share/fonts; install the Debian package fonts-morisawa-bizud-gothic (or fonts-ipaexfont-gothic, or fonts-noto-cjk), or configure the path of a font (report.font)"].assert_eq(&notes.join("\n"));
        let asked = Wanted::parse(Some("pdf")).expect("formats");
        let error = made(&[], &asked, no_font()).expect_err("no font");
        assert_eq!(crate::exit::status_of(&error), crate::exit::FAILED);
        expect!["error: PDF and PNG need a font: no Japanese font was found in /usr/share/fonts; install the Debian package fonts-morisawa-bizud-gothic (or fonts-ipaexfont-gothic, or fonts-noto-cjk), or configure the path of a font (report.font)"].assert_eq(&crate::exit::sentence(&error));
    }

    #[test]
    fn a_font_that_is_configured_and_no_font_is_always_an_error() {
        let wanted = Wanted::parse(None).expect("formats");
        let error = files(&[], &wanted, Some(Path::new("/dev/null"))).expect_err("no font");
        expect!["error: PDF and PNG need a font: /dev/null holds no font that draws Japanese; configure a TrueType or OpenType file, or a folder of them (report.font)"].assert_eq(&crate::exit::sentence(&error));
        let plain = Wanted::parse(Some("md, json")).expect("formats");
        files(&[], &plain, Some(Path::new("/dev/null"))).expect("nothing that needs a font");
    }

    #[test]
    fn formats_are_a_list_of_known_names() {
        for list in ["html,docx", "", "html,,md"] {
            let error = Wanted::parse(Some(list)).expect_err("no format");
            assert_eq!(crate::exit::status_of(&error), crate::exit::USAGE);
            let said = error.to_string();
            assert!(
                said.ends_with("write some of html, pdf, md, json, csv, png, parted by commas"),
                "{said}"
            );
        }
    }
}
