//! A sensor that stops seeing packets: judged before anything is said about ports.
//!
//! # Rule
//! Hours below a tenth of the sensor's usual rate (the median of its last 28 healthy days), at least six one
//! after the other, with at least thirty packets missing, and no habit: at most four such times of half the
//! length within four weeks. When four in five of at least three sensors are silent at once, it is one finding about
//! all of them.
//!
//! # Why it matters
//! What a silent sensor does not see looks like a fall of every port; counts mean something only over hours
//! that were watched. Whoever runs the sensor wants to know today.
//!
//! # When it is wrong
//! A filter of the provider, a lost route, moved addresses and a sensor that was taken down on purpose look
//! the same from here. Of a live sensor it is known whether it observed: then the measure `observed` counts the
//! hours in which it did and nothing came, and what is missing there was lost before it, not in it. The first week of a sensor says nothing, and a sensor with less than a packet an hour
//! is told only after days. What follows the last packet of all sensors was not observed.
//!
//! # Sources
//! - rule D111 (health first; all moving together is an outage or a change of routes).
use teiten_model::finding::{Confidence, Finding, Subject};
use teiten_model::interval::{HOUR_US, Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::window::Window;

use crate::change::Shared;
use crate::detector::{About, Detector, Tunable};
use crate::measures::{number, real};
use crate::series::calendar::Calendar;
use crate::series::health::{self, Health, Outage};

const ALL_SENSORS_MIN: usize = 3;
/// Hours from which nothing is left to doubt.
const SURE_HOURS: usize = 24;

/// The detector.
#[derive(Debug)]
pub struct SensorOutage;

const ABOUT: About = About {
    id: "sensor-outage",
    title: "Sensor without packets",
    title_ja: "センサーの受信停止",
    version: 1,
    rule: "A sensor sees less than a tenth of its usual packets for hours, which is not its habit.",
    rule_ja: "センサーの受信パケットが、ふだんの変動と異なり、数時間にわたって通常の1割未満になること。",
    why: "A silent sensor looks like a fall of every port; counts mean something only over hours that were watched.",
    why_ja: "受信のないセンサーは、すべてのポートの減少のように見えます。件数は、観測できた時間についてのみ意味を持ちます。",
    wrong: "A provider's filter, a lost route and a sensor taken down on purpose look the same.",
    wrong_ja: "事業者のフィルター、経路の消失、意図的に停止したセンサーも同じように見えます。",
    sources: &["rule D111"],
    tunables: &[
        Tunable::of("silent_share", 0.1, "share of the usual rate", "An hour below it is silent."),
        Tunable::of("outage_hours_min", 6.0, "hours", "Fewest silent hours.").whole(1.0, 720.0),
        Tunable::of("missing_packets_min", 30.0, "packets", "Fewest missing packets.")
            .within(1.0, f64::INFINITY),
        Tunable::of(
            "pauses_max",
            4.0,
            "times in four weeks",
            "Most silent times of half the length; more are a habit.",
        )
        .whole(1.0, 672.0),
        Tunable::of("usual_days", 28.0, "days", "Healthy days whose median is the usual day.")
            .whole(7.0, 42.0),
        Tunable::of("all_share_min", 0.8, "share of sensors", "Least share that makes it one outage of all."),
    ],
};

/// The bounds of a window.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Part of the usual rate below which an hour counts as silent.
    pub silent_share: f64,
    /// Fewest hours of an outage.
    pub hours: usize,
    /// Fewest packets that an outage must miss.
    pub missing_packets: f64,
    /// Most silent times of half its length and more within four weeks: more of them are the sensor's habit.
    pub pauses: usize,
    /// Healthy days whose median is the usual day.
    pub usual_days: usize,
    /// Part of the sensors that makes an outage one of all.
    all_share: f64,
}

impl Bounds {
    /// As they hold for a window.
    pub fn of(window: &Window) -> Bounds {
        let bound = |name| ABOUT.bound(window, name);
        Bounds {
            silent_share: bound("silent_share"),
            hours: bound("outage_hours_min") as usize,
            missing_packets: bound("missing_packets_min"),
            pauses: bound("pauses_max") as usize,
            usual_days: bound("usual_days") as usize,
            all_share: bound("all_share_min"),
        }
    }
}

