//! One seed: what fails when, second by second, and what must hold after each.
//!
//! **Invariant:** every draw comes from the seed, so a failed seed can be played again.

use std::ops::Range;

use teiten_collector::inbox::Event;

use crate::chance::Chance;
use crate::door::{Answered, Door};
use crate::network::{Badness, Network, Parcel};
use crate::sensor::Sensor;
use crate::sink::Durable;

/// Seconds in which things fail, and in which all is delivered after.
const PLAY: u64 = 240;
const REST: u64 = 6_000;

/// What happened, over all seeds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Told {
    frames_stored: u64,
    frames_lost: u64,
    frames_unobserved: u64,
    batches: u64,
    deaths: u64,
    deaths_in_a_write: u64,
    torn_files: u64,
    lost_disks: u64,
    full_disks: u64,
    collector_deaths: u64,
    partitions: u64,
    clock_steps: u64,
    duplicates: u64,
    new_spools: u64,
    given_up_stored: u64,
    given_up: u64,
    durable_failures: u64,
}

impl Told {
    fn parts(&mut self) -> [(&'static str, &mut u64); 17] {
        [
            ("frames stored", &mut self.frames_stored),
            ("frames lost", &mut self.frames_lost),
            ("frames unobserved", &mut self.frames_unobserved),
            ("batches", &mut self.batches),
            ("deaths", &mut self.deaths),
            ("deaths in a write", &mut self.deaths_in_a_write),
            ("torn files", &mut self.torn_files),
            ("lost disks", &mut self.lost_disks),
            ("full disks", &mut self.full_disks),
            ("deaths of the collector", &mut self.collector_deaths),
            ("partitions", &mut self.partitions),
            ("steps of a clock", &mut self.clock_steps),
            ("duplicates", &mut self.duplicates),
            ("new spools", &mut self.new_spools),
            ("stored ones given up", &mut self.given_up_stored),
            ("numbers given up", &mut self.given_up),
            ("failed commits that were durable", &mut self.durable_failures),
        ]
    }

    pub(crate) fn add(&mut self, mut other: Told) {
        for ((_, mine), (_, theirs)) in self.parts().into_iter().zip(other.parts()) {
            *mine += *theirs;
        }
    }

    /// A simulator in which nothing fails proves nothing.
    pub(crate) fn check_that_all_happened(&mut self) {
        for (what, times) in self.parts() {
            // A stored batch is given up only after three spoiled copies of it: rare, and not asked for.
            assert!(*times > 0 || what == "stored ones given up", "no {what} in all these seeds");
        }
    }
}

/// How much of what fails; once in so many seconds, 0 for never.
struct Faults {
    badness: Badness,
    death: u64,
    death_in_a_write: u64,
    torn: u64,
    lost_disk: u64,
    full: u64,
    collector_death: u64,
    commit_fails: u64,
    cut: u64,
    clock: u64,
}

const NONE: Faults = Faults {
    badness: Badness { lose: 0, double: 0, spoil: 0, delay_max: 1 },
    death: 0,
    death_in_a_write: 0,
    torn: 0,
    lost_disk: 0,
    full: 0,
    collector_death: 0,
    commit_fails: 0,
    cut: 0,
    clock: 0,
};

impl Faults {
    /// About half of the kinds of fault, each more or less often.
    fn of(chance: &mut Chance) -> Faults {
        let mut often = |range: Range<u64>| match chance.once_in(2) {
            true => range.start + chance.below(range.end - range.start),
            false => 0,
        };
        Faults {
            badness: Badness {
                lose: often(3..40),
                double: often(3..40),
                spoil: often(8..80),
                delay_max: often(1..20),
            },
            death: often(40..200),
            death_in_a_write: often(60..200),
            torn: often(2..4),
            lost_disk: often(8..20),
            full: often(60..200),
            collector_death: often(40..150),
            commit_fails: often(3..12),
            cut: often(60..200),
            clock: often(60..200),
        }
    }
}

/// Everything there is.
pub(crate) struct World {
    chance: Chance,
    faults: Faults,
    sensors: Vec<Sensor>,
    /// Until when a sensor is cut off, and its disk bounded.
    cut_until: Vec<u64>,
    full_until: Vec<u64>,
    network: Network,
    door: Door,
    durable: Durable,
    told: Told,
    /// Batches of which more was told as lost than was: what a collector notes as given up though stored.
    is_told_too_high: bool,
}

impl World {
    pub(crate) fn new(seed: u64) -> World {
        let mut chance = Chance::new(seed);
        let faults = Faults::of(&mut chance);
        let n_sensors = 1 + chance.below(3) as usize;
        let sensors: Vec<Sensor> = (0..n_sensors).map(|place| Sensor::new(place, &mut chance)).collect();
        let durable = Durable::default();
        World {
            network: Network::new(n_sensors),
            cut_until: vec![0; n_sensors],
            full_until: vec![0; n_sensors],
            door: Door::new(&durable),
            chance,
            faults,
            sensors,
            durable,
            told: Told::default(),
            is_told_too_high: false,
        }
    }

