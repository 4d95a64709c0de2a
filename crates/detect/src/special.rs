//! Source addresses that cannot be, and those that belong to no network of the Internet.
//!
//! A source that cannot have sent (this network, loopback, multicast, the never assigned rest) makes
//! the class `spoofed`. A source of another special-purpose range (private, shared, documentation,
//! benchmark) may be a neighbour behind a faulty translation: it keeps its class and gets a tag.
//!
//! **Invariant:** no address is both impossible and special.

/// Whether an IPv4 packet with this source cannot have been sent by it: 0/8, 127/8, 224/4, 240/4.
#[inline]
pub fn impossible_v4(source: i64) -> bool {
    let first = source >> 24;
    first == 0 || first == 127 || first >= 224
}

/// Whether the IPv4 source lies in another special-purpose range (rule D30, and 100.64/10 of RFC 6598).
#[inline]
pub fn special_v4(source: i64) -> bool {
    match source >> 24 {
        10 => true,
        100 => source >> 22 == (100 << 2 | 64 >> 6),
        169 => source >> 16 == (169 << 8 | 254),
        172 => source >> 20 == (172 << 4 | 1),
        192 => {
            let third = source >> 8;
            source >> 16 == (192 << 8 | 168)
                || third == 192 << 16
                || third == (192 << 16 | 2)
                || third == (192 << 16 | 88 << 8 | 99)
        }
        198 => source >> 17 == (198 << 7 | 18 >> 1) || source >> 8 == (198 << 16 | 51 << 8 | 100),
        203 => source >> 8 == (203 << 16 | 113),
        _ => false,
    }
}

/// Whether an IPv6 packet with this source cannot have been sent by it: unspecified, loopback,
/// IPv4-mapped, multicast.
pub fn impossible_v6(source: &[u8]) -> bool {
    let Ok(source) = <[u8; 16]>::try_from(source) else { return false };
    let number = u128::from_be_bytes(source);
    number <= 1 || number >> 32 == 0xffff || source[0] == 0xff
}

/// Whether the IPv6 source lies in another special-purpose range: unique local, link local, site
/// local, discard, documentation, benchmark, local translation.
pub fn special_v6(source: &[u8]) -> bool {
    let Ok(source) = <[u8; 16]>::try_from(source) else { return false };
    let number = u128::from_be_bytes(source);
    let top = |bits: u32| number >> (128 - bits);
    top(7) == 0xfc >> 1
        || top(9) == 0xfe80 >> 7
        || top(64) == 0x0100_0000_0000_0000
        || top(32) == 0x2001_0db8
        || top(48) == 0x2001_0002_0000
        || top(48) == 0x0064_ff9b_0001
        || top(20) == 0x3fff0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    const CASES_V4: &[(&str, bool, bool)] = &[
        ("0.0.0.0", true, false),
        ("0.255.255.255", true, false),
        ("1.0.0.0", false, false),
        ("10.0.0.1", false, true),
        ("11.0.0.1", false, false),
        ("100.63.255.255", false, false),
        ("100.64.0.0", false, true),
        ("100.127.255.255", false, true),
        ("100.128.0.0", false, false),
        ("127.0.0.1", true, false),
        ("169.254.9.9", false, true),
        ("169.253.9.9", false, false),
        ("172.15.255.255", false, false),
        ("172.16.0.0", false, true),
        ("172.31.255.255", false, true),
        ("172.32.0.0", false, false),
        ("192.0.0.7", false, true),
        ("192.0.1.7", false, false),
        ("192.0.2.1", false, true),
        ("192.88.99.1", false, true),
        ("192.168.200.1", false, true),
        ("198.17.255.255", false, false),
        ("198.18.0.0", false, true),
        ("198.19.255.255", false, true),
        ("198.20.0.0", false, false),
        ("198.51.100.7", false, true),
        ("203.0.113.9", false, true),
        ("203.0.114.9", false, false),
        ("223.255.255.255", false, false),
        ("224.0.0.1", true, false),
        ("255.255.255.255", true, false),
    ];

    const CASES_V6: &[(&str, bool, bool)] = &[
        ("::", true, false),
        ("::1", true, false),
        ("::ffff:192.0.2.1", true, false),
        ("ff02::1", true, false),
        ("fe80::1", false, true),
        ("fec0::1", false, true),
        ("fd00::1", false, true),
        ("2001:db8::1", false, true),
        ("2001:2::1", false, true),
        ("2001:2:1::1", false, false),
        ("100::1", false, true),
        ("64:ff9b:1::1", false, true),
        ("64:ff9b::1", false, false),
        ("3fff:fff::1", false, true),
        ("2606:4700::1", false, false),
    ];

    #[test]
    fn ranges_end_where_the_registry_says() {
        for (text, impossible, special) in CASES_V4 {
            let number = i64::from(u32::from(text.parse::<Ipv4Addr>().unwrap()));
            assert_eq!((impossible_v4(number), special_v4(number)), (*impossible, *special), "{text}");
        }
        for (text, impossible, special) in CASES_V6 {
            let octets = text.parse::<Ipv6Addr>().unwrap().octets();
            assert_eq!((impossible_v6(&octets), special_v6(&octets)), (*impossible, *special), "{text}");
        }
    }
}
