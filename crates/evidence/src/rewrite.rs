//! A packet in the form that may be published: nothing in it says which address was watched.
//!
//! Whoever sends marked probes and reads what we publish must not learn where a sensor is (rules
//! D114-D121). So the destination becomes an identifier from a documentation range, the same one for the
//! same destination within one report; whatever carries the destination (Mirai's sequence number,
//! masscan's IP ID, quoted packets, payloads, names, checksums) is rewritten to fit the identifier;
//! values a prober could have chosen (sequence numbers, identifiers, time stamps) are replaced by keyed
//! ones, equal where they were equal; payload is cut to what a signature needs.
//!
//! Sources stay: whether a source may be named is decided by who reads, not here.
//!
//! **Invariant:** a packet that cannot be understood, or still holds the destination in any form that is
//! looked for, is withheld: [`Rewriter::rewrite`] gives `None`.

mod fields;
mod traces;

use crate::layers::{self, Layers, fold, sum16};
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

impl Rewriter {
    /// A rewriter for one report.
    pub fn new(key: [u8; 32]) -> Rewriter {
        Rewriter { key, taken: HashMap::new(), identifiers: HashMap::new() }
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

    /// The packet of a frame in the form for publication; `None` when it must be withheld.
    ///
    /// `public` is the sensor's public address where it sits behind address translation: it is hidden
    /// too, under the same identifier as the address in the packet.
    pub fn rewrite(&mut self, frame: &[u8], link: u16, public: Option<IpAddr>) -> Option<Published> {
        let start = layers::ip_offset(frame, link)?;
        let whole = frame.get(start..)?;
        let layers = layers::read(whole)?;
        let seen = &whole[..whole.len().min(layers.wire_len)];
        if seen.len() < layers.transport {
            return None;
        }
        let destination = destination(seen, layers.version);
        let identifier = self.identifier(destination);
        let mut traces = Traces::default();
        traces.add(destination, identifier);
        if let Some(public) = public {
            traces.add(public, identifier);
        }
        let mut packet = seen.to_vec();
        fields::rewrite(self, &mut packet, &layers, &mut traces)?;
        traces.blank(&mut packet, layers.transport + layers.transport_header_len(seen));
        restore_checksums(&mut packet, &layers);
        if traces.is_in(&packet) || fields::betrays(&packet, &layers, &traces) {
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

fn destination(packet: &[u8], version: u8) -> IpAddr {
    if version == 4 {
        let mut octets = [0; 4];
        octets.copy_from_slice(&packet[16..20]);
        IpAddr::from(octets)
    } else {
        let mut octets = [0; 16];
        octets.copy_from_slice(&packet[24..40]);
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
