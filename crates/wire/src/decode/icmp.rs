//! ICMP and ICMPv6: type, code, identifier and sequence, and the packet that an error quotes
//! (RFC 792, RFC 950, RFC 4443, RFC 4884).
//!
//! **Invariant:** a quote ends where the message ends, and where RFC 4884 says that it ends.

use teiten_model::malformed::Malformed;

use crate::decode::dns::Reading;
use crate::decode::part::Part;
use crate::decode::quote;
use crate::decode::row::Row;

const CHECKED_BYTES: usize = 4;
const HEADER_BYTES: usize = 8;

/// What the message types of one of the two protocols mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Types {
    has_identifier: fn(u8) -> bool,
    quotes: fn(u8) -> bool,
    /// Where the length of the quote stands, and in how many bytes it counts (RFC 4884 section 4).
    quote_length: fn(u8) -> Option<(usize, usize)>,
}

/// Message types of ICMP.
pub(super) const V4: Types = Types {
    has_identifier: |kind| matches!(kind, 0 | 8 | 13..=18),
    quotes: |kind| matches!(kind, 3 | 4 | 5 | 11 | 12),
    quote_length: |kind| matches!(kind, 3 | 11 | 12).then_some((5, 4)),
};

/// Message types of ICMPv6.
pub(super) const V6: Types = Types {
    has_identifier: |kind| matches!(kind, 128 | 129),
    quotes: |kind| matches!(kind, 1..=4),
    quote_length: |kind| matches!(kind, 1 | 3).then_some((4, 8)),
};

/// Reads the message.
pub(super) fn decode(row: &mut Row<'_>, reading: &mut Reading, body: Part<'_>, types: Types) {
    if body.len() < CHECKED_BYTES {
        row.fault(Malformed::IcmpShort);
    }
    let (columns, at) = row.parts();
    let Some(kind) = body.byte(0) else { return };
    columns.icmp_type[at] = i16::from(kind);
    if let Some(code) = body.byte(1) {
        columns.icmp_code[at] = i16::from(code);
    }
    if (types.has_identifier)(kind) {
        if let Some(id) = body.be16(4) {
            columns.icmp_id[at] = i32::from(id);
        }
        if let Some(seq) = body.be16(6) {
            columns.icmp_seq[at] = i32::from(seq);
        }
    }
    if body.len() < HEADER_BYTES {
        if (types.has_identifier)(kind) || (types.quotes)(kind) {
            row.fault(Malformed::IcmpShort);
        }
        return;
    }
    let payload = body.after(HEADER_BYTES);
    row.payload(payload);
    if (types.quotes)(kind) {
        let units = (types.quote_length)(kind)
            .map_or(0, |(at, unit)| usize::from(body.byte(at).unwrap_or_default()) * unit);
        let quoted = if units == 0 || units > payload.len() { payload } else { payload.first(units) };
        quote::decode(row, reading, quoted);
    }
}
