//! What a counted fact is: a plain struct whose fields are the columns of a table, listed once.
//!
//! Facts are made from the packets of one day and kept beside them, so that detectors need not read the
//! packets again. The macro makes the struct, the columns of its table, and the way of each value in and
//! out, so that store, query and detectors cannot disagree.
//!
//! **Invariant:** a fact written and read again is equal: absent numbers are -1, absent texts and bytes empty.

use crate::column::Column;
use crate::table::Value;

/// One value of a fact, on its way to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// A number or a time; -1 is absent.
    Int(i64),
    /// A text or a word; the empty one is absent.
    Text(&'a str),
    /// Bytes; none are absent.
    Bytes(&'a [u8]),
}

/// A struct whose fields are the columns of a table.
pub trait Fact: Default {
    /// Name of the table.
    const TABLE: &'static str;
    /// What the table holds, in one sentence.
    const DOC: &'static str;
    /// Its columns, in the order of the fields.
    const COLUMNS: &'static [Column];

    /// The value in a column.
    ///
    /// # Panics
    /// When there is no such column.
    fn cell(&self, column: usize) -> Cell<'_>;

    /// Sets the value in a column, as it was read from the table.
    ///
    /// # Panics
    /// When there is no such column.
    fn set(&mut self, column: usize, value: Value);
}

/// A table of facts, as the manual and the store describe it.
#[derive(Debug, Clone, Copy)]
pub struct FactTable {
    /// Name.
    pub name: &'static str,
    /// What it holds, in one sentence.
    pub doc: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
}

impl FactTable {
    /// The table of a kind of facts.
    pub const fn of<F: Fact>() -> FactTable {
        FactTable { name: F::TABLE, doc: F::DOC, columns: F::COLUMNS }
    }
}

/// Takes a value as it stands in a table into a field.
pub trait Take {
    /// Becomes that value; a value of another form becomes absent.
    fn take(&mut self, value: Value);
    /// The field as a cell.
    fn give(&self) -> Cell<'_>;
}

impl Take for i64 {
    fn take(&mut self, value: Value) {
        *self = match value {
            Value::Int(number) | Value::Time(number) => number,
            Value::Bool(truth) => i64::from(truth),
            _ => -1,
        };
    }

    fn give(&self) -> Cell<'_> {
        Cell::Int(*self)
    }
}

impl Take for String {
    fn take(&mut self, value: Value) {
        *self = match value {
            Value::Text(text) => text,
            _ => String::new(),
        };
    }

    fn give(&self) -> Cell<'_> {
        Cell::Text(self)
    }
}

impl Take for Vec<u8> {
    fn take(&mut self, value: Value) {
        *self = match value {
            Value::Bytes(bytes) => bytes,
            _ => Vec::new(),
        };
    }

    fn give(&self) -> Cell<'_> {
        Cell::Bytes(self)
    }
}

/// The type of a field for the type of its column.
#[macro_export]
#[doc(hidden)]
macro_rules! fact_field {
    (Word) => { String };
    (Text) => { String };
    (Bytes) => { Vec<u8> };
    (Address16) => { Vec<u8> };
    ($number:ident) => { i64 };
}

/// Makes a struct whose fields are the columns of a table.
#[macro_export]
#[doc(hidden)]
macro_rules! fact {
    ($(#[doc = $about:literal])* $fact:ident in $table:literal: $doc:literal;
     $($name:ident: $kind:ident, $unit:literal, [$($field:literal),*], $privacy:ident, $column:literal;)*) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $fact {
            $(#[doc = $column] pub $name: $crate::fact_field!($kind),)*
        }

        impl $crate::fact::Fact for $fact {
            const TABLE: &'static str = $table;
            const DOC: &'static str = $doc;
            const COLUMNS: &'static [$crate::column::Column] = &[
                $($crate::column::Column {
                    name: stringify!($name), kind: $crate::column::ColumnType::$kind, unit: $unit,
                    fields: &[$($field),*], privacy: $crate::column::Privacy::$privacy, doc: $column,
                },)*
            ];

            fn cell(&self, column: usize) -> $crate::fact::Cell<'_> {
                let mut place = 0;
                $(if column == place { return $crate::fact::Take::give(&self.$name); } place += 1;)*
                panic!("{} has {place} columns, not {column}", $table);
            }

            fn set(&mut self, column: usize, value: $crate::table::Value) {
                let mut place = 0;
                $(if column == place { return $crate::fact::Take::take(&mut self.$name, value); } place += 1;)*
                panic!("{} has {place} columns, not {column}", $table);
            }
        }
    };
}
