//! The fields of a packet that carry its destination or what a prober chose, rewritten one by one.
//!
//! Kept: shapes (lengths, flags, window, MSS, window scale, order of options, ports, TTL) and the constants
//! by which tools are known. Kept as a relation: Mirai (D39), masscan (D36). Replaced by keyed values:
//! every other number that a prober could use as a mark.
//!
//! **Invariant:** lengths in headers are those of the wire; only captured bytes are cut.

use super::traces::{Traces, octets};
use super::{DNS_BYTES_MAX, PAYLOAD_BYTES_MAX, QUOTE_BYTES_MAX, Rewriter};
use crate::layers::{self, Layers, fold, sum16};
use std::net::IpAddr;

/// IP IDs that tools send always: none, a low counter, Nmap's U1, ZMap (D34, D41, D43).
const CONSTANT_IP_IDS: [u16; 4] = [0, 256, 0x1042, 54_321];

/// Identifiers and sequence numbers of ICMP that tools send always: none, one, Nmap's (D41).
const CONSTANT_ICMP: [u16; 4] = [0, 1, 295, 296];

const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

/// Rewrites every field and cuts the payload; `None` when the packet cannot be understood.
pub(super) fn rewrite(
    rewriter: &mut Rewriter,
    packet: &mut Vec<u8>,
    layers: &Layers,
    traces: &mut Traces,
) -> Option<()> {
    let header_len = layers.transport_header_len(packet);
    // A transport header that is not there to its end is cut off whole.
    let kept = layers.transport + header_len;
    match (layers.protocol, header_len) {
        (6, 20..) => {
            rewrite_tcp(rewriter, packet, layers, traces);
            // In TCP a message stands behind its length.
            cut_payload(rewriter, packet, layers, kept, 2, traces);
        }
        (17, 8) => cut_payload(rewriter, packet, layers, kept, 0, traces),
        (1 | 58, 8) => rewrite_icmp(rewriter, packet, layers, traces)?,
        _ => packet.truncate(kept),
    }
    rewrite_ip(rewriter, packet, layers, traces);
    Some(())
}

/// Cuts the payload to what a signature needs, and replaces the identifier of a DNS message, which stands
/// `before_message` bytes into it.
fn cut_payload(
    rewriter: &Rewriter,
    packet: &mut Vec<u8>,
    layers: &Layers,
    payload: usize,
    before_message: usize,
    traces: &Traces,
) {
    let is_dns = [0, 2].iter().any(|port| number16(packet, layers.transport + port) == 53);
    packet.truncate(payload + if is_dns { before_message + DNS_BYTES_MAX } else { PAYLOAD_BYTES_MAX });
    if is_dns {
        replace16(rewriter, packet, payload + before_message, b"dns", &[], traces);
    }
}

fn rewrite_ip(rewriter: &mut Rewriter, packet: &mut [u8], layers: &Layers, traces: &Traces) {
    if layers.version == 4 {
        if !has_masscan_relation(packet, layers, traces) {
            replace16(rewriter, packet, 4, b"ip", &CONSTANT_IP_IDS, traces);
        }
        blank_options(&mut packet[20..layers.transport], |_| false);
    }
    for (number, at) in &layers.extensions {
        let end = layers.extensions.iter().map(|(_, next)| *next).find(|next| next > at);
        let end = end.unwrap_or(layers.transport);
        if *number == 44 {
            let value = rewriter.keyed(b"fragment", &packet[at + 4..at + 8], 0) as u32;
            packet[at + 4..at + 8].copy_from_slice(&value.to_be_bytes());
        } else {
            packet[at + 2..end].fill(0);
        }
    }
    let places = if layers.version == 4 { [12, 16] } else { [8, 24] };
    for at in places {
        hide_address(packet, at, layers.version, traces);
    }
}

/// Marks masscan's relation done in [`rewrite_tcp`]: the IP ID then already fits the identifier.
fn has_masscan_relation(packet: &[u8], layers: &Layers, traces: &Traces) -> bool {
    if layers.protocol != 6 || layers.transport_header_len(packet) == 0 {
        return false;
    }
    let (port, seq) = (number16(packet, layers.transport + 2), number32(packet, layers.transport + 4));
    traces
        .hidden()
        .iter()
        .any(|(_, identifier)| masscan_id(*identifier, port, seq) == Some(number16(packet, 4)))
}

