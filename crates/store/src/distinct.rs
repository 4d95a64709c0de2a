//! Distinct counts that can be merged: exact while few, an estimate beyond.
//!
//! Up to [`EXACT_MAX`] members a sketch is the sorted set of their 64-bit hashes, so the count is
//! exact but for hash collisions (under one in 10^14 at that size). Beyond, it is Apache DataSketches'
//! HLL with 2^12 cells: relative standard error 1.04 / sqrt(4096), that is 1.6 per cent. Merging is
//! independent of order.
//!
//! **Invariant:** `read(write(s))` counts what `s` counts; merging two sketches of the same members changes nothing.

pub mod union;

use datasketches::hll::{HllSketch, HllType, HllUnion};
use std::net::Ipv6Addr;

use teiten_model::mix::splitmix64;

/// Most members of the exact form.
pub const EXACT_MAX: usize = 256;

/// log2 of the number of HLL cells.
const CELLS_LG: u8 = 12;

/// Relative standard error of an estimate.
pub const ERROR: f64 = 0.01625;

const TAG_EXACT: u8 = 1;
const TAG_HLL: u8 = 2;

/// A set of distinct members, or an estimate of its size.
#[derive(Debug, Clone)]
pub enum Distinct {
    /// Sorted hashes of all members.
    Exact(Vec<u64>),
    /// Too many members to keep.
    Hll(Box<HllSketch>),
}

impl Default for Distinct {
    fn default() -> Self {
        Distinct::Exact(Vec::new())
    }
}

/// A well-mixed 64-bit hash of a number; the same in every run and on every machine.
pub fn hash(number: u64) -> u64 {
    splitmix64(number)
}

/// The hash of an IPv6 address.
pub fn hash6(address: Ipv6Addr) -> u64 {
    let number = u128::from(address);
    hash(hash((number >> 64) as u64) ^ (number as u64))
}

fn new_hll() -> HllSketch {
    HllSketch::new(CELLS_LG, HllType::Hll4).expect("12 is an allowed number of cells")
}

impl Distinct {
    /// Adds a member by its hash.
    pub fn add(&mut self, hash: u64) {
        match self {
            Distinct::Exact(hashes) => {
                if let Err(place) = hashes.binary_search(&hash) {
                    hashes.insert(place, hash);
                    if hashes.len() > EXACT_MAX {
                        self.grow();
                    }
                }
            }
            Distinct::Hll(sketch) => sketch.update(hash),
        }
    }

    fn grow(&mut self) {
        if let Distinct::Exact(hashes) = self {
            let mut sketch = new_hll();
            for hash in hashes.iter() {
                sketch.update(*hash);
            }
            *self = Distinct::Hll(Box::new(sketch));
        }
    }

    /// Adds all members of another set.
    pub fn merge(&mut self, other: &Distinct) {
        match other {
            Distinct::Exact(hashes) => {
                for hash in hashes {
                    self.add(*hash);
                }
            }
            Distinct::Hll(theirs) => {
                self.grow();
                if let Distinct::Hll(mine) = self {
                    let mut union = HllUnion::new(CELLS_LG).expect("12 is an allowed number of cells");
                    union.update(mine);
                    union.update(theirs);
                    **mine = union.to_sketch(HllType::Hll4);
                }
            }
        }
    }

    /// The number of members; an estimate unless [`Distinct::is_exact`].
    pub fn count(&self) -> u64 {
        match self {
            Distinct::Exact(hashes) => hashes.len() as u64,
            // The composite estimate depends on the cells alone, not on the order in which they were filled.
            Distinct::Hll(sketch) => sketch.composite_estimate().round() as u64,
        }
    }

    /// Whether the count is exact.
    pub fn is_exact(&self) -> bool {
        matches!(self, Distinct::Exact(_))
    }

    /// The form in which it lies in a column.
    pub fn write(&self) -> Vec<u8> {
        match self {
            Distinct::Exact(hashes) => {
                let mut bytes = Vec::with_capacity(1 + 8 * hashes.len());
                bytes.push(TAG_EXACT);
                for hash in hashes {
                    bytes.extend_from_slice(&hash.to_le_bytes());
                }
                bytes
            }
            Distinct::Hll(sketch) => {
                let mut bytes = vec![TAG_HLL];
                bytes.extend_from_slice(&sketch.serialize());
                bytes
            }
        }
    }

