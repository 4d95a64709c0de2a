//! Info of DNS, mDNS and LLMNR (rules D135-D137, D142a).
//!
//! The text is made from the columns that the decoder filled; where it did not read the message (a
//! query on another port than 53) the first question is read from the payload.
//!
//! **Invariant:** a response code of 0 prints nothing.

use super::udp::Datagram;
use super::{number16, text};
use std::fmt::Write;
use teiten_model::columns::PacketColumns;

/// The most labels of a name that are read; RFC 1035 allows 127 in 255 bytes.
const LABELS_MAX: usize = 128;

const OPERATIONS: [&str; 7] = [
    "Standard query",
    "Inverse query",
    "Server status request",
    "Unknown operation (3)",
    "Zone change notification",
    "Dynamic update",
    "DNS Stateful operations (DSO)",
];

const CODES: [&str; 12] = [
    "",
    "Format error",
    "Server failure",
    "No such name",
    "Not implemented",
    "Refused",
    "Name exists",
    "RRset exists",
    "RRset does not exist",
    "Not authoritative",
    "Name out of zone",
    "DSO-Type not implemented",
];

/// Names of the types 0 to 65; an empty one has none.
const TYPES: [&str; 66] = [
    "Unused",
    "A",
    "NS",
    "MD",
    "MF",
    "CNAME",
    "SOA",
    "MB",
    "MG",
    "MR",
    "NULL",
    "WKS",
    "PTR",
    "HINFO",
    "MINFO",
    "MX",
    "TXT",
    "RP",
    "AFSDB",
    "X25",
    "ISDN",
    "RT",
    "NSAP",
    "NSAP-PTR",
    "SIG",
    "KEY",
    "PX",
    "GPOS",
    "AAAA",
    "LOC",
    "NXT",
    "EID",
    "NIMLOC",
    "SRV",
    "ATMA",
    "NAPTR",
    "KX",
    "CERT",
    "A6",
    "DNAME",
    "SINK",
    "OPT",
    "APL",
    "DS",
    "SSHFP",
    "IPSECKEY",
    "RRSIG",
    "NSEC",
    "DNSKEY",
    "DHCID",
    "NSEC3",
    "NSEC3PARAM",
    "TLSA",
    "",
    "",
    "HIP",
    "",
    "RKEY",
    "TALINK",
    "CDS",
    "CDNSKEY",
    "OPENPGPKEY",
    "CSYNC",
    "ZONEMD",
    "SVCB",
    "HTTPS",
];

/// The name of a query or record type as Wireshark prints it.
pub(crate) fn type_name(kind: i32) -> String {
    let name = usize::try_from(kind).ok().and_then(|kind| TYPES.get(kind)).copied().unwrap_or("");
    let name = match kind {
        99 => "SPF",
        249 => "TKEY",
        250 => "TSIG",
        251 => "IXFR",
        252 => "AXFR",
        253 => "MAILA",
        254 => "MAILB",
        255 => "ANY",
        256 => "URI",
        257 => "CAA",
        32769 => "DLV",
        _ => name,
    };
    if name.is_empty() { format!("Unknown ({kind})") } else { name.to_string() }
}

/// The name of an operation, by the 16 flag bits.
pub(crate) fn operation_name(flags: u16) -> String {
    let operation = usize::from(flags >> 11 & 15);
    OPERATIONS
        .get(operation)
        .map_or_else(|| format!("Unknown operation ({operation})"), |name| (*name).into())
}

/// The name of a response code, by the 16 flag bits; empty for no error.
pub(crate) fn code_name(flags: u16) -> String {
    let code = usize::from(flags & 15);
    CODES.get(code).map_or_else(|| format!("Unknown error ({code})"), |name| (*name).into())
}

/// A message on port 53, whatever it holds.
pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    push_message(datagram, out, false);
    Some("DNS")
}

/// A message on another port that the decoder could read to its end: Wireshark would show plain UDP.
pub(super) fn draw_anywhere(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let (columns, row) = (datagram.columns, datagram.row);
    if columns.dns_id[row] < 0 || columns.dns_broken[row] != 0 {
        return None;
    }
    draw(datagram, out)
}

