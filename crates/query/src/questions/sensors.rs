//! How much did a sensor see a day, at home and overseas, and which ports did each sensor see?
//!
//! Averages are over sensors and the hours in which they stored a packet, so a sensor that was silent for a
//! month does not lower them.

use std::collections::BTreeMap;

use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::ground;
use crate::label;
use crate::questions::cells::{self, Ask};
use crate::questions::{books, filter_of, series, top};
use crate::session::Session;
use crate::views::{quoted, quoted_list};
use crate::withhold::{self, Part, Rule};

/// How sensors are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// `domestic` in this country, `overseas` elsewhere, nothing where the site's country is not said.
    Home(&'a str),
    /// By their group.
    Group,
}

/// Names of the two places.
pub const DOMESTIC: &str = "domestic";
/// See [`DOMESTIC`].
pub const OVERSEAS: &str = "overseas";

/// The expression of a place over a table with the column `sensor`, which names the sensors at home.
fn place(session: &Session, place: Place<'_>) -> Result<String, QueryError> {
    let Place::Home(home) = place else { return Ok("sensor_group".to_string()) };
    let mut at: BTreeMap<&str, Vec<String>> =
        BTreeMap::from([(DOMESTIC, Vec::new()), (OVERSEAS, Vec::new())]);
    for (sensor, country) in books::countries(session)? {
        let here = if country == home { DOMESTIC } else { OVERSEAS };
        at.entry(here).or_default().push(sensor);
    }
    let whens: Vec<String> = at
        .iter()
        .filter(|(_, sensors)| !sensors.is_empty())
        .map(|(name, sensors)| format!("WHEN sensor IN ({}) THEN {}", quoted_list(sensors), quoted(name)))
        .collect();
    match whens.is_empty() {
        true => Ok("CAST(NULL AS varchar)".to_string()),
        false => Ok(format!("CASE {} END", whens.join(" "))),
    }
}

/// Packets per sensor and day by step and place.
///
/// Columns: at, place, packets, rate (packets/sensor/day), rate_per_address (packets/address/day), sources,
/// sensors. Order: step, then place.
pub fn per_step(
    session: &Session,
    selection: &Selection,
    by: Place<'_>,
    step: &str,
    zone: &str,
) -> Result<Table, QueryError> {
    let place = place(session, by)?;
    let ground = series::ground(session, selection, step, zone, &["sensor"])?;
    let at = series::step_of(ground.time, step, zone);
    let found = cells::ask(session, &Ask::of(&ground, vec![at, place.clone()], ""))?;
    let hidden = hidden(session, &found);
    let watched = books::watched_places(session, selection, step, zone, &place)?;
    let mut table = Table::new(&[
        ("at", ""),
        ("place", ""),
        ("packets", "packets"),
        ("rate", "packets/sensor/day"),
        ("rate_per_address", "packets/address/day"),
        ("sources", "sources"),
        ("sensors", "sensors"),
    ]);
    for (cell, is_hidden) in found.iter().zip(&hidden) {
        let hours = watched.get(&cells::order(&cell.key)).copied().unwrap_or_default();
        let packets = (!is_hidden).then(|| cell.packets());
        let float = |number: Option<f64>| number.map_or(Value::Null, Value::Float);
        let rate = packets.and_then(|packets| top::rate(packets, hours.0));
        let per_address = packets.zip(hours.1).and_then(|(packets, hours)| top::rate(packets, hours));
        table.push(vec![
            cell.key[0].clone(),
            cell.key[1].clone(),
            packets.map_or(Value::Null, Value::Int),
            float(rate),
            float(per_address),
            if *is_hidden { Value::Null } else { Value::Int(cell.int(1)) },
            cell.sensors(),
        ]);
    }
    if ground.may_estimate() {
        table.notes.push(series::estimate_note());
    }
    let n_hidden = hidden.iter().filter(|hidden| **hidden).count();
    table.notes.extend(Rule::of(session.viewer()).and_then(|rule| withhold::note(&rule, n_hidden, false)));
    table.notes.extend(books::alive(session, selection)?.notes());
    table.origin = vec![ground.table.to_string(), "sensors".to_string()];
    Ok(table)
}

