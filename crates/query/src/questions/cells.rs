//! Counts under keys, with the sensors behind each: what every grouped question asks first.
//!
//! **Invariant:** cells come in the order of their keys, whatever the engine's order was.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::hex::hex;
use teiten_model::table::Value;

use crate::error::QueryError;
use crate::ground::Ground;
use crate::session::Session;
use crate::withhold::{self, Part, Rule, Strangers};

/// What is counted, from where, under which keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ask {
    /// A table, or a statement in brackets.
    pub(crate) from: String,
    /// What follows WHERE; empty for everything.
    pub(crate) condition: String,
    /// Expressions of the keys.
    pub(crate) keys: Vec<String>,
    /// Aggregates; the first one is packets.
    pub(crate) numbers: Vec<String>,
    /// Whether `from` has the column `sensor`.
    pub(crate) has_sensor: bool,
    /// Which cells are wanted.
    pub(crate) wanted: Wanted,
}

/// Which cells are wanted; every cell for whoever must withhold.
#[derive(Debug, Clone, Default)]
pub(crate) enum Wanted {
    /// All of them.
    #[default]
    All,
    /// So many with the most packets; of those with as many, those of the first keys.
    First(usize),
    /// Those of these keys, each with its place among all in the order of packets, then of the keys.
    Placed(Vec<Vec<Value>>),
}

/// One cell.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    /// Values of the keys.
    pub(crate) key: Vec<Value>,
    /// Values of the aggregates.
    pub(crate) numbers: Vec<Value>,
    /// Distinct sensors, where they could be counted.
    pub(crate) sensors: Option<i64>,
    /// Who of them is a stranger to the viewer.
    pub(crate) strangers: Strangers,
    /// Its place among all cells, from 1 on; only of a cell that was asked for by its key.
    pub(crate) place: Option<usize>,
}

impl Cell {
    /// The aggregate at that place as a whole number; 0 where there is none.
    pub(crate) fn int(&self, place: usize) -> i64 {
        match self.numbers.get(place) {
            Some(Value::Int(number)) => *number,
            _ => 0,
        }
    }

    /// Packets.
    pub(crate) fn packets(&self) -> i64 {
        self.int(0)
    }

    /// The column `sensors` of an answer.
    pub(crate) fn sensors(&self) -> Value {
        self.sensors.map_or(Value::Null, Value::Int)
    }
}

impl Ask {
    /// Packets and distinct sources of a ground under keys, with one more condition.
    pub(crate) fn of(ground: &Ground, keys: Vec<String>, condition: &str) -> Ask {
        Ask {
            from: ground.base(),
            condition: ground.and(condition),
            keys,
            numbers: vec!["sum(packets)".to_string(), ground.sources.to_string()],
            has_sensor: ground.has_sensor,
            wanted: Wanted::All,
        }
    }

    /// The statement of the cells that are wanted, from that of all.
    fn narrowed(&self, all: String) -> String {
        let keys: Vec<String> = (0..self.keys.len()).map(|place| format!("key_{place}")).collect();
        let numbers = (0..self.numbers.len()).map(|place| format!("n_{place}"));
        let columns: Vec<String> =
            keys.iter().cloned().chain(numbers).chain(["sensors".to_string()]).collect();
        let columns = columns.join(", ");
        // As `order` has keys: what is not there first.
        let order: String = keys.iter().map(|key| format!(", {key} ASC NULLS FIRST")).collect();
        match &self.wanted {
            Wanted::All => all,
            Wanted::First(most) => {
                format!("SELECT {columns} FROM ({all}) ORDER BY n_0 DESC{order} LIMIT {most}")
            }
            Wanted::Placed(named) => {
                format!(
                    "SELECT {columns}, place FROM (SELECT *, row_number() OVER (ORDER BY n_0 DESC{order}) AS place \
                     FROM ({all})) WHERE {}",
                    is_one_of(&keys, named)
                )
            }
        }
    }

    /// The condition with its word before it; empty for none.
    fn condition(&self) -> String {
        if self.condition.is_empty() { String::new() } else { format!(" WHERE {}", self.condition) }
    }
}

