//! The metrics, drawn from what the desk knows whenever somebody asks (OpenMetrics text).
//!
//! Every metric is one entry of [`OF_SENSORS`] or [`OF_COLLECTOR`]; what each means stands in
//! `docs/guide/collector.md`, and a test compares the two.
//!
//! **Invariant:** the order of lines is that of names; a number that is not known has no line.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::shared::Shared;
use crate::status::{Activity, SensorStatus};

/// The content type of the text.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Histograms of commits.
#[derive(Debug, Clone)]
pub(super) struct CommitMetrics {
    seconds: Histogram,
    batches: Histogram,
    bytes: Histogram,
}

impl Default for CommitMetrics {
    fn default() -> CommitMetrics {
        CommitMetrics {
            seconds: Histogram::new(exponential_buckets(0.01, 2.0, 14)),
            batches: Histogram::new(exponential_buckets(1.0, 4.0, 8)),
            bytes: Histogram::new(exponential_buckets(4_096.0, 4.0, 9)),
        }
    }
}

impl CommitMetrics {
    pub(super) fn observe(&self, seconds: f64, batches: usize, bytes: usize) {
        self.seconds.observe(seconds);
        self.batches.observe(batches as f64);
        self.bytes.observe(bytes as f64);
    }
}

/// A number, and whether it only grows.
#[derive(Debug, Clone, Copy)]
enum Number {
    Count(u64),
    Level(f64),
}

use Number::{Count, Level};

/// Lines of a metric of one sensor, each with the value of the label `reason`, if it has one.
type Lines = Vec<(Option<String>, Number)>;

/// A metric of each sensor.
struct OfSensor {
    name: &'static str,
    help: &'static str,
    is_counter: bool,
    lines: fn(&SensorStatus, i64) -> Lines,
}

fn one(number: Number) -> Lines {
    vec![(None, number)]
}

fn by_reason(counts: &BTreeMap<String, u64>) -> Lines {
    counts.iter().map(|(reason, count)| (Some(reason.clone()), Count(*count))).collect()
}

fn seconds(us: i64) -> f64 {
    us as f64 / 1e6
}

fn level(value: Option<f64>) -> Lines {
    value.map(Level).map_or(Vec::new(), one)
}

