//! DNS messages: what a row keeps of them, and which datagrams and segments are taken for DNS.

use expect_test::expect;

use crate::build::{dns, ipv4, join, name, question, record, tcp, udp};
use crate::shown::{RAW, bytes, decode_cut, row_of, row_of_cut};

const OWNER: [u8; 2] = [0xc0, 12];

/// The DNS fields of messages between two ports.
fn shown(cases: &[(&str, u16, u16, Vec<u8>)]) -> String {
    let mut text = String::new();
    for (name, src_port, dst_port, message) in cases {
        let row = row_of(RAW, &ipv4(17, &udp(*src_port, *dst_port, message)));
        let ours = |field: &&str| ["dns", "malformed"].iter().any(|name| field.starts_with(name));
        text += &format!("{name}: {}\n", row.split(' ').filter(ours).collect::<Vec<_>>().join(" "));
    }
    text
}

fn answer(counts: [u16; 4], records: &[&[u8]]) -> Vec<u8> {
    dns(0x8180, counts, &join(&[&question("www.example.com", 1), &records.concat()]))
}

fn soa() -> Vec<u8> {
    record(&[0xc0, 16], 6, &join(&[&name("ns1.example.com"), &name("mail.example.com"), &[0; 20]]))
}

#[test]
fn records_are_shown_as_a_packet_list_shows_them() {
    let a = record(&OWNER, 1, &[203, 0, 113, 5]);
    let aaaa = record(&OWNER, 28, &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
    let cname = record(&OWNER, 5, &name("cdn.example.net"));
    let ns = record(&OWNER, 2, &[3, b'n', b's', b'1', 0xc0, 16]);
    let mx = record(&OWNER, 15, &join(&[&[0, 10], &name("mail.example.com")]));
    let srv = record(&OWNER, 33, &join(&[&[0, 1, 0, 2, 0x13, 0xc4], &name("sip.example.com")]));
    let others =
        [(12, name("ptr.example")), (39, name("dname.example")), (16, b"\x02hi".to_vec()), (65280, vec![])];
    let others = others.map(|(kind, data)| record(&OWNER, kind, &data)).concat();
    let opt = bytes("00 0029 1000 00000000 0000");
    expect![[r#"
        address: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=1 dns_authorities=0 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_records="A_203.0.113.5" dns_broken=0
        chain: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=2 dns_authorities=0 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_records="CNAME_cdn.example.net_A_203.0.113.5" dns_broken=0
        IPv6 address and name server: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=1 dns_authorities=1 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_records="AAAA_2001:db8::5_NS_ns1.example.com" dns_broken=0
        mail and service: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=2 dns_authorities=0 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_records="MX_10_mail.example.com_SRV_1_2_5060_sip.example.com" dns_broken=0
        others: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=4 dns_authorities=0 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_records="PTR_ptr.example_DNAME_dname.example_TXT_TYPE65280" dns_broken=0
        authority and EDNS: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=0 dns_authorities=1 dns_additionals=1 dns_name="www.example.com" dns_type=1 dns_class=1 dns_edns_size=4096 dns_records="SOA_ns1.example.com_OPT" dns_broken=0
        other additional records are not shown: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=2 dns_name="www.example.com" dns_type=1 dns_class=1 dns_edns_size=4096 dns_records="OPT" dns_broken=0
        query: dns_id=16290 dns_flags=0x120 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=1 dns_name="isc.org" dns_type=255 dns_class=1 dns_edns_size=4096 dns_records="OPT" dns_broken=0
        multicast: dns_id=16290 dns_flags=0x8400 dns_questions=0 dns_answers=1 dns_authorities=0 dns_additionals=0 dns_records="A_192.0.2.9" dns_broken=0
        root: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="." dns_type=2 dns_class=1 dns_broken=0
        no question: dns_id=16290 dns_flags=0x8185 dns_questions=0 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_broken=0
        bytes behind the message: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="a.example" dns_type=1 dns_class=1 dns_broken=0
    "#]].assert_eq(&shown(&[
        ("address", 53, 9, answer([1, 1, 0, 0], &[&a])),
        ("chain", 53, 9, answer([1, 2, 0, 0], &[&cname, &a])),
        ("IPv6 address and name server", 53, 9, answer([1, 1, 1, 0], &[&aaaa, &ns])),
        ("mail and service", 53, 9, answer([1, 2, 0, 0], &[&mx, &srv])),
        ("others", 53, 9, answer([1, 4, 0, 0], &[&others])),
        ("authority and EDNS", 53, 9, answer([1, 0, 1, 1], &[&soa(), &opt])),
        ("other additional records are not shown", 53, 9, answer([1, 0, 0, 2], &[&a, &opt])),
        ("query", 9, 53, dns(0x0120, [1, 0, 0, 1], &join(&[&question("isc.org", 255), &opt]))),
        ("multicast", 5353, 5353, dns(0x8400, [0, 1, 0, 0], &record(&name("a.local"), 1, &[192, 0, 2, 9]))),
        ("root", 9, 53, dns(0x0100, [1, 0, 0, 0], &question("", 2))),
        ("no question", 53, 9, dns(0x8185, [0; 4], &[])),
        ("bytes behind the message", 9, 53, dns(0x0100, [1, 0, 0, 0], &join(&[&question("a.example", 1), &[0; 9]]))),
    ]));
}

