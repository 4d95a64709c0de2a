//! What one machine can take: how much of it a demand fills, and with how many addresses it breaks.
//!
//! **Invariant:** the one that breaks first comes first.

use super::figures as f;
use super::{Demand, SECS_PER_DAY};

/// A bound of one machine or one process.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    /// What it is.
    pub(crate) what: &'static str,
    /// How much of it is filled; beyond 1 it breaks.
    pub(crate) share: f64,
    /// Addresses with which it breaks, all else being the same.
    pub(crate) breaks_at: f64,
    /// What to do then.
    pub(crate) cure: &'static str,
}

/// All bounds, that which breaks first in front.
pub(super) fn of(demand: &Demand) -> Vec<Limit> {
    let peak = demand.rate() * f::PEAK.value;
    let bits = peak * f::FRAMES_BYTES.value * 8.0;
    let shares = [
        (
            "disk of one machine",
            demand.disk_gb() / 1e3 / f::MACHINE_DISK_TB_MAX.value,
            "a store in a bucket, or fewer years and days kept",
        ),
        (
            "rows of one collector in the busiest hour",
            peak * f::COLLECT_NS.value / 1e9 / f::COLLECT_CORES_MAX.value,
            "more collectors on one store in a bucket, sensors divided among them",
        ),
        (
            "facts of a day within a day",
            demand.packets_a_day() * f::FACTS_NS.value / 1e9 / SECS_PER_DAY / f::FACTS_CORES_MAX.value,
            "no cure yet: facts of one day are counted by one process",
        ),
        (
            "line of one machine in the busiest hour",
            bits / 1e9 / f::LINE_GBIT_MAX.value,
            "more collectors, each with its own line",
        ),
    ];
    let mut limits: Vec<Limit> = shares
        .into_iter()
        .map(|(what, share, cure)| Limit { what, share, breaks_at: demand.addresses as f64 / share, cure })
        .collect();
    limits.sort_by(|a, b| b.share.total_cmp(&a.share));
    limits
}
