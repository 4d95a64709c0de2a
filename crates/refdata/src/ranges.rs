//! The address ranges of a country, from which a simulation draws its sources, and how many addresses a
//! country or an AS has.
//!
//! **Invariant:** no range holds a special-purpose address.

use std::net::{Ipv4Addr, Ipv6Addr};

use teiten_model::interval::Day;

use crate::atlas::{Atlas, AtlasDay};
use crate::countries::Country;
use crate::error::Result;

impl Atlas {
    /// IPv4 ranges of a country on a day, both ends inside, ascending; none when no edition knows it.
    pub fn country_ranges(&self, country: Country, day: Day) -> Result<Vec<(Ipv4Addr, Ipv4Addr)>> {
        Ok(self.at(day)?.country_ranges(country))
    }
}

impl AtlasDay {
    /// IPv4 ranges of a country, both ends inside, ascending.
    pub fn country_ranges(&self, country: Country) -> Vec<(Ipv4Addr, Ipv4Addr)> {
        let ranges = self.view().ranges_where(|entry| entry.country == country.number());
        ranges.into_iter().map(|(first, last)| (first.into(), last.into())).collect()
    }

    /// The number of IPv4 addresses of a country; 0 when no edition knows it.
    pub fn addresses_of_country(&self, country: Country) -> u64 {
        size(&self.view().ranges_where(|entry| entry.country == country.number()))
    }

    /// The number of IPv4 addresses that an AS originates; 0 when no edition knows it.
    pub fn addresses_of_as(&self, asn: u32) -> u64 {
        size(&self.view().ranges_where(|entry| asn != 0 && entry.asn == asn))
    }

    /// IPv6 ranges of a country, both ends inside, ascending.
    pub fn country_ranges_v6(&self, country: Country) -> Vec<(Ipv6Addr, Ipv6Addr)> {
        let ranges = self.view().ranges_v6_of(country);
        ranges.into_iter().map(|(first, last)| (first.into(), last.into())).collect()
    }
}

fn size(ranges: &[(u32, u32)]) -> u64 {
    ranges.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
}
