//! From values to places, and the steps an axis is divided by.
//!
//! **Invariant:** steps are 1, 2 or 5 times a power of ten, found by multiplying and dividing alone.

/// A linear scale.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    from: (f64, f64),
    to: (f64, f64),
}

impl Scale {
    /// Maps `from.0..from.1` to `to.0..to.1`; an empty range maps to the middle.
    pub(crate) fn new(from: (f64, f64), to: (f64, f64)) -> Scale {
        Scale { from, to }
    }

    /// The place of a value.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let span = self.from.1 - self.from.0;
        if span <= 0.0 {
            return (self.to.0 + self.to.1) / 2.0;
        }
        self.to.0 + (value - self.from.0) / span * (self.to.1 - self.to.0)
    }
}

/// The distance of ticks so that about `wanted` of them reach from 0 to `top`.
pub(crate) fn step(top: f64, wanted: f64) -> f64 {
    if !(top.is_finite() && top > 0.0) {
        return 1.0;
    }
    let rough = top / wanted;
    let mut power = 1.0;
    while power > rough {
        power /= 10.0;
    }
    while power * 10.0 <= rough {
        power *= 10.0;
    }
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(power * 10.0)
}

/// The ticks from 0 to the first one that is not below `top`.
pub(crate) fn ticks(top: f64, step: f64) -> Vec<f64> {
    let count = ((top / step) - 1e-9).ceil().clamp(1.0, 50.0) as u32;
    (0..=count).map(|at| f64::from(at) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        for (top, wanted, last) in [
            (0.0, 1.0, 1.0),
            (0.037, 0.01, 0.04),
            (1.0, 0.2, 1.0),
            (97.0, 20.0, 100.0),
            (1_234.0, 500.0, 1_500.0),
        ] {
            let found = step(top, 5.0);
            assert!((found - wanted).abs() < 1e-12, "{top}: {found}");
            let reached = *ticks(top, found).last().unwrap();
            assert!((reached - last).abs() < 1e-9, "{top}: {reached}");
        }
    }
}
