//! Charts as SVG, drawn by ourselves so that screen, print and file show one drawing.
//!
//! A chart takes plain series, never a query. Series are told apart three ways at once: colour
//! (Okabe and Ito's palette), dash pattern and marker; each carries its name at its end. Colours
//! stand as attributes for readers without style sheets; classes let a page change them in dark mode.
//!
//! **Invariant:** a drawing depends on the chart, its size and its identifiers alone: coordinates
//! are rounded once, and there is no clock, locale, randomness or trigonometry.
//! **Invariant:** what was not observed is drawn as a hatched gap, never as zero.

pub mod alt;
mod axis;
mod bar;
mod ends;
mod line;
mod mark;
mod scale;
mod svg;

use crate::words::Language;

pub use bar::{Bar, BarChart};
pub use line::{LineChart, LineSeries, Mark};

/// Something to draw.
#[derive(Debug, Clone, PartialEq)]
pub enum Chart {
    /// Daily series as lines.
    Line(LineChart),
    /// Parts as horizontal bars.
    Bar(BarChart),
}

/// For which width a chart is drawn: text keeps its size, so a phone needs a drawing of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 760 units wide, for pages and paper.
    Wide,
    /// 340 units wide, for a screen of 360 px.
    Narrow,
}

/// Whether the drawing brings its own style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dress {
    /// Inside a page, which has the style.
    Inline,
    /// A file of its own.
    Standalone,
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

    pub(crate) fn font(self) -> f64 {
        match self {
            Size::Wide => 14.0,
            Size::Narrow => 12.5,
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
        }
    }

    /// Lets a caller change every label that came from data.
    pub(crate) fn for_each_label(&mut self, on_label: &mut dyn FnMut(&mut String)) {
        match self {
            Chart::Line(chart) => {
                chart.series.iter_mut().for_each(|series| on_label(&mut series.label));
                chart.marks.iter_mut().for_each(|mark| on_label(&mut mark.label));
            }
            Chart::Bar(chart) => chart.bars.iter_mut().for_each(|bar| on_label(&mut bar.label)),
        }
    }
}
