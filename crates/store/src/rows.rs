//! Packet columns to Arrow and back.
//!
//! **Invariant:** `from_batch(to_batch(columns))` gives the same values; absent is null, never -1.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryArray, DictionaryArray, PrimitiveArray, RecordBatch,
    StringArray, UInt16Array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{Int16Type, Int32Type, Int64Type, TimestampMicrosecondType};
use model::column::ColumnType;
use model::columns::{COLUMNS, PacketColumns};
use model::values::{BytesColumn, Values, WordColumn};
use teiten_model as model;

use crate::error::StoreError;

/// A number that can stand in a column.
trait Absent: Copy {
    fn is_absent(self) -> bool;
}
impl Absent for i16 {
    fn is_absent(self) -> bool {
        self == -1
    }
}
impl Absent for i32 {
    fn is_absent(self) -> bool {
        self == -1
    }
}
impl Absent for i64 {
    fn is_absent(self) -> bool {
        self == -1
    }
}

/// What all columns of a batch share: many are absent in every row, and need no buffers of their own.
struct Shared {
    zeros: Buffer,
    absent: NullBuffer,
}

impl Shared {
    fn of(rows: usize) -> Shared {
        Shared { zeros: Buffer::from_vec(vec![0i64; rows + 1]), absent: NullBuffer::new_null(rows) }
    }
}

/// One bit a value, set where `is_there` says so; gathered by words of 64.
fn bits<T: Copy>(values: &[T], is_there: impl Fn(T) -> bool) -> BooleanBuffer {
    let words: Vec<u64> = values
        .chunks(64)
        .map(|chunk| {
            chunk.iter().enumerate().fold(0, |word, (bit, value)| word | u64::from(is_there(*value)) << bit)
        })
        .collect();
    BooleanBuffer::new(Buffer::from_vec(words), 0, values.len())
}

fn numbers<T>(values: &[T::Native], shared: &Shared) -> PrimitiveArray<T>
where
    T: ArrowPrimitiveType,
    T::Native: Absent,
{
    if values.iter().all(|value| value.is_absent()) {
        let zeros = ScalarBuffer::new(shared.zeros.clone(), 0, values.len());
        return PrimitiveArray::new(zeros, Some(shared.absent.clone()));
    }
    let nulls = values
        .iter()
        .any(|value| value.is_absent())
        .then(|| NullBuffer::new(bits(values, |value| !value.is_absent())));
    PrimitiveArray::new(ScalarBuffer::from(values.to_vec()), nulls)
}

/// The array of one column of the model.
pub fn array(kind: ColumnType, values: Values<'_>) -> ArrayRef {
    let rows = values.rows();
    array_of(kind, values, &Shared::of(rows))
}

fn array_of(kind: ColumnType, values: Values<'_>, shared: &Shared) -> ArrayRef {
    match values {
        Values::Int16(values) => Arc::new(numbers::<Int16Type>(values, shared)),
        Values::Int32(values) => Arc::new(numbers::<Int32Type>(values, shared)),
        Values::Int64(values) => match kind {
            ColumnType::Timestamp => Arc::new(
                PrimitiveArray::<TimestampMicrosecondType>::new(ScalarBuffer::from(values.to_vec()), None)
                    .with_timezone("UTC"),
            ),
            _ => Arc::new(numbers::<Int64Type>(values, shared)),
        },
        Values::Bytes(values) => byte_array(kind, values, shared),
        Values::Words(words) => Arc::new(word_array(words)),
    }
}

