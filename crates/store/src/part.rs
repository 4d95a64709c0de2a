//! Writes one Parquet part: pages encoded column by column, one sealed byte string.
//!
//! The footer is the library's; pages are our own, because the general writer costs several times as
//! much (docs/performance.md): it hashes every word of every row and copies each value twice. They are made from the
//! model's columns as they are, without Arrow between. Encodings follow docs/decisions/002-one-arrow.md: codes of a
//! dictionary where values are few; deltas for times and frame numbers, and for numbers of 16 and 32 bits that look
//! random, since a delta takes no more bits than these have; plain values for addresses; all under zstd, where
//! it makes them smaller.
//! The Arrow schema is not written into the file.
//!
//! **Invariant:** any reader of Parquet reads a part; what it reads is what was appended.

mod column;
mod encoder;
mod numbers;
mod page;
mod present;
pub(crate) mod sorted;
mod texts;

use std::slice;

use bytes::Bytes;
use model::column::{Column, ColumnType};
use model::values::Values;
use teiten_model as model;

use crate::error::StoreError;
use crate::table::TableDef;
use encoder::Encoder;
pub use page::Packer;

/// Rows of one row group.
const GROUP_ROWS_MAX: usize = 262_144;

/// A part is sealed when it holds about this many encoded bytes.
pub const PART_BYTES_MAX: usize = 96 << 20;

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Codes of a dictionary, as long as that pays.
    Dictionary,
    /// Codes of a dictionary, as long as values are few.
    Few,
    /// Plain values: many different ones, in no order.
    Scattered,
    /// Differences.
    Deltas,
}

impl Form {
    fn is_dictionary(self) -> bool {
        matches!(self, Form::Dictionary | Form::Few)
    }
}

/// Columns of many different, unordered values: a dictionary would only be tried and given up.
const SCATTERED: &[&str] = &["src", "quote_src", "quote_dst", "hash"];

/// Columns of few different values where few addresses are watched; where many are, codes would not pay.
const FEW: &[&str] = &["dst", "dst_public"];

/// Columns of which nobody asks for a range: no bounds are kept for them.
const WITHOUT_BOUNDS: &[&str] = &["ip_id", "tcp_seq", "tcp_ack", "icmp_id", "icmp_seq", "quote_id", "dns_id"];

/// Columns that ascend in time order; and numbers that look random, whose differences need a bit more than they.
const DELTAS: &[&str] = &[
    "ts",
    "frame",
    "at",
    "src_port",
    "ip_id",
    "tcp_seq",
    "icmp_id",
    "icmp_seq",
    "quote_id",
    "quote_src_port",
    "dns_id",
];

fn form_of(column: &Column) -> Form {
    match column.kind {
        _ if DELTAS.contains(&column.name) => Form::Deltas,
        _ if FEW.contains(&column.name) => Form::Few,
        _ if SCATTERED.contains(&column.name) => Form::Scattered,
        ColumnType::Bytes if column.name.ends_with("options") => Form::Dictionary,
        ColumnType::Bytes | ColumnType::Text | ColumnType::Address16 => Form::Scattered,
        _ => Form::Dictionary,
    }
}

/// A part in the making.
pub struct PartWriter {
    encoder: Encoder,
    rows: usize,
}

/// A finished part.
pub struct Part {
    /// The Parquet file, in pieces that follow one another.
    pub pieces: Vec<Bytes>,
    /// Its rows.
    pub rows: usize,
}

impl Part {
    /// Its size, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    /// The Parquet file in one piece.
    pub fn whole(&self) -> Bytes {
        Bytes::from(self.pieces.concat())
    }
}

impl PartWriter {
    /// A part of that table.
    pub fn new(table: &TableDef) -> Result<PartWriter, StoreError> {
        Ok(PartWriter { encoder: Encoder::new(table)?, rows: 0 })
    }

