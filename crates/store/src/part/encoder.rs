//! Rows to row groups: all columns of a part, and the library's footer.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowSchemaConverter;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use super::column::ColumnEncoder;
use super::{GROUP_ROWS_MAX, Usage, WITHOUT_BOUNDS, form_of};
use crate::error::StoreError;
use crate::table::TableDef;

/// A part's columns and what is written of it.
pub(super) struct Encoder {
    writer: SerializedFileWriter<Vec<u8>>,
    columns: Vec<ColumnEncoder>,
    group_rows: usize,
}

impl Encoder {
    pub(super) fn new(table: &TableDef, schema: &SchemaRef) -> Result<Encoder, StoreError> {
        let descr = ArrowSchemaConverter::new().convert(schema)?;
        let properties = WriterProperties::builder().set_created_by("teiten".to_string()).build();
        let writer = SerializedFileWriter::new(Vec::new(), descr.root_schema_ptr(), Arc::new(properties))?;
        let columns = descr
            .columns()
            .iter()
            .zip(&table.columns)
            .map(|(descr, column)| {
                let has_bounds = !WITHOUT_BOUNDS.contains(&column.name);
                ColumnEncoder::new(Arc::clone(descr), form_of(column), has_bounds)
            })
            .collect();
        Ok(Encoder { writer, columns, group_rows: 0 })
    }

    pub(super) fn append(&mut self, batch: &RecordBatch) -> Result<Usage, StoreError> {
        let mut first = 0;
        while first < batch.num_rows() {
            let rows = (batch.num_rows() - first).min(GROUP_ROWS_MAX - self.group_rows);
            for (encoder, array) in self.columns.iter_mut().zip(batch.columns()) {
                if rows == batch.num_rows() {
                    encoder.append(array.as_ref())?;
                } else {
                    encoder.append(array.slice(first, rows).as_ref())?;
                }
            }
            first += rows;
            self.group_rows += rows;
            if self.group_rows == GROUP_ROWS_MAX {
                self.close_group()?;
            }
        }
        let written = self.writer.bytes_written();
        Ok(Usage {
            memory_bytes: written + self.columns.iter().map(ColumnEncoder::memory_bytes).sum::<usize>(),
            size_bytes: written + self.columns.iter().map(ColumnEncoder::size_bytes).sum::<usize>(),
        })
    }

    fn close_group(&mut self) -> Result<(), StoreError> {
        let mut group = self.writer.next_row_group()?;
        for encoder in &mut self.columns {
            let (chunk, close) = encoder.finish()?;
            group.append_column(&chunk, close)?;
        }
        group.close()?;
        self.group_rows = 0;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Vec<u8>, StoreError> {
        if self.group_rows > 0 {
            self.close_group()?;
        }
        Ok(self.writer.into_inner()?)
    }
}
