//! The engine's batches as a plain table.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Float64Type, Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampNanosecondType, UInt64Type,
};
use teiten_model::table::{Table, TableColumn, Value};

use crate::error::QueryError;

/// Rows of the largest answer.
pub const ROWS_MAX: usize = 2_000_000;

/// Turns batches into a table; units are not known to the engine and stay empty.
pub(crate) fn table(batches: &[RecordBatch], names: Vec<String>) -> Result<Table, QueryError> {
    let columns = names.into_iter().map(|name| TableColumn { name, unit: String::new() }).collect();
    let mut table = Table { columns, ..Table::default() };
    for batch in batches {
        if table.rows.len() + batch.num_rows() > ROWS_MAX {
            return Err(QueryError::TooLarge(ROWS_MAX));
        }
        for row in 0..batch.num_rows() {
            table
                .rows
                .push(batch.columns().iter().map(|column| value(column, row)).collect::<Result<_, _>>()?);
        }
    }
    Ok(table)
}

fn value(array: &ArrayRef, row: usize) -> Result<Value, QueryError> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int16 => Value::Int(i64::from(array.as_primitive::<Int16Type>().value(row))),
        DataType::Int32 => Value::Int(i64::from(array.as_primitive::<Int32Type>().value(row))),
        DataType::Int64 => Value::Int(array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt64 => {
            Value::Int(i64::try_from(array.as_primitive::<UInt64Type>().value(row)).unwrap_or(i64::MAX))
        }
        DataType::Float64 => Value::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => Value::Text(array.as_string::<i32>().value(row).to_string()),
        DataType::Utf8View => Value::Text(array.as_string_view().value(row).to_string()),
        DataType::Binary => Value::Bytes(array.as_binary::<i32>().value(row).to_vec()),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Value::Time(array.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            Value::Time(array.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1000))
        }
        // Rare types of free SQL: dates, decimals, lists, intervals.
        _ => Value::Text(
            arrow::util::display::array_value_to_string(array, row)
                .map_err(|error| QueryError::Engine(error.into()))?,
        ),
    })
}