fn byte_array(kind: ColumnType, values: &BytesColumn, shared: &Shared) -> ArrayRef {
    let (data, ends) = values.raw();
    if data.is_empty() {
        let offsets = OffsetBuffer::new(ScalarBuffer::new(shared.zeros.clone(), 0, ends.len() + 1));
        let (data, absent) = (Buffer::from_vec(Vec::<u8>::new()), Some(shared.absent.clone()));
        return match kind {
            ColumnType::Text => Arc::new(StringArray::new(offsets, data, absent)),
            _ => Arc::new(BinaryArray::new(offsets, data, absent)),
        };
    }
    let mut offsets = Vec::with_capacity(ends.len() + 1);
    offsets.push(0i32);
    offsets.extend(ends.iter().map(|end| *end as i32));
    let present: NullBuffer = offsets.windows(2).map(|pair| pair[0] < pair[1]).collect();
    let present = (present.null_count() > 0).then_some(present);
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    let data = Buffer::from_vec(data.to_vec());
    match kind {
        ColumnType::Text => match StringArray::try_new(offsets.clone(), data.clone(), present.clone()) {
            Ok(text) => Arc::new(text),
            // Whoever fills a text column keeps it UTF-8; a mistake there must not lose the packet.
            Err(_) => {
                let bytes = BinaryArray::new(offsets, data, present);
                Arc::new(bytes.iter().map(|text| text.map(String::from_utf8_lossy)).collect::<StringArray>())
            }
        },
        _ => Arc::new(BinaryArray::new(offsets, data, present)),
    }
}

/// Words of a list that are worth copying for a block that uses a few of them.
const WORDS_COPIED_MAX: usize = 256;

/// A dictionary array over the words of the block; the empty word, code 0, is null.
fn word_array(words: &WordColumn) -> DictionaryArray<arrow::datatypes::UInt16Type> {
    let is_absent = words.codes.contains(&0);
    let present = is_absent.then(|| NullBuffer::new(bits(&words.codes, |code| code != 0)));
    if words.words().len() <= WORDS_COPIED_MAX {
        let keys = UInt16Array::new(ScalarBuffer::from(words.codes.clone()), present);
        return DictionaryArray::new(keys, Arc::new(StringArray::from_iter_values(words.words())));
    }
    // The list grows with every input; only the block's own words go along.
    let mut places: Vec<Option<u16>> = vec![None; words.words().len()];
    let mut used: Vec<&str> = Vec::new();
    let keys: Vec<u16> = words
        .codes
        .iter()
        .map(|code| {
            *places[usize::from(*code)].get_or_insert_with(|| {
                used.push(&words.words()[usize::from(*code)]);
                (used.len() - 1) as u16
            })
        })
        .collect();
    let keys = UInt16Array::new(ScalarBuffer::from(keys), present);
    DictionaryArray::new(keys, Arc::new(StringArray::from_iter_values(used)))
}

/// A batch of the table of packets, in the writer's types; packets are written without it.
#[cfg(test)]
pub(crate) fn to_batch(
    columns: &PacketColumns,
    schema: &arrow::datatypes::SchemaRef,
) -> Result<RecordBatch, StoreError> {
    let shared = Shared::of(columns.rows());
    let arrays = COLUMNS
        .iter()
        .zip(columns.all())
        .map(|(column, values)| array_of(column.kind, values, &shared))
        .collect();
    Ok(RecordBatch::try_new(schema.clone(), arrays)?)
}

/// Packet columns from a batch in the reader's types; columns that the batch lacks are absent.
pub fn from_batch(batch: &RecordBatch, columns: &mut PacketColumns) -> Result<(), StoreError> {
    columns.reset(batch.num_rows());
    let fields: HashMap<&str, ArrayRef> = batch
        .schema_ref()
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, array)| {
            (model::columns::find(field.name()).map_or("", |column| column.name), array.clone())
        })
        .collect();
    fill(columns, &fields)?;
    columns.finish();
    Ok(())
}

fn wrong(name: &str) -> StoreError {
    StoreError::Damaged {
        what: format!("column {name}"),
        why: "its type is not the declared one".to_string(),
    }
}

pub(crate) fn fill_numbers<T: ArrowPrimitiveType>(
    name: &str,
    array: &ArrayRef,
    out: &mut [T::Native],
) -> Result<(), StoreError> {
    let array = array.as_primitive_opt::<T>().ok_or_else(|| wrong(name))?;
    for (row, out) in out.iter_mut().enumerate() {
        if array.is_valid(row) {
            *out = array.value(row);
        }
    }
    Ok(())
}

