//! What the books say: totals, sensors alive, inputs, the account.

use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::ground::{self, moment};
use crate::questions::filter_of;
use crate::session::{BASE, Session};
use crate::views::quoted_list;

/// How much was watched in a time range.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alive {
    /// Sensors that stored at least one packet.
    pub sensors: i64,
    /// Hours in which a sensor stored at least one packet, added over sensors.
    pub sensor_hours: i64,
    /// Hours of the range in which no sensor did, added over sensors, from the first to the last packet.
    pub silent_hours: i64,
    /// The most addresses watched at one hour.
    pub addresses: i64,
}

impl Alive {
    /// What a person must know of the coverage.
    pub(crate) fn notes(&self) -> Vec<String> {
        if self.silent_hours == 0 {
            return Vec::new();
        }
        vec![format!(
            "{} sensor-hours without a packet are left out of the rates ({} sensors, {} sensor-hours with packets)",
            self.silent_hours, self.sensors, self.sensor_hours
        )]
    }
}

fn sensor_condition(selection: &Selection) -> String {
    let mut all = vec!["sensor <> '-'".to_string()];
    if let Some(interval) = &selection.interval {
        let hour = teiten_model::interval::HOUR_US;
        all.push(format!("at >= {}", moment(interval.start.0.div_euclid(hour) * hour)));
        all.push(format!("at < {}", moment(interval.end.0)));
    }
    if !selection.sensors.is_empty() {
        all.push(format!("sensor IN ({})", quoted_list(&selection.sensors)));
    }
    if !selection.groups.is_empty() {
        all.push(format!("sensor_group IN ({})", quoted_list(&selection.groups)));
    }
    all.join(" AND ")
}

/// Gives columns of that name their unit, which the engine does not know.
fn with_units(mut table: Table, units: &[(&str, &str)]) -> Table {
    for column in &mut table.columns {
        if let Some((_, unit)) = units.iter().find(|(name, _)| *name == column.name) {
            column.unit = (*unit).to_string();
        }
    }
    table
}

fn int(table: &Table, row: usize, place: usize) -> i64 {
    match table.rows.get(row).and_then(|row| row.get(place)) {
        Some(Value::Int(number)) => *number,
        _ => 0,
    }
}

/// How much was watched; a filter does not change it.
pub fn alive(session: &Session, selection: &Selection) -> Result<Alive, QueryError> {
    let sql = format!(
        "SELECT count(DISTINCT sensor), count(*), max(per_hour), count(DISTINCT sensor) * \
         coalesce((max(arrow_cast(at, 'Int64')) - min(arrow_cast(at, 'Int64'))) / 3600000000 + 1, 0) \
         FROM (SELECT sensor, at, sum(addresses) OVER (PARTITION BY at) AS per_hour FROM \
         (SELECT sensor, at, max(addresses) AS addresses FROM {BASE}sensors WHERE {} GROUP BY sensor, at))",
        sensor_condition(selection)
    );
    let found = session.ask(&sql)?;
    let (sensors, sensor_hours) = (int(&found, 0, 0), int(&found, 0, 1));
    Ok(Alive {
        sensors,
        sensor_hours,
        silent_hours: int(&found, 0, 3) - sensor_hours,
        addresses: int(&found, 0, 2),
    })
}

/// All packets of a selection.
pub fn total(session: &Session, selection: &Selection) -> Result<i64, QueryError> {
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), &[], Grain::Day, false)?;
    let sql = format!("SELECT sum(packets) FROM {} WHERE {}", ground.base(), ground.condition);
    Ok(int(&session.ask(&sql)?, 0, 0))
}

/// Distinct sources of a selection, and whether the number is exact.
pub fn sources(session: &Session, selection: &Selection) -> Result<(i64, bool), QueryError> {
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), &["src", "src6"], Grain::Day, false)?;
    let sql = format!("SELECT {} FROM {} WHERE {}", ground.sources, ground.base(), ground.condition);
    Ok((int(&session.ask(&sql)?, 0, 0), true))
}

