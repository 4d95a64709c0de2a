//! Sessions: a secret in the browser, its hash here, for half a day.
//!
//! **Invariant:** at most [`FAILURES_MAX`] wrong passwords a name in [`FAILURES_US`], whether anybody has it or not.

use rusqlite::{OptionalExtension, params};
use teiten_model::interval::{HOUR_US, Timestamp};

use crate::audit::{self, Deed};
use crate::book::People;
use crate::error::PeopleError;
use crate::password::Kept;
use crate::person::Person;
use crate::secret::digest;
use crate::users;

/// How long a session lasts, in microseconds.
const SESSION_US_MAX: i64 = 12 * HOUR_US;
/// How long a session lasts that nobody uses, in microseconds.
const IDLE_US_MAX: i64 = 2 * HOUR_US;
/// How often it is written down that a session is used, in microseconds.
const SEEN_US: i64 = HOUR_US / 12;
/// Sessions of one user; the oldest make room.
const SESSIONS_MAX: i64 = 16;
/// Wrong passwords a name may have before it must wait.
const FAILURES_MAX: i64 = 10;
/// The time in which they are counted, in microseconds.
const FAILURES_US: i64 = HOUR_US / 4;
/// Wrong passwords that are remembered; the oldest make room.
const FAILURES_KEPT_MAX: i64 = 100_000;
/// Longest name that is looked at, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// A session that has begun.
pub struct Started {
    /// What the browser keeps.
    pub secret: String,
    /// Who logged in.
    pub person: Person,
    /// How long it lasts at most, in seconds.
    pub secs: i64,
}

impl People {
    /// Logs in.
    ///
    /// # Errors
    /// When name and password do not belong together, too many were wrong before, or the file fails.
    pub fn log_in(
        &self,
        name: &str,
        password: &str,
        origin: &str,
        now: Timestamp,
    ) -> Result<Started, PeopleError> {
        if name.len() > NAME_BYTES_MAX {
            return Err(PeopleError::Refused);
        }
        let (user, kept) = {
            let book = self.book();
            let since = now.0 - FAILURES_US;
            let failures: i64 = book.query_row(
                "SELECT count(*) FROM failures WHERE name = ?1 AND at > ?2",
                params![name, since],
                |row| row.get(0),
            )?;
            if failures >= FAILURES_MAX {
                return Err(PeopleError::TooMany(FAILURES_US / (HOUR_US / 60)));
            }
            let user = users::find(&book, name)?.filter(|user| !user.is_disabled);
            let kept = book
                .query_row(
                    "SELECT salt, hash, memory_kib, passes FROM users WHERE id = ?1",
                    [user.as_ref().map_or(0, |user| user.person.id)],
                    |row| {
                        Ok(Kept {
                            salt: row.get(0)?,
                            hash: row.get(1)?,
                            memory_kib: row.get(2)?,
                            passes: row.get(3)?,
                        })
                    },
                )
                .optional()?;
            (user, kept)
        };
        // Hashing takes its time, so nobody waits for the file meanwhile.
        let is_right = kept.unwrap_or_else(Kept::nobody).is(password)?;
        match user.filter(|_| is_right) {
            Some(user) => self.start(user.person, origin, now),
            None => {
                self.failed(name, origin, now)?;
                Err(PeopleError::Refused)
            }
        }
    }

    pub(crate) fn start(&self, person: Person, origin: &str, now: Timestamp) -> Result<Started, PeopleError> {
        let secret = self.secret()?;
        let mut book = self.book();
        let change = book.transaction()?;
        change.execute(
            "DELETE FROM sessions WHERE created <= ?1 OR seen <= ?2",
            [now.0 - SESSION_US_MAX, now.0 - IDLE_US_MAX],
        )?;
        change.execute(
            "DELETE FROM sessions WHERE digest IN (
                 SELECT digest FROM sessions WHERE user = ?1 ORDER BY created DESC, digest LIMIT -1 OFFSET ?2)",
            [person.id, SESSIONS_MAX - 1],
        )?;
        change.execute(
            "INSERT INTO sessions (digest, user, created, seen) VALUES (?1, ?2, ?3, ?3)",
            params![digest(&secret), person.id, now.0],
        )?;
        change.execute("DELETE FROM failures WHERE name = ?1", [&person.name])?;
        audit::write(&change, &person.name, origin, Deed::LogIn, "", now)?;
        change.commit()?;
        Ok(Started { secret, person, secs: SESSION_US_MAX / 1_000_000 })
    }

    fn failed(&self, name: &str, origin: &str, now: Timestamp) -> Result<(), PeopleError> {
        let mut book = self.book();
        let change = book.transaction()?;
        change.execute("DELETE FROM failures WHERE at <= ?1", [now.0 - FAILURES_US])?;
        change.execute("INSERT INTO failures (name, at) VALUES (?1, ?2)", params![name, now.0])?;
        change.execute(
            "DELETE FROM failures WHERE rowid <= ?1",
            [change.last_insert_rowid() - FAILURES_KEPT_MAX],
        )?;
        let known = users::find(&change, name)?.map_or_else(String::new, |user| user.person.name);
        audit::write(&change, &known, origin, Deed::Refused, "", now)?;
        Ok(change.commit()?)
    }

    /// Who has this session; `None` when it is over, or never was.
    ///
    /// # Errors
    /// When the file fails.
    pub fn session(&self, secret: &str, now: Timestamp) -> Result<Option<Person>, PeopleError> {
        let Some(digest) = digest(secret) else { return Ok(None) };
        let book = self.book();
        let found: Option<(i64, i64)> = book
            .query_row(
                "SELECT user, seen FROM sessions WHERE digest = ?1 AND created > ?2 AND seen > ?3",
                params![digest, now.0 - SESSION_US_MAX, now.0 - IDLE_US_MAX],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((id, seen)) = found else { return Ok(None) };
        if now.0 - seen > SEEN_US {
            book.execute("UPDATE sessions SET seen = ?1 WHERE digest = ?2", params![now.0, digest])?;
        }
        let user = book.query_row(&format!("{} WHERE id = ?1", users::USER), [id], users::read).optional()?;
        Ok(user.filter(|user| !user.is_disabled).map(|user| user.person))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the file fails.
    pub fn log_out(
        &self,
        person: &Person,
        secret: &str,
        origin: &str,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        let book = self.book();
        book.execute("DELETE FROM sessions WHERE digest = ?1", params![digest(secret)])?;
        audit::write(&book, &person.name, origin, Deed::LogOut, "", now)
    }
}
