//! Notes: what analysts write down about a thing or a time, in Japanese, English or both.
//!
//! A note keeps the names of the sensors that it names, so that whoever may not know of one is not told.
//!
//! **Invariant:** a note is told to nobody who may not know each sensor it names, nor beyond its label.
//! **Invariant:** there are at most [`NOTES_MAX`] notes, [`NOTES_OF_ONE_MAX`] of them about one thing.

use rusqlite::{OptionalExtension, Row, params};
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::selection::Viewer;

use crate::audit::{self, Deed};
use crate::book::People;
use crate::error::PeopleError;
use crate::person::{Person, Role};

/// Most notes.
const NOTES_MAX: i64 = 20_000;
/// Most notes about one thing, and about times alone.
const NOTES_OF_ONE_MAX: i64 = 500;
/// Longest text of a note, in characters, in each language.
const TEXT_CHARS_MAX: usize = 2_000;
/// Longest name of a thing, in bytes: names of DNS with escapes are the longest.
const NAME_BYTES_MAX: usize = 1_024;
/// Most notes that are read at once.
const READ_MAX: i64 = 1_000;

/// What a note can be about; the empty name belongs to times alone.
pub const KINDS: [&str; 10] =
    ["time", "port", "ip", "net", "as", "country", "tag", "dns", "finding", "sensor"];

pub(crate) const TABLES: &str = "
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, start INTEGER, stop INTEGER,
    ja TEXT NOT NULL, en TEXT NOT NULL, label TEXT NOT NULL, sensors TEXT NOT NULL, author TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX notes_by_thing ON notes (kind, name);
CREATE INDEX notes_by_start ON notes (start);
";

/// How far a note may travel (TLP 2.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// Anywhere.
    Clear,
    /// In the community.
    Green,
    /// To whom it concerns, in their institutions and those they serve.
    Amber,
    /// In the institution of whoever received it.
    AmberStrict,
    /// To whoever reads it here.
    Red,
}

impl Label {
    /// Every label, from the widest.
    pub const ALL: [Label; 5] = [Label::Clear, Label::Green, Label::Amber, Label::AmberStrict, Label::Red];

    /// The label as it is written.
    pub fn word(self) -> &'static str {
        match self {
            Label::Clear => "TLP:CLEAR",
            Label::Green => "TLP:GREEN",
            Label::Amber => "TLP:AMBER",
            Label::AmberStrict => "TLP:AMBER+STRICT",
            Label::Red => "TLP:RED",
        }
    }

    /// The label of a word.
    pub fn read(word: &str) -> Option<Label> {
        Label::ALL.into_iter().find(|label| label.word() == word)
    }
}

/// A note to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNote {
    /// What it is about: one of [`KINDS`].
    pub kind: String,
    /// The name of the thing, as addresses of pages write it; empty for a time alone.
    pub name: String,
    /// When; `None` for a note about a thing at any time.
    pub interval: Option<Interval>,
    /// The text in Japanese; one of both may be empty.
    pub ja: String,
    /// The text in English.
    pub en: String,
    /// How far it may travel.
    pub label: Label,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its number.
    pub id: i64,
    /// What it says, about what.
    pub said: NewNote,
    /// The sensors that it names.
    pub sensors: Vec<String>,
    /// Who wrote it.
    pub author: String,
    /// When it was written.
    pub created: i64,
}

impl Note {
    /// Whether these eyes may read it. Members are of other institutions, so what must stay in ours is not theirs.
    pub fn is_for(&self, viewer: &Viewer) -> bool {
        match viewer {
            Viewer::All => true,
            Viewer::Member { sensors, .. } => {
                self.said.label <= Label::Amber && self.sensors.iter().all(|name| sensors.contains(name))
            }
            Viewer::Public { .. } => false,
        }
    }

    /// Whether this person may take it away: its author, and whoever publishes.
    pub fn is_of(&self, person: &Person) -> bool {
        person.role >= Role::Editor || (person.role >= Role::Analyst && person.name == self.author)
    }
}

