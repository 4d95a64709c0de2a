//! What is stored of an interval, row by row: for making rows again.
//!
//! **Invariant:** packets that belong to no sensor are among them: nothing is left out.

use teiten_model::columns::PacketColumns;
use teiten_model::interval::{Day, Interval, Timestamp};
use teiten_model::selection::Viewer;

use crate::answer;
use crate::error::QueryError;
use crate::ground::moment;
use crate::session::{BASE, Session};
use crate::views::quoted;

/// Rows of an interval, as what follows WHERE.
fn within(interval: Interval) -> String {
    let days = [interval.start, Timestamp(interval.end.0 - 1)].map(|at| quoted(&Day::of(at).to_string()));
    format!(
        "day >= {} AND day <= {} AND ts >= {} AND ts < {}",
        days[0],
        days[1],
        moment(interval.start.0),
        moment(interval.end.0)
    )
}

fn allow(session: &Session) -> Result<(), QueryError> {
    match session.viewer() {
        Viewer::All => Ok(()),
        Viewer::Member { .. } | Viewer::Public { .. } => {
            Err(QueryError::Forbidden("rows are made again by the operator: leave --as out".to_string()))
        }
    }
}

/// Hands over the names of inputs that have rows in an interval, in order.
///
/// # Errors
/// When the viewer is not the operator.
pub fn inputs(session: &Session, interval: Interval) -> Result<Vec<String>, QueryError> {
    allow(session)?;
    let sql = format!("SELECT DISTINCT input FROM {BASE}packets WHERE {} ORDER BY 1", within(interval));
    let mut inputs = Vec::new();
    session.each(&sql, |batch| {
        let table = answer::table(&[batch], vec!["input".to_string()])?;
        inputs.extend(table.rows.into_iter().filter_map(|row| match row.into_iter().next() {
            Some(teiten_model::table::Value::Text(input)) => Some(input),
            _ => None,
        }));
        Ok(())
    })?;
    Ok(inputs)
}

/// Hands over columns of the rows of an interval in blocks, in no order; of one input, or of all.
///
/// # Errors
/// When the viewer is not the operator.
pub fn rows(
    session: &Session,
    interval: Interval,
    input: Option<&str>,
    columns: &[&str],
    mut take: impl FnMut(&PacketColumns) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    allow(session)?;
    let of_input = input.map_or(String::new(), |input| format!(" AND input = {}", quoted(input)));
    let sql =
        format!("SELECT {} FROM {BASE}packets WHERE {}{of_input}", columns.join(", "), within(interval));
    let mut block = PacketColumns::default();
    session.each(&sql, |batch| {
        teiten_store::rows::from_batch(&batch, &mut block)?;
        take(&block)
    })
}
