//! The inbox against a naive one: a flat list of everything that ever happened, searched anew for each answer.
//!
//! Offers of several sensors, spools and processes come in any order, groups are taken, stored and failed, and
//! the collector dies and starts again from the marks.
//!
//! **Invariant:** the same answer to every offer; each number stored once, in order, without a gap.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use teiten_collector::inbox::{Commit, Event, Inbox, Limits, Reply, SPOOLS_MAX, Ticket};
use teiten_collector::sink::{Accepted, Mark};
use teiten_model::account::Loss;
use teiten_wire::batch::Head;
use teiten_wire::exchange::Answer;

const LIMITS: Limits = Limits {
    group_bytes_max: 500,
    group_count_max: 4,
    group_age_max_us: 50,
    held_bytes_max: 1_500,
    held_count_max: 12,
    sensor_bytes_max: 900,
    sensor_count_max: 6,
};

type Place = (String, u64);

/// A batch as the naive inbox sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    place: Place,
    first: u64,
    sequence: u64,
    sum: u32,
    bytes: usize,
    is_given_up: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    UnderWay,
    Stored,
}

/// The naive inbox: every batch that was ever taken, and where it is.
#[derive(Default)]
struct Naive {
    taken: Vec<(Seen, Stage)>,
    /// Spools of which something was ever taken, even if it was forgotten again.
    known: BTreeSet<Place>,
    superseded: BTreeSet<Place>,
}

#[derive(Debug, PartialEq, Eq)]
enum Said {
    Now(Answer),
    Later,
}

impl Naive {
    fn of<'a>(&'a self, place: &'a Place) -> impl Iterator<Item = &'a (Seen, Stage)> {
        self.taken.iter().filter(move |(seen, _)| seen.place == *place)
    }

    fn held(&self, sensor: Option<&str>) -> (usize, usize) {
        let held = self.taken.iter().filter(|(_, stage)| *stage != Stage::Stored);
        let held = held.filter(|(seen, _)| sensor.is_none_or(|sensor| seen.place.0 == sensor));
        held.fold((0, 0), |(bytes, count), (seen, _)| (bytes + seen.bytes, count + 1))
    }

