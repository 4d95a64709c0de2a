//! Info of LDAP over UDP: operation, message number, name (rule D142a).
//!
//! **Invariant:** a message that is not LDAP leaves the text empty, as Wireshark does.

use super::udp::Datagram;
use super::{ber, text};
use std::fmt::Write;

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    push_message(datagram.payload, out);
    Some("CLDAP")
}

fn push_message(payload: &[u8], out: &mut String) -> Option<()> {
    let (message, _) = ber::expect(payload, 0x30)?;
    let (id, rest) = ber::expect(message, 0x02)?;
    let (id, (tag, body, _)) = (ber::integer(id)?, ber::next(rest)?);
    let operation = match tag {
        0x60 => "bindRequest",
        0x61 => "bindResponse",
        0x42 => "unbindRequest",
        0x63 => "searchRequest",
        0x64 => "searchResEntry",
        0x65 => "searchResDone",
        0x77 => "extendedReq",
        0x78 => "extendedResp",
        _ => return None,
    };
    let _ = write!(out, "{operation}({id}) ");
    let (name, rest) = ber::expect(body, if tag == 0x65 { 0x0a } else { 0x04 })?;
    match tag {
        0x63 | 0x64 => {
            out.push('"');
            if name.is_empty() {
                out.push_str("<ROOT>");
            } else {
                text::push(name, out);
            }
            out.push_str("\" ");
        }
        0x65 => out.push_str(if name == [0] { "success " } else { "error " }),
        _ => return Some(()),
    }
    if tag == 0x63 {
        let (scope, _) = ber::expect(rest, 0x0a)?;
        out.push_str(match scope {
            [0] => "baseObject ",
            [1] => "singleLevel ",
            [2] => "wholeSubtree ",
            _ => "",
        });
    }
    Some(())
}
