//! Sorts many small values by a number of 64 bits, digit by digit, without comparing.
//!
//! Only bits in which the keys differ are looked at, so that wide, sparsely used keys cost no more. Values are dealt out
//! by their highest digit first, and each heap is then sorted by itself: heaps fit into the caches, where passing over
//! all values again and again would go to memory each time; and two threads can share them.
//!
//! **Invariant:** values of the same key stay in the order in which they were.

use std::ops::Range;

/// Bits of a digit: as many streams as the caches and their tables of addresses bear.
const DIGIT_BITS: u32 = 8;

/// Values of a digit.
const DIGITS: usize = 1 << DIGIT_BITS;

/// Below this many values, comparing is faster.
const FEW: usize = 512;

/// Below this many values, starting another thread would cost more than it saves.
const FEW_FOR_A_THREAD: usize = 1 << 17;

/// Sorts by the key of each value.
pub(super) fn sort<T: Copy + Default + Send>(values: &mut [T], key: impl Fn(&T) -> u64 + Sync) {
    sort_on(values, key, false);
}

/// The same on two threads, when there are many.
pub(super) fn sort_shared<T: Copy + Default + Send>(values: &mut [T], key: impl Fn(&T) -> u64 + Sync) {
    let is_shared = values.len() >= FEW_FOR_A_THREAD;
    sort_on(values, key, is_shared);
}

/// The values in the order of their keys, all below 2^`bits`; they are gone over twice, and stand in memory once.
pub(super) fn sorted<T: Copy + Default, I: Iterator<Item = T>>(
    values: impl Fn() -> I,
    bits: u32,
    key: impl Fn(&T) -> u64,
) -> Vec<T> {
    let top = bits.saturating_sub(DIGIT_BITS);
    let top_of = |value: &T| digit(key(value), top);
    let (mut places, n_values) = starts(values(), top_of);
    let mut dealt = vec![T::default(); n_values];
    put(values(), &mut dealt, &mut places, top_of);
    // A digit may reach into that by which the heaps were dealt, where those of a heap are the same.
    let below: Vec<u32> = (0..top).step_by(DIGIT_BITS as usize).collect();
    let (mut start, mut other) = (0, Vec::new());
    for end in places {
        let heap = &mut dealt[start..end as usize];
        if other.len() < heap.len() {
            other.resize(heap.len(), T::default());
        }
        let other = &mut other[..heap.len()];
        if !is_left_where_it_was(heap, other, &below, &key) {
            heap.copy_from_slice(other);
        }
        start = end as usize;
    }
    dealt
}

fn sort_on<T: Copy + Default + Send>(values: &mut [T], key: impl Fn(&T) -> u64 + Sync, is_shared: bool) {
    if values.len() < FEW {
        values.sort_by_key(key);
        return;
    }
    let first = key(&values[0]);
    let differ = values.iter().fold(0, |differ, value| differ | (key(value) ^ first));
    if differ == 0 {
        return;
    }
    let top = (u64::BITS - differ.leading_zeros()).saturating_sub(DIGIT_BITS);
    let below = digits(differ & ((1 << top) - 1));
    let mut other = vec![T::default(); values.len()];
    let ends = deal(values, &mut other, |value| digit(key(value), top));
    let mut heaps = Vec::with_capacity(DIGITS);
    let mut start = 0;
    for end in ends {
        heaps.push(start..end as usize);
        start = end as usize;
    }
    let half = heaps.partition_point(|heap| heap.end <= values.len() / 2);
    let middle = if is_shared { heaps[..half].last().map_or(0, |heap| heap.end) } else { 0 };
    let (first_heaps, last_heaps) = heaps.split_at(if is_shared { half } else { 0 });
    let (dealt, last_dealt) = other.split_at_mut(middle);
    let (out, last_out) = values.split_at_mut(middle);
    if middle == 0 {
        sort_heaps(last_dealt, last_out, last_heaps, 0, &below, &key);
        return;
    }
    std::thread::scope(|scope| {
        scope.spawn(|| sort_heaps(dealt, out, first_heaps, 0, &below, &key));
        sort_heaps(last_dealt, last_out, last_heaps, middle, &below, &key);
    });
}

