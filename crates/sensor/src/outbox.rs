//! The outbox: what to send next, and what an answer means for what was sent.
//!
//! Several batches are under way at once, so that waiting for the collector's commit costs no throughput;
//! they are begun in the order of their numbers. After a failure one goes alone until it succeeds. The
//! delays between failures double and are drawn by lot below that, so that a thousand sensors do not come
//! back in the same second.
//!
//! **Invariant:** a batch is acknowledged only by an answer for it or for a later one; it is never under way
//! twice; after *superseded* nothing is sent any more. Time and chance are arguments.

use std::collections::{BTreeMap, BTreeSet};

use teiten_wire::exchange::Answer;

pub mod backoff;
pub mod bucket;
pub mod offset;

use backoff::Backoff;
use bucket::Bucket;
use offset::{Offset, RoundTrip};

/// The most batches under way at once.
pub const WINDOW_MAX: usize = 4;
/// How often a batch is refused before it is given up: once may be a fault on the way.
pub const REFUSALS_MAX: u32 = 3;
/// The longest a collector may tell us to wait, in seconds.
pub const RETRY_AFTER_SECS_MAX: u64 = 3600;

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send the batch of that number; it is under way from now on.
    Send(u64),
    /// Nothing until that moment, in microseconds of the clock that nobody sets.
    Wait(i64),
    /// Nothing until a batch is sealed or answered.
    Idle,
    /// Nothing any more.
    Stop,
}

/// What an answer means for the spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it will be sent again.
    Again,
    /// Everything up to that number is stored: delete it.
    Delete(u64),
    /// That batch will never be taken: answer for its number without its frames.
    GiveUp(u64),
    /// The collector wants that number before any other.
    Want(u64),
    /// Another spool of this sensor is taken.
    Superseded,
}

/// What came back for a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reply {
    /// What the status says; `None` for one that says nothing, and when there was no answer at all.
    pub answer: Option<Answer>,
    /// The number that the collector wants next.
    pub expected: Option<u64>,
    /// How long we are told to wait, in seconds.
    pub retry_after_secs: Option<u64>,
    /// The times of sending and answering by both clocks, when all are known.
    pub round_trip: Option<RoundTrip>,
}

/// One batch that is under way.
#[derive(Debug, Clone, Copy)]
struct UnderWay {
    /// The highest number that was stored when it was sent.
    stored_before: u64,
    bytes: u64,
}

/// What is under way, and how the way is.
#[derive(Debug, Clone)]
pub struct Outbox {
    window: usize,
    under_way: BTreeMap<u64, UnderWay>,
    /// The highest number that was ever answered as stored.
    stored_max: u64,
    /// Stored, while one with a lower number is still under way.
    stored: BTreeSet<u64>,
    refusals: BTreeMap<u64, u32>,
    /// The collector wants another one first: the lowest goes alone until one is stored.
    is_alone: bool,
    backoff: Backoff,
    bucket: Bucket,
    offset: Offset,
    is_stopped: bool,
    is_unknown: bool,
}

impl Outbox {
    /// An outbox with so many batches under way and so many bytes a second (`None`: as many as go).
    pub fn new(window: usize, bytes_per_sec: Option<u64>) -> Outbox {
        Outbox {
            window: window.clamp(1, WINDOW_MAX),
            under_way: BTreeMap::new(),
            stored_max: 0,
            stored: BTreeSet::new(),
            refusals: BTreeMap::new(),
            is_alone: false,
            backoff: Backoff::default(),
            bucket: Bucket::new(bytes_per_sec),
            offset: Offset::default(),
            is_stopped: false,
            is_unknown: false,
        }
    }