/// Each sensor: group, region, country, addresses, first and last hour, hours alive, hours silent between, packets.
///
/// # Errors
/// When the viewer has no sensors; a member is told of its own only.
pub fn sensors(session: &Session, selection: &Selection) -> Result<Table, QueryError> {
    let own = match session.viewer() {
        Viewer::All => String::new(),
        Viewer::Member { sensors, .. } if !sensors.is_empty() => {
            format!(" AND sensor IN ({})", quoted_list(sensors))
        }
        Viewer::Member { .. } | Viewer::Public { .. } => {
            return Err(QueryError::Forbidden("you may see your own sensors only".to_string()));
        }
    };
    let sql = format!(
        "SELECT sensor, max(sensor_group) AS \"group\", max(region) AS region, max(country) AS country, \
         max(addresses) AS addresses, min(at) AS first, max(at) AS last, count(DISTINCT at) AS hours, \
         (max(arrow_cast(at, 'Int64')) - min(arrow_cast(at, 'Int64'))) / 3600000000 + 1 - count(DISTINCT at) AS silent, \
         sum(packets) AS packets FROM {BASE}sensors WHERE {}{own} GROUP BY sensor ORDER BY sensor",
        sensor_condition(selection)
    );
    let units = [("addresses", "addresses"), ("hours", "hours"), ("silent", "hours"), ("packets", "packets")];
    Ok(with_units(session.ask(&sql)?, &units))
}

/// Names and groups of all sensors that stored a packet: (sensor, group).
pub fn names(session: &Session) -> Result<Table, QueryError> {
    session.ask(&format!(
        "SELECT DISTINCT sensor, sensor_group AS \"group\" FROM {BASE}sensors WHERE sensor <> '-' ORDER BY 1, 2"
    ))
}

/// The hours in which one sensor stored packets, in order.
pub fn sensor_hours(session: &Session, selection: &Selection) -> Result<Table, QueryError> {
    let sql = format!(
        "SELECT sensor, at, sum(packets) AS packets FROM {BASE}sensors WHERE {} GROUP BY sensor, at ORDER BY sensor, at",
        sensor_condition(selection)
    );
    session.ask(&sql)
}

/// The account by sensor: received, stored, held, lost, and the reasons.
pub fn accounts(session: &Session) -> Result<Table, QueryError> {
    let found = session.ask(&format!(
        "SELECT sensor, coalesce(reason, '') AS reason, sum(received) AS received, sum(stored) AS stored, \
         sum(held) AS held, sum(lost) AS lost FROM {BASE}accounts GROUP BY 1, 2 ORDER BY 1, 2"
    ))?;
    let units = ["received", "stored", "held", "lost"].map(|name| (name, "packets"));
    Ok(with_units(found, &units))
}

/// What was lost in a time range, by sensor and reason; inputs that reach into the range count whole.
pub fn losses(session: &Session, selection: &Selection) -> Result<Vec<(String, String, u64)>, QueryError> {
    let range = selection.interval.map_or(String::new(), |interval| {
        format!(" AND start < {} AND \"end\" >= {}", moment(interval.end.0), moment(interval.start.0))
    });
    let sensors = match selection.sensors.as_slice() {
        [] => String::new(),
        sensors => format!(" AND sensor IN ('-', {})", quoted_list(sensors)),
    };
    let found = session.ask(&format!(
        "SELECT sensor, reason, sum(lost) FROM {BASE}accounts WHERE lost > 0{range}{sensors} \
         GROUP BY sensor, reason ORDER BY sensor, reason"
    ))?;
    Ok(found
        .rows
        .iter()
        .filter_map(|row| match (&row[0], &row[1], &row[2]) {
            (Value::Text(sensor), Value::Text(reason), Value::Int(lost)) => {
                Some((sensor.clone(), reason.clone(), lost.unsigned_abs()))
            }
            _ => None,
        })
        .collect())
}

/// Every input that was stored, in the order of its first packet.
pub fn inputs(session: &Session) -> Result<Table, QueryError> {
    let found = session.ask(&format!("SELECT * FROM {BASE}inputs ORDER BY first, name, input"))?;
    Ok(with_units(found, &[("bytes", "bytes"), ("packets", "packets"), ("lost", "packets")]))
}

/// First and last packet of the store; `None` when it is empty.
pub fn span(session: &Session) -> Result<Option<(i64, i64)>, QueryError> {
    let found = session.ask(&format!("SELECT min(first), max(last) FROM {BASE}inputs WHERE packets > 0"))?;
    match found.rows.first().map(Vec::as_slice) {
        Some([Value::Time(first), Value::Time(last)]) => Ok(Some((*first, *last))),
        _ => Ok(None),
    }
}

/// Sensor-hours with packets in each step of a series: (start of the step, hours).
pub(crate) fn sensor_steps(
    session: &Session,
    selection: &Selection,
    step: &str,
    zone: &str,
) -> Result<Table, QueryError> {
    use crate::views::quoted;
    session.ask(&format!(
        "SELECT span_start(at, {}, {}) AS step, count(*) AS hours FROM (SELECT DISTINCT sensor, at FROM \
         {BASE}sensors WHERE {}) GROUP BY 1 ORDER BY 1",
        quoted(step),
        quoted(zone),
        sensor_condition(selection)
    ))
}
