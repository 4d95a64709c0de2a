//! Info of NTP: version and mode, and for private messages what they ask (rule D142a).
//!
//! **Invariant:** every first byte has a text.

use super::udp::Datagram;
use std::fmt::Write;

const MODES: [&str; 8] = [
    "reserved",
    "symmetric active",
    "symmetric passive",
    "client",
    "server",
    "broadcast",
    "control",
    "private",
];

/// Request codes of private messages (ntp_request.h).
const REQUESTS: [&str; 46] = [
    "PEER_LIST",
    "PEER_LIST_SUM",
    "PEER_INFO",
    "PEER_STATS",
    "SYS_INFO",
    "SYS_STATS",
    "IO_STATS",
    "MEM_STATS",
    "LOOP_INFO",
    "TIMER_STATS",
    "CONFIG",
    "UNCONFIG",
    "SET_SYS_FLAG",
    "CLR_SYS_FLAG",
    "MONITOR",
    "NOMONITOR",
    "GET_RESTRICT",
    "RESADDFLAGS",
    "RESSUBFLAGS",
    "UNRESTRICT",
    "MON_GETLIST",
    "RESET_STATS",
    "RESET_PEER",
    "REREAD_KEYS",
    "DO_DIRTY_HACK",
    "DONT_DIRTY_HACK",
    "TRUSTKEY",
    "UNTRUSTKEY",
    "AUTHINFO",
    "TRAPS",
    "ADD_TRAP",
    "CLR_TRAP",
    "REQUEST_KEY",
    "CONTROL_KEY",
    "GET_CTLSTATS",
    "GET_LEAPINFO",
    "GET_CLOCKINFO",
    "SET_CLKFUDGE",
    "GET_KERNEL",
    "GET_CLKBUGINFO",
    "SET_PRECISION",
    "",
    "MON_GETLIST_1",
    "HOSTNAME_ASSOCID",
    "IF_STATS",
    "IF_RELOAD",
];

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let first = *datagram.payload.first()?;
    let mode = usize::from(first & 7);
    let _ = write!(out, "NTP Version {}, {}", first >> 3 & 7, MODES[mode]);
    match mode {
        6 => {}
        7 => {
            let direction = if first & 0x80 != 0 { "Response" } else { "Request" };
            let Some(code) = datagram.payload.get(3) else {
                out.push_str(datagram.fault());
                return Some("NTP");
            };
            let name = REQUESTS.get(usize::from(*code)).copied().filter(|name| !name.is_empty());
            let _ = write!(out, ", {direction}, {}", name.unwrap_or("Unknown"));
        }
        _ if datagram.len < 48 => out.push_str(datagram.fault()),
        _ => {}
    }
    Some("NTP")
}
