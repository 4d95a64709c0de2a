//! What `run` tells of itself: two small files, for people and for Prometheus' textfile collector.
//!
//! A host that should be silent has no listener; whoever wants the numbers reads `metrics.prom` from the folder.
//!
//! **Invariant:** both files are made from the same values; received = acknowledged + held + lost.

use std::fmt::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use teiten_model::account::Loss;

use crate::error::SensorError;
use crate::own_file::replace;

/// Name of the file for people and programs.
pub const STATUS: &str = "status.json";
/// Name of the file for Prometheus.
pub const METRICS: &str = "metrics.prom";

/// How it goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Name of the sensor.
    pub sensor: String,
    /// Number of the spool, in hexadecimal.
    pub epoch: String,
    /// Number of the process, in hexadecimal.
    pub instance: String,
    /// When this was written, in microseconds since 1970.
    pub written_us: i64,
    /// When the process began.
    pub started_us: i64,
    /// Whether anything is observed at the moment.
    pub is_observing: bool,
    /// Interfaces, with what is watched there.
    pub interfaces: Vec<InterfaceStatus>,
    /// Frames received since the start, those found in the spool included.
    pub received: u64,
    /// Of those, found in the spool at the start.
    pub found: u64,
    /// Of those, stored by the collector.
    pub acknowledged: u64,
    /// Of those, waiting: unsealed, spooled or under way.
    pub held: u64,
    /// Of those, lost, by reason.
    pub lost: Vec<(String, u64)>,
    /// Last number that was given to a batch.
    pub sequence: u64,
    /// Batches that wait.
    pub batches: u64,
    /// Batches under way.
    pub under_way: u64,
    /// Bytes of the spool.
    pub spool_bytes: u64,
    /// Its most bytes.
    pub spool_bytes_max: u64,
    /// When the oldest batch that waits was sealed, in microseconds since 1970.
    pub oldest_us: Option<i64>,
    /// Status of the last answer.
    pub last_status: Option<u16>,
    /// When it came.
    pub last_answer_us: Option<i64>,
    /// When a batch was last stored.
    pub last_stored_us: Option<i64>,
    /// What went wrong last, until something goes right.
    pub last_error: Option<String>,
    /// Failures in a row.
    pub failures: u32,
    /// Whether another process sends as this sensor.
    pub is_superseded: bool,
    /// Whether the collector does not know our certificate.
    pub is_unknown: bool,
    /// The sensor's clock minus the collector's, in nanoseconds.
    pub clock_offset_ns: Option<i64>,
    /// The round trip it was measured by, in microseconds: half of it bounds the error.
    pub round_trip_us: Option<i64>,
    /// How often somebody set the clock.
    pub clock_steps: u64,
    /// When the certificate ends, in seconds since 1970.
    pub certificate_ends_secs: Option<i64>,
}

/// How an interface goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceStatus {
    /// Its name.
    pub name: String,
    /// Whether it is up.
    pub is_up: bool,
    /// What is watched there.
    pub watched: Vec<String>,
    /// Frames that passed the filter.
    pub passed: u64,
    /// Of those, the kernel had no room for.
    pub dropped: u64,
    /// Frames the interface had no room for.
    pub missed: u64,
}

impl Status {
    /// Writes both files, without waiting for the disk: the thread that captures does it, and both are written anew
    /// a moment later.
    ///
    /// # Errors
    /// When the folder takes no file.
    pub fn write(&self, folder: &Path) -> Result<(), SensorError> {
        let json = serde_json::to_vec_pretty(self).expect("numbers and words");
        replace(&folder.join(STATUS), &json, 0o644)?;
        replace(&folder.join(METRICS), self.metrics().as_bytes(), 0o644)
    }