const OF_SENSORS: [OfSensor; 16] = [
    OfSensor {
        name: "teiten_frames_received",
        help: "Frames that were there to be taken: stored, lost and held",
        is_counter: false,
        lines: |sensor, _| one(Level(sensor.frames_received as f64)),
    },
    OfSensor {
        name: "teiten_frames_stored",
        help: "Frames stored",
        is_counter: true,
        lines: |sensor, _| one(Count(sensor.frames_stored)),
    },
    OfSensor {
        name: "teiten_frames_lost",
        help: "Frames that the sensor declared lost, by reason",
        is_counter: true,
        lines: |sensor, _| by_reason(&sensor.frames_lost),
    },
    OfSensor {
        name: "teiten_frames_held",
        help: "Frames accepted and not yet stored",
        is_counter: false,
        lines: |sensor, _| one(Level(sensor.frames_held as f64)),
    },
    OfSensor {
        name: "teiten_batches_stored",
        help: "Batches stored",
        is_counter: true,
        lines: |sensor, _| one(Count(sensor.batches)),
    },
    OfSensor {
        name: "teiten_batch_bytes_stored",
        help: "Bytes of the batches stored",
        is_counter: true,
        lines: |sensor, _| one(Count(sensor.bytes)),
    },
    OfSensor {
        name: "teiten_batches_duplicate",
        help: "Batches that came again",
        is_counter: true,
        lines: |sensor, _| one(Count(sensor.duplicates)),
    },
    OfSensor {
        name: "teiten_batches_given_up_stored",
        help: "Batches that the sensor gave up although they were stored: its loss is told too high",
        is_counter: true,
        lines: |sensor, _| one(Count(sensor.given_up_stored)),
    },
    OfSensor {
        name: "teiten_sensor_refused",
        help: "Requests of the sensor that were refused, by reason",
        is_counter: true,
        lines: |sensor, _| by_reason(&sensor.refused),
    },
    OfSensor {
        name: "teiten_second_process",
        help: "Batches of another process with this sensor's name",
        is_counter: true,
        lines: |sensor, _| one(Count(sensor.second_processes)),
    },
    OfSensor {
        name: "teiten_sensor_silent",
        help: "1 when the sensor has not sent for several of its usual intervals",
        is_counter: false,
        lines: |sensor, _| one(Level(f64::from(u8::from(sensor.activity == Activity::Silent)))),
    },
    OfSensor {
        name: "teiten_sensor_contact_age_seconds",
        help: "Seconds since the sensor was last heard",
        is_counter: false,
        lines: |sensor, now_us| level(sensor.last_contact_us.map(|us| seconds(now_us.saturating_sub(us)))),
    },
    OfSensor {
        name: "teiten_sensor_usual_interval_seconds",
        help: "How long the sensor's batches usually observe",
        is_counter: false,
        lines: |sensor, _| level(sensor.usual_interval_us.map(seconds)),
    },
    OfSensor {
        name: "teiten_sensor_clock_offset_seconds",
        help: "The sensor's clock minus the collector's, as the sensor measured it",
        is_counter: false,
        lines: |sensor, _| level(sensor.clock_offset_ns.map(|ns| ns as f64 / 1e9)),
    },
    OfSensor {
        name: "teiten_sensor_certificate_left_seconds",
        help: "Seconds until the sensor's last valid certificate ends",
        is_counter: false,
        lines: |sensor, now_us| {
            level(sensor.certificate_ends_us.map(|us| seconds(us.saturating_sub(now_us))))
        },
    },
    OfSensor {
        name: "teiten_sensor_connections",
        help: "Open connections of the sensor",
        is_counter: false,
        lines: |sensor, _| one(Level(sensor.connections as f64)),
    },
];

/// A metric of the collector itself.
struct OfCollector {
    name: &'static str,
    help: &'static str,
    number: fn(&Figures) -> Option<Number>,
}

/// What the collector's own metrics are drawn from.
struct Figures {
    now_us: i64,
    commits_done: u64,
    commits_failed: u64,
    last_commit_us: Option<i64>,
    held_bytes: usize,
    held_batches: usize,
    sensors: usize,
    outsiders: usize,
}

const OF_COLLECTOR: [OfCollector; 7] = [
    OfCollector {
        name: "teiten_commits",
        help: "Groups stored",
        number: |figures| Some(Count(figures.commits_done)),
    },
    OfCollector {
        name: "teiten_commits_failed",
        help: "Groups that could not be stored; sensors send their batches again",
        number: |figures| Some(Count(figures.commits_failed)),
    },
    OfCollector {
        name: "teiten_commit_age_seconds",
        help: "Seconds since a group was last stored",
        number: |figures| figures.last_commit_us.map(|us| Level(seconds(figures.now_us.saturating_sub(us)))),
    },
    OfCollector {
        name: "teiten_held_bytes",
        help: "Bytes of batches accepted and not yet stored",
        number: |figures| Some(Level(figures.held_bytes as f64)),
    },
    OfCollector {
        name: "teiten_held_batches",
        help: "Batches accepted and not yet stored",
        number: |figures| Some(Level(figures.held_batches as f64)),
    },
    OfCollector {
        name: "teiten_connections_sensors",
        help: "Open connections of sensors",
        number: |figures| Some(Level(figures.sensors as f64)),
    },
    OfCollector {
        name: "teiten_connections_outsiders",
        help: "Open connections without a valid certificate, handshakes included",
        number: |figures| Some(Level(figures.outsiders as f64)),
    },
];

