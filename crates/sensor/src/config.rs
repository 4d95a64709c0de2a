//! The sensor's configuration: a TOML file of which every key is in `packaging/sensor.toml`.
//!
//! **Invariant:** an unknown key is refused; a value beyond its bounds is named, with the bounds.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use teiten_model::address::Prefix;
use teiten_wire::batch::WATCHED_MAX;

use crate::capture::ring::{RING_BYTES, Shape};
use crate::error::SensorError;
use crate::filter::Exclusion;
use crate::outbox::WINDOW_MAX;
use crate::sealer::{ADDED_BYTES_MAX, Bounds, SEAL_BYTES_MAX};
use crate::spool::{Limits, Policy, SPOOL_BYTES_MIN};

/// Where the configuration is looked for.
pub const PATH: &str = "/etc/teiten-sensor/sensor.toml";
/// The longest configuration that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// The most exclusions.
const EXCLUSIONS_MAX: usize = 256;
/// The most interfaces.
const INTERFACES_MAX: usize = 16;

/// All of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the key and certificate.
    #[serde(default = "state")]
    pub state: PathBuf,
    /// Folder of the small files that tell how it goes.
    #[serde(default = "status")]
    pub status: PathBuf,
    /// Whose rights the process keeps; none of its own when absent.
    #[serde(default)]
    pub user: Option<String>,
    /// Whether the kernel must be able to lock the process in.
    #[serde(default)]
    pub sandbox: Sandbox,
    /// Where it listens.
    #[serde(default, rename = "interface")]
    pub interfaces: Vec<Listen>,
    /// The host's own traffic.
    #[serde(default, rename = "exclude")]
    pub exclusions: Vec<Exclusion>,
    /// When a batch ends.
    #[serde(default)]
    pub batch: BatchConfig,
    /// What is kept on the disk.
    #[serde(default)]
    pub spool: SpoolConfig,
    /// How batches leave.
    #[serde(default)]
    pub ship: ShipConfig,
}

/// How much of a sandbox there must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sandbox {
    /// None.
    Off,
    /// As much as the kernel has.
    #[default]
    Wanted,
    /// All of it, or the process ends.
    Required,
}

/// An interface and what is watched there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Its name.
    pub name: String,
    /// Prefixes, or `auto` for its own addresses as they come and go.
    pub watch: Vec<Watch>,
    /// A file with a filter as `tcpdump -ddd` prints it, in the place of ours.
    #[serde(default)]
    pub filter: Option<PathBuf>,
    /// Whether the network card's clock is taken.
    #[serde(default)]
    pub hardware_clock: bool,
    /// Size of the ring, in MiB.
    #[serde(default = "ring_mib")]
    pub ring_mib: usize,
}

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// Every address of the interface but link-local ones, followed as they change.
    Auto,
    /// A prefix.
    Prefix(Prefix),
}

/// When a batch ends.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BatchConfig {
    /// Bytes before compression.
    pub bytes_max: usize,
    /// Frames.
    pub frames_max: u64,
    /// Seconds.
    pub age_secs_max: u32,
}

/// What is kept on the disk.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpoolConfig {
    /// Its folder.
    pub folder: PathBuf,
    /// Its most MiB.
    pub mib_max: u64,
    /// What is given up beyond that.
    pub policy: Policy,
}

/// How batches leave.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShipConfig {
    /// Batches under way at once.
    pub window: usize,
    /// Bytes a second; 0 for as many as go.
    pub bytes_per_sec: u64,
    /// Seconds in which nothing moves after which a request has failed.
    pub timeout_secs: u64,
}

impl Default for BatchConfig {
    fn default() -> BatchConfig {
        BatchConfig { bytes_max: 4 << 20, frames_max: 100_000, age_secs_max: 60 }
    }
}

impl Default for SpoolConfig {
    fn default() -> SpoolConfig {
        let folder = PathBuf::from("/var/lib/teiten-sensor/spool");
        SpoolConfig { folder, mib_max: 1024, policy: Policy::Oldest }
    }
}

impl Default for ShipConfig {
    fn default() -> ShipConfig {
        ShipConfig { window: WINDOW_MAX, bytes_per_sec: 0, timeout_secs: 60 }
    }
}

/// Where the state lies when the configuration does not say it.
pub fn state() -> PathBuf {
    PathBuf::from("/var/lib/teiten-sensor")
}

fn status() -> PathBuf {
    PathBuf::from("/run/teiten-sensor")
}

fn ring_mib() -> usize {
    16
}

impl Listen {
    /// The ring it is listened on with.
    pub fn shape(&self) -> Shape {
        Shape { bytes: self.ring_mib << 20, has_hardware_clock: self.hardware_clock }
    }