impl Detector for SensorOutage {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let calendar = Calendar::of(window);
        let health = Health::of(window, &calendar);
        let inside: Vec<&Outage> = health
            .outages
            .iter()
            .filter(|outage| interval_of(outage, &calendar).overlaps(&window.interval))
            .collect();
        let bounds = Bounds::of(window);
        let mut groups: Vec<Vec<&Outage>> = Vec::new();
        let mut left = inside;
        left.sort_by_key(|outage| (outage.first, outage.end, outage.sensor));
        while !left.is_empty() {
            let (together, others) = split(&left, &health, &calendar, &bounds);
            groups.push(together);
            left = others;
        }
        let mut findings: Vec<Finding> =
            groups.iter().map(|group| finding(group, &health, &calendar, window)).collect();
        let missing = |finding: &Finding| {
            finding
                .measures
                .iter()
                .find(|measure| measure.name == "packets")
                .map_or(0.0, |measure| measure.expected.unwrap_or(0.0) - measure.seen)
        };
        findings.sort_by(|a, b| missing(b).total_cmp(&missing(a)).then_with(|| a.id.cmp(&b.id)));
        findings
    }
}

/// The first outage, with all that overlap half of it when these are nearly all sensors; and the others.
fn split<'a>(
    left: &[&'a Outage],
    health: &Health,
    calendar: &Calendar,
    bounds: &Bounds,
) -> (Vec<&'a Outage>, Vec<&'a Outage>) {
    let first = left[0];
    let length = first.end - first.first;
    let is_near = |outage: &&&Outage| {
        2 * outage.end.min(first.end).saturating_sub(outage.first.max(first.first)) >= length
            && outage.end - outage.first <= 2 * length
    };
    let together: Vec<&Outage> = left.iter().filter(is_near).copied().collect();
    let mut sensors: Vec<usize> = together.iter().map(|outage| outage.sensor).collect();
    sensors.sort_unstable();
    sensors.dedup();
    let before = health::day_of(first.first, calendar).saturating_sub(1);
    let alive = health.alive.get(before).copied().unwrap_or(0).max(ALL_SENSORS_MIN);
    if sensors.len() as f64 >= bounds.all_share * alive as f64 {
        let others = left.iter().filter(|outage| !is_near(outage)).copied().collect();
        (together, others)
    } else {
        (vec![first], left[1..].to_vec())
    }
}

fn interval_of(outage: &Outage, calendar: &Calendar) -> Interval {
    let at = |hour: usize| Timestamp(calendar.starts[0] + hour as i64 * HOUR_US);
    Interval { start: at(outage.first), end: at(outage.end) }
}

/// Hours of outages in which the sensors did observe, and no packets came; `None` when none of them is live, so
/// that only its packets tell.
fn hours_observed(group: &[&Outage], health: &Health, calendar: &Calendar, window: &Window) -> Option<i64> {
    let hours = group.iter().filter_map(|outage| {
        let observed = window.observed.get(&health.names[outage.sensor])?;
        let interval = interval_of(outage, calendar);
        Some(observed.range(interval.start.0..interval.end.0).count() as i64)
    });
    hours.reduce(|sum, hours| sum + hours)
}

