//! One sensor of the simulation: the real sealer, spool and outbox on a disk in memory, and a machine that dies.
//!
//! **Invariant:** what was received is stored, told as lost, held, or was in a memory or on a disk that died.

use teiten_model::account::Loss;
use teiten_sensor::outbox::{Effect, Outbox, Reply, Step};
use teiten_sensor::sealer::{Bounds, Moment, Port, Sealer};
use teiten_sensor::spool::memory::MemoryDisk;
use teiten_sensor::spool::{Limits, Policy, Spool};

use crate::chance::Chance;
use crate::sink::Durable;

const SECOND_NS: i64 = 1_000_000_000;
const BOUNDS: Bounds = Bounds { bytes_max: 4_000, frames_max: 20, age_ns_max: 3 * SECOND_NS };
/// After so many seconds without an answer an attempt has failed.
const PATIENCE: u64 = 12;

/// What runs while the machine does.
struct Process {
    sealer: Sealer,
    spool: Spool<MemoryDisk>,
    outbox: Outbox,
    attempts: Vec<Attempt>,
}

struct Attempt {
    id: u64,
    number: u64,
    until: u64,
}

/// A packet, or a number of them that the kernel dropped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received {
    /// By the sensor's clock.
    pub(crate) at_ns: i64,
    pub(crate) frames: u64,
}

/// A sensor, dead or alive.
pub(crate) struct Sensor {
    pub(crate) name: String,
    limits: Limits,
    process: Option<Process>,
    /// The disk of a machine that is dead.
    disk: MemoryDisk,
    pub(crate) dead_until: u64,
    clock_offset_ns: i64,
    pub(crate) received: Vec<Received>,
    n_frames: u64,
    n_attempts: u64,
    /// Frames that were in a memory or on a disk when it died.
    pub(crate) unobserved: i64,
    pub(crate) clock_was_set: bool,
    instance: u64,
}

impl Sensor {
    pub(crate) fn new(place: usize, chance: &mut Chance) -> Sensor {
        let policy = if chance.once_in(3) { Policy::Newest } else { Policy::Oldest };
        Sensor {
            name: format!("sensor-{place}"),
            limits: Limits { bytes_max: 4096 * (6 + chance.below(40)), policy },
            process: None,
            disk: MemoryDisk::default(),
            dead_until: 0,
            clock_offset_ns: 0,
            received: Vec::new(),
            n_frames: 0,
            n_attempts: 0,
            unobserved: 0,
            clock_was_set: false,
            instance: 0,
        }
    }

    fn moment(&self, now: u64) -> Moment {
        let steady_ns = now as i64 * SECOND_NS;
        Moment { wall_ns: 1_400_000_000 * SECOND_NS + steady_ns + self.clock_offset_ns, steady_ns }
    }

    /// The machine starts.
    pub(crate) fn start(&mut self, durable: &Durable, now: u64, chance: &mut Chance) {
        if self.process.is_some() || now < self.dead_until {
            return;
        }
        let disk = std::mem::take(&mut self.disk);
        self.instance = chance.bits();
        let mut backup = disk.clone();
        let spool = match Spool::open(disk, &self.name, self.limits, chance.bits(), self.instance) {
            Ok(spool) => spool,
            Err(_) => {
                // The disk does not even take the spool's number, or died again: it is tried once more.
                backup.crash(0, false);
                (self.disk, self.dead_until) = (backup, now + 3);
                return;
            }
        };
        let at = self.moment(now);
        let mut sealer = Sealer::new(BOUNDS, vec![Port { name: "eth0".into(), link: 101 }], at);
        sealer.open(vec!["192.0.2.0/28".parse().expect("a prefix")], at);
        let outbox = Outbox::new(1 + chance.below(4) as usize, None);
        self.process = Some(Process { sealer, spool, outbox, attempts: Vec::new() });
        let missing = self.received_total() as i64 - self.known(durable) as i64;
        assert!(missing >= 0, "{}: more is told than was received", self.name);
        self.unobserved = missing;
    }

    /// The machine dies; its disk keeps what it promised, and perhaps some of the rest.
    pub(crate) fn die(&mut self, until: u64, is_torn: bool, chance: &mut Chance) {
        let Some(process) = self.process.take() else { return };
        self.disk = process.spool.into_disk();
        let kept = chance.below(self.disk.pending() as u64 + 1) as usize;
        self.disk.crash(kept, is_torn);
        self.dead_until = until;
    }

    /// A new, empty disk is put in.
    pub(crate) fn lose_disk(&mut self) {
        self.disk = MemoryDisk::default();
    }

    /// The machine will die in the middle of one of its next writes.
    pub(crate) fn doom(&mut self, steps: u64) {
        self.with_disk(|disk| disk.steps_left = Some(steps));
    }

    /// Bounds the disk, or frees it.
    pub(crate) fn bound(&mut self, bytes_max: Option<u64>) {
        self.with_disk(|disk| disk.bytes_max = bytes_max);
    }

    fn with_disk(&mut self, change: impl FnOnce(&mut MemoryDisk)) {
        match &mut self.process {
            Some(process) => change(process.spool.disk_mut()),
            None => change(&mut self.disk),
        }
    }

