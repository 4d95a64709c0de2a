//! How improbable a count is, as the natural logarithm of the probability of that count or more (rule D104).
//!
//! Logarithms, because the probabilities of real events fall far below what a double can hold. The upper tail
//! of a Poisson count is a regularized incomplete gamma function, that of a negative binomial count a
//! regularized incomplete beta function; both are summed by the series and continued fractions of Abramowitz
//! and Stegun (6.5.29, 26.5.8), evaluated as Lentz does.

/// Most steps of a series or fraction; the root of the count is what they need.
const STEPS_MAX: usize = 200_000;
const PRECISION: f64 = 1e-15;

/// The logarithm of the gamma function of a positive number (Lanczos, g = 7, nine terms).
pub fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        let pi = std::f64::consts::PI;
        return (pi / (pi * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let sum = TERMS
        .iter()
        .enumerate()
        .fold(0.999_999_999_999_809_9, |sum, (place, term)| sum + term / (x + place as f64 + 1.0));
    let base = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * base.ln() - base + sum.ln()
}

/// The logarithm of one minus the number whose logarithm is given.
fn ln_complement(ln: f64) -> f64 {
    if ln > -1e-15 { f64::NEG_INFINITY } else { (-ln.exp()).ln_1p() }
}

/// ln P(X >= count) for a Poisson count with that mean.
pub fn ln_poisson(count: f64, mean: f64) -> f64 {
    let count = count.ceil();
    if count <= 0.0 {
        return 0.0;
    }
    if mean <= 0.0 {
        return f64::NEG_INFINITY;
    }
    // P(X >= k) is the lower incomplete gamma function of k at the mean.
    if mean < count + 1.0 {
        let (mut term, mut sum) = (1.0, 1.0);
        for step in 1..STEPS_MAX {
            term *= mean / (count + step as f64);
            sum += term;
            if term < PRECISION * sum {
                break;
            }
        }
        return (count * mean.ln() - mean - ln_gamma(count + 1.0) + sum.ln()).min(0.0);
    }
    let mut b = mean + 1.0 - count;
    let mut c = 1.0 / f64::MIN_POSITIVE;
    let mut d = 1.0 / b;
    let mut product = d;
    for step in 1..STEPS_MAX {
        let a = -(step as f64) * (step as f64 - count);
        b += 2.0;
        d = 1.0 / nonzero(a * d + b);
        c = nonzero(b + a / c);
        product *= d * c;
        if (d * c - 1.0).abs() < PRECISION {
            break;
        }
    }
    ln_complement(count * mean.ln() - mean - ln_gamma(count) + product.ln())
}

/// ln P(X >= count) for a negative binomial count with that mean and size, so with the variance
/// mean + mean²/size.
pub fn ln_negative_binomial(count: f64, mean: f64, size: f64) -> f64 {
    let count = count.ceil();
    if count <= 0.0 {
        return 0.0;
    }
    if mean <= 0.0 {
        return f64::NEG_INFINITY;
    }
    // P(X >= k) is the incomplete beta function of (k, size) at mean / (size + mean).
    let x = mean / (size + mean);
    let ln_front = |first: f64, second: f64| {
        ln_gamma(count + size) - ln_gamma(count) - ln_gamma(size) + count * x.ln() + size * (-x).ln_1p()
            - first.ln()
            + beta_fraction(first, second, if first == count { x } else { 1.0 - x }).ln()
    };
    if x < (count + 1.0) / (count + size + 2.0) {
        ln_front(count, size).min(0.0)
    } else {
        ln_complement(ln_front(size, count).min(0.0))
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut c = 1.0;
    let mut d = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for step in 1..STEPS_MAX {
        let m = step as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / nonzero(1.0 + even * d);
        c = nonzero(1.0 + even / c);
        product *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / nonzero(1.0 + odd * d);
        c = nonzero(1.0 + odd / c);
        product *= d * c;
        if (d * c - 1.0).abs() < PRECISION {
            break;
        }
    }
    product
}

fn nonzero(number: f64) -> f64 {
    if number.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { number }
}

/// ln P(X >= count) for counts with that mean and variance: Poisson, when they vary no more, else negative
/// binomial (rule D104).
pub fn ln_upper(count: f64, mean: f64, variance: f64) -> f64 {
    if variance <= mean * (1.0 + 1e-9) {
        ln_poisson(count, mean)
    } else {
        ln_negative_binomial(count, mean, mean * mean / (variance - mean))
    }
}

/// ln of the probability of several tests together that were as small as these (Fisher): their sum of -2 ln p is
/// chi-squared with two degrees of freedom each, whose tail is a Poisson sum.
pub fn ln_fisher(ln_p: &[f64]) -> f64 {
    let sum: f64 = -ln_p.iter().sum::<f64>();
    if ln_p.len() <= 1 || !sum.is_finite() || sum <= 0.0 {
        return -sum.max(0.0);
    }
    let (mut term, mut total) = (0.0f64, 0.0f64);
    // ln of the sum over j < n of sum^j / j!, which is largest at its end, since sum > n for tests that are small.
    for j in 1..ln_p.len() {
        term += (sum / j as f64).ln();
        total = total.max(term) + (-(total - term).abs()).exp().ln_1p();
    }
    (total - sum).min(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Summed with 60 digits; what R calls `ppois(k - 1, m, lower = FALSE, log = TRUE)`.
    #[test]
    fn poisson_tails_are_those_of_the_sum() {
        let cases = [
            (10.0, 3.0, -6.810_185_717_036),
            (1.0, 0.01, -4.610_166_019_325),
            (5.0, 0.5, -8.667_344_039_836),
            (200.0, 100.0, -41.514_473_304_593),
            (90.0, 100.0, -0.158_229_524_163),
            (2_000.0, 1_500.0, -78.703_183_159_111),
        ];
        for (count, mean, expected) in cases {
            let ln = ln_poisson(count, mean);
            assert!((ln - expected).abs() < 1e-8, "{count} of {mean}: {ln}");
        }
        assert!(ln_poisson(0.0, 3.0).abs() < 1e-12);
        assert!(ln_poisson(1e6, 10.0) < -1e6);
    }

    /// Likewise, `pnbinom(k - 1, size = r, mu = m, lower = FALSE, log = TRUE)`.
    #[test]
    fn negative_binomial_tails_are_those_of_the_sum() {
        let cases = [
            (10.0, 3.0, 2.0, -3.498_818_325_226),
            (50.0, 10.0, 5.0, -11.840_972_096_964),
            (5.0, 0.1, 0.5, -10.285_802_403_425),
            (500.0, 100.0, 20.0, -45.884_020_792_145),
            (90.0, 100.0, 20.0, -0.440_930_758_233),
            (40_000.0, 10_000.0, 8.0, -16.020_426_771_081),
        ];
        for (count, mean, size, expected) in cases {
            let ln = ln_negative_binomial(count, mean, size);
            assert!((ln - expected).abs() < 1e-7, "{count} of {mean}, {size}: {ln}");
        }
    }

    /// The tail of chi-squared for an even number of degrees of freedom, written out: what R calls `pchisq(20, 4,
    /// lower = FALSE)` and `pchisq(30, 6, lower = FALSE)`.
    #[test]
    fn tests_together_are_a_chi_squared_tail() {
        assert!((ln_fisher(&[-4.0, -6.0]).exp() - 11.0 * (-10f64).exp()).abs() < 1e-12);
        let three = (1.0 + 15.0 + 112.5) * (-15f64).exp();
        assert!((ln_fisher(&[-5.0, -5.0, -5.0]).exp() - three).abs() < 1e-12);
        assert!((ln_fisher(&[-7.0]) + 7.0).abs() < 1e-12);
    }

    #[test]
    fn the_variance_chooses_the_distribution() {
        assert!((ln_upper(10.0, 3.0, 2.0) - ln_poisson(10.0, 3.0)).abs() < 1e-12);
        assert!((ln_upper(10.0, 3.0, 7.5) - ln_negative_binomial(10.0, 3.0, 2.0)).abs() < 1e-12);
    }

    #[test]
    fn factorials_have_their_logarithms() {
        assert!((ln_gamma(11.0) - 3_628_800f64.ln()).abs() < 1e-12);
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-12);
    }
}
