//! Which packets are these? Rows of a selection, in the order of time, input and frame.

use std::net::IpAddr;

use teiten_model::address::{ipv4_of, ipv6_of};
use teiten_model::columns::PacketColumns;
use teiten_model::interval::{HOUR_US, Interval, Timestamp};
use teiten_model::picks::Picks;
use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::Value;

use crate::error::QueryError;
use crate::ground;
use crate::questions::filter_of;
use crate::questions::series::step_of;
use crate::session::{BASE, Session};
use crate::views::quoted_list;

/// Most packets one answer may hold.
pub const PACKETS_MAX: usize = 1_000_000;

/// Fewest packets that are held before the later ones are let go.
const HELD_MIN: usize = 100_000;

/// The order of packets: time, then as they lie in their inputs; no nanoseconds are 0 of them.
///
/// A half is a number that no column can equal: a constant that a filter compares with too makes the engine put the
/// column in its place, and then it refuses its own plan.
pub(super) const ORDER: &str = "ts, CASE WHEN ts_ns > 0.5 THEN ts_ns END NULLS FIRST, input, frame";

/// Asks for at most `count` packets; whether `apart` packets, which belong to no sensor, are asked for instead.
pub fn packets(
    session: &Session,
    selection: &Selection,
    count: usize,
    apart: bool,
) -> Result<PacketColumns, QueryError> {
    let condition = condition(session, selection, apart)?;
    let count = count.min(PACKETS_MAX);
    let sql = format!("SELECT * FROM {BASE}packets WHERE {condition} ORDER BY {ORDER} LIMIT {count}");
    columns_of(session, &sql)
}

/// The packets that a statement gives, with all columns.
pub(super) fn columns_of(session: &Session, sql: &str) -> Result<PacketColumns, QueryError> {
    let (batches, _) = session.run(sql)?;
    let Some(first) = batches.first() else { return Ok(nothing()) };
    let batch = arrow::compute::concat_batches(&first.schema(), &batches)
        .map_err(|error| QueryError::Engine(error.into()))?;
    let mut columns = PacketColumns::default();
    teiten_store::rows::from_batch(&batch, &mut columns)?;
    Ok(columns)
}

/// No packets.
fn nothing() -> PacketColumns {
    let mut columns = PacketColumns::default();
    columns.reset(0);
    columns.finish();
    columns
}

/// Asks where the frames of at most `count` packets lie; `apart` as for [`packets`].
pub fn picks(
    session: &Session,
    selection: &Selection,
    count: usize,
    apart: bool,
) -> Result<Picks, QueryError> {
    let condition = condition(session, selection, apart)?;
    let count = count.min(PACKETS_MAX);
    // The engine would sort whole rows; a pick is a few small numbers, so the earliest are kept here.
    let sql = format!(
        "SELECT ts, ts_ns, input, frame, sensor, tags, dst_public FROM {BASE}packets WHERE {condition}"
    );
    let mut picks = Picks::default();
    let mut columns = PacketColumns::default();
    session.each(&sql, |batch| {
        teiten_store::rows::from_batch(&batch, &mut columns)?;
        picks.extend(&columns, 0..columns.rows());
        if picks.picks.len() > count.saturating_mul(2).max(HELD_MIN) {
            picks.earliest_by_name(count);
        }
        Ok(())
    })?;
    picks.earliest_by_name(count);
    Ok(picks.in_order_of_use())
}

/// The packets of a selection in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hour {
    /// Its beginning: microseconds since 1970-01-01T00:00Z.
    pub at: i64,
    /// Rows.
    pub rows: i64,
    /// Packets: rows may stand for several.
    pub packets: i64,
}

/// The hours in which the selection has packets, in their order.
pub fn hours(session: &Session, selection: &Selection) -> Result<Vec<Hour>, QueryError> {
    let condition = condition(session, selection, false)?;
    let hour = step_of("ts", "hour", "UTC");
    let found = session.ask(&format!(
        "SELECT {hour} AS at, count(*), sum(packets) FROM {BASE}packets WHERE {condition} GROUP BY 1 ORDER BY 1"
    ))?;
    let int = |value: &Value| if let Value::Int(number) = value { *number } else { 0 };
    Ok(found
        .rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [Value::Time(at), rows, packets] => {
                Some(Hour { at: *at, rows: int(rows), packets: int(packets) })
            }
            _ => None,
        })
        .collect())
}

