//! Rows over time as a field of cells: which row, when, how much, as a shade.
//!
//! Shades tell where to look, not how much: they are few, and go by the square root, so that a small value beside a
//! large one still shows. Whoever wants numbers has the table.
//!
//! **Invariant:** a shade means the values that the legend gives it, and zero has a shade of its own.
//! **Invariant:** a cell that was not observed is hatched, never shaded.

use jiff::civil::Date;

use super::axis::{Plot, text_width};
use super::line::LineSeries;
use super::map::AMOUNT;
use super::row::Legend;
use super::svg::Svg;
use super::time::{Slots, Step};
use super::{Dress, Labels, Size, Unit, gap};
use crate::document::Form;
use crate::text::fit;
use crate::words::Words;

/// Shades beside that of nothing.
const SHADES: usize = 6;
/// Fonts that readers have may be wider than the one the widths were taken from.
const SPARE: f64 = 1.12;

/// Rows over time.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatChart {
    /// The first day.
    pub first: Date,
    /// How far apart the values stand.
    pub step: Step,
    /// What the values count.
    pub unit: Unit,
    /// The rows, from top to bottom.
    pub rows: Vec<LineSeries>,
    /// The word for a gap.
    gap_word: String,
    /// The word for nothing.
    none_word: String,
}

/// The shade of a value beside the largest: 0 for nothing, then by the square root of its part.
pub fn heat_shade(value: f64, most: f64) -> usize {
    if value <= 0.0 || most <= 0.0 {
        return 0;
    }
    let part = (value / most).sqrt();
    ((part * SHADES as f64).ceil() as usize).clamp(1, SHADES)
}

/// The largest value of a shade.
fn end(shade: usize, most: f64) -> f64 {
    (shade as f64 / SHADES as f64).powi(2) * most
}

/// The largest whole value of a shade, where a root that is rounded might tell another.
fn last_whole(shade: usize, most: f64) -> f64 {
    let near = end(shade, most).floor();
    match near {
        last if heat_shade(last, most) > shade => last - 1.0,
        last if last < most && heat_shade(last + 1.0, most) <= shade => last + 1.0,
        last => last,
    }
}

impl HeatChart {
    /// A field of these rows.
    pub fn new(first: Date, step: Step, unit: Unit, rows: Vec<LineSeries>, words: &Words) -> HeatChart {
        let (gap_word, none_word) = (words.text("gap"), words.text("map-none"));
        HeatChart { first, step, unit, rows, gap_word, none_word }
    }

    /// The largest value.
    pub(crate) fn most(&self) -> f64 {
        self.rows.iter().flat_map(|row| &row.values).flatten().fold(0.0_f64, |most, value| most.max(*value))
    }

    /// Spans in which no row has a value: first and last place, both inside.
    pub(crate) fn gaps(&self) -> Vec<(usize, usize)> {
        gap::runs(self.slots().count, self.rows.iter().map(|row| row.values.as_slice()))
    }

    pub(crate) fn slots(&self) -> Slots {
        let count = self.rows.iter().map(|row| row.values.len()).max().unwrap_or(0);
        Slots { first: self.first, step: self.step, count }
    }

    /// The legend: each shade that a value can have, with the text of its values.
    fn legend(&self) -> Vec<(usize, String)> {
        let most = self.most();
        let is_whole = matches!(self.unit.form, Form::Count);
        let mut lines = vec![(0, self.none_word.clone())];
        for shade in (1..=SHADES).filter(|_| most > 0.0) {
            let (lower, upper) = match is_whole {
                true => (last_whole(shade - 1, most) + 1.0, last_whole(shade, most)),
                false => (end(shade - 1, most), end(shade, most)),
            };
            // Of few things not every shade has a number.
            if lower > upper {
                continue;
            }
            let (lower, upper) = (self.unit.write(lower), self.unit.write(upper));
            lines.push((shade, if lower == upper { upper } else { format!("{lower} – {upper}") }));
        }
        lines
    }

    /// Neighbouring cells of a row that look the same: first, how many, and their shade; `None` for a gap.
    fn runs(values: &[Option<f64>], most: f64) -> Vec<(usize, usize, Option<usize>)> {
        let mut runs: Vec<(usize, usize, Option<usize>)> = Vec::new();
        for (at, value) in values.iter().enumerate() {
            let shade = value.map(|value| heat_shade(value, most));
            match runs.last_mut() {
                Some((_, count, last)) if *last == shade => *count += 1,
                _ => runs.push((at, 1, shade)),
            }
        }
        runs
    }
}