    /// Whether the disk died in the middle of a write: the machine is dead then.
    pub(crate) fn is_doomed(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| process.spool.disk_mut().steps_left == Some(0))
    }

    /// Somebody sets the clock.
    pub(crate) fn set_clock(&mut self, by_ns: i64) {
        self.clock_offset_ns += by_ns;
        self.clock_was_set = true;
    }

    /// Packets come, and batches end.
    pub(crate) fn observe(&mut self, now: u64, packets: u64, dropped: u64) {
        let moment = self.moment(now);
        let Some(process) = &mut self.process else { return };
        if process.sealer.is_due(moment) {
            let sealed = process.sealer.seal(moment, true);
            process.spool.push(sealed.pack());
        }
        process.sealer.look(moment);
        for _ in 0..packets {
            self.n_frames += 1;
            let at_ns = moment.wall_ns + self.n_frames as i64 % 1000;
            let mut bytes = vec![0x45; 40];
            bytes.extend_from_slice(&self.n_frames.to_le_bytes());
            process.sealer.push(0, at_ns, bytes.len() as u32, &bytes);
            self.received.push(Received { at_ns, frames: 1 });
        }
        if dropped > 0 {
            process.sealer.lose(Loss::Kernel, dropped);
            self.received.push(Received { at_ns: moment.wall_ns, frames: dropped });
        }
    }

    /// Ends the batch that is open, for the end of the play.
    pub(crate) fn flush(&mut self, now: u64) {
        let moment = self.moment(now);
        let Some(process) = &mut self.process else { return };
        if process.sealer.is_open() {
            let sealed = process.sealer.seal(moment, false);
            process.spool.push(sealed.pack());
        }
    }

    /// Batches that are sent now: attempt and bytes.
    pub(crate) fn send(&mut self, now: u64) -> Vec<(u64, Vec<u8>)> {
        let Some(process) = &mut self.process else { return Vec::new() };
        let mut sent = Vec::new();
        while let Step::Send(number) = process.outbox.next(process.spool.queue(), now as i64 * 1_000_000) {
            if process.spool.may_send(number).is_err() {
                process.outbox.forget(number);
                break;
            }
            let Some(bytes) = process.spool.bytes_of(number) else {
                process.outbox.forget(number);
                break;
            };
            self.n_attempts += 1;
            process.attempts.push(Attempt { id: self.n_attempts, number, until: now + PATIENCE });
            sent.push((self.n_attempts, bytes));
        }
        sent
    }

    /// An answer comes; nobody waits for that of an attempt that was given up.
    pub(crate) fn take(&mut self, attempt: u64, reply: Reply, now: u64, chance: &mut Chance) {
        let Some(process) = &mut self.process else { return };
        let Some(place) = process.attempts.iter().position(|known| known.id == attempt) else { return };
        let number = process.attempts.remove(place).number;
        match process.outbox.answered(number, reply, now as i64 * 1_000_000, chance.bits()) {
            Effect::Again => {}
            Effect::Delete(up_to) => process.spool.acknowledge(up_to),
            Effect::GiveUp(number) => process.spool.give_up(number, Loss::Refused),
            Effect::Want(wanted) => {
                process.spool.declare(wanted);
            }
            Effect::Superseded => panic!("{}: the only process of a sensor was superseded", self.name),
        }
    }

    /// Attempts that nobody answered have failed.
    pub(crate) fn lose_patience(&mut self, now: u64, chance: &mut Chance) {
        let Some(process) = &self.process else { return };
        let old: Vec<u64> =
            process.attempts.iter().filter(|known| known.until <= now).map(|known| known.id).collect();
        for attempt in old {
            self.take(attempt, Reply::default(), now, chance);
        }
    }

    /// Everything that was received.
    pub(crate) fn received_total(&self) -> u64 {
        self.received.iter().map(|received| received.frames).sum()
    }

    /// What is stored, told as lost, or held.
    fn known(&self, durable: &Durable) -> u64 {
        let (stored, lost) = durable.stored.get(&self.name).copied().unwrap_or_default();
        stored + lost + self.held(durable)
    }

    /// What is in the open batch and in batches that are not stored.
    pub(crate) fn held(&self, durable: &Durable) -> u64 {
        let Some(process) = &self.process else { return 0 };
        let mark = durable.mark(&self.name, process.spool.epoch());
        let heads = process.spool.heads().filter(|head| head.sequence > mark);
        heads.map(|head| head.frames + head.lost_total()).sum::<u64>()
            + process.spool.owed_frames()
            + process.sealer.held()
            + process.sealer.lost_total()
    }

    /// Whether the account balances at this moment. What was on a disk that died may still be on its way, and be
    /// stored after all; otherwise only a death makes anything unobserved.
    pub(crate) fn check(&mut self, durable: &Durable) {
        if self.process.is_some() {
            let missing = self.received_total() as i64 - self.known(durable) as i64;
            let name = &self.name;
            assert!(
                (0..=self.unobserved).contains(&missing),
                "{name}: {missing} of {} frames",
                self.unobserved
            );
            self.unobserved = missing;
        }
    }

    /// Whether all is delivered.
    pub(crate) fn is_delivered(&self) -> bool {
        self.process.as_ref().is_some_and(|process| {
            !process.sealer.is_open() && process.spool.is_empty() && process.attempts.is_empty()
        })
    }
}