pub(crate) fn fill_bytes(name: &str, array: &ArrayRef, out: &mut BytesColumn) -> Result<(), StoreError> {
    let binary;
    let array = match array.as_string_opt::<i32>() {
        Some(text) => {
            binary = BinaryArray::from(text.clone());
            &binary
        }
        None => array.as_binary_opt::<i32>().ok_or_else(|| wrong(name))?,
    };
    for row in 0..array.len() {
        if array.is_valid(row) && !array.value(row).is_empty() {
            out.set(row, array.value(row));
        }
    }
    Ok(())
}

pub(crate) fn fill_words(name: &str, array: &ArrayRef, out: &mut WordColumn) -> Result<(), StoreError> {
    if let Some(words) = array.as_dictionary_opt::<Int32Type>() {
        let list = words.values().as_string_opt::<i32>().ok_or_else(|| wrong(name))?;
        let codes: Vec<u16> = list.iter().map(|word| out.code(word.unwrap_or_default())).collect();
        for (row, key) in words.keys_iter().enumerate() {
            if let Some(key) = key {
                out.codes[row] = codes[key];
            }
        }
        return Ok(());
    }
    let array = array.as_string_opt::<i32>().ok_or_else(|| wrong(name))?;
    for row in 0..array.len() {
        if array.is_valid(row) {
            out.codes[row] = out.code(array.value(row));
        }
    }
    Ok(())
}

fn fill(columns: &mut PacketColumns, fields: &HashMap<&str, ArrayRef>) -> Result<(), StoreError> {
    use model::values::ValuesMut;
    for column in COLUMNS {
        let Some(array) = fields.get(column.name) else { continue };
        match columns.by_name_mut(column.name) {
            Some(ValuesMut::Int16(out)) => fill_numbers::<Int16Type>(column.name, array, out)?,
            Some(ValuesMut::Int32(out)) => fill_numbers::<Int32Type>(column.name, array, out)?,
            Some(ValuesMut::Int64(out)) if column.kind == ColumnType::Timestamp => {
                fill_numbers::<TimestampMicrosecondType>(column.name, array, out)?;
            }
            Some(ValuesMut::Int64(out)) => fill_numbers::<Int64Type>(column.name, array, out)?,
            Some(ValuesMut::Bytes(out)) => fill_bytes(column.name, array, out)?,
            Some(ValuesMut::Words(out)) => fill_words(column.name, array, out)?,
            None => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{schema, table};

    #[test]
    fn a_block_comes_back_as_it_went_in() {
        let packets = table::find(table::PACKETS).expect("the table of packets");
        let mut columns = PacketColumns::default();
        columns.reset(3);
        columns.ts[1] = 1_396_310_400_000_000;
        columns.src_port[0] = 6000;
        columns.class.codes[2] = columns.class.code("scan-syn");
        columns.payload.set(1, b"\x00\xff");
        columns.dns_name.set(2, b"www.example.com");
        columns.finish();
        let batch = to_batch(&columns, &schema::write_schema(&packets)).expect("a batch");
        let read = batch
            .columns()
            .iter()
            .zip(schema::read_schema(&packets).fields())
            .map(|(array, field)| arrow::compute::cast(array, field.data_type()).expect("a cast"))
            .collect();
        let batch = RecordBatch::try_new(schema::read_schema(&packets), read).expect("a batch");
        let mut back = PacketColumns::default();
        from_batch(&batch, &mut back).expect("columns");
        assert_eq!(back.src_port, columns.src_port);
        assert_eq!(back.ts, columns.ts);
        assert_eq!(back.class.get(2), Some("scan-syn"));
        assert_eq!(back.payload.get(1), b"\x00\xff");
        assert_eq!(
            (back.dns_name.get(2), back.dns_name.get(0)),
            (b"www.example.com".as_slice(), b"".as_slice())
        );
        assert_eq!(batch.column_by_name("src_port").expect("a column").null_count(), 2);
    }
}
