//! Info of IKE: the exchange, on port 500 and behind the marker of port 4500.
//!
//! **Invariant:** a header that ends early leaves the text empty, as Wireshark does.

use super::number32;
use super::udp::Datagram;
use std::fmt::Write;

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    push_exchange(datagram.payload, out);
    Some("ISAKMP")
}

/// Port 4500: four zero bytes before IKE, else a keepalive or ESP (RFC 3948).
pub(super) fn draw_encapsulated(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let bytes = datagram.payload;
    if bytes == [0xff] {
        out.push_str("NAT-keepalive");
        return Some("UDPENCAP");
    }
    match number32(bytes, 0)? {
        0 => {
            push_exchange(&bytes[4..], out);
            Some("ISAKMP")
        }
        spi => {
            let _ = write!(out, "ESP (SPI=0x{spi:08x})");
            Some("ESP")
        }
    }
}

fn push_exchange(header: &[u8], out: &mut String) -> Option<()> {
    let [version, exchange, flags] = header.get(17..20)? else { return None };
    let id = number32(header, 20)?;
    if version >> 4 == 2 {
        let name = match exchange {
            34 => "IKE_SA_INIT",
            35 => "IKE_AUTH",
            36 => "CREATE_CHILD_SA",
            37 => "INFORMATIONAL",
            38 => "IKE_SESSION_RESUME",
            _ => "Unknown",
        };
        let side = if flags & 0x08 != 0 { "Initiator" } else { "Responder" };
        let direction = if flags & 0x20 != 0 { "Response" } else { "Request" };
        let _ = write!(out, "{name} MID={id:02} {side} {direction}");
        return Some(());
    }
    let name = match exchange {
        0 => "NONE",
        1 => "Base",
        2 => "Identity Protection (Main Mode)",
        3 => "Authentication Only",
        4 => "Aggressive",
        5 => "Informational",
        6 => "Transaction (Config Mode)",
        32 => "Quick Mode",
        33 => "New Group Mode",
        _ => "Unknown",
    };
    out.push_str(name);
    Some(())
}
