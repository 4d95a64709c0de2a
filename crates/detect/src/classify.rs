//! Exactly one traffic class for a packet: rules D1 to D12 of docs/rules.md, first match wins.
//!
//! Known defects of the programs the table was read from are left out: RST+ACK is backscatter, the
//! ECN bits do not hide a SYN, and no heuristic of corsaro's `erratic` filter (D32) takes part.
//!
//! The order: unreadable, not IP, impossible source, then by protocol. A packet whose header was cut
//! after the ports keeps its protocol's `other` class; a later fragment has no ports and is `ip-other`.
//!
//! **Invariant:** [`class_of`] is total: it gives a class for any numbers in the columns.

use teiten_model::class::Class;
use teiten_model::columns::PacketColumns;
use teiten_model::special::Reach;

use crate::special::reach_of_source;
use crate::udp_kind::UdpKind;

const FIN: usize = 0x01;
const SYN: usize = 0x02;
const RST: usize = 0x04;
const ACK: usize = 0x10;

/// Bytes of an Ethernet and an IPv4 header.
const LINK_AND_IP_BYTES: i32 = 34;

/// The class of each combination of FIN, SYN, RST, PSH, ACK and URG (D2 to D5); ECN bits stand aside.
const TCP_CLASS: [Class; 64] = {
    let mut table = [Class::TcpOther; 64];
    let mut flags = 0;
    while flags < 64 {
        table[flags] = if flags & RST != 0 || flags & (SYN | ACK) == SYN | ACK {
            Class::BackscatterTcp
        } else if flags == SYN {
            Class::ScanSyn
        } else if flags == ACK {
            Class::ScanAck
        } else if flags & ACK == 0 {
            Class::ScanStealth
        } else {
            Class::TcpOther
        };
        flags += 1;
    }
    table
};
const _: () = assert!(matches!(TCP_CLASS[FIN | SYN], Class::ScanStealth));

/// The class of a packet; `udp_kind` is asked only for UDP packets whose ports are there.
#[inline]
pub fn class_of(packets: &PacketColumns, row: usize, udp_kind: impl FnOnce() -> UdpKind) -> Class {
    let version = packets.ip_version[row];
    if version < 0 {
        return without_ip(packets, row);
    }
    let proto = packets.ip_proto[row];
    let class = match proto {
        6 => match packets.tcp_flags[row] {
            flags if flags >= 0 => TCP_CLASS[(flags & 0x3f) as usize],
            _ if packets.dst_port[row] >= 0 => Class::TcpOther,
            _ => without_header(packets, row),
        },
        17 if packets.dst_port[row] < 0 => without_header(packets, row),
        17 => match udp_kind() {
            UdpKind::Response => Class::UdpResponse,
            UdpKind::Request => Class::ScanUdp,
            UdpKind::Unknown => Class::UdpUnknown,
        },
        1 => match packets.icmp_type[row] {
            kind if kind < 0 => without_header(packets, row),
            kind => icmp_class(kind),
        },
        58 => match packets.icmp_type[row] {
            kind if kind < 0 => without_header(packets, row),
            kind => icmp6_class(kind),
        },
        absent if absent < 0 => Class::Unparsed,
        _ => Class::IpOther,
    };
    if class != Class::Unparsed && is_spoofed(packets, row, version) { Class::Spoofed } else { class }
}

/// What a frame without an IP header is: a frame that the capture cut before the header's end may be anything.
fn without_ip(packets: &PacketColumns, row: usize) -> Class {
    let is_cut = packets.cap_len[row] < packets.frame_len[row] && packets.cap_len[row] < LINK_AND_IP_BYTES;
    if is_cut || packets.malformed.codes[row] != 0 { Class::Unparsed } else { Class::NotIp }
}

/// What a TCP, UDP or ICMP packet without a readable header is.
fn without_header(packets: &PacketColumns, row: usize) -> Class {
    if packets.frag_offset[row] > 0 { Class::IpOther } else { Class::Unparsed }
}

/// Answers and errors (D6), everything else asks (D7); the code is not looked at.
fn icmp_class(kind: i16) -> Class {
    match kind {
        0 | 3 | 4 | 5 | 11 | 12 | 14 | 16 | 18 => Class::BackscatterIcmp,
        _ => Class::IcmpRequest,
    }
}

/// Errors and the answers to echo and node information; the link's own upkeep (neighbours, routers,
/// group membership) is neither a question to the sensor nor an answer.
fn icmp6_class(kind: i16) -> Class {
    match kind {
        ..=127 | 129 | 140 | 145 | 147 | 161 => Class::BackscatterIcmp,
        130..=137 | 141..=143 | 148 | 149 | 151..=153 => Class::IpOther,
        _ => Class::IcmpRequest,
    }
}

