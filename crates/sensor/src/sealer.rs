//! The sealer: frames become a batch, which ends by its size, its number of frames, or its age.
//!
//! A batch without frames is sealed at that age, too, so that silence can be told from death. Age is taken
//! from a clock that nobody sets. The other clock names the interval; when somebody sets it, the batch ends
//! by the first one's count, and the next begins at the new time. While no interface is up nothing is
//! observed: such a batch is a sign of life and has an interval of no length.
//!
//! **Invariant:** `opened_ns <= sealed_ns`; while the clock is not set and observation goes on, a batch begins
//! where the one before ended.

use teiten_model::account::{Account, Loss};
use teiten_model::address::Prefix;
use teiten_model::frame::FRAME_BYTES_MAX;
use teiten_wire::batch::{BATCH_BYTES_MAX, PLAIN_BYTES_MAX};
use teiten_wire::write::pcapng::PcapngWriter;

use crate::capture::ring::BLOCK_BYTES;
use crate::spool::Sealed;

/// How far the clock may drift from the one nobody sets between two looks, before it counts as set: far more
/// than slewing does in a second (0.5 ms), far less than what a report could tell apart.
pub const STEP_NS_MIN: i64 = 250_000_000;
/// The most bytes a batch may be told to have before compression.
pub const SEAL_BYTES_MAX: usize = 6 << 20;
/// The most bytes that come in one step, after which the sealer is asked whether it is full: those of a block. A
/// frame's headers in the ring are longer than those in a pcapng, so that a block becomes no more bytes than it had.
const STEP_BYTES_MAX: usize = BLOCK_BYTES;
/// What a batch may have beyond its bound: the last step; and what the section, its interfaces, the head, and a
/// compressor that finds nothing to compress add.
pub const ADDED_BYTES_MAX: usize = STEP_BYTES_MAX + (128 << 10);
// What nobody can compress still fits.
const _: () = assert!(SEAL_BYTES_MAX + ADDED_BYTES_MAX < BATCH_BYTES_MAX);
const _: () = assert!(SEAL_BYTES_MAX + ADDED_BYTES_MAX < PLAIN_BYTES_MAX);
const _: () = assert!(FRAME_BYTES_MAX < STEP_BYTES_MAX);

/// A moment by two clocks, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Since 1970, as the machine believes; somebody may set it.
    pub wall_ns: i64,
    /// Since some beginning; nobody sets it.
    pub steady_ns: i64,
}

/// When a batch ends.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of its pcapng before compression; at most [`SEAL_BYTES_MAX`].
    pub bytes_max: usize,
    /// Its frames.
    pub frames_max: u64,
    /// Its age.
    pub age_ns_max: i64,
}

/// An interface as the frames' file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// LINKTYPE_ number of its frames.
    pub link: u16,
}

/// Frames that are not yet sealed.
pub struct Sealer {
    bounds: Bounds,
    ports: Vec<Port>,
    watched: Vec<Prefix>,
    opened: Moment,
    last: Moment,
    /// Whether anything is observed at the moment.
    is_open: bool,
    writer: Option<PcapngWriter<Vec<u8>>>,
    /// What was received since the last batch: held, or lost.
    account: Account,
    comment: Option<String>,
    clock_steps: u64,
}

impl Sealer {
    /// Begins; nothing is observed until [`Sealer::open`].
    pub fn new(bounds: Bounds, ports: Vec<Port>, now: Moment) -> Sealer {
        assert!(bounds.bytes_max <= SEAL_BYTES_MAX, "the configuration bounds it");
        Sealer {
            bounds,
            ports,
            watched: Vec::new(),
            opened: now,
            last: now,
            is_open: false,
            writer: None,
            account: Account::default(),
            comment: None,
            clock_steps: 0,
        }
    }

    /// Observation begins, of these prefixes. What was before must have been sealed.
    pub fn open(&mut self, watched: Vec<Prefix>, now: Moment) {
        assert!(self.account.received == 0, "what was observed before is sealed first");
        self.watched = watched;
        (self.opened, self.last, self.is_open) = (now, now, true);
    }

    /// The place in the list of the interface that stands for the frames of a link type in a capture file; one is
    /// added where there is none.
    pub fn port_of(&mut self, link: u16) -> u32 {
        let place = self.ports.iter().position(|port| port.link == link).unwrap_or_else(|| {
            let port = Port { name: format!("link-{link}"), link };
            if let Some(writer) = &mut self.writer {
                describe(writer, &port);
            }
            self.ports.push(port);
            self.ports.len() - 1
        });
        place as u32
    }