    fn offer(&mut self, seen: &Seen) -> Said {
        if self.superseded.contains(&seen.place) {
            return Said::Now(Answer::Superseded);
        }
        let last = self.of(&seen.place).map(|(other, _)| other.sequence).max().unwrap_or(0);
        if seen.sequence <= last {
            let same = self.of(&seen.place).find(|(other, _)| other.sequence == seen.sequence);
            let cover = self
                .of(&seen.place)
                .find(|(other, _)| (other.first..=other.sequence).contains(&seen.sequence));
            if same.is_some_and(|(other, _)| other.sum != seen.sum && !other.is_given_up && !seen.is_given_up)
            {
                return Said::Now(Answer::Superseded);
            }
            let stored = self.of(&seen.place).filter(|(_, stage)| *stage == Stage::Stored);
            let is_stored = stored.map(|(other, _)| other.sequence).max().unwrap_or(0) >= seen.sequence;
            assert!(is_stored || cover.is_some(), "{seen:?}");
            return if is_stored { Said::Now(Answer::Stored) } else { Said::Later };
        }
        if seen.first > last + 1 {
            return Said::Now(Answer::Early);
        }
        let (all, own) = (self.held(None), self.held(Some(&seen.place.0)));
        let has_room = all.0 + seen.bytes <= LIMITS.held_bytes_max
            && all.1 < LIMITS.held_count_max
            && own.0 + seen.bytes <= LIMITS.sensor_bytes_max
            && own.1 < LIMITS.sensor_count_max;
        if !has_room {
            return Said::Now(Answer::Busy);
        }
        self.known.insert(seen.place.clone());
        let earlier = self.known.iter().filter(|other| other.0 == seen.place.0 && **other != seen.place);
        self.superseded.extend(earlier.cloned().collect::<Vec<_>>());
        self.taken.push((seen.clone(), Stage::Waiting));
        Said::Later
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// Sensor, spool, offset of the number from the last taken one, length of a given-up run, process, size.
    Offer {
        sensor: u8,
        epoch: u64,
        ahead: i8,
        run: u8,
        is_other: bool,
        size: u16,
    },
    Take,
    Settle(u8),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let offer = (0..3_u8, 0..3_u64, -3..3_i8, 0..12_u8, prop::bool::weighted(0.05), 1..300_u16).prop_map(
        |(sensor, epoch, ahead, run, is_other, size)| Step::Offer {
            sensor,
            // Old spools rarely come back, so that a newest one lives for a while.
            epoch: if ahead == -3 { epoch } else { u64::from(run / 6) },
            ahead,
            run: run.saturating_sub(8),
            is_other,
            size,
        },
    );
    let step = prop_oneof![
        12 => offer,
        3 => Just(Step::Take),
        3 => (0..5_u8).prop_map(Step::Settle),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..120)
}

/// Batches of one number differ by process, by length of run, and by nothing else.
fn batch(place: &Place, first: u64, sequence: u64, is_other: bool, size: u16) -> (Accepted, Seen) {
    let is_given_up = first < sequence;
    let sum = (sequence as u32) << 4 | ((sequence - first) as u32) << 1 | u32::from(is_other);
    let size = if is_given_up { 40 } else { usize::from(size) };
    let head = Head {
        sensor: place.0.clone(),
        epoch: place.1,
        first,
        sequence,
        instance: u64::from(is_other),
        opened_ns: 0,
        sealed_ns: 1,
        frames: u64::from(!is_given_up),
        lost: if is_given_up { vec![(Loss::SpoolFull, 1)] } else { Vec::new() },
        watched: Vec::new(),
        clock_offset_ns: None,
        plain_bytes: u32::from(!is_given_up),
    };
    let accepted = Accepted { bytes: vec![0; size].into(), head: head.into(), sum };
    let seen = Seen { place: place.clone(), first, sequence, sum, bytes: size, is_given_up };
    (accepted, seen)
}

/// The world around an inbox: what became durable, and who waits.
struct World {
    inbox: Inbox,
    naive: Naive,
    durable: BTreeMap<Place, Vec<Seen>>,
    waiting: BTreeMap<Ticket, (Place, u64)>,
    group: Vec<Accepted>,
    now_us: u64,
}

impl World {
    fn offer(&mut self, place: &Place, ahead: i8, run: u8, is_other: bool, size: u16) {
        let last = self.naive.of(place).map(|(seen, _)| seen.sequence).max().unwrap_or(0);
        let first = last.saturating_add_signed(i64::from(ahead)).max(1);
        let (accepted, seen) = batch(place, first, first + u64::from(run), is_other, size);
        let offered = self.inbox.offer(accepted, self.now_us);
        let wanted = self.naive.offer(&seen);
        match offered.reply {
            Reply::Now(answer) => assert_eq!(Said::Now(answer), wanted, "{seen:?}"),
            Reply::Later(ticket) => {
                assert_eq!(Said::Later, wanted, "{seen:?}");
                assert_eq!(self.waiting.insert(ticket, (place.clone(), seen.sequence)), None);
            }
        }
        if offered.reply == Reply::Now(Answer::Stored) {
            let durable = self.durable.get(place).and_then(|all| all.last()).map_or(0, |seen| seen.sequence);
            assert!(seen.sequence <= durable, "stored is said of what is durable");
            assert_ne!(offered.event, Some(Event::NewSpool));
        }
        let last = self.naive.of(place).map(|(seen, _)| seen.sequence).max().unwrap_or(0);
        assert_eq!(offered.expected, last + 1);
    }

    fn take(&mut self) {
        let group = self.inbox.take();
        if !self.group.is_empty() {
            assert!(group.is_empty(), "two groups are never under way");
            return;
        }
        assert!(group.len() <= LIMITS.group_count_max);
        for accepted in &group {
            let head = &accepted.head;
            let is_it = |seen: &Seen| {
                seen.place == (head.sensor.clone(), head.epoch) && seen.sequence == head.sequence
            };
            let taken = self.naive.taken.iter_mut().find(|(seen, _)| is_it(seen)).unwrap();
            assert_eq!(taken.1, Stage::Waiting);
            taken.1 = Stage::UnderWay;
        }
        self.group = group;
    }

    fn settle(&mut self, commit: Commit) {
        if self.group.is_empty() {
            return;
        }
        let settlement = self.inbox.settle(commit);
        let group = std::mem::take(&mut self.group);
        let places: BTreeSet<Place> =
            group.iter().map(|accepted| (accepted.head.sensor.clone(), accepted.head.epoch)).collect();
        let answered: BTreeSet<Ticket> = settlement.answers.iter().map(|settled| settled.ticket).collect();
        assert_eq!(answered.len(), settlement.answers.len(), "one answer each");
        if commit == Commit::Done {
            for (seen, stage) in self.naive.taken.iter_mut().filter(|(_, stage)| *stage == Stage::UnderWay) {
                *stage = Stage::Stored;
                let durable = self.durable.entry(seen.place.clone()).or_default();
                let last = durable.last().map_or(0, |seen| seen.sequence);
                assert!(seen.first <= last + 1 && seen.sequence > last, "in order, without a gap, once");
                durable.push(seen.clone());
            }
            assert!(settlement.answers.iter().all(|settled| settled.answer == Answer::Stored));
        } else {
            self.naive.taken.retain(|(seen, stage)| *stage == Stage::Stored || !places.contains(&seen.place));
            assert!(settlement.answers.iter().all(|settled| settled.answer == Answer::Busy));
        }
        for ticket in answered {
            let (place, sequence) = self.waiting.remove(&ticket).expect("who waits is answered once");
            let durable = self.durable.get(&place).and_then(|all| all.last()).map_or(0, |seen| seen.sequence);
            assert_eq!(commit == Commit::Done, sequence <= durable);
        }
    }

