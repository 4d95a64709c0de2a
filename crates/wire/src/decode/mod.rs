//! Frames to rows: a block of captured bytes becomes the columns of the table of packets.
//!
//! Each layer has one file and writes its own columns: [`link`] finds the IP packet in the frame,
//! [`ipv4`] and [`ipv6`] read the outer header, [`transport`] passes on to TCP, UDP or ICMP, [`quote`]
//! reads the packet that an ICMP error quotes and [`dns`] the message in a UDP datagram or TCP segment. Only
//! the outer IP header is followed; fragments and streams are not put together.
//!
//! **Invariant:** one row a frame, always, in the order of the block.
//! **Invariant:** no bytes whatever can make this panic, allocate without bound or lose the fields
//! that stand before the fault.
//! **Invariant:** what the capture's snap length cut off is absent, and is no fault.

mod dns;
mod icmp;
mod ipv4;
mod ipv6;
mod link;
pub mod outline;
mod part;
mod quote;
mod row;
mod tcp;
mod transport;
mod udp;

use teiten_model::columns::PacketColumns;
use teiten_model::frame::{FrameBlock, FrameRef};
use teiten_model::malformed::Malformed;

use crate::decode::dns::Reading;
use crate::decode::part::Part;
use crate::decode::row::Row;

/// The most bytes above the transport header that a row keeps.
pub const PAYLOAD_BYTES_MAX: usize = 256;

/// Decodes blocks of frames; holds the buffers in which texts are built.
#[derive(Debug, Default)]
pub struct Decoder {
    reading: Reading,
}

impl Decoder {
    /// A decoder with empty buffers.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Fills the columns with one row for each frame of the block.
    ///
    /// What the packet itself does not say stays absent: input, sensor, public destination, country,
    /// AS, class, tags, actor and editions.
    pub fn decode(&mut self, block: &FrameBlock, columns: &mut PacketColumns) {
        columns.reset(block.frames.len());
        let mut row = Row::new(columns);
        for (at, frame) in block.frames.iter().enumerate() {
            row.at = at;
            self.frame(&mut row, block, frame);
        }
        columns.finish();
        debug_assert_eq!(columns.rows(), block.frames.len());
    }

    fn frame(&mut self, row: &mut Row<'_>, block: &FrameBlock, frame: &FrameRef) {
        let start = frame.start as usize;
        let bytes = block.bytes.get(start..start + frame.cap_len as usize).unwrap_or_default();
        capture_fields(row, frame);
        let Some(packet) = link::ip_packet(row, frame.link, Part::new(bytes, frame.wire_len as usize)) else {
            return;
        };
        ip(row, &mut self.reading, packet);
    }
}

/// The columns that the capture file gives.
fn capture_fields(row: &mut Row<'_>, frame: &FrameRef) {
    let (columns, at) = row.parts();
    columns.frame[at] = i64::try_from(frame.number).unwrap_or(i64::MAX);
    columns.ts[at] = frame.ts_ns.div_euclid(1000);
    // A frame does not say how fine its clock is: a remainder of 0 is taken for a microsecond clock.
    let beyond = frame.ts_ns.rem_euclid(1000) as i16;
    if beyond != 0 {
        columns.ts_ns[at] = beyond;
    }
    columns.frame_len[at] = i32::try_from(frame.wire_len).unwrap_or(i32::MAX);
    columns.cap_len[at] = i32::try_from(frame.cap_len).unwrap_or(i32::MAX);
    columns.link[at] = i32::from(frame.link);
    columns.packets[at] = 1;
}

/// The IP packet, by the version in its first byte.
fn ip(row: &mut Row<'_>, reading: &mut Reading, packet: Part<'_>) {
    match packet.byte(0).map(|first| first >> 4) {
        Some(4) => ipv4::decode(row, reading, packet),
        Some(6) => ipv6::decode(row, reading, packet),
        Some(_) => row.fault(Malformed::IpBadVersion),
        None => row.fault_unless_cut(packet, 1, Malformed::IpShort),
    }
}
