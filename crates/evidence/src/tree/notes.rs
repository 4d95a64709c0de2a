//! The last layer of the tree: what this system knows of the packet beyond its bytes.
//!
//! **Invariant:** every tag is shown with the rules that gave it.

use super::Node;
use teiten_model::columns::PacketColumns;

pub(super) fn node(columns: &PacketColumns, row: usize) -> Node {
    let mut node = Node::new("teiten");
    let words = [
        ("Sensor", &columns.sensor),
        ("Sensor group", &columns.sensor_group),
        ("Source country", &columns.src_country),
    ];
    for (name, column) in words {
        if let Some(word) = column.get(row) {
            node.push(format!("{name}: {word}"));
        }
    }
    node.field("Source AS", columns.src_asn[row]);
    for (name, column) in [("Class", &columns.class), ("Actor", &columns.actor)] {
        if let Some(word) = column.get(row) {
            node.push(format!("{name}: {word}"));
        }
    }
    let rules = columns.rules.get(row).unwrap_or("unknown");
    for tag in columns.tags.get(row).unwrap_or_default().split_whitespace() {
        let mut line = Node::new(format!("Tag: {tag}"));
        line.push(format!("Given by rules {rules}{}", reason(tag)));
        node.children.push(line);
    }
    for (name, column) in [("Rules", &columns.rules), ("Reference data", &columns.data)] {
        if let Some(word) = column.get(row) {
            node.push(format!("{name}: {word}"));
        }
    }
    if columns.packets[row] > 1 {
        node.push(format!("Stands for {} packets", columns.packets[row]));
    }
    node
}

/// What in the packet the tag of a well-known tool rests on (rules D34 to D43 of docs/rules.md).
fn reason(tag: &str) -> &'static str {
    match tag {
        _ if tag.starts_with("mirai") => ": the sequence number is the destination address",
        _ if tag.starts_with("masscan") => {
            ": the IP ID is the low half of destination, port and sequence number combined"
        }
        _ if tag.starts_with("zmap") => ": IP ID 54321, or the options and window of later versions",
        _ if tag.starts_with("nmap") => ": window, options and probes as Nmap sends them",
        _ => "",
    }
}
