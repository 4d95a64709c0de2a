//! Which signatures a packet matches, at the cost of a few table look-ups.
//!
//! Rules are kept apart by protocol. Three small tables for each protocol, over the numbers that part
//! its rules best (TCP: flags, window, source port; UDP: first payload byte and both ports; ICMP:
//! type, code, length), hold for each value the set of rules that admit it. The sets are intersected,
//! and only the rules that are left are tried.
//!
//! **Invariant:** the tables never exclude a rule that would match: a test compares with trying every rule.

use teiten_model::columns::PacketColumns;
use teiten_model::special::Reach;

use crate::compile::{Field, Rule, Test};
use crate::error::DetectError;
use crate::pattern::BytePattern;
use crate::special::reach_of_source;
use crate::when::Proto;

/// The most rules one protocol can have.
pub(crate) const RULES_MAX: usize = 256;

/// A set of up to 256 rules, signatures or tags.
pub(crate) type Set = [u64; 4];

/// Adds a member.
#[inline]
pub(crate) fn insert(set: &mut Set, member: usize) {
    set[member >> 6 & 3] |= 1 << (member & 63);
}

/// The slot of a number that the packet does not have.
const ABSENT: usize = 256;

/// What a table of an index is looked up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Number(Field),
    FirstByte,
}

/// For each slot of a key, the rules that admit it.
#[derive(Debug)]
struct Table {
    key: Key,
    slots: Vec<Set>,
}

/// The rules of one protocol.
#[derive(Debug)]
struct Index {
    rules: Vec<Rule>,
    tables: [Table; 3],
}

/// The rules of all signatures.
#[derive(Debug)]
pub(crate) struct Matcher {
    tcp: Index,
    udp: Index,
    icmp: Index,
    icmp6: Index,
    other: Index,
}

impl Matcher {
    /// Builds the tables.
    pub(crate) fn new(rules: &[Rule]) -> Result<Matcher, DetectError> {
        use Key::{FirstByte, Number};
        let tcp = [Number(Field::Flags), Number(Field::Window), Number(Field::SrcPort)];
        let udp = [FirstByte, Number(Field::DstPort), Number(Field::SrcPort)];
        let icmp = [Number(Field::IcmpType), Number(Field::IcmpCode), Number(Field::PayloadLen)];
        let other = [FirstByte, Number(Field::Ttl), Number(Field::IpLen)];
        Ok(Matcher {
            tcp: Index::new(rules, Some(Proto::Tcp), tcp)?,
            udp: Index::new(rules, Some(Proto::Udp), udp)?,
            icmp: Index::new(rules, Some(Proto::Icmp), icmp)?,
            icmp6: Index::new(rules, Some(Proto::Icmp6), icmp)?,
            other: Index::new(rules, None, other)?,
        })
    }

    /// The signatures that the packet matches.
    #[inline]
    pub(crate) fn signatures(&self, packets: &PacketColumns, row: usize) -> Set {
        let index = match packets.ip_proto[row] {
            _ if packets.ip_version[row] < 0 => return Set::default(),
            6 => &self.tcp,
            17 => &self.udp,
            1 => &self.icmp,
            58 => &self.icmp6,
            _ => &self.other,
        };
        index.signatures(packets, row)
    }
}

impl Index {
    fn new(rules: &[Rule], proto: Option<Proto>, keys: [Key; 3]) -> Result<Index, DetectError> {
        let mut rules: Vec<Rule> =
            rules.iter().filter(|rule| rule.proto.is_none() || rule.proto == proto).cloned().collect();
        if rules.len() > RULES_MAX {
            let what = "rules of one protocol";
            return Err(DetectError::TooMany { what, count: rules.len(), max: RULES_MAX });
        }
        let tables = keys.map(|key| Table::new(key, &rules));
        for rule in &mut rules {
            rule.tests.retain(|test| !is_decided(keys, test));
        }
        Ok(Index { rules, tables })
    }

    #[inline]
    fn signatures(&self, packets: &PacketColumns, row: usize) -> Set {
        let [first, second, third] = &self.tables;
        let (first, second, third) =
            (first.admitted(packets, row), second.admitted(packets, row), third.admitted(packets, row));
        let mut found = Set::default();
        for word in 0..4 {
            let mut left = first[word] & second[word] & third[word];
            while left != 0 {
                let place = word * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                let rule = &self.rules[place];
                if rule.tests.iter().all(|test| holds(test, packets, row)) {
                    insert(&mut found, rule.signature);
                }
            }
        }
        found
    }
}

