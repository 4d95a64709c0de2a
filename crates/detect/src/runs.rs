//! Days that belong to one finding: which lie in the period, which follow each other, and how a series ends.
//!
//! Days are days of the home zone, so two neighbours are 23 to 25 hours apart: they are counted by rounding.
//!
//! **Invariant:** a run is never empty and keeps the order it was given.

use std::collections::BTreeMap;

use teiten_model::finding::Measure;
use teiten_model::interval::{DAY_US, Day, Timestamp};
use teiten_model::window::Window;

use crate::measures::real;

/// Days of each end of a series whose means are compared.
const WEEK_DAYS: usize = 7;

/// Whether a day, or a moment, lies in the period.
pub(crate) fn is_inside(window: &Window, at: i64) -> bool {
    window.interval.contains(Timestamp(at))
}

/// The calendar day of a day of the home zone, by its start.
pub(crate) fn day(at: i64) -> Day {
    Day::of(Timestamp(at + DAY_US / 2))
}

/// The start of the window's day in which a moment lies; the moment itself where no day begins before it.
pub(crate) fn day_start(window: &Window, at: i64) -> i64 {
    let place = window.days.partition_point(|day| day.start.0 <= at);
    if place > 0 { window.days[place - 1].start.0 } else { at }
}

/// Days between two days, neither of them counted.
pub(crate) fn quiet_days(before: i64, after: i64) -> i64 {
    (after - before + DAY_US / 2).div_euclid(DAY_US) - 1
}

/// Things in ascending order, parted wherever one does not belong to the one before it.
pub(crate) fn joined<T>(
    things: impl IntoIterator<Item = T>,
    belongs: impl Fn(&T, &T) -> bool,
) -> Vec<Vec<T>> {
    let mut runs: Vec<Vec<T>> = Vec::new();
    for thing in things {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| belongs(last, &thing)) => run.push(thing),
            _ => runs.push(vec![thing]),
        }
    }
    runs
}

/// Means of the first and of the last week of the watched days from `first` to `last`; of each half where
/// there are fewer than two weeks. Days without a value count as zero. `None` below two watched days.
pub(crate) fn ends(window: &Window, first: i64, last: i64, value: impl Fn(i64) -> f64) -> Option<(f64, f64)> {
    let values: Vec<f64> = window
        .days
        .iter()
        .filter(|day| day.start.0 >= first && day.start.0 <= last && day.sensor_hours > 0)
        .map(|day| value(day.start.0))
        .collect();
    let length = WEEK_DAYS.min(values.len() / 2);
    let mean = |days: &[f64]| days.iter().sum::<f64>() / days.len() as f64;
    (length > 0).then(|| (mean(&values[..length]), mean(&values[values.len() - length..])))
}

/// The measure of how a run grew: its last week over its first, where that has anything.
pub(crate) fn growth(window: &Window, counts: &BTreeMap<i64, i64>) -> Option<Measure> {
    let (first, last) = (counts.keys().next()?, counts.keys().next_back()?);
    let (before, after) = ends(window, *first, *last, |at| counts.get(&at).copied().unwrap_or(0) as f64)?;
    (before > 0.0).then(|| real("growth", "times", after / before, Some(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quarter;

    #[test]
    fn days_are_joined_over_a_change_of_clocks() {
        let hour = DAY_US / 24;
        let days = [0, 23 * hour, 48 * hour, 97 * hour];
        let runs = joined(days, |before, after| quiet_days(*before, *after) == 0);
        assert_eq!(runs, [vec![0, 23 * hour, 48 * hour], vec![97 * hour]]);
        assert_eq!(quiet_days(48 * hour, 97 * hour), 1);
    }

    #[test]
    fn the_ends_of_a_series_are_weeks_or_halves() {
        let window = quarter::window();
        let value = |at: i64| (at / DAY_US - quarter::DAY) as f64;
        let (first, last) = (quarter::at(0), quarter::at(20));
        assert_eq!(ends(&window, first, last, value), Some((3.0, 17.0)));
        assert_eq!(ends(&window, first, quarter::at(3), value), Some((0.5, 2.5)));
        assert_eq!(ends(&window, first, first, value), None);
        assert_eq!(day_start(&window, quarter::at(3) + 5), quarter::at(3));
        assert!(is_inside(&window, first) && !is_inside(&window, first - 1));
    }
}
