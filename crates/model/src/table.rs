//! A plain answer: named columns, rows of values, and what must be said about them.
//!
//! Questions give tables; reports, pages and output formats draw them. Nobody below the question
//! knows Arrow.
//!
//! **Invariant:** every row has one value for each column.

use std::net::IpAddr;

/// One value of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not there.
    Null,
    /// A count or another whole number.
    Int(i64),
    /// A rate, a share, an average.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A text.
    Text(String),
    /// A moment: microseconds since 1970-01-01T00:00Z.
    Time(i64),
    /// An address.
    Address(IpAddr),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Name in machine-readable output; stable.
    pub name: String,
    /// Unit; empty for names.
    pub unit: String,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The columns, in a stable order.
    pub columns: Vec<TableColumn>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
    /// What a person must know to read it: silent sensors, estimates, withheld cells.
    pub notes: Vec<String>,
    /// The tables of the store that the answer came from.
    pub origin: Vec<String>,
}

impl Table {
    /// An empty table with these columns, given as (name, unit).
    pub fn new(columns: &[(&str, &str)]) -> Table {
        let columns = columns
            .iter()
            .map(|(name, unit)| TableColumn { name: (*name).to_string(), unit: (*unit).to_string() })
            .collect();
        Table { columns, ..Table::default() }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// When the row has not one value for each column.
    pub fn push(&mut self, row: Vec<Value>) {
        assert_eq!(row.len(), self.columns.len(), "a row has one value for each column");
        self.rows.push(row);
    }

    /// The place of the column of that name.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The value in a row under a name.
    pub fn value(&self, row: usize, name: &str) -> Option<&Value> {
        self.rows.get(row)?.get(self.place(name)?)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_string())
    }
}
