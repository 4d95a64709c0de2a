//! Retention: raw frames, packets and rollups go when they are old, take too much, or the disk is too full.
//!
//! Whole days go, oldest first, each kind by limits of its own. What goes leaves the tables by one commit, which
//! also writes the book of what expired (see `expiries`); its files are swept away when no kept snapshot needs
//! them, or at once when it went for want of room. Findings, facts, books and published reports stay.
//!
//! A full disk keeps nothing from being deleted: files that no reader needs go before anything is written, then
//! room that was set aside (see `reserve`) is given to the commit, which takes some kilobytes. Of rollups, files
//! that have a part of the days that go are written anew only when there is room; else the days go that need no
//! writing.
//!
//! In a bucket there is no disk to be full: limits of free room let nothing go there. Two keepers at once plan the same
//! days; the commit of the second is given up, because the book has other lines by then.
//!
//! **Invariant:** a day goes whole; no day goes that is not over, and none before an older one of its kind.
//! **Invariant:** frames lie on disk until the commit that tells of their going.

mod held;
mod rollups;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use model::interval::DAY_US;
use teiten_model as model;

use crate::error::StoreError;
use crate::expiries::{self, Expiry, Kind, Reason};
use crate::file::DataFile;
use crate::intake::{lay, seal};
use crate::keeper::Keeper;
use crate::ledger::{self, Intent, Keeping, Sealed};
use crate::location::{Lock, WRITER_WAIT_MS_MAX};
use crate::part::{Packer, PartWriter};
use crate::reserve;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::sweep;
use crate::table::{self, EXPIRIES, PACKETS};
use held::Held;

/// How long a kind is kept; `None` of a limit is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Days after the end of a day until it goes.
    pub days_max: Option<u64>,
    /// Most bytes of all of it.
    pub bytes_max: Option<u64>,
    /// Bytes that must be free on the disk: else it goes.
    pub free_bytes_min: Option<u64>,
}

impl Limits {
    /// Whether it is kept for ever.
    pub fn is_none(&self) -> bool {
        *self == Limits::default()
    }

    /// Whether a day that ended at a moment is old enough to go.
    fn is_old(&self, end_us: i64, now_us: i64) -> bool {
        self.days_max.is_some_and(|days| {
            i128::from(end_us) + i128::from(days) * i128::from(DAY_US) <= i128::from(now_us)
        })
    }
}

/// How long each kind is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// Raw frames of live sensors.
    pub frames: Limits,
    /// Packets.
    pub packets: Limits,
    /// Rollups.
    pub rollups: Limits,
}

impl Policy {
    /// The limits of a kind.
    pub fn of(&self, kind: Kind) -> Limits {
        match kind {
            Kind::Frames => self.frames,
            Kind::Packets => self.packets,
            Kind::Rollups => self.rollups,
        }
    }

    /// Whether everything is kept for ever.
    pub fn is_none(&self) -> bool {
        Kind::ALL.iter().all(|kind| self.of(*kind).is_none())
    }

    /// The most that is to be free on the disk, in bytes.
    fn free_bytes_min(&self) -> u64 {
        Kind::ALL.iter().filter_map(|kind| self.of(*kind).free_bytes_min).max().unwrap_or(0)
    }
}

/// What is to go, and how.
#[derive(Debug, Clone, Default)]
struct Plan {
    /// What goes, by kind and day.
    expiries: Vec<Expiry>,
    files: BTreeMap<String, Vec<DataFile>>,
    rewritten: Vec<rollups::Cut>,
}

/// Days that are due under limits, oldest first. `free` is what is free on the disk, and becomes what will be.
fn due(held: Vec<Held>, limits: Limits, now_us: i64, free: &mut u64) -> Vec<(Held, Reason)> {
    let mut size: u64 = held.iter().map(|day| day.size_bytes).sum();
    let mut due = Vec::new();
    for day in held {
        let reason = match () {
            () if day.end > now_us => break,
            () if limits.is_old(day.end, now_us) => Reason::Age,
            () if limits.bytes_max.is_some_and(|most| size > most) => Reason::Size,
            () if limits.free_bytes_min.is_some_and(|least| *free < least) => Reason::Free,
            () => break,
        };
        size -= day.size_bytes;
        *free = free.saturating_add(day.size_bytes);
        due.push((day, reason));
    }
    due
}

/// What would go at a moment, and what would be swept away before because there is too little room.
///
/// # Errors
/// When the store cannot be read.
pub fn preview(store: &Store, policy: &Policy, now_us: i64) -> Result<Retained, StoreError> {
    let mut room = store.location().free_bytes()?;
    let mut swept = sweep::Swept::default();
    if is_short(room, policy) {
        swept = sweep::preview(store, now_us)?;
        room = room.map(|free| free.saturating_add(swept.size_bytes));
    }
    if room.is_some_and(|free| free < reserve::BYTES) {
        room = room.map(|free| free.saturating_add(reserve::held_bytes(store)));
    }
    Ok(Retained { expiries: plan(store, &store.snapshot()?, policy, now_us, room)?.expiries, swept })
}

