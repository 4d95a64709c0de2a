//! The finding about an episode of a port: what all detectors of change say alike (rule D112).

use teiten_model::day::numbers_of;
use teiten_model::finding::{Confidence, Finding, Measure, Subject};
use teiten_model::interval::{HOUR_US, Interval, Timestamp};
use teiten_model::protocols::port_id;
use teiten_model::quiet_ports::PortFigures;

use crate::change::Episode;
use crate::detector::About;
use crate::evidence::{evidence, request};
use crate::measures::{number, real, share};
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
    let is_own = |fact: &PortFigures<'_>| {
        scene.calendar.place(fact.at).is_some_and(|day| episode.days.binary_search(&day).is_ok())
    };
    for fact in scene.window.port_days(episode.proto, episode.port, from, to).into_iter().filter(is_own) {
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
            sum.sensor = fact.top_sensor.to_string();
        }
    }
    sum.once = share(once, sources);
    sum
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
    let interval = span(episode.first, episode.last, scene);
    let mut all = measures;
    let part = |name, of| real(name, "share", share(of, sum.packets), None);
    let log = |name, ln: f64| real(name, "decimal logarithm", ln / std::f64::consts::LN_10, None);
    let days = episode.days.iter().filter(|day| calendar.is_inside[**day]).count();
    all.extend(episode.ln_p.map(|ln| log("log_p", ln)));
    all.extend(episode.ln_q.map(|ln| log("log_q", ln)));
    all.extend(episode.errors.map(|errors| real("errors", "standard errors", errors, None)));
    all.extend([
        number("days", "days", days as i64, None),
        number("onset", "days since 1970-01-01", calendar.day(episode.first).0.into(), None),
        number("asns", "AS", sum.asns, None),
        part("top_sensor_share", sum.top_sensor),
        part("top_source_share", sum.top_source),
        part("mirai_share", sum.mirai),
        part("scanner_share", sum.scanner),
    ]);
    Finding {
        id: format!("{}:{}:{}", about.id, port_id(episode.proto, episode.port), calendar.day(episode.first)),
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

/// From the first moment of a day to the end of another, cut at the end of the period.
pub fn span(first: usize, last: usize, scene: &Scene<'_>) -> Interval {
    let calendar = &scene.calendar;
    let end = calendar.starts[last] + calendar.hours(last) as i64 * HOUR_US;
    Interval { start: Timestamp(calendar.starts[first]), end: Timestamp(end).min(scene.window.interval.end) }
}

/// The hour of its first day in which an episode began, counted from 0; `None` without counts by hour.
pub fn onset_hour(episode: &Episode, sources_expected: f64, scene: &Scene<'_>) -> Option<Measure> {
    let at = scene.calendar.starts[episode.first];
    let of_day = scene.window.port_days(episode.proto, episode.port, at, at);
    let fact = of_day.first()?;
    let bound = 3.0 * sources_expected / 24.0 + 3.0;
    let hour = numbers_of(fact.hour_sources).position(|sources| f64::from(sources) >= bound)?;
    Some(number("onset_hour", "hours of the day", hour as i64, None))
}

/// Measures of packets and sources, seen and expected.
pub fn counts(episode: &Episode) -> Vec<Measure> {
    seen(episode, "packets", "packets")
}

/// Measures of levels, per day.
pub fn levels(episode: &Episode) -> Vec<Measure> {
    seen(episode, "packets_a_day", "packets/day")
}

fn seen(episode: &Episode, packets: &'static str, unit: &'static str) -> Vec<Measure> {
    let (seen, expected) = (episode.seen, episode.expected);
    vec![
        real(packets, unit, seen.packets, Some(expected.packets)),
        real("sources", "sources/day", seen.sources, Some(expected.sources)),
    ]
}

/// The measure of all packets of an episode whose expected packets are those of a day.
pub fn packets(episode: &Episode, sum: &Sum) -> Measure {
    let expected = episode.expected.packets * episode.days.len() as f64;
    number("packets", "packets", sum.packets, Some(expected))
}
