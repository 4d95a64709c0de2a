//! How fast something was: the busiest minute, and the most distinct things within a span.
//!
//! Packets of a minute are counted as corsaro counts them (rules D60, D63): steps of ten seconds from the start
//! of the day, and the best sum of six consecutive steps. Distinct things are counted over every span that
//! begins with one of them, half-open.
//!
//! **Invariant:** moments ascend; whoever calls sees to it.

use std::collections::HashMap;

/// Microseconds of a minute.
pub(super) const MINUTE_US: i64 = 60_000_000;
/// Microseconds of a step.
const STEP_US: i64 = 10_000_000;
/// Steps of a minute.
const STEPS: i64 = 6;

/// The most packets in six consecutive steps; items are moments and weights.
pub(super) fn busiest_minute(packets: impl Iterator<Item = (i64, i64)> + Clone, start: i64) -> i64 {
    let step = |ts: i64| (ts - start).div_euclid(STEP_US);
    let (mut sum, mut best, mut gone) = (0, 0, packets.clone());
    let mut oldest = gone.next();
    for (ts, weight) in packets {
        sum += weight;
        while let Some((before, weight)) = oldest
            && step(before) + STEPS <= step(ts)
        {
            sum -= weight;
            oldest = gone.next();
        }
        best = best.max(sum);
    }
    best
}

/// The most distinct things in a span of that length; items are moments and things.
pub(super) fn most_distinct(things: impl Iterator<Item = (i64, u32)> + Clone, span_us: i64) -> i64 {
    let mut counts: HashMap<u32, u32> = HashMap::new();
    let (mut best, mut gone) = (0, things.clone());
    let mut oldest = gone.next();
    for (ts, thing) in things {
        *counts.entry(thing).or_default() += 1;
        while let Some((before, thing)) = oldest
            && before + span_us <= ts
        {
            if let Some(count) = counts.get_mut(&thing) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&thing);
                }
            }
            oldest = gone.next();
        }
        best = best.max(counts.len());
    }
    best as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_six_steps_from_the_start_of_the_day() {
        let cases: &[(&[i64], i64)] = &[
            (&[], 0),
            (&[0, 59], 2),
            (&[0, 60], 1),
            (&[9, 60], 1),
            (&[10, 65], 2),
            (&[0, 1, 2, 70, 71, 72, 73], 4),
            (&[0, 20, 40, 59, 60, 61, 80], 5),
        ];
        for (secs, packets) in cases {
            let rows = secs.iter().map(|secs| (secs * 1_000_000 + 500, 1));
            assert_eq!(busiest_minute(rows, 500), *packets, "{secs:?}");
        }
    }

    #[test]
    fn weights_are_summed() {
        assert_eq!(busiest_minute([(0, 5), (1, 7), (MINUTE_US, 11)].into_iter(), 0), 12);
    }

    #[test]
    fn things_within_a_span_count_once_and_its_end_is_outside() {
        let cases: &[(&[(i64, u32)], i64)] = &[
            (&[], 0),
            (&[(0, 1), (5, 1), (9, 2)], 2),
            (&[(0, 1), (10, 2)], 1),
            (&[(0, 1), (4, 2), (10, 1), (12, 3)], 3),
            (&[(0, 1), (0, 2), (9, 3), (11, 4), (12, 4)], 3),
        ];
        for (things, most) in cases {
            assert_eq!(most_distinct(things.iter().copied(), 10), *most, "{things:?}");
        }
    }
}
