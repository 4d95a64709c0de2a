//! Of many tests at once, which count: the false discovery rate (Benjamini and Hochberg 1995; rule D105).

/// The largest ln p that counts when `tests` were made; minus infinity when none does.
///
/// `ln_p` are the small ones, in any order; those left out must be larger than `rate`.
pub fn ln_bound(mut ln_p: Vec<f64>, tests: usize, rate: f64) -> f64 {
    ln_p.sort_unstable_by(f64::total_cmp);
    let passes = |(place, ln): &(usize, &f64)| **ln <= (rate * (*place as f64 + 1.0) / tests as f64).ln();
    ln_p.iter().enumerate().rev().find(passes).map_or(f64::NEG_INFINITY, |(_, ln)| *ln)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fifteen probabilities of the paper's example (thrombolysis, section 4): four count at 0.05.
    #[test]
    fn the_example_of_the_paper_has_four_discoveries() {
        let p: [f64; 15] = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0000,
        ];
        let bound = ln_bound(p.iter().map(|p| p.ln()).collect(), 15, 0.05);
        assert!((bound - 0.0095f64.ln()).abs() < 1e-12);
        assert_eq!(p.iter().filter(|p| p.ln() <= bound).count(), 4);
    }

    #[test]
    fn nothing_counts_where_nothing_is_small() {
        assert!(ln_bound(vec![0.4f64.ln(), 0.9f64.ln()], 2, 0.01).is_infinite());
        assert!(ln_bound(Vec::new(), 0, 0.01).is_infinite());
    }
}
