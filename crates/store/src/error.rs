//! Why the store could not do what was asked, and what to do about it.

use thiserror::Error;

/// A failure of the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is no store at that place.
    #[error("no store at {0}: make one with `teiten import` or name another with --store")]
    Missing(String),
    /// The place cannot be a store.
    #[error("{0} cannot be the place of a store: {1}")]
    BadLocation(String, String),
    /// The store was made by another version.
    #[error(
        "the store at {location} has format {found}, this program reads format {known}: use the version that made it"
    )]
    Format {
        /// Where the store is.
        location: String,
        /// Format number found.
        found: u32,
        /// Format number known.
        known: u32,
    },
    /// The input is in the store already.
    #[error("input {0} is already stored")]
    AlreadyStored(String),
    /// Others write, and did not end in the time that may be waited.
    #[error("the store at {0} is being written by another process: wait until that ends and try again")]
    Locked(String),
    /// Another process compacts, expires or sweeps.
    #[error(
        "the store at {0} is being compacted or expired by another process: wait until that ends and try again"
    )]
    Kept(String),
    /// The snapshot asked for is not there.
    #[error("there is no snapshot {0}: `teiten store status` lists those that are kept")]
    NoSnapshot(u64),
    /// A record in the store's own files cannot be read.
    #[error("{what} cannot be read: {why}; `teiten store verify` says what else is damaged")]
    Damaged {
        /// Which file.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// The table format failed.
    #[error("table {table}: {why}; `teiten store verify` says what is damaged")]
    Table {
        /// Which table.
        table: String,
        /// Why.
        why: String,
    },
    /// Another writer of the same bucket changed what a group was made from.
    #[error("another writer changed {what} in {location} meanwhile: nothing was stored; do it again")]
    Overtaken {
        /// Where the store is.
        location: String,
        /// What was changed.
        what: String,
    },
    /// Reading or writing an object failed.
    #[error("object store: {0}")]
    Object(String),
    /// Reading or writing Parquet failed.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Building a batch failed.
    #[error("columns: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// The local file system failed.
    #[error("{what}: {source}")]
    File {
        /// What was being done, to which file.
        what: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl StoreError {
    /// The word of the table format, without the stack that it prints below where the environment asks for one.
    pub(crate) fn table(table: &str, source: deltalake_core::DeltaTableError) -> StoreError {
        if let Some(error) = crate::bucket::of_table(&source) {
            return StoreError::Object(format!("table {table}: {}", crate::bucket::explained(error)));
        }
        let why = source.to_string().lines().next().unwrap_or_default().to_string();
        StoreError::Table { table: table.to_string(), why }
    }
}

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> StoreError {
        StoreError::Object(crate::bucket::explained(&error))
    }
}
