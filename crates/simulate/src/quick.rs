//! Maps and sets of our own numbers, with a quick hash.
//!
//! **Invariant:** nothing that is written depends on the order of such a map.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use crate::address::Address;

/// Numbers by a key.
pub(crate) type Counts<K> = HashMap<K, u64, BuildHasherDefault<Quick>>;
/// The country of each address.
pub(crate) type Homes = HashMap<Address, u16, BuildHasherDefault<Quick>>;
/// Distinct keys.
pub(crate) type Set<K> = HashSet<K, BuildHasherDefault<Quick>>;

/// Hashes by multiplication: the keys are our own, so that nobody can choose them to collide.
#[derive(Debug, Default)]
pub(crate) struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0.rotate_left(26) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn write_u128(&mut self, number: u128) {
        self.write_u64((number >> 64) as u64);
        self.write_u64(number as u64);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::Hash;

    #[test]
    fn neighbouring_addresses_do_not_share_buckets() {
        let hash = |number: u32| {
            let mut hasher = Quick::default();
            Address::v4(number).hash(&mut hasher);
            hasher.finish()
        };
        let low: Set<u64> = (0..4_096).map(|number| hash(0xc000_0200 + number) & 0xffff).collect();
        let high: Set<u64> = (0..4_096).map(|number| hash(0xc000_0200 + number) >> 57).collect();
        assert!(low.len() > 3_800 && high.len() == 128, "{} {}", low.len(), high.len());
    }
}