pub(crate) fn draw(chart: &HeatChart, labels: Labels<'_>, size: Size, dress: Dress) -> String {
    let (font, slots, most) = (size.font(), chart.slots(), chart.most());
    let names: Vec<String> = chart.rows.iter().map(|row| fit(&row.label, size.name_tenths_max())).collect();
    let widest = names.iter().map(|name| text_width(name, font)).fold(0.0, f64::max);
    let height = font * 1.4;
    let top = font * 1.9;
    let bottom = top + height * chart.rows.len().max(1) as f64;
    // The last label of the axis stands in the middle of the last cell and may be wider.
    let plot = Plot { left: widest * SPARE + 8.0, right: size.width() - font * 1.5, top, bottom, font };
    let legend = chart.legend();
    let mut texts: Vec<String> = legend.iter().map(|(_, text)| text.clone()).collect();
    let has_gaps = chart.rows.iter().any(|row| row.values.iter().any(Option::is_none));
    texts.extend(has_gaps.then(|| chart.gap_word.clone()));
    let key = Legend::new(&texts, bottom + font * 3.4, size);
    let mut svg = Svg::open(labels, size, dress, key.bottom());
    let hatch = format!("{}-{}-hatch", labels.id, size.suffix());
    svg.hatch(&hatch);
    let gap = format!("url(#{hatch})");
    svg.text("muted", (0.0, font), "start", &chart.unit.axis);
    let width = slots.width(&plot);
    for (row, (series, name)) in chart.rows.iter().zip(&names).enumerate() {
        let above = plot.top + height * row as f64;
        svg.text("ink", (plot.left - 8.0, above + height * 0.5 + font * 0.36), "end", name);
        for (at, count, shade) in HeatChart::runs(&series.values, most) {
            let place = (plot.left + width * at as f64, above + 0.5);
            draw_cell(&mut svg, place, (width * count as f64, height - 1.0), shade, &gap);
        }
    }
    slots.draw(&mut svg, &plot, labels.language);
    key.draw(&mut svg, &mut |svg, at, [left, top, width, height]| {
        let shade = legend.get(at).map(|(shade, _)| *shade);
        draw_cell(svg, (left, top), (width, height), shade, &gap);
    });
    svg.close()
}

/// A shade, or the hatching of a gap.
fn draw_cell(svg: &mut Svg, at: (f64, f64), size: (f64, f64), shade: Option<usize>, gap: &str) {
    match shade {
        None => svg.rect("gap", at, size, &[("fill", gap)]),
        Some(shade) => svg.rect(&format!("cell m{shade}"), at, size, &[("fill", AMOUNT[shade])]),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::crowd::{LONG_NAMES, collisions, labels};
    use super::*;
    use crate::words::Language;

    fn chart(form: Form, rows: &[(&str, Vec<Option<f64>>)]) -> HeatChart {
        let rows = rows.iter().map(|(label, values)| LineSeries {
            key: (*label).to_string(),
            label: (*label).to_string(),
            values: values.clone(),
        });
        let unit = Unit { axis: "packets".into(), column: "packets".into(), form };
        HeatChart::new(date(2014, 6, 1), Step::Day, unit, rows.collect(), &Words::new(Language::En))
    }

    #[test]
    fn shades_grow_with_the_value() {
        let shades: Vec<usize> = [0.0, 1.0, 3_000.0, 25_000.0, 100_000.0]
            .iter()
            .map(|value| heat_shade(*value, 100_000.0))
            .collect();
        assert_eq!(shades, [0, 1, 2, 3, 6]);
        assert_eq!(heat_shade(3.0, 0.0), 0);
    }

    #[test]
    fn a_value_has_the_shade_that_the_legend_gives_it() {
        for most in [1.0, 5.0, 36.0, 811.0, 100_000.0] {
            let chart = chart(Form::Count, &[("23/TCP", vec![Some(most), Some(0.0)])]);
            for (shade, text) in chart.legend().into_iter().skip(1) {
                let number = |text: &str| text.replace(',', "").parse::<f64>().expect("a number");
                for end in text.split(" – ").map(number) {
                    assert_eq!(heat_shade(end, most), shade, "{end} of {most}: {text}");
                }
            }
        }
        assert_eq!(chart(Form::Count, &[]).legend(), [(0, "none".to_string())]);
        let rate = chart(Form::Rate, &[("23/TCP", vec![Some(36.0)])]);
        assert_eq!(rate.legend()[1], (1, "0 – 1.0".to_string()));
    }

    #[test]
    fn what_looks_the_same_is_one_shape_and_a_gap_is_hatched() {
        let values = vec![None, None, Some(0.0), Some(4.0), Some(4.0), Some(1.0)];
        let chart = chart(Form::Count, &[("<b>", values), ("22/TCP", vec![Some(0.0); 6])]);
        let svg = draw(&chart, labels(Language::En), Size::Wide, Dress::Standalone);
        let legend = chart.legend().len();
        assert_eq!(svg.matches("class=\"cell ").count(), 3 + 1 + legend, "{svg}");
        assert_eq!(svg.matches("class=\"gap\"").count(), 2, "one in the field, one in the legend");
        assert!(svg.contains("&lt;b&gt;") && !svg.contains("<b>"));
        assert_eq!(chart.gaps(), [], "somebody observed on each day");
    }

    #[test]
    fn long_names_and_many_steps_do_not_collide() {
        let values: Vec<Option<f64>> = (0..200).map(|at| Some(f64::from(at * at))).collect();
        let rows = LONG_NAMES.map(|name| (name, values.clone()));
        for (size, language) in [(Size::Wide, Language::Ja), (Size::Narrow, Language::En)] {
            let svg = draw(&chart(Form::Count, &rows), labels(language), size, Dress::Standalone);
            assert_eq!(collisions(&svg), Vec::<String>::new(), "{size:?}");
        }
    }
}
