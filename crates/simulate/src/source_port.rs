//! The tool with a fixed source port: one source, one packet every few days to the same destination.
//!
//! Fixed window, no options, fixed IP ID (rule D43; window 16384 and IP ID 256 are assumptions of
//! that rule, which the scenario may replace). Each slot of the pool has its day within the cycle, its time
//! of day, its port and its destination, and keeps them as long as its source lives.
//!
//! **Invariant:** a source sends a sensor at most one packet in `every_days` days.

use teiten_model::interval::{DAY_US, Timestamp};

use crate::engine::Turn;
use crate::frame::{Ip, Tcp, flag};
use crate::port_mix::PortMix;
use crate::random::{Stream, key_of};
use crate::sink::{Note, Stamp};

/// How far a packet may be from its source's time of day, in microseconds.
const WAVER_US: i64 = 600_000_000;

/// Sends the packets of a day. The rate says how many sources are at it, so that its mean holds.
pub(crate) fn send(turn: &mut Turn<'_>, ports: &PortMix, every_days: u32, (src_port, window): (u16, u16)) {
    let every = i64::from(every_days);
    let noon = Timestamp(turn.day.start().0 + DAY_US / 2);
    let slots = turn.mean_at(noon) * every as f64;
    if !turn.sink.has_room_for(slots as u64) {
        return;
    }
    for slot in 0..slots.ceil() as u64 {
        let seat = key_of(&[turn.key, turn.site.key, slot]);
        let is_last = slot as f64 + 1.0 > slots;
        let mut of_seat = Stream::new(seat);
        let phase = of_seat.below(every as u64) as i64;
        if (i64::from(turn.day.0) + phase).rem_euclid(every) != 0
            || (is_last && of_seat.unit() > slots.fract())
        {
            continue;
        }
        let place = turn.pool.pool.countries.draw_place(&mut of_seat);
        let source = turn.pool.holder(&turn.world.book, place, slot, turn.day);
        let mut of_source = Stream::new(key_of(&[seat, source.key]));
        let waver = turn.stream.below(2 * WAVER_US as u64) as i64;
        let of_day = of_source.below((DAY_US - 2 * WAVER_US) as u64) as i64 + waver;
        let at = Timestamp(turn.day.start().0 + of_day);
        let dst_port = ports.draw(&mut of_source);
        if !turn.life.contains(at) {
            continue;
        }
        let Some(destination) = turn.destination(at, of_source.bits()) else { continue };
        let ip = Ip { id: 256, ..Ip::new(source.address, destination.seen, 128 - source.hops()) };
        let seq = turn.stream.word() & 0xffff_0000;
        let flags = flag::SYN;
        let tcp = Tcp { src_port, dst_port, seq, ack: 0, flags, window, urgent: 0, options: &[] };
        let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
        turn.sink.tcp(stamp, &ip, &tcp, &[]);
    }
}
