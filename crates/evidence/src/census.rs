//! Exact counts of packets and distinct sources by line, straight from what passes by.
//!
//! A pair of line and source has one slot, in which its packets are counted: the slots of a line are its distinct
//! sources. Pairs are looked up many at a time, so that no read of a slot waits for another.
//!
//! **Invariant:** packets of all pairs add up to the packets counted; no pair stands twice.
//! Memory grows with distinct pairs and with nothing else: 16 bytes each, at most eight times that while they grow.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Pairs that are looked up together: their slots fit into the nearest cache.
const TOGETHER: usize = 128;

/// What packets are counted for: a line, such as a port, by a number that the caller gives it, and the source.
///
/// IPv4 sources are packed with their line; the few others are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair(u64);

impl Pair {
    /// A packet of a line from an IPv4 source; lines are below 2^32 - 1.
    #[inline]
    pub fn new(line: u32, source: u32) -> Pair {
        Pair(u64::from(line + 1) << 32 | u64::from(source))
    }

    fn parts(self) -> (u32, IpAddr) {
        ((self.0 >> 32) as u32 - 1, Ipv4Addr::from_bits(self.0 as u32).into())
    }
}

/// Pairs of one line and one source with their packets.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// A packed pair; 0 is none.
    pair: u64,
    packets: u64,
}

const FREE: Slot = Slot { pair: 0, packets: 0 };

/// Packets counted by line and source.
#[derive(Debug)]
pub struct Census {
    /// Their number is a power of two, and half of them are free.
    slots: Vec<Slot>,
    n_used: usize,
    others: HashMap<(u32, Option<Ipv6Addr>), u64>,
}

impl Default for Census {
    fn default() -> Census {
        Census { slots: vec![FREE; 1 << 10], n_used: 0, others: HashMap::new() }
    }
}

/// Mixes well enough for packed numbers: the product's upper half depends on all bits.
#[inline]
fn place(pair: u64, mask: usize) -> usize {
    let product = u128::from(pair ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
    (product as u64 ^ (product >> 64) as u64) as usize & mask
}

impl Census {
    /// Counts a packet for each pair.
    pub fn count(&mut self, pairs: &[Pair]) {
        for pairs in pairs.chunks(TOGETHER) {
            while (self.n_used + pairs.len()) * 2 > self.slots.len() {
                self.grow();
            }
            let mask = self.slots.len() - 1;
            let mut places = [0usize; TOGETHER];
            let mut held = [0u64; TOGETHER];
            for ((pair, place_of), held) in pairs.iter().zip(&mut places).zip(&mut held) {
                *place_of = place(pair.0, mask);
                *held = self.slots[*place_of].pair;
            }
            for ((pair, place), held) in pairs.iter().zip(places).zip(held) {
                if held == pair.0 {
                    self.slots[place].packets += 1;
                } else {
                    self.add(pair.0, place, 1);
                }
            }
        }
    }

    /// Counts a packet from a source that has no IPv4 address, or without a source.
    pub fn count_other(&mut self, line: u32, source: Option<Ipv6Addr>) {
        *self.others.entry((line, source)).or_default() += 1;
    }

    fn add(&mut self, pair: u64, mut place: usize, packets: u64) {
        let mask = self.slots.len() - 1;
        while self.slots[place].pair != pair {
            if self.slots[place].pair == 0 {
                self.slots[place].pair = pair;
                self.n_used += 1;
                break;
            }
            place = (place + 1) & mask;
        }
        self.slots[place].packets += packets;
    }

    fn grow(&mut self) {
        let more = vec![FREE; self.slots.len() * 4];
        let before = std::mem::replace(&mut self.slots, more);
        self.n_used = 0;
        let mask = self.slots.len() - 1;
        for slot in before.into_iter().filter(|slot| slot.pair != 0) {
            self.add(slot.pair, place(slot.pair, mask), slot.packets);
        }
    }

    /// Every pair with its packets, in no order: line, source, packets.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, Option<IpAddr>, u64)> {
        let plain = self.slots.iter().filter(|slot| slot.pair != 0).map(|slot| {
            let (line, source) = Pair(slot.pair).parts();
            (line, Some(source), slot.packets)
        });
        plain.chain(
            self.others.iter().map(|((line, source), packets)| (*line, source.map(IpAddr::V6), *packets)),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_pair_is_counted_once_a_packet_while_the_slots_grow() {
        let mut census = Census::default();
        let mut expected: BTreeMap<(u32, Option<IpAddr>), u64> = BTreeMap::new();
        for round in 0..40u32 {
            let pairs: Vec<(u32, u32)> = (0..1_000)
                .map(|n| ((n * n) % (round * 7 + 1), n.wrapping_mul(round.wrapping_mul(0x9e37_79b1))))
                .collect();
            for (line, source) in &pairs {
                *expected.entry((*line, Some(Ipv4Addr::from_bits(*source).into()))).or_default() += 1;
            }
            census.count(&pairs.iter().map(|(line, source)| Pair::new(*line, *source)).collect::<Vec<_>>());
            for source in [None, Some(Ipv6Addr::LOCALHOST)] {
                census.count_other(round, source);
                *expected.entry((round, source.map(IpAddr::V6))).or_default() += 1;
            }
        }
        let found: BTreeMap<_, _> =
            census.pairs().map(|(line, source, packets)| ((line, source), packets)).collect();
        assert_eq!(census.pairs().count(), found.len());
        assert_eq!(found, expected);
    }
}
