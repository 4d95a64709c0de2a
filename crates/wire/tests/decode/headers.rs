//! IP and transport headers: options, extension headers, fragments, and every way to be malformed.

use expect_test::expect;

use crate::build::{ethernet, ipv4, ipv4_fragment, ipv6, join, syn, udp};
use crate::shown::{ETHERNET, RAW, bytes, decode_cut, row_of, row_of_cut};

/// Rows of raw IP packets, without the fields that the builders make the same.
fn shown(cases: &[(&str, Vec<u8>)]) -> String {
    let dull = ["ip_version=", "src=", "dst=", "src6=", "dst6=", "ttl=", "tos=", "ip_id=", "flow_label="];
    let mut text = String::new();
    for (name, packet) in cases {
        let row = row_of(RAW, packet);
        let fields: Vec<&str> =
            row.split(' ').filter(|field| !dull.iter().any(|name| field.starts_with(name))).collect();
        text += &format!("{name}: {}\n", fields.join(" "));
    }
    text
}

fn changed(mut packet: Vec<u8>, at: usize, value: &[u8]) -> Vec<u8> {
    packet[at..at + value.len()].copy_from_slice(value);
    packet
}

#[test]
fn ipv4_fields_are_read_as_sent() {
    let packet = bytes("46b8 0019 beef 8000 01fd 0000 c6336407 c0000201 94040000 78");
    expect!["ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=1 tos=184 ip_len=25 ip_id=48879 ip_flags=4 frag_offset=0 ip_options=94040000 ip_proto=253 payload_len=1 payload=78"].assert_eq(&row_of(RAW, &packet));
}

#[test]
fn ipv4_lengths_and_fragments_decide_what_is_above() {
    let datagram = udp(53413, 53413, b"abcd");
    expect![[r#"
        padding is not payload: ip_len=32 ip_flags=0 frag_offset=0 ip_proto=17 src_port=53413 dst_port=53413 udp_len=12 payload_len=4 payload=61626364
        segmented by the card: ip_len=0 ip_flags=0 frag_offset=0 ip_proto=17 src_port=53413 dst_port=53413 udp_len=12 payload_len=4 payload=61626364
        first fragment: ip_len=32 ip_flags=1 frag_offset=0 ip_proto=17 src_port=53413 dst_port=53413 udp_len=1500 payload_len=4 payload=61626364
        later fragment: ip_len=28 ip_flags=1 frag_offset=128 ip_proto=17 payload_len=8 payload=6162636465666768
        last fragment: ip_len=28 ip_flags=0 frag_offset=128 ip_proto=17 payload_len=8 payload=6162636465666768
        no payload: ip_len=28 ip_flags=0 frag_offset=0 ip_proto=17 src_port=1 dst_port=2 udp_len=8 payload_len=0
        GRE: ip_len=26 ip_flags=0 frag_offset=0 ip_proto=47 payload_len=6 payload=000008004500
        IP in IP: ip_len=52 ip_flags=0 frag_offset=0 ip_proto=4 payload_len=32 payload=450000201234000040110000c6336407c0000201d0a5d0a5000c000061626364
        IPv6 in IP: ip_len=72 ip_flags=0 frag_offset=0 ip_proto=41 payload_len=52 payload=60000000000c114020010db800000000000000000000000720010db8000000000000000000000001d0a5d0a5000c000061626364
        ESP: ip_len=28 ip_flags=0 frag_offset=0 ip_proto=50 payload_len=8 payload=0000000100000002
    "#]].assert_eq(&shown(&[
        ("padding is not payload", join(&[&ipv4(17, &datagram), &[0xee; 18]])),
        ("segmented by the card", changed(ipv4(17, &datagram), 2, &[0, 0])),
        ("first fragment", ipv4_fragment(17, 0x2000, &changed(datagram.clone(), 4, &[5, 0xdc]))),
        ("later fragment", ipv4_fragment(17, 0x2010, b"abcdefgh")),
        ("last fragment", ipv4_fragment(17, 0x0010, b"abcdefgh")),
        ("no payload", ipv4(17, &udp(1, 2, b""))),
        ("GRE", ipv4(47, &bytes("0000 0800 4500"))),
        ("IP in IP", ipv4(4, &ipv4(17, &datagram))),
        ("IPv6 in IP", ipv4(41, &ipv6(17, &datagram))),
        ("ESP", ipv4(50, &bytes("00000001 00000002"))),
    ]));
}

