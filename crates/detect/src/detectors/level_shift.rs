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
use crate::series::step::StepRule;

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
    rule_ja: "ポートのパケット数と送信元数が数日のうちに増え、2週間以上その水準が続くこと。",
    why: "A level that stays is a tool kept in use or a population infected; its onset points to the cause.",
    why_ja: "水準が保たれていれば、使われ続けているツールか、感染した機器の集団があります。始まりの時期が原因の手掛かりになります。",
    wrong: "A rise near the end of the period is told as a surge, for it cannot yet be known to stay.",
    wrong_ja: "期間の終わり近くの増加は、続くかどうかまだ分からないため、急増として示します。",
    sources: &["rules D101, D103, D111"],
    tunables: &[
        Tunable::of("before_days", 28.0, "days", "Days whose median is the level before.").whole(14.0, 42.0),
        Tunable::of("after_days", 14.0, "days", "Days whose median is the level after.").whole(3.0, 42.0),
        Tunable::of("times_min", 1.5, "times", "Least factor between levels.").within(1.0, f64::INFINITY),
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
        Tunable::of("sources_min", 3.0, "sources/day", "Least level after, in sources."),
        Tunable::of("packets_min", 5.0, "packets/day", "Least level after, in packets."),
    ],
};

/// The steps that are level shifts.
pub fn rule(window: &Window) -> StepRule {
    StepRule::of(&ABOUT, true, window)
}

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
    fn ignores_what_configured_bounds_leave_out_and_finds_what_they_let_in() {
        let mut chance = Chance(1);
        let mut window = small(13).window(|port, day, fact| {
            if port == 1_043 && day >= 40 {
                times(fact, 2.5, 5, &mut chance);
            }
        });
        let own = said(&window);
        // A level must rise by more: what is left is a rise of days.
        window.bounds.insert("level-shift.times_min".to_string(), 4.0);
        window.bounds.insert("level-shift.after_days".to_string(), 42.0);
        assert_ne!(said(&window), own);
        window.bounds.insert("surge.times_min".to_string(), 100.0);
        window.bounds.insert("surge.hour_times_min".to_string(), 100.0);
        window.bounds.insert("slow-drift.times_min".to_string(), 100.0);
        assert_eq!(said(&window), "");
        window.bounds.clear();
        assert_eq!(said(&window), own);
    }

    #[test]
    fn ignores_a_rise_before_the_period_and_small_ones() {
        check(|day| if day >= -20 { 2.5 } else { 1.0 }, expect![""]);
        check(|day| if day >= 40 { 1.2 } else { 1.0 }, expect![""]);
    }
}
