//! The rules that admit each value of one field.
//!
//! Values that the same rules admit are one class: a look-up is a byte out of a table of values and a set out of a
//! few. A column is narrowed down for many packets at once, so that what is looked at is decided outside the loop.
//!
//! **Invariant:** a rule is admitted when all its tests of the field hold, and only then, except for the first byte of
//! the payload, by which rules with longer patterns are merely left over.

use teiten_model::columns::PacketColumns;
use teiten_model::special::Reach;

use super::holds::destination;
use crate::compile::{Field, Rule, Test};
use crate::special::reach_of_source;

/// Values that have a slot of their own; the slot before them is that of "not there".
const VALUES: i64 = 1 << 16;

/// What a table is looked up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// All twelve flags of TCP.
    Flags,
    Window,
    SrcPort,
    DstPort,
    IpId,
    IcmpType,
    IcmpCode,
    PayloadLen,
    /// The first byte of the payload.
    FirstByte,
    /// 1 when the sequence number is the destination, 0 when it is not.
    SeqIsDst,
    /// 1 when the source is of a range that networks use inside, 0 when it is not.
    SrcSpecial,
}

/// For each value of a key, the rules that admit it.
#[derive(Debug)]
pub(super) struct Table {
    key: Key,
    /// The class of each value and of "not there", by [`slot`].
    classes: Vec<u8>,
    /// The classes of greater values: where each stretch of them begins.
    beyond: Vec<(i64, u8)>,
    /// The rules that admit a class.
    sets: Vec<u64>,
}

impl Key {
    /// The number of a packet that the key is.
    fn field(self) -> Option<Field> {
        Some(match self {
            Key::Window => Field::Window,
            Key::SrcPort => Field::SrcPort,
            Key::DstPort => Field::DstPort,
            Key::IpId => Field::IpId,
            Key::IcmpType => Field::IcmpType,
            Key::IcmpCode => Field::IcmpCode,
            Key::PayloadLen => Field::PayloadLen,
            Key::Flags | Key::FirstByte | Key::SeqIsDst | Key::SrcSpecial => return None,
        })
    }

    /// Whether a test looks at the key and at nothing else, so that a table answers it.
    pub(super) fn decides(self, test: &Test) -> bool {
        match (self, test) {
            (Key::Flags, Test::Number(Field::Flags | Field::FlagsExact, _)) => true,
            (Key::FirstByte, Test::Bits(bits)) => bits.at == 0,
            (Key::SeqIsDst, Test::SeqIsDst(_)) | (Key::SrcSpecial, Test::SrcSpecial(_)) => true,
            (_, Test::Number(field, _)) => self.field() == Some(*field),
            _ => false,
        }
    }

    /// Whether a packet with that value may pass the test.
    fn admits(self, test: &Test, value: i64) -> bool {
        match (self, test) {
            (Key::Flags, Test::Number(Field::Flags, set)) => value >= 0 && set.has(value & 0x3f),
            (Key::Flags, Test::Number(Field::FlagsExact, set)) => set.has(value),
            (Key::FirstByte, Test::Bits(bits)) if bits.at == 0 => {
                value >= 0 && value as u8 & bits.mask == bits.is
            }
            (Key::FirstByte, Test::Prefix(patterns)) => patterns
                .iter()
                .any(|pattern| value >= 0 && pattern.first().is_none_or(|first| i64::from(first) == value)),
            (Key::SeqIsDst, Test::SeqIsDst(wanted)) | (Key::SrcSpecial, Test::SrcSpecial(wanted)) => {
                value == i64::from(*wanted)
            }
            (_, Test::Number(field, set)) if self.field() == Some(*field) => set.has(value),
            _ => true,
        }
    }

    /// Where the answer of a test may change: values between two neighbours are all admitted, or none.
    fn edges(self, rules: &[Rule]) -> Vec<i64> {
        let mut edges = match self {
            Key::Flags => (-1..=1 << 12).collect(),
            Key::FirstByte => (-1..=1 << 8).collect(),
            Key::SeqIsDst | Key::SrcSpecial => vec![-1, 0, 1, 2],
            _ => vec![-1, 0],
        };
        for test in rules.iter().flat_map(|rule| &rule.tests) {
            if let Test::Number(field, set) = test
                && self.field() == Some(*field)
            {
                edges.extend(set.ranges().iter().flat_map(|(low, high)| [*low, high + 1]));
            }
        }
        edges.sort_unstable();
        edges.dedup();
        edges
    }
}

/// The slot of a value that has one.
#[inline]
fn slot(value: i64) -> usize {
    (value + 1) as usize
}

