//! Where sources come from: address ranges of countries, real ones or our own made-up table.
//!
//! The made-up table makes a demonstration possible where no country database is installed: it is written
//! beside the captures, so that the country of every source agrees with the planted truth.
//!
//! **Invariant:** no range of the made-up table touches a special-purpose address.
//! **Invariant:** the made-up table never changes between runs or machines.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use teiten_model::special;

use teiten_model::interval::Day;

use crate::random::{Mix, Stream, key_of};

/// Address ranges of countries. `(first, last)` are addresses as numbers, both inside the range.
pub trait Countries {
    /// Names the edition, for the truth.
    fn edition(&self) -> String;
    /// Every country that has a range: ISO 3166-1 alpha-2.
    fn codes(&self) -> Vec<String>;
    /// The ranges of a country, without those parts that a narrower range gives to another country.
    fn ranges(&self, code: &str) -> Vec<(u32, u32)>;
    /// The same for IPv6.
    fn ranges_v6(&self, code: &str) -> Vec<(u128, u128)>;
    /// The AS that originates an address, where that is known too.
    fn asn(&self, address: IpAddr) -> Option<u32>;
    /// The made-up table, if this is it: it is then written beside the captures.
    fn made_up(&self) -> Option<&MadeUpCountries> {
        None
    }
}

/// Parts of 2000::/3 that no source may come from: first 32 bits and length (RFC 2928, RFC 3849, RFC 3056,
/// RFC 9637).
const SPECIAL_V6: [(u32, u8); 4] =
    [(0x2001_0000, 23), (0x2001_0db8, 32), (0x2002_0000, 16), (0x3fff_0000, 20)];

/// Ranges of IPv4 that no source may come from, both ends inside: every special-purpose range, also those
/// that an operator announces.
pub(crate) fn special_ranges() -> impl Iterator<Item = Range> {
    special::all_v4().iter().map(special::Special::bounds)
}

/// The ranges of [`SPECIAL_V6`] and all beside 2000::/3, which alone is handed out.
pub(crate) fn special_ranges_v6() -> impl Iterator<Item = Range> {
    let inside = SPECIAL_V6.iter().map(|(head, length)| {
        let first = u128::from(*head) << 96;
        (first, first | (u128::MAX >> length))
    });
    inside.chain([(0, (0x2000 << 112) - 1), (0x4000 << 112, u128::MAX)])
}

/// First and last address, as numbers of one family.
pub(crate) type Range = (u128, u128);

/// Takes ranges out of ranges.
pub(crate) fn without(ranges: Vec<Range>, taken: &[Range]) -> Vec<Range> {
    taken.iter().fold(ranges, |ranges, (first, last)| {
        ranges
            .into_iter()
            .flat_map(|(low, high)| {
                if high < *first || low > *last {
                    return [Some((low, high)), None];
                }
                [(low < *first).then(|| (low, first - 1)), (high > *last).then(|| (last + 1, high))]
            })
            .flatten()
            .collect()
    })
}

/// Countries of the made-up table with their parts of the address space, in thousandths or so.
const PARTS: [(&str, f64); 44] = [
    ("US", 360.0),
    ("CN", 90.0),
    ("JP", 55.0),
    ("GB", 34.0),
    ("DE", 32.0),
    ("KR", 31.0),
    ("FR", 25.0),
    ("CA", 22.0),
    ("BR", 20.0),
    ("IT", 16.0),
    ("AU", 14.0),
    ("NL", 14.0),
    ("RU", 13.0),
    ("TW", 11.0),
    ("IN", 11.0),
    ("ES", 9.0),
    ("SE", 9.0),
    ("MX", 8.0),
    ("ZA", 7.0),
    ("PL", 7.0),
    ("EG", 6.0),
    ("VN", 6.0),
    ("AR", 6.0),
    ("CO", 5.0),
    ("TR", 5.0),
    ("ID", 5.0),
    ("TH", 5.0),
    ("UA", 4.0),
    ("HK", 4.0),
    ("CH", 4.0),
    ("RO", 4.0),
    ("CL", 3.0),
    ("SG", 3.0),
    ("IR", 3.0),
    ("MY", 3.0),
    ("BG", 2.0),
    ("PH", 2.0),
    ("PK", 2.0),
    ("LT", 2.0),
    ("PA", 2.0),
    ("LK", 1.5),
    ("SC", 1.5),
    ("BD", 1.5),
    ("KZ", 1.5),
];

