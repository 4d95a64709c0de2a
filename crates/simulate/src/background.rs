//! What remains when everything else is explained: strays, odd flags, unknown payloads; and GRE.
//!
//! **Invariant:** destination ports are scattered, so that no port of a mix gains by it.

use crate::engine::Turn;
use crate::frame::{Ip, Tcp, Udp, flag, put_icmp};
use crate::sink::{Note, Stamp};
use teiten_model::protocols;

/// Sends the background of a day.
pub(crate) fn send(turn: &mut Turn<'_>) {
    turn.each(1.0, 0, |turn, at| {
        let source = turn.draw_source(at);
        let aim = turn.stream.bits();
        let Some(destination) = turn.destination(at, aim) else { return };
        let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
        let stream = &mut turn.stream;
        let (src_port, dst_port) = (stream.port(1_024, u16::MAX), stream.port(1, u16::MAX));
        let ttl = [64, 128, 128, 255][(source.key >> 5) as usize % 4] - source.hops();
        let id = stream.half();
        let ip = Ip { id, dont_fragment: true, ..Ip::new(source.address, destination.seen, ttl) };
        let point = stream.below(100);
        if point < 20 {
            let noise = stream.bits().to_be_bytes().repeat(1 + (source.key % 6) as usize);
            // Mainline DHT (BEP 5): the node thinks that a peer sits at the sensor.
            let payload = match point < 8 {
                true => {
                    let node = [source.key.to_be_bytes(), source.key.to_le_bytes(), [0x5a; 8]].concat();
                    [b"d1:ad2:id20:".as_slice(), &node[..20], b"e1:q4:ping1:t2:aa1:y1:qe"].concat()
                }
                false => noise,
            };
            turn.sink.udp(stamp, &ip, Udp::new(src_port, dst_port.max(1_024)), &payload);
            return;
        }
        let (flags, payload): (u8, &[u8]) = match point {
            20..80 => (flag::SYN, &[]),
            80..90 => (flag::ACK, &[]),
            90..93 => (flag::FIN, &[]),
            93..95 => (flag::FIN | flag::PSH | flag::URG, &[]),
            95..96 => (0, &[]),
            96..98 => (flag::SYN | flag::FIN, &[]),
            _ => (flag::PSH | flag::ACK, b"\x00\x01\x02\x03"),
        };
        let (seq, ack, window) = (stream.word(), stream.word(), stream.half());
        let ack = if flags & flag::ACK == 0 { 0 } else { ack };
        let tcp = Tcp { src_port, dst_port, seq, ack, flags, window, urgent: 0, options: &[] };
        turn.sink.tcp(stamp, &ip, &tcp, payload);
    });
}

/// Sends the GRE packets of a day: IPv4 in GRE, an echo request inside.
pub(crate) fn send_gre(turn: &mut Turn<'_>) {
    turn.each(1.0, 0, |turn, at| {
        let source = turn.draw_source(at);
        let aim = turn.stream.bits();
        let Some(destination) = turn.destination(at, aim) else { return };
        let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
        let stream = &mut turn.stream;
        let ip = |ttl, id| Ip { id, ..Ip::new(source.address, destination.seen, ttl) };
        let outer = ip(64 - source.hops(), stream.half());
        let mut payload = vec![0, 0, 0x08, 0x00];
        let inner = Ip { dst: destination.public, ..ip(64, stream.half()) };
        put_icmp(&mut payload, &inner, (8, 0), stream.word(), &[0; 32]);
        turn.sink.other(stamp, &outer, protocols::GRE, &payload);
    });
}
