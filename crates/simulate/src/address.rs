//! Addresses of both families as one kind of number.
//!
//! An IPv4 address stands as in `::ffff:0:0/96` (RFC 4291), so that ranges, offsets and sets need one type.
//!
//! **Invariant:** adding an offset that stays inside a prefix never changes the family.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What stands above the 32 bits of an IPv4 address.
const MAPPED: u128 = 0xffff << 32;

/// An address of either family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Address(u128);

/// Which Internet a packet goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
}

impl Address {
    /// An IPv4 address.
    pub(crate) const fn v4(number: u32) -> Address {
        Address(MAPPED | number as u128)
    }

    /// An address of a family, as a number of 32 or 128 bits.
    pub(crate) fn of(family: Family, number: u128) -> Address {
        match family {
            Family::V4 => Address::v4(number as u32),
            Family::V6 => Address(number),
        }
    }

    /// Its family.
    pub(crate) fn family(self) -> Family {
        if self.0 >> 32 == 0xffff { Family::V4 } else { Family::V6 }
    }

    /// The address so many places later.
    pub(crate) fn plus(self, offset: u64) -> Address {
        Address(self.0 + u128::from(offset))
    }

    /// The address as a number of its family.
    pub(crate) fn number(self) -> u128 {
        match self.family() {
            Family::V4 => self.0 & 0xffff_ffff,
            Family::V6 => self.0,
        }
    }

    /// The last 32 bits: all of an IPv4 address.
    pub(crate) fn low(self) -> u32 {
        self.0 as u32
    }

    /// The address with other last 8 bits.
    pub(crate) fn with_last(self, byte: u8) -> Address {
        Address(self.0 & !0xff | u128::from(byte))
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Address {
        match address {
            IpAddr::V4(v4) => Address::v4(v4.into()),
            IpAddr::V6(v6) => Address(v6.to_bits()),
        }
    }
}

impl From<Address> for IpAddr {
    fn from(address: Address) -> IpAddr {
        match address.family() {
            Family::V4 => Ipv4Addr::from(address.low()).into(),
            Family::V6 => Ipv6Addr::from_bits(address.0).into(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        IpAddr::from(*self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_goes_there_and_back() {
        for text in ["0.0.0.0", "192.0.2.7", "255.255.255.255", "2001:db8::7", "::1"] {
            let address: IpAddr = text.parse().expect("an address");
            let number = Address::from(address);
            assert_eq!(number.to_string(), text);
            assert_eq!(Address::of(number.family(), number.number()), number);
            assert_eq!(number.family() == Family::V4, address.is_ipv4());
        }
    }
}
