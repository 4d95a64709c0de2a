//! Whether a UDP packet asks or answers: rules D33 to D33h of docs/rules.md.
//!
//! Evidence is taken in this order: the form and the bit of a protocol whose service port is there; a
//! text or a magic number that needs no port; the bit of a service whose form is loose; a DNS message
//! on any port (D80); and last, only where no bit can be read (chargen and quote of the day have none,
//! or the payload was not captured), the ports alone (D33).
//!
//! **Invariant:** no payload makes a read beyond its end; without evidence the answer is `Unknown`.

use teiten_model::columns::PacketColumns;

/// What a UDP packet does, as far as evidence goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UdpKind {
    /// It asks.
    Request,
    /// It answers somebody who used our address.
    Response,
    /// There is no evidence.
    Unknown,
}

/// A service whose port says how its payload is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    /// DNS and what borrowed its header: multicast DNS, link-local DNS, NetBIOS names.
    Dns,
    Ntp,
    Snmp,
    Cldap,
    Rpc,
    Coap,
    Memcached,
    Ssdp,
    Sip,
    SqlBrowser,
    /// Chargen and quote of the day: whatever comes to the port asks, whatever comes from it answers.
    Bitless,
}

impl Service {
    /// Whether any payload has the bit, so that a payload of another form must be looked for first: an
    /// answer from 161/UDP that happens to go to 53/UDP is SNMP.
    fn is_loose(self) -> bool {
        matches!(self, Service::Dns | Service::Ntp | Service::SqlBrowser | Service::Bitless)
    }

    /// Whether its messages have a form that other protocols do not have, and are no text.
    fn is_binary(self) -> bool {
        matches!(self, Service::Snmp | Service::Cldap | Service::Rpc | Service::Coap | Service::Memcached)
    }
}

/// The service of a well-known port.
fn service_of(port: i32) -> Option<Service> {
    match port {
        53 | 137 | 5353 | 5355 => Some(Service::Dns),
        123 => Some(Service::Ntp),
        161 => Some(Service::Snmp),
        389 => Some(Service::Cldap),
        111 => Some(Service::Rpc),
        5683 => Some(Service::Coap),
        11211 => Some(Service::Memcached),
        1900 => Some(Service::Ssdp),
        5060 => Some(Service::Sip),
        1434 => Some(Service::SqlBrowser),
        17 | 19 => Some(Service::Bitless),
        _ => None,
    }
}

impl UdpKind {
    /// The kind of a packet whose ports are there.
    pub fn of(packets: &PacketColumns, row: usize) -> UdpKind {
        let (src, dst) = (packets.src_port[row], packets.dst_port[row]);
        let payload = packets.payload.get(row);
        let (asked, asking) = (service_of(dst), service_of(src));
        let by_services = |loose: bool| {
            let services = [asked, asking].into_iter().flatten().filter(move |it| it.is_loose() == loose);
            services.map(|service| by_service(service, payload)).find(|kind| *kind != UdpKind::Unknown)
        };
        // Some reflectors send the question back as it came: nobody asks a port of no service from 161/UDP.
        let is_echo = asked.is_none() && asking.is_some_and(Service::is_binary) && dst >= 1024;
        let on_dns_port = asked == Some(Service::Dns) || asking == Some(Service::Dns);
        let unread = payload.is_empty() && packets.payload_len[row] > 0;
        by_services(false)
            .map(|kind| if is_echo { UdpKind::Response } else { kind })
            .or_else(|| Some(by_magic(payload)).filter(|kind| *kind != UdpKind::Unknown))
            .or_else(|| by_services(true))
            .or_else(|| {
                Some(by_dns_columns(packets, row, on_dns_port)).filter(|kind| *kind != UdpKind::Unknown)
            })
            .unwrap_or_else(|| by_ports(asked, asking, src, dst, unread))
    }
}

