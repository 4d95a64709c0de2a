//! The shell's clocks and its source of chance: read here and nowhere else, and handed on as values.
//!
//! **Invariant:** the steady clock counts suspended time, too, and nobody sets it.

use std::hash::{BuildHasher, RandomState};

use rustix::time::{ClockId, clock_gettime};

use crate::sealer::Moment;

/// This moment by both clocks.
pub fn now() -> Moment {
    Moment { wall_ns: nanoseconds(ClockId::Realtime), steady_ns: nanoseconds(ClockId::Boottime) }
}

/// This moment by the steady clock, in microseconds.
pub fn steady_us() -> i64 {
    nanoseconds(ClockId::Boottime) / 1000
}

/// This moment by the wall clock, in microseconds since 1970.
pub fn wall_us() -> i64 {
    nanoseconds(ClockId::Realtime) / 1000
}

/// A number drawn by lot: from the keys that the standard library asks the system for.
pub fn random() -> u64 {
    RandomState::new().hash_one(nanoseconds(ClockId::Boottime))
}

fn nanoseconds(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)
}
