//! Parts of a whole as horizontal bars: the form in which long names stay readable.
//!
//! **Invariant:** bars begin at zero and each carries its value as text.

use super::axis::text_width;
use super::svg::Svg;
use super::{Dress, Labels, Size};
use crate::text::fit;
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
    let row = font * 1.9;
    let names: Vec<String> =
        chart.bars.iter().map(|bar| fit(&bar.label, if size == Size::Wide { 260 } else { 140 })).collect();
    // Fonts that readers have may be wider than the one the widths were taken from.
    let left = names.iter().map(|name| text_width(name, font)).fold(0.0, f64::max) * 1.15 + 8.0;
    let right = size.width() - text_width("100.0%", font) - 8.0;
    let top = font * 2.0;
    let height = top + row * chart.bars.len().max(1) as f64 + 4.0;
    let most = chart.bars.iter().map(|bar| bar.share).fold(0.0_f64, f64::max);
    let mut svg = Svg::open(labels, size, dress, height);
    svg.text("muted", (0.0, font), "start", &chart.unit);
    for (at, bar) in chart.bars.iter().enumerate() {
        let y = top + row * at as f64;
        let middle = y + row / 2.0;
        let length = if most > 0.0 { bar.share.max(0.0) / most * (right - left) } else { 0.0 };
        svg.text("ink", (left - 8.0, middle + font * 0.36), "end", &names[at]);
        svg.rect("bar", (left, y + row * 0.16), (length, row * 0.68), &[("fill", "#0072b2")]);
        svg.text("ink", (left + length + 6.0, middle + font * 0.36), "start", &number::share(bar.share));
    }
    svg.line("base", (left, top), (left, height - 4.0), &[("stroke", "#1a1a1a")]);
    svg.close()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn bars_begin_at_zero_and_carry_their_value() {
        let bar = |label: &str, share| Bar { label: label.into(), share };
        let chart = BarChart { unit: "share".into(), bars: vec![bar("22/TCP", 0.5), bar("<b>", 0.25)] };
        let labels = Labels { id: "b", title: "t", alt: "a", language: Language::En };
        let svg = draw(&chart, labels, Size::Narrow, Dress::Standalone);
        assert!(svg.contains(">50.0%<") && svg.contains(">25.0%<") && svg.contains("&lt;b&gt;"));
        let widths: Vec<f64> = svg
            .lines()
            .filter(|line| line.contains("class=\"bar\""))
            .map(|line| line.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
            .collect();
        assert!((widths[0] / widths[1] - 2.0).abs() < 0.01, "{widths:?}");
    }
}
