//! Info of SSDP: its first line with a blank for the line end (rule D142a).
//!
//! **Invariant:** bytes that do not begin with a line of HTTP are not SSDP.

use super::text;
use super::udp::Datagram;

const METHODS: [&[u8]; 12] = [
    b"M-SEARCH",
    b"NOTIFY",
    b"GET",
    b"POST",
    b"HEAD",
    b"PUT",
    b"DELETE",
    b"OPTIONS",
    b"TRACE",
    b"CONNECT",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
];

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let line = text::line(datagram.payload)?;
    let (method, _) = text::word(line)?;
    if !line.starts_with(b"HTTP/") && !METHODS.contains(&method) {
        return None;
    }
    text::push(line, out);
    out.push(' ');
    Some("SSDP")
}
