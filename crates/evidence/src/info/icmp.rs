//! Info of ICMP (rule D138): names padded as Wireshark pads them, code in brackets.
//!
//! **Invariant:** an error keeps the Protocol `ICMP` whatever it quotes (D139).

use super::fault;
use std::fmt::Write;
use teiten_model::columns::PacketColumns;
use teiten_model::icmp::Family;

/// The name of an ICMP type as Wireshark prints it.
pub(crate) fn type_name(kind: i16) -> &'static str {
    super::icmp_type(Family::V4, kind).unwrap_or("Unknown ICMP (obsolete or malformed?)")
}

/// The name of a code, where codes of that type have names.
pub(crate) fn code_name(kind: i16, code: i16) -> Option<String> {
    match super::icmp_code(Family::V4, kind, code) {
        Some(name) => Some(name.to_string()),
        None => super::shows_icmp_codes(Family::V4, kind).then(|| format!("Unknown code: {code}")),
    }
}

pub(super) fn draw(columns: &PacketColumns, row: usize, out: &mut String) -> &'static str {
    let (kind, code) = (columns.icmp_type[row], columns.icmp_code[row]);
    if kind < 0 || code < 0 {
        out.push_str(fault(columns, row));
        return "ICMP";
    }
    match kind {
        9 if matches!(code, 0 | 16) => out.push_str("Mobile IP Advertisement"),
        _ => {
            let _ = write!(out, "{:<20}", type_name(kind));
        }
    }
    if let Some(code) = code_name(kind, code) {
        let _ = write!(out, " ({code})");
    } else if matches!(kind, 0 | 8 | 13..=18) {
        push_identity(columns, row, out);
    }
    "ICMP"
}

fn push_identity(columns: &PacketColumns, row: usize, out: &mut String) {
    let (Ok(id), Ok(seq)) = (u16::try_from(columns.icmp_id[row]), u16::try_from(columns.icmp_seq[row]))
    else {
        out.push_str(fault(columns, row));
        return;
    };
    let _ = write!(out, " id=0x{id:04x}, seq={seq}/{}, ttl={}", seq.swap_bytes(), columns.ttl[row]);
    let needed = match columns.icmp_type[row] {
        13 | 14 => 12,
        17 | 18 => 4,
        _ => 0,
    };
    if columns.payload_len[row] >= 0 && columns.payload_len[row] < needed {
        out.push_str(fault(columns, row));
    }
}
