//! One packet on one line: how signatures, tests and explanations write an example.
//!
//! ```text
//! tcp 198.51.100.7:51234 > 203.0.113.9:23 S seq=3405803785 win=1024 ttl=52 ipid=54321 opts=020405b4
//! tcp [2001:db8::7]:51234 > [2001:db8::9]:443 SA
//! udp 198.51.100.7:40000 > 203.0.113.9:123 payload=1700032a len=48
//! udp 198.51.100.7:40000 > 203.0.113.9:1900 text="M-SEARCH * HTTP/1.1\r\n"
//! udp 198.51.100.7:53 > 203.0.113.9:40000 dnsid=3fa2 dnsflags=8183 qname=a.example.com qtype=1
//! icmp 198.51.100.7 > 203.0.113.9 8/0 id=4711 seq=1 payload=0000
//! ip 198.51.100.7 > 203.0.113.9 proto=17 frag=1480 payload=00
//! ```
//!
//! TCP flags are letters of FSRPAUECN, `.` for none, `0x8c2` with reserved bits, `?` when the header
//! was cut before them. What is not written has a plain value: TTL 64, everything else 0, lengths as
//! they follow from what is written (`iplen=`, `len=` and `hdr=` say otherwise). `ipid` is the IP
//! identification, `id` that of ICMP; `df`, `mf` and `frag=` speak of fragments; `public=` is the
//! destination before translation.
//!
//! **Invariant:** `line.to_string().parse()` gives the line again, and a line survives the way into
//! columns and back.

mod columns;
mod draw;
mod parse;

use std::net::IpAddr;

pub use self::columns::columns_of;

/// A text that is no packet line, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{line}` is not a packet line: {reason}")]
pub struct NotationError {
    /// The text.
    pub line: String,
    /// What is wrong with it.
    pub reason: String,
}

/// One packet as the notation can say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PacketLine {
    /// Source address.
    pub src: IpAddr,
    /// Destination address, of the same version.
    pub dst: IpAddr,
    /// Public destination where it differs.
    pub dst_public: Option<std::net::Ipv4Addr>,
    /// TTL or hop limit.
    pub ttl: u8,
    /// Type of service or traffic class.
    pub tos: u8,
    /// IPv4 identification; 0 for IPv6.
    pub ip_id: u16,
    /// Don't fragment; `false` for IPv6.
    pub dont_fragment: bool,
    /// More fragments follow.
    pub more_fragments: bool,
    /// Fragment offset, in bytes.
    pub frag_offset: u16,
    /// Total length, where it is not the sum of the parts.
    pub ip_len: Option<u16>,
    /// What stands above IP.
    pub above: Above,
    /// Stored payload, at most 256 bytes.
    pub payload: Vec<u8>,
    /// Length of the payload, where it is not that of the stored part.
    pub payload_len: Option<u16>,
    /// DNS message, as far as the columns have it.
    pub dns: Option<DnsLine>,
}

/// The header above IP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Above {
    /// TCP.
    Tcp(TcpLine),
    /// UDP: source and destination port.
    Udp(u16, u16),
    /// ICMP, or ICMPv6 between IPv6 addresses.
    Icmp(IcmpLine),
    /// Another protocol, or one whose header is not there.
    Other(u8),
}

/// A TCP header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TcpLine {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// All twelve flag bits; `None` when the header was cut before them, and all below is 0.
    pub flags: Option<u16>,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
    /// Window.
    pub window: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// Options as sent, at most 40 bytes.
    pub options: Vec<u8>,
    /// Header length in bytes, where it is not 20 and the options.
    pub offset: Option<u8>,
}

/// An ICMP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IcmpLine {
    /// Type.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// Identifier, where the type has one.
    pub id: Option<u16>,
    /// Sequence number, where the type has one.
    pub seq: Option<u16>,
}

