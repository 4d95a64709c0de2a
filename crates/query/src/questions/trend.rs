//! How did packets, or the packets of some lines, change over time?
//!
//! A step in which no sensor stored a packet is a gap: it has no row, never a zero. A step in which
//! sensors were alive and a line had no packet is a zero.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::rollup::Grain;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};

use crate::dimension::Dimension;
use crate::error::QueryError;
use crate::ground;
use crate::questions::top::{self, Metric, Top};
use crate::questions::{books, filter_of, withholding};
use crate::session::Session;
use crate::views::quoted;

/// A question for a series.
#[derive(Debug, Clone)]
pub struct Trend {
    /// `hour`, `day`, `week` or `month`.
    pub step: String,
    /// Zone in which days, weeks and months are cut.
    pub zone: String,
    /// One series for each of the busiest lines of a dimension; `None` for one series of all packets.
    pub by: Option<&'static Dimension>,
    /// How many lines.
    pub lines: usize,
}

/// Asks.
///
/// Columns: at, the dimension's name when divided, packets, rate (packets/sensor/day), sources.
pub fn trend(session: &Session, selection: &Selection, trend: &Trend) -> Result<Table, QueryError> {
    let filter = filter_of(session, selection)?;
    let needs: &[&str] = trend.by.map_or(&[], |by| by.needs);
    let is_home = trend.zone == session.store().home_zone_name();
    let step = if trend.step != "hour" && is_home { Grain::Day } else { Grain::Hour };
    let ground = ground::choose(session, selection, filter.as_ref(), needs, step, false)?;
    let at = format!("span_start({}, {}, {})", ground.time, quoted(&trend.step), quoted(&trend.zone));
    let parts: Vec<(&str, &str)> = trend.by.map_or(Vec::new(), |by| by.parts.to_vec());
    if trend.by.is_some_and(|by| by.name == "tag") {
        return Err(QueryError::Question(
            "a series by tag is not one question: ask one tag with -Y 'tag == \"...\"'".to_string(),
        ));
    }
    let keys: String =
        parts.iter().map(|(name, expression)| format!(", {expression} AS key_{name}")).collect();
    let sql = format!(
        "SELECT {at} AS step, sum(packets) AS packets, {} AS sources{keys} FROM {} WHERE {} GROUP BY {}{} ORDER BY 1",
        ground.sources,
        ground.base(),
        ground.condition,
        std::iter::once("1".to_string())
            .chain((0..parts.len()).map(|place| (place + 4).to_string()))
            .collect::<Vec<_>>()
            .join(", "),
        withholding(session),
    );
    let found = session.ask(&sql)?;
    let alive = alive_by_step(session, selection, trend)?;
    let wanted = wanted_lines(session, selection, trend)?;
    let mut cells: BTreeMap<(i64, usize), (i64, i64)> = BTreeMap::new();
    for row in &found.rows {
        let (Value::Time(step), Value::Int(packets), Value::Int(sources)) = (&row[0], &row[1], &row[2])
        else {
            continue;
        };
        let line = trend.by.map_or(Value::Null, |by| top::shown(by, &row[3..]));
        if let Some(place) = wanted.iter().position(|wanted| *wanted == line) {
            let cell = cells.entry((*step, place)).or_default();
            cell.0 += packets;
            cell.1 += sources;
        }
    }
    let mut columns = vec![("at", "")];
    columns.extend(trend.by.map(|by| (by.name, "")));
    columns.extend([("packets", "packets"), ("rate", "packets/sensor/day"), ("sources", "sources")]);
    let mut table = Table::new(&columns);
    let steps: BTreeSet<i64> = alive.keys().copied().chain(cells.keys().map(|(step, _)| *step)).collect();
    for step in steps {
        for (place, line) in wanted.iter().enumerate() {
            let (packets, sources) = cells.get(&(step, place)).copied().unwrap_or_default();
            let mut row = vec![Value::Time(step)];
            if trend.by.is_some() {
                row.push(line.clone());
            }
            let rate = top::rate(packets, alive.get(&step).copied().unwrap_or(0));
            row.extend([Value::Int(packets), rate.map_or(Value::Null, Value::Float), Value::Int(sources)]);
            table.push(row);
        }
    }
    table.origin.push(ground.table.to_string());
    if ground.may_estimate() {
        table.notes.push(super::top::estimate_note());
    }
    table.notes.extend(books::alive(session, selection)?.notes());
    Ok(table)
}

/// The lines to draw: the busiest over the whole range.
fn wanted_lines(session: &Session, selection: &Selection, trend: &Trend) -> Result<Vec<Value>, QueryError> {
    let Some(by) = trend.by else { return Ok(vec![Value::Null]) };
    let question =
        Top { by, metric: Metric::Packets, lines: trend.lines, versus: None, by_change: false, threshold: 0 };
    let top = top::top(session, selection, &question)?;
    Ok(top.rows.into_iter().map(|mut row| row.swap_remove(1)).collect())
}

/// Sensor-hours with packets in each step.
fn alive_by_step(
    session: &Session,
    selection: &Selection,
    trend: &Trend,
) -> Result<BTreeMap<i64, i64>, QueryError> {
    let hours = books::sensor_steps(session, selection, &trend.step, &trend.zone)?;
    Ok(hours
        .rows
        .iter()
        .filter_map(|row| match (&row[0], &row[1]) {
            (Value::Time(step), Value::Int(hours)) => Some((*step, *hours)),
            _ => None,
        })
        .collect())
}
