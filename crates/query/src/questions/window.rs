//! What happened in a period, as detectors see it: one window, filled from the snapshot.
//!
//! Series reach back a year before the end of the period, so that a slow rise can be dated.

use jiff::ToSpan;
use teiten_model::interval::{DAY_US, Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::Value;
use teiten_model::window::{SourcePort, SteadyPort, WatchedDay, Window};
use teiten_store::rollup::DayCut;

use crate::error::QueryError;
use crate::questions::{books, dns_window, facts, infected, source_port_window, steady};
use crate::session::Session;

/// Months that series reach back from the end of the period.
const MONTHS_BACK: i64 = 12;
/// Days before the period whose facts detectors compare with.
pub const DAYS_BEFORE: i64 = 42;
/// Days before the end of the period in which a rhythm is looked for.
const RHYTHM_DAYS: i64 = 92;

/// Fills the window of a period with what was counted of its days as well; `home` is the country whose infected
/// sources are counted, if any. The selection's filter, sensors and groups are left aside.
///
/// # Errors
/// When the selection has no interval.
pub fn judged(session: &Session, selection: &Selection, home: Option<&str>) -> Result<Window, QueryError> {
    let selection = Selection { interval: selection.interval, ..Selection::default() };
    let window = window(session, &selection)?;
    let reach = Interval {
        start: Timestamp(window.interval.start.0 - DAYS_BEFORE * DAY_US),
        end: window.interval.end,
    };
    let infected = match home {
        Some(country) => infected::days(session, country, &window.interval)?,
        None => Vec::new(),
    };
    Ok(Window {
        home: home.unwrap_or_default().to_string(),
        addresses: books::addresses(session, &window.interval)?,
        ports: facts::of_days(session, &reach, "true")?,
        victims: facts::of_days(session, &reach, "packets >= 3")?,
        reflections: facts::of_days(session, &reach, "true")?,
        families: facts::of_days(session, &reach, "true")?,
        groups: facts::of_days(session, &reach, "true")?,
        sources: facts::of_days(session, &reach, "true")?,
        questions: facts::of_days(session, &reach, "true")?,
        sensor_days: facts::of_days(session, &reach, "true")?,
        infected,
        steady: steady::ports(session, rhythm(window.interval))?,
        ..window
    })
}

/// What only a whole period can be asked for: fixed source ports, and steady sources.
///
/// # Errors
/// When the selection has no interval.
pub fn whole_period(
    session: &Session,
    selection: &Selection,
) -> Result<(Vec<SourcePort>, Vec<SteadyPort>), QueryError> {
    let Some(interval) = selection.interval else {
        return Err(QueryError::Question("a window needs a period: write --period".to_string()));
    };
    let reach = Interval { start: back(session, interval.end).min(interval.start), end: interval.end };
    let whole = Selection { interval: Some(reach), ..selection.clone() };
    let ports = source_port_window::ports(session, selection, &whole)?;
    Ok((ports, steady::ports(session, rhythm(interval))?))
}

/// The span in which a rhythm is looked for.
fn rhythm(interval: Interval) -> Interval {
    let start = Timestamp(interval.end.0 - RHYTHM_DAYS * DAY_US).min(interval.start);
    Interval { start, end: interval.end }
}

/// Fills the window of a period with what is asked of the packets; the selection's filter is left aside.
///
/// # Errors
/// When the selection has no interval.
pub fn window(session: &Session, selection: &Selection) -> Result<Window, QueryError> {
    let Some(interval) = selection.interval else {
        return Err(QueryError::Question("a window needs a period: write --period".to_string()));
    };
    let inside = Selection { filter: None, ..selection.clone() };
    let reach = Interval { start: back(session, interval.end).min(interval.start), end: interval.end };
    let whole = Selection { interval: Some(reach), ..inside.clone() };
    let steps = books::watched_steps(session, &whole, "day", session.store().home_zone_name())?;
    let mut cut = DayCut::new(session.store().home_zone());
    let days = steps.iter().map(|step| {
        let start = Timestamp(step.at);
        WatchedDay { start, end: cut.day_of(step.at).end, sensor_hours: step.sensor_hours }
    });
    let packets = books::total(session, &inside)?;
    Ok(Window {
        interval,
        days: days.collect(),
        packets,
        sensors: books::alive(session, &inside)?.sensors,
        dns_zones: dns_window::zones(session, &inside)?,
        dns_days: dns_window::days(session, &inside)?,
        source_ports: source_port_window::ports(session, &inside, &whole)?,
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
