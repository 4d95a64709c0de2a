//! Axes: values with their unit, days with their months.
//!
//! **Invariant:** labels of an axis never overlap: a step is taken that leaves them room.

use jiff::ToSpan;
use jiff::civil::Date;

use super::scale::{Scale, step, ticks};
use super::svg::Svg;
use crate::text::width_tenths;
use crate::words::{Language, date, number};

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
pub(crate) fn value_ticks(top: f64) -> Vec<(f64, String)> {
    let distance = step(top, 4.0);
    ticks(top, distance).into_iter().map(|value| (value, number::tick(value, distance))).collect()
}

/// Draws the grid, the value ticks and the unit above them.
pub(crate) fn draw_values(svg: &mut Svg, plot: &Plot, scale: &Scale, ticks: &[(f64, String)], unit: &str) {
    for (value, text) in ticks {
        let y = scale.place(*value);
        let (class, stroke) = if *value == 0.0 { ("base", "#1a1a1a") } else { ("grid", "#d9d9d9") };
        svg.line(class, (plot.left, y), (plot.right, y), &[("stroke", stroke)]);
        svg.text("muted", (plot.left - 6.0, y + plot.font * 0.35), "end", text);
    }
    svg.text("muted", (0.0, plot.font), "start", unit);
}

/// Days up to which single days are labelled; a longer axis labels months.
const DATED_DAYS_MAX: usize = 62;

/// One tick of a day axis: days from the first, and its day.
type DayTick = (usize, Date);

/// Draws the day axis: days or months, and below them the year where it begins.
pub(crate) fn draw_days(svg: &mut Svg, plot: &Plot, first: Date, days: usize, language: Language) {
    let slot = (plot.right - plot.left) / days.max(1) as f64;
    let is_dated = days <= DATED_DAYS_MAX;
    let ticks = if is_dated {
        dates(first, days, slot, plot, language)
    } else {
        months(first, days, slot, plot, language)
    };
    let mut year_written = None;
    for (day, at) in ticks {
        let text = if is_dated { date::short(at, language) } else { date::month(at, language) };
        // A month's tick stands where its first day begins, a day's under its point.
        let x = plot.left + slot * if is_dated { day as f64 + 0.5 } else { day as f64 };
        svg.line("base", (x, plot.bottom), (x, plot.bottom + 5.0), &[("stroke", "#1a1a1a")]);
        svg.text("muted", (x, plot.bottom + 6.0 + plot.font), "middle", &text);
        if year_written != Some(at.year()) {
            year_written = Some(at.year());
            svg.text("muted", (x, plot.bottom + 6.0 + plot.font * 2.2), "middle", &date::year(at, language));
        }
    }
}

/// Days, every first, second, seventh ... so that their texts fit.
fn dates(first: Date, days: usize, slot: f64, plot: &Plot, language: Language) -> Vec<DayTick> {
    let room = plot.text_width(if language == Language::Ja { "12/31" } else { "31 Dec" }) + plot.font;
    let every = [1_usize, 2, 7, 14, 28].into_iter().find(|every| *every as f64 * slot >= room).unwrap_or(56);
    (0..days).step_by(every).filter_map(|day| Some((day, later(first, day)?))).collect()
}

/// First days of every month, or of every second, third, sixth or twelfth, so that their texts fit.
fn months(first: Date, days: usize, slot: f64, plot: &Plot, language: Language) -> Vec<DayTick> {
    let room = plot.text_width(if language == Language::Ja { "2013年" } else { "2013" }) + plot.font * 0.3;
    let every =
        [1_i8, 2, 3, 6, 12].into_iter().find(|every| f64::from(*every) * 28.0 * slot >= room).unwrap_or(12);
    let is_tick = |at: &Date| at.day() == 1 && (at.month() - 1) % every == 0;
    (0..days).filter_map(|day| Some((day, later(first, day)?))).filter(|(_, at)| is_tick(at)).collect()
}

/// The day so many days after the first.
pub(crate) fn later(first: Date, days: usize) -> Option<Date> {
    first.checked_add(i64::try_from(days).ok()?.days()).ok()
}
