//! Scans for open resolvers and for names that amplify.
//!
//! # Rule
//! Questions of a kind that looks for resolvers (the version of a server, the constant identifier of a
//! scanner's file, ANY, TXT or DNSKEY with recursion wanted, or names that carry the address asked) from at
//! least five sources or at three sensors on a day. Days with at most a week between them make one finding of
//! the name; of the kind, where there is no one name.
//!
//! # Why it matters
//! Lists of open resolvers are made so, and the names show which answers are about to be used to amplify.
//!
//! # When it is wrong
//! Scanners that only measure ask the same; sources on the known lists say so. An ordinary client whose
//! resolver's address now is a sensor asks one sensor and never these kinds. A name is a choice of the
//! scanner: who holds the domain has no part in it. Sources of a run are an estimate beyond 64.
//!
//! # Sources
//! - rules D82, D83, D84 (the bounds are ours).
use std::collections::BTreeMap;

use teiten_model::day::QuestionDay;
use teiten_model::finding::{Finding, Subject};
use teiten_model::interval::Timestamp;
use teiten_model::smallest::Smallest;
use teiten_model::window::Window;

use crate::change::Shared;
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::evidence::{evidence, exactly, text};
use crate::measures::{number, real, share};
use crate::runs::{day, is_inside, joined, quiet_days};

/// Part of the questions that must carry the address asked, where the kind says nothing.
const ENCODED_MIN: f64 = 0.9;
const SURE_SOURCES: f64 = 10.0;
const SURE_SENSORS: i64 = 3;

/// The detector.
#[derive(Debug)]
pub struct ResolverScan;

const ABOUT: About = About {
    id: "resolver-scan",
    title: "Scans for open resolvers",
    title_ja: "オープンリゾルバの探索",
    version: 1,
    rule: "Questions that look for resolvers or amplifiers, of one name or kind, from several sources or at several sensors.",
    rule_ja: "リゾルバや増幅に使える機器を探す、同じ名前または同じ種類のDNS問い合わせが、複数の送信元から、または複数のセンサーに届くこと。",
    why: "Lists of resolvers to be used in attacks are made so; the names show what will amplify.",
    why_ja: "攻撃に悪用するリゾルバの一覧はこのように作られます。問い合わせの名前から、増幅に使われる内容が分かります。",
    wrong: "Scanners that only measure ask the same; a name says nothing about who holds the domain.",
    wrong_ja: "測定だけを目的とするスキャナーも同じ問い合わせをします。名前からドメインの保有者について判断することはできません。",
    sources: &["rules D82-D84"],
    tunables: &[
        Tunable::of(
            "sources_min",
            5.0,
            "sources/day",
            "Sources from which questions are a scan, at however many sensors.",
        ),
        Tunable::of(
            "sensors_min",
            3.0,
            "sensors/day",
            "Sensors from which questions are a scan, from however many sources.",
        ),
        Tunable::of("pause_days_max", 7.0, "days", "Most quiet days inside one finding."),
        Tunable::of("findings_max", 100.0, "findings", "Most findings, those with the most sources first."),
    ],
};

impl Detector for ResolverScan {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let bound = |name| ABOUT.bound(window, name);
        let (sources, sensors) = (bound("sources_min"), bound("sensors_min"));
        let pause = bound("pause_days_max") as i64;
        let mut scans: BTreeMap<String, Vec<&QuestionDay>> = BTreeMap::new();
        for asked in window.questions.iter().filter(|asked| is_inside(window, asked.at)) {
            let is_scan = asked.sources as f64 >= sources || asked.sensors as f64 >= sensors;
            if let Some(subject) = subject(asked).filter(|_| is_scan) {
                scans.entry(subject).or_default().push(asked);
            }
        }
        let mut findings: Vec<Finding> = Vec::new();
        for (subject, days) in scans {
            let runs = joined(days, |before, after| quiet_days(before.at, after.at) <= pause);
            findings.extend(runs.iter().map(|run| finding(&subject, run, window)));
        }
        findings.sort_by(|a, b| {
            let key = |finding: &Finding| {
                (finding.seen("sources").unwrap_or(0.0), finding.seen("packets").unwrap_or(0.0))
            };
            let (a_key, b_key) = (key(a), key(b));
            b_key.0.total_cmp(&a_key.0).then(b_key.1.total_cmp(&a_key.1)).then_with(|| a.id.cmp(&b.id))
        });
        findings.truncate(bound("findings_max") as usize);
        findings
    }
}

/// What questions are about: a name, or the kind where there is no one name; `None` for questions of no scan.
fn subject(asked: &QuestionDay) -> Option<String> {
    let kind = match asked.kind.as_str() {
        kind @ ("version" | "tool" | "amplification") => kind,
        _ if share(asked.encoded, asked.packets) >= ENCODED_MIN => "encoded",
        _ => return None,
    };
    let tags = asked.tags.trim();
    Some(match (asked.dns_name.is_empty(), tags.is_empty()) {
        (false, _) => asked.dns_name.clone(),
        (true, true) => kind.to_string(),
        (true, false) => format!("{kind} {tags}"),
    })
}

