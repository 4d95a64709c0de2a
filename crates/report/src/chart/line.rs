//! Series over time as lines with their names at their ends.
//!
//! **Invariant:** a line is interrupted where there is no value; a place without any value in any
//! series is hatched and named.

use jiff::civil::Date;

use super::axis::{self, Plot, text_width};
use super::ends::Names;
use super::scale::Scale;
use super::svg::{Svg, coordinate};
use super::time::{Slots, Step};
use super::{Dress, Labels, Size, Unit, gap, mark};
use crate::words::Words;

/// Series over time.
#[derive(Debug, Clone, PartialEq)]
pub struct LineChart {
    /// The first day.
    pub first: Date,
    /// How far apart the values stand.
    pub step: Step,
    /// What the values count.
    pub unit: Unit,
    /// The word for a gap.
    pub gap_word: String,
    /// The series, most important first.
    pub series: Vec<LineSeries>,
    /// Places on which something changed.
    pub marks: Vec<Mark>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct LineSeries {
    /// Stable name, for data.
    pub key: String,
    /// Name for readers.
    pub label: String,
    /// One value a step; `None` where nothing was observed.
    pub values: Vec<Option<f64>>,
}

/// A day on which something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Steps from the first.
    pub at: usize,
    /// What happened.
    pub label: String,
}

impl LineChart {
    /// A chart without marks.
    pub fn new(first: Date, step: Step, unit: Unit, series: Vec<LineSeries>, words: &Words) -> LineChart {
        LineChart { first, step, unit, gap_word: words.text("gap"), series, marks: Vec::new() }
    }

    /// Spans in which no series has a value: first and last place, both inside.
    pub fn gaps(&self) -> Vec<(usize, usize)> {
        gap::runs(self.slots().count, self.series.iter().map(|series| series.values.as_slice()))
    }

    pub(crate) fn slots(&self) -> Slots {
        let count = self.series.iter().map(|series| series.values.len()).max().unwrap_or(0);
        Slots { first: self.first, step: self.step, count }
    }
}

pub(crate) fn draw(chart: &LineChart, labels: Labels<'_>, size: Size, dress: Dress) -> String {
    let font = size.font();
    let known = chart.series.iter().flat_map(|series| &series.values).flatten();
    let ticks = axis::value_ticks(known.fold(0.0_f64, |top, value| top.max(*value)), &chart.unit);
    let labels_of_series: Vec<&str> = chart.series.iter().map(|series| series.label.as_str()).collect();
    let names = Names::new(&labels_of_series, size);
    let tick_width = ticks.iter().map(|(_, text)| text_width(text, font)).fold(0.0, f64::max);
    let gaps = chart.gaps();
    let lines_above = u8::from(!gaps.is_empty()) + u8::from(!chart.marks.is_empty());
    let plot = Plot {
        left: tick_width + 8.0,
        right: size.width() - names.room(),
        // Gaps and marks have a line of text each, between the unit and the plot.
        top: font * (2.2 + 1.25 * f64::from(lines_above)),
        bottom: size.height() - font * 3.4,
        font,
    };
    let last_tick = ticks.last().map_or(1.0, |(value, _)| *value);
    let values = Scale::new((0.0, last_tick), (plot.bottom, plot.top));
    let slots = chart.slots();
    let mut svg = Svg::open(labels, size, dress, names.height());
    let hatch = format!("{}-{}-hatch", labels.id, size.suffix());
    svg.hatch(&hatch);
    axis::draw_values(&mut svg, &plot, &values, &ticks, &chart.unit);
    gap::draw(&mut svg, &gaps, &slots, &plot, (&hatch, &chart.gap_word), labels.language);
    slots.draw(&mut svg, &plot, labels.language);
    draw_marks(&mut svg, &chart.marks, &slots, &plot, !gaps.is_empty());
    // The most important line is drawn last, so that it lies on top.
    for (at, series) in chart.series.iter().enumerate().rev() {
        draw_series(&mut svg, at, series, &slots, &plot, &values);
    }
    let end = |series: &LineSeries| {
        let last = series.values.iter().enumerate().rev().find_map(|(at, value)| Some((at, (*value)?)));
        last.map(|(at, value)| (slots.middle(at, &plot) + 3.0, values.place(value)))
    };
    let ends: Vec<Option<(f64, f64)>> = chart.series.iter().map(end).collect();
    names.draw(&mut svg, &plot, &ends, &mut |svg, at, [left, top, width, height]| {
        let middle = (left + width / 2.0, top + height / 2.0);
        // Below the axis there is room for the dashes too.
        if width > font {
            let stroke =
                format!("M{} {}H{}", coordinate(left), coordinate(middle.1), coordinate(left + width));
            mark::draw_stroke(svg, at, &stroke);
        }
        mark::draw_marker(svg, at, middle);
    });
    svg.close()
}