fn rewrite_tcp(rewriter: &mut Rewriter, packet: &mut [u8], layers: &Layers, traces: &Traces) {
    let at = layers.transport;
    let (port, seq, id) = (number16(packet, at + 2), number32(packet, at + 4), number16(packet, 4));
    let is_syn = packet[at + 13] & (SYN | ACK) == SYN;
    let mirai = traces.hidden().iter().find(|(real, _)| octets(*real) == seq.to_be_bytes());
    let masscan = traces
        .hidden()
        .iter()
        .find(|(real, _)| layers.version == 4 && masscan_id(*real, port, seq) == Some(id));
    match mirai {
        Some((_, identifier)) if is_syn => {
            let shown = octets(*identifier);
            packet[at + 4..at + 8].copy_from_slice(&shown[..4]);
        }
        _ => replace32(rewriter, packet, at + 4, b"seq", traces),
    }
    replace32(rewriter, packet, at + 8, b"ack", traces);
    if let Some((_, identifier)) = masscan
        && is_syn
        && let Some(id) = masscan_id(*identifier, port, number32(packet, at + 4))
    {
        packet[4..6].copy_from_slice(&id.to_be_bytes());
    }
    let header_len = layers.transport_header_len(packet);
    // Maximum segment size, window scale and SACK-permitted make the shape of a stack.
    blank_options(&mut packet[at + 20..at + header_len], |kind| matches!(kind, 2..=4));
}

/// Rewrites an ICMP message and, in an error, the packet it quotes.
fn rewrite_icmp(
    rewriter: &mut Rewriter,
    packet: &mut Vec<u8>,
    layers: &Layers,
    traces: &mut Traces,
) -> Option<()> {
    let at = layers.transport;
    let kind = packet[at];
    let (has_identifier, quotes) = match layers.version {
        4 => (matches!(kind, 0 | 8 | 13..=18), matches!(kind, 3 | 4 | 5 | 11 | 12)),
        _ => (matches!(kind, 128 | 129), matches!(kind, 1..=4)),
    };
    if has_identifier {
        replace16(rewriter, packet, at + 4, b"icmp", &CONSTANT_ICMP, traces);
        replace16(rewriter, packet, at + 6, b"icmp", &CONSTANT_ICMP, traces);
    }
    if !quotes {
        packet.truncate(at + 8 + PAYLOAD_BYTES_MAX);
        return Some(());
    }
    // The length of the quote (RFC 4884) and a gateway's address go; an MTU or pointer stays.
    match (layers.version, kind) {
        (4, 5) => packet[at + 4..at + 8].fill(0),
        (4, 3) => packet[at + 4..at + 6].fill(0),
        (4, 11) | (6, 1 | 3) => packet[at + 4..at + 8].fill(0),
        _ => {}
    }
    let quote_at = at + 8;
    let Some(quoted) = layers::read(&packet[quote_at..]) else {
        packet.truncate(quote_at);
        return Some(());
    };
    packet.truncate(quote_at + quoted.transport + QUOTE_BYTES_MAX);
    let quote = &mut packet[quote_at..];
    rewrite_quote(rewriter, quote, &quoted, traces);
    Some(())
}

/// The quoted packet: its source is the sensor, its destination the host that was addressed, which is shown
/// unless it is a sensor too.
fn rewrite_quote(rewriter: &mut Rewriter, quote: &mut [u8], quoted: &Layers, traces: &mut Traces) {
    let at = if quoted.version == 4 { 12 } else { 8 };
    if let Some(source) = address_at(quote, at, quoted.version) {
        let identifier = rewriter.identifier(source);
        traces.add(source, identifier);
    }
    let at = if quoted.version == 4 { 16 } else { 24 };
    if let Some(addressed) = address_at(quote, at, quoted.version).filter(|found| rewriter.own.has(*found)) {
        let identifier = rewriter.identifier(addressed);
        traces.add(addressed, identifier);
    }
    rewrite_ip_of_quote(rewriter, quote, quoted, traces);
    let transport = quoted.transport;
    match quoted.protocol {
        6 if quote.len() >= transport + 8 => replace32(rewriter, quote, transport + 4, b"seq", traces),
        // A UDP checksum cannot be made for bytes that are not there; 0 says that there is none.
        17 if quote.len() >= transport + 8 => quote[transport + 6..transport + 8].fill(0),
        1 | 58 if quote.len() >= transport + 8 => quote[transport + 2..transport + 8].fill(0),
        6 | 17 => {}
        _ => {
            if let Some(rest) = quote.get_mut(transport..) {
                rest.fill(0);
            }
        }
    }
    if quoted.version == 4 {
        quote[10..12].fill(0);
        let sum = !fold(sum16(&quote[..transport]));
        quote[10..12].copy_from_slice(&sum.to_be_bytes());
    }
}

fn rewrite_ip_of_quote(rewriter: &mut Rewriter, quote: &mut [u8], quoted: &Layers, traces: &Traces) {
    let plain = Layers { protocol: u8::MAX, ..quoted.clone() };
    rewrite_ip(rewriter, quote, &plain, traces);
}

