//! From the conditions of a signature to rules: lists of tests that one packet passes or not.
//!
//! `any_of` is taken apart here: each group becomes a rule of its own, together with the conditions
//! outside it, so that every rule is one plain conjunction that an index can be built over.
//!
//! **Invariant:** the tests of a rule stand in the order of their cost.

use crate::number::NumberSet;
use crate::pattern::BytePattern;
use crate::when::{Bits, Proto, When};

/// The most rules one signature may become.
pub(crate) const RULES_OF_ONE_MAX: usize = 64;

/// How deep `any_of` may be nested.
const DEPTH_MAX: usize = 4;

/// A number of a packet that a test can look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    IpVersion,
    Ttl,
    Tos,
    IpLen,
    IpId,
    FragOffset,
    SrcPort,
    DstPort,
    /// The six flags without ECN.
    Flags,
    /// All twelve flag bits.
    FlagsExact,
    Seq,
    Ack,
    Window,
    Urgent,
    TcpOffset,
    Mss,
    IcmpType,
    IcmpCode,
    IcmpId,
    IcmpSeq,
    PayloadLen,
    DnsId,
    DnsFlags,
    DnsQuestions,
    DnsAdditionals,
    DnsType,
    DnsClass,
}

/// One condition of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    Number(Field, NumberSet),
    DontFragment(bool),
    MoreFragments(bool),
    SrcSpecial(bool),
    IpIdIsXor(bool),
    SeqIsDst(bool),
    SeqHalvesEqual(bool),
    IcmpIdIsSeq(bool),
    Options(Vec<BytePattern>),
    Bits(Bits),
    Prefix(Vec<BytePattern>),
    At(usize, BytePattern),
    DnsName(Vec<String>),
    Contains(Vec<Vec<u8>>),
}

impl Test {
    /// The rank of its cost: what seldom holds and is quickly seen first, searching a payload last.
    /// Options are mostly refused by their length.
    fn cost(&self) -> u8 {
        match self {
            Test::Number(Field::Window | Field::IpId, set) if set.is_one() => 0,
            Test::Number(..) | Test::DontFragment(_) | Test::MoreFragments(_) => 1,
            Test::IpIdIsXor(_) | Test::SeqIsDst(_) | Test::SeqHalvesEqual(_) | Test::IcmpIdIsSeq(_) => 2,
            Test::Options(_) => 0,
            Test::SrcSpecial(_) | Test::Bits(_) => 3,
            Test::Prefix(_) | Test::At(..) => 4,
            Test::DnsName(_) => 5,
            Test::Contains(_) => 6,
        }
    }
}

/// A conjunction of tests, and the signature it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Place of the signature in the set.
    pub(crate) signature: usize,
    /// The protocol; `None` for any IP packet.
    pub(crate) proto: Option<Proto>,
    pub(crate) tests: Vec<Test>,
}

/// The rules of one signature; the error says what is wrong with its conditions.
pub(crate) fn compile(signature: usize, when: &When) -> Result<Vec<Rule>, String> {
    let mut rules = Vec::new();
    expand(when, &Rule { signature, proto: None, tests: Vec::new() }, 0, &mut rules)?;
    for rule in &mut rules {
        rule.tests.sort_by_key(Test::cost);
        if rule.tests.is_empty() {
            return Err("it has no condition and would match everything".to_string());
        }
    }
    Ok(rules)
}

fn expand(when: &When, outer: &Rule, depth: usize, rules: &mut Vec<Rule>) -> Result<(), String> {
    if depth > DEPTH_MAX {
        return Err(format!("`any_of` is nested more than {DEPTH_MAX} deep; write flat groups"));
    }
    let mut rule = outer.clone();
    if when.proto.is_some() {
        if rule.proto.is_some() {
            return Err("`proto` stands both outside and inside `any_of`; write it once".to_string());
        }
        rule.proto = when.proto;
    }
    rule.tests.extend(tests_of(when)?);
    if when.any_of.is_empty() {
        if rules.len() >= RULES_OF_ONE_MAX {
            return Err(format!("`any_of` makes more than {RULES_OF_ONE_MAX} rules; split the signature"));
        }
        rules.push(rule);
        return Ok(());
    }
    when.any_of.iter().try_for_each(|group| expand(group, &rule, depth + 1, rules))
}

