//! A port that was busy falls and stays down, or is asked no more.
//!
//! # Rule
//! Packets and sources of the 7 days from a day on are at most half of those of the 28 days before it (by
//! medians, over live sensor-hours and the tide of all ports) and lie five standard errors below them; before,
//! there were at least 3 sources and 5 packets a day. Six of the 7 days have fewer sources than the middle
//! between both levels, and most of the change happens within a week. What was seen before only by sensors that
//! are silent now, or nearly only by one sensor, does not count.
//!
//! # Why it matters
//! A botnet that was taken down, a tool out of use and a filter on the way are seen as a fall. A fall that
//! nobody looks at hides that a part of the telescope has gone blind.
//!
//! # When it is wrong
//! A provider that begins to filter one port at many sensors is no change of the sources. The end of a surge is
//! no drop: it was never the level.
//!
//! # Sources
//! - rules D101, D103, D111 (health first).
use teiten_model::finding::Finding;
use teiten_model::window::Window;

use crate::change::{Episode, Kind, Shared, finding};
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::series::port::PortSeries;
use crate::series::robust::median;
use crate::series::scene::Scene;
use crate::series::step::{Step, StepRule};

const SURE_SENSORS: i64 = 3;
const SURE_DAYS: usize = 14;

/// The detector.
#[derive(Debug)]
pub struct Drop;

const ABOUT: About = About {
    id: "drop",
    title: "Port that fell and stayed down",
    title_ja: "ポートの定常的な減少",
    version: 1,
    rule: "Packets and sources of a busy port fall to half or less within days and stay there for a week and more, while its sensors are well.",
    rule_ja: "センサーが正常なまま、探索の多いポートのパケット数と送信元数が数日のうちに半分以下に減り、1週間以上その水準が続くこと。",
    why: "A botnet taken down, a tool out of use or a filter on the way; or a blind spot nobody noticed.",
    why_ja: "ボットネットの停止、ツールの使用終了、経路上のフィルターなどが考えられます。気付かれていない観測の欠落の可能性もあります。",
    wrong: "A provider that begins to filter a port at many sensors is no change of the sources.",
    wrong_ja: "多数のセンサーの手前で事業者がポートのフィルターを始めた場合、送信元に変化はありません。",
    sources: &["rules D101, D103, D111"],
    tunables: &[
        Tunable::of("before_days", 28.0, "days", "Days whose median is the level before.").whole(14.0, 42.0),
        Tunable::of("after_days", 7.0, "days", "Days whose median is the level after.").whole(3.0, 42.0),
        Tunable::of("times_min", 2.0, "times", "Least factor between levels.").within(1.0, f64::INFINITY),
        Tunable::of("errors_min", 5.0, "standard errors", "Least distance between levels."),
        Tunable::of(
            "held_share_min",
            0.75,
            "share of days",
            "Least share of days beyond the middle between levels.",
        ),
        Tunable::of(
            "sudden_share_min",
            0.6,
            "share of the change",
            "Least share that happens within a week.",
        ),
        Tunable::of("sources_min", 3.0, "sources/day", "Least level before, in sources."),
        Tunable::of("packets_min", 5.0, "packets/day", "Least level before, in packets."),
    ],
};

/// The steps that are drops.
pub fn rule(window: &Window) -> StepRule {
    StepRule::of(&ABOUT, false, window)
}

/// Whether the level before was one of sensors that still live, and of more than one.
pub fn is_common(step: &Step, series: &PortSeries, scene: &Scene<'_>) -> bool {
    let rule = &scene.bounds.drop;
    let after: Vec<usize> = (step.onset..(step.onset + rule.after_days).min(scene.calendar.len())).collect();
    let is_silent = |sensor: &str| after.iter().any(|day| !scene.health.is_alive(sensor, *day));
    let mut before: Vec<f64> = (step.onset.saturating_sub(rule.before_days)..step.onset)
        .filter(|day| scene.tide.is_fit[*day])
        .map(|day| {
            let is_of_one = scene.is_lopsided(series, day)
                || series
                    .fact(day, scene.window)
                    .is_some_and(|fact| !scene.health.names.is_empty() && is_silent(fact.top_sensor));
            if is_of_one { scene.elsewhere(series, day).packets } else { scene.wide(series, day).packets }
        })
        .collect();
    let level = median(&mut before);
    level >= rule.least.packets && level >= rule.times_min * step.after.packets
}

