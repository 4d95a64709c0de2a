//! How series are told apart: colour, dash and marker, all three at once.
//!
//! Colours are Okabe and Ito's, in an order in which each has at least 3:1 contrast on white paper
//! for the first five; dashes and markers make the drawing readable without any colour.
//!
//! **Invariant:** no two of the first ten series share colour and dash, nor dash and marker.

use super::svg::{Svg, coordinate};

const COLOURS: [&str; 5] = ["#0072b2", "#d55e00", "#009e73", "#b0568a", "#1a1a1a"];
const DASHES: [&str; 10] =
    ["", "8 3", "2 3", "9 3 2 3", "5 2 2 2 2 2", "14 3", "4 4", "1 4", "12 3 4 3", "6 2 1 2"];
/// Markers as paths around the origin, about 7 units across.
const MARKERS: [&[(f64, f64)]; 5] = [
    &[(-3.5, 0.0), (-2.5, -2.5), (0.0, -3.5), (2.5, -2.5), (3.5, 0.0), (2.5, 2.5), (0.0, 3.5), (-2.5, 2.5)],
    &[(-3.2, -3.2), (3.2, -3.2), (3.2, 3.2), (-3.2, 3.2)],
    &[(0.0, -4.2), (4.0, 3.0), (-4.0, 3.0)],
    &[(0.0, -4.6), (4.6, 0.0), (0.0, 4.6), (-4.6, 0.0)],
    &[(0.0, 4.2), (4.0, -3.0), (-4.0, -3.0)],
];

/// The class that a style sheet colours the series by.
pub(crate) fn class(series: usize) -> String {
    format!("s{}", series % COLOURS.len() + 1)
}

/// The colour for readers without a style sheet.
pub(crate) fn colour(series: usize) -> &'static str {
    COLOURS[series % COLOURS.len()]
}

/// The dash pattern; empty for a solid line.
pub(crate) fn dash(series: usize) -> &'static str {
    DASHES[series % DASHES.len()]
}

/// Draws a stroke of the series.
pub(crate) fn draw_stroke(svg: &mut Svg, series: usize, path: &str) {
    let class = format!("line {}", class(series));
    let mut attributes = vec![
        ("fill", "none"),
        ("stroke", colour(series)),
        ("stroke-width", "2"),
        ("stroke-linejoin", "round"),
    ];
    if !dash(series).is_empty() {
        attributes.push(("stroke-dasharray", dash(series)));
    }
    svg.path(&class, path, &attributes);
}

/// Draws the marker of the series; those after the fifth are hollow.
pub(crate) fn draw_marker(svg: &mut Svg, series: usize, at: (f64, f64)) {
    let corners: Vec<String> = MARKERS[series % MARKERS.len()]
        .iter()
        .map(|(x, y)| format!("{} {}", coordinate(at.0 + x), coordinate(at.1 + y)))
        .collect();
    let path = format!("M{}Z", corners.join("L"));
    let is_hollow = series >= MARKERS.len();
    let class = format!("{} {}", if is_hollow { "hollow" } else { "marker" }, class(series));
    let fill = if is_hollow { "#ffffff" } else { colour(series) };
    svg.path(
        &class,
        &path,
        &[("fill", fill), ("stroke", if is_hollow { colour(series) } else { "#ffffff" })],
    );
}
