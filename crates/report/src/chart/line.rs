//! Daily series as lines with their names at their ends.
//!
//! **Invariant:** a line is interrupted where there is no value; a day without any value in any
//! series is hatched and named.

use jiff::civil::Date;

use super::axis::{self, Plot, text_width};
use super::ends::spread;
use super::scale::Scale;
use super::svg::{Svg, coordinate};
use super::{Dress, Labels, Size, mark};
use crate::text::fit;
use crate::words::{Language, date};

/// Daily series.
#[derive(Debug, Clone, PartialEq)]
pub struct LineChart {
    /// The first day.
    pub first: Date,
    /// What the values count, written above the axis.
    pub unit: String,
    /// The word for a gap.
    pub gap_word: String,
    /// The series, most important first.
    pub series: Vec<LineSeries>,
    /// Days on which something changed.
    pub marks: Vec<Mark>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct LineSeries {
    /// Stable name, for data.
    pub key: String,
    /// Name for readers.
    pub label: String,
    /// One value a day; `None` where nothing was observed.
    pub values: Vec<Option<f64>>,
}

/// A day on which something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Days from the first.
    pub day: usize,
    /// What happened.
    pub label: String,
}

impl LineChart {
    /// The number of days.
    pub fn days(&self) -> usize {
        self.series.iter().map(|series| series.values.len()).max().unwrap_or(0)
    }

    /// Runs of days on which no series has a value: first and last, both inside.
    pub fn gaps(&self) -> Vec<(usize, usize)> {
        let mut gaps: Vec<(usize, usize)> = Vec::new();
        for day in 0..self.days() {
            if self.series.iter().any(|series| series.values.get(day).is_some_and(Option::is_some)) {
                continue;
            }
            match gaps.last_mut() {
                Some((_, last)) if *last + 1 == day => *last = day,
                _ => gaps.push((day, day)),
            }
        }
        gaps
    }

    /// A gap in words: its days.
    pub fn gap_days(&self, gap: (usize, usize), language: Language) -> String {
        match (axis::later(self.first, gap.0), axis::later(self.first, gap.1)) {
            (Some(first), Some(last)) => date::span(first, last, language),
            _ => String::new(),
        }
    }
}

pub(crate) fn draw(chart: &LineChart, labels: Labels<'_>, size: Size, dress: Dress) -> String {
    let font = size.font();
    let top_value = chart
        .series
        .iter()
        .flat_map(|series| &series.values)
        .flatten()
        .fold(0.0_f64, |top, value| top.max(*value));
    let ticks = axis::value_ticks(top_value);
    let names: Vec<String> = chart
        .series
        .iter()
        .map(|series| fit(&series.label, if size == Size::Wide { 140 } else { 78 }))
        .collect();
    let tick_width = ticks.iter().map(|(_, text)| text_width(text, font)).fold(0.0, f64::max);
    let name_width = names.iter().map(|name| text_width(name, font)).fold(0.0, f64::max);
    let height = if size == Size::Wide { 400.0 } else { 330.0 };
    let plot = Plot {
        left: tick_width + 8.0,
        right: size.width() - name_width - if size == Size::Wide { 44.0 } else { 30.0 },
        // Gaps and marks have a line of text each, between the unit and the plot.
        top: font * (2.2 + 1.25 * f64::from(lines_above(chart))),
        bottom: height - font * 3.4,
        font,
    };
    let last_tick = ticks.last().map_or(1.0, |(value, _)| *value);
    let values = Scale::new((0.0, last_tick), (plot.bottom, plot.top));
    let mut svg = Svg::open(labels, size, dress, height);
    let hatch = format!("{}-{}-hatch", labels.id, size.suffix());
    svg.hatch(&hatch);
    axis::draw_values(&mut svg, &plot, &values, &ticks, &chart.unit);
    draw_gaps(&mut svg, chart, &plot, &hatch, labels.language);
    axis::draw_days(&mut svg, &plot, chart.first, chart.days(), labels.language);
    draw_marks(&mut svg, chart, &plot);
    // The most important line is drawn last, so that it lies on top.
    for (at, series) in chart.series.iter().enumerate().rev() {
        draw_series(&mut svg, at, series, chart.days(), &plot, &values);
    }
    draw_names(&mut svg, chart, &names, &plot, &values);
    svg.close()
}

fn lines_above(chart: &LineChart) -> u8 {
    u8::from(!chart.gaps().is_empty()) + u8::from(!chart.marks.is_empty())
}

fn x_of(day: usize, days: usize, plot: &Plot) -> f64 {
    plot.left + (day as f64 + 0.5) * (plot.right - plot.left) / days.max(1) as f64
}

fn draw_gaps(svg: &mut Svg, chart: &LineChart, plot: &Plot, hatch: &str, language: Language) {
    let slot = (plot.right - plot.left) / chart.days().max(1) as f64;
    let mut free_from = f64::MIN;
    for gap in chart.gaps() {
        let (from, to) = (plot.left + slot * gap.0 as f64, plot.left + slot * (gap.1 + 1) as f64);
        let fill = format!("url(#{hatch})");
        svg.rect("gap", (from, plot.top), (to - from, plot.bottom - plot.top), &[("fill", &fill)]);
        let text = format!("{} {}", chart.gap_word, chart.gap_days(gap, language));
        let half = plot.text_width(&text) / 2.0;
        let middle = ((from + to) / 2.0).clamp(plot.left + half, (plot.right - half).max(plot.left + half));
        // Gaps that stand too close for their texts are named under the figure.
        if middle - half >= free_from {
            svg.text("muted", (middle, plot.top - 5.0), "middle", &text);
            free_from = middle + half + plot.font * 0.5;
        }
    }
}

