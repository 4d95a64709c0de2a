//! Nmap's OS detection, as a sensor that never answers sees it (rule D41): two echo requests, three TCP
//! probes to a port taken for closed, and one UDP datagram.
//!
//! **Invariant:** the six probes of an attempt go to one destination.

use teiten_model::interval::Timestamp;

use crate::engine::Turn;
use crate::frame::{Ip, Tcp, Udp, flag};
use crate::random::{Stream, key_of};
use crate::sink::{Note, Stamp};

/// How many packets an attempt has.
pub(crate) const PACKETS: f64 = 6.0;
/// Time from one probe to the next, in microseconds.
const STEP_US: i64 = 100_000;

/// Window scale, NOP, MSS 265, timestamps with all ones, SACK permitted.
const OPTIONS: [u8; 20] = [3, 3, 10, 1, 2, 4, 1, 9, 8, 10, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 4, 2];

/// Sends the probes of a day.
pub(crate) fn send(turn: &mut Turn<'_>) {
    turn.each(PACKETS, 6 * STEP_US, |turn, at| {
        let source = turn.draw_source(at);
        let aim = turn.stream.bits();
        let Some(destination) = turn.destination(at, aim) else { return };
        let mut stream = Stream::new(turn.stream.bits());
        let run = key_of(&[source.key, at.0 as u64]);
        let ttl = 37 + (run % 23) as u8 - source.hops();
        let ip = |id, dont_fragment, tos| Ip {
            id,
            dont_fragment,
            tos,
            ..Ip::new(source.address, destination.seen, ttl)
        };
        let closed = 30_000 + (run % 14_000) as u16;
        let src_port = 33_000 + (run >> 16) as u16 % 30_000;
        let echo = (run >> 32) as u32 & 0xffff_0000;
        let echo_next = echo.wrapping_add(1 << 16);
        for step in 0..PACKETS as u16 {
            let at = Timestamp(at.0 + i64::from(step) * STEP_US);
            if turn.destination(at, aim) != Some(destination) {
                continue;
            }
            let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
            let id = stream.half();
            let tcp = |flags, window| Tcp {
                src_port: src_port + step,
                dst_port: closed,
                seq: run as u32,
                ack: (run >> 8) as u32,
                flags,
                window,
                urgent: 0,
                options: &OPTIONS,
            };
            match step {
                0 => turn.sink.icmp(stamp, &ip(id, true, 0), (8, 9), echo | 295, &[0; 120]),
                1 => turn.sink.icmp(stamp, &ip(id, false, 4), (8, 0), echo_next | 296, &[0; 150]),
                2 => turn.sink.udp(stamp, &ip(0x1042, false, 0), Udp::new(src_port, closed), &[b'C'; 300]),
                3 => turn.sink.tcp(stamp, &ip(id, false, 0), &tcp(flag::SYN, 31_337), &[]),
                4 => turn.sink.tcp(stamp, &ip(id, true, 0), &tcp(flag::ACK, 32_768), &[]),
                _ => {
                    let mut options = OPTIONS;
                    options[2] = 15;
                    let flags = flag::FIN | flag::PSH | flag::URG;
                    let tcp = Tcp { options: &options, ..tcp(flags, u16::MAX) };
                    turn.sink.tcp(stamp, &ip(id, false, 0), &tcp, &[]);
                }
            }
        }
    });
}
