//! Organisations that scan openly, and how much of the traffic is theirs.
//!
//! # Rule
//! All heavy or broad sources of a known scanning organisation in the period make one finding of the
//! organisation. Sources that no list has, but whose reverse name lies in the domain of such an organisation, make
//! another, whose subject names the domain and which is never surer than *low*.
//!
//! # Why it matters
//! What they send is a large part of what arrives and no sign of danger; who reads a rise wants to know
//! whether it is theirs.
//!
//! # When it is wrong
//! Known lists are behind: sources that are new are not told, and a cloud address may have passed to
//! somebody else since it was last seen. Of each day the heaviest and broadest sources are kept, so numbers
//! are lower bounds. Who scans openly may still be unwanted. A reverse name is what whoever runs the address wrote
//! there: a name alone is no proof. Names are compared label by label, and a source of another AS than those from
//! which the organisation is known to scan has a forged one; where it rents addresses anywhere, nothing tells that.
//!
//! # Sources
//! - rules D53, D53a (names); rules D97, D98 for what is kept of a day.
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use teiten_model::day::{SourceDay, address};
use teiten_model::finding::{Confidence, Finding, Subject};
use teiten_model::interval::Timestamp;
use teiten_model::window::Window;

use crate::change::Shared;
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::evidence::{evidence, text};
use crate::measures::{number, real, share};
use crate::runs::{day, is_inside};
use crate::survey_names;

const SURE_SENSORS: i64 = 3;
const SURE_DAYS: usize = 3;
/// Sources that a filter names.
const FILTER_SOURCES_MAX: usize = 20;

/// The detector.
#[derive(Debug)]
pub struct SurveyScanner;

const ABOUT: About = About {
    id: "survey-scanner",
    title: "Organisation that scans openly",
    title_ja: "調査目的のスキャナー",
    version: 2,
    rule: "All heavy or broad sources of a known scanning organisation make one finding; those that only their reverse names tell make another, never surer than low.",
    rule_ja: "既知の調査組織による、パケット数の多い、または広範囲な送信元をまとめて一つの検知結果とします。逆引き名だけが示す送信元は別の検知結果とし、確度は「低」を超えません。",
    why: "What they send is a large part of what arrives and no sign of danger.",
    why_ja: "到着するパケットの大きな部分を占めますが、危険の兆候ではありません。",
    wrong: "Lists are behind and addresses change hands; numbers are lower bounds. Anybody can write any reverse name: a name alone is no proof.",
    wrong_ja: "一覧は実態より遅れ、アドレスの利用者は変わります。件数は下限です。逆引き名は誰でも自由に設定できるため、名前だけでは証拠になりません。",
    sources: &["rules D53, D53a, D97, D98"],
    tunables: &[
        Tunable::of("packets_min", 10.0, "packets", "Fewest packets of an organisation."),
        Tunable::of("findings_max", 100.0, "findings", "Most findings, those with the most packets first."),
    ],
};

impl Detector for SurveyScanner {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let bound = |name| ABOUT.bound(window, name);
        let mut actors: BTreeMap<Told<'_>, Vec<&SourceDay>> = BTreeMap::new();
        for row in window.sources.iter().filter(|row| is_inside(window, row.at)) {
            if let Some(told) = told(row, window) {
                actors.entry(told).or_default().push(row);
            }
        }
        let packets = |rows: &[&SourceDay]| rows.iter().map(|row| row.packets).sum::<i64>();
        let mut actors: Vec<(Told<'_>, i64, Vec<&SourceDay>)> = actors
            .into_iter()
            .map(|(told, rows)| (told, packets(&rows), rows))
            .filter(|(_, packets, _)| *packets as f64 >= bound("packets_min"))
            .collect();
        actors.sort_by_key(|(told, packets, _)| (std::cmp::Reverse(*packets), *told));
        actors.truncate(bound("findings_max") as usize);
        actors.into_iter().map(|(told, packets, rows)| finding(told, packets, &rows, window)).collect()
    }
}

/// What tells an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told<'a> {
    /// A list of addresses; the organisation.
    Listed(&'a str),
    /// Reverse names; the organisation and the domain.
    Named(&'a str, &'a str),
}

fn told<'a>(row: &'a SourceDay, window: &Window) -> Option<Told<'a>> {
    if !row.actor.is_empty() {
        return Some(Told::Listed(&row.actor));
    }
    let name = window.names.get(&address(row.src, &row.src6)?)?;
    survey_names::told(name, row.src_asn).map(|(own, domain)| Told::Named(&own.name, domain))
}

