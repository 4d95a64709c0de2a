//! A packet in the form that may be published: nothing in it says which address was watched.
//!
//! Whoever sends marked probes and reads what we publish must not learn where a sensor is (rules
//! D114-D121). So the destination becomes an identifier from a documentation range, the same one for the
//! same destination within one report; whatever carries the destination (Mirai's sequence number,
//! masscan's IP ID, quoted packets, payloads, names, checksums) is rewritten to fit the identifier;
//! values a prober could have chosen (sequence numbers, identifiers, time stamps) are replaced by keyed
//! ones, equal where they were equal; payload is cut to what a signature needs.
//!
//! Sources stay: whether a source may be named is decided by who reads, not here. Only a source that is a
//! sensor's own address cannot stay, and with it the packet.
//!
//! **Invariant:** a packet that cannot be understood, that a sensor sent, or that still holds the destination
//! in any form that is looked for, is withheld: [`Rewriter::rewrite`] gives [`Withheld`].

mod fields;
mod traces;

use crate::layers::{self, Layers, fold, sum16};
use crate::own::Own;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use traces::Traces;

/// Link type of every published packet: raw IP, since link headers name machines of the sensor.
pub const LINK_RAW: u16 = 101;

/// Payload bytes that stay: the longest signature of rules D88 to D88v needs 50.
pub const PAYLOAD_BYTES_MAX: usize = 50;

/// Payload bytes that stay of a DNS message, whose names are the evidence.
pub const DNS_BYTES_MAX: usize = 256;

/// Bytes of the transport header that stay of a quoted packet: the least that RFC 792 demands.
pub const QUOTE_BYTES_MAX: usize = 8;

/// Identifiers of IPv4 destinations: the hosts of 203.0.113.0/24, then those of 198.51.100.0/24.
const IDENTIFIERS: u32 = 2 * 254;

/// Rewrites packets of one report; the key must be random and kept as secret as the sensors' addresses.
pub struct Rewriter {
    key: [u8; 32],
    own: Own,
    taken: HashMap<u32, Ipv4Addr>,
    identifiers: HashMap<Ipv4Addr, Ipv4Addr>,
}

/// A packet fit for publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The IP packet, cut behind the payload that stays.
    pub packet: Vec<u8>,
    /// Length on the wire, in bytes.
    pub wire_len: usize,
}

/// Why a packet may not be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// It cannot be understood, or still holds what must be hidden.
    Unfit,
    /// A sensor sent it.
    Own,
}

impl Rewriter {
    /// A rewriter for one report; `own` are the addresses of the sensors.
    pub fn new(key: [u8; 32], own: Own) -> Rewriter {
        Rewriter { key, own, taken: HashMap::new(), identifiers: HashMap::new() }
    }

