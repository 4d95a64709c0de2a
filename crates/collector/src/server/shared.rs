//! What the tasks and threads of the collector share.
//!
//! **Invariant:** moments come from the clock that was handed in, spans from a clock that never runs back.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, watch};

use super::Options;
use super::admission::Admission;
use super::blocking::{ISSUING_MAX, TELLING_MAX};
use super::desk::{Desk, Remark};
use super::metrics::CommitMetrics;
use super::room::Room;
use crate::authority::Authority;
use crate::refusal::Refusal;
use crate::sink::Mark;
use crate::status::{SensorStatus, Status};

/// The clock: microseconds since 1970.
pub type Clock = Box<dyn Fn() -> i64 + Send + Sync>;

/// A refusal to be ready for longer than that has a reason worth waking somebody: a minute, in microseconds.
const COMMIT_LATE_US: u64 = 60_000_000;
/// Commits that failed in a row before the collector says that it is not ready.
const COMMIT_FAILURES_MAX: u32 = 3;

/// What the desk knows of a sensor.
struct Copied {
    sensor: SensorStatus,
    mark: Option<(u64, Mark)>,
    superseded: Vec<u64>,
    held_frames: u64,
}

impl Copied {
    fn of(desk: &Desk, name: &str) -> Copied {
        let new = || SensorStatus { sensor: name.to_string(), ..SensorStatus::default() };
        Copied {
            sensor: desk.sensors.get(name).cloned().unwrap_or_else(new),
            mark: desk.inbox.mark(name),
            superseded: desk.inbox.superseded(name).collect(),
            held_frames: desk.inbox.held_frames(name),
        }
    }
}

pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) authority: Authority,
    pub(super) admission: Admission,
    pub(super) room: Room,
    /// Places of batches that are verified.
    pub(super) verifying: Arc<Semaphore>,
    /// The place of an answer of operations that is drawn.
    pub(super) telling: Arc<Semaphore>,
    /// The place of a certificate that is issued.
    pub(super) issuing: Arc<Semaphore>,
    pub(super) desk: Mutex<Desk>,
    /// Rung when the committer should look at the desk.
    pub(super) bell: Condvar,
    pub(super) commit_metrics: CommitMetrics,
    /// Whether the thread that stores groups lives.
    pub(super) is_committing: AtomicBool,
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
            verifying: Arc::new(Semaphore::new(verifiers)),
            issuing: Arc::new(Semaphore::new(ISSUING_MAX)),
            telling: Arc::new(Semaphore::new(TELLING_MAX)),
            is_committing: AtomicBool::new(false),
            desk: Mutex::new(desk),
            bell: Condvar::new(),
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

    /// Counts a refusal, and says it in the log the first time.
    pub(super) fn refuse(&self, sensor: Option<&str>, peer: IpAddr, why: Refusal) {
        let remark = self.desk().refuse(sensor, peer, why);
        remark.into_iter().for_each(Remark::say);
    }

    /// Lets no batch in any more; the committer stores what there is, and ends.
    pub(super) fn end_commits(&self) {
        self.desk().is_ending = true;
        self.bell.notify_one();
    }

    /// What is known of every sensor on the roll or heard of. It takes a while with many: not on a thread that
    /// serves sensors.
    pub(super) fn status(&self) -> Status {
        let now_us = self.now_us();
        let standings = self.authority.standings(now_us);
        let connections = self.admission.of_sensors();
        // Only copied under the lock; written and judged after it.
        let (is_ended, copied) = {
            let desk = self.desk();
            let mut names: BTreeSet<&String> = desk.sensors.keys().collect();
            names.extend(standings.keys());
            let copied: Vec<Copied> = names.into_iter().map(|name| Copied::of(&desk, name)).collect();
            (desk.is_ending, copied)
        };
        let complete = |copied: Copied| {
            let Copied { mut sensor, mark, superseded, held_frames } = copied;
            let standing = standings.get(&sensor.sensor).copied().unwrap_or_default();
            if let Some((epoch, mark)) = mark {
                sensor.epoch = Some(format!("{epoch:016x}"));
                sensor.sequence = Some(mark.sequence);
            }
            sensor.superseded = superseded.iter().map(|epoch| format!("{epoch:016x}")).collect();
            sensor.connections = connections.get(&sensor.sensor).copied().unwrap_or(0) as u64;
            sensor.complete(held_frames, standing, self.options.silent_intervals, now_us);
            sensor
        };
        Status { written_us: now_us, is_ended, sensors: copied.into_iter().map(complete).collect() }
    }

    /// Whether the collector can do its work.
    pub(super) fn health(&self) -> Health {
        let is_committing = self.is_committing.load(Ordering::Acquire);
        let ticks_us = self.ticks_us();
        let desk = self.desk();
        let commits = &desk.commits;
        let late = commits.began_ticks_us.filter(|began| ticks_us.saturating_sub(*began) > COMMIT_LATE_US);
        let why = if !is_committing {
            Some("the thread that stores batches has ended: restart the collector".to_string())
        } else if desk.is_ending {
            Some("the collector is ending".to_string())
        } else if let Some(began) = late {
            let seconds = ticks_us.saturating_sub(began) / 1_000_000;
            Some(format!("a commit has been under way for {seconds} seconds: look at the store's disk"))
        } else if commits.failures.in_a_row() >= COMMIT_FAILURES_MAX {
            let why = commits.why.as_deref().unwrap_or("no reason was told");
            Some(format!("{} commits in a row failed, the last one: {why}", commits.failures.in_a_row()))
        } else {
            None
        };
        Health { is_live: is_committing, is_ready: why.is_none(), why }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write;
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::inbox::Inbox;

    /// A log that looks whether the desk is free whenever it is written to.
    #[derive(Clone)]
    struct Watching {
        shared: Arc<Shared>,
        lines: Arc<AtomicUsize>,
    }

    impl Write for Watching {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            assert!(self.shared.desk.try_lock().is_ok(), "the log is written while the desk is held");
            self.lines.fetch_add(1, Ordering::Relaxed);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_is_logged_while_the_desk_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _inside = runtime.enter();
        let options = Options::new("127.0.0.1:0".parse().unwrap(), Vec::new(), folder.path().to_path_buf());
        let inbox = Inbox::new(options.limits, &BTreeMap::new(), &Default::default());
        let authority = Authority::open(folder.path(), 0).unwrap();
        let desk = Desk::new(inbox, BTreeMap::new(), false);
        let shared = Arc::new(Shared::new(options, authority, desk, Box::new(|| 0), 1));
        let lines = Arc::new(AtomicUsize::new(0));
        let watching = Watching { shared: Arc::clone(&shared), lines: Arc::clone(&lines) };
        let log = tracing_subscriber::fmt().with_writer(move || watching.clone()).finish();
        tracing::subscriber::with_default(log, || {
            let peer = IpAddr::from([192, 0, 2, 1]);
            shared.refuse(None, peer, Refusal::Handshake);
            shared.refuse(Some("a"), peer, Refusal::NoBatch);
            shared.refuse(Some("a"), peer, Refusal::NoRoom);
        });
        assert_eq!(lines.load(Ordering::Relaxed), 2);
    }
}
