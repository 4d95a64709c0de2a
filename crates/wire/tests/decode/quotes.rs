//! ICMP messages and the packets that errors quote.

use expect_test::expect;

use crate::build::{dns, ipv4, ipv4_fragment, ipv6, join, question, syn, udp};
use crate::shown::{RAW, bytes, row_of};

/// The ICMP and quote fields of messages in IPv4 or IPv6.
fn shown(cases: &[(&str, Vec<u8>)]) -> String {
    let mut text = String::new();
    for (name, packet) in cases {
        let row = row_of(RAW, packet);
        let ours = |field: &&str| {
            ["icmp", "quote", "malformed", "payload_len"].iter().any(|name| field.starts_with(name))
        };
        text += &format!("{name}: {}\n", row.split(' ').filter(ours).collect::<Vec<_>>().join(" "));
    }
    text
}

fn error4(header: &str, quoted: &[u8]) -> Vec<u8> {
    ipv4(1, &join(&[&bytes(header), quoted]))
}

fn error6(header: &str, quoted: &[u8]) -> Vec<u8> {
    ipv6(58, &join(&[&bytes(header), quoted]))
}

#[test]
fn identifier_and_sequence_stand_in_queries_and_answers_only() {
    let message = |kind: u8| ipv4(1, &[kind, 0, 0, 0, 0x12, 0x34, 0, 7]);
    expect![[r#"
        echo request: payload_len=0 icmp_type=8 icmp_code=0 icmp_id=4660 icmp_seq=7
        echo reply: payload_len=0 icmp_type=0 icmp_code=0 icmp_id=4660 icmp_seq=7
        timestamp: payload_len=0 icmp_type=13 icmp_code=0 icmp_id=4660 icmp_seq=7
        mask reply: payload_len=0 icmp_type=18 icmp_code=0 icmp_id=4660 icmp_seq=7
        router solicitation: payload_len=0 icmp_type=10 icmp_code=0
        IPv6 echo request: payload_len=0 icmp_type=128 icmp_code=0 icmp_id=4660 icmp_seq=7
        IPv6 neighbour solicitation: payload_len=0 icmp_type=135 icmp_code=0
    "#]]
    .assert_eq(&shown(&[
        ("echo request", message(8)),
        ("echo reply", message(0)),
        ("timestamp", message(13)),
        ("mask reply", message(18)),
        ("router solicitation", message(10)),
        ("IPv6 echo request", ipv6(58, &bytes("8000 0000 1234 0007"))),
        ("IPv6 neighbour solicitation", ipv6(58, &bytes("8700 0000 0000 0000"))),
    ]));
}

#[test]
fn every_kind_of_error_quotes() {
    let datagram = ipv4(17, &udp(12345, 80, b""));
    let six = ipv6(17, &udp(12345, 80, b""));
    let four = ["0303", "0400", "0501", "0b00", "0c00"].map(|kind| {
        let header = format!("{kind} 0000 00000000");
        ("ICMP", error4(&header, &datagram))
    });
    let six = ["0104", "0200", "0300", "0400"].map(|kind| {
        let header = format!("{kind} 0000 00000000");
        ("ICMPv6", error6(&header, &six))
    });
    expect![[r#"
        ICMP: payload_len=28 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=80 quote_ttl=64 quote_id=4660 quote_len=28
        ICMP: payload_len=28 icmp_type=4 icmp_code=0 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=80 quote_ttl=64 quote_id=4660 quote_len=28
        ICMP: payload_len=28 icmp_type=5 icmp_code=1 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=80 quote_ttl=64 quote_id=4660 quote_len=28
        ICMP: payload_len=28 icmp_type=11 icmp_code=0 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=80 quote_ttl=64 quote_id=4660 quote_len=28
        ICMP: payload_len=28 icmp_type=12 icmp_code=0 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=80 quote_ttl=64 quote_id=4660 quote_len=28
        ICMPv6: payload_len=48 icmp_type=1 icmp_code=4 quote_src6=2001:db8::7 quote_dst6=2001:db8::1 quote_proto=17 quote_src_port=12345 quote_dst_port=80 quote_ttl=64 quote_len=48
        ICMPv6: payload_len=48 icmp_type=2 icmp_code=0 quote_src6=2001:db8::7 quote_dst6=2001:db8::1 quote_proto=17 quote_src_port=12345 quote_dst_port=80 quote_ttl=64 quote_len=48
        ICMPv6: payload_len=48 icmp_type=3 icmp_code=0 quote_src6=2001:db8::7 quote_dst6=2001:db8::1 quote_proto=17 quote_src_port=12345 quote_dst_port=80 quote_ttl=64 quote_len=48
        ICMPv6: payload_len=48 icmp_type=4 icmp_code=0 quote_src6=2001:db8::7 quote_dst6=2001:db8::1 quote_proto=17 quote_src_port=12345 quote_dst_port=80 quote_ttl=64 quote_len=48
    "#]].assert_eq(&(shown(&four) + &shown(&six)));
}

#[test]
fn a_quote_gives_what_it_reaches() {
    let query = udp(12345, 53, &dns(0x0100, [1, 0, 0, 0], &question("www.example.com", 1)));
    let quoted = ipv4(17, &query);
    let six = ipv6(60, &join(&[&bytes("1100010400000000"), &query]));
    let unreachable = "0303 0000 00000000";
    expect![[r#"
        nothing: payload_len=0 icmp_type=3 icmp_code=3
        half an IP header: payload_len=12 icmp_type=3 icmp_code=3
        IP header only: payload_len=20 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_ttl=64 quote_id=4660 quote_len=61
        one port: payload_len=22 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_ttl=64 quote_id=4660 quote_len=61
        8 bytes above IP: payload_len=28 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=53 quote_ttl=64 quote_id=4660 quote_len=61
        DNS header: payload_len=40 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=53 quote_ttl=64 quote_id=4660 quote_len=61
        half the name: payload_len=50 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=53 quote_ttl=64 quote_id=4660 quote_len=61
        the name without its type: payload_len=57 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=53 quote_ttl=64 quote_id=4660 quote_len=61 quote_dns_name="www.example.com"
        all: payload_len=61 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=53 quote_ttl=64 quote_id=4660 quote_len=61 quote_dns_name="www.example.com"
        our answer to a forged query: payload_len=61 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=53 quote_dst_port=9 quote_ttl=64 quote_id=4660 quote_len=61 quote_dns_name="www.example.com"
        not DNS: payload_len=61 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=54 quote_ttl=64 quote_id=4660 quote_len=61
        TCP: payload_len=40 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=6 quote_src_port=40000 quote_dst_port=23 quote_ttl=64 quote_id=4660 quote_len=40
        ICMP: payload_len=28 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=1 quote_ttl=64 quote_id=4660 quote_len=28
        later fragment: payload_len=61 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_ttl=64 quote_id=4660 quote_len=61
        neither 4 nor 6: payload_len=28 icmp_type=3 icmp_code=3
        IPv6, extension header: payload_len=89 icmp_type=1 icmp_code=4 quote_src6=2001:db8::7 quote_dst6=2001:db8::1 quote_proto=17 quote_src_port=12345 quote_dst_port=53 quote_ttl=64 quote_len=89 quote_dns_name="www.example.com"
        IPv6, cut in the extension header: payload_len=42 icmp_type=1 icmp_code=4 quote_src6=2001:db8::7 quote_dst6=2001:db8::1 quote_proto=60 quote_ttl=64 quote_len=89
    "#]].assert_eq(&shown(&[
        ("nothing", error4(unreachable, b"")),
        ("half an IP header", error4(unreachable, &quoted[..12])),
        ("IP header only", error4(unreachable, &quoted[..20])),
        ("one port", error4(unreachable, &quoted[..22])),
        ("8 bytes above IP", error4(unreachable, &quoted[..28])),
        ("DNS header", error4(unreachable, &quoted[..40])),
        ("half the name", error4(unreachable, &quoted[..50])),
        ("the name without its type", error4(unreachable, &quoted[..57])),
        ("all", error4(unreachable, &quoted)),
        ("our answer to a forged query", error4(unreachable, &ipv4(17, &udp(53, 9, &query[8..])))),
        ("not DNS", error4(unreachable, &ipv4(17, &udp(12345, 54, &query[8..])))),
        ("TCP", error4(unreachable, &ipv4(6, &syn(&[], &[])))),
        ("ICMP", error4(unreachable, &ipv4(1, &bytes("0800 0000 0001 0001")))),
        ("later fragment", error4(unreachable, &ipv4_fragment(17, 3, &query))),
        ("neither 4 nor 6", error4(unreachable, &[0; 28])),
        ("IPv6, extension header", error6("0104 0000 00000000", &six)),
        ("IPv6, cut in the extension header", error6("0104 0000 00000000", &six[..42])),
    ]));
}

#[test]
fn a_quote_ends_where_its_length_says() {
    let quoted = ipv4(17, &udp(12345, 53, &dns(0x0100, [1, 0, 0, 0], &question("a.example", 1))));
    let padded = join(&[&quoted, &[0; 100]]);
    expect![[r#"
        5 words: payload_len=155 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_ttl=64 quote_id=4660 quote_len=55
        7 words: payload_len=155 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=53 quote_ttl=64 quote_id=4660 quote_len=55
        32 words: payload_len=155 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=53 quote_ttl=64 quote_id=4660 quote_len=55 quote_dns_name="a.example"
        more words than there are: payload_len=55 icmp_type=3 icmp_code=3 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=53 quote_ttl=64 quote_id=4660 quote_len=55 quote_dns_name="a.example"
        a redirect has an address there: payload_len=55 icmp_type=5 icmp_code=1 quote_src=198.51.100.7 quote_dst=192.0.2.1 quote_proto=17 quote_src_port=12345 quote_dst_port=53 quote_ttl=64 quote_id=4660 quote_len=55 quote_dns_name="a.example"
        IPv6, 6 double words: payload_len=112 icmp_type=1 icmp_code=4 quote_src6=2001:db8::7 quote_dst6=2001:db8::1 quote_proto=17 quote_src_port=7 quote_dst_port=8 quote_ttl=64 quote_len=112
    "#]].assert_eq(&shown(&[
        ("5 words", error4("0303 0000 00050000", &padded)),
        ("7 words", error4("0303 0000 00070000", &padded)),
        ("32 words", error4("0303 0000 00200000", &padded)),
        ("more words than there are", error4("0303 0000 00ff0000", &quoted)),
        ("a redirect has an address there", error4("0501 0000 c0050001", &quoted)),
        ("IPv6, 6 double words", error6("0104 0000 06000000", &ipv6(17, &udp(7, 8, &[0; 64])))),
    ]));
}
