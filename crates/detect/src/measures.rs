//! Numbers of findings, written in one line each.
//!
//! **Invariant:** a share of nothing is 0.

use teiten_model::finding::Measure;

/// A count; what would be usual, or the bound that was passed, where there is one.
pub(crate) fn number(name: &'static str, unit: &'static str, seen: i64, expected: Option<f64>) -> Measure {
    Measure { name, unit, seen: seen as f64, expected }
}

/// A number with a fraction.
pub(crate) fn real(name: &'static str, unit: &'static str, seen: f64, expected: Option<f64>) -> Measure {
    Measure { name, unit, seen, expected }
}

/// A part of a whole, 0 to 1.
pub(crate) fn share(of: i64, whole: i64) -> f64 {
    if whole > 0 { of as f64 / whole as f64 } else { 0.0 }
}