    /// Adds rows, given as the table's columns.
    pub fn append(&mut self, columns: &[Values<'_>], packer: &mut Packer) -> Result<(), StoreError> {
        self.append_shared(columns, slice::from_mut(packer), || {})
    }

    /// The same on a thread for each packer, which share the columns; the first does `beside` before.
    pub(crate) fn append_shared(
        &mut self,
        columns: &[Values<'_>],
        packers: &mut [Packer],
        beside: impl FnOnce() + Send,
    ) -> Result<(), StoreError> {
        self.rows += columns.first().map_or(0, Values::rows);
        self.encoder.append(columns, packers, beside)
    }

    /// Memory held by the part, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.encoder.memory_bytes()
    }

    /// Size of the part so far, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.encoder.size_bytes()
    }

    /// Closes the part.
    pub fn finish(self, packer: &mut Packer) -> Result<Part, StoreError> {
        self.finish_shared(slice::from_mut(packer))
    }

    /// The same on a thread for each packer.
    pub(crate) fn finish_shared(self, packers: &mut [Packer]) -> Result<Part, StoreError> {
        Ok(Part { pieces: self.encoder.finish(packers)?, rows: self.rows })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
    use arrow::datatypes::{DataType, Int64Type};
    use model::columns::PacketColumns;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;
    use crate::{rows, schema, table};

    /// A number that looks random and is the same in every run.
    fn mixed(number: usize) -> i64 {
        (crate::distinct::hash(number as u64) >> 1) as i64
    }

    /// Columns of every shape: constant, few, many, absent in part, absent in runs, ascending and not.
    fn block(first: usize, n: usize, spread: i64) -> PacketColumns {
        let mut columns = PacketColumns::default();
        columns.reset(n);
        let words: Vec<u16> = (0..700).map(|word| columns.tags.code(&format!("tag-{word}"))).collect();
        let sensor = columns.sensor.code("tokyo-01");
        columns.sensor.codes.fill(sensor);
        for row in 0..n {
            let number = first + row;
            columns.ts[row] = 1_396_310_400_000_000 + number as i64 * 17 - mixed(number) % 3;
            columns.frame[row] = number as i64 + 1;
            columns.src[row] = mixed(number) & 0xffff_ffff;
            columns.dst[row] = mixed(number) % (spread * 7);
            columns.tcp_seq[row] =
                if number.is_multiple_of(4) { -1 } else { mixed(number + 1) & 0xffff_ffff };
            columns.src_port[row] = (mixed(number + 2) % 65_536) as i32;
            columns.dst_port[row] = (mixed(number + 3) % 70_000) as i32 - 1;
            columns.ip_id[row] = if number % 300 < 100 { -1 } else { (mixed(number + 4) % 65_536) as i32 };
            columns.tcp_window[row] = (mixed(number) % spread) as i32;
            columns.ttl[row] = (mixed(number) % 3) as i16 - 1;
            columns.tcp_ack[row] = if number % 20_000 < 9_000 { -1 } else { mixed(number) % spread };
            columns.ip_proto[row] = [6, 6, 17, 1][number % 4];
            columns.tags.codes[row] =
                if number.is_multiple_of(5) { 0 } else { words[number % (spread as usize).min(700)] };
            if number.is_multiple_of(3) {
                columns.tcp_options.set(row, &mixed(number).to_le_bytes()[..number % 9]);
                columns.payload.set(row, &[number as u8; 200][..number % 200]);
            }
            if number.is_multiple_of(7) {
                columns.dns_name.set(row, format!("{}.example.com", number % 11).as_bytes());
            }
        }
        columns.finish();
        columns
    }

    fn read(bytes: &[u8]) -> Vec<ArrayRef> {
        let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::copy_from_slice(bytes)).expect("a file");
        let batches: Vec<RecordBatch> = reader
            .with_batch_size(1 << 20)
            .build()
            .expect("a reader")
            .map(|batch| batch.expect("rows"))
            .collect();
        let schema = batches[0].schema();
        let whole = arrow::compute::concat_batches(&schema, &batches).expect("one schema");
        whole.columns().to_vec()
    }

