//! The test vectors of docs/rules.md, decoded field by field (raw IP, no Ethernet).

use expect_test::expect;

use crate::shown::{RAW, bytes, row_of};

const VECTORS: &[(&str, &str)] = &[
    ("V1 ZMap 3", "4500002cd4310000f506055ec6336407c00002019c4101bb1a2b3c4d000000006002ffffb7750000020405b4"),
    (
        "V2 ZMap 4.1",
        "450000347a11000032062277c6336407c0000201afc801bb9e3779b9000000008002ffffb95f0000020405b40103030801010402",
    ),
    ("V3 masscan 1.3.2", "45000028a37e0000f0063b15c6336407c0000201cb201f90deadbeef000000005002040037580000"),
    (
        "V4 masscan of 2023",
        "4500002ca37e0000f0063b11c6336407c0000201cb201f90deadbeef00000000600204011f9b0000020405b4",
    ),
    ("V5 Mirai", "450000281234000030068c60c6336407c00002017a690017c00002010000000050023a984c8c0000"),
    ("V6a Nmap", "4500002c5c2100002b06476fc6336407c0000201df8500165a17c3e90000000060020400aa4d0000020405b4"),
    (
        "V6b Nmap, another sensor",
        "4500002c0c7e000033068f0ac6336407c0000209df8600165a16c3e80000000060020400aa460000020405b4",
    ),
    (
        "V7 source port 6000",
        "45000028010000006b066294c6336407c0000201177000161000000000000000500240005c200000",
    ),
    ("V8a Unicornscan", "45000028222200003c067072c6336407c00002010d8000505b081f7400000000500210002b5a0000"),
    (
        "V8b Unicornscan, another sensor",
        "45000028222200003c067026c6336407c000024d0f9f01bb16e31d6b00000000500210006db20000",
    ),
    (
        "V9 SYN-ACK",
        "4500002c0000000034069a90c6336407c00002010050c82211111111222222236012390843f80000020405b4",
    ),
    ("V10 RST-ACK", "450000280000000034069a94c6336407c00002010050c822000000002222222350140000b6dc0000"),
    ("V11 SYN-FIN", "450000280000000034069a94c6336407c00002010050c822000000010000000050030200f9310000"),
    (
        "V12 NXDOMAIN",
        "450000460000000032119c6bc6336407c0000201003530390032e0c53fa2818300010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001",
    ),
    (
        "V13 SERVFAIL",
        "450000460000000032119c6bc6336407c0000201003530390032e0c53fa3818200010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001",
    ),
    (
        "V14 REFUSED",
        "450000460000000032119c6bc6336407c0000201003530390032e1413fa4810500010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001",
    ),
    (
        "V15 port unreachable, short quote",
        "450000380000000032019c89c6336407c000020103036b1300000000450000464321000031115a4ac0000201c63364073039003500326149",
    ),
    (
        "V16 time exceeded",
        "450000380000000032018abacb007109c00002010b00e8480000000045000028000000000106cd94c0000201c6336407c822005022222222",
    ),
    (
        "V17 UDP 0x31",
        "4500003a0000000040118e77c6336407c00002010fa00fa10026c324000000000000000031000000000000000000000000000000000000000000",
    ),
    (
        "V18 DNS response from another port",
        "4500003b0000000032119c76c6336407c00002017a029c4000276c2c3fa2818300010000000000000161076578616d706c6503636f6d0000010001",
    ),
    (
        "V19 later fragment",
        "4500002c0000201028118675c6336407c0000201000000000000000000000000000000000000000000000000",
    ),
    (
        "V20 first fragment",
        "4500002c0000200028118685c6336407c0000201000100020018137f00000000000000000000000000000000",
    ),
    (
        "V21 ZMap ICMP",
        "45000030d4310000f501055fc6336407c0000201080011a74a3b9c1d0000000000000000000000000000000000000000",
    ),
    (
        "V22 masscan ICMP",
        "4500004c11110000f001cd63c6336407c000020108006f5fdeadbeef08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
    ),
    (
        "V23 Nmap ECN probe",
        "45000034000000002806a688c6336407c00002019c410016555500000000000088c200038775f7f503030a01020405b404020101",
    ),
    ("V24 LAND", "45000028000000004006f6cdc0000201c00002010001000200000001000000005002040027dc0000"),
];

