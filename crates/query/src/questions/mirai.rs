//! Which sources carry the trait of a malware family, by default that of Mirai, and which do not?
//!
//! The trait is a tag that a signature gives (rule D39). A source that sent packets with and without it in
//! one step counts on both sides, so the sides do not add up to all sources.

use teiten_model::rollup::Grain;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};

use crate::error::QueryError;
use crate::ground::{self, Ground};
use crate::label;
use crate::questions::cells::{self, Ask, Cell};
use crate::questions::series::{self, Drawn, Series};
use crate::questions::top::{self, Metric, Where};
use crate::questions::{filter_of, named};
use crate::session::Session;
use crate::views::quoted;
use crate::withhold::{self, Part, Rule};

/// The tag of the Mirai family.
pub const MIRAI: &str = "mirai";

/// The columns that tell a source's trait, port and country.
const NEEDS: [&str; 4] = ["ip_proto", "dst_port", "src_country", "tags"];

/// Whose packets are looked at, and to where.
#[derive(Debug, Clone, Copy, Default)]
pub struct Of<'a> {
    /// Country of the sources; `None` for all.
    pub country: Option<&'a str>,
    /// Protocol and destination port; `None` for all.
    pub port: Option<(i64, i64)>,
}

impl Of<'_> {
    fn condition(&self) -> String {
        let mut all = vec!["true".to_string()];
        all.extend(self.country.map(|country| format!("src_country = {}", quoted(country))));
        all.extend(self.port.map(|(proto, port)| format!("ip_proto = {proto} AND dst_port = {port}")));
        all.join(" AND ")
    }
}

/// Distinct sources of each step with the trait, without it, and all.
///
/// Columns: at, trait (with, without; none for all), sources, packets, sensors (where counted).
pub fn per_step(
    session: &Session,
    selection: &Selection,
    of: Of<'_>,
    tag: &str,
    step: &str,
    zone: &str,
) -> Result<Table, QueryError> {
    let condition = of.condition();
    let series = Series {
        step,
        zone,
        needs: &NEEDS,
        condition: &condition,
        keys: vec![format!("coalesce({}, false)", Ground::has_tag(tag))],
        lines: vec![vec![Value::Bool(true)], vec![Value::Bool(false)]],
        ..Series::default()
    };
    let drawn = series::draw_with_total(session, selection, &series)?;
    Ok(long(drawn, "trait", |line| Value::from(if line == 0 { "with" } else { "without" })))
}

/// Points as rows: the total of a step first, without a name, then its lines.
fn long((total, lines): (Drawn, Drawn), name: &str, line_name: impl Fn(usize) -> Value) -> Table {
    let has_sensors = total.has_sensors;
    let mut columns = vec![("at", ""), (name, ""), ("sources", "sources"), ("packets", "packets")];
    columns.extend(has_sensors.then_some(("sensors", "sensors")));
    let mut table = Table::new(&columns);
    for point in &total.points {
        let at = total.steps[point.step].at;
        let of_step = lines.at(at).iter().map(|point| (line_name(point.line), point));
        for (name, point) in std::iter::once((Value::Null, point)).chain(of_step) {
            let mut row = vec![Value::Time(at), name, point.sources(), point.packets()];
            row.extend(has_sensors.then(|| point.sensors()));
            table.push(row);
        }
    }
    table.notes.extend(total.notes);
    let known = table.notes.clone();
    table.notes.extend(lines.notes.into_iter().filter(|note| !known.contains(note)));
    table.origin.push(total.origin);
    table
}

/// Sources with the trait from the countries that have most of them, by step, and their sum.
///
/// Columns: at, country (none for the sum of these countries), sources, packets, sensors (where counted).
pub fn by_country(
    session: &Session,
    selection: &Selection,
    tag: &str,
    lines: usize,
    step: &str,
    zone: &str,
) -> Result<Table, QueryError> {
    let condition = format!("src_country IS NOT NULL AND {}", Ground::has_tag(tag));
    let more = Where { needs: &["tags"], condition: &condition };
    let mut top = top::lines(session, selection, named("country")?, Metric::Sources, more)?;
    top.shown.truncate(lines);
    let lines: Vec<Vec<Value>> = top.shown.into_iter().map(|line| line.key).collect();
    let keys = vec!["src_country".to_string()];
    let condition = format!("{condition} AND {}", cells::is_one_of(&keys, &lines));
    let series = Series {
        step,
        zone,
        needs: &NEEDS,
        condition: &condition,
        keys,
        lines: lines.clone(),
        ..Series::default()
    };
    let drawn = series::draw_with_total(session, selection, &series)?;
    Ok(long(drawn, "country", |line| lines[line][0].clone()))
}

