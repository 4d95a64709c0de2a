//! Info of SIP, on any port: request or status line.
//!
//! **Invariant:** bytes whose first line is not one of SIP are not SIP.

use super::text;
use super::udp::Datagram;

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let line = text::line(datagram.payload)?;
    if let Some(status) = line.strip_prefix(b"SIP/2.0 ") {
        out.push_str("Status: ");
        text::push(status, out);
        if status.starts_with(b"200 ") {
            out.push_str(" (");
            text::push(sequence_method(datagram.payload), out);
            out.push(')');
        }
        out.push_str(" | ");
        return Some("SIP");
    }
    let request = line.strip_suffix(b" SIP/2.0")?;
    let (method, target) = text::word(request)?;
    if method.is_empty() || !method.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    out.push_str("Request: ");
    text::push(method, out);
    out.push(' ');
    text::push(target, out);
    if method == b"REGISTER" {
        let bound = header(datagram.payload, b"Contact:").is_some();
        out.push_str(if bound { "  (1 binding)" } else { "  (fetch bindings)" });
    }
    out.push_str(" | ");
    Some("SIP")
}

/// The method that a response answers, by its header `CSeq`.
fn sequence_method(message: &[u8]) -> &[u8] {
    let value = header(message, b"CSeq:").unwrap_or_default().trim_ascii();
    text::word(value).map_or(b"".as_slice(), |(_, method)| method)
}

fn header<'a>(message: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut lines = message.split(|byte| *byte == b'\n').skip(1);
    lines.find_map(|line| {
        let start = line.get(..name.len())?;
        start.eq_ignore_ascii_case(name).then(|| line[name.len()..].trim_ascii_end())
    })
}
