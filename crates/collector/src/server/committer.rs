//! The thread that stores groups: one at a time, and only it knows the sink.
//!
//! **Invariant:** a sink that panics is a failed commit, and the thread goes on; it ends when all that was
//! accepted is stored, or could not be.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::shared::Shared;
use crate::inbox::Commit;
use crate::sink::{Accepted, Sink, SinkError};

/// The first pause after a commit failed, in microseconds; each further failure doubles it.
const PAUSE_FIRST_US: u64 = 500_000;
/// The longest pause.
const PAUSE_MAX_US: u64 = 30_000_000;
/// The longest sleep, so that nothing rests on a bell that was missed.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// The most commits that are tried once the collector ends.
const LAST_COMMITS_MAX: usize = 64;

pub(super) fn run(shared: &Arc<Shared>, mut sink: Box<dyn Sink>) {
    let mut pause_until_us = 0;
    while let Some(group) = next_group(shared, pause_until_us) {
        let is_done = store(shared, sink.as_mut(), &group);
        let failures = shared.desk().commits.failed_in_a_row;
        let pause_us =
            PAUSE_FIRST_US.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(PAUSE_MAX_US);
        pause_until_us = if is_done { 0 } else { shared.ticks_us().saturating_add(pause_us) };
    }
    for _ in 0..LAST_COMMITS_MAX {
        let group = shared.desk().inbox.take();
        if group.is_empty() || !store(shared, sink.as_mut(), &group) {
            break;
        }
    }
    shared.desk().dismiss();
}

/// Waits for the next group that is due; nothing once the collector ends.
fn next_group(shared: &Shared, pause_until_us: u64) -> Option<Vec<Accepted>> {
    let mut desk = shared.desk();
    loop {
        if desk.is_ending {
            return None;
        }
        let ticks_us = shared.ticks_us();
        let is_due = desk.inbox.is_due(ticks_us);
        if is_due && ticks_us >= pause_until_us {
            desk.commits.began_ticks_us = Some(ticks_us);
            return Some(desk.inbox.take());
        }
        let wake_us = if is_due { Some(pause_until_us) } else { desk.inbox.due_us() };
        let sleep = wake_us.map_or(SLEEP_MAX, |us| Duration::from_micros(us.saturating_sub(ticks_us)));
        let waited = shared.bell.wait_timeout(desk, sleep.min(SLEEP_MAX));
        desk = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// Stores a group and tells the desk; whether it went well.
fn store(shared: &Shared, sink: &mut dyn Sink, group: &[Accepted]) -> bool {
    let (began_us, now_us) = (shared.ticks_us(), shared.now_us());
    let stored = std::panic::catch_unwind(AssertUnwindSafe(|| sink.store(group, now_us)));
    let stored = stored.unwrap_or_else(|_| {
        Err(SinkError {
            message: "the store panicked: this is a mistake of ours".to_string(),
            is_passing: false,
        })
    });
    let seconds = shared.ticks_us().saturating_sub(began_us) as f64 / 1e6;
    let bytes: usize = group.iter().map(|batch| batch.bytes.len()).sum();
    let commit = match &stored {
        Ok(()) => Commit::Done,
        Err(error) if error.is_passing => Commit::FailedForNow,
        Err(_) => Commit::Failed,
    };
    shared.commit_metrics.observe(seconds, group.len(), bytes);
    let mut desk = shared.desk();
    desk.settle(commit, shared.now_us());
    if let Err(error) = stored {
        // The first failure and then every doubling: a full disk over night is a dozen lines.
        if desk.commits.failed_in_a_row.is_power_of_two() {
            let failures = desk.commits.failed_in_a_row;
            tracing::error!(
                batches = group.len(),
                failures,
                "storing failed: {error}; sensors keep the batches"
            );
        }
        desk.commits.why = Some(error.message);
    }
    commit == Commit::Done
}
