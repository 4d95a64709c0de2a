//! Rows of sealed files as packet columns, without the query engine.
//!
//! Who counts every packet of a day wants all rows of a file and a part of its columns: nothing is left for an
//! engine to plan. Words are read as dictionaries, so that each is compared once a block and not once a row.
//!
//! **Invariant:** the rows of a file come in its order, each once.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use model::columns::PacketColumns;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use teiten_model as model;

use crate::error::StoreError;
use crate::rows;
use crate::store::Store;

/// Rows of a block.
const ROWS: usize = 16_384;

/// Hands over the rows of a sealed file of packets, block by block, with the columns asked for; those that the
/// file lacks, and all others, are absent.
///
/// # Errors
/// When the file cannot be read: it is named.
pub fn read(
    store: &Store,
    file: &str,
    columns: &[&str],
    mut take: impl FnMut(&PacketColumns),
) -> Result<(), StoreError> {
    let bytes = store.runtime().block_on(store.location().read(file))?;
    let damaged =
        |why: &dyn std::fmt::Display| StoreError::Damaged { what: file.to_string(), why: why.to_string() };
    let plain =
        ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new()).map_err(|error| damaged(&error))?;
    let options = ArrowReaderOptions::new().with_schema(with_words(plain.schema()));
    let metadata = ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options)
        .map_err(|error| damaged(&error))?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, metadata).with_batch_size(ROWS);
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let mut block = PacketColumns::default();
    for batch in builder.with_projection(mask).build().map_err(|error| damaged(&error))? {
        rows::from_batch(&batch.map_err(|error| damaged(&error))?, &mut block)?;
        take(&block);
    }
    Ok(())
}

/// The schema of a file with its columns of words as dictionaries.
fn with_words(schema: &Schema) -> Arc<Schema> {
    let is_word = |name: &str| {
        model::columns::find(name).is_some_and(|column| column.kind == model::column::ColumnType::Word)
    };
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 if is_word(field.name()) => {
            let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            Arc::new(Field::new(field.name(), words, field.is_nullable()))
        }
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