    #[test]
    fn a_part_is_read_as_it_was_written_whatever_its_columns_hold() {
        let packets = table::find(table::PACKETS).expect("the table of packets");
        let (write, read_as) = (schema::write_schema(&packets), schema::read_schema(&packets));
        for (blocks, spread) in [(&[1][..], 1), (&[0, 5, 8192, 1], 40), (&[8192, 300_000, 77], 90_000)] {
            let (mut part, mut packer) = (PartWriter::new(&packets).expect("a part"), Packer::default());
            let mut batches = Vec::new();
            let mut first = 0;
            for n in blocks {
                let columns = block(first, *n, spread);
                part.append(&columns.all(), &mut packer).expect("rows");
                let batch = rows::to_batch(&columns, &write).expect("a batch");
                first += n;
                let read: Vec<ArrayRef> = batch
                    .columns()
                    .iter()
                    .zip(read_as.fields())
                    .map(|(array, field)| arrow::compute::cast(array, field.data_type()).expect("a cast"))
                    .collect();
                batches.push(RecordBatch::try_new(Arc::clone(&read_as), read).expect("a batch"));
            }
            let whole = arrow::compute::concat_batches(&read_as, &batches).expect("one schema");
            let part = part.finish(&mut packer).expect("a file");
            assert_eq!(part.rows, first);
            for ((was, is), column) in whole.columns().iter().zip(read(&part.whole())).zip(&packets.columns) {
                assert_eq!(was, &is, "column {}", column.name);
            }
        }
    }

    #[test]
    fn a_part_has_the_same_bytes_whether_one_thread_makes_it_or_two() {
        let packets = table::find(table::PACKETS).expect("the table of packets");
        let (mut alone, mut packer) = (PartWriter::new(&packets).expect("a part"), Packer::default());
        let mut shared = PartWriter::new(&packets).expect("a part");
        let mut packers = [Packer::default(), Packer::default()];
        let (mut first, mut done) = (0, 0);
        for n in [5, 8192, 300_000, 0, 77] {
            let columns = block(first, n, 40);
            alone.append(&columns.all(), &mut packer).expect("rows");
            shared.append_shared(&columns.all(), &mut packers, || done += 1).expect("rows");
            first += n;
        }
        assert_eq!(done, 5, "what is done beside is done once a block");
        let alone = alone.finish(&mut packer).expect("a file");
        let shared = shared.finish_shared(&mut packers).expect("a file");
        assert!(alone.rows == shared.rows && alone.whole() == shared.whole());
    }

    #[test]
    fn bounds_hold_every_value_and_counts_of_absent_ones_are_right() {
        let packets = table::find(table::PACKETS).expect("the table of packets");
        let write = schema::write_schema(&packets);
        let (mut part, mut packer) = (PartWriter::new(&packets).expect("a part"), Packer::default());
        for first in [0, 150_000] {
            part.append(&block(first, 150_000, 90_000).all(), &mut packer).expect("rows");
        }
        let bytes = part.finish(&mut packer).expect("a file").whole();
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).expect("a file");
        let metadata = Arc::clone(reader.metadata());
        assert_eq!(metadata.num_row_groups(), 2);
        let batch = rows::to_batch(&block(0, 300_000, 90_000), &write).expect("a batch");
        let mut first = 0;
        for group in metadata.row_groups() {
            let rows = group.num_rows() as usize;
            for (chunk, array) in group.columns().iter().zip(batch.columns()) {
                let array = array.slice(first, rows);
                let statistics = chunk.statistics().expect("statistics");
                assert_eq!(
                    statistics.null_count_opt(),
                    Some(array.null_count() as u64),
                    "{}",
                    chunk.column_path()
                );
                if array.data_type() == &DataType::Int64
                    && let parquet::file::statistics::Statistics::Int64(bounds) = statistics
                    && let Some((low, high)) = bounds.min_opt().zip(bounds.max_opt())
                {
                    let values = array.as_primitive::<Int64Type>();
                    assert_eq!(Some(*low), arrow::compute::min(values), "{}", chunk.column_path());
                    assert_eq!(Some(*high), arrow::compute::max(values), "{}", chunk.column_path());
                }
            }
            first += rows;
        }
    }
}
