//! Writes one Parquet part: pages encoded column by column, one sealed byte string.
//!
//! The footer is the library's; pages are our own, because the general writer costs several times as
//! much (docs/performance.md): it hashes every word of every row and copies each value twice. Encodings
//! follow docs/decisions/002-one-arrow.md: codes of a dictionary where values are few, deltas for times
//! and frame numbers, plain values for addresses and numbers that look random, all under zstd.
//! The Arrow schema is not written into the file.
//!
//! **Invariant:** any reader of Parquet reads a part; what it reads is what was appended.

mod column;
mod encoder;
mod numbers;
mod page;
mod texts;

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use model::column::{Column, ColumnType};
use teiten_model as model;

use crate::error::StoreError;
use crate::table::TableDef;
use encoder::Encoder;

/// Rows of one row group.
const GROUP_ROWS_MAX: usize = 262_144;

/// A part is sealed when it holds about this many encoded bytes.
pub const PART_BYTES_MAX: usize = 96 << 20;

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Codes of a dictionary, as long as that pays.
    Dictionary,
    /// Plain values: many different ones, in no order.
    Scattered,
    /// Differences: they ascend in time order.
    Ascending,
}

/// Columns of many different, unordered values: a dictionary would only be tried and given up.
const SCATTERED: &[&str] = &[
    "src",
    "dst",
    "dst_public",
    "src_port",
    "ip_id",
    "tcp_seq",
    "icmp_id",
    "icmp_seq",
    "quote_src",
    "quote_dst",
    "quote_id",
    "quote_src_port",
    "dns_id",
    "hash",
];

/// Columns of which nobody asks for a range: no bounds are kept for them.
const WITHOUT_BOUNDS: &[&str] = &["ip_id", "tcp_seq", "tcp_ack", "icmp_id", "icmp_seq", "quote_id", "dns_id"];

/// Columns that ascend in time order.
const ASCENDING: &[&str] = &["ts", "frame", "at"];

fn form_of(column: &Column) -> Form {
    match column.kind {
        _ if ASCENDING.contains(&column.name) => Form::Ascending,
        _ if SCATTERED.contains(&column.name) => Form::Scattered,
        ColumnType::Bytes if column.name.ends_with("options") => Form::Dictionary,
        ColumnType::Bytes | ColumnType::Text | ColumnType::Address16 => Form::Scattered,
        _ => Form::Dictionary,
    }
}

/// What a part takes so far.
#[derive(Debug, Clone, Copy, Default)]
struct Usage {
    memory_bytes: usize,
    size_bytes: usize,
}

/// A part in the making; it is encoded on a thread of its own, one batch behind the caller.
pub struct PartWriter {
    batches: SyncSender<RecordBatch>,
    done: Receiver<Usage>,
    encoding: JoinHandle<Result<Option<Vec<u8>>, StoreError>>,
    is_finished: SyncSender<()>,
    is_under_way: bool,
    usage: Usage,
    rows: usize,
}

/// A finished part.
pub struct Part {
    /// The Parquet file.
    pub bytes: Vec<u8>,
    /// Its rows.
    pub rows: usize,
}

/// Encodes batches until there are no more; `None` when the part was given up instead of finished.
fn encode(
    mut encoder: Encoder,
    batches: &Receiver<RecordBatch>,
    done: &SyncSender<Usage>,
    is_finished: &Receiver<()>,
) -> Result<Option<Vec<u8>>, StoreError> {
    for batch in batches {
        let usage = encoder.append(&batch)?;
        if done.send(usage).is_err() {
            return Ok(None);
        }
    }
    is_finished.try_recv().ok().map(|()| encoder.finish()).transpose()
}

impl PartWriter {
    /// A part of that table; `schema` is the writer's.
    pub fn new(table: &TableDef, schema: &SchemaRef) -> Result<PartWriter, StoreError> {
        let encoder = Encoder::new(table, schema)?;
        let (give, batches) = sync_channel(1);
        let (tell, done) = sync_channel(1);
        let (finish, is_finished) = sync_channel(1);
        let encoding = std::thread::Builder::new()
            .name("encoding".to_string())
            .spawn(move || encode(encoder, &batches, &tell, &is_finished))
            .map_err(|source| StoreError::File { what: "starting a thread".to_string(), source })?;
        Ok(PartWriter {
            batches: give,
            done,
            encoding,
            is_finished: finish,
            is_under_way: false,
            usage: Usage::default(),
            rows: 0,
        })
    }

    /// Adds rows; a failure may show with the next rows, or when the part is closed.
    pub fn append(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        // Waiting for the batch before keeps what is known of the size the same in every run.
        self.wait();
        self.rows += batch.num_rows();
        // A thread that has ended tells why when the part is closed.
        self.is_under_way = self.batches.send(batch.clone()).is_ok();
        Ok(())
    }

    /// Waits until all rows given so far are encoded.
    pub fn wait(&mut self) {
        if self.is_under_way {
            self.usage = self.done.recv().unwrap_or(Usage { size_bytes: usize::MAX, ..self.usage });
            self.is_under_way = false;
        }
    }

    /// Memory held by the part, the last batch not counted; in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.usage.memory_bytes
    }

    /// Size of the part so far, the last batch not counted; in bytes. A part that failed says that it is full.
    pub fn size_bytes(&self) -> usize {
        self.usage.size_bytes
    }

    /// Closes the part.
    pub fn finish(mut self) -> Result<Part, StoreError> {
        self.wait();
        // There is room for exactly this one.
        let _ = self.is_finished.try_send(());
        drop(self.batches);
        match self.encoding.join() {
            Ok(Ok(Some(bytes))) => Ok(Part { bytes, rows: self.rows }),
            Ok(Err(error)) => Err(error),
            Ok(Ok(None)) => unreachable!("the word to finish was given before the last batch ended"),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray};
    use arrow::datatypes::{DataType, Int64Type};
    use bytes::Bytes;
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
            let mut part = PartWriter::new(&packets, &write).expect("a part");
            let mut batches = Vec::new();
            let mut first = 0;
            for n in blocks {
                let batch = rows::to_batch(&block(first, *n, spread), &write).expect("a batch");
                part.append(&batch).expect("rows");
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
            let part = part.finish().expect("a file");
            assert_eq!(part.rows, first);
            for ((was, is), column) in whole.columns().iter().zip(read(&part.bytes)).zip(&packets.columns) {
                assert_eq!(was, &is, "column {}", column.name);
            }
        }
    }

    #[test]
    fn bounds_hold_every_value_and_counts_of_absent_ones_are_right() {
        let packets = table::find(table::PACKETS).expect("the table of packets");
        let write = schema::write_schema(&packets);
        let mut part = PartWriter::new(&packets, &write).expect("a part");
        for first in [0, 150_000] {
            part.append(&rows::to_batch(&block(first, 150_000, 90_000), &write).expect("a batch"))
                .expect("rows");
        }
        let bytes = Bytes::from(part.finish().expect("a file").bytes);
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
