//! A run: rows of sealed files that are put into one order and written as one file.
//!
//! A day can have more rows than memory: it is cut into runs, each ordered by itself, in the order in which the
//! files came; a run's part of each file is whole row groups. Columns are read one at a time (see
//! `part::sorted`), each once for the order and once to be written.
//!
//! **Invariant:** a run holds at most [`ROWS_MAX`] rows in [`FILES_MAX`] files, and no column of it more than
//! [`COLUMN_BYTES_MAX`], but for a single row group that has more by itself.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array, new_null_array};
use arrow::compute::{concat, take};
use bytes::Bytes;
use model::column::Column;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use teiten_model as model;

use super::order::Order;
use crate::error::StoreError;
use crate::part::{Part, sorted};
use crate::schema;
use crate::table::TableDef;

/// Most rows of a run.
pub const ROWS_MAX: usize = 1 << 21;
/// Most bytes of one column of a run, as its pages hold it.
pub const COLUMN_BYTES_MAX: u64 = 128 << 20;
/// Most files of a run: the end of each stands in memory.
pub const FILES_MAX: usize = 1024;

/// Rows of a batch that is read.
const BATCH_ROWS: usize = 65_536;

/// A sealed file in memory, with what its end says.
#[derive(Clone)]
pub struct Source {
    name: String,
    bytes: Bytes,
    metadata: ArrowReaderMetadata,
}

fn damaged(file: &str, why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Damaged { what: file.to_string(), why: why.to_string() }
}

impl Source {
    /// A file by its bytes.
    ///
    /// # Errors
    /// When they are not those of a Parquet file.
    pub fn new(name: &str, bytes: Bytes) -> Result<Source, StoreError> {
        let metadata = ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new())
            .map_err(|error| damaged(name, &error))?;
        Ok(Source { name: name.to_string(), bytes, metadata })
    }

    /// Rows and the bytes of the largest column of each row group.
    fn groups(&self) -> impl Iterator<Item = (usize, u64)> {
        self.metadata.metadata().row_groups().iter().map(|group| {
            let largest = group.columns().iter().map(|column| column.uncompressed_size()).max();
            (group.num_rows().max(0) as usize, largest.unwrap_or(0).max(0) as u64)
        })
    }
}

/// Rows that are ordered together.
#[derive(Default)]
pub struct Run {
    parts: Vec<(Source, Vec<usize>)>,
    rows: usize,
    column_bytes: u64,
}

impl Run {
    /// The number of its rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Takes row groups of a file from the given one on, as many as there is room for; gives the first that is
    /// left, `None` when all were taken.
    pub fn take(&mut self, source: &Source, from: usize) -> Option<usize> {
        let mut taken = Vec::new();
        let mut left = None;
        for (place, (rows, bytes)) in source.groups().enumerate().skip(from) {
            let fits = self.rows + rows <= ROWS_MAX && self.column_bytes + bytes <= COLUMN_BYTES_MAX;
            if !self.is_empty() && (!fits || self.parts.len() >= FILES_MAX) {
                left = Some(place);
                break;
            }
            self.rows += rows;
            self.column_bytes += bytes;
            taken.push(place);
        }
        if !taken.is_empty() {
            self.parts.push((source.clone(), taken));
        }
        left
    }

    /// A column of all its rows, in the order of the files; absent where a file lacks it.
    fn column(&self, column: &Column) -> Result<ArrayRef, StoreError> {
        let kind = schema::read_type(column.kind);
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for (source, groups) in &self.parts {
            let name = &source.name;
            let schema = source.metadata.parquet_schema();
            let place = schema.columns().iter().position(|found| found.name() == column.name);
            let Some(place) = place else {
                let rows = groups.iter().map(|group| source.metadata.metadata().row_group(*group).num_rows());
                arrays.push(new_null_array(&kind, rows.sum::<i64>().max(0) as usize));
                continue;
            };
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
                source.bytes.clone(),
                source.metadata.clone(),
            );
            let mask = ProjectionMask::leaves(builder.parquet_schema(), [place]);
            let batches = builder
                .with_projection(mask)
                .with_row_groups(groups.clone())
                .with_batch_size(BATCH_ROWS)
                .build()
                .map_err(|error| damaged(name, &error))?;
            for batch in batches {
                let array = Arc::clone(batch.map_err(|error| damaged(name, &error))?.column(0));
                if array.data_type() != &kind {
                    return Err(damaged(
                        name,
                        &format!("column {} is {}, not {kind}", column.name, array.data_type()),
                    ));
                }
                arrays.push(array);
            }
        }
        let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        Ok(concat(&arrays)?)
    }

    /// Writes the rows in an order.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn write(&self, table: &TableDef, order: Order) -> Result<Part, StoreError> {
        let by_name = |name: &str| {
            let column = table.columns.iter().find(|column| column.name == name);
            self.column(column.ok_or_else(|| damaged(table.name, &format!("it has no column {name}")))?)
        };
        let order = UInt32Array::from(order.of(self.rows, by_name)?);
        sorted::write(table, self.rows, |column| {
            let array = self.column(column)?;
            // Absent everywhere, as most columns are: no order changes that.
            if array.null_count() == array.len() { Ok(array) } else { Ok(take(&array, &order, None)?) }
        })
    }
}

/// The runs of files that are given one after the other.
pub fn runs(
    sources: impl IntoIterator<Item = Result<Source, StoreError>>,
    mut each: impl FnMut(Run) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut run = Run::default();
    for source in sources {
        let source = source?;
        let mut from = Some(0);
        while let Some(place) = from {
            from = run.take(&source, place);
            if from.is_some() {
                each(std::mem::take(&mut run))?;
            }
        }
    }
    if run.is_empty() { Ok(()) } else { each(run) }
}