/// Which cells of step and place are withheld: steps and places both add up.
fn hidden(session: &Session, found: &[cells::Cell]) -> Vec<bool> {
    let Some(rule) = Rule::of(session.viewer()) else { return vec![false; found.len()] };
    let mut margins: BTreeMap<(usize, cells::Key), usize> = BTreeMap::new();
    let mut margin = |way: usize, key: &Value| {
        let next = margins.len();
        *margins.entry((way, cells::order(std::slice::from_ref(key)))).or_insert(next)
    };
    let parts: Vec<Part> = found
        .iter()
        .map(|cell| Part {
            weight: cell.packets(),
            strangers: cell.strangers.clone(),
            margins: (margin(0, &cell.key[0]), Some(margin(1, &cell.key[1]))),
            is_wanted: true,
            is_barred: false,
        })
        .collect();
    withhold::hidden(&rule, &parts)
}

/// The ports with most packets of each sensor.
///
/// Columns: sensor, rank, port, packets, share (% of the sensor's packets), sources. Order: sensor, then
/// packets, then port.
///
/// # Errors
/// When the viewer has no sensors; a member is told of its own only.
pub fn ports(session: &Session, selection: &Selection, lines: usize) -> Result<Table, QueryError> {
    let own = books::own_sensors(session, &[])?;
    let filter = filter_of(session, selection)?;
    let needs = ["sensor", "ip_proto"];
    let mut ground = ground::choose(session, selection, filter.as_ref(), &needs, Grain::Day, false)?;
    // Where ports beyond the busiest were gathered into one cell, only the rows know them.
    if !ground.is_rows() {
        let rest = format!("{own} AND dst_port = {}", teiten_store::rollup::PORT_REST);
        if !cells::ask(session, &Ask::of(&ground, Vec::new(), &rest))?.is_empty() {
            ground = ground::choose(session, selection, filter.as_ref(), &["frame"], Grain::Hour, true)?;
        }
    }
    let port = crate::questions::named("port")?;
    let mut keys = vec!["sensor".to_string()];
    keys.extend(port.parts.iter().map(|(_, part)| (*part).to_string()));
    // Own sensors are no strangers, so nothing is withheld here.
    let mut found = cells::ask(session, &Ask::of(&ground, keys, &own))?;
    found.sort_by_cached_key(|cell| {
        (cells::order(&cell.key[..1]), std::cmp::Reverse(cell.packets()), cells::order(&cell.key))
    });
    let mut totals: BTreeMap<cells::Key, i64> = BTreeMap::new();
    for cell in &found {
        *totals.entry(cells::order(&cell.key[..1])).or_default() += cell.packets();
    }
    let mut table = Table::new(&[
        ("sensor", ""),
        ("rank", ""),
        ("port", ""),
        ("packets", "packets"),
        ("share", "%"),
        ("sources", "sources"),
    ]);
    let (mut of, mut rank) = (cells::Key::new(), 0);
    for cell in &found {
        let sensor = cells::order(&cell.key[..1]);
        rank = if of == sensor { rank + 1 } else { 1 };
        if rank <= lines {
            let number =
                |place: usize| if let Value::Int(number) = cell.key[place] { Some(number) } else { None };
            table.push(vec![
                cell.key[0].clone(),
                Value::Int(rank as i64),
                Value::Text(label::port(number(1), number(2))),
                Value::Int(cell.packets()),
                top::share(cell.packets(), totals.get(&sensor).copied()),
                Value::Int(cell.int(1)),
            ]);
        }
        of = sensor;
    }
    if ground.may_estimate() {
        table.notes.push(series::estimate_note());
    }
    if matches!(session.viewer(), Viewer::Member { .. }) {
        table.notes.push("only own sensors are shown".to_string());
    }
    table.origin.push(ground.table.to_string());
    Ok(table)
}
