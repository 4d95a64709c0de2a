//! A rise at one sensor only, of a port or of everything.
//!
//! # Rule
//! Of a port: on a day, at least 3 sensors live and one of them has eight tenths of the packets; these are
//! three times what is expected, also without the busiest source, from at least 3 sources, while the packets
//! elsewhere are as usual; improbable at a false discovery rate of 0.01 over all ports and days. Of a sensor: its
//! requests are three times and its sources twice what is expected, while those of the middle one of the other
//! sensors are not 1.5 times. Days with at most two between them are one finding. A burst of a sensor stands for
//! those of its ports.
//!
//! # Why it matters
//! What one sensor sees concerns whoever runs it and says nothing about the Internet; a rank of ports without it
//! is the true one.
//!
//! # When it is wrong
//! A wide event that reaches one sensor first looks local for a day. With two sensors or one, no burst can be
//! told from a wide rise, and none is. One source alone, however busy, is none.
//!
//! # Sources
//! - rules D104, D105, D111.
use teiten_model::day::SensorDay;
use teiten_model::finding::{Confidence, Finding, Subject};
use teiten_model::selection::Selection;
use teiten_model::window::Window;

use crate::change::days::Day;
use crate::change::{Episode, Kind, Shared, finding};
use crate::detector::{About, Detector, Tunable};
use crate::measures::{number, real};
use crate::series::port::PortSeries;
use crate::series::robust::{Level, median};
use crate::series::scene::{Count, Scene};
use crate::series::tail;

/// Standard deviations and packets above what is usual, from which the other sensors rise too.
const ELSEWHERE_DEVIATIONS: f64 = 3.0;
const ELSEWHERE_PACKETS: f64 = 3.0;
/// ln p that a day of a sensor must have: one in a hundred million.
const LN_SENSOR_MAX: f64 = -18.42;

/// The detector.
#[derive(Debug)]
pub struct LocalBurst;

const ABOUT: About = About {
    id: "local-burst",
    title: "Rise at one sensor only",
    title_ja: "単一センサーでの急増",
    version: 1,
    rule: "A port, or everything, rises at one of at least three sensors while the others see what they always see.",
    rule_ja: "3台以上のセンサーのうち1台だけで、特定のポートまたは全体が増加し、ほかのセンサーは平常どおりであること。",
    why: "It concerns whoever runs the sensor and says nothing about the Internet.",
    why_ja: "そのセンサーの運用者に関わることで、インターネット全体の傾向を示すものではありません。",
    wrong: "A wide event that reaches one sensor first looks local for a day.",
    wrong_ja: "広域の事象が一つのセンサーに最初に届いた場合、1日の間は単独の増加に見えます。",
    sources: &["rules D104, D105, D111"],
    tunables: &[
        Tunable::of("top_share_min", 0.8, "share of packets", "Least share of the busiest sensor."),
        Tunable::of("alive_min", 3.0, "sensors", "Fewest live sensors.").whole(2.0, 1_000_000.0),
        Tunable::of("times_min", 3.0, "times", "Least factor over what is expected.")
            .within(1.0, f64::INFINITY),
        Tunable::of("sources_min", 3.0, "sources", "Fewest sources at the sensor."),
        Tunable::of("elsewhere_times", 1.5, "times", "Factor from which the other sensors rise too.")
            .within(1.0, f64::INFINITY),
        Tunable::of(
            "sensor_sources_times_min",
            2.0,
            "times",
            "Least factor of the sources, of a burst of everything.",
        ),
        Tunable::of("rate", 0.01, "share", "False discovery rate of a run, over bursts of ports."),
    ],
};

/// The bounds of a window.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Share of a port's packets at one sensor from which the others are asked on their own.
    pub top_share: f64,
    /// Fewest live sensors among which one can be told from the others.
    pub alive: usize,
    times: f64,
    sources: f64,
    elsewhere: f64,
    sensor_sources: f64,
    /// False discovery rate of a run (rule D105).
    pub rate: f64,
}

impl Bounds {
    /// As they hold for a window.
    pub fn of(window: &Window) -> Bounds {
        let bound = |name| ABOUT.bound(window, name);
        Bounds {
            top_share: bound("top_share_min"),
            alive: bound("alive_min") as usize,
            times: bound("times_min"),
            sources: bound("sources_min"),
            elsewhere: bound("elsewhere_times"),
            sensor_sources: bound("sensor_sources_times_min"),
            rate: bound("rate"),
        }
    }
}

