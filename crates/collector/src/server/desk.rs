//! The desk: inbox, those who wait for its answers, and what is known of each sensor, behind one lock.
//!
//! **Invariant:** nobody waits for a ticket that the inbox does not know; the lock is never held while
//! anything is read, written, logged or awaited.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use teiten_wire::exchange::Answer;
use tokio::sync::{oneshot, watch};

use super::failures::Failures;
use super::said::Said;
use crate::inbox::{Commit, Event, Inbox, Reply, Settled, Ticket};
use crate::refusal::Refusal;
use crate::sink::{Accepted, Mark};
use crate::status::{SENSORS_MAX, SensorStatus};

/// Everything that changes when a request comes.
pub(super) struct Desk {
    pub(super) inbox: Inbox,
    waiters: BTreeMap<Ticket, oneshot::Sender<Settled>>,
    /// Sensors of which a batch came too early: dropping the sender wakes those who wait for the next one.
    early: BTreeMap<String, watch::Sender<()>>,
    pub(super) sensors: BTreeMap<String, SensorStatus>,
    /// Refusals of those who are no sensor.
    pub(super) refused: BTreeMap<Refusal, u64>,
    pub(super) commits: Commits,
    said: Said,
    /// No batch is taken any more; what is accepted is stored.
    pub(super) is_ending: bool,
    /// Where others store, too: when marks are asked for anew.
    shared_marks: Option<SharedMarks>,
}

/// How many numbers too early a batch may be to wait for those before it.
const EARLY_MAX: u64 = 16;
/// How often the marks of a store that others write to are asked for at most, in microseconds.
const MARKS_EVERY_US: u64 = 2_000_000;

/// The marks of a store that other collectors move on.
#[derive(Debug, Clone, Copy, Default)]
struct SharedMarks {
    /// They are to be asked for, because a batch came too early.
    is_wanted: bool,
    /// From when on they may be asked for again, in ticks.
    again_ticks_us: u64,
    /// When they were last asked for and told, in ticks.
    told_ticks_us: Option<u64>,
}

/// How commits went.
#[derive(Debug, Clone, Default)]
pub(super) struct Commits {
    pub(super) done: u64,
    pub(super) failed: u64,
    /// Failures since the last success.
    pub(super) failures: Failures,
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

/// A line for the log. It is written by whoever asked the desk, once the desk is free again: a log that blocks
/// holds up nobody else.
#[derive(Debug)]
#[must_use = "it is to be said"]
pub(super) enum Remark {
    /// Another process sends as this sensor.
    SecondProcess { sensor: String, epoch: u64, instance: u64 },
    /// A sensor began another spool.
    NewSpool { sensor: String, epoch: u64 },
    /// Somebody was refused.
    Refused { sensor: Option<String>, peer: IpAddr, why: Refusal },
}

impl Remark {
    /// Writes it to the log.
    pub(super) fn say(self) {
        match self {
            Remark::SecondProcess { sensor, epoch, instance } => tracing::warn!(
                sensor,
                epoch = format!("{epoch:016x}"),
                instance = format!("{instance:016x}"),
                "second process: another one sends as this sensor; stop one of the two, or enrol it under its own name"
            ),
            Remark::NewSpool { sensor, epoch } => tracing::info!(
                sensor,
                epoch = format!("{epoch:016x}"),
                "new spool: earlier spools of this sensor are superseded"
            ),
            Remark::Refused { sensor, peer, why } => {
                let peer = peer.to_string();
                tracing::warn!(
                    sensor,
                    peer,
                    reason = why.name(),
                    "refused: {why}; later ones are only counted"
                );
            }
        }
    }
}

impl Desk {
    pub(super) fn new(inbox: Inbox, sensors: BTreeMap<String, SensorStatus>, is_shared: bool) -> Desk {
        Desk {
            inbox,
            waiters: BTreeMap::new(),
            early: BTreeMap::new(),
            sensors,
            refused: BTreeMap::new(),
            commits: Commits::default(),
            said: Said::default(),
            is_ending: false,
            shared_marks: is_shared.then(SharedMarks::default),
        }
    }

    /// Whether the sink is to be asked for its marks.
    pub(super) fn wants_marks(&self) -> bool {
        self.shared_marks.is_some_and(|marks| marks.is_wanted)
    }

    /// Notes that a batch came too early, which another collector may have stored what lies before; whether that is
    /// worth waiting for.
    fn want_marks(&mut self, ticks_us: u64) -> bool {
        let Some(marks) = &mut self.shared_marks else { return false };
        if !marks.is_wanted && ticks_us >= marks.again_ticks_us {
            marks.is_wanted = true;
            marks.again_ticks_us = ticks_us.saturating_add(MARKS_EVERY_US);
        }
        marks.is_wanted
    }

    /// Notes that marks were asked for at that time, and whether they were told: who waited for them tries again.
    pub(super) fn asked_for_marks(&mut self, ticks_us: u64, is_told: bool) {
        if let Some(marks) = &mut self.shared_marks {
            marks.is_wanted = false;
            if is_told {
                marks.told_ticks_us = Some(ticks_us);
            }
            self.early.clear();
        }
    }

    /// Whether it is known what others stored until then. A sensor that is told *early* declares what it no longer
    /// has as lost, so it must not be told that of what another collector stored.
    pub(super) fn knows_others_until(&self, ticks_us: u64) -> bool {
        self.shared_marks.is_none_or(|marks| marks.told_ticks_us.is_some_and(|told| told >= ticks_us))
    }

