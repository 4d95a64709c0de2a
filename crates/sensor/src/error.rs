//! Why the sensor cannot go on, or cannot begin.
//!
//! **Invariant:** every message says what, on which thing, and what to do.

use std::io;
use std::path::PathBuf;

/// What stops us.
#[derive(Debug, thiserror::Error)]
pub enum SensorError {
    /// The configuration cannot be followed.
    #[error("{path}: {what}")]
    Config {
        /// Its file.
        path: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
    /// The kernel filter cannot be made.
    #[error("the kernel filter cannot be made: {0}")]
    Filter(String),
    /// An interface cannot be listened on.
    #[error("{interface}: {what}: {error}")]
    Capture {
        /// Its name.
        interface: String,
        /// What was tried.
        what: &'static str,
        /// What the kernel said.
        error: io::Error,
    },
    /// An interface of a kind that is not understood.
    #[error(
        "{interface} is of hardware type {hardware}, which is neither Ethernet nor plain IP: name another interface"
    )]
    Hardware {
        /// Its name.
        interface: String,
        /// The ARPHRD_ number.
        hardware: u16,
    },
    /// The capture file cannot be read.
    #[error("{path}: {what}")]
    File {
        /// Its path.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The spool's folder cannot be used.
    #[error("spool {path}: {error}: give the folder to this user, or name another with `spool.folder`")]
    Spool {
        /// Its path.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Another process holds the spool.
    #[error("spool {0} is held by another process: one sensor has one spool, stop the other first")]
    SpoolHeld(PathBuf),
    /// The spool is of another sensor.
    #[error("the spool holds batches of sensor `{theirs}` and this is `{ours}`: name another folder")]
    SpoolForeign {
        /// Whose batches there are.
        theirs: String,
        /// Who we are.
        ours: String,
    },
    /// The spool can neither be read nor begun.
    #[error(
        "the spool cannot be read: {0}: mend the disk or the rights; a batch moved away is told as a gap"
    )]
    SpoolRead(io::Error),
    /// The sensor's certificate or key is missing or unusable.
    #[error("{path}: {what}: run `teiten-sensor enroll`")]
    Identity {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The collector cannot be reached, or its answer is of no use.
    #[error("collector {url}: {what}")]
    Collector {
        /// Its address.
        url: String,
        /// What went wrong.
        what: String,
    },
    /// A token that no collector printed.
    #[error("this is no token: {0}; copy the whole line that `teiten sensor enroll` printed")]
    Token(&'static str),
    /// Rights that were to be given up are still there.
    #[error("rights cannot be given up: {0}; `sandbox = \"off\"` does without, at your own risk")]
    Privileges(String),
    /// Another process sends as this sensor.
    #[error(
        "another process sends as sensor `{0}` with a newer spool: stop it, or if this one is to go on, \
         move its spool folder away and start again"
    )]
    Superseded(String),
    /// A file of the sensor's own cannot be written.
    #[error("{path}: {error}")]
    Write {
        /// Its path.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}
