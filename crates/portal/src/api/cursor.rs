//! Where an answer that was cut goes on.
//!
//! A cursor names the snapshot that answered, the moment that was now, how many rows were given, and which question it
//! belongs to. Whoever follows cursors reads one snapshot to its end, whatever is imported meanwhile.
//!
//! **Invariant:** a cursor gives nobody more than the question does: it is asked with the rights of whoever shows it,
//! and refused beside another question or another viewer than its own.

use sha2::{Digest, Sha256};
use teiten_model::hex::hex;
use teiten_model::interval::Timestamp;
use teiten_model::table::Table;

use crate::desk::Desk;
use crate::fault::Fault;
use crate::look::Look;

/// The form of cursors; another one is refused.
const VERSION: &str = "1";
/// Letters of the marks in a cursor.
const MARK_CHARS: usize = 16;
/// Latest moment that a cursor can hold for now: the end of the year 9999, in microseconds.
const NOW_US_MAX: i64 = 253_402_300_799_999_999;
/// What to do about a cursor that cannot be followed.
const ANEW: &str = "ask again without `cursor`";

/// A place in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The snapshot that answers.
    pub(crate) snapshot: u64,
    /// The moment that is now.
    pub(crate) now: Timestamp,
    /// Rows that were given.
    offset: usize,
    /// The mark of the question.
    question: String,
    /// The mark of the rows that were given; empty where their order is known.
    given: String,
}

impl Cursor {
    /// Reads a cursor.
    pub(crate) fn read(text: &str) -> Result<Cursor, Fault> {
        let parts: Vec<&str> = text.split('.').collect();
        let read = || {
            let [version, snapshot, now, offset, question, given] = parts.as_slice() else { return None };
            let is_mark =
                |mark: &str| mark.chars().all(|c| c.is_ascii_hexdigit()) && mark.len() <= MARK_CHARS;
            let cursor = Cursor {
                snapshot: snapshot.parse().ok()?,
                now: Timestamp(now.parse().ok()?),
                offset: offset.parse().ok()?,
                question: (*question).to_string(),
                given: (*given).to_string(),
            };
            let is_time = (0..=NOW_US_MAX).contains(&cursor.now.0);
            (*version == VERSION && is_time && is_mark(question) && is_mark(given)).then_some(cursor)
        };
        read().ok_or_else(|| {
            Fault::parameter(
                "cursor",
                format!("`cursor` is what `next` of an answer said, and nothing else: {ANEW}"),
            )
        })
    }

    fn text(&self) -> String {
        let Cursor { snapshot, now, offset, question, given } = self;
        format!("{VERSION}.{snapshot}.{}.{offset}.{question}.{given}", now.0)
    }
}

/// The fault of a cursor whose snapshot cannot be read any more.
pub(crate) fn gone(cursor: &Cursor) -> Fault {
    Fault {
        parameter: "cursor".to_string(),
        ..Fault::missing(format!("snapshot {} of this cursor is no longer there: {ANEW}", cursor.snapshot))
    }
}

/// How many rows of an answer were given already.
pub(crate) fn offset(desk: &Desk, operation: &str) -> Result<usize, Fault> {
    let Some(cursor) = cursor(desk)? else { return Ok(0) };
    if cursor.question != mark(&question(desk, operation)) {
        let said = format!("this cursor belongs to another question or another reader: {ANEW}");
        return Err(Fault::parameter("cursor", said));
    }
    Ok(cursor.offset)
}

/// The part of a table that is asked for, and the cursor of what follows.
///
/// The table is given whole, or at least one row further than asked for when there is more.
pub(crate) fn part(
    desk: &Desk,
    operation: &str,
    table: &Table,
    from: usize,
    count: usize,
) -> Result<(Table, Option<String>), Fault> {
    let end = from.saturating_add(count).min(table.rows.len());
    let is_more = end < table.rows.len();
    let part = Table { rows: table.rows.get(from..end).unwrap_or_default().to_vec(), ..head(table) };
    Ok((part, is_more.then(|| next(desk, operation, end))))
}

/// The same of a table whose order nobody vouches for: rows that come otherwise than before are not continued.
pub(crate) fn checked_part(
    desk: &Desk,
    operation: &str,
    table: &Table,
    from: usize,
    count: usize,
) -> Result<(Table, Option<String>), Fault> {
    let given = |rows: usize| {
        let mut hash = Sha256::new();
        table.rows.iter().take(rows).for_each(|row| hash.update(format!("{row:?}")));
        hex(&hash.finalize())[..MARK_CHARS].to_string()
    };
    if let Some(cursor) = cursor(desk)?
        && cursor.given != given(from)
    {
        let said =
            "the rows came in another order than before: write ORDER BY over columns that tell rows apart";
        return Err(Fault::parameter("cursor", said));
    }
    let (part, more) = self::part(desk, operation, table, from, count)?;
    let end = from + part.rows.len();
    Ok((part, more.map(|_| Cursor { given: given(end), ..at(desk, operation, end) }.text())))
}

/// The cursor of what follows after so many rows.
pub(crate) fn next(desk: &Desk, operation: &str, rows: usize) -> String {
    at(desk, operation, rows).text()
}

fn at(desk: &Desk, operation: &str, offset: usize) -> Cursor {
    Cursor {
        snapshot: desk.session.snapshot().number,
        now: desk.now,
        offset,
        question: mark(&question(desk, operation)),
        given: String::new(),
    }
}

fn cursor(desk: &Desk) -> Result<Option<Cursor>, Fault> {
    desk.look.cursor.as_deref().map(Cursor::read).transpose()
}

/// What is asked and by whose eyes; how the answer is written and cut is no part of it.
fn question(desk: &Desk, operation: &str) -> String {
    let look = Look {
        cursor: None,
        top: None,
        format: None,
        bom: false,
        lang: None,
        given: Vec::new(),
        ..desk.look.clone()
    };
    format!("{operation} {look:?} {:?} {}", desk.session.viewer(), desk.reader.zone)
}

fn mark(text: &str) -> String {
    hex(&Sha256::digest(text))[..MARK_CHARS].to_string()
}

/// A table without its rows.
fn head(table: &Table) -> Table {
    Table {
        columns: table.columns.clone(),
        rows: Vec::new(),
        notes: table.notes.clone(),
        origin: table.origin.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_is_one() {
        let cursor = Cursor {
            snapshot: 57,
            now: Timestamp(5),
            offset: 100,
            question: mark("q"),
            given: String::new(),
        };
        assert_eq!(Cursor::read(&cursor.text()).expect("a cursor"), cursor);
        for text in [
            "",
            "1",
            "2.57.0.100.aa.",
            "1.57.0.-1.aa.",
            "1.57.0.100.../x.",
            "1.57.0.100.aa.bb.cc",
            "1.57.-1.100.aa.",
        ] {
            assert_eq!(Cursor::read(text).unwrap_err().parameter, "cursor", "{text}");
        }
    }
}