/// D33 without its protocol bit: only for a service that has none, or a payload that was not captured.
fn by_ports(asked: Option<Service>, asking: Option<Service>, src: i32, dst: i32, unread: bool) -> UdpKind {
    match (asked, asking) {
        (Some(service), None) if (unread || service == Service::Bitless) && src >= 1024 => UdpKind::Request,
        (None, Some(service)) if (unread || service == Service::Bitless) && dst >= 1024 => UdpKind::Response,
        _ => UdpKind::Unknown,
    }
}

/// D33a from what the decoder read; on another port than a name service's the message must be whole.
fn by_dns_columns(packets: &PacketColumns, row: usize, on_port: bool) -> UdpKind {
    let flags = packets.dns_flags[row];
    if flags < 0 || (!on_port && packets.dns_broken[row] != 0) {
        return UdpKind::Unknown;
    }
    if flags & 0x8000 != 0 {
        UdpKind::Response
    } else if packets.dns_questions[row] >= 1 {
        UdpKind::Request
    } else {
        UdpKind::Unknown
    }
}

fn by_service(service: Service, payload: &[u8]) -> UdpKind {
    match service {
        Service::Dns => dns(payload),
        Service::Ntp => ntp(payload),
        Service::Snmp => snmp(payload).unwrap_or(UdpKind::Unknown),
        Service::Cldap => cldap(payload).unwrap_or(UdpKind::Unknown),
        Service::Rpc => match payload.get(4..8) {
            Some([0, 0, 0, 0]) => UdpKind::Request,
            Some([0, 0, 0, 1]) => UdpKind::Response,
            _ => UdpKind::Unknown,
        },
        Service::Coap => coap(payload),
        Service::Memcached => memcached(payload),
        Service::SqlBrowser => match payload.first() {
            Some(2..=4) => UdpKind::Request,
            Some(5) => UdpKind::Response,
            _ => UdpKind::Unknown,
        },
        Service::Ssdp | Service::Sip => by_magic(payload),
        Service::Bitless => UdpKind::Unknown,
    }
}

/// D33a: the QR bit, and at least one question in a request.
fn dns(payload: &[u8]) -> UdpKind {
    match payload {
        [_, _, flags, _, questions @ ..] if questions.len() >= 8 => {
            if flags & 0x80 != 0 {
                UdpKind::Response
            } else if questions[0] != 0 || questions[1] != 0 {
                UdpKind::Request
            } else {
                UdpKind::Unknown
            }
        }
        _ => UdpKind::Unknown,
    }
}

/// D33b: the mode, and the response bits of modes 6 and 7.
fn ntp(payload: &[u8]) -> UdpKind {
    let Some(first) = payload.first() else { return UdpKind::Unknown };
    let answers = match first & 7 {
        3 => false,
        4 => true,
        6 => match payload.get(1) {
            Some(second) => second & 0x80 != 0,
            None => return UdpKind::Unknown,
        },
        7 => first & 0x80 != 0,
        _ => return UdpKind::Unknown,
    };
    if answers { UdpKind::Response } else { UdpKind::Request }
}

/// One step into a BER value: its tag, its content and what follows; the content may be cut by the capture.
fn ber(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let digits = usize::from(first & 0x7f);
        if digits == 0 || digits > 4 || digits > rest.len() {
            return None;
        }
        let length = rest[..digits].iter().fold(0usize, |sum, digit| sum << 8 | usize::from(*digit));
        (length, &rest[digits..])
    };
    let (content, after) = rest.split_at(length.min(rest.len()));
    Some((*tag, content, after))
}

/// D33d: the tag of the PDU behind version and community; a trap is neither question nor answer.
fn snmp(payload: &[u8]) -> Option<UdpKind> {
    let (0x30, message, _) = ber(payload)? else { return None };
    let (2, _, message) = ber(message)? else { return None };
    let (4, _, message) = ber(message)? else { return None };
    match message.first()? {
        0xa0 | 0xa1 | 0xa3 | 0xa5 => Some(UdpKind::Request),
        0xa2 | 0xa8 => Some(UdpKind::Response),
        _ => None,
    }
}

