//! The special-purpose ranges of [`teiten_model::special`], in the form in which editions are merged.
//!
//! **Invariant:** ranges that an operator announces are left out: editions know their country and AS.

use teiten_model::special::{Special, all_v4, all_v6};

use crate::flatten::{Span, flatten};

/// All special IPv4 ranges in ascending order, without overlap.
pub(crate) fn spans_v4() -> Vec<Span<u32>> {
    spans(all_v4())
}

/// All special IPv6 ranges in ascending order, without overlap.
pub(crate) fn spans_v6() -> Vec<Span<u32>> {
    spans(all_v6())
}

fn spans(list: &[Special]) -> Vec<Span<u32>> {
    let spans: Vec<Span<u32>> = list
        .iter()
        .map(|special| {
            let (first, last) = special.bounds();
            Span { first, last, value: u32::from(special.is_nowhere()) }
        })
        .collect();
    flatten(&spans).into_iter().filter(|span| span.value == 1).collect()
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use teiten_model::special::find;

    use super::*;
    use crate::flatten::{v4_address, v6_address};

    fn say_the_same(spans: &[Span<u32>], end: u128, address: fn(u128) -> IpAddr) {
        let is_nowhere = |number| find(address(number)).is_some_and(Special::is_nowhere);
        for span in spans {
            assert!(is_nowhere(span.first) && is_nowhere(span.last), "{span:?}");
            assert!(span.first == 0 || !is_nowhere(span.first - 1), "{span:?}");
            assert!(span.last == end || !is_nowhere(span.last + 1), "{span:?}");
        }
        assert!(spans.len() > 10);
    }

    #[test]
    fn the_ranges_without_overlap_say_the_same() {
        say_the_same(&spans_v4(), u128::from(u32::MAX), v4_address);
        say_the_same(&spans_v6(), u128::MAX, v6_address);
    }
}