    /// Reads what a process wrote.
    ///
    /// # Errors
    /// A sentence on why it cannot be read.
    pub fn read(folder: &Path) -> Result<Status, String> {
        let path = folder.join(STATUS);
        let bytes = std::fs::read(&path)
            .map_err(|error| format!("{}: {error}: is the sensor running?", path.display()))?;
        serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The numbers in Prometheus' text format.
    pub fn metrics(&self) -> String {
        let mut text = String::new();
        let mut one = |name: &str, kind: &str, help: &str, values: &[(String, i128)]| {
            let _infallible = writeln!(text, "# HELP teiten_sensor_{name} {help}");
            let _infallible = writeln!(text, "# TYPE teiten_sensor_{name} {kind}");
            for (labels, value) in values {
                let _infallible = writeln!(text, "teiten_sensor_{name}{labels} {value}");
            }
        };
        let plain = |value: i128| vec![(String::new(), value)];
        let (counter, gauge) = ("counter", "gauge");
        one("received_frames_total", counter, "Frames received.", &plain(self.received.into()));
        one(
            "acknowledged_frames_total",
            counter,
            "Frames the collector stored.",
            &plain(self.acknowledged.into()),
        );
        one("held_frames", gauge, "Frames not yet stored.", &plain(self.held.into()));
        let lost: Vec<(String, i128)> = Loss::ALL
            .into_iter()
            .map(|loss| {
                let frames = self.lost.iter().find(|(name, _)| name == loss.name()).map_or(0, |(_, n)| *n);
                (format!("{{reason=\"{}\"}}", loss.name()), frames.into())
            })
            .collect();
        one("lost_frames_total", counter, "Frames lost, by reason.", &lost);
        let by_interface = |value: fn(&InterfaceStatus) -> i128| -> Vec<(String, i128)> {
            let label =
                |one: &InterfaceStatus| format!("{{interface=\"{}\"}}", one.name.replace(['"', '\\'], "_"));
            self.interfaces.iter().map(|one| (label(one), value(one))).collect()
        };
        one("interface_up", gauge, "Whether the interface is up.", &by_interface(|one| one.is_up.into()));
        one(
            "passed_frames_total",
            counter,
            "Frames that passed the filter.",
            &by_interface(|one| one.passed.into()),
        );
        one("observing", gauge, "Whether anything is observed.", &plain(self.is_observing.into()));
        one("batches", gauge, "Batches that wait.", &plain(self.batches.into()));
        one("sequence", counter, "Last number given to a batch.", &plain(self.sequence.into()));
        one("spool_bytes", gauge, "Bytes of the spool.", &plain(self.spool_bytes.into()));
        one("spool_bytes_max", gauge, "Its most bytes.", &plain(self.spool_bytes_max.into()));
        one("failures", gauge, "Failed tries in a row.", &plain(self.failures.into()));
        one(
            "superseded",
            gauge,
            "Whether another process sends as this sensor.",
            &plain(self.is_superseded.into()),
        );
        one(
            "unknown",
            gauge,
            "Whether the collector does not know the certificate.",
            &plain(self.is_unknown.into()),
        );
        one(
            "clock_steps_total",
            counter,
            "How often somebody set the clock.",
            &plain(self.clock_steps.into()),
        );
        if let Some(offset) = self.clock_offset_ns {
            one("clock_offset_nanoseconds", gauge, "Clock minus the collector's.", &plain(offset.into()));
        }
        if let Some(ends) = self.certificate_ends_secs {
            one("certificate_ends_seconds", gauge, "When the certificate ends.", &plain(ends.into()));
        }
        let stored = self.last_stored_us.map_or(0, |us| us / 1_000_000);
        one("last_stored_seconds", gauge, "When a batch was last stored.", &plain(stored.into()));
        one("written_seconds", gauge, "When this was written.", &plain((self.written_us / 1_000_000).into()));
        text
    }

    /// A few lines for people.
    pub fn lines(&self, now_us: i64) -> String {
        let ago = |us: Option<i64>| match us {
            Some(us) => format!("{} s ago", (now_us - us).max(0) / 1_000_000),
            None => "never".to_string(),
        };
        let lost: Vec<String> = self.lost.iter().map(|(reason, n)| format!("{reason} {n}")).collect();
        let mut text = format!(
            "sensor       {} (spool {}), told {}\n",
            self.sensor,
            self.epoch,
            ago(Some(self.written_us))
        );
        for one in &self.interfaces {
            let state = if one.is_up { "up" } else { "down" };
            let _infallible = writeln!(text, "interface    {} {state}: {}", one.name, one.watched.join(" "));
        }
        let _infallible =
            writeln!(text, "received     {} ({} found in the spool)", self.received, self.found);
        let _infallible = writeln!(text, "acknowledged {}", self.acknowledged);
        let _infallible = writeln!(text, "held         {}", self.held);
        let _infallible =
            writeln!(text, "lost         {}", if lost.is_empty() { "0".into() } else { lost.join(", ") });
        let _infallible = writeln!(
            text,
            "spool        {} batches, {} of {} bytes, oldest sealed {}",
            self.batches,
            self.spool_bytes,
            self.spool_bytes_max,
            ago(self.oldest_us)
        );
        let answer = self.last_status.map_or("none".to_string(), |status| status.to_string());
        let _infallible = writeln!(
            text,
            "collector    last answer {answer} {}, last stored {}",
            ago(self.last_answer_us),
            ago(self.last_stored_us)
        );
        if let (Some(offset), Some(trip)) = (self.clock_offset_ns, self.round_trip_us) {
            let _infallible = writeln!(
                text,
                "clock        {} us from the collector's, within {} us",
                offset / 1000,
                trip / 2
            );
        }
        if let Some(error) = &self.last_error {
            let _infallible = writeln!(text, "trouble      {error} ({} times)", self.failures);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_metrics_have_every_reason() {
        let home = tempfile::tempdir().unwrap();
        let status = Status {
            sensor: "tokyo-01".into(),
            received: 9,
            lost: vec![("kernel".into(), 4)],
            clock_offset_ns: Some(-5),
            ..Status::default()
        };
        status.write(home.path()).unwrap();
        assert_eq!(Status::read(home.path()).unwrap(), status);
        let metrics = std::fs::read_to_string(home.path().join(METRICS)).unwrap();
        assert!(metrics.contains("teiten_sensor_lost_frames_total{reason=\"kernel\"} 4\n"));
        assert_eq!(metrics.matches("lost_frames_total{").count(), Loss::COUNT);
        assert!(metrics.contains("teiten_sensor_clock_offset_nanoseconds -5\n"));
        assert!(status.lines(1_000_000).contains("lost         kernel 4"));
    }
}
