//! The privacy test D143: the vectors V1-V25 in the form for publication.
//!
//! **Invariant:** nothing that is published says which address was watched, whether it was asked or
//! answered, and what a tool is known by still says which tool it was.

use proptest::prelude::*;
use std::net::IpAddr;
use teiten_evidence::layers::{self, Layers, fold, sum16};
use teiten_evidence::own::Own;
use teiten_evidence::rewrite::{Published, Rewriter, Withheld};

/// The test vectors of docs/rules.md: IPv4 packets to 192.0.2.1, but for V6b (192.0.2.9) and V8b (192.0.2.77).
const VECTORS: &[(&str, &str)] = &[
    ("V1", "4500002cd4310000f506055ec6336407c00002019c4101bb1a2b3c4d000000006002ffffb7750000020405b4"),
    (
        "V2",
        "450000347a11000032062277c6336407c0000201afc801bb9e3779b9000000008002ffffb95f0000020405b40103030801010402",
    ),
    ("V3", "45000028a37e0000f0063b15c6336407c0000201cb201f90deadbeef000000005002040037580000"),
    ("V4", "4500002ca37e0000f0063b11c6336407c0000201cb201f90deadbeef00000000600204011f9b0000020405b4"),
    ("V5", "450000281234000030068c60c6336407c00002017a690017c00002010000000050023a984c8c0000"),
    ("V6a", "4500002c5c2100002b06476fc6336407c0000201df8500165a17c3e90000000060020400aa4d0000020405b4"),
    ("V6b", "4500002c0c7e000033068f0ac6336407c0000209df8600165a16c3e80000000060020400aa460000020405b4"),
    ("V7", "45000028010000006b066294c6336407c0000201177000161000000000000000500240005c200000"),
    ("V8a", "45000028222200003c067072c6336407c00002010d8000505b081f7400000000500210002b5a0000"),
    ("V8b", "45000028222200003c067026c6336407c000024d0f9f01bb16e31d6b00000000500210006db20000"),
    ("V9", "4500002c0000000034069a90c6336407c00002010050c82211111111222222236012390843f80000020405b4"),
    ("V10", "450000280000000034069a94c6336407c00002010050c822000000002222222350140000b6dc0000"),
    ("V11", "450000280000000034069a94c6336407c00002010050c822000000010000000050030200f9310000"),
    (
        "V12",
        "450000460000000032119c6bc6336407c0000201003530390032e0c53fa2818300010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001",
    ),
    (
        "V13",
        "450000460000000032119c6bc6336407c0000201003530390032e0c53fa3818200010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001",
    ),
    (
        "V14",
        "450000460000000032119c6bc6336407c0000201003530390032e1413fa4810500010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001",
    ),
    (
        "V15",
        "450000380000000032019c89c6336407c000020103036b1300000000450000464321000031115a4ac0000201c63364073039003500326149",
    ),
    (
        "V16",
        "450000380000000032018abacb007109c00002010b00e8480000000045000028000000000106cd94c0000201c6336407c822005022222222",
    ),
    (
        "V17",
        "4500003a0000000040118e77c6336407c00002010fa00fa10026c324000000000000000031000000000000000000000000000000000000000000",
    ),
    (
        "V18",
        "4500003b0000000032119c76c6336407c00002017a029c4000276c2c3fa2818300010000000000000161076578616d706c6503636f6d0000010001",
    ),
    ("V19", "4500002c0000201028118675c6336407c0000201000000000000000000000000000000000000000000000000"),
    ("V20", "4500002c0000200028118685c6336407c0000201000100020018137f00000000000000000000000000000000"),
    (
        "V21",
        "45000030d4310000f501055fc6336407c0000201080011a74a3b9c1d0000000000000000000000000000000000000000",
    ),
    (
        "V22",
        "4500004c11110000f001cd63c6336407c000020108006f5fdeadbeef08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
    ),
    (
        "V23",
        "45000034000000002806a688c6336407c00002019c410016555500000000000088c200038775f7f503030a01020405b404020101",
    ),
    ("V24", "45000028000000004006f6cdc0000201c00002010001000200000001000000005002040027dc0000"),
];

