//! How much an actor sends at a time: the rate model.
//!
//! A rate is a curve through dated points (constant, growth and ramps), times a weekly and a daily cycle,
//! a day-to-day variation, and bursts. Cycles and variation have mean 1, so that the curve is the mean.
//!
//! **Invariant:** a rate is a function of actor and time alone; it is never negative.

use teiten_model::interval::{DAY_US, Day, HOUR_US, Interval, Timestamp};

use crate::random::{Stream, key_of};

/// A value over time: straight lines between dated points, flat before the first and after the last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    points: Vec<(Timestamp, f64)>,
}

impl Curve {
    /// A curve through points in ascending order of time; the caller has checked that there is one.
    pub(crate) fn new(points: Vec<(Timestamp, f64)>) -> Curve {
        Curve { points }
    }

    /// The same value always.
    pub(crate) fn constant(value: f64) -> Curve {
        Curve { points: vec![(Timestamp(0), value)] }
    }

    /// Whether it is the same always.
    pub(crate) fn is_constant(&self) -> bool {
        self.points.windows(2).all(|pair| pair[0].1 == pair[1].1)
    }

    /// Its highest value.
    pub(crate) fn highest(&self) -> f64 {
        self.points.iter().map(|(_, value)| *value).fold(0.0, f64::max)
    }

    /// The value at a time.
    pub(crate) fn at(&self, at: Timestamp) -> f64 {
        let next = self.points.partition_point(|(time, _)| *time <= at);
        match (next.checked_sub(1).and_then(|last| self.points.get(last)), self.points.get(next)) {
            (Some((from, low)), Some((to, high))) => {
                low + (high - low) * (at.0 - from.0) as f64 / (to.0 - from.0) as f64
            }
            (Some((_, value)), None) | (None, Some((_, value))) => *value,
            (None, None) => 0.0,
        }
    }
}

/// A span of time in which the rate is multiplied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Burst {
    /// When.
    pub(crate) during: Interval,
    /// By how much.
    pub(crate) factor: f64,
}

/// The rate of an actor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rate {
    /// Packets per sensor and day.
    pub(crate) curve: Curve,
    /// Amplitude of the weekly cycle, 0 to 1; highest on Wednesday.
    pub(crate) weekly: f64,
    /// Amplitude of the daily cycle, 0 to 1.
    pub(crate) daily: f64,
    /// Hour of the day (of the scenario's zone) when the daily cycle is highest.
    pub(crate) peak_hour: f64,
    /// Standard deviation of the day-to-day variation, as a share.
    pub(crate) jitter: f64,
    /// Bursts.
    pub(crate) bursts: Vec<Burst>,
    /// Offset of the scenario's zone at its start, in microseconds east of UTC.
    pub(crate) offset_us: i64,
    /// Key of the actor's variation.
    pub(crate) key: u64,
}

impl Rate {
    /// Packets per sensor and day at a time.
    pub(crate) fn at(&self, at: Timestamp) -> f64 {
        let local = at.0 + self.offset_us;
        let days = local as f64 / DAY_US as f64;
        // 1970-01-01 was a Thursday, so that noon of a Wednesday is 6.5 days later.
        let week = 1.0 + self.weekly * (std::f64::consts::TAU * (days - 6.5) / 7.0).cos();
        let hour = local.rem_euclid(DAY_US) as f64 / HOUR_US as f64;
        let day = 1.0 + self.daily * (std::f64::consts::TAU * (hour - self.peak_hour) / 24.0).cos();
        let burst: f64 =
            self.bursts.iter().filter(|burst| burst.during.contains(at)).map(|burst| burst.factor).product();
        self.curve.at(at) * week * day * burst * self.variation(Day::of(at))
    }

    /// The same rate times a factor.
    pub(crate) fn scaled(self, factor: f64) -> Rate {
        let scaled = self.curve.points.iter().map(|(at, value)| (*at, value * factor)).collect();
        Rate { curve: Curve::new(scaled), ..self }
    }

    fn variation(&self, day: Day) -> f64 {
        if self.jitter == 0.0 {
            return 1.0;
        }
        let normal = Stream::new(key_of(&[self.key, day.0 as u64])).normal();
        (self.jitter * normal - self.jitter * self.jitter / 2.0).exp()
    }
}

/// The part of an interval that lies in another; an empty one (`start == end`) when none does.
pub(crate) fn overlap(one: Interval, other: Interval) -> Interval {
    let start = one.start.max(other.start);
    Interval { start, end: one.end.min(other.end).max(start) }
}

/// The hours of a UTC day.
pub(crate) fn hours_of(day: Day) -> impl Iterator<Item = Interval> {
    (0..24).map(move |hour| {
        let start = day.start().0 + hour * HOUR_US;
        Interval { start: Timestamp(start), end: Timestamp(start + HOUR_US) }
    })
}

/// The middle of an interval.
pub(crate) fn middle(interval: Interval) -> Timestamp {
    Timestamp(interval.start.0 + interval.length_us() / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(curve: Curve) -> Rate {
        Rate {
            curve,
            weekly: 0.0,
            daily: 0.0,
            peak_hour: 12.0,
            jitter: 0.0,
            bursts: vec![],
            offset_us: 9 * HOUR_US,
            key: 5,
        }
    }

    fn sum(rate: &Rate, days: i32) -> f64 {
        (0..days).flat_map(|day| hours_of(Day(day))).map(|hour| rate.at(middle(hour)) / 24.0).sum()
    }

    #[test]
    fn a_curve_is_straight_between_points_and_flat_outside() {
        let curve = Curve::new(vec![(Timestamp(100), 10.0), (Timestamp(200), 30.0)]);
        for (at, value) in [(0, 10.0), (100, 10.0), (150, 20.0), (199, 29.8), (200, 30.0), (900, 30.0)] {
            assert!((curve.at(Timestamp(at)) - value).abs() < 1e-9, "at {at}: {}", curve.at(Timestamp(at)));
        }
    }

    #[test]
    fn cycles_and_variation_leave_the_sum_alone() {
        let flat = rate(Curve::constant(50.0));
        assert!((sum(&flat, 70) - 3500.0).abs() < 1e-6);
        let cycles = Rate { weekly: 0.5, daily: 0.7, ..flat.clone() };
        assert!((sum(&cycles, 70) - 3500.0).abs() < 1.0, "{}", sum(&cycles, 70));
        let varied = Rate { jitter: 0.2, ..flat };
        assert!((sum(&varied, 7_000) / 350_000.0 - 1.0).abs() < 0.01, "{}", sum(&varied, 7_000));
    }

    #[test]
    fn a_ramp_sums_to_its_mean_and_a_burst_multiplies() {
        let ramp = rate(Curve::new(vec![(Timestamp(0), 0.0), (Day(10).start(), 100.0)]));
        assert!((sum(&ramp, 10) - 500.0).abs() < 1e-6);
        let during = Interval { start: Timestamp(0), end: Timestamp(6 * HOUR_US) };
        let burst = Rate { bursts: vec![Burst { during, factor: 5.0 }], ..rate(Curve::constant(24.0)) };
        assert!((sum(&burst, 1) - 48.0).abs() < 1e-9);
    }
}
