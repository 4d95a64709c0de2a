//! Packets of a selection that are held in memory: a page asks twenty questions about them, and reads them once.
//!
//! A scan whose conditions include every condition of what is held finds all its rows there, whatever question it
//! belongs to and whoever asks: conditions of one scan all hold at once, so more of them only leave fewer rows. The
//! engine applies them again. A scan that asks for anything else, or for a column that is not held, reads the files.
//!
//! **Invariant:** nothing is held beyond [`HELD_BYTES_MAX`]; a selection that is larger is read from the files.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;

use crate::dimension::DIMENSIONS;

/// Most bytes that a session holds.
pub(crate) const HELD_BYTES_MAX: usize = 192 << 20;

/// Columns that are held beside those of the dimensions and of the filter.
const COLUMNS: [&str; 5] = ["ts", "day", "sensor", "sensor_group", "packets"];

/// The rows that pass some conditions.
#[derive(Debug)]
struct Rows {
    conditions: Vec<Expr>,
    schema: SchemaRef,
    batches: Vec<Vec<RecordBatch>>,
    bytes: usize,
}

/// What a session holds of its table of packets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held(Arc<Mutex<Vec<Arc<Rows>>>>);

/// The columns to hold for a filter that needs these: whatever packets are divided by, but for the names of inputs,
/// which are long and rarely asked for.
pub(crate) fn columns(filter: &[&str]) -> Vec<String> {
    let needs = DIMENSIONS.iter().filter(|by| by.name != "input").flat_map(|by| by.needs);
    let all: BTreeSet<&str> = COLUMNS.iter().chain(needs).chain(filter).copied().collect();
    all.into_iter().map(|name| format!("\"{name}\"")).collect()
}

impl Held {
    /// Bytes that are held.
    pub(crate) fn bytes(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|rows| rows.bytes).sum()
    }

    /// Holds the rows that pass these conditions, spread over parts that are read beside each other.
    pub(crate) fn keep(
        &self,
        conditions: Vec<Expr>,
        schema: SchemaRef,
        batches: Vec<RecordBatch>,
        parts: usize,
    ) {
        let bytes = batches.iter().map(RecordBatch::get_array_memory_size).sum();
        let mut spread: Vec<Vec<RecordBatch>> = vec![Vec::new(); parts.max(1)];
        for (place, batch) in batches.into_iter().enumerate() {
            spread[place % parts.max(1)].push(batch);
        }
        let rows = Rows { conditions, schema, batches: spread, bytes };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(rows));
    }

    /// Reads the named columns of a scan with these filters, if its rows are all held.
    pub(crate) fn scan(&self, columns: &[&str], filters: &[Expr]) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for rows in held {
            if !rows.conditions.iter().all(|condition| filters.contains(condition)) {
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
