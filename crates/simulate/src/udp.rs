//! UDP requests of scanners: the headers around [`Request`]s.

use crate::engine::Turn;
use crate::frame::{Ip, Udp};
use crate::random::{Mix, key_of};
use crate::request::{Asker, Request};
use crate::sink::{Note, Stamp};

/// Sends the requests of a day.
pub(crate) fn send(turn: &mut Turn<'_>, requests: &Mix<Request>, asker: Asker, dns_name: Option<&str>) {
    turn.each(1.0, 0, |turn, at| {
        let source = turn.draw_source(at);
        let aim = turn.stream.bits();
        let Some(destination) = turn.destination(at, aim) else { return };
        let request = *requests.draw(&mut turn.stream);
        let run = key_of(&[source.key, turn.day.0 as u64]);
        let stream = &mut turn.stream;
        let (src_port, id) = match (asker, request) {
            (Asker::Plain, Request::Sip) => (5_060 + (source.key % 40) as u16, stream.half()),
            (Asker::Plain, Request::Ike) => (500, stream.half()),
            (Asker::Plain, Request::Dht) => (6_881, stream.half()),
            (Asker::Plain, _) => (stream.port(1_024, u16::MAX), stream.half()),
            (Asker::Zmap, _) => (stream.port(32_768, 61_000), 54_321),
            (Asker::Zmap4, _) => (stream.port(32_768, 61_000), stream.half()),
            (Asker::Masscan, _) => (40_000 + (run % 20_000) as u16, stream.half()),
            (Asker::Nmap, _) => (33_000 + (run % 30_000) as u16, stream.half()),
        };
        let payload = request.payload(asker, src_port, dns_name, stream);
        let ttl = match asker {
            Asker::Plain => [64, 255][(source.key & 1) as usize],
            Asker::Zmap | Asker::Masscan => 255,
            Asker::Zmap4 => 64,
            Asker::Nmap => 37 + (id % 23) as u8,
        };
        let ip = Ip { id, ..Ip::new(source.address, destination.seen, ttl - source.hops()) };
        let is_unchecked = matches!(asker, Asker::Zmap | Asker::Zmap4);
        let udp = Udp { src_port, dst_port: request.port(), is_unchecked };
        let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
        turn.sink.udp(stamp, &ip, udp, &payload);
    });
}
