//! What can go wrong between facts and folder.
//!
//! **Invariant:** every message says what, on which thing, and what to do.

use std::io;
use std::path::PathBuf;

/// A report could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The facts contradict themselves.
    #[error("facts of report `{report}`: {what}; correct the facts and make the report again")]
    Facts {
        /// Name of the report.
        report: String,
        /// What is wrong.
        what: String,
    },
    /// A paragraph that a person wrote cannot be put into the report.
    #[error(
        "report `{report}`, paragraph `{place}`: {what}; `teiten report draft` writes every address and mark there is"
    )]
    Draft {
        /// Name of the report.
        report: String,
        /// Address of the paragraph.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// A text refers to a table, figure or reference that the document does not have.
    #[error("report `{report}` refers to `{target}`, which it does not contain; add it or remove the text")]
    MissingTarget {
        /// Name of the report.
        report: String,
        /// The identifier that was looked for.
        target: String,
    },
    /// A number in a text is bound to a cell that the document does not have.
    #[error(
        "report `{report}` takes a number from row {row} column `{column}` of table `{table}`, which is not there; bind the number to a cell that is"
    )]
    MissingCell {
        /// Name of the report.
        report: String,
        /// Identifier of the table.
        table: String,
        /// Row, from 0.
        row: usize,
        /// Machine name of the column.
        column: String,
    },
    /// Two things have one identifier, or an identifier is not made of `a-z`, `0-9` and `-`.
    #[error(
        "report `{report}`: `{id}` is not a unique identifier of lower-case letters, digits and hyphens; choose another"
    )]
    BadId {
        /// Name of the report.
        report: String,
        /// The identifier.
        id: String,
    },
    /// A text is missing in a language, or lacks an argument.
    #[error("texts of the report in `{language}`: {faults}; mend the language's .ftl file")]
    Words {
        /// Code of the language.
        language: &'static str,
        /// What is missing, joined.
        faults: String,
    },
    /// Two documents of one folder want the same file with different content.
    #[error("two documents write `{path}` with different content; give the documents different languages")]
    Conflict {
        /// Path inside the folder.
        path: String,
    },
    /// The folder holds something a report never writes.
    #[error(
        "folder {folder} holds `{entry}`, which is not part of a report, and is left as it is; choose a new or empty folder"
    )]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// The first foreign entry.
        entry: String,
    },
    /// A path cannot name a folder.
    #[error("{folder} does not name a folder; give a path that ends in the folder's name")]
    NoFolderName {
        /// The path.
        folder: PathBuf,
    },
    /// The file system refused.
    #[error("{path}: {source}; check that the folder can be written and has room")]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
