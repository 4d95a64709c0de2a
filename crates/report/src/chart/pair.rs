//! Two values a row as horizontal bars: now with a mark for before, or all with a part of them.
//!
//! **Invariant:** bars begin at zero and every value stands beside its bar as text.
//! **Invariant:** the two values differ in form as well as in colour.

use super::axis::text_width;
use super::mark;
use super::row::{Legend, Rows};
use super::svg::Svg;
use super::{Dress, Labels, Size, Unit};
use crate::words::number;

/// Room to the right of a mark for its diamond.
const DIAMOND: f64 = 5.0;

/// Rows of two values.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedBarChart {
    /// What the values count.
    pub unit: Unit,
    /// How the second value belongs to the first.
    pub kind: PairKind,
    /// Names of the first and of the second value.
    pub names: [String; 2],
    /// The rows, from top to bottom.
    pub rows: Vec<PairedBar>,
}

/// How the second value belongs to the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairKind {
    /// The same before: a mark on the bar.
    Before,
    /// A part of the first, such as those with a trait: a bar of its own, with its share.
    Part,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedBar {
    /// Stable name, for data.
    pub key: String,
    /// Name for readers.
    pub label: String,
    /// The first value; `None` when it is not known.
    pub first: Option<f64>,
    /// The second value; `None` when it is not known.
    pub second: Option<f64>,
}

impl PairedBar {
    /// The second value as a part of the first.
    pub(crate) fn share(&self) -> Option<f64> {
        let (first, second) = (self.first?, self.second?);
        (first > 0.0).then_some(second / first)
    }
}

impl PairedBarChart {
    /// What stands after the bars of a row: at the first, at the second.
    fn texts(&self, row: &PairedBar) -> [String; 2] {
        let text = |value: Option<f64>| value.map_or("–".to_string(), |value| self.unit.write(value));
        let (first, second) = (text(row.first), text(row.second));
        match (self.kind, row.share()) {
            (PairKind::Before, _) => [format!("{first} ({second})"), String::new()],
            (PairKind::Part, Some(share)) => [first, format!("{second} ({})", number::share(share))],
            (PairKind::Part, None) => [first, second],
        }
    }
}

pub(crate) fn draw(chart: &PairedBarChart, labels: Labels<'_>, size: Size, dress: Dress) -> String {
    let font = size.font();
    let bar = font * 1.15;
    let height = if chart.kind == PairKind::Before { bar } else { bar * 2.0 + 2.0 };
    let names: Vec<&str> = chart.rows.iter().map(|row| row.label.as_str()).collect();
    let texts: Vec<[String; 2]> = chart.rows.iter().map(|row| chart.texts(row)).collect();
    let by_width = |a: &&String, b: &&String| text_width(a, font).total_cmp(&text_width(b, font));
    let widest = texts.iter().flatten().max_by(by_width).map_or("", String::as_str);
    let legend = Legend::new(&legend_names(chart), font * 1.3, size);
    let rows = Rows::new(&names, widest, legend.bottom() + font * 0.4, height, size);
    let values = chart.rows.iter().flat_map(|row| [row.first, row.second]).flatten();
    let most = values.fold(0.0_f64, f64::max);
    let mut svg = Svg::open(labels, size, dress, rows.height());
    let texture = format!("{}-{}-texture", labels.id, size.suffix());
    svg.texture(&texture, mark::texture(1));
    svg.text("muted", (0.0, font), "start", &chart.unit.axis);
    legend.draw(&mut svg, &mut |svg, at, [left, top, width, height]| match (at, chart.kind) {
        (0, _) => draw_bar(svg, 0, "", (left, top), (width, height)),
        (_, PairKind::Part) => draw_bar(svg, 1, &texture, (left, top), (width, height)),
        (_, PairKind::Before) => draw_before(svg, left + width / 2.0, top, height),
    });
    for (at, (row, [first, second])) in chart.rows.iter().zip(&texts).enumerate() {
        let (left, top) = (rows.left, rows.bars_top(at));
        let length = |value: Option<f64>| value.map_or(0.0, |value| rows.length(value, most));
        let (of_first, of_second) = (length(row.first), length(row.second));
        let mut text = |after: f64, top: f64, text: &str| {
            svg.text("ink", (left + after + 6.0, top + bar / 2.0 + font * 0.36), "start", text);
        };
        match chart.kind {
            PairKind::Before => text(of_first.max(of_second + DIAMOND), top, first),
            PairKind::Part => {
                text(of_first, top, first);
                text(of_second, top + bar + 2.0, second);
            }
        }
        draw_bar(&mut svg, 0, "", (left, top), (of_first, bar));
        match (chart.kind, row.second) {
            (_, None) => {}
            (PairKind::Before, Some(_)) => draw_before(&mut svg, left + of_second, top, bar),
            (PairKind::Part, Some(_)) => {
                draw_bar(&mut svg, 1, &texture, (left, top + bar + 2.0), (of_second, bar));
            }
        }
    }
    rows.draw_names(&mut svg, height);
    svg.close()
}