/// Draws the places on which something changed; their texts stand above those of gaps.
pub(super) fn draw_marks(svg: &mut Svg, marks: &[Mark], slots: &Slots, plot: &Plot, is_above_gaps: bool) {
    let above = plot.top - 5.0 - if is_above_gaps { plot.font * 1.25 } else { 0.0 };
    let mut free_from = f64::MIN;
    for mark in marks {
        let x = slots.middle(mark.at, plot);
        svg.line(
            "mark",
            (x, plot.top),
            (x, plot.bottom),
            &[("stroke", "#595959"), ("stroke-dasharray", "3 3")],
        );
        let half = plot.text_width(&mark.label) / 2.0;
        let middle = x.clamp(plot.left + half, (plot.right - half).max(plot.left + half));
        // A mark that stands too close to the one before keeps its line; its text is in the sentence.
        if middle - half >= free_from {
            svg.text("ink", (middle, above), "middle", &mark.label);
            free_from = middle + half + plot.font * 0.5;
        }
    }
}

fn draw_series(svg: &mut Svg, at: usize, series: &LineSeries, slots: &Slots, plot: &Plot, values: &Scale) {
    let point = |place: usize, value: f64| (slots.middle(place, plot), values.place(value));
    let mut path = String::new();
    let mut is_open = false;
    for (place, value) in series.values.iter().enumerate() {
        let Some(value) = value else {
            is_open = false;
            continue;
        };
        let (x, y) = point(place, *value);
        path.push_str(&format!("{}{} {}", if is_open { "L" } else { "M" }, coordinate(x), coordinate(y)));
        is_open = true;
    }
    mark::draw_stroke(svg, at, &path);
    // Markers stand apart from those of other series; a value without neighbours always has one.
    let every = (slots.count / 8).max(1);
    let has = |place: Option<usize>| place.and_then(|at| series.values.get(at)).is_some_and(Option::is_some);
    for (place, value) in series.values.iter().enumerate() {
        let is_alone = !has(place.checked_sub(1)) && !has(Some(place + 1));
        if let Some(value) = value
            && (is_alone || place % every == (at * 2 + 1) % every)
        {
            mark::draw_marker(svg, at, point(place, *value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::crowd::{LONG_NAMES, collisions, labels};
    use super::*;
    use crate::document::Form;
    use crate::words::Language;

    fn chart(values: &[&[Option<f64>]]) -> LineChart {
        LineChart {
            first: Date::constant(2014, 5, 1),
            step: Step::Day,
            unit: Unit { axis: "packets".into(), column: String::new(), form: Form::Rate },
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
        draw(chart, Labels { title: "t & t", ..labels(Language::En) }, Size::Wide, Dress::Inline)
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

    #[test]
    fn ten_series_with_long_names_gaps_and_marks_do_not_collide() {
        for (step, count) in
            [(Step::Day, 1), (Step::Day, 40), (Step::Day, 400), (Step::Week, 13), (Step::Month, 36)]
        {
            let values: Vec<Option<f64>> =
                (0..count).map(|at| (count < 4 || at % 9 != 4).then_some(40.0)).collect();
            let mut crowded = chart(&[values.as_slice(); 10]);
            crowded.first = Date::constant(2013, 12, 1);
            (crowded.step, crowded.gap_word) = (step, "欠測".into());
            crowded.series.iter_mut().zip(LONG_NAMES).for_each(|(series, name)| series.label = name.into());
            crowded.marks = (0..3).map(|at| Mark { at, label: "収集装置の更新".into() }).collect();
            for (size, language) in
                [(Size::Wide, Language::Ja), (Size::Narrow, Language::Ja), (Size::Narrow, Language::En)]
            {
                let svg = draw(&crowded, labels(language), size, Dress::Standalone);
                assert_eq!(collisions(&svg), Vec::<String>::new(), "{step:?} {count} {size:?}");
            }
        }
    }
}
