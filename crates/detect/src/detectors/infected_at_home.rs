//! Sources of the country at home that look infected.
//!
//! # Rule
//! By kind (Mirai's sequence number, GRE that nobody asked for, 445/TCP with one window over several
//! addresses): all days of the period with such sources of the home country, when there are two sources on
//! some day, or one source on three days.
//!
//! # Why it matters
//! These are the hosts whose owners can be told, by way of their AS.
//!
//! # When it is wrong
//! Addresses change hands within a day, so sources are not hosts; and behind one address may stand many.
//! Mirai's sequence number is copied by other families, and a source that shows it may be a program for
//! research. GRE can be a tunnel with a wrong address. Sources may be forged for GRE, which needs no
//! connection.
//!
//! # Sources
//! - rules D39, D146 (kinds), D120 (what is told to whom). The bounds are ours.
use std::collections::{BTreeMap, BTreeSet};

use teiten_model::finding::{Finding, Subject};
use teiten_model::interval::Timestamp;
use teiten_model::window::{InfectedDay, Window};

use crate::change::Shared;
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::evidence::{evidence, text};
use crate::measures::{number, real, share};
use crate::runs::{day, ends, is_inside};

const SURE_SENSORS: i64 = 3;
const SURE_DAYS: usize = 3;

/// The detector.
#[derive(Debug)]
pub struct InfectedAtHome;

const ABOUT: About = About {
    id: "infected-at-home",
    title: "Sources at home that look infected",
    title_ja: "国内の感染が疑われる送信元",
    version: 1,
    rule: "Sources of the home country with the trait of Mirai, with GRE nobody asked for, or with 445/TCP and one window, day by day.",
    rule_ja: "Miraiの特徴を持つパケット、要求していないGRE、またはウィンドウサイズが一つに決まった445/TCPを送る自国の送信元（日ごと）。",
    why: "The owners of these hosts can be told, by way of their AS.",
    why_ja: "ASを通じて、これらの機器の所有者に知らせることができます。",
    wrong: "Addresses change hands and traits are copied: a source is no host and no proof.",
    wrong_ja: "アドレスの利用者は変わり、特徴は模倣されます。送信元は機器そのものではなく、感染の証拠でもありません。",
    sources: &["rules D39, D120, D146"],
    tunables: &[
        Tunable::of("sources_min", 2.0, "sources/day", "Fewest sources on some day."),
        Tunable::of("days_min", 3.0, "days", "Days from which a single source suffices."),
    ],
};

impl Detector for InfectedAtHome {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        if window.home.is_empty() {
            return Vec::new();
        }
        let mut kinds: BTreeMap<&str, Vec<&InfectedDay>> = BTreeMap::new();
        for row in window.infected.iter().filter(|row| is_inside(window, row.at) && row.sources > 0) {
            kinds.entry(&row.kind).or_default().push(row);
        }
        let mut findings: Vec<Finding> =
            kinds.into_iter().filter_map(|(kind, rows)| finding(kind, &rows, window)).collect();
        findings.sort_by(|a, b| {
            let sources = |finding: &Finding| finding.seen("sources").unwrap_or(0.0);
            sources(b).total_cmp(&sources(a)).then_with(|| a.id.cmp(&b.id))
        });
        findings
    }
}

/// The filter of a kind; `None` for a kind without one.
fn filter(kind: &str, home: &str) -> Option<String> {
    let trait_of = match kind {
        "mirai" => "tag == \"mirai\"",
        "gre" => "proto == 47",
        "smb" => "proto == 6 && dst.port == 445 && class == \"scan-syn\"",
        _ => return None,
    };
    Some(format!("src.country == {} && {trait_of}", text(home)))
}