/// Whether a 16-bit half of an address stands where a tool would put it (D143).
pub(super) fn betrays(packet: &[u8], layers: &Layers, traces: &Traces) -> bool {
    let halves = |real: &IpAddr| {
        let octets = octets(*real);
        let low = u16::from_be_bytes([octets[octets.len() - 2], octets[octets.len() - 1]]);
        [low, low.swap_bytes()]
    };
    let mut fields = Vec::new();
    if layers.version == 4 {
        fields.push(number16(packet, 4));
    }
    if layers.protocol == 6 && layers.transport_header_len(packet) != 0 {
        fields.extend([6, 10].map(|place| number16(packet, layers.transport + place)));
    }
    traces.hidden().iter().flat_map(|(real, _)| halves(real)).any(|half| half != 0 && fields.contains(&half))
}

fn masscan_id(address: IpAddr, port: u16, seq: u32) -> Option<u16> {
    match address {
        IpAddr::V4(v4) => Some((u32::from(v4) ^ u32::from(port) ^ seq) as u16),
        IpAddr::V6(_) => None,
    }
}

/// Replaces an address field when its address is hidden.
fn hide_address(packet: &mut [u8], at: usize, version: u8, traces: &Traces) {
    if let Some(identifier) = address_at(packet, at, version).and_then(|found| traces.identifier_of(found)) {
        let shown = octets(identifier);
        packet[at..at + shown.len()].copy_from_slice(&shown);
    }
}

fn address_at(packet: &[u8], at: usize, version: u8) -> Option<IpAddr> {
    if version == 4 {
        let octets: [u8; 4] = packet.get(at..at + 4)?.try_into().ok()?;
        return Some(IpAddr::from(octets));
    }
    let octets: [u8; 16] = packet.get(at..at + 16)?.try_into().ok()?;
    Some(IpAddr::from(octets))
}

/// Zeroes the values of options, kinds and lengths apart; a list that cannot be walked is zeroed whole.
fn blank_options(options: &mut [u8], keep: fn(u8) -> bool) {
    let mut at = 0;
    while at < options.len() {
        match options[at] {
            0 => {
                options[at..].fill(0);
                return;
            }
            1 => at += 1,
            kind => {
                let length = options.get(at + 1).map_or(0, |length| usize::from(*length));
                if length < 2 || at + length > options.len() {
                    options[at..].fill(0);
                    return;
                }
                // A long value of a kept kind could hold anything.
                if !keep(kind) || length > 4 {
                    options[at + 2..at + length].fill(0);
                }
                at += length;
            }
        }
    }
}

/// Replaces a 16-bit field by a keyed one, unless it is a constant or not there.
fn replace16(
    rewriter: &Rewriter,
    packet: &mut [u8],
    at: usize,
    purpose: &[u8],
    constants: &[u16],
    traces: &Traces,
) {
    let Some(field) = packet.get(at..at + 2) else { return };
    let value = u16::from_be_bytes([field[0], field[1]]);
    if constants.contains(&value) {
        return;
    }
    let field = field.to_vec();
    for round in 0..u8::MAX {
        let shown = (rewriter.keyed(purpose, &field, round) as u16).to_be_bytes();
        packet[at..at + 2].copy_from_slice(&shown);
        if !is_half_of_hidden(shown, traces) {
            return;
        }
    }
}

/// Replaces a 32-bit field by a keyed one; zero stays.
fn replace32(rewriter: &Rewriter, packet: &mut [u8], at: usize, purpose: &[u8], traces: &Traces) {
    let Some(field) = packet.get(at..at + 4).map(<[u8]>::to_vec) else { return };
    if field == [0; 4] {
        return;
    }
    for round in 0..u8::MAX {
        let shown = (rewriter.keyed(purpose, &field, round) as u32).to_be_bytes();
        packet[at..at + 4].copy_from_slice(&shown);
        if !is_half_of_hidden([shown[2], shown[3]], traces) {
            return;
        }
    }
}

fn is_half_of_hidden(shown: [u8; 2], traces: &Traces) -> bool {
    traces.hidden().iter().any(|(real, _)| {
        let octets = octets(*real);
        let low = [octets[octets.len() - 2], octets[octets.len() - 1]];
        shown == low || shown == [low[1], low[0]]
    })
}

fn number16(packet: &[u8], at: usize) -> u16 {
    packet.get(at..at + 2).map_or(0, |field| u16::from_be_bytes([field[0], field[1]]))
}

fn number32(packet: &[u8], at: usize) -> u32 {
    packet.get(at..at + 4).map_or(0, |field| u32::from_be_bytes([field[0], field[1], field[2], field[3]]))
}
