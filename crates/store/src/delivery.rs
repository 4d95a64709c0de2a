//! What batches of live sensors add to the books: the balance by hour, the time that was observed, the time that
//! was not, and how far each spool is stored.
//!
//! Lines of one commit that differ in numbers alone are one line, and lines of several commits add up, so that
//! compaction may sum them: a sensor leaves a line an hour, not a line a batch.
//!
//! **Invariant:** of each delivery received = stored + lost.
//! **Invariant:** hours of one delivery are bounded by [`HOURS_MAX`].

use std::collections::BTreeMap;

use model::account::{Account, Loss};
use model::interval::{HOUR_US, Interval, Timestamp};
use teiten_model as model;

use crate::frames;
use crate::record::Record;
use crate::spools::{self, Spool, Spools};

/// The most hours that one batch can have observed: a year. What an interval has before them counts as unobserved.
pub const HOURS_MAX: i64 = 366 * 24;

/// A batch that is to be stored, as its head and its frames tell.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// Name of the sensor.
    pub sensor: String,
    /// Its spool.
    pub epoch: u64,
    /// The first number that it answers for.
    pub first: u64,
    /// Its number.
    pub sequence: u64,
    /// CRC-32C of the whole.
    pub sum: u32,
    /// When its observation began: microseconds since 1970-01-01T00:00Z by the sensor's clock.
    pub opened_us: i64,
    /// When it ended.
    pub sealed_us: i64,
    /// Frames stored and lost.
    pub account: Account,
    /// Addresses that it watched, as [`model::sensor::Sensor::addresses_at`] counts; -1 when not said.
    pub addresses: i64,
    /// The prefixes that it watched, separated by spaces.
    pub watched: String,
    /// The sensor's clock minus the collector's, in microseconds, as last measured.
    pub clock_offset_us: Option<i64>,
    /// Its size, in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub hash: [u8; 32],
    /// Edition of the rules.
    pub rules: String,
    /// Editions of the reference data.
    pub data: String,
    /// Whether it says of itself that its packets are synthetic.
    pub is_synthetic: bool,
}

impl Delivery {
    /// Its identifier: what its rows say in the column `input`.
    pub fn id(&self) -> String {
        frames::batch_id(&self.sensor, self.opened_us, self.epoch, self.sequence)
    }

    /// What it observed, as far as that can be: bounded in length.
    fn observed(&self) -> Interval {
        let start = self.opened_us.max(self.sealed_us.saturating_sub(HOURS_MAX * HOUR_US));
        Interval { start: Timestamp(start), end: Timestamp(self.sealed_us.max(start)) }
    }
}

/// A line of the book of inputs.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) is_synthetic: bool,
    pub(crate) hash: [u8; 32],
    pub(crate) bytes: u64,
    pub(crate) packets: u64,
    pub(crate) lost: u64,
    pub(crate) first: Option<i64>,
    pub(crate) last: i64,
    pub(crate) rules: String,
    pub(crate) data: String,
}

/// A line of the account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) input: String,
    pub(crate) sensor: String,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) reason: &'static str,
}

/// What was observed in an hour.
#[derive(Debug, Default, Clone)]
struct Hour {
    observed_us: i64,
    batches: i64,
    clock_offset_us: Option<i64>,
}

/// A time without observation, or numbers that were given up.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Interruption {
    sensor: String,
    kind: &'static str,
    cause: &'static str,
    epoch: u64,
    first: u64,
    last: u64,
    start: i64,
    end: i64,
    lost: i64,
}

/// Kind of an interruption: nobody observed.
pub const UNOBSERVED: &str = "unobserved";
/// Kind of an interruption: observed, and then given up.
pub const GIVEN_UP: &str = "given-up";

