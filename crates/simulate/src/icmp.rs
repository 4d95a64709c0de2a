//! Echo and timestamp requests as tools and systems send them (rules D35b, D38a).

use crate::engine::Turn;
use crate::frame::Ip;
use crate::sink::{Note, Stamp};

/// What makes the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ping {
    /// `ping` of Linux: 56 bytes, the first 16 a time.
    Linux,
    /// `ping` of Windows: 32 letters.
    Windows,
    /// ZMap 2: IP ID 54321, 12 zero bytes.
    ZmapClassic,
    /// ZMap 3 and 4.0: IP ID 54321, 20 zero bytes.
    Zmap,
    /// ZMap 4.1 and later: a random IP ID, TTL 64, 20 zero bytes.
    Zmap4,
    /// ZMap's module that times answers: seconds, microseconds and the destination are its payload.
    ZmapTime,
    /// masscan: bytes 8 to 55.
    Masscan,
    /// Nmap: no payload.
    Nmap,
    /// Nmap -sn: a timestamp request.
    NmapTimestamp,
    /// fping: 56 zero bytes.
    Fping,
}

impl Ping {
    /// The pings by their names in scenarios.
    pub(crate) const ALL: [(&'static str, Ping); 10] = [
        ("linux", Ping::Linux),
        ("windows", Ping::Windows),
        ("zmap-classic", Ping::ZmapClassic),
        ("zmap", Ping::Zmap),
        ("zmap-4", Ping::Zmap4),
        ("zmap-time", Ping::ZmapTime),
        ("masscan", Ping::Masscan),
        ("nmap", Ping::Nmap),
        ("nmap-timestamp", Ping::NmapTimestamp),
        ("fping", Ping::Fping),
    ];

    /// Whether there is such a message over IPv6.
    pub(crate) fn has_ipv6(self) -> bool {
        !matches!(self, Ping::NmapTimestamp | Ping::ZmapTime)
    }
}

/// Sends the requests of a day.
pub(crate) fn send(turn: &mut Turn<'_>, ping: Ping) {
    turn.each(1.0, 0, |turn, at| {
        let source = turn.draw_source(at);
        let aim = turn.stream.bits();
        let Some(destination) = turn.destination(at, aim) else { return };
        let (id, rest) = (turn.stream.half(), turn.stream.word());
        let (ttl, id, dont_fragment) = match ping {
            Ping::Linux | Ping::Fping => (64, id, true),
            Ping::Windows => (128, id, false),
            Ping::ZmapClassic | Ping::Zmap | Ping::ZmapTime => (255, 54_321, false),
            Ping::Zmap4 => (64, id, false),
            Ping::Masscan => (255, id, false),
            Ping::Nmap | Ping::NmapTimestamp => (37 + (id % 23) as u8, id, false),
        };
        let (secs, micros) = ((at.0 / 1_000_000) as u32, (at.0 % 1_000_000) as u32);
        let payload: Vec<u8> = match ping {
            Ping::Linux => {
                let time = [u64::from(secs).to_le_bytes(), u64::from(micros).to_le_bytes()].concat();
                time.into_iter().chain(0x10..0x38).collect()
            }
            Ping::Windows => (0..32).map(|place| b'a' + place % 23).collect(),
            Ping::ZmapClassic | Ping::NmapTimestamp => vec![0; 12],
            Ping::Zmap | Ping::Zmap4 => vec![0; 20],
            Ping::ZmapTime => [secs, micros, destination.public.low()].map(u32::to_be_bytes).concat(),
            Ping::Masscan => (0x08..0x38).collect(),
            Ping::Nmap => Vec::new(),
            Ping::Fping => vec![0; 56],
        };
        let kind = if ping == Ping::NmapTimestamp { (13, 0) } else { (8, 0) };
        let ttl = ttl - source.hops();
        let ip = Ip { id, dont_fragment, ..Ip::new(source.address, destination.seen, ttl) };
        let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
        turn.sink.icmp(stamp, &ip, kind, rest, &payload);
    });
}
