//! Why relay or bridge cannot begin, or cannot go on.
//!
//! **Invariant:** every message says what, on which thing, and what to do.

use std::io;
use std::path::PathBuf;

use teiten_collector::error::CollectorError;
use teiten_sensor::error::SensorError;

/// What stops us.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    /// The configuration cannot be followed.
    #[error("{path}: {what}")]
    Config {
        /// Its file.
        path: PathBuf,
        /// What is wrong, and what to write.
        what: String,
    },
    /// A server of NATS.
    #[error("NATS server {server}: {what}")]
    Broker {
        /// Its address.
        server: String,
        /// What was tried, what came of it, and what to do.
        what: String,
    },
    /// A server of NATS to which there is no connection.
    #[error(
        "NATS server {server}: no connection: {what}: look whether it runs and whether `nats.user` and certificates are right"
    )]
    Unreached {
        /// Its address.
        server: String,
        /// What came of trying.
        what: String,
    },
    /// A stream.
    #[error("stream {stream} on NATS server {server}: {what}")]
    Stream {
        /// Its name.
        stream: String,
        /// The server's address.
        server: String,
        /// What was tried, what came of it, and what to do.
        what: String,
    },
    /// A file or a folder.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// So many batches lie aside that nobody looks.
    #[error(
        "{count} batches lie aside in {path}: find out why, import or remove them; the sensor waits until then"
    )]
    Aside {
        /// The folder.
        path: PathBuf,
        /// How many.
        count: usize,
    },
    /// The collector did not take a batch.
    #[error("batch {batch}: {what}")]
    NotTaken {
        /// Which.
        batch: String,
        /// What it said, and what to do.
        what: String,
        /// How long it told us to wait, in seconds.
        retry_after_secs: Option<u64>,
    },
    /// The part that is a collector.
    #[error(transparent)]
    Collector(#[from] CollectorError),
    /// The part that is a sensor.
    #[error(transparent)]
    Sensor(#[from] SensorError),
    /// The system gives no threads or signals.
    #[error("threads and signals cannot be set up: {0}")]
    System(#[from] io::Error),
}

/// An error with everything below it, in one line.
pub fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        below = error.source();
    }
    text
}
