//! Which distinct payloads did these packets carry? Packets that share one are one tool's, or one mistake's.
//!
//! A payload is what was stored of it: the first 256 bytes above the transport header. Packets without one are no
//! group. Order: packets, then the bytes themselves.
//!
//! **Invariant:** counts are of packets, and a viewer's groups are of packets that the viewer may see one by one.

use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::ground::ROW_SOURCES;
use crate::questions::{counted, packets};
use crate::session::{BASE, Session};

/// Most groups of one answer.
pub const GROUPS_MAX: usize = 10_000;

const UNITS: &[(&str, &str)] =
    &[("packets", "packets"), ("sources", "sources"), ("sensors", "sensors"), ("ports", "ports")];

/// Asks for at most so many groups.
///
/// Columns: payload, packets, sources, sensors, ports (distinct destination ports), first, last.
///
/// # Errors
/// When the filter cannot be read, or the viewer may not see packets.
pub fn payloads(session: &Session, selection: &Selection, lines: usize) -> Result<Table, QueryError> {
    let condition = packets::condition(session, selection, false)?;
    let lines = lines.min(GROUPS_MAX);
    let mut table = session.ask(&format!(
        "SELECT payload, sum(packets) AS packets, {ROW_SOURCES} AS sources, \
         distinct_count(sensor) AS sensors, count(DISTINCT ip_proto * 65536 + coalesce(dst_port, 0)) AS ports, \
         min(ts) AS first, max(ts) AS last FROM {BASE}packets WHERE {condition} AND payload IS NOT NULL \
         GROUP BY payload ORDER BY packets DESC, payload LIMIT {lines}"
    ))?;
    counted::units(&mut table, UNITS);
    table.origin = vec!["packets".to_string()];
    Ok(table)
}

/// How many payloads there are, and how many packets carry one.
///
/// # Errors
/// As for [`payloads`].
pub fn extent(session: &Session, selection: &Selection) -> Result<(i64, i64), QueryError> {
    let condition = packets::condition(session, selection, false)?;
    let found = session.ask(&format!(
        "SELECT distinct_count(payload), coalesce(sum(packets), 0) FROM {BASE}packets \
         WHERE {condition} AND payload IS NOT NULL"
    ))?;
    Ok(match found.rows.first().map(Vec::as_slice) {
        Some([Value::Int(groups), Value::Int(packets)]) => (*groups, *packets),
        _ => (0, 0),
    })
}