/// D12, narrowed: only a source that equals the destination or cannot exist (D30's other ranges get a tag).
#[inline]
fn is_spoofed(packets: &PacketColumns, row: usize, version: i16) -> bool {
    let is_impossible = || reach_of_source(packets, row) == Some(Reach::Never);
    let source = packets.src[row];
    if source >= 0 {
        return is_impossible() || source == packets.dst[row] || source == packets.dst_public[row];
    }
    if version != 6 {
        return false;
    }
    let source = packets.src6.get(row);
    !source.is_empty() && (is_impossible() || source == packets.dst6.get(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notation::PacketLine;

    fn class(line: &str) -> &'static str {
        let packet: PacketLine = line.parse().unwrap();
        let packets = packet.to_columns();
        class_of(&packets, 0, || UdpKind::of(&packets, 0)).name()
    }

    const CASES: &[(&str, &str)] = &[
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 S", "scan-syn"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 SEC", "scan-syn"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 0x8c2", "scan-syn"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 SP", "scan-stealth"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 SA", "backscatter-tcp"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 SAE", "backscatter-tcp"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 SAF", "backscatter-tcp"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 R", "backscatter-tcp"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 RA", "backscatter-tcp"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 SR", "backscatter-tcp"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 A", "scan-ack"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 .", "scan-stealth"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 F", "scan-stealth"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 FPU", "scan-stealth"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 SF", "scan-stealth"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 SFPU", "scan-stealth"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 FA", "tcp-other"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 PA text=\"GET / \"", "tcp-other"),
        ("tcp 198.51.100.7:1 > 203.0.113.9:80 ? mf", "tcp-other"),
        ("ip 198.51.100.7 > 203.0.113.9 proto=6 frag=8", "ip-other"),
        ("ip 198.51.100.7 > 203.0.113.9 proto=17 frag=1480", "ip-other"),
        ("ip 198.51.100.7 > 203.0.113.9 proto=17", "unparsed"),
        ("ip 198.51.100.7 > 203.0.113.9 proto=1", "unparsed"),
        ("ip 198.51.100.7 > 203.0.113.9 proto=47", "ip-other"),
        ("icmp 198.51.100.7 > 203.0.113.9 8/0 id=1 seq=1", "scan-icmp"),
        ("icmp 198.51.100.7 > 203.0.113.9 8/9 id=1 seq=1", "scan-icmp"),
        ("icmp 198.51.100.7 > 203.0.113.9 13/0 id=1 seq=1", "scan-icmp"),
        ("icmp 198.51.100.7 > 203.0.113.9 0/0 id=1 seq=1", "backscatter-icmp"),
        ("icmp 198.51.100.7 > 203.0.113.9 3/3", "backscatter-icmp"),
        ("icmp 198.51.100.7 > 203.0.113.9 11/0", "backscatter-icmp"),
        ("icmp6 2001:db8::1 > 2001:db8::2 1/4", "backscatter-icmp"),
        ("icmp6 2001:db8::1 > 2001:db8::2 128/0 id=1 seq=1", "scan-icmp"),
        ("icmp6 2001:db8::1 > 2001:db8::2 129/0 id=1 seq=1", "backscatter-icmp"),
        ("icmp6 fe80::1 > ff02::1 134/0", "ip-other"),
        ("tcp [2001:db8::1]:1 > [2001:db8::2]:80 S", "scan-syn"),
        ("tcp [2001:db8::2]:1 > [2001:db8::2]:80 S", "spoofed"),
        ("tcp [ff02::1]:1 > [2001:db8::2]:80 S", "spoofed"),
        ("tcp 192.0.2.1:1 > 192.0.2.1:2 S", "spoofed"),
        ("tcp 192.0.2.1:1 > 10.0.0.1:2 S public=192.0.2.1", "spoofed"),
        ("tcp 127.0.0.1:80 > 203.0.113.9:1234 SA", "spoofed"),
        ("icmp 240.0.0.1 > 203.0.113.9 3/3", "spoofed"),
        ("tcp 10.0.0.1:80 > 203.0.113.9:1234 SA", "backscatter-tcp"),
        ("udp 198.51.100.7:4000 > 203.0.113.9:9999 payload=00", "udp-unknown"),
        (
            "udp 198.51.100.7:53 > 203.0.113.9:12345 dnsid=3fa2 dnsflags=8183 qname=www.example.com",
            "backscatter-udp",
        ),
        (
            "udp 198.51.100.7:12345 > 203.0.113.9:53 dnsid=3fa2 dnsflags=0100 qname=www.example.com",
            "scan-udp",
        ),
        ("udp 0.0.0.0:68 > 255.255.255.255:67 payload=010106", "spoofed"),
    ];

    #[test]
    fn every_shape_of_packet_has_the_class_of_the_table() {
        for (line, expected) in CASES {
            assert_eq!(class(line), *expected, "{line}");
        }
    }

    #[test]
    fn a_frame_that_is_not_ip_is_named_so_unless_it_is_broken() {
        let mut packets = PacketColumns::default();
        packets.reset(3);
        packets.finish();
        packets.malformed.codes[1] = packets.malformed.code("ip-short");
        (packets.frame_len[2], packets.cap_len[2]) = (60, 14);
        let classes = [0, 1, 2].map(|row| class_of(&packets, row, || UdpKind::Unknown).name());
        assert_eq!(classes, ["not-ip", "unparsed", "unparsed"]);
    }

    #[test]
    fn a_flag_combination_answers_asks_or_is_something_else_but_never_two() {
        for (flags, class) in TCP_CLASS.iter().enumerate() {
            let answers = flags & RST != 0 || flags & (SYN | ACK) == SYN | ACK;
            assert_eq!(*class == Class::BackscatterTcp, answers, "flags {flags:#x}");
        }
    }
}
