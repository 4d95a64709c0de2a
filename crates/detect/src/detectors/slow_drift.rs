//! A port that rises slowly, over weeks, without any day that stands out.
//!
//! # Rule
//! The medians of the weeks, counted back from the end, are compared with the first four weeks: their residuals,
//! in standard errors, add up in a one-sided cumulative sum (allowance 0.5, bound 5) that never falls back to
//! zero. The last two weeks have at least 1.5 times the packets and sources of the first four, at least 3
//! sources a day, six standard errors apart; the rise takes at least four weeks; the weeks since its
//! onset agree that they rise (Kendall's tau of 0.6); no two neighbouring weeks hold more than half of the rise; and a line leaves
//! at most 1.3 times the squares that the best step leaves.
//!
//! # Why it matters
//! A population that grows by a few per cent a week never trips a daily alarm, and has doubled by the quarter's
//! end.
//!
//! # When it is wrong
//! The slope is a straight line through weeks and forecasts nothing. Seasons longer than the window look like
//! drifts. Drifts that ended before the last weeks are not told.
//!
//! # Sources
//! - rule D106 (one-sided CUSUM), with the test of Mann (1945) for trends.
use teiten_model::finding::{Confidence, Finding};
use teiten_model::window::Window;

use crate::change::{Episode, Kind, Shared, finding};
use crate::detector::{About, Detector, Tunable};
use crate::measures::{number, real};
use crate::series::cusum;
use crate::series::port::PortSeries;
use crate::series::robust::{Level, median};
use crate::series::scene::{Count, Scene};

/// Least rank correlation of weeks and packets since the onset: pairs that rise less pairs that fall.
const CONCORDANCE_PACKETS_MIN: f64 = 0.4;
/// Standard errors that two neighbouring weeks may add to that by chance.
const JUMP_ERRORS: f64 = 1.5;
/// Squares that a line may leave, over those that the best step leaves: growth by factors is no straight line.
const LINE_TIMES_MAX: f64 = 1.3;
const WEEK: usize = 7;
const WEEK_DAYS_MIN: usize = 4;
const SURE_SENSORS: i64 = 3;

/// The detector.
#[derive(Debug)]
pub struct SlowDrift;

const ABOUT: About = About {
    id: "slow-drift",
    title: "Slow rise of a port over weeks",
    title_ja: "ポートの緩やかな増加",
    version: 1,
    rule: "Weekly packets and sources of a port rise steadily over at least four weeks to 1.5 times and more, by no step.",
    rule_ja: "ポートの週ごとのパケット数と送信元数が、段差なく4週間以上着実に増え、1.5倍以上になること。",
    why: "A population that grows by a few per cent a week never trips a daily alarm.",
    why_ja: "週に数パーセントずつ増える集団は、日ごとの警報では捉えられません。",
    wrong: "Seasons longer than the window look like drifts; the slope forecasts nothing.",
    wrong_ja: "窓より長い周期の季節変動は緩やかな増加に見えます。傾きは将来の予測ではありません。",
    sources: &["rule D106"],
    tunables: &[
        Tunable::of("allowance", 0.5, "standard errors", "Taken off each week's residual."),
        Tunable::of("bound", 5.0, "standard errors", "Sum at which a drift is told."),
        Tunable::of("reference_weeks", 4.0, "weeks", "First weeks, which are compared with.")
            .whole(2.0, 26.0),
        Tunable::of("rise_weeks_min", 4.0, "weeks", "Fewest weeks of the rise.").whole(2.0, 26.0),
        Tunable::of("times_min", 1.5, "times", "Least factor of the last two weeks over the first.")
            .within(1.0, f64::INFINITY),
        Tunable::of(
            "errors_min",
            6.0,
            "standard errors",
            "Least distance of the last two weeks from the first.",
        ),
        Tunable::of("sources_min", 3.0, "sources/day", "Fewest sources of the last two weeks."),
        Tunable::of("concordance_min", 0.6, "Kendall's tau", "Least agreement of the weeks that they rise.")
            .within(0.0, 1.0),
        Tunable::of("jump_share_max", 0.5, "share of the rise", "Most that two neighbouring weeks may hold."),
    ],
};

/// The bounds of a window.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    allowance: f64,
    bound: f64,
    reference_weeks: usize,
    rise_weeks: usize,
    times: f64,
    errors: f64,
    sources: f64,
    concordance: f64,
    jump_share: f64,
}

impl Bounds {
    /// As they hold for a window.
    pub fn of(window: &Window) -> Bounds {
        let bound = |name| ABOUT.bound(window, name);
        Bounds {
            allowance: bound("allowance"),
            bound: bound("bound"),
            reference_weeks: bound("reference_weeks") as usize,
            rise_weeks: bound("rise_weeks_min") as usize,
            times: bound("times_min"),
            errors: bound("errors_min"),
            sources: bound("sources_min"),
            concordance: bound("concordance_min"),
            jump_share: bound("jump_share_max"),
        }
    }
}