/// D33f: the tag of the LDAP operation behind the message number.
fn cldap(payload: &[u8]) -> Option<UdpKind> {
    let (0x30, message, _) = ber(payload)? else { return None };
    let (2, _, message) = ber(message)? else { return None };
    match message.first()? {
        0x63 => Some(UdpKind::Request),
        0x64 | 0x65 => Some(UdpKind::Response),
        _ => None,
    }
}

/// D33h: the class of the code; version 1 only.
fn coap(payload: &[u8]) -> UdpKind {
    match payload {
        [first, code, _, _, ..] if first >> 6 == 1 => match code >> 5 {
            0 if *code != 0 => UdpKind::Request,
            2 | 4 | 5 => UdpKind::Response,
            _ => UdpKind::Unknown,
        },
        _ => UdpKind::Unknown,
    }
}

/// D33e: the text behind the frame header of 8 bytes.
fn memcached(payload: &[u8]) -> UdpKind {
    const ANSWERS: &[&[u8]] = &[b"STAT ", b"VALUE", b"ERROR", b"END", b"VERSION", b"OK", b"RESET", b"STORED"];
    const QUESTIONS: &[&[u8]] = &[b"stats", b"get", b"version", b"set ", b"flush_all", b"delete ", b"add "];
    match payload.get(8..) {
        Some(text) if ANSWERS.iter().any(|word| text.starts_with(word)) => UdpKind::Response,
        Some(text) if QUESTIONS.iter().any(|word| text.starts_with(word)) => UdpKind::Request,
        _ => UdpKind::Unknown,
    }
}

