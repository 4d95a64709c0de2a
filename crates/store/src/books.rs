//! Which inputs a snapshot holds, read from its book of inputs.
//!
//! The book is committed with the ledger's entries, so both name the same inputs; the book is read
//! once, where the ledger would be asked once an input.

use std::collections::BTreeSet;

use arrow::array::AsArray;

use crate::batches;
use crate::error::StoreError;
use crate::location::Location;
use crate::snapshot::Snapshot;
use crate::store::{Store, files_at};

/// Identifiers of all inputs of a snapshot.
pub fn inputs(store: &Store, snapshot: &Snapshot) -> Result<BTreeSet<String>, StoreError> {
    store.runtime().block_on(inputs_at(store.location(), snapshot))
}

/// The same for who waits on the store's runtime already.
pub(crate) async fn inputs_at(
    location: &Location,
    snapshot: &Snapshot,
) -> Result<BTreeSet<String>, StoreError> {
    let mut inputs = BTreeSet::new();
    for file in files_at(location, snapshot, "inputs").await? {
        let bytes = location.read(&file.path).await?;
        for batch in batches::of_bytes(bytes, &file.path, Some(&["input"]))? {
            let batch = batch?;
            let names = batch.column(0).as_string_opt::<i32>().ok_or_else(|| StoreError::Damaged {
                what: file.path.clone(),
                why: "its column of inputs is no text".to_string(),
            })?;
            inputs.extend(names.iter().flatten().map(ToString::to_string));
        }
    }
    Ok(inputs)
}
