//! Special-purpose address ranges: those that are set apart, and what a source inside one can be.
//!
//! The list is that of RFC 6890 and its successors (the IANA special-purpose registries), with the
//! deprecated ranges of rule D30 and 100.64.0.0/10, which D30 lacks. Look-ups of country and AS, the class of
//! a packet and the simulation ask this list and no other.
//!
//! **Invariant:** where ranges nest the more specific stands first, so the first that holds an address is the
//! one that counts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::Prefix;

/// What a packet can be whose source lies in a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// No host can have sent it: it is forged or broken.
    Never,
    /// Networks use the range inside: a neighbour sent it past a faulty translation, or it is forged.
    Inside,
    /// The range is kept for a mechanism (translation, tunnels, identifiers), whose hosts may send; it has
    /// neither country nor AS.
    Mechanism,
    /// One operator announces the range (AS112, AMT): it has a country and an AS as any other.
    Announced,
}

/// A special-purpose range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Special {
    /// The range.
    pub prefix: Prefix,
    /// What the range is for.
    pub name: &'static str,
    /// The document that sets it apart.
    pub rule: &'static str,
    /// What a source inside can be.
    pub reach: Reach,
    first: u128,
    last: u128,
}

impl Special {
    /// The first and the last address, as numbers; those of IPv4 are below 2^32.
    pub const fn bounds(&self) -> (u128, u128) {
        (self.first, self.last)
    }

    /// Whether addresses inside have neither country nor AS.
    pub const fn is_nowhere(&self) -> bool {
        !matches!(self.reach, Reach::Announced)
    }
}

const fn v4(octets: [u8; 4], length: u8, name: &'static str, rule: &'static str, reach: Reach) -> Special {
    let [a, b, c, d] = octets;
    let first = u32::from_be_bytes(octets);
    let host = if length == 32 { 0 } else { u32::MAX >> length };
    Special {
        prefix: Prefix::exactly(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), length),
        name,
        rule,
        reach,
        first: first as u128,
        last: (first | host) as u128,
    }
}

/// `head` and `tail` are the first four and the last four groups of the address.
const fn v6(
    head: [u16; 4],
    tail: [u16; 4],
    length: u8,
    name: &'static str,
    rule: &'static str,
    reach: Reach,
) -> Special {
    let ([a, b, c, d], [e, f, g, h]) = (head, tail);
    let address = Ipv6Addr::new(a, b, c, d, e, f, g, h);
    let first = address.to_bits();
    let host = if length == 128 { 0 } else { u128::MAX >> length };
    Special {
        prefix: Prefix::exactly(IpAddr::V6(address), length),
        name,
        rule,
        reach,
        first,
        last: first | host,
    }
}

use Reach::{Announced, Inside, Mechanism, Never};

const V4: [Special; 19] = [
    v4([0, 0, 0, 0], 8, "this network", "RFC 791", Never),
    v4([10, 0, 0, 0], 8, "private use", "RFC 1918", Inside),
    v4([100, 64, 0, 0], 10, "shared address space", "RFC 6598", Inside),
    v4([127, 0, 0, 0], 8, "loopback", "RFC 1122", Never),
    v4([169, 254, 0, 0], 16, "link local", "RFC 3927", Inside),
    v4([172, 16, 0, 0], 12, "private use", "RFC 1918", Inside),
    v4([192, 0, 0, 0], 24, "IETF protocol assignments", "RFC 6890", Inside),
    v4([192, 0, 2, 0], 24, "documentation (TEST-NET-1)", "RFC 5737", Inside),
    v4([192, 31, 196, 0], 24, "AS112", "RFC 7535", Announced),
    v4([192, 52, 193, 0], 24, "AMT", "RFC 7450", Announced),
    v4([192, 88, 99, 0], 24, "6to4 relay anycast (deprecated)", "RFC 7526", Inside),
    v4([192, 175, 48, 0], 24, "AS112 (direct delegation)", "RFC 7534", Announced),
    v4([192, 168, 0, 0], 16, "private use", "RFC 1918", Inside),
    v4([198, 18, 0, 0], 15, "benchmarking", "RFC 2544", Inside),
    v4([198, 51, 100, 0], 24, "documentation (TEST-NET-2)", "RFC 5737", Inside),
    v4([203, 0, 113, 0], 24, "documentation (TEST-NET-3)", "RFC 5737", Inside),
    v4([224, 0, 0, 0], 4, "multicast", "RFC 5771", Never),
    v4([255, 255, 255, 255], 32, "limited broadcast", "RFC 919", Never),
    v4([240, 0, 0, 0], 4, "reserved", "RFC 1112", Never),
];

const NIL: [u16; 4] = [0; 4];