/// The ports with most packets from a country, and how many of these have the trait; protocols without ports,
/// such as GRE, stand beside ports.
///
/// Columns: rank, port, packets, packets_with, share (% with the trait), sources, sources_with, sensors (where
/// counted). Order: packets, then port.
pub fn ports(
    session: &Session,
    selection: &Selection,
    country: Option<&str>,
    tag: &str,
    lines: usize,
) -> Result<Table, QueryError> {
    let condition = Of { country, port: None }.condition();
    let port = named("port")?;
    let more = Where { needs: &["src_country", "tags"], condition: &condition };
    let all = top::lines(session, selection, port, Metric::Packets, more)?;
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), &NEEDS, Grain::Day, false)?;
    let keys: Vec<String> = port.parts.iter().map(|(_, part)| (*part).to_string()).collect();
    let wanted: Vec<Vec<Value>> = all.shown.iter().take(lines).map(|line| line.key.clone()).collect();
    let condition = format!("{condition} AND {}", cells::is_one_of(&keys, &wanted));
    let keys = [keys, vec![format!("coalesce({}, false)", Ground::has_tag(tag))]].concat();
    let with = with_trait(session, cells::ask(session, &Ask::of(&ground, keys, &condition))?, &wanted);
    let has_sensors = ground.has_sensor;
    let mut columns = vec![
        ("rank", ""),
        ("port", ""),
        ("packets", "packets"),
        ("packets_with", "packets"),
        ("share", "%"),
        ("sources", "sources"),
        ("sources_with", "sources"),
    ];
    columns.extend(has_sensors.then_some(("sensors", "sensors")));
    let mut table = Table::new(&columns);
    for (rank, (line, with)) in all.shown.iter().zip(with).enumerate() {
        let number = |place: usize| with.as_ref().map_or(Value::Null, |with| Value::Int(with[place]));
        let share = with.as_ref().map_or(Value::Null, |with| top::share(with[0], Some(line.packets)));
        let mut row = vec![
            Value::Int(rank as i64 + 1),
            label::line(port, &line.key),
            Value::Int(line.packets),
            number(0),
            share,
            Value::Int(line.sources),
            number(1),
        ];
        row.extend(has_sensors.then(|| line.sensors.map_or(Value::Null, Value::Int)));
        table.push(row);
    }
    if ground.may_estimate() {
        table.notes.push(series::estimate_note());
    }
    table.notes.extend(all.note);
    table.origin.push(ground.table.to_string());
    Ok(table)
}

/// Packets and sources with the trait of each wanted port; `None` where withheld.
///
/// The key of a cell is its port and whether it has the trait. All packets of a port are told, so a number
/// is withheld also where what has not the trait would be the difference.
fn with_trait(session: &Session, found: Vec<Cell>, wanted: &[Vec<Value>]) -> Vec<Option<[i64; 2]>> {
    let places: Vec<cells::Key> = wanted.iter().map(|key| cells::order(key)).collect();
    let port_of = |cell: &Cell| {
        let key = cells::order(&cell.key[..cell.key.len() - 1]);
        places.iter().position(|place| *place == key)
    };
    let has_trait = |cell: &Cell| cell.key.last() == Some(&Value::Bool(true));
    let hidden = match Rule::of(session.viewer()) {
        None => vec![false; found.len()],
        Some(rule) => {
            let parts: Vec<Part> = found
                .iter()
                .map(|cell| Part {
                    weight: cell.packets(),
                    strangers: cell.strangers.clone(),
                    margins: (port_of(cell).unwrap_or(places.len()), None),
                    is_wanted: true,
                    is_barred: false,
                })
                .collect();
            withhold::hidden(&rule, &parts)
        }
    };
    let mut with = vec![Some([0, 0]); wanted.len()];
    for (cell, is_hidden) in found.iter().zip(hidden) {
        let Some(place) = port_of(cell) else { continue };
        if is_hidden {
            with[place] = None;
        } else if has_trait(cell) && with[place].is_some() {
            with[place] = Some([cell.packets(), cell.int(1)]);
        }
    }
    with
}
