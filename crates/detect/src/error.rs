//! What can go wrong before the first packet: a signature that cannot be used.
//!
//! Traffic never leads here: a strange packet is a row with a class.
//!
//! **Invariant:** every message names the signature or the file, and what to change.

use std::path::PathBuf;

/// Why a set of signatures cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// The text of a signature is not the form described in `signature`.
    #[error("signature `{id}` cannot be read: {reason}")]
    Form {
        /// The file name without `.toml`.
        id: String,
        /// What the reader of TOML said, with line and column.
        reason: String,
    },
    /// The signature can be read but says something that cannot be.
    #[error("signature `{id}`: {reason}")]
    Content {
        /// The signature.
        id: String,
        /// What is wrong, and what to write instead.
        reason: String,
    },
    /// Two signatures have the same id.
    #[error("signature `{id}` stands twice; rename one of the files")]
    Twice {
        /// The id.
        id: String,
    },
    /// More signatures, rules or tags than are supported.
    #[error("{what}: {count}, at most {max} are possible; take some signatures away")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// A signature file is longer than it may be.
    #[error("signature file {path} is longer than {max_bytes} bytes; it is probably not a signature", path = path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The limit.
        max_bytes: u64,
    },
    /// The folder or a file in it could not be read.
    #[error("cannot read {path}: {source}; check that it is there and may be read", path = path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