    /// Appends the set of these members, which ascend and differ, in the form in which it lies in a column.
    pub(crate) fn write_ascending(hashes: &[u64], out: &mut Vec<u8>) {
        debug_assert!(hashes.is_sorted_by(|a, b| a < b), "the members ascend");
        if hashes.len() <= EXACT_MAX {
            out.push(TAG_EXACT);
            out.extend(hashes.iter().flat_map(|hash| hash.to_le_bytes()));
            return;
        }
        Distinct::write_many(hashes, out);
    }

    /// The same of members in any order, each perhaps several times, of which more than [`EXACT_MAX`] differ.
    pub(crate) fn write_many(hashes: &[u64], out: &mut Vec<u8>) {
        let mut sketch = new_hll();
        for hash in hashes {
            sketch.update(*hash);
        }
        out.push(TAG_HLL);
        out.extend_from_slice(&sketch.serialize());
    }

    /// Reads a column's value; `None` when the bytes are no sketch.
    pub fn read(bytes: &[u8]) -> Option<Distinct> {
        Some(match Parts::of(bytes)? {
            Parts::Exact(hashes) => {
                Distinct::Exact(hashes.iter().map(|hash| u64::from_le_bytes(*hash)).collect())
            }
            Parts::Hll(sketch) => Distinct::Hll(Box::new(sketch)),
        })
    }
}

/// A column's value, read.
pub(super) enum Parts<'a> {
    /// Hashes where they lie, ascending.
    Exact(&'a [[u8; 8]]),
    Hll(HllSketch),
}

impl Parts<'_> {
    pub(super) fn of(bytes: &[u8]) -> Option<Parts<'_>> {
        match bytes.split_first()? {
            (&TAG_EXACT, hashes) => {
                let (hashes, rest) = hashes.as_chunks::<8>();
                let ascends = hashes.is_sorted_by(|a, b| u64::from_le_bytes(*a) < u64::from_le_bytes(*b));
                (rest.is_empty() && hashes.len() <= EXACT_MAX && ascends).then_some(Parts::Exact(hashes))
            }
            (&TAG_HLL, sketch) => {
                let sketch = HllSketch::deserialize(sketch).ok()?;
                (sketch.lg_config_k() == CELLS_LG).then_some(Parts::Hll(sketch))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(members: std::ops::Range<u64>) -> Distinct {
        let mut set = Distinct::default();
        for member in members {
            set.add(hash(member));
        }
        set
    }

    #[test]
    fn few_members_are_counted_exactly_and_many_within_four_errors() {
        for (members, exact) in [(0, true), (1, true), (256, true), (257, false), (100_000, false)] {
            let set = of(0..members);
            assert_eq!(set.is_exact(), exact);
            let error = (set.count() as f64 - members as f64).abs();
            assert!(error <= 4.0 * ERROR * members as f64 || error == 0.0, "{members}: {}", set.count());
        }
    }

    #[test]
    fn merging_does_not_depend_on_order_and_counts_common_members_once() {
        for (a, b) in [(0..100, 50..150), (0..10, 0..5_000), (0..5_000, 4_000..9_000)] {
            let (mut left, mut right) = (of(a.clone()), of(b.clone()));
            left.merge(&of(b));
            right.merge(&of(a));
            assert_eq!((left.count(), left.is_exact()), (right.count(), right.is_exact()));
            let before = left.count();
            left.merge(&right);
            assert_eq!(left.count(), before);
        }
    }

    #[test]
    fn a_sketch_is_read_as_it_was_written_and_other_bytes_are_none() {
        for n in [0, 3, 256, 257, 5_000] {
            let set = of(0..n);
            let mut ascending: Vec<u64> = (0..n).map(hash).collect();
            ascending.sort_unstable();
            let mut written = Vec::new();
            Distinct::write_ascending(&ascending, &mut written);
            let mut many = Vec::new();
            Distinct::write_many(&(0..n).chain(0..n / 2).map(hash).collect::<Vec<u64>>(), &mut many);
            for bytes in [set.write(), written].into_iter().chain((n > 256).then_some(many)) {
                let back = Distinct::read(&bytes).expect("a sketch");
                assert_eq!((back.count(), back.is_exact()), (set.count(), set.is_exact()));
            }
        }
        for bytes in [b"".as_slice(), b"\x01abc", b"\x01aaaaaaaaaaaaaaaa", b"\x07", b"\x02zzzz"] {
            assert!(Distinct::read(bytes).is_none());
        }
    }
}