    /// Takes a frame of an interface, by its place in the list.
    ///
    /// # Panics
    /// For a frame of more than `FRAME_BYTES_MAX` bytes, or of an interface that is not in the list.
    pub fn push(&mut self, port: u32, ts_ns: i64, wire_len: u32, bytes: &[u8]) {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let room = Vec::with_capacity(self.bounds.bytes_max + (1 << 16));
                let mut writer = PcapngWriter::new(room, self.comment.take().as_deref()).expect(MEMORY);
                for port in &self.ports {
                    describe(&mut writer, port);
                }
                none.insert(writer)
            }
        };
        let written = writer.packet(port, ts_ns, bytes, wire_len, None);
        written.expect("whoever captures knows its interfaces and the length of a frame");
        self.account.received += 1;
        self.account.held += 1;
    }

    /// Counts frames that were received and are not inside.
    pub fn lose(&mut self, loss: Loss, frames: u64) {
        self.account.lose(loss, frames);
    }

    /// Frames that are not yet sealed.
    pub fn held(&self) -> u64 {
        self.account.held
    }

    /// Frames that were received and will not be inside.
    pub fn lost_total(&self) -> u64 {
        self.account.lost_total()
    }

    /// Whether anything is observed.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// How often somebody set the clock.
    pub fn clock_steps(&self) -> u64 {
        self.clock_steps
    }

    /// Whether the batch is to be sealed now, because it is full, old, or the clock was set.
    pub fn is_due(&self, now: Moment) -> bool {
        self.is_full()
            || now.steady_ns - self.opened.steady_ns >= self.bounds.age_ns_max
            || self.step(now) != 0
    }

    /// Whether the batch must not take another frame.
    pub fn is_full(&self) -> bool {
        let bytes = self.writer.as_ref().map_or(0, |writer| writer.output().len());
        bytes >= self.bounds.bytes_max || self.account.held >= self.bounds.frames_max
    }

    /// Nanoseconds until the batch is old.
    pub fn rest_ns(&self, now: Moment) -> i64 {
        (self.bounds.age_ns_max - (now.steady_ns - self.opened.steady_ns)).max(0)
    }

    /// Looks at the clock without sealing, so that slow drift is not taken for a step.
    pub fn look(&mut self, now: Moment) {
        if self.step(now) == 0 {
            self.last = now;
        }
    }

    /// Ends the batch and begins the next. With `goes_on` false observation ends here, until it is opened again.
    pub fn seal(&mut self, now: Moment, goes_on: bool) -> Sealed {
        let step = self.step(now);
        let elapsed = now.steady_ns - self.last.steady_ns;
        let sealed_ns = match step {
            0 => now.wall_ns,
            _ => self.last.wall_ns + elapsed,
        };
        let opened_ns = match self.is_open {
            true => self.opened.wall_ns.min(sealed_ns),
            false => sealed_ns,
        };
        let plain = match self.writer.take() {
            Some(writer) => writer.finish().expect(MEMORY),
            None => Vec::new(),
        };
        let account = std::mem::take(&mut self.account);
        account.check();
        let sealed = Sealed {
            opened_ns,
            sealed_ns,
            frames: account.held,
            lost: account.losses().collect(),
            watched: if self.is_open { self.watched.clone() } else { Vec::new() },
            clock_offset_ns: None,
            plain,
        };
        if step != 0 {
            self.clock_steps += 1;
            let seconds = step as f64 / 1e9;
            self.comment = Some(format!("the sensor's clock was set by {seconds:+.3} s before this batch"));
        }
        self.is_open &= goes_on;
        (self.opened, self.last) = (now, now);
        sealed
    }

    /// By how much the clock was set since the last look, in nanoseconds; 0 for what drift explains.
    fn step(&self, now: Moment) -> i64 {
        let step = (now.wall_ns - self.last.wall_ns) - (now.steady_ns - self.last.steady_ns);
        if step.abs() < STEP_NS_MIN { 0 } else { step }
    }
}

/// Why writing to memory cannot fail.
const MEMORY: &str = "memory takes every byte";