const V6: [Special; 23] = [
    v6(NIL, NIL, 128, "unspecified", "RFC 4291", Never),
    v6(NIL, [0, 0, 0, 1], 128, "loopback", "RFC 4291", Never),
    v6(NIL, [0, 0xffff, 0, 0], 96, "IPv4-mapped", "RFC 4291", Never),
    v6(NIL, NIL, 96, "IPv4-compatible (deprecated)", "RFC 4291", Mechanism),
    v6([0x64, 0xff9b, 0, 0], NIL, 96, "IPv4-IPv6 translation", "RFC 6052", Mechanism),
    v6([0x64, 0xff9b, 1, 0], NIL, 48, "local translation", "RFC 8215", Inside),
    v6([0x100, 0, 0, 0], NIL, 64, "discard only", "RFC 6666", Inside),
    v6([0x100, 0, 0, 1], NIL, 64, "dummy prefix", "RFC 9780", Mechanism),
    v6([0x2001, 0, 0, 0], NIL, 32, "Teredo", "RFC 4380", Mechanism),
    v6([0x2001, 2, 0, 0], NIL, 48, "benchmarking", "RFC 5180", Inside),
    v6([0x2001, 3, 0, 0], NIL, 32, "AMT", "RFC 7450", Announced),
    v6([0x2001, 4, 0x112, 0], NIL, 48, "AS112", "RFC 7535", Announced),
    v6([0x2001, 0x10, 0, 0], NIL, 28, "ORCHID (deprecated)", "RFC 4843", Mechanism),
    v6([0x2001, 0x20, 0, 0], NIL, 28, "ORCHIDv2", "RFC 7343", Mechanism),
    v6([0x2001, 0, 0, 0], NIL, 23, "IETF protocol assignments", "RFC 2928", Mechanism),
    v6([0x2001, 0xdb8, 0, 0], NIL, 32, "documentation", "RFC 3849", Inside),
    v6([0x2002, 0, 0, 0], NIL, 16, "6to4", "RFC 3056", Mechanism),
    v6([0x2620, 0x4f, 0x8000, 0], NIL, 48, "AS112 (direct delegation)", "RFC 7534", Announced),
    v6([0x3fff, 0, 0, 0], NIL, 20, "documentation", "RFC 9637", Inside),
    v6([0x5f00, 0, 0, 0], NIL, 16, "segment routing", "RFC 9602", Mechanism),
    v6([0xfc00, 0, 0, 0], NIL, 7, "unique local", "RFC 4193", Inside),
    v6([0xfe80, 0, 0, 0], NIL, 9, "link or site local", "RFC 4291, RFC 3879", Inside),
    v6([0xff00, 0, 0, 0], NIL, 8, "multicast", "RFC 4291", Never),
];

/// For each first byte of an address the rows that may hold it: the first of them, and the first after.
///
/// Most addresses are decided by an empty row of this table.
type ByFirstByte = [(u8, u8); 256];

/// `shift` bits lie below the first byte of an address.
const fn by_first_byte(list: &[Special], shift: u32) -> ByFirstByte {
    let mut table = [(0, 0); 256];
    let mut row = 0;
    while row < list.len() {
        let mut byte = (list[row].first >> shift) as usize;
        while byte <= (list[row].last >> shift) as usize {
            let (first, end) = table[byte];
            table[byte] = (if end == 0 { row as u8 } else { first }, row as u8 + 1);
            byte += 1;
        }
        row += 1;
    }
    table
}

static V4_BY_FIRST_BYTE: ByFirstByte = by_first_byte(&V4, 24);
static V6_BY_FIRST_BYTE: ByFirstByte = by_first_byte(&V6, 120);

#[inline]
fn within(list: &'static [Special], (first, end): (u8, u8), number: u128) -> Option<&'static Special> {
    if end == 0 {
        return None;
    }
    let rows = &list[usize::from(first)..usize::from(end)];
    rows.iter().find(|row| row.first <= number && number <= row.last)
}

/// The special-purpose range of an IPv4 address, as a number.
#[inline]
pub fn find_v4(address: u32) -> Option<&'static Special> {
    within(&V4, V4_BY_FIRST_BYTE[(address >> 24) as usize], u128::from(address))
}

/// The special-purpose range of an IPv6 address, as a number; the most specific where they nest.
#[inline]
pub fn find_v6(address: u128) -> Option<&'static Special> {
    within(&V6, V6_BY_FIRST_BYTE[(address >> 120) as usize], address)
}

/// The special-purpose range of an address.
pub fn find(address: IpAddr) -> Option<&'static Special> {
    match address {
        IpAddr::V4(v4) => find_v4(v4.to_bits()),
        IpAddr::V6(v6) => find_v6(v6.to_bits()),
    }
}

/// Every IPv4 range; where they nest the more specific stands first.
pub fn all_v4() -> &'static [Special] {
    &V4
}

/// Every IPv6 range; where they nest the more specific stands first.
pub fn all_v6() -> &'static [Special] {
    &V6
}

#[cfg(test)]
mod tests;
