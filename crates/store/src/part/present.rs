//! Which rows of a column have a value: all, none, or some, as one bit a row.
//!
//! Most columns are there in all rows of a block or in none; that is found out in runs that the processor compares
//! many at a time.
//!
//! **Invariant:** as many bits are set as values are handed on.

use std::ops::Range;

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::{BooleanBuffer, Buffer};
use model::values::BytesColumn;
use teiten_model as model;

/// Rows whose bits stand in one word.
const TOGETHER: usize = 64;

/// Which rows have a value.
pub(super) enum Presence {
    All,
    None,
    /// One bit a row.
    Some(BooleanBuffer),
}

impl Presence {
    /// How many of that many rows have none.
    pub(super) fn n_absent(&self, rows: usize) -> usize {
        match self {
            Presence::All => 0,
            Presence::None => rows,
            Presence::Some(bits) => rows - bits.count_set_bits(),
        }
    }
}

/// How many values of a run, of at most 64, are there.
fn count<T: Copy>(values: &[T], is_there: &impl Fn(T) -> bool) -> usize {
    usize::from(values.iter().map(|value| u8::from(is_there(*value))).sum::<u8>())
}

/// Which values are there.
pub(super) fn of<T: Copy>(values: &[T], is_there: impl Fn(T) -> bool) -> Presence {
    let (mut has_some, mut has_none) = (false, false);
    for together in values.chunks(TOGETHER) {
        let n = count(together, &is_there);
        has_some |= n > 0;
        has_none |= n < together.len();
        if has_some && has_none {
            return Presence::Some(bits(values, is_there));
        }
    }
    if has_none { Presence::None } else { Presence::All }
}

/// Eight bytes of 0 or 1, as a number, become the bits of a byte when multiplied by this: the first is the lowest.
const GATHER: u64 = 0x0102_0408_1020_4080;

/// Which values of a run, of at most 64, are there: the first is the lowest bit.
fn word<T: Copy>(together: &[T], is_there: &impl Fn(T) -> bool) -> u64 {
    let mut flags = [0u8; TOGETHER];
    for (flag, value) in flags.iter_mut().zip(together) {
        *flag = u8::from(is_there(*value));
    }
    let (eights, _) = flags.as_chunks::<8>();
    eights
        .iter()
        .rev()
        .fold(0, |word, eight| word << 8 | u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56)
}

fn bits<T: Copy>(values: &[T], is_there: impl Fn(T) -> bool) -> BooleanBuffer {
    let words: Vec<u64> = values.chunks(TOGETHER).map(|together| word(together, &is_there)).collect();
    BooleanBuffer::new(Buffer::from_vec(words), 0, values.len())
}

/// The values that are there.
pub(super) fn only<T: Copy + Default>(values: &[T], is_there: impl Fn(T) -> bool) -> Vec<T> {
    // One more than can be needed: what is not there is written, and written over.
    let mut kept = vec![T::default(); values.len() + 1];
    let mut n = 0;
    for together in values.chunks(TOGETHER) {
        match count(together, &is_there) {
            0 => {}
            all if all == together.len() => {
                kept[n..n + all].copy_from_slice(together);
                n += all;
            }
            _ => {
                for value in together {
                    kept[n] = *value;
                    n += usize::from(is_there(*value));
                }
            }
        }
    }
    kept.truncate(n);
    kept
}

/// Which rows of a column of byte strings have one.
pub(super) fn of_bytes(values: &BytesColumn, rows: Range<usize>) -> Presence {
    let (data, ends) = values.raw();
    let mut start = if rows.start == 0 { 0 } else { ends[rows.start - 1] };
    let ends = &ends[rows];
    if data.is_empty() || ends.last().is_none_or(|last| *last == start) {
        return Presence::None;
    }
    let mut bits = BooleanBufferBuilder::new(ends.len());
    for end in ends {
        bits.append(*end != start);
        start = *end;
    }
    let bits = bits.finish();
    if bits.count_set_bits() == bits.len() { Presence::All } else { Presence::Some(bits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_values_agree_whatever_is_absent() {
        for n in [0usize, 1, 63, 64, 65, 300] {
            for modulus in [1, 2, 7, 64, 1000] {
                let values: Vec<i32> =
                    (0..n).map(|row| if row % modulus == 0 { row as i32 } else { -1 }).collect();
                let expected: Vec<i32> = values.iter().copied().filter(|value| *value != -1).collect();
                let presence = of(&values, |value| value != -1);
                assert_eq!(presence.n_absent(n), n - expected.len());
                if let Presence::Some(bits) = &presence {
                    let rows: Vec<usize> = bits.set_indices().collect();
                    assert!(rows.iter().map(|row| values[*row]).eq(expected.iter().copied()));
                }
                assert_eq!(only(&values, |value| value != -1), expected);
                let mut bytes = BytesColumn::default();
                values.iter().for_each(|value| bytes.push(if *value == -1 { b"" } else { b"x" }));
                assert_eq!(of_bytes(&bytes, 0..n).n_absent(n), n - expected.len());
            }
        }
    }
}
