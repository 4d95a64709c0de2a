//! Which packets are these? Rows of a selection, in the order of time, input and frame.

use teiten_model::columns::PacketColumns;
use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};

use crate::error::QueryError;
use crate::ground;
use crate::questions::filter_of;
use crate::session::{BASE, Session};

/// Most packets one answer may hold.
pub const PACKETS_MAX: usize = 1_000_000;

/// Asks for at most `count` packets; whether `apart` packets, which belong to no sensor, are asked for instead.
pub fn packets(
    session: &Session,
    selection: &Selection,
    count: usize,
    apart: bool,
) -> Result<PacketColumns, QueryError> {
    if matches!(session.viewer(), Viewer::Public { .. }) {
        return Err(QueryError::Forbidden("packets are not for the public: ask for counts".to_string()));
    }
    let filter = filter_of(session, selection)?;
    let needs: Vec<&str> = teiten_model::columns::COLUMNS.iter().map(|column| column.name).collect();
    let ground = ground::choose(session, selection, filter.as_ref(), &needs, Grain::Hour, true)?;
    let mut condition = ground.condition;
    if apart {
        condition = condition.replace("sensor <> '-'", "sensor = '-'");
    }
    if let Viewer::Member { sensors, .. } = session.viewer() {
        condition = format!("{condition} AND sensor IN ({})", crate::views::quoted_list(sensors));
    }
    let count = count.min(PACKETS_MAX);
    let sql =
        format!("SELECT * FROM {BASE}packets WHERE {condition} ORDER BY ts, input, frame LIMIT {count}");
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

/// The number of packets of a selection, counted on the rows.
pub fn count(session: &Session, selection: &Selection) -> Result<i64, QueryError> {
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), &["frame"], Grain::Hour, true)?;
    let found =
        session.ask(&format!("SELECT sum(packets) FROM {} WHERE {}", ground.base(), ground.condition))?;
    Ok(match found.rows.first().and_then(|row| row.first()) {
        Some(teiten_model::table::Value::Int(number)) => *number,
        _ => 0,
    })
}