/// The message that the decoder found in a TCP segment, behind its length.
pub(super) fn draw_segment(columns: &PacketColumns, row: usize, out: &mut String) -> Option<&'static str> {
    if columns.dns_id[row] < 0 || columns.dns_flags[row] < 0 {
        return None;
    }
    let payload = columns.payload.get(row);
    let rest = payload.get(2..).unwrap_or_default();
    let message = &rest[..rest.len().min(usize::from(number16(payload, 0).unwrap_or(0)))];
    let (src_port, dst_port) = (columns.src_port[row], columns.dst_port[row]);
    let datagram = Datagram { columns, row, payload: message, len: message.len(), src_port, dst_port };
    draw(&datagram, out)
}

pub(super) fn draw_multicast(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    push_message(datagram, out, true);
    Some("MDNS")
}

pub(super) fn draw_link_local(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    push_message(datagram, out, false);
    Some("LLMNR")
}

fn push_message(datagram: &Datagram<'_>, out: &mut String, multicast: bool) {
    let (columns, row) = (datagram.columns, datagram.row);
    let read = columns.dns_id[row] >= 0 && columns.dns_flags[row] >= 0;
    let (Some(id), Some(flags), Some(questions)) = (
        if read { u16::try_from(columns.dns_id[row]).ok() } else { number16(datagram.payload, 0) },
        if read { u16::try_from(columns.dns_flags[row]).ok() } else { number16(datagram.payload, 2) },
        if read { Some(columns.dns_questions[row]) } else { number16(datagram.payload, 4).map(i32::from) },
    ) else {
        out.push_str(datagram.fault());
        return;
    };
    let response = if flags & 0x8000 != 0 { " response" } else { "" };
    let _ = write!(out, "{}{response} 0x{id:04x}", operation_name(flags));
    if flags & 0x8000 != 0 && flags & 15 != 0 {
        let _ = write!(out, " {}", code_name(flags));
    }
    let mut broken = columns.dns_broken[row] == 1;
    if questions > 0 {
        broken |= !push_question(datagram, out, multicast);
    }
    push_records(datagram, out);
    if broken {
        out.push_str(datagram.fault());
    }
}

/// Appends type and name of the first question; false when it cannot be read.
fn push_question(datagram: &Datagram<'_>, out: &mut String, multicast: bool) -> bool {
    let (columns, row) = (datagram.columns, datagram.row);
    let (kind, class) = (columns.dns_type[row], columns.dns_class[row]);
    let (kind, class, name) = if kind >= 0 {
        let mut name = String::new();
        text::push(columns.dns_name.get(row), &mut name);
        (kind, class, name)
    } else {
        let Some(question) = first_question(datagram.payload) else { return false };
        question
    };
    let name = if name.is_empty() || name == "." { "<Root>" } else { &name };
    let _ = write!(out, " {} {name}", type_name(kind));
    if multicast {
        out.push_str(if class & 0x8000 != 0 { ", \"QU\" question" } else { ", \"QM\" question" });
    }
    true
}

fn push_records(datagram: &Datagram<'_>, out: &mut String) {
    let (columns, row) = (datagram.columns, datagram.row);
    let records = columns.dns_records.get(row);
    if !records.is_empty() {
        out.push(' ');
        text::push(records, out);
    }
    if columns.dns_edns_size[row] >= 0 && !records.ends_with(b"OPT") {
        out.push_str(" OPT");
    }
}

/// Type, class and name of the first question of a message; `None` when it ends too early.
fn first_question(message: &[u8]) -> Option<(i32, i32, String)> {
    let mut name = String::new();
    let mut at = 12usize;
    for label in 0..LABELS_MAX {
        let length = usize::from(*message.get(at)?);
        at += 1;
        match length {
            0 => {
                let (kind, class) = (number16(message, at)?, number16(message, at + 2)?);
                return Some((i32::from(kind), i32::from(class), name));
            }
            1..=63 => {
                if label > 0 {
                    name.push('.');
                }
                text::push(message.get(at..at + length)?, &mut name);
                at += length;
            }
            _ => return None,
        }
    }
    None
}
