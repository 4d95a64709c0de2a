//! The vectors V9, V10, V15 and V16 (docs/rules.md), from bytes to the facts of a day: whose answers they are.

mod support;

use expect_test::{Expect, expect};
use teiten_detect::classifier::Classifier;
use teiten_detect::observe::{DayBuilder, NameRules};
use teiten_model::day::VictimDay;
use teiten_model::interval::{DAY_US, Interval, Timestamp};

/// SYN+ACK from 80/TCP.
const V9: &str = "4500002c0000000034069a90c6336407c00002010050c82211111111222222236012390843f80000020405b4";
/// RST+ACK from 80/TCP.
const V10: &str = "450000280000000034069a94c6336407c00002010050c822000000002222222350140000b6dc0000";
/// Port unreachable that quotes a packet to 53/UDP, as far as its ports.
const V15: &str = "450000380000000032019c89c6336407c000020103036b1300000000450000464321000031115a4ac0000201c63364073039003500326149";
/// Time exceeded from 203.0.113.9 that quotes a packet to 80/TCP of 198.51.100.7.
const V16: &str = "450000380000000032018abacb007109c00002010b00e8480000000045000028000000000106cd94c0000201c6336407c822005022222222";

fn victims(frames: &[&str], to: [u8; 4]) -> Vec<VictimDay> {
    let frames: Vec<Vec<u8>> = frames
        .iter()
        .map(|hex| {
            let digits: Vec<char> = hex.chars().collect();
            let byte =
                |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).expect("two digits");
            digits.chunks(2).map(byte).collect()
        })
        .collect();
    let mut packets =
        support::classified(&frames, &mut Classifier::builtin().expect("signatures that are read"));
    for row in 0..packets.rows() {
        packets.sensor.codes[row] = packets.sensor.code("tokyo");
        packets.packets[row] = 1;
        packets.dst[row] = i64::from(u32::from_be_bytes(to));
    }
    let day = Interval { start: Timestamp(0), end: Timestamp(DAY_US) };
    let mut builder = DayBuilder::new(day, NameRules { domain: |_| None, is_random: |_| false });
    builder.add(&packets);
    builder.finish().victims
}

fn check(frames: &[&str], expected: Expect) {
    let lines = victims(frames, [192, 0, 2, 1]).into_iter().map(|victim| {
        format!(
            "{} protocol {}: {} packets, port {}, {} forged, {} syn+ack, {} errors, {} by routers, {} dns\n",
            std::net::Ipv4Addr::from(victim.src as u32),
            victim.ip_proto,
            victim.packets,
            victim.src_port,
            victim.forged_ports,
            victim.syn_acks,
            victim.errors,
            victim.routers,
            victim.errors_dns
        )
    });
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn v9_and_v10_are_answers_of_one_port() {
    check(
        &[V9, V10],
        expect![[r#"
        198.51.100.7 protocol 6: 2 packets, port 80, 1 forged, 1 syn+ack, 0 errors, 0 by routers, 0 dns
    "#]],
    );
}

#[test]
fn v15_is_an_attack_over_udp_on_the_source_of_the_error() {
    check(
        &[V15],
        expect![[r#"
        198.51.100.7 protocol 17: 1 packets, port 53, 1 forged, 0 syn+ack, 1 errors, 0 by routers, 1 dns
    "#]],
    );
}

#[test]
fn v16_is_an_attack_on_the_quoted_destination() {
    check(
        &[V16],
        expect![[r#"
        198.51.100.7 protocol 6: 1 packets, port 80, 1 forged, 0 syn+ack, 1 errors, 1 by routers, 0 dns
    "#]],
    );
}

#[test]
fn errors_to_another_address_than_the_quoted_source_are_no_evidence() {
    assert_eq!(victims(&[V15, V16], [192, 0, 2, 2]), []);
    let victims = victims(&[V9, V15, V16], [192, 0, 2, 2]);
    assert_eq!((victims.len(), victims[0].packets, victims[0].mismatches), (1, 1, 1));
}
