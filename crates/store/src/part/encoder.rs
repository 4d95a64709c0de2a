//! Rows to row groups: all columns of a part, and the library's footer.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;

use model::values::Values;
use parquet::arrow::ArrowSchemaConverter;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use teiten_model as model;

use super::column::ColumnEncoder;
use super::page::Packer;
use super::{GROUP_ROWS_MAX, WITHOUT_BOUNDS, form_of};
use crate::error::StoreError;
use crate::schema;
use crate::table::TableDef;

/// Bytes of one piece of a file.
const PIECE_BYTES: usize = 1 << 20;

/// A file in the making: pieces, because one that grows would be copied again and again.
#[derive(Default)]
pub(super) struct Pieces {
    full: Vec<Bytes>,
    last: Vec<u8>,
}

impl Pieces {
    pub(super) fn finish(mut self) -> Vec<Bytes> {
        self.full.push(Bytes::from(self.last));
        self.full
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.last.len() == PIECE_BYTES {
            self.full.push(Bytes::from(std::mem::take(&mut self.last)));
        }
        if self.last.capacity() == 0 {
            // Room that is not used costs nothing; a piece that grows would be copied again and again.
            self.last.reserve_exact(PIECE_BYTES);
        }
        let room = PIECE_BYTES - self.last.len();
        let taken = &bytes[..bytes.len().min(room)];
        self.last.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A part's columns and what is written of it.
pub(super) struct Encoder {
    writer: SerializedFileWriter<Pieces>,
    columns: Vec<ColumnEncoder>,
    group_rows: usize,
}

impl Encoder {
    pub(super) fn new(table: &TableDef) -> Result<Encoder, StoreError> {
        let descr = ArrowSchemaConverter::new().convert(&schema::read_schema(table))?;
        let properties = WriterProperties::builder().set_created_by("teiten".to_string()).build();
        let writer =
            SerializedFileWriter::new(Pieces::default(), descr.root_schema_ptr(), Arc::new(properties))?;
        let columns = descr
            .columns()
            .iter()
            .zip(&table.columns)
            .map(|(descr, column)| {
                let has_bounds = !WITHOUT_BOUNDS.contains(&column.name);
                ColumnEncoder::new(Arc::clone(descr), column.kind, form_of(column), has_bounds)
            })
            .collect();
        Ok(Encoder { writer, columns, group_rows: 0 })
    }

    /// Adds rows: of each column as many.
    pub(super) fn append(&mut self, columns: &[Values<'_>], packer: &mut Packer) -> Result<(), StoreError> {
        let all = columns.first().map_or(0, Values::rows);
        let mut first = 0;
        while first < all {
            let rows = first..all.min(first + GROUP_ROWS_MAX - self.group_rows);
            for (encoder, values) in self.columns.iter_mut().zip(columns) {
                encoder.append(values, rows.clone(), packer)?;
            }
            first = rows.end;
            self.group_rows += rows.len();
            if self.group_rows == GROUP_ROWS_MAX {
                self.close_group(packer)?;
            }
        }
        Ok(())
    }

    /// Memory held, in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.writer.bytes_written() + self.columns.iter().map(ColumnEncoder::memory_bytes).sum::<usize>()
    }

    /// Size so far, in bytes.
    pub(super) fn size_bytes(&self) -> usize {
        self.writer.bytes_written() + self.columns.iter().map(ColumnEncoder::size_bytes).sum::<usize>()
    }

    fn close_group(&mut self, packer: &mut Packer) -> Result<(), StoreError> {
        let mut group = self.writer.next_row_group()?;
        for encoder in &mut self.columns {
            let (chunk, close) = encoder.finish(packer)?;
            group.append_column(&chunk, close)?;
        }
        group.close()?;
        self.group_rows = 0;
        Ok(())
    }

    pub(super) fn finish(mut self, packer: &mut Packer) -> Result<Vec<Bytes>, StoreError> {
        if self.group_rows > 0 {
            self.close_group(packer)?;
        }
        Ok(self.writer.into_inner()?.finish())
    }
}
