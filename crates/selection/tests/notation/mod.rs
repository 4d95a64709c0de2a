//! Packets in writing: `ip_proto=6 src=192.0.2.1 dst_port=23 payload=474554`, one a line.
//!
//! A word is a column and its value: numbers as they stand, IPv4 dotted, bytes in hexadecimal, IPv6 in
//! its own form, texts and words as they are with `+` for a blank.
//!
//! **Invariant:** a column that is not named is absent.

use std::net::{Ipv4Addr, Ipv6Addr};

use teiten_model::address::ipv4_number;
use teiten_model::column::ColumnType;
use teiten_model::columns::{PacketColumns, find};
use teiten_model::values::ValuesMut;

/// The block that the lines describe.
pub(crate) fn block(lines: &[&str]) -> PacketColumns {
    let mut block = PacketColumns::default();
    block.reset(lines.len());
    for (row, line) in lines.iter().enumerate() {
        for cell in line.split_whitespace() {
            let (name, value) = cell.split_once('=').expect("a cell is name=value");
            let kind = find(name).unwrap_or_else(|| panic!("no column {name}")).kind;
            let number = || match value.parse::<Ipv4Addr>() {
                Ok(address) => ipv4_number(address),
                Err(_) => value.parse::<i64>().expect("a number"),
            };
            match block.by_name_mut(name).expect("a column") {
                ValuesMut::Int16(values) => values[row] = number() as i16,
                ValuesMut::Int32(values) => values[row] = number() as i32,
                ValuesMut::Int64(values) => values[row] = number(),
                ValuesMut::Words(values) => {
                    let code = values.code(&value.replace('+', " "));
                    values.codes[row] = code;
                }
                ValuesMut::Bytes(values) => values.set(row, &bytes(kind, value)),
            }
        }
    }
    block.finish();
    block
}

fn bytes(kind: ColumnType, value: &str) -> Vec<u8> {
    match kind {
        ColumnType::Address16 => value.parse::<Ipv6Addr>().expect("an IPv6 address").octets().to_vec(),
        ColumnType::Bytes => (0..value.len() / 2)
            .map(|i| u8::from_str_radix(&value[2 * i..2 * i + 2], 16).expect("hexadecimal"))
            .collect(),
        _ => value.replace('+', " ").into_bytes(),
    }
}

/// Packets of every sort that filters tell apart.
pub(crate) const PACKETS: &[&str] = &[
    // 0: a SYN of Mirai
    "frame=1 ts=1396310400000000 frame_len=60 ip_version=4 src=198.51.100.7 dst=192.0.2.5 ttl=52 tos=0 ip_len=40 ip_id=54321 ip_flags=0 frag_offset=0 ip_proto=6 src_port=40000 dst_port=23 tcp_flags=2 tcp_seq=3221225989 tcp_window=5840 tcp_offset=20 payload_len=0 src_country=CN src_asn=64500 class=scan-syn tags=mirai-syn+telnet sensor=tokyo-1 sensor_group=jp packets=1",
    // 1: a SYN+ACK from port 80
    "frame=2 ts=1396310401000000 frame_len=60 ip_version=4 src=203.0.113.80 dst=192.0.2.6 ttl=240 tos=184 ip_len=44 ip_id=0 ip_flags=2 frag_offset=0 ip_proto=6 src_port=80 dst_port=51000 tcp_flags=18 tcp_mss=1460 payload_len=0 src_country=US class=backscatter-tcp sensor=tokyo-2 sensor_group=jp packets=1",
    // 2: TCP with payload
    "frame=3 ts=1396310402000000 ip_version=4 src=198.51.100.7 dst=192.0.2.5 ttl=52 ip_len=60 ip_proto=6 src_port=40001 dst_port=80 tcp_flags=24 payload_len=20 payload=474554202f20485454502f312e310d0a class=tcp-other sensor=tokyo-1",
    // 3: a DNS answer NXDOMAIN
    "frame=4 ts=1396310403500000 ip_version=4 src=203.0.113.53 dst=192.0.2.5 ttl=60 ip_len=90 ip_proto=17 src_port=53 dst_port=33333 udp_len=70 payload_len=62 payload=1a2b8183000100 dns_id=6699 dns_flags=33155 dns_questions=1 dns_answers=0 dns_name=abc.example.com dns_type=1 dns_class=1 class=backscatter-udp src_country=JP",
    // 4: a DNS query
    "frame=5 ts=1396310404000000 ip_version=4 src=198.51.100.9 dst=192.0.2.9 ttl=64 ip_len=60 ip_proto=17 src_port=5353 dst_port=53 udp_len=40 payload_len=32 dns_id=1 dns_flags=256 dns_questions=1 dns_name=Example.COM dns_type=255 class=scan-udp tags=dns-any",
    // 5: port unreachable, quoting a DNS query to port 53
    "frame=6 ts=1396310405000000 ip_version=4 src=203.0.113.1 dst=192.0.2.5 ttl=50 ip_len=100 ip_id=9 ip_proto=1 icmp_type=3 icmp_code=3 payload_len=64 quote_src=192.0.2.5 quote_dst=203.0.113.54 quote_proto=17 quote_src_port=34567 quote_dst_port=53 quote_ttl=3 quote_id=77 quote_len=72 quote_dns_name=qq.example.org class=backscatter-icmp",
    // 6: an ICMP echo
    "frame=7 ts=1396310406000000 ip_version=4 src=198.51.100.10 dst=192.0.2.5 ttl=64 ip_len=84 ip_proto=1 icmp_type=8 icmp_code=0 icmp_id=512 icmp_seq=1 payload_len=56 class=scan-icmp actor=Shadowserver",
    // 7: IPv6 TCP SYN
    "frame=8 ts=1396310407000000 ip_version=6 src6=2001:db8:1::7 dst6=2001:db8:ffff::1 ttl=55 tos=0 ip_len=60 ip_proto=6 src_port=50000 dst_port=443 tcp_flags=2 payload_len=0 class=scan-syn",
    // 8: ICMPv6 unreachable, quoting TCP
    "frame=9 ts=1396310408000000 ip_version=6 src6=2001:db8:2::1 dst6=2001:db8:ffff::1 ttl=60 ip_len=100 ip_proto=58 icmp_type=1 icmp_code=4 quote_src6=2001:db8:ffff::1 quote_dst6=2001:db8:3::9 quote_proto=6 quote_src_port=1234 quote_dst_port=6379 quote_ttl=58 class=backscatter-icmp",
    // 9: a later fragment of UDP
    "frame=10 ts=1396310409000000 ip_version=4 src=198.51.100.11 dst=192.0.2.5 ttl=64 ip_len=1500 ip_flags=1 frag_offset=1480 ip_proto=17 class=ip-other",
    // 10: GRE
    "frame=11 ts=1396310410000000 ip_version=4 src=198.51.100.12 dst=192.0.2.5 ttl=64 ip_len=60 ip_proto=47 payload_len=40 class=ip-other",
    // 11: not IP, with a VLAN tag
    "frame=12 ts=1396310411000000 frame_len=60 vlan=100 class=not-ip",
    // 12: a frame that ends in its IP header
    "frame=13 ts=1396310412000000 ip_version=4 malformed=ip-short class=unparsed",
];
