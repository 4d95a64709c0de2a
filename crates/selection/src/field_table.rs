//! The fields that need more than "this column": guards, bits, both ends, and quoted packets.
//!
//! Names are Wireshark's where it has one (checked against tshark 4.0). A field exists when its layer
//! does: `tcp.flags.syn` alone is true of every TCP packet, `tcp.flags.syn == 1` of those with SYN.
//!
//! **Invariant:** an empty sentence means that of the column in the list of columns.

use crate::fields::{Guard, Kind, Source};

const fn guard(column: &'static str, low: i64, high: i64) -> Guard {
    Guard { column, low, high }
}

const fn proto(number: i64) -> Guard {
    guard("ip_proto", number, number)
}

const fn quoted(number: i64) -> Guard {
    guard("quote_proto", number, number)
}

const V4: Guard = guard("ip_version", 4, 4);
const V6: Guard = guard("ip_version", 6, 6);
/// A later fragment carries no transport header.
const WHOLE: Guard = guard("frag_offset", -1, 0);
const TCP: Guard = proto(6);
const UDP: Guard = proto(17);
const ICMP: Guard = proto(1);
const ICMP6: Guard = proto(58);
const SCTP: Guard = proto(132);
const DCCP: Guard = proto(33);
/// Wireshark shows some DNS flags of answers only.
const ANSWER: Guard = guard("dns_flags", 0x8000, 0xffff);

const fn at(column: &'static str, guards: &'static [Guard]) -> Source {
    Source { column, guards, shift: 0, mask: 0 }
}

const fn bits(column: &'static str, shift: u8, mask: i64, guards: &'static [Guard]) -> Source {
    Source { column, guards, shift, mask }
}

const fn number(bits: u8) -> Kind {
    Kind::Number { bits }
}

const PORT: Kind = number(16);

