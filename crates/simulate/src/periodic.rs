//! Sources that come back to the same address and port in a slow rhythm (rule D99).
//!
//! **Invariant:** a source sends an address one packet in each period, within a tenth of it from its moment.

use teiten_model::interval::{Day, HOUR_US, Timestamp};

use crate::engine::Turn;
use crate::port_mix::PortMix;
use crate::random::{Stream, key_of};
use crate::syn::send_one;
use crate::tool::{Moment, Tool};

/// Sends the packets of a day: one source for each packet that its rate has in a period.
pub(crate) fn send(turn: &mut Turn<'_>, ports: &PortMix, every_hours: u32, tool: Tool) {
    let every_us = i64::from(every_hours) * HOUR_US;
    let (start, end) = (turn.day.start().0, Day(turn.day.0 + 1).start().0);
    let rate = turn.mean_at(Timestamp((start + end) / 2));
    let slots = (rate * f64::from(every_hours) / 24.0).round() as u64;
    if !turn.sink.has_room_for(rate.ceil() as u64) {
        return;
    }
    for slot in 0..slots {
        let mut of_seat = Stream::new(key_of(&[turn.key, turn.site.key, slot]));
        let phase_us = of_seat.below(every_us as u64) as i64;
        let dst_port = ports.draw(&mut of_seat);
        let aim = of_seat.bits();
        let place = turn.pool.pool.countries.draw_place(&mut of_seat);
        // Turns that may fall on this day, however far they waver.
        for count in (start - phase_us).div_euclid(every_us)..=(end - phase_us).div_euclid(every_us) {
            let mut of_turn = Stream::new(key_of(&[turn.key, turn.site.key, slot, count as u64]));
            let waver_us = of_turn.below(every_us as u64 / 10) as i64;
            let at = Timestamp(count * every_us + phase_us + waver_us);
            if !(start..end).contains(&at.0) || !turn.life.contains(at) {
                continue;
            }
            let source = turn.pool.holder(&turn.world.book, place, slot, turn.day);
            let Some(destination) = turn.destination(at, aim) else { continue };
            let moment = Moment { at, attempt: 0, draw: of_turn.bits() };
            send_one(turn, tool, source, destination, dst_port, moment);
        }
    }
}