#[test]
fn each_vector_gives_its_fields() {
    let rows: Vec<String> = VECTORS
        .iter()
        .map(|(name, packet)| {
            format!("{name}\n  {}\n", row_of(RAW, &bytes(packet)).replace(" src_port", "\n  src_port"))
        })
        .collect();
    expect![[r#"
        V1 ZMap 3
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=245 tos=0 ip_len=44 ip_id=54321 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=40001 dst_port=443 tcp_flags=0x2 tcp_seq=439041101 tcp_ack=0 tcp_window=65535 tcp_urgent=0 tcp_offset=24 tcp_options=020405b4 tcp_mss=1460 payload_len=0
        V2 ZMap 4.1
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=50 tos=0 ip_len=52 ip_id=31249 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=45000 dst_port=443 tcp_flags=0x2 tcp_seq=2654435769 tcp_ack=0 tcp_window=65535 tcp_urgent=0 tcp_offset=32 tcp_options=020405b40103030801010402 tcp_mss=1460 payload_len=0
        V3 masscan 1.3.2
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=240 tos=0 ip_len=40 ip_id=41854 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=52000 dst_port=8080 tcp_flags=0x2 tcp_seq=3735928559 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=20 payload_len=0
        V4 masscan of 2023
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=240 tos=0 ip_len=44 ip_id=41854 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=52000 dst_port=8080 tcp_flags=0x2 tcp_seq=3735928559 tcp_ack=0 tcp_window=1025 tcp_urgent=0 tcp_offset=24 tcp_options=020405b4 tcp_mss=1460 payload_len=0
        V5 Mirai
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=48 tos=0 ip_len=40 ip_id=4660 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=31337 dst_port=23 tcp_flags=0x2 tcp_seq=3221225985 tcp_ack=0 tcp_window=15000 tcp_urgent=0 tcp_offset=20 payload_len=0
        V6a Nmap
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=43 tos=0 ip_len=44 ip_id=23585 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=57221 dst_port=22 tcp_flags=0x2 tcp_seq=1511506921 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=24 tcp_options=020405b4 tcp_mss=1460 payload_len=0
        V6b Nmap, another sensor
          ip_version=4 src=198.51.100.7 dst=192.0.2.9 ttl=51 tos=0 ip_len=44 ip_id=3198 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=57222 dst_port=22 tcp_flags=0x2 tcp_seq=1511441384 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=24 tcp_options=020405b4 tcp_mss=1460 payload_len=0
        V7 source port 6000
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=107 tos=0 ip_len=40 ip_id=256 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=6000 dst_port=22 tcp_flags=0x2 tcp_seq=268435456 tcp_ack=0 tcp_window=16384 tcp_urgent=0 tcp_offset=20 payload_len=0
        V8a Unicornscan
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=60 tos=0 ip_len=40 ip_id=8738 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=3456 dst_port=80 tcp_flags=0x2 tcp_seq=1527258996 tcp_ack=0 tcp_window=4096 tcp_urgent=0 tcp_offset=20 payload_len=0
        V8b Unicornscan, another sensor
          ip_version=4 src=198.51.100.7 dst=192.0.2.77 ttl=60 tos=0 ip_len=40 ip_id=8738 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=3999 dst_port=443 tcp_flags=0x2 tcp_seq=383982955 tcp_ack=0 tcp_window=4096 tcp_urgent=0 tcp_offset=20 payload_len=0
        V9 SYN-ACK
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=52 tos=0 ip_len=44 ip_id=0 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=80 dst_port=51234 tcp_flags=0x12 tcp_seq=286331153 tcp_ack=572662307 tcp_window=14600 tcp_urgent=0 tcp_offset=24 tcp_options=020405b4 tcp_mss=1460 payload_len=0
        V10 RST-ACK
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=52 tos=0 ip_len=40 ip_id=0 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=80 dst_port=51234 tcp_flags=0x14 tcp_seq=0 tcp_ack=572662307 tcp_window=0 tcp_urgent=0 tcp_offset=20 payload_len=0
        V11 SYN-FIN
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=52 tos=0 ip_len=40 ip_id=0 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=80 dst_port=51234 tcp_flags=0x3 tcp_seq=1 tcp_ack=0 tcp_window=512 tcp_urgent=0 tcp_offset=20 payload_len=0
        V12 NXDOMAIN
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=50 tos=0 ip_len=70 ip_id=0 ip_flags=0 frag_offset=0 ip_proto=17
          src_port=53 dst_port=12345 udp_len=50 payload_len=42 payload=3fa2818300010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001 dns_id=16290 dns_flags=0x8183 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="qxkzjtbv.www.example.com" dns_type=1 dns_class=1 dns_broken=0
        V13 SERVFAIL
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=50 tos=0 ip_len=70 ip_id=0 ip_flags=0 frag_offset=0 ip_proto=17
          src_port=53 dst_port=12345 udp_len=50 payload_len=42 payload=3fa3818200010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001 dns_id=16291 dns_flags=0x8182 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="qxkzjtbv.www.example.com" dns_type=1 dns_class=1 dns_broken=0
        V14 REFUSED
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=50 tos=0 ip_len=70 ip_id=0 ip_flags=0 frag_offset=0 ip_proto=17
          src_port=53 dst_port=12345 udp_len=50 payload_len=42 payload=3fa4810500010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001 dns_id=16292 dns_flags=0x8105 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="qxkzjtbv.www.example.com" dns_type=1 dns_class=1 dns_broken=0
        V15 port unreachable, short quote
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=50 tos=0 ip_len=56 ip_id=0 ip_flags=0 frag_offset=0 ip_proto=1 payload_len=28 payload=450000464321000031115a4ac0000201c63364073039003500326149 icmp_type=3 icmp_code=3 quote_src=192.0.2.1 quote_dst=198.51.100.7 quote_proto=17 quote_src_port=12345 quote_dst_port=53 quote_ttl=49 quote_id=17185 quote_len=70
        V16 time exceeded
          ip_version=4 src=203.0.113.9 dst=192.0.2.1 ttl=50 tos=0 ip_len=56 ip_id=0 ip_flags=0 frag_offset=0 ip_proto=1 payload_len=28 payload=45000028000000000106cd94c0000201c6336407c822005022222222 icmp_type=11 icmp_code=0 quote_src=192.0.2.1 quote_dst=198.51.100.7 quote_proto=6 quote_src_port=51234 quote_dst_port=80 quote_ttl=1 quote_id=0 quote_len=40
        V17 UDP 0x31
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=64 tos=0 ip_len=58 ip_id=0 ip_flags=0 frag_offset=0 ip_proto=17
          src_port=4000 dst_port=4001 udp_len=38 payload_len=30 payload=000000000000000031000000000000000000000000000000000000000000
        V18 DNS response from another port
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=50 tos=0 ip_len=59 ip_id=0 ip_flags=0 frag_offset=0 ip_proto=17
          src_port=31234 dst_port=40000 udp_len=39 payload_len=31 payload=3fa2818300010000000000000161076578616d706c6503636f6d0000010001 dns_id=16290 dns_flags=0x8183 dns_questions=1 dns_answers=0 dns_authorities=0 dns_additionals=0 dns_name="a.example.com" dns_type=1 dns_class=1 dns_broken=0
        V19 later fragment
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=40 tos=0 ip_len=44 ip_id=0 ip_flags=1 frag_offset=128 ip_proto=17 payload_len=24 payload=000000000000000000000000000000000000000000000000
        V20 first fragment
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=40 tos=0 ip_len=44 ip_id=0 ip_flags=1 frag_offset=0 ip_proto=17
          src_port=1 dst_port=2 udp_len=24 payload_len=16 payload=00000000000000000000000000000000
        V21 ZMap ICMP
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=245 tos=0 ip_len=48 ip_id=54321 ip_flags=0 frag_offset=0 ip_proto=1 payload_len=20 payload=0000000000000000000000000000000000000000 icmp_type=8 icmp_code=0 icmp_id=19003 icmp_seq=39965
        V22 masscan ICMP
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=240 tos=0 ip_len=76 ip_id=4369 ip_flags=0 frag_offset=0 ip_proto=1 payload_len=48 payload=08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637 icmp_type=8 icmp_code=0 icmp_id=57005 icmp_seq=48879
        V23 Nmap ECN probe
          ip_version=4 src=198.51.100.7 dst=192.0.2.1 ttl=40 tos=0 ip_len=52 ip_id=0 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=40001 dst_port=22 tcp_flags=0x8c2 tcp_seq=1431633920 tcp_ack=0 tcp_window=3 tcp_urgent=63477 tcp_offset=32 tcp_options=03030a01020405b404020101 tcp_mss=1460 payload_len=0
        V24 LAND
          ip_version=4 src=192.0.2.1 dst=192.0.2.1 ttl=64 tos=0 ip_len=40 ip_id=0 ip_flags=0 frag_offset=0 ip_proto=6
          src_port=1 dst_port=2 tcp_flags=0x2 tcp_seq=1 tcp_ack=0 tcp_window=1024 tcp_urgent=0 tcp_offset=20 payload_len=0
    "#]].assert_eq(&rows.concat());
}
