//! UDP: ports, length, payload, and whether the payload is a DNS message (RFC 768).
//!
//! **Invariant:** the payload follows the IP length, whatever the UDP length says; a DNS message
//! follows the UDP length when that is sane.

use teiten_model::malformed::Malformed;

use crate::decode::dns::{self, Reading};
use crate::decode::part::Part;
use crate::decode::row::Row;
use crate::decode::transport::ports;

const HEADER_BYTES: usize = 8;

/// The longest packet that is no jumbogram; a longer one has a UDP length of 0 (RFC 2675).
const PLAIN_BYTES_MAX: usize = 65_535;

/// Reads the header and what it carries; `whole` is false for the first of several fragments.
#[inline]
pub(super) fn decode(row: &mut Row<'_>, reading: &mut Reading, body: Part<'_>, whole: bool) {
    let Some(header) = body.seen().first_chunk::<HEADER_BYTES>() else {
        row.fault_unless_cut(body, HEADER_BYTES, Malformed::TransportShort);
        ports(row, body);
        if let Some(len) = body.be16(4) {
            let (columns, at) = row.parts();
            columns.udp_len[at] = i32::from(len);
        }
        return;
    };
    let be16 = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let (src_port, dst_port, sent_len) = (be16(0), be16(2), usize::from(be16(4)));
    let (columns, at) = row.parts();
    columns.src_port[at] = i32::from(src_port);
    columns.dst_port[at] = i32::from(dst_port);
    columns.udp_len[at] = sent_len as i32;

    let payload = body.after(HEADER_BYTES);
    row.payload(payload);
    let jumbo = sent_len == 0 && body.len() > PLAIN_BYTES_MAX;
    let too_long = whole && sent_len > body.len();
    let message = if too_long || (sent_len < HEADER_BYTES && !jumbo) {
        row.fault(Malformed::UdpBadLength);
        payload
    } else if jumbo {
        payload
    } else {
        payload.first(sent_len - HEADER_BYTES)
    };
    dns::decode(row, reading, message, dns::Place::of(src_port, dst_port));
}
