//! What happened in a period, as detectors see it: one window, filled from the snapshot.
//!
//! What detectors judge is filled from what was counted of days ([`judged`]), so that a new day costs its own packets
//! and no others. A report of chosen sensors asks the packets themselves ([`window`]). Series reach back a year before
//! the end of the period, so that a slow rise can be dated.
//!
//! **Invariant:** [`judged`] reads no packets, and what it holds is bounded (`facts`, `steady`).

use jiff::ToSpan;
use teiten_model::interval::{DAY_US, Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::Value;
use teiten_model::window::{SourcePort, SteadyPort, WatchedDay, Window};
use teiten_store::rollup::DayCut;

use crate::error::QueryError;
use crate::questions::facts::{self, Room};
use crate::questions::{
    books, counted_source_ports, counted_zones, dns_window, infected, live, source_port_window, steady,
};
use crate::session::Session;

/// Months that series reach back from the end of the period.
const MONTHS_BACK: i64 = 12;
/// Days before the period whose facts detectors compare with.
const DAYS_BEFORE: i64 = 42;
/// Days before the end of the period in which a rhythm is looked for.
const RHYTHM_DAYS: i64 = 92;

/// Fills the window of a period with what was counted of its days; `home` is the country whose infected sources are
/// counted, if any. The selection's filter, sensors and groups are left aside.
///
/// # Errors
/// When the selection has no interval, or the facts have no room.
pub fn judged(session: &Session, selection: &Selection, home: Option<&str>) -> Result<Window, QueryError> {
    let selection = Selection { interval: selection.interval, ..Selection::default() };
    let window = watched(session, &selection)?;
    let interval = window.interval;
    let reach = before(interval);
    let infected = match home {
        Some(country) => infected::days(session, country, &interval)?,
        None => Vec::new(),
    };
    // What needs most room on its way, and gives it back, comes first.
    let (source_ports, steady) = whole_period(session, interval)?;
    let dns_zones = counted_zones::zones(session, &interval, &mut Room::default())?;
    let mut room = Room::default();
    let (ports, quiet_ports) = facts::ports(session, &reach, &mut room)?;
    Ok(Window {
        home: home.unwrap_or_default().to_string(),
        addresses: books::addresses(session, &interval)?,
        ports,
        quiet_ports,
        victims: facts::of_days(session, &reach, "packets >= 3", &mut room)?,
        reflections: facts::of_days(session, &reach, "true", &mut room)?,
        families: facts::of_days(session, &reach, "true", &mut room)?,
        groups: facts::of_days(session, &reach, "true", &mut room)?,
        sources: facts::of_days(session, &reach, "true", &mut room)?,
        questions: facts::of_days(session, &reach, "true", &mut room)?,
        sensor_days: facts::of_days(session, &reach, "true", &mut room)?,
        observed: live::observed(session, reach)?,
        dns_zones,
        source_ports,
        infected,
        steady,
        ..window
    })
}

/// The days whose facts a period is judged by, but for the year in which onsets are looked for: it is told by the days
/// that happen to be counted.
pub fn reach(interval: Interval) -> Interval {
    Interval { start: before(interval).start.min(rhythm(interval).start), end: interval.end }
}

/// The span that series and baselines are told by.
fn before(interval: Interval) -> Interval {
    Interval { start: Timestamp(interval.start.0 - DAYS_BEFORE * DAY_US), end: interval.end }
}

/// What only a whole period can be asked for: fixed source ports, and steady sources.
///
/// # Errors
/// When the facts have no room.
pub fn whole_period(
    session: &Session,
    interval: Interval,
) -> Result<(Vec<SourcePort>, Vec<SteadyPort>), QueryError> {
    let longer = longer(session, interval);
    let ports = counted_source_ports::ports(session, &interval, &longer, &mut Room::default())?;
    Ok((ports, steady::ports(session, &rhythm(interval))?))
}

/// The span in which a rhythm is looked for.
fn rhythm(interval: Interval) -> Interval {
    let start = Timestamp(interval.end.0 - RHYTHM_DAYS * DAY_US).min(interval.start);
    Interval { start, end: interval.end }
}

/// The period and the time that series reach back.
pub fn longer(session: &Session, interval: Interval) -> Interval {
    Interval { start: back(session, interval.end).min(interval.start), end: interval.end }
}

/// Fills the window of a period with what is asked of the packets; the selection's filter is left aside.
///
/// # Errors
/// When the selection has no interval.
pub fn window(session: &Session, selection: &Selection) -> Result<Window, QueryError> {
    let window = watched(session, selection)?;
    let inside = Selection { filter: None, ..selection.clone() };
    let whole = Selection { interval: Some(longer(session, window.interval)), ..inside.clone() };
    Ok(Window {
        dns_zones: dns_window::zones(session, &inside)?,
        dns_days: dns_window::days(session, &inside)?,
        source_ports: source_port_window::ports(session, &inside, &whole)?,
        ..window
    })
}

/// The window of a period in which only is told what was watched.
fn watched(session: &Session, selection: &Selection) -> Result<Window, QueryError> {
    let Some(interval) = selection.interval else {
        return Err(QueryError::Question("a window needs a period: write --period".to_string()));
    };
    let inside = Selection { filter: None, ..selection.clone() };
    let whole = Selection { interval: Some(longer(session, interval)), ..inside.clone() };
    let steps = books::watched_steps(session, &whole, "day", session.store().home_zone_name())?;
    let mut cut = DayCut::new(session.store().home_zone());
    let days = steps.iter().map(|step| {
        let start = Timestamp(step.at);
        WatchedDay { start, end: cut.day_of(step.at).end, sensor_hours: step.sensor_hours }
    });
    Ok(Window {
        interval,
        days: days.collect(),
        packets: books::total(session, &inside)?,
        sensors: books::alive(session, &inside)?.sensors,
        ..Window::default()
    })
}

/// A year before a moment, in the home zone.
fn back(session: &Session, end: Timestamp) -> Timestamp {
    let year_ago = jiff::Timestamp::from_microsecond(end.0).ok().and_then(|moment| {
        moment.to_zoned(session.store().home_zone()).checked_sub(MONTHS_BACK.months()).ok()
    });
    year_ago.map_or(end, |moment| Timestamp(moment.timestamp().as_microsecond()))
}

/// The whole number in a cell; 0 where there is none.
pub(crate) fn int(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Time(number) => *number,
        _ => 0,
    }
}

/// The text in a cell; empty where there is none.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        _ => String::new(),
    }
}
