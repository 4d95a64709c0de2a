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

    /// Takes out those of the named columns in which no row has a value: a person reads less of nothing.
    pub fn leave_out_empty(&mut self, names: &[&str]) {
        for name in names {
            let Some(place) = self.place(name) else { continue };
            if self.rows.iter().all(|row| row[place] == Value::Null) {
                self.columns.remove(place);
                self.rows.iter_mut().for_each(|row| drop(row.remove(place)));
            }
        }
    }

    /// The value in a row under a name.
    pub fn value(&self, row: usize, name: &str) -> Option<&Value> {
        self.rows.get(row)?.get(self.place(name)?)
    }

    /// The whole number in a row under a name; `None` for anything else.
    pub fn int(&self, row: usize, name: &str) -> Option<i64> {
        match self.value(row, name) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }

    /// The text in a row under a name; `None` for anything else.
    pub fn text(&self, row: usize, name: &str) -> Option<&str> {
        match self.value(row, name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The moment in a row under a name, in microseconds since 1970-01-01T00:00Z; `None` for anything else.
    pub fn time(&self, row: usize, name: &str) -> Option<i64> {
        match self.value(row, name) {
            Some(Value::Time(at)) => Some(*at),
            _ => None,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_without_a_value_are_left_out_of_those_that_may_be() {
        let mut table = Table::new(&[("port", ""), ("used_for", ""), ("note", "")]);
        let names = |table: &Table| {
            table.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>().join(" ")
        };
        table.push(vec!["22/TCP".into(), Value::Null, Value::Null]);
        table.push(vec!["81/TCP".into(), "cameras".into(), Value::Null]);
        table.leave_out_empty(&["used_for", "nothing"]);
        assert_eq!(names(&table), "port used_for note");
        table.leave_out_empty(&["used_for", "note"]);
        assert_eq!((names(&table), table.rows[1].len()), ("port used_for".to_string(), 2));
        assert_eq!(table.value(1, "used_for"), Some(&Value::from("cameras")));
        assert_eq!((table.text(1, "used_for"), table.text(0, "used_for")), (Some("cameras"), None));
        assert_eq!(
            (table.int(1, "used_for"), table.time(1, "used_for"), table.text(2, "port")),
            (None, None, None)
        );
    }
}
