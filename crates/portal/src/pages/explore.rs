//! Explore: one selection, divided, drawn, compared; every value leads on.

use std::sync::Arc;

use askama::Template;
use teiten_ask::wanted;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::dimension::Dimension;
use teiten_query::questions::top::Top;
use teiten_query::questions::trend::Trend;
use teiten_report::words::number;
use teiten_selection::period::Period;

use crate::about::About;
use crate::asking::Question;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::look::{Graph, Look};
use crate::notes::Gathered;
use crate::pages::drawn;
use crate::view::chart::{Axes, Drawing, Measure};
use crate::view::form::Form;
use crate::view::frame::Frame;
use crate::view::grid::{Grid, Line, usual_step};
use crate::view::heat::{HEAT_STEPS_MAX, Heat};
use crate::view::map;
use crate::view::rows::Rows;
use crate::view::saved;
use crate::view::take::{Source, Take};
use crate::view::trust::Trust;

/// Days that are shown when nobody says how many.
const DAYS: i64 = 7;
/// Lines that are shown when nobody says how many.
const LINES: usize = 10;
/// Lines that a chart tells apart.
const DRAWN_MAX: usize = 6;
/// Lines of a field.
const HEAT_LINES_MAX: usize = 30;
/// The name of the chart, in the page and as a file.
const ID: &str = "chart";
/// Rows of the table of a series that a page shows; files have all.
const SERIES_ROWS_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "explore.html")]
struct Page {
    frame: Frame,
    form: String,
    saved: String,
    total: String,
    chart: String,
    trust: String,
    rows: String,
    notes: String,
    take: String,
    series: String,
    series_take: String,
}

/// What is drawn.
struct Drawn {
    chart: String,
    /// The name of the drawing as a file; empty for none.
    id: &'static str,
    series: Option<Arc<Table>>,
    notes: Gathered,
}

/// The page.
pub(crate) fn page(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let period = desk.period(DAYS)?;
    let (selection, doubts) = desk.selection(&period)?;
    let is_map = desk.look.graph == Some(Graph::Map);
    let by = wanted::dimension(desk.look.by.as_deref().unwrap_or(if is_map { "country" } else { "port" }))?;
    if is_map && by.name != "country" {
        let said = "a map shows countries: divide by country, or draw it another way".to_string();
        return Err(Fault::parameter("graph", said));
    }
    // The table of a map has what its shades say: every country.
    let lines = desk.look.lines(if is_map { map::COUNTRIES_MAX } else { LINES });
    // A series by tag is not one question, so tags are drawn as bars.
    let usual = if by.name == "tag" { Graph::Bars } else { Graph::Stacked };
    let graph = desk.look.graph.unwrap_or(usual);
    let metric = desk.look.metric.as_deref().unwrap_or("packets");
    let question = Top {
        metric: wanted::metric(metric)?,
        versus: desk.versus(&period)?.map(|(_, interval)| interval),
        ..Top::of(by, lines)
    };
    desk.look_closely(&selection, &[by]);
    let step = desk.look.step.clone().unwrap_or_else(|| step(graph, &period).to_string());
    let graph = if by.name == "tag" && graph != Graph::Table { Graph::Bars } else { graph };
    let mut coming = vec![
        (Selection { filter: None, ..selection.clone() }, Question::Alive),
        (selection.clone(), Question::Top(question.clone())),
        (selection.clone(), Question::Total),
    ];
    coming.extend(drawn_of(desk, by, graph, &step).into_iter().map(|trend| (selection.clone(), trend)));
    desk.ahead(coming)?;
    let answer = desk.top(&selection, &question)?;
    let drawing = draw(desk, &period, &selection, by, &answer, graph, &step)?;
    let alive = desk.alive(&selection)?;
    let told: Vec<&Table> =
        [Some(&answer), drawing.series.as_ref()].into_iter().flatten().map(AsRef::as_ref).collect();
    let trust = drawn(&Trust::new(desk, &alive, &told, &doubts)?)?;
    let table = desk.named(&answer, selection.interval, true)?;
    let word = teiten_ask::output::drawn::word(by.name, desk.reader.lang()).to_string();
    let rows = drawn(&Rows::ranking(desk, word.clone(), &table, by, &[]))?;
    let look = Look {
        by: Some(by.name.to_string()),
        top: Some(lines),
        ..desk.look.with_period(period.short_text())
    };
    let mut command = format!("top {} --top {lines}", by.plural);
    if metric != "packets" {
        command.push_str(&format!(" --metric {metric}"));
    }
    let source = Source {
        page: "/explore",
        command,
        command_look: None,
        api: "/api/v1/top",
        look: look.clone(),
        drawing: drawing.id,
        has_packets: true,
    };
    let take = drawn(&Take::new(desk, source))?;
    let (series, series_take) = match &drawing.series {
        None => (String::new(), String::new()),
        Some(series) => {
            let mut shown = (**series).clone();
            shown.rows.truncate(SERIES_ROWS_MAX);
            let source = Source {
                page: "/explore",
                command: format!("trend --by {} --step {step} --top {DRAWN_MAX}", by.name),
                command_look: None,
                api: "/api/v1/series",
                look: Look { step: Some(step), top: Some(DRAWN_MAX), ..look },
                drawing: drawing.id,
                has_packets: false,
            };
            (drawn(&Rows::plain(desk, w.t("series-table"), &shown))?, drawn(&Take::new(desk, source))?)
        }
    };
    let frame = Frame::new(desk, "explore", format!("{}: {word}", w.t("nav-explore")))?;
    let form = drawn(&Form::new(desk, "/explore", &period, Some((by.name, graph, lines))))?;
    drawn(&Page {
        frame,
        form,
        saved: saved::menu(desk, "/explore")?,
        total: total(desk, &selection)?,
        chart: drawing.chart,
        trust,
        rows,
        notes: drawing.notes.section(desk, &About::time(), &period)?,
        take,
        series,
        series_take,
    })
}

