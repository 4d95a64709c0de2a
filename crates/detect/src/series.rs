//! Series of counts: what detectors of change have in common, and the statistics they judge by.
//!
//! Counts are small, uneven and never normal, so levels are medians, spreads are medians of deviations, and
//! probabilities are tails of count distributions, kept as logarithms.
//!
//! **Invariant:** everything here is a pure function; sums run in one order, so equal facts give equal bits.

pub mod calendar;
pub mod cusum;
pub mod discovery;
pub mod health;
pub mod port;
pub mod robust;
pub mod scene;
pub mod step;
pub mod tail;
pub mod tide;