/// The drift of a port; `None` when it has none that lasts to the end.
pub fn drift(series: &PortSeries, scene: &Scene<'_>, space: &mut Vec<f64>) -> Option<Episode> {
    let bounds = &scene.bounds.slow_drift;
    let days = scene.calendar.len();
    let most = series.sources.iter().copied().fold(0.0, f64::max);
    if most < bounds.sources || days < (bounds.reference_weeks + bounds.rise_weeks) * WEEK {
        return None;
    }
    let from = days % WEEK;
    let fit = |from: usize, count: usize| {
        (from..from + count).filter(|day| scene.tide.is_fit[*day]).collect::<Vec<usize>>()
    };
    let starts: Vec<usize> = (0..days / WEEK)
        .map(|week| from + week * WEEK)
        .filter(|first| fit(*first, WEEK).len() >= WEEK_DAYS_MIN)
        .collect();
    if starts.len() < bounds.reference_weeks + bounds.rise_weeks {
        return None;
    }
    let mut weekly = |get: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let of_week = |first: &usize| {
            space.clear();
            space.extend(fit(*first, WEEK).into_iter().map(get));
            median(space)
        };
        starts.iter().map(of_week).collect()
    };
    let sources = weekly(&|day| series.level_sources[day]);
    let last = |weeks: &[f64]| weeks[weeks.len() - 2..].iter().sum::<f64>() / 2.0;
    let first =
        |weeks: &[f64]| weeks[..bounds.reference_weeks].iter().sum::<f64>() / bounds.reference_weeks as f64;
    if last(&sources) < bounds.sources || last(&sources) < bounds.times * first(&sources) {
        return None;
    }
    let packets = weekly(&|day| series.level_packets[day]);
    let reference: Vec<usize> =
        starts[..bounds.reference_weeks].iter().flat_map(|first| fit(*first, WEEK)).collect();
    let level = |get: &dyn Fn(usize) -> f64, space: &mut Vec<f64>| {
        let counts: Vec<(f64, usize)> = reference.iter().map(|day| (get(*day), 0)).collect();
        Level::of(&counts, 0, space)
    };
    let of_sources = level(&|day| series.level_sources[day], space);
    let of_packets = level(&|day| series.level_packets[day], space);
    // The standard error of a median is 1.2533 times that of a mean.
    let error = |level: &Level| 1.2533 * level.deviation() / (WEEK as f64).sqrt();
    let widest = |weeks: &[f64], level: &Level| {
        error(level) * (last(weeks) / level.mean.max(f64::MIN_POSITIVE)).max(1.0).sqrt()
    };
    let is_apart = |weeks: &[f64], level: &Level| {
        let errors = (error(level).powi(2) / 4.0 + widest(weeks, level).powi(2) / 2.0).sqrt();
        last(weeks) >= bounds.times * first(weeks).max(level.mean)
            && last(weeks) - first(weeks) >= bounds.errors * errors
    };
    let residuals: Vec<f64> =
        sources.iter().map(|week| (week - of_sources.mean) / error(&of_sources)).collect();
    let crossing = cusum::lasting(&residuals, bounds.allowance, bounds.bound)?;
    let rise = &sources[crossing.onset.saturating_sub(1)..];
    let is_shaped = rise.len() > bounds.rise_weeks
        && concordance(rise) >= bounds.concordance
        && concordance(&packets[crossing.onset.saturating_sub(1)..]) >= CONCORDANCE_PACKETS_MIN
        && largest_jump(&sources)
            <= bounds.jump_share * (last(&sources) - first(&sources))
                + JUMP_ERRORS * widest(&sources, &of_sources)
        && line_error(rise) < LINE_TIMES_MAX * step_error(rise);
    let is_wide = starts[starts.len() - 2..].iter().flat_map(|first| fit(*first, WEEK)).filter(|day| {
        scene.wide(series, *day).sources >= bounds.times * of_sources.mean * scene.tide.sources[*day]
    });
    let at = starts[crossing.at] + WEEK - 1;
    if !is_shaped
        || !is_apart(&sources, &of_sources)
        || !is_apart(&packets, &of_packets)
        || is_wide.count() < WEEK
        || !scene.calendar.is_inside[at]
    {
        return None;
    }
    let onset = starts[crossing.onset].max(scene.calendar.first_inside());
    let end =
        (0..days).rev().find(|day| scene.calendar.is_inside[*day] && scene.calendar.is_watched[*day])?;
    Some(Episode {
        kind: Kind::SlowDrift,
        proto: series.proto,
        port: series.port,
        first: starts[crossing.onset],
        last: end,
        days: (onset..=end).collect(),
        expected: Count { packets: first(&packets), sources: first(&sources) },
        seen: Count { packets: last(&packets), sources: last(&sources) },
        ln_p: None,
        ln_q: None,
        errors: Some((last(&sources) - first(&sources)) / error(&of_sources)),
        slope: Some(line(rise).1),
    })
}

