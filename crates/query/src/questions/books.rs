//! What the books say: totals, sensors alive, inputs, the account.
//!
//! A book that has a line a sensor is for the operator, and for a member as far as its own sensors go.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::interval::Interval;
use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::ground::{self, moment};
use crate::questions::cells::{self, Ask};
use crate::questions::filter_of;
use crate::session::{BASE, Session};
use crate::views::{quoted, quoted_list};
use crate::withhold::{self, Rule};

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
    /// Hours in which any sensor stored a packet.
    pub hours: i64,
    /// Hours in which an address was watched by a sensor that stored a packet, added over addresses; `None` when
    /// the addresses of a sensor are not described.
    pub address_hours: Option<i64>,
}

/// Addresses watched at an hour with packets, on the average.
pub(crate) fn mean_addresses(address_hours: Option<i64>, hours: i64) -> Option<f64> {
    address_hours.filter(|_| hours > 0).map(|of_addresses| of_addresses as f64 / hours as f64)
}

impl Alive {
    /// What a person must know of the coverage.
    pub fn notes(&self) -> Vec<String> {
        if self.silent_hours == 0 {
            return Vec::new();
        }
        vec![format!(
            "{} sensor-hours without a packet are left out of the rates ({} sensors, {} sensor-hours with packets)",
            self.silent_hours, self.sensors, self.sensor_hours
        )]
    }

    /// The same where rates are per address.
    pub(crate) fn notes_per_address(&self) -> Vec<String> {
        let mut notes = self.notes();
        if self.sensor_hours > 0 && self.address_hours.is_none() {
            notes.push(
                "there are no rates per address: the addresses of a sensor are not described, import with --sensors"
                    .to_string(),
            );
        }
        notes
    }
}

/// What was watched in one step of a series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WatchedStep {
    /// Start of the step.
    pub(crate) at: i64,
    /// Sensors that stored a packet.
    pub(crate) sensors: i64,
    /// Of these, those that are not the viewer's own.
    pub(crate) strangers: i64,
    /// As in [`Alive`].
    pub(crate) sensor_hours: i64,
    /// As in [`Alive`].
    pub(crate) hours: i64,
    /// As in [`Alive`].
    pub(crate) address_hours: Option<i64>,
}

pub(crate) fn sensor_condition(selection: &Selection) -> String {
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
pub(crate) fn with_units(mut table: Table, units: &[(&str, &str)]) -> Table {
    for column in &mut table.columns {
        if let Some((_, unit)) = units.iter().find(|(name, _)| *name == column.name) {
            column.unit = (*unit).to_string();
        }
    }
    table
}

fn optional(table: &Table, row: usize, place: usize) -> Option<i64> {
    match table.rows.get(row).and_then(|row| row.get(place)) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}

fn int(table: &Table, row: usize, place: usize) -> i64 {
    optional(table, row, place).unwrap_or(0)
}

/// What a viewer may see of a book that has a line a sensor, as what follows AND.
///
/// # Errors
/// When the viewer has no sensors.
pub(crate) fn own_sensors(session: &Session, others: &[&str]) -> Result<String, QueryError> {
    match session.viewer() {
        Viewer::All => Ok("true".to_string()),
        Viewer::Member { sensors, .. } if !sensors.is_empty() => {
            let mut names = sensors.clone();
            names.extend(others.iter().map(|name| (*name).to_string()));
            Ok(format!("sensor IN ({})", quoted_list(&names)))
        }
        Viewer::Member { .. } | Viewer::Public { .. } => {
            Err(QueryError::Forbidden("you may see your own sensors only".to_string()))
        }
    }
}

/// How much was watched; a filter does not change it.
pub fn alive(session: &Session, selection: &Selection) -> Result<Alive, QueryError> {
    withhold::allow(session, selection)?;
    let sql = format!(
        "SELECT distinct_count(sensor), count(*), max(per_hour), distinct_count(sensor) * \
         coalesce((max(arrow_cast(at, 'Int64')) - min(arrow_cast(at, 'Int64'))) / 3600000000 + 1, 0), \
         CASE WHEN count(addresses) = count(*) THEN sum(addresses) END, count(DISTINCT at) \
         FROM (SELECT sensor, at, addresses, sum(addresses) OVER (PARTITION BY at) AS per_hour FROM \
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
        address_hours: optional(&found, 0, 4),
        hours: int(&found, 0, 5),
    })
}

