//! What is known of each sensor, for people and other processes.
//!
//! The collector shows it as `GET /sensors` of the operations listener and writes it to `sensors.json` in its
//! state folder every few seconds; the file outlives the collector, so that a command can tell since when
//! nobody collects. A collector that starts reads it for two things: when sensors were last heard, and which
//! spools are superseded.
//!
//! **Invariant:** a sensor that never sent has no moment of last contact, not a moment of zero.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use teiten_model::account::{Account, Loss};
use teiten_model::address::Prefix;
use teiten_wire::batch::Head;

use crate::authority::Standing;
use crate::error::CollectorError;
use crate::private_file;

/// The file in the state folder.
pub const FILE: &str = "sensors.json";
/// The most sensors that are told of.
pub const SENSORS_MAX: usize = 65_536;
/// Batches are not expected more often than that, in microseconds: a minute.
pub const INTERVAL_MIN_US: i64 = 60_000_000;
/// The most bytes of an answer of another process.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// Everything that is known, as of a moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// When it was written, in microseconds since 1970.
    pub written_us: i64,
    /// Whether the collector that wrote it was about to end.
    pub is_ended: bool,
    /// The sensors by name.
    pub sensors: Vec<SensorStatus>,
}

/// What a sensor is doing, as far as the collector can tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// Enrolled, or invited, and never heard.
    #[default]
    New,
    /// Sends as usual.
    Sending,
    /// Has not sent for several of its usual intervals.
    Silent,
    /// Retired.
    Retired,
}

/// What is known of one sensor. Counts begin with the collector.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SensorStatus {
    /// Its name.
    pub sensor: String,
    /// What it is doing.
    pub activity: Activity,
    /// When it last sent anything, in microseconds since 1970.
    pub last_contact_us: Option<i64>,
    /// When a batch of it was last accepted.
    pub last_batch_us: Option<i64>,
    /// Until when its last accepted batch observed, by its own clock, in microseconds since 1970.
    pub observed_until_us: Option<i64>,
    /// How long its batches usually observe, in microseconds.
    pub usual_interval_us: Option<i64>,
    /// Its clock minus the collector's, in nanoseconds, as it last measured it.
    pub clock_offset_ns: Option<i64>,
    /// When its last valid certificate ends, in microseconds since 1970.
    pub certificate_ends_us: Option<i64>,
    /// Its newest spool, in hexadecimal.
    pub epoch: Option<String>,
    /// The last stored sequence number of that spool.
    pub sequence: Option<u64>,
    /// Its earlier spools, in hexadecimal, of which nothing is taken any more.
    pub superseded: Vec<String>,
    /// Prefixes that it last said it watched.
    pub watched: Vec<String>,
    /// Open connections.
    pub connections: u64,
    /// Frames received: stored, lost and held.
    pub frames_received: u64,
    /// Frames stored.
    pub frames_stored: u64,
    /// Frames lost, by reason.
    pub frames_lost: BTreeMap<String, u64>,
    /// Frames accepted and not yet stored.
    pub frames_held: u64,
    /// Batches stored.
    pub batches: u64,
    /// Bytes of the batches stored.
    pub bytes: u64,
    /// Batches that came again.
    pub duplicates: u64,
    /// What was refused, by reason.
    pub refused: BTreeMap<String, u64>,
    /// How often another process sent as this sensor.
    pub second_processes: u64,
    /// How often it gave up a batch that had been stored.
    pub given_up_stored: u64,
}

impl SensorStatus {
    /// Takes in what an accepted batch says.
    pub(crate) fn accept(&mut self, head: &Head, now_us: i64) {
        self.last_batch_us = Some(now_us);
        self.observed_until_us = Some(head.sealed_ns.div_euclid(1_000));
        // A batch that stands for a run of others was observed as long as all of them.
        if head.first == head.sequence {
            let interval_us = head.sealed_ns.saturating_sub(head.opened_ns).div_euclid(1_000);
            self.usual_interval_us = Some(match self.usual_interval_us {
                Some(usual_us) => usual_us.saturating_add(interval_us.saturating_sub(usual_us) / 8),
                None => interval_us,
            });
        }
        self.clock_offset_ns = head.clock_offset_ns.or(self.clock_offset_ns);
        // It is the same from batch to batch, and is compared without making texts: others wait for the desk.
        let is_same = |(shown, watched): (&String, &Prefix)| shown.parse().ok().as_ref() == Some(watched);
        if self.watched.len() != head.watched.len() || !self.watched.iter().zip(&head.watched).all(is_same) {
            self.watched = head.watched.iter().map(ToString::to_string).collect();
        }
    }

    /// Takes in that a batch was stored.
    pub(crate) fn store(&mut self, head: &Head, bytes: usize) {
        self.batches += 1;
        self.bytes += bytes as u64;
        self.frames_stored += head.frames;
        for (loss, frames) in &head.lost {
            let lost = self.frames_lost.entry(loss.name().to_string()).or_default();
            *lost = lost.saturating_add(*frames);
        }
    }

    /// Completes it with what stands elsewhere, and judges whether the sensor is silent.
    pub(crate) fn complete(&mut self, held: u64, standing: Standing, silent_intervals: u32, now_us: i64) {
        self.frames_held = held;
        self.frames_received = self.account().received;
        self.certificate_ends_us = standing.ends_us;
        let usual_us = self.usual_interval_us.unwrap_or(0).max(INTERVAL_MIN_US);
        let patience_us = usual_us.saturating_mul(i64::from(silent_intervals));
        self.activity = match self.last_batch_us {
            _ if standing.is_retired => Activity::Retired,
            None => Activity::New,
            Some(last_us) if now_us.saturating_sub(last_us) <= patience_us => Activity::Sending,
            Some(_) => Activity::Silent,
        };
    }

