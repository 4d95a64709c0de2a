//! The collector of the simulation: the real verifying and inbox, and a commit that takes its time and may fail.
//!
//! **Invariant:** *stored* is said of what is durable.

use std::collections::{BTreeMap, BTreeSet};

use teiten_collector::inbox::{Commit, Event, Inbox, Limits, Offered, Reply as Said, Settled, Ticket};
use teiten_collector::sink::Accepted;
use teiten_collector::verify::verify;
use teiten_sensor::outbox::Reply;
use teiten_wire::exchange::Answer;

use crate::chance::Chance;
use crate::sink::Durable;

/// Small bounds, so that they are met.
pub(crate) const LIMITS: Limits = Limits {
    group_bytes_max: 6_000,
    group_count_max: 8,
    group_age_max_us: 4_000_000,
    held_bytes_max: 20_000,
    held_count_max: 24,
    sensor_bytes_max: 9_000,
    sensor_count_max: 10,
};

/// A group on its way to the disk.
#[derive(Debug)]
struct Storing {
    group: Vec<Accepted>,
    done_at: u64,
}

/// The collector.
#[derive(Debug)]
pub(crate) struct Door {
    inbox: Inbox,
    storing: Option<Storing>,
    /// A commit failed, and the store did not tell its marks after that.
    is_unsure: bool,
    /// Commits that failed and were durable nevertheless.
    pub(crate) durable_failures: u64,
    waiting: BTreeMap<Ticket, (usize, u64)>,
    /// What is written down about spools of which nothing is taken any more.
    superseded: BTreeSet<(String, u64)>,
    /// Until when it is dead.
    pub(crate) dead_until: u64,
}

/// An answer to an attempt of a sensor.
pub(crate) type Answered = (usize, u64, Reply);

fn reply(answer: Answer, expected: u64) -> Reply {
    Reply { answer: Some(answer), expected: Some(expected), ..Reply::default() }
}

impl Door {
    pub(crate) fn new(durable: &Durable) -> Door {
        let superseded = BTreeSet::new();
        Door {
            inbox: Inbox::new(LIMITS, &durable.marks, &superseded),
            storing: None,
            is_unsure: false,
            durable_failures: 0,
            waiting: BTreeMap::new(),
            superseded,
            dead_until: 0,
        }
    }

    /// A request comes; its answer, if it can be given now, and what is worth counting.
    pub(crate) fn offer(
        &mut self,
        sensor: usize,
        name: &str,
        attempt: u64,
        bytes: Vec<u8>,
        now: u64,
    ) -> (Option<Answered>, Option<Event>) {
        let accepted = match verify(bytes.into(), name) {
            Ok(accepted) => accepted,
            Err(why) => {
                let reply = Reply { answer: why.answer(), ..Reply::default() };
                return (Some((sensor, attempt, reply)), None);
            }
        };
        let Offered { reply: said, expected, event } = self.inbox.offer(accepted, now * 1_000_000);
        if event == Some(Event::NewSpool) {
            self.superseded.extend(self.inbox.superseded(name).map(|epoch| (name.to_string(), epoch)));
        }
        match said {
            Said::Now(answer) => (Some((sensor, attempt, reply(answer, expected))), event),
            Said::Later(ticket) => {
                assert!(self.waiting.insert(ticket, (sensor, attempt)).is_none(), "a ticket is given once");
                (None, event)
            }
        }
    }

    /// Stores what is due, and answers those who waited for it.
    pub(crate) fn work(
        &mut self,
        durable: &mut Durable,
        now: u64,
        fails: u64,
        chance: &mut Chance,
    ) -> Vec<Answered> {
        let mut answers = Vec::new();
        if self.storing.is_none() && self.inbox.is_due(now * 1_000_000) {
            let mut group = self.inbox.take();
            if self.is_unsure {
                answers.extend(self.recall(durable));
                group = self.inbox.under_way();
            }
            self.storing = Some(Storing { group, done_at: now + chance.below(4) });
        }
        let Some(Storing { group, .. }) = self.storing.take_if(|storing| storing.done_at <= now) else {
            return answers;
        };
        let commit = match chance.once_in(fails) {
            false => {
                durable.store(&group);
                Commit::Done
            }
            true => {
                // The failure came after the commit.
                if chance.once_in(3) {
                    durable.store(&group);
                    self.durable_failures += 1;
                }
                // The store that failed may not tell its marks, either.
                self.is_unsure = chance.once_in(2);
                if !self.is_unsure {
                    answers.extend(self.recall(durable));
                }
                if chance.once_in(2) { Commit::FailedForNow } else { Commit::Failed }
            }
        };
        let settled = self.inbox.settle(commit).answers;
        answers.extend(self.told(settled));
        answers
    }

    fn recall(&mut self, durable: &Durable) -> Vec<Answered> {
        self.is_unsure = false;
        let settled = self.inbox.recall(&durable.marks).answers;
        self.told(settled)
    }

    fn told(&mut self, settled: Vec<Settled>) -> Vec<Answered> {
        let told = settled.into_iter().map(|settled| {
            let (sensor, attempt) = self.waiting.remove(&settled.ticket).expect("who waits is known");
            (sensor, attempt, reply(settled.answer, settled.expected))
        });
        told.collect()
    }

    /// The process dies: before the commit under way, or after it and before anybody was told.
    pub(crate) fn die(&mut self, durable: &mut Durable, until: u64, chance: &mut Chance) {
        if let Some(storing) = self.storing.take()
            && chance.once_in(2)
        {
            durable.store(&storing.group);
        }
        let inbox = Inbox::new(LIMITS, &durable.marks, &self.superseded);
        (self.inbox, self.dead_until, self.is_unsure) = (inbox, until, false);
        self.waiting.clear();
    }

    /// Whether nothing is held.
    pub(crate) fn is_empty(&self) -> bool {
        self.inbox.held() == (0, 0) && self.storing.is_none() && self.waiting.is_empty()
    }
}
