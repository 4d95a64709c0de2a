//! Link headers: where in the frame does the IP packet begin?
//!
//! Ethernet with VLAN tags, MPLS labels and PPPoE, 802.3 with SNAP, PPP, cooked captures, NULL and LOOP,
//! NFLOG and raw IP: the link types that [`crate::link_type`] calls supported. A frame that carries
//! something else (ARP, LLDP, LCP) is a row without IP fields.
//!
//! **Invariant:** at most [`LINK_DEPTH_MAX`] headers, tags and labels are passed.

use teiten_model::malformed::Malformed;

use crate::decode::part::Part;
use crate::decode::row::Row;

/// The most link headers, tags and labels that are passed on the way to IP.
const LINK_DEPTH_MAX: usize = 16;

/// The most attributes of an NFLOG header that are passed.
const NFLOG_ATTRIBUTES_MAX: usize = 32;

const NFLOG_PAYLOAD: u16 = 9;

/// What stands at the beginning of the bytes that are left.
#[derive(Debug, Clone, Copy)]
enum Next {
    Ip,
    Ethernet,
    EtherType(u16),
    Mpls,
    Pppoe,
    Ppp,
    CiscoHdlc,
    Llc,
    Other,
}

/// The IP packet in a frame; `None` when it carries none or ends before it, which is then said in the row.
#[inline]
pub(super) fn ip_packet<'a>(row: &mut Row<'_>, link: u16, frame: Part<'a>) -> Option<Part<'a>> {
    let (mut next, mut part) = match link {
        1 => (Next::Ethernet, frame),
        12 | 14 | 101 | 228 | 229 => return Some(frame),
        _ => first_header(row, link, frame)?,
    };
    for _ in 0..LINK_DEPTH_MAX {
        (next, part) = match next {
            Next::Ip => return Some(part),
            Next::Other => return None,
            Next::Ethernet => (Next::EtherType(need(row, part, 12)?), part.after(14)),
            Next::EtherType(number) => ether_type(row, number, part)?,
            Next::Mpls => mpls(row, part)?,
            Next::Pppoe => {
                need(row, part, 4)?;
                let session_data = part.byte(1) == Some(0);
                (if session_data { Next::Ppp } else { Next::Other }, part.after(6))
            }
            Next::Ppp => ppp(row, part)?,
            Next::CiscoHdlc => (Next::EtherType(need(row, part, 2)?), part.after(4)),
            Next::Llc => llc(row, part)?,
        };
    }
    match next {
        Next::Ip => Some(part),
        Next::Other => None,
        _ => {
            row.fault(Malformed::LinkTooDeep);
            None
        }
    }
}

/// The 16-bit number at an offset of a link header; without it the frame is cut or too short.
#[inline]
fn need(row: &mut Row<'_>, part: Part<'_>, at: usize) -> Option<u16> {
    let number = part.be16(at);
    if number.is_none() {
        row.fault_unless_cut(part, at + 2, Malformed::LinkShort);
    }
    number
}

fn first_header<'a>(row: &mut Row<'_>, link: u16, frame: Part<'a>) -> Option<(Next, Part<'a>)> {
    Some(match link {
        0 | 108 => {
            need(row, frame, 2)?;
            match frame.be32(0)?.to_be_bytes() {
                // Some systems write a link header of serial lines instead of the family.
                [0x0f | 0x8f, 0, ..] => (Next::CiscoHdlc, frame),
                [0xff, 3, ..] => (Next::Ppp, frame),
                family => (address_family(u32::from_be_bytes(family)), frame.after(4)),
            }
        }
        9 => (Next::Ppp, frame),
        50 => match frame.byte(0) {
            Some(0x0f | 0x8f) => (Next::CiscoHdlc, frame),
            _ => (Next::Ppp, frame),
        },
        51 => (Next::Pppoe, frame),
        104 => (Next::CiscoHdlc, frame),
        113 => (Next::EtherType(need(row, frame, 14)?), frame.after(16)),
        239 => return nflog(row, frame),
        276 => {
            need(row, frame, 18)?;
            (Next::EtherType(frame.be16(0)?), frame.after(20))
        }
        _ => return None,
    })
}

/// NULL frames carry the address family of the capturing host, in that host's byte order.
fn address_family(number: u32) -> Next {
    let number = if number > 0xffff { number.swap_bytes() } else { number };
    match number {
        // AF_INET, then AF_INET6 of Linux, the other BSDs, FreeBSD and Darwin.
        2 | 10 | 24 | 28 | 30 => Next::Ip,
        _ => Next::Other,
    }
}