/// The step that a graph shows a period with.
fn step(graph: Graph, period: &Period) -> &'static str {
    match (graph, usual_step(&period.interval())) {
        (Graph::Heat, "hour") if period.interval().length_us() > 3 * teiten_model::interval::DAY_US => "day",
        (_, step) => step,
    }
}

/// All packets of the selection, in words.
pub(crate) fn total(desk: &Desk, selection: &Selection) -> Result<String, Fault> {
    let table = desk.answer(selection, &Question::Total)?;
    Ok(match table.rows[0][0] {
        Value::Int(total) => desk.words().say("total-packets", &[("packets", &number::count(total))]),
        _ => desk.words().t("withheld"),
    })
}

/// The series of a selection's lines.
fn series(desk: &Desk, by: &'static Dimension, lines: usize, step: &str) -> Trend {
    let zone = desk.reader.zone.to_string();
    Trend { step: step.to_string(), zone, by: Some(by), lines, without_sources: false }
}

/// Lines of a series that is drawn so.
fn lines_max(desk: &Desk, graph: Graph) -> usize {
    if graph == Graph::Heat { desk.look.lines(LINES).min(HEAT_LINES_MAX) } else { DRAWN_MAX }
}

/// Whether a graph shows parts of a whole: sources of two lines may be the same, so they are never stacked.
fn is_stacked(desk: &Desk, graph: Graph) -> bool {
    let measure = Measure::of(desk.look.metric.as_deref().unwrap_or("packets"));
    graph == Graph::Stacked && measure != Measure::Sources
}

/// The series that [`draw`] asks for.
fn drawn_of(desk: &Desk, by: &'static Dimension, graph: Graph, step: &str) -> Vec<Question> {
    if matches!(graph, Graph::Table | Graph::Map | Graph::Bars) {
        return Vec::new();
    }
    let lines = series(desk, by, lines_max(desk, graph), step);
    let whole = is_stacked(desk, graph).then(|| desk.series(step, None, 1));
    [Some(lines), whole].into_iter().flatten().map(Question::Trend).collect()
}

