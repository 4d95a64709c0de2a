//! Info of TFTP (rule D142a).
//!
//! **Invariant:** every operation code has a text.

use super::udp::Datagram;
use super::{number16, text};
use std::fmt::Write;

/// The most options of a request that a list shows.
const OPTIONS_MAX: usize = 8;

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let bytes = datagram.payload;
    let Some(operation) = number16(bytes, 0) else {
        super::udp::push_plain(datagram, out);
        out.push_str(datagram.fault());
        return Some("TFTP");
    };
    let complete = match operation {
        1 | 2 => push_request(operation, &bytes[2..], out),
        3 => push_block("Data Packet", datagram, out),
        4 => push_block("Acknowledgement", datagram, out),
        5 => push_error(&bytes[2..], out),
        6 => {
            out.push_str("Option Acknowledgement");
            true
        }
        _ => {
            let _ = write!(out, "Unknown (0x{operation:04x})");
            datagram.len > 2
        }
    };
    if !complete {
        out.push_str(datagram.fault());
    }
    Some("TFTP")
}

fn push_request(operation: u16, bytes: &[u8], out: &mut String) -> bool {
    out.push_str(if operation == 1 { "Read Request" } else { "Write Request" });
    let mut words = bytes.split(|byte| *byte == 0);
    out.push_str(", File: ");
    text::push(words.next().unwrap_or_default(), out);
    // The split leaves one empty rest after the last zero byte.
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    if zeros < 2 {
        return false;
    }
    out.push_str(", Transfer type: ");
    text::push(words.next().unwrap_or_default(), out);
    for _ in 0..((zeros - 2) / 2).min(OPTIONS_MAX) {
        out.push_str(", ");
        text::push(words.next().unwrap_or_default(), out);
        out.push('=');
        text::push(words.next().unwrap_or_default(), out);
    }
    true
}

fn push_block(name: &str, datagram: &Datagram<'_>, out: &mut String) -> bool {
    out.push_str(name);
    let Some(block) = number16(datagram.payload, 2) else { return false };
    let _ = write!(out, ", Block: {block}");
    // A block of under 512 bytes ends a transfer (RFC 1350).
    if name.starts_with('D') && datagram.len < 516 {
        out.push_str(" (last)");
    }
    true
}

fn push_error(bytes: &[u8], out: &mut String) -> bool {
    out.push_str("Error Code");
    let Some(code) = number16(bytes, 0) else { return false };
    let name = match code {
        0 => "Not defined",
        1 => "File not found",
        2 => "Access violation",
        3 => "Disk full or allocation exceeded",
        4 => "Illegal TFTP Operation",
        5 => "Unknown transfer ID",
        6 => "File already exists",
        7 => "No such user",
        8 => "Option negotiation failed",
        _ => "Unknown",
    };
    let _ = write!(out, ", Code: {name}, Message: ");
    text::push(bytes[2..].split(|byte| *byte == 0).next().unwrap_or_default(), out);
    true
}
