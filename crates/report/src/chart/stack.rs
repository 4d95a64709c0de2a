//! Parts of a whole over time as stacked columns, with the names of the parts at their ends.
//!
//! **Invariant:** at most [`PARTS_MAX`] parts are told apart; what is left is one part more, in grey.
//! **Invariant:** a place without any value is hatched and named.

use jiff::civil::Date;

use super::axis::{self, Plot, text_width};
use super::ends::Names;
use super::line::{Mark, draw_marks};
use super::scale::Scale;
use super::svg::{Svg, coordinate};
use super::time::{Slots, Step};
use super::{Dress, Labels, Size, Unit, gap, mark};
use crate::words::Words;

/// How many parts are told apart.
pub const PARTS_MAX: usize = 6;
/// Room between columns, as a part of their distance and at most.
const BETWEEN: (f64, f64) = (0.1, 8.0);

/// Parts of a whole over time.
#[derive(Debug, Clone, PartialEq)]
pub struct StackedChart {
    /// The first day.
    pub first: Date,
    /// How far apart the values stand.
    pub step: Step,
    /// What the values count.
    pub unit: Unit,
    /// The word for a gap.
    pub gap_word: String,
    /// The word for what is left.
    pub others_word: String,
    /// The parts, largest first; all from the seventh on are drawn as one.
    pub parts: Vec<Part>,
    /// Places on which something changed.
    pub marks: Vec<Mark>,
}

/// One part.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Stable name, for data; empty for what is left of the whole, whose word the chart has.
    pub key: String,
    /// Name for readers.
    pub label: String,
    /// One value a step; `None` where nothing was observed.
    pub values: Vec<Option<f64>>,
}

impl StackedChart {
    /// A chart of these parts.
    pub fn new(first: Date, step: Step, unit: Unit, parts: Vec<Part>, words: &Words) -> StackedChart {
        let (gap_word, others_word) = (words.text("gap"), words.text("others"));
        StackedChart { first, step, unit, gap_word, others_word, parts, marks: Vec::new() }
    }

    /// Spans in which no part has a value: first and last place, both inside.
    pub fn gaps(&self) -> Vec<(usize, usize)> {
        gap::runs(self.slots().count, self.parts.iter().map(|part| part.values.as_slice()))
    }

    pub(crate) fn slots(&self) -> Slots {
        let count = self.parts.iter().map(|part| part.values.len()).max().unwrap_or(0);
        Slots { first: self.first, step: self.step, count }
    }

    /// The parts as they are drawn: the first ones, and what is left as one with an empty key.
    pub(crate) fn drawn_parts(&self) -> Vec<Part> {
        let (named, left): (Vec<&Part>, Vec<&Part>) =
            self.parts.iter().partition(|part| !part.key.is_empty());
        let left: Vec<&Part> = named.iter().skip(PARTS_MAX).copied().chain(left).collect();
        let mut drawn: Vec<Part> = named.into_iter().take(PARTS_MAX).cloned().collect();
        if !left.is_empty() {
            let sum = |at: usize| {
                let known = left.iter().filter_map(|part| part.values.get(at).copied().flatten());
                known.fold(None, |sum: Option<f64>, value| Some(sum.unwrap_or(0.0) + value))
            };
            let values = (0..self.slots().count).map(sum).collect();
            drawn.push(Part { key: String::new(), label: self.others_word.clone(), values });
        }
        drawn
    }
}

pub(crate) fn draw(chart: &StackedChart, labels: Labels<'_>, size: Size, dress: Dress) -> String {
    let font = size.font();
    let slots = chart.slots();
    let parts = chart.drawn_parts();
    let value = |part: &Part, at: usize| part.values.get(at).copied().flatten().unwrap_or(0.0).max(0.0);
    let whole = |at: usize| parts.iter().map(|part| value(part, at)).sum::<f64>();
    let ticks = axis::value_ticks((0..slots.count).map(whole).fold(0.0, f64::max), &chart.unit);
    let labels_of_parts: Vec<&str> = parts.iter().map(|part| part.label.as_str()).collect();
    let names = Names::new(&labels_of_parts, size);
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
    let mut svg = Svg::open(labels, size, dress, names.height());
    let id = |kind: &str| format!("{}-{}-{kind}", labels.id, size.suffix());
    let hatch = id("hatch");
    svg.hatch(&hatch);
    axis::draw_values(&mut svg, &plot, &values, &ticks, &chart.unit);
    gap::draw(&mut svg, &gaps, &slots, &plot, (&hatch, &chart.gap_word), labels.language);
    let mut floors = vec![0.0; slots.count];
    let mut middles = Vec::new();
    let last_seen = (0..slots.count).rev().find(|at| !gaps.iter().any(|gap| gap.0 <= *at && *at <= gap.1));
    for (at, part) in parts.iter().enumerate() {
        let place = if part.key.is_empty() { PARTS_MAX } else { at };
        let from = last_seen.map_or(0.0, |at| floors[at]);
        let mut path = String::new();
        for (slot, floor) in floors.iter_mut().enumerate() {
            let ceiling = *floor + value(part, slot);
            if ceiling > *floor {
                path += &column(&slots, slot, (values.place(*floor), values.place(ceiling)), &plot);
            }
            *floor = ceiling;
        }
        middles.push(values.place((from + last_seen.map_or(0.0, |at| floors[at])) / 2.0));
        let (shape, texture) = (id(&format!("part-{}", at + 1)), id(&format!("texture-{}", at + 1)));
        svg.shape(&shape, &path);
        svg.draw_shape(&shape, &mark::fill_class(place), &[("fill", mark::fill(place))]);
        if !mark::texture(place).is_empty() {
            svg.texture(&texture, mark::texture(place));
            svg.draw_shape(&shape, "over", &[("fill", &format!("url(#{texture})"))]);
        }
    }
    slots.draw(&mut svg, &plot, labels.language);
    draw_marks(&mut svg, &chart.marks, &slots, &plot, !gaps.is_empty());
    let edge = plot.right - inset(&slots, &plot);
    let ends: Vec<Option<(f64, f64)>> = middles.into_iter().map(|middle| Some((edge, middle))).collect();
    names.draw(&mut svg, &plot, &ends, &mut |svg, at, [left, top, width, height]| {
        let place = if parts[at].key.is_empty() { PARTS_MAX } else { at };
        let (corner, size) = ((left, top), (width, height));
        svg.rect(&mark::fill_class(place), corner, size, &[("fill", mark::fill(place))]);
        if !mark::texture(place).is_empty() {
            let fill = format!("url(#{})", id(&format!("texture-{}", at + 1)));
            svg.rect("over", corner, size, &[("fill", &fill)]);
        }
    });
    svg.close()
}

