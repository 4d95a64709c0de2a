//! Many sets made one, from their bytes as they lie in a column.
//!
//! A rollup has an estimated set for each busy key and hour, and a quarter has 2,184 hours: merged by the library
//! alone, each would be unpacked, joined and packed again. Here the cells of all are held unpacked, a byte each, and
//! the usual form, four bits a cell, is joined to them straight from its bytes. The library is asked once, at the end.
//!
//! Members of small sets are put in order when they are many or counted, not one by one.
//!
//! **Invariant:** a union counts what [`Distinct::merge`] of the same sets counts.

use datasketches::hll::{HllSketch, HllType, HllUnion};

use super::{CELLS_LG, Distinct, EXACT_MAX, Parts, TAG_HLL};

/// Members that are kept before they are put in order.
const UNORDERED_MAX: usize = 4 * EXACT_MAX;

/// Cells of an estimate.
const CELLS: usize = 1 << CELLS_LG;
/// Bytes before the cells, in the form of the library: four of them words of 64 bits.
const HEAD_BYTES: usize = 40;
/// The greatest value that a cell can have: the hash has no more bits.
const CELL_MAX: u8 = 63;
/// What the library puts first: length of the head, version, family, log2 of the cells.
const HEAD: [u8; 4] = [10, 1, 7, CELLS_LG];
/// Where the head has the least value of a cell.
const CELL_MIN_AT: usize = 6;
/// Where it has the form, and what stands there when all cells have four or eight bits.
const FORM_AT: usize = 7;
const FOUR_BITS: u8 = 2;
const EIGHT_BITS: u8 = 2 | 2 << 2;
/// Where it has the number of cells that four bits cannot hold.
const LARGE_AT: std::ops::Range<usize> = 36..HEAD_BYTES;

/// Sets that are being merged.
#[derive(Debug, Default)]
pub struct Union {
    /// Hashes of members, perhaps several times; none once they are estimated.
    hashes: Vec<u64>,
    /// Members that were too many to be kept, as the library holds them.
    many: Option<Box<HllUnion>>,
    /// The greatest value of each cell over all estimates.
    cells: Option<Box<[u8; CELLS]>>,
}

/// The library's form with a byte a cell.
fn unpacked(sketch: &HllSketch) -> Option<Vec<u8>> {
    let mut union = HllUnion::new(CELLS_LG).ok()?;
    union.update(sketch);
    let bytes = union.to_sketch(HllType::Hll8).serialize();
    (bytes.get(FORM_AT) == Some(&EIGHT_BITS)).then_some(bytes)
}

fn is_form(bytes: &[u8], form: u8, cells_bytes: usize) -> bool {
    bytes.starts_with(&HEAD) && bytes.len() == HEAD_BYTES + cells_bytes && bytes[FORM_AT] == form
}

fn library() -> HllUnion {
    HllUnion::new(CELLS_LG).expect("12 is an allowed number of cells")
}

impl Union {
    /// Adds all members of a column's value; `None` when the bytes are no set.
    pub fn merge_bytes(&mut self, bytes: &[u8]) -> Option<()> {
        match bytes.split_first()? {
            (&TAG_HLL, sketch) if self.merge_cells(sketch)? => {}
            _ => match Parts::of(bytes)? {
                Parts::Exact(hashes) => hashes.iter().for_each(|hash| self.add(u64::from_le_bytes(*hash))),
                Parts::Hll(sketch) => match unpacked(&sketch) {
                    Some(bytes) => self.join(&bytes[HEAD_BYTES..]),
                    // It has not come to cells yet: the library holds it as a list.
                    None => self.many.get_or_insert_with(|| Box::new(library())).update(&sketch),
                },
            },
        }
        Some(())
    }

    fn add(&mut self, hash: u64) {
        match &mut self.many {
            Some(many) => many.update_value(hash),
            None => {
                self.hashes.push(hash);
                if self.hashes.len() > UNORDERED_MAX {
                    self.order();
                }
            }
        }
    }

    /// Leaves every member once, or an estimate where they are too many.
    fn order(&mut self) {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        if self.hashes.len() > EXACT_MAX {
            let many = self.many.get_or_insert_with(|| Box::new(library()));
            self.hashes.drain(..).for_each(|hash| many.update_value(hash));
            self.hashes.shrink_to_fit();
        }
    }

