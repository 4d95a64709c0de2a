//! How a selection is written: the filter language and periods.
//!
//! A filter is Wireshark's display-filter language with Wireshark's field names (rule R1). It is read
//! once and has two readers: [`Filter::matches`] on decoded packets and [`Filter::sql`] for the store.
//! A period is a span of the calendar in a zone (rule R2), and always an interval of UTC in the end.
//! Which words a field can have is told by the caller, see [`vocabulary`].
//!
//! **Invariant:** both readers of a filter are made from one plan, so they agree by construction.
//!
//! **Invariant:** nothing here reads a clock, a file or the machine's time zones.

pub mod ast;
mod calendar;
pub mod complete;
pub mod distance;
pub mod error;
pub mod eval;
mod field_table;
pub mod fields;
mod habits;
mod label;
pub mod lexer;
pub mod parser;
pub mod period;
mod period_text;
mod plan;
mod sql;
mod value;
pub mod vocabulary;
pub mod zone;

use std::collections::BTreeSet;
use std::fmt;

use teiten_model::columns::PacketColumns;

use crate::ast::Expr;
use crate::error::FilterError;
use crate::eval::Bound;
use crate::plan::Plan;
use crate::vocabulary::Asked;

/// A filter that has been read and checked.
#[derive(Debug, Clone)]
pub struct Filter {
    text: String,
    expr: Expr,
    plan: Plan,
    asked: Vec<Asked>,
}

/// Reads a filter.
///
/// # Errors
/// When the text is not a filter: the error knows the place and draws it with a caret.
pub fn parse(text: &str) -> Result<Filter, FilterError> {
    let (expr, asked) = parser::parse(text)?;
    let plan = plan::lower(&expr);
    Ok(Filter { text: text.to_string(), expr, plan, asked })
}

impl Filter {
    /// The text as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The syntax tree.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// The filter tied to a finished block: the way to ask about many of its rows.
    pub fn bind<'a>(&'a self, columns: &'a PacketColumns) -> Bound<'a> {
        eval::bind(&self.plan, columns)
    }

    /// Whether the packet in that row passes.
    ///
    /// It binds for one row; [`Filter::bind`] or [`Filter::select`] is the way for many.
    ///
    /// # Panics
    /// When the block is not finished or has no such row.
    pub fn matches(&self, columns: &PacketColumns, row: usize) -> bool {
        self.bind(columns).matches(row)
    }

    /// Writes the rows that pass into `rows`, ascending; what was in `rows` is forgotten.
    ///
    /// # Panics
    /// When the block is not finished.
    pub fn select(&self, columns: &PacketColumns, rows: &mut Vec<u32>) {
        rows.clear();
        let bound = self.bind(columns);
        rows.extend((0..columns.rows()).filter(|row| bound.matches(*row)).map(|row| row as u32));
    }

    /// The filter as a boolean SQL expression over the table of packets, which never yields NULL.
    ///
    /// An absent field is NULL in the table. Two functions must be there beside the engine's own:
    /// `bytes_contain(binary, binary)` and `bytes_match(binary, text)`, see [`crate::ast::Pattern`].
    pub fn sql(&self) -> String {
        sql::write(&self.plan)
    }

    /// Names of the columns that must be read to answer.
    pub fn columns(&self) -> BTreeSet<&'static str> {
        let mut columns = BTreeSet::new();
        self.plan.columns(&mut columns);
        columns
    }

    /// Whether the filter asks about these columns only, so that a rollup with these keys can answer it.
    ///
    /// A field that Wireshark also finds in a packet quoted by an ICMP error needs the columns of the
    /// quote, which no rollup has; `src.port`, `dst.port`, `proto` and `src.net` ask the outer packet alone.
    pub fn is_rollup_answerable(&self, keys: &[&str]) -> bool {
        self.columns().iter().all(|column| keys.contains(column))
    }
}

impl fmt::Display for Filter {
    /// The canonical form: the same question in one spelling, which reads back to the same tree.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}
