//! A tool that always sends from the same source port.
//!
//! # Rule
//! Connection attempts (TCP SYN without ACK) from one source port are at least 0.5 % of all packets and at
//! least 50 times those of the middle one of the neighbouring ports, come from at least 20 sources to at
//! least 2 sensors and 3 destination ports, and nine in ten sources keep one TCP window. No port is known
//! beforehand.
//!
//! # Why it matters
//! One tool in many hands shows what its users look for; its growth is the growth of one kind of scan.
//!
//! # When it is wrong
//! Systems draw source ports evenly from a range, so a port far above its neighbours was set by hand.
//! Answers of servers (SYN+ACK from 80 or from an X11 display at 6000) are no attempts and not counted.
//! A single busy source with a pinned port is no tool of many: fewer than 20 sources. Two tools that pin
//! the same port are one finding. That the tool is one kind and where it is from is not proved by this.
//!
//! # Sources
//! - rules D43, D43a (one fixed window per source decides, not its value), D99 (rhythm).
use teiten_model::finding::{Finding, Subject};
use teiten_model::interval::Timestamp;
use teiten_model::window::{SourcePort, Window};

use crate::change::Shared;
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::evidence::evidence;
use crate::measures::{number, real, share};
use crate::runs::day;

/// Part of the pairs that must keep their rhythm for a finding without doubt.
const STEADY_MIN: f64 = 0.5;
const SURE_SENSORS: i64 = 3;
/// Days whose mean is compared, at each end and at each day between.
const ONSET_DAYS: usize = 28;

/// The detector.
#[derive(Debug)]
pub struct FixedSourcePort;

const ABOUT: About = About {
    id: "fixed-source-port",
    title: "Scanning tool with a fixed source port",
    title_ja: "送信元ポート番号が固定された探索ツール",
    version: 1,
    rule: "Connection attempts from one TCP source port far above its neighbours, by many sources that each keep one window.",
    rule_ja: "一つの送信元TCPポートからの接続要求が近隣のポートよりはるかに多く、それぞれ一定のウィンドウサイズを保つ多数の送信元から届くこと。",
    why: "One tool in many hands: what it looks for and how it grows is what its users look for.",
    why_ja: "一つのツールが多くの者に使われています。ツールの探索対象と増減は、利用者の関心を表します。",
    wrong: "Two tools that pin the same port are one finding; a single busy source is none.",
    wrong_ja: "同じポートに固定された二つのツールは一つの検知結果になります。単独の活発な送信元は対象になりません。",
    sources: &["rules D43, D43a, D99"],
    tunables: &[
        Tunable::of("share_min", 0.005, "share of all packets", "Least share of the port."),
        Tunable::of("neighbours_min", 50.0, "times", "Least factor over the middle neighbour."),
        Tunable::of("sources_min", 20.0, "sources", "Fewest sources."),
        Tunable::of("sensors_min", 2.0, "sensors", "Fewest sensors."),
        Tunable::of("dst_ports_min", 3.0, "ports", "Fewest destination ports."),
        Tunable::of("one_window_min", 0.9, "share of sources", "Least share of sources with one window."),
        Tunable::of("onset_growth", 1.5, "times", "Growth over the first level that dates the onset.")
            .within(1.0, f64::INFINITY),
    ],
};

impl Detector for FixedSourcePort {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let mut found: Vec<&SourcePort> =
            window.source_ports.iter().filter(|port| is_tool(port, window)).collect();
        found.sort_by_key(|port| (std::cmp::Reverse(port.packets), port.port));
        found.into_iter().map(|port| finding(port, window)).collect()
    }
}

fn is_tool(port: &SourcePort, window: &Window) -> bool {
    let bound = |name| ABOUT.bound(window, name);
    share(port.packets, window.packets) >= bound("share_min")
        && port.packets as f64 >= bound("neighbours_min") * port.neighbour_packets.max(1) as f64
        && port.sources as f64 >= bound("sources_min")
        && port.sensors as f64 >= bound("sensors_min")
        && port.dst_ports as f64 >= bound("dst_ports_min")
        && port.sources_repeated > 0
        && share(port.sources_one_window, port.sources_repeated) >= bound("one_window_min")
}

/// The day from which on the port stayed above the level of the beginning; `None` without growth.
pub fn onset(port: &SourcePort, window: &Window) -> Option<Timestamp> {
    let rates: Vec<(Timestamp, f64)> = port
        .days
        .iter()
        .filter_map(|(start, packets)| {
            let hours = window.sensor_hours(*start);
            (hours > 0).then(|| (*start, *packets as f64 / (hours as f64 / 24.0)))
        })
        .collect();
    if rates.len() < 3 * ONSET_DAYS {
        return None;
    }
    let mean = |days: &[(Timestamp, f64)]| days.iter().map(|day| day.1).sum::<f64>() / days.len() as f64;
    let bound = (ABOUT.bound(window, "onset_growth") * mean(&rates[..ONSET_DAYS])).max(f64::MIN_POSITIVE);
    let weeks: Vec<f64> = rates.windows(ONSET_DAYS).map(mean).collect();
    let last_below = weeks.iter().rposition(|week| *week < bound);
    match last_below {
        Some(place) if place + 1 < weeks.len() => Some(rates[place + 1 + ONSET_DAYS / 2].0),
        _ => None,
    }
}

