//! A series or a ranking as a drawing with its caption, twice: for a wide screen and for a narrow one.

use std::cell::OnceCell;

use askama::Template;
use teiten_model::selection::Viewer;
use teiten_model::table::Value;
use teiten_query::dimension::Dimension;
use teiten_report::chart::{
    Bar, BarChart, Chart, Dress, Labels, LineChart, LineSeries, Mark, Part, Size, StackedChart, Unit,
};
use teiten_report::document::Form;
use teiten_report::words::{Language, Words as ReportWords};

use crate::desk::Desk;
use crate::view::grid::{Grid, Line};
use crate::view::picture;
use crate::words::Words;

const SECOND_US: i64 = 1_000_000;
/// Letters of a name that a chart has room for.
const NAME_LETTERS_MAX: usize = 28;

/// A drawing in a page.
#[derive(Template)]
#[template(path = "parts/chart.html")]
pub(crate) struct Drawing {
    /// Identifier, unique in the page.
    pub(crate) id: &'static str,
    w: &'static Words,
    /// The zone of times.
    zone: String,
    /// The column of the data that is drawn.
    column: &'static str,
    /// The caption.
    pub(crate) caption: String,
    /// The drawing for wide screens and paper.
    pub(crate) wide: String,
    /// The drawing for narrow screens.
    pub(crate) narrow: String,
    /// The address of the same numbers for the island; empty where there is none.
    pub(crate) data: String,
    /// What the drawing marks, for the island: seconds since 1970 and the text, as JSON.
    marks: String,
    /// What must be known to read it.
    pub(crate) notes: Vec<String>,
    /// The same drawing as a file, format and address, where no menu of the page has them.
    files: Vec<(&'static str, String)>,
}

/// What a chart over time is about, whatever its lines are.
pub(crate) struct Axes<'a> {
    /// Identifier, unique in the page.
    pub(crate) id: &'static str,
    /// The caption.
    pub(crate) caption: String,
    /// The time.
    pub(crate) grid: &'a Grid,
    /// What tells the lines apart; `None` for one line.
    pub(crate) by: Option<&'a Dimension>,
    /// What is counted.
    pub(crate) measure: Measure,
    /// Places that notes are about, by their numbers in the list below.
    pub(crate) marks: Vec<Mark>,
}

/// What the numbers of a chart count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Packets,
    Sources,
    Rate,
}

impl Measure {
    /// What a metric is drawn as.
    pub(crate) fn of(metric: &str) -> Measure {
        match metric {
            "sources" => Measure::Sources,
            "rate" | "per-address" => Measure::Rate,
            _ => Measure::Packets,
        }
    }

    /// The column of a series.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Measure::Packets => "packets",
            Measure::Sources => "sources",
            Measure::Rate => "rate",
        }
    }

    pub(crate) fn unit(self, desk: &Desk, words: &ReportWords) -> Unit {
        let w = desk.words();
        match self {
            Measure::Packets => Unit { axis: w.t("unit-packets"), column: String::new(), form: Form::Count },
            Measure::Sources => Unit { axis: w.t("unit-sources"), column: String::new(), form: Form::Count },
            Measure::Rate => Unit::rate(words),
        }
    }
}

thread_local! {
    static JA: OnceCell<ReportWords> = const { OnceCell::new() };
    static EN: OnceCell<ReportWords> = const { OnceCell::new() };
}

/// Lends the report's texts of a language; they are read once a thread.
pub(crate) fn with_words<T>(language: Language, take: impl FnOnce(&ReportWords) -> T) -> T {
    let cell = match language {
        Language::Ja => &JA,
        Language::En => &EN,
    };
    cell.with(|words| take(words.get_or_init(|| ReportWords::new(language))))
}

/// To whom something may be withheld, a gap is not only what nobody observed: says so in the chart, and gives the
/// sentence for whoever cannot see it.
fn veil(desk: &Desk, gaps: &[(usize, usize)], gap_word: &mut String) -> String {
    if gaps.is_empty() || *desk.session.viewer() == Viewer::All {
        return String::new();
    }
    *gap_word = desk.words().t("gap-or-withheld");
    format!(" {}", desk.words().t("gap-or-withheld-alt"))
}

