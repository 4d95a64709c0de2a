//! TCP: the fixed header, the options as sent, the one option that has a column (RFC 9293), and whether the
//! payload begins with a DNS message.
//!
//! **Invariant:** a wrong header length or wrong options never hide the fields of the fixed header.

use teiten_model::malformed::Malformed;

use crate::decode::dns::{self, Reading};
use crate::decode::part::Part;
use crate::decode::row::Row;
use crate::decode::transport::ports;

const HEADER_BYTES: usize = 20;
const END_OF_OPTIONS: u8 = 0;
const NO_OPERATION: u8 = 1;
const MAXIMUM_SEGMENT_SIZE: u8 = 2;
/// The flag of a reset, whose payload says why and belongs to no stream (RFC 9293 section 3.5.3).
const RST: u16 = 0x004;

/// Reads the header, the options and the beginning of the payload.
#[inline]
pub(super) fn decode(row: &mut Row<'_>, reading: &mut Reading, body: Part<'_>) {
    let Some(header) = body.seen().first_chunk::<HEADER_BYTES>() else {
        short(row, body);
        return;
    };
    let be16 = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let be32 = |at: usize| (u32::from(be16(at)) << 16) | u32::from(be16(at + 2));
    let header_len = usize::from(header[12] >> 4) * 4;

    let (columns, at) = row.parts();
    columns.src_port[at] = i32::from(be16(0));
    columns.dst_port[at] = i32::from(be16(2));
    columns.tcp_seq[at] = i64::from(be32(4));
    columns.tcp_ack[at] = i64::from(be32(8));
    columns.tcp_offset[at] = header_len as i16;
    columns.tcp_flags[at] = (be16(12) & 0x0fff) as i16;
    columns.tcp_window[at] = i32::from(be16(14));
    columns.tcp_urgent[at] = i32::from(be16(18));

    if header_len < HEADER_BYTES || header_len > body.len() {
        row.fault(Malformed::TcpBadOffset);
    }
    if header_len > HEADER_BYTES {
        options(row, body.first(header_len.min(body.len())).after(HEADER_BYTES));
    }
    let payload = body.after(header_len.max(HEADER_BYTES));
    row.payload(payload);
    if payload.len() > 0 && be16(12) & RST == 0 {
        dns::decode_segment(row, reading, payload, dns::Place::of(be16(0), be16(2)));
    }
}

/// What can be read of a header that is not there to its end.
#[cold]
fn short(row: &mut Row<'_>, body: Part<'_>) {
    row.fault_unless_cut(body, HEADER_BYTES, Malformed::TransportShort);
    ports(row, body);
    let (columns, at) = row.parts();
    if let Some(seq) = body.be32(4) {
        columns.tcp_seq[at] = i64::from(seq);
    }
    if let Some(ack) = body.be32(8) {
        columns.tcp_ack[at] = i64::from(ack);
    }
    if let Some(offset_and_flags) = body.be16(12) {
        columns.tcp_offset[at] = ((offset_and_flags >> 12) * 4) as i16;
        columns.tcp_flags[at] = (offset_and_flags & 0x0fff) as i16;
    }
    if let Some(window) = body.be16(14) {
        columns.tcp_window[at] = i32::from(window);
    }
}

/// Keeps the options as sent and walks them for the maximum segment size.
#[inline]
fn options(row: &mut Row<'_>, options: Part<'_>) {
    let seen = options.seen();
    if seen.is_empty() {
        return;
    }
    let (columns, at) = row.parts();
    columns.tcp_options.set(at, seen);
    let mut next = 0;
    while let Some(kind) = seen.get(next).copied() {
        match kind {
            END_OF_OPTIONS => return,
            NO_OPERATION => next += 1,
            _ => {
                let Some(len) = seen.get(next + 1).copied() else {
                    row.fault_unless_cut(options, next + 2, Malformed::TcpBadOptions);
                    return;
                };
                let len = usize::from(len);
                if len < 2 || next + len > options.len() {
                    row.fault(Malformed::TcpBadOptions);
                    return;
                }
                if kind == MAXIMUM_SEGMENT_SIZE
                    && len == 4
                    && let Some(mss) = options.be16(next + 2)
                {
                    let (columns, at) = row.parts();
                    columns.tcp_mss[at] = i32::from(mss);
                }
                next += len;
            }
        }
    }
}
