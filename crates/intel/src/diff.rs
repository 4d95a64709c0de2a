//! What two editions say differently: numbers that came, went and changed, and in which fields.
//!
//! **Invariant:** both editions are read side by side in the order of their numbers; memory holds what is shown.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::record::Record;
use crate::shelf::{Edition, Shelf};

/// Most differences that are listed; all are counted.
pub const ROWS_MAX: usize = 10_000;

/// What became of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is no longer there.
    Removed,
    /// It is there in another form: these fields differ.
    Changed(Vec<String>),
}

/// One number.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What became of it.
    pub change: Change,
    /// As the newer edition has it; as the older one had it when it went.
    pub record: Record,
}

/// All differences.
#[derive(Debug, Default)]
pub struct Difference {
    /// Numbers that came.
    pub added: u64,
    /// Numbers that went.
    pub removed: u64,
    /// Numbers that changed.
    pub changed: u64,
    /// Numbers that are the same.
    pub same: u64,
    /// The first of them, in the order of their numbers.
    pub rows: Vec<Row>,
}

/// Compares two editions.
pub fn diff(shelf: &Shelf, old: &Edition, new: &Edition) -> Result<Difference> {
    let (before, after) = (shelf.records(old)?, shelf.records(new)?);
    let mut found = Difference::default();
    let (mut left, mut right) = (before.lines(), after.lines());
    let (mut a, mut b) = (left.next().transpose()?, right.next().transpose()?);
    loop {
        let order = match (&a, &b) {
            (None, None) => return Ok(found),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((own, _)), Some((other, _))) => own.cmp(other),
        };
        let row = match (order, &a, &b) {
            (std::cmp::Ordering::Less, Some((_, line)), _) => {
                found.removed += 1;
                Some((Change::Removed, line))
            }
            (std::cmp::Ordering::Greater, _, Some((_, line))) => {
                found.added += 1;
                Some((Change::Added, line))
            }
            (_, Some((_, old)), Some((_, new))) if old != new => {
                found.changed += 1;
                Some((Change::Changed(fields(old, new)), new))
            }
            _ => {
                found.same += 1;
                None
            }
        };
        if let Some((change, line)) = row.filter(|_| found.rows.len() < ROWS_MAX) {
            let record = serde_json::from_str(line).unwrap_or_default();
            found.rows.push(Row { change, record });
        }
        if order.is_le() {
            a = left.next().transpose()?;
        }
        if order.is_ge() {
            b = right.next().transpose()?;
        }
    }
}

/// The fields in which two lines differ.
fn fields(old: &str, new: &str) -> Vec<String> {
    let read = |line: &str| {
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).unwrap_or_default()
    };
    let (old, new) = (read(old), read(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}
