//! Info of memcached over UDP.
//!
//! Wireshark reads a message with the 8-byte frame of UDP as a continuation and one without it as the
//! command line; so does this.
//!
//! **Invariant:** every datagram on the port has a text.

use super::text;
use super::udp::Datagram;

const COMMANDS: [&[u8]; 12] = [
    b"get",
    b"gets",
    b"set",
    b"add",
    b"replace",
    b"append",
    b"delete",
    b"incr",
    b"stats",
    b"version",
    b"flush_all",
    b"quit",
];

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let line = text::line(datagram.payload).unwrap_or_default();
    let command = text::word(line).map_or(line, |(command, _)| command);
    if COMMANDS.contains(&command) {
        text::push(line, out);
        out.push(' ');
    } else {
        out.push_str("MEMCACHE Continuation");
    }
    Some("MEMCACHE")
}
