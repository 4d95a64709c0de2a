//! Parts of a whole as horizontal bars: the form in which long names stay readable.
//!
//! **Invariant:** bars begin at zero and each carries its value as text.

use super::row::Rows;
use super::svg::Svg;
use super::{Dress, Labels, Size};
use crate::words::number;

/// Parts, largest first.
#[derive(Debug, Clone, PartialEq)]
pub struct BarChart {
    /// What the parts are parts of, written above.
    pub unit: String,
    /// The bars, from top to bottom.
    pub bars: Vec<Bar>,
}

/// One part.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Name for readers.
    pub label: String,
    /// The part, 0 to 1.
    pub share: f64,
}

pub(crate) fn draw(chart: &BarChart, labels: Labels<'_>, size: Size, dress: Dress) -> String {
    let font = size.font();
    let height = font * 1.3;
    let names: Vec<&str> = chart.bars.iter().map(|bar| bar.label.as_str()).collect();
    let rows = Rows::new(&names, "100.0%", font * 2.0, height, size);
    let most = chart.bars.iter().map(|bar| bar.share).fold(0.0_f64, f64::max);
    let mut svg = Svg::open(labels, size, dress, rows.height());
    svg.text("muted", (0.0, font), "start", &chart.unit);
    for (at, bar) in chart.bars.iter().enumerate() {
        let (top, length) = (rows.bars_top(at), rows.length(bar.share, most));
        svg.rect("bar", (rows.left, top), (length, height), &[("fill", "#0072b2")]);
        let value = number::share(bar.share);
        svg.text("ink", (rows.left + length + 6.0, top + height / 2.0 + font * 0.36), "start", &value);
    }
    rows.draw_names(&mut svg, height);
    svg.close()
}

#[cfg(test)]
mod tests {
    use super::super::crowd::{LONG_NAMES, collisions, labels};
    use super::*;
    use crate::words::Language;

    #[test]
    fn bars_begin_at_zero_and_carry_their_value() {
        let bar = |label: &str, share| Bar { label: label.into(), share };
        let chart = BarChart { unit: "share".into(), bars: vec![bar("22/TCP", 0.5), bar("<b>", 0.25)] };
        let svg = draw(&chart, labels(Language::En), Size::Narrow, Dress::Standalone);
        assert!(svg.contains(">50.0%<") && svg.contains(">25.0%<") && svg.contains("&lt;b&gt;"));
        let widths: Vec<f64> = svg
            .lines()
            .filter(|line| line.contains("class=\"bar\""))
            .map(|line| line.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
            .collect();
        assert!((widths[0] / widths[1] - 2.0).abs() < 0.01, "{widths:?}");
    }

    #[test]
    fn long_names_do_not_collide() {
        let bars = LONG_NAMES.map(|name| Bar { label: name.into(), share: 0.1 }).to_vec();
        let chart = BarChart { unit: "全パケットに占める割合".into(), bars };
        for size in [Size::Wide, Size::Narrow] {
            let svg = draw(&chart, labels(Language::Ja), size, Dress::Standalone);
            assert_eq!(collisions(&svg), Vec::<String>::new(), "{size:?}");
        }
    }
}
