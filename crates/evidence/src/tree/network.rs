//! The IP layer of the tree.
//!
//! **Invariant:** a checksum is judged only when the header is there to its end.

use super::Node;
use crate::layers::{self, fold, sum16};
use crate::list::{destination, source};
use std::net::IpAddr;
use teiten_model::address::ipv4_of;
use teiten_model::columns::PacketColumns;
use teiten_model::hex::hex;

pub(super) fn node(columns: &PacketColumns, row: usize, packet: Option<&[u8]>) -> Node {
    let version = columns.ip_version[row];
    let text =
        |address: Option<IpAddr>| address.map_or_else(|| "-".to_string(), |address| address.to_string());
    let (src, dst) = (text(source(columns, row)), text(destination(columns, row)));
    let mut node = Node::new(format!("Internet Protocol Version {version}, Src: {src}, Dst: {dst}"));
    if let Some(public) = ipv4_of(columns.dst_public[row]) {
        node.push(format!("Public destination: {public}"));
    }
    if version == 4 {
        node.field_hex("Type of service", columns.tos[row], 2);
    } else {
        node.field_hex("Traffic class", columns.tos[row], 2);
        node.field_hex("Flow label", columns.flow_label[row], 5);
    }
    node.field("Total length", columns.ip_len[row]);
    node.field_hex("Identification", columns.ip_id[row], 4);
    push_flags(&mut node, columns, row);
    node.field(if version == 4 { "Time to live" } else { "Hop limit" }, columns.ttl[row]);
    let protocol = columns.ip_proto[row];
    if protocol >= 0 {
        node.push(format!("Protocol: {} ({protocol})", crate::info::protocol_name(protocol)));
    }
    let options = columns.ip_options.get(row);
    if !options.is_empty() {
        node.push(format!("Options: {}", hex(options)));
    }
    let extensions = columns.ext_headers.get(row);
    if !extensions.is_empty() {
        let names: Vec<String> = extensions.iter().map(u8::to_string).collect();
        node.push(format!("Extension headers: {}", names.join(", ")));
    }
    if let Some((packet, layers)) = packet.and_then(|packet| Some((packet, layers::read(packet)?))) {
        let header = &packet[..layers.transport];
        if layers.version == 4 {
            let state = if fold(sum16(header)) == 0xffff { "correct" } else { "incorrect" };
            node.push(format!("Header checksum: 0x{} [{state}]", hex(&header[10..12])));
        }
        node.push(format!("Raw: {}", hex(header)));
    }
    node
}

fn push_flags(node: &mut Node, columns: &PacketColumns, row: usize) {
    let flags = columns.ip_flags[row];
    if flags >= 0 {
        let names = [(4, "reserved"), (2, "don't fragment"), (1, "more fragments")];
        let set: Vec<&str> =
            names.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name).collect();
        let set = if set.is_empty() { "none".to_string() } else { set.join(", ") };
        node.push(format!("Flags: 0x{flags:x} ({set})"));
    }
    node.field("Fragment offset", columns.frag_offset[row]);
}
