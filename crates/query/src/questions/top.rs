//! Which ports, countries, sources ... had the most packets, sources, sensors?
//!
//! With a period to compare with, every line carries its rank and number there. Ranks come from all
//! lines, not from those shown. Order: the metric, then packets, then the line's own values.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::column::Privacy;
use teiten_model::interval::Interval;
use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};

use crate::dimension::Dimension;
use crate::error::QueryError;
use crate::ground;
use crate::label;
use crate::questions::{books, filter_of, withholding};
use crate::session::Session;

/// What lines are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Packets.
    Packets,
    /// Distinct sources.
    Sources,
    /// Distinct sensors.
    Sensors,
    /// Packets per sensor and day; the same order as packets.
    Rate,
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
}

struct Line {
    key: Vec<Value>,
    packets: i64,
    sources: i64,
    sensors: Option<i64>,
    is_exact: bool,
}

/// What a person must know of sources that come from sketches.
pub(crate) fn estimate_note() -> String {
    format!(
        "sources above {} are estimates from sketches (standard error {:.1} %)",
        teiten_store::distinct::EXACT_MAX,
        100.0 * teiten_store::distinct::ERROR
    )
}

/// Packets per sensor and day, given hours in which sensors were alive.
pub fn rate(packets: i64, sensor_hours: i64) -> Option<f64> {
    (sensor_hours > 0).then(|| packets as f64 / (sensor_hours as f64 / 24.0))
}

fn lines(session: &Session, selection: &Selection, top: &Top) -> Result<(Vec<Line>, String), QueryError> {
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(
        session,
        selection,
        filter.as_ref(),
        top.by.needs,
        Grain::Day,
        top.metric == Metric::Sensors,
    )?;
    let parts: Vec<String> =
        top.by.parts.iter().map(|(name, expression)| format!("{expression} AS key_{name}")).collect();
    let keys: Vec<String> = top.by.parts.iter().map(|(name, _)| format!("key_{name}")).collect();
    let sensors = if ground.is_rows() { "count(DISTINCT sensor)" } else { "CAST(NULL AS bigint)" };
    let from = if top.by.name == "tag" {
        let columns = if ground.is_rows() { "packets, src, src6, sensor" } else { "packets, sources" };
        format!(
            "(SELECT {columns}, unnest(string_to_array(tags, ' ')) AS tag FROM {} WHERE tags IS NOT NULL AND {})",
            ground.base(),
            ground.condition
        )
    } else {
        // Packets that have no such thing are no line; only where it is unknown, or not IP, do they make one.
        let present = match (top.by.name, top.by.parts) {
            ("country" | "port" | "srcport", _) => String::new(),
            ("source", _) => " AND (src IS NOT NULL OR src6 IS NOT NULL)".to_string(),
            (_, [(_, expression), ..]) => format!(" AND ({expression}) IS NOT NULL"),
            (_, []) => String::new(),
        };
        format!("(SELECT * FROM {} WHERE {}{present})", ground.base(), ground.condition)
    };
    let sql = format!(
        "SELECT {}, sum(packets) AS packets, {} AS sources, {sensors} AS sensors, {} AS is_exact FROM {from} \
         GROUP BY {}{}",
        parts.join(", "),
        ground.sources,
        ground.is_exact,
        (1..=parts.len()).map(|place| place.to_string()).collect::<Vec<_>>().join(", "),
        withholding(session),
    );
    let answer = session.ask(&sql)?;
    let int = |value: &Value| match value {
        Value::Int(number) => *number,
        _ => 0,
    };
    let n_keys = keys.len();
    let mut lines: Vec<Line> = answer
        .rows
        .into_iter()
        .map(|mut row| {
            let sums = row.split_off(n_keys);
            Line {
                key: row,
                packets: int(&sums[0]),
                sources: int(&sums[1]),
                sensors: matches!(sums[2], Value::Int(_)).then(|| int(&sums[2])),
                is_exact: sums[3] == Value::Bool(true),
            }
        })
        .collect();
    let metric = |line: &Line| match top.metric {
        Metric::Packets | Metric::Rate => line.packets,
        Metric::Sources => line.sources,
        Metric::Sensors => line.sensors.unwrap_or(0),
    };
    lines.sort_by(|a, b| {
        (metric(b), b.packets).cmp(&(metric(a), a.packets)).then_with(|| order(&a.key).cmp(&order(&b.key)))
    });
    Ok((lines, ground.table.to_string()))
}

type Key = Vec<(i64, String)>;

