//! Counts by step of time and line: what every question for a series asks.
//!
//! A step in which no sensor stored a packet is not there: a gap, never a zero. A step in which sensors
//! were alive and a line had no packet is a zero. What a viewer may not see has neither number.
//!
//! **Invariant:** points come step by step, and within a step in the order of the lines.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::Value;

use crate::error::QueryError;
use crate::ground::{self, Ground};
use crate::questions::books::{self, WatchedStep};
use crate::questions::cells::{self, Ask, Cell};
use crate::questions::{filter_of, pieces};
use crate::session::Session;
use crate::views::quoted;
use crate::withhold::{self, Part, Rule, Strangers};

/// What the series are of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series<'a> {
    /// `hour`, `day`, `week`, `month` or `year`.
    pub(crate) step: &'a str,
    /// Zone in which days and longer steps are cut.
    pub(crate) zone: &'a str,
    /// Columns that the lines and the condition need.
    pub(crate) needs: &'a [&'a str],
    /// One more condition; empty for none.
    pub(crate) condition: &'a str,
    /// Expressions that tell the lines apart; none for one line.
    pub(crate) keys: Vec<String>,
    /// The lines that are wanted, as values of those expressions.
    pub(crate) lines: Vec<Vec<Value>>,
    /// An aggregate to ask for in place of distinct sources.
    pub(crate) count: Option<&'a str>,
    /// Whether packets alone are counted: sources are 0, and sensors are counted only for whoever must withhold.
    pub(crate) is_bare: bool,
    /// A statement in brackets to ask instead of the ground's table; it has the columns at, packets, src, src6
    /// and sensor, and the ground's condition is its own affair.
    pub(crate) from: Option<String>,
}

/// A line in a step.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    /// The step, as its place in [`Drawn::steps`].
    pub(crate) step: usize,
    /// The line, as its place in [`Series::lines`].
    pub(crate) line: usize,
    /// Packets; `None` where withheld.
    pub(crate) packets: Option<i64>,
    /// Distinct sources; `None` where withheld.
    pub(crate) sources: Option<i64>,
    /// Distinct sensors, where they could be counted.
    pub(crate) sensors: Option<i64>,
}

/// The series.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// What was watched.
    pub(crate) steps: Vec<WatchedStep>,
    /// A point for each step and line.
    pub(crate) points: Vec<Point>,
    /// Whether sensors are counted.
    pub(crate) has_sensors: bool,
    /// The table the numbers came from.
    pub(crate) origin: String,
    /// What must be said: estimates, withheld cells.
    pub(crate) notes: Vec<String>,
}

impl Drawn {
    /// The points of the step that starts at a moment, in the order of the lines.
    pub(crate) fn at(&self, at: i64) -> &[Point] {
        let Ok(step) = self.steps.binary_search_by_key(&at, |step| step.at) else { return &[] };
        let n_lines = self.points.len() / self.steps.len();
        &self.points[step * n_lines..(step + 1) * n_lines]
    }
}

impl Point {
    /// The packets as a cell of an answer.
    pub(crate) fn packets(&self) -> Value {
        self.packets.map_or(Value::Null, Value::Int)
    }

    /// The sources as a cell of an answer.
    pub(crate) fn sources(&self) -> Value {
        self.sources.map_or(Value::Null, Value::Int)
    }

    /// The sensors as a cell of an answer.
    pub(crate) fn sensors(&self) -> Value {
        self.sensors.map_or(Value::Null, Value::Int)
    }
}

/// The ground for series: days of the home zone may come from rollups by day.
pub(crate) fn ground(
    session: &Session,
    selection: &Selection,
    step: &str,
    zone: &str,
    needs: &[&str],
) -> Result<Ground, QueryError> {
    let filter = filter_of(session, selection)?;
    let is_home = zone == session.store().home_zone_name();
    let grain = if step != "hour" && is_home { Grain::Day } else { Grain::Hour };
    ground::choose(session, selection, filter.as_ref(), needs, grain, false)
}

/// The expression of the step that a time falls into.
pub(crate) fn step_of(time: &str, step: &str, zone: &str) -> String {
    format!("span_start({time}, {}, {})", quoted(step), quoted(zone))
}

