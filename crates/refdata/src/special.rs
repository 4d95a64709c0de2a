//! Special-purpose address ranges: those that belong to no country and no AS.
//!
//! The list is that of RFC 6890 and its successors (the IANA special-purpose registries), with the
//! deprecated ranges of rule D30 and 100.64.0.0/10, which D30 lacks.
//!
//! **Invariant:** ranges that the registries call globally reachable and that one operator announces
//! (AS112, AMT) are not special.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::flatten::{Span, flatten};

/// A special-purpose range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Special {
    /// What the range is for.
    pub name: &'static str,
    /// The range as a prefix.
    pub prefix: &'static str,
    /// The document that sets it apart.
    pub rule: &'static str,
    impossible: bool,
}

impl Special {
    /// Whether no host on the Internet can have sent from here: the packet is forged or broken.
    ///
    /// 0/8, 127/8, 224/4, 240/4, `::`, `::1` and ff00::/8.
    pub fn is_impossible_sender(&self) -> bool {
        self.impossible
    }
}

const fn special(prefix: &'static str, name: &'static str, rule: &'static str, impossible: bool) -> Special {
    Special { name, prefix, rule, impossible }
}

struct Range4(u32, u32, Special);
struct Range6(u128, u128, Option<Special>);

const fn v4(a: u8, b: u8, c: u8, length: u32, special: Special) -> Range4 {
    let first = u32::from_be_bytes([a, b, c, 0]);
    Range4(first, first | (u32::MAX >> length), special)
}

const fn v6(head: [u16; 4], tail: [u16; 4], length: u32, special: Option<Special>) -> Range6 {
    let [a, b, c, d] = head;
    let [e, f, g, h] = tail;
    let first = Ipv6Addr::new(a, b, c, d, e, f, g, h).to_bits();
    let host = if length == 128 { 0 } else { u128::MAX >> length };
    Range6(first, first | host, special)
}

/// IPv4 ranges; the broadcast address is inside the last.
const V4: [Range4; 16] = [
    v4(0, 0, 0, 8, special("0.0.0.0/8", "this network", "RFC 791", true)),
    v4(10, 0, 0, 8, special("10.0.0.0/8", "private use", "RFC 1918", false)),
    v4(100, 64, 0, 10, special("100.64.0.0/10", "shared address space", "RFC 6598", false)),
    v4(127, 0, 0, 8, special("127.0.0.0/8", "loopback", "RFC 1122", true)),
    v4(169, 254, 0, 16, special("169.254.0.0/16", "link local", "RFC 3927", false)),
    v4(172, 16, 0, 12, special("172.16.0.0/12", "private use", "RFC 1918", false)),
    v4(192, 0, 0, 24, special("192.0.0.0/24", "IETF protocol assignments", "RFC 6890", false)),
    v4(192, 0, 2, 24, special("192.0.2.0/24", "documentation (TEST-NET-1)", "RFC 5737", false)),
    v4(192, 88, 99, 24, special("192.88.99.0/24", "6to4 relay anycast (deprecated)", "RFC 7526", false)),
    v4(192, 168, 0, 16, special("192.168.0.0/16", "private use", "RFC 1918", false)),
    v4(198, 18, 0, 15, special("198.18.0.0/15", "benchmarking", "RFC 2544", false)),
    v4(198, 51, 100, 24, special("198.51.100.0/24", "documentation (TEST-NET-2)", "RFC 5737", false)),
    v4(203, 0, 113, 24, special("203.0.113.0/24", "documentation (TEST-NET-3)", "RFC 5737", false)),
    v4(224, 0, 0, 4, special("224.0.0.0/4", "multicast", "RFC 5771", true)),
    v4(240, 0, 0, 4, special("240.0.0.0/4", "reserved", "RFC 1112", true)),
    Range4(u32::MAX, u32::MAX, special("255.255.255.255/32", "limited broadcast", "RFC 919", true)),
];

const NIL: [u16; 4] = [0; 4];