/// A key as something with a total order.
fn order(key: &[Value]) -> Key {
    key.iter()
        .map(|value| match value {
            Value::Int(number) => (*number, String::new()),
            Value::Null => (i64::MIN, String::new()),
            Value::Text(text) => (0, text.clone()),
            Value::Bytes(bytes) => (0, bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            Value::Float(_) | Value::Bool(_) | Value::Time(_) | Value::Address(_) => {
                (0, format!("{value:?}"))
            }
        })
        .collect()
}

/// The cells that a line is shown with.
pub(crate) fn shown(by: &Dimension, key: &[Value]) -> Value {
    let int = |value: &Value| match value {
        Value::Int(number) => Some(*number),
        _ => None,
    };
    match by.name {
        "port" | "srcport" | "quoteport" => Value::Text(label::port(int(&key[0]), int(&key[1]))),
        "protocol" => Value::Text(int(&key[0]).map_or("not IP".to_string(), label::protocol)),
        "icmp" => Value::Text(format!("{}/{}", int(&key[0]).unwrap_or(-1), int(&key[1]).unwrap_or(-1))),
        "source" => match (int(&key[0]).and_then(teiten_model::address::ipv4_of), &key[1]) {
            (Some(address), _) => Value::Address(address.into()),
            (None, Value::Bytes(bytes)) => teiten_model::address::ipv6_of(bytes)
                .map_or(Value::Null, |address| Value::Address(address.into())),
            (None, _) => Value::Null,
        },
        _ => key[0].clone(),
    }
}

/// Asks.
///
/// Columns: rank, the dimension's name, packets, share (%), rate (packets/sensor/day), sources, sensors
/// (where counted); and with a period to compare with: before, rank_before, change (%).
pub fn top(session: &Session, selection: &Selection, top: &Top) -> Result<Table, QueryError> {
    let hidden = match session.viewer() {
        Viewer::All => false,
        Viewer::Member { .. } => top.by.privacy == Privacy::Sensor,
        Viewer::Public { .. } => top.by.privacy != Privacy::Open,
    };
    if hidden {
        return Err(QueryError::Forbidden(format!("you may not divide packets by {}", top.by.name)));
    }
    let (mut now, origin) = lines(session, selection, top)?;
    let total: i64 = books::total(session, selection)?;
    let alive = books::alive(session, selection)?;
    let mut columns = vec![
        ("rank", ""),
        (top.by.name, ""),
        ("packets", "packets"),
        ("share", "%"),
        ("rate", "packets/sensor/day"),
        ("sources", "sources"),
    ];
    let has_sensors = now.iter().any(|line| line.sensors.is_some());
    if has_sensors {
        columns.push(("sensors", "sensors"));
    }
    let before = match &top.versus {
        None => None,
        Some(interval) => {
            columns.extend([("before", "packets/sensor/day"), ("rank_before", ""), ("change", "%")]);
            let selection = Selection { interval: Some(*interval), ..selection.clone() };
            Some((lines(session, &selection, top)?.0, books::alive(session, &selection)?))
        }
    };
    let n_ranked = now.len();
    let places_before: BTreeMap<Key, usize> = before
        .iter()
        .flat_map(|(before, _)| before.iter().enumerate().map(|(place, line)| (order(&line.key), place)))
        .collect();
    if let (true, Some((before, _))) = (top.by_change, &before) {
        let there: BTreeSet<Key> = now.iter().map(|line| order(&line.key)).collect();
        // What is gone has changed too.
        now.extend(before.iter().filter(|line| !there.contains(&order(&line.key))).map(|line| Line {
            key: line.key.clone(),
            packets: 0,
            sources: 0,
            sensors: line.sensors.map(|_| 0),
            is_exact: true,
        }));
    }
    let mut table = Table::new(&columns);
    let mut rows: Vec<(f64, Vec<Value>)> = Vec::new();
    for (place, line) in now.iter().enumerate() {
        if !top.by_change && rows.len() >= top.lines {
            break;
        }
        let rate_now = rate(line.packets, alive.sensor_hours);
        let mut row = vec![
            if place < n_ranked { Value::Int(place as i64 + 1) } else { Value::Null },
            shown(top.by, &line.key),
            Value::Int(line.packets),
            if total > 0 { Value::Float(100.0 * line.packets as f64 / total as f64) } else { Value::Null },
            rate_now.map_or(Value::Null, Value::Float),
            Value::Int(line.sources),
        ];
        if has_sensors {
            row.push(line.sensors.map_or(Value::Null, Value::Int));
        }
        let mut moved = 0.0;
        let mut packets_before = 0;
        if let Some((before, alive_before)) = &before {
            let found = places_before.get(&order(&line.key)).copied();
            packets_before = found.map_or(0, |place| before[place].packets);
            let rate_before = rate(packets_before, alive_before.sensor_hours);
            row.push(rate_before.map_or(Value::Null, Value::Float));
            row.push(found.map_or(Value::Null, |place| Value::Int(place as i64 + 1)));
            let change = match (rate_now, rate_before) {
                (Some(now), Some(before)) if before > 0.0 => Some(100.0 * (now / before - 1.0)),
                _ => None,
            };
            row.push(change.map_or(Value::Null, Value::Float));
            moved = (rate_now.unwrap_or(0.0) - rate_before.unwrap_or(0.0)).abs();
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
    if now.iter().take(top.lines).any(|line| !line.is_exact) {
        table.notes.push(estimate_note());
    }
    table.notes.extend(alive.notes());
    table.origin.push(origin);
    Ok(table)
}
