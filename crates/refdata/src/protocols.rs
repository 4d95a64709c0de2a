//! Keywords and names of the protocols above IP.
//!
//! The table is ours: `data/protocols.toml`, with the keywords that IANA registered.
//!
//! **Invariant:** every number from 0 to 145 has an entry.

use std::sync::LazyLock;

use serde::Deserialize;

/// A protocol above IP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    /// Number in the IP header.
    pub number: u8,
    /// Registered keyword, such as `TCP`.
    pub keyword: String,
    /// Name in English.
    pub name: String,
}

#[derive(Deserialize)]
struct File {
    protocol: Vec<(u8, String, String)>,
}

static TABLE: LazyLock<Vec<Protocol>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../data/protocols.toml"))
        .expect("the embedded table is read by the tests of this file");
    let mut table: Vec<Protocol> =
        file.protocol.into_iter().map(|(number, keyword, name)| Protocol { number, keyword, name }).collect();
    table.sort_by_key(|protocol| protocol.number);
    table
});

/// Every protocol of the table, by number.
pub fn all() -> &'static [Protocol] {
    &TABLE
}

/// The protocol of a number; `None` when it is not assigned.
pub fn protocol(number: u8) -> Option<&'static Protocol> {
    TABLE.binary_search_by_key(&number, |protocol| protocol.number).ok().map(|place| &TABLE[place])
}

/// The keyword of a protocol, or its number where it has none.
pub fn keyword(number: u8) -> String {
    match protocol(number) {
        Some(protocol) if !protocol.keyword.is_empty() => protocol.keyword.clone(),
        _ => number.to_string(),
    }
}

/// The protocol of a keyword, in either case.
pub fn by_keyword(keyword: &str) -> Option<&'static Protocol> {
    TABLE.iter().find(|protocol| !keyword.is_empty() && protocol.keyword.eq_ignore_ascii_case(keyword))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_assigned_numbers_stand_once() {
        let numbers: Vec<u8> = all().iter().map(|protocol| protocol.number).collect();
        assert_eq!(numbers[..146], (0..=145).collect::<Vec<u8>>());
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn keywords_read_both_ways() {
        for (number, word) in
            [(1, "ICMP"), (6, "TCP"), (17, "UDP"), (47, "GRE"), (58, "IPv6-ICMP"), (132, "SCTP")]
        {
            assert_eq!(keyword(number), word);
            assert_eq!(by_keyword(&word.to_lowercase()).map(|protocol| protocol.number), Some(number));
        }
        assert_eq!(keyword(200), "200");
    }
}