    /// Its balance since the collector began. What a sensor says it lost may be any number: what is beyond the
    /// largest one is left out.
    pub fn account(&self) -> Account {
        let mut account = Account::default();
        account.received = self.frames_held;
        account.held = self.frames_held;
        account.store(self.frames_stored.min(u64::MAX - account.received));
        for loss in Loss::ALL {
            let lost = self.frames_lost.get(loss.name()).copied().unwrap_or(0);
            account.lose(loss, lost.min(u64::MAX - account.received));
        }
        account
    }
}

impl Status {
    /// Reads what a collector last wrote; nothing when none ever wrote there.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub fn read(folder: &Path) -> Result<Option<Status>, CollectorError> {
        let path = folder.join(FILE);
        let Some(text) = private_file::read(&path)? else { return Ok(None) };
        let read = serde_json::from_str(&text);
        read.map(Some).map_err(|error| CollectorError::Damaged { path, why: error.to_string() })
    }

    /// Writes it durably.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), CollectorError> {
        private_file::write(&folder.join(FILE), self.json().as_bytes())
    }

    /// As JSON, with a line feed at the end.
    pub(crate) fn json(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("strings and numbers can be written as JSON");
        text.push('\n');
        text
    }

    /// Asks the operations listener of a running collector.
    ///
    /// # Errors
    /// When nobody answers within the time, or not with a status.
    pub fn ask(address: SocketAddr, patience: Duration) -> Result<Status, CollectorError> {
        let failure = |why: String| CollectorError::NoAnswer { address, why };
        let asked = (|| {
            let mut stream = TcpStream::connect_timeout(&address, patience)?;
            stream.set_read_timeout(Some(patience))?;
            stream.set_write_timeout(Some(patience))?;
            write!(stream, "GET /sensors HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
            Ok(answer)
        })();
        let answer = asked.map_err(|error: std::io::Error| failure(error.to_string()))?;
        let (head, body) =
            answer.split_once("\r\n\r\n").ok_or_else(|| failure("its answer ends early".to_string()))?;
        if head.split_whitespace().nth(1) != Some("200") {
            return Err(failure(head.lines().next().unwrap_or_default().to_string()));
        }
        serde_json::from_str(body).map_err(|error| failure(error.to_string()))
    }

    /// What a collector that starts goes on from: when sensors were heard and how they used to send. Counts
    /// begin anew.
    pub(crate) fn remembered(self) -> BTreeMap<String, SensorStatus> {
        let remembered = |old: SensorStatus| {
            let kept = SensorStatus {
                sensor: old.sensor.clone(),
                last_contact_us: old.last_contact_us,
                last_batch_us: old.last_batch_us,
                observed_until_us: old.observed_until_us,
                usual_interval_us: old.usual_interval_us,
                clock_offset_ns: old.clock_offset_ns,
                watched: old.watched,
                ..SensorStatus::default()
            };
            (old.sensor, kept)
        };
        self.sensors.into_iter().take(SENSORS_MAX).map(remembered).collect()
    }

    /// The spools of which nothing is taken any more: (sensor, epoch).
    pub(crate) fn superseded(&self) -> BTreeSet<(String, u64)> {
        let epochs = self.sensors.iter().flat_map(|sensor| {
            let epochs = sensor.superseded.iter().filter_map(|epoch| u64::from_str_radix(epoch, 16).ok());
            epochs.map(|epoch| (sensor.sensor.clone(), epoch))
        });
        epochs.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(first: u64, sequence: u64) -> Head {
        let (opened_ns, sealed_ns) = (0, 60_000_000_000 * (sequence + 1 - first) as i64);
        let sensor = "a".to_string();
        let (epoch, instance, frames, plain_bytes) = (1, 1, 0, 0);
        let (lost, watched, clock_offset_ns) = (vec![(Loss::Gap, u64::MAX)], Vec::new(), None);
        Head {
            sensor,
            epoch,
            first,
            sequence,
            instance,
            opened_ns,
            sealed_ns,
            frames,
            lost,
            watched,
            clock_offset_ns,
            plain_bytes,
        }
    }

    #[test]
    fn a_run_that_was_given_up_says_nothing_of_the_usual_interval() {
        let mut status = SensorStatus::default();
        status.accept(&head(1, 1), 0);
        status.accept(&head(2, 1_000), 0);
        assert_eq!(status.usual_interval_us, Some(60_000_000));
    }

    #[test]
    fn what_is_watched_is_that_of_the_newest_batch() {
        let mut status = SensorStatus::default();
        let cases: [&[&str]; 4] =
            [&["192.0.2.0/28"], &["192.0.2.0/28"], &["192.0.2.0/29"], &["192.0.2.0/29", "2001:db8::/64"]];
        for watched in cases {
            let prefixes = watched.iter().map(|text| text.parse().unwrap()).collect();
            status.accept(&Head { watched: prefixes, ..head(1, 1) }, 0);
            assert_eq!(status.watched, watched);
        }
    }

    #[test]
    fn losses_beyond_every_number_still_balance() {
        let mut status = SensorStatus { frames_stored: 5, ..SensorStatus::default() };
        for loss in Loss::ALL {
            status.store(&Head { lost: vec![(loss, u64::MAX)], ..head(1, 1) }, 1);
        }
        let account = status.account();
        account.check();
        assert_eq!((account.received, account.stored), (u64::MAX, 5));
    }
}
