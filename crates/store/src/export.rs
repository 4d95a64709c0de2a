//! A plain answer as a Parquet file, for those who go on working with it elsewhere.
//!
//! A column takes the type of its first value that is there; a column that mixes types is text.

use std::sync::Arc;

use arrow::array::TimestampMicrosecondArray;
use arrow::array::{ArrayRef, BinaryArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use model::table::{Table, Value};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use teiten_model as model;

use crate::error::StoreError;

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Text(text) => Some(text.clone()),
        Value::Time(us) => Some(model::interval::Timestamp(*us).to_string()),
        Value::Address(address) => Some(address.to_string()),
        Value::Bytes(bytes) => Some(model::hex::hex(bytes)),
    }
}

/// The values of a column, all of the form that `of` takes; `None` when one is of another form.
fn all<'a, T>(table: &'a Table, place: usize, of: fn(&'a Value) -> Option<T>) -> Option<Vec<Option<T>>> {
    let mut values = Vec::with_capacity(table.rows.len());
    let mut is_any = false;
    for row in &table.rows {
        match &row[place] {
            Value::Null => values.push(None),
            value => {
                values.push(Some(of(value)?));
                is_any = true;
            }
        }
    }
    is_any.then_some(values)
}

fn array(table: &Table, place: usize) -> ArrayRef {
    if let Some(values) =
        all(table, place, |value| if let Value::Int(number) = value { Some(*number) } else { None })
    {
        return Arc::new(Int64Array::from(values));
    }
    let float = |value: &Value| match value {
        Value::Float(number) => Some(*number),
        Value::Int(number) => Some(*number as f64),
        _ => None,
    };
    if let Some(values) = all(table, place, float) {
        return Arc::new(Float64Array::from(values));
    }
    if let Some(values) =
        all(table, place, |value| if let Value::Time(us) = value { Some(*us) } else { None })
    {
        return Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"));
    }
    if let Some(values) =
        all(table, place, |value| if let Value::Bool(truth) = value { Some(*truth) } else { None })
    {
        return Arc::new(BooleanArray::from(values));
    }
    if let Some(values) =
        all(table, place, |value| if let Value::Bytes(b) = value { Some(b.as_slice()) } else { None })
    {
        return Arc::new(BinaryArray::from(values));
    }
    Arc::new(table.rows.iter().map(|row| text(&row[place])).collect::<StringArray>())
}

/// The file.
pub fn parquet(table: &Table) -> Result<Vec<u8>, StoreError> {
    let arrays: Vec<ArrayRef> = (0..table.columns.len()).map(|place| array(table, place)).collect();
    let fields: Vec<Field> = table
        .columns
        .iter()
        .zip(&arrays)
        .map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let said = |key: &str, values: &[String]| KeyValue::new(format!("teiten.{key}"), values.join("\n"));
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by("teiten".to_string())
        .set_key_value_metadata(Some(vec![said("notes", &table.notes), said("origin", &table.origin)]))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties))?;
    writer.write(&RecordBatch::try_new(schema, arrays)?)?;
    Ok(writer.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_take_the_type_of_their_values() {
        let mut table =
            Table::new(&[("port", ""), ("packets", "packets"), ("rate", ""), ("at", ""), ("mixed", "")]);
        table.push(vec!["445/TCP".into(), 3.into(), Value::Int(1), Value::Time(0), 1.into()]);
        table.push(vec![Value::Null, 4.into(), Value::Float(0.5), Value::Null, "x".into()]);
        let kinds: Vec<String> = (0..5).map(|place| array(&table, place).data_type().to_string()).collect();
        assert_eq!(kinds, ["Utf8", "Int64", "Float64", "Timestamp(µs, \"UTC\")", "Utf8"]);
        assert!(parquet(&table).expect("a file").starts_with(b"PAR1"));
    }
}
