//! Why a question was not answered, and what to do.

use datafusion::error::DataFusionError;
use teiten_model::interval::Timestamp;
use teiten_store::error::StoreError;
use thiserror::Error;

use crate::engine::Unanswered;

/// A question that has no answer.
#[derive(Debug, Error)]
pub enum QueryError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The filter cannot be read.
    #[error(transparent)]
    Filter(#[from] teiten_selection::error::FilterError),
    /// The SQL cannot be read or is not allowed.
    #[error("{0}")]
    Sql(String),
    /// The engine failed.
    #[error("query engine: {0}")]
    Engine(DataFusionError),
    /// Another machine that should have answered did not.
    #[error("{0}")]
    Elsewhere(String),
    /// The question asks for something there is not.
    #[error("{0}")]
    Question(String),
    /// The answer is larger than an answer may be.
    #[error(
        "the answer has more than {0} rows: narrow the time range or the filter, or ask for fewer with --top or -c"
    )]
    TooLarge(usize),
    /// The answer took longer than the session waits.
    #[error(
        "the question was given up after {0} seconds: narrow the time range or the filter, or ask by country or port, which are counted beforehand"
    )]
    TooSlow(u64),
    /// The facts of a period take more memory than they may.
    #[error(
        "the facts of this period take more than {0} MiB of memory: ask about fewer days; `teiten sql` over \
         `computed` tells which days hold most"
    )]
    TooMuch(usize),
    /// The viewer may not ask this.
    #[error("{0}")]
    Forbidden(String),
    /// What would answer is no longer kept.
    #[error(
        "{kind} before {until} are no longer kept, so nothing can be said of {asked}: ask about a later time; \
         `teiten store status` says what is kept, and published reports stay"
    )]
    Expired {
        /// Packets or rollups.
        kind: &'static str,
        /// The moment from which they are kept.
        until: Timestamp,
        /// The time that was asked about.
        asked: String,
    },
    /// Too few sensors stand behind the answer for this viewer.
    #[error(
        "fewer than {0} sensors stand behind this number, so it is withheld from you: ask about more sensors or a longer time"
    )]
    Withheld(u32),
}

impl QueryError {
    /// Whether the question needed more memory than a session has.
    pub fn is_out_of_memory(&self) -> bool {
        let QueryError::Engine(error) = self else { return false };
        matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
    }
}

impl From<DataFusionError> for QueryError {
    /// What the store said while the engine planned a scan stays the store's word.
    fn from(error: DataFusionError) -> QueryError {
        if let Some(said) = Unanswered::of(&error) {
            return QueryError::Elsewhere(said.to_string());
        }
        match error {
            DataFusionError::Context(_, inner) => QueryError::from(*inner),
            DataFusionError::External(inner) => match inner.downcast::<StoreError>() {
                Ok(store) => QueryError::Store(*store),
                Err(inner) => QueryError::Engine(DataFusionError::External(inner)),
            },
            error => QueryError::Engine(error),
        }
    }
}