/// Payloads of V25 and of the leaks that D115 names, each to a port; `{dst}` forms hold 192.0.2.1.
const PAYLOADS: &[(u16, &[u8])] = &[
    (123, b"\x17\x00\x03\x2a\x00\x00\x00\x00"),
    (1900, b"M-SEARCH * HTTP/1.1\r\nHOST: 192.0.2.1:1900\r\nMAN: \"ssdp:discover\"\r\n\r\n"),
    (5060, b"OPTIONS sip:100@192.0.2.1 SIP/2.0\r\nTo: <sip:100@192.0.2.1>\r\n\r\n"),
    (53, b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x08c0000201\x07example\x03com\x00\x00\x01\x00\x01"),
    (53, b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x011\x012\x010\x03192\x07in-addr\x04arpa\x00\x00\x0c\x00\x01"),
    (53, b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x09192-0-2-1\x07example\x03com\x00\x00\x01\x00\x01"),
    (69, b"\x00\x01192.000.002.001\x00netascii\x00"),
    (4000, b"\x00\x01\xc0\x00\x02\x01\x01\x02\x00\xc0"),
    (4001, b"3221225985 C0000201 0xc0.0x00"),
];

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> =
        text.chars().map(|digit| digit.to_digit(16).expect("a hexadecimal digit")).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn vectors() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> =
        VECTORS.iter().map(|(name, hex)| ((*name).to_string(), unhex(hex))).collect();
    for (port, payload) in PAYLOADS {
        all.push((format!("V25 to {port}"), udp(*port, payload)));
    }
    // ZMap's icmp_echo_time: seconds, microseconds, destination.
    let echo =
        [&[8, 0, 0, 0, 0x4a, 0x3b, 0x9c, 0x1d][..], &[0x53, 0x60, 0, 0, 0, 1, 2, 3, 0xc0, 0, 2, 1]].concat();
    all.push(("echo time".to_string(), ipv4(1, &echo)));
    all
}

fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 8).to_be_bytes();
    let [high, low] = port.to_be_bytes();
    ipv4(17, &[&[0x9c, 0x41, high, low, length[0], length[1], 0, 1], payload].concat())
}

fn ipv4(protocol: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16 + 20).to_be_bytes();
    let head = [0x45, 0, length[0], length[1], 0xd4, 0x31, 0, 0, 50, protocol, 0, 0];
    [&head[..], &[198, 51, 100, 7, 192, 0, 2, 1], body].concat()
}

fn published(packet: &[u8]) -> Published {
    Rewriter::new([7; 32], Own::default()).rewrite(packet, 101, None).expect("the vector can be published")
}

fn destination_of(packet: &[u8]) -> [u8; 4] {
    packet[16..20].try_into().expect("four octets")
}

fn contains(bytes: &[u8], form: &[u8]) -> bool {
    bytes.windows(form.len()).any(|window| window.eq_ignore_ascii_case(form))
}

/// Whether the checksums of a packet would be right if it had gone to that destination.
fn verifies_against(packet: &[u8], layers: &Layers, destination: [u8; 4]) -> bool {
    let mut packet = packet.to_vec();
    packet[16..20].copy_from_slice(&destination);
    let is_ip_right = fold(sum16(&packet[..layers.transport])) == 0xffff;
    let has_own = layers.protocol == 6 || layers.protocol == 17;
    let sent = layers.checksum_offset(&packet).map(|at| [packet[at], packet[at + 1]]);
    let is_transport_right =
        has_own && sent.is_some_and(|sent| sent != [0, 0]) && layers.transport_remainder(&packet) == 0;
    is_ip_right || is_transport_right
}

#[test]
fn nothing_published_says_which_address_was_watched() {
    for (name, packet) in vectors() {
        let real = destination_of(&packet);
        let shown = published(&packet).packet;
        for hidden in [real, [192, 0, 2, 1]] {
            let reversed = [hidden[3], hidden[2], hidden[1], hidden[0]];
            let text = format!("{}.{}.{}.{}", hidden[0], hidden[1], hidden[2], hidden[3]);
            let hex = format!("{:08x}", u32::from_be_bytes(hidden));
            for form in [&hidden[..], &reversed, text.as_bytes(), hex.as_bytes()] {
                assert!(!contains(&shown, form), "{name} holds {form:02x?}: {shown:02x?}");
            }
            let layers = layers::read(&shown).expect("an IP packet");
            let low = &hidden[2..];
            assert_ne!(&shown[4..6], low, "IP ID of {name}");
            if layers.protocol == 6 && !layers.is_later_fragment {
                assert_ne!(&shown[26..28], low, "sequence number of {name}");
                assert_ne!(&shown[24..26], low, "sequence number of {name}");
            }
            assert!(!verifies_against(&shown, &layers, hidden), "a checksum of {name} fits {hidden:?}");
        }
    }
}

#[test]
fn published_checksums_are_right_for_the_identifier() {
    for (name, packet) in vectors() {
        let shown = published(&packet);
        let layers = layers::read(&shown.packet).expect("an IP packet");
        assert_eq!(fold(sum16(&shown.packet[..layers.transport])), 0xffff, "IP checksum of {name}");
        if shown.packet.len() == shown.wire_len && layers.checksum_offset(&shown.packet).is_some() {
            assert_eq!(layers.transport_remainder(&shown.packet), 0, "checksum above IP of {name}");
        }
    }
}

