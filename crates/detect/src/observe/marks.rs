//! Which tool all packets of something carry the mark of (rule D45).
//!
//! A mark is a tag of a scanning tool, or that of Mirai. Marks are bits, so that "all packets carry it" is an
//! intersection, which asks for no order.
//!
//! One packet may carry a mark by chance; two of them hardly. Mirai's is taken from one packet too, because its
//! bots send one packet to an address.
//!
//! **Invariant:** marks stand in alphabetical order, so that the lowest bit is the first name.

use std::sync::LazyLock;

use crate::builtin;
use crate::category::Category;
use crate::tags::tags_of;

use super::row::Row;

/// The tag whose single packets are marked.
const SINGLE: &str = "mirai";

/// Tags that single packets carry by the constant identifier of a scanner's file (rule D83).
const FILES: [&str; 3] = ["masscan", "nmap-payload", "zmap-payload"];

/// Packets by which other marks are believed (rule D45: all of at least two).
const PACKETS_MIN: i64 = 2;

/// Names of the marks.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let signatures = builtin::signatures().expect("the signatures of the program are read by its tests");
    let is_mark = |tag: &crate::tags::Tag| tag.category == Category::Tool || tag.name == SINGLE;
    let mut names: Vec<String> =
        tags_of(&signatures).into_iter().filter(is_mark).map(|tag| tag.name).collect();
    names.truncate(u32::BITS as usize);
    names
});

/// The bit of Mirai's mark.
static MIRAI: LazyLock<Marks> = LazyLock::new(|| Marks::of(SINGLE));

/// The bits of the marks by files.
static BY_FILE: LazyLock<Marks> = LazyLock::new(|| Marks::of(&FILES.join(" ")));

/// Marks that something carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Marks(u32);

impl Marks {
    /// Every mark: those that no packets lack.
    const ALL: Marks = Marks(u32::MAX);

    /// The marks among the tags of a packet.
    pub(super) fn of(tags: &str) -> Marks {
        let bits =
            tags.split(' ').filter_map(|tag| NAMES.binary_search_by(|name| name.as_str().cmp(tag)).ok());
        Marks(bits.fold(0, |sum, bit| sum | 1 << bit))
    }

    /// The marks that both carry.
    fn common(self, other: Marks) -> Marks {
        Marks(self.0 & other.0)
    }

    /// The marks that all rows carry.
    pub(super) fn of_all<'r>(rows: impl Iterator<Item = &'r Row>) -> Marks {
        rows.fold(Marks::ALL, |marks, row| marks.common(row.marks))
    }

    /// Whether Mirai's is among them.
    pub(super) fn is_mirai(self) -> bool {
        self.0 & MIRAI.0 != 0
    }

    /// The tool from whose file a packet is; empty when it is from none.
    pub(super) fn file(self) -> &'static str {
        NAMES.get((self.0 & BY_FILE.0).trailing_zeros() as usize).map_or("", String::as_str)
    }

    /// The tool of packets that all carry these marks; empty without one.
    pub(super) fn tool(self, packets: i64) -> &'static str {
        if packets >= PACKETS_MIN {
            NAMES.get(self.0.trailing_zeros() as usize).map_or("", String::as_str)
        } else if packets > 0 && self.is_mirai() {
            SINGLE
        } else {
            ""
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_and_mirai_are_marks_and_all_have_a_bit() {
        let expected = "hping3 ipid-54321 masscan mirai nmap-ack nmap-os nmap-payload nmap-stealth nmap-syn \
                        sport-6000 zmap zmap-4 zmap-payload";
        assert_eq!(NAMES.join(" "), expected);
        assert!(NAMES.len() <= u32::BITS as usize);
    }

    #[test]
    fn a_file_is_told_by_one_packet() {
        assert_eq!(Marks::of("zmap zmap-payload").file(), "zmap-payload");
        assert_eq!(Marks::of("zmap").file(), "");
        assert!(FILES.iter().all(|tag| Marks::of(tag).file() == *tag));
    }

    #[test]
    fn a_tool_is_what_all_packets_carry() {
        let cases: &[(&[&str], &str)] = &[
            (&["mirai special-source"], "mirai"),
            (&["zmap"], ""),
            (&["zmap", "special-source zmap"], "zmap"),
            (&["sport-6000 zmap", "sport-6000"], "sport-6000"),
            (&["sport-6000 zmap", "sport-6000 zmap"], "sport-6000"),
            (&["zmap", ""], ""),
            (&["dns-any", "dns-any"], ""),
            (&[], ""),
        ];
        for (packets, tool) in cases {
            let common = packets.iter().fold(Marks::ALL, |marks, tags| marks.common(Marks::of(tags)));
            assert_eq!(common.tool(packets.len() as i64), *tool, "{packets:?}");
        }
    }
}
