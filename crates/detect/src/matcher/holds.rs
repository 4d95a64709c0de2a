//! Whether one packet passes one test of a rule.
//!
//! **Invariant:** a number that the packet does not have is -1, which no set holds; no payload makes a read
//! beyond its end.

use teiten_model::columns::PacketColumns;
use teiten_model::special::Reach;

use crate::compile::{Field, Test};
use crate::pattern::BytePattern;
use crate::special::reach_of_source;

/// The number of a packet that a field names; -1 when it has none.
#[inline]
pub(super) fn number(field: Field, packets: &PacketColumns, row: usize) -> i64 {
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
pub(super) fn destination(packets: &PacketColumns, row: usize) -> i64 {
    match packets.dst_public[row] {
        public if public >= 0 => public,
        _ => packets.dst[row],
    }
}

/// Whether the packet passes the test. A relation between fields of which one is absent does not
/// hold, whether it was asked to hold or not to.
#[inline]
pub(super) fn holds(test: &Test, packets: &PacketColumns, row: usize) -> bool {
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
}
