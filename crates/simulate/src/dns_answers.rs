//! Answers about names that look drawn at random and are not: what an attack on a zone is mistaken for (rule D77).
//!
//! They reach a sensor whose address belonged to a mail server, a resolver or a customer before.
//!
//! **Invariant:** no answer is about a zone that is attacked.

use crate::dns::put_labels;
use crate::engine::Turn;
use crate::frame::{Ip, Udp};
use crate::random::Stream;
use crate::sink::{Note, Stamp};

/// What the names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// Hosts of a content network: random labels, few of them, all there.
    ContentNetwork,
    /// Addresses of mail servers, asked of a list: most are not on it.
    BlockList,
    /// Hashes of files, asked of a maker of virus scanners: each another one, all answered.
    HashList,
    /// Names of measured visits: each another one, all answered.
    Tracking,
}

impl Names {
    /// The names by their names in scenarios.
    pub(crate) const ALL: [(&'static str, Names); 4] = [
        ("content-network", Names::ContentNetwork),
        ("block-list", Names::BlockList),
        ("hash-list", Names::HashList),
        ("tracking", Names::Tracking),
    ];

    /// A name under the zone, and the response code of its answer.
    fn draw(self, zone: &str, stream: &mut Stream) -> (String, u16) {
        match self {
            Names::ContentNetwork => {
                let host = Stream::new(stream.below(12)).bits();
                (format!("d{host:013x}.{zone}"), 0)
            }
            Names::BlockList => {
                let [a, b, c, d] = stream.word().to_be_bytes();
                (format!("{a}.{b}.{c}.{d}.{zone}"), if d < 230 { 3 } else { 0 })
            }
            Names::HashList => (format!("{:016x}{:016x}.{zone}", stream.bits(), stream.bits()), 0),
            Names::Tracking => (format!("{:016x}.{zone}", stream.bits()), 0),
        }
    }
}

/// Sends the answers of a day.
pub(crate) fn send(turn: &mut Turn<'_>, names: Names, zone: &str) {
    turn.each(1.0, 0, |turn, at| {
        let source = turn.draw_source(at);
        let aim = turn.stream.bits();
        let Some(destination) = turn.destination(at, aim) else { return };
        let (name, rcode) = names.draw(zone, &mut turn.stream);
        let stream = &mut turn.stream;
        let is_there = rcode == 0;
        let mut payload = Vec::with_capacity(96);
        for word in [stream.half(), 0x8180 | rcode, 1, u16::from(is_there), 0, 0] {
            payload.extend_from_slice(&word.to_be_bytes());
        }
        put_labels(&mut payload, &name);
        payload.extend_from_slice(&[0, 1, 0, 1]);
        if is_there {
            // The name again, type A, class IN, a minute to live, an address of documentation.
            payload.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 7]);
        }
        let client_port = stream.port(1_024, u16::MAX);
        let ip = Ip { id: stream.half(), ..Ip::new(source.address, destination.seen, 64 - source.hops()) };
        let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
        turn.sink.udp(stamp, &ip, Udp::new(53, client_port), &payload);
    });
}
