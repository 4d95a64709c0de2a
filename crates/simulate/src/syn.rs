//! TCP probes of scanners, surveys, worms and botnets, and SYNs from forged sources.
//!
//! **Invariant:** every try of an attempt goes to the destination of the first, or is left out.

use teiten_model::interval::Timestamp;

use crate::address::Family;
use crate::aim::Destination;
use crate::engine::Turn;
use crate::frame::{Ip, Tcp, flag};
use crate::pool::Source;
use crate::port_mix::PortMix;
use crate::sink::{Note, Stamp};
use crate::tool::{Moment, Tool, probe};

/// When a try follows the first, in microseconds: the backoff of ordinary stacks.
const TRIES_US: [i64; 3] = [0, 3_000_000, 9_000_000];
/// Within what time a source that sent a bare probe connects for real, in microseconds (rule D44).
const SECOND_PHASE_US: i64 = 600_000_000;

/// How probes are sent.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    pub(crate) tool: Tool,
    pub(crate) ports: PortMix,
    /// How many SYNs an attempt has, 1 to 3.
    pub(crate) tries: u32,
    /// Share of the attempts that an ordinary connection follows, which waits for no answer.
    pub(crate) second_phase: f64,
}

impl Manner {
    /// The mean number of packets of an attempt.
    pub(crate) fn packets(&self) -> f64 {
        f64::from(self.tries) + self.second_phase
    }
}

/// Sends the probes of an actor to a sensor for a day.
pub(crate) fn send(turn: &mut Turn<'_>, manner: &Manner) {
    let tries = &TRIES_US[..manner.tries as usize];
    let tail_us = if manner.second_phase > 0.0 { SECOND_PHASE_US } else { tries[tries.len() - 1] };
    turn.each(manner.packets(), tail_us, |turn, at| {
        let source = turn.draw_source(at);
        let dst_port = manner.ports.draw(&mut turn.stream);
        let aim = turn.stream.bits();
        let Some(destination) = turn.destination(at, aim) else { return };
        let draw = turn.stream.bits();
        for (attempt, later_us) in tries.iter().enumerate() {
            let at = Timestamp(at.0 + later_us);
            if turn.destination(at, aim) == Some(destination) {
                let moment = Moment { at, attempt: attempt as u16, draw };
                send_one(turn, manner.tool, source, destination, dst_port, moment);
            }
        }
        if manner.second_phase > 0.0 && turn.stream.unit() < manner.second_phase {
            let later_us = 1_000_000 + turn.stream.below(SECOND_PHASE_US as u64 - 1_000_000) as i64;
            let at = Timestamp(at.0 + later_us);
            if turn.destination(at, aim) == Some(destination) {
                let moment = Moment { at, attempt: 0, draw: turn.stream.bits() };
                send_one(turn, Tool::LinuxConnect, source, destination, dst_port, moment);
            }
        }
    });
}

/// Sends one probe of a tool.
pub(crate) fn send_one(
    turn: &mut Turn<'_>,
    tool: Tool,
    source: Source,
    destination: Destination,
    dst_port: u16,
    moment: Moment,
) {
    let note = if tool == Tool::Mirai { Note::Mirai } else { Note::Plain };
    let probe = probe(tool, source, destination, dst_port, moment);
    let ip = Ip {
        id: probe.id,
        dont_fragment: probe.dont_fragment,
        ..Ip::new(source.address, destination.seen, probe.ttl - source.hops())
    };
    let tcp = Tcp {
        src_port: probe.src_port,
        dst_port,
        seq: probe.seq,
        ack: probe.ack,
        flags: probe.flags,
        window: probe.window,
        urgent: 0,
        options: probe.options(),
    };
    let stamp = Stamp { at: moment.at, actor: turn.place, country: source.country, note };
    turn.sink.tcp(stamp, &ip, &tcp, &[]);
}

/// What a storm of forged packets may be beside its ports (rule D102).
#[derive(Debug, Clone, Default)]
pub(crate) struct Storm {
    /// The least and the most time to live, where it is not one for all.
    pub(crate) ttls: Option<(u8, u8)>,
    /// Share of the packets that are echo requests.
    pub(crate) icmp: f64,
}

/// Sends SYNs, and pings, from forged sources all over the address space.
pub(crate) fn send_storm(turn: &mut Turn<'_>, ports: &PortMix, storm: &Storm) {
    turn.each(1.0, 0, |turn, at| {
        let Some((address, country)) = turn.world.book.address_anywhere(turn.stream.bits()) else { return };
        let dst_port = ports.draw(&mut turn.stream);
        let aim = turn.stream.bits();
        let Some(destination) = turn.site.destination(Family::V4, at, aim) else { return };
        // The forger sits in one place: one distance, whatever the source says.
        let ttl = match storm.ttls {
            Some((least, most)) => turn.stream.port(least.into(), most.into()) as u8,
            None => 128 - (turn.key % 20) as u8,
        };
        let ip = Ip { id: turn.stream.half(), ..Ip::new(address, destination.seen, ttl) };
        let stamp = Stamp { at, actor: turn.place, country, note: Note::Plain };
        if storm.icmp > 0.0 && turn.stream.unit() < storm.icmp {
            let rest = turn.stream.word();
            return turn.sink.icmp(stamp, &ip, (8, 0), rest, &[]);
        }
        let tcp = Tcp {
            src_port: turn.stream.port(1_024, u16::MAX),
            dst_port,
            seq: turn.stream.word(),
            ack: 0,
            flags: flag::SYN,
            window: turn.stream.half(),
            urgent: 0,
            options: &[],
        };
        turn.sink.tcp(stamp, &ip, &tcp, &[]);
    });
}
