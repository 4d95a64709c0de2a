//! Where ranges begin and end, and what a source inside can be.

use super::*;

#[test]
fn every_range_is_a_prefix_and_stands_before_the_wider_one() {
    for list in [all_v4(), all_v6()] {
        for (place, row) in list.iter().enumerate() {
            assert_eq!(Prefix::new(row.prefix.first(), row.prefix.length()), Some(row.prefix), "{row:?}");
            for earlier in &list[..place] {
                let is_apart = earlier.last < row.first || row.last < earlier.first;
                let is_inside = row.first <= earlier.first && earlier.last <= row.last;
                assert!(is_apart || is_inside, "{earlier:?} hides {row:?}");
            }
        }
    }
}

#[test]
fn the_table_of_first_bytes_hides_no_range() {
    for (list, by_first_byte, shift) in
        [(all_v4(), &V4_BY_FIRST_BYTE, 24), (all_v6(), &V6_BY_FIRST_BYTE, 120)]
    {
        for (byte, place) in by_first_byte.iter().enumerate() {
            let low = (byte as u128) << shift;
            let high = low | ((1 << shift) - 1);
            for number in list.iter().flat_map(|row| [row.first, row.last]).chain([low, high]) {
                if (low..=high).contains(&number) {
                    let expected = list.iter().find(|row| row.first <= number && number <= row.last);
                    assert_eq!(within(list, *place, number), expected, "{number:x}");
                }
            }
        }
    }
}

#[test]
fn addresses_are_special_where_the_registry_says() {
    let cases = [
        ("0.0.0.0", Some(("0.0.0.0/8", Never))),
        ("0.255.255.255", Some(("0.0.0.0/8", Never))),
        ("1.0.0.0", None),
        ("9.255.255.255", None),
        ("10.0.0.1", Some(("10.0.0.0/8", Inside))),
        ("11.0.0.1", None),
        ("100.63.255.255", None),
        ("100.64.0.0", Some(("100.64.0.0/10", Inside))),
        ("100.127.255.255", Some(("100.64.0.0/10", Inside))),
        ("100.128.0.0", None),
        ("127.1.2.3", Some(("127.0.0.0/8", Never))),
        ("169.253.9.9", None),
        ("169.254.9.9", Some(("169.254.0.0/16", Inside))),
        ("172.15.255.255", None),
        ("172.16.0.0", Some(("172.16.0.0/12", Inside))),
        ("172.31.255.255", Some(("172.16.0.0/12", Inside))),
        ("172.32.0.0", None),
        ("192.0.0.7", Some(("192.0.0.0/24", Inside))),
        ("192.0.1.7", None),
        ("192.0.2.255", Some(("192.0.2.0/24", Inside))),
        ("192.31.196.1", Some(("192.31.196.0/24", Announced))),
        ("192.31.197.1", None),
        ("192.52.193.255", Some(("192.52.193.0/24", Announced))),
        ("192.88.99.1", Some(("192.88.99.0/24", Inside))),
        ("192.175.47.255", None),
        ("192.175.48.6", Some(("192.175.48.0/24", Announced))),
        ("192.175.49.0", None),
        ("192.168.200.1", Some(("192.168.0.0/16", Inside))),
        ("198.17.255.255", None),
        ("198.18.0.0", Some(("198.18.0.0/15", Inside))),
        ("198.19.255.255", Some(("198.18.0.0/15", Inside))),
        ("198.20.0.0", None),
        ("198.51.100.7", Some(("198.51.100.0/24", Inside))),
        ("203.0.113.9", Some(("203.0.113.0/24", Inside))),
        ("203.0.114.9", None),
        ("223.255.255.255", None),
        ("224.0.0.1", Some(("224.0.0.0/4", Never))),
        ("239.0.0.1", Some(("224.0.0.0/4", Never))),
        ("250.1.1.1", Some(("240.0.0.0/4", Never))),
        ("255.255.255.255", Some(("255.255.255.255/32", Never))),
        ("::", Some(("::/128", Never))),
        ("::1", Some(("::1/128", Never))),
        ("::2", Some(("::/96", Mechanism))),
        ("::ffff:192.0.2.1", Some(("::ffff:0.0.0.0/96", Never))),
        ("64:ff9b::1", Some(("64:ff9b::/96", Mechanism))),
        ("64:ff9b:1::1", Some(("64:ff9b:1::/48", Inside))),
        ("100::1", Some(("100::/64", Inside))),
        ("100:0:0:1::1", Some(("100:0:0:1::/64", Mechanism))),
        ("2001::1", Some(("2001::/32", Mechanism))),
        ("2001:2::1", Some(("2001:2::/48", Inside))),
        ("2001:2:1::1", Some(("2001::/23", Mechanism))),
        ("2001:3::1", Some(("2001:3::/32", Announced))),
        ("2001:4:112::1", Some(("2001:4:112::/48", Announced))),
        ("2620:4f:7fff:ffff::1", None),
        ("2620:4f:8000::1", Some(("2620:4f:8000::/48", Announced))),
        ("2620:4f:8001::1", None),
        ("2001:4:113::1", Some(("2001::/23", Mechanism))),
        ("2001:200::1", None),
        ("2001:db8::1", Some(("2001:db8::/32", Inside))),
        ("2002:c000:201::1", Some(("2002::/16", Mechanism))),
        ("2400::1", None),
        ("2606:4700::1", None),
        ("3fff:fff::1", Some(("3fff::/20", Inside))),
        ("3fff:1000::1", None),
        ("fd00::1", Some(("fc00::/7", Inside))),
        ("fe80::1", Some(("fe80::/9", Inside))),
        ("fec0::1", Some(("fe80::/9", Inside))),
        ("ff02::1", Some(("ff00::/8", Never))),
    ];
    for (text, expected) in cases {
        let found = find(text.parse().expect("an address"));
        let found = found.map(|row| (row.prefix.to_string(), row.reach));
        assert_eq!(found, expected.map(|(prefix, reach)| (prefix.to_string(), reach)), "{text}");
    }
}

#[test]
fn addresses_have_no_country_but_where_an_operator_announces_them() {
    for row in all_v4().iter().chain(all_v6()) {
        assert_eq!(row.is_nowhere(), row.reach != Announced, "{}", row.prefix);
    }
}
