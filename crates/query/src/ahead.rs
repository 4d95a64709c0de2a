//! What the first questions would wait for, read before they are asked: the lists of the files of all tables, and the
//! footers of the newest.
//!
//! **Invariant:** footers of so many days are read, however many years the store has.

use std::collections::BTreeSet;

use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use futures::{TryStreamExt, stream};
use teiten_store::file::DataFile;
use teiten_store::table;

use crate::beside::Beside;
use crate::engine;
use crate::error::QueryError;
use crate::scan::FOOTER_BYTES;
use crate::session::Session;

/// Days whose footers are read, of every table: a quarter and what comes before its first day in another zone. Of a table
/// that is not kept by day, as many files.
const DAYS: usize = 93;
/// Footers that are read at a time: in a bucket each waits for an answer.
const READS_MAX: usize = 16;

impl Session {
    /// Reads lists and footers, for this session and all others on its store. Nothing is read where others answer.
    ///
    /// # Errors
    /// When a list or a file cannot be read.
    pub fn read_ahead(&self) -> Result<(), QueryError> {
        if engine::is_elsewhere(self.store()) {
            return Ok(());
        }
        let beside = self.store().beside::<Beside>();
        self.wait(async {
            for def in table::tables() {
                let files = beside.files(self.store(), self.snapshot(), def.name).await?;
                let newest = stream::iter(newest(&files).map(Ok));
                newest.try_for_each_concurrent(READS_MAX, |file| self.read_footer(file)).await?;
            }
            Ok(())
        })
    }

    async fn read_footer(&self, file: &DataFile) -> Result<(), QueryError> {
        let objects = &self.store().location().objects;
        let footers = self.context.runtime_env().cache_manager.get_file_metadata_cache();
        let file = PartitionedFile::new(file.path.clone(), file.size_bytes);
        let footer = DFParquetMetadata::new(objects.as_ref(), &file.object_meta)
            .with_file_metadata_cache(Some(footers))
            .with_metadata_size_hint(Some(FOOTER_BYTES));
        footer.fetch_metadata().await?;
        Ok(())
    }
}

/// The files of the newest days, or the newest files; these are in the order of day and path.
fn newest(files: &[DataFile]) -> impl Iterator<Item = &DataFile> {
    let days: BTreeSet<&str> = files.iter().filter_map(|file| file.day.as_deref()).collect();
    let first = days.len().min(DAYS).saturating_sub(1);
    let since = days.iter().nth_back(first).map(ToString::to_string);
    let others = files.iter().rev().filter(|file| file.day.is_none()).take(DAYS);
    let is_new = move |file: &&DataFile| file.day.is_some() && file.day >= since;
    others.chain(files.iter().filter(is_new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footers_of_the_newest_days_are_read_and_as_many_files_that_have_none() {
        let file = |path: String, day: Option<String>| DataFile { path, size_bytes: 0, rows: None, day };
        let by_day = |day: usize| Some(format!("{}-{:02}", 2000 + day / 12, day % 12 + 1));
        let mut files: Vec<DataFile> = (0..200).map(|n| file(format!("whole-{n:03}"), None)).collect();
        files.extend((0..400).map(|n| file(format!("day-{n:03}"), by_day(n / 2))));
        let read: Vec<&str> = newest(&files).map(|file| file.path.as_str()).collect();
        assert_eq!(read.len(), 3 * DAYS);
        let first = format!("whole-{:03}", 200 - DAYS);
        assert!(read.contains(&first.as_str()) && read.contains(&"whole-199"));
        assert!(!read.contains(&"day-213") && read.contains(&"day-214") && read.contains(&"day-399"));
        assert_eq!(newest(&[]).count(), 0);
    }
}