/// Kendall's tau of the weeks and their order.
fn concordance(weeks: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (place, later) in weeks.iter().enumerate() {
        for earlier in &weeks[..place] {
            sum += f64::from(i8::from(later > earlier) - i8::from(later < earlier));
        }
    }
    sum / (weeks.len() * (weeks.len() - 1)) as f64 * 2.0
}

fn largest_jump(weeks: &[f64]) -> f64 {
    weeks.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max)
}

/// The line of least squares: value at the first week, growth a week.
fn line(weeks: &[f64]) -> (f64, f64) {
    let count = weeks.len() as f64;
    let (middle, mean) = ((count - 1.0) / 2.0, weeks.iter().sum::<f64>() / count);
    let (mut up, mut down) = (0.0, 0.0);
    for (week, value) in weeks.iter().enumerate() {
        up += (week as f64 - middle) * (value - mean);
        down += (week as f64 - middle).powi(2);
    }
    let slope = up / down;
    (mean - slope * middle, slope)
}

fn line_error(weeks: &[f64]) -> f64 {
    let (first, slope) = line(weeks);
    weeks.iter().enumerate().map(|(week, value)| (value - first - slope * week as f64).powi(2)).sum()
}

/// The squares that the best step leaves.
fn step_error(weeks: &[f64]) -> f64 {
    let around = |part: &[f64]| {
        let mean = part.iter().sum::<f64>() / part.len() as f64;
        part.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
    };
    (1..weeks.len()).map(|at| around(&weeks[..at]) + around(&weeks[at..])).fold(f64::INFINITY, f64::min)
}

impl Detector for SlowDrift {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, shared: &Shared<'w>) -> Vec<Finding> {
        let (scene, episodes) = shared.of_kind(window, Kind::SlowDrift);
        episodes
            .iter()
            .map(|episode| {
                let sum = finding::sum(episode, scene);
                let confidence =
                    if sum.sensors >= SURE_SENSORS { Confidence::High } else { Confidence::Medium };
                let mut measures = finding::levels(episode);
                measures
                    .extend(episode.slope.map(|slope| real("slope", "sources/day a week", slope, Some(0.0))));
                measures.push(number("packets", "packets", sum.packets, None));
                finding::finding(&ABOUT, episode, &sum, scene, confidence, measures)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::quiet::{Chance, said, small, times};
    use expect_test::{Expect, expect};

    fn check(factor: impl Fn(i64) -> f64, expected: Expect) {
        let mut chance = Chance(1);
        expected.assert_eq(&said(&small(17).window(|port, day, fact| {
            if port == 1_043 && factor(day).to_bits() != 1f64.to_bits() {
                times(fact, factor(day), 5, &mut chance);
            }
        })));
    }

    #[test]
    fn finds_a_rise_over_weeks() {
        check(
            |day| 1.0 + 2.0 * (day - 10).clamp(0, 80) as f64 / 80.0,
            expect![[r#"
            slow-drift:1043-tcp:2014-04-15 packets 9790 sources 68 (usual 27) 77.00 days high
        "#]],
        );
    }

    #[test]
    fn finds_a_growth_of_ten_per_cent_a_week() {
        check(
            |day| 1.1f64.powf(day.max(0) as f64 / 7.0),
            expect![[r#"
            slow-drift:1043-tcp:2014-04-15 packets 10750 sources 92 (usual 28) 77.00 days high
        "#]],
        );
    }

    #[test]
    fn ignores_what_comes_back_and_what_rises_too_little() {
        check(|day| 1.0 + 0.3 * (day - 10).clamp(0, 80) as f64 / 80.0, expect![""]);
        check(|day| 1.0 + (40 - (day - 40).abs()).max(0) as f64 / 40.0 * 0.6, expect![""]);
    }

    #[test]
    fn a_line_and_a_step_are_told_apart() {
        let (rise, step) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 1.0, 1.0, 6.0, 6.0, 6.0]);
        assert!(line_error(&rise) < step_error(&rise) && line_error(&step) > step_error(&step));
        assert!((line(&rise).1 - 1.0).abs() < 1e-12 && (concordance(&rise) - 1.0).abs() < 1e-12);
        assert!((largest_jump(&step) - 5.0).abs() < 1e-12);
    }
}
