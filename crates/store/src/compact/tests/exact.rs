//! Compaction beside the plainest copy of the same rows: whatever their columns hold, every value is there after it
//! as often as before, and files say of themselves what fresh ones say.

use arrow::array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow::compute::{cast, concat_batches, take};
use arrow::row::{RowConverter, SortField};
use bytes::Bytes;
use model::column::ColumnType;
use model::columns::COLUMNS;
use model::values::ValuesMut;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::*;
use crate::part::{Packer, PartWriter};
use crate::rows::to_batch;

/// A number that looks random and is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = hash(self.0);
        self.0 % sides
    }

    /// A number from 0 to `most`, often one of both or of a few; sometimes absent.
    fn number(&mut self, most: i64, spread: u64) -> i64 {
        match self.roll(8) {
            0 => -1,
            1 => most,
            2 => 0,
            3 => (self.roll(u64::MAX) as i64 & i64::MAX).min(most),
            _ => (self.roll(spread) as i64).min(most),
        }
    }
}

/// Rows in which every column takes every shape; a column in seven has no value, as most have in earnest.
fn block(seed: u64, rows: usize) -> PacketColumns {
    let mut columns = PacketColumns::default();
    columns.reset(rows);
    let mut dice = Dice(hash(seed));
    for column in COLUMNS {
        let (is_absent, spread) = (dice.roll(7) == 0, 1 + dice.roll(400));
        match columns.by_name_mut(column.name).expect("a column") {
            ValuesMut::Int64(out) if column.kind == ColumnType::Timestamp => {
                out.fill_with(|| APRIL + dice.roll(24 * HOUR as u64) as i64);
            }
            _ if is_absent => {}
            ValuesMut::Int16(out) => out.fill_with(|| dice.number(i64::from(i16::MAX), spread) as i16),
            ValuesMut::Int32(out) => out.fill_with(|| dice.number(i64::from(i32::MAX), spread) as i32),
            ValuesMut::Int64(out) => out.fill_with(|| dice.number(i64::MAX, spread)),
            ValuesMut::Words(out) => {
                for row in 0..rows {
                    let word = dice.roll(spread);
                    out.codes[row] = if word == 0 { 0 } else { out.code(&format!("{}-{word}", column.name)) };
                }
            }
            ValuesMut::Bytes(out) => {
                for row in 0..rows {
                    let length = if column.kind == ColumnType::Address16 { 16 } else { dice.roll(70) };
                    let value: Vec<u8> = (0..length).map(|_| dice.roll(spread.min(127)) as u8).collect();
                    if dice.roll(3) > 0 {
                        out.set(row, &value);
                    }
                }
            }
        }
    }
    columns.finish();
    columns
}

/// The rows as the reader has them, made by the code that the encoder does not use.
fn plain(columns: &PacketColumns) -> RecordBatch {
    let packets = table::find(PACKETS).expect("the table of packets");
    let schema = schema::read_schema(&packets);
    let batch = to_batch(columns, &schema::write_schema(&packets)).expect("a batch");
    let arrays = batch.columns().iter().zip(schema.fields());
    let arrays = arrays.map(|(array, field)| cast(array, field.data_type()).expect("a cast")).collect();
    RecordBatch::try_new(schema, arrays).expect("a batch")
}

fn fresh(columns: &PacketColumns) -> Bytes {
    let packets = table::find(PACKETS).expect("the table of packets");
    let (mut part, mut packer) = (PartWriter::new(&packets).expect("a part"), Packer::default());
    part.append(&columns.all(), &mut packer).expect("rows");
    part.finish(&mut packer).expect("a file").whole()
}

fn read(bytes: Bytes) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).expect("a file").build().expect("a reader");
    let batches: Vec<RecordBatch> = reader.map(|batch| batch.expect("rows")).collect();
    concat_batches(&batches[0].schema(), &batches).expect("one schema")
}

/// Every row as one string of bytes, in order: two lists are the same when the same rows stand in both as often.
fn all_rows(batches: &[RecordBatch]) -> Vec<Vec<u8>> {
    let fields =
        batches[0].schema().fields().iter().map(|field| SortField::new(field.data_type().clone())).collect();
    let converter = RowConverter::new(fields).expect("rows");
    let mut all = Vec::new();
    for batch in batches {
        let rows = converter.convert_columns(batch.columns()).expect("rows");
        all.extend(rows.iter().map(|row| row.as_ref().to_vec()));
    }
    all.sort();
    all
}

fn compacted(parts: &[Bytes], order: Order) -> Vec<Bytes> {
    let packets = table::find(PACKETS).expect("the table of packets");
    let mut written = Vec::new();
    run::runs(parts.iter().map(|part| Source::new("a part", part.clone())), |run| {
        written.push(run.write(&packets, order)?.whole());
        Ok(())
    })
    .expect("runs");
    written
}