#[test]
fn tools_are_still_known_by_their_marks() {
    let by_name = |name: &str| {
        let (_, hex) = VECTORS.iter().find(|(known, _)| *known == name).expect("a vector");
        published(&unhex(hex)).packet
    };
    let mirai = by_name("V5");
    assert_eq!(mirai[24..28], mirai[16..20], "Mirai: sequence number = destination");
    for name in ["V3", "V4"] {
        let packet = by_name(name);
        let half = |at: usize| u16::from_be_bytes([packet[at], packet[at + 1]]);
        assert_eq!(half(4), half(18) ^ half(22) ^ half(26), "masscan: IP ID of {name}");
    }
    for name in ["V1", "V21"] {
        assert_eq!(by_name(name)[4..6], [0xd4, 0x31], "ZMap: IP ID 54321 of {name}");
    }
    assert_eq!(by_name("V6a")[40..], [2, 4, 5, 0xb4], "Nmap: options");
    assert_eq!(by_name("V7")[4..6], [1, 0], "source port 6000: IP ID 256");
}

#[test]
fn a_quote_hides_its_source_and_keeps_the_addressed_host() {
    let (_, hex) = VECTORS.iter().find(|(name, _)| *name == "V15").expect("a vector");
    let packet = published(&unhex(hex)).packet;
    assert_eq!(packet[28 + 12..28 + 16], packet[16..20], "quoted source = identifier");
    assert_eq!(packet[28 + 16..28 + 20], [198, 51, 100, 7], "quoted destination stays");
}

#[test]
fn equal_destinations_have_equal_identifiers_and_others_have_others() {
    let mut rewriter = Rewriter::new([1; 32], Own::default());
    let mut seen = std::collections::BTreeSet::new();
    for last in 0..=255 {
        for third in [2, 3] {
            let address = IpAddr::from([192, 0, third, last]);
            let identifier = rewriter.identifier(address);
            assert_eq!(identifier, rewriter.identifier(address));
            seen.insert(identifier);
        }
    }
    assert!(seen.len() > 500, "508 identifiers serve 512 destinations, {} were used", seen.len());
    let other = Rewriter::new([2; 32], Own::default()).identifier(IpAddr::from([192, 0, 2, 0]));
    assert_ne!(other, Rewriter::new([1; 32], Own::default()).identifier(IpAddr::from([192, 0, 2, 0])));
}

#[test]
fn the_public_address_behind_translation_is_hidden_too() {
    let (_, hex) = VECTORS.iter().find(|(name, _)| *name == "V5").expect("a vector");
    let mut packet = unhex(hex);
    // The sensor sees its private address; Mirai wrote the public one into the sequence number.
    packet[16..20].copy_from_slice(&[10, 0, 0, 5]);
    let mut rewriter = Rewriter::new([7; 32], Own::default());
    let shown =
        rewriter.rewrite(&packet, 101, Some(IpAddr::from([192, 0, 2, 1]))).expect("publishable").packet;
    assert_eq!(shown[24..28], shown[16..20]);
    assert!(!contains(&shown, &[192, 0, 2, 1]) && !contains(&shown, &[10, 0, 0, 5]));
}

#[test]
fn what_cannot_be_understood_is_withheld() {
    let mut rewriter = Rewriter::new([7; 32], Own::default());
    let arp = [&[0xff; 12][..], &[8, 6], &[0; 28]].concat();
    let cases: [(&[u8], u16); 4] = [(&arp, 1), (&[0x45, 0, 0, 40], 101), (&[], 101), (&[0x45; 40], 147)];
    for (frame, link) in cases {
        assert_eq!(rewriter.rewrite(frame, link, None), Err(Withheld::Unfit));
    }
}

/// The packet with its two addresses exchanged: what an answer to it would look like.
fn turned(packet: &[u8]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    let (source, destination) = packet[12..20].split_at_mut(4);
    source.swap_with_slice(destination);
    packet
}

