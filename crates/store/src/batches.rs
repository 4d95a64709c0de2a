//! The rows of a sealed file, batch by batch.
//!
//! **Invariant:** whatever is wrong inside a file, the error names the file.

use arrow::array::RecordBatch;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::StoreError;
use crate::store::Store;

/// The rows of a file, with some columns or all.
pub(crate) fn of_file(
    store: &Store,
    file: &str,
    columns: Option<&[&str]>,
) -> Result<impl Iterator<Item = Result<RecordBatch, StoreError>>, StoreError> {
    of_bytes(store.runtime().block_on(store.location().read(file))?, file, columns)
}

/// The rows of a file whose bytes are at hand.
pub(crate) fn of_bytes(
    bytes: Bytes,
    file: &str,
    columns: Option<&[&str]>,
) -> Result<impl Iterator<Item = Result<RecordBatch, StoreError>>, StoreError> {
    let damaged = {
        let what = file.to_string();
        move |why: &dyn std::fmt::Display| StoreError::Damaged { what: what.clone(), why: why.to_string() }
    };
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|error| damaged(&error))?;
    let mask = match columns {
        Some(columns) => ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied()),
        None => ProjectionMask::all(),
    };
    let batches = builder.with_projection(mask).build().map_err(|error| damaged(&error))?;
    Ok(batches.map(move |batch| batch.map_err(|error| damaged(&error))))
}
