//! Countries and economies: code, number for the map, and the short names that reports print.
//!
//! Japanese names are the short ones of JPCERT/CC's quarterly reports (中国, 米国, ロシア), not the
//! formal ones. The table is ours: `data/countries.toml`.
//!
//! **Invariant:** a [`Country`] is two letters A to Z; it need not be a code that ISO 3166-1 assigns,
//! because databases also use `EU`, `XK` and others.

use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

/// A country code: ISO 3166-1 alpha-2, or two letters that a database uses like one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// How many codes of two letters there are, with one place for "none".
pub(crate) const CODES: usize = 26 * 26 + 1;

impl Country {
    /// The country of a code in either case; `None` unless it is two letters and not `ZZ` (unknown).
    pub fn parse(text: &str) -> Option<Country> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        let code = letters.map(|letter| letter.to_ascii_uppercase());
        (code.iter().all(u8::is_ascii_uppercase) && code != *b"ZZ").then_some(Country(code))
    }

    /// The two letters, in capitals.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    /// A number from 1 below [`CODES`].
    pub(crate) fn number(self) -> u16 {
        u16::from(self.0[0] - b'A') * 26 + u16::from(self.0[1] - b'A') + 1
    }

    /// The country of such a number; `None` for 0.
    pub(crate) fn of_number(number: u16) -> Option<Country> {
        let place = number.checked_sub(1).filter(|place| usize::from(*place) < CODES - 1)?;
        Some(Country([b'A' + (place / 26) as u8, b'A' + (place % 26) as u8]))
    }

    /// Name and number; `None` for codes that are not in the table.
    pub fn entry(self) -> Option<&'static CountryEntry> {
        let table = all();
        table.binary_search_by_key(&self, |entry| entry.country).ok().map(|place| &table[place])
    }

    /// The short name in English, or the code itself when it is not in the table.
    pub fn name_en(&self) -> &str {
        self.entry().map_or(self.code(), |entry| entry.en.as_str())
    }

    /// The short name in Japanese, or the code itself when it is not in the table.
    pub fn name_ja(&self) -> &str {
        self.entry().map_or(self.code(), |entry| entry.ja.as_str())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A country or economy with its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountryEntry {
    /// Code.
    pub country: Country,
    /// ISO 3166-1 numeric, by which maps know it; `None` where there is none (`EU`, `AP`, `XK`).
    pub numeric: Option<u16>,
    /// Short name in English.
    pub en: String,
    /// Short name in Japanese.
    pub ja: String,
}

#[derive(Deserialize)]
struct File {
    country: Vec<(String, u16, String, String)>,
}

static TABLE: LazyLock<Vec<CountryEntry>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../data/countries.toml"))
        .expect("the embedded table is read by the tests of this file");
    let mut table: Vec<CountryEntry> = file
        .country
        .into_iter()
        .filter_map(|(code, numeric, en, ja)| {
            let numeric = (numeric != 0).then_some(numeric);
            Country::parse(&code).map(|country| CountryEntry { country, numeric, en, ja })
        })
        .collect();
    table.sort_by_key(|entry| entry.country);
    table
});

/// Every country and economy of the table, by code.
pub fn all() -> &'static [CountryEntry] {
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_read_back_from_their_numbers() {
        for number in 1..CODES as u16 {
            let country = Country::of_number(number).expect("a number in range");
            assert_eq!(country.number(), number);
        }
        assert_eq!(Country::of_number(0), None);
        assert_eq!(Country::of_number(CODES as u16), None);
    }

    #[test]
    fn only_two_letters_are_a_country() {
        let cases = [
            ("JP", Some("JP")),
            ("jp", Some("JP")),
            ("EU", Some("EU")),
            ("??", None),
            ("A1", None),
            ("", None),
            ("JPN", None),
            ("é", None),
            ("ZZ", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Country::parse(text).as_ref().map(Country::code), expected, "{text}");
        }
    }

    #[test]
    fn names_are_the_short_ones() {
        let cases = [
            ("CN", "China", "中国"),
            ("US", "United States", "米国"),
            ("NL", "Netherlands", "オランダ"),
            ("TW", "Taiwan", "台湾"),
            ("JP", "Japan", "日本"),
            ("KR", "South Korea", "韓国"),
            ("RU", "Russia", "ロシア"),
            ("GB", "United Kingdom", "英国"),
            ("QQ", "QQ", "QQ"),
        ];
        for (code, en, ja) in cases {
            let country = Country::parse(code).expect("a code");
            assert_eq!((country.name_en(), country.name_ja()), (en, ja));
        }
    }

    #[test]
    fn codes_numbers_and_names_stand_once() {
        let codes: BTreeSet<_> = all().iter().map(|entry| entry.country).collect();
        let numbers: Vec<_> = all().iter().filter_map(|entry| entry.numeric).collect();
        let names: BTreeSet<_> = all().iter().flat_map(|entry| [&entry.en, &entry.ja]).collect();
        assert_eq!(codes.len(), all().len());
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
        assert_eq!(names.len(), 2 * all().len());
    }
}
