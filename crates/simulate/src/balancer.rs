//! Servers and load balancers that send one SYN+ACK again and again: somebody forged a single SYN (rule D71).
//!
//! **Invariant:** all packets of an attempt are one answer: same ports, sequence and acknowledgement numbers.

use teiten_model::interval::Timestamp;

use crate::engine::Turn;
use crate::frame::{Ip, Tcp, flag};
use crate::port_mix::PortMix;
use crate::random::Stream;
use crate::sink::{Note, Stamp};

/// Time from one packet to the next, in microseconds.
const STEP_US: i64 = 1_500_000;

/// Sends the answers of a day.
pub(crate) fn send(turn: &mut Turn<'_>, ports: &PortMix, repeats: u32) {
    turn.each(f64::from(repeats), i64::from(repeats) * STEP_US, |turn, at| {
        let source = turn.draw_source(at);
        let src_port = ports.draw(&mut turn.stream);
        let aim = turn.stream.bits();
        let mut stream = Stream::new(turn.stream.bits());
        let (dst_port, seq, ack) = (stream.port(1_024, u16::MAX), stream.word(), stream.word());
        for step in 0..repeats {
            let at = Timestamp(at.0 + i64::from(step) * STEP_US);
            let Some(destination) = turn.destination(at, aim) else { continue };
            let ip =
                Ip { dont_fragment: true, ..Ip::new(source.address, destination.seen, 64 - source.hops()) };
            let flags = flag::SYN | flag::ACK;
            let tcp = Tcp {
                src_port,
                dst_port,
                seq,
                ack,
                flags,
                window: 4_380,
                urgent: 0,
                options: &[2, 4, 5, 0xb4],
            };
            let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
            turn.sink.tcp(stamp, &ip, &tcp, &[]);
        }
    });
}
