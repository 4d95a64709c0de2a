//! Backscatter: what victims of randomly spoofed attacks answer.
//!
//! A day has episodes; each has one victim, one attacked port and a span, the same at every sensor, so that
//! the packets of one attack are seen together (rules D56-D69).
//!
//! **Invariant:** all packets of an episode come from its victim, within its span.

use teiten_model::interval::{Interval, Timestamp};

use crate::curve::overlap;
use crate::dns::quoted_udp;
use crate::engine::Turn;
use crate::frame::{Ip, Tcp, flag};
use crate::pool::Source;
use crate::port_mix::PortMix;
use crate::random::{Stream, key_of};
use crate::sink::{Note, Stamp};

/// What the victims are attacked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attack {
    /// SYN floods: SYN+ACK, RST+ACK and RST come back.
    Tcp,
    /// Echo floods: echo replies come back.
    Icmp,
    /// UDP floods: ICMP port unreachable comes back.
    Udp,
}

impl Attack {
    /// The attacks by their names in scenarios.
    pub(crate) const ALL: [(&'static str, Attack); 3] =
        [("tcp", Attack::Tcp), ("icmp", Attack::Icmp), ("udp", Attack::Udp)];
}

struct Episode {
    victim: Source,
    port: u16,
    during: Interval,
}

/// Sends the backscatter of a day.
pub(crate) fn send(
    turn: &mut Turn<'_>,
    attack: Attack,
    ports: &PortMix,
    (episodes_per_day, minutes): (u32, u32),
) {
    let day = Interval { start: turn.day.start(), end: teiten_model::interval::Day(turn.day.0 + 1).start() };
    let day = overlap(day, turn.life);
    if day.length_us() == 0 {
        return;
    }
    let episodes: Vec<Episode> =
        (0..episodes_per_day).map(|episode| draw_episode(turn, ports, day, episode, minutes)).collect();
    let mean = turn.mean_of_day();
    let packets = turn.stream.poisson(mean);
    if !turn.sink.has_room_for(packets) {
        return;
    }
    for _ in 0..packets {
        let episode = &episodes[turn.stream.below(episodes.len() as u64) as usize];
        let offset = turn.stream.below(episode.during.length_us().max(1) as u64) as i64;
        send_one(turn, attack, episode, Timestamp(episode.during.start.0 + offset));
    }
}

fn draw_episode(turn: &Turn<'_>, ports: &PortMix, day: Interval, episode: u32, minutes: u32) -> Episode {
    let key = key_of(&[turn.key, 0x6570, turn.day.0 as u64, u64::from(episode)]);
    let mut stream = Stream::new(key);
    let victim = turn.pool.draw(&turn.world.book, day.start, &mut stream);
    let length = (f64::from(minutes) * (0.5 + stream.unit()) * 60e6) as i64;
    let length = length.min(day.length_us());
    let start = Timestamp(day.start.0 + stream.below((day.length_us() - length + 1) as u64) as i64);
    let port = ports.draw(&mut stream);
    Episode { victim, port, during: Interval { start, end: Timestamp(start.0 + length) } }
}

fn send_one(turn: &mut Turn<'_>, attack: Attack, episode: &Episode, at: Timestamp) {
    let victim = episode.victim;
    let Some(destination) = turn.site.destination(at, turn.stream.bits()) else { return };
    let stamp = Stamp { at, actor: turn.place, country: victim.country, note: Note::Plain };
    let ttl = if victim.key & 4 == 0 { 64 } else { 128 } - victim.hops();
    let id = turn.stream.half();
    let ip = Ip { src: victim.address, dst: destination.seen, ttl, id, dont_fragment: false };
    match attack {
        Attack::Tcp => {
            // Three victims in four have the port open; the others refuse.
            let (flags, window, options): (u8, u16, &[u8]) = match victim.key >> 8 & 7 {
                0 => (flag::RST | flag::ACK, 0, &[]),
                1 => (flag::RST, 0, &[]),
                _ => (flag::SYN | flag::ACK, 14_600, &[2, 4, 5, 0xb4]),
            };
            let has_seq = flags & flag::RST == 0 || flags == flag::RST;
            let tcp = Tcp {
                src_port: episode.port,
                dst_port: turn.stream.port(1_024, u16::MAX),
                seq: if has_seq { turn.stream.word() } else { 0 },
                ack: if flags & flag::ACK != 0 { turn.stream.word() } else { 0 },
                flags,
                window,
                options,
            };
            turn.sink.tcp(stamp, &ip, &tcp, &[]);
        }
        Attack::Icmp => {
            let rest = turn.stream.word();
            turn.sink.icmp(stamp, &ip, (0, 0), rest, &[0x41; 32]);
        }
        Attack::Udp => {
            let stream = &mut turn.stream;
            let inner = Ip {
                src: destination.public,
                dst: victim.address,
                ttl: 40 + (victim.key % 30) as u8,
                id: stream.half(),
                dont_fragment: false,
            };
            let quote = quoted_udp(&inner, stream.port(1_024, u16::MAX), episode.port, 512, stream.half());
            turn.sink.icmp(stamp, &ip, (3, 3), 0, &quote);
        }
    }
}
