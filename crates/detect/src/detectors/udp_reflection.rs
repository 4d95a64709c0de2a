//! Amplified answers of UDP services to one sensor: somebody asked them in the sensor's name.
//!
//! # Rule
//! On a day, UDP answers from at least 20 sources of one port that is known to amplify, at least 10 for each
//! address of the sensor that they came to, at least 100 packets, and at no other sensor more than a tenth as
//! many sources. Answers of name servers must be large as well, 300 bytes on average. Days with at most one
//! quiet day between them make one finding of the service at the sensor.
//!
//! # Why it matters
//! The sensor's address is the victim of an amplification attack, and each source is a server that
//! amplifies: both can be told.
//!
//! # When it is wrong
//! Answers to questions that random addresses forged (the aftermath of attacks on name servers) come in
//! small numbers to every sensor, are small, and are no reflection. An address that was a client of such
//! services before, or a peer of a network for sharing files, gets late answers: ports of such networks are
//! not among those known to amplify. Later fragments of large answers have no port and are not counted, so
//! bytes are a lower bound.
//!
//! # Sources
//! - rules D13, D33, D87 (the bounds are ours); ports of US-CERT alert TA14-017A and its later editions.
use std::collections::BTreeMap;

use teiten_model::day::ReflectionDay;
use teiten_model::finding::{Finding, Subject};
use teiten_model::interval::Timestamp;
use teiten_model::window::Window;

use crate::change::Shared;
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::evidence::{evidence, text};
use crate::measures::{number, real, share};
use crate::runs::{day, is_inside, joined, quiet_days};

/// UDP ports of services whose answers are larger than what they are asked.
const AMPLIFIERS: [i64; 27] = [
    17, 19, 53, 69, 111, 123, 137, 138, 161, 177, 389, 427, 443, 500, 520, 1434, 1900, 3283, 3478, 3702,
    5060, 5353, 5683, 10_001, 11_211, 27_015, 37_810,
];
const DNS: i64 = 53;
/// Times the fewest sources from which nothing is left to doubt.
const SURE_TIMES: f64 = 10.0;
const SURE_SENSORS: i64 = 3;

/// The detector.
#[derive(Debug)]
pub struct UdpReflection;

const ABOUT: About = About {
    id: "udp-reflection",
    title: "Amplified answers to a sensor",
    title_ja: "センサーを騙ったUDPリフレクション攻撃",
    version: 1,
    rule: "On a day, answers of one amplifying UDP service from many sources to few addresses of one sensor, while other sensors see nearly none.",
    rule_ja: "1日のうちに、増幅に使われる一つのUDPサービスの応答が、多数の送信元から一つのセンサーの少数のアドレスに届き、ほかのセンサーにはほとんど届かないこと。",
    why: "The sensor is the victim of an amplification attack; its sources are servers that amplify.",
    why_ja: "センサーが増幅攻撃の被害を受けています。送信元は増幅に悪用されたサーバーです。",
    wrong: "Reflection onto several sensors at once is missed; answers to random forged questions are small and spread and are left out.",
    wrong_ja: "複数のセンサーへの同時の反射は検知できません。ランダムに詐称された問い合わせへの応答は小さく分散するため除いています。",
    sources: &["rules D13, D33, D87"],
    tunables: &[
        Tunable::of("sources_min", 20.0, "sources/day", "Fewest sources at the sensor."),
        Tunable::of(
            "address_sources_min",
            10.0,
            "sources/address",
            "Fewest sources for each address reached.",
        ),
        Tunable::of("packets_min", 100.0, "packets/day", "Fewest answers."),
        Tunable::of("others_max", 0.1, "share", "Most sources at any other sensor, as a part of those here."),
        Tunable::of("dns_bytes_min", 300.0, "bytes/packet", "Least mean size of answers from 53/UDP."),
        Tunable::of("pause_days_max", 1.0, "days", "Most quiet days inside one finding."),
    ],
};

impl Detector for UdpReflection {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let bound = |name| ABOUT.bound(window, name);
        let (sources, packets, others) = (bound("sources_min"), bound("packets_min"), bound("others_max"));
        let (address_sources, dns_bytes) = (bound("address_sources_min"), bound("dns_bytes_min"));
        let pause = bound("pause_days_max") as i64;
        let is_crowd = |answers: &&ReflectionDay| {
            let here = answers.sources as f64;
            is_inside(window, answers.at)
                && answers.class == "backscatter-udp"
                && AMPLIFIERS.contains(&answers.src_port)
                && here >= sources
                && answers.packets as f64 >= packets
                && here >= address_sources * answers.addresses.max(1) as f64
                && answers.others as f64 <= others * here
                && (answers.src_port != DNS || share(answers.bytes, answers.packets) >= dns_bytes)
        };
        let mut services: BTreeMap<(i64, &str), Vec<&ReflectionDay>> = BTreeMap::new();
        for crowd in window.reflections.iter().filter(is_crowd) {
            services.entry((crowd.src_port, &crowd.sensor)).or_default().push(crowd);
        }
        let mut findings: Vec<Finding> = services
            .into_values()
            .flat_map(|crowds| joined(crowds, |before, after| quiet_days(before.at, after.at) <= pause))
            .map(|run| finding(&run, window))
            .collect();
        findings.sort_by(|a, b| {
            let packets = |finding: &Finding| finding.seen("packets").unwrap_or(0.0);
            packets(b).total_cmp(&packets(a)).then_with(|| a.id.cmp(&b.id))
        });
        findings
    }
}

