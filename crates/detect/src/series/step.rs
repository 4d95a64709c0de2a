//! Levels that move and stay: the medians of the days before and after a day, compared.
//!
//! A step is where both packets and sources differ by their factor and by many standard errors, nearly every
//! day after lies beyond the half of the change, and most of the change happens within a week, which is what
//! tells a step from a slow drift.

use teiten_model::window::Window;

use crate::detector::About;
use crate::series::port::PortSeries;
use crate::series::robust::{Level, median};
use crate::series::scene::{Count, Scene};

/// Fewest days before a step.
pub const BEFORE_DAYS_MIN: usize = 14;
/// Days after a step that its errors are judged by, where the level lasts so long.
const LASTING_DAYS: [usize; 2] = [14, 28];
const WEEK: usize = 7;
/// Fewest fit days of a week.
const WEEK_DAYS_MIN: usize = 4;

/// Which steps are looked for.
#[derive(Debug, Clone, Copy)]
pub struct StepRule {
    /// Up or down.
    pub is_rise: bool,
    /// Days before a step whose median is the level before.
    pub before_days: usize,
    /// Days that the new level must last.
    pub after_days: usize,
    /// Least factor between the levels.
    pub times_min: f64,
    /// Standard errors that the levels must differ by.
    pub errors_min: f64,
    /// Part of the days after that must lie beyond the half of the change.
    pub held_share_min: f64,
    /// Part of the change that must happen within a week.
    pub sudden_share_min: f64,
    /// Least higher level of a day.
    pub least: Count,
}

impl StepRule {
    /// The rule of a detector as it holds for a window.
    pub fn of(about: &About, is_rise: bool, window: &Window) -> StepRule {
        let bound = |name| about.bound(window, name);
        StepRule {
            is_rise,
            before_days: bound("before_days") as usize,
            after_days: bound("after_days") as usize,
            times_min: bound("times_min"),
            errors_min: bound("errors_min"),
            held_share_min: bound("held_share_min"),
            sudden_share_min: bound("sudden_share_min"),
            least: Count { packets: bound("packets_min"), sources: bound("sources_min") },
        }
    }
}

/// A level that moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// First day of the new level.
    pub onset: usize,
    /// Last day of it.
    pub last: usize,
    /// Level of a day before.
    pub before: Count,
    /// Level of a day after.
    pub after: Count,
    /// Standard errors between them.
    pub errors: f64,
}

/// The medians of the seven days from each day on; `None` where too few of them were watched.
pub fn weeks(series: &PortSeries, scene: &Scene<'_>, weeks: &mut Vec<Option<Count>>, space: &mut Vec<f64>) {
    weeks.clear();
    let days = scene.calendar.len();
    for first in 0..days {
        let end = (first + WEEK).min(days);
        let fit = (first..end).filter(|day| scene.tide.is_fit[*day]);
        space.clear();
        space.extend(fit.clone().map(|day| series.level_sources[day]));
        if space.len() < WEEK_DAYS_MIN {
            weeks.push(None);
            continue;
        }
        let sources = median(space);
        space.clear();
        space.extend(fit.map(|day| series.level_packets[day]));
        weeks.push(Some(Count { packets: median(space), sources }));
    }
}

/// The steps of a port, in the order of days; no two within the days that a level must last.
pub fn steps(
    series: &PortSeries,
    weeks: &[Option<Count>],
    scene: &Scene<'_>,
    rule: &StepRule,
    space: &mut Vec<f64>,
) -> Vec<Step> {
    let days = scene.calendar.len();
    if days < BEFORE_DAYS_MIN + rule.after_days {
        return Vec::new();
    }
    let mut found: Vec<Step> = Vec::new();
    for day in BEFORE_DAYS_MIN.max(WEEK)..days {
        let (Some(earlier), Some(later)) = (weeks[day - WEEK], weeks[day]) else { continue };
        if !is_apart(earlier, later, 1.0 + (rule.times_min - 1.0) * rule.sudden_share_min, rule) {
            continue;
        }
        let Some(step) = step_at(day, series, scene, rule, (earlier, later), space) else {
            continue;
        };
        match found.last_mut() {
            Some(last) if step.onset < last.onset + rule.after_days => {
                if step.errors > last.errors {
                    *last = step;
                }
            }
            _ => found.push(step),
        }
    }
    for step in &mut found {
        step.last = last_day(step, weeks, scene, rule);
    }
    found.retain(|step| step.last + 1 - step.onset >= rule.after_days);
    found
}

/// Lower and higher of two levels.
fn ordered(before: Count, after: Count, rule: &StepRule) -> (Count, Count) {
    if rule.is_rise { (before, after) } else { (after, before) }
}

fn is_apart(before: Count, after: Count, times: f64, rule: &StepRule) -> bool {
    let (low, high) = ordered(before, after, rule);
    high.sources >= rule.least.sources
        && high.packets >= rule.least.packets
        && high.sources >= times * low.sources
        && high.packets >= times * low.packets
}