/// Everything that the batches of a commit add to the books.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    pub(crate) lines: BTreeMap<String, Line>,
    pub(crate) accounts: BTreeMap<Place, (u64, u64)>,
    /// Addresses watched by (hour, sensor), as the heads tell.
    pub(crate) addresses: BTreeMap<(i64, String), i64>,
    hours: BTreeMap<(i64, String), Hour>,
    interruptions: Vec<Interruption>,
    pub(crate) spools: Spools,
}

/// The hours that an interval touches, with what each has of it.
fn hours(interval: Interval) -> impl Iterator<Item = (i64, i64)> {
    let first = interval.start.0.div_euclid(HOUR_US);
    let last = (interval.end.0 - 1).div_euclid(HOUR_US);
    (first..=last).map(move |hour| {
        let (start, end) = (hour * HOUR_US, (hour + 1) * HOUR_US);
        (start, interval.end.0.min(end) - interval.start.0.max(start))
    })
}

impl Deliveries {
    /// Whether nothing was delivered.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Takes a batch whose frames became rows, so many of each hour, from `first` to `last`.
    ///
    /// # Panics
    /// When its account does not balance or does not fit its rows, or it is at or below the mark of its spool:
    /// mistakes of ours.
    pub(crate) fn add(&mut self, delivery: &Delivery, stored: &BTreeMap<i64, u64>, span: Option<(i64, i64)>) {
        delivery.account.check();
        assert_eq!(stored.values().sum::<u64>(), delivery.account.stored, "rows of {}", delivery.id());
        let before = self.spools.mark(&delivery.sensor, delivery.epoch);
        // A run that was given up may reach back to what was stored meanwhile: its sensor cannot know.
        assert!(
            before.is_none_or(|before| before.sequence < delivery.sequence),
            "{} is stored",
            delivery.id()
        );
        self.interrupt(delivery);
        let input = frames::spool_day(&delivery.sensor, delivery.opened_us, delivery.epoch);
        self.account(delivery, &input, stored);
        let line = self.lines.entry(input).or_default();
        line.is_synthetic |= delivery.is_synthetic;
        line.bytes += delivery.bytes;
        line.packets += delivery.account.stored;
        line.lost += delivery.account.lost_total();
        for (mine, theirs) in line.hash.iter_mut().zip(delivery.hash) {
            *mine ^= theirs;
        }
        if let Some((first, last)) = span {
            line.last = line.first.map_or(last, |_| line.last.max(last));
            line.first = Some(line.first.map_or(first, |known| known.min(first)));
        }
        if !delivery.rules.is_empty() {
            line.rules.clone_from(&delivery.rules);
            line.data.clone_from(&delivery.data);
        }
        for (hour, observed_us) in hours(delivery.observed()) {
            let key = (hour, delivery.sensor.clone());
            let cell = self.hours.entry(key.clone()).or_default();
            cell.observed_us += observed_us;
            cell.clock_offset_us = delivery.clock_offset_us.or(cell.clock_offset_us);
            cell.batches += i64::from(hour == (delivery.sealed_us - 1).div_euclid(HOUR_US) * HOUR_US);
            let addresses = self.addresses.entry(key).or_insert(-1);
            *addresses = (*addresses).max(delivery.addresses);
        }
        self.spools.set(Spool {
            sensor: delivery.sensor.clone(),
            epoch: delivery.epoch,
            sequence: delivery.sequence,
            sum: delivery.sum,
            sealed_us: delivery.sealed_us,
            clock_offset_us: delivery.clock_offset_us,
            watched: delivery.watched.clone(),
            stored_us: 0,
        });
    }

    fn account(&mut self, delivery: &Delivery, input: &str, stored: &BTreeMap<i64, u64>) {
        let place = |start, end, reason| Place {
            input: input.to_string(),
            sensor: delivery.sensor.clone(),
            start,
            end,
            reason,
        };
        for (hour, packets) in stored {
            self.accounts.entry(place(*hour, hour + HOUR_US, "")).or_default().0 += packets;
        }
        let hour = |at: i64| at.div_euclid(HOUR_US) * HOUR_US;
        let (start, end) =
            match (hour(delivery.opened_us), hour((delivery.sealed_us - 1).max(delivery.opened_us))) {
                (first, last) if first == last => (first, first + HOUR_US),
                // In which of its hours it was lost is not known.
                _ => (delivery.opened_us, delivery.sealed_us),
            };
        for (loss, frames) in delivery.account.losses() {
            self.accounts.entry(place(start, end, loss.name())).or_default().1 += frames;
        }
    }

