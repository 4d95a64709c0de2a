//! The outer IPv6 header and its extension headers (RFC 8200, RFC 7045).
//!
//! **Invariant:** at most [`EXT_HEADERS_MAX`] extension headers are passed; more are a fault.
//! **Invariant:** a later fragment has no transport fields; its bytes are its payload.

use teiten_model::malformed::Malformed;

use crate::decode::dns::Reading;
use crate::decode::part::Part;
use crate::decode::row::Row;
use crate::decode::transport;

/// The most extension headers that are passed.
pub(super) const EXT_HEADERS_MAX: usize = 16;

pub(super) const HEADER_BYTES: usize = 40;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;

/// Reads the header and what stands above it.
pub(super) fn decode(row: &mut Row<'_>, reading: &mut Reading, packet: Part<'_>) {
    let Some(header) = packet.seen().first_chunk::<HEADER_BYTES>() else {
        short(row, packet);
        return;
    };
    let first = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
    let sent_len = usize::from(u16::from_be_bytes([header[4], header[5]]));
    let (columns, at) = row.parts();
    columns.ip_version[at] = 6;
    columns.tos[at] = ((first >> 20) & 0xff) as i16;
    columns.flow_label[at] = (first & 0x000f_ffff) as i32;
    columns.ip_len[at] = (sent_len + HEADER_BYTES) as i32;
    columns.ttl[at] = i16::from(header[7]);
    columns.src6.set(at, &header[8..24]);
    columns.dst6.set(at, &header[24..40]);

    let after = packet.after(HEADER_BYTES);
    // A jumbogram has length 0 and says its length in a hop-by-hop option (RFC 2675).
    let jumbo = sent_len == 0 && header[6] == HOP_BY_HOP;
    let len = if jumbo { after.len() } else { sent_len };
    if len > after.len() {
        row.fault(Malformed::IpBadLength);
    }
    let chain = Chain::walk(header[6], after.first(len));
    let (columns, at) = row.parts();
    columns.ip_proto[at] = i16::from(chain.protocol);
    if !chain.numbers().is_empty() {
        columns.ext_headers.set(at, chain.numbers());
    }
    if let Some(fragment) = chain.fragment {
        columns.frag_offset[at] = i32::from(fragment & 0xfff8);
        columns.ip_flags[at] = (fragment & 1) as i16;
    }
    match chain.end {
        ChainEnd::Upper => {
            transport::decode(row, reading, chain.protocol, chain.body, chain.fragment.unwrap_or(0) & 1 == 0);
        }
        ChainEnd::LaterFragment => row.payload(chain.body),
        ChainEnd::Cut => {}
        ChainEnd::Bad => row.fault(Malformed::ExtBad),
    }
}

/// What can be read of a header that is not there to its end.
#[cold]
fn short(row: &mut Row<'_>, packet: Part<'_>) {
    row.fault_unless_cut(packet, HEADER_BYTES, Malformed::IpShort);
    let (columns, at) = row.parts();
    columns.ip_version[at] = 6;
    if let Some(first) = packet.be32(0) {
        columns.tos[at] = ((first >> 20) & 0xff) as i16;
        columns.flow_label[at] = (first & 0x000f_ffff) as i32;
    }
    if let Some(len) = packet.be16(4) {
        columns.ip_len[at] = i32::from(len) + HEADER_BYTES as i32;
    }
    if let Some(next) = packet.byte(6) {
        columns.ip_proto[at] = i16::from(next);
    }
    if let Some(hop_limit) = packet.byte(7) {
        columns.ttl[at] = i16::from(hop_limit);
    }
    if let Some(src) = packet.array::<16>(8) {
        columns.src6.set(at, &src);
    }
}

/// How a walk over extension headers ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChainEnd {
    /// At the upper-layer header.
    Upper,
    /// Behind the fragment header of a fragment that is not the first.
    LaterFragment,
    /// Where the capture ends.
    Cut,
    /// Where the packet ends, or after too many headers.
    Bad,
}

/// What a walk over extension headers found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chain<'a> {
    /// The upper-layer protocol, or the header that could not be passed.
    pub(super) protocol: u8,
    /// What stands behind the last header that was passed.
    pub(super) body: Part<'a>,
    /// Offset and flag of the last fragment header: bytes 2 and 3 of it.
    pub(super) fragment: Option<u16>,
    /// How the walk ended.
    pub(super) end: ChainEnd,
    numbers: [u8; EXT_HEADERS_MAX],
    count: usize,
}

impl<'a> Chain<'a> {
    /// Walks from the number in the IPv6 header.
    pub(super) fn walk(next: u8, body: Part<'a>) -> Chain<'a> {
        let mut chain = Chain {
            protocol: next,
            body,
            fragment: None,
            end: ChainEnd::Upper,
            numbers: [0; EXT_HEADERS_MAX],
            count: 0,
        };
        while chain.end == ChainEnd::Upper && is_extension(chain.protocol) {
            chain.pass();
        }
        chain
    }

    /// The numbers of the headers that were passed, in order.
    pub(super) fn numbers(&self) -> &[u8] {
        self.numbers.get(..self.count).unwrap_or_default()
    }

    fn pass(&mut self) {
        let Some(number) = self.numbers.get_mut(self.count) else {
            self.end = ChainEnd::Bad;
            return;
        };
        let Some([next, units, high, low]) = self.body.array::<4>(0) else {
            self.end = if self.body.len() < 8 { ChainEnd::Bad } else { ChainEnd::Cut };
            return;
        };
        let len = match self.protocol {
            FRAGMENT => 8,
            AUTHENTICATION => (usize::from(units) + 2) * 4,
            _ => (usize::from(units) + 1) * 8,
        };
        if len > self.body.len() {
            self.end = ChainEnd::Bad;
            return;
        }
        *number = self.protocol;
        self.count += 1;
        if self.protocol == FRAGMENT {
            let fragment = u16::from_be_bytes([high, low]);
            self.fragment = Some(fragment);
            if fragment & 0xfff8 != 0 {
                self.end = ChainEnd::LaterFragment;
            }
        }
        self.protocol = next;
        self.body = self.body.after(len);
    }
}

fn is_extension(number: u8) -> bool {
    matches!(
        number,
        HOP_BY_HOP | ROUTING | FRAGMENT | AUTHENTICATION | DESTINATION | MOBILITY | HOST_IDENTITY | SHIM6
    )
}