fn draw_marks(svg: &mut Svg, chart: &LineChart, plot: &Plot) {
    let above = plot.top - 5.0 - plot.font * 1.25 * f64::from(lines_above(chart).saturating_sub(1));
    for mark in &chart.marks {
        let x = x_of(mark.day, chart.days(), plot);
        svg.line(
            "mark",
            (x, plot.top),
            (x, plot.bottom),
            &[("stroke", "#595959"), ("stroke-dasharray", "3 3")],
        );
        let half = plot.text_width(&mark.label) / 2.0;
        let middle = x.clamp(plot.left + half, (plot.right - half).max(plot.left + half));
        svg.text("ink", (middle, above), "middle", &mark.label);
    }
}

fn draw_series(svg: &mut Svg, at: usize, series: &LineSeries, days: usize, plot: &Plot, values: &Scale) {
    let point = |day: usize, value: f64| (x_of(day, days, plot), values.place(value));
    let mut path = String::new();
    let mut is_open = false;
    for (day, value) in series.values.iter().enumerate() {
        let Some(value) = value else {
            is_open = false;
            continue;
        };
        let (x, y) = point(day, *value);
        path.push_str(&format!("{}{} {}", if is_open { "L" } else { "M" }, coordinate(x), coordinate(y)));
        is_open = true;
    }
    mark::draw_stroke(svg, at, &path);
    // Markers stand apart from those of other series; a day without neighbours always has one.
    let every = (days / 8).max(1);
    let has = |day: Option<usize>| day.and_then(|day| series.values.get(day)).is_some_and(Option::is_some);
    for (day, value) in series.values.iter().enumerate() {
        let is_alone = !has(day.checked_sub(1)) && !has(Some(day + 1));
        if let Some(value) = value
            && (is_alone || day % every == (at * 2 + 1) % every)
        {
            mark::draw_marker(svg, at, point(day, *value));
        }
    }
}

fn draw_names(svg: &mut Svg, chart: &LineChart, names: &[String], plot: &Plot, values: &Scale) {
    let ends: Vec<Option<(usize, f64)>> = chart
        .series
        .iter()
        .map(|series| {
            series.values.iter().enumerate().rev().find_map(|(day, value)| value.map(|value| (day, value)))
        })
        .collect();
    let heights: Vec<f64> =
        ends.iter().map(|end| end.map_or(plot.bottom, |(_, value)| values.place(value))).collect();
    let places = spread(&heights, plot.font * 1.25, plot.top, plot.bottom);
    for (at, name) in names.iter().enumerate() {
        let start = plot.right + 10.0;
        if let Some((day, value)) = ends[at] {
            let from = (x_of(day, chart.days(), plot) + 3.0, values.place(value));
            svg.line("lead", from, (start - 1.0, places[at]), &[("stroke", "#8a8a8a")]);
        }
        mark::draw_marker(svg, at, (start + 6.0, places[at]));
        svg.text("ink", (start + 14.0, places[at] + plot.font * 0.36), "start", name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: &[&[Option<f64>]]) -> LineChart {
        LineChart {
            first: Date::constant(2014, 5, 1),
            unit: "packets".into(),
            gap_word: "not observed".into(),
            series: values
                .iter()
                .enumerate()
                .map(|(at, values)| LineSeries {
                    key: at.to_string(),
                    label: format!("<{at}>"),
                    values: values.to_vec(),
                })
                .collect(),
            marks: vec![],
        }
    }

    fn drawn(chart: &LineChart) -> String {
        let labels = Labels { id: "f", title: "t & t", alt: "a", language: Language::En };
        draw(chart, labels, Size::Wide, Dress::Inline)
    }

    #[test]
    fn a_gap_interrupts_the_line_and_is_hatched_and_named() {
        let some = Some(1.0);
        let chart = chart(&[&[some, some, None, None, some, some], &[some, None, None, None, some, some]]);
        assert_eq!(chart.gaps(), [(2, 3)]);
        let svg = drawn(&chart);
        assert_eq!(svg.matches("class=\"gap\"").count(), 1);
        assert!(svg.contains(">not observed 3 May–4 May<"), "{svg}");
        let line = svg.lines().find(|line| line.contains("class=\"line s1\"")).unwrap();
        assert_eq!(line.split(" d=\"").nth(1).unwrap().split('"').next().unwrap().matches('M').count(), 2);
    }

    #[test]
    fn nothing_one_day_and_zeroes_are_drawn_too() {
        for values in [vec![], vec![Some(0.0)], vec![None], vec![Some(3.0)]] {
            let svg = drawn(&chart(&[&values]));
            assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
        assert!(drawn(&chart(&[])).contains("role=\"img\""));
    }

    #[test]
    fn names_of_series_are_text() {
        let svg = drawn(&chart(&[&[Some(1.0)]]));
        assert!(svg.contains(">&lt;0&gt;</text>") && svg.contains("t &amp; t</title>"));
    }

    #[test]
    fn a_drawing_is_the_same_twice() {
        let chart = chart(&[&[Some(1.5), None, Some(2.25)]]);
        assert_eq!(drawn(&chart), drawn(&chart));
    }
}
