//! Writers that share a store in a bucket, on as many machines as there are, without a lock and without a server
//! of locks.
//!
//! A group takes the *turn* of the next snapshot's number by putting its intent as `intents/<number>.json`, if none
//! is there yet. Whoever finds an intent that is not published completes it first, whosesoever it is: every step of
//! completing may be done by several writers at once, because each commit is a conditional put that carries its
//! ledger entry. So a writer that dies in its turn holds nobody up.
//!
//! A group that finds its turn taken looks at what was committed meanwhile. When that leaves what the group was made
//! from as it was, the same files take the next turn; when not, nothing of it is stored and it is to be made again.
//!
//! **Invariant:** an intent counts only while its snapshot is not published; so what a slow writer puts late is never
//! completed.
//! **Invariant:** the files of a group are named by at most one intent that counts.

use std::collections::{BTreeMap, BTreeSet};

use object_store::path::Path;
use object_store::{ObjectStore, PutMode, PutOptions};

use crate::books;
use crate::error::StoreError;
use crate::ledger::{self, Intent};
use crate::location::Location;
use crate::snapshot::{self, Snapshot};
use crate::spools::{SPOOLS, Spools};
use crate::store::files_at;
use crate::table;

/// Turns that a group tries to take; others are taken by writers that go on.
const TURNS_MAX: usize = 256;

/// Where the intent of a number stands.
pub(crate) fn place(number: u64) -> Path {
    Path::from(format!("intents/{number:020}.json"))
}

/// The intent of a number that counts: it stands, and its snapshot is not published.
async fn standing(location: &Location, number: u64) -> Result<Option<Intent>, StoreError> {
    let path = place(number);
    let Some(body) = location.read_if_there(path.as_ref()).await? else { return Ok(None) };
    // In this order: one that was put after the publication is seen to be late.
    if snapshot::is_there(location, number).await? {
        return Ok(None);
    }
    serde_json::from_slice(&body)
        .map(Some)
        .map_err(|error| StoreError::Damaged { what: path.to_string(), why: error.to_string() })
}

/// Completes whatever counts; gives the last snapshot that this made.
pub(crate) async fn recover(location: &Location) -> Result<Option<Snapshot>, StoreError> {
    let mut made = None;
    let mut number = snapshot::newest(location).await? + 1;
    for _ in 0..TURNS_MAX {
        match standing(location, number).await? {
            Some(intent) => made = Some(ledger::complete(location, &intent).await?),
            None if snapshot::is_there(location, number).await? => {}
            None => return Ok(made),
        }
        number += 1;
    }
    Ok(made)
}

/// Takes the turn of an intent's number; `false` when it is another's.
async fn take_turn(location: &Location, intent: &Intent) -> Result<bool, StoreError> {
    let path = place(intent.snapshot);
    let body = serde_json::to_vec(intent).expect("an intent is plain data");
    let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    match location.objects.put_opts(&path, body.clone().into(), options).await {
        Ok(_) => {}
        // It may be our own: an answer that was lost on the way.
        Err(object_store::Error::AlreadyExists { .. }) => {
            if location.read_if_there(path.as_ref()).await?.is_none_or(|found| *found != *body) {
                return Ok(false);
            }
        }
        Err(error) => return Err(error.into()),
    }
    if !snapshot::is_there(location, intent.snapshot).await? {
        return Ok(true);
    }
    location.remove(&path).await?;
    Ok(false)
}

/// Commits a group in its turn.
///
/// # Errors
/// [`StoreError::Overtaken`] when another writer changed what it was made from, [`StoreError::AlreadyStored`] when
/// another stored one of its inputs: then nothing of it is stored.
pub(crate) async fn commit(location: &Location, intent: &Intent) -> Result<Snapshot, StoreError> {
    let base = snapshot::load(location, intent.snapshot.saturating_sub(1)).await?;
    let mut own = intent.clone();
    for _ in 0..TURNS_MAX {
        if take_turn(location, &own).await? {
            return ledger::complete(location, &own).await;
        }
        recover(location).await?;
        let newest = snapshot::load(location, snapshot::newest(location).await?).await?;
        if let Some(done) = fits(location, &own, &base, newest.clone()).await? {
            return Ok(done);
        }
        own.snapshot = newest.number + 1;
    }
    Err(StoreError::Locked(location.url.to_string()))
}

/// Whether a group still fits after what others committed since it was begun; the snapshot, when it is stored itself:
/// another writer completed it.
async fn fits(
    location: &Location,
    own: &Intent,
    base: &Snapshot,
    newest: Snapshot,
) -> Result<Option<Snapshot>, StoreError> {
    let overtaken =
        |what: &str| StoreError::Overtaken { location: location.url.to_string(), what: what.to_string() };
    let named = own.files.iter().find_map(|(table, files)| Some((table.as_str(), files.first()?)));
    if let Some((table, file)) = named {
        let path = format!("tables/{table}/{}", file.path);
        if files_at(location, &newest, table).await?.iter().any(|live| live.path == path) {
            return Ok(Some(newest));
        }
    }
    let replaced: BTreeMap<_, _> = own.replaced.iter().collect();
    for (table, files) in replaced {
        let live: BTreeSet<String> =
            files_at(location, &newest, table).await?.into_iter().map(|file| file.path).collect();
        if !files.iter().all(|file| live.contains(&format!("tables/{table}/{}", file.path))) {
            return Err(overtaken(&format!("table {table}")));
        }
    }
    if own.is_counted {
        let counted = table::tables().into_iter().filter(|def| def.is_counted);
        for def in counted {
            if base.tables.get(def.name) != newest.tables.get(def.name) {
                return Err(overtaken(&format!("table {}", def.name)));
            }
        }
    }
    if !own.inputs.is_empty() {
        let stored = books::inputs_at(location, &newest).await?;
        if let Some(input) = own.inputs.iter().find(|input| stored.contains(*input)) {
            return Err(StoreError::AlreadyStored(input.clone()));
        }
    }
    if !own.spools.is_empty() && base.tables.get(SPOOLS) != newest.tables.get(SPOOLS) {
        let (before, after) =
            (Spools::load_at(location, base).await?.0, Spools::load_at(location, &newest).await?.0);
        let mark = |spools: &Spools, application: &str| {
            spools.all().find(|spool| spool.application() == application).map(|spool| spool.sequence)
        };
        if let Some((spool, _)) = own.spools.iter().find(|(id, _)| mark(&before, id) != mark(&after, id)) {
            return Err(overtaken(&format!("spool {spool}")));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