/// The tests a table of conditions says, without its groups.
fn tests_of(when: &When) -> Result<Vec<Test>, String> {
    let mut tests = Vec::new();
    for (field, set) in [
        (Field::Window, &when.tcp_window),
        (Field::IpId, &when.ip_id),
        (Field::SrcPort, &when.src_port),
        (Field::DstPort, &when.dst_port),
        (Field::TcpOffset, &when.tcp_offset),
        (Field::Mss, &when.tcp_mss),
        (Field::Seq, &when.tcp_seq),
        (Field::Ack, &when.tcp_ack),
        (Field::Urgent, &when.tcp_urgent),
        (Field::IcmpType, &when.icmp_type),
        (Field::IcmpCode, &when.icmp_code),
        (Field::IcmpId, &when.icmp_id),
        (Field::IcmpSeq, &when.icmp_seq),
        (Field::PayloadLen, &when.payload_len),
        (Field::IpLen, &when.ip_len),
        (Field::Ttl, &when.ttl),
        (Field::Tos, &when.tos),
        (Field::IpVersion, &when.ip_version),
        (Field::FragOffset, &when.frag_offset),
        (Field::DnsId, &when.dns_id),
        (Field::DnsFlags, &when.dns_flags),
        (Field::DnsQuestions, &when.dns_questions),
        (Field::DnsAdditionals, &when.dns_additionals),
        (Field::DnsType, &when.dns_type),
        (Field::DnsClass, &when.dns_class),
    ] {
        if let Some(set) = set {
            tests.push(Test::Number(field, set.clone()));
        }
    }
    for (field, written, limit) in
        [(Field::Flags, &when.tcp_flags, 0x3f), (Field::FlagsExact, &when.tcp_flags_exact, 0xfff)]
    {
        if let Some(written) = written {
            let mut set = Vec::new();
            for text in written.as_slice() {
                let flags = parse_flags(text).filter(|flags| *flags <= limit);
                set.push(flags.ok_or_else(|| {
                    format!("`{text}` are not TCP flags; write letters of FSRPAU (exact: also ECN), or `.`")
                })?);
            }
            tests.push(Test::Number(field, NumberSet::any(&set)?));
        }
    }
    relations(when, &mut tests);
    payload(when, &mut tests)?;
    Ok(tests)
}

fn relations(when: &When, tests: &mut Vec<Test>) {
    tests.extend(when.dont_fragment.map(Test::DontFragment));
    tests.extend(when.more_fragments.map(Test::MoreFragments));
    tests.extend(when.src_special.map(Test::SrcSpecial));
    tests.extend(when.ip_id_is_dst_xor_port_xor_seq.map(Test::IpIdIsXor));
    tests.extend(when.tcp_seq_is_dst.map(Test::SeqIsDst));
    tests.extend(when.tcp_seq_halves_equal.map(Test::SeqHalvesEqual));
    tests.extend(when.icmp_id_is_seq.map(Test::IcmpIdIsSeq));
    if let Some(options) = &when.tcp_options {
        tests.push(Test::Options(options.as_slice().to_vec()));
    }
}

