//! A tool that nobody has described yet: header fields that all its sources hold fixed (rule D43a).
//!
//! **Invariant:** every packet of an actor has its fixed fields, and nothing else in common.

use serde::Deserialize;

use crate::engine::Turn;
use crate::frame::{Ip, Tcp, flag};
use crate::port_mix::PortMix;
use crate::sink::{Note, Stamp};

/// The fixed fields, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// TCP source port; without one each packet has another.
    pub(crate) src_port: Option<u16>,
    /// IP ID; likewise.
    pub(crate) ip_id: Option<u16>,
    /// TCP window; likewise.
    pub(crate) window: Option<u16>,
    /// Time to live as it is sent.
    pub(crate) ttl: Option<u8>,
    /// Whether there is the option of the segment size.
    #[serde(default)]
    pub(crate) mss: bool,
}

/// Sends the packets of a day.
pub(crate) fn send(turn: &mut Turn<'_>, ports: &PortMix, header: &Header) {
    turn.each(1.0, 0, |turn, at| {
        let source = turn.draw_source(at);
        let dst_port = ports.draw(&mut turn.stream);
        let aim = turn.stream.bits();
        let Some(destination) = turn.destination(at, aim) else { return };
        let stream = &mut turn.stream;
        let (drawn_port, drawn_id, drawn_window) =
            (stream.port(1_024, u16::MAX), stream.half(), stream.half());
        let ttl = header.ttl.unwrap_or(64) - source.hops();
        let id = header.ip_id.unwrap_or(drawn_id);
        let ip = Ip { id, ..Ip::new(source.address, destination.seen, ttl) };
        let tcp = Tcp {
            src_port: header.src_port.unwrap_or(drawn_port),
            dst_port,
            seq: stream.word(),
            ack: 0,
            flags: flag::SYN,
            window: header.window.unwrap_or(drawn_window),
            urgent: 0,
            options: if header.mss { &[2, 4, 5, 0xb4] } else { &[] },
        };
        let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
        turn.sink.tcp(stamp, &ip, &tcp, &[]);
    });
}
