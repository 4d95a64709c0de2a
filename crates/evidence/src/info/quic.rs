//! Info of QUIC: long headers only, because a short one cannot be told from other bytes.
//!
//! **Invariant:** nothing is decrypted: the text names type, version and connection identifiers.

use super::number32;
use super::udp::Datagram;
use std::fmt::Write;
use teiten_model::hex::hex;

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let bytes = datagram.payload;
    let (first, version) = (*bytes.first()?, number32(bytes, 1)?);
    if first & 0xc0 != 0xc0 {
        return None;
    }
    let kind = match version {
        1 | 0xff00_0000..=0xff00_00ff => {
            ["Initial", "0-RTT", "Handshake", "Retry"][usize::from(first >> 4 & 3)]
        }
        0x6b33_43cf => ["Retry", "Initial", "0-RTT", "Handshake"][usize::from(first >> 4 & 3)],
        _ if version & 0x0f0f_0f0f == 0x0a0a_0a0a => "Version probe",
        _ => return None,
    };
    let destination = identifier(bytes, 5)?;
    let source = identifier(bytes, 6 + destination.len())?;
    out.push_str(kind);
    for (name, id) in [("DCID", destination), ("SCID", source)] {
        if !id.is_empty() {
            let _ = write!(out, ", {name}={}", hex(id));
        }
    }
    Some("QUIC")
}

/// A connection identifier: one byte of length, at most 20 bytes (RFC 9000).
fn identifier(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(*bytes.get(at)?);
    if length > 20 {
        return None;
    }
    bytes.get(at + 1..at + 1 + length)
}
