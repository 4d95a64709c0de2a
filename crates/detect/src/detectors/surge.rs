//! A sudden rise of a port, in packets and in distinct sources, for hours to days.
//!
//! # Rule
//! The packets *and* the sources of a day are at least 1.5 times what is expected, with at least 3 sources at
//! at least 2 sensors, and the sources 1.4 times the middle of the seven days before. What is expected is the
//! median of the last 42 days of the same kind (weekday or weekend), over live sensor-hours and the tide of all
//! ports; days that stood out before are left out. For ports with 48 packets a day and more, an hour at least
//! three times that of the same hours of the last six weeks stands for its day too. Counts so large must be
//! improbable: Poisson or, where counts vary more, negative binomial; and significant at a false discovery rate
//! of 0.01 over all ports and days of the run. Days that stand out with at most two between them are one
//! finding.
//!
//! # Why it matters
//! A new worm, a new exploit or the return of an old one shows first as a port that many ask at once.
//!
//! # When it is wrong
//! Known scanning organisations are taken off; unknown ones look like this. One heavy source does not raise
//! the sources. A rise at one sensor only is a local burst, one that stays a level shift, one of forged sources
//! a noise storm. Where less than two weeks came before, nothing is said.
//!
//! # Sources
//! - rules D101, D103, D104, D105, D111, D112.
use teiten_model::day::numbers_of;
use teiten_model::finding::Finding;
use teiten_model::window::Window;

use crate::change::days::{Day, LN_TESTS_OF_DAY, ln_p};
use crate::change::{Kind, Shared, finding};
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::series::port::PortSeries;
use crate::series::robust::{Level, median};
use crate::series::scene::{Count, Scene};

const SUDDEN_DAYS: usize = 7;
/// Hours of a week, weeks that hours are compared over, and fewest of them.
const WEEK_HOURS: usize = 168;
const WEEKS: usize = 6;
const WEEKS_MIN: usize = 4;
/// Factor over all but one of its hours at which an hour is looked at closely.
const HOUR_TIMES_NEAR: f64 = 2.5;
/// Most of a day's sources that may be known scanners where hours are judged, which do not tell them apart.
const SCANNER_SHARE_MAX: f64 = 0.2;
const SURE_SENSORS: i64 = 3;
const SURE_TIMES: f64 = 3.0;

/// The detector.
#[derive(Debug)]
pub struct Surge;

const ABOUT: About = About {
    id: "surge",
    title: "Sudden rise of a port",
    title_ja: "ポートの急増",
    version: 1,
    rule: "Packets and sources of a port rise far above what the six weeks before make probable.",
    rule_ja: "ポートのパケット数と送信元数が、直前の6週間から見込まれる範囲をはるかに超えて増えること。",
    why: "A new worm or exploit shows first as a port that many ask at once.",
    why_ja: "新しいワームや攻撃コードは、多くの送信元が一斉に探索するポートとしてまず現れます。",
    wrong: "Researchers that no list of scanners knows look the same; the cause is not told by the count.",
    wrong_ja: "スキャナーの一覧にない調査者による探索も同じように見えます。件数だけからは原因は分かりません。",
    sources: &["rules D101, D103-D105, D111, D112"],
    tunables: &[
        Tunable::of(
            "times_min",
            1.5,
            "times",
            "Least factor over the expected packets and sources of a day.",
        )
        .within(1.0, f64::INFINITY),
        Tunable::of(
            "hour_times_min",
            3.0,
            "times",
            "Least factor over the expected packets and sources of an hour.",
        )
        .within(1.0, f64::INFINITY),
        Tunable::of(
            "sudden_times_min",
            1.4,
            "times",
            "Least factor of its first day over the middle of the seven days before.",
        ),
        Tunable::of("sources_min", 3.0, "sources", "Fewest sources.").within(1.0, f64::INFINITY),
        Tunable::of("sensors_min", 2.0, "sensors", "Fewest sensors, newcomers left out."),
        Tunable::of(
            "base_days",
            42.0,
            "days",
            "Days that are compared with, by this rule, local bursts and storms.",
        )
        .whole(14.0, 42.0),
        Tunable::of("base_days_min", 14.0, "days", "Fewest of them; with fewer, nothing is said.")
            .whole(3.0, 42.0),
        Tunable::of(
            "rate",
            0.01,
            "share",
            "False discovery rate of a run, over surges, new ports and level shifts.",
        ),
        Tunable::of(
            "pause_days_max",
            2.0,
            "days",
            "Most quiet days inside one finding, of all rules that judge days.",
        )
        .whole(0.0, 14.0),
    ],
};

