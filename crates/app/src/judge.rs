//! From packets to findings that are kept: counts the days that are new or changed, lets the detectors judge a
//! period, and keeps what they said.
//!
//! A day, and a period, is computed again only when what it was made from has changed: each carries a
//! fingerprint of the sealed files and of the rules. So late packets are seen by the next question, and a
//! question asked twice costs one reading of a table.
//!
//! **Invariant:** equal packets and equal rules give equal rows, however the days were counted.

mod days;
mod row;

use anyhow::Result;
use teiten_detect::detector::{DETECTORS, detect};
use teiten_model::day::Computed;
use teiten_model::finding::FindingRow;
use teiten_model::interval::{DAY_US, Interval, Timestamp};
use teiten_model::selection::{Selection, Viewer};
use teiten_query::questions::window::DAYS_BEFORE;
use teiten_query::questions::{facts, window};
use teiten_query::session::Session;
use teiten_store::counted::Counting;
use teiten_store::rollup::DayCut;
use teiten_store::store::Store;

use crate::world::World;
pub(crate) use days::Due;

/// Counts what is not counted yet of an interval's days; a session in which the facts stand.
pub(crate) fn count(world: &World, store: &Store, interval: Interval) -> Result<Session> {
    let session = Session::open(store, Viewer::All)?;
    if Due::of(store, session.snapshot(), interval)?.days(&session)?.is_empty() {
        return Ok(session);
    }
    let mut counting = store.count()?;
    count_days(world, store, &mut counting, interval)?;
    drop(counting);
    Ok(Session::open(store, Viewer::All)?)
}

/// Counts the days of a period, lets the detectors judge it, and keeps what they say; a session in which the
/// findings stand.
pub(crate) fn judge(world: &World, store: &Store, interval: Interval) -> Result<Session> {
    let session = Session::open(store, Viewer::All)?;
    if is_judged(world, store, &session, interval)? {
        return Ok(session);
    }
    drop(session);
    let mut counting = store.count()?;
    count_days(world, store, &mut counting, reach(interval))?;
    let session = Session::open_at(store, counting.before().clone(), Viewer::All)?;
    if is_judged(world, store, &session, interval)? {
        return Ok(session);
    }
    let selection = Selection { interval: Some(interval), ..Selection::default() };
    let mut window = window::judged(&session, &selection, world.config.home.as_deref())?;
    window.bounds = world.config.bounds.iter().map(|(name, (value, _))| (name.clone(), *value)).collect();
    let rows: Vec<FindingRow> = detect(&window)
        .iter()
        .enumerate()
        .map(|(place, finding)| row::row(finding, interval, place as i64 + 1))
        .collect();
    let now = world.now().0;
    let label = label(interval);
    counting.put(&label, &rows)?;
    let computed = Computed {
        start: interval.start.0,
        end: interval.end.0,
        kind: "findings".to_string(),
        fingerprint: fingerprint(world, &session, interval)?,
        packets: rows.len() as i64,
        dropped: 0,
        computed: now,
    };
    counting.put(&label, &[computed])?;
    counting.commit(now)?;
    drop(counting);
    Ok(Session::open(store, Viewer::All)?)
}

/// The whole days of the home zone that an interval touches: facts are of days, and so are findings.
pub(crate) fn whole_days(store: &Store, interval: Interval) -> Interval {
    let mut cut = DayCut::new(store.home_zone());
    let start = cut.start_of(interval.start.0);
    let last = cut.start_of(interval.end.0 - 1);
    // A day of the home zone has 23 to 25 hours, so a day and a half later it is the next one.
    let end = cut.start_of(last + DAY_US + DAY_US / 2);
    Interval { start: Timestamp(start), end: Timestamp(end) }
}

/// The period and the days before it that detectors compare with.
fn reach(interval: Interval) -> Interval {
    Interval { start: Timestamp(interval.start.0 - DAYS_BEFORE * DAY_US), end: interval.end }
}

/// Whether findings of the period are kept, and made from what there is.
fn is_judged(world: &World, store: &Store, session: &Session, interval: Interval) -> Result<bool> {
    if !Due::of(store, session.snapshot(), reach(interval))?.days(session)?.is_empty() {
        return Ok(false);
    }
    let fingerprint = fingerprint(world, session, interval)?;
    let is_of = |kept: &Computed| kept.start == interval.start.0 && kept.end == interval.end.0;
    let kept = facts::computed(session, "findings")?;
    Ok(kept.iter().any(|kept| is_of(kept) && kept.fingerprint == fingerprint))
}

fn count_days(world: &World, store: &Store, counting: &mut Counting<'_>, interval: Interval) -> Result<()> {
    Due::of(store, counting.before(), interval)?.count(world, store, counting)
}

/// What findings of a period are made from: the days, the detectors' rules, the country at home.
fn fingerprint(world: &World, session: &Session, interval: Interval) -> Result<String> {
    let reach = reach(interval);
    let mut hash = days::Hash::default();
    for day in facts::computed(session, "day")? {
        if day.end > reach.start.0 && day.start < reach.end.0 {
            hash.add(&day.fingerprint);
        }
    }
    for detector in DETECTORS {
        hash.add(&format!("{}:{}", detector.about().id, detector.about().version));
    }
    for (name, (value, _)) in &world.config.bounds {
        hash.add(&format!("{name}={value}"));
    }
    hash.add(world.config.home.as_deref().unwrap_or_default());
    Ok(hash.text())
}

/// The name of a period in the path of its rows.
fn label(interval: Interval) -> String {
    let plain = |at: Timestamp| at.to_string().replace([':', '-'], "");
    format!("{}_{}", plain(interval.start), plain(interval.end))
}
