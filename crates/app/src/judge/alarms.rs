//! When each finding would first have been made, had the period been judged at the end of every day.
//!
//! The facts of the period are read once; each day sees only those of the days up to it. What cannot be cut by
//! days, the tables behind [`ASKED_AGAIN`], is asked of the facts again for each day that is judged, if the whole
//! period has a finding of theirs: what shows up to its middle and not in the whole has no alarm.
//!
//! **Invariant:** a day is judged by what was known at its end, but for the number of watched addresses, the
//! sensors of the period, and what is corrected by late packets.

use std::collections::BTreeMap;

use anyhow::Result;
use teiten_detect::detector::detect;
use teiten_model::finding::Finding;
use teiten_model::interval::{DAY_US, Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::questions::{facts, window};
use teiten_query::session::Session;

use crate::progress::Unit;
use crate::world::World;

/// Detectors that judge a period whole.
const ASKED_AGAIN: [&str; 2] = ["fixed-source-port", "slow-periodic"];

/// The findings by the day of their first making, every `step` days, in that order; a finding that is made again
/// from another day on has another identifier and a row of its own. The period was judged: its findings are kept.
pub(crate) fn alarms(world: &World, session: &Session, interval: Interval, step: usize) -> Result<Table> {
    let mut table = Table::new(&[
        ("alarm", ""),
        ("id", ""),
        ("detector", ""),
        ("subject", ""),
        ("first", ""),
        ("last", ""),
        ("confidence", ""),
        ("delay", "days"),
    ]);
    let selection = Selection { interval: Some(interval), ..Selection::default() };
    let kept = facts::findings(session, &selection)?;
    let is_asked_again = kept.iter().any(|finding| ASKED_AGAIN.contains(&finding.detector.as_str()));
    let mut window = super::window(world, session, &selection)?;
    let ends: Vec<Timestamp> = window
        .days
        .iter()
        .filter(|day| day.start >= interval.start)
        .map(|day| day.end.min(interval.end))
        .collect();
    let progress = world.progress("judging", ends.len() as u64, Unit::Days);
    // From the last day back, so that each day is cut off the one after it; what is found again is found earlier.
    let mut first: BTreeMap<String, (usize, usize, Vec<Value>)> = BTreeMap::new();
    for (place, end) in ends.iter().enumerate().rev() {
        let is_last = place + 1 == ends.len();
        progress.add(1);
        if (place + 1) % step != 0 && !is_last {
            continue;
        }
        window.cut(*end);
        if is_asked_again {
            (window.source_ports, window.steady) = window::whole_period(session, window.interval)?;
        }
        // Of two with one identifier the first counts, as over the days.
        for (order, finding) in detect(&window).into_iter().enumerate().rev() {
            first.insert(finding.id.clone(), (place, order, row(finding, *end)));
        }
    }
    let mut rows: Vec<(usize, usize, Vec<Value>)> = first.into_values().collect();
    rows.sort_by_key(|(place, order, _)| (*place, *order));
    table.rows = rows.into_iter().map(|(_, _, row)| row).collect();
    progress.finish();
    table.origin = vec!["facts of days".to_string()];
    Ok(table)
}

fn row(finding: Finding, end: Timestamp) -> Vec<Value> {
    vec![
        Value::Time(end.0),
        Value::Text(finding.id),
        finding.detector.into(),
        Value::Text(finding.subject.to_string()),
        Value::Time(finding.interval.start.0),
        Value::Time(finding.interval.end.0),
        finding.confidence.name().into(),
        Value::Float((end.0 - finding.interval.start.0) as f64 / DAY_US as f64),
    ]
}
