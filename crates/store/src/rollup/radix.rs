//! Sorts many small values by a number of 64 bits, digit by digit, without comparing.
//!
//! Only bits in which the keys differ are looked at, so that wide, sparsely used keys cost no more.
//!
//! **Invariant:** values of the same key stay in the order in which they were.

/// Bits of a digit: as many streams as the caches and their tables of addresses bear.
const DIGIT_BITS: u32 = 8;

/// Below this many values, comparing is faster.
const FEW: usize = 512;

/// Sorts by the key of each value.
pub(super) fn sort<T: Copy + Default>(values: &mut Vec<T>, key: impl Fn(&T) -> u64) {
    if values.len() < FEW {
        values.sort_by_key(key);
        return;
    }
    let shifts = digits(values, &key);
    let mut counts = vec![[0u32; 1 << DIGIT_BITS]; shifts.len()];
    for value in values.iter() {
        let key = key(value);
        for (counts, shift) in counts.iter_mut().zip(&shifts) {
            counts[digit(key, *shift)] += 1;
        }
    }
    let mut other = vec![T::default(); values.len()];
    for (mut places, shift) in counts.into_iter().zip(shifts) {
        let mut next = 0;
        for place in &mut places {
            next += std::mem::replace(place, next);
        }
        for value in values.iter() {
            let place = &mut places[digit(key(value), shift)];
            other[*place as usize] = *value;
            *place += 1;
        }
        std::mem::swap(values, &mut other);
    }
}

fn digit(key: u64, shift: u32) -> usize {
    (key >> shift) as usize & ((1 << DIGIT_BITS) - 1)
}

/// Where the digits begin, the lowest first, that cover all bits in which keys differ.
fn digits<T>(values: &[T], key: impl Fn(&T) -> u64) -> Vec<u32> {
    let first = values.first().map_or(0, &key);
    let mut differ = values.iter().fold(0, |differ, value| differ | (key(value) ^ first));
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
        ] {
            let mut values: Vec<(u64, u32)> =
                (0..n).map(|place| (crate::distinct::hash(u64::from(place) / 2) & mask, place)).collect();
            let mut expected = values.clone();
            expected.sort_unstable();
            sort(&mut values, |value| value.0);
            assert_eq!(values, expected);
        }
    }
}
