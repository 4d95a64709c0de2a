//! Why a worker or a coordinator cannot be, and what to do.

use std::path::PathBuf;

use teiten_store::error::StoreError;
use thiserror::Error;

/// What is wrong with the settings of a cluster, or with its surroundings.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// An address that no worker can have.
    #[error("`{0}` is no address of a worker: write https://HOST:PORT")]
    Address(String),
    /// No workers.
    #[error("a cluster needs a worker at least: write --cluster https://HOST:PORT")]
    Nobody,
    /// A host that no machine can have.
    #[error("`{0}` is no host: write a name, as one.example, or an address")]
    Host(String),
    /// A certificate or key cannot be read.
    #[error("reading {path}: {source}; `teiten-cluster keys` makes certificates")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("writing {path}: {source}")]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is a file that would be lost.
    #[error("{0} is there already: remove it, or choose another folder or name")]
    Taken(PathBuf),
    /// A certificate cannot be made.
    #[error("making a certificate for {name}: {why}")]
    Certificate {
        /// For whom.
        name: String,
        /// Why.
        why: String,
    },
    /// Certificates and key do not fit each other, or are none.
    #[error(
        "the certificates cannot be used: {0}; see that --cert and --key belong together and --ca is the cluster's authority"
    )]
    Keys(String),
    /// The address to listen on cannot be had.
    #[error("listening on {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// The server ended.
    #[error("serving: {0}")]
    Serve(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine refuses its settings.
    #[error("query engine: {0}")]
    Engine(#[from] datafusion::error::DataFusionError),
    /// A worker cannot be asked.
    #[error("{0}")]
    Unanswered(String),
}

impl ClusterError {
    /// Whether what was written is wrong, not what was found.
    pub fn is_usage(&self) -> bool {
        match self {
            ClusterError::Address(_) | ClusterError::Nobody | ClusterError::Host(_) => true,
            ClusterError::Store(error) => matches!(error, StoreError::BadLocation(..)),
            _ => false,
        }
    }
}