/// The name of a line for readers.
pub(crate) fn name(desk: &Desk, by: Option<&Dimension>, value: &Value) -> String {
    let text = match (by.map(|by| by.name), value) {
        (None, _) => desk.words().t("all-packets"),
        (Some("country"), Value::Text(code)) => teiten_ask::labels::country(code, desk.reader.lang()),
        (Some("as"), Value::Int(number)) => format!("AS{number}"),
        (_, Value::Text(text)) => text.clone(),
        (_, Value::Int(number)) => number.to_string(),
        (_, Value::Address(address)) => address.to_string(),
        _ => desk.words().t("unknown-value"),
    };
    match text.char_indices().nth(NAME_LETTERS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

impl Drawing {
    /// Tells the island where the same numbers are.
    pub(crate) fn with_data(self, measure: Measure, data: String) -> Drawing {
        Drawing { column: measure.column(), data, ..self }
    }

    /// The menu of the page has its files.
    pub(crate) fn in_menu(self) -> Drawing {
        Drawing { files: Vec::new(), ..self }
    }

    /// Draws.
    pub(crate) fn new(
        desk: &Desk,
        id: &'static str,
        caption: String,
        chart: &Chart,
        words: &ReportWords,
    ) -> Drawing {
        Drawing::told(desk, id, caption, chart, chart.alt(words), words)
    }

    /// Tells the island what is marked.
    fn with_marks(self, grid: &Grid, marks: &[Mark]) -> Drawing {
        let told: Vec<(i64, &str)> = marks
            .iter()
            .filter_map(|mark| Some((grid.start(mark.at)?.0.div_euclid(SECOND_US), mark.label.as_str())))
            .collect();
        Drawing { marks: serde_json::json!(told).to_string(), ..self }
    }

    /// Draws a chart whose marks are numbers of notes, and says so to who cannot see it, after what a gap may be.
    fn noted(
        desk: &Desk,
        id: &'static str,
        caption: String,
        chart: &Chart,
        marks: &[Mark],
        veil: String,
        words: &ReportWords,
    ) -> Drawing {
        let mut alt = chart.alt(words) + &veil;
        if !marks.is_empty() {
            let numbers: Vec<&str> = marks.iter().map(|mark| mark.label.as_str()).collect();
            alt.push(' ');
            alt.push_str(&desk.words().say("notes-alt", &[("numbers", &numbers.join(", "))]));
        }
        Drawing::told(desk, id, caption, chart, alt, words)
    }

    fn told(
        desk: &Desk,
        id: &'static str,
        caption: String,
        chart: &Chart,
        alt: String,
        words: &ReportWords,
    ) -> Drawing {
        picture::take(desk, id, &caption, chart, words);
        let labels = Labels { id, title: &caption, alt: &alt, mark: "", language: desk.reader.language };
        let wide = chart.draw(labels, Size::Wide, Dress::Inline);
        let narrow = chart.draw(labels, Size::Narrow, Dress::Inline);
        let zone = desk.reader.zone.to_string();
        let files = picture::FORMATS.map(|(format, word)| (word, picture::address(desk, id, format)));
        Drawing {
            id,
            w: desk.words(),
            zone,
            column: "packets",
            caption,
            wide,
            narrow,
            data: String::new(),
            marks: "[]".to_string(),
            notes: Vec::new(),
            files: files.to_vec(),
        }
    }

    /// Lines over time; `before` is drawn beside the only line.
    pub(crate) fn lines(desk: &Desk, axes: Axes<'_>, lines: &[Line], before: Option<Line>) -> Drawing {
        let Axes { id, caption, grid, by, measure, marks } = axes;
        with_words(desk.reader.language, |words| {
            let series = lines.iter().map(|line| LineSeries {
                key: name(desk, by, &line.value),
                label: name(desk, by, &line.value),
                values: line.values.clone(),
            });
            let label = desk.words().t("before");
            let before = before.map(|line| LineSeries { key: "before".into(), label, values: line.values });
            let series = series.chain(before).collect();
            let mut chart = LineChart::new(grid.first, grid.step, measure.unit(desk, words), series, words);
            chart.marks = marks.clone();
            let veil = veil(desk, &chart.gaps(), &mut chart.gap_word);
            let chart = Chart::Line(chart);
            Drawing::noted(desk, id, caption, &chart, &marks, veil, words).with_marks(grid, &marks)
        })
    }

    /// One line over time with what happened on some of its steps.
    pub(crate) fn marked(desk: &Desk, axes: Axes<'_>, line: &Line) -> Drawing {
        let Axes { id, caption, grid, by, measure, marks } = axes;
        with_words(desk.reader.language, |words| {
            let label = name(desk, by, &line.value);
            let series = vec![LineSeries { key: label.clone(), label, values: line.values.clone() }];
            let mut chart = LineChart::new(grid.first, grid.step, measure.unit(desk, words), series, words);
            chart.marks = marks.clone();
            Drawing::new(desk, id, caption, &Chart::Line(chart), words).with_marks(grid, &marks)
        })
    }

    /// Parts of a whole over time; `whole` gives what no line has.
    pub(crate) fn stacked(desk: &Desk, axes: Axes<'_>, lines: &[Line], whole: &Line) -> Drawing {
        let Axes { id, caption, grid, by, measure, marks } = axes;
        with_words(desk.reader.language, |words| {
            let mut parts: Vec<Part> = lines
                .iter()
                .map(|line| Part {
                    key: name(desk, by, &line.value),
                    label: name(desk, by, &line.value),
                    values: line.values.clone(),
                })
                .collect();
            let rest = whole.values.iter().enumerate().map(|(slot, whole)| {
                let named: f64 = lines.iter().filter_map(|line| line.values[slot]).sum();
                whole.map(|whole| (whole - named).max(0.0))
            });
            let values: Vec<Option<f64>> = rest.collect();
            if values.iter().flatten().any(|value| *value > 0.0) {
                parts.push(Part { key: String::new(), label: String::new(), values });
            }
            let mut chart = StackedChart::new(grid.first, grid.step, measure.unit(desk, words), parts, words);
            chart.marks = marks.clone();
            let veil = veil(desk, &chart.gaps(), &mut chart.gap_word);
            let chart = Chart::Stacked(chart);
            Drawing::noted(desk, id, caption, &chart, &marks, veil, words).with_marks(grid, &marks)
        })
    }

    /// A bar a line: its share of all packets, 0 to 1.
    pub(crate) fn bars(
        desk: &Desk,
        id: &'static str,
        caption: String,
        rows: &[(Value, f64)],
        by: &Dimension,
    ) -> Drawing {
        with_words(desk.reader.language, |words| {
            let bar =
                |(value, share): &(Value, f64)| Bar { label: name(desk, Some(by), value), share: *share };
            let chart = BarChart { unit: desk.words().t("unit-share"), bars: rows.iter().map(bar).collect() };
            Drawing::new(desk, id, caption, &Chart::Bar(chart), words)
        })
    }
}

/// A series as small as a word: no axis, no number; the table beside it has them.
pub(crate) fn spark(values: &[Option<f64>]) -> String {
    const WIDTH: f64 = 84.0;
    const HEIGHT: f64 = 20.0;
    let top = values.iter().flatten().fold(0.0_f64, |top, value| top.max(*value));
    if top <= 0.0 || values.len() < 2 {
        return String::new();
    }
    let step = WIDTH / (values.len() - 1) as f64;
    let mut path = String::new();
    let mut is_open = false;
    for (place, value) in values.iter().enumerate() {
        match value {
            None => is_open = false,
            Some(value) => {
                let (x, y) = (place as f64 * step, HEIGHT - 1.5 - (HEIGHT - 3.0) * value / top);
                path.push_str(&format!("{}{x:.1} {y:.1}", if is_open { "L" } else { "M" }));
                is_open = true;
            }
        }
    }
    format!(
        "<svg class=\"chart spark\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         aria-hidden=\"true\" focusable=\"false\"><path class=\"line s1\" d=\"{path}\" fill=\"none\" \
         stroke-width=\"1.5\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spark_is_interrupted_where_there_is_no_value() {
        assert_eq!(spark(&[None, Some(0.0)]), "");
        let drawn = spark(&[Some(1.0), Some(2.0), None, Some(1.0), Some(1.0)]);
        assert_eq!(drawn.matches('M').count(), 2, "{drawn}");
    }
}
