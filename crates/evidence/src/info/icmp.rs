//! Info of ICMP (rule D138): names padded as Wireshark pads them, code in brackets.
//!
//! **Invariant:** an error keeps the Protocol `ICMP` whatever it quotes (D139).

use super::fault;
use std::fmt::Write;
use teiten_model::columns::PacketColumns;

const UNREACHABLE: [&str; 16] = [
    "Network unreachable",
    "Host unreachable",
    "Protocol unreachable",
    "Port unreachable",
    "Fragmentation needed",
    "Source route failed",
    "Destination network unknown",
    "Destination host unknown",
    "Source host isolated",
    "Network administratively prohibited",
    "Host administratively prohibited",
    "Network unreachable for TOS",
    "Host unreachable for TOS",
    "Communication administratively filtered",
    "Host precedence violation",
    "Precedence cutoff in effect",
];
const REDIRECT: [&str; 4] = [
    "Redirect for network",
    "Redirect for host",
    "Redirect for TOS and network",
    "Redirect for TOS and host",
];
const EXCEEDED: [&str; 2] = ["Time to live exceeded in transit", "Fragment reassembly time exceeded"];
const PARAMETER: [&str; 3] = ["Pointer indicates the error", "Required option missing", "Bad length"];
const PHOTURIS: [&str; 6] = [
    "Bad SPI",
    "Authentication Failed",
    "Decompression Failed",
    "Decryption Failed",
    "Need Authentication",
    "Need Authorization",
];
const EXTENDED: [&str; 5] = [
    "No error",
    "Malformed Query",
    "No Such Interface",
    "No Such Table Entry",
    "Multiple Interfaces Satisfy Query",
];

/// The name of an ICMP type as Wireshark prints it.
pub(crate) fn type_name(kind: i16) -> &'static str {
    match kind {
        0 => "Echo (ping) reply",
        1 | 2 => "Reserved",
        3 => "Destination unreachable",
        4 => "Source quench (flow control)",
        5 => "Redirect",
        6 => "Alternate host address",
        8 => "Echo (ping) request",
        9 => "Router advertisement",
        10 => "Router solicitation",
        11 => "Time-to-live exceeded",
        12 => "Parameter problem",
        13 => "Timestamp request",
        14 => "Timestamp reply",
        15 => "Information request",
        16 => "Information reply",
        17 => "Address mask request",
        18 => "Address mask reply",
        19 => "Reserved (for security)",
        30 => "Traceroute",
        31 => "Datagram Conversion Error",
        32 => "Mobile Host Redirect",
        33 => "IPv6 Where-Are-You",
        34 => "IPv6 I-Am-Here",
        35 => "Mobile Registration Request",
        36 => "Mobile Registration Reply",
        37 => "Domain Name Request",
        38 => "Domain Name Reply",
        39 => "SKIP",
        40 => "Photuris",
        41 => "Experimental mobility protocols",
        42 => "Extended Echo request",
        43 => "Extended Echo reply",
        _ => "Unknown ICMP (obsolete or malformed?)",
    }
}

/// The name of a code, where codes of that type have names.
pub(crate) fn code_name(kind: i16, code: i16) -> Option<String> {
    let names: &[&str] = match kind {
        3 => &UNREACHABLE,
        5 => &REDIRECT,
        6 => &["Alternate address for host"],
        9 if code == 16 => return Some("Does not route common traffic".to_string()),
        9 => &["Normal router advertisement"],
        11 => &EXCEEDED,
        12 => &PARAMETER,
        40 => &PHOTURIS,
        42 => &EXTENDED[..1],
        43 => &EXTENDED,
        _ => return None,
    };
    let name = usize::try_from(code).ok().and_then(|code| names.get(code));
    Some(name.map_or_else(|| format!("Unknown code: {code}"), |name| (*name).to_string()))
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
