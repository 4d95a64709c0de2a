//! Which rows of a column have a value: all, none, or some, as one bit a row.
//!
//! Most columns are there in all rows of a block or in none; that is found out in runs that the processor compares
//! many at a time.
//!
//! **Invariant:** as many bits are set as values are handed on.

use std::ops::Range;

use model::values::BytesColumn;
use teiten_model as model;

/// Rows whose bits stand in one word.
const TOGETHER: usize = 64;

/// So few values of a word are looked for one by one.
const FEW: u32 = 12;

/// Which rows have a value.
pub(super) enum Presence {
    All,
    None,
    /// One bit a row, the first the lowest of the first word.
    Some(Vec<u64>),
}

impl Presence {
    /// How many of that many rows have none.
    pub(super) fn n_absent(&self, rows: usize) -> usize {
        match self {
            Presence::All => 0,
            Presence::None => rows,
            Presence::Some(words) => rows - n_set(words),
        }
    }
}

fn n_set(words: &[u64]) -> usize {
    words.iter().map(|word| word.count_ones() as usize).sum()
}

/// How many values of a run, of at most 64, are there.
fn count<T: Copy>(values: &[T], is_there: &impl Fn(T) -> bool) -> usize {
    // At most 64: no sum of theirs is beyond a byte, and bytes are added many at a time.
    usize::from(values.iter().fold(0u8, |n, value| n.wrapping_add(u8::from(is_there(*value)))))
}

/// Which values are there.
pub(super) fn of<T: Copy>(values: &[T], is_there: impl Fn(T) -> bool) -> Presence {
    let (mut has_some, mut has_none) = (false, false);
    for together in values.chunks(TOGETHER) {
        let n = count(together, &is_there);
        has_some |= n > 0;
        has_none |= n < together.len();
        if has_some && has_none {
            return Presence::Some(
                values.chunks(TOGETHER).map(|together| word(together, &is_there)).collect(),
            );
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
    gathered(&flags)
}

/// Bytes of 0 or 1 as the bits of a word.
fn gathered(flags: &[u8; TOGETHER]) -> u64 {
    let (eights, _) = flags.as_chunks::<8>();
    eights
        .iter()
        .rev()
        .fold(0, |word, eight| word << 8 | u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56)
}

/// Places of the bits that are set, ascending.
pub(super) fn places(words: &[u64]) -> impl Iterator<Item = usize> {
    words.iter().zip((0..).step_by(TOGETHER)).flat_map(|(word, first)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let place = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            (place < u64::BITS).then(|| first + place as usize)
        })
    })
}

/// The values that are there, by a bit each.
pub(super) fn only<T: Copy + Default>(values: &[T], words: &[u64]) -> Vec<T> {
    let mut kept = Vec::with_capacity(n_set(words));
    let mut packed = [T::default(); TOGETHER];
    for (together, word) in values.chunks(TOGETHER).zip(words) {
        let n = word.count_ones();
        if n as usize == together.len() {
            kept.extend_from_slice(together);
        } else if n <= FEW {
            kept.extend(places(&[*word]).map(|place| together[place]));
        } else {
            // What is not there is written, and written over: a branch a value would cost more.
            let (mut end, mut left) = (0usize, *word);
            for value in together {
                packed[end % TOGETHER] = *value;
                end = end.wrapping_add((left & 1) as usize);
                left >>= 1;
            }
            kept.extend_from_slice(&packed[..end]);
        }
    }
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
    let mut words = Vec::with_capacity(ends.len().div_ceil(TOGETHER));
    for ends in ends.chunks(TOGETHER) {
        let mut flags = [0u8; TOGETHER];
        flags[0] = u8::from(ends[0] != start);
        for (flag, pair) in flags[1..].iter_mut().zip(ends.windows(2)) {
            *flag = u8::from(pair[0] != pair[1]);
        }
        words.push(gathered(&flags));
        start = ends[ends.len() - 1];
    }
    if n_set(&words) == ends.len() { Presence::All } else { Presence::Some(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_values_agree_whatever_is_absent() {
        for n in [0usize, 1, 63, 64, 65, 300] {
            for (modulus, is_reversed) in
                [1, 2, 7, 64, 1000].into_iter().flat_map(|n| [(n, false), (n, true)])
            {
                let is_there = |row: usize| row.is_multiple_of(modulus) != is_reversed;
                let values: Vec<i32> =
                    (0..n).map(|row| if is_there(row) { row as i32 } else { -1 }).collect();
                let expected: Vec<i32> = values.iter().copied().filter(|value| *value != -1).collect();
                let presence = of(&values, |value| value != -1);
                assert_eq!(presence.n_absent(n), n - expected.len());
                if let Presence::Some(words) = &presence {
                    assert!(places(words).map(|row| values[row]).eq(expected.iter().copied()));
                    assert_eq!(only(&values, words), expected);
                }
                let mut bytes = BytesColumn::default();
                values.iter().for_each(|value| bytes.push(if *value == -1 { b"" } else { b"x" }));
                assert_eq!(of_bytes(&bytes, 0..n).n_absent(n), n - expected.len());
            }
        }
    }
}