    fn restart(&mut self) {
        let sensors: BTreeSet<String> = self.naive.known.iter().map(|place| place.0.clone()).collect();
        let superseded = sensors.iter().flat_map(|sensor| {
            self.inbox.superseded(sensor).map(|epoch| (sensor.clone(), epoch)).collect::<Vec<_>>()
        });
        let superseded: BTreeSet<Place> = superseded.collect();
        let mark = |all: &Vec<Seen>| all.last().map(|seen| Mark { sequence: seen.sequence, sum: 0 });
        let marks: BTreeMap<Place, Mark> =
            self.durable.iter().filter_map(|(place, all)| Some((place.clone(), mark(all)?))).collect();
        self.inbox = Inbox::new(LIMITS, &marks, &superseded);
        self.naive.taken.retain(|(_, stage)| *stage == Stage::Stored);
        // Sums are forgotten, and with them who was another process; the newest spool, if it left no mark, is new
        // again.
        for (seen, _) in &mut self.naive.taken {
            seen.is_given_up = true;
        }
        self.naive.known = self.durable.keys().chain(&self.naive.superseded).cloned().collect();
        self.waiting.clear();
        self.group.clear();
    }

    fn check(&self) {
        let (bytes, count) = self.inbox.held();
        assert_eq!((bytes, count), self.naive.held(None));
        assert!(bytes <= LIMITS.held_bytes_max && count <= LIMITS.held_count_max);
        let due_us = self.inbox.due_us();
        assert!(due_us.is_none() || self.group.is_empty());
    }
}

fn run(steps: Vec<Step>) {
    let mut world = World {
        inbox: Inbox::new(LIMITS, &BTreeMap::new(), &BTreeSet::new()),
        naive: Naive::default(),
        durable: BTreeMap::new(),
        waiting: BTreeMap::new(),
        group: Vec::new(),
        now_us: 0,
    };
    for step in steps {
        world.now_us += 7;
        match step {
            Step::Offer { sensor, epoch, ahead, run, is_other, size } => {
                world.offer(&(format!("s{sensor}"), epoch), ahead, run, is_other, size);
            }
            Step::Take => world.take(),
            Step::Settle(0) => world.settle(Commit::Failed),
            Step::Settle(1) => world.settle(Commit::FailedForNow),
            Step::Settle(_) => world.settle(Commit::Done),
            Step::Restart => world.restart(),
        }
        world.check();
    }
    // Whatever happened, what is held can be stored to the end, and everybody is answered.
    for _ in 0..=2 * LIMITS.held_count_max {
        world.settle(Commit::Done);
        world.take();
    }
    assert_eq!(world.inbox.held(), (0, 0));
    assert!(world.waiting.is_empty(), "{:?}", world.waiting);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_inbox_answers_as_a_naive_one(steps in steps()) {
        run(steps);
    }
}

fn offered(
    inbox: &mut Inbox,
    sensor: &str,
    epoch: u64,
    sequence: u64,
    is_other: bool,
) -> (Reply, Option<Event>) {
    let (accepted, _) = batch(&(sensor.to_string(), epoch), sequence, sequence, is_other, 10);
    let offered = inbox.offer(accepted, 0);
    (offered.reply, offered.event)
}

fn empty() -> Inbox {
    Inbox::new(LIMITS, &BTreeMap::new(), &BTreeSet::new())
}

#[test]
fn a_sensor_that_lost_its_disk_is_no_second_process() {
    let mut inbox = empty();
    assert!(matches!(offered(&mut inbox, "a", 1, 1, false), (Reply::Later(_), Some(Event::NewSpool))));
    assert!(matches!(offered(&mut inbox, "a", 2, 1, false), (Reply::Later(_), Some(Event::NewSpool))));
    // What the same process had under way of the old spool.
    assert_eq!(offered(&mut inbox, "a", 1, 2, false), (Reply::Now(Answer::Superseded), None));
}

#[test]
fn a_clone_that_runs_elsewhere_is_a_second_process() {
    let mut inbox = empty();
    offered(&mut inbox, "a", 1, 1, false);
    offered(&mut inbox, "a", 2, 1, true);
    let second = (Reply::Now(Answer::Superseded), Some(Event::SecondProcess));
    assert_eq!(offered(&mut inbox, "a", 1, 2, false), second);
    // A clone of the disk counts the same numbers with other batches.
    offered(&mut inbox, "b", 1, 1, false);
    assert_eq!(offered(&mut inbox, "b", 1, 1, true), second);
    inbox.take();
    inbox.settle(Commit::Done);
    assert_eq!(offered(&mut inbox, "b", 1, 1, true), second);
}

#[test]
fn a_batch_that_nobody_can_store_stops_its_own_sensor_alone() {
    let mut inbox = empty();
    let sensors = ["bad", "c", "d"];
    let mut stored: BTreeMap<&str, u64> = BTreeMap::new();
    for round in 0..12 {
        for sensor in sensors {
            offered(&mut inbox, sensor, 1, stored.get(sensor).copied().unwrap_or(0) + 1, false);
        }
        let group = inbox.take();
        let is_bad = group.iter().any(|batch| batch.head.sensor == "bad");
        let commit = if is_bad { Commit::Failed } else { Commit::Done };
        for batch in inbox.settle(commit).left.iter().filter(|_| commit == Commit::Done) {
            let sensor = sensors.iter().find(|sensor| **sensor == batch.head.sensor).unwrap();
            stored.insert(sensor, batch.head.sequence);
        }
        assert!(
            round < 8 || (stored.get("c").is_some_and(|n| *n > 1) && stored.get("d").is_some_and(|n| *n > 1))
        );
    }
    assert_eq!(stored.get("bad"), None);
}

#[test]
fn a_group_goes_by_count_by_age_or_when_there_is_no_room() {
    let mut inbox = empty();
    for sequence in 1..=3 {
        offered(&mut inbox, "a", 1, sequence, false);
    }
    assert!(!inbox.is_due(49) && inbox.is_due(50));
    assert_eq!(inbox.due_us(), Some(50));
    offered(&mut inbox, "b", 1, 1, false);
    assert!(inbox.is_due(0), "four batches");
    assert_eq!(inbox.take().len(), 4);
    assert_eq!(inbox.due_us(), None);
    inbox.settle(Commit::Done);
    offered(&mut inbox, "a", 1, 4, false);
    assert!(!inbox.is_due(0));
    inbox.press();
    assert!(inbox.is_due(0));
}

#[test]
fn a_restarted_inbox_goes_on_from_the_marks() {
    let place = |epoch| ("a".to_string(), epoch);
    let marks =
        BTreeMap::from([(place(1), Mark { sequence: 9, sum: 0 }), (place(2), Mark { sequence: 4, sum: 0 })]);
    let mut inbox = Inbox::new(LIMITS, &marks, &BTreeSet::from([place(1)]));
    assert_eq!(inbox.expected("a"), 5);
    assert_eq!(offered(&mut inbox, "a", 1, 10, true).0, Reply::Now(Answer::Superseded));
    assert_eq!(offered(&mut inbox, "a", 2, 4, true).0, Reply::Now(Answer::Stored));
    assert_eq!(offered(&mut inbox, "a", 2, 6, true).0, Reply::Now(Answer::Early));
    assert!(matches!(offered(&mut inbox, "a", 2, 5, true).0, Reply::Later(_)));
    // Without the note the first to send is the newest.
    let mut inbox = Inbox::new(LIMITS, &marks, &BTreeSet::new());
    assert!(matches!(offered(&mut inbox, "a", 1, 10, true).0, Reply::Later(_)));
    assert_eq!(offered(&mut inbox, "a", 2, 5, true).0, Reply::Now(Answer::Superseded));
}

#[test]
fn a_spool_that_was_superseded_before_anything_was_stored_stays_superseded() {
    let mut inbox = empty();
    offered(&mut inbox, "a", 1, 1, false);
    offered(&mut inbox, "a", 2, 1, false);
    let superseded: BTreeSet<Place> = inbox.superseded("a").map(|epoch| ("a".to_string(), epoch)).collect();
    assert_eq!(superseded, BTreeSet::from([("a".to_string(), 1)]));
    let mut inbox = Inbox::new(LIMITS, &BTreeMap::new(), &superseded);
    assert_eq!(offered(&mut inbox, "a", 1, 1, false).0, Reply::Now(Answer::Superseded));
    assert!(matches!(offered(&mut inbox, "a", 2, 1, false).0, Reply::Later(_)));
}

#[test]
fn a_sensor_that_begins_spool_after_spool_is_told_to_stop() {
    let mut inbox = empty();
    for epoch in 1..=SPOOLS_MAX as u64 {
        assert!(matches!(offered(&mut inbox, "a", epoch, 1, false).0, Reply::Later(_)));
        inbox.take();
        inbox.settle(Commit::Done);
    }
    let last = offered(&mut inbox, "a", SPOOLS_MAX as u64 + 1, 1, false);
    assert_eq!(last, (Reply::Now(Answer::Superseded), Some(Event::SecondProcess)));
    assert!(matches!(offered(&mut inbox, "a", SPOOLS_MAX as u64, 2, false).0, Reply::Later(_)));
}
