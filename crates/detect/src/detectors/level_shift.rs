//! The level of a port that moves up and stays.
//!
//! # Rule
//! Packets and sources of the 14 days from a day on are at least 1.5 times those of the 28 days before it (by
//! medians, over live sensor-hours and the tide of all ports) and lie five standard errors above them, with at
//! least 3 sources and 5 packets a day. Eleven of the 14 days have more sources than the middle between both
//! levels, also without the busiest sensor when that came lately or has nearly everything. At least six tenths
//! of the change happen within a week, and two levels fit the days better than a line. A surge whose weeks stay
//! beyond the half of its rise for 14 days is a level shift too.
//!
//! # Why it matters
//! A level that stays is a new habit of the network: a tool that is kept in use, a population that was
//! infected. Its onset is what to look for causes at.
//!
//! # When it is wrong
//! A rise of less than two weeks is a surge, also where it would have lasted had the period been longer. A
//! level that returns after weeks is said to end where it does. A rise over more than about ten days is a drift.
//!
//! # Sources
//! - rules D101 (sources and packets), D103 (medians), D111 (health first).
use teiten_model::finding::Finding;
use teiten_model::window::Window;

use crate::change::{Kind, Shared, finding};
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::series::scene::Count;
use crate::series::step::{BEFORE_DAYS, ERRORS_MIN, HELD_SHARE_MIN, SUDDEN_SHARE_MIN, StepRule};

/// The steps that are level shifts.
pub const RULE: StepRule =
    StepRule { is_rise: true, after_days: 14, times_min: 1.5, least: Count { packets: 5.0, sources: 3.0 } };
const SURE_SENSORS: i64 = 3;
const SURE_DAYS: usize = 28;

/// The detector.
#[derive(Debug)]
pub struct LevelShift;

const ABOUT: About = About {
    id: "level-shift",
    title: "Level of a port that rose and stayed",
    title_ja: "ポートの定常的な増加",
    version: 1,
    rule: "Packets and sources of a port rise within days to a level that stays for two weeks and more.",
    why: "A level that stays is a tool kept in use or a population infected; its onset points to the cause.",
    wrong: "A rise near the end of the period is told as a surge, for it cannot yet be known to stay.",
    sources: &["rules D101, D103, D111"],
    tunables: &[
        Tunable::of("before_days", BEFORE_DAYS as f64, "days", "Days whose median is the level before."),
        Tunable::of("after_days", RULE.after_days as f64, "days", "Days whose median is the level after."),
        Tunable::of("times_min", RULE.times_min, "times", "Least factor between levels."),
        Tunable::of("errors_min", ERRORS_MIN, "standard errors", "Least distance between levels."),
        Tunable::of(
            "held_share_min",
            HELD_SHARE_MIN,
            "share of days",
            "Least share of days beyond the middle between levels.",
        ),
        Tunable::of(
            "sudden_share_min",
            SUDDEN_SHARE_MIN,
            "share of the change",
            "Least share that happens within a week.",
        ),
        Tunable::of("sources_min", RULE.least.sources, "sources/day", "Least level after, in sources."),
        Tunable::of("packets_min", RULE.least.packets, "packets/day", "Least level after, in packets."),
    ],
};

impl Detector for LevelShift {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, shared: &Shared<'w>) -> Vec<Finding> {
        let (scene, episodes) = shared.of_kind(window, Kind::LevelShift);
        episodes
            .iter()
            .map(|episode| {
                let sum = finding::sum(episode, scene);
                let confidence =
                    confidence::of_two(sum.sensors >= SURE_SENSORS, episode.days.len() >= SURE_DAYS);
                let mut measures = finding::levels(episode);
                measures.push(finding::packets(episode, &sum));
                finding::finding(&ABOUT, episode, &sum, scene, confidence, measures)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::change::quiet::{Chance, said, small, times};
    use expect_test::{Expect, expect};

    /// The factor of a port of 27 sources a day on each day.
    fn check(factor: impl Fn(i64) -> f64, expected: Expect) {
        let mut chance = Chance(1);
        expected.assert_eq(&said(&small(13).window(|port, day, fact| {
            if port == 1_043 && factor(day).to_bits() != 1f64.to_bits() {
                times(fact, factor(day), 5, &mut chance);
            }
        })));
    }

    #[test]
    fn finds_a_rise_that_stays_to_the_end() {
        check(
            |day| if day >= 40 { 2.5 } else { 1.0 },
            expect![[r#"
                level-shift:1043-tcp:2014-05-13 packets 7174 (usual 2858) sources 59 (usual 25) 45.00 days high
            "#]],
        );
    }

    #[test]
    fn finds_a_rise_that_takes_days_and_ends_after_weeks() {
        let ramp = |day: i64| match day {
            20..24 => 1.0 + 0.5 * (day - 19) as f64,
            24..60 => 3.0,
            _ => 1.0,
        };
        check(
            ramp,
            expect![[r#"
                level-shift:1043-tcp:2014-04-22 packets 6938 (usual 2360) sources 78 (usual 26) 36.00 days high
                drop:1043-tcp:2014-05-31 packets 1891 (usual 5859) sources 27 (usual 76) 31.00 days high
            "#]],
        );
    }

    #[test]
    fn finds_a_new_level_of_a_quiet_port() {
        let mut chance = Chance(2);
        expect![[r#"
            level-shift:1012-tcp:2014-05-01 packets 2031 (usual 529) sources 12 (usual 4) 61.00 days high
        "#]]
        .assert_eq(&said(&small(13).window(|port, day, fact| {
            if port == 1_012 && day >= 30 {
                times(fact, 3.0, 5, &mut chance);
            }
        })));
    }

    #[test]
    fn ignores_a_rise_before_the_period_and_small_ones() {
        check(|day| if day >= -20 { 2.5 } else { 1.0 }, expect![""]);
        check(|day| if day >= 40 { 1.2 } else { 1.0 }, expect![""]);
    }
}
