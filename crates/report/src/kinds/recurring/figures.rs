//! Figures of the sections that recur, described by data: lines, parts of a whole, pairs of bars.
//!
//! **Invariant:** a figure draws curves or columns of a sheet that the facts hold, and nothing is drawn
//! where there are none.

use teiten_model::table::Value;

use super::{FIXED, cell_of, sheet};
use crate::chart::{
    Chart, LineChart, LineSeries, PairKind, PairedBar, PairedBarChart, Part, StackedChart, Step, Unit,
};
use crate::document::{Figure, Form};
use crate::facts::Facts;
use crate::facts::recurring::{Curves, SheetCell};
use crate::words::Words;

/// A figure of lines as data.
pub(in crate::kinds) struct LinesSpec {
    /// Name of the curves and of the figure.
    pub(super) id: &'static str,
    /// Text of its caption.
    pub(super) caption: &'static str,
    /// Text above the axis.
    pub(super) axis: &'static str,
}

/// A figure of parts of a whole as data.
pub(in crate::kinds) struct StackSpec {
    /// Name of the curves and of the figure.
    pub(super) id: &'static str,
    /// Text of its caption.
    pub(super) caption: &'static str,
    /// Text above the axis.
    pub(super) axis: &'static str,
    /// Key of the curve that is the whole, which is not drawn.
    pub(super) whole: &'static str,
    /// Key of the curve that is what is left; empty for none.
    pub(super) rest: &'static str,
}

/// A figure of two values a row as data.
pub(in crate::kinds) struct PairsSpec {
    /// Name of the figure.
    pub(super) id: &'static str,
    /// Name of the sheet.
    pub(super) sheet: &'static str,
    /// Text of its caption.
    pub(super) caption: &'static str,
    /// Text above the bars.
    pub(super) axis: &'static str,
    /// How the second value belongs to the first.
    pub(super) kind: PairKind,
    /// Columns of the two values in the sheet, from 0.
    pub(super) columns: [usize; 2],
    /// Texts of their names; for a period and the one before, none.
    pub(super) names: Option<[&'static str; 2]>,
    /// Rows that are drawn.
    pub(super) shown: usize,
}

/// What the text above an axis counts.
fn unit(axis: &str, words: &Words) -> Unit {
    // Sources and packets are counted whole, the others are averages.
    let (column, form) = match axis {
        "unit-sources-axis" => ("unit-sources", Form::Count),
        "unit-packets-axis" => ("unit-packets", Form::Count),
        "unit-address-axis" => ("unit-address", Form::Exact),
        _ => ("unit-rate", Form::Rate),
    };
    Unit { axis: words.text(axis), column: words.text(column), form }
}

fn caption(key: &str, facts: &Facts, words: &Words) -> String {
    words.say(key, &[], &[("period", facts.period.label.of(words.language)), FIXED[0]])
}

fn curves<'a>(facts: &'a Facts, id: &str) -> Option<&'a Curves> {
    facts.recurring.curves.get(id)
}

impl LinesSpec {
    pub(super) fn figure(&self, facts: &Facts, words: &Words) -> Option<Figure> {
        let curves = curves(facts, self.id)?;
        let series = curves.series.iter().map(|series| LineSeries {
            key: series.key.clone(),
            label: series.label.of(words.language).to_string(),
            values: series.values.clone(),
        });
        let unit = unit(self.axis, words);
        let chart = LineChart::new(curves.first, Step::Day, unit, series.collect(), words);
        let caption = caption(self.caption, facts, words);
        Some(Figure::new(self.id, caption, Chart::Line(chart), &curves.origin, words))
    }
}

impl StackSpec {
    pub(super) fn figure(&self, facts: &Facts, words: &Words) -> Option<Figure> {
        let curves = curves(facts, self.id)?;
        // A whole without parts is drawn as one.
        let has_parts = curves.series.iter().any(|series| series.key != self.whole);
        let drawn = curves.series.iter().filter(|series| !has_parts || series.key != self.whole);
        let parts = drawn.map(|series| Part {
            key: if series.key == self.rest { String::new() } else { series.key.clone() },
            label: series.label.of(words.language).to_string(),
            values: series.values.clone(),
        });
        let unit = unit(self.axis, words);
        let chart = StackedChart::new(curves.first, Step::Day, unit, parts.collect(), words);
        let caption = caption(self.caption, facts, words);
        // The whole is not drawn, but its numbers stand with the data.
        let lines = LinesSpec { id: self.id, caption: self.caption, axis: self.axis };
        let data = lines.figure(facts, words)?.data;
        Some(Figure { data, ..Figure::new(self.id, caption, Chart::Stacked(chart), &curves.origin, words) })
    }
}

impl PairsSpec {
    pub(super) fn figure(&self, facts: &Facts, words: &Words) -> Option<Figure> {
        let sheet = sheet(facts, self.sheet)?;
        let language = words.language;
        let names = match self.names {
            Some(keys) => keys.map(|key| words.text(key)),
            None => {
                [&facts.period.label, facts.previous.as_ref()?].map(|names| names.of(language).to_string())
            }
        };
        let rows = sheet.rows.iter().take(self.shown).filter_map(|row| {
            let label = cell_of(row.first()?, Form::Text, words);
            let [first, second] = self.columns.map(|column| row.get(column).and_then(number));
            let key = match label.value {
                Value::Text(key) => key,
                _ => label.text.clone(),
            };
            Some(PairedBar { key, label: label.text, first, second })
        });
        let chart =
            PairedBarChart { unit: unit(self.axis, words), kind: self.kind, names, rows: rows.collect() };
        let caption = caption(self.caption, facts, words);
        Some(Figure::new(self.id, caption, Chart::PairedBar(chart), &sheet.origin, words))
    }
}

fn number(cell: &SheetCell) -> Option<f64> {
    match cell {
        SheetCell::Plain(Value::Int(number)) => Some(*number as f64),
        SheetCell::Plain(Value::Float(number)) => Some(*number),
        _ => None,
    }
}
