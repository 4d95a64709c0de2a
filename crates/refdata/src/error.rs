//! What can go wrong with reference data, each said so that a person can act on it.
//!
//! **Invariant:** an import that returns an error has left no trace in the data folder.

use std::io;
use std::path::PathBuf;

/// Why reference data could not be read, imported or used.
#[derive(Debug, thiserror::Error)]
pub enum RefdataError {
    /// The file system refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The reason the system gave.
        source: io::Error,
    },
    /// No known format.
    #[error(
        "{path} is no table known here (country or AS ranges as text, CSV or MMDB, a list of scanners, IANA service names, reverse names); \
         check that it is whole and not compressed"
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The content is not of the kind that was asked for, or two files of one import differ in kind.
    #[error(
        "{path} holds a table of kind `{found}`, not `{wanted}`; import it with the right kind, each kind by itself"
    )]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// The kind the content has.
        found: &'static str,
        /// The kind that was wanted.
        wanted: &'static str,
    },
    /// A line breaks the format.
    #[error("{path}, line {line}: {reason}; nothing was imported")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// An entry of a file that people edit is wrong.
    #[error("{origin}:{line}: {reason}")]
    Entry {
        /// The file.
        origin: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A file without lines breaks its format.
    #[error("{path} is broken: {reason}; fetch it again")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Nothing usable inside.
    #[error("{path} has no row of kind `{kind}`; nothing was imported")]
    Empty {
        /// The file.
        path: PathBuf,
        /// The kind that was read.
        kind: &'static str,
    },
    /// Larger than a limit.
    #[error("{path} is larger than the limit of {limit} {unit}; split it or take a smaller edition")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
        /// Its unit.
        unit: &'static str,
    },
    /// The content says no date and none was given.
    #[error("{path} does not say of what date it is; give the date as YYYY-MM-DD")]
    NoDate {
        /// The file.
        path: PathBuf,
    },
    /// No file was named.
    #[error("no file was named to import; name one or more files")]
    NoFile,
    /// An edition's name has characters a folder must not have.
    #[error(
        "`{name}` cannot name an edition; use 1 to 60 of a-z, 0-9, dot, hyphen and underscore, beginning with a letter or digit"
    )]
    BadName {
        /// The name.
        name: String,
    },
    /// Another edition has the place.
    #[error(
        "an edition `{existing}` of kind `{kind}` and date {date} with other content is there already; \
         give another date, or import all files of one edition together"
    )]
    Taken {
        /// The kind.
        kind: &'static str,
        /// The date.
        date: String,
        /// The name of the edition that is there.
        existing: String,
    },
    /// A stored edition cannot be read.
    #[error("the edition in {path} is damaged: {reason}; remove that folder and import it again")]
    Damaged {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl RefdataError {
    /// Wraps an error of the file system.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> RefdataError {
        let path = path.into();
        move |source| RefdataError::Io { action, path, source }
    }
}

/// The result of work on reference data.
pub type Result<T> = std::result::Result<T, RefdataError>;
