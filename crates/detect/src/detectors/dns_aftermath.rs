//! Zones whose name servers are asked for names that do not exist: the aftermath of random-subdomain attacks.
//!
//! # Rule
//! On a day, answers about one registered domain number at least 20, nine in ten of them about a name of
//! its own, eight in ten about a name whose leftmost label looks random, eight in ten with "no such name",
//! "server failure" or "refused", from at least 5 sources. Days with at most 3 others between them make one
//! finding. The bounds are for few addresses, so they count days and not minutes.
//!
//! # Why it matters
//! Open resolvers ask the zone's name servers for each of these names, and so overload them. Answers reach
//! sensors because the questions carried forged sources. When "server failure" grows, the name servers no
//! longer answer: the attack has an effect.
//!
//! # When it is wrong
//! The victim is the zone, not the source of the answers (that is an open resolver) and not the host an
//! ICMP error quotes (D71, D74). Lists that are asked by name (mail block lists, file hashes) are told apart
//! by their labels; a sensor's address that was a resolver's client before would see such answers. Attacks
//! with words of a dictionary look less random and are missed.
//!
//! # Sources
//! - rules D73-D79 (bounds: D76, widened to a day), D81, D85-D87.
use teiten_model::finding::{Finding, Subject};
use teiten_model::interval::Timestamp;
use teiten_model::window::{DnsCount, DnsZone, Window};

use crate::change::Shared;
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::evidence::{evidence, exactly};
use crate::measures::{number, real};
use crate::runs::{day, joined, quiet_days};

/// Sensors, days and sources from which nothing is left to doubt.
const SURE_SENSORS: i64 = 3;
const SURE_DAYS: usize = 3;
const SURE_RESPONDERS: i64 = 50;

/// The detector.
#[derive(Debug)]
pub struct DnsAftermath;

const ABOUT: About = About {
    id: "dns-aftermath",
    title: "Aftermath of random-subdomain attacks on name servers",
    title_ja: "ランダムサブドメイン攻撃の余波",
    version: 1,
    rule: "On a day, many answers about one registered domain, each about another name that looks random and does not exist, from several sources.",
    rule_ja: "1日のうちに、一つの登録ドメインについて、ランダムに見える存在しない名前ごとの応答が複数の送信元から多数届くこと。",
    why: "Open resolvers are used to overload the zone's name servers; a growing share of server failures shows the effect.",
    why_ja: "オープンリゾルバが、ゾーンの権威DNSサーバーに負荷をかけるために悪用されています。SERVFAILの割合の増加がその影響を示します。",
    wrong: "Dictionary words as labels are missed; block lists asked by name resemble it and are told apart by their labels.",
    wrong_ja: "辞書の単語をラベルに使う攻撃は検知できません。名前で照会するブロックリストは似ていますが、ラベルの形で区別しています。",
    sources: &["rules D73-D79, D81, D85-D87"],
    tunables: &[
        // Zones and days with fewer are not handed to detectors.
        Tunable::of("answers_min", 20.0, "packets/day", "Fewest answers of a day.")
            .within(20.0, f64::INFINITY),
        Tunable::of("unique_min", 0.9, "names/answer", "Least share of names of their own.").within(0.0, 1.0),
        Tunable::of("random_min", 0.8, "share", "Least share of random-looking labels."),
        Tunable::of("failed_min", 0.8, "share", "Least share of answers without a result."),
        Tunable::of("responders_min", 5.0, "sources/day", "Fewest sources of a day."),
        Tunable::of("pause_days_max", 3.0, "days", "Most quiet days inside one finding.").whole(0.0, 92.0),
    ],
};

impl Detector for DnsAftermath {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let mut findings: Vec<Finding> =
            window.dns_zones.iter().flat_map(|zone| findings_of(zone, window)).collect();
        findings.sort_by(|a, b| {
            let answers = |finding: &Finding| finding.seen("answers").unwrap_or(0.0);
            answers(b).total_cmp(&answers(a)).then_with(|| a.id.cmp(&b.id))
        });
        findings
    }
}

fn is_suspect(count: &DnsCount, window: &Window) -> bool {
    let bound = |name| ABOUT.bound(window, name);
    count.answers as f64 >= bound("answers_min")
        && count.part(count.names) >= bound("unique_min")
        && count.part(count.random) >= bound("random_min")
        && count.part(count.no_such_name + count.server_failure + count.refused) >= bound("failed_min")
        && count.responders as f64 >= bound("responders_min")
}

fn findings_of(zone: &DnsZone, window: &Window) -> Vec<Finding> {
    let days = zone.days.iter().filter(|(_, count)| is_suspect(count, window));
    let pause = ABOUT.bound(window, "pause_days_max") as i64;
    let runs = joined(days, |before, after| quiet_days(before.0.0, after.0.0) <= pause);
    let is_one = runs.len() == 1;
    runs.iter().map(|run| finding(zone, run, is_one, window)).collect()
}