fn describe(writer: &mut PcapngWriter<Vec<u8>>, port: &Port) {
    writer.interface(&port.name, port.link, None).expect(MEMORY);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;
    const BOUNDS: Bounds = Bounds { bytes_max: 4096, frames_max: 10, age_ns_max: 60 * SECOND };

    fn at(wall: i64, steady: i64) -> Moment {
        Moment { wall_ns: wall * SECOND, steady_ns: steady * SECOND }
    }

    fn sealer() -> Sealer {
        let mut sealer = Sealer::new(BOUNDS, vec![Port { name: "eth0".into(), link: 1 }], at(1000, 0));
        sealer.open(vec!["192.0.2.0/28".parse().unwrap()], at(1000, 0));
        sealer
    }

    #[test]
    fn a_batch_ends_by_size_number_or_age_and_the_next_begins_there() {
        let mut sealer = sealer();
        assert!(!sealer.is_due(at(1059, 59)) && sealer.is_due(at(1060, 60)));
        assert_eq!(sealer.rest_ns(at(1059, 59)), SECOND);
        let silent = sealer.seal(at(1060, 60), true);
        assert_eq!((silent.frames, silent.plain.len(), silent.watched.len()), (0, 0, 1));
        assert_eq!((silent.opened_ns, silent.sealed_ns), (1000 * SECOND, 1060 * SECOND));
        for _ in 0..10 {
            sealer.push(0, 5, 60, &[0; 60]);
        }
        sealer.lose(Loss::Kernel, 3);
        assert!(sealer.is_due(at(1061, 61)));
        let full = sealer.seal(at(1061, 61), true);
        assert_eq!(
            (full.frames, full.opened_ns, &full.lost[..]),
            (10, 1060 * SECOND, &[(Loss::Kernel, 3)][..])
        );
        sealer.push(0, 5, 5000, &[0; 5000]);
        assert!(sealer.is_full());
    }

    #[test]
    fn a_clock_that_is_set_ends_the_batch_by_the_other_clock() {
        for (set_to, opened) in [(5000, 5000), (500, 500)] {
            let mut sealer = sealer();
            sealer.look(at(1010, 10));
            let now = at(set_to, 11);
            assert!(sealer.is_due(now));
            let sealed = sealer.seal(now, true);
            assert_eq!((sealed.opened_ns, sealed.sealed_ns), (1000 * SECOND, 1011 * SECOND));
            sealer.push(0, 5, 60, &[0; 60]);
            let next = sealer.seal(at(set_to + 1, 12), true);
            assert_eq!((next.opened_ns, sealer.clock_steps()), (opened * SECOND, 1));
            let text = String::from_utf8_lossy(&next.plain).into_owned();
            assert!(text.contains("clock was set by"), "{text}");
        }
    }

    #[test]
    fn each_link_type_of_a_file_has_one_interface_also_in_a_batch_that_has_begun() {
        let mut sealer = Sealer::new(BOUNDS, Vec::new(), at(1000, 0));
        sealer.open(Vec::new(), at(1000, 0));
        for link in [1, 101, 1, 101] {
            let port = sealer.port_of(link);
            assert_eq!(port, u32::from(link != 1));
            sealer.push(port, 5, 60, &[0; 60]);
        }
        let text = String::from_utf8_lossy(&sealer.seal(at(1001, 1), true).plain).into_owned();
        assert_eq!((text.matches("link-1").count(), text.matches("link-101").count()), (2, 1), "{text}");
    }

    #[test]
    fn slow_drift_is_no_step() {
        let mut sealer = sealer();
        let mut now = at(1000, 0);
        for _ in 0..100 {
            now = Moment { wall_ns: now.wall_ns + SECOND + SECOND / 10, steady_ns: now.steady_ns + SECOND };
            assert_eq!(sealer.step(now), 0);
            sealer.look(now);
        }
    }

    #[test]
    fn while_nothing_is_observed_a_batch_is_a_sign_of_life() {
        let mut sealer = sealer();
        sealer.seal(at(1010, 10), false);
        assert!(sealer.is_due(at(1070, 70)));
        let sign = sealer.seal(at(1070, 70), true);
        assert_eq!(
            (sign.opened_ns, sign.sealed_ns, sign.watched),
            (1070 * SECOND, 1070 * SECOND, Vec::new())
        );
        sealer.open(Vec::new(), at(1080, 80));
        assert_eq!(sealer.seal(at(1081, 81), true).opened_ns, 1080 * SECOND);
    }
}
