//! Writes a part of rows that lie in sealed files already and were put into another order, column by column.
//!
//! A row has some seventy columns, and decoded it takes twenty times its bytes in a file. So no row is ever
//! whole in memory here: one column of all rows is handed over, encoded group by group, and forgotten; what is
//! kept is the encoded chunks, which the file's end needs in the order of the groups.
//!
//! **Invariant:** memory is one column of the rows and the encoded part, however many columns there are.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use super::column::ColumnEncoder;
use super::encoder::Pieces;
use super::page::Packer;
use super::{GROUP_ROWS_MAX, Part, WITHOUT_BOUNDS, form_of};
use crate::error::StoreError;
use crate::record::Held;
use crate::schema;
use crate::table::TableDef;
use model::column::Column;
use teiten_model as model;

/// Rows that are encoded together: pages are closed between two such slices. So few that each could be another word
/// and all would still have codes (see `model::values::WordColumn`).
const SLICE_ROWS: usize = 16_384;

/// Writes so many rows; `column` gives each column of the table in their order, of the reader's type.
///
/// # Errors
/// When a column cannot be given or encoded, or has another number of rows.
pub(crate) fn write(
    table: &TableDef,
    rows: usize,
    mut column: impl FnMut(&Column) -> Result<ArrayRef, StoreError>,
) -> Result<Part, StoreError> {
    let descr = ArrowSchemaConverter::new().convert(&schema::read_schema(table))?;
    let properties = WriterProperties::builder().set_created_by("teiten".to_string()).build();
    let mut writer =
        SerializedFileWriter::new(Pieces::default(), descr.root_schema_ptr(), Arc::new(properties))?;
    let mut packer = Packer::of_compacted();
    let starts: Vec<usize> = (0..rows).step_by(GROUP_ROWS_MAX).collect();
    let mut groups: Vec<Vec<_>> = starts.iter().map(|_| Vec::with_capacity(table.columns.len())).collect();
    for (descr, def) in descr.columns().iter().zip(&table.columns) {
        let array = column(def)?;
        if array.len() != rows {
            return Err(StoreError::Damaged {
                what: format!("column {} of {}", def.name, table.name),
                why: format!("it has {} rows, others have {rows}", array.len()),
            });
        }
        let has_bounds = !WITHOUT_BOUNDS.contains(&def.name);
        let mut encoder = ColumnEncoder::new(Arc::clone(descr), def.kind, form_of(def), has_bounds);
        for (start, chunks) in starts.iter().zip(&mut groups) {
            let end = rows.min(start + GROUP_ROWS_MAX);
            for slice in (*start..end).step_by(SLICE_ROWS) {
                let n = SLICE_ROWS.min(end - slice);
                let held = Held::read(def, &array.slice(slice, n))?;
                encoder.append(&held.values(), 0..n, &mut packer)?;
            }
            chunks.push(encoder.finish(&mut packer)?);
        }
    }
    for chunks in groups {
        let mut group = writer.next_row_group()?;
        for (chunk, close) in chunks {
            group.append_column(&chunk, close)?;
        }
        group.close()?;
    }
    Ok(Part { pieces: writer.into_inner()?.finish(), rows })
}
