//! The model's columns as Arrow and as Delta types: signed, wide, microseconds, UTF-8.
//!
//! Only types that every engine reads (docs/decisions/002-one-arrow.md). Words travel to the Parquet
//! writer as dictionaries, which saves copying, and lie in the file as plain UTF-8: the Arrow schema is
//! not written into the file, so that no reader sees a dictionary type.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use deltalake_core::kernel::{DataType as DeltaType, PrimitiveType, StructField};
use model::column::{Column, ColumnType};
use teiten_model as model;

use crate::table::{DAY, TableDef};

/// The Arrow type in which a column is read.
pub fn read_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Int16 => DataType::Int16,
        ColumnType::Int32 => DataType::Int32,
        ColumnType::Int64 => DataType::Int64,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ColumnType::Bytes | ColumnType::Address16 => DataType::Binary,
        ColumnType::Text | ColumnType::Word => DataType::Utf8,
    }
}

/// The Arrow type in which a column is handed to the Parquet writer.
pub fn write_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Word => DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::Utf8)),
        other => read_type(other),
    }
}

fn arrow_schema(columns: &[Column], of: fn(ColumnType) -> DataType) -> SchemaRef {
    let fields: Vec<Field> =
        columns.iter().map(|column| Field::new(column.name, of(column.kind), true)).collect();
    Arc::new(Schema::new(fields))
}

/// The schema of a table's files as readers see it, without the partition column.
pub fn read_schema(table: &TableDef) -> SchemaRef {
    arrow_schema(&table.columns, read_type)
}

/// The schema of a table's files as the writer sees it.
pub fn write_schema(table: &TableDef) -> SchemaRef {
    arrow_schema(&table.columns, write_type)
}

/// The columns of a table as Delta declares them, the partition column last.
pub fn delta_columns(table: &TableDef) -> Vec<StructField> {
    let mut fields: Vec<StructField> = table
        .columns
        .iter()
        .map(|column| {
            let kind = match column.kind {
                ColumnType::Int16 => PrimitiveType::Short,
                ColumnType::Int32 => PrimitiveType::Integer,
                ColumnType::Int64 => PrimitiveType::Long,
                ColumnType::Timestamp => PrimitiveType::Timestamp,
                ColumnType::Bytes | ColumnType::Address16 => PrimitiveType::Binary,
                ColumnType::Text | ColumnType::Word => PrimitiveType::String,
            };
            StructField::new(column.name, DeltaType::Primitive(kind), true)
        })
        .collect();
    if table.by_day {
        fields.push(StructField::new(DAY, DeltaType::Primitive(PrimitiveType::String), true));
    }
    fields
}