/// Whether a day rises at one sensor only: `None` when it does not, `Some(None)` when it does but is no burst.
pub fn day(
    series: &PortSeries,
    scene: &Scene<'_>,
    day: usize,
    packets: Level,
    elsewhere: Level,
) -> Option<Option<Day>> {
    if !scene.is_lopsided(series, day) {
        return None;
    }
    let bounds = &scene.bounds.local_burst;
    let others = scene.elsewhere(series, day).packets;
    let usual =
        bounds.elsewhere * elsewhere.mean + ELSEWHERE_DEVIATIONS * elsewhere.mean.sqrt() + ELSEWHERE_PACKETS;
    if others > usual {
        return None;
    }
    let seen = series.packets[day];
    let is_burst = series.fact(day, scene.window).is_some_and(|fact| {
        seen - fact.top_source_packets.max(0) as f64 >= bounds.times * packets.mean
            && fact.top_sensor_sources as f64 >= bounds.sources
            && !scene.health.is_new(fact.top_sensor, day)
    });
    let ln_p = tail::ln_upper(seen, packets.mean, packets.variance);
    let expected = Count { packets: packets.mean, sources: 0.0 };
    Some((is_burst && ln_p <= LN_SENSOR_MAX).then_some(Day { kind: Kind::LocalBurst, ln_p, expected }))
}

/// A burst of everything at one sensor.
#[derive(Debug, Clone, PartialEq)]
struct SensorBurst {
    sensor: String,
    days: Vec<usize>,
    requests: f64,
    expected: f64,
    sources: f64,
    sources_expected: f64,
    ln_p: f64,
}

/// The bursts of sensors inside the period, by sensor and day.
fn sensor_bursts(scene: &Scene<'_>) -> Vec<SensorBurst> {
    let calendar = &scene.calendar;
    let names = &scene.health.names;
    let (bounds, days) = (&scene.bounds.local_burst, &scene.bounds.surge);
    let mut facts: Vec<Vec<Option<&SensorDay>>> = vec![vec![None; calendar.len()]; names.len()];
    for fact in &scene.window.sensor_days {
        let sensor = names.binary_search(&fact.sensor);
        if let (Ok(sensor), Some(day)) = (sensor, calendar.place(fact.at)) {
            facts[sensor][day] = Some(fact);
        }
    }
    let mut space = Vec::new();
    // What each sensor did on each day against its own weeks before.
    let mut levels: Vec<Vec<Option<(Level, Level)>>> = vec![vec![None; calendar.len()]; names.len()];
    for (sensor, own) in facts.iter().enumerate() {
        for day in calendar.first_inside()..calendar.len() {
            let base: Vec<&SensorDay> = (day.saturating_sub(days.base_days)..day)
                .filter(|day| scene.health.live_hours[sensor][*day] >= 23.0)
                .filter_map(|day| own[day])
                .collect();
            if base.len() < days.base_days_min || own[day].is_none() {
                continue;
            }
            let mut level = |get: fn(&SensorDay) -> i64| {
                let counts: Vec<(f64, usize)> = base.iter().map(|fact| (get(fact) as f64, 0)).collect();
                Level::of(&counts, 0, &mut space)
            };
            levels[sensor][day] = Some((level(|fact| fact.requests), level(|fact| fact.sources)));
        }
    }
    let mut bursts: Vec<SensorBurst> = Vec::new();
    for (sensor, own) in facts.iter().enumerate() {
        for day in calendar.first_inside()..calendar.len() {
            let (Some(fact), Some((requests, sources))) = (own[day], levels[sensor][day]) else { continue };
            let (seen, seen_sources) = (fact.requests as f64, fact.sources as f64);
            if seen < bounds.times * requests.mean || seen_sources < bounds.sensor_sources * sources.mean {
                continue;
            }
            let mut others: Vec<f64> = (0..names.len())
                .filter(|other| *other != sensor)
                .filter_map(|other| Some((facts[other][day]?, levels[other][day]?.0)))
                .map(|(fact, level)| fact.requests as f64 / level.mean.max(1.0))
                .collect();
            let ln_p = tail::ln_upper(seen, requests.mean, requests.variance);
            if others.len() + 1 < bounds.alive
                || median(&mut others) >= bounds.elsewhere
                || ln_p > LN_SENSOR_MAX
            {
                continue;
            }
            let is_next = |last: &&mut SensorBurst| {
                last.sensor == names[sensor] && last.days.last().is_some_and(|last| days.is_next(*last, day))
            };
            if let Some(last) = bursts.last_mut().filter(is_next) {
                last.days.push(day);
                last.requests += seen;
                last.expected += requests.mean;
                last.sources = last.sources.max(seen_sources);
                last.ln_p = last.ln_p.min(ln_p);
            } else {
                bursts.push(SensorBurst {
                    sensor: names[sensor].clone(),
                    days: vec![day],
                    requests: seen,
                    expected: requests.mean,
                    sources: seen_sources,
                    sources_expected: sources.mean,
                    ln_p,
                });
            }
        }
    }
    bursts
}

/// Leaves out bursts of ports at a sensor where everything burst.
pub fn leave_to_sensors(episodes: &mut Vec<Episode>, scene: &Scene<'_>) {
    if !episodes.iter().any(|episode| episode.kind == Kind::LocalBurst) {
        return;
    }
    let bursts = sensor_bursts(scene);
    let is_part = |episode: &Episode| {
        let sensor = finding::sum(episode, scene).sensor;
        bursts
            .iter()
            .any(|burst| burst.sensor == sensor && burst.days.iter().any(|day| episode.days.contains(day)))
    };
    episodes.retain(|episode| episode.kind != Kind::LocalBurst || bursts.is_empty() || !is_part(episode));
}