/// Asks.
pub(crate) fn ask(session: &Session, ask: &Ask) -> Result<Vec<Cell>, QueryError> {
    let rule = Rule::of(session.viewer());
    assert!(rule.is_none() || ask.has_sensor, "whoever must withhold asks where sensors can be counted");
    // Who stands behind a cell is asked apart: sensors are few, and a set for each cell costs more.
    let counts_here = ask.has_sensor && rule.is_none();
    let sensors = if counts_here { "distinct_count(sensor)" } else { "CAST(NULL AS bigint)" };
    let keys = ask.keys.iter().enumerate().map(|(place, key)| format!("{key} AS key_{place}"));
    let numbers = ask.numbers.iter().enumerate().map(|(place, number)| format!("{number} AS n_{place}"));
    let columns: Vec<String> = keys.chain(numbers).chain([format!("{sensors} AS sensors")]).collect();
    let (condition, group) = (ask.condition(), grouped(ask.keys.len()));
    let mut statement = format!("SELECT {} FROM {}{condition}{group}", columns.join(", "), ask.from);
    if rule.is_none() {
        statement = ask.narrowed(statement);
    }
    let is_placed = rule.is_none() && matches!(ask.wanted, Wanted::Placed(_));
    let found = session.ask(&statement)?;
    let mut behind = match &rule {
        None => BTreeMap::new(),
        Some(rule) => behind(session, ask, rule)?,
    };
    let mut cells: Vec<(Key, Cell)> = found
        .rows
        .into_iter()
        .map(|mut key| {
            let mut numbers = key.split_off(ask.keys.len());
            let place_of_all = match numbers.pop_if(|_| is_placed) {
                Some(Value::Int(place)) => usize::try_from(place).ok(),
                _ => None,
            };
            let sensors = if let Some(Value::Int(sensors)) = numbers.pop() { Some(sensors) } else { None };
            let place = order(&key);
            let (sensors, strangers) = match behind.remove(&place) {
                Some((sensors, strangers)) => (Some(sensors), strangers),
                None => (sensors, Strangers::Enough),
            };
            (place, Cell { key, numbers, sensors, strangers, place: place_of_all })
        })
        // Without keys the engine gives a row also where nothing was counted.
        .filter(|(_, cell)| cell.numbers.first() != Some(&Value::Null))
        .collect();
    assert!(behind.is_empty() || cells.is_empty(), "both questions find the same cells");
    cells.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(cells.into_iter().map(|(_, cell)| cell).collect())
}

/// What follows a condition to group by the first columns.
fn grouped(n_keys: usize) -> String {
    let places: Vec<String> = (1..=n_keys).map(|place| place.to_string()).collect();
    if places.is_empty() { String::new() } else { format!(" GROUP BY {}", places.join(", ")) }
}

/// The sensors behind each cell: how many, and which strangers while they are few.
fn behind(session: &Session, ask: &Ask, rule: &Rule) -> Result<BTreeMap<Key, (i64, Strangers)>, QueryError> {
    let n_keys = ask.keys.len();
    let inner: Vec<String> =
        ask.keys.iter().enumerate().map(|(place, key)| format!("{key} AS key_{place}")).collect();
    let inner = [inner, vec!["sensor".to_string(), format!("{} AS stranger", rule.stranger())]].concat();
    let outer: Vec<String> = (0..n_keys).map(|place| format!("key_{place}")).collect();
    let outer =
        [outer, vec!["count(sensor) AS sensors".to_string(), format!("{} AS few", rule.few())]].concat();
    let found = session.ask(&format!(
        "SELECT {} FROM (SELECT {} FROM {}{}{}){}",
        outer.join(", "),
        inner.join(", "),
        ask.from,
        ask.condition(),
        grouped(n_keys + 2),
        grouped(n_keys)
    ))?;
    let behind = found.rows.into_iter().map(|mut row| {
        let few = row.pop();
        let sensors = if let Some(Value::Int(sensors)) = row.pop() { sensors } else { 0 };
        let strangers = match few {
            Some(Value::Text(names)) => Strangers::read(Some(&names)),
            _ => Strangers::Enough,
        };
        (order(&row), (sensors, strangers))
    });
    Ok(behind.collect())
}

/// Cells of one total that the viewer may see, and the others together.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// What is shown, in the order it came.
    pub(crate) cells: Vec<Cell>,
    /// The packets of what is not, when that may be shown; other numbers cannot be added up.
    pub(crate) other: Option<Cell>,
    /// Keys of what is not.
    pub(crate) hidden: BTreeSet<Key>,
    /// What must be said of it.
    pub(crate) note: Option<String>,
}