/// Whether a text names a sensor: its name stands there, whatever the case of letters, and no letter or digit of
/// ASCII touches it.
pub fn names(text: &str, sensor: &str) -> bool {
    let (text, sensor) = (text.to_ascii_lowercase(), sensor.to_ascii_lowercase());
    let is_apart = |near: Option<char>| near.is_none_or(|near| !near.is_ascii_alphanumeric());
    !sensor.is_empty()
        && text.match_indices(&sensor).any(|(at, _)| {
            is_apart(text[..at].chars().next_back()) && is_apart(text[at + sensor.len()..].chars().next())
        })
}

impl People {
    /// Writes a note; `known` are the names of all sensors, those that the note names are kept with it.
    ///
    /// # Errors
    /// When the person may not, the note breaks a rule, there are too many, or the file fails.
    pub fn add_note(
        &self,
        person: &Person,
        note: &NewNote,
        known: &[String],
        origin: &str,
        now: Timestamp,
    ) -> Result<i64, PeopleError> {
        if person.role < Role::Analyst {
            return Err(PeopleError::rule("notes are written by the role analyst and above"));
        }
        check(note)?;
        let is_named = |sensor: &&String| {
            (note.kind == "sensor" && note.name == **sensor)
                || [&note.ja, &note.en, &note.name].into_iter().any(|text| names(text, sensor))
        };
        let mut sensors: Vec<&str> = known.iter().filter(is_named).map(String::as_str).collect();
        // A sensor that stored nothing yet is a sensor.
        if note.kind == "sensor" && !sensors.contains(&note.name.as_str()) {
            sensors.push(&note.name);
        }
        let mut book = self.book();
        let change = book.transaction()?;
        let all: i64 = change.query_row("SELECT count(*) FROM notes", [], |row| row.get(0))?;
        let own: i64 = change.query_row(
            "SELECT count(*) FROM notes WHERE kind = ?1 AND name = ?2",
            [&note.kind, &note.name],
            |row| row.get(0),
        )?;
        if all >= NOTES_MAX || own >= NOTES_OF_ONE_MAX {
            return Err(PeopleError::rule(format!(
                "there are {NOTES_OF_ONE_MAX} notes about this, or {NOTES_MAX} in all: take old ones away first"
            )));
        }
        let (start, stop) = note.interval.map_or((None, None), |at| (Some(at.start.0), Some(at.end.0)));
        change.execute(
            "INSERT INTO notes (kind, name, start, stop, ja, en, label, sensors, author, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                note.kind,
                note.name,
                start,
                stop,
                note.ja.trim(),
                note.en.trim(),
                note.label.word(),
                sensors.join("\n"),
                person.name,
                now.0
            ],
        )?;
        let id = change.last_insert_rowid();
        audit::write(&change, &person.name, origin, Deed::NoteAdded, &about(id, note), now)?;
        change.commit()?;
        Ok(id)
    }

    /// Takes a note away.
    ///
    /// # Errors
    /// When there is none of this number that the person may take away, or the file fails.
    pub fn delete_note(
        &self,
        person: &Person,
        id: i64,
        origin: &str,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        let mut book = self.book();
        let change = book.transaction()?;
        let note = change.query_row(&format!("{NOTE} WHERE id = ?1"), [id], read).optional()?;
        let Some(note) = note.filter(|note| note.is_of(person)) else {
            return Err(PeopleError::rule(format!("there is no note {id} that you may take away")));
        };
        change.execute("DELETE FROM notes WHERE id = ?1", [id])?;
        audit::write(&change, &person.name, origin, Deed::NoteDeleted, &about(id, &note.said), now)?;
        Ok(change.commit()?)
    }

    /// Notes that these eyes may read, those about the latest times first: about a thing, of a kind, or all (`None`);
    /// of an interval, those that reach into it and, about things, those about no time.
    ///
    /// # Errors
    /// When the file fails.
    pub fn notes(
        &self,
        viewer: &Viewer,
        about: Option<(&str, Option<&str>)>,
        interval: Option<Interval>,
    ) -> Result<Vec<Note>, PeopleError> {
        let (kind, name) = about.map_or((None, None), |(kind, name)| (Some(kind), name));
        let (start, stop) = interval.map_or((None, None), |at| (Some(at.start.0), Some(at.end.0)));
        let book = self.book();
        let mut asked = book.prepare(&format!(
            "{NOTE} WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR name = ?2)
                 AND (?3 IS NULL OR start IS NULL OR (start < ?4 AND stop > ?3))
             ORDER BY coalesce(start, created) DESC, id DESC"
        ))?;
        let found = asked.query_map(params![kind, name, start, stop], read)?;
        let most = usize::try_from(READ_MAX).unwrap_or(0);
        let told = found.filter(|note| note.as_ref().map_or(true, |note| note.is_for(viewer)));
        Ok(told.take(most).collect::<Result<_, _>>()?)
    }
}

