//! Which signatures packets match, at the cost of a few table look-ups.
//!
//! Rules are kept apart by protocol. Tables over what parts the rules of a protocol best (TCP: flags, window, source
//! port, identification; UDP: first payload byte and both ports; ICMP: type, code, length) hold for each value the set
//! of rules that admit it. The sets are intersected, column by column for many packets at once, and only the rules that
//! are left are tried, without the tests that a table has answered.
//!
//! **Invariant:** the tables never exclude a rule that would match: a test compares with trying every rule.

mod holds;
mod table;

use std::ops::Range;

use teiten_model::columns::PacketColumns;

use crate::compile::Rule;
use crate::error::DetectError;
use crate::when::Proto;
use holds::holds;
use table::{Key, Table};

/// The most rules one protocol can have.
pub(crate) const RULES_MAX: usize = 256;

/// Rows that are matched together: their columns stay in the nearest cache from table to table.
pub(crate) const TOGETHER: usize = 256;

/// A set of up to 256 signatures or tags.
pub(crate) type Set = [u64; 4];

/// Adds a member.
#[inline]
pub(crate) fn insert(set: &mut Set, member: usize) {
    set[member >> 6 & 3] |= 1 << (member & 63);
}

/// Up to 64 rules of one protocol, with tables of their own.
#[derive(Debug)]
struct Group {
    rules: Vec<Rule>,
    tables: Vec<Table>,
}

/// The rules of one protocol.
#[derive(Debug)]
struct Index {
    groups: Vec<Group>,
}

/// Protocols that have rules of their own, and all others.
const PROTOCOLS: [Option<Proto>; 5] =
    [Some(Proto::Tcp), Some(Proto::Udp), Some(Proto::Icmp), Some(Proto::Icmp6), None];

/// What the tables of each protocol are looked up with.
const KEYS: [&[Key]; 5] = {
    use Key::{DstPort, FirstByte, Flags, IcmpCode, IcmpType, IpId, PayloadLen};
    use Key::{SeqIsDst, SrcPort, SrcSpecial, Window};
    [
        &[Flags, Window, SrcPort, IpId, SeqIsDst, SrcSpecial],
        &[FirstByte, DstPort, SrcPort, SrcSpecial],
        &[IcmpType, IcmpCode, PayloadLen, SrcSpecial],
        &[IcmpType, IcmpCode, PayloadLen, SrcSpecial],
        &[FirstByte, SrcSpecial],
    ]
};

/// The rules of all signatures.
#[derive(Debug)]
pub(crate) struct Matcher {
    indexes: [Index; PROTOCOLS.len()],
}

/// The place of a packet's protocol in the list; without an IP header it has none.
#[inline]
fn protocol(packets: &PacketColumns, row: usize) -> usize {
    if packets.ip_version[row] < 0 {
        return PROTOCOLS.len();
    }
    match packets.ip_proto[row] {
        6 => 0,
        17 => 1,
        1 => 2,
        58 => 3,
        _ => 4,
    }
}

impl Matcher {
    /// Builds the tables.
    pub(crate) fn new(rules: &[Rule]) -> Result<Matcher, DetectError> {
        let index = |place: usize| Index::new(rules, PROTOCOLS[place], KEYS[place]);
        Ok(Matcher { indexes: [index(0)?, index(1)?, index(2)?, index(3)?, index(4)?] })
    }

    /// The signatures that at most [`TOGETHER`] packets match.
    pub(crate) fn find(&self, packets: &PacketColumns, rows: Range<usize>, found: &mut [Set; TOGETHER]) {
        found.fill(Set::default());
        let mut of_protocol = [[0u32; TOGETHER]; PROTOCOLS.len() + 1];
        let mut n_of_protocol = [0; PROTOCOLS.len() + 1];
        for row in rows.clone() {
            let protocol = protocol(packets, row);
            of_protocol[protocol][n_of_protocol[protocol]] = row as u32;
            n_of_protocol[protocol] += 1;
        }
        for ((index, of_protocol), n) in self.indexes.iter().zip(&of_protocol).zip(n_of_protocol) {
            if n > 0 {
                index.find(packets, &of_protocol[..n], &mut |row, signature| {
                    insert(&mut found[row - rows.start], signature);
                });
            }
        }
    }

    /// The signatures that one packet matches.
    pub(crate) fn signatures(&self, packets: &PacketColumns, row: usize) -> Set {
        let mut found = [Set::default(); TOGETHER];
        self.find(packets, row..row + 1, &mut found);
        found[0]
    }
}

