//! A port that nobody asked before, and now several do.
//!
//! # Rule
//! For 28 days, of which at least 21 were watched, the port had at most one source a day. Then, on one day, at
//! least 5 sources from at least 2 AS ask it at at least 2 sensors. Known scanning organisations do not count.
//! So many sources must also be improbable after what those days had (Gamma-Poisson), at a false discovery
//! rate of 0.01 over all ports and days of the run. The finding lasts while at least 3 sources a day come, with
//! at most two days between.
//!
//! # Why it matters
//! The first days of interest in a port often follow a new vulnerability by days, and the first packets show
//! what is tried.
//!
//! # When it is wrong
//! A sensor that was added brings its own ports: it does not count among the sensors until it has a history.
//! Forged floods and bursts at one sensor are told apart. Researchers that no list knows look like this.
//!
//! # Sources
//! - rules D110, D105 (multiplicity), D53 (known scanners).
use teiten_model::finding::Finding;
use teiten_model::window::Window;

use crate::change::days::Day;
use crate::change::{Kind, Shared, finding};
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::detectors::noise_storm;
use crate::series::port::PortSeries;
use crate::series::scene::{Count, Scene};
use crate::series::tail;

/// Sources at other sensors that make a lopsided day one of several sensors.
const ELSEWHERE_MIN: f64 = 3.0;
const SURE_SENSORS: i64 = 3;
const SURE_SOURCES: f64 = 20.0;

/// The detector.
#[derive(Debug)]
pub struct NewPort;

const ABOUT: About = About {
    id: "new-port",
    title: "Port that nobody asked before",
    title_ja: "新たに探索され始めたポート",
    version: 1,
    rule: "A port with at most one source a day for four weeks is asked by several sources from several AS at several sensors within a day.",
    rule_ja: "4週間にわたり1日に多くても一つの送信元しか探索していなかったポートに、1日のうちに複数のASの複数の送信元から複数のセンサーへ探索が届くこと。",
    why: "Interest in a port often follows a new vulnerability; the first packets show what is tried.",
    why_ja: "ポートへの関心は、新しい脆弱性の公表に続くことがよくあります。最初のパケットから、何が試されているかが分かります。",
    wrong: "Researchers that no list of scanners knows look the same.",
    wrong_ja: "スキャナーの一覧にない調査者による探索も同じように見えます。",
    sources: &["rules D53, D105, D110"],
    tunables: &[
        Tunable::of("quiet_days", 28.0, "days", "Days that had to be quiet.").whole(7.0, 42.0),
        Tunable::of("quiet_days_min", 21.0, "days", "Fewest of them that were watched.").whole(7.0, 42.0),
        Tunable::of("quiet_sources_max", 1.0, "sources/day", "Most sources of a quiet day."),
        Tunable::of("sources_min", 5.0, "sources/day", "Fewest sources of the first day.")
            .within(1.0, f64::INFINITY),
        Tunable::of("asns_min", 2.0, "AS", "Fewest AS of the first day."),
        Tunable::of("sensors_min", 2.0, "sensors", "Fewest sensors of the first day, newcomers left out."),
        Tunable::of("going_sources_min", 3.0, "sources/day", "Fewest sources of a day that continues it."),
    ],
};

/// The bounds of a window.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    quiet_days: usize,
    quiet_days_min: usize,
    /// Most sources of a quiet day.
    pub quiet_sources: f64,
    sources: f64,
    asns: f64,
    sensors: f64,
    going_sources: f64,
}

impl Bounds {
    /// As they hold for a window.
    pub fn of(window: &Window) -> Bounds {
        let bound = |name| ABOUT.bound(window, name);
        Bounds {
            quiet_days: bound("quiet_days") as usize,
            quiet_days_min: bound("quiet_days_min") as usize,
            quiet_sources: bound("quiet_sources_max"),
            sources: bound("sources_min"),
            asns: bound("asns_min"),
            sensors: bound("sensors_min"),
            going_sources: bound("going_sources_min"),
        }
    }
}

