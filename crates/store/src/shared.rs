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
//! Files that a keeper may sweep away are none of a group's: at or below the *floor* of the snapshot that it follows
//! on, a file gets another number before its group takes a turn (see `sweep`).
//!
//! **Invariant:** an intent counts only while its snapshot is not published, which the newest number tells; so what a
//! slow writer puts late is never completed, even when the snapshot of its number was swept away.
//! **Invariant:** the files of a group are named by at most one intent that counts.

use std::collections::{BTreeMap, BTreeSet};

use object_store::path::Path;

use crate::books;
use crate::error::StoreError;
use crate::ledger::{self, Intent, Keeping};
use crate::location::Location;
use crate::numbered;
use crate::snapshot::{self, Snapshot};
use crate::spools::{SPOOLS, Spools};
use crate::store::files_at;
use crate::table::{self, EXPIRIES};

/// The folder of intents.
const INTENTS: &str = "intents";

/// Turns that a group tries to take; others are taken by writers that go on.
const TURNS_MAX: usize = 256;

/// Where the intent of a number stands.
pub(crate) fn place(number: u64) -> Path {
    numbered::place(INTENTS, number)
}

/// Whether the snapshot of a number was published, in a bucket; it may have been swept away since.
pub(crate) async fn is_past(location: &Location, number: u64) -> Result<bool, StoreError> {
    Ok(location.bucket().is_some() && snapshot::newest(location).await? >= number)
}

/// The intent of a number that counts: it stands, and its snapshot is not published.
async fn standing(location: &Location, number: u64) -> Result<Option<Intent>, StoreError> {
    let path = place(number);
    let Some(body) = location.read_if_there(path.as_ref()).await? else { return Ok(None) };
    // In this order: one that was put after the publication is seen to be late.
    if is_past(location, number).await? {
        return Ok(None);
    }
    serde_json::from_slice(&body)
        .map(Some)
        .map_err(|error| StoreError::Damaged { what: path.to_string(), why: error.to_string() })
}

/// Completes whatever counts; gives the last snapshot that this made.
pub(crate) async fn recover(location: &Location) -> Result<Option<Snapshot>, StoreError> {
    let mut made = None;
    for _ in 0..TURNS_MAX {
        let number = snapshot::newest(location).await? + 1;
        match standing(location, number).await? {
            Some(intent) => made = Some(ledger::complete(location, &intent).await?),
            None if is_past(location, number).await? => {}
            None => return Ok(made),
        }
    }
    Ok(made)
}

/// Takes the turn of an intent's number; `false` when it is another's.
async fn take_turn(location: &Location, intent: &Intent) -> Result<bool, StoreError> {
    let path = place(intent.snapshot);
    let body = serde_json::to_vec(intent).expect("an intent is plain data");
    if !numbered::claim(location, &path, body).await? {
        return Ok(false);
    }
    if !is_past(location, intent.snapshot).await? {
        return Ok(true);
    }
    location.remove(&path).await?;
    Ok(false)
}

/// Gives the files of a group numbers above a floor: one at or below it may be swept away at any time.
async fn renumber(location: &Location, own: &mut Intent, floor: u64) -> Result<(), StoreError> {
    let number = own.snapshot;
    let by_table: BTreeMap<_, _> = own.files.iter_mut().collect();
    for (table, files) in by_table {
        for sealed in files.iter_mut().filter(|sealed| sealed.number().is_none_or(|of| of <= floor)) {
            if !sealed.renumber(location, table, number).await? {
                return Err(overtaken(location, &format!("files of table {table} that were begun long ago")));
            }
        }
    }
    Ok(())
}

fn overtaken(location: &Location, what: &str) -> StoreError {
    StoreError::Overtaken { location: location.url.to_string(), what: what.to_string() }
}

