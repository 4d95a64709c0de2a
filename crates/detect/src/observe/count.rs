//! Counting within a group of rows, and keeping the most of a list.
//!
//! **Invariant:** nothing here depends on the order of a hash map; of equals, the first of a list stays.

use std::cmp::Reverse;

/// How many different things there are.
pub(super) fn distinct<T: Ord>(mut things: impl Iterator<Item = T>) -> i64 {
    let Some(first) = things.next() else { return 0 };
    // Most groups have one thing only, for which nothing is to be held.
    let Some(other) = things.find(|thing| *thing != first) else { return 1 };
    let mut things: Vec<T> = [first, other].into_iter().chain(things).collect();
    things.sort_unstable();
    things.dedup();
    things.len() as i64
}

/// The one value that all have; -1 when there are several or none.
pub(super) fn only(mut values: impl Iterator<Item = i64>) -> i64 {
    match values.next() {
        Some(first) if values.all(|value| value == first) => first,
        _ => -1,
    }
}

/// The thing with the greatest sum and that sum; of equals the smallest, and the default without things.
pub(super) fn top<T: Ord + Copy + Default>(things: impl Iterator<Item = (T, i64)>) -> (T, i64) {
    let mut things: Vec<(T, i64)> = things.collect();
    things.sort_unstable_by_key(|(thing, _)| *thing);
    let sums = things.chunk_by(|one, other| one.0 == other.0);
    let sums = sums.map(|same| (same[0].0, same.iter().map(|(_, weight)| weight).sum::<i64>()));
    sums.max_by_key(|(thing, sum)| (*sum, Reverse(*thing))).unwrap_or_default()
}

/// Keeps the `max` items of a list that weigh most, in the order of the list; of equals the first. Says how many
/// were left out.
pub(super) fn keep_most<T>(list: &mut Vec<T>, max: usize, weight: impl Fn(&T) -> i64) -> i64 {
    let Some(beyond) = list.len().checked_sub(max).filter(|beyond| *beyond > 0) else { return 0 };
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_unstable_by_key(|place| (Reverse(weight(&list[*place])), *place));
    let mut is_kept = vec![false; list.len()];
    order[..max].iter().for_each(|place| is_kept[*place] = true);
    let mut is_kept = is_kept.into_iter();
    list.retain(|_| is_kept.next() == Some(true));
    beyond as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equals_the_first_is_taken() {
        assert_eq!(top([(3, 1), (1, 2), (3, 1), (2, 1)].into_iter()), (1, 2));
        assert_eq!(top(std::iter::empty::<(i32, i64)>()), (0, 0));
        let mut list = vec![("a", 1), ("b", 2), ("c", 1), ("d", 2)];
        assert_eq!(keep_most(&mut list, 3, |item| item.1), 1);
        assert_eq!(list, [("a", 1), ("b", 2), ("d", 2)]);
        assert_eq!(keep_most(&mut list, 3, |item| item.1), 0);
    }

    #[test]
    fn a_value_is_the_only_one_when_all_have_it() {
        let cases: &[(&[i64], i64)] = &[(&[], -1), (&[7], 7), (&[7, 7], 7), (&[7, 8], -1), (&[7, -1], -1)];
        for (values, expected) in cases {
            assert_eq!(only(values.iter().copied()), *expected, "{values:?}");
        }
        let cases: &[(&[i64], i64)] = &[(&[], 0), (&[3, 3], 1), (&[3, 3, 1, 3], 2), (&[1, 2, 3], 3)];
        for (values, expected) in cases {
            assert_eq!(distinct(values.iter()), *expected, "{values:?}");
        }
    }
}
