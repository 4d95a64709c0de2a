//! Which addresses a country's sources may have: the ranges of the scenario's countries, made ready to draw.
//!
//! **Invariant:** an address that is drawn is neither special nor watched by a sensor of the scenario.

use crate::countries::{Countries, special_ranges, without};

/// The ranges of every country, and all of them together.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    /// Country codes; a country is its place here.
    pub(crate) codes: Vec<String>,
    shelves: Vec<Shelf>,
    all: Shelf,
    all_countries: Vec<u16>,
}

#[derive(Debug, Clone, Default)]
struct Shelf {
    ranges: Vec<(u32, u32)>,
    /// Addresses in this range and those before it.
    sums: Vec<u64>,
}

impl Shelf {
    fn new(ranges: Vec<(u32, u32)>) -> Shelf {
        let mut sum = 0;
        let sums = ranges
            .iter()
            .map(|(first, last)| {
                sum += u64::from(last - first) + 1;
                sum
            })
            .collect();
        Shelf { ranges, sums }
    }

    fn size(&self) -> u64 {
        self.sums.last().copied().unwrap_or(0)
    }

    /// The range and the address that a key falls on.
    fn place_of(&self, key: u64) -> (usize, u32) {
        let point = ((u128::from(key) * u128::from(self.size())) >> 64) as u64;
        let range = self.sums.partition_point(|sum| *sum <= point);
        (range, self.ranges[range].1 - (self.sums[range] - point - 1) as u32)
    }
}

impl Book {
    /// Reads the ranges of every country; `watched` are the ranges of the sensors.
    pub(crate) fn new(countries: &dyn Countries, watched: &[(u32, u32)]) -> Book {
        let mut taken: Vec<(u32, u32)> = special_ranges().collect();
        taken.extend_from_slice(watched);
        let codes = countries.codes();
        let shelves: Vec<Shelf> =
            codes.iter().map(|code| Shelf::new(without(countries.ranges(code), &taken))).collect();
        let mut all: Vec<(u32, u32, u16)> = Vec::new();
        for (country, shelf) in shelves.iter().enumerate() {
            all.extend(shelf.ranges.iter().map(|(first, last)| (*first, *last, country as u16)));
        }
        all.sort_unstable();
        let all_countries = all.iter().map(|(_, _, country)| *country).collect();
        let all = Shelf::new(all.iter().map(|(first, last, _)| (*first, *last)).collect());
        Book { codes, shelves, all, all_countries }
    }

    /// The country of a code; `None` when it has no usable address.
    pub(crate) fn country_of(&self, code: &str) -> Option<u16> {
        let place = self.codes.iter().position(|known| known == code)?;
        (self.shelves[place].size() > 0).then_some(place as u16)
    }

    /// The address of a country that belongs to a key.
    pub(crate) fn address_in(&self, country: u16, key: u64) -> u32 {
        self.shelves[usize::from(country)].place_of(key).1
    }

    /// The address that belongs to a key, anywhere, and its country; `None` when there are no ranges at all.
    pub(crate) fn address_anywhere(&self, key: u64) -> Option<(u32, u16)> {
        if self.all.size() == 0 {
            return None;
        }
        let (range, address) = self.all.place_of(key);
        Some((address, self.all_countries[range]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up_countries;

    #[test]
    fn addresses_lie_in_their_country_and_never_at_a_sensor() {
        let countries = made_up_countries();
        let taken = countries.ranges("LK")[0];
        let book = Book::new(&countries, &[(taken.0, taken.1 - 100)]);
        let country = book.country_of("LK").expect("a country of the table");
        for key in 0..2_000u64 {
            let address = book.address_in(country, key.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            assert!(countries.ranges("LK").iter().any(|(first, last)| (*first..=*last).contains(&address)));
            assert!(!(taken.0..=taken.1 - 100).contains(&address));
        }
        assert_eq!(book.country_of("XX"), None);
        let (address, country) = book.address_anywhere(u64::MAX).expect("ranges");
        let ranges = countries.ranges(&book.codes[usize::from(country)]);
        assert!(ranges.iter().any(|(first, last)| (*first..=*last).contains(&address)));
    }
}
