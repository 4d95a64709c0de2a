//! Info of ICMPv6: names without padding, hop limit instead of time to live.
//!
//! **Invariant:** an error keeps the Protocol `ICMPv6` whatever it quotes.

use super::fault;
use std::fmt::Write;
use teiten_model::address::ipv6_of;
use teiten_model::columns::PacketColumns;
use teiten_model::icmp::Family;

/// The name of an ICMPv6 type as Wireshark prints it; `None` when it has none.
pub(crate) fn type_name(kind: i16) -> Option<&'static str> {
    super::icmp_type(Family::V6, kind)
}

/// The name of a code, where codes of that type have names.
pub(crate) fn code_name(kind: i16, code: i16) -> Option<String> {
    match super::icmp_code(Family::V6, kind, code) {
        Some(name) => Some(name.to_string()),
        None if kind == 1 => Some("Unknown".to_string()),
        None => super::shows_icmp_codes(Family::V6, kind).then(|| format!("Unknown ({code})")),
    }
}

pub(super) fn draw(columns: &PacketColumns, row: usize, out: &mut String) -> &'static str {
    let (kind, code) = (columns.icmp_type[row], columns.icmp_code[row]);
    if kind < 0 || code < 0 {
        out.push_str(fault(columns, row));
        return "ICMPv6";
    }
    let Some(name) = type_name(kind) else {
        let _ = write!(out, "Unknown ({kind})");
        return "ICMPv6";
    };
    out.push_str(name);
    if let Some(code) = code_name(kind, code) {
        let _ = write!(out, " ({code})");
    }
    match kind {
        128 | 129 => match (columns.icmp_id[row], columns.icmp_seq[row]) {
            (id @ 0.., seq @ 0..) => {
                let _ = write!(out, " id=0x{id:04x}, seq={seq}, hop limit={}", columns.ttl[row]);
            }
            _ => out.push_str(fault(columns, row)),
        },
        135 | 136 => {
            if let Some(target) = columns.payload.get(row).get(..16).and_then(ipv6_of) {
                let preposition = if kind == 135 { " for" } else { "" };
                let _ = write!(out, "{preposition} {target}");
            }
        }
        _ => {}
    }
    "ICMPv6"
}
