//! Echo requests as tools and systems send them (rules D35b, D38a).

use crate::engine::Turn;
use crate::frame::Ip;
use crate::sink::{Note, Stamp};

/// What makes the echo request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ping {
    /// `ping` of Linux: 56 bytes, the first 8 a time.
    Linux,
    /// `ping` of Windows: 32 letters.
    Windows,
    /// ZMap before 4.1: IP ID 54321, 20 zero bytes.
    Zmap,
    /// masscan: bytes 8 to 55.
    Masscan,
    /// Nmap: no payload.
    Nmap,
}

impl Ping {
    /// The pings by their names in scenarios.
    pub(crate) const ALL: [(&'static str, Ping); 5] = [
        ("linux", Ping::Linux),
        ("windows", Ping::Windows),
        ("zmap", Ping::Zmap),
        ("masscan", Ping::Masscan),
        ("nmap", Ping::Nmap),
    ];
}

/// Sends the echo requests of a day.
pub(crate) fn send(turn: &mut Turn<'_>, ping: Ping) {
    turn.each(1.0, 0, |turn, at| {
        let source = turn.draw_source(at);
        let Some(destination) = turn.site.destination(at, turn.stream.bits()) else { return };
        let (id, rest) = (turn.stream.half(), turn.stream.word());
        let (ttl, id, dont_fragment) = match ping {
            Ping::Linux => (64, id, true),
            Ping::Windows => (128, id, false),
            Ping::Zmap => (255, 54_321, false),
            Ping::Masscan => (255, id, false),
            Ping::Nmap => (59, id, false),
        };
        let payload: Vec<u8> = match ping {
            Ping::Linux => {
                let secs = (at.0 / 1_000_000) as u32;
                let micros = (at.0 % 1_000_000) as u32;
                [secs.to_le_bytes(), micros.to_le_bytes()].concat().into_iter().chain(0x08..0x38).collect()
            }
            Ping::Windows => (0..32).map(|place| b'a' + place % 23).collect(),
            Ping::Zmap => vec![0; 20],
            Ping::Masscan => (0x08..0x38).collect(),
            Ping::Nmap => Vec::new(),
        };
        let ip =
            Ip { src: source.address, dst: destination.seen, ttl: ttl - source.hops(), id, dont_fragment };
        let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
        turn.sink.icmp(stamp, &ip, (8, 0), rest, &payload);
    });
}
