//! Horizontal rows with a name each: beside the bars on paper, above them on a phone.
//!
//! **Invariant:** a name and a value have room of their own, whatever their length.

use super::Size;
use super::axis::text_width;
use super::svg::Svg;
use crate::text::{fit, width_tenths};

/// Width from which names stand above their bars on a narrow drawing, in tenths of the font size.
const BESIDE_TENTHS_MAX: u32 = 80;
/// Width of a name beside its bars on a wide drawing.
const NAME_TENTHS_MAX: u32 = 260;
/// Fonts that readers have may be wider than the one the widths were taken from.
const SPARE: f64 = 1.12;

/// Where names, bars and values of the rows stand.
pub(crate) struct Rows {
    /// Names, cut to their room.
    names: Vec<String>,
    is_above: bool,
    font: f64,
    /// Height of a row.
    pitch: f64,
    /// Height that the name takes of a row.
    name_height: f64,
    /// Where the first row begins.
    top: f64,
    /// Where bars begin.
    pub(crate) left: f64,
    /// Where the longest bar ends.
    pub(crate) right: f64,
}

impl Rows {
    /// Rows with these names, below `top`; `bars_height` is the height of the bars of one row, and
    /// `value_widest` the longest text that stands after a bar.
    pub(crate) fn new(names: &[&str], value_widest: &str, top: f64, bars_height: f64, size: Size) -> Rows {
        let font = size.font();
        let is_long = |name: &&str| width_tenths(name) > BESIDE_TENTHS_MAX;
        let is_above = size == Size::Narrow && names.iter().any(is_long);
        let room = if is_above { (size.width() / font * 10.0) as u32 } else { NAME_TENTHS_MAX };
        let names: Vec<String> = names.iter().map(|name| fit(name, room)).collect();
        let widest = names.iter().map(|name| text_width(name, font)).fold(0.0, f64::max);
        let left = if is_above { 1.0 } else { widest * SPARE + 8.0 };
        let right = size.width() - text_width(value_widest, font) * SPARE - 14.0;
        let name_height = if is_above { font * 1.25 } else { 0.0 };
        let pitch = bars_height + name_height + font * if is_above { 0.6 } else { 0.5 };
        Rows { names, is_above, font, pitch, name_height, top, left, right }
    }

    /// Height of the drawing.
    pub(crate) fn height(&self) -> f64 {
        self.top + self.pitch * self.names.len().max(1) as f64 + 4.0
    }

    /// Where the bars of a row begin.
    pub(crate) fn bars_top(&self, at: usize) -> f64 {
        self.top + self.pitch * at as f64 + self.name_height + self.font * 0.15
    }

    /// The length of a bar.
    pub(crate) fn length(&self, value: f64, most: f64) -> f64 {
        if most > 0.0 { value.max(0.0) / most * (self.right - self.left).max(1.0) } else { 0.0 }
    }

    /// Writes the names and the line at which bars begin.
    pub(crate) fn draw_names(&self, svg: &mut Svg, bars_height: f64) {
        for (at, name) in self.names.iter().enumerate() {
            let bars_top = self.bars_top(at);
            if self.is_above {
                svg.text("ink", (0.0, bars_top - self.font * 0.3), "start", name);
            } else {
                let middle = bars_top + bars_height / 2.0;
                svg.text("ink", (self.left - 8.0, middle + self.font * 0.36), "end", name);
            }
            let line = ((self.left, bars_top - 1.0), (self.left, bars_top + bars_height + 1.0));
            if self.is_above {
                svg.line("base", line.0, line.1, &[("stroke", "#1a1a1a")]);
            }
        }
        if !self.is_above {
            svg.line(
                "base",
                (self.left, self.top),
                (self.left, self.height() - 4.0),
                &[("stroke", "#1a1a1a")],
            );
        }
    }
}

/// Samples with their names, in as many lines as they need.
pub(crate) struct Legend {
    entries: Vec<(String, (f64, f64))>,
    sample_width: f64,
    font: f64,
    bottom: f64,
}

impl Legend {
    /// Places the names from the left, the first line below `top`.
    pub(crate) fn new(names: &[String], top: f64, size: Size) -> Legend {
        let font = size.font();
        let sample_width = font * 1.4;
        let room = ((size.width() - sample_width - 6.0) / font * 10.0) as u32;
        let (mut x, mut y) = (0.0, top + font);
        let mut entries = Vec::new();
        for name in names {
            let name = fit(name, room);
            let width = sample_width + 6.0 + text_width(&name, font);
            if x > 0.0 && x + width > size.width() {
                (x, y) = (0.0, y + font * 1.35);
            }
            entries.push((name, (x, y)));
            x += width * SPARE + font;
        }
        Legend { entries, sample_width, font, bottom: y + font * 0.4 }
    }

    /// Where it ends.
    pub(crate) fn bottom(&self) -> f64 {
        self.bottom
    }

    /// Writes the names and lets the caller draw each sample into its box: left, top, width, height.
    pub(crate) fn draw(&self, svg: &mut Svg, on_sample: &mut dyn FnMut(&mut Svg, usize, [f64; 4])) {
        for (at, (name, (x, y))) in self.entries.iter().enumerate() {
            on_sample(svg, at, [*x, y - self.font * 0.75, self.sample_width, self.font * 0.8]);
            svg.text("ink", (x + self.sample_width + 6.0, *y), "start", name);
        }
    }
}
