//! The address ranges of a country, from which a simulation draws its sources.
//!
//! **Invariant:** no range holds a special-purpose address.

use std::net::Ipv4Addr;

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
        let ranges = self.view().ranges_of(country);
        ranges.into_iter().map(|(first, last)| (first.into(), last.into())).collect()
    }
}