    /// Joins an estimate in a form that is read here; whether it was one, and `None` for a damaged one.
    fn merge_cells(&mut self, sketch: &[u8]) -> Option<bool> {
        let is_packed = is_form(sketch, FOUR_BITS, CELLS / 2) && sketch[LARGE_AT] == [0; 4];
        if is_packed && sketch[CELL_MIN_AT] <= CELL_MAX - 15 {
            let least = sketch[CELL_MIN_AT];
            let cells = self.cells.get_or_insert_with(|| Box::new([0; CELLS]));
            for (pair, byte) in cells.as_chunks_mut::<2>().0.iter_mut().zip(&sketch[HEAD_BYTES..]) {
                pair[0] = pair[0].max(least + (byte & 15));
                pair[1] = pair[1].max(least + (byte >> 4));
            }
            return Some(true);
        }
        let is_bytes = is_form(sketch, EIGHT_BITS, CELLS);
        if is_bytes {
            if sketch[HEAD_BYTES..].iter().any(|cell| *cell > CELL_MAX) {
                return None;
            }
            self.join(&sketch[HEAD_BYTES..]);
        }
        Some(is_bytes)
    }

    fn join(&mut self, theirs: &[u8]) {
        let cells = self.cells.get_or_insert_with(|| Box::new([0; CELLS]));
        cells.iter_mut().zip(theirs).for_each(|(cell, other)| *cell = (*cell).max(*other));
    }

    /// Whether the count is exact.
    pub fn is_exact(&mut self) -> bool {
        if self.is_settled() {
            return false;
        }
        self.order();
        self.many.is_none()
    }

    /// Whether it is known that the count is an estimate: it never becomes exact again.
    pub fn is_settled(&self) -> bool {
        self.cells.is_some() || self.many.is_some()
    }

    /// The set of all members.
    pub fn whole(&mut self) -> Distinct {
        if self.is_exact() {
            return Distinct::Exact(self.hashes.clone());
        }
        let mut union = library();
        if let Some(cells) = &self.cells {
            let sketch = HllSketch::deserialize(&with_head(cells)).expect("it is the library's own form");
            union.update(&sketch);
        }
        if let Some(many) = &self.many {
            union.update(&many.to_sketch(HllType::Hll8));
        }
        self.hashes.iter().for_each(|hash| union.update_value(*hash));
        Distinct::Hll(Box::new(union.to_sketch(HllType::Hll8)))
    }

    /// Memory that it takes beside itself, in bytes.
    pub fn memory_bytes(&self) -> usize {
        let many = self.many.as_ref().map_or(0, |many| many.estimated_size());
        8 * self.hashes.capacity() + many + self.cells.as_ref().map_or(0, |_| CELLS)
    }
}

/// The cells in the library's form, with the sums that it keeps beside them.
fn with_head(cells: &[u8; CELLS]) -> Vec<u8> {
    let empty = cells.iter().filter(|cell| **cell == 0).count() as u32;
    let power = |cell: &u8| f64::from_bits((1023 - u64::from(*cell)) << 52);
    let sum = |is_large: bool| cells.iter().filter(|cell| (**cell >= 32) == is_large).map(power).sum::<f64>();
    // Flag 16: the cells did not fill one by one, so that the estimate is by the cells alone.
    let mut bytes = [HEAD.as_slice(), &[0, 16, 0, EIGHT_BITS]].concat();
    for number in [0.0, sum(false), sum(true)] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&empty.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(cells);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distinct::hash;

    fn of(members: std::ops::Range<u64>) -> Distinct {
        let mut set = Distinct::default();
        members.for_each(|member| set.add(hash(member)));
        set
    }

    #[test]
    fn a_union_counts_what_a_merge_counts_in_any_order() {
        let sets = [0..3, 100..356, 0..257, 50..380, 0..5_000, 4_000..90_000, 1..2, 0..1_000_000, 7..4_007];
        for first in 0..sets.len() {
            let (mut union, mut merged) = (Union::default(), Distinct::default());
            for place in 0..sets.len() {
                let set = of(sets[(first + place) % sets.len()].clone());
                union.merge_bytes(&set.write()).expect("a set");
                merged.merge(&set);
                let whole = union.whole();
                assert_eq!((whole.count(), union.is_exact()), (merged.count(), merged.is_exact()));
                let mut again = Union::default();
                again.merge_bytes(&whole.write()).expect("a set");
                assert_eq!(again.whole().count(), whole.count());
            }
        }
    }

    #[test]
    fn other_bytes_are_no_set() {
        // The same few again and again stay few.
        let (mut union, few) = (Union::default(), of(0..200).write());
        (0..100).for_each(|_| union.merge_bytes(&few).expect("a set"));
        assert!(union.memory_bytes() <= 8 * 2 * UNORDERED_MAX);
        assert_eq!((union.whole().count(), union.is_exact()), (200, true));
        for bytes in [b"".as_slice(), b"\x01abc", b"\x01aaaaaaaaaaaaaaaa", b"\x07", b"\x02zzzz"] {
            assert!(Union::default().merge_bytes(bytes).is_none());
        }
    }
}
