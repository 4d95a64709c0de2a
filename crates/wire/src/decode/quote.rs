//! The packet that an ICMP error quotes: who had sent it to whom, and what was asked.
//!
//! A quote of a packet that a sensor never sent shows that its address was forged, and `quote_dst` is
//! the host that was addressed (rules D57, D85). Quotes are short by nature (8 bytes above IP are
//! enough for the sender): what they lack is absent and no fault of the packet.
//!
//! **Invariant:** only the outer IP header of the quote is followed, and only as far as it is quoted.

use teiten_model::protocols::UDP;

use crate::decode::dns::{self, Reading};
use crate::decode::ipv6::{Chain, ChainEnd, HEADER_BYTES as IPV6_HEADER_BYTES};
use crate::decode::part::Part;
use crate::decode::row::Row;
use crate::decode::transport::has_ports;

const IPV4_HEADER_BYTES: usize = 20;
const UDP_HEADER_BYTES: usize = 8;

/// Reads the quote.
pub(super) fn decode(row: &mut Row<'_>, reading: &mut Reading, quoted: Part<'_>) {
    match quoted.byte(0).map(|first| first >> 4) {
        Some(4) => ipv4(row, reading, quoted),
        Some(6) => ipv6(row, reading, quoted),
        _ => {}
    }
}

fn ipv4(row: &mut Row<'_>, reading: &mut Reading, quoted: Part<'_>) {
    let Some(header) = quoted.seen().first_chunk::<IPV4_HEADER_BYTES>() else { return };
    let (columns, at) = row.parts();
    columns.quote_len[at] = i32::from(u16::from_be_bytes([header[2], header[3]]));
    columns.quote_id[at] = i32::from(u16::from_be_bytes([header[4], header[5]]));
    columns.quote_ttl[at] = i16::from(header[8]);
    columns.quote_proto[at] = i16::from(header[9]);
    columns.quote_src[at] = i64::from(u32::from_be_bytes([header[12], header[13], header[14], header[15]]));
    columns.quote_dst[at] = i64::from(u32::from_be_bytes([header[16], header[17], header[18], header[19]]));
    let header_len = usize::from(header[0] & 0x0f) * 4;
    let is_first = u16::from_be_bytes([header[6], header[7]]) & 0x1fff == 0;
    if header_len >= IPV4_HEADER_BYTES && is_first {
        transport(row, reading, header[9], quoted.after(header_len));
    }
}

fn ipv6(row: &mut Row<'_>, reading: &mut Reading, quoted: Part<'_>) {
    let Some(header) = quoted.seen().first_chunk::<IPV6_HEADER_BYTES>() else { return };
    let chain = Chain::walk(header[6], quoted.after(IPV6_HEADER_BYTES));
    let (columns, at) = row.parts();
    let sent_len = i32::from(u16::from_be_bytes([header[4], header[5]]));
    columns.quote_len[at] = sent_len + IPV6_HEADER_BYTES as i32;
    columns.quote_ttl[at] = i16::from(header[7]);
    columns.quote_proto[at] = i16::from(chain.protocol);
    columns.quote_src6.set(at, &header[8..24]);
    columns.quote_dst6.set(at, &header[24..40]);
    if chain.end == ChainEnd::Upper {
        transport(row, reading, chain.protocol, chain.body);
    }
}

fn transport(row: &mut Row<'_>, reading: &mut Reading, protocol: u8, body: Part<'_>) {
    if !has_ports(protocol) {
        return;
    }
    let (columns, at) = row.parts();
    let (src_port, dst_port) = (body.be16(0), body.be16(2));
    if let Some(src_port) = src_port {
        columns.quote_src_port[at] = i32::from(src_port);
    }
    if let Some(dst_port) = dst_port {
        columns.quote_dst_port[at] = i32::from(dst_port);
    }
    if protocol == UDP && (src_port == Some(53) || dst_port == Some(53)) {
        let name = dns::first_name(reading, body.after(UDP_HEADER_BYTES));
        columns.quote_dns_name.set(at, name.as_bytes());
    }
}
