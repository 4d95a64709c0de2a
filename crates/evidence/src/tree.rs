//! One packet as a tree of layers and fields, as Wireshark's middle pane has it.
//!
//! Values come from the columns; raw bytes and checksums from the frame when it is there. When it is
//! gone, the tree says so and is drawn from the columns alone.
//!
//! **Invariant:** a field that the packet does not have is not shown.

mod network;
mod notes;
mod transport;

use crate::layers;
use crate::list::time;
use std::fmt::Write;
use teiten_model::columns::PacketColumns;

/// A line of the tree and what stands below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The line.
    pub text: String,
    /// What belongs to it.
    pub children: Vec<Node>,
}

impl Node {
    /// A line without anything below.
    pub fn new(text: impl Into<String>) -> Node {
        Node { text: text.into(), children: Vec::new() }
    }

    /// Adds a line below.
    pub fn push(&mut self, text: impl Into<String>) {
        self.children.push(Node::new(text));
    }

    /// Adds `name: value` below when there is a value.
    fn field(&mut self, name: &str, value: impl Into<i64>) {
        let value = value.into();
        if value >= 0 {
            self.push(format!("{name}: {value}"));
        }
    }

    /// Adds `name: value (0x..)` below when there is a value; `digits` is the width in hexadecimal digits.
    fn field_hex(&mut self, name: &str, value: impl Into<i64>, digits: usize) {
        let value = value.into();
        if value >= 0 {
            self.push(format!("{name}: {value} (0x{value:0digits$x})"));
        }
    }
}

/// The layers of a packet; `frame` are its captured bytes, when they are still there.
pub fn tree(
    columns: &PacketColumns,
    row: usize,
    frame: Option<&[u8]>,
    zone_offset_secs: Option<i32>,
) -> Vec<Node> {
    let mut nodes = vec![frame_node(columns, row, frame.is_some(), zone_offset_secs)];
    let link = u16::try_from(columns.link[row]).unwrap_or(u16::MAX);
    nodes.push(link_node(columns, row, frame));
    let packet = frame.and_then(|frame| frame.get(layers::ip_offset(frame, link)?..));
    if columns.ip_version[row] >= 0 {
        nodes.push(network::node(columns, row, packet));
        nodes.extend(transport::nodes(columns, row, packet));
    }
    nodes.push(notes::node(columns, row));
    nodes
}

/// Appends the tree, four blanks a level.
pub fn draw(nodes: &[Node], out: &mut String) {
    draw_level(nodes, 0, out);
}

fn draw_level(nodes: &[Node], level: usize, out: &mut String) {
    for node in nodes {
        let _ = writeln!(out, "{:width$}{}", "", node.text, width = level * 4);
        draw_level(&node.children, level + 1, out);
    }
}

fn frame_node(columns: &PacketColumns, row: usize, has_bytes: bool, zone_offset_secs: Option<i32>) -> Node {
    let mut node =
        Node::new(format!("Frame {}: {} bytes on wire", columns.frame[row], columns.frame_len[row]));
    if columns.cap_len[row] >= 0 {
        let _ = write!(node.text, ", {} bytes captured", columns.cap_len[row]);
    }
    node.push(format!("Arrival time: {}", time(columns.ts[row], zone_offset_secs)));
    if columns.ts_ns[row] >= 0 {
        node.push(format!("Nanoseconds beyond: {}", columns.ts_ns[row]));
    }
    if let Some(input) = columns.input.get(row) {
        node.push(format!("Input: {input}"));
    }
    if let Some(fault) = columns.malformed.get(row) {
        node.push(format!("Malformed: {fault}"));
    }
    if !has_bytes {
        node.push("The captured bytes are gone: this tree is drawn from the stored columns");
    }
    node
}

fn link_node(columns: &PacketColumns, row: usize, frame: Option<&[u8]>) -> Node {
    let name =
        u16::try_from(columns.link[row]).ok().and_then(teiten_wire::link_type::name).unwrap_or("unknown");
    let mut node = Node::new(format!("Link: {name} ({})", columns.link[row]));
    node.field("VLAN", columns.vlan[row]);
    if let (1, Some([head @ .., high, low])) = (columns.link[row], frame.and_then(|frame| frame.get(..14))) {
        node.push(format!("Destination: {}", hardware(&head[..6])));
        node.push(format!("Source: {}", hardware(&head[6..12])));
        node.push(format!("Type: 0x{high:02x}{low:02x}"));
    }
    node
}

fn hardware(bytes: &[u8]) -> String {
    let parts: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    parts.join(":")
}
