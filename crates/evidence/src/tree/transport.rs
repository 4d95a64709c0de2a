//! The layers above IP: TCP, UDP, ICMP with the packet it quotes, DNS, payload.
//!
//! **Invariant:** at most one transport layer; DNS stands below UDP or TCP only when the columns hold a message.

use super::Node;
use crate::info::{self, dns_code_name, dns_operation_name, dns_type_name, push_tcp_flags, push_text};
use crate::layers;
use std::net::IpAddr;
use teiten_model::address::{ipv4_of, ipv6_of};
use teiten_model::columns::PacketColumns;
use teiten_model::hex::hex;

/// TCP option kinds by name; others are shown by number.
const OPTIONS: [(u8, &str); 9] = [
    (0, "End of options"),
    (1, "No-operation"),
    (2, "Maximum segment size"),
    (3, "Window scale"),
    (4, "SACK permitted"),
    (5, "SACK"),
    (8, "Timestamps"),
    (19, "MD5 signature"),
    (34, "Fast open"),
];

pub(super) fn nodes(columns: &PacketColumns, row: usize, packet: Option<&[u8]>) -> Vec<Node> {
    let mut nodes = Vec::new();
    if columns.frag_offset[row] <= 0 {
        let node = match (columns.ip_proto[row], columns.ip_version[row]) {
            (6, _) => Some(tcp(columns, row)),
            (17, _) => Some(udp(columns, row)),
            (1, 4) | (58, 6) => Some(icmp(columns, row)),
            _ => None,
        };
        if let Some(mut node) = node {
            push_checksum(&mut node, packet);
            nodes.push(node);
        }
        if columns.dns_id[row] >= 0 {
            nodes.push(dns(columns, row));
        }
    }
    let payload = columns.payload.get(row);
    if columns.payload_len[row] > 0 {
        let mut node = Node::new(format!("Payload: {} bytes", columns.payload_len[row]));
        let mut text = String::new();
        push_text(payload, &mut text);
        node.push(format!("First {} bytes: {}", payload.len(), hex(payload)));
        node.push(format!("Text: {text}"));
        nodes.push(node);
    }
    nodes
}

fn push_checksum(node: &mut Node, packet: Option<&[u8]>) {
    let Some((packet, layers)) = packet.and_then(|packet| Some((packet, layers::read(packet)?))) else {
        return;
    };
    let Some(at) = layers.checksum_offset(packet) else { return };
    let sent = &packet[at..at + 2];
    let is_fragment = layers.version == 4 && packet[6] & 0x3f != 0;
    let state = if sent == [0, 0] && layers.protocol == 17 {
        "not made by the sender"
    } else if packet.len() < layers.wire_len || is_fragment {
        "not verified: the packet is not whole"
    } else if layers.transport_remainder(packet) == 0 {
        "correct"
    } else {
        "incorrect"
    };
    node.push(format!("Checksum: 0x{} [{state}]", hex(sent)));
    let header_len = layers.transport_header_len(packet);
    node.push(format!("Raw: {}", hex(&packet[layers.transport..layers.transport + header_len])));
}

fn tcp(columns: &PacketColumns, row: usize) -> Node {
    let (src, dst) = (columns.src_port[row], columns.dst_port[row]);
    let mut node = Node::new(format!("Transmission Control Protocol, Src Port: {src}, Dst Port: {dst}"));
    node.field("Source port", src);
    node.field("Destination port", dst);
    node.field_hex("Sequence number", columns.tcp_seq[row], 8);
    node.field_hex("Acknowledgement number", columns.tcp_ack[row], 8);
    node.field("Header length", columns.tcp_offset[row]);
    let flags = columns.tcp_flags[row];
    if flags >= 0 {
        let mut names = String::new();
        push_tcp_flags(flags, &mut names);
        node.push(format!("Flags: 0x{flags:03x}{names}"));
    }
    node.field("Window", columns.tcp_window[row]);
    node.field("Urgent pointer", columns.tcp_urgent[row]);
    let options = columns.tcp_options.get(row);
    if !options.is_empty() {
        node.children.push(tcp_options(options));
    }
    node
}

fn tcp_options(bytes: &[u8]) -> Node {
    let mut node = Node::new(format!("Options ({} bytes): {}", bytes.len(), hex(bytes)));
    let mut rest = bytes;
    while let Some((kind, tail)) = rest.split_first() {
        let name = OPTIONS.iter().find(|(number, _)| number == kind).map_or("Option", |(_, name)| *name);
        if *kind <= 1 {
            node.push(format!("{name} ({kind})"));
            rest = tail;
            if *kind == 0 {
                break;
            }
            continue;
        }
        let length = tail.first().map_or(0, |length| usize::from(*length));
        if length < 2 || length > rest.len() {
            node.push(format!("{name} ({kind}): its length does not fit"));
            break;
        }
        let value = &rest[2..length];
        let number = value.iter().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        node.push(match (kind, value.len()) {
            (2, 2) | (3, 1) => format!("{name} ({kind}): {number}"),
            (8, 8) => format!("{name} ({kind}): TSval {}, TSecr {}", number >> 32, number & 0xffff_ffff),
            (_, 0) => format!("{name} ({kind})"),
            _ => format!("{name} ({kind}): {}", hex(value)),
        });
        rest = &rest[length..];
    }
    node
}