#[test]
fn ipv6_extension_headers_are_passed() {
    let datagram = udp(1, 2, b"x");
    let six = |next: u8, headers: &str| ipv6(next, &join(&[&bytes(headers), &datagram]));
    expect![[r#"
        none: ip_len=49 ip_proto=17 src_port=1 dst_port=2 udp_len=9 payload_len=1 payload=78
        hop by hop, routing, destination: ip_len=73 ip_proto=17 ext_headers=002b3c src_port=1 dst_port=2 udp_len=9 payload_len=1 payload=78
        long hop by hop: ip_len=65 ip_proto=17 ext_headers=00 src_port=1 dst_port=2 udp_len=9 payload_len=1 payload=78
        authentication: ip_len=73 ip_proto=17 ext_headers=33 src_port=1 dst_port=2 udp_len=9 payload_len=1 payload=78
        mobility: ip_len=57 ip_proto=17 ext_headers=87 src_port=1 dst_port=2 udp_len=9 payload_len=1 payload=78
        whole packet in one fragment: ip_len=57 ip_flags=0 frag_offset=0 ip_proto=17 ext_headers=2c src_port=1 dst_port=2 udp_len=9 payload_len=1 payload=78
        first fragment: ip_len=57 ip_flags=1 frag_offset=0 ip_proto=17 ext_headers=2c src_port=1 dst_port=2 udp_len=9 payload_len=1 payload=78
        later fragment: ip_len=57 ip_flags=1 frag_offset=56 ip_proto=17 ext_headers=2c payload_len=9 payload=000100020009000078
        no next header: ip_len=47 ip_proto=59 payload_len=7 payload=69676e6f726564
        ESP ends the walk: ip_len=46 ip_proto=50 payload_len=6 payload=736563726574
        jumbogram: ip_len=40 ip_proto=17 ext_headers=00 src_port=1 dst_port=2 udp_len=9 payload_len=1 payload=78
        header beyond the packet: malformed=ext-bad ip_len=48 ip_proto=0
        header half there: malformed=ext-bad ip_len=42 ip_proto=60
        too many: malformed=ext-bad ip_len=209 ip_proto=60 ext_headers=3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c
    "#]].assert_eq(&shown(&[
        ("none", six(17, "")),
        ("hop by hop, routing, destination", six(0, "2b00010400000000 3c00000000000000 1100010400000000")),
        ("long hop by hop", six(0, "1101010c0000000000000000 00000000")),
        ("authentication", six(51, "1104000000000001 00000002 000000000000000000000000")),
        ("mobility", six(135, "1100000000000000")),
        ("whole packet in one fragment", six(44, "1100000000000001")),
        ("first fragment", six(44, "1100000100000001")),
        ("later fragment", six(44, "11000039 00000001")),
        ("no next header", ipv6(59, b"ignored")),
        ("ESP ends the walk", ipv6(50, b"secret")),
        ("jumbogram", changed(six(0, "1100c20400010000"), 4, &[0, 0])),
        ("header beyond the packet", ipv6(0, &bytes("1105010400000000"))),
        ("header half there", ipv6(60, &bytes("1100"))),
        ("too many", ipv6(60, &join(&[&bytes("3c00010400000000").repeat(20), &datagram]))),
    ]));
}

#[test]
fn ipv6_fields_are_read_as_sent() {
    let packet = changed(ipv6(17, &udp(1, 2, b"x")), 0, &bytes("6b8a bcde"));
    expect!["ip_version=6 src6=2001:db8::7 dst6=2001:db8::1 ttl=64 tos=184 ip_len=49 ip_proto=17 flow_label=703710 src_port=1 dst_port=2 udp_len=9 payload_len=1 payload=78"].assert_eq(&row_of(RAW, &packet));
}