    /// Plays the seed to its end.
    pub(crate) fn play(mut self) -> Told {
        for now in 0..PLAY {
            self.fail(now);
            self.second(now, true);
        }
        self.faults = NONE;
        for now in PLAY..PLAY + REST {
            for place in 0..self.sensors.len() {
                self.mend(place, now);
            }
            self.second(now, false);
            if self.door.is_empty() && self.sensors.iter().all(Sensor::is_delivered) {
                return self.end();
            }
        }
        panic!("not all was delivered after {REST} seconds without a fault");
    }

    /// What fails in a second.
    fn fail(&mut self, now: u64) {
        for place in 0..self.sensors.len() {
            if now >= self.cut_until[place] {
                self.network.cut[place] = false;
            }
            if now >= self.full_until[place] {
                self.sensors[place].bound(None);
            }
            let chance = &mut self.chance;
            if chance.once_in(self.faults.death) {
                self.die(place, now);
            } else if chance.once_in(self.faults.death_in_a_write) {
                let steps = chance.below(12);
                self.sensors[place].doom(steps);
            } else if chance.once_in(self.faults.full) {
                let bytes_max = chance.below(30_000);
                self.sensors[place].bound(Some(bytes_max));
                self.full_until[place] = now + 5 + chance.below(60);
                self.told.full_disks += 1;
            } else if chance.once_in(self.faults.cut) {
                self.network.cut[place] = true;
                self.cut_until[place] = now + 5 + chance.below(120);
                self.told.partitions += 1;
            } else if chance.once_in(self.faults.clock) {
                let by_ns = chance.below(600) as i64 * 1_000_000_000 - 300_000_000_000;
                self.sensors[place].set_clock(by_ns);
                self.told.clock_steps += 1;
            }
        }
        if self.chance.once_in(self.faults.collector_death) {
            let until = now + self.chance.below(30);
            self.door.die(&mut self.durable, until, &mut self.chance);
            self.told.collector_deaths += 1;
        }
    }

    fn die(&mut self, place: usize, now: u64) {
        let is_torn = self.chance.once_in(self.faults.torn);
        let until = now + 1 + self.chance.below(20);
        self.told.deaths += 1;
        self.told.torn_files += u64::from(is_torn);
        self.sensors[place].die(until, is_torn, &mut self.chance);
        if self.chance.once_in(self.faults.lost_disk) {
            self.sensors[place].lose_disk();
            self.told.lost_disks += 1;
        }
    }

    /// Ends what failed to a sensor.
    fn mend(&mut self, place: usize, now: u64) {
        self.network.cut[place] = false;
        self.sensors[place].bound(None);
        if now > PLAY + 60 {
            self.sensors[place].flush(now);
        }
    }

