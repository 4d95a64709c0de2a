//! Of many tests at once, which count: the false discovery rate (Benjamini and Hochberg 1995; rule D105).

/// The probabilities of many tests.
#[derive(Debug, Clone)]
pub struct Discovery {
    ln_p: Vec<f64>,
    tests: usize,
    ln_bound: f64,
}

impl Discovery {
    /// Judges at a rate. `ln_p` are the small ones, in any order; those left out must be larger than `rate`.
    pub fn of(mut ln_p: Vec<f64>, tests: usize, rate: f64) -> Discovery {
        ln_p.sort_unstable_by(f64::total_cmp);
        let passes = |(place, ln): &(usize, &f64)| **ln <= (rate * (*place as f64 + 1.0) / tests as f64).ln();
        let ln_bound = ln_p.iter().enumerate().rev().find(passes).map_or(f64::NEG_INFINITY, |(_, ln)| *ln);
        Discovery { ln_p, tests, ln_bound }
    }

    /// Whether a test counts.
    pub fn holds(&self, ln_p: f64) -> bool {
        ln_p <= self.ln_bound
    }

    /// The logarithm of the rate at which a test would just count.
    pub fn ln_q(&self, ln_p: f64) -> f64 {
        let rank = self.ln_p.partition_point(|other| *other <= ln_p).max(1);
        (ln_p + (self.tests as f64 / rank as f64).ln()).min(0.0)
    }
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
        let discovery = Discovery::of(p.iter().map(|p| p.ln()).collect(), 15, 0.05);
        assert_eq!(p.iter().filter(|p| discovery.holds(p.ln())).count(), 4);
        assert!((discovery.ln_q(0.0095f64.ln()).exp() - 0.0095 * 15.0 / 4.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_counts_where_nothing_is_small() {
        let discovery = Discovery::of(vec![0.4f64.ln(), 0.9f64.ln()], 2, 0.01);
        assert!(!discovery.holds(0.4f64.ln()));
        assert!(!Discovery::of(Vec::new(), 0, 0.01).holds(0.0));
    }
}
