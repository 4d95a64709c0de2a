//! The outer IPv4 header (RFC 791).
//!
//! **Invariant:** a later fragment has no transport fields; its bytes are its payload.
//! **Invariant:** bytes beyond the total length are padding and are never read.

use teiten_model::malformed::Malformed;

use crate::decode::dns::Reading;
use crate::decode::part::Part;
use crate::decode::row::Row;
use crate::decode::transport;

const HEADER_BYTES: usize = 20;

/// Reads the header and what stands above it.
#[inline]
pub(super) fn decode(row: &mut Row<'_>, reading: &mut Reading, packet: Part<'_>) {
    let Some(header) = packet.seen().first_chunk::<HEADER_BYTES>() else {
        short(row, packet);
        return;
    };
    let be16 = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let total = usize::from(be16(2));
    let fragment = be16(6);
    let frag_offset = i32::from(fragment & 0x1fff) * 8;
    let more = fragment & 0x2000 != 0;
    let protocol = header[9];

    let (columns, at) = row.parts();
    columns.ip_version[at] = 4;
    columns.tos[at] = i16::from(header[1]);
    columns.ip_len[at] = total as i32;
    columns.ip_id[at] = i32::from(be16(4));
    columns.ip_flags[at] = (fragment >> 13) as i16;
    columns.frag_offset[at] = frag_offset;
    columns.ttl[at] = i16::from(header[8]);
    columns.ip_proto[at] = i16::from(protocol);
    columns.src[at] = i64::from(u32::from_be_bytes([header[12], header[13], header[14], header[15]]));
    columns.dst[at] = i64::from(u32::from_be_bytes([header[16], header[17], header[18], header[19]]));

    let header_len = usize::from(header[0] & 0x0f) * 4;
    if header_len < HEADER_BYTES {
        row.fault(Malformed::IpBadLength);
        return;
    }
    // A length of 0 is what a network card that segments for the host leaves behind (TSO).
    let total = if total == 0 { packet.len() } else { total };
    if total < header_len {
        row.fault(Malformed::IpBadLength);
        return;
    }
    if total > packet.len() {
        row.fault(Malformed::IpBadLength);
    }
    if let Some(options) = packet.first(header_len).seen().get(HEADER_BYTES..)
        && !options.is_empty()
    {
        let (columns, at) = row.parts();
        columns.ip_options.set(at, options);
    }
    let body = packet.first(total).after(header_len);
    if frag_offset > 0 {
        row.payload(body);
    } else {
        transport::decode(row, reading, protocol, body, !more);
    }
}

/// What can be read of a header that is not there to its end.
#[cold]
fn short(row: &mut Row<'_>, packet: Part<'_>) {
    row.fault_unless_cut(packet, HEADER_BYTES, Malformed::IpShort);
    let (columns, at) = row.parts();
    columns.ip_version[at] = 4;
    if let Some(tos) = packet.byte(1) {
        columns.tos[at] = i16::from(tos);
    }
    if let Some(total) = packet.be16(2) {
        columns.ip_len[at] = i32::from(total);
    }
    if let Some(id) = packet.be16(4) {
        columns.ip_id[at] = i32::from(id);
    }
    if let Some(fragment) = packet.be16(6) {
        columns.ip_flags[at] = (fragment >> 13) as i16;
        columns.frag_offset[at] = i32::from(fragment & 0x1fff) * 8;
    }
    if let Some(ttl) = packet.byte(8) {
        columns.ttl[at] = i16::from(ttl);
    }
    if let Some(protocol) = packet.byte(9) {
        columns.ip_proto[at] = i16::from(protocol);
    }
    if let Some(src) = packet.be32(12) {
        columns.src[at] = i64::from(src);
    }
}
