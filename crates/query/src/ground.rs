//! On what ground a question is answered: the smallest table that can answer it.
//!
//! Rollups answer when they have every column the question needs and the time range falls on their
//! cells; otherwise the rows do. The answer names its ground, and whether distinct sources are exact.

use teiten_model::interval::{Day, HOUR_US, Interval, Timestamp};
use teiten_model::rollup::{Grain, ROLLUPS};
use teiten_model::selection::{Selection, Viewer};
use teiten_selection::Filter;
use teiten_store::expiries::Kind;
use teiten_store::table::PACKETS;

use crate::error::QueryError;
use crate::kept;
use crate::session::{BASE, Session};
use crate::views::{quoted, quoted_list};
use crate::withhold;

/// A table with the conditions that select from it.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    /// Name of the table as a person knows it.
    pub(crate) table: &'static str,
    /// The column that holds the time.
    pub(crate) time: &'static str,
    /// What follows WHERE.
    pub(crate) condition: String,
    /// The expression for distinct sources.
    pub(crate) sources: &'static str,
    /// The expression for "that number is exact".
    pub(crate) is_exact: &'static str,
    /// Whether the sensors behind a cell can be counted.
    pub(crate) has_sensor: bool,
}

impl Ground {
    /// The table under the name the engine knows.
    pub(crate) fn base(&self) -> String {
        format!("{BASE}{}", self.table)
    }

    /// Whether distinct sources come from sketches, which estimate beyond a few.
    pub(crate) fn may_estimate(&self) -> bool {
        self.is_exact != ALWAYS_EXACT
    }

    /// Whether these are the packets themselves.
    pub(crate) fn is_rows(&self) -> bool {
        self.table == PACKETS
    }

    /// What follows WHERE, with one more condition; an empty one adds nothing.
    pub(crate) fn and(&self, condition: &str) -> String {
        match condition {
            "" => self.condition.clone(),
            more => format!("{} AND ({more})", self.condition),
        }
    }

    /// The condition that something was at one moment or later, and before another; empty for neither.
    pub(crate) fn between(&self, from: Option<i64>, to: Option<i64>) -> String {
        let since = from.map(|from| since(self.time, from));
        let until = to.map(|to| until(self.time, to));
        since.into_iter().chain(until).flatten().collect::<Vec<_>>().join(" AND ")
    }

    /// The condition that a packet has that tag.
    pub(crate) fn has_tag(tag: &str) -> String {
        format!("(tags IS NOT NULL AND contains(' ' || tags || ' ', {}))", quoted(&format!(" {tag} ")))
    }
}

/// What stands for "that number is exact" where sources are counted one by one.
const ALWAYS_EXACT: &str = "true";

/// Distinct sources, counted one by one in rows that name them.
pub(crate) const ROW_SOURCES: &str = "count(DISTINCT src) + distinct_count(src6)";

/// A moment as SQL.
pub(crate) fn moment(us: i64) -> String {
    format!("arrow_cast({us}, 'Timestamp(Microsecond, Some(\"UTC\"))')")
}

fn is_cut(session: &Session, interval: &Interval, grain: Grain) -> bool {
    let zone = session.store().home_zone();
    [interval.start, interval.end].iter().all(|edge| match grain {
        Grain::Hour => edge.0.rem_euclid(HOUR_US) == 0,
        Grain::Day => teiten_store::rollup::DayCut::new(zone.clone()).start_of(edge.0) == edge.0,
    })
}

/// Which rollups can be used at all: a viewer with the k-sensor rule needs to count sensors, so rows.
fn may_use_rollups(session: &Session, needs_sensors: bool) -> bool {
    matches!(session.viewer(), Viewer::All) && !needs_sensors
}