#[test]
fn tcp_options_and_flags_are_read_as_sent() {
    let flags = |high: u8, low: u8| changed(ipv4(6, &syn(&[], &[])), 32, &[0x50 | high, low]);
    expect![[r#"
        no options: ip_len=44 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=20 payload_len=4 payload=64617461
        mss and others: ip_len=60 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=40 tcp_options=020405b40402080a000000010000000001030307 tcp_mss=1460 payload_len=0
        mss after padding: ip_len=48 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=28 tcp_options=0101010102040218 tcp_mss=536 payload_len=0
        mss behind the end of options is none: ip_len=48 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=28 tcp_options=0001010102040218 payload_len=0
        mss of a wrong length is none: ip_len=44 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=24 tcp_options=02030500 payload_len=0
        no flags: ip_len=40 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x0 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=20 payload_len=0
        all nine flags: ip_len=40 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x1ff tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=20 payload_len=0
        reserved bits: ip_len=40 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0xe02 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=20 payload_len=0
    "#]].assert_eq(&shown(&[
        ("no options", ipv4(6, &syn(&[], b"data"))),
        ("mss and others", ipv4(6, &syn(&bytes("020405b4 0402080a00000001 00000000 01 030307"), b""))),
        ("mss after padding", ipv4(6, &syn(&bytes("01010101 02040218"), b""))),
        ("mss behind the end of options is none", ipv4(6, &syn(&bytes("00010101 02040218"), b""))),
        ("mss of a wrong length is none", ipv4(6, &syn(&bytes("02030500"), b""))),
        ("no flags", flags(0, 0)),
        ("all nine flags", flags(1, 0xff)),
        ("reserved bits", flags(0x0e, 2)),
    ]));
}

#[test]
fn protocols_with_ports_have_them() {
    expect![[r#"
        UDP-Lite: ip_len=30 ip_flags=0 frag_offset=0 ip_proto=136 src_port=1 dst_port=2 payload_len=2 payload=6162
        SCTP: ip_len=36 ip_flags=0 frag_offset=0 ip_proto=132 src_port=2905 dst_port=2905 payload_len=4 payload=01000014
        DCCP, long sequence numbers: ip_len=38 ip_flags=0 frag_offset=0 ip_proto=33 src_port=5001 dst_port=5002 payload_len=2 payload=6162
        SCTP, short: malformed=transport-short ip_len=26 ip_flags=0 frag_offset=0 ip_proto=132 src_port=2905 dst_port=2905
        DCCP, short: malformed=transport-short ip_len=23 ip_flags=0 frag_offset=0 ip_proto=33 src_port=5001
    "#]].assert_eq(&shown(&[
        ("UDP-Lite", ipv4(136, &bytes("0001 0002 0008 0000 6162"))),
        ("SCTP", ipv4(132, &bytes("0b59 0b59 00000000 00000000 0100 0014"))),
        ("DCCP, long sequence numbers", ipv4(33, &bytes("1389 138a 0400 0000 01000000 00000001 6162"))),
        ("SCTP, short", ipv4(132, &bytes("0b59 0b59 0000"))),
        ("DCCP, short", ipv4(33, &bytes("1389 13"))),
    ]));
}

