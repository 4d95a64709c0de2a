//! Small numbers for keys, in the order in which the keys came.
//!
//! A look-up costs a miss of the caches or two, so keys are looked up many at a time: all their slots are
//! read before any entry is, and none of these reads waits for another. A slot holds some bits of the hash
//! beside the number, so that a stranger's entry is hardly ever touched, and few bytes, so that more of the slots
//! stay in the caches.
//!
//! **Invariant:** a number stays that of its key as long as the table lives; there is no gap.

/// Keys that are looked up together: their slots and entries fit into the nearest cache.
const TOGETHER: usize = 128;

/// Bits of a slot that hold the number; the others are the highest of the hash.
const NUMBER_BITS: u32 = 22;

/// Most entries.
pub(super) const ENTRIES_MAX: usize = (1 << NUMBER_BITS) - 1;

/// Stands for a key that was not found at the first slot.
const NOT_YET: u32 = u32::MAX;

/// Multiplies to 128 bits and folds the halves: mixes well enough for keys that are packed numbers.
pub(crate) fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// What stands in the table: a key, and whatever is counted beside it.
pub(super) trait Entry {
    type Key: Copy + Eq;
    fn new(key: Self::Key) -> Self;
    fn key(&self) -> &Self::Key;
    fn hash(key: &Self::Key) -> u64;
}

/// The entries by their numbers, and the way from a key to its number.
pub(super) struct Numbered<E> {
    /// Bits of the key's hash, and its number plus one; 0 is free. The length is a power of two.
    slots: Vec<u32>,
    pub(super) entries: Vec<E>,
}

impl<E: Entry> Default for Numbered<E> {
    fn default() -> Self {
        Numbered { slots: vec![0; 1 << 10], entries: Vec::new() }
    }
}

/// The bits of a hash that stand in a slot.
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32 & !(ENTRIES_MAX as u32)
}

/// The number in a slot and one; 0 when the slot is another key's.
fn number_in(slot: u32, hash: u64) -> u32 {
    if slot & !(ENTRIES_MAX as u32) == tag(hash) { slot & ENTRIES_MAX as u32 } else { 0 }
}

impl<E: Entry> Numbered<E> {
    /// Finds the numbers of the keys; those that are new get the next ones.
    pub(super) fn find(&mut self, keys: &[E::Key], out: &mut Vec<u32>) {
        out.clear();
        for keys in keys.chunks(TOGETHER) {
            let first = out.len();
            let mask = self.slots.len() - 1;
            out.extend(keys.iter().map(|key| {
                let hash = E::hash(key);
                number_in(self.slots[hash as usize & mask], hash)
            }));
            for (key, number) in keys.iter().zip(&mut out[first..]) {
                let place = (*number as usize).wrapping_sub(1);
                let is_found = self.entries.get(place).is_some_and(|entry| entry.key() == key);
                *number = if is_found { place as u32 } else { NOT_YET };
            }
            for (key, number) in keys.iter().zip(&mut out[first..]) {
                if *number == NOT_YET {
                    *number = self.number(key);
                }
            }
        }
    }

    /// The number of one key.
    pub(super) fn number(&mut self, key: &E::Key) -> u32 {
        if self.entries.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let hash = E::hash(key);
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 {
            let place = number_in(self.slots[at], hash).wrapping_sub(1);
            if self.entries.get(place as usize).is_some_and(|entry| entry.key() == key) {
                return place;
            }
            at = (at + 1) & mask;
        }
        assert!(self.entries.len() < ENTRIES_MAX, "a full window must be taken");
        let place = self.entries.len() as u32;
        self.entries.push(E::new(*key));
        self.slots[at] = tag(hash) | (place + 1);
        place
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        self.slots = vec![0; mask + 1];
        for (place, entry) in self.entries.iter().enumerate() {
            let hash = E::hash(entry.key());
            let mut at = hash as usize & mask;
            while self.slots[at] != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = tag(hash) | (place as u32 + 1);
        }
    }

    /// Memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        4 * self.slots.len() + size_of::<E>() * self.entries.len()
    }
}

impl Entry for u128 {
    type Key = u128;
    fn new(key: u128) -> u128 {
        key
    }
    fn key(&self) -> &u128 {
        self
    }
    fn hash(key: &u128) -> u64 {
        let mixed = fold(*key as u64 ^ 0x9e37_79b9_7f4a_7c15, 0xa076_1d64_78bd_642f);
        fold((*key >> 64) as u64 ^ mixed, 0xd6e8_feb8_6659_fd93)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_numbers_while_the_table_grows() {
        let mut table: Numbered<u128> = Numbered::default();
        let key = |number: u32| u128::from(number) << 57 | u128::from(number.wrapping_mul(0x9e37_79b1));
        let mut found = Vec::new();
        for first in (0..10_000).step_by(500) {
            // Every second key is known already, and each stands in the batch twice.
            let keys: Vec<u128> =
                (first / 2..first + 500).flat_map(|number| [key(number), key(number)]).collect();
            table.find(&keys, &mut found);
            for (key, number) in keys.iter().zip(&found) {
                assert_eq!(table.entries[*number as usize], *key);
            }
        }
        assert_eq!(table.entries.len(), 10_000);
        assert!((0..10_000).all(|number| table.number(&key(number)) == number));
    }
}