/// The length of a block of the made-up table, in addresses (a /14).
const BLOCK: u64 = 1 << 18;

/// First AS number of the made-up table: of those kept for private use (RFC 6996).
const ASN_FIRST: u32 = 4_200_000_000;

/// Our own allocation of the unicast IPv4 space: nobody's real addresses, though the codes are real ones.
#[derive(Debug, Clone)]
pub struct MadeUpCountries {
    /// (first, last, place in `PARTS`, AS number), ascending.
    rows: Vec<(u32, u32, usize, u32)>,
}

/// The made-up table: always the same.
pub fn made_up_countries() -> MadeUpCountries {
    let mix = Mix::new((0..PARTS.len()).map(|place| (place, PARTS[place].1)).collect());
    let special: Vec<Range> = special_ranges().collect();
    let mut rows = Vec::new();
    for block in 0..(1u64 << 32) / BLOCK {
        let mut stream = Stream::new(key_of(&[0x6d61_6465, block]));
        // The first blocks go round once, so that the smallest country has a range too.
        let place = match (block / 8).checked_sub(12) {
            Some(turn) if block % 8 == 0 && turn < PARTS.len() as u64 => turn as usize,
            _ => *mix.draw(&mut stream),
        };
        let networks = 1 + (PARTS[place].1.sqrt() as u64);
        let asn = ASN_FIRST + place as u32 * 100 + stream.below(networks) as u32;
        let (first, last) = (u128::from(block * BLOCK), u128::from(block * BLOCK + BLOCK - 1));
        for (first, last) in without(vec![(first, last)], &special) {
            rows.push((first as u32, last as u32, place, asn));
        }
    }
    MadeUpCountries { rows }
}

/// The AS of a country's IPv6 range: the country's first.
fn asn_v6(place: usize) -> u32 {
    ASN_FIRST + place as u32 * 100
}

/// The IPv6 range of a country of the made-up table: one /16 each from 2a00::/16 on.
fn range_v6(place: usize) -> Range {
    let first = (0x2a00 + place as u128) << 112;
    (first, first | (u128::MAX >> 16))
}

impl MadeUpCountries {
    /// The table as `start,end,country`, as an edition of a day; its comments say that it is made up.
    pub fn countries_csv(&self, edition: Day) -> String {
        self.csv(edition, "start,end,country", |text, place, _| {
            let _ = writeln!(text, "{}", PARTS[place].0);
        })
    }

    /// The table as `start,end,asn,name`, as an edition of a day; its comments say that it is made up.
    pub fn as_csv(&self, edition: Day) -> String {
        self.csv(edition, "start,end,asn,name", |text, place, asn| {
            let _ = writeln!(text, "{asn},Synthetic Network {}-{}", PARTS[place].0, asn % 100 + 1);
        })
    }

    fn csv(&self, edition: Day, columns: &str, tail: impl Fn(&mut String, usize, u32)) -> String {
        const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (year, month, day) = edition.civil();
        let weekday = WEEKDAYS[edition.0.rem_euclid(7) as usize];
        // The date in the form of other tables, so that look-ups by the packet's date find the edition.
        let mut text = format!(
            "# Synthetic: made up by teiten simulate, no registry says so\n\
             # Generated: {weekday}, {day:02} {} {year:04} 00:00:00 GMT\n# {columns}\n",
            MONTHS[month as usize - 1],
        );
        for (first, last, place, asn) in &self.rows {
            let _ = write!(text, "{},{},", Ipv4Addr::from(*first), Ipv4Addr::from(*last));
            tail(&mut text, *place, *asn);
        }
        for place in 0..PARTS.len() {
            let (first, last) = range_v6(place);
            let _ = write!(text, "{},{},", Ipv6Addr::from_bits(first), Ipv6Addr::from_bits(last));
            tail(&mut text, place, asn_v6(place));
        }
        text
    }
}

