//! Charts as SVG, drawn by ourselves so that screen, print and file show one drawing.
//!
//! A chart takes plain values, never a query. Series are told apart three ways at once: colour
//! (Okabe and Ito's palette), dash or texture, and marker or place; each carries its name. Colours
//! stand as attributes for readers without style sheets; classes let a page change them in dark mode.
//!
//! **Invariant:** a drawing depends on the chart, its size and its labels alone: coordinates are
//! rounded once, and there is no clock, locale, randomness or trigonometry.
//! **Invariant:** what was not observed is drawn as a hatched gap, never as zero.
//! **Invariant:** no text of a drawing covers another.

pub mod alt;
mod axis;
mod bar;
#[cfg(test)]
mod crowd;
mod ends;
mod gap;
mod heat;
mod line;
mod map;
mod mark;
mod pair;
mod row;
mod scale;
mod stack;
mod svg;
mod time;
mod unit;

use crate::words::{Language, Words};

pub use bar::{Bar, BarChart};
pub use heat::{HeatChart, heat_shade};
pub use line::{LineChart, LineSeries, Mark};
pub use map::{MapArea, MapChart, MapKind, map_codes};
pub use pair::{PairKind, PairedBar, PairedBarChart};
pub use stack::{PARTS_MAX, Part, StackedChart};
pub use time::Step;
pub use unit::Unit;

/// Something to draw.
#[derive(Debug, Clone, PartialEq)]
pub enum Chart {
    /// Series over time as lines.
    Line(LineChart),
    /// Parts of a whole as horizontal bars.
    Bar(BarChart),
    /// Two values a row as horizontal bars: now and before, all and a part of them.
    PairedBar(PairedBarChart),
    /// Parts of a whole over time as stacked columns.
    Stacked(StackedChart),
    /// The world, a shade a country.
    Map(MapChart),
    /// Rows over time, a shade a cell.
    Heat(HeatChart),
}

/// For which width a chart is drawn: text keeps its size, so a phone needs a drawing of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 760 units wide, for pages and paper.
    Wide,
    /// 340 units wide, for a screen of 360 px.
    Narrow,
}

/// What a drawing brings of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dress {
    /// Inside a page, which has caption and style.
    Inline,
    /// A file of its own: margin, title and mark, and the style of both themes.
    Standalone,
    /// As [`Dress::Standalone`], in the colours of paper alone, for readers without style sheets.
    Paper,
}

/// The words of a drawing.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// Identifier, unique in its page.
    pub id: &'a str,
    /// Title.
    pub title: &'a str,
    /// One sentence that tells what it shows.
    pub alt: &'a str,
    /// What a drawing that stands alone must say of itself, such as "synthetic"; empty for nothing.
    pub mark: &'a str,
    /// Language of the words.
    pub language: Language,
}

impl Size {
    pub(crate) fn width(self) -> f64 {
        match self {
            Size::Wide => 760.0,
            Size::Narrow => 340.0,
        }
    }

    /// Height of a chart over time; charts of bars are as high as their bars.
    pub(crate) fn height(self) -> f64 {
        match self {
            Size::Wide => 400.0,
            Size::Narrow => 330.0,
        }
    }

    pub(crate) fn font(self) -> f64 {
        match self {
            Size::Wide => 14.0,
            Size::Narrow => 12.5,
        }
    }

    /// Width of the name of a series at its end, in tenths of the font size; the rest is cut.
    pub(crate) fn name_tenths_max(self) -> u32 {
        match self {
            Size::Wide => 140,
            Size::Narrow => 80,
        }
    }

    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Size::Wide => "wide",
            Size::Narrow => "narrow",
        }
    }
}

impl Chart {
    /// Draws the chart.
    pub fn draw(&self, labels: Labels<'_>, size: Size, dress: Dress) -> String {
        match self {
            Chart::Line(chart) => line::draw(chart, labels, size, dress),
            Chart::Bar(chart) => bar::draw(chart, labels, size, dress),
            Chart::PairedBar(chart) => pair::draw(chart, labels, size, dress),
            Chart::Stacked(chart) => stack::draw(chart, labels, size, dress),
            Chart::Map(chart) => map::draw(chart, labels, size, dress),
            Chart::Heat(chart) => heat::draw(chart, labels, size, dress),
        }
    }

    /// The sentence that tells what the chart shows.
    pub fn alt(&self, words: &Words) -> String {
        match self {
            Chart::Line(chart) => alt::line(chart, words),
            Chart::Bar(chart) => alt::bar(chart, words),
            Chart::PairedBar(chart) => alt::pair(chart, words),
            Chart::Stacked(chart) => alt::stack(chart, words),
            Chart::Map(chart) => map::alt(chart, words),
            Chart::Heat(chart) => alt::heat(chart, words),
        }
    }

    /// Spans without observation as on the axis of time; none for a chart that has no such axis.
    pub(crate) fn gaps(&self, language: Language) -> Vec<String> {
        let (slots, gaps) = match self {
            Chart::Line(chart) => (chart.slots(), chart.gaps()),
            Chart::Stacked(chart) => (chart.slots(), chart.gaps()),
            Chart::Heat(chart) => (chart.slots(), chart.gaps()),
            Chart::Bar(_) | Chart::PairedBar(_) | Chart::Map(_) => return Vec::new(),
        };
        gaps.into_iter().map(|gap| slots.span(gap, language)).collect()
    }

    /// Lets a caller change every label that came from data.
    pub(crate) fn for_each_label(&mut self, on_label: &mut dyn FnMut(&mut String)) {
        match self {
            Chart::Line(chart) => {
                chart.series.iter_mut().for_each(|series| on_label(&mut series.label));
                chart.marks.iter_mut().for_each(|mark| on_label(&mut mark.label));
            }
            Chart::Bar(chart) => chart.bars.iter_mut().for_each(|bar| on_label(&mut bar.label)),
            Chart::PairedBar(chart) => {
                chart.names.iter_mut().for_each(&mut *on_label);
                chart.rows.iter_mut().for_each(|row| on_label(&mut row.label));
            }
            Chart::Stacked(chart) => {
                chart.parts.iter_mut().for_each(|part| on_label(&mut part.label));
                chart.marks.iter_mut().for_each(|mark| on_label(&mut mark.label));
            }
            Chart::Map(chart) => chart.areas.iter_mut().for_each(|area| on_label(&mut area.label)),
            Chart::Heat(chart) => chart.rows.iter_mut().for_each(|row| on_label(&mut row.label)),
        }
    }
}
