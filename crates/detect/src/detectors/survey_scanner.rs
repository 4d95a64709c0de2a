//! Organisations that scan openly, and how much of the traffic is theirs.
//!
//! # Rule
//! All heavy or broad sources of a known scanning organisation in the period make one finding of the
//! organisation.
//!
//! # Why it matters
//! What they send is a large part of what arrives and no sign of danger; who reads a rise wants to know
//! whether it is theirs.
//!
//! # When it is wrong
//! Known lists are behind: sources that are new are not told, and a cloud address may have passed to
//! somebody else since it was last seen. Of each day the heaviest and broadest sources are kept, so numbers
//! are lower bounds. Who scans openly may still be unwanted.
//!
//! # Sources
//! - rule D53; rules D97, D98 for what is kept of a day.
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use teiten_model::day::{SourceDay, address};
use teiten_model::finding::{Finding, Subject};
use teiten_model::interval::Timestamp;
use teiten_model::window::Window;

use crate::change::Shared;
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::evidence::{evidence, text};
use crate::measures::{number, real, share};
use crate::runs::{day, is_inside};

const SURE_SENSORS: i64 = 3;
const SURE_DAYS: usize = 3;

/// The detector.
#[derive(Debug)]
pub struct SurveyScanner;

const ABOUT: About = About {
    id: "survey-scanner",
    title: "Organisation that scans openly",
    title_ja: "調査目的のスキャナー",
    version: 1,
    rule: "All heavy or broad sources of a known scanning organisation make one finding.",
    why: "What they send is a large part of what arrives and no sign of danger.",
    wrong: "Lists are behind and addresses change hands; numbers are lower bounds.",
    sources: &["rules D53, D97, D98"],
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
        let mut actors: BTreeMap<&str, Vec<&SourceDay>> = BTreeMap::new();
        let is_known = |row: &&SourceDay| is_inside(window, row.at) && !row.actor.is_empty();
        for row in window.sources.iter().filter(is_known) {
            actors.entry(&row.actor).or_default().push(row);
        }
        let packets = |rows: &[&SourceDay]| rows.iter().map(|row| row.packets).sum::<i64>();
        let mut actors: Vec<(&str, i64, Vec<&SourceDay>)> = actors
            .into_iter()
            .map(|(actor, rows)| (actor, packets(&rows), rows))
            .filter(|(_, packets, _)| *packets as f64 >= bound("packets_min"))
            .collect();
        actors.sort_by_key(|(actor, packets, _)| (std::cmp::Reverse(*packets), *actor));
        actors.truncate(bound("findings_max") as usize);
        actors.into_iter().map(|(actor, packets, rows)| finding(actor, packets, &rows, window)).collect()
    }
}

fn finding(actor: &str, packets: i64, rows: &[&SourceDay], window: &Window) -> Finding {
    let days: BTreeSet<i64> = rows.iter().map(|row| row.at).collect();
    let sources: BTreeSet<IpAddr> = rows.iter().filter_map(|row| address(row.src, &row.src6)).collect();
    let (first, last) = (rows[0].at, rows[rows.len() - 1].at);
    let interval = window.span(Timestamp(first), Timestamp(last));
    let most = |of: fn(&SourceDay) -> i64| rows.iter().map(|row| of(row)).max().unwrap_or(0);
    let sensors = most(|row| row.sensors);
    let confidence = confidence::of_sensors(sensors, sensors >= SURE_SENSORS && days.len() >= SURE_DAYS);
    Finding {
        id: format!("{}:{}:{}", ABOUT.id, actor.replace(' ', "-"), day(first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Group(actor.to_string()),
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
        evidence: evidence(format!("actor == {}", text(actor)), interval),
    }
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

    #[test]
    fn ignores_other_sources_and_the_time_before() {
        check(vec![row(-1, 1, "census.example"), row(1, 2, "")], expect![""]);
        check(vec![SourceDay { packets: 4, ..row(1, 1, "census.example") }], expect![""]);
    }
}