    /// Whether a batch that came so much too early is worth keeping for a moment.
    pub(super) fn is_worth_waiting(&mut self, outcome: &Outcome, first: u64, ticks_us: u64) -> bool {
        match outcome {
            Outcome::Now(Answer::Early, expected) => {
                self.want_marks(ticks_us) || first - *expected <= EARLY_MAX
            }
            _ => false,
        }
    }

    /// The entry of a sensor; those beyond [`SENSORS_MAX`] share one.
    pub(super) fn sensor(&mut self, name: &str) -> &mut SensorStatus {
        let is_known = self.sensors.contains_key(name);
        let name = if !is_known && self.sensors.len() >= SENSORS_MAX { "" } else { name };
        if !self.sensors.contains_key(name) {
            let new = SensorStatus { sensor: name.to_string(), ..SensorStatus::default() };
            self.sensors.insert(name.to_string(), new);
        }
        self.sensors.get_mut(name).expect("it is there or was put there")
    }

    /// Offers a verified batch; what is to be said of it comes with the outcome.
    pub(super) fn offer(&mut self, batch: Accepted, ticks_us: u64, now_us: i64) -> (Outcome, Option<Remark>) {
        let head = Arc::clone(&batch.head);
        if self.is_ending {
            return (Outcome::Now(Answer::Busy, self.inbox.expected(&head.sensor)), None);
        }
        let offered = self.inbox.offer(batch, ticks_us);
        let sensor = self.sensor(&head.sensor);
        let (mut remark, name, epoch) = (None, || head.sensor.clone(), head.epoch);
        match offered.event {
            Some(Event::Duplicate) => sensor.duplicates += 1,
            Some(Event::GivenUpStored) => sensor.given_up_stored += 1,
            Some(Event::SecondProcess) => {
                sensor.second_processes += 1;
                if self.said.is_new_of_sensor(&head.sensor, Refusal::Superseded) {
                    let instance = head.instance;
                    remark = Some(Remark::SecondProcess { sensor: name(), epoch, instance });
                }
            }
            Some(Event::NewSpool) => remark = Some(Remark::NewSpool { sensor: name(), epoch }),
            None => {}
        }
        let outcome = match offered.reply {
            Reply::Now(answer) => Outcome::Now(answer, offered.expected),
            Reply::Later(ticket) => {
                if offered.event != Some(Event::Duplicate) {
                    self.sensor(&head.sensor).accept(&head, now_us);
                    self.early.remove(&head.sensor);
                }
                let (sender, receiver) = oneshot::channel();
                self.waiters.insert(ticket, sender);
                Outcome::Later(receiver, offered.expected)
            }
        };
        (outcome, remark)
    }

    /// Changes, or ends, when the next batch of that sensor was accepted.
    pub(super) fn next_of(&mut self, sensor: &str) -> watch::Receiver<()> {
        self.early.entry(sensor.to_string()).or_insert_with(|| watch::Sender::new(())).subscribe()
    }

    /// Takes in what the store has after all, and answers those who waited for that.
    pub(super) fn recall(&mut self, marks: &BTreeMap<(String, u64), Mark>) {
        let settlement = self.inbox.recall(marks);
        self.count_stored(&settlement.left);
        self.tell(settlement.answers);
    }

    /// Takes in how a commit ended, and why it failed, and answers those who waited for it. How many failed in a
    /// row, when that is to be told in the log.
    pub(super) fn settle(&mut self, commit: Commit, why: Option<String>, now_us: i64) -> Option<u32> {
        let settlement = self.inbox.settle(commit);
        self.commits.began_ticks_us = None;
        self.commits.why = why;
        let failures = match commit {
            Commit::Done => {
                self.commits.done += 1;
                self.commits.failures.end();
                self.commits.last_us = Some(now_us);
                self.count_stored(&settlement.left);
                None
            }
            Commit::FailedForNow | Commit::Failed => {
                self.commits.failed += 1;
                self.commits.failures.count()
            }
        };
        self.tell(settlement.answers);
        failures
    }

    fn count_stored(&mut self, batches: &[Accepted]) {
        for batch in batches {
            self.sensor(&batch.head.sensor).store(&batch.head, batch.bytes.len());
        }
    }

    fn tell(&mut self, answers: Vec<Settled>) {
        for settled in answers {
            if let Some(waiter) = self.waiters.remove(&settled.ticket) {
                // Whoever hung up meanwhile asks again.
                let _ = waiter.send(settled);
            }
        }
    }

    /// Counts a refusal; the first time it is to be said.
    pub(super) fn refuse(&mut self, sensor: Option<&str>, peer: IpAddr, why: Refusal) -> Option<Remark> {
        match sensor {
            Some(name) => {
                *self.sensor(name).refused.entry(why.name().to_string()).or_default() += 1;
            }
            None => *self.refused.entry(why).or_default() += 1,
        }
        let is_usual = matches!(why, Refusal::NoRoom | Refusal::Early | Refusal::Superseded);
        if is_usual {
            return None;
        }
        let is_new = match sensor {
            Some(name) => self.said.is_new_of_sensor(name, why),
            None => self.said.is_new_of_outsider(peer, why),
        };
        is_new.then(|| Remark::Refused { sensor: sensor.map(str::to_string), peer, why })
    }

    /// Lets everybody go who still waits.
    pub(super) fn dismiss(&mut self) {
        self.waiters.clear();
        self.early.clear();
    }
}
