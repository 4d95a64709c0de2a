//! Tables of a document: typed cells with the text a reader sees.
//!
//! **Invariant:** every row has one cell for each column.
//! **Invariant:** the text of a cell is made once, from its value and its column's form.

use teiten_model::hex::hex;
use teiten_model::table::Value;

use crate::words::{Words, number};

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As text.
    Text,
    /// A rank or another small whole number.
    Rank,
    /// A count with grouped digits.
    Count,
    /// An average with the decimals its size deserves.
    Rate,
    /// A number with two decimals.
    Exact,
    /// A signed difference with two decimals.
    Difference,
    /// A part of one as per cent.
    Share,
    /// A signed change as per cent.
    Change,
    /// For machines: files have the column, readers do not.
    Machine,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name in CSV and JSON; stable, the same in every language.
    pub name: &'static str,
    /// Name in CSV and JSON where it depends on the data (a series); replaces `name` when not empty.
    pub key: String,
    /// Heading a reader sees.
    pub heading: String,
    /// Unit; empty for names and ranks.
    pub unit: String,
    /// How values are written.
    pub form: Form,
}

impl Column {
    /// A column whose name does not depend on the data.
    pub fn new(name: &'static str, heading: String, unit: String, form: Form) -> Column {
        Column { name, key: String::new(), heading, unit, form }
    }

    /// The name in CSV and JSON.
    pub fn machine_name(&self) -> &str {
        if self.key.is_empty() { self.name } else { &self.key }
    }

    /// Whether its values are numbers, set to the right.
    pub fn is_numeric(&self) -> bool {
        !matches!(self.form, Form::Text | Form::Machine)
    }

    /// Whether a reader is shown the column.
    pub fn is_shown(&self) -> bool {
        self.form != Form::Machine
    }
}

/// A value and its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The value, for machines.
    pub value: Value,
    /// The text, for readers.
    pub text: String,
}

impl Cell {
    /// A value written in a form; what does not fit the form is written as text.
    pub fn new(value: Value, form: Form) -> Cell {
        let text = match (&value, form) {
            (Value::Null, _) => "–".to_string(),
            (Value::Int(count), Form::Rank | Form::Text) => count.to_string(),
            (Value::Int(count), Form::Difference) if *count >= 0 => format!("+{}", number::count(*count)),
            (Value::Int(count), _) => number::count(*count),
            (Value::Float(exact), Form::Exact) => number::exact(*exact),
            (Value::Float(difference), Form::Difference) => number::difference(*difference),
            (Value::Float(part), Form::Share) => number::share(*part),
            (Value::Float(part), Form::Change) => number::change(*part),
            (Value::Float(rate), _) => number::rate(*rate),
            (Value::Bool(truth), _) => truth.to_string(),
            (Value::Text(text), _) => text.clone(),
            (Value::Time(time_us), _) => teiten_model::interval::Timestamp(*time_us).to_string(),
            (Value::Address(address), _) => address.to_string(),
            (Value::Bytes(bytes), _) => hex(bytes),
        };
        Cell { value, text }
    }

    /// A value with a text of its own.
    pub fn worded(value: Value, text: impl Into<String>) -> Cell {
        Cell { value, text: text.into() }
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Cell {
        let text = text.into();
        Cell { value: Value::Text(text.clone()), text }
    }
}

/// A table of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct TableBlock {
    /// Identifier.
    pub id: String,
    /// "Table 1"; filled when the document is finished; empty when not numbered.
    pub label: String,
    /// Whether the table takes a number.
    pub is_numbered: bool,
    /// Caption without the label.
    pub caption: String,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows; machine exits have all of them.
    pub rows: Vec<Vec<Cell>>,
    /// How many rows a reader is shown.
    pub shown: usize,
    /// What must be known to read it.
    pub footnotes: Vec<Vec<super::Span>>,
    /// The tables of the store that it was counted from.
    pub origin: Vec<String>,
}

impl TableBlock {
    /// An empty table without number.
    pub fn new(id: &str, caption: String, columns: Vec<Column>) -> TableBlock {
        TableBlock {
            id: id.to_string(),
            label: String::new(),
            is_numbered: false,
            caption,
            columns,
            rows: Vec::new(),
            shown: usize::MAX,
            footnotes: Vec::new(),
            origin: Vec::new(),
        }
    }

    /// Adds a row of values, each written in its column's form.
    ///
    /// # Panics
    /// When the row has not one value for each column.
    pub fn push(&mut self, row: Vec<Value>) {
        let cells =
            row.into_iter().zip(&self.columns).map(|(value, column)| Cell::new(value, column.form)).collect();
        self.push_cells(cells);
    }

    /// Adds a row of cells.
    ///
    /// # Panics
    /// When the row has not one cell for each column.
    pub fn push_cells(&mut self, cells: Vec<Cell>) {
        assert_eq!(cells.len(), self.columns.len(), "a row has one cell for each column");
        self.rows.push(cells);
    }

    /// How many columns a reader is shown.
    pub fn shown_columns(&self) -> usize {
        self.columns.iter().filter(|column| column.is_shown()).count()
    }

    /// The rows a reader is shown.
    pub fn shown_rows(&self) -> &[Vec<Cell>] {
        &self.rows[..self.shown.min(self.rows.len())]
    }

    /// What a reader is told of rows that are not shown, and whether a CSV has them; `None` when all are.
    pub fn cut_note(&self, words: &Words, has_csv: bool) -> Option<String> {
        let (shown, all) = (self.shown_rows().len(), self.rows.len());
        let text = |count: usize| number::count(count as i64);
        let key = if has_csv { "more-rows" } else { "more-rows-alone" };
        (shown < all).then(|| words.say(key, &[], &[("shown", &text(shown)), ("all", &text(all))]))
    }

    /// The cell in a row under a column's machine name.
    pub fn cell(&self, row: usize, column: &str) -> Option<&Cell> {
        let place = self.columns.iter().position(|candidate| candidate.machine_name() == column)?;
        self.rows.get(row)?.get(place)
    }
}
