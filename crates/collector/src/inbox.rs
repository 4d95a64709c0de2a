//! The inbox: which batch is taken, which is early, known or of a second process, and when a group is stored.
//!
//! It is a value that is told what came and asked what to answer: no clock, no thread, no socket, so that a
//! simulator runs the very same code. Its moments are microseconds of any clock that never runs back.
//!
//! A sensor has spools (decision 011); the newest is its *current* one, and those before are superseded. What
//! was accepted waits in a group until [`Inbox::take`] gives the group away to be stored and
//! [`Inbox::settle`] tells how that went. A failed commit forgets what it held: sensors send it again. Since it
//! may have failed after it was durable, [`Inbox::recall`] is told what the store has before that. Spools
//! of a commit that failed for a reason that does not pass are *suspect*: they are stored one by one from then
//! on, so that a batch that nobody can store stops its own sensor alone.
//!
//! **Invariant:** of each spool the sequence numbers handed out by [`Inbox::take`] rise without a gap, and a
//! number that was stored, as far as the inbox was told, is never handed out again. Two groups are never under way
//! at once. Bytes and batches held never exceed [`Limits`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use teiten_wire::exchange::Answer;

use crate::sink::{Accepted, Mark};

mod limits;
mod spool;

pub use limits::Limits;
use spool::{Known, Spool};

/// The most spools of a sensor: one that begins more is told to stop.
pub const SPOOLS_MAX: usize = 1_024;
/// The most requests that wait for the same batch.
pub const JOINED_MAX: usize = 16;

/// One request that waits for a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// What to say to a request, now or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// The answer.
    Now(Answer),
    /// The answer comes with [`Inbox::settle`] under this ticket.
    Later(Ticket),
}

/// Something about an offer that is worth counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The batch was stored, or accepted, before.
    Duplicate,
    /// Its spool is new: the ones before are superseded.
    NewSpool,
    /// Another process sends as this sensor.
    SecondProcess,
    /// The sensor gave up a number that had been stored: its loss is told too high.
    GivenUpStored,
}

/// What the inbox says of an offered batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// What to answer.
    pub reply: Reply,
    /// The sequence number that is wanted next of that spool.
    pub expected: u64,
    /// What is worth counting.
    pub event: Option<Event>,
}

/// The late answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// Whose.
    pub ticket: Ticket,
    /// What.
    pub answer: Answer,
    /// The sequence number that is wanted next of that spool.
    pub expected: u64,
}

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// All of the group is durable.
    Done,
    /// Nothing of what is still under way is stored; it may go better next time.
    FailedForNow,
    /// Nothing of what is still under way is stored, for a reason that may lie in a batch.
    Failed,
}

/// What a commit, or its failure, means for those who wait.
#[derive(Debug, Clone, Default)]
pub struct Settlement {
    /// Answers to give.
    pub answers: Vec<Settled>,
    /// Batches that left the inbox: stored, or forgotten when the commit failed.
    pub left: Vec<Accepted>,
}

/// The state of all spools.
#[derive(Debug)]
pub struct Inbox {
    limits: Limits,
    sensors: BTreeMap<String, Sensor>,
    /// Accepted, in the order of acceptance.
    waiting: Vec<Entry>,
    /// Given away to be stored.
    under_way: Vec<Entry>,
    held_bytes: usize,
    next_ticket: u64,
    /// An offer found no room: the next group does not wait for its age.
    is_pressed: bool,
    /// Suspects and the others take turns.
    is_turn_of_suspects: bool,
}

#[derive(Debug, Default)]
struct Sensor {
    current: Option<u64>,
    spools: BTreeMap<u64, Spool>,
    held_bytes: usize,
    held_count: usize,
    held_frames: u64,
}

#[derive(Debug)]
struct Entry {
    batch: Accepted,
    tickets: Vec<Ticket>,
    since_us: u64,
}

impl Entry {
    fn place(&self) -> (String, u64) {
        (self.batch.head.sensor.clone(), self.batch.head.epoch)
    }

    fn sequence(&self) -> u64 {
        self.batch.head.sequence
    }

    fn is_of(&self, sensor: &str, epoch: u64) -> bool {
        self.batch.head.epoch == epoch && self.batch.head.sensor == sensor
    }
}

