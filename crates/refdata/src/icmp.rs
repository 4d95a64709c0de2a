//! Names of ICMP and ICMPv6 types and codes.
//!
//! The table is ours: `data/icmp.toml`, after the IANA registries, in English and Japanese.
//!
//! **Invariant:** a code has an entry only where its type has one.

use std::sync::LazyLock;

use serde::Deserialize;

/// The name of a type, or of a code of a type.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "(u8, i16, String, String)")]
pub struct IcmpName {
    /// Type.
    pub kind: u8,
    /// Code; `None` for the name of the type itself.
    pub code: Option<u8>,
    /// Name in English.
    pub en: String,
    /// Name in Japanese.
    pub ja: String,
}

impl From<(u8, i16, String, String)> for IcmpName {
    fn from((kind, code, en, ja): (u8, i16, String, String)) -> IcmpName {
        IcmpName { kind, code: u8::try_from(code).ok(), en, ja }
    }
}

#[derive(Deserialize)]
struct File {
    icmp: Vec<IcmpName>,
    icmpv6: Vec<IcmpName>,
}

static TABLE: LazyLock<File> = LazyLock::new(|| {
    let mut file: File = toml::from_str(include_str!("../data/icmp.toml"))
        .expect("the embedded table is read by the tests of this file");
    file.icmp.sort_by_key(|name| (name.kind, name.code));
    file.icmpv6.sort_by_key(|name| (name.kind, name.code));
    file
});

fn find(table: &'static [IcmpName], kind: u8, code: Option<u8>) -> Option<&'static IcmpName> {
    table.binary_search_by_key(&(kind, code), |name| (name.kind, name.code)).ok().map(|place| &table[place])
}

/// The name of an ICMP type (`code` is `None`) or of a code of it.
pub fn icmp_name(kind: u8, code: Option<u8>) -> Option<&'static IcmpName> {
    find(&TABLE.icmp, kind, code)
}

/// The name of an ICMPv6 type (`code` is `None`) or of a code of it.
pub fn icmpv6_name(kind: u8, code: Option<u8>) -> Option<&'static IcmpName> {
    find(&TABLE.icmpv6, kind, code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_messages_have_names() {
        let cases = [
            (icmp_name(8, None), "Echo request"),
            (icmp_name(3, Some(3)), "Port unreachable"),
            (icmp_name(11, Some(0)), "Time to live exceeded in transit"),
            (icmpv6_name(128, None), "Echo request"),
            (icmpv6_name(1, Some(4)), "Port unreachable"),
            (icmpv6_name(135, None), "Neighbor solicitation"),
        ];
        for (found, name) in cases {
            assert_eq!(found.map(|found| found.en.as_str()), Some(name));
        }
        assert_eq!(icmp_name(200, None), None);
    }

    #[test]
    fn names_stand_once_and_codes_have_a_type() {
        for table in [&TABLE.icmp, &TABLE.icmpv6] {
            assert!(table.windows(2).all(|pair| (pair[0].kind, pair[0].code) < (pair[1].kind, pair[1].code)));
            for name in table.iter() {
                assert!(!name.en.is_empty() && !name.ja.is_empty());
                assert!(find(table, name.kind, None).is_some(), "type {}", name.kind);
            }
        }
    }
}