    /// The identifier that stands for a destination in this report.
    ///
    /// IPv4 has 508 identifiers; beyond that many destinations several share one. The identifier never
    /// has the same ones' complement sum as the destination, so that no checksum fits both.
    pub fn identifier(&mut self, address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V4(v4) => IpAddr::V4(self.identifier_v4(v4)),
            IpAddr::V6(v6) => IpAddr::V6(self.identifier_v6(v6)),
        }
    }

    fn identifier_v4(&mut self, address: Ipv4Addr) -> Ipv4Addr {
        if let Some(identifier) = self.identifiers.get(&address) {
            return *identifier;
        }
        let first = self.keyed(b"destination", &address.octets(), 0) as u32 % IDENTIFIERS;
        let forbidden = fold(sum16(&address.octets()));
        let fits = |slot: u32| fold(sum16(&place(slot).octets())) != forbidden && place(slot) != address;
        let slots = || (0..IDENTIFIERS).map(|step| (first + step) % IDENTIFIERS).filter(|slot| fits(*slot));
        let free = slots().find(|slot| !self.taken.contains_key(slot));
        let Some(slot) = free.or_else(|| slots().next()) else {
            // Only two of the 508 can be unfit.
            return place(first);
        };
        if self.identifiers.len() < IDENTIFIERS as usize {
            self.taken.insert(slot, address);
            self.identifiers.insert(address, place(slot));
        }
        place(slot)
    }

    fn identifier_v6(&self, address: Ipv6Addr) -> Ipv6Addr {
        let forbidden = fold(sum16(&address.octets()));
        let mut identifier = Ipv6Addr::UNSPECIFIED;
        for round in 0..u8::MAX {
            let tail = self.keyed(b"destination", &address.octets(), round);
            identifier = Ipv6Addr::from((0x2001_0db8_u128 << 96) | u128::from(tail));
            if fold(sum16(&identifier.octets())) != forbidden && identifier != address {
                break;
            }
        }
        identifier
    }

    /// A name that stands for a sensor in this report.
    pub fn pseudonym(&self, sensor: &str) -> String {
        format!("sensor-{:08x}", self.keyed(b"sensor", sensor.as_bytes(), 0) as u32)
    }

    /// A number that orders a packet among those of its hour and says nothing about when it came.
    pub(crate) fn lot(&self, input: u32, frame: u64) -> u64 {
        self.keyed(b"order", &[&input.to_be_bytes()[..], &frame.to_be_bytes()].concat(), 0)
    }

    /// The packet of a frame in the form for publication.
    ///
    /// `public` is the sensor's public address where it sits behind address translation: it is hidden
    /// too, under the same identifier as the address in the packet.
    ///
    /// # Errors
    /// When the packet must be withheld, with the reason.
    pub fn rewrite(
        &mut self,
        frame: &[u8],
        link: u16,
        public: Option<IpAddr>,
    ) -> Result<Published, Withheld> {
        let whole = layers::ip_offset(frame, link).and_then(|start| frame.get(start..));
        let whole = whole.ok_or(Withheld::Unfit)?;
        let layers = layers::read(whole).ok_or(Withheld::Unfit)?;
        if self.own.has(address_of(whole, layers.version, Side::Source)) {
            return Err(Withheld::Own);
        }
        self.rewrite_packet(whole, &layers, public).ok_or(Withheld::Unfit)
    }

    fn rewrite_packet(&mut self, whole: &[u8], layers: &Layers, public: Option<IpAddr>) -> Option<Published> {
        let seen = &whole[..whole.len().min(layers.wire_len)];
        if seen.len() < layers.transport {
            return None;
        }
        let destination = address_of(seen, layers.version, Side::Destination);
        let identifier = self.identifier(destination);
        let mut traces = Traces::default();
        traces.add(destination, identifier);
        if let Some(public) = public {
            traces.add(public, identifier);
        }
        let mut packet = seen.to_vec();
        fields::rewrite(self, &mut packet, layers, &mut traces)?;
        traces.blank(&mut packet, layers.transport + layers.transport_header_len(seen));
        restore_checksums(&mut packet, layers);
        if traces.is_in(&packet) || fields::betrays(&packet, layers, &traces) {
            return None;
        }
        Some(Published { packet, wire_len: layers.wire_len })
    }

    /// Eight bytes that depend on the key, a purpose and a value.
    fn keyed(&self, purpose: &[u8], value: &[u8], round: u8) -> u64 {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update([round, purpose.len() as u8]);
        hash.update(purpose);
        hash.update(value);
        let digest = hash.finalize();
        digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

fn place(slot: u32) -> Ipv4Addr {
    let host = (slot % 254) as u8 + 1;
    if slot < 254 { Ipv4Addr::new(203, 0, 113, host) } else { Ipv4Addr::new(198, 51, 100, host) }
}

/// Which of the two addresses of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Source,
    Destination,
}

/// An address of a packet whose IP header is there to its end.
fn address_of(packet: &[u8], version: u8, side: Side) -> IpAddr {
    if version == 4 {
        let at = if side == Side::Source { 12 } else { 16 };
        let mut octets = [0; 4];
        octets.copy_from_slice(&packet[at..at + 4]);
        IpAddr::from(octets)
    } else {
        let at = if side == Side::Source { 8 } else { 24 };
        let mut octets = [0; 16];
        octets.copy_from_slice(&packet[at..at + 16]);
        IpAddr::from(octets)
    }
}

/// Computes every checksum anew; a UDP checksum of 0 over IPv4 stays: the sender made none.
fn restore_checksums(packet: &mut [u8], layers: &Layers) {
    if layers.version == 4 {
        packet[10..12].fill(0);
        let sum = !fold(sum16(&packet[..layers.transport]));
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
    }
    let Some(at) = layers.checksum_offset(packet) else { return };
    if layers.protocol == 17 && layers.version == 4 && packet[at..at + 2] == [0, 0] {
        return;
    }
    packet[at..at + 2].fill(0);
    let sum = match layers.transport_remainder(packet) {
        0 if layers.protocol == 17 => 0xffff,
        sum => sum,
    };
    packet[at..at + 2].copy_from_slice(&sum.to_be_bytes());
}