fn payload(when: &When, tests: &mut Vec<Test>) -> Result<(), String> {
    if let Some(patterns) = &when.payload_prefix {
        tests.push(Test::Prefix(patterns.as_slice().to_vec()));
    }
    if let Some(texts) = &when.payload_text {
        let patterns = texts.as_slice().iter().map(|text| BytePattern::exactly(text.as_bytes()));
        tests.push(Test::Prefix(patterns.collect()));
    }
    for bits in when.payload_bits.iter().flat_map(|bits| bits.as_slice()) {
        if bits.is & !bits.mask != 0 {
            return Err("`payload_bits` asks for a bit outside its mask and could never match".to_string());
        }
        tests.push(Test::Bits(*bits));
    }
    for at in when.payload_at.iter().flat_map(|at| at.as_slice()) {
        tests.push(Test::At(usize::from(at.at), at.bytes.clone()));
    }
    if let Some(names) = &when.dns_name {
        tests.push(Test::DnsName(names.as_slice().iter().map(|name| name.to_ascii_lowercase()).collect()));
    }
    if let Some(texts) = &when.payload_contains {
        tests.push(Test::Contains(texts.as_slice().iter().map(|text| text.as_bytes().to_vec()).collect()));
    }
    for test in tests {
        let nothing = match test {
            Test::Prefix(patterns) => patterns.is_empty() || patterns.iter().any(BytePattern::is_empty),
            Test::Options(patterns) => patterns.is_empty(),
            Test::Contains(texts) => texts.is_empty() || texts.iter().any(Vec::is_empty),
            Test::DnsName(names) => names.is_empty(),
            _ => false,
        };
        if nothing {
            return Err("a condition on bytes or text is empty; take it away or fill it".to_string());
        }
    }
    Ok(())
}

/// TCP flag bits from letters of FSRPAUECN, `.` for none, or a number such as `0x8c2`.
pub(crate) fn parse_flags(text: &str) -> Option<i64> {
    if text == "." {
        return Some(0);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return i64::from_str_radix(digits, 16).ok().filter(|flags| (0..=0xfff).contains(flags));
    }
    if text.is_empty() {
        return None;
    }
    text.chars().try_fold(0, |flags, letter| {
        let bit = 1 << FLAG_LETTERS.find(letter)?;
        (flags & bit == 0).then_some(flags | bit)
    })
}

/// The letters of the flags, from the lowest bit.
pub(crate) const FLAG_LETTERS: &str = "FSRPAUECN";

#[cfg(test)]
mod tests {
    use super::*;

    fn compile_text(text: &str) -> Result<Vec<Rule>, String> {
        compile(0, &toml::from_str(text).unwrap())
    }

    #[test]
    fn each_group_of_any_of_becomes_a_rule_with_the_common_conditions() {
        let rules = compile_text(
            "proto = \"tcp\"\ntcp_flags = \"S\"\n[[any_of]]\ntcp_window = 1\n[[any_of]]\ntcp_window = 63",
        )
        .unwrap();
        assert_eq!(rules.len(), 2);
        assert!(rules.iter().all(|rule| rule.proto == Some(Proto::Tcp) && rule.tests.len() == 2));
    }

    #[test]
    fn conditions_that_say_nothing_or_the_impossible_are_refused() {
        for (text, says) in [
            ("", "no condition"),
            ("proto = \"tcp\"", "no condition"),
            ("tcp_flags = \"X\"", "not TCP flags"),
            ("tcp_flags = \"SE\"", "not TCP flags"),
            ("tcp_flags = \"SS\"", "not TCP flags"),
            ("payload_prefix = \"\"", "is empty"),
            ("payload_contains = []", "is empty"),
            ("payload_bits = { at = 0, mask = 1, is = 2 }", "outside its mask"),
            ("proto = \"tcp\"\n[[any_of]]\nproto = \"udp\"", "write it once"),
        ] {
            let error = compile_text(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn flags_are_letters_or_a_number() {
        for (text, flags) in
            [(".", 0), ("S", 2), ("SA", 0x12), ("FPU", 0x29), ("SEC", 0xc2), ("0x8c2", 0x8c2)]
        {
            assert_eq!(parse_flags(text), Some(flags), "{text}");
        }
        assert_eq!([parse_flags(""), parse_flags("0x1000"), parse_flags("s")], [None, None, None]);
    }
}