/// Commits a group in its turn.
///
/// # Errors
/// [`StoreError::Overtaken`] when another writer changed what it was made from, [`StoreError::AlreadyStored`] when
/// another stored one of its inputs: then nothing of it is stored.
pub(crate) async fn commit(location: &Location, intent: &Intent) -> Result<Snapshot, StoreError> {
    let base = snapshot::load_if_there(location, intent.snapshot.saturating_sub(1)).await?;
    let mut own = intent.clone();
    // A turn after a snapshot that was swept away is long past.
    let mut before = base.clone();
    for _ in 0..TURNS_MAX {
        if let Some(before) = before {
            renumber(location, &mut own, before.floor).await?;
            if take_turn(location, &own).await? {
                return ledger::complete(location, &own).await;
            }
        }
        recover(location).await?;
        let newest = snapshot::load_newest(location).await?;
        if is_stored(location, &own, &newest).await? {
            return Ok(newest);
        }
        fits(location, &own, base.as_ref(), &newest).await?;
        own.snapshot = newest.number + 1;
        before = Some(newest);
    }
    Err(StoreError::Locked(location.url.to_string()))
}

/// Whether a snapshot names the files of a group already: another writer completed it.
async fn is_stored(location: &Location, own: &Intent, newest: &Snapshot) -> Result<bool, StoreError> {
    let named = own.files.iter().find_map(|(table, files)| Some((table.as_str(), files.first()?)));
    let Some((table, file)) = named else { return Ok(false) };
    let path = format!("tables/{table}/{}", file.path);
    Ok(files_at(location, newest, table).await?.iter().any(|live| live.path == path))
}

/// Sees that a group still fits after what others committed since it was begun on a base, which may have been swept
/// away.
///
/// # Errors
/// [`StoreError::Overtaken`] or [`StoreError::AlreadyStored`] when it does not.
async fn fits(
    location: &Location,
    own: &Intent,
    base: Option<&Snapshot>,
    newest: &Snapshot,
) -> Result<(), StoreError> {
    let overtaken = |what: &str| overtaken(location, what);
    let replaced: BTreeMap<_, _> = own.replaced.iter().collect();
    for (table, files) in replaced {
        let live: BTreeSet<String> =
            files_at(location, newest, table).await?.into_iter().map(|file| file.path).collect();
        if !files.iter().all(|file| live.contains(&format!("tables/{table}/{}", file.path))) {
            return Err(overtaken(&format!("table {table}")));
        }
    }
    let is_same = |table: &str| base.is_some_and(|base| base.tables.get(table) == newest.tables.get(table));
    // What expired is told once.
    let judged = table::tables().into_iter().filter(|def| match own.keeping {
        Some(keeping) => keeping == Keeping::Expired && def.name == EXPIRIES,
        None => own.is_counted && def.is_counted,
    });
    for def in judged {
        if !is_same(def.name) {
            return Err(overtaken(&format!("table {}", def.name)));
        }
    }
    if !own.inputs.is_empty() {
        let stored = books::inputs_at(location, newest).await?;
        if let Some(input) = own.inputs.iter().find(|input| stored.contains(*input)) {
            return Err(StoreError::AlreadyStored(input.clone()));
        }
    }
    if !own.spools.is_empty() && !is_same(SPOOLS) {
        let base = base.ok_or_else(|| overtaken(&format!("table {SPOOLS}")))?;
        let (before, after) =
            (Spools::load_at(location, base).await?.0, Spools::load_at(location, newest).await?.0);
        let mark = |spools: &Spools, application: &str| {
            spools.all().find(|spool| spool.application() == application).map(|spool| spool.sequence)
        };
        if let Some((spool, _)) = own.spools.iter().find(|(id, _)| mark(&before, id) != mark(&after, id)) {
            return Err(overtaken(&format!("spool {spool}")));
        }
    }
    Ok(())
}

/// Takes intents away that count no more: those of snapshots up to a number, which were published.
pub(crate) async fn sweep(location: &Location, published: u64) -> Result<(), StoreError> {
    let late = numbered::numbers(location, INTENTS, 0).await?.into_iter();
    let late = late.take_while(|number| *number <= published).map(place);
    Ok(location.remove_all(late).await?)
}

#[cfg(test)]
mod tests;
