//! What can go wrong with catalogues, each said so that a person can act on it.
//!
//! **Invariant:** an import that returns an error has left no trace in its folder.

use std::io;
use std::path::PathBuf;

/// Why a catalogue could not be read, imported or asked.
#[derive(Debug, thiserror::Error)]
pub enum IntelError {
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
        "{path} is no catalogue known here (CISA KEV, NVD API 2.0, CVE JSON 5, JVN iPedia, EPSS, Suricata rules, \
         MISP lists and clusters, STIX 2.1, or a CSV with the columns id and kind); check that it is whole and not compressed"
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// A file breaks its format as a whole.
    #[error("{path} is broken: {reason}; fetch it again, nothing was imported")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Nothing usable inside.
    #[error("{path} has no record that can be used; nothing was imported")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Larger than a limit.
    #[error("{path} is larger than the limit of {limit} {unit}; split it")]
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
    /// Another edition has the place.
    #[error(
        "an edition of {source_word} `{name}` of {date} with other content is there already; give another date"
    )]
    Taken {
        /// The source.
        source_word: &'static str,
        /// The name of the edition.
        name: String,
        /// Its date.
        date: String,
    },
    /// Older than what is there, of a source whose editions build on each other.
    #[error(
        "{source_word} `{name}` of {date} is older than the edition of {newest}; import editions in the order of their dates"
    )]
    Older {
        /// The source.
        source_word: &'static str,
        /// The name of the edition.
        name: String,
        /// Its date.
        date: String,
        /// The date of the newest edition.
        newest: String,
    },
    /// A stored edition cannot be read.
    #[error("the edition in {path} is damaged: {reason}; remove that folder and import it again")]
    Damaged {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Our own table, or that of an operator, is wrong.
    #[error("the table of knowledge {file} is wrong: {reason}")]
    Knowledge {
        /// Which file.
        file: String,
        /// What is wrong.
        reason: String,
    },
}

impl IntelError {
    /// Wraps an error of the file system.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> IntelError {
        let path = path.into();
        move |source| IntelError::Io { action, path, source }
    }
}

/// The result of work on catalogues.
pub type Result<T> = std::result::Result<T, IntelError>;
