//! Situation: now against before, what is new, who sends, and whether the sensors are well.

use std::sync::Arc;

use askama::Template;
use teiten_ask::wanted;
use teiten_model::interval::{DAY_US, Interval};
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::questions::books;
use teiten_query::questions::top::{self, Top};
use teiten_report::words::number;

use crate::asking::Question;
use crate::desk::Desk;
use crate::fault::{Fault, Kind};
use crate::look::Look;
use crate::pages::drawn;
use crate::pages::findings::{self, Brief};
use crate::view::chart::{Axes, Drawing, Measure, spark};
use crate::view::form::Form;
use crate::view::frame::Frame;
use crate::view::grid::{Grid, Line, usual_step};
use crate::view::rows::Rows;
use crate::view::take::{self, Source, Take};
use crate::view::trust::Trust;

/// Days that are shown when nobody says how many.
const DAYS: i64 = 7;
/// Lines of each ranking.
const LINES: usize = 5;
/// Findings that are shown.
const FINDINGS_MAX: usize = 6;
/// The rankings.
const RANKED: [&str; 4] = ["port", "country", "as", "tag"];

#[derive(Template)]
#[template(path = "situation.html")]
struct Page {
    frame: Frame,
    form: String,
    is_empty: bool,
    tiles: Vec<Tile>,
    chart: String,
    trust: String,
    take: String,
    findings: Vec<Brief>,
    findings_href: String,
    findings_note: String,
    rankings: Vec<Ranking>,
    strip: Vec<(String, &'static str, String, String)>,
}

/// A ranking: its title, where it leads, its table.
type Ranking = (String, String, String);

struct Tile {
    what: String,
    number: String,
    change: String,
    href: String,
    is_alert: bool,
}

/// The page.
pub(crate) fn page(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let period = desk.period(DAYS)?;
    let (selection, doubts) = desk.selection(&period)?;
    let frame = Frame::new(desk, "situation", w.t("nav-situation"))?;
    let form = drawn(&Form::new(desk, "/", &period, None))?;
    let look = desk.look.with_period(period.short_text());
    if desk.span()?.is_none() {
        return drawn(&Page::empty(frame, form));
    }
    let versus = match desk.versus(&period)? {
        Some((_, interval)) => interval,
        None => period.previous()?.interval(),
    };
    let before = Selection { interval: Some(versus), ..selection.clone() };
    let interval = period.interval();

    let step = usual_step(&interval);
    ask_ahead(desk, &selection, &before, step)?;
    let question = desk.series(step, None, LINES);
    let series = desk.trend(&selection, &question)?;
    let series_before = desk.trend(&before, &question)?;
    let grid = Grid::new(&interval, step, &desk.reader.zone)?;
    let lines = grid.lines(&series, None, "rate");
    let grid_before = Grid::new(&versus, step, &desk.reader.zone)?;
    let line_before = grid_before.lines(&series_before, None, "rate").into_iter().next();
    // A period and the one before may differ by a day; what has no slot is left out.
    let line_before = line_before.map(|mut line| {
        line.values.resize(grid.count, None);
        line
    });
    let caption = w.t("situation-chart");
    let axes = Axes { id: "rate", caption, grid: &grid, by: None, measure: Measure::Rate, marks: Vec::new() };
    let drawing = Drawing::lines(desk, axes, &lines, line_before);

    let data = Look { step: Some(step.to_string()), vs: None, ..look.selection() }.url("/api/v1/series");
    let alive = desk.alive(&selection)?;
    let (findings, findings_note) = match findings::newest(desk, &interval, FINDINGS_MAX) {
        Ok(found) => (found, w.t("findings-none")),
        Err(fault) if fault.kind == Kind::Forbidden => (Vec::new(), w.t("findings-forbidden")),
        Err(fault) => return Err(fault),
    };
    let tiles = tiles(desk, &look, &selection, &before, findings.len())?;
    let mut rankings = Vec::new();
    let mut answers: Vec<Arc<Table>> = vec![series];
    for name in RANKED {
        let (ranking, table) = ranking(desk, &look, &selection, versus, name, &grid, step)?;
        rankings.push(ranking);
        answers.push(table);
    }
    let told: Vec<&Table> = answers.iter().map(AsRef::as_ref).collect();
    let source = Source {
        page: "/",
        command: format!("trend --step {step}"),
        command_look: None,
        api: "/api/v1/series",
        look: Look { step: Some(step.to_string()), ..look.clone() },
        drawing: "rate",
        has_packets: true,
    };
    drawn(&Page {
        form,
        is_empty: false,
        chart: drawn(&drawing.with_data(Measure::Rate, data).in_menu())?,
        trust: drawn(&Trust::new(desk, &alive, &told, &doubts)?)?,
        take: drawn(&Take::new(desk, source))?,
        tiles,
        findings,
        findings_href: look.selection().url("/findings"),
        findings_note,
        rankings,
        strip: strip(desk, &selection, &look)?,
        frame,
    })
}

/// Asks side by side what the page needs.
fn ask_ahead(desk: &Desk, selection: &Selection, before: &Selection, step: &str) -> Result<(), Fault> {
    let mut questions = Vec::new();
    for selection in [selection, before] {
        let watched = Selection { filter: None, ..selection.clone() };
        questions.push((watched, Question::Alive));
        questions.push((selection.clone(), Question::Numbers));
        questions.push((selection.clone(), Question::Trend(desk.series(step, None, LINES))));
    }
    for name in RANKED {
        let ranking = ranked(name, before.interval)?;
        if has_series(name) {
            let trend = desk.series(step, Some(ranking.by), LINES);
            questions.push((selection.clone(), Question::Trend(trend)));
        }
        questions.push((selection.clone(), Question::Top(ranking)));
    }
    desk.ahead(questions)
}

/// The ranking of a page by that.
fn ranked(name: &str, versus: Option<Interval>) -> Result<Top, Fault> {
    Ok(Top { versus, without_sources: true, ..Top::of(wanted::dimension(name)?, LINES) })
}

/// Whether its lines have a small series each; what rows alone can tell is no matter for a glance.
fn has_series(name: &str) -> bool {
    matches!(name, "port" | "country")
}

impl Page {
    fn empty(frame: Frame, form: String) -> Page {
        Page {
            frame,
            form,
            is_empty: true,
            tiles: Vec::new(),
            chart: String::new(),
            trust: String::new(),
            take: String::new(),
            findings: Vec::new(),
            findings_href: String::new(),
            findings_note: String::new(),
            rankings: Vec::new(),
            strip: Vec::new(),
        }
    }
}

/// A change in per cent.
fn change(now: f64, before: f64) -> String {
    if before > 0.0 { number::change(now / before - 1.0) } else { String::new() }
}

fn tiles(
    desk: &Desk,
    look: &Look,
    selection: &Selection,
    before: &Selection,
    findings: usize,
) -> Result<Vec<Tile>, Fault> {
    let w = desk.words();
    let numbers = |selection: &Selection| -> Result<(Option<i64>, Option<i64>, books::Alive), Fault> {
        let table = desk.answer(selection, &Question::Numbers)?;
        let int = |place: usize| match table.rows[0][place] {
            Value::Int(number) => Some(number),
            _ => None,
        };
        Ok((int(0), int(1), desk.alive(selection)?))
    };
    let (packets, sources, alive) = numbers(selection)?;
    let (packets_before, sources_before, alive_before) = numbers(before)?;
    let rate = packets.and_then(|packets| top::rate(packets, alive.sensor_hours));
    let rate_before = packets_before.and_then(|packets| top::rate(packets, alive_before.sensor_hours));
    let withheld = || w.t("withheld");
    let explore = look.url("/explore");
    let lost: u64 = books::losses(&desk.session, selection)?.iter().map(|(_, _, lost)| lost).sum();
    let by_sources = Look { metric: Some("sources".into()), by: Some("source".into()), ..look.clone() };
    let compared = |now: Option<f64>, before: Option<f64>| match (now, before) {
        (Some(now), Some(before)) => change(now, before),
        _ => String::new(),
    };
    let mut tiles = vec![
        Tile {
            what: w.t("tile-rate"),
            number: rate.map_or_else(withheld, number::rate),
            change: compared(rate, rate_before),
            href: explore.clone(),
            is_alert: false,
        },
        Tile {
            what: w.t("tile-packets"),
            number: packets.map_or_else(withheld, number::count),
            change: compared(packets.map(|n| n as f64), packets_before.map(|n| n as f64)),
            href: explore,
            is_alert: false,
        },
        Tile {
            what: w.t("tile-sources"),
            number: sources.map_or_else(withheld, number::count),
            change: compared(sources.map(|n| n as f64), sources_before.map(|n| n as f64)),
            href: by_sources.url("/explore"),
            is_alert: false,
        },
        Tile {
            what: w.t("tile-sensors"),
            number: number::count(alive.sensors),
            change: match alive.silent_hours {
                0 => w.t("trust-whole"),
                hours => w.say("trust-silent", &[("hours", &number::count(hours))]),
            },
            href: "/sensors".to_string(),
            is_alert: alive.silent_hours > 0,
        },
        Tile {
            what: w.t("tile-findings"),
            number: number::count(findings as i64),
            change: String::new(),
            href: look.selection().url("/findings"),
            is_alert: false,
        },
    ];
    tiles.push(Tile {
        what: w.t("tile-lost"),
        number: number::count(i64::try_from(lost).unwrap_or(i64::MAX)),
        change: String::new(),
        href: "/sensors".to_string(),
        is_alert: lost > 0,
    });
    Ok(tiles)
}

/// A ranking with the change against before, and a small series a line.
fn ranking(
    desk: &Desk,
    look: &Look,
    selection: &Selection,
    versus: Interval,
    name: &str,
    grid: &Grid,
    step: &str,
) -> Result<(Ranking, Arc<Table>), Fault> {
    let w = desk.words();
    let question = ranked(name, Some(versus))?;
    let by = question.by;
    let answer = desk.top(selection, &question)?;
    let mut table = (*answer).clone();
    table.rows.retain(|row| row[0] != Value::Null);
    let table = desk.named(&table, selection.interval, true)?;
    // The word for a way to divide packets is also the word over its column.
    let title = teiten_ask::output::drawn::word(name, desk.reader.lang()).to_string();
    let href = Look { by: Some(name.to_string()), ..look.clone() }.url("/explore");
    let hidden = ["rate", "before", "service", "used_for", "packets"];
    let mut rows = Rows::ranking(desk, title.clone(), &table, by, &hidden);
    if has_series(name) {
        let trend = desk.series(step, Some(by), LINES);
        let lines: Vec<Line> = grid.lines(&*desk.trend(selection, &trend)?, Some(by.name), "packets");
        let place = table.place(by.name);
        rows = rows.with_markup("share", w.t("column-spark"), |row| {
            let value = place.map(|place| &table.rows[row][place]);
            lines
                .iter()
                .find(|line| Some(&line.value) == value)
                .map_or(String::new(), |line| spark(&line.values))
        });
    }
    let vs = look.vs.clone().or_else(|| Some("prev".to_string()));
    let menu = take::of_ranking(desk, &Look { vs, ..look.clone() }, by, LINES);
    Ok(((title, href, drawn(&rows)? + &drawn(&menu)?), answer))
}

/// Each sensor and how it did: whole, with gaps, silent at the end.
fn strip(
    desk: &Desk,
    selection: &Selection,
    look: &Look,
) -> Result<Vec<(String, &'static str, String, String)>, Fault> {
    let table = match books::sensors(&desk.session, &Selection { filter: None, ..selection.clone() }) {
        Ok(table) => table,
        Err(error) => match Fault::from(error) {
            fault if fault.kind == Kind::Forbidden => return Ok(Vec::new()),
            fault => return Err(fault),
        },
    };
    let end = selection.interval.map_or(i64::MAX, |interval| interval.end.0);
    let int = |row: usize, name: &str| match table.value(row, name) {
        Some(Value::Int(number) | Value::Time(number)) => *number,
        _ => 0,
    };
    let newest = (0..table.rows.len()).map(|row| int(row, "last")).max().unwrap_or(end);
    Ok((0..table.rows.len())
        .filter_map(|row| {
            let Some(Value::Text(name)) = table.value(row, "sensor") else { return None };
            let silent = int(row, "silent");
            let state = if newest - int(row, "last") >= DAY_US {
                "gone"
            } else if silent > 0 {
                "part"
            } else {
                "whole"
            };
            let title =
                format!("{name}: {}", desk.words().say("trust-silent", &[("hours", &number::count(silent))]));
            let mut time = look.selection();
            (time.wanted.filter, time.wanted.scanners) = (None, None);
            Some((name.clone(), state, time.url(&crate::links::sensor(name)), title))
        })
        .collect())
}