#[test]
fn names_are_escaped_and_bounded() {
    let label = |bytes: &[u8]| join(&[&[bytes.len() as u8], bytes, &[0, 0, 1, 0, 1]]);
    let query = |sections: &[u8]| dns(0x0100, [1, 0, 0, 0], sections);
    let longest = ["x".repeat(63), "y".repeat(63), "z".repeat(63), "w".repeat(61)].join(".");
    let too_long = format!("{longest}.v");
    expect![[r#"
        case is kept: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="wWw.ExAmPlE.cOm" dns_type=1 dns_class=1 dns_broken=0
        dot, backslash, blank: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="a\.b\\c\032d" dns_type=1 dns_class=1 dns_broken=0
        control, high and quote: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="\000\031\127\255"\229" dns_type=1 dns_class=1 dns_broken=0
        255 octets: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy.zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz.wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww" dns_type=1 dns_class=1 dns_broken=0
        257 octets: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_broken=1
    "#]].assert_eq(&shown(&[
        ("case is kept", 9, 53, query(&question("wWw.ExAmPlE.cOm", 1))),
        ("dot, backslash, blank", 9, 53, query(&label(b"a.b\\c d"))),
        ("control, high and quote", 9, 53, query(&label(b"\x00\x1f\x7f\xff\"\xe5"))),
        ("255 octets", 9, 53, query(&question(&longest, 1))),
        ("257 octets", 9, 53, query(&question(&too_long, 1))),
    ]));
}

#[test]
fn what_cannot_be_read_makes_a_broken_message_on_the_ports_of_dns() {
    let a = record(&OWNER, 1, &[203, 0, 113, 5]);
    expect![[r#"
        11 bytes are no DNS: 
        header that promises more: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_broken=1
        text on port 53: dns_id=18245 dns_flags=0x5420 dns_questions=12064 dns_answers=18516 dns_authorities=21584 dns_additionals=12081 dns_broken=1
        pointer to itself: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_broken=1
        pointer forward: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_broken=1
        label of an unknown kind: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_broken=1
        second answer missing: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=2 dns_authorities=0 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_records="A_203.0.113.5" dns_broken=1
        address of 3 bytes: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=1 dns_authorities=0 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_records="A" dns_broken=1
        data beyond the message: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=1 dns_authorities=0 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_broken=1
        65535 of everything: dns_id=16290 dns_flags=0x8180 dns_questions=65535 dns_answers=65535 dns_authorities=65535 dns_additionals=65535 dns_name="a.example" dns_type=1 dns_class=1 dns_broken=1
    "#]].assert_eq(&shown(&[
        ("11 bytes are no DNS", 9, 53, vec![0; 11]),
        ("header that promises more", 9, 53, dns(0x0100, [1, 0, 0, 0], b"")),
        ("text on port 53", 9, 53, b"GET / HTTP/1.1\r\n".to_vec()),
        ("pointer to itself", 9, 53, dns(0x0100, [1, 0, 0, 0], &bytes("c00c 0001 0001"))),
        ("pointer forward", 9, 53, dns(0x0100, [1, 0, 0, 0], &bytes("c014 0001 0001 0000 0161 00"))),
        ("label of an unknown kind", 9, 53, dns(0x0100, [1, 0, 0, 0], &bytes("4161 00 0001 0001"))),
        ("second answer missing", 53, 9, answer([1, 2, 0, 0], &[&a])),
        ("address of 3 bytes", 53, 9, answer([1, 1, 0, 0], &[&record(&OWNER, 1, &[1, 2, 3])])),
        ("data beyond the message", 53, 9, answer([1, 1, 0, 0], &[&a[..14]])),
        ("65535 of everything", 53, 9, dns(0x8180, [65535; 4], &question("a.example", 1))),
    ]));
}

