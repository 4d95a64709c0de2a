//! When each finding would first have been made, had the period been judged at the end of every day.
//!
//! The facts of the period are read once; each day sees only those of the days up to it. What cannot be cut by
//! days, the tables behind [`ASKED_AGAIN`], is asked of the packets again for each day that is judged.
//!
//! **Invariant:** a day is judged by what was known at its end, but for the number of watched addresses, the
//! sensors of the period, and what is corrected by late packets.

use std::collections::BTreeSet;

use anyhow::Result;
use teiten_detect::detector::detect;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::questions::window;
use teiten_query::session::Session;

use crate::progress::Unit;
use crate::world::World;

/// Detectors that judge a period whole.
const ASKED_AGAIN: [&str; 2] = ["fixed-source-port", "slow-periodic"];

/// The findings by the day of their first making, every `step` days, in that order; a finding that is made again
/// from another day on has another identifier and a row of its own.
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
    let whole = super::window(world, session, &selection)?;
    let made = detect(&whole);
    let is_asked_again = made.iter().any(|finding| ASKED_AGAIN.contains(&finding.detector));
    let ends: Vec<Timestamp> = whole
        .days
        .iter()
        .filter(|day| day.start >= interval.start)
        .map(|day| day.end.min(interval.end))
        .collect();
    let progress = world.progress("judging", ends.len() as u64, Unit::Days);
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (place, end) in ends.iter().enumerate() {
        let is_last = place + 1 == ends.len();
        progress.add(1);
        if (place + 1) % step != 0 && !is_last {
            continue;
        }
        let mut window = whole.until(*end);
        if is_asked_again {
            let until = Selection {
                interval: Some(Interval { start: interval.start, end: *end }),
                ..Selection::default()
            };
            (window.source_ports, window.steady) = window::whole_period(session, &until)?;
        }
        for finding in detect(&window) {
            if known.insert(finding.id.clone()) {
                let delay = (end.0 - finding.interval.start.0) as f64 / teiten_model::interval::DAY_US as f64;
                table.push(vec![
                    Value::Time(end.0),
                    Value::Text(finding.id),
                    finding.detector.into(),
                    Value::Text(finding.subject.to_string()),
                    Value::Time(finding.interval.start.0),
                    Value::Time(finding.interval.end.0),
                    finding.confidence.name().into(),
                    Value::Float(delay),
                ]);
            }
        }
    }
    progress.finish();
    table.origin = vec!["facts of days".to_string()];
    Ok(table)
}