/// A finding over a run of days; counts of distinct things are exact where there is one run only.
fn finding(zone: &DnsZone, run: &[&(Timestamp, DnsCount)], is_one: bool, window: &Window) -> Finding {
    let (first, last) = (run[0].0, run[run.len() - 1].0);
    let interval = window.span(first.max(window.interval.start), last);
    let count = if is_one { zone.total } else { added(run) };
    let confidence = confidence::of_sensors(
        count.sensors,
        count.sensors >= SURE_SENSORS && run.len() >= SURE_DAYS && count.responders >= SURE_RESPONDERS,
    );
    let part = |name, of: i64, expected| real(name, "share", count.part(of), Some(expected));
    Finding {
        id: format!("{}:{}:{}", ABOUT.id, zone.zone, day(first.0)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Zone(zone.zone.clone()),
        interval,
        measures: vec![
            number("answers", "packets", count.answers, None),
            part("unique_names", count.names, ABOUT.bound(window, "unique_min")),
            part("no_such_name", count.no_such_name, 0.0),
            part("server_failure", count.server_failure, 0.0),
            part("refused", count.refused, 0.0),
            number("responders", "sources", count.responders, Some(ABOUT.bound(window, "responders_min"))),
            number("errors", "packets", if is_one { zone.errors } else { 0 }, None),
            number("days", "days", run.len() as i64, None),
        ],
        confidence,
        sensors: count.sensors,
        evidence: evidence(filter(&zone.zone), interval),
    }
}

/// Sums of a run's days; distinct names and sources of single days are lower bounds of those of the run.
fn added(run: &[&(Timestamp, DnsCount)]) -> DnsCount {
    run.iter().fold(DnsCount::default(), |sum, (_, day)| sum.with(day))
}

/// The filter that opens the answers about a zone.
fn filter(zone: &str) -> String {
    let escaped = exactly(zone);
    format!("dns.flags.response == 1 && dns.qry.name matches r\"(^|\\.){escaped}$\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use teiten_model::interval::{DAY_US, Interval};

    const DAY: i64 = 16_161;

    fn count(answers: i64, names: i64, random: i64, codes: [i64; 3], responders: i64) -> DnsCount {
        let [no_such_name, server_failure, refused] = codes;
        DnsCount {
            answers,
            names,
            random,
            no_such_name,
            server_failure,
            refused,
            responders,
            sensors: responders.min(4),
        }
    }

    fn check(days: &[(i64, DnsCount)], expected: Expect) {
        let at = |day: i64| Timestamp((DAY + day) * DAY_US);
        let total = added(
            &days
                .iter()
                .map(|(day, count)| (at(*day), *count))
                .collect::<Vec<_>>()
                .iter()
                .collect::<Vec<_>>(),
        );
        let zone = DnsZone {
            zone: "news.example".to_string(),
            total,
            days: days.iter().map(|(day, count)| (at(*day), *count)).collect(),
            errors: 7,
        };
        let window = Window {
            interval: Interval { start: at(0), end: at(91) },
            days: Vec::new(),
            packets: 100_000,
            sensors: 4,
            dns_zones: vec![zone],
            dns_days: Vec::new(),
            source_ports: Vec::new(),
            ..Window::default()
        };
        let said: String = DnsAftermath
            .detect(&window)
            .iter()
            .map(|finding| {
                let seen = |name| finding.seen(name).unwrap_or(-1.0);
                format!(
                    "{} {} answers, unique {:.2}, failing {:.2}, {} sources, {}\n",
                    finding.id,
                    seen("answers"),
                    seen("unique_names"),
                    seen("server_failure"),
                    seen("responders"),
                    finding.confidence.name()
                )
            })
            .collect();
        expected.assert_eq(&said);
    }

    #[test]
    fn finds_a_zone_asked_for_names_that_do_not_exist() {
        let day = count(200, 200, 190, [150, 46, 4], 120);
        check(
            &[(0, day), (1, day), (4, day)],
            expect![[r#"
            dns-aftermath:news.example:2014-04-01 600 answers, unique 1.00, failing 0.23, 120 sources, high
        "#]],
        );
    }

    #[test]
    fn finds_two_attacks_when_quiet_days_part_them() {
        let day = count(30, 29, 30, [30, 0, 0], 25);
        check(
            &[(0, day), (9, day)],
            expect![[r#"
            dns-aftermath:news.example:2014-04-01 30 answers, unique 0.97, failing 0.00, 25 sources, medium
            dns-aftermath:news.example:2014-04-10 30 answers, unique 0.97, failing 0.00, 25 sources, medium
        "#]],
        );
    }

    #[test]
    fn ignores_what_only_resembles_it() {
        let cases = [
            ("names of a content network exist", count(500, 480, 450, [20, 0, 0], 100)),
            ("one name asked again and again", count(500, 3, 500, [500, 0, 0], 100)),
            ("a block list asked by address", count(500, 500, 0, [480, 0, 0], 100)),
            ("one server answers", count(500, 500, 500, [500, 0, 0], 1)),
            ("too few", count(19, 19, 19, [19, 0, 0], 19)),
        ];
        for (_, day) in cases {
            check(&[(0, day), (1, day)], expect![""]);
        }
    }

    #[test]
    fn finds_with_one_sensor_only_weakly() {
        let day = DnsCount { sensors: 1, ..count(200, 200, 190, [150, 46, 4], 120) };
        check(
            &[(0, day), (1, day), (2, day)],
            expect![[r#"
            dns-aftermath:news.example:2014-04-01 600 answers, unique 1.00, failing 0.23, 120 sources, weak
        "#]],
        );
    }
}
