//! Names of ICMP and ICMPv6 messages: one list for answers, pages, evidence and look-ups.
//!
//! A row names a type, or a code of a type, in English and Japanese after the IANA registries, and in the
//! words of Wireshark's column Info.
//!
//! **Invariant:** rows ascend by type and code; a code has a row only where its type has one.

mod v4;
mod v6;

use crate::protocols;

/// Which of the two protocols: their types are numbered apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// ICMP, the protocol beside IPv4.
    V4,
    /// ICMPv6, the protocol beside IPv6.
    V6,
}

impl Family {
    /// Both.
    pub const ALL: [Family; 2] = [Family::V4, Family::V6];

    /// The number of the protocol above IP.
    pub const fn protocol(self) -> u8 {
        match self {
            Family::V4 => protocols::ICMP,
            Family::V6 => protocols::ICMPV6,
        }
    }

    /// The family of a protocol above IP; `None` when it is neither.
    pub fn of_protocol(number: i64) -> Option<Family> {
        Family::ALL.into_iter().find(|family| i64::from(family.protocol()) == number)
    }
}

/// The name of a type, or of a code of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// Type.
    pub kind: u8,
    /// Code; `None` for the name of the type itself.
    pub code: Option<u8>,
    /// Name in English.
    pub en: &'static str,
    /// Name in Japanese.
    pub ja: &'static str,
    /// The name that Wireshark 4.0 prints; `None` when it has none.
    pub shown: Option<&'static str>,
}

impl Message {
    /// The name in one word, such as `echo-request`: the letters and digits of the English one.
    pub fn word(&self) -> String {
        let parts = self.en.split(|letter: char| !letter.is_ascii_alphanumeric());
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-").to_ascii_lowercase()
    }

    const fn shown_as(self, shown: &'static str) -> Message {
        Message { shown: Some(shown), ..self }
    }

    const fn not_shown(self) -> Message {
        Message { shown: None, ..self }
    }
}

const fn kind(kind: u8, en: &'static str, ja: &'static str) -> Message {
    Message { kind, code: None, en, ja, shown: Some(en) }
}

const fn code(kind: u8, code: u8, en: &'static str, ja: &'static str) -> Message {
    Message { kind, code: Some(code), en, ja, shown: Some(en) }
}

/// Every row of a family, by type and code.
pub fn all(family: Family) -> &'static [Message] {
    match family {
        Family::V4 => &v4::MESSAGES,
        Family::V6 => &v6::MESSAGES,
    }
}

/// The row of a type (`code` is `None`) or of a code of it.
pub fn find(family: Family, kind: u8, code: Option<u8>) -> Option<&'static Message> {
    let rows = all(family);
    rows.binary_search_by_key(&(kind, code), |row| (row.kind, row.code)).ok().map(|place| &rows[place])
}

/// The rows of the codes of a type.
pub fn codes(family: Family, kind: u8) -> &'static [Message] {
    let rows = all(family);
    let first = rows.partition_point(|row| (row.kind, row.code) <= (kind, None));
    &rows[first..rows.partition_point(|row| row.kind <= kind)]
}

/// The word for a message in answers: `ICMP 3/3`, `ICMPv6 135/0`; without a code the type alone.
pub fn label(family: Family, kind: i64, code: Option<i64>) -> String {
    let protocol = protocols::label(i64::from(family.protocol()));
    code.map_or_else(|| format!("{protocol} {kind}"), |code| format!("{protocol} {kind}/{code}"))
}

/// The message of a word such as `ICMP 3/3`, in either case; `None` for anything else.
pub fn read_label(label: &str) -> Option<(Family, u8, Option<u8>)> {
    let (protocol, message) = label.split_once(' ')?;
    let family = Family::of_protocol(i64::from(protocols::find_word(protocol)?.number))?;
    Some(match message.split_once('/') {
        Some((kind, code)) => (family, kind.parse().ok()?, Some(code.parse().ok()?)),
        None => (family, message.parse().ok()?, None),
    })
}

/// The name of a message in English, such as `Destination unreachable (Port unreachable)`.
pub fn name_en(family: Family, kind: u8, code: Option<u8>) -> Option<String> {
    let (kind_row, code_row) = (find(family, kind, None)?, code.and_then(|_| find(family, kind, code)));
    Some(match (code_row, code) {
        (Some(row), _) => format!("{} ({})", kind_row.en, row.en),
        (None, Some(code)) if is_telling(family, kind, code) => format!("{} (code {code})", kind_row.en),
        (None, _) => kind_row.en.to_string(),
    })
}

