//! Tokens for programs: hashed, for some scopes, until a day.
//!
//! **Invariant:** a token never allows more than its user may at the moment it is used.

use rusqlite::{OptionalExtension, params};
use teiten_model::interval::{DAY_US, HOUR_US, Timestamp};

use crate::audit::{self, Deed};
use crate::book::People;
use crate::error::PeopleError;
use crate::person::{Person, Scope};
use crate::secret::digest;
use crate::users;

/// What every token begins with, so that a leaked one is recognised.
const PREFIX: &str = "teiten_";
/// Most tokens of a user that are in force.
const TOKENS_MAX: i64 = 50;
/// Longest life of a token, in days.
const DAYS_MAX: i64 = 366;
/// Longest name of a token, in characters.
const NAME_CHARS_MAX: usize = 64;

/// A token as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created: i64,
    /// When it ends.
    pub expires: i64,
    /// When it was last used, to the hour; `None` for never.
    pub used: Option<i64>,
}

/// Who uses a token, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Its user.
    pub person: Person,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
}

impl People {
    /// Makes a token and says its secret, this once.
    ///
    /// # Errors
    /// When there are too many, name, scopes or days are none, or the file fails.
    pub fn add_token(
        &self,
        person: &Person,
        (name, scopes, days): (&str, &[Scope], i64),
        origin: &str,
        now: Timestamp,
    ) -> Result<String, PeopleError> {
        let is_name = !name.trim().is_empty()
            && name.chars().count() <= NAME_CHARS_MAX
            && !name.chars().any(char::is_control);
        if !is_name || scopes.is_empty() || !(1..=DAYS_MAX).contains(&days) {
            return Err(PeopleError::rule(format!(
                "a token has a name of at most {NAME_CHARS_MAX} characters, one scope at least, and 1 to {DAYS_MAX} days"
            )));
        }
        let secret = format!("{PREFIX}{}", self.secret()?);
        let mut words: Vec<&str> = scopes.iter().map(|scope| scope.word()).collect();
        words.sort_unstable();
        words.dedup();
        let words = words.join(" ");
        let mut book = self.book();
        let change = book.transaction()?;
        change.execute("DELETE FROM tokens WHERE expires <= ?1", [now.0 - DAYS_MAX * DAY_US])?;
        let count: i64 = change.query_row(
            "SELECT count(*) FROM tokens WHERE user = ?1 AND expires > ?2",
            [person.id, now.0],
            |row| row.get(0),
        )?;
        if count >= TOKENS_MAX {
            return Err(PeopleError::rule(format!("{TOKENS_MAX} tokens are in force: revoke one first")));
        }
        change.execute(
            "INSERT INTO tokens (user, name, digest, scopes, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![person.id, name, digest(&secret), words, now.0, now.0 + days * DAY_US],
        )?;
        let about = format!("{name} for {words}, {days} days");
        audit::write(&change, &person.name, origin, Deed::TokenAdded, &about, now)?;
        change.commit()?;
        Ok(secret)
    }

    /// A user's tokens, the newest first.
    ///
    /// # Errors
    /// When the file fails.
    pub fn tokens(&self, person: &Person) -> Result<Vec<Token>, PeopleError> {
        let book = self.book();
        let mut asked = book.prepare(
            "SELECT id, name, scopes, created, expires, used FROM tokens WHERE user = ?1 ORDER BY id DESC",
        )?;
        let tokens = asked.query_map([person.id], |row| {
            let scopes: String = row.get(2)?;
            Ok(Token {
                id: row.get(0)?,
                name: row.get(1)?,
                scopes: read(&scopes),
                created: row.get(3)?,
                expires: row.get(4)?,
                used: row.get(5)?,
            })
        })?;
        Ok(tokens.collect::<Result<_, _>>()?)
    }

    /// Takes one of a user's own tokens back.
    ///
    /// # Errors
    /// When the user has none of this number, or the file fails.
    pub fn revoke_token(
        &self,
        person: &Person,
        id: i64,
        origin: &str,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        let book = self.book();
        let gone = book.execute("DELETE FROM tokens WHERE id = ?1 AND user = ?2", [id, person.id])?;
        if gone == 0 {
            return Err(PeopleError::rule(format!("you have no token {id}")));
        }
        audit::write(&book, &person.name, origin, Deed::TokenRevoked, &id.to_string(), now)
    }

    /// Who uses this token; `None` when it ended, was taken back, or never was.
    ///
    /// # Errors
    /// When the file fails.
    pub fn token(&self, secret: &str, now: Timestamp) -> Result<Option<Allowed>, PeopleError> {
        let Some(digest) = digest(secret).filter(|_| secret.starts_with(PREFIX)) else { return Ok(None) };
        let book = self.book();
        let found: Option<(i64, i64, String, Option<i64>)> = book
            .query_row(
                "SELECT id, user, scopes, used FROM tokens WHERE digest = ?1 AND expires > ?2",
                params![digest, now.0],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .optional()?;
        let Some((id, user, scopes, used)) = found else { return Ok(None) };
        if used.is_none_or(|used| now.0 - used >= HOUR_US) {
            book.execute("UPDATE tokens SET used = ?1 WHERE id = ?2", [now.0, id])?;
        }
        let user =
            book.query_row(&format!("{} WHERE id = ?1", users::USER), [user], users::read).optional()?;
        let user = user.filter(|user| !user.is_disabled);
        Ok(user.map(|user| Allowed { person: user.person, scopes: read(&scopes) }))
    }

    /// A user of a name, whether disabled or not.
    ///
    /// # Errors
    /// When the file fails.
    pub fn user(&self, name: &str) -> Result<Option<users::User>, PeopleError> {
        users::find(&self.book(), name)
    }
}

fn read(words: &str) -> Vec<Scope> {
    words.split(' ').filter_map(Scope::read).collect()
}