/// Refusals of those who are no sensor, and the histograms.
const REFUSED: &str = "teiten_outsiders_refused";
const HISTOGRAMS: [&str; 3] = ["teiten_commit_seconds", "teiten_commit_batches", "teiten_commit_bytes"];

/// What is known at one moment.
struct Scrape {
    now_us: i64,
    sensors: Vec<SensorStatus>,
    refused: BTreeMap<&'static str, u64>,
    figures: Figures,
}

impl Debug for Scrape {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "metrics of {} sensors", self.sensors.len())
    }
}

fn kind(is_counter: bool) -> MetricType {
    if is_counter { MetricType::Counter } else { MetricType::Gauge }
}

impl EncodeMetric for Number {
    fn encode(&self, encoder: prometheus_client::encoding::MetricEncoder) -> fmt::Result {
        match self {
            Count(count) => ConstCounter::new(*count).encode(encoder),
            Level(level) => ConstGauge::new(*level).encode(encoder),
        }
    }

    fn metric_type(&self) -> MetricType {
        kind(matches!(self, Count(_)))
    }
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        for metric in &OF_COLLECTOR {
            if let Some(number) = (metric.number)(&self.figures) {
                let kind = number.metric_type();
                number.encode(encoder.encode_descriptor(metric.name, metric.help, None, kind)?)?;
            }
        }
        let help = "Requests and connections of those who are no sensor that were refused, by reason";
        let mut family = encoder.encode_descriptor(REFUSED, help, None, MetricType::Counter)?;
        for (reason, count) in &self.refused {
            Count(*count).encode(family.encode_family(&[("reason", *reason)])?)?;
        }
        for metric in &OF_SENSORS {
            let kind = kind(metric.is_counter);
            let mut family = encoder.encode_descriptor(metric.name, metric.help, None, kind)?;
            for sensor in &self.sensors {
                for (reason, number) in (metric.lines)(sensor, self.now_us) {
                    let mut labels = vec![("sensor", sensor.sensor.clone())];
                    labels.extend(reason.map(|reason| ("reason", reason)));
                    number.encode(family.encode_family(&labels)?)?;
                }
            }
        }
        Ok(())
    }
}

/// The whole text.
pub(super) fn text(shared: &Shared) -> String {
    let status = shared.status();
    let (sensors, outsiders) = shared.admission.taken();
    let desk = shared.desk();
    let (held_bytes, held_batches) = desk.inbox.held();
    let figures = Figures {
        now_us: status.written_us,
        commits_done: desk.commits.done,
        commits_failed: desk.commits.failed,
        last_commit_us: desk.commits.last_us,
        held_bytes,
        held_batches,
        sensors,
        outsiders,
    };
    let refused = desk.refused.iter().map(|(why, count)| (why.name(), *count)).collect();
    drop(desk);
    let mut registry = Registry::default();
    let CommitMetrics { seconds, batches, bytes } = shared.commit_metrics.clone();
    let helps = ["Seconds that storing a group took", "Batches of a group", "Bytes of a group"];
    for ((name, help), histogram) in HISTOGRAMS.into_iter().zip(helps).zip([seconds, batches, bytes]) {
        registry.register(name, help, histogram);
    }
    let scrape = Scrape { now_us: status.written_us, sensors: status.sensors, refused, figures };
    registry.register_collector(Box::new(scrape));
    let mut text = String::new();
    encode(&mut text, &registry).expect("a string takes every character");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_tells_every_metric() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/collector.md");
        let guide = std::fs::read_to_string(path).unwrap();
        let of_sensors = OF_SENSORS.iter().map(|metric| metric.name);
        let names = of_sensors.chain(OF_COLLECTOR.iter().map(|metric| metric.name)).chain(HISTOGRAMS);
        for name in names.chain([REFUSED]) {
            assert!(
                guide.contains(&format!("`{name}`")) || guide.contains(&format!("`{name}_total`")),
                "{name}"
            );
        }
    }
}
