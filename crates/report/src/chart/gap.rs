//! Spans in which nothing was observed: found in the values, hatched and named on the drawing.
//!
//! **Invariant:** what was not observed is never drawn as zero.

use super::axis::Plot;
use super::svg::Svg;
use super::time::Slots;
use crate::words::Language;

/// Runs of places that no series has a value for: first and last, both inside.
pub(crate) fn runs<'a>(
    count: usize,
    series: impl Iterator<Item = &'a [Option<f64>]> + Clone,
) -> Vec<(usize, usize)> {
    let mut gaps: Vec<(usize, usize)> = Vec::new();
    for at in 0..count {
        if series.clone().any(|values| values.get(at).is_some_and(Option::is_some)) {
            continue;
        }
        match gaps.last_mut() {
            Some((_, last)) if *last + 1 == at => *last = at,
            _ => gaps.push((at, at)),
        }
    }
    gaps
}

/// Hatches the gaps and writes the word for them, with their days, above the plot.
pub(crate) fn draw(
    svg: &mut Svg,
    gaps: &[(usize, usize)],
    slots: &Slots,
    plot: &Plot,
    (hatch, word): (&str, &str),
    language: Language,
) {
    let width = slots.width(plot);
    let mut free_from = f64::MIN;
    for gap in gaps {
        let (from, to) = (plot.left + width * gap.0 as f64, plot.left + width * (gap.1 + 1) as f64);
        let fill = format!("url(#{hatch})");
        svg.rect("gap", (from, plot.top), (to - from, plot.bottom - plot.top), &[("fill", &fill)]);
        let text = format!("{word} {}", slots.span(*gap, language));
        // Clear of the highest label of the values, which stands a little lower.
        let half = plot.text_width(&text) / 2.0;
        let least = plot.left + half + plot.font * 0.4;
        let middle = ((from + to) / 2.0).clamp(least, (plot.right - half).max(least));
        // Gaps that stand too close for their texts are named under the figure.
        if middle - half >= free_from {
            svg.text("muted", (middle, plot.top - 5.0), "middle", &text);
            free_from = middle + half + plot.font * 0.5;
        }
    }
}