/// Draws.
pub(crate) fn draw(
    session: &Session,
    selection: &Selection,
    series: &Series<'_>,
) -> Result<Drawn, QueryError> {
    let ground = ground(session, selection, series.step, series.zone, series.needs)?;
    assert!(series.from.is_none() || ground.is_rows(), "a statement of ours stands in for rows");
    let at = match series.from {
        None => step_of(ground.time, series.step, series.zone),
        Some(_) => "at".to_string(),
    };
    let wanted = match series.keys.as_slice() {
        [] => "true".to_string(),
        keys => cells::is_one_of(keys, &series.lines),
    };
    let both = |more: &str| match series.condition {
        "" => more.to_string(),
        condition => format!("({condition}) AND {more}"),
    };
    let mut keys = vec![at.clone()];
    keys.extend(series.keys.iter().cloned());
    let steps = books::watched_steps(session, selection, series.step, series.zone)?;
    let starts: Vec<i64> = steps.iter().map(|step| step.at).collect();
    // Where sources are counted one by one, every step holds a set of them. A statement of ours has cut its steps itself:
    // conditions on them would not narrow what it reads.
    let holds_sets =
        series.from.is_none() && !series.is_bare && (series.count.is_some() || !ground.may_estimate());
    let pieces = if holds_sets { pieces::of(&ground, &starts, series.step) } else { vec![String::new()] };
    let ask_piece = |keys: Vec<String>, condition: String| {
        let mut ask = Ask::of(&ground, keys, &condition);
        if let Some(count) = series.count {
            ask.numbers[1] = count.to_string();
        }
        if series.is_bare {
            ask.numbers[1] = "0".to_string();
            ask.has_sensor &= *session.viewer() != Viewer::All;
        }
        if let Some(from) = &series.from {
            (ask.from, ask.condition) = (from.clone(), condition);
        }
        cells::ask(session, &ask)
    };
    let ask = |keys: Vec<String>, condition: String| {
        let mut cells = Vec::new();
        for piece in &pieces {
            let condition =
                if piece.is_empty() { condition.clone() } else { format!("({condition}) AND {piece}") };
            cells.extend(ask_piece(keys.clone(), condition)?);
        }
        Ok::<_, QueryError>(cells)
    };
    let found = ask(keys, both(&wanted))?;
    let rule = Rule::of(session.viewer());
    let rest = match (&rule, series.keys.is_empty()) {
        (Some(_), false) => ask(vec![at], both(&format!("NOT coalesce({wanted}, false)")))?,
        _ => Vec::new(),
    };
    let mut drawn = place(&rule, series, steps, found, &rest);
    drawn.has_sensors = ground.has_sensor;
    drawn.origin = ground.table.to_string();
    if ground.may_estimate() && !series.is_bare {
        drawn.notes.insert(0, estimate_note());
    }
    Ok(drawn)
}

/// Draws the lines and, before them, their total: points without a line.
pub(crate) fn draw_with_total(
    session: &Session,
    selection: &Selection,
    series: &Series<'_>,
) -> Result<(Drawn, Drawn), QueryError> {
    let total = draw(session, selection, &Series { keys: Vec::new(), lines: Vec::new(), ..series.clone() })?;
    let mut lines = draw(session, selection, series)?;
    // Lines that add up to a withheld total would tell it.
    let withheld: BTreeSet<i64> = total
        .points
        .iter()
        .filter(|point| point.packets.is_none())
        .map(|point| total.steps[point.step].at)
        .collect();
    for point in &mut lines.points {
        if withheld.contains(&lines.steps[point.step].at) {
            (point.packets, point.sources) = (None, None);
        }
    }
    Ok((total, lines))
}

/// What a person must know of sources that come from sketches.
pub(crate) fn estimate_note() -> String {
    format!(
        "sources above {} are estimates from sketches (standard error {:.1} %)",
        teiten_store::distinct::EXACT_MAX,
        100.0 * teiten_store::distinct::ERROR
    )
}

