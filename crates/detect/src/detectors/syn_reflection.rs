//! Answers of very many servers to one sensor: connection attempts were sent in its name.
//!
//! # Rule
//! On a day, at least 50 sources of SYN+ACK from one port to one sensor, at least 20 for each address
//! of the sensor that they came to, and at no other sensor more than a tenth as many. A telescope of one
//! sensor has no other to compare with; there at least 10 of them must come within one minute. Days with at
//! most one quiet day between them make one finding of the sensor.
//!
//! # Why it matters
//! Somebody makes servers answer to the sensor: the sensor, or its network, is the victim. Each of the
//! servers looks like a victim of its own and is none, so counts of victims must leave them out.
//!
//! # When it is wrong
//! A sensor that watches far more addresses than others sees more victims than they do, but spread over its
//! addresses: that is what the bound for an address is for. A sensor on an address that was somebody's client
//! before can see late answers; they are few. Reflection onto several sensors at once is missed, because
//! it cannot be told from attacks on many victims.
//!
//! # Sources
//! - rule D13 (the bounds are ours; the observation is NICTER's of 2020).
use std::collections::{BTreeMap, BTreeSet};

use teiten_model::day::ReflectionDay;
use teiten_model::finding::{Finding, Subject};
use teiten_model::interval::Timestamp;
use teiten_model::window::Window;

use crate::change::Shared;
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::evidence::{evidence, one_of, text};
use crate::measures::number;
use crate::runs::{day, is_inside, joined, quiet_days};

/// Ports named in the filter; beyond, the filter asks for every port.
const FILTER_PORTS_MAX: usize = 20;
/// Times the fewest sources from which nothing is left to doubt.
const SURE_TIMES: i64 = 10;
const SURE_SENSORS: i64 = 3;

/// The detector.
#[derive(Debug)]
pub struct SynReflection;

const ABOUT: About = About {
    id: "syn-reflection",
    title: "Connections opened in a sensor's name",
    title_ja: "センサーを騙った接続要求への応答",
    version: 1,
    rule: "On a day, SYN+ACK from very many sources and one port to few addresses of one sensor, while other sensors see nearly none.",
    rule_ja: "1日のうちに、非常に多くの送信元の同じポートから、一つのセンサーの少数のアドレスにSYN+ACKが届き、ほかのセンサーにはほとんど届かないこと。",
    why: "The sensor is the victim, and the servers that answer are none: they must not be counted as victims.",
    why_ja: "被害を受けているのはセンサーです。応答するサーバーは被害先ではなく、被害先として数えてはなりません。",
    wrong: "Reflection onto several sensors at once is missed; a telescope of one sensor cannot compare.",
    wrong_ja: "複数のセンサーへの同時の反射は検知できません。センサーが1台の場合は比較ができません。",
    sources: &["rule D13"],
    tunables: &[
        Tunable::of("sources_min", 50.0, "sources/day", "Fewest sources at the sensor."),
        Tunable::of(
            "address_sources_min",
            20.0,
            "sources/address",
            "Fewest sources for each address reached.",
        ),
        Tunable::of("others_max", 0.1, "share", "Most sources at any other sensor, as a part of those here."),
        Tunable::of(
            "minute_min",
            10.0,
            "sources/minute",
            "Fewest sources in some minute, where one sensor only watches.",
        ),
        Tunable::of("pause_days_max", 1.0, "days", "Most quiet days inside one finding."),
    ],
};

impl Detector for SynReflection {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let pause = ABOUT.bound(window, "pause_days_max") as i64;
        let mut sensors: BTreeMap<&str, Vec<&ReflectionDay>> = BTreeMap::new();
        for crowd in crowds(window).into_iter().filter(|crowd| is_inside(window, crowd.at)) {
            sensors.entry(&crowd.sensor).or_default().push(crowd);
        }
        let mut findings: Vec<Finding> = sensors
            .into_values()
            .flat_map(|crowds| joined(crowds, |before, after| quiet_days(before.at, after.at) <= pause))
            .map(|run| finding(&run, window))
            .collect();
        findings.sort_by(|a, b| {
            let sources = |finding: &Finding| finding.seen("sources").unwrap_or(0.0);
            sources(b).total_cmp(&sources(a)).then_with(|| a.id.cmp(&b.id))
        });
        findings
    }
}

/// Days and source ports of servers that answered in a crowd: their answers show no victims.
pub(crate) fn crowded_ports(window: &Window) -> BTreeSet<(i64, i64)> {
    crowds(window).into_iter().map(|crowd| (crowd.at, crowd.src_port)).collect()
}

fn crowds(window: &Window) -> Vec<&ReflectionDay> {
    let bound = |name| ABOUT.bound(window, name);
    let (sources, others) = (bound("sources_min"), bound("others_max"));
    let (address_sources, minute) = (bound("address_sources_min"), bound("minute_min"));
    let is_alone = window.sensors <= 1;
    let is_crowd = |answers: &&ReflectionDay| {
        let here = answers.sources as f64;
        answers.class == "backscatter-tcp"
            && here >= sources
            && here >= address_sources * answers.addresses.max(1) as f64
            && answers.others as f64 <= others * here
            && (!is_alone || answers.minute as f64 >= minute)
    };
    window.reflections.iter().filter(is_crowd).collect()
}

