//! The sensors that were enrolled, with what was said of them: `registry.json` in the folder of the authority.
//!
//! A sensor that stands in the file of sensors is described there; this is for those that were enrolled with a
//! line and need no file.
//!
//! **Invariant:** the file is replaced whole, under a lock, and outlives a power loss.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use teiten_collector::owner::give;
use teiten_model::sensor::Sensor;

use crate::collect::batch::bare;

/// Name of the file.
const FILE: &str = "registry.json";

/// What was said of a sensor when it was enrolled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) group: String,
    #[serde(default)]
    pub(crate) region: String,
    #[serde(default)]
    pub(crate) country: String,
    #[serde(default)]
    pub(crate) asn: Option<u32>,
    #[serde(default)]
    pub(crate) provider: String,
    #[serde(default)]
    pub(crate) owner: String,
    /// When it was enrolled last, in microseconds since 1970.
    pub(crate) enrolled_us: i64,
}

/// Everyone who was enrolled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Registry {
    pub(crate) sensors: BTreeMap<String, Entry>,
}

impl Registry {
    /// Reads the list; without a file nobody was enrolled.
    pub(crate) fn read(folder: &Path) -> Result<Registry> {
        let path = folder.join(FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Registry::default()),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        serde_json::from_slice(&text).with_context(|| {
            format!("{} is damaged: put back a copy of it, or enrol the sensors again", path.display())
        })
    }

    /// Writes down one more sensor, or another description of one.
    pub(crate) fn add(folder: &Path, name: &str, entry: Entry) -> Result<()> {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let locked = folder.join("registry.lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&locked).and_then(|lock| {
            give(&lock, &locked)?;
            lock.lock()?;
            Ok(lock)
        });
        let _lock = lock.with_context(|| format!("locking {}", folder.join(FILE).display()))?;
        let mut registry = Registry::read(folder)?;
        registry.sensors.insert(name.to_string(), entry);
        let partial = folder.join("registry.json.partial");
        let text = serde_json::to_vec_pretty(&registry).context("writing the list of sensors")?;
        let written = File::create(&partial)
            .and_then(|mut file| {
                give(&file, &partial)?;
                file.write_all(&text)?;
                file.sync_all()
            })
            .and_then(|()| std::fs::rename(&partial, folder.join(FILE)))
            .and_then(|()| File::open(folder)?.sync_all());
        written.with_context(|| format!("writing {}", folder.join(FILE).display()))
    }

    /// The sensors as the store describes them.
    pub(crate) fn sensors(&self) -> BTreeMap<String, Sensor> {
        let described = |(name, entry): (&String, &Entry)| {
            let sensor = Sensor {
                region: entry.region.clone(),
                country: entry.country.clone(),
                asn: entry.asn,
                provider: entry.provider.clone(),
                owner: entry.owner.clone(),
                ..bare(name, &entry.group)
            };
            (name.clone(), sensor)
        };
        self.sensors.iter().map(described).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_enrolled_is_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(Registry::read(folder.path()).expect("nobody"), Registry::default());
        for (name, group) in [("a", "jp"), ("b", "us"), ("a", "kr")] {
            let entry = Entry { group: group.to_string(), asn: Some(64_496), ..Entry::default() };
            Registry::add(folder.path(), name, entry).expect("written");
        }
        let sensors = Registry::read(folder.path()).expect("both").sensors();
        let groups: Vec<(&str, &str)> =
            sensors.iter().map(|(name, sensor)| (name.as_str(), sensor.group.as_str())).collect();
        assert_eq!(groups, [("a", "kr"), ("b", "us")]);
    }
}
