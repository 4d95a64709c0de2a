//! Wireshark's columns Protocol and Info, from the columns of one packet (rules D133 to D142a).
//!
//! The text is that of Wireshark 4.0 without state: no retransmission marks, no relative sequence
//! numbers (a SYN shows `Seq=0`, every other packet its absolute numbers, D141), no reassembly. So the
//! same packet has the same text in every list, however the list was selected.
//!
//! Only the first 256 bytes of the payload are known here; a text that needs more ends where they end.
//!
//! **Invariant:** no content of a column makes this panic; text taken from a packet is escaped, so that
//! it cannot speak to a terminal.

mod ber;
mod cldap;
mod coap;
mod dns;
mod icmp;
mod icmp6;
mod ip;
mod isakmp;
mod memcache;
mod netbios;
mod ntp;
mod openvpn;
mod quic;
mod rpc;
mod services;
mod sip;
mod snmp;
mod ssdp;
mod stun;
mod tcp;
mod text;
mod tftp;
mod udp;

use teiten_model::columns::PacketColumns;
use teiten_model::icmp::{self as messages, Family};

pub(crate) use dns::{
    code_name as dns_code_name, operation_name as dns_operation_name, type_name as dns_type_name,
};
pub(crate) use tcp::push_flags as push_tcp_flags;

/// Wireshark's Protocol column of a row.
pub fn protocol(columns: &PacketColumns, row: usize) -> &'static str {
    draw(columns, row, &mut String::new())
}

/// Appends Wireshark's Info column of a row.
pub fn info(columns: &PacketColumns, row: usize, out: &mut String) {
    draw(columns, row, out);
}

/// Appends the Info column of a row and gives its Protocol column: both at the cost of one.
pub fn draw(columns: &PacketColumns, row: usize, out: &mut String) -> &'static str {
    let start = out.len();
    let name = match columns.ip_version[row] {
        4 | 6 => network(columns, row, out),
        _ => ip::draw_foreign(columns, row, out),
    };
    if out.len() == start && columns.malformed.codes[row] != 0 {
        out.push_str(fault(columns, row));
    }
    name
}

fn network(columns: &PacketColumns, row: usize, out: &mut String) -> &'static str {
    if columns.frag_offset[row] > 0 {
        return ip::draw_fragment(columns, row, out);
    }
    let has_ports = columns.src_port[row] >= 0 && columns.dst_port[row] >= 0;
    match columns.ip_proto[row] {
        6 if has_ports => tcp::draw(columns, row, out),
        17 if has_ports => udp::draw(columns, row, out),
        1 if columns.ip_version[row] == 4 => icmp::draw(columns, row, out),
        58 if columns.ip_version[row] == 6 => icmp6::draw(columns, row, out),
        _ => ip::draw_other(columns, row, out),
    }
}

/// What Wireshark says at the end of a packet that ends too early, by the reason.
fn fault(columns: &PacketColumns, row: usize) -> &'static str {
    if columns.cap_len[row] < columns.frame_len[row] {
        "[Packet size limited during capture]"
    } else if columns.ip_flags[row] > 0 && columns.ip_flags[row] & 1 != 0 {
        "[BoundErrorUnreassembled Packet]"
    } else {
        "[Malformed Packet]"
    }
}

/// The name of a protocol above IP, as Wireshark prints it.
pub(crate) fn protocol_name(protocol: i16) -> &'static str {
    ip::name(protocol)
}

/// Appends bytes of a stranger, escaped.
pub(crate) fn push_text(bytes: &[u8], out: &mut String) {
    text::push(bytes, out);
}

/// The names of an ICMP or ICMPv6 type and of its code, where that has one.
pub(crate) fn icmp_names(is_v4: bool, kind: i16, code: i16) -> (&'static str, Option<String>) {
    if is_v4 {
        (icmp::type_name(kind), icmp::code_name(kind, code))
    } else {
        (icmp6::type_name(kind).unwrap_or("Unknown"), icmp6::code_name(kind, code))
    }
}

/// The name of a type as Wireshark prints it; `None` when it has none.
fn icmp_type(family: Family, kind: i16) -> Option<&'static str> {
    messages::find(family, u8::try_from(kind).ok()?, None)?.shown
}

/// The name of a code as Wireshark prints it; `None` when it has none.
fn icmp_code(family: Family, kind: i16, code: i16) -> Option<&'static str> {
    messages::find(family, u8::try_from(kind).ok()?, Some(u8::try_from(code).ok()?))?.shown
}

/// Whether Wireshark shows the codes of a type, also those without a name.
fn shows_icmp_codes(family: Family, kind: i16) -> bool {
    u8::try_from(kind).is_ok_and(|kind| messages::codes(family, kind).iter().any(|row| row.shown.is_some()))
}

/// The number of a big-endian field, or `None` when the bytes end before it.
fn number16(bytes: &[u8], at: usize) -> Option<u16> {
    let field = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes([field[0], field[1]]))
}

/// The number of a big-endian field, or `None` when the bytes end before it.
fn number32(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes([field[0], field[1], field[2], field[3]]))
}