/// Addresses that were watched in an interval: of each sensor the most, added up.
pub fn addresses(session: &Session, interval: &Interval) -> Result<i64, QueryError> {
    let found = session.ask(&format!(
        "SELECT coalesce(sum(most), 0) FROM (SELECT sensor, max(addresses) AS most FROM {BASE}sensors \
         WHERE sensor <> '-' AND at >= {} AND at < {} GROUP BY sensor)",
        moment(interval.start.0),
        moment(interval.end.0)
    ))?;
    Ok(int(&found, 0, 0))
}

/// All packets of a selection.
///
/// # Errors
/// [`QueryError::Withheld`] when too few sensors stand behind the number for this viewer.
pub fn total(session: &Session, selection: &Selection) -> Result<i64, QueryError> {
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), &[], Grain::Day, false)?;
    let ask = Ask { numbers: vec!["sum(packets)".to_string()], ..Ask::of(&ground, Vec::new(), "") };
    one(session, &ask)
}

/// Distinct sources of a selection, and whether the number is exact.
///
/// # Errors
/// [`QueryError::Withheld`] when too few sensors stand behind the number for this viewer.
pub fn sources(session: &Session, selection: &Selection) -> Result<(i64, bool), QueryError> {
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), &["src", "src6"], Grain::Day, false)?;
    let ask = Ask { numbers: vec![ground.sources.to_string()], ..Ask::of(&ground, Vec::new(), "") };
    Ok((one(session, &ask)?, true))
}

/// The one number of a question without keys.
fn one(session: &Session, ask: &Ask) -> Result<i64, QueryError> {
    let cells = cells::ask(session, ask)?;
    match (cells.first(), Rule::of(session.viewer())) {
        (Some(cell), Some(rule)) if rule.is_small(&cell.strangers) => {
            Err(QueryError::Withheld(rule.sensors_min as u32))
        }
        (Some(cell), _) => Ok(cell.int(0)),
        (None, _) => Ok(0),
    }
}