    /// What to do at a moment, with these batches waiting (number and bytes, in order).
    pub fn next(&mut self, queue: impl Iterator<Item = (u64, u64)>, now_us: i64) -> Step {
        if self.is_stopped {
            return Step::Stop;
        }
        let window = if self.backoff.has_failed() || self.is_alone { 1 } else { self.window };
        if self.under_way.len() >= window {
            return Step::Idle;
        }
        let mut candidates =
            queue.filter(|(number, _)| !self.under_way.contains_key(number) && !self.stored.contains(number));
        let Some((number, bytes)) = candidates.next() else { return Step::Idle };
        // In order: what waits behind a batch under way may follow it, what stands before it goes alone.
        if self.under_way.last_key_value().is_some_and(|(last, _)| number < *last) {
            return Step::Idle;
        }
        let ready = self.backoff.until_us().max(self.bucket.ready_us(now_us));
        if ready > now_us {
            return Step::Wait(ready);
        }
        self.bucket.take(bytes, now_us);
        self.under_way.insert(number, UnderWay { stored_before: self.stored_max, bytes });
        Step::Send(number)
    }

    /// What the answer for a batch means. `random` is a number drawn for this call.
    pub fn answered(&mut self, number: u64, reply: Reply, now_us: i64, random: u64) -> Effect {
        let Some(UnderWay { stored_before, .. }) = self.under_way.remove(&number) else {
            return Effect::Again;
        };
        if let Some(round_trip) = reply.round_trip {
            self.offset.add(round_trip);
        }
        self.is_unknown = reply.answer == Some(Answer::Unknown);
        let told_us =
            reply.retry_after_secs.map_or(0, |secs| secs.min(RETRY_AFTER_SECS_MAX) as i64 * 1_000_000);
        match reply.answer {
            Some(Answer::Stored) => {
                self.backoff.succeed();
                self.refusals.remove(&number);
                self.is_alone = false;
                self.stored.insert(number);
                self.stored_max = self.stored_max.max(number);
                self.in_order()
            }
            // Numbers begin with 1: who wants 0 says nothing that could be done.
            Some(Answer::Early) => match reply.expected.filter(|expected| *expected > 0) {
                // The answer was late: what it wants was stored after it was given.
                Some(expected) if (stored_before + 1..=self.stored_max).contains(&expected) => Effect::Again,
                // It overtook one that is under way: it follows when that is answered.
                Some(expected) if expected < number => {
                    if self.is_alone && self.under_way.is_empty() {
                        self.backoff.fail(now_us, told_us, random);
                    }
                    self.is_alone = true;
                    Effect::Want(expected)
                }
                _ => {
                    self.backoff.fail(now_us, told_us, random);
                    Effect::Again
                }
            },
            Some(Answer::Refused | Answer::Long) => {
                let refusals = self.refusals.entry(number).or_default();
                *refusals += 1;
                let is_final = *refusals >= REFUSALS_MAX;
                self.backoff.fail(now_us, told_us, random);
                if !is_final {
                    return Effect::Again;
                }
                self.refusals.remove(&number);
                Effect::GiveUp(number)
            }
            Some(Answer::Superseded) => {
                self.is_stopped = true;
                Effect::Superseded
            }
            Some(Answer::Unknown | Answer::Busy) | None => {
                self.backoff.fail(now_us, told_us, random);
                Effect::Again
            }
        }
    }

    /// Takes back that a batch is sent, before a byte of it was: it is not under way, and costs nothing of the limit.
    pub fn forget(&mut self, number: u64) {
        if let Some(UnderWay { bytes, .. }) = self.under_way.remove(&number) {
            self.bucket.give_back(bytes);
        }
    }

    /// Whether the last answer was that our certificate is unknown, ended or revoked.
    pub fn is_unknown(&self) -> bool {
        self.is_unknown
    }

    /// Whether another spool of this sensor is taken.
    pub fn is_superseded(&self) -> bool {
        self.is_stopped
    }

    /// Batches under way.
    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// Failures since the last success.
    pub fn failures(&self) -> u32 {
        self.backoff.failures()
    }

    /// The sensor's clock minus the collector's, in nanoseconds, by the best of the last round trips.
    pub fn clock_offset_ns(&self) -> Option<i64> {
        self.offset.best().map(|best| best.offset_us().saturating_mul(1000))
    }

