//! What a page holds in memory before it asks: the rows behind its questions, of packets and of rollups.
//!
//! A page asks twenty questions about one selection, several of each table. Its rows are read once, by the conditions
//! and with the columns that the questions will have.
//!
//! **Invariant:** what is held changes no answer; what does not fit is read from the files.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::logical_expr::expr_rewriter::unnormalize_cols;
use datafusion::logical_expr::{Expr, LogicalPlan};
use futures::StreamExt;
use teiten_model::rollup::Grain;
use teiten_model::selection::Selection;
use teiten_selection::Filter;
use teiten_store::table::{self, PACKETS};

use crate::dimension::Dimension;
use crate::engine;
use crate::error::QueryError;
use crate::ground::{self, Ground};
use crate::held::{HELD_BYTES_MAX, Holding};
use crate::questions::filter_of;
use crate::session::Session;

/// Columns that questions may need of packets or of a rollup, beside those of the filter and of what they divide by;
/// a rollup has only some of them.
const COLUMNS: [&str; 9] = ["ts", "at", "day", "sensor", "sensor_group", "packets", "src", "src6", "sources"];

impl Session {
    /// Whether a question that divides a selection so reads packets, because no rollup has what it needs.
    ///
    /// # Errors
    /// When the filter cannot be read or used by the viewer.
    pub fn reads_packets(
        &self,
        selection: &Selection,
        by: Option<&Dimension>,
        is_hourly: bool,
    ) -> Result<bool, QueryError> {
        let filter = filter_of(self, selection)?;
        let needs = by.map_or(&[][..], |by| by.needs);
        let grain = if is_hourly { Grain::Hour } else { Grain::Day };
        Ok(ground::choose(self, selection, filter.as_ref(), needs, grain, false)?.is_rows())
    }

    /// Holds the packets of a selection in memory, for whoever is about to ask many questions about them that divide
    /// them so, until what is given is dropped. Answers stay the same. Nothing is held where they are too many, nor where
    /// nothing is run or others run it.
    ///
    /// # Errors
    /// When the filter cannot be read or used by the viewer, and as every question.
    pub fn hold(
        &self,
        selection: &Selection,
        by: &[&'static Dimension],
    ) -> Result<Option<Holding>, QueryError> {
        if !self.may_hold() {
            return Ok(None);
        }
        let filter = filter_of(self, selection)?;
        let mut needed = BTreeSet::new();
        for by in by {
            // What a rollup answers is not asked of packets.
            if self.reads_packets(selection, Some(by), false)? {
                needed.extend(by.needs);
            }
        }
        let condition = ground::of_rows(selection, filter.as_ref());
        self.keep(selection, PACKETS, &condition, &columns(PACKETS, filter.as_ref(), &needed))
    }

    /// The same for the rollups that answer questions which divide the selection so. A ranking asks twice: for its first
    /// lines, then for their sources.
    ///
    /// # Errors
    /// As those of [`Session::hold`].
    pub fn hold_rollups(
        &self,
        selection: &Selection,
        by: &[&'static Dimension],
    ) -> Result<Vec<Holding>, QueryError> {
        if !self.may_hold() {
            return Ok(Vec::new());
        }
        let filter = filter_of(self, selection)?;
        let mut wanted: BTreeMap<&str, (Ground, BTreeSet<&str>)> = BTreeMap::new();
        for by in by {
            let ground = ground::choose(self, selection, filter.as_ref(), by.needs, Grain::Day, false)?;
            if !ground.is_rows() {
                let (_, needed) = wanted.entry(ground.table).or_insert((ground, BTreeSet::new()));
                needed.extend(by.needs);
            }
        }
        let mut held = Vec::new();
        for (ground, needed) in wanted.into_values() {
            let columns = columns(ground.table, filter.as_ref(), &needed);
            held.extend(self.keep(selection, ground.table, &ground.condition, &columns)?);
        }
        Ok(held)
    }

    /// Whether the rows that a question about a selection needs of a table are held.
    pub(crate) fn is_held(&self, selection: &Selection, table: &str) -> bool {
        self.held.has(selection, table)
    }

    /// Whether rows that are held here are read at all.
    fn may_hold(&self) -> bool {
        !self.is_explaining() && !engine::is_elsewhere(self.store())
    }

    /// Reads rows and holds them, unless they are too large.
    fn keep(
        &self,
        selection: &Selection,
        table: &'static str,
        condition: &str,
        columns: &str,
    ) -> Result<Option<Holding>, QueryError> {
        let sql = format!("SELECT {columns} FROM {}{table} WHERE {condition}", crate::session::BASE);
        self.wait(async {
            let frame = self.context.sql(&sql).await?;
            let Some(conditions) = conditions_of(&frame.clone().into_optimized_plan()?) else {
                return Ok(None);
            };
            if let Some(held) = self.held.find(table, &conditions, frame.schema().as_arrow()) {
                return Ok(Some(held));
            }
            let room = HELD_BYTES_MAX.saturating_sub(self.held.bytes());
            let mut stream = frame.execute_stream().await?;
            let (schema, mut batches, mut bytes) = (stream.schema(), Vec::new(), 0);
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                bytes += batch.get_array_memory_size();
                if bytes > room {
                    return Ok(None);
                }
                batches.push(batch);
            }
            let parts = self.context.state().config().target_partitions();
            let of = (table, selection.clone(), conditions);
            Ok(Some(self.held.keep(of, schema, (batches, bytes), parts)))
        })
    }
}

/// The columns to hold of a table: those that it has of what questions may need.
fn columns(table: &str, filter: Option<&Filter>, needed: &BTreeSet<&'static str>) -> String {
    let wanted =
        filter.iter().flat_map(|filter| filter.columns()).chain(COLUMNS).chain(needed.iter().copied());
    let wanted: BTreeSet<&str> = wanted.collect();
    let def = table::find(table);
    let has = |name: &str| {
        name == table::DAY && table == PACKETS
            || def.as_ref().is_some_and(|def| def.columns.iter().any(|column| column.name == name))
    };
    let names = wanted.into_iter().filter(|name| has(name)).map(|name| format!("\"{name}\""));
    names.collect::<Vec<_>>().join(", ")
}

/// The conditions of the one scan of a plan, as its table is told them.
fn conditions_of(plan: &LogicalPlan) -> Option<Vec<Expr>> {
    match plan {
        LogicalPlan::TableScan(scan) => Some(unnormalize_cols(scan.filters.iter().cloned())),
        other => match other.inputs().as_slice() {
            [input] => conditions_of(input),
            _ => None,
        },
    }
}