fn finding(port: &SourcePort, window: &Window) -> Finding {
    let inside = |start: &Timestamp| *start >= window.interval.start && *start < window.interval.end;
    let active = || port.days.iter().filter(|(start, packets)| inside(start) && *packets > 0);
    let first = active().next().map_or(window.interval.start, |day| day.0);
    let last = active().next_back().map_or(window.interval.start, |day| day.0);
    let interval = window.span(first, last);
    let is_steady = port.pairs > 0 && share(port.pairs_steady, port.pairs) >= STEADY_MIN;
    let confidence = confidence::of_two(is_steady, port.sensors >= SURE_SENSORS);
    let part = |name, seen: f64, expected: f64| real(name, "share", seen, Some(expected));
    let neighbour = port.neighbour_packets as f64;
    let mut measures = vec![
        number("packets", "packets", port.packets, Some(neighbour)),
        part("share", share(port.packets, window.packets), neighbour / window.packets.max(1) as f64),
        number("sources", "sources", port.sources, Some(ABOUT.bound(window, "sources_min"))),
        number("dst_ports", "ports", port.dst_ports, Some(ABOUT.bound(window, "dst_ports_min"))),
        part(
            "one_window",
            share(port.sources_one_window, port.sources_repeated),
            ABOUT.bound(window, "one_window_min"),
        ),
        number("window", "bytes", port.window_bytes, None),
        part("steady_pairs", share(port.pairs_steady, port.pairs), STEADY_MIN),
        real("pause", "days", port.pause_secs / 86_400.0, None),
    ];
    if let Some(onset) = onset(port, window) {
        measures.push(number("onset", "days since 1970-01-01", day(onset.0).0.into(), None));
    }
    Finding {
        id: format!("{}:{}-tcp:{}", ABOUT.id, port.port, day(first.0)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::TcpSourcePort(port.port),
        interval,
        measures,
        confidence,
        sensors: port.sensors,
        evidence: evidence(
            format!("proto == 6 && src.port == {} && class == \"scan-syn\"", port.port),
            interval,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use teiten_model::interval::{DAY_US, Day, Interval};
    use teiten_model::window::WatchedDay;

    const DAY: i64 = 16_161;

    fn at(day: i64) -> Timestamp {
        Timestamp((DAY + day) * DAY_US)
    }

    fn tool() -> SourcePort {
        SourcePort {
            port: 6000,
            packets: 20_000,
            neighbour_packets: 12,
            sources: 600,
            sensors: 8,
            dst_ports: 15,
            sources_repeated: 580,
            sources_one_window: 580,
            window_bytes: 16_384,
            window_packets: 20_000,
            bare_packets: 20_000,
            pairs: 400,
            pairs_steady: 396,
            pause_secs: 3.0 * 86_400.0,
            days: (-274..91).map(|day| (at(day), if day < -90 { 80 } else { 80 + (day + 90) })).collect(),
        }
    }

    fn check(ports: Vec<SourcePort>, expected: Expect) {
        let window = Window {
            interval: Interval { start: at(0), end: at(91) },
            days: (-274..91)
                .map(|day| WatchedDay { start: at(day), end: at(day + 1), sensor_hours: 24 })
                .collect(),
            packets: 100_000,
            sensors: 8,
            dns_zones: Vec::new(),
            dns_days: Vec::new(),
            source_ports: ports,
            ..Window::default()
        };
        let said: String = FixedSourcePort
            .detect(&window)
            .iter()
            .map(|finding| {
                let onset =
                    finding.seen("onset").map_or("none".to_string(), |day| Day(day as i32).to_string());
                format!(
                    "{} share {:.3}, onset {onset}, {}\n",
                    finding.id,
                    finding.seen("share").unwrap_or(-1.0),
                    finding.confidence.name()
                )
            })
            .collect();
        expected.assert_eq(&said);
    }

    #[test]
    fn finds_a_port_far_above_its_neighbours_and_when_it_rose() {
        check(
            vec![tool()],
            expect![[r#"
            fixed-source-port:6000-tcp:2014-04-01 share 0.200, onset 2014-02-11, high
        "#]],
        );
    }

    #[test]
    fn finds_without_rhythm_or_growth_with_less_confidence() {
        let flat = SourcePort {
            pairs: 0,
            pairs_steady: 0,
            sensors: 2,
            days: (-274..91).map(|day| (at(day), 80)).collect(),
            ..tool()
        };
        check(
            vec![flat],
            expect![[r#"
            fixed-source-port:6000-tcp:2014-04-01 share 0.200, onset none, low
        "#]],
        );
    }

    #[test]
    fn ignores_what_only_resembles_it() {
        let cases = [
            ("the first ports of an old system's range", SourcePort { neighbour_packets: 900, ..tool() }),
            ("one busy source that pinned a port", SourcePort { sources: 1, ..tool() }),
            ("clients that show many windows", SourcePort { sources_one_window: 60, ..tool() }),
            ("one destination port", SourcePort { dst_ports: 1, ..tool() }),
            ("answers of X11 displays: no attempt at all", SourcePort { packets: 0, ..tool() }),
            ("seen at one sensor", SourcePort { sensors: 1, ..tool() }),
            ("next to nothing", SourcePort { packets: 400, ..tool() }),
        ];
        for (_, port) in cases {
            check(vec![port], expect![""]);
        }
    }
}