impl Inbox {
    /// An inbox that goes on from the marks of the store. `superseded` names spools as (sensor, epoch) of
    /// which nothing is taken any more, as far as that was written down ([`Inbox::superseded`]); of several
    /// others the first to send is the newest.
    pub fn new(
        limits: Limits,
        marks: &BTreeMap<(String, u64), Mark>,
        superseded: &BTreeSet<(String, u64)>,
    ) -> Inbox {
        let mut sensors: BTreeMap<String, Sensor> = BTreeMap::new();
        for ((name, epoch), mark) in marks {
            let spool = Spool::of_mark(*mark);
            sensors.entry(name.clone()).or_default().spools.insert(*epoch, spool);
        }
        // A spool may be superseded before anything of it was stored.
        for (name, epoch) in superseded {
            let spools = &mut sensors.entry(name.clone()).or_default().spools;
            spools.entry(*epoch).or_default().supersede();
        }
        for sensor in sensors.values_mut() {
            let mut open = sensor.spools.iter().filter(|(_, spool)| !spool.is_superseded);
            let (first, second) = (open.next(), open.next());
            sensor.current = first.filter(|_| second.is_none()).map(|(epoch, _)| *epoch);
        }
        Inbox {
            limits,
            sensors,
            waiting: Vec::new(),
            under_way: Vec::new(),
            held_bytes: 0,
            next_ticket: 0,
            is_pressed: false,
            is_turn_of_suspects: false,
        }
    }

    /// Whether a batch of that many bytes would find room now; asked before a body is read.
    pub fn has_room(&self, sensor: &str, bytes: usize) -> bool {
        let own = self.sensors.get(sensor).map_or((0, 0), |sensor| (sensor.held_bytes, sensor.held_count));
        self.held_bytes + bytes <= self.limits.held_bytes_max
            && self.waiting.len() + self.under_way.len() < self.limits.held_count_max
            && own.0 + bytes <= self.limits.sensor_bytes_max
            && own.1 < self.limits.sensor_count_max
    }

    /// Notes that somebody was sent away for want of room, so that the next group comes at once.
    pub fn press(&mut self) {
        self.is_pressed = true;
    }

    /// Offers a batch that was verified: its sums fit, and it is of the sensor whose certificate sent it.
    pub fn offer(&mut self, batch: Accepted, now_us: u64) -> Offered {
        let head = Arc::clone(&batch.head);
        let (name, epoch) = (&head.sensor, head.epoch);
        if !self.sensors.contains_key(name) {
            self.sensors.insert(name.clone(), Sensor::default());
        }
        let sensor = &self.sensors[name];
        let is_known = sensor.spools.contains_key(&epoch);
        if let Some(spool) = sensor.spools.get(&epoch).filter(|spool| spool.is_superseded) {
            // A sensor that lost its disk while it ran may still have had something of the old spool under way.
            let newest = sensor.current.and_then(|current| sensor.spools.get(&current));
            let is_same_process = newest.and_then(|newest| newest.instance) == Some(batch.head.instance);
            return Offered {
                reply: Reply::Now(Answer::Superseded),
                expected: spool.expected(),
                event: (!is_same_process).then_some(Event::SecondProcess),
            };
        }
        let accepted = sensor.spools.get(&epoch).map_or(0, |spool| spool.accepted);
        let expected = accepted.saturating_add(1);
        let now = |answer, event| Offered { reply: Reply::Now(answer), expected, event };
        if batch.head.sequence <= accepted {
            return self.known(&batch);
        }
        if batch.head.first > expected {
            return now(Answer::Early, None);
        }
        if !is_known && sensor.spools.len() >= SPOOLS_MAX {
            return now(Answer::Superseded, Some(Event::SecondProcess));
        }
        if !self.has_room(name, batch.bytes.len()) {
            self.is_pressed = true;
            return now(Answer::Busy, None);
        }
        let event = match (is_known, batch.head.first < expected) {
            (false, _) => Some(Event::NewSpool),
            (true, true) => Some(Event::GivenUpStored),
            (true, false) => None,
        };
        self.accept(batch, now_us, event)
    }

    /// Puts the next batch of a spool into the group.
    fn accept(&mut self, batch: Accepted, since_us: u64, event: Option<Event>) -> Offered {
        let ticket = self.ticket();
        let bytes = batch.bytes.len();
        let sensor = self.sensors.get_mut(&batch.head.sensor).expect("the offer made it known");
        if sensor.current != Some(batch.head.epoch) {
            // Its own may be known already, by a mark.
            let others = sensor.spools.iter_mut().filter(|(epoch, _)| **epoch != batch.head.epoch);
            others.for_each(|(_, spool)| spool.supersede());
            sensor.current = Some(batch.head.epoch);
        }
        let spool = sensor.spools.entry(batch.head.epoch).or_default();
        assert!(batch.head.sequence > spool.accepted, "a number is accepted once");
        spool.accepted = batch.head.sequence;
        spool.instance = Some(batch.head.instance);
        sensor.held_bytes += bytes;
        sensor.held_count += 1;
        sensor.held_frames += batch.head.frames;
        self.held_bytes += bytes;
        let expected = spool.expected();
        self.waiting.push(Entry { batch, tickets: vec![ticket], since_us });
        Offered { reply: Reply::Later(ticket), expected, event }
    }