/// The packets of a selection after the first `skip`, at most `count` of them; `hours` are those of the
/// selection, so that only the hours in which the wanted packets lie are read. However many are passed over, none
/// is given twice.
pub fn page(
    session: &Session,
    selection: &Selection,
    hours: &[Hour],
    skip: usize,
    count: usize,
) -> Result<PacketColumns, QueryError> {
    let count = count.min(PACKETS_MAX);
    let (mut before, mut seen, mut span) = (0, 0, None);
    for hour in hours {
        let end = seen + usize::try_from(hour.rows).unwrap_or(0);
        if end > skip && seen < skip.saturating_add(count) {
            let (start, _) = *span.get_or_insert_with(|| {
                before = seen;
                (hour.at, hour.at)
            });
            span = Some((start, hour.at + HOUR_US));
        }
        seen = end;
    }
    let Some((start, end)) = span else { return Ok(nothing()) };
    let whole = selection.interval.unwrap_or(Interval { start: Timestamp(start), end: Timestamp(end) });
    let interval = Interval { start: whole.start.max(Timestamp(start)), end: whole.end.min(Timestamp(end)) };
    let within = Selection { interval: Some(interval), ..selection.clone() };
    let condition = condition(session, &within, false)?;
    let sql = format!(
        "SELECT * FROM {BASE}packets WHERE {condition} ORDER BY {ORDER} LIMIT {count} OFFSET {}",
        skip - before
    );
    columns_of(session, &sql)
}

/// Sources of the selection's packets that are destinations too: what answers, in captures of both
/// directions.
///
/// Destinations of the whole store count, whatever the selection's interval: what was asked before it may be
/// answered in it. Only packets to sensors other than `described` are looked at, whose addresses are known
/// from elsewhere.
///
/// # Errors
/// When the viewer may not see packets.
pub fn answering(
    session: &Session,
    selection: &Selection,
    described: &[String],
) -> Result<Vec<IpAddr>, QueryError> {
    let condition = condition(session, selection, false)?;
    let mut to = ground::in_time(&Selection::default());
    if !described.is_empty() {
        to += &format!(" AND sensor NOT IN ({})", quoted_list(described));
    }
    let from = |column: &str| format!("SELECT DISTINCT {column} FROM {BASE}packets WHERE {to}");
    let sources = |column: &str, among: &str| {
        format!("SELECT DISTINCT {column} FROM {BASE}packets WHERE {condition} AND {column} IN ({among})")
    };
    let v4 = session.ask(&sources("src", &format!("{} UNION {}", from("dst"), from("dst_public"))))?;
    let v6 = session.ask(&sources("src6", &from("dst6")))?;
    Ok(v4.rows.iter().chain(&v6.rows).filter_map(|row| address(row.first()?)).collect())
}

/// An address of either version as it stands in a column.
fn address(value: &Value) -> Option<IpAddr> {
    match value {
        Value::Int(number) => ipv4_of(*number).map(IpAddr::V4),
        Value::Bytes(bytes) => ipv6_of(bytes).map(IpAddr::V6),
        _ => None,
    }
}

/// Which rows the viewer may have of a selection, as what follows WHERE.
pub(super) fn condition(session: &Session, selection: &Selection, apart: bool) -> Result<String, QueryError> {
    let filter = filter_of(session, selection)?;
    let needs: Vec<&str> = teiten_model::columns::COLUMNS.iter().map(|column| column.name).collect();
    let ground = ground::choose(session, selection, filter.as_ref(), &needs, Grain::Hour, true)?;
    let own = match session.viewer() {
        Viewer::All if apart => return Ok(ground.condition.replacen("sensor <> '-'", "sensor = '-'", 1)),
        Viewer::All => return Ok(ground.condition),
        Viewer::Member { sensors, .. } if !sensors.is_empty() && !apart => sensors,
        Viewer::Member { .. } | Viewer::Public { .. } => {
            return Err(QueryError::Forbidden(
                "you may see packets of your own sensors only: ask `top` or `trend`".to_string(),
            ));
        }
    };
    Ok(format!("{} AND sensor IN ({})", ground.condition, quoted_list(own)))
}

/// The number of packets of a selection, counted on the rows; `apart` as for [`packets`].
pub fn count(session: &Session, selection: &Selection, apart: bool) -> Result<i64, QueryError> {
    let condition = condition(session, selection, apart)?;
    let found = session.ask(&format!("SELECT sum(packets) FROM {BASE}packets WHERE {condition}"))?;
    Ok(match found.rows.first().and_then(|row| row.first()) {
        Some(Value::Int(number)) => *number,
        _ => 0,
    })
}
