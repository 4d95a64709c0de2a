//! What is known of live sensors outside the store: who was enrolled, and what the collector last wrote of each.
//!
//! **Invariant:** asking changes nothing: no authority is made by looking at it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Result;
use teiten_collector::status::{self, SensorStatus, Status};
use teiten_query::questions::health::{Activity, Contact};

use crate::collect::authority_folder;
use crate::collect::registry::Registry;
use crate::world::World;

/// How old the collector's last word may be before it counts as gone, in microseconds: a minute.
pub(crate) const WRITTEN_US_MAX: i64 = 60_000_000;

/// Enrolled sensors and the collector's word of them.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) folder: PathBuf,
    pub(crate) registry: Registry,
    pub(crate) status: Option<Status>,
    now_us: i64,
}

impl Known {
    /// As of now.
    pub(crate) fn of(world: &World) -> Result<Known> {
        let folder = authority_folder(world);
        let status = match folder.is_dir() {
            true => Status::read(&folder)?,
            false => None,
        };
        Ok(Known { registry: Registry::read(&folder)?, status, folder, now_us: world.now().0 })
    }

    /// Whether there is nobody.
    pub(crate) fn is_empty(&self) -> bool {
        self.registry.sensors.is_empty()
            && self.status.as_ref().is_none_or(|status| status.sensors.is_empty())
    }

    /// Whether a collector is at work.
    pub(crate) fn is_collecting(&self) -> bool {
        self.status
            .as_ref()
            .is_some_and(|status| !status.is_ended && self.now_us - status.written_us <= WRITTEN_US_MAX)
    }

    /// Names of all of them.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let heard = self.status.iter().flat_map(|status| &status.sensors).map(|sensor| sensor.sensor.clone());
        heard.chain(self.registry.sensors.keys().cloned()).collect()
    }

    /// The group that a sensor was enrolled in.
    pub(crate) fn group(&self, name: &str) -> Option<String> {
        self.registry.sensors.get(name).map(|entry| entry.group.clone())
    }

    /// The collector's word of a sensor.
    pub(crate) fn sensor(&self, name: &str) -> Option<&SensorStatus> {
        self.status.iter().flat_map(|status| &status.sensors).find(|sensor| sensor.sensor == name)
    }

    /// When a sensor was last heard.
    pub(crate) fn contact(&self, name: &str) -> Option<i64> {
        self.sensor(name).and_then(|sensor| sensor.last_contact_us.or(sensor.last_batch_us))
    }

    /// What a sensor does; nothing is known of one that was only imported.
    pub(crate) fn activity(&self, name: &str) -> Option<Activity> {
        let activity = match self.sensor(name) {
            Some(sensor) => sensor.activity,
            None if self.registry.sensors.contains_key(name) => status::Activity::New,
            None => return None,
        };
        Some(match activity {
            status::Activity::Retired => Activity::Retired,
            status::Activity::New => Activity::New,
            // What nobody collects is not known to be silent.
            _ if !self.is_collecting() => Activity::NotCollected,
            status::Activity::Sending => Activity::Sending,
            status::Activity::Silent => Activity::Silent,
        })
    }

    /// The collector's word of every sensor.
    pub(crate) fn contacts(&self) -> BTreeMap<String, Contact> {
        let contact = |name: String| {
            let held = self.sensor(&name).map_or(0, |sensor| sensor.frames_held);
            let contact = Contact { activity: self.activity(&name)?, heard_us: self.contact(&name), held };
            Some((name, contact))
        };
        self.names().into_iter().filter_map(contact).collect()
    }
}
