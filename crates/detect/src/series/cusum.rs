//! Small rises that last: the one-sided cumulative sum (Page 1954; rule D106).
//!
//! Each step adds the standardised residual less an allowance, and never falls below zero. A slow rise adds
//! up; noise does not.

/// Where a cumulative sum passed its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crossing {
    /// The step after the last at which the sum was zero: the onset.
    pub onset: usize,
    /// The step at which it passed the bound.
    pub at: usize,
}

/// The first crossing that is not undone: from it to the end, the sum stays above zero.
pub fn lasting(residuals: &[f64], allowance: f64, bound: f64) -> Option<Crossing> {
    let (mut sum, mut onset, mut found) = (0.0f64, 0, None);
    for (step, residual) in residuals.iter().enumerate() {
        sum += residual - allowance;
        if sum <= 0.0 {
            (sum, onset, found) = (0.0, step + 1, None);
        } else if sum > bound && found.is_none() {
            found = Some(Crossing { onset, at: step });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A series as handbooks show it (target 325, k 0.3175, h 4.1959). By hand: 3.33 - 0.3175 = 3.0125 at the
    /// thirteenth group, and 3.0125 + 2.25 - 0.3175 = 4.945 passes the bound at the fourteenth.
    #[test]
    fn a_series_crosses_where_it_does_by_hand() {
        let groups = [
            324.93, 324.68, 324.73, 324.35, 325.35, 325.23, 324.13, 324.53, 325.23, 324.60, 324.63, 325.15,
            328.33, 327.25, 327.83, 328.50, 326.68, 327.78, 326.88, 328.35,
        ];
        let residuals: Vec<f64> = groups.iter().map(|group| group - 325.0).collect();
        assert_eq!(lasting(&residuals, 0.3175, 4.1959), Some(Crossing { onset: 12, at: 13 }));
    }

    #[test]
    fn what_falls_back_is_no_crossing() {
        let residuals = [0.0, 4.0, 4.0, -3.0, -3.0, -3.0, 0.0];
        assert_eq!(lasting(&residuals, 0.5, 5.0), None);
    }
}
