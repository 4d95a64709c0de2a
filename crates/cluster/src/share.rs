//! How many workers a scan is dealt to.
//!
//! The planner of one machine may leave out what makes one answer of several parts where a scan has one part only, as
//! it does with one partition in all. Spread over two workers, such a plan gives two answers, each as if it were all. With
//! two parts or more the plan puts parts together already, and it makes no difference where they are read.
//!
//! **Invariant:** a scan of one part is read by one worker.
//! **Invariant:** every byte of every file is in one worker's share, whatever the numbers of files and workers.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::datasource::physical_plan::{FileGroup, FileGroupPartitioner, FileScanConfig};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use datafusion_distributed::{
    DesiredTaskCountEvent, DesiredTaskCountEventResponse, DistributedLeafExec, ScaleUpLeafNodeEvent,
    ScaleUpLeafNodeEventResponse,
};

/// The workers that a scan is worth, when each should read so many bytes at least; `None` for what is no scan of files.
pub(crate) fn share(
    event: &DesiredTaskCountEvent<'_>,
    bytes_each: u64,
) -> Option<Result<DesiredTaskCountEventResponse>> {
    let scan: &DataSourceExec = event.plan.downcast_ref()?;
    let files: &FileScanConfig = scan.data_source().downcast_ref()?;
    if event.plan.output_partitioning().partition_count() < 2 {
        return Some(Ok(DesiredTaskCountEventResponse::maximum(1)));
    }
    let bytes: u64 =
        files.file_groups.iter().flat_map(|group| group.files()).map(|file| file.effective_size()).sum();
    Some(Ok(DesiredTaskCountEventResponse::desired(workers(bytes, bytes_each))))
}

/// How many workers so many bytes are worth; the engine asks no more than there are.
fn workers(bytes: u64, bytes_each: u64) -> usize {
    match bytes.checked_div(bytes_each) {
        None => usize::MAX,
        Some(workers) => usize::try_from(workers).unwrap_or(usize::MAX).max(1),
    }
}

/// Deals the files of a scan to workers, each the same number of parts; `None` for what is no scan of files.
pub(crate) fn deal(event: &ScaleUpLeafNodeEvent<'_>) -> Option<Result<ScaleUpLeafNodeEventResponse>> {
    let scan: &DataSourceExec = event.plan.downcast_ref()?;
    let files: &FileScanConfig = scan.data_source().downcast_ref()?;
    let parts = event.plan.output_partitioning().partition_count();
    let shares = shares(&files.file_groups, parts, event.task_count).into_iter().map(|groups| {
        let mut share = files.clone();
        share.file_groups = groups;
        DataSourceExec::from_data_source(share) as Arc<dyn ExecutionPlan>
    });
    let dealt = DistributedLeafExec::try_new(Arc::clone(event.plan), shares);
    Some(dealt.map(|dealt| ScaleUpLeafNodeEventResponse::new(Arc::new(dealt))))
}

/// The files of each worker, in so many parts: few or small files leave parts empty.
fn shares(files: &[FileGroup], parts: usize, workers: usize) -> Vec<Vec<FileGroup>> {
    let all = parts * workers;
    let mut groups = FileGroupPartitioner::new()
        .with_target_partitions(all)
        .with_repartition_file_min_size(0)
        .repartition_file_groups(files)
        .unwrap_or_else(|| files.to_vec());
    groups.resize(all.max(groups.len()), FileGroup::default());
    let mut shares = vec![Vec::new(); workers];
    for (place, group) in groups.into_iter().enumerate() {
        shares[place % workers.max(1)].push(group);
    }
    shares
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use datafusion::arrow::datatypes::Schema;
    use datafusion::datasource::listing::PartitionedFile;
    use datafusion::datasource::physical_plan::{FileScanConfigBuilder, ParquetSource};
    use datafusion::execution::object_store::ObjectStoreUrl;
    use datafusion::prelude::SessionConfig;
    use datafusion_distributed::TaskCountAnnotation;

    use super::*;

    #[test]
    fn a_scan_of_one_part_stays_whole_however_large_it_is() {
        let source = Arc::new(ParquetSource::new(Arc::new(Schema::empty())));
        let scan = |parts: usize| -> Arc<dyn ExecutionPlan> {
            let file = PartitionedFile::new("file", 1 << 40);
            let files = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source.clone())
                .with_file_groups(vec![FileGroup::new(vec![file]); parts]);
            DataSourceExec::from_data_source(files.build())
        };
        let session_config = SessionConfig::new();
        for (parts, is_whole) in [(1, true), (2, false), (3, false)] {
            let event = DesiredTaskCountEvent { plan: &scan(parts), session_config: &session_config };
            let said = share(&event, 0).expect("a scan of files").expect("a number").task_count;
            assert_eq!(matches!(said, TaskCountAnnotation::Maximum(1)), is_whole, "{parts}: {said:?}");
        }
    }

    #[test]
    fn a_worker_more_is_asked_when_there_is_a_share_for_it() {
        assert_eq!([0, 9, 10, 19, 20, 25].map(|bytes| workers(bytes, 10)), [1, 1, 1, 1, 2, 2]);
        assert_eq!(workers(0, 0), usize::MAX, "whatever it is, all share it");
    }

    #[test]
    fn every_byte_is_dealt_once_and_every_worker_has_as_many_parts() {
        for (sizes, workers) in
            [(vec![], 3), (vec![1], 3), (vec![5], 2), (vec![7, 1, 900], 7), (vec![100_000; 3], 999)]
        {
            let files = |size: &u64| FileGroup::new(vec![PartitionedFile::new(format!("{size}"), *size)]);
            let groups: Vec<FileGroup> = sizes.iter().map(files).collect();
            let shares = shares(&groups, 2, workers);
            assert!(shares.iter().all(|share| share.len() == 2), "{sizes:?} for {workers}");
            let mut dealt: BTreeMap<String, u64> = BTreeMap::new();
            for file in shares.iter().flatten().flat_map(|group| group.files()) {
                *dealt.entry(file.path().to_string()).or_default() += file.effective_size();
            }
            let mut whole: BTreeMap<String, u64> = BTreeMap::new();
            for size in &sizes {
                *whole.entry(size.to_string()).or_default() += size;
            }
            assert_eq!(dealt, whole, "{sizes:?} for {workers}");
        }
    }
}