#[test]
fn what_is_wrong_is_named_and_what_could_be_read_is_kept() {
    let tcp = ipv4(6, &syn(&bytes("020405b4"), b"data"));
    let datagram = ipv4(17, &udp(1000, 2000, b"data"));
    expect![[r#"
        IPv4 header ends early: malformed=ip-short ip_len=40 ip_flags=0 frag_offset=0 ip_proto=6
        IPv6 header ends early: malformed=ip-short ip_len=48 ip_proto=17
        header length under 20: malformed=ip-bad-length ip_len=48 ip_flags=0 frag_offset=0 ip_proto=6
        header length beyond the total length: malformed=ip-bad-length ip_len=32 ip_flags=0 frag_offset=0 ip_proto=17
        total length beyond the frame: malformed=ip-bad-length ip_len=65535 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=24 tcp_options=020405b4 tcp_mss=1460 payload_len=65491 payload=64617461
        total length under the header: malformed=ip-bad-length ip_len=19 ip_flags=0 frag_offset=0 ip_proto=6
        IPv6 length beyond the frame: malformed=ip-bad-length ip_len=139 ip_proto=17 src_port=1 dst_port=2 udp_len=9 payload_len=91 payload=78
        version 5: malformed=ip-bad-version
        TCP without a byte: malformed=transport-short ip_len=20 ip_flags=0 frag_offset=0 ip_proto=6
        TCP ports only: malformed=transport-short ip_len=24 ip_flags=0 frag_offset=0 ip_proto=6 src_port=1 dst_port=2
        TCP up to the window: malformed=transport-short ip_len=36 ip_flags=0 frag_offset=0 ip_proto=6 src_port=1 dst_port=2 tcp_flags=0x2 tcp_seq=3 tcp_ack=4 tcp_window=1024 tcp_offset=20
        TCP offset under 20: malformed=tcp-bad-offset ip_len=48 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=16 payload_len=8 payload=020405b464617461
        TCP offset beyond the packet: malformed=tcp-bad-offset ip_len=48 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=60 tcp_options=020405b464617461 tcp_mss=1460 payload_len=0
        TCP option of length 0: malformed=tcp-bad-options ip_len=44 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=24 tcp_options=02000000 payload_len=0
        TCP option beyond the header: malformed=tcp-bad-options ip_len=44 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=24 tcp_options=01010209 payload_len=0
        TCP option without length: malformed=tcp-bad-options ip_len=44 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=24 tcp_options=01010102 payload_len=0
        UDP header ends early: malformed=transport-short ip_len=26 ip_flags=0 frag_offset=0 ip_proto=17 src_port=1 dst_port=2 udp_len=8
        UDP length 0: malformed=udp-bad-length ip_len=32 ip_flags=0 frag_offset=0 ip_proto=17 src_port=1000 dst_port=2000 udp_len=0 payload_len=4 payload=64617461
        UDP length 7: malformed=udp-bad-length ip_len=32 ip_flags=0 frag_offset=0 ip_proto=17 src_port=1000 dst_port=2000 udp_len=7 payload_len=4 payload=64617461
        UDP length too long: malformed=udp-bad-length ip_len=32 ip_flags=0 frag_offset=0 ip_proto=17 src_port=1000 dst_port=2000 udp_len=13 payload_len=4 payload=64617461
        UDP length too short is allowed: ip_len=32 ip_flags=0 frag_offset=0 ip_proto=17 src_port=1000 dst_port=2000 udp_len=9 payload_len=4 payload=64617461
        ICMP of 3 bytes: malformed=icmp-short ip_len=23 ip_flags=0 frag_offset=0 ip_proto=1 icmp_type=8 icmp_code=0
        ICMP echo of 6 bytes: malformed=icmp-short ip_len=26 ip_flags=0 frag_offset=0 ip_proto=1 icmp_type=8 icmp_code=0 icmp_id=1
        ICMP of an unknown type needs 4 bytes: ip_len=24 ip_flags=0 frag_offset=0 ip_proto=1 icmp_type=250 icmp_code=0
    "#]].assert_eq(&shown(&[
        ("IPv4 header ends early", bytes("4500 0028 1234 0000 40 06 0000 c6336407 c000")),
        ("IPv6 header ends early", bytes("6000 0000 0008 11 40 20010db8")),
        ("header length under 20", changed(tcp.clone(), 0, &[0x44])),
        ("header length beyond the total length", changed(datagram.clone(), 0, &bytes("4f00 0020"))),
        ("total length beyond the frame", changed(tcp.clone(), 2, &[0xff, 0xff])),
        ("total length under the header", changed(tcp.clone(), 2, &[0, 19])),
        ("IPv6 length beyond the frame", changed(ipv6(17, &udp(1, 2, b"x")), 4, &[0, 99])),
        ("version 5", changed(tcp.clone(), 0, &[0x55])),
        ("TCP without a byte", ipv4(6, b"")),
        ("TCP ports only", ipv4(6, &bytes("0001 0002"))),
        ("TCP up to the window", ipv4(6, &bytes("0001 0002 00000003 00000004 5002 0400"))),
        ("TCP offset under 20", changed(tcp.clone(), 32, &[0x40])),
        ("TCP offset beyond the packet", changed(tcp, 32, &[0xf0])),
        ("TCP option of length 0", ipv4(6, &syn(&bytes("02000000"), b""))),
        ("TCP option beyond the header", ipv4(6, &syn(&bytes("01010209"), b""))),
        ("TCP option without length", ipv4(6, &syn(&bytes("01010102"), b""))),
        ("UDP header ends early", ipv4(17, &bytes("0001 0002 0008"))),
        ("UDP length 0", changed(datagram.clone(), 24, &[0, 0])),
        ("UDP length 7", changed(datagram.clone(), 24, &[0, 7])),
        ("UDP length too long", changed(datagram.clone(), 24, &[0, 13])),
        ("UDP length too short is allowed", changed(datagram, 24, &[0, 9])),
        ("ICMP of 3 bytes", ipv4(1, &bytes("0800 f7"))),
        ("ICMP echo of 6 bytes", ipv4(1, &bytes("0800 f7ff 0001"))),
        ("ICMP of an unknown type needs 4 bytes", ipv4(1, &bytes("fa00 05ff"))),
    ]));
}

