//! The cells of a column as people read them: one form for the whole column.
//!
//! **Invariant:** a drawn cell is one line without control characters.

use jiff::tz::TimeZone;
use teiten_model::hex::hex;
use teiten_model::table::{Table, Value};

use crate::output::moment::{self, Precision};
use crate::output::number::Form;
use crate::output::{Lang, Style, tame, words};

/// How the values of one column are drawn for people.
#[derive(Debug)]
pub(super) struct ColumnForm {
    numbers: Form,
    precision: Precision,
    zone: TimeZone,
    lang: Lang,
    /// Whether it stands at the right: numbers do.
    pub(super) is_right: bool,
    /// Whether a cell may be cut: a text or bytes, but never half an address, time or number.
    pub(super) is_cuttable: bool,
}

impl ColumnForm {
    /// The forms of all columns of the table.
    pub(super) fn all(table: &Table, style: &Style) -> Vec<ColumnForm> {
        (0..table.columns.len()).map(|place| ColumnForm::of(table, place, style)).collect()
    }

    fn of(table: &Table, place: usize, style: &Style) -> ColumnForm {
        let values = || table.rows.iter().filter_map(|row| row.get(place));
        let times = values().filter(|value| matches!(value, Value::Time(_)));
        let is_number = |value: &Value| matches!(value, Value::Int(_) | Value::Float(_));
        let is_right = !table.columns[place].unit.is_empty()
            || (values().any(is_number)
                && values().all(|value| is_number(value) || matches!(value, Value::Null)));
        let is_long = |value: &Value| matches!(value, Value::Text(_) | Value::Bytes(_) | Value::Null);
        ColumnForm {
            is_cuttable: !is_right && values().all(is_long),
            numbers: Form::of(&table.columns[place], values()),
            precision: Precision::of(times, &style.zone),
            zone: style.zone.clone(),
            lang: style.lang,
            is_right,
        }
    }

    /// The value as people read it.
    pub(super) fn draw(&self, value: &Value) -> String {
        match value {
            Value::Null => words::absent(self.lang).to_string(),
            Value::Int(number) => self.numbers.int(*number),
            Value::Float(number) => {
                self.numbers.float(*number).unwrap_or_else(|| words::absent(self.lang).to_string())
            }
            Value::Bool(is_true) => words::truth(*is_true, self.lang).to_string(),
            Value::Text(text) => tame::tame(text).into_owned(),
            Value::Time(us) => moment::for_people(*us, &self.zone, self.precision),
            Value::Address(address) => address.to_string(),
            Value::Bytes(bytes) => hex(bytes),
        }
    }
}
