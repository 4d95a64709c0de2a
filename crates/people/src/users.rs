//! Users: added, changed, disabled; never removed, so that the log keeps its names.
//!
//! **Invariant:** one user at least stays who may decide who is who.
//! **Invariant:** whoever is changed has to log in again.

use rusqlite::{Connection, OptionalExtension, Row, params};
use teiten_model::interval::Timestamp;

use crate::audit::{self, Deed};
use crate::book::People;
use crate::error::PeopleError;
use crate::password::{Kept, SALT_BYTES};
use crate::person::{Person, Role};

/// Most users.
const USERS_MAX: i64 = 10_000;
/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 64;
/// Most sensors of a user.
const SENSORS_MAX: usize = 1_000;
/// Longest list of sensors, in bytes.
const SENSORS_BYTES_MAX: usize = 100_000;

/// A user as the operator sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub person: Person,
    /// When they were added.
    pub created: i64,
    /// Whether they may not log in, nor use their tokens.
    pub is_disabled: bool,
}

impl People {
    /// Adds a user; `by` and `origin` say who does it and from where.
    ///
    /// # Errors
    /// When the name is taken or none, the password too short, or the file fails.
    pub fn add_user(
        &self,
        (name, role, sensors): (&str, Role, &[String]),
        password: &str,
        (by, origin): (&str, &str),
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        check_name(name)?;
        let sensors = joined(sensors)?;
        let kept = Kept::of(password, self.chance::<SALT_BYTES>()?)?;
        let mut book = self.book();
        let change = book.transaction()?;
        let count: i64 = change.query_row("SELECT count(*) FROM users", [], |row| row.get(0))?;
        if count >= USERS_MAX {
            return Err(PeopleError::rule(format!("there are {USERS_MAX} users: disabled ones count too")));
        }
        if find(&change, name)?.is_some() {
            return Err(PeopleError::rule(format!("there is a user `{name}` already")));
        }
        change.execute(
            "INSERT INTO users (name, role, sensors, salt, hash, memory_kib, passes, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![name, role.word(), sensors, kept.salt, kept.hash, kept.memory_kib, kept.passes, now.0],
        )?;
        audit::write(&change, by, origin, Deed::UserAdded, &format!("{name} as {}", role.word()), now)?;
        Ok(change.commit()?)
    }

    /// Changes role, sensors and state of a user, and ends their sessions.
    ///
    /// # Errors
    /// When there is no such user, nobody would be left to decide, or the file fails.
    pub fn change_user(
        &self,
        (name, role, sensors): (&str, Role, &[String]),
        is_disabled: bool,
        (by, origin): (&str, &str),
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        let sensors = joined(sensors)?;
        let mut book = self.book();
        let change = book.transaction()?;
        let user = must(&change, name)?;
        change.execute(
            "UPDATE users SET role = ?1, sensors = ?2, is_disabled = ?3 WHERE id = ?4",
            params![role.word(), sensors, is_disabled, user.person.id],
        )?;
        let deciding: i64 = change.query_row(
            "SELECT count(*) FROM users WHERE role = ?1 AND is_disabled = 0",
            [Role::Admin.word()],
            |row| row.get(0),
        )?;
        if deciding == 0 {
            return Err(PeopleError::rule(format!("`{name}` is the last admin: name another one first")));
        }
        change.execute("DELETE FROM sessions WHERE user = ?1", [user.person.id])?;
        let state = if is_disabled { ", disabled" } else { "" };
        let about = format!("{name} as {}{state}", role.word());
        audit::write(&change, by, origin, Deed::UserChanged, &about, now)?;
        Ok(change.commit()?)
    }

    /// Gives a user another password, and ends their sessions.
    ///
    /// # Errors
    /// When there is no such user, the password is too short, or the file fails.
    pub fn set_password(
        &self,
        name: &str,
        password: &str,
        (by, origin): (&str, &str),
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        let kept = Kept::of(password, self.chance::<SALT_BYTES>()?)?;
        let mut book = self.book();
        let change = book.transaction()?;
        let user = must(&change, name)?;
        change.execute(
            "UPDATE users SET salt = ?1, hash = ?2, memory_kib = ?3, passes = ?4 WHERE id = ?5",
            params![kept.salt, kept.hash, kept.memory_kib, kept.passes, user.person.id],
        )?;
        change.execute("DELETE FROM sessions WHERE user = ?1", [user.person.id])?;
        audit::write(&change, by, origin, Deed::PasswordChanged, name, now)?;
        Ok(change.commit()?)
    }

    /// Everybody, by name.
    ///
    /// # Errors
    /// When the file fails.
    pub fn users(&self) -> Result<Vec<User>, PeopleError> {
        let book = self.book();
        let mut asked = book.prepare(&format!("{USER} ORDER BY name"))?;
        let users = asked.query_map([], read)?;
        Ok(users.collect::<Result<_, _>>()?)
    }
}

/// What is read of a user.
pub(crate) const USER: &str = "SELECT id, name, role, sensors, created, is_disabled FROM users";

/// Reads a row of [`USER`]; a role that nobody knows is the lowest.
pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<User> {
    let sensors: String = row.get(3)?;
    let role: String = row.get(2)?;
    Ok(User {
        person: Person {
            id: row.get(0)?,
            name: row.get(1)?,
            role: Role::read(&role).unwrap_or(Role::Public),
            sensors: sensors.split('\n').filter(|name| !name.is_empty()).map(ToString::to_string).collect(),
        },
        created: row.get(4)?,
        is_disabled: row.get(5)?,
    })
}

pub(crate) fn find(book: &Connection, name: &str) -> Result<Option<User>, PeopleError> {
    Ok(book.query_row(&format!("{USER} WHERE name = ?1"), [name], read).optional()?)
}

fn must(book: &Connection, name: &str) -> Result<User, PeopleError> {
    find(book, name)?.ok_or_else(|| PeopleError::rule(format!("there is no user `{name}`")))
}

fn check_name(name: &str) -> Result<(), PeopleError> {
    let is_fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '@');
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(is_fit) {
        return Err(PeopleError::rule(format!(
            "a user's name has 1 to {NAME_CHARS_MAX} characters of a-z, 0-9 and `. _ - @`"
        )));
    }
    Ok(())
}

/// Sensors as they are kept, a line each.
fn joined(sensors: &[String]) -> Result<String, PeopleError> {
    let text = sensors.join("\n");
    let is_odd = |name: &String| name.is_empty() || name.chars().any(char::is_control);
    if sensors.len() > SENSORS_MAX || text.len() > SENSORS_BYTES_MAX || sensors.iter().any(is_odd) {
        return Err(PeopleError::rule(format!(
            "a user has at most {SENSORS_MAX} sensors, by names without control characters"
        )));
    }
    Ok(text)
}
