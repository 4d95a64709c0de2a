//! How do the ports that the home country's sources try differ from those of all sources?
//!
//! Two divisions by port of the same period: one of all packets, one of the packets from the home country.
//! Each ends in a line `other`, so that it can be drawn as a whole.

use std::collections::BTreeMap;

use teiten_model::rollup::Grain;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::ground;
use crate::label::{self, OTHER};
use crate::questions::cells::{self, Ask, Cell};
use crate::questions::top::{self, Metric, Where};
use crate::questions::{books, filter_of, named};
use crate::session::Session;
use crate::views::quoted;
use crate::withhold::{self, Part, Rule, Strangers};

/// The ports with most packets, from all sources and from those of the home country.
///
/// Columns: scope (`all`, or the country's code), rank, port, packets, share (% of the scope), sources,
/// sensors (where counted). Order: scope, then packets; the line `other` is the last of its scope.
pub fn ports(
    session: &Session,
    selection: &Selection,
    home: &str,
    lines: usize,
) -> Result<Table, QueryError> {
    let dimension = named("port")?;
    let all = top::lines(session, selection, dimension, Metric::Packets, Where::default())?;
    let total = books::if_seen(books::total(session, selection))?;
    let filter = filter_of(session, selection)?;
    let needs = ["ip_proto", "dst_port", "src_country"];
    let ground = ground::choose(session, selection, filter.as_ref(), &needs, Grain::Day, false)?;
    let is_home = format!("coalesce(src_country = {}, false)", quoted(home));
    let mut keys: Vec<String> = dimension.parts.iter().map(|(_, part)| (*part).to_string()).collect();
    keys.push(is_home.clone());
    let rule = Rule::of(session.viewer());
    let condition = if rule.is_some() { "" } else { is_home.as_str() };
    let found = cells::ask(session, &Ask::of(&ground, keys, condition))?;
    let (own, seen) = of_home(&rule, found);
    let has_sensors = own.iter().any(|cell| cell.sensors.is_some());
    let mut columns = vec![("scope", ""), ("rank", ""), ("port", ""), ("packets", "packets"), ("share", "%")];
    columns.push(("sources", "sources"));
    columns.extend(has_sensors.then_some(("sensors", "sensors")));
    let mut table = Table::new(&columns);
    let everyone = all.shown.iter().map(|line| (&line.key[..], line.packets, line.sources, line.sensors));
    add(&mut table, "all", everyone.take(lines), total, has_sensors);
    let of_home = own.iter().map(|cell| (&cell.key[..], cell.packets(), cell.int(1), cell.sensors));
    add(&mut table, home, of_home.take(lines), seen, has_sensors);
    if ground.may_estimate() {
        table.notes.push(crate::questions::series::estimate_note());
    }
    table.notes.extend(all.note);
    table.origin = vec![all.origin, ground.table.to_string()];
    table.origin.dedup();
    Ok(table)
}

/// Adds the lines of one scope, and what is left of it.
fn add<'a>(
    table: &mut Table,
    scope: &str,
    lines: impl Iterator<Item = (&'a [Value], i64, i64, Option<i64>)>,
    total: Option<i64>,
    has_sensors: bool,
) {
    let mut left = total;
    for (rank, (key, packets, sources, sensors)) in lines.enumerate() {
        left = left.map(|left| left - packets);
        let number = |place: usize| if let Value::Int(number) = key[place] { Some(number) } else { None };
        let port = Value::Text(label::port(number(0), number(1)));
        let rank = Value::Int(rank as i64 + 1);
        let mut row = vec![Value::from(scope), rank, port, Value::Int(packets), top::share(packets, total)];
        row.push(Value::Int(sources));
        row.extend(has_sensors.then(|| sensors.map_or(Value::Null, Value::Int)));
        table.push(row);
    }
    if let Some(left) = left.filter(|left| *left > 0) {
        let other = Value::from(OTHER);
        let mut row = vec![Value::from(scope), Value::Null, other, Value::Int(left), top::share(left, total)];
        row.push(Value::Null);
        row.extend(has_sensors.then_some(Value::Null));
        table.push(row);
    }
}

/// The cells of the home country that may be shown, by packets, and their total where it may be shown.
///
/// The key of a cell is its port and whether it is of the home country. A port's packets from everywhere
/// are published too, so what is withheld at home may not be the difference to what comes from abroad.
fn of_home(rule: &Option<Rule>, found: Vec<Cell>) -> (Vec<Cell>, Option<i64>) {
    let is_home = |cell: &Cell| cell.key.last() == Some(&Value::Bool(true));
    let mut total = Some(found.iter().filter(|cell| is_home(cell)).map(Cell::packets).sum());
    let mut hidden = vec![false; found.len()];
    if let Some(rule) = rule {
        let mut together = Strangers::nobody();
        let mut margins: BTreeMap<cells::Key, usize> = BTreeMap::new();
        let parts: Vec<Part> = found
            .iter()
            .map(|cell| {
                // Margin 0 is the home country, the others are the ports.
                let next = margins.len() + 1;
                let port = *margins.entry(cells::order(&cell.key[..cell.key.len() - 1])).or_insert(next);
                if is_home(cell) {
                    together.join(&cell.strangers);
                }
                Part {
                    weight: cell.packets(),
                    strangers: cell.strangers.clone(),
                    margins: if is_home(cell) { (0, Some(port)) } else { (port, None) },
                    is_wanted: is_home(cell),
                    is_barred: false,
                }
            })
            .collect();
        hidden = withhold::hidden(rule, &parts);
        total = total.filter(|_| !rule.is_small(&together));
    }
    let mut own: Vec<Cell> = found
        .into_iter()
        .zip(hidden)
        .filter(|(cell, is_hidden)| is_home(cell) && !is_hidden)
        .map(|(cell, _)| cell)
        .collect();
    own.sort_by_key(|cell| std::cmp::Reverse(cell.packets()));
    (own, total)
}