#[inline]
fn ether_type<'a>(row: &mut Row<'_>, number: u16, part: Part<'a>) -> Option<(Next, Part<'a>)> {
    Some(match number {
        0x0800 | 0x86dd => (Next::Ip, part),
        0x8100 | 0x88a8 | 0x9100 => {
            let inner = need(row, part, 2)?;
            let (columns, at) = row.parts();
            if columns.vlan[at] < 0 {
                columns.vlan[at] = i32::from(part.be16(0)? & 0x0fff);
            }
            (Next::EtherType(inner), part.after(4))
        }
        0x8847 | 0x8848 => (Next::Mpls, part),
        0x8864 => (Next::Pppoe, part),
        // Cisco metadata (security group tag), then the Ethernet type that it stands before.
        0x8909 => (Next::EtherType(need(row, part, 6)?), part.after(8)),
        0x894f => service_header(row, part)?,
        0..=1500 => (Next::Llc, part),
        _ => (Next::Other, part),
    })
}

/// One MPLS label; below the last one nothing says what follows, so its first half-byte is asked.
fn mpls<'a>(row: &mut Row<'_>, part: Part<'a>) -> Option<(Next, Part<'a>)> {
    let bottom = need(row, part, 2)? & 0x0100 != 0;
    let below = part.after(4);
    if !bottom {
        return Some((Next::Mpls, below));
    }
    Some(match below.byte(0).map(|first| first >> 4) {
        Some(4 | 6) => (Next::Ip, below),
        // A control word of a pseudo-wire without flags, then Ethernet (RFC 4448).
        Some(0) if below.be16(0) == Some(0) => (Next::Ethernet, below.after(4)),
        Some(_) => (Next::Other, below),
        None => {
            row.fault_unless_cut(below, 1, Malformed::LinkShort);
            return None;
        }
    })
}

/// A network service header: its length in words, and what it stands before (RFC 8300 section 2).
fn service_header<'a>(row: &mut Row<'_>, part: Part<'a>) -> Option<(Next, Part<'a>)> {
    need(row, part, 2)?;
    let words = usize::from(part.be16(0)? & 0x003f);
    let below = part.after(words * 4);
    Some(match part.byte(3)? {
        1 | 2 => (Next::Ip, below),
        3 => (Next::Ethernet, below),
        5 => (Next::Mpls, below),
        _ => (Next::Other, below),
    })
}

/// PPP, with or without address and control bytes, the protocol in one byte or two (RFC 1661).
fn ppp<'a>(row: &mut Row<'_>, part: Part<'a>) -> Option<(Next, Part<'a>)> {
    let part = if part.be16(0) == Some(0xff03) { part.after(2) } else { part };
    let (protocol, below) = match need(row, part, 0)?.to_be_bytes() {
        [odd, _] if odd & 1 == 1 => (u16::from(odd), part.after(1)),
        both => (u16::from_be_bytes(both), part.after(2)),
    };
    Some(match protocol {
        0x0021 | 0x0057 => (Next::Ip, below),
        0x0281 | 0x0283 => (Next::Mpls, below),
        _ => (Next::Other, below),
    })
}

/// 802.2: SNAP with an Ethernet type, or IP's own service access point.
fn llc<'a>(row: &mut Row<'_>, part: Part<'a>) -> Option<(Next, Part<'a>)> {
    need(row, part, 1)?;
    Some(match part.array::<3>(0)? {
        [0xaa, 0xaa, 3] => {
            let number = need(row, part, 6)?;
            match part.array::<3>(3)? {
                [0, 0, 0 | 0xf8] => (Next::EtherType(number), part.after(8)),
                _ => (Next::Other, part),
            }
        }
        [6, 6, 3] => (Next::Ip, part.after(3)),
        _ => (Next::Other, part),
    })
}

/// Attributes of a netfilter log message, numbers in the byte order of the capturing host.
fn nflog<'a>(row: &mut Row<'_>, frame: Part<'a>) -> Option<(Next, Part<'a>)> {
    need(row, frame, 2)?;
    let mut part = frame.after(4);
    for _ in 0..NFLOG_ATTRIBUTES_MAX {
        need(row, part, 2)?;
        let [l0, l1, t0, t1] = part.array(0)?;
        // Types are small numbers: the byte that is 0 is the high one.
        let number = if t0 == 0 && t1 != 0 { u16::from_be_bytes } else { u16::from_le_bytes };
        let (len, kind) = (usize::from(number([l0, l1])), number([t0, t1]) & 0x7fff);
        if len < 4 {
            row.fault(Malformed::LinkShort);
            return None;
        }
        if kind == NFLOG_PAYLOAD {
            return Some((Next::Ip, part.after(4)));
        }
        part = part.after(len.next_multiple_of(4));
        if part.len() == 0 {
            return Some((Next::Other, part));
        }
    }
    row.fault(Malformed::LinkTooDeep);
    None
}
