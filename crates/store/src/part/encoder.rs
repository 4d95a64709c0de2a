//! Rows to row groups: all columns of a part, and the library's footer.

use std::cmp::Reverse;
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
use crate::jobs;
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

    /// Adds rows: of each column as many. A thread for each packer, which share the columns; the first does `beside`
    /// before.
    pub(super) fn append(
        &mut self,
        columns: &[Values<'_>],
        packers: &mut [Packer],
        beside: impl FnOnce() + Send,
    ) -> Result<(), StoreError> {
        enum Job<'a, B> {
            Column(&'a mut ColumnEncoder, &'a Values<'a>),
            Beside(B),
        }
        let mut beside = Some(beside);
        let all = columns.first().map_or(0, Values::rows);
        let mut first = 0;
        while first < all {
            let rows = first..all.min(first + GROUP_ROWS_MAX - self.group_rows);
            let mut of_columns: Vec<_> = self.columns.iter_mut().zip(columns).collect();
            // Who closes a page takes long: such a job must not be the last, while the other thread waits.
            of_columns.sort_by_key(|(encoder, _)| Reverse(encoder.page_bytes()));
            let of_columns = of_columns.into_iter().map(|(encoder, values)| Job::Column(encoder, values));
            let all_jobs = beside.take().map(Job::Beside).into_iter().chain(of_columns).collect();
            let done = jobs::share(all_jobs, packers, |job, packer| match job {
                Job::Column(encoder, values) => encoder.append(values, rows.clone(), packer),
                Job::Beside(work) => {
                    work();
                    Ok(())
                }
            });
            done.into_iter().collect::<Result<(), StoreError>>()?;
            first = rows.end;
            self.group_rows += rows.len();
            if self.group_rows == GROUP_ROWS_MAX {
                self.close_group(packers)?;
            }
        }
        if let Some(work) = beside {
            work();
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

    fn close_group(&mut self, packers: &mut [Packer]) -> Result<(), StoreError> {
        let columns = self.columns.iter_mut().collect();
        let chunks =
            jobs::share(columns, packers, |encoder: &mut ColumnEncoder, packer| encoder.finish(packer));
        let mut group = self.writer.next_row_group()?;
        for chunk in chunks {
            let (chunk, close) = chunk?;
            group.append_column(&chunk, close)?;
        }
        group.close()?;
        self.group_rows = 0;
        Ok(())
    }

    /// Closes the last row group, on a thread for each packer, and gives the file in pieces.
    pub(super) fn finish(mut self, packers: &mut [Packer]) -> Result<Vec<Bytes>, StoreError> {
        if self.group_rows > 0 {
            self.close_group(packers)?;
        }
        Ok(self.writer.into_inner()?.finish())
    }
}
