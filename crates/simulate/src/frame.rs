//! Bytes of frames: Ethernet, IPv4 or IPv6 and what it carries, with right lengths and checksums.
//!
//! Frames are written at the end of a buffer that a whole sensor-day shares, so that no packet costs an
//! allocation. ICMP messages are named by their IPv4 numbers and translated for IPv6.
//!
//! **Invariant:** every checksum of a frame written here is right, or left out where a tool leaves it out; a
//! frame has at least 60 bytes, the least that Ethernet carries.

use crate::address::{Address, Family};
use teiten_model::protocols;

/// TCP flag bits.
pub(crate) mod flag {
    pub(crate) const FIN: u8 = 0x01;
    pub(crate) const SYN: u8 = 0x02;
    pub(crate) const RST: u8 = 0x04;
    pub(crate) const PSH: u8 = 0x08;
    pub(crate) const ACK: u8 = 0x10;
    pub(crate) const URG: u8 = 0x20;
}

/// The least length of an Ethernet frame without its check sequence, in bytes.
const ETHERNET_BYTES_MIN: usize = 60;

/// What an IP header says; both addresses are of one family.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ip {
    pub(crate) src: Address,
    pub(crate) dst: Address,
    pub(crate) ttl: u8,
    /// IPv6 has none.
    pub(crate) id: u16,
    /// IPv6 never fragments on the way.
    pub(crate) dont_fragment: bool,
    /// The byte for type of service or traffic class.
    pub(crate) tos: u8,
}

impl Ip {
    /// A header that sets nothing beside addresses and hop limit.
    pub(crate) fn new(src: Address, dst: Address, ttl: u8) -> Ip {
        Ip { src, dst, ttl, id: 0, dont_fragment: false, tos: 0 }
    }

    /// The length of the header, in bytes.
    pub(crate) fn header_bytes(&self) -> usize {
        match self.src.family() {
            Family::V4 => 20,
            Family::V6 => 40,
        }
    }
}

/// What a TCP header says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tcp<'a> {
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) flags: u8,
    pub(crate) window: u16,
    pub(crate) urgent: u16,
    /// Raw options, a multiple of 4 bytes.
    pub(crate) options: &'a [u8],
}

/// What a UDP header says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Udp {
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    /// Whether the sender leaves the checksum out; IPv6 does not allow it, and it is then written.
    pub(crate) is_unchecked: bool,
}

impl Udp {
    /// A header with a checksum.
    pub(crate) fn new(src_port: u16, dst_port: u16) -> Udp {
        Udp { src_port, dst_port, is_unchecked: false }
    }
}

/// Appends an Ethernet header for IP of a family.
pub(crate) fn put_ethernet(bytes: &mut Vec<u8>, dst: [u8; 6], src: [u8; 6], family: Family) {
    bytes.extend_from_slice(&dst);
    bytes.extend_from_slice(&src);
    bytes.extend_from_slice(match family {
        Family::V4 => &[0x08, 0x00],
        Family::V6 => &[0x86, 0xdd],
    });
}

/// Pads the frame that begins at `start` to what Ethernet carries at least.
pub(crate) fn pad(bytes: &mut Vec<u8>, start: usize) {
    if bytes.len() < start + ETHERNET_BYTES_MIN {
        bytes.resize(start + ETHERNET_BYTES_MIN, 0);
    }
}

/// Appends an IP header for a body of so many bytes.
pub(crate) fn put_ip(bytes: &mut Vec<u8>, ip: &Ip, protocol: u8, body_bytes: usize) {
    if ip.src.family() == Family::V6 {
        let first = 0x6000_0000 | u32::from(ip.tos) << 20;
        bytes.extend_from_slice(&first.to_be_bytes());
        bytes.extend_from_slice(&(body_bytes as u16).to_be_bytes());
        bytes.extend_from_slice(&[protocol, ip.ttl]);
        bytes.extend_from_slice(&ip.src.number().to_be_bytes());
        bytes.extend_from_slice(&ip.dst.number().to_be_bytes());
        return;
    }
    let start = bytes.len();
    bytes.extend_from_slice(&[0x45, ip.tos]);
    bytes.extend_from_slice(&((20 + body_bytes) as u16).to_be_bytes());
    bytes.extend_from_slice(&ip.id.to_be_bytes());
    bytes.extend_from_slice(&[if ip.dont_fragment { 0x40 } else { 0 }, 0, ip.ttl, protocol, 0, 0]);
    bytes.extend_from_slice(&ip.src.low().to_be_bytes());
    bytes.extend_from_slice(&ip.dst.low().to_be_bytes());
    let checksum = fold(sum(0, &bytes[start..]));
    bytes[start + 10..start + 12].copy_from_slice(&checksum.to_be_bytes());
}