/// The name of a message in Japanese.
pub fn name_ja(family: Family, kind: u8, code: Option<u8>) -> Option<String> {
    let (kind_row, code_row) = (find(family, kind, None)?, code.and_then(|_| find(family, kind, code)));
    Some(match (code_row, code) {
        (Some(row), _) => format!("{}（{}）", kind_row.ja, row.ja),
        (None, Some(code)) if is_telling(family, kind, code) => format!("{}（コード{code}）", kind_row.ja),
        (None, _) => kind_row.ja.to_string(),
    })
}

/// Whether a code without a name must be told: types without codes are always sent with 0.
fn is_telling(family: Family, kind: u8, code: u8) -> bool {
    code != 0 || !codes(family, kind).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_their_names_in_both_languages() {
        let cases = [
            (Family::V4, 8, Some(0), "Echo request", "エコー要求"),
            (Family::V4, 8, Some(9), "Echo request (code 9)", "エコー要求（コード9）"),
            (Family::V4, 3, None, "Destination unreachable", "宛先到達不能"),
            (
                Family::V4,
                3,
                Some(3),
                "Destination unreachable (Port unreachable)",
                "宛先到達不能（ポート到達不能）",
            ),
            (Family::V4, 3, Some(77), "Destination unreachable (code 77)", "宛先到達不能（コード77）"),
            (
                Family::V4,
                11,
                Some(0),
                "Time exceeded (Time to live exceeded in transit)",
                "時間超過（転送中にTTL超過）",
            ),
            (
                Family::V6,
                1,
                Some(4),
                "Destination unreachable (Port unreachable)",
                "宛先到達不能（ポート到達不能）",
            ),
            (Family::V6, 135, Some(0), "Neighbor solicitation", "近隣要請"),
            (Family::V6, 128, None, "Echo request", "エコー要求"),
        ];
        for (family, kind, code, en, ja) in cases {
            assert_eq!(name_en(family, kind, code).as_deref(), Some(en));
            assert_eq!(name_ja(family, kind, code).as_deref(), Some(ja));
        }
        assert_eq!(name_en(Family::V4, 200, Some(0)), None);
        assert_eq!(name_ja(Family::V6, 5, None), None);
    }

    #[test]
    fn labels_name_the_protocol_because_types_are_numbered_apart() {
        let cases = [
            (Family::V4, 3, Some(3), "ICMP 3/3"),
            (Family::V6, 3, Some(0), "ICMPv6 3/0"),
            (Family::V6, 135, None, "ICMPv6 135"),
        ];
        for (family, kind, code, expected) in cases {
            assert_eq!(label(family, kind, code), expected);
            let read = read_label(expected)
                .map(|(family, kind, code)| (family, i64::from(kind), code.map(i64::from)));
            assert_eq!(read, Some((family, kind, code)));
        }
        for label in ["ICMP", "ICMP 300", "ICMP 3/", "TCP 3/3", "3/3", "ICMP 3/3/3"] {
            assert_eq!(read_label(label), None, "{label}");
        }
        assert_eq!([1, 58, 6].map(Family::of_protocol), [Some(Family::V4), Some(Family::V6), None]);
    }

    #[test]
    fn words_are_short_enough_to_type() {
        let word = |family, kind, code| find(family, kind, code).map(Message::word).unwrap_or_default();
        assert_eq!(word(Family::V4, 8, None), "echo-request");
        assert_eq!(word(Family::V4, 3, Some(3)), "port-unreachable");
        assert_eq!(word(Family::V4, 41, None), "experimental-mobility-seamoby");
    }

    #[test]
    fn names_stand_once_and_codes_have_a_type() {
        for family in Family::ALL {
            let rows = all(family);
            assert!(rows.windows(2).all(|pair| (pair[0].kind, pair[0].code) < (pair[1].kind, pair[1].code)));
            for row in rows {
                assert!(!row.en.is_empty() && !row.ja.is_empty() && row.shown != Some(""), "{row:?}");
                assert!(find(family, row.kind, None).is_some(), "type {}", row.kind);
            }
            let n_codes: usize = (0..=255).map(|kind| codes(family, kind).len()).sum();
            assert_eq!(n_codes, rows.iter().filter(|row| row.code.is_some()).count());
        }
    }
}