fn finding(subject: &str, run: &[&QuestionDay], window: &Window) -> Finding {
    let (first, last) = (run[0].at, run[run.len() - 1].at);
    let interval = window.span(Timestamp(first), Timestamp(last));
    let sum = |of: fn(&QuestionDay) -> i64| run.iter().map(|asked| of(asked)).sum::<i64>();
    let packets = sum(|asked| asked.packets);
    let mut days: Vec<i64> = run.iter().map(|asked| asked.at).collect();
    days.dedup();
    let all: Smallest = run.iter().map(|asked| Smallest::read(&asked.sketch)).collect();
    let most_sources = run.iter().map(|asked| asked.sources).max().unwrap_or(0);
    let sources = all.sources().round().max(most_sources as f64);
    let sensors = run.iter().map(|asked| asked.sensors).max().unwrap_or(0);
    let confidence =
        confidence::of_sensors(sensors, sensors >= SURE_SENSORS && sources >= SURE_SOURCES && days.len() > 1);
    Finding {
        id: format!("{}:{}:{}", ABOUT.id, subject.replace(' ', "-"), day(first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Question(subject.to_string()),
        interval,
        measures: vec![
            number("packets", "packets", packets, None),
            real("sources", "sources", sources, None),
            number("sources_peak", "sources/day", most_sources, Some(ABOUT.bound(window, "sources_min"))),
            number(
                "addresses",
                "addresses",
                run.iter().map(|asked| asked.addresses).max().unwrap_or(0),
                None,
            ),
            real("big", "share", share(sum(|asked| asked.big), packets), None),
            real("encoded", "share", share(sum(|asked| asked.encoded), packets), None),
            number("type", "type", run[0].dns_type, None),
            number("days", "days", days.len() as i64, None),
        ],
        confidence,
        sensors,
        evidence: evidence(filter(run[0]), interval),
    }
}

/// The filter that opens the questions; names that carry an address have no common form.
fn filter(asked: &QuestionDay) -> String {
    let mut filter = "dns.flags.response == 0 && !icmp".to_string();
    if !asked.dns_name.is_empty() {
        let name = text(&format!("^{}$", exactly(&asked.dns_name)));
        filter = format!("{filter} && dns.qry.name matches {name}");
    } else if asked.dns_type >= 0 {
        filter = format!("{filter} && dns.qry.type == {}", asked.dns_type);
    }
    match asked.tags.split_whitespace().next() {
        Some(tag) if asked.dns_name.is_empty() => format!("{filter} && tag == {}", text(tag)),
        _ => filter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quarter;
    use expect_test::{Expect, expect};

    fn asked(day: i64, kind: &str, name: &str, sources: u32) -> QuestionDay {
        QuestionDay {
            at: quarter::at(day),
            kind: kind.to_string(),
            dns_name: name.to_string(),
            dns_type: 255,
            packets: i64::from(sources) * 6,
            sources: i64::from(sources),
            sensors: 4,
            addresses: 20,
            big: i64::from(sources) * 6,
            sketch: quarter::sketch(0..sources),
            ..QuestionDay::default()
        }
    }

    fn check(questions: Vec<QuestionDay>, expected: Expect) {
        let window = Window { questions, ..quarter::window() };
        let names = ["packets", "sources", "sources_peak", "days"];
        expected.assert_eq(&quarter::said(&ResolverScan.detect(&window), &names));
    }

    #[test]
    fn finds_names_that_amplify_and_what_looks_for_resolvers() {
        let tool = QuestionDay { tags: "zmap-udp".to_string(), ..asked(7, "tool", "", 2) };
        let encoded = QuestionDay { encoded: 12, ..asked(7, "other", "", 2) };
        check(
            vec![
                asked(-3, "amplification", "isc.example", 9),
                asked(1, "amplification", "isc.example", 9),
                asked(6, "amplification", "isc.example", 12),
                asked(6, "version", "version.bind", 1),
                tool,
                encoded,
                asked(40, "amplification", "isc.example", 9),
            ],
            expect![[r#"
                resolver-scan:isc.example:2014-04-02 packets 126, sources 12, sources_peak 12, days 2, high
                resolver-scan:isc.example:2014-05-11 packets 54, sources 9, sources_peak 9, days 1, medium
                resolver-scan:encoded:2014-04-08 packets 12, sources 2, sources_peak 2, days 1, medium
                resolver-scan:tool-zmap-udp:2014-04-08 packets 12, sources 2, sources_peak 2, days 1, medium
                resolver-scan:version.bind:2014-04-07 packets 6, sources 1, sources_peak 1, days 1, medium
            "#]],
        );
    }

    #[test]
    fn finds_several_sources_at_one_sensor_weakly() {
        check(
            vec![QuestionDay { sensors: 1, ..asked(1, "amplification", "isc.example", 9) }],
            expect![[r#"
            resolver-scan:isc.example:2014-04-02 packets 54, sources 9, sources_peak 9, days 1, weak
        "#]],
        );
    }

    #[test]
    fn ignores_clients_and_ordinary_questions() {
        let cases = [
            (
                "a client that asks one sensor",
                QuestionDay { sensors: 1, ..asked(1, "amplification", "mail.example", 1) },
            ),
            ("ordinary questions of many", asked(1, "other", "www.example", 40)),
            ("names of which few carry an address", QuestionDay { encoded: 20, ..asked(1, "other", "", 40) }),
        ];
        for (_, asked) in cases {
            check(vec![asked], expect![""]);
        }
    }
}
