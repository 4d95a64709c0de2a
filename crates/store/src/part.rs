//! Writes one Parquet part: encodings chosen column by column, statistics, one sealed byte string.
//!
//! Encodings follow the measurements of docs/decisions/002-one-arrow.md: dictionaries only where
//! values are few, delta on times and frame numbers, plain with zstd level 3 on addresses, ports and
//! numbers that look random. The Arrow schema is not written into the file.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use model::column::{Column, ColumnType};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use teiten_model as model;

use crate::error::StoreError;
use crate::table::TableDef;

/// Rows of one row group.
const GROUP_ROWS_MAX: usize = 262_144;

/// A part is sealed when it holds about this many encoded bytes.
pub const PART_BYTES_MAX: usize = 96 << 20;

/// Columns of many different, unordered values: a dictionary would only be tried and given up.
const SCATTERED: &[&str] = &[
    "src",
    "dst",
    "dst_public",
    "src_port",
    "ip_id",
    "tcp_seq",
    "tcp_ack",
    "icmp_id",
    "icmp_seq",
    "quote_src",
    "quote_dst",
    "quote_id",
    "quote_src_port",
    "dns_id",
    "hash",
];

/// Columns that ascend in time order.
const ASCENDING: &[&str] = &["ts", "frame", "at"];

fn properties(columns: &[Column]) -> Result<WriterProperties, StoreError> {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS_MAX))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_dictionary_enabled(true)
        .set_created_by("teiten".to_string());
    for column in columns {
        let path = ColumnPath::from(column.name);
        if ASCENDING.contains(&column.name) {
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        } else if SCATTERED.contains(&column.name)
            || matches!(column.kind, ColumnType::Bytes | ColumnType::Text | ColumnType::Address16)
        {
            properties = properties.set_column_dictionary_enabled(
                path.clone(),
                column.kind == ColumnType::Bytes && column.name.ends_with("options"),
            );
        }
    }
    Ok(properties.build())
}

/// A part in the making.
pub struct PartWriter {
    writer: ArrowWriter<Vec<u8>>,
    rows: usize,
}

/// A finished part.
pub struct Part {
    /// The Parquet file.
    pub bytes: Vec<u8>,
    /// Its rows.
    pub rows: usize,
}

impl PartWriter {
    /// A part of that table; `schema` is the writer's.
    pub fn new(table: &TableDef, schema: &SchemaRef) -> Result<PartWriter, StoreError> {
        let options = ArrowWriterOptions::new()
            .with_properties(properties(&table.columns)?)
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(schema), options)?;
        Ok(PartWriter { writer, rows: 0 })
    }

    /// Adds rows.
    pub fn append(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        self.writer.write(batch)?;
        self.rows += batch.num_rows();
        Ok(())
    }

    /// Memory held by rows that are not yet encoded into a row group, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.writer.memory_size()
    }

    /// Size of the part so far, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.writer.bytes_written() + self.writer.in_progress_size()
    }

    /// Closes the part.
    pub fn finish(self) -> Result<Part, StoreError> {
        let rows = self.rows;
        Ok(Part { bytes: self.writer.into_inner()?, rows })
    }
}
