//! Level and spread of a few numbers that outliers do not move: median and median absolute deviation.
//!
//! For normal numbers 1.4826 times the median absolute deviation estimates the standard deviation (Rousseeuw
//! and Croux 1993). Rule D103 floors it at the root of the median: counts vary at least that much.

/// What makes the median absolute deviation of normal numbers their standard deviation.
pub const MAD_SCALE: f64 = 1.4826;

/// Numbers few enough to be sorted by insertion.
const SHORT: usize = 16;

/// The middle one, of an even number the mean of both; 0 of none. The order is lost.
pub fn median(numbers: &mut [f64]) -> f64 {
    let count = numbers.len();
    if count == 0 {
        return 0.0;
    }
    if count <= SHORT {
        for sorted in 1..count {
            let number = numbers[sorted];
            let mut place = sorted;
            while place > 0 && numbers[place - 1] > number {
                numbers[place] = numbers[place - 1];
                place -= 1;
            }
            numbers[place] = number;
        }
        return (numbers[(count - 1) / 2] + numbers[count / 2]) / 2.0;
    }
    let (below, middle, _) = numbers.select_nth_unstable_by(count / 2, f64::total_cmp);
    let upper = *middle;
    if count % 2 == 1 {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (lower + upper) / 2.0
}

/// Level and variance of counts.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Level {
    /// The middle, or the mean where the middle is too low to tell rates apart.
    pub mean: f64,
    /// Variance, at least the mean, and wider for so few counts: for what a count to come may be.
    pub variance: f64,
    /// Variance as it was, at least the mean.
    pub spread: f64,
    /// Counts it was made from.
    pub count: usize,
}

/// Medians below this, in counts, tell rates too coarsely: the mean takes their place.
const MEDIAN_MIN: f64 = 5.0;

impl Level {
    /// The level of counts, each with its kind (such as weekday or weekend), for a count of that kind.
    ///
    /// Deviations are taken from the median of the count's own kind, cut at three robust deviations (rule D103, with
    /// its floor), squared and averaged: of small counts the median of deviations alone is too coarse. The
    /// variance is widened for the error of a variance of so few counts.
    /// `space` is overwritten.
    pub fn of(counts: &[(f64, usize)], kind: usize, space: &mut Vec<f64>) -> Level {
        let count = counts.len();
        if count == 0 {
            return Level::default();
        }
        let mut of_kind = [0.0; KINDS];
        for (number, middle) in of_kind.iter_mut().enumerate() {
            space.clear();
            space.extend(counts.iter().filter(|(_, own)| *own == number).map(|(value, _)| *value));
            if space.len() < KIND_COUNT_MIN {
                space.clear();
                space.extend(counts.iter().map(|(value, _)| *value));
            }
            *middle = median(space);
        }
        let middle = of_kind[kind];
        let deviation = |(value, own): &(f64, usize)| (value - of_kind[*own]).abs();
        space.clear();
        space.extend(counts.iter().map(deviation));
        let robust = MAD_SCALE * median(space);
        let mean = if middle < MEDIAN_MIN {
            middle.max((counts.iter().map(|count| count.0).sum::<f64>() + 0.5) / count as f64)
        } else {
            middle
        };
        let bound = OUTLIER * robust.max(mean.sqrt());
        let squares = counts.iter().map(|count| deviation(count).min(bound).powi(2)).sum::<f64>();
        let spread = (squares / count as f64).max(mean);
        // The relative error of a standard deviation of n counts is about 1/sqrt(2n).
        let widened = spread * (1.0 + ERRORS / (2.0 * count as f64).sqrt()).powi(2);
        // The rate of so few events is itself uncertain: a Gamma-Poisson prediction varies by mean/n more.
        Level { mean, variance: widened.max(mean * (1.0 + 1.0 / count as f64)), spread, count }
    }

    /// The level that `times` as much exposure would have.
    pub fn times(self, times: f64) -> Level {
        let mean = self.mean * times;
        let spread = (self.spread * times * times).max(mean);
        let variance = (self.variance * times * times).max(mean * (1.0 + 1.0 / self.count.max(1) as f64));
        Level { mean, variance, spread, count: self.count }
    }

    /// Standard deviation.
    pub fn deviation(&self) -> f64 {
        self.spread.max(0.0).sqrt()
    }
}

/// Robust deviations at which a deviation is cut.
const OUTLIER: f64 = 3.0;
/// Standard errors by which a spread is widened.
const ERRORS: f64 = 1.5;

/// Kinds of counts.
pub const KINDS: usize = 2;
/// Fewest counts of a kind that give it a median of its own.
const KIND_COUNT_MIN: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_any_order() {
        let cases: [(&[f64], f64); 5] = [
            (&[], 0.0),
            (&[3.0], 3.0),
            (&[4.0, 1.0], 2.5),
            (&[9.0, 1.0, 5.0], 5.0),
            (&[7.0, 1.0, 5.0, 100.0], 6.0),
        ];
        for (numbers, expected) in cases {
            assert!((median(&mut numbers.to_vec()) - expected).abs() < 1e-12, "{numbers:?}");
        }
    }

    /// By hand: the median is 2, the median of deviations 1, so deviations are cut at three roots of the mean.
    #[test]
    fn a_spread_has_its_floors() {
        let counts = [1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0].map(|count| (count, 0));
        let level = Level::of(&counts, 0, &mut Vec::new());
        assert!((level.mean - 25.5 / 7.0).abs() < 1e-12);
        let bound: f64 = 9.0 * 25.5 / 7.0;
        let mean_square = (1.0 + 1.0 + 0.0 + 0.0 + 4.0 + 16.0 + bound.min(49.0)) / 7.0;
        let widened = mean_square * (1.0 + 1.5 / 14f64.sqrt()).powi(2);
        assert!((level.variance - widened).abs() < 1e-9, "{level:?}");
        let flat = Level::of(&[(100.0, 0); 30], 0, &mut Vec::new());
        assert!((flat.spread - 100.0).abs() < 1e-9 && flat.variance > 100.0);
    }

    #[test]
    fn each_kind_has_its_own_middle() {
        let counts: Vec<(f64, usize)> =
            (0..42).map(|day| if day % 7 < 5 { (100.0, 0) } else { (40.0, 1) }).collect();
        assert!((Level::of(&counts, 1, &mut Vec::new()).mean - 40.0).abs() < 1e-12);
        assert!((Level::of(&counts, 0, &mut Vec::new()).deviation() - 10.0).abs() < 1e-9);
    }
}