#[test]
fn nothing_that_a_sensor_sent_is_published() {
    let sensors = || Own::new(["192.0.2.0/24".parse().expect("a prefix")], []);
    let mut by_address = Rewriter::new([7; 32], Own::new([], [IpAddr::from([192, 0, 2, 1])]));
    let mut by_prefix = Rewriter::new([7; 32], sensors());
    for (name, packet) in vectors() {
        // V16 comes from elsewhere and V24 from the sensor's own address, which somebody forged.
        let is_forged = packet[12..16] == packet[16..20];
        assert_eq!(by_prefix.rewrite(&packet, 101, None).is_err(), is_forged, "{name} came to a sensor");
        let answer = turned(&packet);
        assert_eq!(by_prefix.rewrite(&answer, 101, None), Err(Withheld::Own), "{name} turned, by prefix");
        let is_listed = answer[12..16] == [192, 0, 2, 1];
        if is_listed {
            assert_eq!(
                by_address.rewrite(&answer, 101, None),
                Err(Withheld::Own),
                "{name} turned, by address"
            );
        }
    }
    let ethernet = [&[2; 12][..], &[8, 0], &turned(&udp(53, b"answer"))].concat();
    assert_eq!(by_prefix.rewrite(&ethernet, 1, None), Err(Withheld::Own));
}

#[test]
fn a_quote_that_names_another_sensor_hides_it_too() {
    let (_, hex) = VECTORS.iter().find(|(name, _)| *name == "V15").expect("a vector");
    let mut packet = unhex(hex);
    // The forged packet that is quoted was addressed to a sensor at 203.0.113.77.
    packet[28 + 16..28 + 20].copy_from_slice(&[203, 0, 113, 77]);
    let own = Own::new(["203.0.113.64/26".parse().expect("a prefix")], []);
    let shown = Rewriter::new([7; 32], own).rewrite(&packet, 101, None).expect("publishable").packet;
    assert!(!contains(&shown, &[203, 0, 113, 77]), "{shown:02x?}");
    assert_ne!(shown[28 + 16..28 + 20], shown[16..20], "each has its own identifier");
}

#[test]
fn the_identifier_of_a_dns_message_over_tcp_is_replaced() {
    let message = b"\x3f\xa2\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01";
    let header = [0x9c, 0x41, 0, 53, 0, 0, 0, 9, 0, 0, 0, 9, 0x50, 0x18, 4, 0, 0, 0, 0, 0];
    let packet = ipv4(6, &[&header[..], &[0, message.len() as u8], message].concat());
    let shown = published(&packet).packet;
    assert_eq!(shown[40..42], [0, message.len() as u8], "the length stays");
    assert_ne!(shown[42..44], message[..2], "the identifier goes");
    assert_eq!(shown[44..], message[2..], "flags and question stay");
}

#[test]
fn ipv6_destinations_are_hidden() {
    let destination: [u8; 16] = "2001:db8:1::1".parse::<std::net::Ipv6Addr>().expect("an address").octets();
    let source: [u8; 16] = "2001:db8:2::2".parse::<std::net::Ipv6Addr>().expect("an address").octets();
    let ip = |next: u8, body: &[u8]| {
        let head = [0x60, 0, 0, 0, 0, body.len() as u8, next, 60];
        [&head[..], &source, &destination, body].concat()
    };
    let text = b"\x9c\x41\x13\xc4\x00\x2a\x00\x01OPTIONS sip:1@[2001:db8:1::1]     ";
    let quoted =
        [&[0x60, 0, 0, 0, 0, 8, 17, 60][..], &destination, &source, &[0, 53, 0, 53, 0, 8, 1, 1]].concat();
    let error = [&[1, 4, 0, 0, 0, 0, 0, 0][..], &quoted].concat();
    for packet in [ip(17, text), ip(58, &error)] {
        let shown = published(&packet);
        assert!(!contains(&shown.packet, &destination) && !contains(&shown.packet, b"2001:db8:1::1"));
        let layers = layers::read(&shown.packet).expect("an IP packet");
        assert_eq!(layers.transport_remainder(&shown.packet), 0);
    }
}

proptest! {
    #[test]
    fn whatever_the_packet_its_destination_is_gone(
        protocol in proptest::sample::select(vec![1u8, 6, 17, 47, 50]),
        body in proptest::collection::vec(any::<u8>(), 0..90),
        destination in any::<[u8; 4]>(),
        place in 0usize..90,
        key in any::<[u8; 32]>(),
    ) {
        let mut packet = ipv4(protocol, &body);
        if place + 4 <= body.len() {
            packet[20 + place..24 + place].copy_from_slice(&destination);
        }
        packet[16..20].copy_from_slice(&destination);
        if let Ok(shown) = Rewriter::new(key, Own::default()).rewrite(&packet, 101, None) {
            let reversed = [destination[3], destination[2], destination[1], destination[0]];
            prop_assert!(!contains(&shown.packet, &destination) && !contains(&shown.packet, &reversed));
            prop_assert!(shown.packet.len() <= shown.wire_len);
        }
    }
}
