//! Rows to row groups: all columns of a part, and the library's footer.

use std::sync::Arc;

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

/// A part's columns and what is written of it.
pub(super) struct Encoder {
    writer: SerializedFileWriter<Vec<u8>>,
    columns: Vec<ColumnEncoder>,
    group_rows: usize,
}

impl Encoder {
    pub(super) fn new(table: &TableDef) -> Result<Encoder, StoreError> {
        let descr = ArrowSchemaConverter::new().convert(&schema::read_schema(table))?;
        let properties = WriterProperties::builder().set_created_by("teiten".to_string()).build();
        let writer = SerializedFileWriter::new(Vec::new(), descr.root_schema_ptr(), Arc::new(properties))?;
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

    pub(super) fn finish(mut self, packer: &mut Packer) -> Result<Vec<u8>, StoreError> {
        if self.group_rows > 0 {
            self.close_group(packer)?;
        }
        Ok(self.writer.into_inner()?)
    }
}