/// Appends an IP packet with a TCP segment.
pub(crate) fn put_tcp(bytes: &mut Vec<u8>, ip: &Ip, tcp: &Tcp<'_>, payload: &[u8]) {
    put_ip(bytes, ip, protocols::TCP, 20 + tcp.options.len() + payload.len());
    let start = bytes.len();
    bytes.extend_from_slice(&tcp.src_port.to_be_bytes());
    bytes.extend_from_slice(&tcp.dst_port.to_be_bytes());
    bytes.extend_from_slice(&tcp.seq.to_be_bytes());
    bytes.extend_from_slice(&tcp.ack.to_be_bytes());
    bytes.extend_from_slice(&[(((20 + tcp.options.len()) / 4) << 4) as u8, tcp.flags]);
    bytes.extend_from_slice(&tcp.window.to_be_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend_from_slice(&tcp.urgent.to_be_bytes());
    bytes.extend_from_slice(tcp.options);
    bytes.extend_from_slice(payload);
    let checksum = fold(sum(pseudo(ip, protocols::TCP, bytes.len() - start), &bytes[start..]));
    bytes[start + 16..start + 18].copy_from_slice(&checksum.to_be_bytes());
}

/// Appends an IP packet with a UDP datagram.
pub(crate) fn put_udp(bytes: &mut Vec<u8>, ip: &Ip, udp: Udp, payload: &[u8]) {
    put_ip(bytes, ip, protocols::UDP, 8 + payload.len());
    let start = bytes.len();
    bytes.extend_from_slice(&udp.src_port.to_be_bytes());
    bytes.extend_from_slice(&udp.dst_port.to_be_bytes());
    bytes.extend_from_slice(&((8 + payload.len()) as u16).to_be_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend_from_slice(payload);
    if udp.is_unchecked && ip.src.family() == Family::V4 {
        return;
    }
    // A computed zero is sent as all ones: zero would say that there is no checksum (RFC 768).
    let checksum = match fold(sum(pseudo(ip, protocols::UDP, bytes.len() - start), &bytes[start..])) {
        0 => u16::MAX,
        checksum => checksum,
    };
    bytes[start + 6..start + 8].copy_from_slice(&checksum.to_be_bytes());
}

/// The protocol that carries ICMP messages of a family.
pub(crate) fn icmp_protocol(family: Family) -> u8 {
    match family {
        Family::V4 => protocols::ICMP,
        Family::V6 => protocols::ICMPV6,
    }
}

/// Type and code for IPv6 of what IPv4 says with these (RFC 4443).
fn icmp_v6((kind, code): (u8, u8)) -> (u8, u8) {
    match (kind, code) {
        (8, code) => (128, code),
        (0, code) => (129, code),
        (3, 3) => (1, 4),
        (3, 13) => (1, 1),
        (3, _) => (1, 0),
        (11, code) => (3, code),
        other => other,
    }
}

/// Appends an IP packet with an ICMP message, named by its IPv4 type and code.
pub(crate) fn put_icmp(bytes: &mut Vec<u8>, ip: &Ip, kind: (u8, u8), rest: u32, payload: &[u8]) {
    let family = ip.src.family();
    let (kind, code) = if family == Family::V6 { icmp_v6(kind) } else { kind };
    put_ip(bytes, ip, icmp_protocol(family), 8 + payload.len());
    let start = bytes.len();
    bytes.extend_from_slice(&[kind, code, 0, 0]);
    bytes.extend_from_slice(&rest.to_be_bytes());
    bytes.extend_from_slice(payload);
    let pseudo = match family {
        Family::V4 => 0,
        Family::V6 => pseudo(ip, protocols::ICMPV6, bytes.len() - start),
    };
    let checksum = fold(sum(pseudo, &bytes[start..]));
    bytes[start + 2..start + 4].copy_from_slice(&checksum.to_be_bytes());
}

fn pseudo(ip: &Ip, protocol: u8, length: usize) -> u32 {
    let own = u32::from(protocol) + length as u32;
    match ip.src.family() {
        Family::V4 => sum(sum(own, &ip.src.low().to_be_bytes()), &ip.dst.low().to_be_bytes()),
        Family::V6 => sum(sum(own, &ip.src.number().to_be_bytes()), &ip.dst.number().to_be_bytes()),
    }
}

fn sum(start: u32, bytes: &[u8]) -> u32 {
    let pairs = bytes.chunks_exact(2);
    let last = pairs.remainder().first().map_or(0, |byte| u32::from(*byte) << 8);
    pairs.fold(start + last, |sum, pair| sum + u32::from(u16::from_be_bytes([pair[0], pair[1]])))
}

fn fold(sum: u32) -> u16 {
    let once = (sum & 0xffff) + (sum >> 16);
    !((once & 0xffff) + (once >> 16)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn frames_equal_the_published_vectors() {
        // Test vectors V5 (Mirai) and V22 (echo request) of docs/rules.md.
        let (src, dst) = (Address::v4(0xc633_6407), Address::v4(0xc000_0201));
        let mut bytes = Vec::new();
        let ip = Ip { id: 0x1234, ..Ip::new(src, dst, 0x30) };
        let tcp = Tcp {
            src_port: 31_337,
            dst_port: 23,
            seq: dst.low(),
            ack: 0,
            flags: flag::SYN,
            window: 0x3a98,
            urgent: 0,
            options: &[],
        };
        put_tcp(&mut bytes, &ip, &tcp, &[]);
        assert_eq!(
            hex(&bytes),
            "450000281234000030068c60c6336407c00002017a690017c00002010000000050023a984c8c0000"
        );
        bytes.clear();
        let ip = Ip { id: 0x1111, ..Ip::new(src, dst, 0xf0) };
        let payload: Vec<u8> = (0x08..0x38).collect();
        put_icmp(&mut bytes, &ip, (8, 0), 0xdead_beef, &payload);
        assert!(hex(&bytes).starts_with("4500004c11110000f001cd63c6336407c000020108006f5fdeadbeef0809"));
    }
}
