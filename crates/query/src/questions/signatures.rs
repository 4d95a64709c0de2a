//! What did signatures detect, by category of what they name?
//!
//! A packet that several signatures of one category name counts once in it; one that signatures of two
//! categories name counts in both. By tag, [`top`](super::top::top()) answers.

use std::collections::BTreeMap;

use teiten_model::interval::Interval;
use teiten_model::rollup::Grain;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::ground;
use crate::questions::cells::{self, Ask, Cell};
use crate::questions::{books, filter_of, top};
use crate::session::Session;
use crate::views::quoted_list;

/// What was counted of each category: its cell, when the viewer may see it; which are withheld.
struct Counted {
    cells: BTreeMap<String, Cell>,
    withheld: Vec<String>,
    note: Option<String>,
    origin: String,
}

fn count(
    session: &Session,
    selection: &Selection,
    categories: &BTreeMap<String, Vec<String>>,
) -> Result<Counted, QueryError> {
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), &["tags"], Grain::Day, false)?;
    let mut found = Vec::new();
    for (category, tags) in categories {
        let condition = format!(
            "tags IS NOT NULL AND array_has_any(string_to_array(tags, ' '), make_array({}))",
            quoted_list(tags)
        );
        for cell in cells::ask(session, &Ask::of(&ground, Vec::new(), &condition))? {
            found.push(Cell { key: vec![Value::Text(category.clone())], ..cell });
        }
    }
    let kept = cells::keep_each(session, found);
    let name = |cell: &Cell| {
        if let Some(Value::Text(name)) = cell.key.first() { name.clone() } else { String::new() }
    };
    Ok(Counted {
        withheld: kept.hidden.iter().filter_map(|key| key.first()).map(|(_, name)| name.clone()).collect(),
        cells: kept.cells.into_iter().map(|cell| (name(&cell), cell)).collect(),
        note: kept.note,
        origin: ground.table.to_string(),
    })
}

/// Packets and sources by category; `categories` are pairs of a tag and its category.
///
/// Columns: rank, category, packets, share (% of all packets), sources, sensors (where counted); and with a
/// period to compare with: before (packets), rank_before, change (% of the packets per sensor and day).
/// Order: packets, then category. A category without packets in either period has no line.
pub fn by_category(
    session: &Session,
    selection: &Selection,
    categories: &[(&str, &str)],
    versus: Option<Interval>,
) -> Result<Table, QueryError> {
    let mut tags_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (tag, category) in categories {
        tags_of.entry((*category).to_string()).or_default().push((*tag).to_string());
    }
    let now = count(session, selection, &tags_of)?;
    let hours = books::alive(session, selection)?.sensor_hours;
    let before = versus
        .map(|interval| -> Result<_, QueryError> {
            let earlier = Selection { interval: Some(interval), ..selection.clone() };
            Ok((count(session, &earlier, &tags_of)?, books::alive(session, &earlier)?.sensor_hours))
        })
        .transpose()?;
    let total = books::if_seen(books::total(session, selection))?;
    let ranked = |counted: &Counted| {
        let mut names: Vec<(i64, String)> =
            counted.cells.iter().map(|(name, cell)| (-cell.packets(), name.clone())).collect();
        names.sort();
        names.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    let has_sensors = now.cells.values().any(|cell| cell.sensors.is_some());
    let mut columns = vec![("rank", ""), ("category", ""), ("packets", "packets"), ("share", "%")];
    columns.push(("sources", "sources"));
    columns.extend(has_sensors.then_some(("sensors", "sensors")));
    if before.is_some() {
        columns.extend([("before", "packets"), ("rank_before", ""), ("change", "%")]);
    }
    let mut table = Table::new(&columns);
    for (rank, name) in ranked(&now).iter().enumerate() {
        let cell = &now.cells[name];
        let mut row = vec![Value::Int(rank as i64 + 1), Value::Text(name.clone())];
        row.extend([Value::Int(cell.packets()), top::share(cell.packets(), total), Value::Int(cell.int(1))]);
        row.extend(has_sensors.then(|| cell.sensors()));
        if let Some((before, hours_before)) = &before {
            let packets = match before.cells.get(name) {
                Some(cell) => Some(cell.packets()),
                None => (!before.withheld.contains(name)).then_some(0),
            };
            let place = ranked(before).iter().position(|other| other == name);
            let rate_before = packets.and_then(|packets| top::rate(packets, *hours_before));
            let change = match (top::rate(cell.packets(), hours), rate_before) {
                (Some(now), Some(before)) if before > 0.0 => Value::Float(100.0 * (now / before - 1.0)),
                _ => Value::Null,
            };
            let rank = place.map_or(Value::Null, |place| Value::Int(place as i64 + 1));
            row.extend([packets.map_or(Value::Null, Value::Int), rank, change]);
        }
        table.push(row);
    }
    table.notes.extend(now.note);
    table.origin.push(now.origin);
    Ok(table)
}