impl Detector for Drop {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, shared: &Shared<'w>) -> Vec<Finding> {
        let (scene, episodes) = shared.of_kind(window, Kind::Drop);
        episodes
            .iter()
            .map(|episode| {
                let sum = finding::sum(episode, scene);
                let before = (episode.first.saturating_sub(1)..episode.first).collect();
                let sensors = finding::sum(
                    &Episode {
                        first: episode.first.saturating_sub(1),
                        last: episode.first,
                        days: before,
                        ..(*episode).clone()
                    },
                    scene,
                )
                .sensors;
                let confidence = confidence::of_two(sensors >= SURE_SENSORS, episode.days.len() >= SURE_DAYS);
                let mut measures = finding::levels(episode);
                measures.push(finding::packets(episode, &sum));
                let found = finding::finding(&ABOUT, episode, &sum, scene, confidence, measures);
                Finding { sensors: sum.sensors.max(sensors), ..found }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::change::quiet::{Chance, DAY, said, set, small, times};
    use expect_test::{Expect, expect};
    use teiten_model::day::PortDay;
    use teiten_model::interval::DAY_US;

    fn check(change: impl FnMut(i64, i64, &mut PortDay), expected: Expect) {
        expected.assert_eq(&said(&small(19).window(change)));
    }

    #[test]
    fn finds_a_port_that_vanishes_and_one_that_falls() {
        let mut chance = Chance(1);
        check(
            |port, day, fact| match port {
                1_040 if day >= 50 => set(fact, 0, 0, 5, &mut chance),
                1_050 if (30..45).contains(&day) => times(fact, 0.25, 5, &mut chance),
                _ => {}
            },
            expect![[r#"
                drop:1050-tcp:2014-04-30 packets 380 (usual 1317) sources 10 (usual 39) 14.00 days high
                drop:1040-tcp:2014-05-21 packets 0 (usual 2440) sources 0 (usual 26) 41.00 days high
            "#]],
        );
    }

    #[test]
    fn ignores_the_end_of_a_surge_and_short_falls() {
        let mut chance = Chance(2);
        check(
            |port, day, fact| match port {
                1_040 if (30..33).contains(&day) => times(fact, 0.1, 5, &mut chance),
                _ => {}
            },
            expect![""],
        );
    }

    /// Two of five sensors fall silent for three weeks; one of them alone saw port 1055.
    #[test]
    fn ignores_ports_of_sensors_that_fell_silent() {
        let mut chance = Chance(3);
        let is_out = |day: i64| (30..51).contains(&day);
        let mut window = small(19).window(|port, day, fact| {
            if is_out(day) {
                times(fact, 0.6, 3, &mut chance);
            }
            if port == 1_055 {
                fact.top_sensor = "s04".to_string();
                (fact.top_sensor_packets, fact.top_sensor_sources) = (fact.packets, fact.sources);
                if is_out(day) {
                    set(fact, 0, 0, 5, &mut chance);
                }
            }
        });
        let inside = |at: i64| is_out(at / DAY_US - DAY);
        window.sensor_days.retain(|fact| fact.sensor.as_str() < "s03" || !inside(fact.at));
        expect![[r#"
            sensor-outage:s04:2014-05-01 packets 0 (usual 11707) 21.00 days high
            sensor-outage:s03:2014-05-01 packets 0 (usual 11644) 21.00 days high
        "#]]
        .assert_eq(&said(&window));
    }
}
