//! One column of a part: takes arrays, gives a column chunk a row group.

use arrow::array::{Array, AsArray, BooleanBufferBuilder};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt16Type};
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, Type, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::Form;
use super::numbers::Numbers;
use super::page;
use super::texts::Texts;
use crate::error::StoreError;

/// A page is closed when its values take about this much, in bytes.
const PAGE_BYTES_MAX: usize = 1 << 20;

enum Values {
    Numbers(Numbers),
    Texts(Texts),
}

/// A column in the making.
pub(super) struct ColumnEncoder {
    descr: ColumnDescPtr,
    values: Values,
    present: BooleanBufferBuilder,
    page_nulls: usize,
    rows: usize,
    nulls: usize,
    pages: Vec<u8>,
    uncompressed: usize,
    encodings: Vec<i32>,
    body: Vec<u8>,
}

fn wrong(descr: &ColumnDescPtr, found: &DataType) -> StoreError {
    StoreError::Damaged {
        what: format!("column {}", descr.name()),
        why: format!("{found} cannot be written"),
    }
}

/// Calls with the rows that are there.
macro_rules! each_present {
    ($nulls:expr, $len:expr, $row:ident => $value:expr, $take:expr) => {
        match $nulls {
            None => $take(&mut (0..$len).map(|$row| $value)),
            Some(nulls) => $take(&mut nulls.valid_indices().map(|$row| $value)),
        }
    };
}

fn add_numbers<T: Copy + Into<i64>>(numbers: &mut Numbers, values: &[T], nulls: Option<&NullBuffer>) {
    match nulls {
        None => numbers.add(values.iter().copied()),
        Some(nulls) => numbers.add(nulls.valid_indices().map(|row| values[row])),
    }
}

impl ColumnEncoder {
    pub(super) fn new(descr: ColumnDescPtr, form: Form, has_bounds: bool) -> ColumnEncoder {
        let values = match descr.physical_type() {
            Type::INT32 => Values::Numbers(Numbers::new(4, form, has_bounds)),
            Type::INT64 => Values::Numbers(Numbers::new(8, form, has_bounds)),
            _ => Values::Texts(Texts::new(form)),
        };
        ColumnEncoder {
            descr,
            values,
            present: BooleanBufferBuilder::new(0),
            page_nulls: 0,
            rows: 0,
            nulls: 0,
            pages: Vec::new(),
            uncompressed: 0,
            encodings: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds the rows of an array of the column's type.
    pub(super) fn append(&mut self, array: &dyn Array) -> Result<(), StoreError> {
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        match nulls {
            None => self.present.append_n(array.len(), true),
            Some(nulls) if nulls.null_count() == array.len() => self.present.append_n(array.len(), false),
            Some(nulls) => self.present.append_buffer(nulls.inner()),
        }
        self.rows += array.len();
        self.page_nulls += nulls.map_or(0, NullBuffer::null_count);
        self.add(array, nulls)?;
        if self.page_bytes() >= PAGE_BYTES_MAX {
            self.close_page()?;
        }
        Ok(())
    }

    fn add(&mut self, array: &dyn Array, nulls: Option<&NullBuffer>) -> Result<(), StoreError> {
        if nulls.is_some_and(|nulls| nulls.null_count() == array.len()) {
            return Ok(());
        }
        match (&mut self.values, array.data_type()) {
            (Values::Numbers(numbers), DataType::Int16) => {
                add_numbers(numbers, array.as_primitive::<Int16Type>().values(), nulls);
            }
            (Values::Numbers(numbers), DataType::Int32) => {
                add_numbers(numbers, array.as_primitive::<Int32Type>().values(), nulls);
            }
            (Values::Numbers(numbers), DataType::Int64) => {
                add_numbers(numbers, array.as_primitive::<Int64Type>().values(), nulls);
            }
            (Values::Numbers(numbers), DataType::Timestamp(_, _)) => {
                add_numbers(numbers, array.as_primitive::<TimestampMicrosecondType>().values(), nulls);
            }
            (Values::Texts(texts), DataType::Dictionary(_, _)) => {
                let words = array.as_dictionary_opt::<UInt16Type>();
                let Some((words, values)) =
                    words.and_then(|words| Some((words, words.values().as_string_opt::<i32>()?)))
                else {
                    return Err(wrong(&self.descr, array.data_type()));
                };
                let keys = words.keys().values();
                let word = |key: u16| values.value(usize::from(key)).as_bytes();
                match nulls {
                    None => texts.add_words(keys.iter().copied(), word),
                    Some(nulls) => texts.add_words(nulls.valid_indices().map(|row| keys[row]), word),
                }
            }
            (Values::Texts(texts), DataType::Utf8) => {
                let values = array.as_string::<i32>();
                each_present!(nulls, array.len(), row => values.value(row).as_bytes(), |values: &mut dyn Iterator<Item = &[u8]>| {
                    for value in values {
                        texts.add(value);
                    }
                });
            }
            (Values::Texts(texts), DataType::Binary) => {
                let values = array.as_binary::<i32>();
                each_present!(nulls, array.len(), row => values.value(row), |values: &mut dyn Iterator<Item = &[u8]>| {
                    for value in values {
                        texts.add(value);
                    }
                });
            }
            (_, found) => return Err(wrong(&self.descr, found)),
        }
        Ok(())
    }

    fn page_bytes(&self) -> usize {
        match &self.values {
            Values::Numbers(numbers) => numbers.page_bytes(),
            Values::Texts(texts) => texts.page_bytes(),
        }
    }

    fn close_page(&mut self) -> Result<(), StoreError> {
        let rows = self.present.len();
        if rows == 0 {
            return Ok(());
        }
        self.body.clear();
        page::levels(&mut self.body, self.present.as_slice(), rows, self.page_nulls);
        let encoding = match &mut self.values {
            Values::Numbers(numbers) => numbers.write_page(&mut self.body),
            Values::Texts(texts) => texts.write_page(&mut self.body),
        };
        self.uncompressed += page::data_page(&mut self.pages, &self.body, rows, encoding)?;
        if !self.encodings.contains(&encoding) {
            self.encodings.push(encoding);
        }
        self.present = BooleanBufferBuilder::new(0);
        self.nulls += std::mem::take(&mut self.page_nulls);
        Ok(())
    }

    /// Memory held, in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        let held = match &self.values {
            Values::Numbers(numbers) => numbers.held_bytes(),
            Values::Texts(texts) => texts.held_bytes(),
        };
        self.pages.len() + self.body.capacity() + self.present.capacity() / 8 + held
    }

