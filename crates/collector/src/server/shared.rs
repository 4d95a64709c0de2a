//! What the tasks and threads of the collector share.
//!
//! **Invariant:** moments come from the clock that was handed in, spans from a clock that never runs back.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore, watch};

use super::Options;
use super::admission::Admission;
use super::desk::Desk;
use super::metrics::CommitMetrics;
use super::room::Room;
use crate::authority::Authority;
use crate::refusal::Refusal;
use crate::status::{Activity, SensorStatus, Status};

/// The clock: microseconds since 1970.
pub type Clock = Box<dyn Fn() -> i64 + Send + Sync>;

/// A refusal to be ready for longer than that has a reason worth waking somebody: a minute, in microseconds.
const COMMIT_LATE_US: u64 = 60_000_000;
/// Commits that failed in a row before the collector says that it is not ready.
const COMMIT_FAILURES_MAX: u32 = 3;

pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) authority: Authority,
    pub(super) admission: Admission,
    pub(super) room: Room,
    pub(super) verifying: Semaphore,
    pub(super) desk: Mutex<Desk>,
    /// Rung when the committer should look at the desk.
    pub(super) bell: Condvar,
    /// Rung whenever a batch was accepted.
    pub(super) accepted: Notify,
    pub(super) commit_metrics: CommitMetrics,
    /// True once the collector ends.
    pub(super) ending: watch::Sender<bool>,
    clock: Clock,
    began: tokio::time::Instant,
}

/// Whether the collector can do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The process works: no thread of it died or hangs.
    pub is_live: bool,
    /// Batches are taken and stored.
    pub is_ready: bool,
    /// Why not.
    pub why: Option<String>,
}

/// Waits until the collector ends.
pub(super) async fn ended(ending: &mut watch::Receiver<bool>) {
    // The sender lives as long as those who wait; were it gone, the end had come, too.
    let _ = ending.wait_for(|is_ending| *is_ending).await;
}

impl Shared {
    pub(super) fn new(
        options: Options,
        authority: Authority,
        desk: Desk,
        clock: Clock,
        verifiers: usize,
    ) -> Shared {
        Shared {
            admission: Admission::new(options.connections),
            room: Room::new(options.reading_bytes_max),
            verifying: Semaphore::new(verifiers),
            desk: Mutex::new(desk),
            bell: Condvar::new(),
            accepted: Notify::new(),
            commit_metrics: CommitMetrics::default(),
            ending: watch::Sender::new(false),
            began: tokio::time::Instant::now(),
            options,
            authority,
            clock,
        }
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, in microseconds since 1970.
    pub(super) fn now_us(&self) -> i64 {
        (self.clock)()
    }

    /// Microseconds since the collector began, by a clock that never runs back.
    pub(super) fn ticks_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(super) fn refuse(&self, sensor: Option<&str>, peer: &str, why: Refusal) {
        self.desk().refuse(sensor, peer, why);
    }

    /// What is known of every sensor on the roll or heard of.
    pub(super) fn status(&self) -> Status {
        let now_us = self.now_us();
        let valid_until = self.authority.valid_until(now_us);
        let roll = self.authority.roll();
        let desk = self.desk();
        let mut sensors: BTreeMap<String, SensorStatus> = desk.sensors.clone();
        let listed = roll.certificates.iter().map(|entry| &entry.sensor);
        for name in listed.chain(roll.tokens.iter().map(|entry| &entry.sensor)) {
            let entry = sensors.entry(name.clone());
            entry.or_insert_with(|| SensorStatus { sensor: name.clone(), ..SensorStatus::default() });
        }
        for (name, sensor) in &mut sensors {
            let held = desk.inbox.held_frames(name);
            sensor.superseded = desk.inbox.superseded(name).map(|epoch| format!("{epoch:016x}")).collect();
            if let Some((epoch, mark)) = desk.inbox.mark(name) {
                sensor.epoch = Some(format!("{epoch:016x}"));
                sensor.sequence = Some(mark.sequence);
            }
            let ends_us = valid_until.get(name).copied();
            sensor.complete(held, ends_us, self.options.silent_intervals, now_us);
            sensor.connections = self.admission.of_sensor(name) as u64;
        }
        for retired in &roll.retired {
            if let Some(sensor) = sensors.get_mut(&retired.sensor) {
                sensor.activity = Activity::Retired;
            }
        }
        Status { written_us: now_us, is_ended: desk.is_ending, sensors: sensors.into_values().collect() }
    }

    /// Whether the collector can do its work.
    pub(super) fn health(&self, is_committer_alive: bool) -> Health {
        let ticks_us = self.ticks_us();
        let desk = self.desk();
        let commits = &desk.commits;
        let late = commits.began_ticks_us.filter(|began| ticks_us.saturating_sub(*began) > COMMIT_LATE_US);
        let why = if !is_committer_alive {
            Some("the thread that stores batches has ended: restart the collector".to_string())
        } else if desk.is_ending {
            Some("the collector is ending".to_string())
        } else if let Some(began) = late {
            let seconds = ticks_us.saturating_sub(began) / 1_000_000;
            Some(format!("a commit has been under way for {seconds} seconds: look at the store's disk"))
        } else if commits.failed_in_a_row >= COMMIT_FAILURES_MAX {
            let why = commits.why.as_deref().unwrap_or("no reason was told");
            Some(format!("{} commits in a row failed, the last one: {why}", commits.failed_in_a_row))
        } else {
            None
        };
        Health { is_live: is_committer_alive, is_ready: why.is_none(), why }
    }
}
