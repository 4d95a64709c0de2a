//! Info of ONC RPC on port 111: the calls of the port mapper (rule D142a).
//!
//! **Invariant:** a reply is a continuation: without its call nothing says what it answers.

use super::number32;
use super::udp::Datagram;
use std::fmt::Write;

const PORTMAP: u32 = 100_000;
const PROCEDURES: [&str; 6] = ["NULL", "SET", "UNSET", "GETPORT", "DUMP", "CALLIT"];

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let call = datagram.payload;
    let is_call = number32(call, 4) == Some(0) && number32(call, 8) == Some(2);
    let (true, Some(program), Some(version), Some(procedure)) =
        (is_call, number32(call, 12), number32(call, 16), number32(call, 20))
    else {
        out.push_str("Continuation");
        return Some("RPC");
    };
    let known = program == PORTMAP && (2..=4).contains(&version);
    let name = usize::try_from(procedure).ok().and_then(|procedure| PROCEDURES.get(procedure));
    match name {
        Some(name) if known => {
            let _ = write!(out, "V{version} {name} Call");
        }
        _ => {
            let _ = write!(out, "V{version} proc-{procedure} Call");
        }
    }
    if known && version == 2 && procedure == 3 {
        push_port_question(call, out);
    }
    Some(if program == PORTMAP { "Portmap" } else { "RPC" })
}

/// Appends which program a GETPORT asks for; credentials and verifier lie before it.
fn push_port_question(call: &[u8], out: &mut String) -> Option<()> {
    let credentials = usize::try_from(number32(call, 28)?).ok()?;
    let verifier = 32usize.checked_add(credentials)?;
    let verifier_len = usize::try_from(number32(call, verifier.checked_add(4)?)?).ok()?;
    let body = verifier.checked_add(8)?.checked_add(verifier_len)?;
    let program = number32(call, body)?;
    let version = number32(call, body.checked_add(4)?)?;
    let transport = number32(call, body.checked_add(8)?)?;
    let name = match program {
        100_000 => "Portmap",
        100_003 => "NFS",
        100_004 => "YPSERV",
        100_005 => "MOUNT",
        100_021 => "NLM",
        100_024 => "STAT",
        _ => "Unknown",
    };
    let transport = match transport {
        6 => "TCP",
        17 => "UDP",
        _ => "Unknown",
    };
    let _ = write!(out, " {name}({program}) V:{version} {transport}");
    Some(())
}
