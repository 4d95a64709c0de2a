//! Which ports, countries, sources ... had the most packets, sources, sensors?
//!
//! With a period to compare with, every line carries its rank and number there. Ranks come from all
//! lines, not from those shown. Order: the metric, then packets, then the line's own values.
//!
//! Where small cells are withheld from the viewer, ranks are those among the lines that are shown, and the
//! packets of the others stand together in one line without a rank. A line that was withheld in the other
//! period has no number there; only a line that had no packet has a zero.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::column::Privacy;
use teiten_model::interval::Interval;
use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};

use crate::dimension::Dimension;
use crate::error::QueryError;
use crate::ground::{self, Ground};
use crate::label::{self, OTHER};
use crate::questions::cells::{self, Ask, Key, Wanted, order};
use crate::questions::series::estimate_note;
use crate::questions::{books, filter_of};
use crate::session::Session;

/// What lines are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Packets.
    Packets,
    /// Distinct sources; the answer has their share of all distinct sources too.
    Sources,
    /// Distinct sensors.
    Sensors,
    /// Packets per sensor and day; the same order as packets.
    Rate,
    /// Packets per address and day; the same order as packets.
    PerAddress,
}

/// A question for ranks.
#[derive(Debug, Clone)]
pub struct Top {
    /// By what to divide.
    pub by: &'static Dimension,
    /// What to rank by.
    pub metric: Metric,
    /// Lines wanted.
    pub lines: usize,
    /// The period to compare with.
    pub versus: Option<Interval>,
    /// Order by change against that period instead of by the metric.
    pub by_change: bool,
    /// Fewest packets, now or before, of a line that is shown.
    pub threshold: i64,
    /// Sources and sensors are not told, so they are not counted. Lines that are ranked by them have them all the same.
    pub without_sources: bool,
}

impl Top {
    /// The first lines by packets, compared with nothing.
    pub fn of(by: &'static Dimension, lines: usize) -> Top {
        let (metric, versus, by_change, threshold) = (Metric::Packets, None, false, 0);
        Top { by, metric, lines, versus, by_change, threshold, without_sources: false }
    }

    /// Whether lines are ranked by their packets.
    fn is_by_packets(&self) -> bool {
        matches!(self.metric, Metric::Packets | Metric::Rate | Metric::PerAddress)
    }

    /// Whether sources are counted and told.
    fn has_sources(&self) -> bool {
        !(self.without_sources && self.is_by_packets())
    }
}

/// One line of a ranking.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Values of the dimension's parts.
    pub(crate) key: Vec<Value>,
    pub(crate) packets: i64,
    pub(crate) sources: i64,
    pub(crate) sensors: Option<i64>,
    pub(crate) is_exact: bool,
    /// Its rank among all lines, from 1 on, where it was asked for by its key.
    place: Option<usize>,
}

/// Every line of a ranking, in its order.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// What is shown.
    pub(crate) shown: Vec<Line>,
    /// Packets of what is not, together, when that may be shown.
    pub(crate) other: Option<i64>,
    /// Keys of what is not.
    pub(crate) hidden: BTreeSet<Key>,
    /// What must be said of it.
    pub(crate) note: Option<String>,
    /// The table the numbers came from.
    pub(crate) origin: String,
}

/// Packets per sensor and day, given hours in which sensors were alive; the same per address.
pub fn rate(packets: i64, hours: i64) -> Option<f64> {
    (hours > 0).then(|| packets as f64 / (hours as f64 / 24.0))
}

/// One more condition on what is counted, in our own words.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Where<'a> {
    /// Columns it needs.
    pub(crate) needs: &'a [&'a str],
    /// The condition; empty for none.
    pub(crate) condition: &'a str,
}

/// Most lines whose sources are counted apart, after the lines were found: each is a part of a condition.
const COUNTED_APART_MAX: usize = 100;

/// What is counted of every line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    /// Packets and sources.
    All,
    /// Packets; sources and sensors too where they cost little, else sources are 0.
    Packets,
    /// Packets alone.
    Bare,
}

/// All lines of a selection by a dimension.
pub(crate) fn lines(
    session: &Session,
    selection: &Selection,
    by: &Dimension,
    metric: Metric,
    more: Where<'_>,
) -> Result<Lines, QueryError> {
    counted(session, selection, by, metric, more, (Counted::All, Wanted::All))
}

/// The keys of so many lines with the most packets.
pub(crate) fn keys(
    session: &Session,
    selection: &Selection,
    by: &Dimension,
    count: usize,
) -> Result<Vec<Vec<Value>>, QueryError> {
    let wanted = (Counted::Bare, Wanted::First(count));
    let lines = counted(session, selection, by, Metric::Packets, Where::default(), wanted)?;
    Ok(lines.shown.into_iter().take(count).map(|line| line.key).collect())
}