/// Withholds small cells of one total; `rest` is what the total holds beside them.
pub(crate) fn keep(session: &Session, cells: Vec<Cell>, rest: &[Cell]) -> Kept {
    let Some(rule) = Rule::of(session.viewer()) else { return Kept { cells, ..Kept::default() } };
    let part = |cell: &Cell, is_wanted| Part {
        weight: cell.packets(),
        strangers: cell.strangers.clone(),
        margins: (0, None),
        is_wanted,
        is_barred: false,
    };
    let parts: Vec<Part> =
        cells.iter().map(|cell| part(cell, true)).chain(rest.iter().map(|cell| part(cell, false))).collect();
    let hidden = withhold::hidden(&rule, &parts);
    let mut kept = Kept::default();
    let (mut packets, mut strangers) = (0, Strangers::nobody());
    for (cell, is_hidden) in cells.into_iter().zip(hidden) {
        if is_hidden {
            packets += cell.packets();
            strangers.join(&cell.strangers);
            kept.hidden.insert(order(&cell.key));
        } else {
            kept.cells.push(cell);
        }
    }
    // The line of the others may not be a small cell itself, nor leave one beside it.
    let is_rest_small = rest.iter().any(|cell| rule.is_small(&cell.strangers));
    if !kept.hidden.is_empty() && !rule.is_small(&strangers) && !is_rest_small {
        let numbers = vec![Value::Int(packets)];
        kept.other = Some(Cell { key: Vec::new(), numbers, sensors: None, strangers, place: None });
    }
    kept.note = withhold::note(&rule, kept.hidden.len(), kept.other.is_some());
    kept
}

/// Withholds small cells that add up to no total.
pub(crate) fn keep_each(session: &Session, cells: Vec<Cell>) -> Kept {
    let Some(rule) = Rule::of(session.viewer()) else { return Kept { cells, ..Kept::default() } };
    let (small, cells): (Vec<Cell>, Vec<Cell>) =
        cells.into_iter().partition(|cell| rule.is_small(&cell.strangers));
    let hidden: BTreeSet<Key> = small.iter().map(|cell| order(&cell.key)).collect();
    let note = withhold::note(&rule, hidden.len(), false);
    Kept { cells, other: None, hidden, note }
}

/// A key as something with a total order.
pub(crate) type Key = Vec<(i64, String)>;

/// The order of keys: numbers, texts, bytes; what is not there first.
pub(crate) fn order(key: &[Value]) -> Key {
    key.iter()
        .map(|value| match value {
            Value::Int(number) | Value::Time(number) => (*number, String::new()),
            Value::Null => (i64::MIN, String::new()),
            Value::Text(text) => (0, text.clone()),
            Value::Bytes(bytes) => (0, hex(bytes)),
            Value::Float(_) | Value::Bool(_) | Value::Address(_) => (0, format!("{value:?}")),
        })
        .collect()
}

/// A value of a key as it stands in a statement.
pub(crate) fn literal(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Text(text) => crate::views::quoted(text),
        Value::Bytes(bytes) => {
            format!("X'{}'", hex(bytes))
        }
        Value::Bool(truth) => truth.to_string(),
        Value::Time(us) => crate::ground::moment(*us),
        Value::Null | Value::Float(_) | Value::Address(_) => "NULL".to_string(),
    }
}

/// Most operands in one pair of brackets: the engine's tree is as deep as such a chain is long.
const CHAIN_MAX: usize = 16;

/// The condition that these expressions have the values of one of these keys; NULL may stand for false.
pub(crate) fn is_one_of(expressions: &[String], keys: &[Vec<Value>]) -> String {
    let one = |key: &Vec<Value>| {
        let parts = expressions.iter().zip(key).map(|(expression, value)| match value {
            Value::Null => format!("({expression}) IS NULL"),
            value => format!("({expression}) = {}", literal(value)),
        });
        parts.collect::<Vec<_>>().join(" AND ")
    };
    any_of(keys.iter().map(one).collect())
}

/// The condition that one of these holds.
pub(crate) fn any_of(mut parts: Vec<String>) -> String {
    parts = parts.into_iter().map(|part| format!("({part})")).collect();
    while parts.len() > CHAIN_MAX {
        parts = parts.chunks(CHAIN_MAX).map(|chunk| format!("({})", chunk.join(" OR "))).collect();
    }
    if parts.is_empty() { "false".to_string() } else { format!("({})", parts.join(" OR ")) }
}