    /// Writes down what lies between a batch and the one before it.
    fn interrupt(&mut self, delivery: &Delivery) {
        let numbers = (delivery.first, delivery.sequence);
        let mut add = |kind, cause, (first, last), (start, end), lost: u64| {
            self.interruptions.push(Interruption {
                sensor: delivery.sensor.clone(),
                kind,
                cause,
                epoch: delivery.epoch,
                first,
                last,
                start,
                end,
                lost: lost as i64,
            });
        };
        if let Some(before) = self.spools.newest(&delivery.sensor) {
            let cause = if before.epoch == delivery.epoch { "restart" } else { "new-spool" };
            if before.sealed_us < delivery.opened_us {
                add(UNOBSERVED, cause, numbers, (before.sealed_us, delivery.opened_us), 0);
            }
        }
        let observed = delivery.observed();
        if delivery.opened_us < observed.start.0 {
            add(UNOBSERVED, "too-long", numbers, (delivery.opened_us, observed.start.0), 0);
        }
        let given_up: u64 = [Loss::SpoolFull, Loss::Gap].map(|loss| delivery.account.lost(loss)).iter().sum();
        if delivery.first < delivery.sequence || given_up > 0 {
            let cause = if delivery.account.lost(Loss::Gap) > 0 { "gap" } else { "spool-full" };
            add(GIVEN_UP, cause, numbers, (delivery.opened_us, delivery.sealed_us), given_up);
        }
    }

    /// Notes that a sensor watched in an hour, of which no batch tells any more.
    pub(crate) fn see(&mut self, hour: i64, sensor: &str, addresses: i64) {
        let key = (hour, sensor.to_string());
        self.hours.entry(key.clone()).or_default();
        let known = self.addresses.entry(key).or_insert(-1);
        *known = (*known).max(addresses);
    }

    /// The hours that were observed, by sensor.
    pub(crate) fn observed(&self) -> impl Iterator<Item = &(i64, String)> {
        self.hours.keys()
    }

    /// The rows of the tables that only batches fill, but for the spools.
    pub(crate) fn records(&self) -> [Record; 2] {
        let mut hours = Record::new("sensor_hours");
        hours.times("at", self.hours.keys().map(|(at, _)| *at));
        hours.words("sensor", self.hours.keys().map(|(_, sensor)| sensor.as_str()));
        hours.int64("observed", self.hours.values().map(|hour| hour.observed_us));
        hours.int64("batches", self.hours.values().map(|hour| hour.batches));
        hours.int64("clock_offset", self.hours.values().map(|hour| spools::offset(hour.clock_offset_us)));
        let rows = || self.interruptions.iter();
        let mut interruptions = Record::new("interruptions");
        interruptions.words("sensor", rows().map(|row| row.sensor.as_str()));
        interruptions.words("kind", rows().map(|row| row.kind));
        interruptions.words("cause", rows().map(|row| row.cause));
        let epochs: Vec<String> = rows().map(|row| format!("{:016x}", row.epoch)).collect();
        interruptions.words("epoch", epochs.iter().map(String::as_str));
        interruptions.int64("first_batch", rows().map(|row| row.first as i64));
        interruptions.int64("last_batch", rows().map(|row| row.last as i64));
        interruptions.times("start", rows().map(|row| row.start));
        interruptions.times("end", rows().map(|row| row.end));
        interruptions.int64("lost", rows().map(|row| row.lost));
        [hours, interruptions]
    }
}

#[cfg(test)]
mod tests;