/// Puts cells into their steps and lines, and takes out what the viewer may not see.
pub(crate) fn place(
    rule: &Option<Rule>,
    series: &Series<'_>,
    mut steps: Vec<WatchedStep>,
    found: Vec<Cell>,
    rest: &[Cell],
) -> Drawn {
    let moment = |cell: &Cell| if let Some(Value::Time(at)) = cell.key.first() { *at } else { 0 };
    // Every hour with a packet is in the book of sensors; should one be missing, its packets are shown all the same.
    let known: BTreeSet<i64> = steps.iter().map(|step| step.at).collect();
    let missing: BTreeSet<i64> = found.iter().map(moment).filter(|at| !known.contains(at)).collect();
    steps.extend(missing.into_iter().map(|at| WatchedStep { at, ..WatchedStep::default() }));
    steps.sort_by_key(|step| step.at);
    let step_at: BTreeMap<i64, usize> =
        steps.iter().enumerate().map(|(place, step)| (step.at, place)).collect();
    let lines: Vec<cells::Key> = match series.keys.is_empty() {
        true => vec![Vec::new()],
        false => series.lines.iter().map(|line| cells::order(line)).collect(),
    };
    let line_at: BTreeMap<&cells::Key, usize> =
        lines.iter().enumerate().map(|(place, line)| (line, place)).collect();
    let n_lines = lines.len();
    let mut full: Vec<Option<Cell>> = vec![None; steps.len() * n_lines];
    for cell in found {
        let line = line_at.get(&cells::order(&cell.key[1..])).copied();
        if let (Some(step), Some(line)) = (step_at.get(&moment(&cell)), line) {
            full[step * n_lines + line] = Some(cell);
        }
    }
    let hidden = rule.as_ref().map(|rule| {
        let parts = parts(rule, series, &steps, &full, rest, &step_at);
        withhold::hidden(rule, &parts)
    });
    let is_hidden = |place: usize| hidden.as_ref().is_some_and(|hidden| hidden[place]);
    let points: Vec<Point> = full
        .iter()
        .enumerate()
        .map(|(place, cell)| {
            let shown = |number: i64| (!is_hidden(place)).then_some(number);
            Point {
                step: place / n_lines,
                line: place % n_lines,
                packets: shown(cell.as_ref().map_or(0, Cell::packets)),
                sources: shown(cell.as_ref().map_or(0, |cell| cell.int(1))),
                sensors: cell.as_ref().map_or(Some(0), |cell| cell.sensors),
            }
        })
        .collect();
    let n_hidden = points.iter().filter(|point| point.packets.is_none()).count();
    let notes = rule.as_ref().and_then(|rule| withhold::note(rule, n_hidden, false)).into_iter().collect();
    Drawn { steps, points, has_sensors: true, origin: String::new(), notes }
}

/// The points as the rule sees them, and after them the rest of each step that no line is of.
fn parts(
    rule: &Rule,
    series: &Series<'_>,
    steps: &[WatchedStep],
    full: &[Option<Cell>],
    rest: &[Cell],
    step_at: &BTreeMap<i64, usize>,
) -> Vec<Part> {
    let n_lines = if series.keys.is_empty() { 1 } else { series.lines.len() };
    let is_one_line = series.keys.is_empty();
    let mut parts: Vec<Part> = full
        .iter()
        .enumerate()
        .map(|(place, cell)| {
            let (step, line) = (place / n_lines, place % n_lines);
            // Margins: the lines, then the steps; one line alone is the total of its step.
            let margins = (line, (!is_one_line).then_some(n_lines + step));
            Part {
                weight: cell.as_ref().map_or(0, Cell::packets),
                strangers: cell.as_ref().map_or_else(Strangers::nobody, |cell| cell.strangers.clone()),
                margins,
                is_wanted: true,
                // Where few watched, a zero tells of those few.
                is_barred: (1..rule.sensors_min as i64).contains(&steps[step].strangers),
            }
        })
        .collect();
    parts.extend(rest.iter().filter_map(|cell| {
        let Some(Value::Time(at)) = cell.key.first() else { return None };
        let step = step_at.get(at)?;
        Some(Part {
            weight: cell.packets(),
            strangers: cell.strangers.clone(),
            margins: (n_lines + step, None),
            is_wanted: false,
            is_barred: false,
        })
    }));
    parts
}