/// Whether sources cost more to count than everything else (in rollups they are sketches, or a row each) and may be
/// counted for some lines alone: nothing is withheld from the viewer, so no line depends on another. Rows are read
/// once, because to read them twice costs more, unless they are held in memory.
fn is_costly(session: &Session, selection: &Selection, by: &Dimension, ground: &Ground) -> bool {
    *session.viewer() == Viewer::All
        && by.name != "tag"
        && (!ground.is_rows() || session.is_held(selection, ground.table))
}

/// Counts the sources of the first lines, of rows their sensors too, where these were not counted with the packets.
fn count_sources(
    session: &Session,
    selection: &Selection,
    by: &Dimension,
    lines: &mut Lines,
    count: usize,
) -> Result<(), QueryError> {
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), by.needs, Grain::Day, false)?;
    if !is_costly(session, selection, by, &ground) {
        return Ok(());
    }
    let keys: Vec<String> = by.parts.iter().map(|(_, expression)| (*expression).to_string()).collect();
    let first: Vec<Vec<Value>> = lines.shown.iter().take(count).map(|line| line.key.clone()).collect();
    let mut ask = Ask::of(&ground, keys.clone(), &cells::is_one_of(&keys, &first));
    ask.numbers.push(ground.is_exact.to_string());
    let found = cells::ask(session, &ask)?;
    let found: BTreeMap<Key, cells::Cell> = found.into_iter().map(|cell| (order(&cell.key), cell)).collect();
    for line in lines.shown.iter_mut().take(count) {
        if let Some(cell) = found.get(&order(&line.key)) {
            line.sources = cell.int(1);
            line.is_exact = cell.numbers.get(2) == Some(&Value::Bool(true));
            line.sensors = cell.sensors;
        }
    }
    Ok(())
}

fn counted(
    session: &Session,
    selection: &Selection,
    by: &Dimension,
    metric: Metric,
    more: Where<'_>,
    (counted, wanted): (Counted, Wanted),
) -> Result<Lines, QueryError> {
    let filter = filter_of(session, selection)?;
    let needs_sensors = metric == Metric::Sensors;
    let needs = [by.needs, more.needs].concat();
    let ground = ground::choose(session, selection, filter.as_ref(), &needs, Grain::Day, needs_sensors)?;
    let keys = by.parts.iter().map(|(_, expression)| (*expression).to_string()).collect();
    // Of lines of another period nobody is told the sources; whoever must withhold has all asked alike.
    let is_told = *session.viewer() != Viewer::All
        || !(counted == Counted::Bare || matches!(wanted, Wanted::Placed(_)));
    let mut ask = Ask { wanted, ..Ask::of(&ground, keys, more.condition) };
    ask.numbers.push(ground.is_exact.to_string());
    if counted != Counted::All && (!is_told || is_costly(session, selection, by, &ground)) {
        ask.numbers = vec![ask.numbers[0].clone(), "0".to_string(), "true".to_string()];
        ask.has_sensor &= is_told && !ground.is_rows();
    }
    if by.name == "tag" {
        let columns = if ground.is_rows() { "packets, src, src6, sensor" } else { "packets, sources" };
        ask.from = format!(
            "(SELECT {columns}, unnest(string_to_array(tags, ' ')) AS tag FROM {} WHERE tags IS NOT NULL AND {})",
            ground.base(),
            ask.condition
        );
        ask.condition = String::new();
    }
    // Packets that have no such thing are no line; only where it is unknown, or not IP, do they make one.
    let absent = match (by.name, by.parts) {
        ("country" | "port" | "srcport" | "tag", _) | (_, []) => None,
        ("source", _) => Some("src IS NULL AND src6 IS NULL".to_string()),
        (_, [(_, expression), ..]) => Some(format!("({expression}) IS NULL")),
    };
    let mut rest = Vec::new();
    if let Some(absent) = &absent {
        if *session.viewer() != Viewer::All {
            let condition = format!("{} AND {absent}", ask.condition);
            rest = cells::ask(
                session,
                &Ask { keys: Vec::new(), condition, wanted: Wanted::All, ..ask.clone() },
            )?;
        }
        ask.condition = format!("{} AND NOT ({absent})", ask.condition);
    }
    let found = cells::ask(session, &ask)?;
    let kept = match by.name {
        // A packet with two tags is in two lines, so their sum is no total.
        "tag" => cells::keep_each(session, found),
        _ => cells::keep(session, found, &rest),
    };
    let mut shown: Vec<Line> = kept
        .cells
        .into_iter()
        .map(|cell| Line {
            packets: cell.packets(),
            sources: cell.int(1),
            sensors: cell.sensors,
            is_exact: cell.numbers.get(2) == Some(&Value::Bool(true)),
            place: cell.place,
            key: cell.key,
        })
        .collect();
    let metric = |line: &Line| match metric {
        Metric::Packets | Metric::Rate | Metric::PerAddress => line.packets,
        Metric::Sources => line.sources,
        Metric::Sensors => line.sensors.unwrap_or(0),
    };
    shown.sort_by(|a, b| {
        (metric(b), b.packets).cmp(&(metric(a), a.packets)).then_with(|| order(&a.key).cmp(&order(&b.key)))
    });
    Ok(Lines {
        shown,
        other: kept.other.map(|other| other.packets()),
        hidden: kept.hidden,
        note: kept.note,
        origin: ground.table.to_string(),
    })
}

