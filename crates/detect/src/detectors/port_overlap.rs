//! Ports whose sources mostly try another port too.
//!
//! # Rule
//! Of the hundred ports with the most sources, two are compared on each day on which both have ten
//! sources: at least half of the sources of the smaller one must have tried the larger one too, over all days
//! together, on at least five of them and on three in five. A port of which this holds with more than five others belongs to
//! scanners of very many ports and is left out, and so is a port that is mostly tried by known scanning
//! organisations. Each port is told with the one that it overlaps most; the twenty with the most shared sources
//! are told.
//!
//! # Why it matters
//! "52 % of the sources of 5358/TCP tried 23/TCP too" says that the new port is one more door for sources
//! that are known already: the same family, with a larger list.
//!
//! # When it is wrong
//! Sources are compared by their smallest hashes, 64 of a port and day: a part below forty compared sources
//! is not judged, and the part has an error of some per cent. Sources of two users behind one address try
//! both ports without any tool that does. The other way round nothing is said: the larger port has most of
//! its sources for itself.
//!
//! # Sources
//! - rule D132 (what reports name); D53 for known scanners. The bounds are ours.
use std::collections::BTreeMap;

use teiten_model::day::PortDay;
use teiten_model::finding::{Confidence, Finding, Subject};
use teiten_model::interval::Timestamp;
use teiten_model::protocols::{TCP, UDP, port_id};
use teiten_model::quiet_ports::QUIET_SOURCES_MAX;
use teiten_model::smallest::Smallest;
use teiten_model::window::Window;

use crate::change::Shared;
use crate::detector::{About, Detector, Tunable};
use crate::evidence::{evidence, request};
use crate::measures::{number, real, share};
use crate::runs::{day, is_inside};

/// Part of the sources from which a port belongs to known scanners.
const SCANNERS_MAX: f64 = 0.5;
const SURE_SAMPLE: i64 = 100;
const SURE_DAYS: i64 = 14;
const DOUBTFUL_SAMPLE: i64 = 40;

/// The detector.
#[derive(Debug)]
pub struct PortOverlap;

const ABOUT: About = About {
    id: "port-overlap",
    title: "Sources that try another port too",
    title_ja: "送信元が重なるポート",
    version: 1,
    rule: "At least half of the sources of a port tried a larger one too, on several days.",
    rule_ja: "あるポートの送信元の半数以上が、より規模の大きい別のポートも数日にわたって探索していること。",
    why: "The port is one more door for sources that are known already.",
    why_ja: "そのポートは、既知の送信元にとってもう一つの入口です。",
    wrong: "Sources are compared by a sample; ports of scanners of very many ports are left out.",
    wrong_ja: "送信元は標本で比較しています。非常に多くのポートを探索するスキャナーのポートは除いています。",
    sources: &["rules D53, D132"],
    tunables: &[
        Tunable::of(
            "share_min",
            0.5,
            "share of sources",
            "Least part of the smaller port's sources that tried the larger.",
        ),
        Tunable::of("days_min", 5.0, "days", "Fewest days on which that holds."),
        Tunable::of(
            "days_share_min",
            0.6,
            "share of days",
            "Least part of the compared days on which that holds.",
        ),
        Tunable::of(
            "sources_min",
            10.0,
            "sources/day",
            "Fewest sources of both ports on a day that is compared.",
        )
        // Of fewer the sample of sources is not handed to detectors.
        .within(QUIET_SOURCES_MAX as f64 + 1.0, f64::INFINITY),
        Tunable::of("sample_min", 40.0, "sources", "Fewest sources that were compared, over all days."),
        Tunable::of(
            "partners_max",
            5.0,
            "ports",
            "Most ports that one may overlap; beyond, its sources try everything.",
        ),
        Tunable::of(
            "ports_max",
            100.0,
            "ports",
            "Most ports that are compared, those with the most sources.",
        ),
        Tunable::of(
            "findings_max",
            20.0,
            "findings",
            "Most findings, those with the most shared sources first.",
        ),
    ],
};

/// What a pair of ports has in common.
#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    both: i64,
    sample: i64,
    days: i64,
    shared_days: i64,
    first: i64,
    last: i64,
}

/// A port and its sources, added over days; a source of two days counts twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Port {
    source_days: i64,
    ip_proto: i64,
    dst_port: i64,
}