/// IPv6 ranges, the more specific before the wider; `None` marks an announced range inside a special one.
const V6: [Range6; 22] = [
    v6(NIL, NIL, 128, Some(special("::/128", "unspecified", "RFC 4291", true))),
    v6(NIL, [0, 0, 0, 1], 128, Some(special("::1/128", "loopback", "RFC 4291", true))),
    v6(NIL, [0, 0xffff, 0, 0], 96, Some(special("::ffff:0:0/96", "IPv4-mapped", "RFC 4291", false))),
    v6(NIL, NIL, 96, Some(special("::/96", "IPv4-compatible (deprecated)", "RFC 4291", false))),
    v6(
        [0x64, 0xff9b, 0, 0],
        NIL,
        96,
        Some(special("64:ff9b::/96", "IPv4-IPv6 translation", "RFC 6052", false)),
    ),
    v6(
        [0x64, 0xff9b, 1, 0],
        NIL,
        48,
        Some(special("64:ff9b:1::/48", "local translation", "RFC 8215", false)),
    ),
    v6([0x100, 0, 0, 0], NIL, 64, Some(special("100::/64", "discard only", "RFC 6666", false))),
    v6([0x100, 0, 0, 1], NIL, 64, Some(special("100:0:0:1::/64", "dummy prefix", "RFC 9780", false))),
    v6([0x2001, 0, 0, 0], NIL, 32, Some(special("2001::/32", "Teredo", "RFC 4380", false))),
    v6([0x2001, 2, 0, 0], NIL, 48, Some(special("2001:2::/48", "benchmarking", "RFC 5180", false))),
    v6([0x2001, 3, 0, 0], NIL, 32, None),
    v6([0x2001, 4, 0x112, 0], NIL, 48, None),
    v6(
        [0x2001, 0x10, 0, 0],
        NIL,
        28,
        Some(special("2001:10::/28", "ORCHID (deprecated)", "RFC 4843", false)),
    ),
    v6([0x2001, 0x20, 0, 0], NIL, 28, Some(special("2001:20::/28", "ORCHIDv2", "RFC 7343", false))),
    v6(
        [0x2001, 0, 0, 0],
        NIL,
        23,
        Some(special("2001::/23", "IETF protocol assignments", "RFC 2928", false)),
    ),
    v6([0x2001, 0xdb8, 0, 0], NIL, 32, Some(special("2001:db8::/32", "documentation", "RFC 3849", false))),
    v6([0x2002, 0, 0, 0], NIL, 16, Some(special("2002::/16", "6to4", "RFC 3056", false))),
    v6([0x3fff, 0, 0, 0], NIL, 20, Some(special("3fff::/20", "documentation", "RFC 9637", false))),
    v6([0x5f00, 0, 0, 0], NIL, 16, Some(special("5f00::/16", "segment routing", "RFC 9602", false))),
    v6([0xfc00, 0, 0, 0], NIL, 7, Some(special("fc00::/7", "unique local", "RFC 4193", false))),
    v6(
        [0xfe80, 0, 0, 0],
        NIL,
        9,
        Some(special("fe80::/9", "link or site local", "RFC 4291, RFC 3879", false)),
    ),
    v6([0xff00, 0, 0, 0], NIL, 8, Some(special("ff00::/8", "multicast", "RFC 4291", true))),
];

/// The special-purpose range that holds the address, the most specific where they nest.
pub fn kind_of(address: IpAddr) -> Option<Special> {
    match address {
        IpAddr::V4(v4) => kind_of_v4(v4),
        IpAddr::V6(v6) => kind_of_v6(v6),
    }
}

/// As [`kind_of`], for IPv4.
pub fn kind_of_v4(address: Ipv4Addr) -> Option<Special> {
    // Most addresses are decided by their first byte.
    if !matches!(address.octets()[0], 0 | 10 | 100 | 127 | 169 | 172 | 192 | 198 | 203 | 224..) {
        return None;
    }
    let number = u32::from(address);
    let holds = |range: &&Range4| range.0 <= number && number <= range.1;
    V4.iter().rev().find(holds).map(|range| range.2)
}

