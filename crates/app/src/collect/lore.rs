//! What the collector knows beside the batches: the sensors' description and the reference data, as they are on
//! disk at the moment.
//!
//! Both are looked at before each group, and read again when they changed, so that neither a new edition nor a
//! new sensor needs a restart. A description that cannot be read leaves the one before in force, and is said.
//!
//! **Invariant:** a group is read with one state of both.

use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context, Result};
use teiten_model::sensor::Telescope;
use teiten_refdata::atlas::Atlas;
use teiten_refdata::edition::Edition;
use teiten_refdata::library::Library;

use crate::telescope;

/// Description and reference data in force.
pub(crate) struct Lore {
    folder: PathBuf,
    editions: Vec<Edition>,
    pub(crate) atlas: Atlas,
    sensors: Option<PathBuf>,
    changed: Option<SystemTime>,
    pub(crate) telescope: Telescope,
}

impl Lore {
    /// Reads both: the folder of reference data, and the file that describes the sensors, if there is one.
    pub(crate) fn load(folder: PathBuf, sensors: Option<PathBuf>) -> Result<Lore> {
        let mut lore = Lore {
            editions: Library::open(&folder)?.editions()?,
            atlas: Atlas::load(&folder)?,
            folder,
            sensors,
            changed: None,
            telescope: Telescope::default(),
        };
        lore.describe()?;
        Ok(lore)
    }

    /// Reads again what changed.
    pub(crate) fn refresh(&mut self) {
        let again = || -> Result<Option<(Vec<Edition>, Atlas)>> {
            let editions = Library::open(&self.folder)?.editions()?;
            let is_same = editions == self.editions;
            Ok(if is_same { None } else { Some((editions, Atlas::load(&self.folder)?)) })
        };
        match again() {
            Ok(None) => {}
            Ok(Some((editions, atlas))) => {
                tracing::info!(editions = editions.len(), "reference data changed and was read again");
                (self.editions, self.atlas) = (editions, atlas);
            }
            Err(error) => tracing::warn!("the reference data cannot be read and stays as it was: {error:#}"),
        }
        if let Err(error) = self.describe() {
            tracing::warn!("the sensors' description cannot be read and stays as it was: {error:#}");
        }
    }

    fn describe(&mut self) -> Result<()> {
        let Some(path) = &self.sensors else { return Ok(()) };
        let changed = std::fs::metadata(path).and_then(|metadata| metadata.modified());
        let changed = Some(changed.with_context(|| format!("looking at {}", path.display()))?);
        if changed != self.changed {
            // Remembered first: what cannot be read is said once.
            self.changed = changed;
            self.telescope = telescope::read(path)?;
        }
        Ok(())
    }
}