fn step_at(
    day: usize,
    series: &PortSeries,
    scene: &Scene<'_>,
    rule: &StepRule,
    weeks: (Count, Count),
    space: &mut Vec<f64>,
) -> Option<Step> {
    let fit = |first: usize, end: usize| -> Vec<usize> {
        (first..end.min(series.sources.len())).filter(|day| scene.tide.is_fit[*day]).collect()
    };
    let (before, after) = (fit(day.saturating_sub(rule.before_days), day), fit(day, day + rule.after_days));
    if before.len() < BEFORE_DAYS_MIN || (after.len() as f64) < rule.held_share_min * rule.after_days as f64 {
        return None;
    }
    let mut level = |days: &[usize], levels: &[f64]| {
        let counts: Vec<(f64, usize)> = days.iter().map(|day| (levels[*day], 0)).collect();
        Level::of(&counts, 0, space)
    };
    let of_sources = (level(&before, &series.level_sources), level(&after, &series.level_sources));
    let of_packets = (level(&before, &series.level_packets), level(&after, &series.level_packets));
    let low_high = Count { packets: of_packets.0.mean, sources: of_sources.0.mean };
    let reached = Count { packets: of_packets.1.mean, sources: of_sources.1.mean };
    let errors = errors_between(of_sources).min(errors_between(of_packets));
    // Where the level lasts, more days of it tell more.
    let errors = LASTING_DAYS.iter().filter(|days| **days > rule.after_days).fold(errors, |errors, days| {
        let longer = fit(day, day + days);
        let sources = (of_sources.0, level(&longer, &series.level_sources));
        let packets = (of_packets.0, level(&longer, &series.level_packets));
        errors.max(errors_between(sources).min(errors_between(packets)))
    });
    let sudden = (weeks.1.sources - weeks.0.sources) / (reached.sources - low_high.sources);
    if !is_apart(low_high, reached, rule.times_min, rule)
        || errors < rule.errors_min
        || sudden < rule.sudden_share_min
        || is_gradual(day, series, scene, rule)
    {
        return None;
    }
    let half = (low_high.sources + reached.sources) / 2.0;
    let is_held = |day: &usize| {
        // Sources do not fall and rise in proportion to sensors, so the tide counts only against a step.
        let tide = scene.tide.sources[*day];
        if rule.is_rise {
            scene.wide(series, *day).sources >= half * tide.max(1.0)
        } else {
            series.sources[*day] <= half * tide.min(1.0)
        }
    };
    let held = after.iter().filter(|day| is_held(day)).count();
    if (held as f64) < rule.held_share_min * after.len() as f64 {
        return None;
    }
    let is_beyond = |day: usize| {
        day < series.sources.len()
            && scene.tide.is_fit[day]
            && ((series.level_sources[day] > half) == rule.is_rise
                || (series.level_sources[day] - half).abs() < 1e-9)
    };
    // The run of days beyond the half that holds this day begins with the first day of the new level.
    let mut onset = day + (0..WEEK).find(|later| is_beyond(day + later))?;
    while onset > day.saturating_sub(WEEK) && onset > 0 && is_beyond(onset - 1) {
        onset -= 1;
    }
    Some(Step { onset, last: onset, before: low_high, after: reached, errors })
}

/// Whether a line through the days before and as many after a day fits them better than two levels.
pub fn is_gradual(day: usize, series: &PortSeries, scene: &Scene<'_>, rule: &StepRule) -> bool {
    let levels = &series.level_sources;
    let fit = |first: usize, end: usize| -> Vec<usize> {
        (first..end.min(levels.len())).filter(|day| scene.tide.is_fit[*day]).collect()
    };
    let (before, after) = (fit(day.saturating_sub(rule.before_days), day), fit(day, day + rule.before_days));
    let mean = |days: &[usize], of: &dyn Fn(usize) -> f64| {
        days.iter().map(|day| of(*day)).sum::<f64>() / days.len().max(1) as f64
    };
    let (low, high) = (mean(&before, &|day| levels[day]), mean(&after, &|day| levels[day]));
    let all: Vec<usize> = before.iter().chain(&after).copied().collect();
    let (middle, level) = (mean(&all, &|day| day as f64), mean(&all, &|day| levels[day]));
    let slope = mean(&all, &|day| (day as f64 - middle) * (levels[day] - level))
        / mean(&all, &|day| (day as f64 - middle).powi(2)).max(f64::MIN_POSITIVE);
    let of_line = mean(&all, &|day| (levels[day] - level - slope * (day as f64 - middle)).powi(2));
    let of_step = mean(&before, &|day| (levels[day] - low).powi(2)) * before.len() as f64
        + mean(&after, &|day| (levels[day] - high).powi(2)) * after.len() as f64;
    of_line * all.len() as f64 <= of_step
}

fn errors_between((before, after): (Level, Level)) -> f64 {
    // Were it one level, the days after would vary at least as those before did.
    let widest = before.spread.max(after.spread);
    let variance = before.spread / before.count.max(1) as f64 + widest / after.count.max(1) as f64;
    // The standard error of a median is 1.2533 times that of a mean.
    (after.mean - before.mean).abs() / (1.2533 * variance.sqrt()).max(f64::MIN_POSITIVE)
}

/// The last day of a new level: the day before the first week on the other side of the half.
pub fn last_day(step: &Step, weeks: &[Option<Count>], scene: &Scene<'_>, rule: &StepRule) -> usize {
    let half = (step.before.sources + step.after.sources) / 2.0;
    let is_over = |day: &usize| weeks[*day].is_some_and(|week| (week.sources > half) != rule.is_rise);
    let end = (step.onset + 1..weeks.len()).find(is_over).unwrap_or(weeks.len());
    (step.onset..end).rev().find(|day| scene.calendar.is_watched[*day]).unwrap_or(step.onset)
}