impl Table {
    fn new(key: Key, rules: &[Rule]) -> Table {
        let mut slots = vec![Set::default(); ABSENT + 1];
        for (place, rule) in rules.iter().enumerate() {
            match admitted_slots(key, rule) {
                Some(admitted) => admitted.iter().for_each(|slot| insert(&mut slots[*slot], place)),
                None => slots.iter_mut().for_each(|slot| insert(slot, place)),
            }
        }
        Table { key, slots }
    }

    #[inline]
    fn admitted(&self, packets: &PacketColumns, row: usize) -> &Set {
        let slot = match self.key {
            Key::Number(field) => slot(number(field, packets, row)),
            Key::FirstByte => packets.payload.get(row).first().map_or(ABSENT, |byte| usize::from(*byte)),
        };
        &self.slots[slot]
    }
}

/// The slot of a number: itself below 256, folded above.
#[inline]
fn slot(number: i64) -> usize {
    if number < 0 { ABSENT } else { ((number ^ number >> 8) & 0xff) as usize }
}

/// Whether a table has already answered the test: the six flags have a slot for each of their values.
fn is_decided(keys: [Key; 3], test: &Test) -> bool {
    matches!(test, Test::Number(Field::Flags, _)) && keys.contains(&Key::Number(Field::Flags))
}

/// The slots in which a rule must stand, `None` for all.
fn admitted_slots(key: Key, rule: &Rule) -> Option<Vec<usize>> {
    rule.tests.iter().find_map(|test| match (key, test) {
        (Key::Number(field), Test::Number(tested, set)) if *tested == field => {
            Some(set.values()?.into_iter().map(slot).collect())
        }
        (Key::Number(Field::Flags), Test::Number(Field::FlagsExact, set)) => {
            Some(set.values()?.into_iter().map(|flags| slot(flags & 0x3f)).collect())
        }
        (Key::FirstByte, Test::Prefix(patterns)) => {
            patterns.iter().map(|pattern| pattern.first().map(usize::from)).collect()
        }
        (Key::FirstByte, Test::Bits(bits)) if bits.at == 0 => {
            Some((0..=0xffu8).filter(|byte| byte & bits.mask == bits.is).map(usize::from).collect())
        }
        _ => None,
    })
}

/// The number of a packet that a field names; -1 when it has none.
#[inline]
fn number(field: Field, packets: &PacketColumns, row: usize) -> i64 {
    match field {
        Field::IpVersion => i64::from(packets.ip_version[row]),
        Field::Ttl => i64::from(packets.ttl[row]),
        Field::Tos => i64::from(packets.tos[row]),
        Field::IpLen => i64::from(packets.ip_len[row]),
        Field::IpId => i64::from(packets.ip_id[row]),
        Field::FragOffset => i64::from(packets.frag_offset[row]),
        Field::SrcPort => i64::from(packets.src_port[row]),
        Field::DstPort => i64::from(packets.dst_port[row]),
        Field::Flags => match packets.tcp_flags[row] {
            flags if flags < 0 => -1,
            flags => i64::from(flags & 0x3f),
        },
        Field::FlagsExact => i64::from(packets.tcp_flags[row]),
        Field::Seq => packets.tcp_seq[row],
        Field::Ack => packets.tcp_ack[row],
        Field::Window => i64::from(packets.tcp_window[row]),
        Field::Urgent => i64::from(packets.tcp_urgent[row]),
        Field::TcpOffset => i64::from(packets.tcp_offset[row]),
        Field::Mss => i64::from(packets.tcp_mss[row]),
        Field::IcmpType => i64::from(packets.icmp_type[row]),
        Field::IcmpCode => i64::from(packets.icmp_code[row]),
        Field::IcmpId => i64::from(packets.icmp_id[row]),
        Field::IcmpSeq => i64::from(packets.icmp_seq[row]),
        Field::PayloadLen => i64::from(packets.payload_len[row]),
        Field::DnsId => i64::from(packets.dns_id[row]),
        Field::DnsFlags => i64::from(packets.dns_flags[row]),
        Field::DnsQuestions => i64::from(packets.dns_questions[row]),
        Field::DnsAdditionals => i64::from(packets.dns_additionals[row]),
        Field::DnsType => i64::from(packets.dns_type[row]),
        Field::DnsClass => i64::from(packets.dns_class[row]),
    }
}

