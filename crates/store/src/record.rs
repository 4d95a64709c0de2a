//! Rows of a table that is not the table of packets, column by column, on their way to a file.

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{Int16Type, Int32Type, Int64Type, TimestampMicrosecondType};
use model::column::{Column, ColumnType};
use model::values::{BytesColumn, Values, WordColumn};
use teiten_model as model;

use crate::error::StoreError;
use crate::table::TableDef;
use crate::{rows, schema};

/// The values of a column; absent ones are -1 or empty.
pub(crate) enum Held {
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Bytes(BytesColumn),
    Words(WordColumn),
}

/// Rows of one table, in the making; columns may be given in any order.
pub struct Record {
    table: &'static str,
    columns: Vec<(&'static str, Held)>,
}

impl Record {
    /// No rows yet.
    pub fn new(table: &'static str) -> Record {
        Record { table, columns: Vec::new() }
    }

    /// The table the rows belong to.
    pub fn table(&self) -> &'static str {
        self.table
    }

    /// The number of rows, by the first column given.
    pub fn len(&self) -> usize {
        match self.columns.first() {
            None => 0,
            Some((_, Held::Int16(values))) => values.len(),
            Some((_, Held::Int32(values))) => values.len(),
            Some((_, Held::Int64(values))) => values.len(),
            Some((_, Held::Bytes(values))) => values.len(),
            Some((_, Held::Words(words))) => words.codes.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives a column of 16-bit numbers; -1 is absent.
    pub fn int16(&mut self, name: &'static str, values: impl Iterator<Item = i16>) {
        self.columns.push((name, Held::Int16(values.collect())));
    }

    /// Gives a column of 32-bit numbers; -1 is absent.
    pub fn int32(&mut self, name: &'static str, values: impl Iterator<Item = i32>) {
        self.columns.push((name, Held::Int32(values.collect())));
    }

    /// Gives a column of 64-bit numbers; -1 is absent.
    pub fn int64(&mut self, name: &'static str, values: impl Iterator<Item = i64>) {
        self.columns.push((name, Held::Int64(values.collect())));
    }

    /// Gives a column of times, in microseconds.
    pub fn times(&mut self, name: &'static str, values: impl Iterator<Item = i64>) {
        self.int64(name, values);
    }

    /// Gives a column of byte strings or texts.
    pub fn bytes(&mut self, name: &'static str, values: BytesColumn) {
        self.columns.push((name, Held::Bytes(values)));
    }

    /// Gives a column of texts.
    pub fn texts<'a>(&mut self, name: &'static str, values: impl Iterator<Item = &'a str>) {
        let mut column = BytesColumn::default();
        for (row, text) in values.enumerate() {
            column.set(row, text.as_bytes());
        }
        self.bytes(name, column);
    }

    /// Gives a column of words; the empty word is absent.
    pub fn words<'a>(&mut self, name: &'static str, values: impl Iterator<Item = &'a str>) {
        let mut column = WordColumn::default();
        for word in values {
            let code = column.code(word);
            column.codes.push(code);
        }
        self.columns.push((name, Held::Words(column)));
    }

    /// Gives a column of words by their codes in a list; the empty word is absent.
    pub fn coded(&mut self, name: &'static str, codes: impl Iterator<Item = u16>, words: &[String]) {
        let mut column = WordColumn::default();
        let mut known: Vec<Option<u16>> = vec![None; words.len()];
        for code in codes {
            let code =
                *known[usize::from(code)].get_or_insert_with(|| column.code(&words[usize::from(code)]));
            column.codes.push(code);
        }
        self.columns.push((name, Held::Words(column)));
    }

    /// Rows of a table's file, in the reader's types or the writer's.
    ///
    /// # Errors
    /// When a column is missing or of another type.
    pub fn of_batch(table: &TableDef, batch: &RecordBatch) -> Result<Record, StoreError> {
        let mut record = Record::new(table.name);
        for column in &table.columns {
            let array = batch.column_by_name(column.name).ok_or_else(|| StoreError::Damaged {
                what: format!("column {}", column.name),
                why: "it is missing".to_string(),
            })?;
            record.columns.push((column.name, Held::read(column, array)?));
        }
        Ok(record)
    }

    /// The columns in the order of the table.
    ///
    /// # Panics
    /// When a column of the table was not given: a mistake of ours.
    pub fn values(&self, table: &TableDef) -> Vec<Values<'_>> {
        table
            .columns
            .iter()
            .map(|column| {
                let (_, held) = self
                    .columns
                    .iter()
                    .find(|(name, _)| *name == column.name)
                    .unwrap_or_else(|| panic!("column {} of {} was not given", column.name, table.name));
                let values = held.values();
                debug_assert!(!matches!((column.kind, &values), (ColumnType::Word, Values::Bytes(_))));
                values
            })
            .collect()
    }

    /// The rows as a batch in the writer's types.
    ///
    /// # Panics
    /// When a column of the table was not given: a mistake of ours.
    pub fn to_batch(&self, table: &TableDef) -> Result<RecordBatch, StoreError> {
        let arrays = table
            .columns
            .iter()
            .zip(self.values(table))
            .map(|(column, values)| rows::array(column.kind, values))
            .collect();
        Ok(RecordBatch::try_new(schema::write_schema(table), arrays)?)
    }
}

impl Held {
    /// As the model has them.
    pub(crate) fn values(&self) -> Values<'_> {
        match self {
            Held::Int16(values) => Values::Int16(values),
            Held::Int32(values) => Values::Int32(values),
            Held::Int64(values) => Values::Int64(values),
            Held::Bytes(values) => Values::Bytes(values),
            Held::Words(words) => Values::Words(words),
        }
    }

    /// Those of a column of a file.
    pub(crate) fn read(column: &Column, array: &ArrayRef) -> Result<Held, StoreError> {
        let array = arrow::compute::cast(array, &schema::read_type(column.kind))?;
        let (name, n) = (column.name, array.len());
        Ok(match column.kind {
            ColumnType::Int16 => {
                let mut values = vec![-1; n];
                rows::fill_numbers::<Int16Type>(name, &array, &mut values)?;
                Held::Int16(values)
            }
            ColumnType::Int32 => {
                let mut values = vec![-1; n];
                rows::fill_numbers::<Int32Type>(name, &array, &mut values)?;
                Held::Int32(values)
            }
            ColumnType::Int64 => {
                let mut values = vec![-1; n];
                rows::fill_numbers::<Int64Type>(name, &array, &mut values)?;
                Held::Int64(values)
            }
            ColumnType::Timestamp => {
                let mut values = vec![0; n];
                rows::fill_numbers::<TimestampMicrosecondType>(name, &array, &mut values)?;
                Held::Int64(values)
            }
            ColumnType::Word => {
                let mut words = WordColumn::default();
                words.codes.resize(n, 0);
                rows::fill_words(name, &array, &mut words)?;
                Held::Words(words)
            }
            ColumnType::Bytes | ColumnType::Address16 | ColumnType::Text => {
                let mut bytes = BytesColumn::default();
                rows::fill_bytes(name, &array, &mut bytes)?;
                bytes.finish(n);
                Held::Bytes(bytes)
            }
        })
    }
}
