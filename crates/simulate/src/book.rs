//! Which addresses a country's sources may have: the ranges of the scenario's countries, made ready to draw.
//!
//! **Invariant:** an address that is drawn is neither special nor watched by a sensor of the scenario.

use crate::address::{Address, Family};
use crate::countries::{Countries, Range, special_ranges, special_ranges_v6, without};
use crate::random::key_of;

/// The ranges of every country, and all of IPv4 together.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    /// Country codes; a country is its place here.
    pub(crate) codes: Vec<String>,
    shelves: Vec<Shelf>,
    shelves_v6: Vec<Shelf>,
    all: Shelf,
    all_countries: Vec<u16>,
}

/// Ranges of one country and family, counted in units: addresses of IPv4, networks of 64 bits of IPv6.
#[derive(Debug, Clone)]
struct Shelf {
    family: Family,
    ranges: Vec<Range>,
    /// Units in this range and those before it.
    sums: Vec<u64>,
}

impl Shelf {
    fn new(family: Family, mut ranges: Vec<Range>) -> Shelf {
        let units = |range: &Range| (range.1 - range.0 + 1) >> shift(family);
        ranges.retain(|range| units(range) > 0);
        let mut sum = 0;
        let sums = ranges
            .iter()
            .map(|range| {
                sum += units(range) as u64;
                sum
            })
            .collect();
        Shelf { family, ranges, sums }
    }

    fn size(&self) -> u64 {
        self.sums.last().copied().unwrap_or(0)
    }

    /// The range and the address that a key falls on.
    fn place_of(&self, key: u64) -> (usize, Address) {
        let point = ((u128::from(key) * u128::from(self.size())) >> 64) as u64;
        let range = self.sums.partition_point(|sum| *sum <= point);
        let before = range.checked_sub(1).map_or(0, |before| self.sums[before]);
        let mut number = self.ranges[range].0 + (u128::from(point - before) << shift(self.family));
        if self.family == Family::V6 {
            number += u128::from(interface_of(key));
        }
        (range, Address::of(self.family, number))
    }
}

/// The bits of an address below the unit of its family.
fn shift(family: Family) -> u32 {
    match family {
        Family::V4 => 0,
        Family::V6 => 64,
    }
}

/// The last 64 bits of an IPv6 source: a server's small number, or a client's random one.
fn interface_of(key: u64) -> u64 {
    let drawn = key_of(&[key, 0x6966]);
    if drawn & 1 == 0 { 1 + (drawn >> 8 & 0xff) } else { drawn }
}

impl Book {
    /// Reads the ranges of every country; `watched` are the ranges of the sensors, by family.
    pub(crate) fn new(countries: &dyn Countries, watched: &[(Family, Range)]) -> Book {
        let taken_by = |family: Family, special: Vec<Range>| -> Vec<Range> {
            let own = watched.iter().filter(|(of, _)| *of == family).map(|(_, range)| *range);
            special.into_iter().chain(own).collect()
        };
        let taken = taken_by(Family::V4, special_ranges().collect());
        let taken_v6 = taken_by(Family::V6, special_ranges_v6().collect());
        let codes = countries.codes();
        let wide = |(first, last): (u32, u32)| (first.into(), last.into());
        let shelves: Vec<Shelf> = codes
            .iter()
            .map(|code| countries.ranges(code).into_iter().map(wide).collect())
            .map(|ranges| Shelf::new(Family::V4, without(ranges, &taken)))
            .collect();
        let shelves_v6 = codes
            .iter()
            .map(|code| Shelf::new(Family::V6, without(countries.ranges_v6(code), &taken_v6)))
            .collect();
        let mut all: Vec<(Range, u16)> = Vec::new();
        for (country, shelf) in shelves.iter().enumerate() {
            all.extend(shelf.ranges.iter().map(|range| (*range, country as u16)));
        }
        all.sort_unstable();
        let all_countries = all.iter().map(|(_, country)| *country).collect();
        let all = Shelf::new(Family::V4, all.into_iter().map(|(range, _)| range).collect());
        Book { codes, shelves, shelves_v6, all, all_countries }
    }

    /// The country of a code; `None` when it has no usable address of the family.
    pub(crate) fn country_of(&self, code: &str, family: Family) -> Option<u16> {
        let place = self.codes.iter().position(|known| known == code)? as u16;
        (self.shelf(place, family).size() > 0).then_some(place)
    }

    /// The address of a country that belongs to a key.
    pub(crate) fn address_in(&self, country: u16, family: Family, key: u64) -> Address {
        self.shelf(country, family).place_of(key).1
    }

    /// The IPv4 address that belongs to a key, anywhere, and its country; `None` when there are no ranges.
    pub(crate) fn address_anywhere(&self, key: u64) -> Option<(Address, u16)> {
        if self.all.size() == 0 {
            return None;
        }
        let (range, address) = self.all.place_of(key);
        Some((address, self.all_countries[range]))
    }

    fn shelf(&self, country: u16, family: Family) -> &Shelf {
        let shelves = match family {
            Family::V4 => &self.shelves,
            Family::V6 => &self.shelves_v6,
        };
        &shelves[usize::from(country)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up_countries;

    #[test]
    fn addresses_lie_in_their_country_and_never_at_a_sensor() {
        let countries = made_up_countries();
        let first = countries.ranges("LK")[0];
        let taken = (u128::from(first.0), u128::from(first.1 - 100));
        let book = Book::new(&countries, &[(Family::V4, taken)]);
        let country = book.country_of("LK", Family::V4).expect("a country of the table");
        let six = countries.ranges_v6("LK")[0];
        for key in 0..2_000u64 {
            let key = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let address = book.address_in(country, Family::V4, key).number();
            let holds =
                |(first, last): &(u32, u32)| (u128::from(*first)..=u128::from(*last)).contains(&address);
            assert!(countries.ranges("LK").iter().any(holds));
            assert!(!(taken.0..=taken.1).contains(&address));
            let address = book.address_in(country, Family::V6, key);
            assert!(address.family() == Family::V6 && (six.0..=six.1).contains(&address.number()));
        }
        assert_eq!(book.country_of("XX", Family::V4), None);
        let (address, country) = book.address_anywhere(u64::MAX).expect("ranges");
        let ranges = countries.ranges(&book.codes[usize::from(country)]);
        assert!(ranges.iter().any(|(first, last)| (*first..=*last).contains(&address.low())));
    }
}
