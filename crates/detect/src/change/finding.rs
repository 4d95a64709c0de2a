//! The finding about an episode of a port: what all detectors of change say alike (rule D112).

use teiten_model::day::hours_of;
use teiten_model::finding::{Confidence, Finding, Measure, Subject};
use teiten_model::interval::{HOUR_US, Interval, Timestamp};
use teiten_model::protocols;

use crate::change::Episode;
use crate::detector::About;
use crate::evidence::{evidence, request};
use crate::series::scene::Scene;

/// What the facts of an episode's days hold, added.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sum {
    /// Packets, known scanners included.
    pub packets: i64,
    /// Most sources of a day, known scanners included.
    pub sources: i64,
    /// Most sensors of a day.
    pub sensors: i64,
    /// Most AS of a day.
    pub asns: i64,
    /// Packets of the busiest source of each day.
    pub top_source: i64,
    /// Packets at the busiest sensor of each day.
    pub top_sensor: i64,
    /// The busiest sensor of the first day.
    pub sensor: String,
    /// Packets of known scanners.
    pub scanner: i64,
    /// Packets of Mirai's form.
    pub mirai: i64,
    /// Sources with one packet on their day, over all sources.
    pub once: f64,
    /// Packets with a time to live of 120 to 200.
    pub ttl_high: i64,
    /// Most TCP windows of a day.
    pub windows: i64,
}

/// Adds the facts of an episode's days.
pub fn sum(episode: &Episode, scene: &Scene<'_>) -> Sum {
    let mut sum = Sum::default();
    let (mut once, mut sources) = (0, 0);
    let from = scene.calendar.starts.get(episode.first).copied().unwrap_or(0);
    let to = scene.calendar.starts.get(episode.last).copied().unwrap_or(0);
    let ports = &scene.window.ports;
    let range = ports.partition_point(|fact| fact.at < from)..ports.partition_point(|fact| fact.at <= to);
    let is_own = |fact: &&teiten_model::day::PortDay| {
        (fact.ip_proto, fact.dst_port) == (episode.proto, episode.port)
            && scene.calendar.place(fact.at).is_some_and(|day| episode.days.binary_search(&day).is_ok())
    };
    for fact in ports[range].iter().filter(is_own) {
        sum.packets += fact.packets.max(0);
        sum.sources = sum.sources.max(fact.sources);
        sum.sensors = sum.sensors.max(fact.sensors);
        sum.asns = sum.asns.max(fact.asns);
        sum.top_source += fact.top_source_packets.max(0);
        sum.top_sensor += fact.top_sensor_packets.max(0);
        sum.scanner += fact.scanner_packets.max(0);
        sum.mirai += fact.mirai_packets.max(0);
        sum.ttl_high += fact.ttl_high.max(0);
        sum.windows = sum.windows.max(fact.windows);
        once += fact.once_sources.max(0);
        sources += fact.sources.max(0);
        if sum.sensor.is_empty() {
            sum.sensor.clone_from(&fact.top_sensor);
        }
    }
    sum.once = part(once, sources);
    sum
}

/// A part of a whole, 0 to 1.
pub fn part(of: i64, whole: i64) -> f64 {
    if whole > 0 { of as f64 / whole as f64 } else { 0.0 }
}

/// The finding about an episode; `measures` are those of its own rule.
pub fn finding(
    about: &About,
    episode: &Episode,
    sum: &Sum,
    scene: &Scene<'_>,
    confidence: Confidence,
    measures: Vec<Measure>,
) -> Finding {
    let calendar = &scene.calendar;
    let interval = interval(episode, scene);
    let mut all = measures;
    let share = |name, seen| Measure { name, unit: "share", seen, expected: None };
    let log = |name, ln: f64| Measure {
        name,
        unit: "decimal logarithm",
        seen: ln / std::f64::consts::LN_10,
        expected: None,
    };
    all.extend(episode.ln_p.map(|ln| log("log_p", ln)));
    all.extend(episode.ln_q.map(|ln| log("log_q", ln)));
    all.extend(episode.errors.map(|seen| Measure {
        name: "errors",
        unit: "standard errors",
        seen,
        expected: None,
    }));
    all.extend([
        Measure {
            name: "days",
            unit: "days",
            seen: episode.days.iter().filter(|day| calendar.is_inside[**day]).count() as f64,
            expected: None,
        },
        Measure {
            name: "onset",
            unit: "days since 1970-01-01",
            seen: f64::from(calendar.day(episode.first).0),
            expected: None,
        },
        Measure { name: "asns", unit: "AS", seen: sum.asns as f64, expected: None },
        share("top_sensor_share", part(sum.top_sensor, sum.packets)),
        share("top_source_share", part(sum.top_source, sum.packets)),
        share("mirai_share", part(sum.mirai, sum.packets)),
        share("scanner_share", part(sum.scanner, sum.packets)),
    ]);
    Finding {
        id: format!("{}:{}:{}", about.id, label(episode.proto, episode.port), calendar.day(episode.first)),
        detector: about.id,
        rule: about.version,
        subject: Subject::Port(episode.proto, episode.port),
        interval,
        measures: all,
        confidence,
        sensors: sum.sensors,
        evidence: evidence(request(episode.proto, episode.port), interval),
    }
}

/// From the first moment of an episode's first day to the end of its last, inside the period.
pub fn interval(episode: &Episode, scene: &Scene<'_>) -> Interval {
    let calendar = &scene.calendar;
    let end = calendar.starts[episode.last] + calendar.hours(episode.last) as i64 * HOUR_US;
    Interval {
        start: Timestamp(calendar.starts[episode.first]).max(scene.window.interval.start),
        end: Timestamp(end).min(scene.window.interval.end),
    }
}

/// The hour of its first day in which an episode began, counted from 0; `None` without counts by hour.
pub fn onset_hour(episode: &Episode, sources_expected: f64, scene: &Scene<'_>) -> Option<usize> {
    let at = scene.calendar.starts[episode.first];
    let ports = &scene.window.ports;
    let of_day = &ports[ports.partition_point(|fact| fact.at < at)..];
    let fact = of_day
        .iter()
        .take_while(|fact| fact.at == at)
        .find(|fact| (fact.ip_proto, fact.dst_port) == (episode.proto, episode.port))?;
    let bound = 3.0 * sources_expected / 24.0 + 3.0;
    hours_of(&fact.hour_sources).position(|sources| f64::from(sources) >= bound)
}

/// Measures of packets and sources, seen and expected.
pub fn counts(episode: &Episode) -> Vec<Measure> {
    let expected = episode.expected;
    vec![
        Measure {
            name: "packets",
            unit: "packets",
            seen: episode.seen.packets,
            expected: Some(expected.packets),
        },
        Measure {
            name: "sources",
            unit: "sources/day",
            seen: episode.seen.sources,
            expected: Some(expected.sources),
        },
    ]
}

/// Measures of levels, per day.
pub fn levels(episode: &Episode) -> Vec<Measure> {
    let expected = episode.expected;
    vec![
        Measure {
            name: "packets_a_day",
            unit: "packets/day",
            seen: episode.seen.packets,
            expected: Some(expected.packets),
        },
        Measure {
            name: "sources",
            unit: "sources/day",
            seen: episode.seen.sources,
            expected: Some(expected.sources),
        },
    ]
}

/// A port in an identifier, such as `23-tcp`.
fn label(proto: i64, port: i64) -> String {
    let protocol = protocols::label(proto).to_ascii_lowercase();
    if port < 0 { protocol } else { format!("{port}-{protocol}") }
}
