//! A source of a day and a sensor group, and what is counted of it.
//!
//! **Invariant:** an entry fills one line of the caches: a packet that is counted touches no more of it.

use model::address::ipv6_of;
use teiten_model as model;

use super::numbered::{Entry, fold};
use crate::distinct;

/// Families of addresses: a frame that is not IP has none.
const NO_FAMILY: u64 = 0;
const IPV4: u64 = 1;
const IPV6: u64 = 2;

/// An address with its family.
pub(super) type Address = (u64, u128);

/// An IPv4 address by its number.
pub(super) fn address4(number: i64) -> Address {
    (IPV4, u128::from(number as u64))
}

/// An IPv6 address by its 16 bytes; no address where there are none.
pub(super) fn address6(bytes: &[u8]) -> Address {
    ipv6_of(bytes).map_or((NO_FAMILY, 0), |address| (IPV6, u128::from(address)))
}

/// By what `sources_daily` tells sources apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct SourceKey {
    address: u128,
    /// AS plus one, and the family in the lowest two bits.
    asn_family: u64,
    /// Number of the day.
    pub(super) day: u32,
    /// Codes of words.
    pub(super) group: u16,
    pub(super) country: u16,
}

impl SourceKey {
    pub(super) fn new(
        (family, address): Address,
        asn: i64,
        (day, group, country): (u32, u16, u16),
    ) -> SourceKey {
        SourceKey { address, asn_family: (asn.wrapping_add(1) as u64) << 2 | family, day, group, country }
    }

    /// The IPv4 address, or -1.
    pub(super) fn src(&self) -> i64 {
        if self.asn_family & 3 == IPV4 { self.address as i64 } else { -1 }
    }

    /// The IPv6 address, or 0.
    pub(super) fn src6(&self) -> u128 {
        if self.asn_family & 3 == IPV6 { self.address } else { 0 }
    }

    pub(super) fn asn(&self) -> i64 {
        (self.asn_family >> 2) as i64 - 1
    }

    /// The hash by which the source is counted; `None` for a frame that is not IP.
    pub(super) fn hash(&self) -> Option<u64> {
        match self.asn_family & 3 {
            NO_FAMILY => None,
            IPV4 => Some(distinct::hash(self.address as u64)),
            _ => Some(distinct::hash6(self.address.into())),
        }
    }
}

/// What is counted of a source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) key: SourceKey,
    pub(super) packets: i64,
    pub(super) bytes: i64,
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Source {
    pub(super) fn add(&mut self, ts: i64, packets: i64, bytes: u32) {
        self.packets += packets;
        self.bytes += i64::from(bytes);
        self.first = self.first.min(ts);
        self.last = self.last.max(ts);
    }
}

impl Entry for Source {
    type Key = SourceKey;
    fn new(key: SourceKey) -> Source {
        Source { key, packets: 0, bytes: 0, first: i64::MAX, last: i64::MIN }
    }
    fn key(&self) -> &SourceKey {
        &self.key
    }
    fn hash(key: &SourceKey) -> u64 {
        let place = u64::from(key.day) << 32 | u64::from(key.group) << 16 | u64::from(key.country);
        let low = fold(key.address as u64 ^ 0x9e37_79b9_7f4a_7c15, 0xa076_1d64_78bd_642f);
        let high = (key.address >> 64) as u64 ^ key.asn_family.rotate_left(32) ^ place;
        fold(high ^ low, 0xd6e8_feb8_6659_fd93)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_cache_line_and_a_key_gives_back_what_it_was_made_of() {
        assert_eq!(size_of::<Source>(), 64);
        let at = (7, 3, 9);
        for (address, src, src6) in [
            (address4(0xffff_ffff), 0xffff_ffff, 0),
            (address4(0), 0, 0),
            (address6(&[1; 16]), -1, u128::from_be_bytes([1; 16])),
            (address6(b""), -1, 0),
        ] {
            for asn in [-1, 0, 4_294_967_295] {
                let key = SourceKey::new(address, asn, at);
                assert_eq!((key.src(), key.src6(), key.asn()), (src, src6, asn));
                assert_eq!(key.hash().is_none(), address == address6(b""));
            }
        }
    }
}
