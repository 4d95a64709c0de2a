//! How long to wait after a failure: a delay drawn evenly below a bound that doubles.
//!
//! Full jitter, as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): of the ways compared
//! there it needs the fewest calls until all are through.
//!
//! **Invariant:** the delay is at most [`DELAY_US_MAX`] unless the collector asks for more.

/// The bound after the first failure, in microseconds.
const DELAY_US_MIN: i64 = 1_000_000;
/// The largest bound, in microseconds.
pub const DELAY_US_MAX: i64 = 300_000_000;

/// Failures in a row, and until when to wait.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    failures: u32,
    until_us: i64,
}

impl Backoff {
    /// Counts a failure; `told_us` is the least delay, as the collector asked.
    pub fn fail(&mut self, now_us: i64, told_us: i64, random: u64) {
        let bound = DELAY_US_MIN.saturating_mul(1 << self.failures.min(20)).min(DELAY_US_MAX);
        let drawn = ((u128::from(random) * bound as u128) >> 64) as i64 + 1;
        self.failures = self.failures.saturating_add(1);
        self.until_us = now_us.saturating_add(drawn.max(told_us));
    }

    /// Forgets the failures.
    pub fn succeed(&mut self) {
        *self = Backoff::default();
    }

    /// Whether the last try failed.
    pub fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// Failures since the last success.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// The moment before which nothing is tried.
    pub fn until_us(&self) -> i64 {
        self.until_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_double_up_to_the_largest() {
        let mut backoff = Backoff::default();
        for bound in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            backoff.fail(0, 0, u64::MAX);
            assert_eq!(backoff.until_us(), bound * 1_000_000, "{bound}");
        }
        backoff.fail(0, 0, 0);
        assert_eq!(backoff.until_us(), 1);
        backoff.fail(5, 9_000_000_000, u64::MAX);
        assert_eq!(backoff.until_us(), 9_000_000_005);
        backoff.succeed();
        assert!(!backoff.has_failed());
    }
}
