//! How many packets reached one address on one day, from how many sources, and what rose most?
//!
//! Packets are divided by the addresses that were watched: hours of an address under a sensor that stored a
//! packet, added over addresses and divided by 24. So a period in which addresses came and went is
//! comparable with another, and hours without a packet are left out as in all rates.

use teiten_model::interval::Interval;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, TableColumn, Value};

use crate::dimension::Dimension;
use crate::error::QueryError;
use crate::questions::books;
use crate::questions::figures::{self, Figure};
use crate::questions::series::{self, Drawn, Series};
use crate::questions::top::{self, Metric, Top, top};
use crate::session::Session;

fn days(session: &Session, selection: &Selection, zone: &str) -> Result<Drawn, QueryError> {
    let series = Series { step: "day", zone, needs: &["src", "src6"], ..Series::default() };
    series::draw(session, selection, &series)
}

/// The mean of the days' numbers; `None` when one of them is withheld, or there is no day.
fn mean(numbers: impl Iterator<Item = Option<i64>>) -> Option<f64> {
    let numbers: Vec<i64> = numbers.collect::<Option<_>>()?;
    (!numbers.is_empty()).then(|| numbers.iter().sum::<i64>() as f64 / numbers.len() as f64)
}

fn figures_of(session: &Session, selection: &Selection, zone: &str) -> Result<Vec<Figure>, QueryError> {
    let drawn = days(session, selection, zone)?;
    let alive = books::alive(session, selection)?;
    let packets = books::if_seen(books::total(session, selection))?;
    let figure = |name, unit, now| Figure { name, unit, now, before: None };
    let watched = (!drawn.steps.is_empty()).then_some(drawn.steps.len() as f64);
    let addresses = books::mean_addresses(alive.address_hours, alive.hours);
    let per = |hours: Option<i64>| packets.zip(hours).and_then(|(packets, hours)| top::rate(packets, hours));
    Ok(vec![
        figure("packets-per-address", "packets/address/day", per(alive.address_hours)),
        figure("packets-per-sensor", "packets/sensor/day", per(Some(alive.sensor_hours))),
        figure("sources-per-day", "sources/day", mean(drawn.points.iter().map(|point| point.sources))),
        figure("packets", "packets", packets.map(|packets| packets as f64)),
        figure("addresses", "addresses", addresses),
        figure("sensors", "sensors", Some(alive.sensors as f64)),
        figure("days", "days", watched),
    ])
}

/// The head numbers of a period, beside those of another.
///
/// Rows: packets-per-address, packets-per-sensor, sources-per-day (mean of the days with packets), packets,
/// addresses (mean of the hours with packets), sensors, days. Columns: figure, unit, now; and with a period to compare
/// with: before, difference, change (%).
pub fn figures(
    session: &Session,
    selection: &Selection,
    zone: &str,
    versus: Option<Interval>,
) -> Result<Table, QueryError> {
    let now = figures_of(session, selection, zone)?;
    let before = versus
        .map(|interval| {
            figures_of(session, &Selection { interval: Some(interval), ..selection.clone() }, zone)
        })
        .transpose()?;
    let drawn = days(session, selection, zone)?;
    let mut table = figures::table(&figures::beside(now, before), versus.is_some());
    table.notes.extend(drawn.notes);
    table.notes.extend(books::alive(session, selection)?.notes_per_address());
    table.origin = vec![drawn.origin, "sensors".to_string()];
    Ok(table)
}

/// Packets and sources of each step, and the packets that one address got a day.
///
/// Columns: at, packets, addresses (mean of the step), rate (packets/address/day), sources, sensors (where
/// counted).
pub fn per_step(
    session: &Session,
    selection: &Selection,
    step: &str,
    zone: &str,
) -> Result<Table, QueryError> {
    let series = Series { step, zone, needs: &["src", "src6"], ..Series::default() };
    let drawn = series::draw(session, selection, &series)?;
    let mut columns = vec![
        ("at", ""),
        ("packets", "packets"),
        ("addresses", "addresses"),
        ("rate", "packets/address/day"),
        ("sources", "sources"),
    ];
    columns.extend(drawn.has_sensors.then_some(("sensors", "sensors")));
    let mut table = Table::new(&columns);
    for point in &drawn.points {
        let watched = &drawn.steps[point.step];
        let addresses = books::mean_addresses(watched.address_hours, watched.hours);
        let rate =
            point.packets.zip(watched.address_hours).and_then(|(packets, hours)| top::rate(packets, hours));
        let float = |number: Option<f64>| number.map_or(Value::Null, Value::Float);
        let mut row = vec![Value::Time(watched.at), point.packets(), float(addresses), float(rate)];
        row.push(point.sources());
        row.extend(drawn.has_sensors.then(|| point.sensors()));
        table.push(row);
    }
    table.notes.extend(drawn.notes);
    table.notes.extend(books::alive(session, selection)?.notes_per_address());
    table.origin = vec![drawn.origin, "sensors".to_string()];
    Ok(table)
}

/// Ports, countries or another dimension by packets per address and day.
///
/// Columns: as [`top()`] gives them, with rate and before in packets/address/day, and with a period to compare
/// with: difference (packets/address/day).
pub fn ranking(
    session: &Session,
    selection: &Selection,
    by: &'static Dimension,
    lines: usize,
    versus: Option<Interval>,
) -> Result<Table, QueryError> {
    let question = Top { metric: Metric::PerAddress, versus, ..Top::of(by, lines) };
    Ok(with_difference(top(session, selection, &question)?))
}

/// What rose most against another period, by packets per address and day.
///
/// Columns: as in [`ranking`]. A line that was withheld before is not among them.
pub fn risers(
    session: &Session,
    selection: &Selection,
    by: &'static Dimension,
    lines: usize,
    versus: Interval,
) -> Result<Table, QueryError> {
    let question =
        Top { metric: Metric::PerAddress, versus: Some(versus), by_change: true, ..Top::of(by, usize::MAX) };
    let mut table = with_difference(top(session, selection, &question)?);
    let place = table.place("difference");
    table
        .rows
        .retain(|row| matches!(place.map(|place| &row[place]), Some(Value::Float(rise)) if *rise > 0.0));
    table.rows.truncate(lines);
    Ok(table)
}

/// Adds what a rate gained or lost, where the table has one of before.
fn with_difference(mut table: Table) -> Table {
    let (Some(rate), Some(before)) = (table.place("rate"), table.place("before")) else { return table };
    table
        .columns
        .push(TableColumn { name: "difference".to_string(), unit: "packets/address/day".to_string() });
    for row in &mut table.rows {
        let difference = match (&row[rate], &row[before]) {
            (Value::Float(now), Value::Float(before)) => Value::Float(now - before),
            _ => Value::Null,
        };
        row.push(difference);
    }
    table
}
