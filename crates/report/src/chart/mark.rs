//! How series and parts are told apart: colour, dash and marker, or colour and texture, all at once.
//!
//! Colours are Okabe and Ito's, the lighter ones darkened so that each has at least 3:1 contrast on
//! white paper; dashes, markers and textures make the drawing readable without any colour.
//!
//! **Invariant:** no two of the first ten series share colour and dash, nor dash and marker.
//! **Invariant:** no two neighbours of the parts share a texture.

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

/// Fills of parts; the last is for what is left.
const FILLS: [&str; 7] = ["#0072b2", "#c97b00", "#009e73", "#b0568a", "#3f95cc", "#d55e00", "#8c9299"];
/// Textures over the fills, as strokes on a tile of 6 by 6; empty for a plain one.
const TEXTURES: [&str; 7] = [
    "",
    "M-1 1 1-1M0 6 6 0M5 7 7 5",
    "M0 3H6",
    "M-1 5 1 7M0 0 6 6M5-1 7 1",
    "M1 2H3M4 5H6",
    "M0 3H6M3 0V6",
    "",
];

/// The class that a style sheet fills a part by.
pub(crate) fn fill_class(part: usize) -> String {
    format!("part f{}", part % FILLS.len() + 1)
}

/// The fill for readers without a style sheet.
pub(crate) fn fill(part: usize) -> &'static str {
    FILLS[part % FILLS.len()]
}

/// The texture of a part; empty for a plain one.
pub(crate) fn texture(part: usize) -> &'static str {
    TEXTURES[part % TEXTURES.len()]
}

/// The diamond that marks a value of before.
pub(crate) fn draw_before(svg: &mut Svg, at: (f64, f64)) {
    let corners: Vec<String> = MARKERS[3]
        .iter()
        .map(|(x, y)| format!("{} {}", coordinate(at.0 + x), coordinate(at.1 + y)))
        .collect();
    let path = format!("M{}Z", corners.join("L"));
    svg.path("diamond", &path, &[("fill", "#ffffff"), ("stroke", "#1a1a1a"), ("stroke-width", "1.5")]);
}