#[test]
fn every_value_of_every_column_is_there_after_it_as_often_as_before() {
    for seed in 0..6 {
        let sizes = [1, 700, 20_000, 64 + seed as usize];
        let blocks: Vec<PacketColumns> =
            sizes.iter().map(|rows| block(seed * 100 + *rows as u64, *rows)).collect();
        let expected = all_rows(&blocks.iter().map(plain).collect::<Vec<_>>());
        let parts: Vec<Bytes> = blocks.iter().map(fresh).collect();
        for order in Order::ALL {
            let once = compacted(&parts, order);
            let found = all_rows(&once.iter().cloned().map(read).collect::<Vec<_>>());
            assert!(found == expected, "seed {seed}, order {}: rows are others", order.name);
            // What is compacted already stays as it is, byte for byte: nothing of a row decides by chance.
            assert!(order != Order::STORE || compacted(&once, order) == once, "seed {seed}: another order");
        }
    }
}

#[test]
fn a_column_that_a_file_lacks_is_absent_and_the_others_stay() {
    let mut older = table::find(PACKETS).expect("the table of packets");
    let gone = ["tags", "payload", "tcp_seq"];
    let columns = block(3, 500);
    let kept: Vec<usize> = (0..COLUMNS.len()).filter(|place| !gone.contains(&COLUMNS[*place].name)).collect();
    older.columns = kept.iter().map(|place| older.columns[*place]).collect();
    let (mut part, mut packer) = (PartWriter::new(&older).expect("a part"), Packer::default());
    let all = columns.all();
    let values: Vec<_> = kept.iter().map(|place| all[*place]).collect();
    part.append(&values, &mut packer).expect("rows");
    let written =
        compacted(&[part.finish(&mut packer).expect("a file").whole(), fresh(&columns)], Order::STORE);
    let with = plain(&columns);
    let without: Vec<ArrayRef> = with
        .schema()
        .fields()
        .iter()
        .zip(with.columns())
        .map(|(field, array)| match gone.contains(&field.name().as_str()) {
            true => new_null_array(field.data_type(), array.len()),
            false => Arc::clone(array),
        })
        .collect();
    let without = RecordBatch::try_new(with.schema(), without).expect("a batch");
    assert!(all_rows(&[read(written[0].clone())]) == all_rows(&[with, without]));
}

#[test]
fn words_are_kept_however_many_there_are() {
    let packets = table::find(PACKETS).expect("the table of packets");
    let rows = 90_000;
    let words: ArrayRef = Arc::new(
        (0..rows)
            .map(|row| Some(format!("word-{}", hash(row) % 80_000)))
            .collect::<arrow::array::StringArray>(),
    );
    let one = plain(&block(5, 1));
    let part = sorted::write(&packets, rows as usize, |column| match column.name {
        "tags" => Ok(Arc::clone(&words)),
        name => {
            let first = arrow::array::UInt32Array::from(vec![0; rows as usize]);
            Ok(take(one.column_by_name(name).expect("a column"), &first, None)?)
        }
    })
    .expect("a part");
    assert_eq!(read(part.whole()).column_by_name("tags").expect("a column"), &words);
}

fn said(bytes: &Bytes) -> ParquetMetaData {
    ParquetMetaDataReader::new().parse_and_finish(bytes).expect("the end of a file")
}

#[test]
fn a_compacted_file_says_of_its_columns_what_a_fresh_one_of_the_same_rows_says() {
    let packets = table::find(PACKETS).expect("the table of packets");
    // More than one group, in blocks that are not those of the reader.
    let blocks: Vec<PacketColumns> = (0..4).map(|place| block(40 + place, 70_000)).collect();
    let (mut part, mut packer) = (PartWriter::new(&packets).expect("a part"), Packer::default());
    blocks.iter().for_each(|block| part.append(&block.all(), &mut packer).expect("rows"));
    let fresh = part.finish(&mut packer).expect("a file").whole();
    let rows = read(fresh.clone());
    let written = sorted::write(&packets, rows.num_rows(), |column| {
        Ok(Arc::clone(rows.column_by_name(column.name).expect("a column")))
    });
    let written = written.expect("a part").whole();
    assert_eq!(read(written.clone()), rows);
    let (fresh, written) = (said(&fresh), said(&written));
    assert_eq!(fresh.num_row_groups(), 2);
    assert_eq!(written.num_row_groups(), 2);
    for (one, other) in fresh.row_groups().iter().zip(written.row_groups()) {
        assert_eq!(one.num_rows(), other.num_rows());
        for (one, other) in one.columns().iter().zip(other.columns()) {
            let name = one.column_path().string();
            assert_eq!(one.statistics(), other.statistics(), "{name}");
            assert_eq!(one.num_values(), other.num_values(), "{name}");
            assert_eq!(one.compression(), other.compression(), "{name}");
        }
    }
}