    /// The text of the filter that takes the place of ours.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn given(&self) -> Result<Option<String>, SensorError> {
        let Some(path) = &self.filter else { return Ok(None) };
        let fault = |error: std::io::Error| SensorError::File { path: path.clone(), what: error.to_string() };
        std::fs::read_to_string(path).map(Some).map_err(fault)
    }
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When it cannot be read, or something in it is not as it must be.
    pub fn read(path: &Path) -> Result<Config, SensorError> {
        let fault = |what: String| SensorError::Config { path: path.to_path_buf(), what };
        let about = std::fs::metadata(path).map_err(|error| fault(error.to_string()))?;
        if about.len() > FILE_BYTES_MAX {
            return Err(fault(format!("{} bytes are too many for a configuration", about.len())));
        }
        let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
        Config::of(&text).map_err(fault)
    }

    /// Reads and checks a text.
    ///
    /// # Errors
    /// A sentence on what is wrong.
    pub fn of(text: &str) -> Result<Config, String> {
        let config: Config = toml::from_str(text).map_err(|error| error.to_string())?;
        config.check()?;
        Ok(config)
    }

    /// Folders that the sensor writes.
    pub fn folders(&self) -> [&Path; 3] {
        [&self.state, &self.spool.folder, &self.status]
    }

    /// Limits of the spool.
    pub fn limits(&self) -> Limits {
        Limits { bytes_max: self.spool.mib_max << 20, policy: self.spool.policy }
    }

    /// Bounds of a batch.
    pub fn bounds(&self) -> Bounds {
        Bounds {
            bytes_max: self.batch.bytes_max,
            frames_max: self.batch.frames_max,
            age_ns_max: i64::from(self.batch.age_secs_max) * 1_000_000_000,
        }
    }

    fn check(&self) -> Result<(), String> {
        let within = |name: &str, value: u64, least: u64, most: u64| match (least..=most).contains(&value) {
            true => Ok(()),
            false => Err(format!("`{name}` is {value}, it must be from {least} to {most}")),
        };
        within("batch.bytes_max", self.batch.bytes_max as u64, 1 << 10, SEAL_BYTES_MAX as u64)?;
        within("batch.frames_max", self.batch.frames_max, 1, 10_000_000)?;
        within("batch.age_secs_max", self.batch.age_secs_max.into(), 1, 3600)?;
        within("spool.mib_max", self.spool.mib_max, SPOOL_BYTES_MIN >> 20, 1 << 24)?;
        let (room, batch) = (self.spool.mib_max << 20, (self.batch.bytes_max + ADDED_BYTES_MAX) as u64);
        if room < batch {
            return Err(format!(
                "`spool.mib_max` is {}, which has no room for one batch of {batch} bytes: raise it to {}, or lower \
                 `batch.bytes_max`",
                self.spool.mib_max,
                batch.div_ceil(1 << 20)
            ));
        }
        within("ship.window", self.ship.window as u64, 1, WINDOW_MAX as u64)?;
        within("ship.timeout_secs", self.ship.timeout_secs, 1, 3600)?;
        within("number of `exclude`", self.exclusions.len() as u64, 0, EXCLUSIONS_MAX as u64)?;
        within("number of `interface`", self.interfaces.len() as u64, 0, INTERFACES_MAX as u64)?;
        let mut names: Vec<&str> = self.interfaces.iter().map(|listen| listen.name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("an interface is named twice: name all its prefixes in one `watch`".to_string());
        }
        for listen in &self.interfaces {
            let name = format!("ring_mib of {}", listen.name);
            let (least, most) = (RING_BYTES.start() >> 20, RING_BYTES.end() >> 20);
            within(&name, listen.ring_mib as u64, least as u64, most as u64)?;
            within(&format!("number of `watch` of {}", listen.name), listen.watch.len() as u64, 1, 255)?;
        }
        let watched: usize = self.interfaces.iter().map(|listen| listen.watch.len()).sum();
        within("number of `watch`", watched as u64, 0, WATCHED_MAX as u64)
    }
}

impl<'de> Deserialize<'de> for Watch {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Watch, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "auto" => Ok(Watch::Auto),
            text => text.parse().map(Watch::Prefix).map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../packaging/sensor.toml");

    #[test]
    fn the_example_is_a_configuration_that_names_every_key_and_the_defaults() {
        let config = Config::of(EXAMPLE).unwrap();
        assert_eq!(config.interfaces[0].watch[0], Watch::Auto);
        assert_eq!(config.spool.policy, Policy::Oldest);
        // Every line that is switched off is read, too, and says what holds without it.
        let all: String = EXAMPLE
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n");
        let full = Config::of(&all).unwrap();
        assert_eq!((full.batch.bytes_max, full.batch.frames_max), (4 << 20, 100_000));
        assert_eq!((full.ship.window, full.ship.timeout_secs), (WINDOW_MAX, 60));
        assert_eq!(full.exclusions.len(), 2);
        assert_eq!((full.status, full.spool.folder), (config.status, config.spool.folder));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("spol = 1", "unknown field `spol`"),
            ("[batch]\nage_secs_max = 0", "from 1 to 3600"),
            ("[spool]\nmib_max = 5", "no room for one batch"),
            ("[spool]\npolicy = \"both\"", "policy"),
            ("[[interface]]\nname = \"a\"\nwatch = [\"tokyo\"]", "`tokyo` is not an address"),
            ("[[interface]]\nname = \"a\"\nwatch = []", "number of `watch` of a"),
            ("[[exclude]]\npeer = \"192.0.2.1\"\nport = 53", "protocol"),
            (
                "[[interface]]\nname = \"a\"\nwatch = [\"auto\"]\n[[interface]]\nname = \"a\"\nwatch = [\"auto\"]",
                "named twice",
            ),
        ] {
            let error = Config::of(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
