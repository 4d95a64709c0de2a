//! Info of what lies directly above IP, of fragments, and of frames that are not IP.
//!
//! **Invariant:** a later fragment has no ports: its text names protocol and place only (D142a).

use super::{fault, number32};
use std::fmt::Write;
use teiten_model::columns::PacketColumns;
use teiten_model::protocols;

/// The chunk types of SCTP (RFC 9260), by number.
const SCTP_CHUNKS: [&str; 16] = [
    "DATA",
    "INIT",
    "INIT_ACK",
    "SACK",
    "HEARTBEAT",
    "HEARTBEAT_ACK",
    "ABORT",
    "SHUTDOWN",
    "SHUTDOWN_ACK",
    "ERROR",
    "COOKIE_ECHO",
    "COOKIE_ACK",
    "ECNE",
    "CWR",
    "SHUTDOWN_COMPLETE",
    "AUTH",
];

/// Numbers without a name that Wireshark calls unassigned; it does not know those beyond.
const UNASSIGNED: std::ops::RangeInclusive<i16> = 144..=223;

/// The name of a protocol above IP as Wireshark prints it.
pub(crate) fn name(protocol: i16) -> &'static str {
    let shown = u8::try_from(protocol).ok().and_then(protocols::find).and_then(|row| row.shown);
    shown.unwrap_or(if UNASSIGNED.contains(&protocol) { "Unassigned" } else { "Unknown" })
}

pub(super) fn draw_fragment(columns: &PacketColumns, row: usize, out: &mut String) -> &'static str {
    let (protocol, offset) = (columns.ip_proto[row], columns.frag_offset[row]);
    if columns.ip_version[row] == 4 {
        let (name, id) = (name(protocol), columns.ip_id[row].max(0));
        let _ = write!(out, "Fragmented IP protocol (proto={name} {protocol}, off={offset}, ID={id:04x})");
        return "IPv4";
    }
    let more = if columns.ip_flags[row] & 1 != 0 { 'y' } else { 'n' };
    let _ = write!(out, "IPv6 fragment (off={offset} more={more} nxt={protocol})");
    "IPv6"
}

pub(super) fn draw_other(columns: &PacketColumns, row: usize, out: &mut String) -> &'static str {
    let ip = if columns.ip_version[row] == 4 { "IPv4" } else { "IPv6" };
    let (protocol, payload) = (columns.ip_proto[row], columns.payload.get(row));
    match (protocol, payload) {
        (..0 | 6 | 17, _) => {
            out.push_str(fault(columns, row));
            ip
        }
        (59, _) if ip == "IPv6" => {
            out.push_str("IPv6 no next header");
            ip
        }
        (2, [kind, _, _, _, group @ ..]) => draw_igmp(*kind, payload.len(), group, out),
        (47, [_, _, high, low, ..]) => {
            let _ = write!(out, "Encapsulated {}", encapsulated(u16::from_be_bytes([*high, *low])));
            "GRE"
        }
        (50, _) if number32(payload, 0).is_some() => {
            let _ = write!(out, "ESP (SPI=0x{:08x})", number32(payload, 0).unwrap_or(0));
            "ESP"
        }
        (132, _) if columns.src_port[row] >= 0 => draw_sctp(columns, row, out),
        _ if ip == "IPv6" => {
            let _ = write!(out, "Unknown IP Protocol: {} ({protocol})", name(protocol));
            ip
        }
        _ if payload.is_empty() && columns.payload_len[row] <= 0 => ip,
        _ => {
            let _ = write!(out, "{} ({protocol})", name(protocol));
            ip
        }
    }
}

fn draw_igmp(kind: u8, len: usize, group: &[u8], out: &mut String) -> &'static str {
    let address = match group {
        [a, b, c, d, ..] => format!("{a}.{b}.{c}.{d}"),
        _ => String::new(),
    };
    let version3 = kind == 0x22 || (kind == 0x11 && len >= 12);
    let _ = match kind {
        0x11 if address == "0.0.0.0" => write!(out, "Membership Query, general"),
        0x11 => write!(out, "Membership Query, specific for group {address}"),
        0x12 | 0x16 => write!(out, "Membership Report group {address}"),
        0x17 => write!(out, "Leave Group {address}"),
        0x22 => write!(out, "Membership Report"),
        _ => write!(out, "Unknown Type:0x{kind:02x}"),
    };
    match kind {
        _ if version3 => "IGMPv3",
        0x12 => "IGMPv1",
        _ => "IGMPv2",
    }
}

fn encapsulated(ethertype: u16) -> String {
    match ethertype {
        0x0800 => "IP".to_string(),
        0x86dd => "IPv6".to_string(),
        0x880b => "PPP".to_string(),
        0x6558 => "Transparent Ethernet bridging".to_string(),
        other => format!("0x{other:04x} (unknown)"),
    }
}

fn draw_sctp(columns: &PacketColumns, row: usize, out: &mut String) -> &'static str {
    match columns.payload.get(row).first() {
        Some(kind) => {
            out.push_str(SCTP_CHUNKS.get(usize::from(*kind)).copied().unwrap_or("Unknown"));
            out.push(' ');
        }
        None => {
            let _ = write!(out, "{} → {}", columns.src_port[row], columns.dst_port[row]);
        }
    }
    "SCTP"
}

/// A frame that is not IP, or not readable as far as IP: the columns hold its length and link only.
pub(super) fn draw_foreign(columns: &PacketColumns, row: usize, out: &mut String) -> &'static str {
    let _ = write!(out, "Not IP, {} bytes", columns.frame_len[row].max(0));
    match columns.link[row] {
        1 => "Ethernet",
        0 | 108 => "NULL",
        9 | 50 => "PPP",
        113 | 276 => "SLL",
        _ => "not IP",
    }
}
