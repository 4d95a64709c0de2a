//! The desk: inbox, those who wait for its answers, and what is known of each sensor, behind one lock.
//!
//! **Invariant:** nobody waits for a ticket that the inbox does not know; the lock is never held while
//! anything is read, written or awaited.

use std::collections::BTreeMap;

use teiten_wire::exchange::Answer;
use tokio::sync::oneshot;

use super::said::Said;
use crate::inbox::{Commit, Event, Inbox, Reply, Settled, Ticket};
use crate::refusal::Refusal;
use crate::sink::Accepted;
use crate::status::{SENSORS_MAX, SensorStatus};

/// Everything that changes when a request comes.
pub(super) struct Desk {
    pub(super) inbox: Inbox,
    waiters: BTreeMap<Ticket, oneshot::Sender<Settled>>,
    pub(super) sensors: BTreeMap<String, SensorStatus>,
    /// Refusals of those who are no sensor.
    pub(super) refused: BTreeMap<Refusal, u64>,
    pub(super) commits: Commits,
    said: Said,
    /// No batch is taken any more; what is accepted is stored.
    pub(super) is_ending: bool,
}

/// How commits went.
#[derive(Debug, Clone, Default)]
pub(super) struct Commits {
    pub(super) done: u64,
    pub(super) failed: u64,
    /// Failures since the last success.
    pub(super) failed_in_a_row: u32,
    /// What the last failure said; nothing after a success.
    pub(super) why: Option<String>,
    /// When the last commit ended well, by the clock.
    pub(super) last_us: Option<i64>,
    /// When the group that is being stored was taken, in ticks.
    pub(super) began_ticks_us: Option<u64>,
}

/// What an offer led to.
pub(super) enum Outcome {
    Now(Answer, u64),
    Later(oneshot::Receiver<Settled>, u64),
}

impl Desk {
    pub(super) fn new(inbox: Inbox, sensors: BTreeMap<String, SensorStatus>) -> Desk {
        Desk {
            inbox,
            waiters: BTreeMap::new(),
            sensors,
            refused: BTreeMap::new(),
            commits: Commits::default(),
            said: Said::default(),
            is_ending: false,
        }
    }

    /// The entry of a sensor; those beyond [`SENSORS_MAX`] share one.
    pub(super) fn sensor(&mut self, name: &str) -> &mut SensorStatus {
        let is_full = self.sensors.len() >= SENSORS_MAX && !self.sensors.contains_key(name);
        let name = if is_full { "" } else { name };
        let entry = self.sensors.entry(name.to_string());
        entry.or_insert_with(|| SensorStatus { sensor: name.to_string(), ..SensorStatus::default() })
    }

    /// Offers a verified batch.
    pub(super) fn offer(&mut self, batch: Accepted, ticks_us: u64, now_us: i64) -> Outcome {
        let head = batch.head.clone();
        if self.is_ending {
            return Outcome::Now(Answer::Busy, self.inbox.expected(&head.sensor));
        }
        let offered = self.inbox.offer(batch, ticks_us);
        let sensor = self.sensor(&head.sensor);
        match offered.event {
            Some(Event::Duplicate) => sensor.duplicates += 1,
            Some(Event::GivenUpStored) => sensor.given_up_stored += 1,
            Some(Event::SecondProcess) => {
                sensor.second_processes += 1;
                if self.said.is_new(&head.sensor, Refusal::Superseded) {
                    tracing::warn!(
                        sensor = head.sensor,
                        epoch = format!("{:016x}", head.epoch),
                        instance = format!("{:016x}", head.instance),
                        "second process: another one sends as this sensor; stop one of the two, or enrol it under its own name"
                    );
                }
            }
            Some(Event::NewSpool) => {
                tracing::info!(
                    sensor = head.sensor,
                    epoch = format!("{:016x}", head.epoch),
                    "new spool: earlier spools of this sensor are superseded"
                );
            }
            None => {}
        }
        match offered.reply {
            Reply::Now(answer) => Outcome::Now(answer, offered.expected),
            Reply::Later(ticket) => {
                if offered.event != Some(Event::Duplicate) {
                    self.sensor(&head.sensor).accept(&head, now_us);
                }
                let (sender, receiver) = oneshot::channel();
                self.waiters.insert(ticket, sender);
                Outcome::Later(receiver, offered.expected)
            }
        }
    }

    /// Takes in how a commit ended and answers those who waited for it.
    pub(super) fn settle(&mut self, commit: Commit, now_us: i64) {
        let settlement = self.inbox.settle(commit);
        self.commits.began_ticks_us = None;
        match commit {
            Commit::Done => {
                self.commits.done += 1;
                self.commits.failed_in_a_row = 0;
                self.commits.why = None;
                self.commits.last_us = Some(now_us);
                for batch in &settlement.left {
                    self.sensor(&batch.head.sensor).store(&batch.head, batch.bytes.len());
                }
            }
            Commit::FailedForNow | Commit::Failed => {
                self.commits.failed += 1;
                self.commits.failed_in_a_row = self.commits.failed_in_a_row.saturating_add(1);
            }
        }
        for settled in settlement.answers {
            if let Some(waiter) = self.waiters.remove(&settled.ticket) {
                // Whoever hung up meanwhile asks again.
                let _ = waiter.send(settled);
            }
        }
    }

    /// Counts a refusal, and says it in the log the first time.
    pub(super) fn refuse(&mut self, sensor: Option<&str>, peer: &str, why: Refusal) {
        match sensor {
            Some(name) => {
                *self.sensor(name).refused.entry(why.name().to_string()).or_default() += 1;
            }
            None => *self.refused.entry(why).or_default() += 1,
        }
        let is_usual = matches!(why, Refusal::NoRoom | Refusal::Early | Refusal::Superseded);
        if !is_usual && self.said.is_new(sensor.unwrap_or(peer), why) {
            tracing::warn!(sensor, peer, reason = why.name(), "refused: {why}; later ones are only counted");
        }
    }

    /// Lets everybody go who still waits.
    pub(super) fn dismiss(&mut self) {
        self.waiters.clear();
    }
}
