//! The conditions of a signature: a closed set of typed fields, all of which must hold.
//!
//! A field that is not in this list is refused when the file is read, so a spelling mistake cannot
//! make a signature match more than its author meant.
//!
//! **Invariant:** conditions speak of one packet only; what needs several packets is a detector.

use serde::Deserialize;

use crate::number::NumberSet;
use crate::pattern::BytePattern;

/// A protocol above IP that signatures can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proto {
    /// TCP (6).
    Tcp,
    /// UDP (17).
    Udp,
    /// ICMP (1).
    Icmp,
    /// ICMPv6 (58).
    Icmp6,
}

/// One value or several of which any may hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "one value or a list of values")]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// The values, as a slice.
    pub fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::One(value) => std::slice::from_ref(value),
            OneOrMany::Many(values) => values,
        }
    }
}

/// Some bits of one payload byte: `{ at = 0, mask = 0x07, is = 6 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bits {
    /// Offset of the byte in the payload.
    pub at: u16,
    /// The bits that count.
    pub mask: u8,
    /// What they must be.
    pub is: u8,
}

/// Payload bytes somewhere behind the start: `{ at = 16, bytes = "01 10 02 00" }`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// Offset in the payload.
    pub at: u16,
    /// What stands there.
    pub bytes: BytePattern,
}

/// Conditions on one packet; every field that is given must hold. Numbers are those of the columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// Protocol above IP; without it any IP packet is looked at.
    pub proto: Option<Proto>,
    /// Version of IP.
    pub ip_version: Option<NumberSet>,
    /// TTL or hop limit on arrival.
    pub ttl: Option<NumberSet>,
    /// Type of service or traffic class.
    pub tos: Option<NumberSet>,
    /// Total length of the IP packet, in bytes.
    pub ip_len: Option<NumberSet>,
    /// IPv4 identification.
    pub ip_id: Option<NumberSet>,
    /// The don't fragment bit; no IPv6 packet has one.
    pub dont_fragment: Option<bool>,
    /// Whether more fragments follow.
    pub more_fragments: Option<bool>,
    /// Fragment offset, in bytes.
    pub frag_offset: Option<NumberSet>,
    /// The source lies in a special-purpose range that can send (`special`).
    pub src_special: Option<bool>,
    /// Source port.
    pub src_port: Option<NumberSet>,
    /// Destination port.
    pub dst_port: Option<NumberSet>,
    /// TCP flags as letters of FSRPAU, or `.` for none; ECN and reserved bits stand aside.
    pub tcp_flags: Option<OneOrMany<String>>,
    /// All twelve TCP flag bits, as letters of FSRPAUECN or a number such as `0x8c2`.
    pub tcp_flags_exact: Option<OneOrMany<String>>,
    /// TCP sequence number.
    pub tcp_seq: Option<NumberSet>,
    /// TCP acknowledgement number.
    pub tcp_ack: Option<NumberSet>,
    /// TCP window as sent.
    pub tcp_window: Option<NumberSet>,
    /// TCP urgent pointer.
    pub tcp_urgent: Option<NumberSet>,
    /// Length of the TCP header, in bytes.
    pub tcp_offset: Option<NumberSet>,
    /// Maximum segment size option.
    pub tcp_mss: Option<NumberSet>,
    /// All TCP options, from the first byte to the last; one of several patterns.
    pub tcp_options: Option<OneOrMany<BytePattern>>,
    /// IP ID = low 16 bits of destination xor destination port xor sequence number (D36).
    pub ip_id_is_dst_xor_port_xor_seq: Option<bool>,
    /// Sequence number = destination address (D39), the public one where the sensor is translated.
    pub tcp_seq_is_dst: Option<bool>,
    /// The upper and the lower half of the sequence number are the same (D40a).
    pub tcp_seq_halves_equal: Option<bool>,
    /// ICMP type.
    pub icmp_type: Option<NumberSet>,
    /// ICMP code.
    pub icmp_code: Option<NumberSet>,
    /// ICMP identifier.
    pub icmp_id: Option<NumberSet>,
    /// ICMP sequence number.
    pub icmp_seq: Option<NumberSet>,
    /// ICMP identifier = ICMP sequence number.
    pub icmp_id_is_seq: Option<bool>,
    /// Bytes above the transport header, captured or not.
    pub payload_len: Option<NumberSet>,
    /// How the payload begins, as bytes; one of several patterns.
    pub payload_prefix: Option<OneOrMany<BytePattern>>,
    /// How the payload begins, as text; one of several.
    pub payload_text: Option<OneOrMany<String>>,
    /// Text somewhere in the stored part of the payload; one of several.
    pub payload_contains: Option<OneOrMany<String>>,
    /// Bits of payload bytes, all of which must hold.
    pub payload_bits: Option<OneOrMany<Bits>>,
    /// Bytes behind the start of the payload, all of which must hold.
    pub payload_at: Option<OneOrMany<At>>,
    /// DNS message identifier.
    pub dns_id: Option<NumberSet>,
    /// DNS flags, opcode and response code.
    pub dns_flags: Option<NumberSet>,
    /// Entries in the question section.
    pub dns_questions: Option<NumberSet>,
    /// Entries in the additional section.
    pub dns_additionals: Option<NumberSet>,
    /// First queried name, in any mix of case.
    pub dns_name: Option<OneOrMany<String>>,
    /// Type of the first question.
    pub dns_type: Option<NumberSet>,
    /// Class of the first question.
    pub dns_class: Option<NumberSet>,
    /// Groups of further conditions, at least one of which must hold.
    pub any_of: Vec<When>,
}
