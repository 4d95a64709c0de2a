//! Info of SNMP: the operation and the object identifiers it names (rule D142a).
//!
//! **Invariant:** bytes that do not begin as a message of version 1, 2c or 3 are not SNMP.

use super::ber;
use super::udp::Datagram;
use std::fmt::Write;

/// The most identifiers that a list shows.
const VARIABLES_MAX: usize = 16;

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let (message, _) = ber::expect(datagram.payload, 0x30)?;
    let (version, rest) = ber::expect(message, 0x02)?;
    let version = ber::integer(version)?;
    let pdu = match version {
        0 | 1 => {
            let (_community, rest) = ber::expect(rest, 0x04)?;
            rest
        }
        3 => {
            let (_global, rest) = ber::expect(rest, 0x30)?;
            let (_security, rest) = ber::expect(rest, 0x04)?;
            match ber::next(rest)? {
                (0x30, scoped, _) => {
                    let (_engine, scoped) = ber::expect(scoped, 0x04)?;
                    let (_context, scoped) = ber::expect(scoped, 0x04)?;
                    scoped
                }
                _ => {
                    out.push_str("encryptedPDU: privKey Unknown");
                    return Some("SNMP");
                }
            }
        }
        _ => return None,
    };
    let (tag, body, _) = ber::next(pdu)?;
    out.push_str(match tag {
        0xa0 => "get-request",
        0xa1 => "get-next-request",
        0xa2 => "get-response",
        0xa3 => "set-request",
        0xa4 => "trap",
        0xa5 => "getBulkRequest",
        0xa6 => "informRequest",
        0xa7 => "snmpV2-trap",
        0xa8 => "report",
        _ => return None,
    });
    if tag != 0xa4 {
        push_variables(body, out);
    }
    Some("SNMP")
}

fn push_variables(body: &[u8], out: &mut String) -> Option<()> {
    let (_id, rest) = ber::expect(body, 0x02)?;
    let (_status, rest) = ber::expect(rest, 0x02)?;
    let (_index, rest) = ber::expect(rest, 0x02)?;
    let (mut variables, _) = ber::expect(rest, 0x30)?;
    for _ in 0..VARIABLES_MAX {
        let (variable, rest) = ber::expect(variables, 0x30)?;
        let (identifier, _) = ber::expect(variable, 0x06)?;
        out.push(' ');
        push_identifier(identifier, out);
        variables = rest;
    }
    Some(())
}

fn push_identifier(bytes: &[u8], out: &mut String) {
    let mut number = 0u64;
    let mut first = true;
    for byte in bytes {
        number = number.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if first {
            let top = (number / 40).min(2);
            let _ = write!(out, "{top}.{}", number - top * 40);
            first = false;
        } else {
            let _ = write!(out, ".{number}");
        }
        number = 0;
    }
}