/// One side of a comparison.
struct Side {
    lines: Lines,
    places: BTreeMap<Key, usize>,
    hours: i64,
}

impl Side {
    /// Asks; of the earlier side nobody is told the sources, nor of lines that are not among the first of `now`.
    fn ask(
        session: &Session,
        selection: &Selection,
        top: &Top,
        now: Option<&Side>,
    ) -> Result<Side, QueryError> {
        let alive = books::alive(session, selection)?;
        let hours = match top.metric {
            Metric::PerAddress => alive.address_hours.unwrap_or(0),
            _ => alive.sensor_hours,
        };
        let (each, first) = match top.has_sources() {
            true => (Counted::All, Counted::Packets),
            false => (Counted::Bare, Counted::Bare),
        };
        let asked = |wanted: (Counted, Wanted)| {
            counted(session, selection, top.by, top.metric, Where::default(), wanted)
        };
        let lines = match top.is_by_packets() && !top.by_change && top.lines <= COUNTED_APART_MAX {
            false => asked((each, Wanted::All))?,
            true => {
                // With a threshold a line beyond the first may be shown for what it was before.
                let is_any = top.versus.is_some() && top.threshold > 1;
                let wanted = match now {
                    _ if is_any => Wanted::All,
                    None => Wanted::First(top.lines),
                    Some(now) => {
                        let first = now.lines.shown.iter().take(top.lines);
                        Wanted::Placed(first.map(|line| line.key.clone()).collect())
                    }
                };
                let mut lines = asked((first, wanted))?;
                if now.is_none() && top.has_sources() {
                    count_sources(session, selection, top.by, &mut lines, top.lines)?;
                }
                lines
            }
        };
        let places = lines.shown.iter().enumerate().map(|(place, line)| (order(&line.key), place)).collect();
        Ok(Side { lines, places, hours })
    }

    /// Rank, packets and packets a day of a key; packets are `None` where withheld.
    fn of(&self, key: &Key) -> (Option<usize>, Option<i64>, Option<f64>) {
        let found = self.places.get(key).map(|place| (*place, &self.lines.shown[*place]));
        let packets = match found {
            Some((_, line)) => Some(line.packets),
            None => (!self.lines.hidden.contains(key)).then_some(0),
        };
        let rank = found.map(|(place, line)| line.place.unwrap_or(place + 1));
        (rank, packets, packets.and_then(|packets| rate(packets, self.hours)))
    }
}

/// The column of packets a day.
fn rate_unit(metric: Metric) -> &'static str {
    if metric == Metric::PerAddress { "packets/address/day" } else { "packets/sensor/day" }
}

fn refuse_hidden(session: &Session, by: &Dimension) -> Result<(), QueryError> {
    let is_hidden = match session.viewer() {
        Viewer::All => false,
        Viewer::Member { .. } => by.privacy == Privacy::Sensor,
        Viewer::Public { .. } => by.privacy != Privacy::Open,
    };
    match is_hidden {
        true => Err(QueryError::Forbidden(format!("you may not divide packets by {}", by.name))),
        false => Ok(()),
    }
}

