//! Sensors: when each stored packets, when it was silent, and the account of what became of every frame.

use std::collections::BTreeMap;

use askama::Template;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::questions::books;
use teiten_report::words::number;
use teiten_selection::period::Period;

use crate::about::About;
use crate::desk::Desk;
use crate::fault::{Fault, Kind};
use crate::links;
use crate::look::Look;
use crate::notes::Gathered;
use crate::pages::{doctor, drawn};
use crate::view::frame::Frame;
use crate::view::grid::Grid;
use crate::view::rows::Rows;
use crate::view::take;

/// Days of the calendar when nobody says how many.
const DAYS: i64 = 31;
/// Most days of the calendar.
const DAYS_MAX: usize = 400;
/// Hours of a day.
const HOURS: i64 = 24;

#[derive(Template)]
#[template(path = "sensors.html")]
struct Page {
    frame: Frame,
    about: Vec<(String, String)>,
    months: Vec<(String, usize)>,
    calendar: Vec<Line>,
    list: String,
    take: String,
    /// The way of their frames, step by step; empty for whoever sees no sensor.
    way: String,
    /// Why the collector's word is not in it.
    way_fault: String,
    account: String,
    account_take: String,
    notes: String,
}

/// Months with their numbers of days, and a line a sensor.
type Calendar = (Vec<(String, usize)>, Vec<Line>);

struct Line {
    name: String,
    href: String,
    days: Vec<Day>,
}

struct Day {
    class: &'static str,
    title: String,
    href: String,
}

/// The page of all sensors, or of one.
pub(crate) fn page(desk: &Desk, only: Option<&str>) -> Result<String, Fault> {
    let w = desk.words();
    let period = desk.period(DAYS)?;
    let mut selection = Selection { interval: Some(period.interval()), ..Selection::default() };
    selection.sensors.extend(only.map(ToString::to_string));
    let forbidden = |fault: Fault| match fault.kind {
        Kind::Forbidden => Ok(None),
        _ => Err(fault),
    };
    let missing = |name: &str| {
        Fault::missing(format!(
            "no packet of a sensor `{name}` is in that time: /sensors lists those there are"
        ))
    };
    let list = match books::sensors(&desk.session, &selection).map_err(Fault::from) {
        Ok(list) => list,
        // Whether a sensor is there is not for every viewer to know.
        Err(fault) => match (forbidden(fault)?, only) {
            (None::<Table>, Some(name)) => return Err(missing(name)),
            _ => Table::new(&[("sensor", "")]),
        },
    };
    if let Some(name) = only.filter(|_| list.rows.is_empty()) {
        return Err(missing(name));
    }
    let account = match books::accounts(&desk.session).map_err(Fault::from) {
        Ok(mut account) => {
            if let (Some(name), Some(place)) = (only, account.place("sensor")) {
                account.rows.retain(|row| row[place] == Value::from(name));
            }
            account
        }
        Err(fault) => match forbidden(fault)? {
            None::<Table> => Table::new(&[("sensor", "")]),
            Some(table) => table,
        },
    };
    let (months, calendar) = match list.rows.is_empty() {
        true => (Vec::new(), Vec::new()),
        false => calendar(desk, &period, &selection, &list)?,
    };
    let title = only.map_or_else(|| w.t("nav-sensors"), |name| format!("{}: {name}", w.t("nav-sensors")));
    let look = desk.look.with_period(period.short_text());
    let about = only.map_or_else(Vec::new, |_| described(desk, &list));
    let rows = Rows::plain(desk, w.t("sensors-list"), &list).linked("sensor", |row| {
        look.selection().url(&links::sensor(list.text(row, "sensor").unwrap_or_default()))
    });
    let notes = match only {
        None => String::new(),
        Some(name) => {
            let thing = About::new("sensor", name)?;
            let notes = Gathered::of_thing(desk, &thing)?;
            notes.section(desk, &thing, &period)?
        }
    };
    let (way, way_fault) = match doctor::section(desk, only, &account) {
        Ok(section) => section,
        Err(fault) => forbidden(fault).map(|_: Option<Table>| Default::default())?,
    };
    let here = only.map_or_else(|| "/sensors".to_string(), links::sensor);
    let take = take::of_table(desk, &here, "sensor list".to_string(), "/api/v1/sensors", look.selection());
    let account_take =
        take::of_table(desk, &here, "store account".to_string(), "/api/v1/accounts", Look::default());
    let frame = Frame::new(desk, "sensors", title)?;
    drawn(&Page {
        take: if list.rows.is_empty() { String::new() } else { drawn(&take)? },
        account_take: if account.rows.is_empty() { String::new() } else { drawn(&account_take)? },
        notes,
        way,
        way_fault,
        about,
        months,
        calendar,
        list: drawn(&rows)?,
        account: drawn(&Rows::plain(desk, w.t("sensors-account"), &account))?,
        frame,
    })
}

/// What is known of one sensor, in words.
fn described(desk: &Desk, list: &Table) -> Vec<(String, String)> {
    let telled = teiten_ask::output::drawn::drawn(list, &crate::view::rows::style(desk));
    let row = telled.rows.into_iter().next().unwrap_or_default();
    telled.heads.into_iter().zip(row).filter_map(|(head, text)| Some((head.word, text?))).collect()
}

/// A line a sensor, a cell a day: whole, in part, nothing.
fn calendar(desk: &Desk, period: &Period, selection: &Selection, list: &Table) -> Result<Calendar, Fault> {
    let w = desk.words();
    let grid = Grid::new(&period.interval(), "day", &desk.reader.zone)?;
    if grid.count > DAYS_MAX {
        return Err(Fault::parameter(
            "period",
            format!("the calendar shows at most {DAYS_MAX} days: name less time"),
        ));
    }
    let hours = books::sensor_hours(&desk.session, selection)?;
    let mut seen: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
    for row in &hours.rows {
        let [Value::Text(sensor), Value::Time(at), Value::Int(packets)] = row.as_slice() else { continue };
        let days = seen.entry(sensor).or_insert_with(|| vec![(0, 0); grid.count]);
        if let Some(slot) = grid.place(*at) {
            days[slot].0 += 1;
            days[slot].1 += packets;
        }
    }
    let periods: Vec<String> = (0..grid.count).map(|slot| grid.period(slot).unwrap_or_default()).collect();
    let mut lines = Vec::new();
    for row in 0..list.rows.len() {
        let Some(name) = list.text(row, "sensor") else { continue };
        let none = vec![(0, 0); grid.count];
        let days = seen.get(name).unwrap_or(&none);
        let mut look = desk.look.selection();
        look.wanted.sensors = vec![name.to_string()];
        let days = days.iter().zip(&periods).map(|((hours, packets), day)| Day {
            class: match *hours {
                0 => "gap",
                hours if hours < HOURS => "part",
                _ => "whole",
            },
            title: format!(
                "{day}: {}",
                w.say("sensor-day", &[("hours", &hours.to_string()), ("packets", &number::count(*packets))])
            ),
            href: if *packets > 0 { look.with_period(day.clone()).url("/packets") } else { String::new() },
        });
        let href = desk.look.selection().url(&links::sensor(name));
        lines.push(Line { name: name.to_string(), href, days: days.collect() });
    }
    let mut months: Vec<(String, usize)> = Vec::new();
    for day in &periods {
        let month = day.get(..7).unwrap_or(day);
        match months.last_mut() {
            Some((last, count)) if last == month => *count += 1,
            _ => months.push((month.to_string(), 1)),
        }
    }
    Ok((months, lines))
}
