//! Rows of rollups and books that say the same of the same are added up.
//!
//! A key has a row for each input and commit, and readers add them up; a store that takes a group every few
//! seconds has more of them than packets. What readers add is added here: packets and bytes as numbers, sources
//! as sketches, whose merging does not ask for an order (see `distinct`).
//!
//! **Invariant:** whoever adds up the rows of a key finds what they found before.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryBuilder, Int64Array, RecordBatch, TimestampMicrosecondArray, UInt32Array,
};
use arrow::compute::{concat_batches, take};
use arrow::datatypes::{ArrowPrimitiveType, Int64Type, TimestampMicrosecondType};
use arrow::row::{RowConverter, SortField};
use model::rollup::ROLLUPS;
use teiten_model as model;

use crate::distinct::Distinct;
use crate::error::StoreError;
use crate::schema;
use crate::table::TableDef;

/// How the values of a column become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// It is a part of the key.
    Key,
    Sum,
    Least,
    Greatest,
    /// Sketches are merged.
    Merge,
    /// The last one that is there, in the order of the files.
    Last,
}

/// The rule of a column; `None` for a table whose rows stay as they are.
fn rule_of(table: &str, column: &str) -> Option<Rule> {
    if ROLLUPS.iter().any(|rollup| rollup.name == table) {
        return Some(match (table, column) {
            (_, "packets" | "bytes") => Rule::Sum,
            ("sources_daily", "first") => Rule::Least,
            ("sources_daily", "last") => Rule::Greatest,
            ("sources_daily", "sensors" | "ports") | (_, "sources") => Rule::Merge,
            _ => Rule::Key,
        });
    }
    match (table, column) {
        ("accounts", "received" | "stored" | "held" | "lost") => Some(Rule::Sum),
        ("sensors", "packets") => Some(Rule::Sum),
        ("sensors", "addresses") => Some(Rule::Greatest),
        ("sensor_hours", "observed" | "batches") => Some(Rule::Sum),
        ("sensor_hours", "clock_offset") => Some(Rule::Last),
        ("accounts" | "sensors" | "sensor_hours", _) => Some(Rule::Key),
        _ => None,
    }
}

/// All rows of batches as one, in the reader's types: added up, in the order of their keys, where the table's
/// rows add up, else one after the other.
///
/// # Errors
/// When a column has another type than the table says, or a sketch is none.
pub(crate) fn fold(table: &TableDef, batches: &[RecordBatch]) -> Result<RecordBatch, StoreError> {
    let schema = schema::read_schema(table);
    let all = concat_batches(&schema, batches)?;
    let rules: Option<Vec<Rule>> =
        table.columns.iter().map(|column| rule_of(table.name, column.name)).collect();
    let Some(rules) = rules else { return Ok(all) };
    let keys: Vec<ArrayRef> = all
        .columns()
        .iter()
        .zip(&rules)
        .filter(|(_, rule)| **rule == Rule::Key)
        .map(|(column, _)| Arc::clone(column))
        .collect();
    let fields = keys.iter().map(|column| SortField::new(column.data_type().clone())).collect();
    let rows = RowConverter::new(fields)?.convert_columns(&keys)?;
    let mut order: Vec<u32> = (0..all.num_rows() as u32).collect();
    // Equal keys stay in the order of the files.
    order.sort_by(|one, other| rows.row(*one as usize).cmp(&rows.row(*other as usize)));
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (place, row) in order.iter().enumerate() {
        match groups.last_mut() {
            Some(group) if rows.row(order[group.start] as usize) == rows.row(*row as usize) => {
                group.end = place + 1;
            }
            _ => groups.push(place..place + 1),
        }
    }
    let firsts = UInt32Array::from_iter_values(groups.iter().map(|group| order[group.start]));
    let columns = all
        .columns()
        .iter()
        .zip(&rules)
        .zip(&table.columns)
        .map(|((column, rule), def)| match rule {
            Rule::Key => Ok(take(column, &firsts, None)?),
            Rule::Merge => merged(column, &order, &groups, table.name),
            rule => numbers(column, &order, &groups, *rule)
                .ok_or_else(|| damaged(table.name, &format!("column {} is no number", def.name))),
        })
        .collect::<Result<Vec<ArrayRef>, StoreError>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}

fn damaged(table: &str, why: &str) -> StoreError {
    StoreError::Damaged { what: format!("table {table}"), why: why.to_string() }
}

/// One number for each group, absent where all of its are; `None` when the column is none of numbers.
fn numbers(column: &ArrayRef, order: &[u32], groups: &[Range<usize>], rule: Rule) -> Option<ArrayRef> {
    if let Some(times) = column.as_primitive_opt::<TimestampMicrosecondType>() {
        let values = each(times, order, groups, rule);
        return Some(Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC")));
    }
    let values = each(column.as_primitive_opt::<Int64Type>()?, order, groups, rule);
    Some(Arc::new(Int64Array::from(values)))
}

fn each<T: ArrowPrimitiveType<Native = i64>>(
    column: &arrow::array::PrimitiveArray<T>,
    order: &[u32],
    groups: &[Range<usize>],
    rule: Rule,
) -> Vec<Option<i64>> {
    let one = |group: &Range<usize>| {
        let rows = order[group.clone()].iter().map(|row| *row as usize);
        rows.filter(|row| column.is_valid(*row)).map(|row| column.value(row)).reduce(
            |one, other| match rule {
                Rule::Sum => one.saturating_add(other),
                Rule::Least => one.min(other),
                Rule::Greatest => one.max(other),
                Rule::Last | Rule::Key | Rule::Merge => other,
            },
        )
    };
    groups.iter().map(one).collect()
}

/// One sketch for each group.
fn merged(
    column: &ArrayRef,
    order: &[u32],
    groups: &[Range<usize>],
    table: &str,
) -> Result<ArrayRef, StoreError> {
    let none = || damaged(table, "a sketch cannot be read");
    let sketches = column.as_binary_opt::<i32>().ok_or_else(none)?;
    let mut out = BinaryBuilder::with_capacity(groups.len(), sketches.value_data().len());
    for group in groups {
        let mut rows =
            order[group.clone()].iter().map(|row| *row as usize).filter(|row| sketches.is_valid(*row));
        let Some(first) = rows.next() else {
            out.append_null();
            continue;
        };
        let mut others = rows.peekable();
        if others.peek().is_none() {
            out.append_value(sketches.value(first));
            continue;
        }
        let read = |row| Distinct::read(sketches.value(row)).ok_or_else(none);
        let mut all = read(first)?;
        for row in others {
            all.merge(&read(row)?);
        }
        out.append_value(all.write());
    }
    Ok(Arc::new(out.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;

    #[test]
    fn every_rollup_and_only_numbers_and_sketches_add_up() {
        for def in table::tables() {
            for column in &def.columns {
                match rule_of(def.name, column.name) {
                    Some(Rule::Merge) => {
                        assert_eq!(schema::read_type(column.kind), arrow::datatypes::DataType::Binary)
                    }
                    Some(Rule::Sum | Rule::Last | Rule::Greatest | Rule::Least) => {
                        assert!(
                            schema::read_type(column.kind).is_numeric()
                                || column.kind == model::column::ColumnType::Timestamp
                        );
                    }
                    Some(Rule::Key) | None => {}
                }
            }
            let is_rollup = ROLLUPS.iter().any(|rollup| rollup.name == def.name);
            assert!(!is_rollup || rule_of(def.name, "packets") == Some(Rule::Sum), "{}", def.name);
        }
    }
}