fn finding(run: &[&ReflectionDay], window: &Window) -> Finding {
    let sensor = &run[0].sensor;
    let (first, last) = (run[0].at, run[run.len() - 1].at);
    let interval = window.span(Timestamp(first), Timestamp(last));
    let days: BTreeSet<i64> = run.iter().map(|crowd| crowd.at).collect();
    let ports: BTreeSet<i64> = run.iter().map(|crowd| crowd.src_port).collect();
    let most = |of: fn(&ReflectionDay) -> i64| run.iter().map(|crowd| of(crowd)).max().unwrap_or(0);
    let busiest = run.iter().max_by_key(|crowd| (crowd.packets, std::cmp::Reverse(crowd.src_port)));
    let sources = most(|crowd| crowd.sources);
    let bound = ABOUT.bound(window, "sources_min");
    let confidence = confidence::of_sensors(
        window.sensors,
        sources as f64 >= SURE_TIMES as f64 * bound && window.sensors >= SURE_SENSORS,
    );
    let mut filter =
        format!("sensor == {} && class == \"backscatter-tcp\" && tcp.flags.syn == 1", text(sensor));
    if ports.len() <= FILTER_PORTS_MAX {
        let ports: Vec<i64> = ports.iter().copied().collect();
        filter = format!("{filter} && {}", one_of("src.port", &ports));
    }
    Finding {
        id: format!("{}:{sensor}:{}", ABOUT.id, day(first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Sensor(sensor.clone()),
        interval,
        measures: vec![
            number("packets", "packets", run.iter().map(|crowd| crowd.packets).sum(), None),
            number("sources", "sources/day", sources, Some(bound)),
            number("minute", "sources/minute", most(|crowd| crowd.minute), None),
            number("addresses", "addresses", most(|crowd| crowd.addresses), None),
            number("others", "sources/day", most(|crowd| crowd.others), None),
            number("port", "port", busiest.map_or(-1, |crowd| crowd.src_port), None),
            number("ports", "ports", ports.len() as i64, None),
            number("days", "days", days.len() as i64, None),
        ],
        confidence,
        sensors: 1,
        evidence: evidence(filter, interval),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quarter;
    use expect_test::{Expect, expect};

    fn crowd(day: i64) -> ReflectionDay {
        ReflectionDay {
            at: quarter::at(day),
            sensor: "osaka".to_string(),
            ip_proto: 6,
            src_port: 80,
            class: "backscatter-tcp".to_string(),
            packets: 9_000,
            bytes: 540_000,
            sources: 2_000,
            addresses: 2,
            minute: 300,
            others: 3,
            first: quarter::at(day),
            last: quarter::at(day) + 3_600_000_000,
        }
    }

    fn check(reflections: Vec<ReflectionDay>, sensors: i64, expected: Expect) {
        let window = Window { reflections, sensors, ..quarter::window() };
        let names = ["packets", "sources", "port", "ports", "days"];
        expected.assert_eq(&quarter::said(&SynReflection.detect(&window), &names));
    }

    #[test]
    fn finds_a_crowd_of_servers_that_answer_one_sensor() {
        let https = ReflectionDay { src_port: 443, packets: 100, sources: 150, ..crowd(4) };
        check(
            vec![crowd(-2), crowd(3), crowd(4), https, crowd(9)],
            8,
            expect![[r#"
                syn-reflection:osaka:2014-04-04 packets 18100, sources 2000, port 80, ports 2, days 2, high
                syn-reflection:osaka:2014-04-10 packets 9000, sources 2000, port 80, ports 1, days 1, high
            "#]],
        );
    }

    #[test]
    fn finds_a_burst_at_the_only_sensor_weakly() {
        check(
            vec![crowd(3)],
            1,
            expect![[r#"
                syn-reflection:osaka:2014-04-04 packets 9000, sources 2000, port 80, ports 1, days 1, weak
            "#]],
        );
    }

    #[test]
    fn ignores_victims_of_attacks_on_others() {
        let cases = [
            ("other sensors see as many", 8, ReflectionDay { others: 1_500, ..crowd(3) }),
            ("a large sensor, each address with its own", 8, ReflectionDay { addresses: 256, ..crowd(3) }),
            ("few sources", 8, ReflectionDay { sources: 40, ..crowd(3) }),
            ("answers of UDP", 8, ReflectionDay { class: "backscatter-udp".to_string(), ..crowd(3) }),
            ("a slow day at the only sensor", 1, ReflectionDay { minute: 3, ..crowd(3) }),
        ];
        for (_, sensors, answers) in cases {
            check(vec![answers], sensors, expect![""]);
        }
    }
}
