//! From packets to findings that are kept: counts the days that are new or changed, lets the detectors judge a
//! period, and keeps what they said.
//!
//! A day, and a period, is computed again only when what it was made from has changed: each carries a
//! fingerprint of the sealed files and of the rules. So late packets are seen by the next question, and a
//! question asked twice costs one reading of a table.
//!
//! **Invariant:** equal packets and equal rules give equal rows, however the days were counted.

pub(crate) mod alarms;
pub(crate) mod days;
pub(crate) mod names;
mod row;

use std::collections::BTreeMap;

use anyhow::Result;
use teiten_detect::detector::{DETECTORS, detect};
use teiten_model::day::Computed;
use teiten_model::finding::FindingRow;
use teiten_model::interval::{Day, Interval, Timestamp};
use teiten_model::selection::{Selection, Viewer};
use teiten_model::window::Window;
use teiten_query::questions::window::{longer, reach};
use teiten_query::questions::{self, facts};
use teiten_query::session::Session;
use teiten_store::error::StoreError;
use teiten_store::rollup::DayCut;
use teiten_store::store::Store;

use crate::world::World;
pub(crate) use days::Due;

/// The kind of what detectors said about a period.
const FINDINGS: &str = "findings";

/// How often facts are counted again when another writer of the bucket counted some meanwhile: it stored what is
/// then not to be counted any more.
const TRIES_MAX: usize = 8;

/// Does what another writer of the store may overtake, again where that happens.
fn in_turn(what: impl Fn() -> Result<Session>) -> Result<Session> {
    for _ in 1..TRIES_MAX {
        match what() {
            Err(error) if matches!(error.downcast_ref(), Some(StoreError::Overtaken { .. })) => {}
            done => return done,
        }
    }
    what()
}

/// Counts what is not counted yet of an interval's days; a session in which the facts stand.
pub(crate) fn count(world: &World, store: &Store, interval: Interval) -> Result<Session> {
    in_turn(|| count_once(world, store, interval))
}

fn count_once(world: &World, store: &Store, interval: Interval) -> Result<Session> {
    let session = Session::open(store, Viewer::All)?;
    let due = Due::of(store, session.snapshot(), interval)?;
    if due.days(&facts::computed(&session)?).is_empty() {
        return Ok(session);
    }
    let mut counting = store.count()?;
    Due::of(store, counting.before(), interval)?.count(world, store, &mut counting)?;
    drop(counting);
    Ok(Session::open(store, Viewer::All)?)
}

/// Counts the days of a period, lets the detectors judge it, and keeps what they say; a session in which the
/// findings stand.
pub(crate) fn judge(world: &World, store: &Store, interval: Interval) -> Result<Session> {
    in_turn(|| judge_once(world, store, interval))
}

fn judge_once(world: &World, store: &Store, interval: Interval) -> Result<Session> {
    let session = Session::open(store, Viewer::All)?;
    let computed = facts::computed(&session)?;
    let due = Due::of(store, session.snapshot(), reach(interval))?;
    if due.days(&computed).is_empty()
        && is_kept(&computed, interval, &fingerprint(world, &session, &computed, interval)?)
    {
        return Ok(session);
    }
    drop(session);
    let mut counting = store.count()?;
    Due::of(store, counting.before(), reach(interval))?.count(world, store, &mut counting)?;
    let session = Session::open_at(store, counting.before().clone(), Viewer::All)?;
    let computed = facts::computed(&session)?;
    let fingerprint = fingerprint(world, &session, &computed, interval)?;
    if is_kept(&computed, interval, &fingerprint) {
        return Ok(session);
    }
    let selection = Selection { interval: Some(interval), ..Selection::default() };
    let window = window(world, &session, &selection)?;
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
        kind: FINDINGS.to_string(),
        fingerprint,
        packets: rows.len() as i64,
        dropped: 0,
        computed: now,
    };
    counting.put(&label, &[computed])?;
    counting.commit(now)?;
    drop(counting);
    Ok(Session::open(store, Viewer::All)?)
}

/// What detectors see of a period.
fn window(world: &World, session: &Session, selection: &Selection) -> Result<Window> {
    let mut window = questions::window::judged(session, selection, world.config.home.as_deref())?;
    window.bounds = bounds(world);
    window.names = names::of(world, &window)?;
    Ok(window)
}

/// The bounds that the configuration sets.
pub(crate) fn bounds(world: &World) -> BTreeMap<String, f64> {
    world.config.bounds.iter().map(|(name, (value, _))| (name.clone(), *value)).collect()
}

/// The whole days of the home zone that an interval touches: facts are of days, and so are findings.
pub(crate) fn whole_days(store: &Store, interval: Interval) -> Interval {
    let mut cut = DayCut::new(store.home_zone());
    let start = cut.day_of(interval.start.0).start;
    Interval { start, end: cut.day_of(interval.end.0 - 1).end }
}

/// Whether findings of the period are kept that were made from the same.
fn is_kept(computed: &[Computed], interval: Interval, fingerprint: &str) -> bool {
    computed.iter().any(|kept| {
        kept.kind == FINDINGS
            && (kept.start, kept.end) == (interval.start.0, interval.end.0)
            && kept.fingerprint == fingerprint
    })
}

/// What findings of a period are made from: the days, those too in which onsets are looked for; the detectors' rules
/// and bounds, the country at home, the editions of reverse names.
fn fingerprint(
    world: &World,
    session: &Session,
    computed: &[Computed],
    interval: Interval,
) -> Result<String> {
    let longer = longer(session, interval);
    let is_inside = |day: &&Computed| day.end > longer.start.0 && day.start < longer.end.0;
    let days = computed.iter().filter(|day| day.kind == days::DAY).filter(is_inside);
    let days = days.map(|day| day.fingerprint.clone());
    let rules = DETECTORS.iter().map(|detector| detector.about());
    let rules = rules.map(|about| format!("{}:{}", about.id, about.version));
    let bounds = world.config.bounds.iter().map(|(name, (value, _))| format!("{name}={value}"));
    let names = names::editions(world, Day::of(Timestamp(interval.end.0 - 1)))?;
    Ok(days::digest(days.chain(rules).chain(bounds).chain(world.config.home.clone()).chain(names)))
}

/// The name of a period in the path of its rows.
fn label(interval: Interval) -> String {
    let plain = |at: Timestamp| at.to_string().replace([':', '-'], "");
    format!("{}_{}", plain(interval.start), plain(interval.end))
}
