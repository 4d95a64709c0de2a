//! Whether what a question needs is still kept.
//!
//! Days of packets and of rollups expire, oldest first. A question about a time of which nothing is kept has no
//! answer, and says so: nothing stored is not nothing seen. Of a time of which a part is kept the answer is about
//! that part, and a person is told.

use teiten_model::interval::{Interval, Timestamp};
use teiten_model::rollup::ROLLUPS;
use teiten_store::expiries::Kind;
use teiten_store::table::PACKETS;

use crate::error::QueryError;
use crate::session::Session;

/// What a person is told when a part of what was asked about is no longer kept.
fn note(kind: Kind, until: i64) -> String {
    format!("{} before {} are no longer kept: the answer does not count them", kind.name(), Timestamp(until))
}

/// Finds whether a kind is kept of an interval, of all time when there is none; tells when only of a part.
///
/// # Errors
/// When nothing of the interval is kept.
pub(crate) fn check(session: &Session, kind: Kind, interval: Option<Interval>) -> Result<(), QueryError> {
    let Some(until) = session.expired()?.of(kind).until else { return Ok(()) };
    match interval {
        Some(interval) if interval.end.0 <= until => Err(QueryError::Expired {
            kind: kind.name(),
            until: Timestamp(until),
            asked: format!("{}..{}", interval.start, interval.end),
        }),
        Some(interval) if interval.start.0 >= until => Ok(()),
        _ => {
            session.tell(note(kind, until));
            Ok(())
        }
    }
}

/// Tells of what is no longer kept in the tables that SQL names.
pub(crate) fn tell_of_sql(session: &Session, sql: &str) -> Result<(), QueryError> {
    let sql = sql.to_ascii_lowercase();
    let names = |kind| match kind {
        Kind::Packets => vec![PACKETS],
        Kind::Rollups => ROLLUPS.iter().map(|rollup| rollup.name).collect(),
        Kind::Frames => Vec::new(),
    };
    for kind in Kind::ALL.into_iter().filter(|kind| names(*kind).iter().any(|name| sql.contains(name))) {
        check(session, kind, None)?;
    }
    Ok(())
}