/// A number, or nothing where it is withheld.
///
/// # Errors
/// Whatever else the question failed with.
pub fn if_seen<T>(number: Result<T, QueryError>) -> Result<Option<T>, QueryError> {
    match number {
        Ok(number) => Ok(Some(number)),
        Err(QueryError::Withheld(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Each sensor: group, region, country, addresses, first and last hour, hours alive, hours silent between, packets.
///
/// # Errors
/// When the viewer has no sensors; a member is told of its own only.
pub fn sensors(session: &Session, selection: &Selection) -> Result<Table, QueryError> {
    let own = own_sensors(session, &[])?;
    withhold::allow(session, selection)?;
    let sql = format!(
        "SELECT sensor, max(sensor_group) AS \"group\", max(region) AS region, max(country) AS country, \
         max(addresses) AS addresses, min(at) AS first, max(at) AS last, count(DISTINCT at) AS hours, \
         (max(arrow_cast(at, 'Int64')) - min(arrow_cast(at, 'Int64'))) / 3600000000 + 1 - count(DISTINCT at) AS silent, \
         sum(packets) AS packets FROM {BASE}sensors WHERE {} AND {own} GROUP BY sensor ORDER BY sensor",
        sensor_condition(selection)
    );
    let units = [("addresses", "addresses"), ("hours", "hours"), ("silent", "hours"), ("packets", "packets")];
    Ok(with_units(session.ask(&sql)?, &units))
}

/// Names and groups of all sensors that stored a packet: (sensor, group); others' sensors have no name.
pub fn names(session: &Session) -> Result<Table, QueryError> {
    let name = match session.viewer() {
        Viewer::All => "sensor".to_string(),
        Viewer::Member { sensors, .. } if !sensors.is_empty() => {
            format!("CASE WHEN sensor IN ({}) THEN sensor END", quoted_list(sensors))
        }
        Viewer::Member { .. } | Viewer::Public { .. } => "CAST(NULL AS varchar)".to_string(),
    };
    session.ask(&format!(
        "SELECT DISTINCT {name} AS sensor, sensor_group AS \"group\" FROM {BASE}sensors WHERE sensor <> '-' \
         ORDER BY 1, 2"
    ))
}

/// The hours in which sensors stored packets, in order: sensor, at, packets.
///
/// # Errors
/// When the viewer has no sensors; a member is told of its own only.
pub fn sensor_hours(session: &Session, selection: &Selection) -> Result<Table, QueryError> {
    let own = own_sensors(session, &[])?;
    withhold::allow(session, selection)?;
    let sql = format!(
        "SELECT sensor, at, sum(packets) AS packets FROM {BASE}sensors WHERE {} AND {own} GROUP BY sensor, at \
         ORDER BY sensor, at",
        sensor_condition(selection)
    );
    session.ask(&sql)
}

/// The account by sensor: received, stored, held, lost, and the reasons.
///
/// # Errors
/// When the viewer has no sensors; a member is told of its own only.
pub fn accounts(session: &Session) -> Result<Table, QueryError> {
    let own = own_sensors(session, &[])?;
    let found = session.ask(&format!(
        "SELECT sensor, coalesce(reason, '') AS reason, sum(received) AS received, sum(stored) AS stored, \
         sum(held) AS held, sum(lost) AS lost FROM {BASE}accounts WHERE {own} GROUP BY 1, 2 ORDER BY 1, 2"
    ))?;
    let units = ["received", "stored", "held", "lost"].map(|name| (name, "packets"));
    Ok(with_units(found, &units))
}

/// What was lost in a time range, by sensor and reason; inputs that reach into the range count whole.
///
/// A member is told of own sensors and of what belongs to none; to the public all sensors are `-` together.
pub fn losses(session: &Session, selection: &Selection) -> Result<Vec<(String, String, u64)>, QueryError> {
    let range = selection.interval.map_or(String::new(), |interval| {
        format!(" AND start < {} AND \"end\" >= {}", moment(interval.end.0), moment(interval.start.0))
    });
    let sensors = match selection.sensors.as_slice() {
        [] => String::new(),
        sensors => format!(" AND sensor IN ('-', {})", quoted_list(sensors)),
    };
    withhold::allow(session, selection)?;
    let (sensor, own) = match session.viewer() {
        Viewer::Public { .. } => ("'-'", "true".to_string()),
        Viewer::All | Viewer::Member { .. } => ("sensor", own_sensors(session, &["-"])?),
    };
    let found = session.ask(&format!(
        "SELECT {sensor} AS whose, reason, sum(lost) FROM {BASE}accounts WHERE lost > 0 AND {own}{range}{sensors} \
         GROUP BY 1, 2 ORDER BY 1, 2"
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

/// Makes one line of the lines of an input: a spool's day has one for each group that it was stored in.
///
/// Hashes are folded as the store folds those of a group: by exclusive or.
fn folded(mut found: Table) -> Table {
    let places = ["input", "hash", "bytes", "packets", "lost", "first", "last", "whole", "imported"]
        .map(|name| found.place(name));
    let [
        Some(input),
        Some(hash),
        Some(bytes),
        Some(packets),
        Some(lost),
        Some(first),
        Some(last),
        Some(whole),
        Some(imported),
    ] = places
    else {
        return found;
    };
    let number = |value: &Value| match value {
        Value::Int(number) | Value::Time(number) => *number,
        _ => 0,
    };
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for row in std::mem::take(&mut found.rows) {
        let Value::Text(name) = &row[input] else { continue };
        let Some(place) = known.get(name).copied() else {
            known.insert(name.clone(), rows.len());
            rows.push(row);
            continue;
        };
        let line = &mut rows[place];
        let is_empty = |row: &[Value]| number(&row[packets]) == 0;
        if is_empty(line) && !is_empty(&row) {
            (line[first], line[last]) = (row[first].clone(), row[last].clone());
        } else if !is_empty(&row) {
            line[first] = Value::Time(number(&line[first]).min(number(&row[first])));
            line[last] = Value::Time(number(&line[last]).max(number(&row[last])));
        }
        for sum in [bytes, packets, lost] {
            line[sum] = Value::Int(number(&line[sum]) + number(&row[sum]));
        }
        line[whole] = Value::Int(number(&line[whole]).min(number(&row[whole])));
        line[imported] = Value::Time(number(&line[imported]).max(number(&row[imported])));
        if let (Value::Text(mine), Value::Text(theirs)) = (&line[hash], &row[hash]) {
            line[hash] = Value::Text(both(mine, theirs));
        }
    }
    found.rows = rows;
    found
}

/// Two hashes in hexadecimal, folded by exclusive or.
fn both(mine: &str, theirs: &str) -> String {
    let digit = |letter: char| letter.to_digit(16).unwrap_or(0);
    mine.chars()
        .zip(theirs.chars())
        .filter_map(|(mine, theirs)| char::from_digit(digit(mine) ^ digit(theirs), 16))
        .collect()
}

/// Columns of the book of inputs that tell how much a sensor saw, and when, or where its captures lie.
const INPUT_TELLS: [&str; 6] = ["name", "bytes", "packets", "lost", "first", "last"];

/// Every input that was stored, in the order of its first packet; of inputs that are not of own sensors alone
/// a viewer is told what they are and under which editions they were read, not how much is in them.
pub fn inputs(session: &Session) -> Result<Table, QueryError> {
    let mut found = folded(session.ask(&format!("SELECT * FROM {BASE}inputs ORDER BY first, name, input"))?);
    if *session.viewer() != Viewer::All {
        let own = match session.viewer() {
            Viewer::Member { sensors, .. } if !sensors.is_empty() => own_inputs(session, sensors)?,
            _ => BTreeSet::new(),
        };
        let identifier = found.place("input");
        let tells: Vec<usize> = INPUT_TELLS.iter().filter_map(|name| found.place(name)).collect();
        for row in &mut found.rows {
            let is_own = identifier
                .and_then(|place| if let Value::Text(input) = &row[place] { Some(input) } else { None })
                .is_some_and(|input| own.contains(input));
            for place in tells.iter().filter(|_| !is_own) {
                row[*place] = Value::Null;
            }
        }
        // The order by first packet would tell a part of what was taken out.
        found.rows.sort_by_cached_key(|row| identifier.map(|place| cells::order(&row[place..=place])));
    }
    Ok(with_units(found, &[("bytes", "bytes"), ("packets", "packets"), ("lost", "packets")]))
}

/// Inputs of these sensors alone.
fn own_inputs(session: &Session, sensors: &[String]) -> Result<BTreeSet<String>, QueryError> {
    let own = quoted_list(sensors);
    let found = session.ask(&format!(
        "SELECT input FROM {BASE}accounts GROUP BY input HAVING bool_and(sensor IN ({own}, '-')) \
         AND bool_or(sensor IN ({own}))"
    ))?;
    let name = |row: Vec<Value>| match row.into_iter().next() {
        Some(Value::Text(input)) => Some(input),
        _ => None,
    };
    Ok(found.rows.into_iter().filter_map(name).collect())
}

/// How many inputs say that their packets are synthetic, and how many inputs there are.
pub fn synthetic(session: &Session) -> Result<(i64, i64), QueryError> {
    let mark = teiten_model::synthetic::SYNTHETIC;
    let found = session.ask(&format!(
        "SELECT distinct_count(CASE WHEN kind = '{mark}' THEN input END), distinct_count(input) FROM {BASE}inputs"
    ))?;
    Ok((int(&found, 0, 0), int(&found, 0, 1)))
}

/// First and last packet of the store; `None` when it is empty.
pub fn span(session: &Session) -> Result<Option<(i64, i64)>, QueryError> {
    let found = session.ask(&format!("SELECT min(first), max(last) FROM {BASE}inputs WHERE packets > 0"))?;
    match found.rows.first().map(Vec::as_slice) {
        Some([Value::Time(first), Value::Time(last)]) => Ok(Some((*first, *last))),
        _ => Ok(None),
    }
}

/// What was watched in each step of a series, in order; a step without any packet is not there.
pub(crate) fn watched_steps(
    session: &Session,
    selection: &Selection,
    step: &str,
    zone: &str,
) -> Result<Vec<WatchedStep>, QueryError> {
    withhold::allow(session, selection)?;
    let stranger = Rule::of(session.viewer()).map_or("sensor".to_string(), |rule| rule.stranger());
    let found = session.ask(&format!(
        "SELECT span_start(at, {}, {}) AS step, distinct_count(sensor), distinct_count(stranger), count(*), \
         CASE WHEN count(addresses) = count(*) THEN sum(addresses) END, count(DISTINCT at) FROM (SELECT sensor, at, \
         {stranger} AS stranger, max(addresses) AS addresses FROM {BASE}sensors WHERE {} GROUP BY 1, 2, 3) GROUP BY 1 ORDER BY 1",
        quoted(step),
        quoted(zone),
        sensor_condition(selection)
    ))?;
    let steps = (0..found.rows.len()).filter_map(|row| match found.rows[row][0] {
        Value::Time(at) => Some(WatchedStep {
            at,
            sensors: int(&found, row, 1),
            strangers: int(&found, row, 2),
            sensor_hours: int(&found, row, 3),
            address_hours: optional(&found, row, 4),
            hours: int(&found, row, 5),
        }),
        _ => None,
    });
    Ok(steps.collect())
}

/// Hours of sensors and of addresses by step and place: the key is (step, place), the place an expression over
/// the book of sensors.
pub(crate) fn watched_places(
    session: &Session,
    selection: &Selection,
    step: &str,
    zone: &str,
    place: &str,
) -> Result<BTreeMap<cells::Key, (i64, Option<i64>)>, QueryError> {
    withhold::allow(session, selection)?;
    let found = session.ask(&format!(
        "SELECT span_start(at, {}, {}) AS step, place, count(*), CASE WHEN count(addresses) = count(*) THEN \
         sum(addresses) END FROM (SELECT sensor, at, {place} AS place, max(addresses) AS addresses FROM \
         {BASE}sensors WHERE {} GROUP BY 1, 2, 3) GROUP BY 1, 2",
        quoted(step),
        quoted(zone),
        sensor_condition(selection)
    ))?;
    Ok((0..found.rows.len())
        .map(|row| (cells::order(&found.rows[row][..2]), (int(&found, row, 2), optional(&found, row, 3))))
        .collect())
}

/// Whether every input that reaches into a selection's time was read with a list of open scanners at hand.
pub(crate) fn have_scanner_lists(session: &Session, selection: &Selection) -> Result<bool, QueryError> {
    let range = selection.interval.map_or(String::new(), |interval| {
        format!(" AND first < {} AND last >= {}", moment(interval.end.0), moment(interval.start.0))
    });
    let found = session.ask(&format!(
        "SELECT count(*) FROM {BASE}inputs WHERE packets > 0 AND NOT contains(coalesce(data, ''), 'scanner='){range}"
    ))?;
    Ok(int(&found, 0, 0) == 0)
}

/// Sensors whose site's country is said, and that country.
pub(crate) fn countries(session: &Session) -> Result<Vec<(String, String)>, QueryError> {
    let found = session.ask(&format!(
        "SELECT sensor, max(country) FROM {BASE}sensors WHERE sensor <> '-' AND country IS NOT NULL \
         GROUP BY 1 ORDER BY 1"
    ))?;
    Ok(found
        .rows
        .into_iter()
        .filter_map(|row| match <[Value; 2]>::try_from(row) {
            Ok([Value::Text(sensor), Value::Text(country)]) => Some((sensor, country)),
            _ => None,
        })
        .collect())
}
