//! How many distinct hosts sent, day by day, and to which ports and from which countries did most of them?
//!
//! A host is a distinct source address; addresses change hands and are forged, so it is no device. The
//! number of all hosts is exact, because the book of sources names each; those of ports and countries are
//! estimates where they come from sketches.

use std::collections::BTreeMap;

use teiten_model::interval::Interval;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};

use crate::dimension::Dimension;
use crate::error::QueryError;
use crate::label;
use crate::questions::cells::{Key, order};
use crate::questions::series::{self, Series};
use crate::questions::top::{self, Metric, Where};
use crate::questions::{books, named};
use crate::session::Session;

/// By what hosts are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Destination ports of TCP.
    TcpPorts,
    /// Destination ports of UDP.
    UdpPorts,
    /// Countries of the hosts.
    Countries,
}

impl By {
    fn asked(self) -> Result<(&'static Dimension, &'static str), QueryError> {
        let (name, condition) = match self {
            By::TcpPorts => ("port", "ip_proto = 6 AND dst_port IS NOT NULL"),
            By::UdpPorts => ("port", "ip_proto = 17 AND dst_port IS NOT NULL"),
            By::Countries => ("country", "src_country IS NOT NULL"),
        };
        Ok((named(name)?, condition))
    }
}

/// The lines with most hosts, and the share of all hosts that each has.
///
/// Columns: rank, port or country, sources, share (% of all distinct sources), packets, sensors (where
/// counted); and with a period to compare with: before (sources), rank_before, change (%).
pub fn hosts(
    session: &Session,
    selection: &Selection,
    by: By,
    lines: usize,
    versus: Option<Interval>,
) -> Result<Table, QueryError> {
    let (dimension, condition) = by.asked()?;
    let more = Where { condition, ..Where::default() };
    let now = top::lines(session, selection, dimension, Metric::Sources, more)?;
    let before = versus
        .map(|interval| {
            let earlier = Selection { interval: Some(interval), ..selection.clone() };
            top::lines(session, &earlier, dimension, Metric::Sources, more)
        })
        .transpose()?;
    let all = books::if_seen(books::sources(session, selection))?.map(|(sources, _)| sources);
    let has_sensors = now.shown.iter().any(|line| line.sensors.is_some());
    let mut columns = vec![("rank", ""), (dimension.name, ""), ("sources", "sources"), ("share", "%")];
    columns.push(("packets", "packets"));
    columns.extend(has_sensors.then_some(("sensors", "sensors")));
    if before.is_some() {
        columns.extend([("before", "sources"), ("rank_before", ""), ("change", "%")]);
    }
    let places: BTreeMap<Key, usize> = before
        .iter()
        .flat_map(|before| before.shown.iter().enumerate())
        .map(|(place, line)| (order(&line.key), place))
        .collect();
    let mut table = Table::new(&columns);
    for (rank, line) in now.shown.iter().take(lines).enumerate() {
        let mut row = vec![
            Value::Int(rank as i64 + 1),
            label::line(dimension, &line.key),
            Value::Int(line.sources),
            top::share(line.sources, all),
            Value::Int(line.packets),
        ];
        row.extend(has_sensors.then(|| line.sensors.map_or(Value::Null, Value::Int)));
        if let Some(before) = &before {
            let key = order(&line.key);
            let place = places.get(&key).copied();
            let sources = match place {
                Some(place) => Some(before.shown[place].sources),
                None => (!before.hidden.contains(&key)).then_some(0),
            };
            let change = sources
                .filter(|sources| *sources > 0)
                .map(|sources| 100.0 * (line.sources as f64 / sources as f64 - 1.0));
            row.extend([
                sources.map_or(Value::Null, Value::Int),
                place.map_or(Value::Null, |place| Value::Int(place as i64 + 1)),
                change.map_or(Value::Null, Value::Float),
            ]);
        }
        table.push(row);
    }
    if now.shown.iter().take(lines).any(|line| !line.is_exact) {
        table.notes.push(series::estimate_note());
    }
    table.notes.extend(now.note);
    table.origin = vec![now.origin];
    Ok(table)
}

/// Distinct hosts and packets of each step; hosts are counted one by one.
///
/// Columns: at, sources, packets, sensors (where counted).
pub fn per_step(
    session: &Session,
    selection: &Selection,
    step: &str,
    zone: &str,
) -> Result<Table, QueryError> {
    let needs = &["src", "src6"];
    let drawn = series::draw(session, selection, &Series { step, zone, needs, ..Series::default() })?;
    let mut columns = vec![("at", ""), ("sources", "sources"), ("packets", "packets")];
    columns.extend(drawn.has_sensors.then_some(("sensors", "sensors")));
    let mut table = Table::new(&columns);
    for point in &drawn.points {
        let mut row = vec![Value::Time(drawn.steps[point.step].at), point.sources(), point.packets()];
        row.extend(drawn.has_sensors.then(|| point.sensors()));
        table.push(row);
    }
    table.notes.extend(drawn.notes);
    table.origin.push(drawn.origin);
    Ok(table)
}