#[test]
fn on_other_ports_only_a_whole_response_is_dns() {
    let whole = answer([1, 1, 0, 0], &[&record(&OWNER, 1, &[203, 0, 113, 5])]);
    let query = dns(0x0100, [1, 0, 0, 0], &question("a.example", 1));
    let netbios = dns(0x8400, [0, 1, 0, 0], &record(&name("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 33, &[0; 8]));
    let mut reserved = whole.clone();
    reserved[3] |= 0x40;
    expect![[r#"
        response: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=1 dns_authorities=0 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_records="A_203.0.113.5" dns_broken=0
        refused with its question: dns_id=16290 dns_flags=0x8105 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="a.example" dns_type=1 dns_class=1 dns_broken=0
        query: 
        byte missing: 
        byte too many: 
        reserved bit: 
        two questions: 
        header alone: 
        NetBIOS: 
    "#]].assert_eq(&shown(&[
        ("response", 1900, 40000, whole.clone()),
        ("refused with its question", 31337, 40000, dns(0x8105, [1, 0, 0, 0], &question("a.example", 1))),
        ("query", 40000, 1900, query),
        ("byte missing", 1900, 40000, whole[..whole.len() - 1].to_vec()),
        ("byte too many", 1900, 40000, join(&[&whole, &[0]])),
        ("reserved bit", 1900, 40000, reserved),
        ("two questions", 1900, 40000, dns(0x8180, [2, 0, 0, 0], &question("a.example", 1).repeat(2))),
        ("header alone", 1900, 40000, dns(0x8185, [0; 4], &[])),
        ("NetBIOS", 137, 137, netbios),
    ]));
}

#[test]
fn a_message_that_the_capture_cut_keeps_its_beginning() {
    let packet = ipv4(17, &udp(53, 9, &answer([1, 0, 1, 0], &[&soa()])));
    let mut rows = String::new();
    for seen in [28, 29, 32, 36, 60, 70, 90] {
        let row = row_of_cut(RAW, &packet[..seen], packet.len());
        let dns: Vec<&str> = row.split(' ').filter(|field| field.starts_with("dns")).collect();
        rows += &format!("{seen}: {}\n", dns.join(" "));
    }
    expect![[r#"
        28: 
        29: 
        32: dns_id=16290 dns_flags=0x8180 dns_broken=1
        36: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=0 dns_broken=1
        60: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=0 dns_authorities=1 dns_additionals=0 dns_broken=1
        70: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=0 dns_authorities=1 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_broken=1
        90: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=0 dns_authorities=1 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_broken=1
    "#]].assert_eq(&rows);
}

#[test]
fn the_text_of_records_is_bounded() {
    let a = record(&OWNER, 1, &[203, 0, 113, 5]);
    let columns = decode_cut(RAW, &ipv4(17, &udp(53, 9, &answer([1, 90, 0, 0], &[&a.repeat(90)]))), 0);
    let text = std::str::from_utf8(columns.dns_records.get(0)).unwrap();
    assert!(text.len() <= 512 && text.ends_with("A 203.0.113.5 ..."), "{text}");
    assert_eq!(text.matches(" ...").count(), 1);
    assert_eq!(columns.dns_broken[0], 0);
}

/// The DNS fields of segments from port to port; the flags are those of data.
fn segments(cases: &[(&str, u16, u16, u8, Vec<u8>)]) -> String {
    let mut text = String::new();
    for (name, src_port, dst_port, flags, payload) in cases {
        let packet = ipv4(6, &tcp(*src_port, *dst_port, *flags, payload));
        let row = row_of(RAW, &packet);
        let ours = |field: &&str| ["dns", "malformed"].iter().any(|name| field.starts_with(name));
        text += &format!("{name}: {}\n", row.split(' ').filter(ours).collect::<Vec<_>>().join(" "));
    }
    text
}

/// A message behind its length.
fn framed(message: &[u8]) -> Vec<u8> {
    join(&[&(message.len() as u16).to_be_bytes(), message])
}

#[test]
fn the_first_whole_message_of_a_segment_is_read() {
    let query = dns(0x0100, [1, 0, 0, 0], &question("a.example", 1));
    let whole = answer([1, 1, 0, 0], &[&record(&OWNER, 1, &[203, 0, 113, 5])]);
    let other = dns(0x0100, [1, 0, 0, 0], &question("b.example", 1));
    let (data, syn, reset) = (0x18, 0x02, 0x04);
    expect![[r#"
        query: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="a.example" dns_type=1 dns_class=1 dns_broken=0
        answer: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=1 dns_authorities=0 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_records="A_203.0.113.5" dns_broken=0
        with the SYN: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="a.example" dns_type=1 dns_class=1 dns_broken=0
        two messages: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="a.example" dns_type=1 dns_class=1 dns_broken=0
        a message and the beginning of another: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="a.example" dns_type=1 dns_class=1 dns_broken=0
        multicast port: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="a.example" dns_type=1 dns_class=1 dns_broken=0
        answer on another port: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=1 dns_authorities=0 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_records="A_203.0.113.5" dns_broken=0
        broken message in its length: dns_id=16290 dns_flags=0x100 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_broken=1
        length of a header of zeros: dns_id=0 dns_flags=0x0 dns_questions=0 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_broken=0
        the beginning of a message: 
        the length alone: 
        one byte: 
        shorter than a header: 
        text: 
        without a length: 
        reset with a reason: 
        query on another port: 
        answer and more on another port: 
        NetBIOS: 
    "#]].assert_eq(&segments(&[
        ("query", 9, 53, data, framed(&query)),
        ("answer", 53, 9, data, framed(&whole)),
        ("with the SYN", 9, 53, syn, framed(&query)),
        ("two messages", 9, 53, data, join(&[&framed(&query), &framed(&other)])),
        ("a message and the beginning of another", 9, 53, data, join(&[&framed(&query), &framed(&other)[..9]])),
        ("multicast port", 9, 5353, data, framed(&query)),
        ("answer on another port", 4444, 9, data, framed(&whole)),
        ("broken message in its length", 9, 53, data, framed(&query[..20])),
        ("length of a header of zeros", 9, 53, data, framed(&[0; 12])),
        ("the beginning of a message", 9, 53, data, framed(&query)[..25].to_vec()),
        ("the length alone", 9, 53, data, framed(&query)[..2].to_vec()),
        ("one byte", 9, 53, data, vec![0]),
        ("shorter than a header", 9, 53, data, framed(&[0; 11])),
        ("text", 9, 53, data, b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        ("without a length", 9, 53, data, query.clone()),
        ("reset with a reason", 9, 53, reset, framed(&query)),
        ("query on another port", 9, 4444, data, framed(&query)),
        ("answer and more on another port", 4444, 9, data, join(&[&framed(&whole), &[0]])),
        ("NetBIOS", 137, 137, data, framed(&whole)),
    ]));
}

#[test]
fn a_message_in_a_segment_that_the_capture_cut_keeps_its_beginning() {
    let message = answer([1, 0, 1, 0], &[&soa()]);
    let packet = ipv4(6, &tcp(53, 9, 0x18, &framed(&message)));
    let mut rows = String::new();
    for seen in [40, 41, 42, 46, 54, 80, packet.len()] {
        let row = row_of_cut(RAW, &packet[..seen], packet.len());
        let dns: Vec<&str> = row.split(' ').filter(|field| field.starts_with("dns")).collect();
        rows += &format!("{seen}: {}\n", dns.join(" "));
    }
    expect![[r#"
        40: 
        41: 
        42: 
        46: dns_id=16290 dns_flags=0x8180 dns_broken=1
        54: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=0 dns_authorities=1 dns_additionals=0 dns_broken=1
        80: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=0 dns_authorities=1 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_broken=1
        142: dns_id=16290 dns_flags=0x8180 dns_questions=1 dns_answers=0 dns_authorities=1 dns_additionals=0 dns_name="www.example.com" dns_type=1 dns_class=1 dns_records="SOA_ns1.example.com" dns_broken=0
    "#]].assert_eq(&rows);
}
