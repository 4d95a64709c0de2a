//! A quarter to test detectors on, with six weeks before it, and what they said in short.

use teiten_model::finding::Finding;
use teiten_model::interval::{DAY_US, Interval, Timestamp};
use teiten_model::smallest::{Smallest, hash_of};
use teiten_model::window::{WatchedDay, Window};

/// 2014-04-01, the first day.
pub(crate) const DAY: i64 = 16_161;

/// The start of a day, counted from the first.
pub(crate) fn at(day: i64) -> i64 {
    (DAY + day) * DAY_US
}

/// A quarter in which nothing was counted yet.
pub(crate) fn window() -> Window {
    let start = |day| Timestamp(at(day));
    Window {
        interval: Interval { start: start(0), end: start(91) },
        days: (-42..91)
            .map(|day| WatchedDay { start: start(day), end: start(day + 1), sensor_hours: 192 })
            .collect(),
        packets: 100_000,
        sensors: 8,
        addresses: 256,
        home: "JP".to_string(),
        ..Window::default()
    }
}

/// The sketch of sources with these numbers as addresses.
pub(crate) fn sketch(sources: impl IntoIterator<Item = u32>) -> Vec<u8> {
    Smallest::of(sources.into_iter().map(|source| hash_of(std::net::IpAddr::V4(source.into())))).write()
}

/// A line a finding: identifier, some of its measures, confidence.
pub(crate) fn said(findings: &[Finding], measures: &[&str]) -> String {
    let line = |finding: &Finding| {
        let seen: Vec<String> = measures
            .iter()
            .filter_map(|name| {
                finding.seen(name).map(|seen| {
                    let digits = if seen.fract().abs() < 1e-9 { 0 } else { 2 };
                    format!(" {name} {seen:.digits$},")
                })
            })
            .collect();
        format!("{}{} {}\n", finding.id, seen.concat(), finding.confidence.name())
    };
    findings.iter().map(line).collect()
}