const NOTE: &str = "SELECT id, kind, name, start, stop, ja, en, label, sensors, author, created FROM notes";

/// Reads a row of [`NOTE`]; a label that nobody knows is the narrowest.
fn read(row: &Row<'_>) -> rusqlite::Result<Note> {
    let (start, stop): (Option<i64>, Option<i64>) = (row.get(3)?, row.get(4)?);
    let (label, sensors): (String, String) = (row.get(7)?, row.get(8)?);
    let interval = start.zip(stop);
    Ok(Note {
        id: row.get(0)?,
        said: NewNote {
            kind: row.get(1)?,
            name: row.get(2)?,
            interval: interval.map(|(start, end)| Interval { start: Timestamp(start), end: Timestamp(end) }),
            ja: row.get(5)?,
            en: row.get(6)?,
            label: Label::read(&label).unwrap_or(Label::Red),
        },
        sensors: sensors.split('\n').filter(|name| !name.is_empty()).map(ToString::to_string).collect(),
        author: row.get(9)?,
        created: row.get(10)?,
    })
}

/// What the log says of a note: never its text, which the note itself has.
fn about(id: i64, note: &NewNote) -> String {
    format!("{id} about {}/{} {}", note.kind, note.name, note.label.word())
}

fn check(note: &NewNote) -> Result<(), PeopleError> {
    let is_odd = |text: &str| text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    if !KINDS.contains(&note.kind.as_str()) {
        return Err(PeopleError::rule(format!("a note is about one of {}", KINDS.join(", "))));
    }
    let is_time = note.kind == "time";
    if is_time != note.name.is_empty() || (is_time && note.interval.is_none()) {
        return Err(PeopleError::rule(
            "a note about a time has that time, one about a thing the thing's name",
        ));
    }
    if note.name.len() > NAME_BYTES_MAX || note.name.chars().any(char::is_control) {
        return Err(PeopleError::rule(format!(
            "the name of what a note is about has at most {NAME_BYTES_MAX} bytes and no control characters"
        )));
    }
    if note.interval.is_some_and(|at| at.start.0 >= at.end.0) {
        return Err(PeopleError::rule("the time of a note ends after it begins"));
    }
    let texts = [note.ja.as_str(), note.en.as_str()];
    let is_long = |text: &&str| text.chars().count() > TEXT_CHARS_MAX || is_odd(text);
    if texts.iter().all(|text| text.trim().is_empty()) || texts.iter().any(is_long) {
        return Err(PeopleError::rule(format!(
            "a note has a text in Japanese, in English or in both, of at most {TEXT_CHARS_MAX} characters each"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_is_named_where_its_name_stands_alone() {
        for (text, expected) in [
            ("see jp-01", true),
            ("JP-01の停止", true),
            ("(jp-01)", true),
            ("jp-01-b", true),
            ("jp-010", false),
            ("xjp-01", false),
            ("jp 01", false),
            ("停止jp-010とjp-01", true),
            ("", false),
        ] {
            assert_eq!(names(text, "jp-01"), expected, "{text}");
        }
        assert!(!names("anything", ""));
    }

    #[test]
    fn words_of_labels_read_back() {
        assert!(Label::ALL.into_iter().all(|label| Label::read(label.word()) == Some(label)));
        assert!(Label::ALL.is_sorted());
    }
}
