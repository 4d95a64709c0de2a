//! What the values of a chart count, and how they are written.
//!
//! **Invariant:** a value has one text on the chart, in its sentence and in its table.

use teiten_model::table::Value;

use crate::document::{Cell, Form};
use crate::words::{Words, number};

/// What values count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Written at the axis: what is counted, with its unit.
    pub axis: String,
    /// Written under the heading of a column: the unit alone.
    pub column: String,
    /// How values are written.
    pub form: Form,
}

impl Unit {
    /// Packets per sensor and day, the measure of recurring reports.
    pub fn rate(words: &Words) -> Unit {
        Unit { axis: words.text("unit-rate-axis"), column: words.text("unit-rate"), form: Form::Rate }
    }

    /// A value as its text.
    pub(crate) fn write(&self, value: f64) -> String {
        match self.form {
            Form::Count | Form::Rank if value.is_finite() => number::count(value.round() as i64),
            form => Cell::new(Value::Float(value), form).text,
        }
    }

    /// A value of the axis, whose steps are so far apart.
    pub(crate) fn tick(&self, value: f64, distance: f64) -> String {
        match self.form {
            Form::Share => number::tick(value * 100.0, distance * 100.0) + "%",
            _ => number::tick(value, distance),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_their_form() {
        let written = |form, value, distance| {
            let unit = Unit { axis: String::new(), column: String::new(), form };
            format!("{} {}", unit.write(value), unit.tick(value, distance))
        };
        assert_eq!(written(Form::Count, 54_555.0, 5.0), "54,555 54,555");
        assert_eq!(written(Form::Rate, 12.34, 0.5), "12.3 12.3");
        assert_eq!(written(Form::Share, 0.4, 0.2), "40.0% 40%");
        assert_eq!(written(Form::Count, f64::NAN, 1.0), "– 0");
    }
}
