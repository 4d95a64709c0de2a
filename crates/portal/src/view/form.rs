//! The box in which a selection is written, with what a page lets one choose beside it.

use askama::Template;
use teiten_ask::output::drawn;
use teiten_ask::wanted::{METRICS, STEPS};
use teiten_model::interval::Interval;
use teiten_query::dimension::DIMENSIONS;
use teiten_selection::period::Period;
use teiten_selection::zone::Zone;

use crate::desk::Desk;
use crate::look::{Graph, Look};
use crate::view::zoom;
use crate::words::Words;

/// The form.
#[derive(Template)]
#[template(path = "parts/form.html")]
pub(crate) struct Form {
    w: &'static Words,
    /// The page that shows it.
    path: &'static str,
    look: Look,
    /// First and last day of the store.
    first: String,
    last: String,
    /// The period that is shown, also when nobody named it.
    period: String,
    before: String,
    after: String,
    /// The period twice and half as long.
    wider: String,
    closer: String,
    periods: Vec<(String, String)>,
    by: Vec<Choice>,
    graph: Vec<Choice>,
    metric: Vec<Choice>,
    step: Vec<Choice>,
    vs: Vec<Choice>,
    lines: usize,
    /// Whether the page divides packets.
    is_divided: bool,
}

struct Choice {
    value: String,
    text: String,
    is_chosen: bool,
}

impl Form {
    /// The form of a page; `divided` gives the dimension, the graph and the lines of one that divides packets.
    pub(crate) fn new(
        desk: &Desk,
        path: &'static str,
        period: &Period,
        divided: Option<(&str, Graph, usize)>,
    ) -> Form {
        let (w, look) = (desk.words(), &desk.look);
        let choices = |words: Vec<(String, String)>, chosen: &str| {
            words
                .into_iter()
                .map(|(value, text)| Choice { is_chosen: value == chosen, value, text })
                .collect::<Vec<Choice>>()
        };
        let told = |kind: &str, word: &str| (word.to_string(), w.t(&format!("{kind}-{word}")));
        let (by, graph, lines) = divided.unwrap_or(("", Graph::Lines, 0));
        let dimensions = DIMENSIONS.iter().map(|dimension| {
            (dimension.name.to_string(), drawn::word(dimension.name, desk.reader.lang()).to_string())
        });
        let mut vs = vec![
            ("none".to_string(), w.t("vs-none")),
            ("prev".to_string(), w.t("vs-prev")),
            ("prev-year".to_string(), w.t("vs-prev-year")),
        ];
        if let Some(own) = look.vs.as_ref().filter(|own| vs.iter().all(|(word, _)| word != *own)) {
            vs.push((own.clone(), own.clone()));
        }
        let steps = STEPS.map(|word| told("step", word));
        let shown = period.short_text();
        let near = |other: Result<Period, _>| match other {
            Ok(other) => look.with_period(Period::short_text(&other)).url(path),
            Err(teiten_selection::error::PeriodError::Years { .. }) | Err(_) => String::new(),
        };
        let zoomed = |zoom: fn(Interval, &Zone) -> Option<String>| {
            let zoomed = zoom(period.interval(), &desk.reader.zone);
            zoomed.map_or(String::new(), |period| look.with_period(period).url(path))
        };
        let presets = [("p-day", 1), ("p-week", 7), ("p-month", 30), ("p-quarter", 91)];
        let periods = presets.into_iter().map(|(word, days)| {
            let text = match word {
                "p-day" => w.t("p-day"),
                "p-week" => w.t("p-week"),
                "p-month" => w.t("p-month"),
                _ => w.t("p-quarter"),
            };
            (
                last_days(desk, period, days)
                    .map_or(String::new(), |period| look.with_period(period).url(path)),
                text,
            )
        });
        let day = |at: i64| {
            jiff::Timestamp::from_microsecond(at)
                .map(|at| at.to_zoned(desk.reader.zone.rules().clone()).date())
        };
        // A store that cannot be asked says so elsewhere on the page.
        let span = desk.span().ok().flatten();
        let day =
            |at: Option<i64>| at.and_then(|at| day(at).ok()).map_or(String::new(), |day| day.to_string());
        Form {
            w,
            first: day(span.map(|span| span.0)),
            last: day(span.map(|span| span.1)),
            path,
            look: look.clone(),
            before: near(period.previous()),
            after: near(period.next()),
            wider: zoomed(zoom::wider),
            closer: zoomed(zoom::closer),
            periods: periods.filter(|(href, _)| !href.is_empty()).collect(),
            period: shown,
            by: choices(dimensions.collect(), by),
            graph: choices(Graph::ALL.map(|graph| told("graph", graph.word())).to_vec(), graph.word()),
            metric: choices(
                METRICS.map(|(word, _)| told("metric", word)).to_vec(),
                look.metric.as_deref().unwrap_or("packets"),
            ),
            step: choices(
                [("".to_string(), w.t("step-usual"))].into_iter().chain(steps).collect(),
                look.step.as_deref().unwrap_or_default(),
            ),
            vs: choices(vs, look.vs.as_deref().unwrap_or(if path == "/" { "prev" } else { "none" })),
            lines,
            is_divided: divided.is_some(),
        }
    }
}

/// The last days of what is shown, ending where it ends.
fn last_days(desk: &Desk, period: &Period, days: i64) -> Option<String> {
    let end = jiff::Timestamp::from_microsecond(period.interval().end.0 - 1).ok()?;
    let last = end.to_zoned(desk.reader.zone.rules().clone()).date();
    let first = last.checked_sub(jiff::Span::new().days(days - 1)).ok()?;
    Some(if days == 1 { last.to_string() } else { format!("{first}..{}", last.tomorrow().ok()?) })
}
