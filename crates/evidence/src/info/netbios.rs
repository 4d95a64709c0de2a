//! Info of the NetBIOS name service on port 137 (rule D142a, RFC 1002).
//!
//! **Invariant:** a name is printed decoded, its sixteenth byte as a suffix in angle brackets.

use super::number16;
use super::udp::Datagram;
use std::fmt::Write;

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let message = datagram.payload;
    let (Some(flags), Some(questions)) = (number16(message, 2), number16(message, 4)) else {
        out.push_str(datagram.fault());
        return Some("NBNS");
    };
    out.push_str(match flags >> 11 & 15 {
        0 => "Name query",
        5 => "Registration",
        6 => "Release",
        7 => "Wait for acknowledgment",
        8 => "Refresh",
        9 => "Refresh (alternate opcode)",
        15 => "Multi-homed registration",
        _ => "Unknown operation",
    });
    if flags & 0x8000 != 0 {
        out.push_str(" response");
        match flags & 15 {
            0 => push_answer(message, out),
            1 => out.push_str(", Request was invalidly formatted"),
            2 => out.push_str(", Problem with NBNS"),
            3 => out.push_str(", Requested name does not exist"),
            code => {
                let _ = write!(out, ", Unknown error ({code})");
            }
        }
    } else if questions > 0 && !push_question(message, out) {
        out.push_str(datagram.fault());
    }
    Some("NBNS")
}

fn type_name(kind: u16) -> &'static str {
    match kind {
        0x20 => "NB",
        0x21 => "NBSTAT",
        _ => "Unknown",
    }
}

/// Appends type and name of the question; false when the message ends before its end.
fn push_question(message: &[u8], out: &mut String) -> bool {
    let (Some(32), Some(encoded), Some(kind)) = (message.get(12), message.get(13..45), number16(message, 46))
    else {
        return false;
    };
    let _ = write!(out, " {} ", type_name(kind));
    let mut name = [0u8; 16];
    for (byte, half) in name.iter_mut().zip(encoded.chunks_exact(2)) {
        *byte = half[0].wrapping_sub(b'A') << 4 | half[1].wrapping_sub(b'A') & 15;
    }
    // Wireshark prints blanks that pad a name only where the whole name is blank.
    let stem = &name[..15];
    let end = stem.iter().rposition(|byte| *byte != b' ').map_or(15, |last| last + 1);
    for byte in &stem[..end] {
        match byte {
            0x20..=0x7e => out.push(char::from(*byte)),
            _ => {
                let _ = write!(out, "<{byte:02x}>");
            }
        }
    }
    let _ = write!(out, "<{:02x}>", name[15]);
    true
}

fn push_answer(message: &[u8], out: &mut String) {
    // Name of 34 bytes, type, class, time to live, length of the data, 16 bits of flags, address.
    let Some(kind) = number16(message, 46) else { return };
    let _ = write!(out, " {}", type_name(kind));
    if kind == 0x20
        && let Some([a, b, c, d]) = message.get(58..62)
    {
        let _ = write!(out, " {a}.{b}.{c}.{d}");
    }
}