/// Texts and magic numbers that say by themselves what they are (rules D33c and D88 to D88v).
fn by_magic(payload: &[u8]) -> UdpKind {
    let Some(first) = payload.first() else { return UdpKind::Unknown };
    let starts = |words: &[&[u8]]| words.iter().any(|word| payload.starts_with(word));
    match first {
        b'H' if starts(&[b"HTTP/1.1 200"]) => UdpKind::Response,
        b'N' if starts(&[b"NOTIFY * HTTP"]) => UdpKind::Response,
        b'S' if starts(&[b"SIP/2.0"]) => UdpKind::Response,
        b'M' if starts(&[b"M-SEARCH", b"MESSAGE sip:"]) => UdpKind::Request,
        b'O' | b'R' | b'I' if starts(&[b"OPTIONS sip:", b"REGISTER sip:", b"INVITE sip:"]) => {
            UdpKind::Request
        }
        b'N' | b'S' if starts(&[b"NOTIFY sip:", b"SUBSCRIBE sip:"]) => UdpKind::Request,
        b'd' if starts(&[b"d1:ad2:id20:"]) => UdpKind::Request,
        b'd' if starts(&[b"d1:rd2:id20:"]) => UdpKind::Response,
        0 | 1 if payload.get(4..8) == Some(&[0x21, 0x12, 0xa4, 0x42]) => match payload {
            [0, 1, ..] => UdpKind::Request,
            [1, 1, ..] | [1, 0x11, ..] => UdpKind::Response,
            _ => UdpKind::Unknown,
        },
        0xff if starts(&[b"\xff\xff\xff\xff"]) => match payload.get(4..) {
            Some([b'T', b'S', ..]) | Some([b'g', b'e', b't', ..]) => UdpKind::Request,
            Some([b'I' | b'A' | b'D' | b'E', ..]) => UdpKind::Response,
            Some(text) if text.starts_with(b"statusResponse") || text.starts_with(b"infoResponse") => {
                UdpKind::Response
            }
            _ => UdpKind::Unknown,
        },
        _ => UdpKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notation::PacketLine;

    const CASES: &[(&str, UdpKind)] = &[
        ("123 > 40000 payload=24010000", UdpKind::Response),
        ("123 > 123 payload=e3000000", UdpKind::Request),
        ("123 > 123 payload=1c000000", UdpKind::Response),
        ("40000 > 123 payload=1700032a", UdpKind::Request),
        ("123 > 40000 payload=d700032a", UdpKind::Response),
        ("40000 > 123 payload=1602", UdpKind::Request),
        ("123 > 40000 payload=1682", UdpKind::Response),
        ("40000 > 123 payload=16", UdpKind::Unknown),
        ("123 > 40000 payload=19", UdpKind::Unknown),
        ("40000 > 1900 text=\"M-SEARCH * HTTP/1.1\"", UdpKind::Request),
        ("1900 > 40000 text=\"HTTP/1.1 200 OK\"", UdpKind::Response),
        ("49000 > 40000 text=\"NOTIFY * HTTP/1.1\"", UdpKind::Response),
        ("5060 > 5060 text=\"SIP/2.0 404 Not Found\"", UdpKind::Response),
        ("5060 > 5060 text=\"OPTIONS sip:100@203.0.113.9 SIP/2.0\"", UdpKind::Request),
        ("40000 > 161 payload=302602010104067075626c6963a019", UdpKind::Request),
        ("40000 > 161 payload=302602010104067075626c6963a519", UdpKind::Request),
        ("161 > 40000 payload=3082010a02010104067075626c6963a28200fb", UdpKind::Response),
        ("161 > 40000 payload=302602010104067075626c6963a419", UdpKind::Unknown),
        ("161 > 40000 payload=308400", UdpKind::Unknown),
        ("161 > 12294 payload=302002010104067075626c6963a513", UdpKind::Response),
        ("161 > 53 payload=302602010104067075626c6963a21900000000", UdpKind::Response),
        ("40000 > 11211 payload=0001000000010000 len=17", UdpKind::Unknown),
        ("40000 > 11211 payload=000100000001000073746174730d0a", UdpKind::Request),
        ("11211 > 40000 payload=000100000001000053544154207069", UdpKind::Response),
        ("40000 > 389 payload=30840000002d0201016384", UdpKind::Request),
        ("389 > 40000 payload=30840000002d0201016484", UdpKind::Response),
        ("40000 > 111 payload=1aa9ffe1000000000000000200", UdpKind::Request),
        ("111 > 40000 payload=1aa9ffe10000000100000000", UdpKind::Response),
        ("40000 > 5683 payload=40017d70bb2e", UdpKind::Request),
        ("5683 > 40000 payload=60457d70", UdpKind::Response),
        ("5683 > 40000 payload=60007d70", UdpKind::Unknown),
        ("40000 > 1434 payload=02", UdpKind::Request),
        ("1434 > 40000 payload=055800", UdpKind::Response),
        ("40000 > 19 payload=01", UdpKind::Request),
        ("19 > 40000 payload=2021222324", UdpKind::Response),
        ("19 > 53 payload=2021222324", UdpKind::Unknown),
        ("53 > 40000 payload=3fa2818300010000000000000161", UdpKind::Response),
        ("40000 > 53 payload=000010000000000000000000", UdpKind::Unknown),
        ("53 > 161", UdpKind::Unknown),
        ("40000 > 161", UdpKind::Unknown),
        ("40000 > 161 len=43", UdpKind::Request),
        ("161 > 40000 len=1400", UdpKind::Response),
        ("31234 > 40000 dnsid=3fa2 dnsflags=8183 qname=a.example.com", UdpKind::Response),
        ("5000 > 6881 text=\"d1:ad2:id20:abcdefghij\"", UdpKind::Request),
        ("6881 > 5000 text=\"d1:rd2:id20:abcdefghij\"", UdpKind::Response),
        ("5000 > 3478 payload=000100002112a442", UdpKind::Request),
        ("3478 > 5000 payload=0101000c2112a442", UdpKind::Response),
        ("5000 > 27015 payload=ffffffff54536f75", UdpKind::Request),
        ("27015 > 5000 payload=ffffffff4911", UdpKind::Response),
    ];

    #[test]
    fn the_evidence_of_table_1_3_decides() {
        for (line, expected) in CASES {
            let (src, rest) = line.split_once(" > ").unwrap();
            let packet: PacketLine = format!("udp 198.51.100.7:{src} > 203.0.113.9:{rest}").parse().unwrap();
            assert_eq!(UdpKind::of(&packet.to_columns(), 0), *expected, "{line}");
        }
    }
}