fn finding(told: Told<'_>, packets: i64, rows: &[&SourceDay], window: &Window) -> Finding {
    let days: BTreeSet<i64> = rows.iter().map(|row| row.at).collect();
    let sources: BTreeSet<IpAddr> = rows.iter().filter_map(|row| address(row.src, &row.src6)).collect();
    let (first, last) = (rows[0].at, rows[rows.len() - 1].at);
    let interval = window.span(Timestamp(first), Timestamp(last));
    let most = |of: fn(&SourceDay) -> i64| rows.iter().map(|row| of(row)).max().unwrap_or(0);
    let sensors = most(|row| row.sensors);
    let confidence = confidence::of_sensors(sensors, sensors >= SURE_SENSORS && days.len() >= SURE_DAYS);
    let (id, subject, filter, confidence) = match told {
        Told::Listed(actor) => {
            (actor.to_string(), actor.to_string(), format!("actor == {}", text(actor)), confidence)
        }
        // A name alone is no proof, however many sensors saw its bearer.
        Told::Named(actor, domain) => {
            let (id, subject) = (format!("{actor}-{domain}"), format!("{actor} (*.{domain})"));
            (id, subject, of_sources(&sources), confidence.min(Confidence::Low))
        }
    };
    Finding {
        id: format!("{}:{}:{}", ABOUT.id, id.replace(' ', "-"), day(first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Group(subject),
        interval,
        measures: vec![
            number("packets", "packets", packets, Some(ABOUT.bound(window, "packets_min"))),
            real("share", "share", share(packets, window.packets), None),
            number("sources", "sources", sources.len() as i64, None),
            number("addresses", "addresses", most(|row| row.addresses), None),
            number("ports", "ports", most(|row| row.ports), None),
            number("days", "days", days.len() as i64, None),
        ],
        confidence,
        sensors,
        evidence: evidence(filter, interval),
    }
}

/// The packets of sources; of very many, of the first.
fn of_sources(sources: &BTreeSet<IpAddr>) -> String {
    let one = |source: &IpAddr| match source {
        IpAddr::V4(source) => format!("ip.src == {source}"),
        IpAddr::V6(source) => format!("ipv6.src == {source}"),
    };
    let all: Vec<String> = sources.iter().take(FILTER_SOURCES_MAX).map(one).collect();
    all.join(" || ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quarter;
    use expect_test::{Expect, expect};

    fn row(day: i64, src: i64, actor: &str) -> SourceDay {
        SourceDay {
            at: quarter::at(day),
            src,
            actor: actor.to_string(),
            packets: 200,
            addresses: 30,
            sensors: 4,
            regions: 3,
            ports: 40,
            ..SourceDay::default()
        }
    }

    fn check(sources: Vec<SourceDay>, expected: Expect) {
        let window = Window { sources, ..quarter::window() };
        let names = ["packets", "share", "sources", "ports", "days"];
        expected.assert_eq(&quarter::said(&SurveyScanner.detect(&window), &names));
    }

    #[test]
    fn finds_each_organisation_once_whatever_its_sources() {
        check(
            vec![
                row(-1, 1, "census.example"),
                row(1, 1, "census.example"),
                row(1, 2, "census.example"),
                row(2, 3, "Uni Example"),
                row(9, 2, "census.example"),
            ],
            expect![[r#"
                survey-scanner:census.example:2014-04-02 packets 600, share 0.01, sources 2, ports 40, days 2, medium
                survey-scanner:Uni-Example:2014-04-03 packets 200, share 0.00, sources 1, ports 40, days 1, medium
            "#]],
        );
    }

    fn check_named(name: &str, asn: i64, expected: Expect) {
        let sources = (1..5).map(|day| SourceDay { src_asn: asn, ..row(day, 9, "") }).collect();
        let names = BTreeMap::from([(IpAddr::from([0, 0, 0, 9]), name.to_string())]);
        let window = Window { sources, names, ..quarter::window() };
        expected.assert_eq(&quarter::said(&SurveyScanner.detect(&window), &["packets", "sources"]));
    }

    #[test]
    fn finds_sources_by_their_names_but_is_never_sure() {
        check_named(
            "red.census.shodan.io",
            64_500,
            expect![[r#"
                survey-scanner:Shodan-shodan.io:2014-04-02 packets 800, sources 1, low
            "#]],
        );
        check_named(
            "scanner-09.ch1.censys-scanner.com",
            398_324,
            expect![[r#"
                survey-scanner:Censys-censys-scanner.com:2014-04-02 packets 800, sources 1, low
            "#]],
        );
    }

    #[test]
    fn ignores_forged_names() {
        check_named("x.shodan.io.evil.example", 64_500, expect![""]);
        check_named("census-shodan.io", 64_500, expect![""]);
        // The organisation does not scan from that AS.
        check_named("scanner-09.ch1.censys-scanner.com", 64_500, expect![""]);
    }

    #[test]
    fn ignores_other_sources_and_the_time_before() {
        check(vec![row(-1, 1, "census.example"), row(1, 2, "")], expect![""]);
        check(vec![SourceDay { packets: 4, ..row(1, 1, "census.example") }], expect![""]);
    }
}
