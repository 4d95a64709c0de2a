//! Ports that slow sources try in a steady rhythm.
//!
//! # Rule
//! At least three sources that come back to the same address and port five times and more over 14 days and
//! more, with pauses that vary by at most a quarter, at two sensors and with at least five such pairs; they
//! must be a tenth of all pairs of the port that came back as often.
//!
//! # Why it matters
//! A scan of a packet every few days stands below every bound of a day. A rhythm betrays that one hand moves
//! sources that never stand out.
//!
//! # When it is wrong
//! One source that knows one sensor (a service that was there before, a client with a wrong address) is no
//! scan, so several sources and sensors are needed (D15). About one pair in forty of exactly five random
//! visits is steady by chance, which the part of all pairs guards against. Who forgets a sensor for a while
//! loses the rhythm and is missed.
//!
//! # Sources
//! - rule D99; D15 for what is a misconfiguration. The bounds on sources, sensors and parts are ours.
use teiten_model::finding::{Confidence, Finding, Subject};
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::window::{SteadyPort, Window};

use crate::change::Shared;
use crate::detector::{About, Detector, Tunable};
use crate::evidence::{evidence, request};
use crate::measures::{number, real, share};
use crate::runs::{day, day_start};
use teiten_model::protocols::port_id;

const SURE_SOURCES: i64 = 10;
const SURE_SENSORS: i64 = 3;

/// The detector.
#[derive(Debug)]
pub struct SlowPeriodic;

const ABOUT: About = About {
    id: "slow-periodic",
    title: "Slow sources with a steady rhythm",
    title_ja: "低頻度で周期的な探索",
    version: 1,
    rule: "Several sources that come back to the same address and port in a steady rhythm over two weeks and more.",
    rule_ja: "2週間以上にわたり、一定の周期で同じアドレスとポートに戻ってくる複数の送信元。",
    why: "A scan of a packet every few days stands below every bound of a day; its rhythm betrays it.",
    why_ja: "数日に1パケットの探索は1日の基準には届きませんが、周期から判別できます。",
    wrong: "Clients with a wrong address have a rhythm too, so several sources and sensors are needed.",
    wrong_ja: "宛先を誤ったクライアントにも周期があるため、複数の送信元とセンサーを条件としています。",
    sources: &["rules D15, D99"],
    tunables: &[
        Tunable::of("sources_min", 3.0, "sources", "Fewest sources with a rhythm."),
        Tunable::of("sensors_min", 2.0, "sensors", "Fewest sensors that they reach."),
        Tunable::of("pairs_min", 5.0, "pairs", "Fewest steady pairs of source and destination."),
        Tunable::of(
            "steady_min",
            0.1,
            "share of pairs",
            "Least part of steady pairs among those that came back as often.",
        ),
    ],
};

impl Detector for SlowPeriodic {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let bound = |name| ABOUT.bound(window, name);
        let (sources, sensors) = (bound("sources_min"), bound("sensors_min"));
        let (pairs, steady) = (bound("pairs_min"), bound("steady_min"));
        let is_scan = |port: &&SteadyPort| {
            port.last >= window.interval.start.0
                && port.first < window.interval.end.0
                && port.sources as f64 >= sources
                && port.sensors as f64 >= sensors
                && port.pairs_steady as f64 >= pairs
                && share(port.pairs_steady, port.pairs) >= steady
        };
        let mut ports: Vec<&SteadyPort> = window.steady.iter().filter(is_scan).collect();
        ports.sort_by_key(|port| (std::cmp::Reverse(port.sources), port.ip_proto, port.dst_port));
        ports.into_iter().map(|port| finding(port, window)).collect()
    }
}

fn finding(port: &SteadyPort, window: &Window) -> Finding {
    let interval = Interval {
        start: Timestamp(port.first.max(window.interval.start.0)),
        end: Timestamp((port.last + 1).min(window.interval.end.0)),
    };
    let is_sure = port.sources >= SURE_SOURCES && port.sensors >= SURE_SENSORS;
    let first = day_start(window, interval.start.0);
    let bound = |name| Some(ABOUT.bound(window, name));
    Finding {
        id: format!("{}:{}:{}", ABOUT.id, port_id(port.ip_proto, port.dst_port), day(first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Port(port.ip_proto, port.dst_port),
        interval,
        measures: vec![
            number("sources", "sources", port.sources, bound("sources_min")),
            number("pairs", "pairs", port.pairs_steady, bound("pairs_min")),
            real("steady_pairs", "share", share(port.pairs_steady, port.pairs), bound("steady_min")),
            real("pause", "days", port.pause_secs / 86_400.0, None),
            number("packets", "packets", port.packets, None),
            real("span", "days", (port.last - port.first) as f64 / 86_400e6, None),
        ],
        confidence: if is_sure { Confidence::High } else { Confidence::Medium },
        sensors: port.sensors,
        evidence: evidence(request(port.ip_proto, port.dst_port), interval),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quarter;
    use expect_test::{Expect, expect};

    fn port() -> SteadyPort {
        SteadyPort {
            ip_proto: 6,
            dst_port: 5_060,
            sources: 14,
            pairs: 60,
            pairs_steady: 55,
            pause_secs: 3.0 * 86_400.0,
            packets: 900,
            sensors: 4,
            first: quarter::at(-5) + 70_000_000,
            last: quarter::at(80) + 3_600_000_000,
        }
    }

    fn check(port: SteadyPort, expected: Expect) {
        let window = Window { steady: vec![port], ..quarter::window() };
        expected.assert_eq(&quarter::said(
            &SlowPeriodic.detect(&window),
            &["sources", "pairs", "steady_pairs", "pause"],
        ));
    }

    #[test]
    fn finds_sources_that_come_back_every_third_day() {
        check(
            port(),
            expect![[r#"
            slow-periodic:5060-tcp:2014-04-01 sources 14, pairs 55, steady_pairs 0.92, pause 3, high
        "#]],
        );
        check(
            SteadyPort { sources: 4, first: quarter::at(3) + 70_000_000, ..port() },
            expect![[r#"
            slow-periodic:5060-tcp:2014-04-04 sources 4, pairs 55, steady_pairs 0.92, pause 3, medium
        "#]],
        );
    }

    #[test]
    fn ignores_what_has_a_rhythm_by_chance_or_by_mistake() {
        let cases = [
            (
                "a client with a wrong address",
                SteadyPort { sources: 1, sensors: 1, pairs_steady: 1, pairs: 1, ..port() },
            ),
            ("three sources at one sensor", SteadyPort { sources: 3, sensors: 1, ..port() }),
            (
                "a busy port with steady pairs by chance",
                SteadyPort { pairs: 4_000, pairs_steady: 90, ..port() },
            ),
            ("over before the period", SteadyPort { last: quarter::at(-1), ..port() }),
        ];
        for (_, port) in cases {
            check(port, expect![""]);
        }
    }
}