/// As [`kind_of`], for IPv6.
pub fn kind_of_v6(address: Ipv6Addr) -> Option<Special> {
    let number = address.to_bits();
    V6.iter().find(|range| range.0 <= number && number <= range.1).and_then(|range| range.2)
}

/// All special IPv4 ranges in ascending order, without overlap.
pub(crate) fn spans_v4() -> Vec<Span<u32>> {
    let spans: Vec<_> = V4
        .iter()
        .map(|range| Span { first: u128::from(range.0), last: u128::from(range.1), value: 1 })
        .collect();
    flatten(&spans)
}

/// All special IPv6 ranges in ascending order, without overlap.
pub(crate) fn spans_v6() -> Vec<Span<u32>> {
    let spans: Vec<_> = V6
        .iter()
        .map(|range| Span { first: range.0, last: range.1, value: u32::from(range.2.is_some()) })
        .collect();
    flatten(&spans).into_iter().filter(|span| span.value == 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use teiten_model::address::Prefix;

    #[test]
    fn every_range_is_the_prefix_it_says() {
        for range in &V4 {
            let prefix: Prefix = range.2.prefix.parse().expect("a prefix");
            assert_eq!(IpAddr::from(Ipv4Addr::from(range.0)), prefix.first(), "{}", range.2.prefix);
            assert_eq!(u64::from(range.1 - range.0) + 1, prefix.size(), "{}", range.2.prefix);
        }
        for (range, special) in V6.iter().filter_map(|range| range.2.map(|special| (range, special))) {
            let prefix: Prefix = special.prefix.parse().expect("a prefix");
            assert_eq!(IpAddr::from(Ipv6Addr::from(range.0)), prefix.first(), "{}", special.prefix);
            let host = u128::MAX.checked_shr(u32::from(prefix.length())).unwrap_or(0);
            assert_eq!(range.1 - range.0, host, "{}", special.prefix);
        }
    }

    #[test]
    fn addresses_are_special_where_the_registry_says() {
        let cases = [
            ("0.0.0.0", Some("0.0.0.0/8"), true),
            ("1.0.0.0", None, false),
            ("100.63.255.255", None, false),
            ("100.64.0.0", Some("100.64.0.0/10"), false),
            ("100.127.255.255", Some("100.64.0.0/10"), false),
            ("127.1.2.3", Some("127.0.0.0/8"), true),
            ("172.32.0.0", None, false),
            ("192.0.1.0", None, false),
            ("192.0.2.255", Some("192.0.2.0/24"), false),
            ("223.255.255.255", None, false),
            ("239.0.0.1", Some("224.0.0.0/4"), true),
            ("250.1.1.1", Some("240.0.0.0/4"), true),
            ("255.255.255.255", Some("255.255.255.255/32"), true),
            ("::", Some("::/128"), true),
            ("::1", Some("::1/128"), true),
            ("::2", Some("::/96"), false),
            ("2001:4:112::1", None, false),
            ("2001:4:113::1", Some("2001::/23"), false),
            ("2001:200::1", None, false),
            ("2001:db8::1", Some("2001:db8::/32"), false),
            ("fec0::1", Some("fe80::/9"), false),
            ("ff02::1", Some("ff00::/8"), true),
            ("2400::1", None, false),
        ];
        for (text, prefix, impossible) in cases {
            let found = kind_of(text.parse().expect("an address"));
            assert_eq!(found.map(|special| special.prefix), prefix, "{text}");
            assert_eq!(found.is_some_and(|special| special.is_impossible_sender()), impossible, "{text}");
        }
    }

    #[test]
    fn the_ranges_without_overlap_say_the_same() {
        for span in spans_v4() {
            let inside = [span.first, span.last].map(|number| kind_of_v4(Ipv4Addr::from(number as u32)));
            assert!(inside.iter().all(Option::is_some));
            let before = span.first.checked_sub(1).map(|number| kind_of_v4(Ipv4Addr::from(number as u32)));
            assert!(before.is_none_or(|kind| kind.is_none()));
        }
        for span in spans_v6() {
            assert!(
                [span.first, span.last].iter().all(|number| kind_of_v6(Ipv6Addr::from(*number)).is_some())
            );
        }
    }
}
