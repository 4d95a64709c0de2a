//! One column of a part: takes values, gives a column chunk a row group.
//!
//! Absent values go no further than here: what they leave is a bit in the levels, and the others are handed on
//! without gaps.

use std::ops::Range;

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::{BooleanBuffer, Buffer};
use bytes::Bytes;
use model::column::ColumnType;
use model::values::{BytesColumn, Values, WordColumn};
use parquet::basic::{Compression, Encoding, Type, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;
use teiten_model as model;

use super::Form;
use super::numbers::{Number, Numbers};
use super::page::{self, Packer, Packing};
use super::present::{self, Presence};
use super::texts::Texts;
use crate::error::StoreError;

enum Pages {
    Numbers(Numbers),
    Texts(Texts),
}

/// A column in the making.
pub(super) struct ColumnEncoder {
    descr: ColumnDescPtr,
    kind: ColumnType,
    values: Pages,
    present: BooleanBufferBuilder,
    page_nulls: usize,
    rows: usize,
    nulls: usize,
    pages: Vec<u8>,
    uncompressed: usize,
    encodings: Vec<i32>,
    /// How the chunk is compressed, once its first page was.
    packing: Option<Packing>,
    body: Vec<u8>,
}

impl ColumnEncoder {
    pub(super) fn new(descr: ColumnDescPtr, kind: ColumnType, form: Form, has_bounds: bool) -> ColumnEncoder {
        let values = match descr.physical_type() {
            Type::INT32 => Pages::Numbers(Numbers::new(4, form, has_bounds)),
            Type::INT64 => Pages::Numbers(Numbers::new(8, form, has_bounds)),
            _ => Pages::Texts(Texts::new(form)),
        };
        ColumnEncoder {
            descr,
            kind,
            values,
            present: BooleanBufferBuilder::new(0),
            page_nulls: 0,
            rows: 0,
            nulls: 0,
            pages: Vec::new(),
            uncompressed: 0,
            encodings: Vec::new(),
            packing: None,
            body: Vec::new(),
        }
    }

    /// Adds rows of values of the column's type.
    pub(super) fn append(
        &mut self,
        values: &Values<'_>,
        rows: Range<usize>,
        packer: &mut Packer,
    ) -> Result<(), StoreError> {
        self.rows += rows.len();
        match values {
            Values::Int16(values) => self.add_numbers(&values[rows]),
            Values::Int32(values) => self.add_numbers(&values[rows]),
            Values::Int64(values) => self.add_numbers(&values[rows]),
            Values::Bytes(values) => self.add_bytes(values, rows),
            Values::Words(words) => self.add_words(words, rows),
        }
        if self.page_bytes() >= packer.page_bytes_max {
            self.close_page(packer)?;
        }
        Ok(())
    }

    fn note(&mut self, presence: Presence, rows: usize) {
        self.page_nulls += presence.n_absent(rows);
        match presence {
            Presence::All => self.present.append_n(rows, true),
            Presence::None => self.present.append_n(rows, false),
            Presence::Some(words) => {
                self.present.append_buffer(&BooleanBuffer::new(Buffer::from_vec(words), 0, rows));
            }
        }
    }

    fn add_numbers<T: Number + Default + From<i8>>(&mut self, values: &[T]) {
        // Every moment is a time; of other numbers -1 is none.
        let presence = match self.kind {
            ColumnType::Timestamp => Presence::All,
            _ => present::of(values, |value| value != T::from(-1)),
        };
        let Pages::Numbers(numbers) = &mut self.values else { unreachable!("a column of numbers") };
        match &presence {
            Presence::All => numbers.add(values),
            Presence::None => {}
            Presence::Some(words) => numbers.add(&present::only(values, words)),
        }
        self.note(presence, values.len());
    }

    fn add_words(&mut self, words: &WordColumn, rows: Range<usize>) {
        let codes = &words.codes[rows];
        let presence = present::of(codes, |code| code != 0);
        let Pages::Texts(texts) = &mut self.values else { unreachable!("a column of words") };
        let word = |code: u16| words.words()[usize::from(code)].as_bytes();
        match &presence {
            Presence::All => texts.add_words(codes, word),
            Presence::None => {}
            Presence::Some(bits) => texts.add_words(&present::only(codes, bits), word),
        }
        self.note(presence, codes.len());
    }

    fn add_bytes(&mut self, values: &BytesColumn, rows: Range<usize>) {
        let presence = present::of_bytes(values, rows.clone());
        let Pages::Texts(texts) = &mut self.values else { unreachable!("a column of byte strings") };
        let is_text = self.kind == ColumnType::Text;
        let mut add = |row| {
            let value = values.get(row);
            // Whoever fills a text column keeps it UTF-8; a mistake there must not lose the packet.
            if is_text && str::from_utf8(value).is_err() {
                texts.add(String::from_utf8_lossy(value).as_bytes());
            } else {
                texts.add(value);
            }
        };
        match &presence {
            Presence::All => rows.clone().for_each(&mut add),
            Presence::None => {}
            Presence::Some(words) => present::places(words).for_each(|place| add(rows.start + place)),
        }
        self.note(presence, rows.len());
    }

    /// Bytes of the values of the page under way.
    pub(super) fn page_bytes(&self) -> usize {
        match &self.values {
            Pages::Numbers(numbers) => numbers.page_bytes(),
            Pages::Texts(texts) => texts.page_bytes(),
        }
    }

    fn close_page(&mut self, packer: &mut Packer) -> Result<(), StoreError> {
        let rows = self.present.len();
        if rows == 0 {
            return Ok(());
        }
        self.body.clear();
        page::levels(&mut self.body, self.present.as_slice(), rows, self.page_nulls);
        let encoding = match &mut self.values {
            Pages::Numbers(numbers) => numbers.write_page(&mut self.body),
            Pages::Texts(texts) => texts.write_page(&mut self.body),
        };
        self.uncompressed +=
            page::data_page(&mut self.pages, &self.body, rows, encoding, (packer, &mut self.packing))?;
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
            Pages::Numbers(numbers) => numbers.held_bytes(),
            Pages::Texts(texts) => texts.held_bytes(),
        };
        self.pages.capacity() + self.body.capacity() + self.present.capacity() / 8 + held
    }

    /// Size of the chunk so far, in bytes; what is not yet compressed counts half.
    pub(super) fn size_bytes(&self) -> usize {
        self.pages.len() + self.page_bytes() / 2
    }

    /// Closes the chunk, gives it with what the footer says of it, and begins the next.
    pub(super) fn finish(&mut self, packer: &mut Packer) -> Result<(Bytes, ColumnCloseResult), StoreError> {
        self.close_page(packer)?;
        let statistics = self.statistics();
        self.body.clear();
        let values = match &mut self.values {
            Pages::Numbers(numbers) => numbers.write_dictionary(&mut self.body),
            Pages::Texts(texts) => texts.write_dictionary(&mut self.body),
        };
        let mut chunk = Vec::with_capacity(self.pages.len() + self.body.len());
        if values > 0 {
            self.uncompressed +=
                page::dictionary_page(&mut chunk, &self.body, values, (packer, &mut self.packing))?;
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
        let compression = match self.packing.take() {
            Some(Packing::Plain) => Compression::UNCOMPRESSED,
            _ => Compression::ZSTD(ZstdLevel::try_new(page::FRESH_LEVEL)?),
        };
        let metadata = ColumnChunkMetaData::builder(self.descr.clone())
            .set_compression(compression)
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
            Pages::Numbers(numbers) => {
                let bounds = numbers.bounds();
                let (low, high) = (bounds.map(|bounds| bounds.0), bounds.map(|bounds| bounds.1));
                match self.descr.physical_type() {
                    Type::INT32 => {
                        Statistics::int32(low.map(|n| n as i32), high.map(|n| n as i32), None, nulls, false)
                    }
                    _ => Statistics::int64(low, high, None, nulls, false),
                }
            }
            Pages::Texts(texts) => {
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