    /// Size of the chunk so far, in bytes; what is not yet compressed counts half.
    pub(super) fn size_bytes(&self) -> usize {
        self.pages.len() + self.page_bytes() / 2
    }

    /// Closes the chunk, gives it with what the footer says of it, and begins the next.
    pub(super) fn finish(&mut self) -> Result<(Bytes, ColumnCloseResult), StoreError> {
        self.close_page()?;
        let statistics = self.statistics();
        self.body.clear();
        let values = match &mut self.values {
            Values::Numbers(numbers) => numbers.write_dictionary(&mut self.body),
            Values::Texts(texts) => texts.write_dictionary(&mut self.body),
        };
        let mut chunk = Vec::new();
        if values > 0 {
            self.uncompressed += page::dictionary_page(&mut chunk, &self.body, values)?;
        }
        let dictionary_bytes = chunk.len();
        chunk.extend_from_slice(&self.pages);
        self.pages.clear();
        let mut encodings = vec![Encoding::RLE];
        encodings.extend(self.encodings.iter().map(|encoding| match *encoding {
            page::RLE_DICTIONARY => Encoding::RLE_DICTIONARY,
            page::DELTA_BINARY_PACKED => Encoding::DELTA_BINARY_PACKED,
            _ => Encoding::PLAIN,
        }));
        if values > 0 && !encodings.contains(&Encoding::PLAIN) {
            encodings.push(Encoding::PLAIN);
        }
        let metadata = ColumnChunkMetaData::builder(self.descr.clone())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(page::ZSTD_LEVEL)?))
            .set_encodings(encodings)
            .set_total_compressed_size(chunk.len() as i64)
            .set_total_uncompressed_size(self.uncompressed as i64)
            .set_num_values(self.rows as i64)
            .set_data_page_offset(dictionary_bytes as i64)
            .set_dictionary_page_offset((values > 0).then_some(0))
            .set_statistics(statistics)
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: chunk.len() as u64,
            rows_written: self.rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        (self.rows, self.nulls, self.uncompressed) = (0, 0, 0);
        self.encodings.clear();
        Ok((Bytes::from(chunk), close))
    }

    fn statistics(&mut self) -> Statistics {
        let nulls = Some(self.nulls as u64);
        match &mut self.values {
            Values::Numbers(numbers) => {
                let bounds = numbers.bounds();
                let (low, high) = (bounds.map(|bounds| bounds.0), bounds.map(|bounds| bounds.1));
                match self.descr.physical_type() {
                    Type::INT32 => {
                        Statistics::int32(low.map(|n| n as i32), high.map(|n| n as i32), None, nulls, false)
                    }
                    _ => Statistics::int64(low, high, None, nulls, false),
                }
            }
            Values::Texts(texts) => {
                let (low, high) = texts.take_bounds().unzip();
                Statistics::byte_array(
                    low.map(ByteArray::from),
                    high.map(ByteArray::from),
                    None,
                    nulls,
                    false,
                )
            }
        }
    }
}