type Row = (&'static str, Kind, &'static [Source], &'static str);

/// Ports of one protocol: the outer packet's and the quoted one's.
macro_rules! port_rows {
    ($name:literal, $proto:expr, $quoted:expr) => {
        [
            (
                concat!($name, ".srcport"),
                PORT,
                &[at("src_port", &[$proto]), at("quote_src_port", &[$quoted])],
                concat!("Source port of ", $name, ", also of a packet quoted by an ICMP error."),
            ),
            (
                concat!($name, ".dstport"),
                PORT,
                &[at("dst_port", &[$proto]), at("quote_dst_port", &[$quoted])],
                concat!("Destination port of ", $name, ", also of a packet quoted by an ICMP error."),
            ),
            (
                concat!($name, ".port"),
                PORT,
                &[
                    at("src_port", &[$proto]),
                    at("dst_port", &[$proto]),
                    at("quote_src_port", &[$quoted]),
                    at("quote_dst_port", &[$quoted]),
                ],
                concat!("Either port of ", $name, ", also of a packet quoted by an ICMP error."),
            ),
        ]
    };
}

const TCP_PORTS: [Row; 3] = port_rows!("tcp", TCP, quoted(6));
const UDP_PORTS: [Row; 3] = port_rows!("udp", UDP, quoted(17));
const SCTP_PORTS: [Row; 3] = port_rows!("sctp", SCTP, quoted(132));
const DCCP_PORTS: [Row; 3] = port_rows!("dccp", DCCP, quoted(33));

const fn flag(shift: u8) -> Source {
    bits("tcp_flags", shift, 1, &[])
}

const fn dns_flag(shift: u8) -> Source {
    bits("dns_flags", shift, 1, &[])
}

const fn dns_answer_flag(shift: u8) -> Source {
    bits("dns_flags", shift, 1, &[ANSWER])
}

use Kind::{Address, AsNumber, Boolean, Bytes, Condition, Ipv4, Ipv6, Text, Words};

/// The fields; a name that also stands in the list of columns replaces the plain field.
pub(crate) static TABLE: &[Row] = &[
    // What is there.
    ("frame", Condition, &[at("frame", &[])], "Every frame."),
    ("vlan", Condition, &[at("vlan", &[])], "The frame has a VLAN tag."),
    ("ip", Condition, &[at("ip_version", &[V4])], "The packet is IPv4."),
    ("ipv6", Condition, &[at("ip_version", &[V6])], "The packet is IPv6."),
    (
        "tcp",
        Condition,
        &[at("ip_proto", &[TCP, WHOLE]), at("quote_proto", &[quoted(6)])],
        "The packet or the one it quotes is TCP.",
    ),
    (
        "udp",
        Condition,
        &[at("ip_proto", &[UDP, WHOLE]), at("quote_proto", &[quoted(17)])],
        "The packet or the one it quotes is UDP.",
    ),
    (
        "icmp",
        Condition,
        &[at("ip_proto", &[ICMP, WHOLE]), at("quote_proto", &[quoted(1)])],
        "The packet is ICMP.",
    ),
    (
        "icmpv6",
        Condition,
        &[at("ip_proto", &[ICMP6, WHOLE]), at("quote_proto", &[quoted(58)])],
        "The packet is ICMPv6.",
    ),
    (
        "sctp",
        Condition,
        &[at("ip_proto", &[SCTP, WHOLE]), at("quote_proto", &[quoted(132)])],
        "The packet or the one it quotes is SCTP.",
    ),
    (
        "dccp",
        Condition,
        &[at("ip_proto", &[DCCP, WHOLE]), at("quote_proto", &[quoted(33)])],
        "The packet or the one it quotes is DCCP.",
    ),
    ("igmp", Condition, &[at("ip_proto", &[proto(2), WHOLE])], "The packet is IGMP."),
    ("gre", Condition, &[at("ip_proto", &[proto(47), WHOLE])], "The packet is GRE."),
    ("esp", Condition, &[at("ip_proto", &[proto(50), WHOLE])], "The packet is ESP."),
    (
        "dns",
        Condition,
        &[at("dns_flags", &[]), at("quote_dns_name", &[])],
        "The packet or the one it quotes is a DNS message.",
    ),
    (
        "spoofable",
        Condition,
        &[
            at("ip_version", &[guard("ip_proto", -1, 5)]),
            at("ip_version", &[guard("ip_proto", 7, 255)]),
            at("ip_version", &[TCP, guard("payload_len", -1, 0)]),
        ],
        "The source may be forged: any IP packet but TCP with payload, which no forged source can send.",
    ),
    // The link and the frame.
    ("frame.number", number(32), &[at("frame", &[])], ""),
    ("vlan.id", number(12), &[at("vlan", &[])], ""),
    // The network layer.
    ("ip.version", number(4), &[at("ip_version", &[])], ""),
    (
        "ip.src",
        Ipv4,
        &[at("src", &[]), at("quote_src", &[])],
        "IPv4 source address, also of a packet quoted by an ICMP error.",
    ),
    (
        "ip.dst",
        Ipv4,
        &[at("dst", &[]), at("quote_dst", &[])],
        "IPv4 destination address, also of a packet quoted by an ICMP error.",
    ),
    (
        "ip.addr",
        Ipv4,
        &[at("src", &[]), at("dst", &[]), at("quote_src", &[]), at("quote_dst", &[])],
        "Either IPv4 address, also of a packet quoted by an ICMP error.",
    ),
    ("ip.dst_public", Ipv4, &[at("dst_public", &[])], ""),
    (
        "ipv6.src",
        Ipv6,
        &[at("src6", &[]), at("quote_src6", &[])],
        "IPv6 source address, also of a packet quoted by an ICMPv6 error.",
    ),
    (
        "ipv6.dst",
        Ipv6,
        &[at("dst6", &[]), at("quote_dst6", &[])],
        "IPv6 destination address, also of a packet quoted by an ICMPv6 error.",
    ),
    (
        "ipv6.addr",
        Ipv6,
        &[at("src6", &[]), at("dst6", &[]), at("quote_src6", &[]), at("quote_dst6", &[])],
        "Either IPv6 address, also of a packet quoted by an ICMPv6 error.",
    ),
    (
        "ip.ttl",
        number(8),
        &[at("ttl", &[V4]), at("quote_ttl", &[V4])],
        "IPv4 time to live, also of a quoted packet.",
    ),
    (
        "ipv6.hlim",
        number(8),
        &[at("ttl", &[V6]), at("quote_ttl", &[V6])],
        "IPv6 hop limit, also of a quoted packet.",
    ),
    ("ip.dsfield", number(8), &[at("tos", &[V4])], "IPv4 type of service, all 8 bits."),
    (
        "ip.dsfield.dscp",
        number(6),
        &[bits("tos", 2, 0x3f, &[V4])],
        "IPv4 differentiated services code point.",
    ),
    ("ip.dsfield.ecn", number(2), &[bits("tos", 0, 3, &[V4])], "IPv4 explicit congestion notification."),
    ("ipv6.tclass", number(8), &[at("tos", &[V6])], "IPv6 traffic class."),
    (
        "ip.len",
        number(16),
        &[at("ip_len", &[V4]), at("quote_len", &[V4])],
        "Total length in the IPv4 header, also of a quoted packet.",
    ),
    (
        "ip.id",
        number(16),
        &[at("ip_id", &[V4]), at("quote_id", &[V4])],
        "IPv4 identification, also of a quoted packet.",
    ),
    (
        "ip.flags",
        number(3),
        &[at("ip_flags", &[V4])],
        "IPv4 flags: 4 reserved, 2 don't fragment, 1 more fragments.",
    ),
    ("ip.flags.rb", Boolean, &[bits("ip_flags", 2, 1, &[V4])], "IPv4 reserved flag."),
    ("ip.flags.df", Boolean, &[bits("ip_flags", 1, 1, &[V4])], "IPv4 flag: don't fragment."),
    ("ip.flags.mf", Boolean, &[bits("ip_flags", 0, 1, &[V4])], "IPv4 flag: more fragments."),
    (
        "ip.frag_offset",
        number(13),
        &[bits("frag_offset", 3, 0x1fff, &[V4])],
        "IPv4 fragment offset in units of 8 bytes, as in the header.",
    ),
    (
        "ip.proto",
        number(8),
        &[at("ip_proto", &[V4]), at("quote_proto", &[V4])],
        "Protocol above IPv4, also of a quoted packet.",
    ),
    (
        "ipv6.nxt",
        number(8),
        &[at("ip_proto", &[V6]), at("quote_proto", &[V6])],
        "Protocol above IPv6 and its extension headers, also of a quoted packet.",
    ),
    ("ipv6.flow", number(20), &[at("flow_label", &[])], ""),
    ("quote.src", Ipv4, &[at("quote_src", &[])], ""),
    ("quote.dst", Ipv4, &[at("quote_dst", &[])], ""),
    ("quote.proto", number(8), &[at("quote_proto", &[])], ""),
    ("quote.srcport", PORT, &[at("quote_src_port", &[])], ""),
    ("quote.dstport", PORT, &[at("quote_dst_port", &[])], ""),
    ("quote.ttl", number(8), &[at("quote_ttl", &[])], ""),
    ("quote.id", number(16), &[at("quote_id", &[])], ""),
    ("quote.len", number(16), &[at("quote_len", &[])], ""),
    // The outermost packet alone, whatever its transport: these a rollup can answer.
    (
        "proto",
        number(8),
        &[at("ip_proto", &[])],
        "Protocol above the outermost IP header, of either version.",
    ),
    (
        "src.net",
        Address,
        &[at("src", &[]), at("src6", &[])],
        "Source address of either version, of the outermost packet.",
    ),
    (
        "src.port",
        PORT,
        &[at("src_port", &[TCP]), at("src_port", &[UDP]), at("src_port", &[SCTP]), at("src_port", &[DCCP])],
        "Source port of the outermost packet, whatever its transport.",
    ),
    (
        "dst.port",
        PORT,
        &[at("dst_port", &[TCP]), at("dst_port", &[UDP]), at("dst_port", &[SCTP]), at("dst_port", &[DCCP])],
        "Destination port of the outermost packet, whatever its transport.",
    ),
    // The transport layer.
    TCP_PORTS[0],
    TCP_PORTS[1],
    TCP_PORTS[2],
    UDP_PORTS[0],
    UDP_PORTS[1],
    UDP_PORTS[2],
    SCTP_PORTS[0],
    SCTP_PORTS[1],
    SCTP_PORTS[2],
    DCCP_PORTS[0],
    DCCP_PORTS[1],
    DCCP_PORTS[2],
    ("tcp.flags", number(12), &[at("tcp_flags", &[])], ""),
    ("tcp.flags.fin", Boolean, &[flag(0)], "TCP flag FIN."),
    ("tcp.flags.syn", Boolean, &[flag(1)], "TCP flag SYN."),
    ("tcp.flags.reset", Boolean, &[flag(2)], "TCP flag RST."),
    ("tcp.flags.push", Boolean, &[flag(3)], "TCP flag PSH."),
    ("tcp.flags.ack", Boolean, &[flag(4)], "TCP flag ACK."),
    ("tcp.flags.urg", Boolean, &[flag(5)], "TCP flag URG."),
    ("tcp.flags.ece", Boolean, &[flag(6)], "TCP flag ECE."),
    ("tcp.flags.cwr", Boolean, &[flag(7)], "TCP flag CWR."),
    ("tcp.flags.ns", Boolean, &[flag(8)], "TCP flag NS, as Wireshark named it before 4.0."),
    ("tcp.flags.ae", Boolean, &[flag(8)], "TCP flag AE, once NS."),
    ("tcp.seq_raw", number(32), &[at("tcp_seq", &[])], ""),
    ("tcp.ack_raw", number(32), &[at("tcp_ack", &[])], ""),
    ("tcp.window_size_value", number(16), &[at("tcp_window", &[])], ""),
    ("tcp.urgent_pointer", number(16), &[at("tcp_urgent", &[])], ""),
    ("tcp.hdr_len", number(8), &[at("tcp_offset", &[])], ""),
    ("tcp.options.mss_val", number(16), &[at("tcp_mss", &[])], ""),
    (
        "tcp.len",
        number(32),
        &[at("payload_len", &[TCP, WHOLE])],
        "Bytes above the TCP header by the IP length, captured or not.",
    ),
    ("tcp.payload", Bytes, &[at("payload", &[TCP, WHOLE])], "The first 256 bytes above the TCP header."),
    ("udp.length", number(16), &[at("udp_len", &[])], ""),
    ("udp.payload", Bytes, &[at("payload", &[UDP, WHOLE])], "The first 256 bytes above the UDP header."),
    // ICMP.
    ("icmp.type", number(8), &[at("icmp_type", &[ICMP])], "ICMP type."),
    ("icmp.code", number(8), &[at("icmp_code", &[ICMP])], "ICMP code."),
    (
        "icmp.ident",
        number(16),
        &[at("icmp_id", &[ICMP])],
        "Identifier of an ICMP echo, timestamp, information or mask message.",
    ),
    ("icmp.seq", number(16), &[at("icmp_seq", &[ICMP])], "Sequence number of such a message."),
    ("icmpv6.type", number(8), &[at("icmp_type", &[ICMP6])], "ICMPv6 type."),
    ("icmpv6.code", number(8), &[at("icmp_code", &[ICMP6])], "ICMPv6 code."),
    ("icmpv6.echo.identifier", number(16), &[at("icmp_id", &[ICMP6])], "Identifier of an ICMPv6 echo."),
    (
        "icmpv6.echo.sequence_number",
        number(16),
        &[at("icmp_seq", &[ICMP6])],
        "Sequence number of an ICMPv6 echo.",
    ),
    // DNS.
    ("dns.id", number(16), &[at("dns_id", &[])], ""),
    ("dns.flags", number(16), &[at("dns_flags", &[])], ""),
    ("dns.flags.response", Boolean, &[dns_flag(15)], "DNS: 1 in an answer, 0 in a query."),
    ("dns.flags.opcode", number(4), &[bits("dns_flags", 11, 15, &[])], "DNS operation code."),
    ("dns.flags.authoritative", Boolean, &[dns_answer_flag(10)], "DNS: the answer is authoritative."),
    ("dns.flags.truncated", Boolean, &[dns_flag(9)], "DNS: the message is truncated."),
    ("dns.flags.recdesired", Boolean, &[dns_flag(8)], "DNS: recursion is desired."),
    ("dns.flags.recavail", Boolean, &[dns_answer_flag(7)], "DNS: recursion is available."),
    ("dns.flags.z", Boolean, &[dns_flag(6)], "DNS: the reserved bit."),
    ("dns.flags.authenticated", Boolean, &[dns_answer_flag(5)], "DNS: the answer is authenticated."),
    ("dns.flags.checkdisable", Boolean, &[dns_flag(4)], "DNS: checking is disabled."),
    (
        "dns.flags.rcode",
        number(4),
        &[bits("dns_flags", 0, 15, &[ANSWER])],
        "DNS response code of an answer, 4 bits.",
    ),
    ("dns.count.queries", number(16), &[at("dns_questions", &[])], ""),
    ("dns.count.answers", number(16), &[at("dns_answers", &[])], ""),
    ("dns.count.auth_rr", number(16), &[at("dns_authorities", &[])], ""),
    ("dns.count.add_rr", number(16), &[at("dns_additionals", &[])], ""),
    (
        "dns.qry.name",
        Text,
        &[at("dns_name", &[]), at("quote_dns_name", &[])],
        "First queried name, also of a quoted DNS message.",
    ),
    ("dns.qry.type", number(16), &[at("dns_type", &[])], ""),
    ("dns.qry.class", number(16), &[at("dns_class", &[])], ""),
    ("dns.edns.size", number(16), &[at("dns_edns_size", &[])], ""),
    ("dns.broken", number(1), &[at("dns_broken", &[])], ""),
    // What was added to the packet.
    ("src.asn", AsNumber, &[at("src_asn", &[])], ""),
    ("ip.geoip.src_asnum", AsNumber, &[at("src_asn", &[])], ""),
    (
        "tag",
        Words,
        &[at("tags", &[])],
        "Tools and families that signatures name; each tag is a value of its own.",
    ),
];
