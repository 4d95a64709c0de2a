//! Ranges that may nest or overlap, made into ranges that do not.
//!
//! Country tables nest ranges (an assignment inside an allocation) and AS tables sometimes overlap;
//! a look-up must find one answer without a search through all of them.
//!
//! **Invariant:** at every address the smallest range that holds it wins; of equal ranges the first given.
//! **Invariant:** what comes out is in ascending order and without overlap.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of addresses, both ends inside, with what is known of it. IPv4 counts from 0 to 2^32 - 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span<V> {
    /// Lowest address.
    pub(crate) first: u128,
    /// Highest address.
    pub(crate) last: u128,
    /// What is known.
    pub(crate) value: V,
}

/// Ranges of both versions of IP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spans<V> {
    /// IPv4.
    pub(crate) v4: Vec<Span<V>>,
    /// IPv6.
    pub(crate) v6: Vec<Span<V>>,
}

impl<V> Default for Spans<V> {
    fn default() -> Self {
        Spans { v4: Vec::new(), v6: Vec::new() }
    }
}

impl<V> Spans<V> {
    /// Adds a range; `false` when its ends are of different versions or the wrong way round.
    pub(crate) fn add(&mut self, first: IpAddr, last: IpAddr, value: V) -> bool {
        let (list, first, last) = match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                (&mut self.v4, u128::from(u32::from(first)), u128::from(u32::from(last)))
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => (&mut self.v6, u128::from(first), u128::from(last)),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        list.push(Span { first, last, value });
        first <= last
    }

    /// Every range with its ends as addresses, IPv4 first.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (IpAddr, IpAddr, &V)> {
        let v4 = self.v4.iter().map(|span| (v4_address(span.first), v4_address(span.last), &span.value));
        let v6 = self.v6.iter().map(|span| (v6_address(span.first), v6_address(span.last), &span.value));
        v4.chain(v6)
    }
}

impl<V: Copy + PartialEq> Spans<V> {
    /// The same without nesting and overlap, neighbours of one value joined.
    pub(crate) fn flattened(&self) -> Spans<V> {
        Spans { v4: flatten(&self.v4), v6: flatten(&self.v6) }
    }
}

/// The IPv4 address of that number.
pub(crate) fn v4_address(number: u128) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(number as u32))
}

/// The IPv6 address of that number.
pub(crate) fn v6_address(number: u128) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from(number))
}

/// The ranges that hold an address, the winner first: size less one, and place in the list.
pub(crate) type Holders = BTreeSet<(u128, usize)>;

/// Calls `each` with every stretch of addresses that the same ranges hold, in ascending order.
pub(crate) fn sweep<V>(spans: &[Span<V>], mut each: impl FnMut(u128, u128, &Holders)) {
    let mut by_first: Vec<usize> = (0..spans.len()).collect();
    by_first.sort_unstable_by_key(|place| (spans[*place].first, *place));
    let mut by_last: Vec<usize> = (0..spans.len()).collect();
    by_last.sort_unstable_by_key(|place| (spans[*place].last, *place));
    let key = |place: usize| (spans[place].last - spans[place].first, place);
    let mut starts = by_first.into_iter().peekable();
    let mut ends = by_last.into_iter().peekable();
    let mut holders = Holders::new();
    let mut at = 0u128;
    while let Some(last) = ends.peek().map(|place| spans[*place].last) {
        match starts.peek().map(|place| spans[*place].first) {
            Some(first) if first <= last => {
                if !holders.is_empty() && at < first {
                    each(at, first - 1, &holders);
                }
                at = first;
                while let Some(place) = starts.next_if(|place| spans[*place].first == first) {
                    holders.insert(key(place));
                }
            }
            _ => {
                each(at, last, &holders);
                while let Some(place) = ends.next_if(|place| spans[*place].last == last) {
                    holders.remove(&key(place));
                }
                at = last.saturating_add(1);
            }
        }
    }
}

/// Ranges without overlap in which the most specific of the given ranges wins.
pub(crate) fn flatten<V: Copy + PartialEq>(spans: &[Span<V>]) -> Vec<Span<V>> {
    let mut flat: Vec<Span<V>> = Vec::with_capacity(spans.len());
    sweep(spans, |first, last, holders| {
        let Some((_, place)) = holders.first() else { return };
        let value = spans[*place].value;
        match flat.last_mut() {
            Some(before) if before.value == value && before.last.checked_add(1) == Some(first) => {
                before.last = last
            }
            _ => flat.push(Span { first, last, value }),
        }
    });
    flat
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The rule itself, slowly.
    fn naive(spans: &[Span<u8>], address: u128) -> Option<u8> {
        spans
            .iter()
            .enumerate()
            .filter(|(_, span)| span.first <= address && address <= span.last)
            .min_by_key(|(place, span)| (span.last - span.first, *place))
            .map(|(_, span)| span.value)
    }

    fn spans() -> impl Strategy<Value = Vec<Span<u8>>> {
        let span = (0u128..200, 0u128..60, 0u8..4, any::<bool>()).prop_map(|(first, length, value, high)| {
            let base = if high { u128::MAX - 259 } else { 0 };
            Span { first: base + first, last: base + first + length, value }
        });
        proptest::collection::vec(span, 0..30)
    }

    proptest! {
        #[test]
        fn the_most_specific_range_wins_everywhere(spans in spans()) {
            let flat = flatten(&spans);
            for pair in flat.windows(2) {
                prop_assert!(pair[0].last < pair[1].first);
            }
            for address in (0..260).chain(u128::MAX - 259..=u128::MAX) {
                let found = flat.iter().find(|span| span.first <= address && address <= span.last);
                prop_assert_eq!(found.map(|span| span.value), naive(&spans, address), "at {}", address);
            }
        }
    }

    #[test]
    fn neighbours_of_one_value_are_joined() {
        let spans = [(0, 9, 'a'), (10, 19, 'a'), (21, 30, 'a'), (12, 13, 'a')];
        let spans = spans.map(|(first, last, value)| Span { first, last, value });
        let flat: Vec<_> = flatten(&spans).into_iter().map(|span| (span.first, span.last)).collect();
        assert_eq!(flat, [(0, 19), (21, 30)]);
    }
}