/// Draws the selection as it is wanted.
fn draw(
    desk: &Desk,
    period: &Period,
    selection: &Selection,
    by: &'static Dimension,
    answer: &Table,
    graph: Graph,
    step: &str,
) -> Result<Drawn, Fault> {
    let w = desk.words();
    let word = teiten_ask::output::drawn::word(by.name, desk.reader.lang());
    let caption = w.say("explore-caption", &[("by", word), ("period", &period.short_text())]);
    let measure = Measure::of(desk.look.metric.as_deref().unwrap_or("packets"));
    // Notes about the things that stand in the table, and about the time.
    let things = answer.place(by.name).map_or_else(Vec::new, |place| {
        answer.rows.iter().filter_map(|row| About::of(by.name, &row[place])).collect::<Vec<_>>()
    });
    let notes = Gathered::of(desk, &things, period.interval())?;
    if graph == Graph::Table {
        return Ok(Drawn { chart: String::new(), id: "", series: None, notes });
    }
    if graph == Graph::Map {
        return Ok(Drawn { chart: world(desk, period, selection, measure)?, id: ID, series: None, notes });
    }
    if graph == Graph::Bars {
        let places = answer.place(by.name).zip(answer.place("share"));
        let rows = places.map_or_else(Vec::new, |(value, share)| {
            let bars = answer.rows.iter().filter_map(|row| match &row[share] {
                Value::Float(share) => Some((row[value].clone(), share / 100.0)),
                _ => None,
            });
            bars.collect::<Vec<_>>()
        });
        let chart = drawn(&Drawing::bars(desk, ID, caption, &rows, by).in_menu())?;
        return Ok(Drawn { chart, id: ID, series: None, notes });
    }
    let grid = Grid::new(&period.interval(), step, &desk.reader.zone)?;
    let found = desk.trend(selection, &series(desk, by, lines_max(desk, graph), step))?;
    let lines: Vec<Line> = grid.lines(&found, Some(by.name), measure.column());
    let marks = notes.marks(&grid);
    let axes = |caption| Axes { id: ID, caption, grid: &grid, by: Some(by), measure, marks };
    let chart = match graph {
        Graph::Heat if grid.count > HEAT_STEPS_MAX => {
            let said = format!(
                "a field shows at most {HEAT_STEPS_MAX} steps, not {}: take a longer step",
                grid.count
            );
            return Err(Fault::parameter("step", said));
        }
        Graph::Heat => drawn(&Heat::new(desk, ID, caption, &grid, &lines, (by, measure)))?,
        _ if is_stacked(desk, graph) => {
            let whole = desk.trend(selection, &desk.series(step, None, 1))?;
            let whole = grid.lines(&whole, None, measure.column()).into_iter().next();
            let whole = whole.unwrap_or(Line { value: Value::Null, values: vec![None; grid.count] });
            let drawing = Drawing::stacked(desk, axes(caption), &lines, &whole);
            drawn(&with_data(drawing, desk, period, by, step, measure))?
        }
        _ => {
            let drawing = Drawing::lines(desk, axes(caption), &lines, None);
            drawn(&with_data(drawing, desk, period, by, step, measure))?
        }
    };
    Ok(Drawn { chart, id: ID, series: Some(found), notes })
}

/// The map of amounts, and below it that of changes where another period is compared with.
fn world(desk: &Desk, period: &Period, selection: &Selection, measure: Measure) -> Result<String, Fault> {
    let period_text = period.short_text();
    let look = desk.look.with_period(period_text.clone());
    let asked = map::Asked {
        id: ID,
        period: &period_text,
        selection,
        question: map::every_country(wanted::metric(desk.look.metric.as_deref().unwrap_or("packets"))?)?,
        measure,
        look: &look,
    };
    let mut world = drawn(&map::amounts(desk, &asked)?.in_menu())?;
    if let Some((versus, interval)) = desk.versus(period)? {
        let asked = map::Asked { id: "change", ..asked };
        world.push_str(&drawn(&map::changes(desk, &asked, (&versus, interval))?)?);
    }
    Ok(world)
}

/// Tells the island where the same numbers are.
fn with_data(
    drawing: Drawing,
    desk: &Desk,
    period: &Period,
    by: &Dimension,
    step: &str,
    measure: Measure,
) -> Drawing {
    let look = Look {
        by: Some(by.name.to_string()),
        step: Some(step.to_string()),
        top: Some(DRAWN_MAX),
        vs: None,
        ..desk.look.selection().with_period(period.short_text())
    };
    drawing.with_data(measure, look.url("/api/v1/series")).in_menu()
}