impl Detector for PortOverlap {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let bound = |name| ABOUT.bound(window, name);
        let sources_min = bound("sources_min");
        let is_judged = |row: &&PortDay| {
            is_inside(window, row.at)
                && (row.ip_proto == i64::from(TCP) || row.ip_proto == i64::from(UDP))
                && row.sources as f64 >= sources_min
                && share(row.scanner_sources, row.sources) < SCANNERS_MAX
        };
        let rows: Vec<&PortDay> = window.ports.iter().filter(is_judged).collect();
        let ports = largest(&rows, bound("ports_max") as usize);
        let pairs = compared(&rows, &ports);
        let is_shared = |pair: &Pair| {
            pair.sample as f64 >= bound("sample_min")
                && share(pair.both, pair.sample) >= bound("share_min")
                && pair.shared_days as f64 >= bound("days_min")
                && share(pair.shared_days, pair.days) >= bound("days_share_min")
        };
        let mut found: Vec<(f64, usize, usize, Pair)> = Vec::new();
        for (small, port) in ports.iter().enumerate() {
            let partners: Vec<(usize, Pair)> = (0..small)
                .filter_map(|large| pairs.get(&(small, large)).map(|pair| (large, *pair)))
                .filter(|(_, pair)| is_shared(pair))
                .collect();
            if partners.len() as f64 > bound("partners_max") {
                continue;
            }
            let part = |pair: &Pair| share(pair.both, pair.sample);
            // Of equal parts the larger port, which stands first, is told.
            let best = partners.into_iter().rev().max_by(|a, b| part(&a.1).total_cmp(&part(&b.1)));
            if let Some((large, pair)) = best {
                found.push((part(&pair) * port.source_days as f64, small, large, pair));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        found.truncate(bound("findings_max") as usize);
        found
            .iter()
            .map(|(_, small, large, pair)| finding(ports[*small], ports[*large], pair, window))
            .collect()
    }
}

/// The ports with the most sources, the largest first.
fn largest(rows: &[&PortDay], most: usize) -> Vec<Port> {
    let mut sums: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for row in rows {
        *sums.entry((row.ip_proto, row.dst_port)).or_default() += row.sources;
    }
    let mut ports: Vec<Port> = sums
        .into_iter()
        .map(|((ip_proto, dst_port), source_days)| Port { source_days, ip_proto, dst_port })
        .collect();
    ports.sort_by_key(|port| (std::cmp::Reverse(port.source_days), port.ip_proto, port.dst_port));
    ports.truncate(most);
    ports
}

/// Every pair of ports that was compared: the place of the smaller, of the larger.
fn compared(rows: &[&PortDay], ports: &[Port]) -> BTreeMap<(usize, usize), Pair> {
    let places: BTreeMap<(i64, i64), usize> =
        ports.iter().enumerate().map(|(place, port)| ((port.ip_proto, port.dst_port), place)).collect();
    let mut pairs: BTreeMap<(usize, usize), Pair> = BTreeMap::new();
    for day in rows.chunk_by(|a, b| a.at == b.at) {
        let mut sketches: Vec<(usize, Smallest)> = day
            .iter()
            .filter_map(|row| {
                let place = places.get(&(row.ip_proto, row.dst_port))?;
                Some((*place, Smallest::read(&row.sketch)))
            })
            .collect();
        sketches.sort_by_key(|(place, _)| *place);
        for (position, (small, sources)) in sketches.iter().enumerate() {
            for (large, others) in &sketches[..position] {
                let (both, sample) = sources.sample_in(others);
                if both == 0 && !pairs.contains_key(&(*small, *large)) && sample == 0 {
                    continue;
                }
                let pair = pairs.entry((*small, *large)).or_default();
                if pair.days == 0 {
                    pair.first = day[0].at;
                }
                pair.last = day[0].at;
                pair.both += both;
                pair.sample += sample;
                pair.days += 1;
                pair.shared_days += i64::from(both > 0 && 2 * both >= sample);
            }
        }
    }
    pairs
}

fn finding(small: Port, large: Port, pair: &Pair, window: &Window) -> Finding {
    let interval = window.span(Timestamp(pair.first), Timestamp(pair.last));
    let confidence = if pair.sample >= SURE_SAMPLE && pair.days >= SURE_DAYS {
        Confidence::High
    } else if pair.sample < DOUBTFUL_SAMPLE {
        Confidence::Low
    } else {
        Confidence::Medium
    };
    let name = |port: Port| port_id(port.ip_proto, port.dst_port);
    let (from, to) = (window.interval.start.0, window.interval.end.0 - 1);
    let of_small = window.port_days(small.ip_proto, small.dst_port, from, to);
    let sensors = of_small.iter().map(|row| row.sensors).max().unwrap_or(0);
    let bound = |name| Some(ABOUT.bound(window, name));
    Finding {
        id: format!("{}:{}-{}:{}", ABOUT.id, name(small), name(large), day(pair.first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Ports([small.ip_proto, small.dst_port], [large.ip_proto, large.dst_port]),
        interval,
        measures: vec![
            real("share", "share", share(pair.both, pair.sample), bound("share_min")),
            number("with_proto", "protocol", large.ip_proto, None),
            number("with_port", "port", large.dst_port, None),
            real("source_days", "sources x days", small.source_days as f64, None),
            real("with_source_days", "sources x days", large.source_days as f64, None),
            number("sample", "sources", pair.sample, bound("sample_min")),
            number("days", "days", pair.days, bound("days_min")),
            number("shared_days", "days", pair.shared_days, None),
        ],
        confidence,
        sensors,
        evidence: evidence(request(small.ip_proto, small.dst_port), interval),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quarter;
    use expect_test::{Expect, expect};

    /// A port tried by these sources, others every day.
    fn port(day: i64, dst_port: i64, sources: std::ops::Range<u32>) -> PortDay {
        let of_day = day as u32 * 100_000;
        PortDay {
            at: quarter::at(day),
            ip_proto: 6,
            dst_port,
            packets: 3 * i64::from(sources.end - sources.start),
            sources: i64::from(sources.end - sources.start),
            sensors: 5,
            sketch: quarter::sketch(sources.map(|source| of_day + source)),
            ..PortDay::default()
        }
    }

    fn check(ports: Vec<PortDay>, expected: Expect) {
        let window = Window { ports, ..quarter::window() };
        let names = ["share", "with_port", "source_days", "with_source_days", "days"];
        expected.assert_eq(&quarter::said(&PortOverlap.detect(&window), &names));
    }

    #[test]
    fn finds_a_port_half_of_whose_sources_tried_another() {
        let days = (0..30)
            .flat_map(|day| [port(day, 23, 0..400), port(day, 80, 5_000..5_300), port(day, 5_358, 340..440)]);
        check(
            days.collect(),
            expect![[r#"
            port-overlap:5358-tcp-23-tcp:2014-04-01 share 0.63, with_port 23, source_days 3000, with_source_days 12000, days 30, high
        "#]],
        );
    }

    #[test]
    fn finds_of_two_ports_of_one_tool_the_smaller() {
        let days = (0..6).flat_map(|day| [port(day, 23, 0..50), port(day, 2_323, 0..30)]);
        check(
            days.collect(),
            expect![[r#"
                port-overlap:2323-tcp-23-tcp:2014-04-01 share 1, with_port 23, source_days 180, with_source_days 300, days 6, medium
            "#]],
        );
    }

    #[test]
    fn ignores_scanners_of_many_ports_known_scanners_and_chance() {
        let vertical = (0..9).flat_map(|day| (100..140).map(move |dst_port| port(day, dst_port, 0..40)));
        let found = PortOverlap.detect(&Window { ports: vertical.collect(), ..quarter::window() });
        assert!(found.len() <= 6, "{}", found.len());
        let known = |row: PortDay| PortDay { scanner_sources: row.sources, ..row };
        let cases: Vec<Vec<PortDay>> = vec![
            (0..9).flat_map(|day| [port(day, 23, 0..40), known(port(day, 2_323, 0..30))]).collect(),
            (0..9).flat_map(|day| [port(day, 23, 0..400), port(day, 81, 390..460)]).collect(),
            (0..2).flat_map(|day| [port(day, 23, 0..400), port(day, 2_323, 0..100)]).collect(),
            (0..9).flat_map(|day| [port(day, 23, 0..40), port(day, 2_323, 0..9)]).collect(),
        ];
        for ports in cases {
            check(ports, expect![""]);
        }
    }
}