impl Table {
    /// The table of a key; `None` where no rule asks for it, or where its values are of too many classes.
    pub(super) fn new(key: Key, rules: &[Rule]) -> Option<Table> {
        let mut table = Table { key, classes: Vec::new(), beyond: Vec::new(), sets: Vec::new() };
        let edges = key.edges(rules);
        for (place, edge) in edges.iter().enumerate() {
            let admits = |rule: &Rule| rule.tests.iter().all(|test| key.admits(test, *edge));
            let set = rules.iter().enumerate().fold(0, |set, (at, rule)| set | u64::from(admits(rule)) << at);
            let class = match table.sets.iter().position(|known| *known == set) {
                Some(class) => class,
                None => {
                    table.sets.push(set);
                    table.sets.len() - 1
                }
            };
            let class = u8::try_from(class).ok()?;
            let end = edges.get(place + 1).copied().unwrap_or(i64::MAX);
            let slots = slot(end.min(VALUES));
            table.classes.resize(table.classes.len().max(slots), class);
            if end > VALUES {
                table.beyond.push((*edge, class));
            }
        }
        (table.sets.len() > 1).then_some(table)
    }

    #[inline]
    fn set(&self, value: i64) -> u64 {
        let class = match self.classes.get(slot(value)) {
            Some(class) => *class,
            None => self.class_beyond(value),
        };
        self.sets[usize::from(class)]
    }

    #[cold]
    fn class_beyond(&self, value: i64) -> u8 {
        let after = self.beyond.partition_point(|(first, _)| *first <= value);
        self.beyond[after.saturating_sub(1)].1
    }

    /// Takes out of what is left for each row the rules that do not admit it.
    pub(super) fn narrow(&self, packets: &PacketColumns, rows: &[u32], left: &mut [u64]) {
        let p = packets;
        match self.key {
            Key::Flags => self.by(rows, left, |row| i64::from(p.tcp_flags[row])),
            Key::Window => self.by(rows, left, |row| i64::from(p.tcp_window[row])),
            Key::SrcPort => self.by(rows, left, |row| i64::from(p.src_port[row])),
            Key::DstPort => self.by(rows, left, |row| i64::from(p.dst_port[row])),
            Key::IpId => self.by(rows, left, |row| i64::from(p.ip_id[row])),
            Key::IcmpType => self.by(rows, left, |row| i64::from(p.icmp_type[row])),
            Key::IcmpCode => self.by(rows, left, |row| i64::from(p.icmp_code[row])),
            Key::PayloadLen => self.by(rows, left, |row| i64::from(p.payload_len[row])),
            Key::FirstByte => {
                self.by(rows, left, |row| p.payload.get(row).first().map_or(-1, |byte| i64::from(*byte)));
            }
            Key::SeqIsDst => self.by(rows, left, |row| {
                let (seq, dst) = (p.tcp_seq[row], destination(p, row));
                if seq < 0 || dst < 0 { -1 } else { i64::from(seq == dst) }
            }),
            Key::SrcSpecial => {
                self.by(rows, left, |row| i64::from(reach_of_source(p, row) == Some(Reach::Inside)));
            }
        }
    }

    #[inline]
    fn by(&self, rows: &[u32], left: &mut [u64], value: impl Fn(usize) -> i64) {
        for (row, left) in rows.iter().zip(left) {
            *left &= self.set(value(*row as usize));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(sets: &[&str]) -> Vec<Rule> {
        #[derive(serde::Deserialize)]
        struct Case {
            it: crate::number::NumberSet,
        }
        let test = |text: &&str| {
            let case: Case = toml::from_str(&format!("it = {text}")).unwrap();
            Test::Number(Field::PayloadLen, case.it)
        };
        sets.iter().map(|set| Rule { signature: 0, proto: None, tests: vec![test(set)] }).collect()
    }

    #[test]
    fn a_value_is_admitted_by_the_rules_whose_ranges_hold_it_however_great_it_is() {
        for sets in [
            &["7", "\"7-70000\"", "[0, \"65535-65536\", \"80000-4294967295\"]"][..],
            &["7", "\"7-70000\""],
            &["\"0-4294967295\""],
        ] {
            admits_what_the_sets_hold(&rules(sets));
        }
        assert!(Table::new(Key::IcmpType, &rules(&["7"])).is_none());
    }

    fn admits_what_the_sets_hold(rules: &[Rule]) {
        let table = Table::new(Key::PayloadLen, rules).unwrap();
        for value in [
            -1,
            0,
            1,
            6,
            7,
            8,
            65_534,
            65_535,
            65_536,
            65_537,
            70_000,
            70_001,
            79_999,
            80_000,
            i64::from(i32::MAX),
        ] {
            let expected = rules.iter().enumerate().fold(0, |set, (at, rule)| {
                let holds = |test: &Test| matches!(test, Test::Number(_, set) if set.has(value));
                set | u64::from(rule.tests.iter().all(holds)) << at
            });
            assert_eq!(table.set(value), expected, "{value}");
            let mut packets = PacketColumns::default();
            packets.reset(1);
            packets.payload_len[0] = value as i32;
            packets.finish();
            let mut left = [u64::MAX];
            table.narrow(&packets, &[0], &mut left);
            assert_eq!(left[0], expected, "{value}");
        }
    }
}