/// Room at each side of a column.
fn inset(slots: &Slots, plot: &Plot) -> f64 {
    (slots.width(plot) * BETWEEN.0).min(BETWEEN.1)
}

/// A column from one height to another, closed.
fn column(slots: &Slots, slot: usize, heights: (f64, f64), plot: &Plot) -> String {
    let width = slots.width(plot);
    let inset = inset(slots, plot);
    let left = plot.left + width * slot as f64 + inset;
    let [left, right, floor, ceiling] =
        [left, left + width - 2.0 * inset, heights.0, heights.1].map(coordinate);
    format!("M{left} {floor}V{ceiling}H{right}V{floor}Z")
}

#[cfg(test)]
mod tests {
    use super::super::crowd::{LONG_NAMES, collisions, labels};
    use super::*;
    use crate::document::Form;
    use crate::words::Language;

    fn chart(step: Step, parts: &[(&str, &[Option<f64>])]) -> StackedChart {
        StackedChart {
            first: Date::constant(2013, 12, 1),
            step,
            unit: Unit { axis: "個".into(), column: String::new(), form: Form::Count },
            gap_word: "欠測".into(),
            others_word: "その他".into(),
            parts: parts
                .iter()
                .map(|(label, values)| Part {
                    key: (*label).into(),
                    label: (*label).into(),
                    values: values.to_vec(),
                })
                .collect(),
            marks: Vec::new(),
        }
    }

    #[test]
    fn what_is_beyond_six_is_one_part() {
        let values = [Some(1.0), None];
        let parts: Vec<_> = LONG_NAMES.iter().map(|name| (*name, values.as_slice())).collect();
        let drawn = chart(Step::Day, &parts).drawn_parts();
        assert_eq!(drawn.len(), PARTS_MAX + 1);
        let last = &drawn[PARTS_MAX];
        assert_eq!((last.label.as_str(), last.values.as_slice()), ("その他", [Some(4.0), None].as_slice()));
        let drawn = chart(Step::Day, &[("a", &values), ("", &values)]).drawn_parts();
        assert_eq!(drawn.iter().map(|part| part.label.as_str()).collect::<Vec<_>>(), ["a", "その他"]);
    }

    #[test]
    fn columns_stand_on_each_other_and_gaps_are_hatched() {
        let chart =
            chart(Step::Month, &[("a", &[Some(6.0), None, Some(2.0)]), ("b", &[Some(2.0), None, Some(0.0)])]);
        let svg = draw(&chart, labels(Language::Ja), Size::Wide, Dress::Inline);
        assert!(svg.contains(">欠測 2014年1月<"), "{svg}");
        let paths: Vec<&str> = svg
            .lines()
            .filter(|line| line.contains("<path id="))
            .map(|line| line.split(" d=\"").nth(1).unwrap().split('"').next().unwrap())
            .collect();
        let heights = |path: &str| {
            let numbers = path.split(|letter: char| letter.is_ascii_alphabetic() || letter == ' ');
            numbers
                .filter(|number| !number.is_empty())
                .map(|number| number.parse::<f64>().unwrap())
                .collect::<Vec<_>>()
        };
        let (a, b) = (heights(paths[0]), heights(paths[1]));
        assert_eq!((paths[0].matches('Z').count(), paths[1].matches('Z').count()), (2, 1));
        assert!((a[2] - b[1]).abs() < 0.1, "the ceiling of one is the floor of the next: {a:?} {b:?}");
    }

    #[test]
    fn crowded_charts_do_not_collide() {
        for (step, count) in
            [(Step::Day, 1), (Step::Day, 91), (Step::Week, 30), (Step::Month, 12), (Step::Day, 0)]
        {
            let values: Vec<Option<f64>> =
                (0..count).map(|at| (at % 9 != 4).then_some(f64::from(at) * 1e5)).collect();
            let parts: Vec<_> = LONG_NAMES.iter().map(|name| (*name, values.as_slice())).collect();
            let mut crowded = chart(step, &parts);
            crowded.marks =
                (0..count as usize).step_by(5).map(|at| Mark { at, label: at.to_string() }).collect();
            for size in [Size::Wide, Size::Narrow] {
                let svg = draw(&crowded, labels(Language::Ja), size, Dress::Standalone);
                assert_eq!(collisions(&svg), Vec::<String>::new(), "{step:?} {count} {size:?}");
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            }
        }
    }
}
