//! The aftermath of random-subdomain attacks: what open resolvers answer to queries whose forged source
//! was a sensor, and what hosts say that are no resolvers any more.
//!
//! Sources: rules D72-D87. NXDOMAIN while the attacked servers still answer, SERVFAIL when they no
//! longer do, REFUSED (without RA) from resolvers that are not open; ICMP port unreachable quotes the query.
//! A forwarder behind translation answers from another port than 53 (D80), always from the same.
//!
//! **Invariant:** the question of an answer lies under a zone of the scenario that is attacked at that time.

use teiten_model::interval::Timestamp;
use teiten_model::protocols;

use crate::address::{Address, Family};
use crate::aim::Destination;
use crate::curve::Curve;
use crate::engine::Turn;
use crate::frame::{Ip, Udp, put_ip, put_udp};
use crate::pool::Source;
use crate::random::{Stream, key_of, key_of_name};
use crate::scenario::Zone;
use crate::sink::{Note, Stamp};

const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
const REFUSED: u8 = 5;

/// How the answers of an actor come out.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// Share of the answers that are SERVFAIL, REFUSED.
    pub(crate) servfail: Curve,
    pub(crate) refused: Curve,
    /// Share of the packets that are ICMP port unreachable.
    pub(crate) unreachable: Curve,
    /// Share of the sources that answer from another port than 53.
    pub(crate) forwarders: f64,
}

/// Sends the answers and the unreachables of a day.
pub(crate) fn send(turn: &mut Turn<'_>, zones: &[Zone], outcome: &Outcome) {
    turn.each(1.0, 0, |turn, at| {
        let is_active = |zone: &&Zone| zone.during.contains(at);
        let total: f64 = zones.iter().filter(is_active).map(|zone| zone.weight).sum();
        let mut point = turn.stream.unit() * total;
        let chosen =
            zones.iter().enumerate().filter(|(_, zone)| zone.during.contains(at)).find(|(_, zone)| {
                point -= zone.weight;
                point < 0.0
            });
        let Some((zone, Zone { name, .. })) = chosen else { return };
        let source = turn.draw_source(at);
        let aim = turn.stream.bits();
        let Some(destination) = turn.destination(at, aim) else { return };
        let question = Question::draw(name, &mut turn.stream);
        let client_port = turn.stream.port(1_024, u16::MAX);
        if turn.stream.unit() < outcome.unreachable.at(at) {
            let gone = Source { address: no_resolver(turn, source), ..source };
            unreachable_from(turn, at, gone, destination, client_port, (zone as u16, &question));
            return;
        }
        let point = turn.stream.unit();
        let rcode = match (outcome.refused.at(at), outcome.servfail.at(at)) {
            (refused, _) if point < refused => REFUSED,
            (refused, servfail) if point < refused + servfail => SERVFAIL,
            _ => NXDOMAIN,
        };
        let ttl = [64, 64, 255, 128][(source.key >> 8) as usize % 4] - source.hops();
        let ip = Ip {
            id: if source.key & 1 == 0 { 0 } else { turn.stream.half() },
            dont_fragment: source.key & 1 == 0,
            ..Ip::new(source.address, destination.seen, ttl)
        };
        let mut of_source = Stream::new(key_of(&[source.key, 0x6677]));
        let is_forwarder = of_source.unit() < outcome.forwarders;
        let own_port = if is_forwarder { of_source.port(1_024, u16::MAX) } else { 53 };
        let note = Note::Dns { zone: zone as u16, rcode };
        let stamp = Stamp { at, actor: turn.place, country: source.country, note };
        turn.sink.udp(stamp, &ip, Udp::new(own_port, client_port), &question.answer(rcode));
    });
}

/// The address of a host of the same country that was a resolver once.
fn no_resolver(turn: &Turn<'_>, source: Source) -> Address {
    let key = key_of(&[source.key, 0x676f_6e65]);
    turn.world.book.address_in(source.country, source.address.family(), key)
}

fn unreachable_from(
    turn: &mut Turn<'_>,
    at: Timestamp,
    source: Source,
    destination: Destination,
    client_port: u16,
    (zone, question): (u16, &Question),
) {
    let stream = &mut turn.stream;
    let inner =
        Ip { id: stream.half(), ..Ip::new(destination.public, source.address, 30 + (source.key % 20) as u8) };
    let mut quote = Vec::with_capacity(128);
    put_udp(&mut quote, &inner, Udp::new(client_port, 53), &question.query());
    // Half of the IPv4 hosts quote no more than the 8 bytes that RFC 792 asks for; RFC 4443 asks for all.
    let is_named = source.key & 2 != 0 || source.address.family() == Family::V6;
    if !is_named {
        quote.truncate(inner.header_bytes() + 8);
    }
    let ip = Ip { id: stream.half(), ..Ip::new(source.address, destination.seen, 64 - source.hops()) };
    let note = Note::Unreachable53 { zone, is_named };
    let stamp = Stamp { at, actor: turn.place, country: source.country, note };
    turn.sink.icmp(stamp, &ip, (3, 3), 0, &quote);
}

