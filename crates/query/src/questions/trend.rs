//! How did packets, or the packets of some lines, change over time?
//!
//! A step in which no sensor stored a packet is a gap: it has no row, never a zero. A step in which
//! sensors were alive and a line had no packet is a zero. What a viewer may not see has no number, and a
//! note says how many there are.

use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};

use crate::dimension::Dimension;
use crate::error::QueryError;
use crate::label;
use crate::questions::books;
use crate::questions::series::{self, Series};
use crate::questions::top;
use crate::session::Session;

/// A question for a series.
#[derive(Debug, Clone)]
pub struct Trend {
    /// `hour`, `day`, `week`, `month` or `year`.
    pub step: String,
    /// Zone in which days, weeks and months are cut.
    pub zone: String,
    /// One series for each of the busiest lines of a dimension; `None` for one series of all packets.
    pub by: Option<&'static Dimension>,
    /// How many lines.
    pub lines: usize,
    /// Whether sources are left out, which cost more to count than packets: for a drawing of packets.
    pub without_sources: bool,
}

/// Asks.
///
/// Columns: at, the dimension's name when divided, packets, rate (packets/sensor/day), sources unless they are left
/// out, and sensors for a viewer from whom small cells are withheld.
pub fn trend(session: &Session, selection: &Selection, trend: &Trend) -> Result<Table, QueryError> {
    if trend.by.is_some_and(|by| by.name == "tag") {
        return Err(QueryError::Question(
            "a series by tag is not one question: ask one tag with -Y 'tag == \"...\"'".to_string(),
        ));
    }
    let lines = match trend.by {
        None => Vec::new(),
        Some(by) => top::keys(session, selection, by, trend.lines)?,
    };
    let keys =
        trend.by.map_or(&[][..], |by| by.parts).iter().map(|(_, expression)| (*expression).to_string());
    let drawn = series::draw(
        session,
        selection,
        &Series {
            step: &trend.step,
            zone: &trend.zone,
            needs: trend.by.map_or(&[], |by| by.needs),
            keys: keys.collect(),
            lines: lines.clone(),
            is_bare: trend.without_sources,
            ..Series::default()
        },
    )?;
    let has_sensors = *session.viewer() != teiten_model::selection::Viewer::All;
    let mut columns = vec![("at", "")];
    columns.extend(trend.by.map(|by| (by.name, "")));
    columns.extend([("packets", "packets"), ("rate", "packets/sensor/day")]);
    columns.extend((!trend.without_sources).then_some(("sources", "sources")));
    columns.extend(has_sensors.then_some(("sensors", "sensors")));
    let mut table = Table::new(&columns);
    for point in &drawn.points {
        let step = &drawn.steps[point.step];
        let mut row = vec![Value::Time(step.at)];
        row.extend(trend.by.map(|by| label::line(by, &lines[point.line])));
        let rate = point.packets.and_then(|packets| top::rate(packets, step.sensor_hours));
        row.extend([point.packets(), rate.map_or(Value::Null, Value::Float)]);
        row.extend((!trend.without_sources).then(|| point.sources()));
        row.extend(has_sensors.then(|| point.sensors()));
        table.push(row);
    }
    table.origin.push(drawn.origin);
    table.notes.extend(drawn.notes);
    table.notes.extend(books::alive(session, selection)?.notes());
    Ok(table)
}
