//! Findings that somebody looked at and took over: who, and when.
//!
//! A finding keeps its identifier when its period is judged anew, so what was acknowledged once stays so.
//!
//! **Invariant:** a finding is acknowledged by one person at a time, and both ways stand in the audit log.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};
use teiten_model::interval::Timestamp;

use crate::audit::{self, Deed};
use crate::book::People;
use crate::error::PeopleError;
use crate::person::{Person, Role};

/// Most findings that are acknowledged; the oldest make room.
const ACKNOWLEDGED_MAX: i64 = 100_000;
/// Longest identifier, in bytes.
const ID_BYTES_MAX: usize = 400;

pub(crate) const TABLES: &str = "
CREATE TABLE acknowledged (
    finding TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id), at INTEGER NOT NULL
) STRICT;
CREATE INDEX acknowledged_by_time ON acknowledged (at);
";

/// Who acknowledged a finding, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// Name of the person.
    pub by: String,
    /// When: microseconds since 1970-01-01T00:00Z.
    pub at: i64,
}

impl People {
    /// Acknowledges a finding, or takes that back; whoever was first stays.
    ///
    /// # Errors
    /// When the person may not see findings, the identifier is none, or the file fails.
    pub fn acknowledge(
        &self,
        person: &Person,
        (finding, is_acknowledged): (&str, bool),
        origin: &str,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        if person.role < Role::Analyst {
            return Err(PeopleError::rule("findings are acknowledged by the role analyst and above"));
        }
        if finding.is_empty() || finding.len() > ID_BYTES_MAX || finding.chars().any(char::is_control) {
            return Err(PeopleError::rule(format!(
                "the identifier of a finding has 1 to {ID_BYTES_MAX} bytes without control characters"
            )));
        }
        let mut book = self.book();
        let change = book.transaction()?;
        let (changed, deed) = match is_acknowledged {
            true => {
                let changed = change.execute(
                    "INSERT OR IGNORE INTO acknowledged (finding, user, at) VALUES (?1, ?2, ?3)",
                    params![finding, person.id, now.0],
                )?;
                change.execute(
                    "DELETE FROM acknowledged WHERE finding IN
                     (SELECT finding FROM acknowledged ORDER BY at DESC, finding LIMIT -1 OFFSET ?1)",
                    [ACKNOWLEDGED_MAX],
                )?;
                (changed, Deed::FindingAcknowledged)
            }
            false => {
                let changed = change.execute("DELETE FROM acknowledged WHERE finding = ?1", [finding])?;
                (changed, Deed::FindingReopened)
            }
        };
        if changed > 0 {
            audit::write(&change, &person.name, origin, deed, finding, now)?;
        }
        Ok(change.commit()?)
    }

    /// Which of these findings were acknowledged, by whom, and when.
    ///
    /// # Errors
    /// When the file fails.
    pub fn acknowledged<'a>(
        &self,
        findings: impl IntoIterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, Acknowledged>, PeopleError> {
        let book = self.book();
        let mut asked = book.prepare(
            "SELECT users.name, acknowledged.at FROM acknowledged JOIN users ON users.id = acknowledged.user
             WHERE finding = ?1",
        )?;
        let mut found = BTreeMap::new();
        for finding in findings {
            let read = |row: &rusqlite::Row<'_>| Ok(Acknowledged { by: row.get(0)?, at: row.get(1)? });
            if let Some(row) = asked.query_row([finding], read).optional()? {
                found.insert(finding.to_string(), row);
            }
        }
        Ok(found)
    }
}