/// The destination that tools compute with: the public one where the sensor sits behind translation.
#[inline]
fn destination(packets: &PacketColumns, row: usize) -> i64 {
    match packets.dst_public[row] {
        public if public >= 0 => public,
        _ => packets.dst[row],
    }
}

/// Whether the packet passes the test. A relation between fields of which one is absent does not
/// hold, whether it was asked to hold or not to.
#[inline]
fn holds(test: &Test, packets: &PacketColumns, row: usize) -> bool {
    let relation = |present: bool, holds: bool, wanted: bool| present && holds == wanted;
    match test {
        Test::Number(field, set) => set.has(number(*field, packets, row)),
        Test::DontFragment(wanted) => {
            let flags = packets.ip_flags[row];
            relation(packets.ip_version[row] == 4 && flags >= 0, flags & 2 != 0, *wanted)
        }
        Test::MoreFragments(wanted) => {
            let flags = packets.ip_flags[row];
            relation(flags >= 0, flags & 1 != 0, *wanted)
        }
        Test::SrcSpecial(wanted) => (reach_of_source(packets, row) == Some(Reach::Inside)) == *wanted,
        Test::IpIdIsXor(wanted) => {
            let (id, dst) = (i64::from(packets.ip_id[row]), destination(packets, row));
            let (port, seq) = (i64::from(packets.dst_port[row]), packets.tcp_seq[row]);
            let present = id >= 0 && dst >= 0 && port >= 0 && seq >= 0;
            relation(present, id == (dst ^ port ^ seq) & 0xffff, *wanted)
        }
        Test::SeqIsDst(wanted) => {
            let (seq, dst) = (packets.tcp_seq[row], destination(packets, row));
            relation(seq >= 0 && dst >= 0, seq == dst, *wanted)
        }
        Test::SeqHalvesEqual(wanted) => {
            let seq = packets.tcp_seq[row];
            relation(seq >= 0, seq >> 16 == seq & 0xffff, *wanted)
        }
        Test::IcmpIdIsSeq(wanted) => {
            let (id, seq) = (packets.icmp_id[row], packets.icmp_seq[row]);
            relation(id >= 0 && seq >= 0, id == seq, *wanted)
        }
        Test::Options(patterns) => {
            packets.tcp_offset[row] >= 20 && patterns.iter().any(|it| it.is(packets.tcp_options.get(row)))
        }
        Test::Bits(bits) => {
            let byte = packets.payload.get(row).get(usize::from(bits.at));
            byte.is_some_and(|byte| byte & bits.mask == bits.is)
        }
        Test::Prefix(patterns) => {
            let payload = packets.payload.get(row);
            patterns.iter().any(|pattern: &BytePattern| pattern.begins(payload))
        }
        Test::At(at, pattern) => {
            packets.payload.get(row).get(*at..).is_some_and(|payload| pattern.begins(payload))
        }
        Test::DnsName(names) => {
            let name = packets.dns_name.get(row);
            names.iter().any(|it| it.as_bytes().eq_ignore_ascii_case(name))
        }
        Test::Contains(texts) => {
            let payload = packets.payload.get(row);
            texts.iter().any(|text| contains(payload, text))
        }
    }
}

/// Whether the text stands somewhere in the payload.
fn contains(payload: &[u8], text: &[u8]) -> bool {
    let Some((first, rest)) = text.split_first() else { return true };
    let mut left = payload;
    while let Some(place) = left.iter().position(|byte| byte == first) {
        left = &left[place + 1..];
        if left.starts_with(rest) {
            return true;
        }
    }
    false
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
    fn a_text_is_found_wherever_it_stands() {
        for (payload, text, found) in [
            ("abc", "abc", true),
            ("xaabc", "abc", true),
            ("ab", "abc", false),
            ("", "a", false),
            ("ababac", "abac", true),
            ("xyz", "z", true),
        ] {
            assert_eq!(contains(payload.as_bytes(), text.as_bytes()), found, "{payload} {text}");
        }
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
