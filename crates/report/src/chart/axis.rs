//! The axis of values, with its unit, and the rectangle they are drawn in.
//!
//! **Invariant:** values begin at zero.

use super::Unit;
use super::scale::{Scale, step, ticks};
use super::svg::Svg;
use crate::text::width_tenths;

/// The rectangle in which values are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plot {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
    pub(crate) font: f64,
}

impl Plot {
    /// The width a text is given.
    pub(crate) fn text_width(&self, text: &str) -> f64 {
        text_width(text, self.font)
    }
}

/// The width a text is given at a font size.
pub(crate) fn text_width(text: &str, font: f64) -> f64 {
    f64::from(width_tenths(text)) / 10.0 * font
}

/// Value ticks and their texts, for values from 0 to `top`.
pub(crate) fn value_ticks(top: f64, unit: &Unit) -> Vec<(f64, String)> {
    let distance = step(top, 4.0);
    ticks(top, distance).into_iter().map(|value| (value, unit.tick(value, distance))).collect()
}

/// Draws the grid, the value ticks and the unit above them.
pub(crate) fn draw_values(svg: &mut Svg, plot: &Plot, scale: &Scale, ticks: &[(f64, String)], unit: &Unit) {
    for (value, text) in ticks {
        let y = scale.place(*value);
        let (class, stroke) = if *value == 0.0 { ("base", "#1a1a1a") } else { ("grid", "#d9d9d9") };
        svg.line(class, (plot.left, y), (plot.right, y), &[("stroke", stroke)]);
        svg.text("muted", (plot.left - 6.0, y + plot.font * 0.35), "end", text);
    }
    svg.text("muted", (0.0, plot.font), "start", &unit.axis);
}