fn udp(columns: &PacketColumns, row: usize) -> Node {
    let (src, dst) = (columns.src_port[row], columns.dst_port[row]);
    let mut node = Node::new(format!("User Datagram Protocol, Src Port: {src}, Dst Port: {dst}"));
    node.field("Source port", src);
    node.field("Destination port", dst);
    node.field("Length", columns.udp_len[row]);
    node
}

fn icmp(columns: &PacketColumns, row: usize) -> Node {
    let is_v4 = columns.ip_version[row] == 4;
    let (kind, code) = (columns.icmp_type[row], columns.icmp_code[row]);
    let mut node = Node::new(if is_v4 {
        "Internet Control Message Protocol"
    } else {
        "Internet Control Message Protocol v6"
    });
    let (name, code_name) = info::icmp_names(is_v4, kind, code);
    if kind >= 0 {
        node.push(format!("Type: {kind} ({name})"));
    }
    if code >= 0 {
        node.push(match code_name {
            Some(name) => format!("Code: {code} ({name})"),
            None => format!("Code: {code}"),
        });
    }
    node.field_hex("Identifier", columns.icmp_id[row], 4);
    node.field("Sequence number", columns.icmp_seq[row]);
    if columns.quote_proto[row] >= 0 || columns.quote_src[row] >= 0 {
        node.children.push(quote(columns, row));
    }
    node
}

fn quote(columns: &PacketColumns, row: usize) -> Node {
    let address = |v4: i64, v6: &[u8]| {
        let address = ipv4_of(v4).map(IpAddr::V4).or_else(|| ipv6_of(v6).map(IpAddr::V6));
        address.map_or_else(|| "-".to_string(), |address| address.to_string())
    };
    let src = address(columns.quote_src[row], columns.quote_src6.get(row));
    let dst = address(columns.quote_dst[row], columns.quote_dst6.get(row));
    let mut node = Node::new(format!("Quoted packet, Src: {src}, Dst: {dst}"));
    let protocol = columns.quote_proto[row];
    if protocol >= 0 {
        node.push(format!("Protocol: {} ({protocol})", info::protocol_name(protocol)));
    }
    node.field("Source port", columns.quote_src_port[row]);
    node.field("Destination port", columns.quote_dst_port[row]);
    node.field("Time to live", columns.quote_ttl[row]);
    node.field_hex("Identification", columns.quote_id[row], 4);
    node.field("Total length", columns.quote_len[row]);
    let name = columns.quote_dns_name.get(row);
    if !name.is_empty() {
        let mut text = "Queried name: ".to_string();
        push_text(name, &mut text);
        node.push(text);
    }
    node
}

fn dns(columns: &PacketColumns, row: usize) -> Node {
    let flags = u16::try_from(columns.dns_flags[row]).unwrap_or(0);
    let is_response = flags & 0x8000 != 0;
    let mut node =
        Node::new(format!("Domain Name System ({})", if is_response { "response" } else { "query" }));
    node.field_hex("Identifier", columns.dns_id[row], 4);
    let mut line = format!("Flags: 0x{flags:04x}, {}", dns_operation_name(flags));
    for (bit, name) in [
        (0x0400, "authoritative"),
        (0x0200, "truncated"),
        (0x0100, "recursion desired"),
        (0x0080, "recursion available"),
    ] {
        if flags & bit != 0 {
            line.push_str(", ");
            line.push_str(name);
        }
    }
    node.push(line);
    if is_response {
        let name = dns_code_name(flags);
        let name = if name.is_empty() { "No error".to_string() } else { name };
        node.push(format!("Response code: {} ({name})", flags & 15));
    }
    node.field("Questions", columns.dns_questions[row]);
    node.field("Answers", columns.dns_answers[row]);
    node.field("Authorities", columns.dns_authorities[row]);
    node.field("Additionals", columns.dns_additionals[row]);
    if columns.dns_type[row] >= 0 {
        let mut text = "Queried name: ".to_string();
        push_text(columns.dns_name.get(row), &mut text);
        node.push(text);
        node.push(format!("Type: {} ({})", dns_type_name(columns.dns_type[row]), columns.dns_type[row]));
        node.field("Class", columns.dns_class[row]);
    }
    let records = columns.dns_records.get(row);
    if !records.is_empty() {
        let mut text = "Records: ".to_string();
        push_text(records, &mut text);
        node.push(text);
    }
    node.field("EDNS size", columns.dns_edns_size[row]);
    if columns.dns_broken[row] == 1 {
        node.push("The message cannot be read to its end");
    }
    node
}
