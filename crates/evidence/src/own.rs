//! The addresses of the sensors themselves, whose packets must not be published.
//!
//! A capture of both directions holds what a sensor sent: an answer to a scan, a reset, a lookup. The
//! destination of such a packet may be shown, but its source is the address that must stay unknown (rules
//! D114-D121). So packets from such an address are left out.
//!
//! **Invariant:** an address is a sensor's whenever any description or any list says so.

use std::collections::BTreeSet;
use std::net::IpAddr;
use teiten_model::address::Prefix;

/// Addresses that sensors watch, as seen and as public, at whatever time.
#[derive(Debug, Clone, Default)]
pub struct Own {
    prefixes: Vec<Prefix>,
    addresses: BTreeSet<IpAddr>,
}

impl Own {
    /// The addresses of these prefixes, and these single ones.
    pub fn new(
        prefixes: impl IntoIterator<Item = Prefix>,
        addresses: impl IntoIterator<Item = IpAddr>,
    ) -> Own {
        let prefixes: BTreeSet<Prefix> = prefixes.into_iter().collect();
        Own { prefixes: prefixes.into_iter().collect(), addresses: addresses.into_iter().collect() }
    }

    /// Whether it is an address of a sensor.
    pub fn has(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address) || self.prefixes.iter().any(|prefix| prefix.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_own_by_prefix_or_by_name() {
        let prefix = |text: &str| text.parse::<Prefix>().expect("a prefix");
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let own = Own::new(
            [prefix("192.0.2.0/28"), prefix("2001:db8:1::/64")],
            [address("203.0.113.5"), address("2001:db8:2::1")],
        );
        let cases = [
            ("192.0.2.15", true),
            ("192.0.2.16", false),
            ("203.0.113.5", true),
            ("203.0.113.6", false),
            ("2001:db8:1::9", true),
            ("2001:db8:2::1", true),
            ("2001:db8:2::2", false),
        ];
        for (text, expected) in cases {
            assert_eq!(own.has(address(text)), expected, "{text}");
        }
    }
}