/// An ICMP port unreachable body for a UDP packet from a sensor to a victim.
pub(crate) fn quoted_udp(
    inner: &Ip,
    (src_port, dst_port): (u16, u16),
    payload_bytes: u16,
    checksum: u16,
) -> Vec<u8> {
    let mut quote = Vec::with_capacity(48);
    put_ip(&mut quote, inner, protocols::UDP, 8 + usize::from(payload_bytes));
    for word in [src_port, dst_port, 8 + payload_bytes, checksum] {
        quote.extend_from_slice(&word.to_be_bytes());
    }
    quote
}

/// A question about a name that does not exist.
struct Question {
    id: u16,
    /// The name in wire form.
    name: Vec<u8>,
    /// Where the zone begins in the name, in bytes.
    zone_at: usize,
}

impl Question {
    fn draw(zone: &str, stream: &mut Stream) -> Question {
        let length = 8 + stream.below(9) as usize;
        let mut name = Vec::with_capacity(length + zone.len() + 8);
        name.push(length as u8);
        name.extend((0..length).map(|_| b'a' + stream.below(26) as u8));
        // Half of the zones are attacked below their `www`.
        if key_of_name(zone) & 1 == 1 {
            name.extend_from_slice(b"\x03www");
        }
        let zone_at = name.len();
        put_labels(&mut name, zone);
        Question { id: stream.half(), name, zone_at }
    }

    fn message(&self, flags: u16, authorities: u16) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(12 + self.name.len() + 64);
        for word in [self.id, flags, 1, 0, authorities, 0] {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        bytes.extend_from_slice(&self.name);
        // Type A, class IN.
        bytes.extend_from_slice(&[0, 1, 0, 1]);
        bytes
    }

    fn query(&self) -> Vec<u8> {
        self.message(0x0100, 0)
    }

    fn answer(&self, rcode: u8) -> Vec<u8> {
        // QR, RD and, but for a refusal, RA.
        let flags = if rcode == REFUSED { 0x8100 } else { 0x8180 } | u16::from(rcode);
        if rcode != NXDOMAIN {
            return self.message(flags, 0);
        }
        let mut bytes = self.message(flags, 1);
        let zone = 0xc000 | (12 + self.zone_at) as u16;
        bytes.extend_from_slice(&zone.to_be_bytes());
        // SOA, class IN, 300 s to live, its length in bytes.
        bytes.extend_from_slice(&[0, 6, 0, 1, 0, 0, 1, 0x2c, 0, 6 + 13 + 20]);
        bytes.extend_from_slice(b"\x03ns1");
        bytes.extend_from_slice(&zone.to_be_bytes());
        bytes.extend_from_slice(b"\x0ahostmaster");
        bytes.extend_from_slice(&zone.to_be_bytes());
        for number in [2_014_040_101u32, 3_600, 900, 1_209_600, 300] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes
    }
}

/// Appends a name in wire form.
pub(crate) fn put_labels(bytes: &mut Vec<u8>, name: &str) {
    for label in name.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_dns_message() {
        let question = Question::draw("news.example", &mut Stream::new(3));
        let label = usize::from(question.name[0]);
        assert!(question.name[1..=label].iter().all(u8::is_ascii_lowercase));
        let answer = question.answer(NXDOMAIN);
        assert_eq!(&answer[2..12], &[0x81, 0x83, 0, 1, 0, 0, 0, 1, 0, 0]);
        let owner = 12 + question.name.len() + 4;
        let pointer = usize::from(u16::from_be_bytes([answer[owner], answer[owner + 1]]) & 0x3fff);
        assert_eq!(&answer[pointer..pointer + 14], b"\x04news\x07example\x00");
        let rdata = usize::from(u16::from_be_bytes([answer[owner + 10], answer[owner + 11]]));
        assert_eq!(answer.len(), owner + 12 + rdata);
        assert_eq!(&question.answer(REFUSED)[2..4], &[0x81, 0x05]);
    }
}