/// The bounds of a window.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    times: f64,
    hour_times: f64,
    sudden_times: f64,
    sources: f64,
    sensors: f64,
    /// Days that a baseline reaches back.
    pub base_days: usize,
    /// Fewest fit days of a baseline.
    pub base_days_min: usize,
    /// False discovery rate of a run (rule D105).
    pub rate: f64,
    /// Most quiet days inside one episode.
    pub pause_days: usize,
}

impl Bounds {
    /// As they hold for a window.
    pub fn of(window: &Window) -> Bounds {
        let bound = |name| ABOUT.bound(window, name);
        Bounds {
            times: bound("times_min"),
            hour_times: bound("hour_times_min"),
            sudden_times: bound("sudden_times_min"),
            sources: bound("sources_min"),
            sensors: bound("sensors_min"),
            base_days: bound("base_days") as usize,
            base_days_min: bound("base_days_min") as usize,
            rate: bound("rate"),
            pause_days: bound("pause_days_max") as usize,
        }
    }

    /// Whether a day follows another that stood out closely enough to be of one episode.
    pub fn is_next(&self, last: usize, day: usize) -> bool {
        day - last <= self.pause_days + 1
    }
}

/// What is expected of a day.
#[derive(Debug, Clone, Copy)]
pub struct Levels {
    /// Packets.
    pub packets: Level,
    /// Sources.
    pub sources: Level,
    /// The middle of the sources as they were counted, whatever the tide.
    pub raw: f64,
}

/// Whether a day stands out from the days before.
pub fn day(
    series: &PortSeries,
    scene: &Scene<'_>,
    day: usize,
    levels: &Levels,
    is_going_on: bool,
) -> Option<Day> {
    let fact = series.fact(day, scene.window)?;
    let wide = scene.wide(series, day);
    let bounds = &scene.bounds.surge;
    if wide.sources < bounds.sources
        || scene.settled_sensors(&fact, day) < bounds.sensors
        || wide.sources < bounds.times * levels.sources.mean.max(levels.raw)
        || wide.packets < bounds.times * levels.packets.mean
        || !(is_going_on || is_sudden(series, scene, day, wide.sources))
    {
        return None;
    }
    let ln_p = ln_p((wide.packets, levels.packets), (wide.sources, levels.sources)) + LN_TESTS_OF_DAY;
    let expected = Count { packets: levels.packets.mean, sources: levels.sources.mean };
    Some(Day { kind: Kind::Surge, ln_p, expected })
}

fn is_sudden(series: &PortSeries, scene: &Scene<'_>, day: usize, sources: f64) -> bool {
    let fit = (day.saturating_sub(SUDDEN_DAYS)..day).filter(|day| scene.tide.is_fit[*day]);
    let mut before: Vec<f64> = fit.map(|day| series.level_sources[day]).collect();
    sources / scene.tide.sources[day] >= scene.bounds.surge.sudden_times * median(&mut before)
}

/// Counts of a port hour by hour, from the first hour of the calendar.
#[derive(Debug, Default)]
pub struct Hours {
    packets: Vec<f64>,
    sources: Vec<f64>,
    day_of: Vec<usize>,
    is_ready: bool,
}

impl Hours {
    /// Forgets the port.
    pub fn clear(&mut self) {
        self.is_ready = false;
    }

    fn fill(&mut self, series: &PortSeries, scene: &Scene<'_>) {
        let calendar = &scene.calendar;
        if self.day_of.is_empty() {
            for day in 0..calendar.len() {
                self.day_of.resize((calendar.hour(day) + calendar.hours(day)).max(self.day_of.len()), day);
            }
        }
        for counts in [&mut self.packets, &mut self.sources] {
            counts.clear();
            counts.resize(self.day_of.len(), 0.0);
        }
        for day in 0..calendar.len() {
            let Some(fact) = series.fact(day, scene.window) else { continue };
            let (first, hours) = (calendar.hour(day), calendar.hours(day));
            let columns = [
                (&mut self.packets, fact.hour_packets, fact.packets, scene.tide.packets[day]),
                (
                    &mut self.sources,
                    fact.hour_sources,
                    fact.packets.min(fact.sources),
                    scene.tide.sources[day],
                ),
            ];
            for (counts, column, all, tide) in columns {
                let own = counts.iter_mut().skip(first).take(hours);
                let tide = tide.max(f64::MIN_POSITIVE);
                if column.is_empty() {
                    own.for_each(|count| *count = all.max(0) as f64 / hours as f64 / tide);
                } else {
                    own.zip(numbers_of(column)).for_each(|(count, read)| *count = f64::from(read) / tide);
                }
            }
        }
        self.is_ready = true;
    }