/// The ground for a question that needs these columns.
///
/// `needs` are the columns of the dimensions; `needs_sensors` asks for distinct sensors too.
pub(crate) fn choose(
    session: &Session,
    selection: &Selection,
    filter: Option<&Filter>,
    needs: &[&str],
    step: Grain,
    needs_sensors: bool,
) -> Result<Ground, QueryError> {
    withhold::allow(session, selection)?;
    if may_use_rollups(session, needs_sensors) {
        for rollup in ROLLUPS.iter().filter(|rollup| rollup.name != "source_ports_daily") {
            let keys: Vec<&str> = rollup.keys.iter().map(|key| key.name).collect();
            let has = |name: &str| keys.contains(&name);
            // The rest of a sensor's ports is one cell without a port, so it cannot answer by port.
            let is_whole = rollup.name != "sensor_ports_daily" || !needs.contains(&"dst_port");
            if is_whole
                && needs.iter().all(|column| has(column))
                && filter.is_none_or(|filter| is_whole_for(rollup.name, filter, &keys))
                && (selection.sensors.is_empty() || has("sensor"))
                && selection.interval.as_ref().is_none_or(|interval| is_cut(session, interval, rollup.grain))
                && (rollup.grain == Grain::Hour || step == Grain::Day)
            {
                kept::check(session, Kind::Rollups, selection.interval)?;
                let is_sources = rollup.name == "sources_daily";
                return Ok(Ground {
                    table: rollup.name,
                    time: "at",
                    condition: condition(selection, filter, "at", "sensor_group"),
                    sources: if is_sources { ROW_SOURCES } else { "distinct_told(sources)['sources']" },
                    is_exact: if is_sources { ALWAYS_EXACT } else { "distinct_told(sources)['exact']" },
                    has_sensor: has("sensor"),
                });
            }
        }
    }
    kept::check(session, Kind::Packets, selection.interval)?;
    Ok(Ground {
        table: PACKETS,
        time: "ts",
        condition: of_rows(selection, filter),
        sources: ROW_SOURCES,
        is_exact: ALWAYS_EXACT,
        has_sensor: true,
    })
}

/// A filter that names a port of ICMP would read the type as a port, so such filters go to the rows.
fn is_whole_for(rollup: &str, filter: &Filter, keys: &[&str]) -> bool {
    let keys: Vec<&str> = keys
        .iter()
        .copied()
        .filter(|key| {
            *key != "dst_port" && *key != "ip_proto" && (rollup != "sources_daily" || *key != "src6")
        })
        .collect();
    filter.is_rollup_answerable(&keys)
}

/// The condition that packets belong to a sensor and lie in the selection's interval, and no other.
pub(crate) fn in_time(selection: &Selection) -> String {
    let selection = Selection { interval: selection.interval, ..Selection::default() };
    condition(&selection, None, "ts", "sensor")
}

/// The condition of the packets of a selection.
pub(crate) fn of_rows(selection: &Selection, filter: Option<&Filter>) -> String {
    condition(selection, filter, "ts", "sensor")
}

/// The conditions that a time is not before a moment; packets lie in files by their UTC day.
fn since(time: &str, from: i64) -> Vec<String> {
    let mut all = vec![format!("{time} >= {}", moment(from))];
    if time == "ts" {
        all.push(format!("day >= '{}'", Day::of(Timestamp(from))));
    }
    all
}

/// The conditions that a time is before a moment.
fn until(time: &str, to: i64) -> Vec<String> {
    let mut all = vec![format!("{time} < {}", moment(to))];
    if time == "ts" {
        all.push(format!("day <= '{}'", Day::of(Timestamp(to - 1))));
    }
    all
}

fn condition(selection: &Selection, filter: Option<&Filter>, time: &str, belongs: &str) -> String {
    let mut all = vec![format!("{belongs} <> '-'")];
    if let Some(interval) = &selection.interval {
        all.extend(since(time, interval.start.0));
        all.extend(until(time, interval.end.0));
    }
    if !selection.sensors.is_empty() {
        all.push(format!("sensor IN ({})", quoted_list(&selection.sensors)));
    }
    if !selection.groups.is_empty() {
        all.push(format!("sensor_group IN ({})", quoted_list(&selection.groups)));
    }
    if let Some(filter) = filter {
        all.push(format!("({})", filter.sql()));
    }
    all.join(" AND ")
}