    /// The round trip by which the offset was measured: half of it bounds the error.
    pub fn round_trip_us(&self) -> Option<i64> {
        self.offset.best().map(|best| best.trip_us())
    }

    /// Deletes the stored ones before which nothing is under way, so that a crash leaves no hole.
    fn in_order(&mut self) -> Effect {
        let limit = self.under_way.first_key_value().map_or(u64::MAX, |(first, _)| *first);
        let later = self.stored.split_off(&limit);
        let stored = std::mem::replace(&mut self.stored, later);
        stored.last().map_or(Effect::Again, |last| Effect::Delete(*last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(answer: Answer) -> Reply {
        Reply { answer: Some(answer), ..Reply::default() }
    }

    fn queue(numbers: std::ops::RangeInclusive<u64>) -> impl Iterator<Item = (u64, u64)> {
        numbers.map(|number| (number, 1000))
    }

    #[test]
    fn several_are_under_way_in_order_and_deleted_in_order() {
        let mut outbox = Outbox::new(3, None);
        for number in 5..=7 {
            assert_eq!(outbox.next(queue(5..=9), 0), Step::Send(number));
        }
        assert_eq!(outbox.next(queue(5..=9), 0), Step::Idle);
        assert_eq!(outbox.answered(6, reply(Answer::Stored), 1, 0), Effect::Again);
        assert_eq!(outbox.next(queue(5..=9), 1), Step::Send(8));
        assert_eq!(outbox.answered(5, reply(Answer::Stored), 2, 0), Effect::Delete(6));
        assert_eq!(outbox.answered(7, reply(Answer::Stored), 2, 0), Effect::Delete(7));
        assert_eq!(outbox.answered(7, reply(Answer::Stored), 2, 0), Effect::Again);
    }

    #[test]
    fn after_a_failure_one_goes_alone_after_a_while() {
        let mut outbox = Outbox::new(3, None);
        assert_eq!(outbox.next(queue(1..=3), 0), Step::Send(1));
        assert_eq!(outbox.answered(1, Reply::default(), 0, u64::MAX), Effect::Again);
        let Step::Wait(until) = outbox.next(queue(1..=3), 0) else { panic!("it must wait") };
        assert!((1..=1_000_000).contains(&until), "{until}");
        assert_eq!(outbox.next(queue(1..=3), until), Step::Send(1));
        assert_eq!(outbox.next(queue(1..=3), until), Step::Idle);
        outbox.answered(1, reply(Answer::Stored), until, 0);
        assert_eq!(outbox.next(queue(2..=3), until), Step::Send(2));
        assert_eq!(outbox.next(queue(2..=3), until), Step::Send(3));
    }

    #[test]
    fn we_wait_at_least_as_long_as_we_are_told() {
        let mut outbox = Outbox::new(1, None);
        outbox.next(queue(1..=1), 0);
        let busy = Reply { retry_after_secs: Some(30), ..reply(Answer::Busy) };
        outbox.answered(1, busy, 0, 0);
        assert_eq!(outbox.next(queue(1..=1), 0), Step::Wait(30_000_000));
    }

    #[test]
    fn one_that_overtook_another_follows_it() {
        let mut outbox = Outbox::new(2, None);
        outbox.next(queue(1..=2), 0);
        outbox.next(queue(1..=2), 0);
        let early = Reply { expected: Some(1), ..reply(Answer::Early) };
        assert_eq!(outbox.answered(2, early, 0, 0), Effect::Want(1));
        assert_eq!(outbox.answered(1, reply(Answer::Stored), 0, 0), Effect::Delete(1));
        assert_eq!(outbox.next(queue(2..=2), 0), Step::Send(2));
    }

    #[test]
    fn a_late_answer_does_not_ask_again_for_what_was_stored_meanwhile() {
        let mut outbox = Outbox::new(2, None);
        outbox.next(queue(6..=7), 0);
        outbox.next(queue(6..=7), 0);
        assert_eq!(outbox.answered(6, reply(Answer::Stored), 1, 0), Effect::Delete(6));
        let early = Reply { expected: Some(6), ..reply(Answer::Early) };
        assert_eq!(outbox.answered(7, early, 2, 0), Effect::Again);
        assert_eq!(outbox.next(queue(7..=7), 2), Step::Send(7));
        // A collector that went back to an older state wants it in earnest.
        assert_eq!(outbox.answered(7, early, 3, 0), Effect::Want(6));
    }

    #[test]
    fn one_that_is_wanted_goes_before_all_others() {
        let mut outbox = Outbox::new(2, None);
        outbox.next(queue(5..=6), 0);
        let early = Reply { expected: Some(3), ..reply(Answer::Early) };
        assert_eq!(outbox.answered(5, early, 0, 0), Effect::Want(3));
        // The spool answers for 3 and 4 with one batch.
        let queue = || [(4, 100), (5, 100), (6, 100)].into_iter();
        assert_eq!(outbox.next(queue(), 0), Step::Send(4));
        assert_eq!(outbox.next(queue(), 0), Step::Idle);
        // Wanted again and not there: it is no use to hurry.
        assert_eq!(outbox.answered(4, early, 0, u64::MAX), Effect::Want(3));
        assert!(matches!(outbox.next(queue(), 0), Step::Wait(_)));
    }

    #[test]
    fn whoever_wants_what_never_was_is_waited_for() {
        let mut outbox = Outbox::new(2, None);
        outbox.next(queue(1..=2), 0);
        let early = Reply { expected: Some(0), ..reply(Answer::Early) };
        assert_eq!(outbox.answered(1, early, 0, u64::MAX), Effect::Again);
        assert!(matches!(outbox.next(queue(1..=2), 0), Step::Wait(_)));
    }

    #[test]
    fn a_batch_refused_again_and_again_is_given_up() {
        let mut outbox = Outbox::new(1, None);
        let mut now = 0;
        for round in 1..=REFUSALS_MAX {
            while let Step::Wait(until) = outbox.next(queue(1..=1), now) {
                now = until;
            }
            let effect = outbox.answered(1, reply(Answer::Refused), now, u64::MAX);
            assert_eq!(effect, if round == REFUSALS_MAX { Effect::GiveUp(1) } else { Effect::Again });
        }
    }

    #[test]
    fn superseded_is_the_end() {
        let mut outbox = Outbox::new(2, None);
        outbox.next(queue(1..=2), 0);
        assert_eq!(outbox.answered(1, reply(Answer::Superseded), 0, 0), Effect::Superseded);
        assert_eq!(outbox.next(queue(1..=2), i64::MAX), Step::Stop);
        assert!(outbox.is_superseded());
    }

    #[test]
    fn a_batch_that_could_not_be_read_costs_nothing_of_the_limit() {
        let mut outbox = Outbox::new(1, Some(500));
        for _ in 0..100 {
            assert_eq!(outbox.next(queue(1..=1), 0), Step::Send(1));
            outbox.forget(1);
        }
        assert_eq!(outbox.next(queue(1..=1), 0), Step::Send(1));
        outbox.answered(1, reply(Answer::Stored), 0, 0);
        assert_eq!(outbox.next(queue(2..=2), 0), Step::Wait(2_000_001));
    }

    #[test]
    fn a_limit_of_bytes_spreads_batches_over_time() {
        let mut outbox = Outbox::new(4, Some(500));
        let (mut now, mut sent) = (0, 0);
        while now < 20_000_000 {
            match outbox.next(queue(sent + 1..=1000), now) {
                Step::Send(number) => {
                    sent = number;
                    outbox.answered(number, reply(Answer::Stored), now, 0);
                }
                Step::Wait(until) => now = until,
                Step::Idle | Step::Stop => panic!("there is always one to send"),
            }
        }
        assert!((9..=12).contains(&sent), "{sent} batches of 1000 bytes in 20 s at 500 bytes a second");
    }
}
