//! Names of series: at their ends, or below the axis where there is no room for them.
//!
//! **Invariant:** names at ends keep the order of the ends and the distance asked for, as long as the
//! height allows it.
//! **Invariant:** on a narrow drawing no name is cut so that two could look alike: then all stand below.

use super::Size;
use super::axis::{Plot, text_width};
use super::row::Legend;
use super::svg::Svg;
use crate::text::{fit, width_tenths};

/// Distance of names, in the font size.
const DISTANCE: f64 = 1.25;

/// The names of the series of a chart over time.
pub(crate) struct Names {
    names: Vec<String>,
    /// Where they stand when not at their ends.
    below: Option<Legend>,
    size: Size,
}

/// Draws the sample of a series into a box: left, top, width, height.
type OnSample<'a> = dyn FnMut(&mut Svg, usize, [f64; 4]) + 'a;

impl Names {
    pub(crate) fn new(labels: &[&str], size: Size) -> Names {
        let is_long = |label: &&str| width_tenths(label) > size.name_tenths_max();
        let names: Vec<String> = labels.iter().map(|label| fit(label, size.name_tenths_max())).collect();
        let whole: Vec<String> = labels.iter().map(|label| (*label).to_string()).collect();
        let is_below = size == Size::Narrow && labels.iter().any(is_long);
        let below = is_below.then(|| Legend::new(&whole, size.height() - size.font() * 0.4, size));
        Names { names, below, size }
    }

    /// Room to the right of the plot.
    pub(crate) fn room(&self) -> f64 {
        let font = self.size.font();
        if self.below.is_some() {
            return font;
        }
        self.names.iter().map(|name| text_width(name, font)).fold(0.0, f64::max) + font * 2.6 + 8.0
    }

    /// Height of the drawing.
    pub(crate) fn height(&self) -> f64 {
        self.below.as_ref().map_or(self.size.height(), Legend::bottom)
    }

    /// Writes the names; `ends` are the places where the series end, where they do.
    pub(crate) fn draw(
        &self,
        svg: &mut Svg,
        plot: &Plot,
        ends: &[Option<(f64, f64)>],
        on_sample: &mut OnSample<'_>,
    ) {
        if let Some(legend) = &self.below {
            return legend.draw(svg, on_sample);
        }
        let font = plot.font;
        let heights: Vec<f64> = ends.iter().map(|end| end.map_or(plot.bottom, |end| end.1)).collect();
        let places = spread(&heights, font * DISTANCE, plot.top, plot.bottom);
        let start = plot.right + font * 0.9;
        for (at, name) in self.names.iter().enumerate() {
            if let Some(end) = ends[at] {
                svg.line("lead", end, (start - 2.0, places[at]), &[("stroke", "#8a8a8a")]);
            }
            on_sample(svg, at, [start, places[at] - font * 0.4, font * 0.9, font * 0.8]);
            svg.text("ink", (start + font * 1.3, places[at] + font * 0.36), "start", name);
        }
    }
}

/// The heights of labels for ends at these heights, at least `distance` apart, from `top` to `bottom`.
pub(crate) fn spread(ends: &[f64], distance: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by(|a, b| ends[*a].total_cmp(&ends[*b]).then(a.cmp(b)));
    let mut placed = ends.to_vec();
    let mut free = top;
    for &at in &order {
        placed[at] = placed[at].max(free);
        free = placed[at] + distance;
    }
    let mut free = bottom;
    for &at in order.iter().rev() {
        placed[at] = placed[at].min(free);
        free = placed[at] - distance;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_stand_below_a_narrow_drawing() {
        let long = ["backscatter TCP", "backscatter UDP"];
        for (labels, size, is_below) in [
            (&long[..], Size::Narrow, true),
            (&long[..], Size::Wide, false),
            (&["22/TCP"][..], Size::Narrow, false),
            (&[][..], Size::Narrow, false),
        ] {
            let names = Names::new(labels, size);
            assert_eq!(names.height() > size.height(), is_below, "{labels:?} {size:?}");
        }
    }

    #[test]
    fn labels_keep_order_and_distance() {
        let cases: [(&[f64], &[f64]); 4] = [
            (&[], &[]),
            (&[50.0], &[50.0]),
            (&[50.0, 52.0, 20.0], &[50.0, 65.0, 20.0]),
            (&[99.0, 98.0, 97.0], &[100.0, 85.0, 70.0]),
        ];
        for (ends, places) in cases {
            assert_eq!(spread(ends, 15.0, 0.0, 100.0), places);
        }
    }
}