/// The value in brackets has its name in brackets.
fn legend_names(chart: &PairedBarChart) -> Vec<String> {
    let [first, second] = &chart.names;
    match chart.kind {
        PairKind::Before => vec![first.clone(), format!("({second})")],
        PairKind::Part => vec![first.clone(), second.clone()],
    }
}

fn draw_bar(svg: &mut Svg, at: usize, texture: &str, place: (f64, f64), size: (f64, f64)) {
    svg.rect(&mark::fill_class(at), place, size, &[("fill", mark::fill(at))]);
    if !texture.is_empty() {
        svg.rect("over", place, size, &[("fill", &format!("url(#{texture})"))]);
    }
}

/// A line across the bar, with room around it, and a diamond on it.
fn draw_before(svg: &mut Svg, x: f64, top: f64, height: f64) {
    let (from, to) = ((x, top - 1.5), (x, top + height + 1.5));
    svg.line("halo", from, to, &[("stroke", "#ffffff"), ("stroke-width", "5")]);
    svg.line("before", from, to, &[("stroke", "#1a1a1a"), ("stroke-width", "1.5")]);
    mark::draw_before(svg, (x, top + height / 2.0));
}

#[cfg(test)]
mod tests {
    use super::super::crowd::{LONG_NAMES, collisions, labels};
    use super::*;
    use crate::document::Form;
    use crate::words::Language;

    fn chart(kind: PairKind, rows: &[(&str, Option<f64>, Option<f64>)]) -> PairedBarChart {
        PairedBarChart {
            unit: Unit {
                axis: "送信元（アドレス）".into(), column: String::new(), form: Form::Count
            },
            kind,
            names: ["すべて".into(), "Mirai型の特徴を持つもの".into()],
            rows: rows
                .iter()
                .map(|(label, first, second)| PairedBar {
                    key: (*label).into(),
                    label: (*label).into(),
                    first: *first,
                    second: *second,
                })
                .collect(),
        }
    }

    #[test]
    fn a_part_has_its_share_and_a_value_before_stands_in_brackets() {
        let rows =
            [("23/TCP", Some(54_555.0), Some(51_468.0)), ("22/TCP", Some(0.0), None), ("x", None, Some(1.0))];
        let texts = |kind| {
            let chart = chart(kind, &rows);
            chart.rows.iter().map(|row| chart.texts(row).join(" ")).collect::<Vec<_>>().join(" | ")
        };
        assert_eq!(texts(PairKind::Part), "54,555 51,468 (94.3%) | 0 – | – 1");
        assert_eq!(texts(PairKind::Before), "54,555 (51,468)  | 0 (–)  | – (1) ");
    }

    #[test]
    fn rows_with_long_names_do_not_collide() {
        for kind in [PairKind::Before, PairKind::Part] {
            let rows: Vec<_> =
                LONG_NAMES.iter().map(|name| (*name, Some(123_456.0), Some(120_000.0))).collect();
            for rows in [rows.as_slice(), &rows[..0], &[("23/TCP", None, None)]] {
                for size in [Size::Wide, Size::Narrow] {
                    let svg = draw(&chart(kind, rows), labels(Language::Ja), size, Dress::Standalone);
                    assert_eq!(collisions(&svg), Vec::<String>::new(), "{kind:?} {size:?}");
                    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
                }
            }
        }
    }
}