impl Index {
    fn new(rules: &[Rule], proto: Option<Proto>, keys: &[Key]) -> Result<Index, DetectError> {
        let rules: Vec<Rule> =
            rules.iter().filter(|rule| rule.proto.is_none() || rule.proto == proto).cloned().collect();
        if rules.len() > RULES_MAX {
            let what = "rules of one protocol";
            return Err(DetectError::TooMany { what, count: rules.len(), max: RULES_MAX });
        }
        Ok(Index { groups: rules.chunks(64).map(|rules| Group::new(rules, keys)).collect() })
    }

    fn find(&self, packets: &PacketColumns, rows: &[u32], matched: &mut impl FnMut(usize, usize)) {
        for group in &self.groups {
            let mut left = [0u64; TOGETHER];
            let left = &mut left[..rows.len()];
            left.fill(u64::MAX >> (64 - group.rules.len()));
            for table in &group.tables {
                table.narrow(packets, rows, left);
            }
            for (row, left) in rows.iter().zip(left) {
                while *left != 0 {
                    let rule = &group.rules[left.trailing_zeros() as usize];
                    *left &= *left - 1;
                    if rule.tests.iter().all(|test| holds(test, packets, *row as usize)) {
                        matched(*row as usize, rule.signature);
                    }
                }
            }
        }
    }
}

impl Group {
    fn new(rules: &[Rule], keys: &[Key]) -> Group {
        let mut rules = rules.to_vec();
        let mut tables = Vec::new();
        for key in keys {
            if let Some(table) = Table::new(*key, &rules) {
                tables.push(table);
                rules.iter_mut().for_each(|rule| rule.tests.retain(|test| !key.decides(test)));
            }
        }
        Group { rules, tables }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;
    use crate::compile::compile;
    use crate::notation::{Above, PacketLine};
    use proptest::prelude::*;

    fn rules() -> Vec<Rule> {
        let signatures = builtin::signatures().unwrap();
        signatures.iter().enumerate().flat_map(|(place, it)| compile(place, &it.when).unwrap()).collect()
    }

    fn by_every_rule(rules: &[Rule], packets: &PacketColumns) -> Set {
        let mut found = Set::default();
        for rule in rules {
            let proto = match packets.ip_proto[0] {
                6 => Some(Proto::Tcp),
                17 => Some(Proto::Udp),
                1 => Some(Proto::Icmp),
                58 => Some(Proto::Icmp6),
                _ => None,
            };
            let is_asked = rule.proto.is_none() || rule.proto == proto;
            if is_asked && rule.tests.iter().all(|test| holds(test, packets, 0)) {
                insert(&mut found, rule.signature);
            }
        }
        found
    }

    /// The examples of all signatures, with some fields moved.
    fn near_examples() -> impl Strategy<Value = PacketLine> {
        let mut lines: Vec<PacketLine> = Vec::new();
        for signature in builtin::signatures().unwrap() {
            lines.extend(signature.matches.iter().chain(&signature.misses).map(|line| line.parse().unwrap()));
        }
        let numbers = (any::<u8>(), any::<u16>(), prop::collection::vec(any::<u8>(), 0..6));
        (prop::sample::select(lines), numbers).prop_map(|(mut line, (what, number, bytes))| {
            match (what % 8, &mut line.above) {
                (0, Above::Tcp(tcp)) => tcp.window = number,
                (1, Above::Tcp(tcp)) => tcp.flags = Some(number & 0xfff),
                (2, Above::Tcp(tcp)) => tcp.src_port = number,
                (0, Above::Udp(src_port, _)) => *src_port = number,
                (1, Above::Udp(_, dst_port)) => *dst_port = number,
                (2, Above::Icmp(icmp)) => icmp.code = (number & 15) as u8,
                (3, _) => line.payload = bytes,
                (4, _) => line.payload_len = Some(number),
                (5, _) => line.ip_id = number,
                _ => {}
            }
            line
        })
    }

    #[test]
    fn the_rules_of_the_program_fit_the_index() {
        assert!(Matcher::new(&rules()).is_ok());
        let many = vec![rules()[0].clone(); RULES_MAX + 1];
        assert!(Matcher::new(&many).unwrap_err().to_string().contains("at most 256"));
    }

    #[test]
    fn the_index_finds_what_every_rule_tried_by_itself_finds() {
        let rules = rules();
        let matcher = Matcher::new(&rules).unwrap();
        proptest!(ProptestConfig::with_cases(4000), |(line in near_examples())| {
            let packets = line.to_columns();
            prop_assert_eq!(matcher.signatures(&packets, 0), by_every_rule(&rules, &packets), "{}", line);
        });
    }
}
