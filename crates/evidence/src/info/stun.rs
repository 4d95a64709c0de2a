//! Info of STUN, on any port (RFC 5389, and RFC 3489 on its own port).
//!
//! **Invariant:** outside its port only the magic cookie and a fitting length make a datagram STUN.

use super::udp::Datagram;
use super::{number16, number32};
use std::fmt::Write;

const MAGIC: u32 = 0x2112_a442;

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let bytes = datagram.payload;
    let (kind, length) = (number16(bytes, 0)?, number16(bytes, 2)?);
    if kind & 0xc000 != 0 || usize::from(length) + 20 != datagram.len {
        return None;
    }
    let method = (kind & 0x000f) | (kind >> 1 & 0x0070) | (kind >> 2 & 0x0f80);
    let class = (kind >> 4 & 1) | (kind >> 7 & 2);
    let name = match method {
        1 => "Binding",
        2 => "SharedSecret",
        3 => "Allocate",
        4 => "Refresh",
        6 => "Send",
        7 => "Data",
        8 => "CreatePermission",
        9 => "ChannelBind",
        _ => "Unknown",
    };
    if number32(bytes, 4)? != MAGIC {
        if datagram.src_port != 3478 && datagram.dst_port != 3478 {
            return None;
        }
        let class = ["Request", "Indication", "Response", "Error Response"][usize::from(class)];
        let _ = write!(out, "Message: {name} {class}");
        return Some("CLASSIC-STUN");
    }
    let class = ["Request", "Indication", "Success Response", "Error Response"][usize::from(class)];
    let _ = write!(out, "{name} {class}");
    push_address(bytes, out);
    Some("STUN")
}

/// Appends the mapped IPv4 address when it is the first attribute.
fn push_address(bytes: &[u8], out: &mut String) -> Option<()> {
    let (attribute, length) = (number16(bytes, 20)?, number16(bytes, 22)?);
    if attribute != 0x0020 || length != 8 || bytes.get(25) != Some(&1) {
        return None;
    }
    let port = number16(bytes, 26)? ^ 0x2112;
    let address = std::net::Ipv4Addr::from(number32(bytes, 28)? ^ MAGIC);
    let _ = write!(out, " XOR-MAPPED-ADDRESS: {address}:{port}");
    Some(())
}