impl Countries for MadeUpCountries {
    fn edition(&self) -> String {
        "the made-up table of teiten simulate".to_owned()
    }

    fn codes(&self) -> Vec<String> {
        let mut codes: Vec<String> = PARTS.iter().map(|(code, _)| (*code).to_owned()).collect();
        codes.sort();
        codes
    }

    fn ranges(&self, code: &str) -> Vec<(u32, u32)> {
        let of_code = |(first, last, place, _): &(u32, u32, usize, u32)| {
            (PARTS[*place].0 == code).then_some((*first, *last))
        };
        self.rows.iter().filter_map(of_code).collect()
    }

    fn ranges_v6(&self, code: &str) -> Vec<Range> {
        PARTS.iter().position(|(known, _)| *known == code).map(range_v6).into_iter().collect()
    }

    fn asn(&self, address: IpAddr) -> Option<u32> {
        match address {
            IpAddr::V4(v4) => {
                let number = u32::from(v4);
                let row = self.rows.get(self.rows.partition_point(|row| row.1 < number))?;
                (row.0 <= number).then_some(row.3)
            }
            IpAddr::V6(v6) => {
                let place = (v6.to_bits() >> 112).checked_sub(0x2a00)? as usize;
                (place < PARTS.len()).then(|| asn_v6(place))
            }
        }
    }

    fn made_up(&self) -> Option<&MadeUpCountries> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_made_up_table_covers_unicast_space_once() {
        let table = made_up_countries();
        assert!(table.rows.windows(2).all(|pair| pair[0].1 < pair[1].0));
        let covered: u64 = table.rows.iter().map(|(first, last, ..)| u64::from(last - first) + 1).sum();
        let free = without(vec![(0, u128::from(u32::MAX))], &special_ranges().collect::<Vec<_>>());
        assert_eq!(u128::from(covered), free.iter().map(|(first, last)| last - first + 1).sum::<u128>());
        for code in table.codes() {
            assert!(!table.ranges(&code).is_empty(), "{code}");
            let (first, last) = table.ranges_v6(&code)[0];
            assert!(special_ranges_v6().all(|(low, high)| last < low || high < first), "{code}");
            assert!(table.asn(Ipv6Addr::from_bits(last).into()).is_some(), "{code}");
        }
        for (first, _, _, asn) in &table.rows {
            assert_eq!(table.asn(Ipv4Addr::from(*first).into()), Some(*asn));
        }
        assert_eq!(table.asn(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))), None);
    }

    #[test]
    fn ranges_are_taken_out_of_ranges() {
        let cases = [
            (vec![(10, 20)], vec![(12, 14)], vec![(10, 11), (15, 20)]),
            (vec![(10, 20)], vec![(0, 10), (20, u128::MAX)], vec![(11, 19)]),
            (vec![(0, u128::MAX)], vec![(0, u128::MAX)], vec![]),
            (vec![(5, 6), (8, 9)], vec![(6, 8)], vec![(5, 5), (9, 9)]),
        ];
        for (ranges, taken, left) in cases {
            assert_eq!(without(ranges, &taken), left);
        }
    }

    #[test]
    fn the_tables_say_that_they_are_synthetic() {
        let table = made_up_countries();
        let text = table.countries_csv(Day(15_887));
        let head: Vec<&str> = text.lines().take(4).collect();
        expect_test::expect![[r#"
            # Synthetic: made up by teiten simulate, no registry says so
            # Generated: Mon, 01 Jul 2013 00:00:00 GMT
            # start,end,country
            1.0.0.0,1.3.255.255,"#]]
        .assert_eq(head.join("\n").trim_end_matches(|char: char| char.is_ascii_uppercase()));
        assert!(table.as_csv(Day(0)).starts_with("# Synthetic"));
    }
}
