//! Info of TCP: ports, flags, numbers, options (rules D140, D141).
//!
//! Payload is shown as its length, but for a DNS message that the decoder found whole in the segment. Where
//! a segment holds several, the text is that of the first; Wireshark shows the last.
//!
//! **Invariant:** a SYN shows `Seq=0`; every other number is absolute.

use super::{dns, fault, number16, number32};
use std::fmt::Write;
use teiten_model::columns::PacketColumns;
use teiten_model::malformed::Malformed;

const FLAG_NAMES: [&str; 9] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"];
const SYN: i16 = 0x002;
const ACK: i16 = 0x010;
const URG: i16 = 0x020;

pub(super) fn draw(columns: &PacketColumns, row: usize, out: &mut String) -> &'static str {
    if let Some(name) = dns::draw_segment(columns, row, out) {
        return name;
    }
    let _ = write!(out, "{} → {}", columns.src_port[row], columns.dst_port[row]);
    let flags = columns.tcp_flags[row];
    if flags < 0 {
        out.push_str(fault(columns, row));
        return "TCP";
    }
    push_flags(flags, out);
    let seq = if flags & SYN != 0 { 0 } else { columns.tcp_seq[row] };
    let _ = write!(out, " Seq={seq}");
    if flags & ACK != 0 {
        let _ = write!(out, " Ack={}", columns.tcp_ack[row]);
    }
    let _ = write!(out, " Win={}", columns.tcp_window[row]);
    if flags & URG != 0 {
        let _ = write!(out, " Urg={}", columns.tcp_urgent[row].max(0));
    }
    let header_len = columns.tcp_offset[row];
    if (0..20).contains(&header_len) {
        let _ = write!(out, ", bogus TCP header length ({header_len}, must be at least 20)");
        return "TCP";
    }
    if columns.malformed.get(row) == Some(Malformed::TcpBadOffset.name()) {
        out.push_str(fault(columns, row));
        return "TCP";
    }
    let _ = write!(out, " Len={}", columns.payload_len[row].max(0));
    if push_options(columns.tcp_options.get(row), out) { "MPTCP" } else { "TCP" }
}

/// Appends ` [SYN, ACK]`; the names that Wireshark uses, three reserved bits as one.
pub(crate) fn push_flags(flags: i16, out: &mut String) {
    out.push_str(" [");
    let mut separator = "";
    for (bit, name) in FLAG_NAMES.iter().enumerate() {
        if flags & (1 << bit) != 0 {
            out.push_str(separator);
            out.push_str(name);
            separator = ", ";
        }
    }
    if flags & 0x0e00 != 0 {
        out.push_str(separator);
        out.push_str("Reserved");
    } else if flags & 0x1ff == 0 {
        out.push_str("<None>");
    }
    out.push(']');
}

/// Appends the options in the order in which they were sent; says whether one was Multipath TCP.
fn push_options(mut options: &[u8], out: &mut String) -> bool {
    let mut multipath = false;
    while let [kind, rest @ ..] = options {
        match kind {
            0 => break,
            1 => {
                options = rest;
                continue;
            }
            _ => {}
        }
        let Some(length) = rest.first().map(|length| usize::from(*length)) else { break };
        if length < 2 || length > options.len() {
            break;
        }
        let value = &options[2..length];
        multipath |= *kind == 30;
        push_option(*kind, value, out);
        options = &options[length..];
    }
    multipath
}

fn push_option(kind: u8, value: &[u8], out: &mut String) {
    let _ = match (kind, value.len()) {
        (2, 2) => write!(out, " MSS={}", number16(value, 0).unwrap_or(0)),
        // RFC 7323 allows no shift beyond 14.
        (3, 1) => write!(out, " WS={}", 1u32 << value[0].min(14)),
        (4, 0) => write!(out, " SACK_PERM"),
        (5, _) => {
            for block in value.chunks_exact(8) {
                let (left, right) = (number32(block, 0), number32(block, 4));
                let _ = write!(out, " SLE={} SRE={}", left.unwrap_or(0), right.unwrap_or(0));
            }
            Ok(())
        }
        (6, 4) => write!(out, " ECHO={}", number32(value, 0).unwrap_or(0)),
        (7, 4) => write!(out, " ECHOREPLY={}", number32(value, 0).unwrap_or(0)),
        (8, 8) => {
            let (sent, echoed) = (number32(value, 0), number32(value, 4));
            write!(out, " TSval={} TSecr={}", sent.unwrap_or(0), echoed.unwrap_or(0))
        }
        (11, 4) => write!(out, " CC={}", number32(value, 0).unwrap_or(0)),
        (12, 4) => write!(out, " CCNEW={}", number32(value, 0).unwrap_or(0)),
        (13, 4) => write!(out, " CCECHO={}", number32(value, 0).unwrap_or(0)),
        (19, 16) => write!(out, " MD5"),
        (34, 0) => write!(out, " TFO=R"),
        (34, _) => write!(out, " TFO=C"),
        (253 | 254, 2..) => write!(out, " ExID={:04X}", number16(value, 0).unwrap_or(0)),
        _ => Ok(()),
    };
}