    /// Whether an hour of a day stands out from the same hours of the weeks before; days that are masked or
    /// were not watched are not compared with.
    pub fn day(
        &mut self,
        series: &PortSeries,
        scene: &Scene<'_>,
        day: usize,
        masked: &[bool],
        space: &mut Vec<f64>,
    ) -> Option<Day> {
        let fact = series.fact(day, scene.window).filter(|fact| !fact.hour_sources.is_empty())?;
        let bounds = &scene.bounds.surge;
        let is_alone = scene.is_lopsided(series, day) || scene.health.is_new(fact.top_sensor, day);
        if is_alone
            || scene.settled_sensors(&fact, day) < bounds.sensors
            || fact.scanner_sources as f64 > SCANNER_SHARE_MAX * fact.sources as f64
        {
            return None;
        }
        if !self.is_ready {
            self.fill(series, scene);
        }
        let first = scene.calendar.hour(day);
        let hours = scene.calendar.hours(day);
        let is_usable = |hour: usize| {
            let day = self.day_of[hour];
            scene.tide.is_fit[day] && !masked[day]
        };
        let (mut best, mut whole): (Option<Day>, Option<(f64, f64)>) = (None, None);
        for hour in first..(first + hours).min(self.day_of.len()) {
            let sources = self.sources[hour] * scene.tide.sources[day];
            if sources < bounds.sources {
                continue;
            }
            let weeks = (1..=WEEKS).filter_map(|week| hour.checked_sub(week * WEEK_HOURS));
            let (mut count, mut below) = (0, 0);
            for earlier in weeks.clone().filter(|hour| is_usable(*hour)) {
                count += 1;
                below += usize::from(
                    self.sources[earlier] * HOUR_TIMES_NEAR <= self.sources[hour]
                        && self.packets[earlier] * HOUR_TIMES_NEAR <= self.packets[hour],
                );
            }
            if count < WEEKS_MIN || below + 1 < count {
                continue;
            }
            let near: Vec<usize> = weeks
                .flat_map(|hour| hour.saturating_sub(1)..=hour + 1)
                .filter(|hour| is_usable(*hour))
                .collect();
            let mut level = |counts: &[f64], tide: f64| {
                let counts: Vec<(f64, usize)> = near.iter().map(|hour| (counts[*hour], 0)).collect();
                Level::of(&counts, 0, space).times(tide)
            };
            let (of_sources, of_packets) = (level(&self.sources, 1.0), level(&self.packets, 1.0));
            let whole = *whole.get_or_insert_with(|| {
                let usable = |hour: &usize| is_usable(*hour);
                let times = |counts: &[f64]| whole_day(counts, first, hours, usable);
                (times(&self.packets), times(&self.sources))
            });
            let of_packets = of_packets.times(whole.0 * scene.tide.packets[day]);
            let of_sources = of_sources.times(whole.1 * scene.tide.sources[day]);
            let packets = self.packets[hour] * scene.tide.packets[day];
            if sources < bounds.hour_times * of_sources.mean || packets < bounds.hour_times * of_packets.mean
            {
                continue;
            }
            let ln_p = ln_p((packets, of_packets), (sources, of_sources)) + LN_TESTS_OF_DAY + 24f64.ln();
            let expected = Count {
                packets: (series.packets[day] - packets + of_packets.mean).max(0.0),
                sources: (series.sources[day] - sources + of_sources.mean).max(0.0),
            };
            if best.is_none_or(|best| ln_p < best.ln_p) {
                best = Some(Day { kind: Kind::Surge, ln_p, expected });
            }
        }
        best
    }
}

/// What the middle hour of a day is, over the mean of its own hour in the weeks before; at least 1. Hours of a
/// day rise together, and what all of them do is judged by the day.
fn whole_day(counts: &[f64], first: usize, hours: usize, is_usable: impl Fn(&usize) -> bool) -> f64 {
    let mut times: Vec<f64> = Vec::new();
    for hour in first..(first + hours).min(counts.len()) {
        let (mut sum, mut weeks) = (0.0, 0);
        for earlier in (1..=WEEKS).filter_map(|week| hour.checked_sub(week * WEEK_HOURS)).filter(&is_usable) {
            sum += counts[earlier];
            weeks += 1;
        }
        if weeks > 0 && sum > 0.0 {
            times.push(counts[hour] * f64::from(weeks) / sum);
        }
    }
    median(&mut times).max(1.0)
}