    /// Answers a number that was accepted or stored before.
    fn known(&mut self, batch: &Accepted) -> Offered {
        let head = &batch.head;
        let spool = self.sensors.get(&head.sensor).and_then(|sensor| sensor.spools.get(&head.epoch));
        let spool = spool.expect("a number at or below the accepted one has a spool");
        let (expected, is_stored) = (spool.expected(), head.sequence <= spool.stored.sequence);
        let now = |answer, event| Offered { reply: Reply::Now(answer), expected, event: Some(event) };
        if is_stored {
            return match spool.compare(head, batch.sum) {
                Known::Same => now(Answer::Stored, Event::Duplicate),
                Known::GivenUp => now(Answer::Stored, Event::GivenUpStored),
                Known::Another => now(Answer::Superseded, Event::SecondProcess),
            };
        }
        let ticket = Ticket(self.next_ticket);
        let held = self.under_way.iter_mut().chain(&mut self.waiting);
        let entry = held
            .filter(|entry| entry.is_of(&head.sensor, head.epoch))
            .find(|entry| (entry.batch.head.first..=entry.batch.head.sequence).contains(&head.sequence))
            .expect("what is accepted and not stored is held");
        let is_one_number = entry.batch.head.sequence == head.sequence;
        let is_given_up = spool::is_given_up(head) || spool::is_given_up(&entry.batch.head);
        if is_one_number && entry.batch.sum != batch.sum && !is_given_up {
            return now(Answer::Superseded, Event::SecondProcess);
        }
        if entry.tickets.len() >= JOINED_MAX {
            return now(Answer::Busy, Event::Duplicate);
        }
        entry.tickets.push(ticket);
        self.next_ticket += 1;
        Offered { reply: Reply::Later(ticket), expected, event: Some(Event::Duplicate) }
    }

    fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket - 1)
    }

    /// When the group that waits will be due by its age; nothing when none waits or one is under way.
    pub fn due_us(&self) -> Option<u64> {
        // Those who wait stand in the order in which they came.
        let oldest = self.waiting.first().filter(|_| self.under_way.is_empty())?;
        Some(oldest.since_us.saturating_add(self.limits.group_age_max_us))
    }

    /// Whether a group should be stored now: by bytes, by count, by age, or because somebody found no room.
    pub fn is_due(&self, now_us: u64) -> bool {
        let Some(due_us) = self.due_us() else { return false };
        // Nothing is under way, so all that is held waits.
        let bytes = self.held_bytes;
        now_us >= due_us
            || self.is_pressed
            || bytes >= self.limits.group_bytes_max
            || self.waiting.len() >= self.limits.group_count_max
    }

    /// Gives away the group that is to be stored; nothing when none waits or one is under way.
    pub fn take(&mut self) -> Vec<Accepted> {
        if !self.under_way.is_empty() || self.waiting.is_empty() {
            return Vec::new();
        }
        self.is_pressed = false;
        let is_suspect: Vec<bool> = self.waiting.iter().map(|entry| self.is_suspect(entry)).collect();
        let has = |wanted: bool| is_suspect.contains(&wanted);
        self.is_turn_of_suspects = has(true) && (!has(false) || !self.is_turn_of_suspects);
        let mut only: Option<(String, u64)> = None;
        let (mut bytes, mut count, mut is_full) = (0, 0, false);
        let mut later = Vec::new();
        for (entry, is_suspect) in std::mem::take(&mut self.waiting).into_iter().zip(is_suspect) {
            let head = &entry.batch.head;
            let is_other = only.as_ref().is_some_and(|(sensor, epoch)| !entry.is_of(sensor, *epoch));
            if is_full || is_suspect != self.is_turn_of_suspects || is_other {
                later.push(entry);
                continue;
            }
            if is_suspect && only.is_none() {
                only = Some((head.sensor.clone(), head.epoch));
            }
            bytes += entry.batch.bytes.len();
            count += 1;
            is_full = bytes >= self.limits.group_bytes_max || count >= self.limits.group_count_max;
            self.under_way.push(entry);
        }
        self.waiting = later;
        self.under_way()
    }

    /// The group that was given away and is not settled: after [`Inbox::recall`], what of it is to be stored.
    pub fn under_way(&self) -> Vec<Accepted> {
        self.under_way.iter().map(|entry| entry.batch.clone()).collect()
    }

    fn is_suspect(&self, entry: &Entry) -> bool {
        let head = &entry.batch.head;
        let spool = self.sensors.get(&head.sensor).and_then(|sensor| sensor.spools.get(&head.epoch));
        spool.is_some_and(|spool| spool.is_suspect)
    }

    /// Takes in what the store says it has, after a commit that failed, which may have failed when it was durable
    /// already, or when other collectors store there, too: spools that only they know are then known here. Batches at or below a mark are answered and not given away again, whether they are under way or
    /// came again; the rest of the group under way is still to be settled.
    pub fn recall(&mut self, marks: &BTreeMap<(String, u64), Mark>) -> Settlement {
        let is_durable =
            |entry: &Entry| marks.get(&entry.place()).is_some_and(|mark| entry.sequence() <= mark.sequence);
        let (mut durable, under_way): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.under_way).into_iter().partition(is_durable);
        let (came_again, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(is_durable);
        durable.extend(came_again);
        (self.under_way, self.waiting) = (under_way, waiting);
        for entry in &durable {
            self.let_go(entry).store(&entry.batch.head, entry.batch.sum);
        }
        for ((sensor, epoch), mark) in marks {
            let spools = &mut self.sensors.entry(sensor.clone()).or_default().spools;
            let has_room = spools.len() < SPOOLS_MAX;
            if let Some(spool) = spools.get_mut(epoch) {
                spool.raise(*mark);
            } else if has_room {
                spools.insert(*epoch, Spool::of_mark(*mark));
            }
        }
        self.answer(durable, Answer::Stored)
    }

    /// Counts a batch that leaves the inbox; returns its spool.
    fn let_go(&mut self, entry: &Entry) -> &mut Spool {
        let (head, bytes) = (&entry.batch.head, entry.batch.bytes.len());
        self.held_bytes -= bytes;
        let sensor = self.sensors.get_mut(&head.sensor).expect("what is held has a sensor");
        sensor.held_bytes -= bytes;
        sensor.held_count -= 1;
        sensor.held_frames -= head.frames;
        sensor.spools.get_mut(&head.epoch).expect("what is held has a spool")
    }

    /// The same answer to all who wait for these batches.
    fn answer(&self, gone: Vec<Entry>, answer: Answer) -> Settlement {
        let mut settlement = Settlement::default();
        for entry in gone {
            let head = &entry.batch.head;
            let expected = self.sensors[&head.sensor].spools[&head.epoch].expected();
            let answers = entry.tickets.iter().map(|ticket| Settled { ticket: *ticket, answer, expected });
            settlement.answers.extend(answers);
            settlement.left.push(entry.batch);
        }
        settlement
    }

    /// Tells how storing the group under way ended.
    pub fn settle(&mut self, commit: Commit) -> Settlement {
        let mut gone = std::mem::take(&mut self.under_way);
        if commit != Commit::Done {
            let spools: BTreeSet<(String, u64)> = gone.iter().map(Entry::place).collect();
            let waiting = std::mem::take(&mut self.waiting).into_iter();
            let (same, rest): (Vec<_>, Vec<_>) = waiting.partition(|entry| spools.contains(&entry.place()));
            self.waiting = rest;
            gone.extend(same);
        }
        for entry in &gone {
            let spool = self.let_go(entry);
            match commit {
                Commit::Done => spool.store(&entry.batch.head, entry.batch.sum),
                Commit::FailedForNow | Commit::Failed => {
                    spool.accepted = spool.stored.sequence;
                    spool.is_suspect |= commit == Commit::Failed;
                }
            }
        }
        self.answer(gone, if commit == Commit::Done { Answer::Stored } else { Answer::Busy })
    }

    /// The spools of a sensor of which nothing is taken any more, to be written down for the next inbox.
    pub fn superseded(&self, sensor: &str) -> impl Iterator<Item = u64> {
        let spools = self.sensors.get(sensor).into_iter().flat_map(|sensor| &sensor.spools);
        spools.filter(|(_, spool)| spool.is_superseded).map(|(epoch, _)| *epoch)
    }

    /// The last stored batch of a sensor's newest spool, with its epoch.
    pub fn mark(&self, sensor: &str) -> Option<(u64, Mark)> {
        let sensor = self.sensors.get(sensor)?;
        Some((sensor.current?, sensor.spools.get(&sensor.current?)?.stored))
    }

    /// The sequence number wanted next of a sensor's newest spool; 1 when it has none.
    pub fn expected(&self, sensor: &str) -> u64 {
        let sensor = self.sensors.get(sensor);
        let spool = sensor.and_then(|sensor| sensor.spools.get(&sensor.current?));
        spool.map_or(1, Spool::expected)
    }

    /// Frames accepted from a sensor and not yet stored.
    pub fn held_frames(&self, sensor: &str) -> u64 {
        self.sensors.get(sensor).map_or(0, |sensor| sensor.held_frames)
    }

    /// Bytes and batches held, of all sensors.
    pub fn held(&self) -> (usize, usize) {
        (self.held_bytes, self.waiting.len() + self.under_way.len())
    }
}
