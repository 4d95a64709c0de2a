//! Backscatter: what victims of randomly spoofed attacks answer.
//!
//! A day has episodes; each has one victim, one attacked port and a span, the same at every sensor, so that
//! the packets of one attack are seen together (rules D56-D69).
//!
//! Routers on the way may answer in the victim's place: their ICMP errors quote the packet to it (D57).
//!
//! **Invariant:** all packets of an episode speak of its victim, within its span.

use teiten_model::interval::{Interval, Timestamp};
use teiten_model::protocols;

use crate::aim::Destination;
use crate::curve::overlap;
use crate::dns::quoted_udp;
use crate::engine::Turn;
use crate::frame::{Ip, Tcp, flag, put_icmp, put_ip};
use crate::pool::Source;
use crate::port_mix::PortMix;
use crate::random::{Stream, key_of};
use crate::sink::{Note, Stamp};

/// What the victims are attacked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// How an actor's victims are attacked.
#[derive(Debug, Clone)]
pub(crate) struct Assault {
    pub(crate) attack: Attack,
    /// Attacked ports.
    pub(crate) ports: PortMix,
    pub(crate) episodes_per_day: u32,
    /// Mean length of an episode.
    pub(crate) minutes: u32,
    /// Share of the packets that routers on the way send.
    pub(crate) routers: f64,
}

struct Episode {
    victim: Source,
    port: u16,
    during: Interval,
}

/// Sends the backscatter of a day.
pub(crate) fn send(turn: &mut Turn<'_>, assault: &Assault) {
    let day = Interval { start: turn.day.start(), end: teiten_model::interval::Day(turn.day.0 + 1).start() };
    let day = overlap(day, turn.life);
    if day.length_us() == 0 {
        return;
    }
    let episodes: Vec<Episode> =
        (0..assault.episodes_per_day).map(|episode| draw_episode(turn, assault, day, episode)).collect();
    let mean = turn.mean_of_day();
    let packets = turn.stream.poisson(mean);
    if !turn.sink.has_room_for(packets) {
        return;
    }
    for _ in 0..packets {
        let episode = &episodes[turn.stream.below(episodes.len() as u64) as usize];
        let offset = turn.stream.below(episode.during.length_us().max(1) as u64) as i64;
        send_one(turn, assault, episode, Timestamp(episode.during.start.0 + offset));
    }
}

fn draw_episode(turn: &Turn<'_>, assault: &Assault, day: Interval, episode: u32) -> Episode {
    let key = key_of(&[turn.key, 0x6570, turn.day.0 as u64, u64::from(episode)]);
    let mut stream = Stream::new(key);
    let victim = turn.pool.draw(&turn.world.book, day.start, &mut stream);
    let length = (f64::from(assault.minutes) * (0.5 + stream.unit()) * 60e6) as i64;
    let length = length.min(day.length_us());
    let start = Timestamp(day.start.0 + stream.below((day.length_us() - length + 1) as u64) as i64);
    let port = assault.ports.draw(&mut stream);
    Episode { victim, port, during: Interval { start, end: Timestamp(start.0 + length) } }
}

fn send_one(turn: &mut Turn<'_>, assault: &Assault, episode: &Episode, at: Timestamp) {
    let victim = episode.victim;
    let aim = turn.stream.bits();
    let Some(destination) = turn.destination(at, aim) else { return };
    let note = Note::Backscatter { attack: assault.attack, victim: victim.address };
    let stamp = Stamp { at, actor: turn.place, country: victim.country, note };
    if assault.routers > 0.0 && turn.stream.unit() < assault.routers {
        return router_error(turn, assault, episode, destination, stamp);
    }
    let ttl = [64, 128][usize::from(victim.key & 4 != 0)] - victim.hops();
    let ip = Ip { id: turn.stream.half(), ..Ip::new(victim.address, destination.seen, ttl) };
    match assault.attack {
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
                urgent: 0,
                options,
            };
            turn.sink.tcp(stamp, &ip, &tcp, &[]);
        }
        Attack::Icmp => {
            let rest = turn.stream.word();
            turn.sink.icmp(stamp, &ip, (0, 0), rest, &[0x41; 32]);
        }
        Attack::Udp => {
            let quote = quoted(turn, assault.attack, episode, destination);
            turn.sink.icmp(stamp, &ip, (3, 3), 0, &quote);
        }
    }
}

/// An error of a router in the victim's country: its filter refused the packet, or it went in circles.
fn router_error(
    turn: &mut Turn<'_>,
    assault: &Assault,
    episode: &Episode,
    destination: Destination,
    stamp: Stamp,
) {
    let victim = episode.victim;
    let key = key_of(&[victim.key, 0x726f_7574]);
    let router = turn.world.book.address_in(victim.country, victim.address.family(), key);
    let ip = Ip { id: turn.stream.half(), ..Ip::new(router, destination.seen, 255 - victim.hops()) };
    let quote = quoted(turn, assault.attack, episode, destination);
    let kind = if key & 1 == 0 { (3, 13) } else { (11, 0) };
    turn.sink.icmp(stamp, &ip, kind, 0, &quote);
}

/// The beginning of the packet to the victim, as an ICMP error quotes it.
fn quoted(turn: &mut Turn<'_>, attack: Attack, episode: &Episode, destination: Destination) -> Vec<u8> {
    let victim = episode.victim;
    let stream = &mut turn.stream;
    let inner =
        Ip { id: stream.half(), ..Ip::new(destination.public, victim.address, 40 + (victim.key % 30) as u8) };
    let ports = (stream.port(1_024, u16::MAX), episode.port);
    match attack {
        Attack::Udp => quoted_udp(&inner, ports, 512, stream.half()),
        Attack::Tcp => {
            let mut quote = Vec::with_capacity(48);
            put_ip(&mut quote, &inner, protocols::TCP, 20);
            quote.extend_from_slice(&ports.0.to_be_bytes());
            quote.extend_from_slice(&ports.1.to_be_bytes());
            quote.extend_from_slice(&stream.word().to_be_bytes());
            quote
        }
        Attack::Icmp => {
            let mut quote = Vec::with_capacity(80);
            put_icmp(&mut quote, &inner, (8, 0), stream.word(), &[0x41; 32]);
            quote.truncate(inner.header_bytes() + 8);
            quote
        }
    }
}
