//! How far a finding can be trusted, by what most detectors go by.

use teiten_model::finding::Confidence;

/// By how many of two things hold that a sure finding has.
pub(crate) fn of_two(first: bool, second: bool) -> Confidence {
    match (first, second) {
        (true, true) => Confidence::High,
        (true, false) | (false, true) => Confidence::Medium,
        (false, false) => Confidence::Low,
    }
}

/// Weak when one sensor saw it; high when all that makes it sure holds.
pub(crate) fn of_sensors(sensors: i64, is_sure: bool) -> Confidence {
    match (sensors <= 1, is_sure) {
        (true, _) => Confidence::Weak,
        (false, true) => Confidence::High,
        (false, false) => Confidence::Medium,
    }
}
