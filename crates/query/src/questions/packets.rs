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
    let condition = condition(session, selection, apart)?;
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
    Ok(format!("{} AND sensor IN ({})", ground.condition, crate::views::quoted_list(own)))
}

/// The number of packets of a selection, counted on the rows; `apart` as for [`packets`].
pub fn count(session: &Session, selection: &Selection, apart: bool) -> Result<i64, QueryError> {
    let condition = condition(session, selection, apart)?;
    let found = session.ask(&format!("SELECT sum(packets) FROM {BASE}packets WHERE {condition}"))?;
    Ok(match found.rows.first().and_then(|row| row.first()) {
        Some(teiten_model::table::Value::Int(number)) => *number,
        _ => 0,
    })
}
