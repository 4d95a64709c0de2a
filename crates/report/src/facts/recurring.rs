//! Facts of the sections that recur from report to report: plain sheets and curves by their names.
//!
//! A sheet has the columns that the section's specification lists, in that order.
//!
//! **Invariant:** a sheet or curve that is not here was not asked for, or there was nothing to see.

use std::collections::BTreeMap;

use teiten_model::table::Value;

use super::Series;
use crate::words::names::Names;
use jiff::civil::Date;

/// Rows that one sheet may hold.
pub const SHEET_ROWS_MAX: usize = 10_000;

/// Sheets and curves by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recurring {
    /// Rows of tables.
    pub sheets: BTreeMap<&'static str, Sheet>,
    /// Series of figures.
    pub curves: BTreeMap<&'static str, Curves>,
    /// Daily values that the readers may not see: they are gaps of the curves.
    pub withheld: i64,
    /// Lines that one sensor alone made high.
    pub bursts: Vec<Burst>,
}

/// Rows of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// The rows; each has a value for each column of the specification.
    pub rows: Vec<Vec<SheetCell>>,
    /// The tables of the store that it was counted from.
    pub origin: Vec<String>,
}

/// A value of a sheet.
#[derive(Debug, Clone, PartialEq)]
pub enum SheetCell {
    /// A number, a date as text, or nothing.
    Plain(Value),
    /// A thing with a key and a name for readers: a port, a country, a tag.
    Named(String, Names),
}

/// Daily series of a figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// The first day.
    pub first: Date,
    /// The series.
    pub series: Vec<Series>,
    /// The tables of the store that they were counted from.
    pub origin: Vec<String>,
}

/// A line that one sensor alone made high (T9 of the seed's successors): named, and left out of what it would distort.
#[derive(Debug, Clone, PartialEq)]
pub struct Burst {
    /// `21318/TCP`.
    pub key: String,
    /// Its service; may be empty.
    pub name: Names,
    /// The sensor's name; empty where the readers may not know it.
    pub sensor: String,
    /// First day.
    pub first: Date,
    /// Last day, inside.
    pub last: Date,
    /// Packets of the line in the period.
    pub packets: i64,
    /// Those of this sensor on these days.
    pub burst_packets: i64,
    /// The line's rank.
    pub rank: Option<u32>,
    /// Its rank without the burst.
    pub rank_without: Option<u32>,
}

impl SheetCell {
    /// A count.
    pub fn count(count: i64) -> SheetCell {
        SheetCell::Plain(Value::Int(count))
    }

    /// A ratio or a rate; nothing when it is not known.
    pub fn float(value: Option<f64>) -> SheetCell {
        SheetCell::Plain(value.map_or(Value::Null, Value::Float))
    }
}