fn finding(group: &[&Outage], health: &Health, calendar: &Calendar, window: &Window) -> Finding {
    let first = group.iter().map(|outage| outage.first).min().unwrap_or(0);
    let end = group.iter().map(|outage| outage.end).max().unwrap_or(0);
    let whole = Outage { first, end, ..group[0].clone() };
    let interval = interval_of(&whole, calendar);
    let name = &health.names[whole.sensor];
    let is_all = group.len() > 1;
    let confidence = match (end - first >= SURE_HOURS, whole.is_open) {
        (true, false) => Confidence::High,
        (true, true) => Confidence::Medium,
        (false, _) => Confidence::Low,
    };
    let day = calendar.day(health::day_of(first, calendar));
    let seen: f64 = group.iter().map(|outage| outage.seen).sum();
    let expected: f64 = group.iter().map(|outage| outage.expected).sum();
    let interval = Interval {
        start: interval.start.max(window.interval.start),
        end: interval.end.min(window.interval.end),
    };
    let mut measures = vec![
        real("packets", "packets", seen, Some(expected)),
        number("hours", "hours", (end - first) as i64, Some(ABOUT.bound(window, "outage_hours_min"))),
        number("open", "0 or 1", group.iter().any(|outage| outage.is_open).into(), None),
    ];
    measures.extend(
        hours_observed(group, health, calendar, window).map(|hours| number("observed", "hours", hours, None)),
    );
    Finding {
        id: format!("{}:{}:{day}", ABOUT.id, if is_all { "all" } else { name }),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: if is_all { Subject::Everything } else { Subject::Sensor(name.clone()) },
        interval,
        measures,
        confidence,
        sensors: group.len() as i64,
        evidence: Selection {
            interval: Some(interval),
            sensors: if is_all { Vec::new() } else { vec![name.clone()] },
            ..Selection::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use teiten_model::day::{SensorDay, numbers};
    use teiten_model::interval::DAY_US;

    const DAY: i64 = 16_161;

    /// Three sensors with that many packets in each hour; days without packets have no fact.
    fn check(days: std::ops::Range<i64>, count: impl Fn(&str, i64, i64) -> u32, expected: Expect) {
        let mut window = Window {
            interval: Interval { start: Timestamp(DAY * DAY_US), end: Timestamp((DAY + 91) * DAY_US) },
            ..Window::default()
        };
        for day in days {
            for sensor in ["a", "b", "c"] {
                let counts: Vec<u32> = (0..24).map(|hour| count(sensor, day, hour)).collect();
                let packets = counts.iter().map(|count| i64::from(*count)).sum();
                if packets > 0 {
                    window.sensor_days.push(SensorDay {
                        at: (DAY + day) * DAY_US,
                        sensor: sensor.to_string(),
                        packets,
                        hours: if packets >= 48 { numbers(&counts) } else { Vec::new() },
                        ..SensorDay::default()
                    });
                }
            }
        }
        let said: String = SensorOutage
            .detect(&window)
            .iter()
            .map(|finding| {
                let seen = |name| finding.seen(name).unwrap_or(-1.0);
                format!(
                    "{} {} hours from {}, {}\n",
                    finding.id,
                    seen("hours"),
                    finding.interval.start,
                    finding.confidence.name()
                )
            })
            .collect();
        expected.assert_eq(&said);
    }

    #[test]
    fn of_a_live_sensor_it_is_told_whether_it_observed() {
        let mut window = Window {
            interval: Interval { start: Timestamp(DAY * DAY_US), end: Timestamp((DAY + 91) * DAY_US) },
            ..Window::default()
        };
        for day in (0..40).filter(|day| *day != 30) {
            for sensor in ["a", "b", "c"] {
                window.sensor_days.push(SensorDay {
                    at: (DAY + day) * DAY_US,
                    sensor: sensor.to_string(),
                    packets: if sensor == "b" { 240 } else { 480 },
                    ..SensorDay::default()
                });
            }
        }
        // On its silent day one sensor observed ten hours; of the others nothing is known.
        let hours = (0..10).map(|hour| (DAY + 30) * DAY_US + hour * HOUR_US);
        window.observed.insert("b".to_string(), hours.collect());
        let findings = SensorOutage.detect(&window);
        let observed: Vec<Option<f64>> = findings.iter().map(|finding| finding.seen("observed")).collect();
        assert_eq!(observed, [Some(10.0)], "{findings:?}");
    }

    #[test]
    fn finds_a_sensor_that_is_silent_for_hours_or_days_and_all_together() {
        check(
            -42..91,
            |sensor, day, hour| match (sensor, day, hour) {
                ("a", 10, 4..12) | ("b", 20..23, _) | (_, 40, 6..) => 0,
                _ => 20,
            },
            expect![[r#"
                sensor-outage:b:2014-04-21 72 hours from 2014-04-21T00:00:00.000000Z, high
                sensor-outage:all:2014-05-11 18 hours from 2014-05-11T06:00:00.000000Z, low
                sensor-outage:a:2014-04-11 8 hours from 2014-04-11T04:00:00.000000Z, low
            "#]],
        );
    }

    #[test]
    fn finds_one_that_never_came_back() {
        check(
            -42..91,
            |sensor, day, _| if sensor == "c" && day >= 60 { 0 } else { 8 },
            expect![[r#"
            sensor-outage:c:2014-05-31 744 hours from 2014-05-31T00:00:00.000000Z, medium
        "#]],
        );
    }

    #[test]
    fn ignores_what_only_resembles_it() {
        let rhythm = |_: &str, _: i64, hour: i64| if hour < 8 { 0 } else { 30 };
        check(-42..91, rhythm, expect![""]);
        let added = |sensor: &str, day: i64, _: i64| u32::from(sensor != "b" || day >= 30) * 20;
        check(-42..91, added, expect![""]);
        let beginning = |sensor: &str, day: i64, _: i64| u32::from(sensor != "b" || day != 3) * 20;
        check(0..30, beginning, expect![""]);
        let last_day_unfinished = |_: &str, day: i64, hour: i64| u32::from(day < 50 || hour < 6) * 20;
        check(-42..51, last_day_unfinished, expect![""]);
        let flood = |sensor: &str, day: i64, _: i64| if sensor == "a" && day == 30 { 90_000 } else { 20 };
        check(-42..91, flood, expect![""]);
        check(0..0, rhythm, expect![""]);
    }
}
