//! Rows of a selection that are held in memory: a page asks twenty questions about them, and reads them once.
//!
//! A scan whose conditions include every condition of what is held finds all its rows there, whatever question it
//! belongs to and whoever asks: conditions of one scan all hold at once, so more of them only leave fewer rows. The
//! engine applies them again. A scan that asks for anything else, or for a column that is not held, reads the files.
//!
//! **Invariant:** nothing is held beyond [`HELD_BYTES_MAX`], nor longer than somebody has its [`Holding`]; a selection
//! that is larger is read from the files.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use teiten_model::selection::Selection;

/// Most bytes that a session holds at once, for all who ask it.
pub(crate) const HELD_BYTES_MAX: usize = 192 << 20;

/// The rows that pass some conditions.
#[derive(Debug)]
struct Rows {
    table: &'static str,
    selection: Selection,
    conditions: Vec<Expr>,
    schema: SchemaRef,
    batches: Vec<Vec<RecordBatch>>,
    bytes: usize,
}

/// Rows of a selection, held as long as somebody has this.
#[derive(Debug, Clone)]
pub struct Holding(Arc<Rows>);

impl Holding {
    /// What they take in memory, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.bytes
    }
}

/// What is held of a session's tables, for all who have it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held(Arc<Mutex<Vec<Weak<Rows>>>>);

impl Held {
    fn all(&self) -> Vec<Arc<Rows>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|rows| rows.strong_count() > 0);
        held.iter().filter_map(Weak::upgrade).collect()
    }

    /// Bytes that are held.
    pub(crate) fn bytes(&self) -> usize {
        self.all().iter().map(|rows| rows.bytes).sum()
    }

    /// Whether rows of a table are held for a selection, perhaps not in all columns.
    pub(crate) fn has(&self, selection: &Selection, table: &str) -> bool {
        self.all().iter().any(|rows| rows.table == table && rows.selection == *selection)
    }

    /// What another holds of the same conditions with these columns.
    pub(crate) fn find(&self, table: &str, conditions: &[Expr], columns: &Schema) -> Option<Holding> {
        let has_all =
            |rows: &Rows| columns.fields().iter().all(|field| rows.schema.index_of(field.name()).is_ok());
        let is_it = |rows: &Arc<Rows>| rows.table == table && rows.conditions == conditions && has_all(rows);
        self.all().into_iter().find(is_it).map(Holding)
    }

    /// Holds the rows of a table for a selection, which pass these conditions and take so many bytes, spread over parts
    /// that are read beside each other.
    pub(crate) fn keep(
        &self,
        (table, selection, conditions): (&'static str, Selection, Vec<Expr>),
        schema: SchemaRef,
        (batches, bytes): (Vec<RecordBatch>, usize),
        parts: usize,
    ) -> Holding {
        let mut spread: Vec<Vec<RecordBatch>> = vec![Vec::new(); parts.max(1)];
        for (place, batch) in batches.into_iter().enumerate() {
            spread[place % parts.max(1)].push(batch);
        }
        let rows = Arc::new(Rows { table, selection, conditions, schema, batches: spread, bytes });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&rows));
        Holding(rows)
    }

    /// Reads the named columns of a scan of a table with these filters, if its rows are all held.
    pub(crate) fn scan(
        &self,
        table: &str,
        columns: &[&str],
        filters: &[Expr],
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        for rows in self.all() {
            if rows.table != table || !rows.conditions.iter().all(|condition| filters.contains(condition)) {
                continue;
            }
            let places: Option<Vec<usize>> =
                columns.iter().map(|name| rows.schema.index_of(name).ok()).collect();
            if let Some(places) = places {
                let schema = Arc::clone(&rows.schema);
                let scan = MemorySourceConfig::try_new_exec(&rows.batches, schema, Some(places))?;
                return Ok(Some(scan));
            }
        }
        Ok(None)
    }
}
