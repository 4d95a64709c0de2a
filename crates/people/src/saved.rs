//! Saved selections: addresses of the portal that somebody named, each with a word that leads to it for ever.
//!
//! **Invariant:** a word is given once and always leads to the same address, or nowhere.
//! **Invariant:** a selection that names a sensor leads nobody there who may not know it.

use rusqlite::{OptionalExtension, Row, params};
use teiten_model::interval::Timestamp;
use teiten_model::selection::Viewer;

use crate::audit::{self, Deed};
use crate::book::People;
use crate::error::PeopleError;
use crate::notes::names;
use crate::person::{Person, Role};

/// Most selections of one person.
const SAVED_MAX: i64 = 100;
/// Most selections that are shared.
const SHARED_MAX: i64 = 100;
/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 80;
/// Longest address, in bytes; an address of the portal has as many at most.
const ADDRESS_BYTES_MAX: usize = 8_300;
/// Letters of a word: without those that look alike. There are 32, so that each takes five bits.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// Letters of a word: nobody guesses 50 bits.
const WORD_LETTERS: u32 = 10;

pub(crate) const TABLES: &str = "
CREATE TABLE saved (
    id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, user INTEGER NOT NULL REFERENCES users(id),
    name TEXT NOT NULL, address TEXT NOT NULL, sensors TEXT NOT NULL, is_shared INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX saved_by_user ON saved (user);
";

/// A selection that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Its number.
    pub id: i64,
    /// The word of its short address.
    pub word: String,
    /// Its name.
    pub name: String,
    /// Path and query of the page that shows it.
    pub address: String,
    /// Whether everybody who logs in is offered it.
    pub is_shared: bool,
    /// Whose it is.
    pub owner: String,
    /// When it was saved.
    pub created: i64,
    sensors: Vec<String>,
}

impl Saved {
    fn is_for(&self, viewer: &Viewer) -> bool {
        match viewer {
            Viewer::All => true,
            Viewer::Member { sensors, .. } => self.sensors.iter().all(|name| sensors.contains(name)),
            Viewer::Public { .. } => self.sensors.is_empty(),
        }
    }
}

impl People {
    /// Saves a selection and gives the word of its short address; `said` is what the address says without escapes,
    /// and `known` are the names of all sensors that the person may know.
    ///
    /// # Errors
    /// When the name is none, there are too many, only others may share, or the file fails.
    pub fn save(
        &self,
        person: &Person,
        (name, address, is_shared): (&str, &str, bool),
        (said, known): (&str, &[String]),
        origin: &str,
        now: Timestamp,
    ) -> Result<String, PeopleError> {
        let name = name.trim();
        let is_odd = |text: &str| text.chars().any(char::is_control);
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || is_odd(name) {
            return Err(PeopleError::rule(format!(
                "a selection has a name of at most {NAME_CHARS_MAX} characters without control characters"
            )));
        }
        if !address.starts_with('/') || address.len() > ADDRESS_BYTES_MAX || is_odd(address) {
            return Err(PeopleError::rule(format!("an address has at most {ADDRESS_BYTES_MAX} bytes")));
        }
        if is_shared && person.role < Role::Editor {
            return Err(PeopleError::rule("selections are shared by the role editor and above"));
        }
        let named = known.iter().filter(|sensor| names(said, sensor) || names(name, sensor));
        let sensors = named.map(String::as_str).collect::<Vec<_>>().join("\n");
        let word = word(u64::from_be_bytes(self.chance()?));
        let mut book = self.book();
        let change = book.transaction()?;
        let count = |condition: &str| {
            change.query_row(
                &format!("SELECT count(*) FROM saved WHERE user = ?1 AND {condition}"),
                [person.id],
                |row| row.get::<_, i64>(0),
            )
        };
        if count("1")? >= SAVED_MAX {
            return Err(PeopleError::rule(format!("you saved {SAVED_MAX} selections: delete one first")));
        }
        let shared: i64 =
            change.query_row("SELECT count(*) FROM saved WHERE is_shared = 1", [], |row| row.get(0))?;
        if is_shared && shared >= SHARED_MAX {
            return Err(PeopleError::rule(format!("{SHARED_MAX} selections are shared: delete one first")));
        }
        change.execute(
            "INSERT INTO saved (word, user, name, address, sensors, is_shared, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![word, person.id, name, address, sensors, is_shared, now.0],
        )?;
        let about = format!("/v/{word}{} to {address}", if is_shared { ", shared," } else { "" });
        audit::write(&change, &person.name, origin, Deed::SelectionSaved, &about, now)?;
        change.commit()?;
        Ok(word)
    }

    /// What a person is offered: their own, and what is shared and names no sensor that they may not know; by name.
    ///
    /// # Errors
    /// When the file fails.
    pub fn saved(&self, person: &Person) -> Result<Vec<Saved>, PeopleError> {
        let book = self.book();
        let mut asked =
            book.prepare(&format!("{SAVED} WHERE user = ?1 OR is_shared = 1 ORDER BY saved.name, saved.id"))?;
        let found = asked.query_map([person.id], read)?.collect::<Result<Vec<Saved>, _>>()?;
        let viewer = person.viewer();
        Ok(found.into_iter().filter(|saved| saved.is_for(&viewer)).collect())
    }

    /// Where a word leads these eyes.
    ///
    /// # Errors
    /// When the file fails.
    pub fn follow(&self, viewer: &Viewer, word: &str) -> Result<Option<Saved>, PeopleError> {
        let found = self.book().query_row(&format!("{SAVED} WHERE word = ?1"), [word], read).optional()?;
        Ok(found.filter(|saved| saved.is_for(viewer)))
    }

    /// Deletes a selection: one's own, or for whoever decides about people a shared one.
    ///
    /// # Errors
    /// When there is none of this number that the person may delete, or the file fails.
    pub fn forget(&self, person: &Person, id: i64, origin: &str, now: Timestamp) -> Result<(), PeopleError> {
        let mut book = self.book();
        let change = book.transaction()?;
        let saved = change.query_row(&format!("{SAVED} WHERE saved.id = ?1"), [id], read).optional()?;
        let is_admin = person.role >= Role::Admin;
        let may = |saved: &Saved| saved.owner == person.name || (saved.is_shared && is_admin);
        let Some(saved) = saved.filter(may) else {
            return Err(PeopleError::rule(format!("there is no selection {id} that you may delete")));
        };
        change.execute("DELETE FROM saved WHERE id = ?1", [id])?;
        let about = format!("/v/{}", saved.word);
        audit::write(&change, &person.name, origin, Deed::SelectionDeleted, &about, now)?;
        Ok(change.commit()?)
    }
}

const SAVED: &str =
    "SELECT saved.id, word, saved.name, address, is_shared, users.name, saved.created, saved.sensors
    FROM saved JOIN users ON users.id = saved.user";

fn read(row: &Row<'_>) -> rusqlite::Result<Saved> {
    let sensors: String = row.get(7)?;
    Ok(Saved {
        id: row.get(0)?,
        word: row.get(1)?,
        name: row.get(2)?,
        address: row.get(3)?,
        is_shared: row.get(4)?,
        owner: row.get(5)?,
        created: row.get(6)?,
        sensors: sensors.split('\n').filter(|name| !name.is_empty()).map(ToString::to_string).collect(),
    })
}

/// A word of randomness.
fn word(bits: u64) -> String {
    let letter = |place: u32| char::from(LETTERS[(bits >> (5 * place) & 31) as usize]);
    (0..WORD_LETTERS).rev().map(letter).collect()
}