/// Asks.
///
/// Columns: rank, the dimension's name, packets, share (%), rate (packets/sensor/day, or per address),
/// sources (unless left out), share_sources (%, when ranked by sources), sensors (where counted); and with
/// a period to compare with: before, rank_before, change (%).
pub fn top(session: &Session, selection: &Selection, top: &Top) -> Result<Table, QueryError> {
    refuse_hidden(session, top.by)?;
    let now = Side::ask(session, selection, top, None)?;
    let total = books::if_seen(books::total(session, selection))?;
    let all_sources = match top.metric {
        Metric::Sources => books::if_seen(books::sources(session, selection))?.map(|(sources, _)| sources),
        _ => None,
    };
    let has_sources = top.has_sources();
    let has_sensors =
        has_sources && top.by.name != "sensor" && now.lines.shown.iter().any(|line| line.sensors.is_some());
    let unit = rate_unit(top.metric);
    let mut columns =
        vec![("rank", ""), (top.by.name, ""), ("packets", "packets"), ("share", "%"), ("rate", unit)];
    columns.extend(has_sources.then_some(("sources", "sources")));
    columns.extend((top.metric == Metric::Sources).then_some(("share_sources", "%")));
    columns.extend(has_sensors.then_some(("sensors", "sensors")));
    let before = match &top.versus {
        None => None,
        Some(interval) => {
            columns.extend([("before", unit), ("rank_before", ""), ("change", "%")]);
            let selection = Selection { interval: Some(*interval), ..selection.clone() };
            Some(Side::ask(session, &selection, top, Some(&now))?)
        }
    };
    let mut lines: Vec<Line> = now.lines.shown.clone();
    if let (true, Some(before)) = (top.by_change, &before) {
        // What is gone has changed too; what is withheld now is not gone.
        let is_gone = |line: &&Line| now.of(&order(&line.key)).1 == Some(0);
        lines.extend(before.lines.shown.iter().filter(is_gone).map(|line| Line {
            packets: 0,
            sources: 0,
            sensors: line.sensors.map(|_| 0),
            is_exact: true,
            place: None,
            key: line.key.clone(),
        }));
    }
    let float = |number: Option<f64>| number.map_or(Value::Null, Value::Float);
    let mut table = Table::new(&columns);
    let mut rows: Vec<(f64, Vec<Value>)> = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        if !top.by_change && rows.len() >= top.lines {
            break;
        }
        let rate_now = rate(line.packets, now.hours);
        let mut row = vec![
            if place < now.lines.shown.len() { Value::Int(place as i64 + 1) } else { Value::Null },
            label::line(top.by, &line.key),
            Value::Int(line.packets),
            share(line.packets, total),
            float(rate_now),
        ];
        row.extend(has_sources.then_some(Value::Int(line.sources)));
        row.extend((top.metric == Metric::Sources).then(|| share(line.sources, all_sources)));
        row.extend(has_sensors.then(|| line.sensors.map_or(Value::Null, Value::Int)));
        let (mut moved, mut packets_before) = (0.0, 0);
        if let Some(before) = &before {
            let (rank, packets, rate_before) = before.of(&order(&line.key));
            let change = match (rate_now, rate_before) {
                (Some(now), Some(before)) if before > 0.0 => Some(100.0 * (now / before - 1.0)),
                _ => None,
            };
            let rank = rank.map_or(Value::Null, |rank| Value::Int(rank as i64));
            row.extend([float(rate_before), rank, float(change)]);
            packets_before = packets.unwrap_or(0);
            // A change against a withheld number is not known, so it is not among the largest.
            if packets.is_some() {
                moved = (rate_now.unwrap_or(0.0) - rate_before.unwrap_or(0.0)).abs();
            }
        }
        if line.packets.max(packets_before) >= top.threshold {
            rows.push((moved, row));
        }
    }
    if top.by_change {
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        rows.truncate(top.lines);
    }
    table.rows = rows.into_iter().map(|(_, row)| row).collect();
    if let (Some(packets), false) = (now.lines.other, top.by_change) {
        let mut row = vec![Value::Null; columns.len()];
        row[1] = Value::from(OTHER);
        row[2] = Value::Int(packets);
        row[3] = share(packets, total);
        row[4] = float(rate(packets, now.hours));
        table.push(row);
    }
    if has_sources && lines.iter().take(top.lines).any(|line| !line.is_exact) {
        table.notes.push(estimate_note());
    }
    table.notes.extend(now.lines.note);
    let alive = books::alive(session, selection)?;
    table.notes.extend(match top.metric {
        Metric::PerAddress => alive.notes_per_address(),
        _ => alive.notes(),
    });
    table.origin.push(now.lines.origin);
    Ok(table)
}

/// Whether an answer holds estimates.
pub fn is_estimated(table: &Table) -> bool {
    table.notes.iter().any(|note| is_estimate(note))
}

/// Whether that is what a note says.
pub fn is_estimate(note: &str) -> bool {
    note == estimate_note()
}

/// A share in per cent; nothing where the whole is withheld or nothing.
pub(crate) fn share(part: i64, whole: Option<i64>) -> Value {
    match whole {
        Some(whole) if whole > 0 => Value::Float(100.0 * part as f64 / whole as f64),
        _ => Value::Null,
    }
}