fn finding(kind: &str, rows: &[&InfectedDay], window: &Window) -> Option<Finding> {
    let mut days: BTreeMap<i64, i64> = BTreeMap::new();
    let mut networks: BTreeMap<i64, i64> = BTreeMap::new();
    for row in rows {
        *days.entry(row.at).or_default() += row.sources;
        *networks.entry(row.asn).or_default() += row.sources;
    }
    let bound = |name| ABOUT.bound(window, name);
    let peak = days.values().copied().max()?;
    if (peak as f64) < bound("sources_min") && (days.len() as f64) < bound("days_min") {
        return None;
    }
    let (first, last) = (*days.keys().next()?, *days.keys().next_back()?);
    let interval = window.span(Timestamp(first), Timestamp(last));
    let watched =
        window.days.iter().filter(|day| is_inside(window, day.start.0) && day.sensor_hours > 0).count();
    let all: i64 = days.values().sum();
    let known: BTreeSet<i64> = networks.keys().copied().filter(|asn| *asn >= 0).collect();
    let top = networks.iter().filter(|(asn, _)| **asn >= 0).max_by_key(|(asn, sources)| (**sources, -**asn));
    let sensors = rows.iter().map(|row| row.sensors).max().unwrap_or(0);
    let confidence = confidence::of_sensors(sensors, sensors >= SURE_SENSORS && days.len() >= SURE_DAYS);
    let mut measures = vec![
        real("sources", "sources/day", all as f64 / watched.max(1) as f64, None),
        number("sources_peak", "sources/day", peak, Some(bound("sources_min"))),
        number("packets", "packets", rows.iter().map(|row| row.packets).sum(), None),
        number("asns", "AS", known.len() as i64, None),
        number("days", "days", days.len() as i64, None),
    ];
    if let Some((asn, sources)) = top {
        measures.push(number("top_asn", "AS", *asn, None));
        measures.push(real("top_asn_share", "share", share(*sources, all), None));
    }
    // The trend is that of the whole period: a kind that ended has fallen to nothing.
    let inside = |at: &i64| is_inside(window, *at);
    let bounds = window.days.iter().map(|day| day.start.0).filter(inside);
    let trend =
        bounds.clone().min().zip(bounds.max()).and_then(|(start, end)| {
            ends(window, start, end, |at| days.get(&at).copied().unwrap_or(0) as f64)
        });
    if let Some((before, after)) = trend {
        measures.push(real("last_week", "sources/day", after, Some(before)));
    }
    Some(Finding {
        id: format!("{}:{}-{kind}:{}", ABOUT.id, window.home, day(first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Country(window.home.clone(), kind.to_string()),
        interval,
        measures,
        confidence,
        sensors,
        evidence: evidence(filter(kind, &window.home)?, interval),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quarter;
    use expect_test::{Expect, expect};

    fn row(day: i64, kind: &str, asn: i64, sources: i64) -> InfectedDay {
        InfectedDay {
            at: quarter::at(day),
            kind: kind.to_string(),
            asn,
            sources,
            packets: sources * 3,
            sensors: 4,
        }
    }

    fn check(home: &str, infected: Vec<InfectedDay>, expected: Expect) {
        let window = Window { infected, home: home.to_string(), ..quarter::window() };
        let names = ["sources", "sources_peak", "asns", "top_asn", "top_asn_share", "last_week", "days"];
        expected.assert_eq(&quarter::said(&InfectedAtHome.detect(&window), &names));
    }

    #[test]
    fn finds_each_kind_with_its_networks_and_its_trend() {
        let mirai =
            (0..91).flat_map(|day| [row(day, "mirai", 64_500, 6 + day / 10), row(day, "mirai", -1, 2)]);
        let gre = (5..9).map(|day| row(day, "gre", 64_501, 1));
        check(
            "JP",
            mirai.chain(gre).collect(),
            expect![[r#"
            infected-at-home:JP-mirai:2014-04-01 sources 12.05, sources_peak 17, asns 1, top_asn 64500, top_asn_share 0.83, last_week 16.14, days 91, high
            infected-at-home:JP-gre:2014-04-06 sources 0.04, sources_peak 1, asns 1, top_asn 64501, top_asn_share 1, last_week 0, days 4, high
        "#]],
        );
    }

    #[test]
    fn finds_at_one_sensor_only_weakly() {
        check(
            "JP",
            vec![InfectedDay { sensors: 1, ..row(4, "smb", 64_500, 3) }],
            expect![[r#"
            infected-at-home:JP-smb:2014-04-05 sources 0.03, sources_peak 3, asns 1, top_asn 64500, top_asn_share 1, last_week 0, days 1, weak
        "#]],
        );
    }

    #[test]
    fn ignores_a_passing_source_other_times_and_a_region_without_a_country() {
        check("JP", vec![row(3, "gre", 64_500, 1), row(70, "gre", 64_501, 1)], expect![""]);
        check("JP", (-9..0).map(|day| row(day, "mirai", 64_500, 5)).collect(), expect![""]);
        check("", (0..9).map(|day| row(day, "mirai", 64_500, 5)).collect(), expect![""]);
    }
}