#[test]
fn a_packet_that_the_capture_cut_is_not_malformed() {
    let packets = [
        ethernet(0x0800, &ipv4(6, &syn(&bytes("020405b4"), b"some data"))),
        ethernet(0x0800, &ipv4(17, &udp(1000, 2000, b"some data"))),
        ethernet(0x86dd, &ipv6(0, &join(&[&bytes("1100010400000000"), &udp(1000, 2000, b"some data")]))),
        ethernet(0x0800, &ipv4(1, &bytes("0800 0000 0001 0002 6162"))),
    ];
    for packet in packets {
        for seen in 0..packet.len() {
            let row = row_of_cut(ETHERNET, &packet[..seen], packet.len());
            assert!(!row.contains("malformed"), "{seen} bytes: {row}");
        }
    }
}

#[test]
fn a_cut_packet_keeps_what_is_there() {
    let packet = ipv4(6, &syn(&bytes("020405b4"), b"some data"));
    let cut = |seen: usize| row_of_cut(RAW, &packet[..seen], packet.len());
    let rows = [24, 34, 42, 46].map(|seen| format!("{seen}: {}\n", cut(seen)));
    expect![[r#"
        24: ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=64 tos=0 ip_len=53 ip_id=4660 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23
        34: ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=64 tos=0 ip_len=53 ip_id=4660 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_offset=24
        42: ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=64 tos=0 ip_len=53 ip_id=4660 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=24 tcp_options=0204 payload_len=9
        46: ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=64 tos=0 ip_len=53 ip_id=4660 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=24 tcp_options=020405b4 tcp_mss=1460 payload_len=9 payload=736f
    "#]].assert_eq(&rows.concat());
}

#[test]
fn the_payload_column_has_256_bytes_and_the_length_all() {
    let columns = decode_cut(RAW, &ipv4(17, &udp(1, 2, &[7; 1000])), 1028);
    assert_eq!((columns.payload.get(0).len(), columns.payload_len[0]), (256, 1000));
}

#[test]
fn time_keeps_its_nanoseconds_before_and_after_1970() {
    let mut block = teiten_model::frame::FrameBlock::default();
    for ts_ns in [1_500_000_000_123_456_789, 5_000, -1] {
        block.push(&[], 0, ts_ns, RAW, 9);
    }
    let mut columns = teiten_model::columns::PacketColumns::default();
    teiten_wire::decode::Decoder::new().decode(&block, &mut columns);
    assert_eq!(columns.ts, [1_500_000_000_123_456, 5, -1]);
    assert_eq!(columns.ts_ns, [789, -1, 999]);
    assert_eq!((columns.frame[0], columns.link[0], columns.packets[0]), (9, i32::from(RAW), 1));
}
