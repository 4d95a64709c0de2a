//! The cells of one rollup while they are counted: packed keys, a map to places, and what was counted.
//!
//! Most packets add nothing new to a set of members, so a small table of pairs seen lately stands
//! before the sets: a hit there costs one look instead of a search.
//!
//! **Invariant:** a member that is passed over as seen has been added to that very set before.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use crate::distinct::Distinct;

/// log2 of the number of pairs that one rollup remembers.
const SEEN_LG: u32 = 12;

/// Memory that a sketch takes once it is an estimate, in bytes.
const ESTIMATE_BYTES: usize = 3072;

/// Multiplies to 128 bits and folds the halves: mixes well enough for keys that are packed numbers.
pub(crate) fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Folds the words of a key into one.
#[derive(Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u128(u128::from(*byte));
        }
    }
    fn write_u128(&mut self, word: u128) {
        let low = word as u64 ^ self.0 ^ 0x9e37_79b9_7f4a_7c15;
        let high = (word >> 64) as u64 ^ self.0.rotate_left(32) ^ 0xd6e8_feb8_6659_fd93;
        self.0 = fold(low, high.wrapping_mul(0xa076_1d64_78bd_642f) | 1);
    }
}

/// A set of members that takes no memory of its own while it has only one.
#[derive(Debug, Default, Clone)]
pub(super) enum Members {
    #[default]
    None,
    One(u64),
    Many(Distinct),
}

impl Members {
    /// Adds a member by its hash; gives the memory that this took.
    pub(super) fn add(&mut self, hash: u64) -> usize {
        match self {
            Members::None => *self = Members::One(hash),
            Members::One(one) if *one == hash => {}
            Members::One(one) => {
                let mut set = Distinct::default();
                set.add(*one);
                set.add(hash);
                let bytes = heap_bytes(&set);
                *self = Members::Many(set);
                return bytes;
            }
            Members::Many(set) => {
                let before = heap_bytes(set);
                set.add(hash);
                return heap_bytes(set).saturating_sub(before);
            }
        }
        0
    }

    /// The same members as a sketch.
    pub(super) fn into_distinct(self) -> Distinct {
        match self {
            Members::None => Distinct::default(),
            Members::One(one) => {
                let mut set = Distinct::default();
                set.add(one);
                set
            }
            Members::Many(set) => set,
        }
    }
}

fn heap_bytes(set: &Distinct) -> usize {
    match set {
        Distinct::Exact(hashes) => 8 * hashes.capacity(),
        Distinct::Hll(_) => ESTIMATE_BYTES,
    }
}

/// What is counted in one cell.
#[derive(Debug, Default, Clone)]
pub(super) struct Cell {
    pub(super) packets: i64,
    pub(super) bytes: i64,
    pub(super) sources: Members,
}

/// The cells of one rollup by their packed keys.
pub(super) struct Cells<K, C> {
    places: HashMap<K, u32, BuildHasherDefault<KeyHasher>>,
    pub(super) cells: Vec<C>,
    seen: Vec<u64>,
}

impl<K: Hash + Eq + Copy, C: Default> Cells<K, C> {
    pub(super) fn new() -> Cells<K, C> {
        Cells { places: HashMap::default(), cells: Vec::new(), seen: vec![0; 1 << SEEN_LG] }
    }

    /// Finds the places of the cells of these keys, making those that are new; gives the memory that took.
    ///
    /// All keys of a batch are looked up before any cell is touched: the look-ups do not wait for
    /// one another, and most of them miss the caches.
    pub(super) fn find(&mut self, keys: impl Iterator<Item = K>, out: &mut Vec<u32>) -> usize {
        let before = self.cells.len();
        out.clear();
        for key in keys {
            let next = self.cells.len() as u32;
            let place = *self.places.entry(key).or_insert(next);
            if place == next {
                self.cells.push(C::default());
            }
            out.push(place);
        }
        (self.cells.len() - before) * Self::CELL_BYTES
    }

    /// Whether this member was told to that cell lately; remembers it.
    pub(super) fn is_seen(&mut self, place: usize, member: u64) -> bool {
        // The low bit keeps a pair from being the empty slot.
        let pair =
            fold(member ^ 0x8ebc_6af0_9c88_c6e3, (place as u64 + 1).wrapping_mul(0x5896_5cc7_5374_cc3b)) | 1;
        let slot = &mut self.seen[(pair >> (64 - SEEN_LG)) as usize];
        std::mem::replace(slot, pair) == pair
    }

    /// All keys with their places, and all cells; nothing is left.
    pub(super) fn take(&mut self) -> (Vec<(K, u32)>, Vec<C>) {
        self.seen.fill(0);
        let places = std::mem::take(&mut self.places).into_iter().collect();
        (places, std::mem::take(&mut self.cells))
    }

    /// Memory of one more cell, in bytes: key, place, cell, and the room that maps and vectors keep free.
    const CELL_BYTES: usize = (size_of::<K>() + 8) * 3 / 2 + size_of::<C>() * 3 / 2;
}