impl Detector for Surge {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, shared: &Shared<'w>) -> Vec<Finding> {
        let (scene, episodes) = shared.of_kind(window, Kind::Surge);
        episodes
            .iter()
            .map(|episode| {
                let sum = finding::sum(episode, scene);
                let is_clear = episode.seen.sources >= SURE_TIMES * episode.expected.sources;
                let confidence = confidence::of_two(sum.sensors >= SURE_SENSORS, is_clear);
                let mut measures = finding::counts(episode);
                measures.extend(finding::onset_hour(episode, episode.expected.sources, scene));
                finding::finding(&ABOUT, episode, &sum, scene, confidence, measures)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::quiet::{Chance, DAY, fill_hours, said, set, small, times};
    use expect_test::{Expect, expect};
    use teiten_model::day::{PortDay, numbers};
    use teiten_model::interval::DAY_US;

    fn check(change: impl FnMut(i64, i64, &mut PortDay), expected: Expect) {
        expected.assert_eq(&said(&small(7).window(change)));
    }

    #[test]
    fn finds_a_rise_of_days_once_with_a_quiet_day_inside() {
        let mut chance = Chance(1);
        check(
            |port, day, fact| {
                if port == 1_040 && [30, 31, 33, 34].contains(&day) {
                    times(fact, 4.0, 5, &mut chance);
                }
            },
            expect![[r#"
                surge:1040-tcp:2014-05-01 packets 668 (usual 215) sources 96 (usual 22) 5.00 days high
            "#]],
        );
    }

    #[test]
    fn finds_a_rise_of_two_hours_and_when_it_began() {
        let change = |port: i64, day: i64, fact: &mut PortDay| {
            if port == 1_059 && day == 45 {
                let add = |counts: &[u8], more: u32| {
                    let with = |(hour, count): (usize, u32)| {
                        if (14..16).contains(&hour) { count + more } else { count }
                    };
                    numbers(&numbers_of(counts).enumerate().map(with).collect::<Vec<u32>>())
                };
                fact.hour_packets = add(&fact.hour_packets, 100);
                fact.hour_sources = add(&fact.hour_sources, 30);
                fact.packets += 200;
                fact.sources += 55;
                fact.top_sensor_packets += 40;
            }
        };
        check(
            change,
            expect![[r#"
            surge:1059-tcp:2014-05-16 packets 380 (usual 277) sources 127 (usual 98) 1.00 days medium
        "#]],
        );
        let found = Surge.detect(&small(7).window(change));
        assert_eq!(found[0].seen("onset_hour"), Some(14.0));
        let filter = found[0].evidence.filter.as_deref();
        assert_eq!(filter, Some("tcp.dstport == 1059 && class == \"scan-syn\""));
    }

    #[test]
    fn finds_a_worm_that_grows_within_days_although_it_has_a_rhythm() {
        let mut chance = Chance(2);
        check(
            |port, day, fact| {
                if port == 1_005 && (20..30).contains(&day) {
                    let sources = (5.0 * 1.6f64.powf((day - 20) as f64)) as i64;
                    set(fact, sources, sources * 3, 5, &mut chance);
                    fill_hours(fact, 24, &mut chance);
                }
            },
            expect![[r#"
                new-port:1005-tcp:2014-04-21 packets 2709 (usual 6) sources 343 (usual 0) 10.00 days high
            "#]],
        );
    }

    #[test]
    fn ignores_one_heavy_source_and_known_scanners() {
        check(
            |port, day, fact| {
                if port == 1_040 && (30..33).contains(&day) {
                    fact.packets += 50_000;
                    fact.top_source_packets = 50_000;
                    fact.top_sensor_packets = 10_400;
                }
                if port == 1_050 && day >= 30 {
                    fact.packets += 900;
                    fact.sources += 300;
                    (fact.scanner_packets, fact.scanner_sources) = (900, 300);
                    fact.sensors = 5;
                }
            },
            expect![""],
        );
    }

    #[test]
    fn ignores_what_has_no_history() {
        let mut chance = Chance(3);
        let mut world = small(7);
        world.days = 0..91;
        let window = world.window(|port, day, fact| {
            if port == 1_040 && day == 8 {
                times(fact, 6.0, 5, &mut chance);
            }
        });
        expect![""].assert_eq(&said(&window));
    }

    #[test]
    fn ignores_a_sensor_that_was_added_and_one_that_was_silent() {
        let (mut more, mut less) = (Chance(4), Chance(5));
        let mut window = small(7).window(|_, day, fact| match day {
            20.. => times(fact, 1.0, 5, &mut more),
            _ => times(fact, 0.6, 3, &mut less),
        });
        let is_new = |sensor: &str| sensor > "s02";
        window.sensor_days.retain(|fact| !is_new(&fact.sensor) || fact.at >= (DAY + 20) * DAY_US);
        expect![""].assert_eq(&said(&window));
    }

    #[test]
    fn ignores_days_of_23_and_25_hours() {
        let mut world = small(9);
        world.lengths = |day| match day {
            5 => 23,
            60 => 25,
            _ => 24,
        };
        expect![""].assert_eq(&said(&world.window(|_, _, _| ())));
    }
}
