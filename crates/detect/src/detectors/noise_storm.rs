//! A flood of sources that send once and never come back: forged, as far as can be told.
//!
//! # Rule
//! On a day, at least 200 sources, and ten times as many as usual, ask a TCP port or send ICMP requests; 95 of
//! 100 of them send one packet that day in all; nine in ten packets have a time to live of 120 to 200; of TCP,
//! at least ten windows are seen. It begins and ends within a day: the days around it have less than a fifth of
//! its busiest.
//!
//! # Why it matters
//! Forged floods look like the greatest campaign of the year, with sources all over the world that are none.
//! They must not be told as one.
//!
//! # When it is wrong
//! That sources are forged is not proved. A botnet whose every member sends one packet a day, from systems that
//! begin at 128 only, would look alike. Storms of fewer than 200 sources a day are too small to be told.
//!
//! # Sources
//! - rule D102 (form of the storms; the bounds are for few addresses).
use teiten_model::finding::{Confidence, Finding};
use teiten_model::protocols;
use teiten_model::quiet_ports::PortFigures;
use teiten_model::window::Window;

use crate::change::{Kind, Shared, finding};
use crate::detector::{About, Detector, Tunable};
use crate::measures::{number, real, share};
use crate::series::port::PortSeries;
use crate::series::robust::Level;
use crate::series::scene::Scene;

const SURE_SENSORS: i64 = 3;

/// The detector.
#[derive(Debug)]
pub struct NoiseStorm;

const ABOUT: About = About {
    id: "noise-storm",
    title: "Flood of possibly forged sources",
    title_ja: "送信元詐称の可能性がある大量パケット",
    version: 1,
    rule: "Many sources that send one packet each, nearly all with a time to live of 120 to 200 and many windows, within sharp bounds.",
    rule_ja: "1パケットずつを送る多数の送信元で、ほぼすべてのTTLが120から200、ウィンドウサイズが多様で、明確な範囲に収まるもの。",
    why: "A forged flood looks like a campaign of the whole world and must not be told as one.",
    why_ja: "詐称されたパケットの洪水は世界規模のキャンペーンのように見えますが、そのように伝えてはなりません。",
    wrong: "That sources are forged is not proved; a botnet whose members send once would look alike.",
    wrong_ja: "送信元が詐称されている証拠にはなりません。構成員が一度だけ送信するボットネットも同じように見えます。",
    sources: &["rule D102"],
    tunables: &[
        Tunable::of("sources_min", 200.0, "sources/day", "Fewest sources of a day.")
            .within(10.0, f64::INFINITY),
        Tunable::of("times_min", 10.0, "times", "Least factor over the usual sources.")
            .within(1.0, f64::INFINITY),
        Tunable::of("once_min", 0.95, "share of sources", "Least share of sources with one packet that day."),
        Tunable::of(
            "ttl_high_min",
            0.9,
            "share of packets",
            "Least share with a time to live of 120 to 200.",
        ),
        Tunable::of("windows_min", 10.0, "values", "Fewest TCP windows.").within(0.0, 100.0),
        Tunable::of("around_max", 0.2, "share of the busiest day", "Most sources of the days around it."),
    ],
};

/// The bounds of a window.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    sources: f64,
    times: f64,
    once: f64,
    ttl_high: f64,
    windows: f64,
    around: f64,
}

impl Bounds {
    /// As they hold for a window.
    pub fn of(window: &Window) -> Bounds {
        let bound = |name| ABOUT.bound(window, name);
        Bounds {
            sources: bound("sources_min"),
            times: bound("times_min"),
            once: bound("once_min"),
            ttl_high: bound("ttl_high_min"),
            windows: bound("windows_min"),
            around: bound("around_max"),
        }
    }
}

/// Whether a day has the form of forged sources, whatever was usual.
pub fn is_forged(fact: &PortFigures<'_>, bounds: &Bounds) -> bool {
    let is = |proto: u8| fact.ip_proto == i64::from(proto);
    let is_asked = is(protocols::ICMP) || is(protocols::ICMPV6) || is(protocols::TCP);
    is_asked && is_flood(fact, bounds) && (!is(protocols::TCP) || fact.windows as f64 >= bounds.windows)
}