/// Whether a day begins or continues the first days of a port.
pub fn day(series: &PortSeries, scene: &Scene<'_>, day: usize, running: Option<(usize, Day)>) -> Option<Day> {
    let sources = series.sources[day];
    let bounds = &scene.bounds.new_port;
    if let Some((_, last)) = running {
        let usual = last.expected.sources + 0.5 / bounds.quiet_days as f64;
        let ln_p = tail::ln_negative_binomial(sources, usual, usual * bounds.quiet_days as f64);
        return (sources >= bounds.going_sources).then_some(Day { ln_p, ..last });
    }
    if sources < bounds.sources || day < bounds.quiet_days_min {
        return None;
    }
    let quiet = (day.saturating_sub(bounds.quiet_days)..day).filter(|day| scene.tide.is_fit[*day]);
    let (mut days, mut total, mut packets) = (0usize, 0.0, 0.0);
    for before in quiet {
        if series.sources[before] > bounds.quiet_sources {
            return None;
        }
        days += 1;
        total += series.sources[before];
        packets += series.packets[before];
    }
    let fact = series.fact(day, scene.window)?;
    let is_lopsided = scene.is_lopsided(series, day)
        && scene.elsewhere(series, day).sources < ELSEWHERE_MIN.min(sources / 2.0);
    let of_scanners = i64::from(fact.scanner_sources > 0);
    if days < bounds.quiet_days_min
        || ((fact.asns - of_scanners) as f64) < bounds.asns
        || scene.settled_sensors(&fact, day) < bounds.sensors
        || is_lopsided
        || noise_storm::is_forged(&fact, &scene.bounds.noise_storm)
    {
        return None;
    }
    let expected = (total + 0.5) / days as f64;
    // The rate of a Poisson count that had `total` in `days` days is Gamma; what it predicts is negative binomial.
    let ln_p = tail::ln_negative_binomial(sources, expected * scene.tide.sources[day].max(1.0), total + 0.5);
    Some(Day {
        kind: Kind::NewPort,
        ln_p,
        expected: Count { packets: packets / days as f64, sources: total / days as f64 },
    })
}

impl Detector for NewPort {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, shared: &Shared<'w>) -> Vec<Finding> {
        let (scene, episodes) = shared.of_kind(window, Kind::NewPort);
        episodes
            .iter()
            .map(|episode| {
                let sum = finding::sum(episode, scene);
                let confidence =
                    confidence::of_two(sum.sensors >= SURE_SENSORS, episode.seen.sources >= SURE_SOURCES);
                let mut measures = finding::counts(episode);
                measures.extend(finding::onset_hour(episode, 0.0, scene));
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

    fn check(mut change: impl FnMut(i64, &mut PortDay), expected: Expect) {
        let mut world = small(11);
        world.rates.truncate(30);
        world.rates[0] = 0.01;
        expected.assert_eq(&said(&world.window(|port, day, fact| {
            if port == 1_000 {
                change(day, fact);
            }
        })));
    }

    #[test]
    fn finds_the_first_days_of_a_port() {
        let mut chance = Chance(1);
        check(
            |day, fact| {
                if (30..36).contains(&day) {
                    set(fact, 9 + day % 4, 30, 5, &mut chance);
                }
            },
            expect![[r#"
                new-port:1000-tcp:2014-05-01 packets 180 (usual 0) sources 12 (usual 0) 6.00 days medium
            "#]],
        );
    }

    #[test]
    fn finds_a_port_that_stays_once() {
        let mut chance = Chance(2);
        check(
            |day, fact| {
                if day >= 40 {
                    set(fact, 20 + day % 7, 60, 5, &mut chance);
                }
            },
            expect![[r#"
                new-port:1000-tcp:2014-05-11 packets 3060 (usual 0) sources 26 (usual 0) 51.00 days high
            "#]],
        );
    }

    #[test]
    fn ignores_what_only_resembles_it() {
        let mut chance = Chance(3);
        let mut on = |day: i64, fact: &mut PortDay, sources: i64| {
            if day == 30 {
                set(fact, sources, sources * 2, 5, &mut chance);
            }
        };
        check(|day, fact| on(day, fact, 4), expect![""]);
        let known = |day: i64, fact: &mut PortDay| {
            on(day, fact, 20);
            (fact.scanner_sources, fact.scanner_packets) = (fact.sources, fact.packets);
        };
        check(known, expect![""]);
        check(
            |day, fact| {
                on(day, fact, 20);
                fact.asns = fact.asns.min(1);
            },
            expect![""],
        );
        check(
            |day, fact| {
                on(day, fact, 20);
                fact.sensors = fact.sensors.min(1);
            },
            expect![""],
        );
    }
}