/// A DNS message with one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsLine {
    /// Message identifier.
    pub id: u16,
    /// Flags.
    pub flags: u16,
    /// Entries of the question section.
    pub questions: u16,
    /// Entries of the additional section.
    pub additionals: u16,
    /// Name of the question.
    pub name: String,
    /// Type of the question.
    pub kind: u16,
    /// Class of the question.
    pub class: u16,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    fn addresses() -> impl Strategy<Value = (IpAddr, IpAddr, Option<Ipv4Addr>)> {
        prop_oneof![
            any::<(u32, u32, Option<u32>)>().prop_map(|(src, dst, public)| {
                let v4 = |number: u32| IpAddr::V4(Ipv4Addr::from(number));
                (v4(src), v4(dst), public.map(Ipv4Addr::from))
            }),
            any::<(u128, u128)>().prop_map(|(src, dst)| {
                let v6 = |number: u128| IpAddr::V6(Ipv6Addr::from(number));
                (v6(src), v6(dst), None)
            }),
        ]
    }

    fn tcp() -> impl Strategy<Value = TcpLine> {
        let options = prop::collection::vec(any::<u8>(), 0..=40);
        let numbers = any::<(u16, u16, u32, u32, u16, u16)>();
        (numbers, prop::option::of(0u16..0x1000), options, prop::option::of(0u8..=60)).prop_map(
            |((src_port, dst_port, seq, ack, window, urgent), flags, options, offset)| match flags {
                None => TcpLine { src_port, dst_port, ..TcpLine::default() },
                Some(_) => {
                    let offset = offset.filter(|offset| usize::from(*offset) != 20 + options.len());
                    TcpLine { src_port, dst_port, flags, seq, ack, window, urgent, options, offset }
                }
            },
        )
    }

    fn above() -> impl Strategy<Value = Above> {
        prop_oneof![
            tcp().prop_map(Above::Tcp),
            any::<(u16, u16)>().prop_map(|(src, dst)| Above::Udp(src, dst)),
            any::<(u8, u8, Option<u16>, Option<u16>)>()
                .prop_map(|(kind, code, id, seq)| Above::Icmp(IcmpLine { kind, code, id, seq })),
            any::<u8>().prop_map(Above::Other),
        ]
    }

    fn dns() -> impl Strategy<Value = DnsLine> {
        (any::<(u16, u16, u16, u16, u16, u16)>(), "[ -~]{0,20}").prop_map(
            |((id, flags, questions, additionals, kind, class), name)| DnsLine {
                id,
                flags,
                questions,
                additionals,
                name,
                kind,
                class,
            },
        )
    }

    fn payloads() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..=256),
            "[ -~\\r\\n\"]{0,80}".prop_map(String::into_bytes)
        ]
    }

    prop_compose! {
        fn lines()(
            (src, dst, dst_public) in addresses(),
            (ttl, tos, ip_id) in any::<(u8, u8, u16)>(),
            (dont_fragment, more_fragments, frag_offset) in (any::<bool>(), any::<bool>(), 0u16..8192),
            (ip_len, payload_len) in any::<(Option<u16>, Option<u16>)>(),
            above in above(),
            payload in payloads(),
            dns in prop::option::of(dns()),
        ) -> PacketLine {
            let is_v4 = src.is_ipv4();
            let frag_offset = frag_offset * 8;
            PacketLine {
                src, dst, dst_public, ttl, tos, more_fragments, frag_offset, ip_len, above,
                ip_id: if is_v4 { ip_id } else { 0 },
                dont_fragment: is_v4 && dont_fragment,
                payload_len: payload_len.filter(|len| usize::from(*len) != payload.len()),
                payload, dns,
            }
            .plain()
        }
    }

    proptest! {
        #[test]
        fn a_line_survives_being_written_and_being_put_into_columns(line in lines()) {
            let text = line.to_string();
            let read: PacketLine = text.parse().map_err(|error| TestCaseError::fail(format!("{error}")))?;
            prop_assert_eq!(&read, &line, "{}", text);
            let back = PacketLine::of(&line.to_columns(), 0);
            prop_assert_eq!(back, Some(line));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "(tcp|udp|icmp|icmp6|ip)? ?[ -~é]{0,60}") {
            let _ = text.parse::<PacketLine>();
        }
    }

    #[test]
    fn a_line_that_says_the_impossible_is_refused_with_the_reason() {
        for (line, says) in [
            ("", "begins with"),
            ("sctp 198.51.100.7:1 > 203.0.113.9:2", "begins with"),
            ("tcp 198.51.100.7 > 203.0.113.9:2 S", "port"),
            ("tcp 198.51.100.7:1 - 203.0.113.9:2 S", "`>`"),
            ("tcp 198.51.100.7:1 > [2001:db8::1]:2 S", "same version"),
            ("tcp 198.51.100.7:1 > 203.0.113.9:2", "flags"),
            ("tcp 198.51.100.7:1 > 203.0.113.9:2 Q", "flags"),
            ("tcp 198.51.100.7:1 > 203.0.113.9:2 S win=70000", "win"),
            ("tcp 198.51.100.7:1 > 203.0.113.9:2 S windows=7", "windows"),
            ("tcp 198.51.100.7:1 > 203.0.113.9:2 S win=1 win=2", "twice"),
            ("tcp 198.51.100.7:1 > 203.0.113.9:2 S payload=0", "payload"),
            ("tcp 198.51.100.7:1 > 203.0.113.9:2 S text=\"x", "quote"),
            ("udp 198.51.100.7:1 > 203.0.113.9:2 seq=1", "seq"),
            ("icmp 198.51.100.7 > 203.0.113.9", "type/code"),
            ("icmp6 198.51.100.7 > 203.0.113.9 8/0", "icmp6"),
            ("ip 198.51.100.7 > 203.0.113.9", "proto"),
        ] {
            let error = line.parse::<PacketLine>().unwrap_err().to_string();
            assert!(error.contains(says), "{line}: {error}");
        }
    }
}