    fn second(&mut self, now: u64, is_observing: bool) {
        for place in 0..self.sensors.len() {
            if self.sensors[place].is_doomed() {
                self.told.deaths_in_a_write += 1;
                self.die(place, now);
            }
            let sensor = &mut self.sensors[place];
            sensor.start(&self.durable, now, &mut self.chance);
            if is_observing {
                let (packets, is_dropping) = (self.chance.below(9), self.chance.once_in(20));
                sensor.observe(now, packets, if is_dropping { 1 + packets } else { 0 });
            }
            sensor.lose_patience(now, &mut self.chance);
            for (attempt, bytes) in sensor.send(now) {
                let parcel = Parcel::Request { sensor: place, attempt, bytes };
                self.network.send(parcel, self.faults.badness, now, &mut self.chance);
            }
        }
        for parcel in self.network.due(now) {
            self.deliver(parcel, now);
        }
        if now >= self.door.dead_until {
            let answers = self.door.work(&mut self.durable, now, self.faults.commit_fails, &mut self.chance);
            self.answer(answers, now);
        }
        if !self.is_told_too_high {
            self.sensors.iter_mut().for_each(|sensor| sensor.check(&self.durable));
        }
    }

    fn deliver(&mut self, parcel: Parcel, now: u64) {
        match parcel {
            Parcel::Request { sensor, attempt, bytes } if now >= self.door.dead_until => {
                let name = self.sensors[sensor].name.clone();
                let (answer, event) = self.door.offer(sensor, &name, attempt, bytes, now);
                match event {
                    Some(Event::Duplicate) => self.told.duplicates += 1,
                    Some(Event::NewSpool) => self.told.new_spools += 1,
                    Some(Event::GivenUpStored) => {
                        self.told.given_up_stored += 1;
                        self.is_told_too_high = true;
                    }
                    Some(Event::SecondProcess) => self.second_process(sensor),
                    None => {}
                }
                self.answer(answer, now);
            }
            Parcel::Request { .. } => {}
            Parcel::Answer { sensor, attempt, reply } => {
                self.sensors[sensor].take(attempt, reply, now, &mut self.chance);
            }
        }
    }

    /// A second process is seen only where a machine lost its disk: what it had sent before is still on its way.
    fn second_process(&self, sensor: usize) {
        assert!(self.told.lost_disks > 0, "{} has one process {:?}", self.sensors[sensor].name, self.told);
    }

    fn answer(&mut self, answers: impl IntoIterator<Item = Answered>, now: u64) {
        for (sensor, attempt, reply) in answers {
            let parcel = Parcel::Answer { sensor, attempt, reply };
            self.network.send(parcel, self.faults.badness, now, &mut self.chance);
        }
    }

    /// All is delivered: nothing is held, and every interval says exactly what was received in it.
    fn end(mut self) -> Told {
        self.told.durable_failures = self.door.durable_failures;
        for sensor in &self.sensors {
            assert_eq!(sensor.held(&self.durable), 0, "{}: held is 0 once all is delivered", sensor.name);
            let (stored, lost) = self.durable.stored.get(&sensor.name).copied().unwrap_or_default();
            let unobserved = sensor.received_total() as i64 - (stored + lost) as i64;
            assert!(self.is_told_too_high || unobserved == sensor.unobserved);
            self.told.frames_stored += stored;
            self.told.frames_lost += lost;
            self.told.frames_unobserved += unobserved.max(0) as u64;
            let heads = self.durable.heads.get(&sensor.name).map_or(&[][..], Vec::as_slice);
            self.told.batches += heads.len() as u64;
            self.told.given_up += heads.iter().filter(|head| head.first < head.sequence).count() as u64;
            if sensor.clock_was_set || self.is_told_too_high {
                continue;
            }
            for head in heads {
                let inside: u64 = sensor
                    .received
                    .iter()
                    .filter(|received| (head.opened_ns..head.sealed_ns).contains(&received.at_ns))
                    .map(|received| received.frames)
                    .sum();
                assert_eq!(
                    inside,
                    head.frames + head.lost_total(),
                    "what an interval says of itself: {head:?}"
                );
            }
            for pair in heads.windows(2) {
                assert!(pair[0].sealed_ns <= pair[1].opened_ns, "intervals follow one another: {pair:?}");
            }
        }
        self.told
    }
}
