//! What stops a report from becoming a PDF, or a figure a picture.
//!
//! **Invariant:** every message says what, on which thing, and what to do.

use std::io;
use std::path::PathBuf;

use teiten_report::error::ReportError;

/// What stops a report from becoming a PDF, or a figure a picture.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// No font of the list is installed.
    #[error(
        "no Japanese font was found in {folders}; install the Debian package fonts-morisawa-bizud-gothic (or fonts-ipaexfont-gothic, or fonts-noto-cjk), or configure the path of a font (report.font)"
    )]
    NoFont {
        /// Where was looked, joined.
        folders: String,
    },
    /// What was configured is no font, or one without Japanese letters.
    #[error(
        "{path} holds no font that draws Japanese; configure a TrueType or OpenType file, or a folder of them (report.font)"
    )]
    NotJapanese {
        /// The configured file or folder.
        path: PathBuf,
    },
    /// A font file is larger than any font we know.
    #[error("font {path} is larger than {limit_mib} MiB and was not read; configure another (report.font)")]
    FontTooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit_mib: u64,
    },
    /// The file system refused.
    #[error("{path}: {source}; check that the font can be read")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A text of the report is missing.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The document could not be set.
    #[error(
        "report `{report}` in `{language}` cannot be set on pages: {faults}; mend the document or report.typ"
    )]
    Setting {
        /// Name of the report.
        report: String,
        /// Code of the language.
        language: &'static str,
        /// What the typesetter said, joined.
        faults: String,
    },
    /// The pages do not meet PDF/UA-1.
    #[error(
        "report `{report}` in `{language}` does not meet PDF/UA-1: {faults}; mend the document or report.typ"
    )]
    Standard {
        /// Name of the report.
        report: String,
        /// Code of the language.
        language: &'static str,
        /// What the standard lacks, joined.
        faults: String,
    },
    /// A figure could not be painted.
    #[error("figure `{figure}` in `{language}` cannot be painted: {fault}; mend the drawing")]
    Picture {
        /// Identifier of the figure.
        figure: String,
        /// Code of the language.
        language: &'static str,
        /// What the painter said.
        fault: String,
    },
}
