//! From the protocol number to the protocol, and the ports that four of them share.
//!
//! Protocols without a file of their own (GRE, IP in IP, ESP and the rest) keep their number and the
//! first bytes above IP: only the outer IP header is followed.

use teiten_model::malformed::Malformed;
use teiten_model::protocols::{DCCP, ICMP, ICMPV6, SCTP, TCP, UDP, UDP_LITE};

use crate::decode::dns::Reading;
use crate::decode::part::Part;
use crate::decode::row::Row;
use crate::decode::{icmp, tcp, udp};

/// Whether the protocol begins with a source and a destination port.
pub(super) fn has_ports(protocol: u8) -> bool {
    matches!(protocol, TCP | UDP | DCCP | SCTP | UDP_LITE)
}

/// Reads what stands above IP; `whole` is false for the first of several fragments.
#[inline]
pub(super) fn decode(row: &mut Row<'_>, reading: &mut Reading, protocol: u8, body: Part<'_>, whole: bool) {
    match protocol {
        TCP => tcp::decode(row, reading, body),
        UDP => udp::decode(row, reading, body, whole),
        ICMP => icmp::decode(row, reading, body, icmp::V4),
        ICMPV6 => icmp::decode(row, reading, body, icmp::V6),
        SCTP => with_header_of(row, body, 12),
        UDP_LITE => with_header_of(row, body, 8),
        DCCP => {
            let words = usize::from(body.byte(4).unwrap_or_default());
            // The generic header is 12 bytes, 16 with long sequence numbers (RFC 4340 section 5.1).
            with_header_of(row, body, (words * 4).max(12));
        }
        _ => row.payload(body),
    }
}

/// Writes the ports as far as they are captured.
#[inline]
pub(super) fn ports(row: &mut Row<'_>, body: Part<'_>) {
    let (columns, at) = row.parts();
    if let Some([s0, s1, d0, d1]) = body.array::<4>(0) {
        columns.src_port[at] = i32::from(u16::from_be_bytes([s0, s1]));
        columns.dst_port[at] = i32::from(u16::from_be_bytes([d0, d1]));
    } else if let Some(src_port) = body.be16(0) {
        columns.src_port[at] = i32::from(src_port);
    }
}

fn with_header_of(row: &mut Row<'_>, body: Part<'_>, header_len: usize) {
    ports(row, body);
    if body.len() < header_len {
        row.fault(Malformed::TransportShort);
    } else {
        row.payload(body.after(header_len));
    }
}