/// Whether so little is free that what only older snapshots need goes at once.
fn is_short(room: Option<u64>, policy: &Policy) -> bool {
    room.is_some_and(|free| free < policy.free_bytes_min().max(reserve::BYTES))
}

/// What goes of a snapshot at a moment at which so much is free.
fn plan(
    store: &Store,
    snapshot: &Snapshot,
    policy: &Policy,
    now_us: i64,
    room: Option<u64>,
) -> Result<Plan, StoreError> {
    let mut free = room.unwrap_or(u64::MAX);
    let mut plan = Plan::default();
    if !policy.frames.is_none() {
        for (day, reason) in
            due(held::frames(store, policy.frames, now_us)?, policy.frames, now_us, &mut free)
        {
            plan.expiries.push(day.expiry(Kind::Frames, reason));
        }
    }
    if !policy.packets.is_none() {
        let files = store.files(snapshot, PACKETS)?;
        for (day, reason) in due(held::packets(&files), policy.packets, now_us, &mut free) {
            plan.expiries.push(day.expiry(Kind::Packets, reason));
            let of_day = files.iter().filter(|file| file.day.as_deref() == Some(day.name.as_str()));
            plan.files.entry(PACKETS.to_string()).or_default().extend(of_day.cloned());
        }
    }
    if !policy.rollups.is_none() {
        rollups::plan(store, snapshot, policy.rollups, now_us, &mut free, room, &mut plan)?;
    }
    Ok(plan)
}

/// What was done, or would be.
#[derive(Debug, Clone, Default)]
pub struct Retained {
    /// What went.
    pub expiries: Vec<Expiry>,
    /// What was swept away because of want of room.
    pub swept: sweep::Swept,
}

/// Makes what is due go.
///
/// # Errors
/// When the store cannot be read, the disk fails, or another keeper followed; in a bucket [`StoreError::Overtaken`],
/// too, when another writer changed what was to go: then nothing went, and the next time it does.
pub fn retain(keeper: &Keeper<'_>, policy: &Policy, now_us: i64) -> Result<Retained, StoreError> {
    keeper.hold()?;
    let store = keeper.store();
    let mut retained = Retained::default();
    let free_bytes = || store.location().free_bytes();
    if is_short(free_bytes()?, policy) {
        // What only older snapshots need goes before anything that is still asked.
        retained.swept = sweep::sweep(keeper, now_us)?;
    }
    reserve::release(store)?;
    let lock = store.location().lock(WRITER_WAIT_MS_MAX)?;
    let before = store.runtime().block_on(ledger::recovered(store.location()))?;
    let plan = plan(store, &before, policy, now_us, free_bytes()?)?;
    if !plan.expiries.is_empty() {
        let intent = intent(store, &before, &plan, now_us)?;
        expire(store, &intent, lock)?;
    }
    held::remove_frames(store, &plan.expiries)?;
    if plan.expiries.iter().any(|expiry| expiry.reason == Reason::Free) || is_short(free_bytes()?, policy) {
        retained.swept = retained.swept.and(sweep::sweep(keeper, now_us)?);
    }
    reserve::hold(store)?;
    retained.expiries = plan.expiries;
    Ok(retained)
}

fn expire(store: &Store, intent: &Intent, _lock: Option<Lock>) -> Result<(), StoreError> {
    store.runtime().block_on(ledger::commit(store.location(), intent)).map(|_| ())
}

/// The commit of what goes; its new files are written, and nobody sees them yet.
fn intent(store: &Store, before: &Snapshot, plan: &Plan, now_us: i64) -> Result<Intent, StoreError> {
    let number = before.number + 1;
    let mut files: HashMap<String, Vec<Sealed>> = HashMap::new();
    let name = |place: usize| format!("{number:020}-{place:06}.parquet");
    let def = table::find(EXPIRIES).expect("the book of what expired is in the list");
    let (mut part, mut packer) = (PartWriter::new(&def)?, Packer::default());
    part.append(&expiries::record(&plan.expiries, now_us).values(&def), &mut packer)?;
    let sealed = seal(store, EXPIRIES, &name(0), None, part, &mut packer)?;
    files.entry(EXPIRIES.to_string()).or_default().push(sealed);
    for (place, cut) in plan.rewritten.iter().enumerate() {
        let part = cut.part(store)?;
        let sealed = lay(store, cut.table.name, &name(place + 1), None, part)?;
        files.entry(cut.table.name.to_string()).or_default().push(sealed);
    }
    let mut replaced: BTreeMap<String, Vec<Sealed>> = BTreeMap::new();
    for (table, gone) in &plan.files {
        replaced.entry(table.clone()).or_default().extend(gone.iter().map(Sealed::of));
    }
    for cut in &plan.rewritten {
        replaced.entry(cut.table.name.to_string()).or_default().push(Sealed::of(&cut.file));
    }
    Ok(Intent {
        snapshot: number,
        files,
        at_us: now_us,
        replaced: replaced.into_iter().collect(),
        keeping: Some(Keeping::Expired),
        ..Intent::default()
    })
}
