//! What is known of live sensors: hours observed, interruptions, last contact, losses; and the whole balance.
//!
//! **Invariant:** what nobody observed has bounds and no number of packets.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::interval::{HOUR_US, Interval};
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};

use crate::answer;
use crate::error::QueryError;
use crate::ground::moment;
use crate::questions::books::{own_sensors, sensor_condition, with_units};
use crate::session::{BASE, Session};
use crate::views::quoted_list;
use crate::withhold;

/// The least part of an hour that makes it observed, in microseconds.
const HALF_HOUR_US: i64 = HOUR_US / 2;

/// The account of everything that is stored, beside the rows that there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// Frames received.
    pub received: i64,
    /// Frames stored.
    pub stored: i64,
    /// Frames lost.
    pub lost: i64,
    /// Frames held.
    pub held: i64,
    /// Rows of the table of packets.
    pub rows: i64,
    /// Rows that expired.
    pub expired: i64,
}

impl Balance {
    /// What is wrong with it, in a sentence.
    pub fn fault(&self) -> Option<String> {
        let Balance { received, stored, lost, held, rows, expired } = self;
        if *received != stored + lost + held {
            return Some(format!(
                "the account does not balance: received {received}, stored {stored} + lost {lost} + held {held}"
            ));
        }
        (*stored != rows + expired).then(|| match expired {
            0 => format!("the account has {stored} frames as stored, the table of packets {rows} rows"),
            _ => format!(
                "the account has {stored} frames as stored, the table of packets {rows} rows and {expired} expired"
            ),
        })
    }
}

/// The balance of the whole store.
///
/// # Errors
/// When the store cannot be read.
pub fn balance(session: &Session) -> Result<Balance, QueryError> {
    let found = session.ask(&format!(
        "SELECT coalesce(sum(received), 0), coalesce(sum(stored), 0), coalesce(sum(lost), 0), coalesce(sum(held), 0), \
         (SELECT count(*) FROM {BASE}packets) FROM {BASE}accounts"
    ))?;
    let number = |place: usize| match found.rows.first().and_then(|row| row.get(place)) {
        Some(Value::Int(number)) => *number,
        _ => 0,
    };
    Ok(Balance {
        received: number(0),
        stored: number(1),
        lost: number(2),
        held: number(3),
        rows: number(4),
        expired: session.expired()?.packets.rows as i64,
    })
}

/// Each live sensor, by name: sensor, observed and unobserved (hours), lost (packets), clock offset (milliseconds),
/// observed until, stored last, batches.
///
/// # Errors
/// When the viewer has no sensors; a member is told of its own only.
pub fn sensors(session: &Session, selection: &Selection) -> Result<Table, QueryError> {
    let own = own_sensors(session, &[])?;
    withhold::allow(session, selection)?;
    let hours = sensor_condition(&Selection { groups: Vec::new(), ..selection.clone() });
    let inside = overlap(selection);
    let named = named(selection);
    let found = session.ask(&format!(
        "SELECT newest.sensor, coalesce(observed.us, 0) / 3600000000.0 AS observed, \
         coalesce(broken.us, 0) / 3600000000.0 AS unobserved, coalesce(account.lost, 0) AS lost, \
         newest.clock_offset / 1000.0 AS clock_offset, newest.sealed AS until, newest.stored AS stored, \
         coalesce(observed.batches, 0) AS batches FROM \
         (SELECT sensor, clock_offset, sealed, stored, row_number() OVER (PARTITION BY sensor ORDER BY stored DESC, \
         batch DESC) AS place FROM {BASE}spools WHERE {own}{named}) newest \
         LEFT JOIN (SELECT sensor, sum(observed) AS us, sum(batches) AS batches FROM {BASE}sensor_hours WHERE {hours} \
         GROUP BY 1) observed ON observed.sensor = newest.sensor \
         LEFT JOIN (SELECT sensor, sum(arrow_cast(\"end\", 'Int64') - arrow_cast(start, 'Int64')) AS us FROM \
         {BASE}interruptions WHERE kind = 'unobserved'{inside} GROUP BY 1) broken ON broken.sensor = newest.sensor \
         LEFT JOIN (SELECT sensor, sum(lost) AS lost FROM {BASE}accounts WHERE true{inside} GROUP BY 1) account \
         ON account.sensor = newest.sensor WHERE newest.place = 1 ORDER BY 1"
    ))?;
    let units = [
        ("observed", "hours"),
        ("unobserved", "hours"),
        ("lost", "packets"),
        ("clock_offset", "ms"),
        ("batches", "batches"),
    ];
    Ok(with_units(found, &units))
}

/// Rows of an interval that reach into a selection's time, as what follows a condition.
fn overlap(selection: &Selection) -> String {
    selection.interval.map_or(String::new(), |interval| {
        format!(" AND start < {} AND \"end\" > {}", moment(interval.end.0), moment(interval.start.0))
    })
}

fn named(selection: &Selection) -> String {
    match selection.sensors.as_slice() {
        [] => String::new(),
        sensors => format!(" AND sensor IN ({})", quoted_list(sensors)),
    }
}

/// Times that were not observed, and batches that were given up, in the order of time.
///
/// # Errors
/// When the viewer has no sensors; a member is told of its own only.
pub fn interruptions(session: &Session, selection: &Selection) -> Result<Table, QueryError> {
    let own = own_sensors(session, &[])?;
    withhold::allow(session, selection)?;
    let found = session.ask(&format!(
        "SELECT sensor, kind, cause, start, \"end\", (arrow_cast(\"end\", 'Int64') - arrow_cast(start, 'Int64')) / 1000000.0 \
         AS length, lost, first_batch, last_batch FROM {BASE}interruptions WHERE {own}{}{} ORDER BY start, sensor, first_batch",
        named(selection),
        overlap(selection)
    ))?;
    Ok(with_units(found, &[("length", "s"), ("lost", "packets")]))
}

/// Hours of an interval in which live sensors observed at least half an hour, by sensor.
pub(crate) fn observed(
    session: &Session,
    interval: Interval,
) -> Result<BTreeMap<String, BTreeSet<i64>>, QueryError> {
    let mut hours: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    let sql = format!(
        "SELECT sensor, at FROM {BASE}sensor_hours WHERE at >= {} AND at < {} GROUP BY 1, 2 \
         HAVING sum(observed) >= {HALF_HOUR_US} ORDER BY 1, 2",
        moment(interval.start.0),
        moment(interval.end.0)
    );
    session.each(&sql, |batch| {
        for row in answer::table(&[batch], vec!["sensor".to_string(), "at".to_string()])?.rows {
            if let [Value::Text(sensor), Value::Time(at)] = row.as_slice() {
                hours.entry(sensor.clone()).or_default().insert(*at);
            }
        }
        Ok(())
    })?;
    Ok(hours)
}

/// The newest packet that a question sees: when it arrived.
///
/// # Errors
/// When the store cannot be read.
pub fn newest(session: &Session) -> Result<Option<i64>, QueryError> {
    let found = session.ask(&format!("SELECT max(last) FROM {BASE}inputs WHERE packets > 0"))?;
    Ok(match found.rows.first().and_then(|row| row.first()) {
        Some(Value::Time(at)) => Some(*at),
        _ => None,
    })
}
