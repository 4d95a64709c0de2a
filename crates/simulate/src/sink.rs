//! What one sensor captures on one UTC day, while it is made.
//!
//! **Invariant:** after [`Sink::seal`] the events stand in order of time; events of one moment keep the
//! order of the actors in the scenario.

use teiten_model::interval::Timestamp;
use teiten_model::protocols;

use crate::address::Address;
use crate::frame::{Ip, Tcp, Udp, icmp_protocol, pad, put_ethernet, put_icmp, put_ip, put_tcp, put_udp};
use crate::rsdos::Attack;

/// The most packets one sensor may capture in a day.
pub(crate) const PACKETS_PER_SENSOR_DAY_MAX: u64 = 3_000_000;

/// What is planted in a packet beyond its addresses and ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// Nothing.
    Plain,
    /// A SYN whose sequence number is its destination.
    Mirai,
    /// A DNS answer about a zone of its actor, with its response code.
    Dns { zone: u16, rcode: u8 },
    /// An ICMP port unreachable that quotes a DNS query about a zone of its actor; `is_named` when the quote
    /// reaches to the name.
    Unreachable53 { zone: u16, is_named: bool },
    /// What comes back from an attack on this victim.
    Backscatter { attack: Attack, victim: Address },
}

/// One packet, as the truth counts it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    pub(crate) at: Timestamp,
    pub(crate) start: u32,
    pub(crate) length: u32,
    pub(crate) source: Address,
    pub(crate) actor: u16,
    pub(crate) country: u16,
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    pub(crate) protocol: u8,
    /// TCP flags; 0 of other protocols.
    pub(crate) flags: u8,
    pub(crate) note: Note,
}

/// When a packet arrives, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    pub(crate) at: Timestamp,
    pub(crate) actor: u16,
    pub(crate) country: u16,
    pub(crate) note: Note,
}

/// The frames of a sensor-day.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) bytes: Vec<u8>,
    pub(crate) events: Vec<Event>,
    /// Packets asked for beyond [`PACKETS_PER_SENSOR_DAY_MAX`]: the day is then refused.
    pub(crate) excess: u64,
    /// Where the frame under way begins in `bytes`.
    start: usize,
    sensor_mac: [u8; 6],
    router_mac: [u8; 6],
}

impl Sink {
    /// An empty day of the sensor with this key.
    pub(crate) fn new(sensor_key: u64) -> Sink {
        let key = sensor_key.to_be_bytes();
        // Locally administered addresses, so that no maker's name is shown.
        let sensor_mac = [0x02, 0x53, key[0], key[1], key[2], key[3]];
        Sink { sensor_mac, router_mac: [0x02, 0x52, key[4], key[5], key[6], key[7]], ..Sink::default() }
    }

    /// Whether so many packets more are allowed; notes the excess if not.
    pub(crate) fn has_room_for(&mut self, packets: u64) -> bool {
        let has_room = self.events.len() as u64 + packets <= PACKETS_PER_SENSOR_DAY_MAX;
        if !has_room {
            self.excess += packets;
        }
        has_room
    }

    /// Adds a TCP segment.
    pub(crate) fn tcp(&mut self, stamp: Stamp, ip: &Ip, tcp: &Tcp<'_>, payload: &[u8]) {
        self.begin(ip);
        put_tcp(&mut self.bytes, ip, tcp, payload);
        self.end(stamp, ip, protocols::TCP, (tcp.src_port, tcp.dst_port), tcp.flags);
    }

    /// Adds a UDP datagram.
    pub(crate) fn udp(&mut self, stamp: Stamp, ip: &Ip, udp: Udp, payload: &[u8]) {
        self.begin(ip);
        put_udp(&mut self.bytes, ip, udp, payload);
        self.end(stamp, ip, protocols::UDP, (udp.src_port, udp.dst_port), 0);
    }

    /// Adds an ICMP message: IPv4 type and code, the four bytes after the checksum, and the rest.
    pub(crate) fn icmp(&mut self, stamp: Stamp, ip: &Ip, kind: (u8, u8), rest: u32, payload: &[u8]) {
        self.begin(ip);
        put_icmp(&mut self.bytes, ip, kind, rest, payload);
        self.end(stamp, ip, icmp_protocol(ip.src.family()), (0, 0), 0);
    }

    /// Adds a packet of another protocol.
    pub(crate) fn other(&mut self, stamp: Stamp, ip: &Ip, protocol: u8, payload: &[u8]) {
        self.begin(ip);
        put_ip(&mut self.bytes, ip, protocol, payload.len());
        self.bytes.extend_from_slice(payload);
        self.end(stamp, ip, protocol, (0, 0), 0);
    }

    fn begin(&mut self, ip: &Ip) {
        self.start = self.bytes.len();
        put_ethernet(&mut self.bytes, self.sensor_mac, self.router_mac, ip.src.family());
    }

    fn end(&mut self, stamp: Stamp, ip: &Ip, protocol: u8, (src_port, dst_port): (u16, u16), flags: u8) {
        pad(&mut self.bytes, self.start);
        self.events.push(Event {
            at: stamp.at,
            start: self.start as u32,
            length: (self.bytes.len() - self.start) as u32,
            source: ip.src,
            actor: stamp.actor,
            country: stamp.country,
            src_port,
            dst_port,
            protocol,
            flags,
            note: stamp.note,
        });
    }

    /// Puts the events in order of time.
    pub(crate) fn seal(&mut self) {
        self.events.sort_by_key(|event| event.at);
    }

    /// The bytes of an event's frame.
    pub(crate) fn frame(&self, event: &Event) -> &[u8] {
        &self.bytes[event.start as usize..(event.start + event.length) as usize]
    }
}
