//! The kernel filter against plain Rust over frames that nearly match, and its text both ways.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

/// A packet in the terms of the oracle, and how its frame is made.
#[derive(Debug, Clone)]
struct Case {
    tags: usize,
    is_v6: bool,
    other_kind: bool,
    source: u8,
    destination: u8,
    protocol: u8,
    port: u16,
    options: u8,
    fragment: u16,
    cut: usize,
}

fn v4(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, last)
}

fn v6(last: u8) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, u16::from(last >> 4), 0, 0, 0, 0, u16::from(last & 15))
}

impl Case {
    fn frame(&self, link: Link) -> Vec<u8> {
        let mut frame = Vec::new();
        if link == Link::Ethernet {
            frame.extend_from_slice(&[2; 12]);
            for tag in 0..self.tags {
                frame.extend_from_slice(&(VLAN_TYPES[tag % 3] as u16).to_be_bytes());
                frame.extend_from_slice(&[0, 7]);
            }
            let kind: u16 = match (self.other_kind, self.is_v6) {
                (true, _) => 0x0806,
                (_, true) => 0x86dd,
                (_, false) => 0x0800,
            };
            frame.extend_from_slice(&kind.to_be_bytes());
        }
        if self.is_v6 {
            frame.extend_from_slice(&[0x60, 0, 0, 0, 0, 8, self.protocol, 64]);
            frame.extend_from_slice(&v6(self.source).octets());
            frame.extend_from_slice(&v6(self.destination).octets());
        } else {
            frame.extend_from_slice(&[0x45 + self.options, 0, 0, 40, 0, 0]);
            frame.extend_from_slice(&self.fragment.to_be_bytes());
            frame.extend_from_slice(&[64, self.protocol, 0, 0]);
            frame.extend_from_slice(&v4(self.source).octets());
            frame.extend_from_slice(&v4(self.destination).octets());
            frame.extend(std::iter::repeat_n(1, usize::from(self.options) * 4));
        }
        frame.extend_from_slice(&self.port.to_be_bytes());
        frame.extend_from_slice(&[0; 6]);
        frame.truncate(frame.len().saturating_sub(self.cut));
        frame
    }

    /// What the program must give, told from the packet and not from its bytes.
    fn expected(&self, link: Link, watched: &[Prefix], exclusions: &[Exclusion]) -> u32 {
        let network = if link == Link::Ethernet { 14 + 4 * self.tags } else { 0 };
        let header = if self.is_v6 { 40 } else { 20 + usize::from(self.options) * 4 };
        let len = (network + header + 8).saturating_sub(self.cut);
        let addressed = network + if self.is_v6 { 40 } else { 20 };
        if link == Link::Ethernet && (self.other_kind || self.tags > 2) || len < addressed {
            return 0;
        }
        let (source, destination): (IpAddr, IpAddr) = match self.is_v6 {
            true => (v6(self.source).into(), v6(self.destination).into()),
            false => (v4(self.source).into(), v4(self.destination).into()),
        };
        if !watched.iter().any(|prefix| prefix.contains(destination)) {
            return 0;
        }
        let has_port = len >= network + header + 2 && (self.is_v6 || self.fragment & 0x1fff == 0);
        let is_excluded = exclusions.iter().any(|exclusion| {
            has_port
                && exclusion.peer == source
                && exclusion.protocol.number() == self.protocol
                && exclusion.port == self.port
        });
        if is_excluded { EXCLUDED_BYTES } else { ACCEPTED_BYTES }
    }
}

fn case() -> impl Strategy<Value = Case> {
    let packet = (
        0usize..4,
        any::<bool>(),
        prop::bool::weighted(0.1),
        0u8..4,
        any::<u8>(),
        prop::sample::select(vec![1u8, 6, 17]),
        prop::sample::select(vec![53u16, 123, 443, 8443]),
        0u8..3,
        prop::sample::select(vec![0u16, 0x4000, 0x2000, 0x2005, 7]),
        prop::sample::select(vec![0usize, 0, 0, 6, 7, 8, 9, 28, 40]),
    );
    packet.prop_map(
        |(tags, is_v6, other_kind, source, destination, protocol, port, options, fragment, cut)| Case {
            tags,
            is_v6,
            other_kind,
            source,
            destination,
            protocol,
            port,
            options,
            fragment,
            cut,
        },
    )
}

