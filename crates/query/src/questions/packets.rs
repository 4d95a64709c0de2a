//! Which packets are these? Rows of a selection, in the order of time, input and frame.

use std::net::IpAddr;

use teiten_model::address::{ipv4_of, ipv6_of};
use teiten_model::columns::PacketColumns;
use teiten_model::picks::Picks;
use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::Value;

use crate::error::QueryError;
use crate::ground;
use crate::questions::filter_of;
use crate::session::{BASE, Session};
use crate::views::quoted_list;

/// Most packets one answer may hold.
pub const PACKETS_MAX: usize = 1_000_000;

/// Fewest packets that are held before the later ones are let go.
const HELD_MIN: usize = 100_000;

/// The order of packets: time, then as they lie in their inputs.
const ORDER: &str = "ts, coalesce(ts_ns, 0), input, frame";

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
    let (batches, _) = session.run(&sql)?;
    let mut columns = PacketColumns::default();
    let batch = match batches.first() {
        None => {
            columns.reset(0);
            columns.finish();
            return Ok(columns);
        }
        Some(first) => arrow::compute::concat_batches(&first.schema(), &batches)
            .map_err(|error| QueryError::Engine(error.into()))?,
    };
    teiten_store::rows::from_batch(&batch, &mut columns)?;
    Ok(columns)
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
fn condition(session: &Session, selection: &Selection, apart: bool) -> Result<String, QueryError> {
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
