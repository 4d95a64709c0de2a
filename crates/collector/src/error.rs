//! Why the collector or its authority cannot do its work.
//!
//! What an outsider sends is no error: it is a [`crate::refusal::Refusal`].
//!
//! **Invariant:** every message says what, on which thing, and what to do where there is something to do.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use teiten_model::sensor::NAME_RULE;

use crate::refusal::Refusal;
use crate::sink::SinkError;

/// A failure of the collector.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    /// A file or folder cannot be used.
    #[error("cannot {what} {}: {error}", path.display())]
    File {
        /// What was tried, as a verb.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A file has been damaged.
    #[error("{} cannot be read: {why}; put back a copy of it", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A name that no sensor can have.
    #[error("`{0}` is no name of a sensor: {NAME_RULE}")]
    Name(String),
    /// Nothing is known of that sensor.
    #[error("the authority knows no `{0}`; see the list of sensors")]
    NotListed(String),
    /// There are as many entries as there may be.
    #[error("the authority's list has {max} {what}, which is the most: take back some")]
    Full {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        max: usize,
    },
    /// The request was refused.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// Making a certificate failed.
    #[error("cannot make the certificate of {name}: {why}")]
    Certificate {
        /// Of whom.
        name: String,
        /// What the library says.
        why: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}; is another collector running, or is the port reserved?")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The threads of the collector cannot be started.
    #[error("cannot start the threads of the collector: {0}")]
    Threads(std::io::Error),
    /// The store does not tell what it has.
    #[error("cannot read what is stored already: {0}")]
    Sink(#[from] SinkError),
    /// The other process does not answer.
    #[error("the collector at {address} does not tell its state: {why}; is it running?")]
    NoAnswer {
        /// Which address.
        address: SocketAddr,
        /// What happened.
        why: String,
    },
}

impl CollectorError {
    /// A failure with a file.
    pub(crate) fn file(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> CollectorError {
        let path = path.to_path_buf();
        move |error| CollectorError::File { what, path, error }
    }
}
