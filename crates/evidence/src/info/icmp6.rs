//! Info of ICMPv6: names without padding, hop limit instead of time to live.
//!
//! **Invariant:** an error keeps the Protocol `ICMPv6` whatever it quotes.

use super::fault;
use std::fmt::Write;
use teiten_model::address::ipv6_of;
use teiten_model::columns::PacketColumns;

/// The name of an ICMPv6 type as Wireshark prints it; `None` when it has none.
pub(crate) fn type_name(kind: i16) -> Option<&'static str> {
    let name = match kind {
        1 => "Destination Unreachable",
        2 => "Packet Too Big",
        3 => "Time Exceeded",
        4 => "Parameter Problem",
        100 | 101 | 200 | 201 => "Private experimentation",
        127 => "Reserved for expansion of ICMPv6 error messages",
        128 => "Echo (ping) request",
        129 => "Echo (ping) reply",
        130 => "Multicast Listener Query",
        131 => "Multicast Listener Report",
        132 => "Multicast Listener Done",
        133 => "Router Solicitation",
        134 => "Router Advertisement",
        135 => "Neighbor Solicitation",
        136 => "Neighbor Advertisement",
        137 => "Redirect",
        138 => "Router Renumbering",
        139 => "Node Information Query",
        140 => "Node Information Reply",
        141 => "Inverse Neighbor Discovery Solicitation",
        142 => "Inverse Neighbor Discovery Advertisement",
        143 => "Multicast Listener Report Message v2",
        144 => "Home Agent Address Discovery Request",
        145 => "Home Agent Address Discovery Reply",
        146 => "Mobile Prefix Solicitation",
        147 => "Mobile Prefix Advertisement",
        148 => "Certification Path Solicitation",
        149 => "Certification Path Advertisement",
        150 => "Experimental Mobility",
        151 => "Multicast Router Advertisement",
        152 => "Multicast Router Solicitation",
        153 => "Multicast Router Termination",
        154 => "FMIPv6",
        155 => "RPL Control",
        156 => "Locator Update",
        157 => "Duplicate Address Request",
        158 => "Duplicate Address Confirmation",
        159 => "MPL Control Message",
        160 => "Extended Echo request",
        161 => "Extended Echo reply",
        _ => return None,
    };
    Some(name)
}

/// The name of a code, where codes of that type have names.
pub(crate) fn code_name(kind: i16, code: i16) -> Option<String> {
    let names: &[&str] = match kind {
        1 => &[
            "no route to destination",
            "Administratively prohibited",
            "Beyond scope of source address",
            "Address unreachable",
            "Port unreachable",
            "Source address failed ingress/egress policy",
            "Reject route to destination",
            "Error in Source Routing Header",
        ],
        3 => &["hop limit exceeded in transit", "fragment reassembly time exceeded"],
        4 => &[
            "erroneous header field encountered",
            "unrecognized Next Header type encountered",
            "unrecognized IPv6 option encountered",
            "IPv6 First Fragment has incomplete IPv6 Header Chain",
        ],
        138 => &["Command", "Result"],
        140 => &["Successful", "Refused", "Unknown Qtype"],
        160 | 161 => &["No error"],
        _ => return None,
    };
    let name = usize::try_from(code).ok().and_then(|code| names.get(code));
    Some(match name {
        Some(name) => (*name).to_string(),
        None if kind == 1 => "Unknown".to_string(),
        None => format!("Unknown ({code})"),
    })
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