/// Whether many sources sent one packet each with a high time to live, over whatever protocol.
pub fn is_flood(fact: &PortFigures<'_>, bounds: &Bounds) -> bool {
    fact.sources as f64 >= bounds.sources
        && share(fact.once_sources, fact.sources) >= bounds.once
        && share(fact.ttl_high, fact.packets) >= bounds.ttl_high
}

/// Whether a day is one of a storm.
pub fn is_day(series: &PortSeries, scene: &Scene<'_>, day: usize, usual: Level) -> bool {
    let bounds = &scene.bounds.noise_storm;
    series.fact(day, scene.window).is_some_and(|fact| is_forged(&fact, bounds))
        && series.sources[day] >= bounds.times * usual.mean
}

/// Whether the days around a run are calm.
pub fn is_sharp(series: &PortSeries, scene: &Scene<'_>, first: usize, last: usize) -> bool {
    let peak = (first..=last).map(|day| series.sources[day]).fold(0.0, f64::max);
    let is_calm = |day: usize| series.sources[day] <= scene.bounds.noise_storm.around * peak;
    let mut before = (0..first).rev().filter(|day| scene.calendar.is_watched[*day]);
    let mut after = (last + 1..scene.calendar.len()).filter(|day| scene.calendar.is_watched[*day]);
    before.next().is_none_or(is_calm) && after.next().is_none_or(is_calm)
}

impl Detector for NoiseStorm {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, shared: &Shared<'w>) -> Vec<Finding> {
        let (scene, episodes) = shared.of_kind(window, Kind::NoiseStorm);
        let bounds = &scene.bounds.noise_storm;
        episodes
            .iter()
            .map(|episode| {
                let sum = finding::sum(episode, scene);
                let part = |name, seen, bound| real(name, "share", seen, Some(bound));
                let mut measures = finding::counts(episode);
                measures.extend([
                    part("once_share", sum.once, bounds.once),
                    part("ttl_share", share(sum.ttl_high, sum.packets), bounds.ttl_high),
                    number("windows", "values", sum.windows, Some(bounds.windows)),
                ]);
                let confidence =
                    if sum.sensors >= SURE_SENSORS { Confidence::Medium } else { Confidence::Low };
                finding::finding(&ABOUT, episode, &sum, scene, confidence, measures)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::change::quiet::{Chance, said, set, small};
    use expect_test::{Expect, expect};
    use teiten_model::day::PortDay;

    fn check(days: std::ops::Range<i64>, mut change: impl FnMut(&mut PortDay), expected: Expect) {
        let mut chance = Chance(1);
        expected.assert_eq(&said(&small(29).window(|port, day, fact| {
            if port == 1_040 && days.contains(&day) {
                set(fact, 3_000, 3_050, 5, &mut chance);
                (fact.once_sources, fact.ttl_high, fact.windows) = (2_950, 3_000, 40);
                fact.sensors = 5;
                change(fact);
            }
        })));
    }

    #[test]
    fn finds_a_flood_and_tells_no_surge() {
        check(
            30..32,
            |_| (),
            expect![[r#"
                noise-storm:1040-tcp:2014-05-01 packets 6100 (usual 116) sources 3000 (usual 25) 2.00 days medium
            "#]],
        );
        check(
            30..60,
            |_| (),
            expect![[r#"
            noise-storm:1040-tcp:2014-05-01 packets 91500 (usual 1740) sources 3000 (usual 25) 30.00 days medium
        "#]],
        );
    }

    #[test]
    fn ignores_sources_that_come_back_or_show_one_system() {
        check(
            30..32,
            |fact| fact.once_sources = 1_000,
            expect![[r#"
            surge:1040-tcp:2014-05-01 packets 6100 (usual 114) sources 3000 (usual 25) 2.00 days high
        "#]],
        );
        check(
            30..32,
            |fact| fact.windows = 2,
            expect![[r#"
            surge:1040-tcp:2014-05-01 packets 6100 (usual 114) sources 3000 (usual 25) 2.00 days high
        "#]],
        );
        check(
            30..32,
            |fact| fact.ttl_high = 900,
            expect![[r#"
            surge:1040-tcp:2014-05-01 packets 6100 (usual 114) sources 3000 (usual 25) 2.00 days high
        "#]],
        );
        check(
            30..32,
            |fact| (fact.sources, fact.once_sources) = (150, 150),
            expect![[r#"
            surge:1040-tcp:2014-05-01 packets 6100 (usual 114) sources 150 (usual 25) 2.00 days high
        "#]],
        );
    }
}
