//! The file: its tables, who may read it, and how it is opened.
//!
//! **Invariant:** the file is its owner's alone, and a file of a later version is refused rather than misread.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use teiten_model::hex::hex;

use crate::error::PeopleError;
use crate::secret::SECRET_BYTES;
use crate::{acknowledged, logins, notes, saved};

/// Where randomness comes from: it fills the bytes, or says why it cannot.
pub type Chance = fn(&mut [u8]) -> Result<(), String>;

/// How long a statement waits for another process.
const WAIT_SECS_MAX: u64 = 5;

/// What each version of the tables adds; the version of a file is how many of these it has.
const STEPS: [&str; 5] = [USERS, notes::TABLES, saved::TABLES, logins::TABLES, acknowledged::TABLES];

const USERS: &str = "
CREATE TABLE users (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL, sensors TEXT NOT NULL,
    salt BLOB NOT NULL, hash BLOB NOT NULL, memory_kib INTEGER NOT NULL, passes INTEGER NOT NULL,
    created INTEGER NOT NULL, is_disabled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE sessions (
    digest BLOB PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id), created INTEGER NOT NULL,
    seen INTEGER NOT NULL
) STRICT;
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id), name TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE, scopes TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL,
    used INTEGER
) STRICT;
CREATE TABLE failures (name TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX failures_by_name ON failures (name, at);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, origin TEXT NOT NULL, deed TEXT NOT NULL,
    about TEXT NOT NULL
) STRICT;
";

/// Everybody who is known.
pub struct People {
    connection: Mutex<Connection>,
    chance: Chance,
}

impl People {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// When it cannot be opened, or is of a later version.
    pub fn open(path: &Path, chance: Chance) -> Result<People, PeopleError> {
        let failed = |error: &dyn std::fmt::Display| {
            PeopleError::File(format!("{} cannot be opened: {error}", path.display()))
        };
        // SQLite gives its journal the rights of the file, so they are set before it is first opened.
        let mut options = std::fs::OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        drop(options.open(path).map_err(|error| failed(&error))?);
        let connection = Connection::open(path).map_err(|error| failed(&error))?;
        connection.busy_timeout(Duration::from_secs(WAIT_SECS_MAX))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
        if version > known {
            return Err(PeopleError::File(format!(
                "{} is of version {version}, and this program knows {known}: use the program that wrote it",
                path.display()
            )));
        }
        if version < known {
            upgrade(&connection)?;
        }
        Ok(People { connection: Mutex::new(connection), chance })
    }

    /// The connection, for one statement or one transaction.
    pub(crate) fn book(&self) -> MutexGuard<'_, Connection> {
        // A transaction that a failed thread left is rolled back when it is dropped, so the file is whole.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fresh randomness.
    pub(crate) fn chance<const COUNT: usize>(&self) -> Result<[u8; COUNT], PeopleError> {
        let mut bytes = [0; COUNT];
        (self.chance)(&mut bytes).map_err(PeopleError::Chance)?;
        Ok(bytes)
    }

    /// A fresh secret.
    pub(crate) fn secret(&self) -> Result<String, PeopleError> {
        Ok(hex(&self.chance::<SECRET_BYTES>()?))
    }
}

/// Adds what later versions have. Another process may have done so meanwhile, so the version is read again inside.
fn upgrade(connection: &Connection) -> Result<(), PeopleError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let add = || -> rusqlite::Result<()> {
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        for (step, tables) in (1_i64..).zip(STEPS).filter(|(step, _)| *step > version) {
            connection.execute_batch(tables)?;
            connection.pragma_update(None, "user_version", step)?;
        }
        connection.execute_batch("COMMIT")
    };
    add().map_err(|error| {
        // Nothing of a half upgrade stays; what went wrong is told, not that it was taken back.
        let _ = connection.execute_batch("ROLLBACK");
        error.into()
    })
}
