//! How the store is kept small: the configuration as limits, and one round of all that is due.
//!
//! A collector makes a round every so often, on a thread of its own; `teiten store compact` and `teiten store
//! retain` make the parts of one when somebody says so. One process at a time is the keeper of a store; whoever comes
//! second leaves it to the first.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::Result;
use teiten_model::interval::{Day, HOUR_US, Timestamp};
use teiten_store::compact::pace::Pace;
use teiten_store::compact::{self, Outcome};
use teiten_store::error::StoreError;
use teiten_store::keeper::Keeper;
use teiten_store::reserve;
use teiten_store::retain::{self, Limits, Policy};
use teiten_store::store::Store;
use teiten_store::sweep::{self, Swept};

use crate::config::Keep;

/// How long each kind is kept, as it is configured.
pub(crate) fn policy(keep: &Keep) -> Policy {
    let bytes = |mib: u64| (mib > 0).then_some(mib << 20);
    let [frames, packets, rollups] = keep.limits.map(|[days, mib, free_mib]| Limits {
        days_max: (days > 0).then_some(days),
        bytes_max: bytes(mib),
        free_bytes_min: bytes(free_mib),
    });
    Policy { frames, packets, rollups }
}

/// A rate of so many MiB a second; 0 is none.
pub(crate) fn pace(mib_per_second: u64) -> Pace {
    Pace { bytes_per_second_max: (mib_per_second > 0).then_some(mib_per_second << 20) }
}

/// The first UTC day that is not closed: days before it have ended so long ago that few packets are still to come.
pub(crate) fn open_day(keep: &Keep, now: Timestamp) -> String {
    Day::of(Timestamp(now.0 - keep.closed_hours as i64 * HOUR_US)).to_string()
}

/// Sweeps what was replaced so long ago that no reader should need it.
pub(crate) fn sweep(keeper: &Keeper<'_>, keep: &Keep, now: Timestamp) -> Result<Swept, StoreError> {
    sweep::sweep(keeper, now.0 - keep.grace_hours as i64 * HOUR_US)
}

/// What a round did.
#[derive(Debug, Default)]
struct Round {
    expired: usize,
    expired_bytes: u64,
    compacted: usize,
    saved_bytes: u64,
    swept: Swept,
}

/// One round: what is due goes, what is closed is compacted, what was replaced long ago is swept away.
fn round(
    store: &Store,
    keep: &Keep,
    clock: &dyn Fn() -> Timestamp,
    is_over: &dyn Fn() -> bool,
) -> Result<Round, StoreError> {
    let clock_us = || clock().0;
    let (keeper, now) = (store.keep(&clock_us)?, clock());
    let mut round = Round::default();
    let policy = policy(keep);
    if !policy.is_none() {
        let retained = retain::retain(&keeper, &policy, now.0)?;
        round.expired = retained.expiries.len();
        round.expired_bytes = retained.expiries.iter().map(|expiry| expiry.size_bytes).sum();
    }
    let open = open_day(keep, now);
    for work in compact::plan(store, &store.snapshot()?, |day| day < open.as_str())? {
        if is_over() {
            break;
        }
        if let Outcome::Done { size_bytes, .. } =
            compact::work(&keeper, &work, pace(keep.mib_per_second), now.0)?
        {
            round.compacted += 1;
            round.saved_bytes += work.size_bytes().saturating_sub(size_bytes);
        }
    }
    round.swept = sweep(&keeper, keep, now)?;
    reserve::hold(store)?;
    Ok(round)
}

/// Makes rounds until the other end of the channel goes.
pub(crate) fn rounds(store: &Store, keep: &Keep, clock: &dyn Fn() -> Timestamp, ended: &Receiver<()>) {
    if keep.every_minutes == 0 {
        return;
    }
    let every = Duration::from_secs(60 * keep.every_minutes);
    let is_over = || !matches!(ended.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty));
    // One that is started again and again, because the disk is full, must come to its first round.
    let mut wait = every.min(Duration::from_secs(keep.first_seconds));
    while matches!(ended.recv_timeout(wait), Err(RecvTimeoutError::Timeout)) {
        wait = every;
        match round(store, keep, clock, &is_over) {
            Ok(done) if done.expired + done.compacted > 0 || done.swept.files > 0 => tracing::info!(
                expired = done.expired,
                expired_bytes = done.expired_bytes,
                compacted = done.compacted,
                saved_bytes = done.saved_bytes,
                swept_files = done.swept.files,
                swept_bytes = done.swept.size_bytes,
                "the store was looked after"
            ),
            Ok(_) => {}
            Err(StoreError::Kept(_)) => tracing::info!("another process looks after the store"),
            Err(error @ StoreError::Overtaken { .. }) => tracing::info!("left for the next time: {error}"),
            Err(error) => tracing::warn!("the store could not be looked after: {error}"),
        }
    }
}
