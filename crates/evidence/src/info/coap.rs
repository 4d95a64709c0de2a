//! Info of CoAP: type, message number, code, token, path (rule D142a, RFC 7252).
//!
//! **Invariant:** options are walked only as far as the bytes go.

use super::udp::Datagram;
use super::{number16, text};
use std::fmt::Write;

/// The most options that are walked.
const OPTIONS_MAX: usize = 32;

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let bytes = datagram.payload;
    let (Some(first), Some(code), Some(id)) = (bytes.first(), bytes.get(1), number16(bytes, 2)) else {
        out.push_str(datagram.fault());
        return Some("CoAP");
    };
    let kind = ["CON", "NON", "ACK", "RST"][usize::from(first >> 4 & 3)];
    let _ = write!(out, "{kind}, MID:{id}, ");
    push_code(*code, out);
    let token_len = usize::from(first & 15);
    let Some(token) = bytes.get(4..4 + token_len).filter(|_| token_len <= 8) else {
        out.push_str(datagram.fault());
        return Some("CoAP");
    };
    if !token.is_empty() {
        out.push_str(", TKN:");
        let mut separator = "";
        for byte in token {
            let _ = write!(out, "{separator}{byte:02x}");
            separator = " ";
        }
    }
    push_path(&bytes[4 + token_len..], out);
    Some("CoAP")
}

fn push_code(code: u8, out: &mut String) {
    let name = match code {
        0 => "Empty Message",
        1 => "GET",
        2 => "POST",
        3 => "PUT",
        4 => "DELETE",
        5 => "FETCH",
        6 => "PATCH",
        7 => "iPATCH",
        65 => "2.01 Created",
        66 => "2.02 Deleted",
        67 => "2.03 Valid",
        68 => "2.04 Changed",
        69 => "2.05 Content",
        95 => "2.31 Continue",
        128 => "4.00 Bad Request",
        129 => "4.01 Unauthorized",
        130 => "4.02 Bad Option",
        131 => "4.03 Forbidden",
        132 => "4.04 Not Found",
        133 => "4.05 Method Not Allowed",
        134 => "4.06 Not Acceptable",
        141 => "4.13 Request Entity Too Large",
        143 => "4.15 Unsupported Content-Format",
        160 => "5.00 Internal Server Error",
        161 => "5.01 Not Implemented",
        162 => "5.02 Bad Gateway",
        163 => "5.03 Service Unavailable",
        164 => "5.04 Gateway Timeout",
        165 => "5.05 Proxying Not Supported",
        _ => {
            let _ = write!(out, "Unknown {code}");
            return;
        }
    };
    out.push_str(name);
}

fn push_path(mut options: &[u8], out: &mut String) -> Option<()> {
    let mut number = 0usize;
    let (mut path, mut query) = (String::new(), String::new());
    for _ in 0..OPTIONS_MAX {
        let Some((first, rest)) = options.split_first().filter(|(first, _)| **first != 0xff) else { break };
        let Some((delta, rest)) = extended(first >> 4, rest) else { break };
        let Some((length, rest)) = extended(first & 15, rest) else { break };
        number += delta;
        let Some(value) = rest.get(..length) else { break };
        match number {
            11 => {
                path.push('/');
                text::push(value, &mut path);
            }
            15 => {
                query.push(if query.is_empty() { '?' } else { '&' });
                text::push(value, &mut query);
            }
            _ => {}
        }
        options = &rest[length..];
    }
    if !path.is_empty() || !query.is_empty() {
        let _ = write!(out, ", {path}{query}");
    }
    Some(())
}

/// A nibble of an option head, with its extension of one or two bytes.
fn extended(nibble: u8, rest: &[u8]) -> Option<(usize, &[u8])> {
    match nibble {
        13 => Some((usize::from(*rest.first()?) + 13, &rest[1..])),
        14 => Some((usize::from(number16(rest, 0)?) + 269, &rest[2..])),
        15 => None,
        value => Some((usize::from(value), rest)),
    }
}
