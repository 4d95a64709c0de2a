//! The few fields by which packets are ranked, without the rest of the row.
//!
//! A plain frame (Ethernet, IPv4, a whole header of TCP or UDP, or ICMP) is read at fixed places; any other is decoded
//! as a row, from which the same fields are taken.
//!
//! **Invariant:** an outline says what the row of the frame says: a test compares the two.

use std::net::Ipv6Addr;

use teiten_model::address::ipv6_of;
use teiten_model::columns::PacketColumns;
use teiten_model::frame::{FrameBlock, FrameRef};
use teiten_model::protocols::{ICMP, TCP, UDP};

use crate::decode::Decoder;

/// Bytes of an Ethernet header, and of one with an IPv4 header.
const LINK_BYTES: usize = 14;
const LINK_AND_IP_BYTES: usize = LINK_BYTES + 20;

/// What ranking needs of a packet; -1 stands for "no such field", as in the columns of the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// Capture time, in microseconds.
    pub ts: i64,
    /// IPv4 source address.
    pub src: i64,
    /// IPv6 source address.
    pub src6: Option<Ipv6Addr>,
    /// Protocol above the outer IP header.
    pub ip_proto: i16,
    /// Source port.
    pub src_port: i32,
    /// Destination port.
    pub dst_port: i32,
}

/// Where a frame that is not plain is decoded.
#[derive(Debug, Default)]
pub struct Outliner {
    decoder: Decoder,
    block: FrameBlock,
    columns: PacketColumns,
}

impl Outliner {
    /// The outline of a frame of a block.
    #[inline]
    pub fn of(&mut self, block: &FrameBlock, frame: &FrameRef) -> Outline {
        let bytes = block.bytes_of(frame);
        match plain(frame, bytes) {
            Some(outline) => outline,
            None => self.decoded(frame, bytes),
        }
    }

    #[cold]
    fn decoded(&mut self, frame: &FrameRef, bytes: &[u8]) -> Outline {
        self.block.clear();
        self.block.push(bytes, frame.wire_len, frame.ts_ns, frame.link, frame.number);
        self.decoder.decode(&self.block, &mut self.columns);
        let columns = &self.columns;
        Outline {
            ts: columns.ts[0],
            src: columns.src[0],
            src6: ipv6_of(columns.src6.get(0)),
            ip_proto: columns.ip_proto[0],
            src_port: columns.src_port[0],
            dst_port: columns.dst_port[0],
        }
    }
}

/// The outline of a plain frame.
#[inline]
fn plain(frame: &FrameRef, bytes: &[u8]) -> Option<Outline> {
    let head = bytes.first_chunk::<LINK_AND_IP_BYTES>()?;
    let be16 = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let (first, total, fragment) = (head[14], usize::from(be16(16)), be16(20));
    // Only the first of several fragments and an unfragmented packet have ports.
    if frame.link != 1 || be16(12) != 0x0800 || first >> 4 != 4 || fragment & 0x1fff != 0 {
        return None;
    }
    let header_len = usize::from(first & 0x0f) * 4;
    let protocol = head[23];
    let needed = match protocol {
        TCP => 20,
        UDP => 8,
        ICMP => 0,
        _ => return None,
    };
    let end = header_len + needed;
    if header_len < 20 || total < end || bytes.len() < LINK_BYTES + end {
        return None;
    }
    let (src_port, dst_port) = match (protocol, bytes.get(LINK_BYTES + header_len..)) {
        (TCP | UDP, Some([s0, s1, d0, d1, ..])) => {
            (i32::from(u16::from_be_bytes([*s0, *s1])), i32::from(u16::from_be_bytes([*d0, *d1])))
        }
        _ => (-1, -1),
    };
    Some(Outline {
        ts: frame.ts_ns.div_euclid(1000),
        src: i64::from(u32::from_be_bytes([head[26], head[27], head[28], head[29]])),
        src6: None,
        ip_proto: i16::from(protocol),
        src_port,
        dst_port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plain UDP frame; each test changes some of its bytes.
    const UDP_FRAME: [u8; 50] = [
        2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 36, 0xd4, 0x31, 0, 0, 250, 17, 0, 0, 198, 51,
        100, 7, 203, 0, 113, 9, 0xc0, 1, 0, 53, 0, 16, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8,
    ];

    fn same(link: u16, bytes: &[u8], wire_len: u32, ts_ns: i64) -> bool {
        let mut block = FrameBlock::default();
        block.push(bytes, wire_len, ts_ns, link, 1);
        let mut outliner = Outliner::default();
        let (was, is) = (outliner.decoded(&block.frames[0], bytes), outliner.of(&block, &block.frames[0]));
        assert_eq!(is, was, "link {link}, {wire_len} bytes, {bytes:02x?}");
        plain(&block.frames[0], bytes).is_some()
    }

    #[test]
    fn an_outline_is_that_of_the_row_whatever_one_byte_of_the_frame_holds() {
        for protocol in [1, 6, 17, 47, 132] {
            for at in 12..UDP_FRAME.len() {
                for value in 0..=255 {
                    let mut bytes = UDP_FRAME;
                    bytes[23] = protocol;
                    bytes[at] = value;
                    same(1, &bytes, 50, 1_396_310_400_123_456_789);
                }
            }
        }
    }

    #[test]
    fn an_outline_is_that_of_the_row_wherever_the_frame_ends() {
        for protocol in [1, 6, 17] {
            let mut bytes = UDP_FRAME;
            bytes[23] = protocol;
            for (captured, link, ts_ns) in (0..=50).flat_map(|len| [(len, 1, -1), (len, 101, 5_000)]) {
                same(link, &bytes[..captured], 50, ts_ns);
                same(link, &bytes[..captured], captured as u32, ts_ns);
            }
        }
        assert!(same(1, &UDP_FRAME, 50, 0));
    }
}
