//! The thread that stores groups: one at a time, and only it knows the sink.
//!
//! A commit that failed may have failed after it was durable. So the sink is asked for its marks then, and nothing
//! more is stored before it has told them.
//!
//! **Invariant:** a sink that panics is a failed commit, and the thread goes on; it ends when all that was
//! accepted is stored, or could not be. What is at or below a mark is not stored again.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
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

/// The sink, and whether a commit failed of which it is not known what became of it.
struct Store {
    sink: Box<dyn Sink>,
    is_unsure: bool,
}

/// Says that the committer lives, until it is dropped.
pub(super) struct Alive(Arc<Shared>);

impl Alive {
    pub(super) fn new(shared: &Arc<Shared>) -> Alive {
        shared.is_committing.store(true, Ordering::Release);
        Alive(Arc::clone(shared))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.is_committing.store(false, Ordering::Release);
    }
}

pub(super) fn run(alive: Alive, sink: Box<dyn Sink>) {
    let shared = alive.0.as_ref();
    let mut store = Store { sink, is_unsure: false };
    let mut pause_until_us = 0;
    while let Some(group) = next_group(shared, pause_until_us) {
        if group.is_empty() {
            // Marks were wanted. When they are not told, sensors that wait for them come again.
            let began_us = shared.ticks_us();
            let told = recall(shared, &mut store);
            shared.desk().asked_for_marks(began_us, told.is_ok());
            if let Err(error) = told {
                tracing::warn!("the store does not say what others stored: {error}");
            }
            continue;
        }
        let is_done = commit(shared, &mut store, group);
        let failures = shared.desk().commits.failures.in_a_row();
        let pause_us =
            PAUSE_FIRST_US.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(PAUSE_MAX_US);
        pause_until_us = if is_done { 0 } else { shared.ticks_us().saturating_add(pause_us) };
    }
    for _ in 0..LAST_COMMITS_MAX {
        let group = shared.desk().inbox.take();
        if group.is_empty() || !commit(shared, &mut store, group) {
            break;
        }
    }
    shared.desk().dismiss();
}

/// Waits for the next group that is due, or an empty one when marks are wanted; nothing once the collector ends.
fn next_group(shared: &Shared, pause_until_us: u64) -> Option<Vec<Accepted>> {
    let mut desk = shared.desk();
    loop {
        if desk.is_ending {
            return None;
        }
        if desk.wants_marks() {
            return Some(Vec::new());
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
fn commit(shared: &Shared, store: &mut Store, mut group: Vec<Accepted>) -> bool {
    let (began_us, now_us) = (shared.ticks_us(), shared.now_us());
    let (commit, failure) = match stored(shared, store, &mut group, now_us) {
        Ok(()) => (Commit::Done, None),
        Err((commit, error)) => (commit, Some(error)),
    };
    let seconds = shared.ticks_us().saturating_sub(began_us) as f64 / 1e6;
    let bytes: usize = group.iter().map(|batch| batch.bytes.len()).sum();
    shared.commit_metrics.observe(seconds, group.len(), bytes);
    let why = failure.as_ref().map(|error| error.message.clone());
    let failures = shared.desk().settle(commit, why, shared.now_us());
    if let (Some(error), Some(failures)) = (failure, failures) {
        tracing::error!(batches = group.len(), failures, "storing failed: {error}; sensors keep the batches");
    }
    commit == Commit::Done
}

/// Stores a group, once the sink has told its marks if that is owed; `group` is then what they leave of it. The
/// marks are asked for once, whatever fails: those who wait for the group wait for the sink.
fn stored(
    shared: &Shared,
    store: &mut Store,
    group: &mut Vec<Accepted>,
    now_us: i64,
) -> Result<(), (Commit, SinkError)> {
    if store.is_unsure {
        // Nobody tried to store the group: there is nothing to hold against its spools, whatever the sink says.
        recall(shared, store).map_err(|error| (Commit::FailedForNow, error))?;
        *group = shared.desk().inbox.under_way();
    }
    if group.is_empty() {
        return Ok(());
    }
    guarded(|| store.sink.store(group, now_us)).map_err(|error| {
        store.is_unsure = true;
        // What is durable after all is answered as that. When it is not told now, it is asked for again before
        // the next group.
        let _ = recall(shared, store);
        (if error.is_passing { Commit::FailedForNow } else { Commit::Failed }, error)
    })
}

/// Asks the sink what it has, and tells the desk.
fn recall(shared: &Shared, store: &mut Store) -> Result<(), SinkError> {
    let marks = guarded(|| store.sink.marks())?;
    shared.desk().recall(&marks);
    store.is_unsure = false;
    Ok(())
}

/// What the sink says; a panic of it is a failure that does not pass.
fn guarded<T>(ask: impl FnOnce() -> Result<T, SinkError>) -> Result<T, SinkError> {
    std::panic::catch_unwind(AssertUnwindSafe(ask)).unwrap_or_else(|_| {
        Err(SinkError {
            message: "the store panicked: this is a mistake of ours".to_string(),
            is_passing: false,
        })
    })
}
