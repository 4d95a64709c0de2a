//! The audit log: who did what, from where, when.
//!
//! **Invariant:** no secret and no text that could be one stands here: a name nobody has is not written down,
//! because people type passwords into the wrong box.

use rusqlite::{Connection, params};
use teiten_model::interval::Timestamp;

use crate::book::People;
use crate::error::PeopleError;

/// Entries that are kept; the oldest make room.
const ENTRIES_MAX: i64 = 1_000_000;
/// Longest text of an entry, in characters.
const ABOUT_CHARS_MAX: usize = 2_000;
/// Most entries that are read at once.
const READ_MAX: usize = 1_000;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Logged in.
    LogIn,
    /// Was bound to a subject of a provider, at the first log-in by it.
    Vouched,
    /// Gave a wrong name or password, or was vouched for and is nobody here.
    Refused,
    /// Logged out.
    LogOut,
    /// Made a user.
    UserAdded,
    /// Changed role, sensors or state of a user.
    UserChanged,
    /// Changed a password.
    PasswordChanged,
    /// Made a token.
    TokenAdded,
    /// Took a token back.
    TokenRevoked,
    /// Took packets away.
    Exported,
    /// Asked in SQL.
    Asked,
    /// Made a draft of a report.
    DraftAdded,
    /// Changed a draft.
    DraftChanged,
    /// Had a draft checked or set as a preview.
    DraftChecked,
    /// Published a report.
    Published,
    /// Wanted to publish a report that could not be.
    PublishRefused,
    /// Wrote a note.
    NoteAdded,
    /// Took a note away.
    NoteDeleted,
    /// Saved a selection.
    SelectionSaved,
    /// Deleted a saved selection.
    SelectionDeleted,
    /// Acknowledged a finding.
    FindingAcknowledged,
    /// Took back that a finding was acknowledged.
    FindingReopened,
}

impl Deed {
    /// The word; stable.
    pub fn word(self) -> &'static str {
        match self {
            Deed::LogIn => "log-in",
            Deed::Vouched => "vouched",
            Deed::Refused => "refused",
            Deed::LogOut => "log-out",
            Deed::UserAdded => "user-added",
            Deed::UserChanged => "user-changed",
            Deed::PasswordChanged => "password-changed",
            Deed::TokenAdded => "token-added",
            Deed::TokenRevoked => "token-revoked",
            Deed::Exported => "exported",
            Deed::Asked => "asked",
            Deed::DraftAdded => "draft-added",
            Deed::DraftChanged => "draft-changed",
            Deed::DraftChecked => "draft-checked",
            Deed::Published => "published",
            Deed::PublishRefused => "publish-refused",
            Deed::NoteAdded => "note-added",
            Deed::NoteDeleted => "note-deleted",
            Deed::SelectionSaved => "selection-saved",
            Deed::SelectionDeleted => "selection-deleted",
            Deed::FindingAcknowledged => "finding-acknowledged",
            Deed::FindingReopened => "finding-reopened",
        }
    }
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: i64,
    /// Who; empty for nobody we know.
    pub who: String,
    /// From which address, or `command line`.
    pub origin: String,
    /// What was done.
    pub deed: String,
    /// What it was about.
    pub about: String,
}

impl People {
    /// Writes down what was done.
    ///
    /// # Errors
    /// When the file fails.
    pub fn note(
        &self,
        who: &str,
        origin: &str,
        deed: Deed,
        about: &str,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        write(&self.book(), who, origin, deed, about, now)
    }

    /// The newest entries.
    ///
    /// # Errors
    /// When the file fails.
    pub fn log(&self, count: usize) -> Result<Vec<Entry>, PeopleError> {
        let book = self.book();
        let mut asked =
            book.prepare("SELECT at, who, origin, deed, about FROM audit ORDER BY id DESC LIMIT ?1")?;
        let count = i64::try_from(count.min(READ_MAX)).unwrap_or(0);
        let entries = asked.query_map([count], |row| {
            Ok(Entry {
                at: row.get(0)?,
                who: row.get(1)?,
                origin: row.get(2)?,
                deed: row.get(3)?,
                about: row.get(4)?,
            })
        })?;
        Ok(entries.collect::<Result<_, _>>()?)
    }
}

/// Writes an entry, inside whatever transaction the connection is in.
pub(crate) fn write(
    book: &Connection,
    who: &str,
    origin: &str,
    deed: Deed,
    about: &str,
    now: Timestamp,
) -> Result<(), PeopleError> {
    let about: String = about.chars().take(ABOUT_CHARS_MAX).collect();
    book.execute(
        "INSERT INTO audit (at, who, origin, deed, about) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![now.0, who, origin, deed.word(), about],
    )?;
    book.execute("DELETE FROM audit WHERE id <= ?1", [book.last_insert_rowid() - ENTRIES_MAX])?;
    Ok(())
}