/// Where the heap of each digit begins, and how many values there are.
fn starts<T>(values: impl Iterator<Item = T>, digit: impl Fn(&T) -> usize) -> ([u32; DIGITS], usize) {
    let mut places = [0u32; DIGITS];
    for value in values {
        places[digit(&value)] += 1;
    }
    let mut next = 0;
    for place in &mut places {
        next += std::mem::replace(place, next);
    }
    (places, next as usize)
}

/// Puts every value into the heap of its digit, in the order in which they are; `places`, where each heap begins, are
/// where each ends afterwards.
fn put<T>(
    values: impl Iterator<Item = T>,
    to: &mut [T],
    places: &mut [u32; DIGITS],
    digit: impl Fn(&T) -> usize,
) {
    for value in values {
        let place = &mut places[digit(&value)];
        to[*place as usize] = value;
        *place += 1;
    }
}

/// Deals values into the heaps of their digits; gives where each heap ends.
fn deal<T: Copy>(from: &[T], to: &mut [T], digit: impl Fn(&T) -> usize) -> [u32; DIGITS] {
    let (mut places, _) = starts(from.iter().copied(), &digit);
    put(from.iter().copied(), to, &mut places, digit);
    places
}

/// Sorts a heap by its digits, back and forth between two places of its length; whether it ends where it was.
fn is_left_where_it_was<T: Copy>(
    heap: &mut [T],
    other: &mut [T],
    below: &[u32],
    key: &impl Fn(&T) -> u64,
) -> bool {
    if heap.len() < FEW {
        heap.sort_by_key(key);
        return true;
    }
    let (mut from, mut to) = (heap, other);
    for shift in below {
        deal(from, to, |value| digit(key(value), *shift));
        std::mem::swap(&mut from, &mut to);
    }
    below.len().is_multiple_of(2)
}

/// Sorts each heap of what was dealt by the digits below; `start` is the place of the first value.
fn sort_heaps<T: Copy>(
    dealt: &mut [T],
    out: &mut [T],
    heaps: &[Range<usize>],
    start: usize,
    below: &[u32],
    key: &impl Fn(&T) -> u64,
) {
    for heap in heaps {
        let heap = heap.start - start..heap.end - start;
        let (dealt, out) = (&mut dealt[heap.clone()], &mut out[heap]);
        if is_left_where_it_was(dealt, out, below, key) {
            out.copy_from_slice(dealt);
        }
    }
}

fn digit(key: u64, shift: u32) -> usize {
    (key >> shift) as usize & ((1 << DIGIT_BITS) - 1)
}

/// Where the digits begin, the lowest first, that cover all bits in which keys differ.
fn digits(mut differ: u64) -> Vec<u32> {
    let mut shifts = Vec::new();
    while differ != 0 {
        let shift = differ.trailing_zeros();
        shifts.push(shift);
        differ =
            differ.checked_shr(shift + DIGIT_BITS).unwrap_or(0).checked_shl(shift + DIGIT_BITS).unwrap_or(0);
    }
    shifts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_sorted_and_equal_ones_keep_their_order() {
        for (n, mask) in [
            (0, 0),
            (10, 7),
            (600, 0),
            (5_000, 0x003f_0000_0000_0003),
            (9_000, u64::MAX),
            (70_000, 0xff << 56),
            (300_000, 0xf0ff_0000_00ff_000f),
        ] {
            let mut values: Vec<(u64, u32)> =
                (0..n).map(|place| (crate::distinct::hash(u64::from(place) / 2) & mask, place)).collect();
            let mut expected = values.clone();
            expected.sort_unstable();
            let (given, mut shared) = (values.clone(), values.clone());
            sort(&mut values, |value| value.0);
            sort_shared(&mut shared, |value| value.0);
            assert!(values == expected && shared == expected, "{n} values, {mask:x}");
            let bits = u64::BITS - mask.leading_zeros();
            let again = sorted(|| given.iter().copied(), bits, |value| value.0);
            assert!(again == expected, "{n} values, {mask:x}");
        }
    }
}
