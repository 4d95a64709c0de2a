//! Addresses and prefixes in the forms the columns use.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The number of an IPv4 address as it stands in a column.
pub fn ipv4_number(address: Ipv4Addr) -> i64 {
    i64::from(u32::from(address))
}

/// The address behind a number in a column; `None` for an absent or impossible number.
pub fn ipv4_of(number: i64) -> Option<Ipv4Addr> {
    u32::try_from(number).ok().map(Ipv4Addr::from)
}

/// The address behind 16 bytes in a column; `None` when there are not 16.
pub fn ipv6_of(bytes: &[u8]) -> Option<Ipv6Addr> {
    <[u8; 16]>::try_from(bytes).ok().map(Ipv6Addr::from)
}

/// An address prefix such as `192.0.2.0/28` or `2001:db8::/32`; bits beyond the length are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    address: IpAddr,
    length: u8,
}

impl Prefix {
    /// A prefix; `None` when the length exceeds the address or bits beyond it are set.
    pub fn new(address: IpAddr, length: u8) -> Option<Prefix> {
        let bits = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        let prefix = Prefix { address, length };
        (length <= bits && prefix.first() == address).then_some(prefix)
    }

    /// A prefix of our own lists; that no bit beyond the length is set is for their tests to see.
    pub(crate) const fn exactly(address: IpAddr, length: u8) -> Prefix {
        Prefix { address, length }
    }

    /// The lowest address inside.
    pub fn first(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(v4) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from(u32::from(v4) & mask))
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from(u128::from(v6) & mask))
            }
        }
    }

    /// The length, in bits.
    pub fn length(&self) -> u8 {
        self.length
    }

    /// Whether the address lies inside.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => {
                Prefix { address, length: self.length }.first() == self.address
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// The number of addresses inside, at most 2^63.
    pub fn size(&self) -> u64 {
        let bits = match self.address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        } - u32::from(self.length);
        1u64 << bits.min(63)
    }
}

impl FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Prefix, String> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| format!("`{text}` is not an address or prefix"))?;
        let length = match (length, address) {
            (None, IpAddr::V4(_)) => 32,
            (None, IpAddr::V6(_)) => 128,
            (Some(length), _) => {
                length.parse().map_err(|_| format!("`{text}` has no prefix length after the slash"))?
            }
        };
        Prefix::new(address, length)
            .ok_or_else(|| format!("`{text}` is not a prefix: too long, or bits are set beyond its length"))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_contain_what_they_should() {
        let prefix: Prefix = "192.0.2.16/28".parse().expect("a prefix");
        assert!(prefix.contains("192.0.2.31".parse().expect("an address")));
        assert!(!prefix.contains("192.0.2.32".parse().expect("an address")));
        assert!(!prefix.contains("2001:db8::1".parse().expect("an address")));
        assert_eq!((prefix.size(), prefix.to_string()), (16, "192.0.2.16/28".to_string()));
        assert!(
            "0.0.0.0/0".parse::<Prefix>().expect("a prefix").contains("8.8.8.8".parse().expect("an address"))
        );
    }

    #[test]
    fn a_prefix_with_stray_bits_is_refused() {
        assert!("192.0.2.17/28".parse::<Prefix>().is_err());
        assert!("192.0.2.0/33".parse::<Prefix>().is_err());
        assert!("tokyo".parse::<Prefix>().is_err());
    }
}
