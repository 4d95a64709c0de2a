//! Why words did not become a question, or an answer not a text.

use std::path::PathBuf;

use teiten_model::interval::Timestamp;
use teiten_query::error::QueryError;
use teiten_selection::error::{FilterError, PeriodError};

/// A mistake of the user: the sentence says what to write instead.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// What can go wrong between words and an answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The words do not go together, or name what there is not.
    #[error(transparent)]
    Usage(#[from] Usage),
    /// The filter cannot be read.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The period cannot be read.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// The question was not answered.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The reference data failed.
    #[error(transparent)]
    Refdata(#[from] teiten_refdata::error::RefdataError),
    /// A catalogue failed.
    #[error(transparent)]
    Intel(#[from] teiten_intel::error::IntelError),
    /// The rules that are compiled in cannot be read.
    #[error(transparent)]
    Rules(#[from] teiten_detect::error::DetectError),
    /// A capture cannot be read.
    #[error(transparent)]
    Capture(#[from] teiten_wire::error::WireError),
    /// Packets could not be exported.
    #[error(transparent)]
    Evidence(#[from] teiten_evidence::error::EvidenceError),
    /// A file cannot be opened.
    #[error("opening {}: {source}", crate::paths::shown(path))]
    Open {
        /// The file.
        path: PathBuf,
        /// The reason the system gave.
        source: std::io::Error,
    },
    /// The frames are no longer kept.
    #[error("frames of live sensors before {0} are no longer kept")]
    Expired(Timestamp),
    /// No random bytes for the key of a publication.
    #[error("drawing a secret key: {0}")]
    Key(std::io::Error),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] teiten_store::error::StoreError),
    /// The frames of a batch are gone.
    #[error("the store does not keep its frames any more")]
    NotKept,
    /// The books know no such input.
    #[error("it is not in the books")]
    NotInTheBooks,
}

impl AskError {
    /// Whether the words are wrong rather than the machine.
    pub fn is_usage(&self) -> bool {
        match self {
            AskError::Usage(_) | AskError::Filter(_) | AskError::Period(_) => true,
            AskError::Query(error) => is_usage(error),
            _ => false,
        }
    }
}

/// Whether a question itself is wrong.
pub fn is_usage(error: &QueryError) -> bool {
    matches!(
        error,
        QueryError::Filter(_) | QueryError::Sql(_) | QueryError::Question(_) | QueryError::Forbidden(_)
    )
}