fn prefixes() -> impl Strategy<Value = Vec<Prefix>> {
    let prefix = (any::<bool>(), any::<u8>(), 0u8..=8).prop_map(|(is_v6, last, bits)| {
        let length =
            if is_v6 { [0, 44, 46, 48, 64, 96, 124, 127, 128][usize::from(bits)] } else { 32 - bits };
        let address: IpAddr = if is_v6 {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            Ipv6Addr::from(u128::from(v6(last)) & mask).into()
        } else {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            Ipv4Addr::from(u32::from(v4(last)) & mask).into()
        };
        Prefix::new(address, length).expect("no bits beyond the length")
    });
    prop::collection::vec(prefix, 0..6)
}

fn exclusions() -> impl Strategy<Value = Vec<Exclusion>> {
    let exclusion = (any::<bool>(), 0u8..4, any::<bool>(), prop::sample::select(vec![53u16, 443, 8443]));
    let exclusion = exclusion.prop_map(|(is_v6, source, is_tcp, port)| Exclusion {
        peer: if is_v6 { v6(source).into() } else { v4(source).into() },
        protocol: if is_tcp { Transport::Tcp } else { Transport::Udp },
        port,
    });
    prop::collection::vec(exclusion, 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_program_says_what_plain_rust_says(
        case in case(), watched in prefixes(), exclusions in exclusions(), is_ethernet in any::<bool>(),
    ) {
        let link = if is_ethernet { Link::Ethernet } else { Link::Ip };
        let program = program(link, &watched, &exclusions).unwrap();
        let said = interpreter::run(&program, &case.frame(link));
        prop_assert_eq!(said, case.expected(link, &watched, &exclusions), "{}", text::readable(&program));
    }

    #[test]
    fn a_given_program_keeps_its_meaning_and_gains_exclusions(case in case(), exclusions in exclusions()) {
        // What `tcpdump -ddd ip or ip6` prints for Ethernet.
        let ddd = "5\n40 0 0 12\n21 1 0 2048\n21 0 1 34525\n6 0 0 262144\n6 0 0 0\n";
        let program = given(Link::Ethernet, ddd, &exclusions).unwrap();
        let watched = ["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()];
        let frame = case.frame(Link::Ethernet);
        let said = interpreter::run(&program, &frame);
        let is_taken = case.tags == 0 && !case.other_kind && frame.len() >= 14;
        let expected = match is_taken {
            false => 0,
            true => case.expected(Link::Ethernet, &watched, &exclusions).max(EXCLUDED_BYTES),
        };
        // Their filter takes what is too short for ours to look into.
        let is_short = is_taken && case.expected(Link::Ethernet, &watched, &exclusions) == 0;
        prop_assert_eq!(said, if is_short { ACCEPTED_BYTES } else { expected });
    }

    #[test]
    fn no_program_and_no_frame_makes_it_panic(
        codes in prop::collection::vec((any::<u16>(), any::<u8>(), any::<u8>(), any::<u32>()), 0..40),
        frame in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let program: Vec<Instruction> =
            codes.into_iter().map(|(code, jt, jf, k)| Instruction { code: code & 0xff, jt, jf, k }).collect();
        interpreter::run(&program, &frame);
        text::readable(&program);
    }
}

#[test]
fn text_is_read_back() {
    let watched = ["192.0.2.0/28".parse().unwrap(), "2001:db8::/64".parse().unwrap()];
    let exclusions = ["198.51.100.53 udp 53".parse().unwrap()];
    let program = program(Link::Ethernet, &watched, &exclusions).unwrap();
    assert_eq!(text::ddd(&program).parse::<text::Program>().unwrap().0, program);
    assert!(text::readable(&program).contains("jeq  #0x800"));
    assert_eq!(exclusions[0].to_string(), "198.51.100.53 udp 53");
}

#[test]
fn texts_that_are_no_program_are_refused() {
    for (text, part) in [
        ("", "its first line"),
        ("x\n6 0 0 0", "its first line"),
        ("2\n6 0 0 0", "2 instructions were announced"),
        ("1\n6 0 0", "not four numbers"),
        ("1\n5 0 0 0", "beyond the end"),
        ("2\n21 0 1 5\n6 0 0 0", "beyond the end"),
        ("1\n22 0 0 0", "computed length"),
    ] {
        let error = text.parse::<text::Program>().unwrap_err().to_string();
        assert!(error.contains(part), "{text:?}: {error}");
    }
}

#[test]
fn too_many_prefixes_are_named_as_such() {
    let watched: Vec<Prefix> =
        (0..400u16).map(|n| Prefix::new(v6((n & 15) as u8).into(), 128).unwrap()).collect();
    let error = program(Link::Ethernet, &watched, &[]).err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains("4096")));
}