impl Detector for LocalBurst {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, shared: &Shared<'w>) -> Vec<Finding> {
        let (scene, episodes) = shared.of_kind(window, Kind::LocalBurst);
        let mut bursts = sensor_bursts(scene);
        bursts.sort_by(|a, b| (b.requests - b.expected).total_cmp(&(a.requests - a.expected)));
        let of_sensors = bursts.iter().map(|burst| of_sensor(burst, scene));
        let of_ports = episodes.iter().map(|episode| {
            let sum = finding::sum(episode, scene);
            let mut measures = finding::counts(episode);
            measures
                .iter_mut()
                .filter(|measure| measure.name == "sources")
                .for_each(|measure| measure.expected = None);
            let found = finding::finding(&ABOUT, episode, &sum, scene, Confidence::Medium, measures);
            let evidence = Selection { sensors: vec![sum.sensor], ..found.evidence };
            Finding { sensors: 1, evidence, ..found }
        });
        of_sensors.chain(of_ports).collect()
    }
}

fn of_sensor(burst: &SensorBurst, scene: &Scene<'_>) -> Finding {
    let calendar = &scene.calendar;
    let (first, last) = (burst.days[0], burst.days[burst.days.len() - 1]);
    let interval = finding::span(first, last, scene);
    Finding {
        id: format!("{}:{}:{}", ABOUT.id, burst.sensor, calendar.day(first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Sensor(burst.sensor.clone()),
        interval,
        measures: vec![
            real("packets", "packets", burst.requests, Some(burst.expected)),
            real("sources", "sources/day", burst.sources, Some(burst.sources_expected)),
            real("log_p", "decimal logarithm", burst.ln_p / std::f64::consts::LN_10, None),
            number("days", "days", burst.days.len() as i64, None),
            number("onset", "days since 1970-01-01", calendar.day(first).0.into(), None),
        ],
        confidence: Confidence::Medium,
        sensors: 1,
        evidence: Selection {
            interval: Some(interval),
            sensors: vec![burst.sensor.clone()],
            ..Selection::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::change::quiet::{Chance, DAY, said, small, times};
    use expect_test::{Expect, expect};
    use teiten_model::day::PortDay;
    use teiten_model::interval::DAY_US;

    /// More at one sensor: so many sources with five packets each.
    fn more(fact: &mut PortDay, sources: i64) {
        fact.packets += 5 * sources;
        fact.sources += sources;
        fact.sensors = fact.sensors.max(2);
        fact.top_sensor = "s03".to_string();
        fact.top_sensor_packets = fact.top_sensor_packets / 5 + 5 * sources;
        fact.top_sensor_sources = fact.top_sensor_sources / 5 + sources;
        (fact.hour_packets, fact.hour_sources) = (Vec::new(), Vec::new());
    }

    #[test]
    fn finds_a_rise_at_one_sensor_and_tells_no_surge() {
        let text = small(23).window(|port, day, fact| {
            if port == 1_040 && (30..33).contains(&day) {
                more(fact, 400);
            }
        });
        expect![[r#"
            local-burst:1040-tcp:2014-05-01 packets 6126 (usual 143) sources 420 3.00 days medium
        "#]]
        .assert_eq(&said(&text));
    }

    #[test]
    fn finds_a_sensor_where_everything_rises() {
        let mut window = small(23).window(|_, day, fact| {
            if day == 30 {
                more(fact, 100);
            }
        });
        let usual =
            window.sensor_days.iter().find(|fact| fact.at == (DAY + 29) * DAY_US).map(|fact| fact.packets);
        for fact in window.sensor_days.iter_mut().filter(|fact| fact.at == (DAY + 30) * DAY_US) {
            let times = if fact.sensor == "s03" { 40 } else { 1 };
            fact.packets = times * usual.unwrap_or(0);
            (fact.requests, fact.sources) = (fact.packets, fact.packets / 2);
        }
        expect![[r#"
            local-burst:s03:2014-05-01 packets 22440 (usual 560) sources 11220 (usual 280) 1.00 days medium
        "#]]
        .assert_eq(&said(&window));
    }

    fn check(change: impl FnMut(i64, i64, &mut PortDay), expected: Expect) {
        expected.assert_eq(&said(&small(23).window(change)));
    }

    #[test]
    fn ignores_one_source_and_what_rises_elsewhere_too() {
        check(
            |port, day, fact| {
                if port == 1_040 && day == 30 {
                    more(fact, 1);
                    fact.packets += 4_000;
                    fact.top_source_packets = 4_000;
                    fact.top_sensor_packets += 4_000;
                }
            },
            expect![""],
        );
        let mut chance = Chance(1);
        check(
            |port, day, fact| {
                if port == 1_040 && day == 30 {
                    times(fact, 10.0, 5, &mut chance);
                    more(fact, 400);
                }
            },
            expect![[r#"
                surge:1040-tcp:2014-05-01 packets 2310 (usual 50) sources 530 (usual 21) 1.00 days high
            "#]],
        );
    }
}
