//! Draws of a seed.
//!
//! **Invariant:** the draws depend on the seed and their order alone.

use teiten_model::mix::{GAMMA, mixed};

/// A stream of draws.
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance(mixed(seed ^ GAMMA))
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mixed(self.0)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound.max(1)
    }

    /// True once in so many draws; never for 0.
    pub(crate) fn once_in(&mut self, draws: u64) -> bool {
        draws > 0 && self.below(draws) == 0
    }
}
