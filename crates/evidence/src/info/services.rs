//! Info of the small services that scans ask for: one line each.
//!
//! A service whose text Wireshark makes from more than its first bytes is left to plain UDP.
//!
//! **Invariant:** each declines bytes that are not its own.

use super::udp::Datagram;
use super::{number16, text};
use std::fmt::Write;

pub(super) fn draw_echo(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    out.push_str(if datagram.dst_port == 7 { "Request" } else { "Response" });
    Some("ECHO")
}

pub(super) fn draw_daytime(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    out.push_str(if datagram.dst_port == 13 { "DAYTIME Request" } else { "DAYTIME Response" });
    Some("DAYTIME")
}

pub(super) fn draw_chargen(_: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    out.push_str("Chargen");
    Some("Chargen")
}

pub(super) fn draw_xdmcp(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    if number16(datagram.payload, 0)? != 1 {
        return None;
    }
    out.push_str(match number16(datagram.payload, 2)? {
        1 => "Broadcast_query",
        2 => "Query",
        3 => "Indirect_query",
        4 => "Forward_query",
        5 => "Willing",
        6 => "Unwilling",
        7 => "Request",
        _ => return None,
    });
    Some("XDMCP")
}

pub(super) fn draw_srvloc(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let [version @ 1..=2, function, ..] = datagram.payload else { return None };
    let name = match function {
        1 => "Service Request",
        2 => "Service Reply",
        3 => "Service Registration",
        4 => "Service Deregister",
        5 => "Service Acknowledge",
        6 => "Attribute Request",
        7 => "Attribute Reply",
        8 => "DA Advertisement",
        9 => "Service Type Request",
        10 => "Service Type Reply",
        11 => "SA Advertisement",
        _ => return None,
    };
    let _ = write!(out, "{name}, V{version}");
    if *version == 2 {
        let _ = write!(out, " XID - {}", number16(datagram.payload, 10)?);
    } else {
        let _ = write!(out, " Transaction ID - {}", number16(datagram.payload, 10)?);
    }
    Some("SRVLOC")
}

pub(super) fn draw_syslog(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    const FACILITIES: [&str; 24] = [
        "KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV", "FTP",
        "NTP", "LOGAUDIT", "LOGALERT", "CRON", "LOCAL0", "LOCAL1", "LOCAL2", "LOCAL3", "LOCAL4", "LOCAL5",
        "LOCAL6", "LOCAL7",
    ];
    const LEVELS: [&str; 8] = ["EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG"];
    let rest = datagram.payload.strip_prefix(b"<")?;
    let end = rest.iter().position(|byte| *byte == b'>').filter(|end| (1..=3).contains(end))?;
    let priority: usize = str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    let _ = write!(out, "{}.{}: ", FACILITIES.get(priority >> 3)?, LEVELS[priority & 7]);
    text::push(&rest[end + 1..], out);
    Some("Syslog")
}

pub(super) fn draw_rip(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let [command, version @ 1..=2, ..] = datagram.payload else { return None };
    out.push_str(match command {
        1 => "Request",
        2 => "Response",
        3 => "Traceon",
        4 => "Traceoff",
        5 => "Vendor specific (Sun)",
        _ => return None,
    });
    Some(if *version == 1 { "RIPv1" } else { "RIPv2" })
}

pub(super) fn draw_rmcp(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    match datagram.payload {
        [6, _, _, 6, 0, 0, 0x11, 0xbe, kind, ..] => {
            out.push_str(match kind {
                0x80 => "Presence Ping",
                0x40 => "Presence Pong",
                _ => return None,
            });
            Some("ASF")
        }
        [6, _, _, 7, _, _, _, _, _, a, b, c, d, ..] => {
            let _ = write!(out, "Session ID 0x{:x}", u32::from_le_bytes([*a, *b, *c, *d]));
            Some("IPMB")
        }
        _ => None,
    }
}

pub(super) fn draw_radius(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let [code, id, ..] = datagram.payload else { return None };
    if usize::from(number16(datagram.payload, 2)?) != datagram.len || datagram.len < 20 {
        return None;
    }
    let name = match code {
        1 => "Access-Request",
        2 => "Access-Accept",
        3 => "Access-Reject",
        4 => "Accounting-Request",
        5 => "Accounting-Response",
        11 => "Access-Challenge",
        12 => "Status-Server",
        _ => return None,
    };
    let _ = write!(out, "{name} id={id}");
    Some("RADIUS")
}

pub(super) fn draw_l2tp(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let bytes = datagram.payload;
    // A control message of version 2 with length and sequence fields, its first attribute the message type.
    if number16(bytes, 0)? & 0xc80f != 0xc802 {
        return None;
    }
    let (tunnel, session) = (number16(bytes, 4)?, number16(bytes, 6)?);
    let name = match number16(bytes, 18) {
        Some(1) => "SCCRQ",
        Some(2) => "SCCRP",
        Some(3) => "SCCCN",
        Some(4) => "StopCCN",
        Some(6) => "Hello",
        Some(10) => "ICRQ",
        Some(_) => "Unknown",
        None => "ZLB",
    };
    let _ = write!(out, "Control Message - {name} (tunnel id={tunnel}, session id={session})");
    Some("L2TP")
}

pub(super) fn draw_gtp(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let [flags, kind, ..] = datagram.payload else { return None };
    if flags >> 5 > 2 {
        return None;
    }
    out.push_str(match kind {
        1 => "Echo request",
        2 => "Echo response",
        _ => return None,
    });
    Some("GTP")
}

pub(super) fn draw_nat_pmp(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let [0, operation, ..] = datagram.payload else { return None };
    out.push_str(match operation {
        0 => "External Address Request",
        1 => "Map UDP Request",
        2 => "Map TCP Request",
        128 => "External Address Response",
        129 => "Map UDP Response",
        130 => "Map TCP Response",
        _ => return None,
    });
    Some("NAT-PMP")
}

pub(super) fn draw_quake3(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    if !datagram.payload.starts_with(&[0xff; 4]) {
        return None;
    }
    out.push_str("Connectionless ");
    Some("QUAKE3")
}

pub(super) fn draw_dht(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let starts = [b"d1:ad".as_slice(), b"d1:rd", b"d2:ip", b"d1:el"];
    if !starts.iter().any(|start| datagram.payload.starts_with(start)) {
        return None;
    }
    out.push_str("BitTorrent DHT Protocol");
    Some("BT-DHT")
}
