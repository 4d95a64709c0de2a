//! The way between sensors and collector: requests and answers that are lost, doubled, delayed, spoiled, cut.
//!
//! **Invariant:** what comes is what was sent, or spoiled; nothing is made up.

use std::collections::BTreeMap;

use teiten_sensor::outbox::Reply;

use crate::chance::Chance;

/// How bad the way is: once in so many; 0 for never.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Badness {
    pub(crate) lose: u64,
    pub(crate) double: u64,
    pub(crate) spoil: u64,
    /// The longest delay, in seconds.
    pub(crate) delay_max: u64,
}

/// Something on its way.
#[derive(Debug)]
pub(crate) enum Parcel {
    /// A request: of which sensor, its attempt, its bytes.
    Request { sensor: usize, attempt: u64, bytes: Vec<u8> },
    /// The answer to an attempt.
    Answer { sensor: usize, attempt: u64, reply: Reply },
}

/// All that is on its way, by when it comes.
#[derive(Debug, Default)]
pub(crate) struct Network {
    parcels: BTreeMap<(u64, u64), Parcel>,
    sent: u64,
    /// Sensors that are cut off.
    pub(crate) cut: Vec<bool>,
}

impl Network {
    /// A way for so many sensors, none of them cut off.
    pub(crate) fn new(sensors: usize) -> Network {
        Network { cut: vec![false; sensors], ..Network::default() }
    }

    /// Sends a parcel, as far as the way lets it.
    pub(crate) fn send(&mut self, parcel: Parcel, badness: Badness, now: u64, chance: &mut Chance) {
        let (Parcel::Request { sensor, .. } | Parcel::Answer { sensor, .. }) = &parcel;
        if self.cut[*sensor] || chance.once_in(badness.lose) {
            return;
        }
        if let Parcel::Request { sensor, attempt, bytes } = &parcel {
            if chance.once_in(badness.double) {
                let again = Parcel::Request { sensor: *sensor, attempt: *attempt, bytes: bytes.clone() };
                self.lay(again, badness, now, chance);
            }
            if chance.once_in(badness.spoil) {
                let mut bytes = bytes.clone();
                let place = chance.below(bytes.len() as u64) as usize;
                bytes[place] ^= 1 << chance.below(8);
                let spoiled = Parcel::Request { sensor: *sensor, attempt: *attempt, bytes };
                return self.lay(spoiled, badness, now, chance);
            }
        }
        self.lay(parcel, badness, now, chance);
    }

    fn lay(&mut self, parcel: Parcel, badness: Badness, now: u64, chance: &mut Chance) {
        self.sent += 1;
        self.parcels.insert((now + chance.below(badness.delay_max + 1), self.sent), parcel);
    }

    /// What comes by now, in the order in which it comes.
    pub(crate) fn due(&mut self, now: u64) -> Vec<Parcel> {
        let later = self.parcels.split_off(&(now + 1, 0));
        std::mem::replace(&mut self.parcels, later).into_values().collect()
    }
}
