//! Accepted batches into the store: frames beside the tables, rows and books in one commit.
//!
//! The lock of the store is held for one group only, so that imports, rebuilding and questions about findings
//! take turns with the collector.
//!
//! **Invariant:** frames lie on disk, synced, before the commit that names them.
//! **Invariant:** what a commit of unknown outcome stored is not stored again: marks are read under the lock.

use std::collections::BTreeMap;

use anyhow::{Error, Result};
use teiten_collector::sink::{Accepted, Mark, Sink, SinkError};
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_model::sensor::{Sensor, Telescope};
use teiten_store::error::StoreError;
use teiten_store::frames;
use teiten_store::store::Store;

use crate::collect::batch::{Described, read};
use crate::collect::lore::Lore;
use crate::reading::Refiner;

/// Enrolled sensors by name; asked anew for each group.
pub(crate) type Enrolled = Box<dyn Fn() -> BTreeMap<String, Sensor> + Send>;

/// The store as the place where batches go.
pub(crate) struct StoreSink {
    store: Store,
    lore: Lore,
    refiner: Refiner,
    block: FrameBlock,
    enrolled: Enrolled,
}

impl StoreSink {
    /// On that store.
    pub(crate) fn new(store: Store, lore: Lore, enrolled: Enrolled) -> Result<StoreSink> {
        Ok(StoreSink { store, lore, refiner: Refiner::new()?, block: FrameBlock::default(), enrolled })
    }

    fn take(&mut self, batches: &[Accepted], now_us: i64) -> Result<()> {
        self.lore.refresh();
        let enrolled = (self.enrolled)();
        let mut intake = self.store.begin_batches()?;
        let mut columns = PacketColumns::default();
        let mut kept: Vec<(String, &[u8])> = Vec::new();
        let mut described: BTreeMap<&str, Described> = BTreeMap::new();
        for batch in batches {
            let head = &batch.head;
            let mark = intake.spools().mark(&head.sensor, head.epoch);
            if mark.is_some_and(|mark| mark.sequence >= head.sequence) {
                continue;
            }
            let of = described.entry(&head.sensor).or_insert_with(|| {
                Described::of(&self.lore.telescope, &head.sensor, enrolled.get(&head.sensor))
            });
            let buffers = (&mut self.block, &mut columns);
            let delivery = read(&batch.bytes, &mut self.refiner, of, &self.lore.atlas, buffers, |columns| {
                Ok(intake.append(columns)?)
            })?;
            if head.frames > 0 {
                kept.push((delivery.id(), &batch.bytes));
            }
            intake.end_batch(&delivery);
        }
        frames::keep(&self.store, &kept)?;
        let telescope = Telescope::new(described.into_values().map(|described| described.sensor).collect());
        intake.commit(&telescope, now_us)?;
        Ok(())
    }
}

/// Whether an error may go away by itself: a lock that is held, a disk that is full or slow.
fn is_passing(error: &Error) -> bool {
    error.chain().any(|cause| {
        matches!(
            cause.downcast_ref::<StoreError>(),
            Some(
                StoreError::Locked(_)
                    | StoreError::Overtaken { .. }
                    | StoreError::File { .. }
                    | StoreError::Object(_)
                    | StoreError::Table { .. }
            )
        )
    })
}

fn failed(error: &Error) -> SinkError {
    SinkError { message: format!("{error:#}"), is_passing: is_passing(error) }
}

impl Sink for StoreSink {
    fn is_shared(&self) -> bool {
        self.store.folder().is_none()
    }

    fn marks(&mut self) -> Result<BTreeMap<(String, u64), Mark>, SinkError> {
        let marks = || -> Result<BTreeMap<(String, u64), Mark>> {
            // What a writer before us left is completed first, so that the marks are true.
            let intake = self.store.begin_batches()?;
            let mark = |sequence, sum| Mark { sequence, sum };
            Ok(intake
                .spools()
                .all()
                .map(|spool| ((spool.sensor.clone(), spool.epoch), mark(spool.sequence, spool.sum)))
                .collect())
        };
        marks().map_err(|error| failed(&error))
    }

    fn store(&mut self, batches: &[Accepted], now_us: i64) -> Result<(), SinkError> {
        self.take(batches, now_us).map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests;