fn finding(run: &[&ReflectionDay], window: &Window) -> Finding {
    let (sensor, port) = (&run[0].sensor, run[0].src_port);
    let (first, last) = (run[0].at, run[run.len() - 1].at);
    let interval = window.span(Timestamp(first), Timestamp(last));
    let most = |of: fn(&ReflectionDay) -> i64| run.iter().map(|crowd| of(crowd)).max().unwrap_or(0);
    let sum = |of: fn(&ReflectionDay) -> i64| run.iter().map(|crowd| of(crowd)).sum::<i64>();
    let sources = most(|crowd| crowd.sources);
    let (packets, bytes) = (sum(|crowd| crowd.packets), sum(|crowd| crowd.bytes));
    let bound = |name| ABOUT.bound(window, name);
    let confidence = confidence::of_sensors(
        window.sensors,
        sources as f64 >= SURE_TIMES * bound("sources_min") && window.sensors >= SURE_SENSORS,
    );
    let filter = format!("sensor == {} && class == \"backscatter-udp\" && src.port == {port}", text(sensor));
    Finding {
        id: format!("{}:{port}-udp-{sensor}:{}", ABOUT.id, day(first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Service(17, port),
        interval,
        measures: vec![
            number("packets", "packets", packets, Some(bound("packets_min"))),
            number("bytes", "bytes", bytes, None),
            real("packet_bytes", "bytes/packet", share(bytes, packets), None),
            number("sources", "sources/day", sources, Some(bound("sources_min"))),
            number("minute", "sources/minute", most(|crowd| crowd.minute), None),
            number("addresses", "addresses", most(|crowd| crowd.addresses), None),
            number("others", "sources/day", most(|crowd| crowd.others), None),
            number("days", "days", run.len() as i64, None),
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

    fn crowd(day: i64, port: i64) -> ReflectionDay {
        ReflectionDay {
            at: quarter::at(day),
            sensor: "osaka".to_string(),
            ip_proto: 17,
            src_port: port,
            class: "backscatter-udp".to_string(),
            packets: 30_000,
            bytes: 14_000_000,
            sources: 400,
            addresses: 1,
            minute: 250,
            others: 2,
            ..ReflectionDay::default()
        }
    }

    fn check(reflections: Vec<ReflectionDay>, sensors: i64, expected: Expect) {
        let window = Window { reflections, sensors, ..quarter::window() };
        let names = ["packets", "sources", "packet_bytes", "days"];
        expected.assert_eq(&quarter::said(&UdpReflection.detect(&window), &names));
    }

    #[test]
    fn finds_a_service_that_crowds_on_one_sensor() {
        check(
            vec![crowd(3, 123), crowd(3, 1_900), crowd(5, 123), crowd(8, 123)],
            8,
            expect![[r#"
            udp-reflection:123-udp-osaka:2014-04-04 packets 60000, sources 400, packet_bytes 466.67, days 2, high
            udp-reflection:123-udp-osaka:2014-04-09 packets 30000, sources 400, packet_bytes 466.67, days 1, high
            udp-reflection:1900-udp-osaka:2014-04-04 packets 30000, sources 400, packet_bytes 466.67, days 1, high
        "#]],
        );
        check(
            vec![ReflectionDay { sources: 30, ..crowd(3, 53) }],
            4,
            expect![[r#"
            udp-reflection:53-udp-osaka:2014-04-04 packets 30000, sources 30, packet_bytes 466.67, days 1, medium
        "#]],
        );
    }

    #[test]
    fn finds_with_one_sensor_only_weakly() {
        check(
            vec![crowd(3, 161)],
            1,
            expect![[r#"
            udp-reflection:161-udp-osaka:2014-04-04 packets 30000, sources 400, packet_bytes 466.67, days 1, weak
        "#]],
        );
    }

    #[test]
    fn ignores_answers_that_are_spread_small_or_of_no_amplifier() {
        let dns = || crowd(3, 53);
        let cases = [
            ("open resolvers, asked in the name of random addresses", ReflectionDay { others: 350, ..dns() }),
            ("small answers of name servers", ReflectionDay { bytes: 3_600_000, ..dns() }),
            ("a large sensor, few sources an address", ReflectionDay { addresses: 256, ..crowd(3, 123) }),
            ("peers of a network for sharing files", crowd(3, 6_881)),
            ("few packets", ReflectionDay { packets: 30, sources: 30, ..crowd(3, 123) }),
            ("few sources", ReflectionDay { sources: 12, ..crowd(3, 123) }),
            ("answers of TCP", ReflectionDay { class: "backscatter-tcp".to_string(), ..crowd(3, 123) }),
        ];
        for (_, answers) in cases {
            check(vec![answers], 8, expect![""]);
        }
    }
}
