//! A table of a snapshot as the engine scans it: the sealed files the log names, nothing else.
//!
//! Delta is used as the log only: the scan is an ordinary Parquet scan over a list of files, which
//! is also what a distributed engine can ship to its nodes. The log of a table is read by its first scan: a
//! question touches one or two tables of two dozen, and sessions on one store read it once.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use teiten_store::file::DataFile;
use teiten_store::schema::read_schema;
use teiten_store::snapshot::Snapshot;
use teiten_store::store::Store;
use teiten_store::table::{DAY, PACKETS, TableDef};
use tokio::sync::OnceCell;

use crate::beside::Beside;
use crate::explain::{Recorder, Scan};
use crate::held::Held;

/// Bytes at the end of a file that are read at once: the footer of nearly every file, which is kept for later scans.
pub(crate) const FOOTER_BYTES: usize = 32 << 10;

/// One table at one version.
pub struct SnapshotTable {
    name: &'static str,
    from: Store,
    snapshot: Snapshot,
    recorder: Recorder,
    held: Held,
    by_day: bool,
    file_schema: SchemaRef,
    schema: SchemaRef,
    files: OnceCell<Arc<[DataFile]>>,
    url: ObjectStoreUrl,
}

impl fmt::Debug for SnapshotTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of snapshot {}", self.name, self.snapshot.number)
    }
}

impl SnapshotTable {
    /// The table `def` of a snapshot, whose files lie below the object store registered under `url`; `recorder`
    /// is told what each scan would read, and what is `held` is not read from them.
    pub(crate) fn new(
        def: &TableDef,
        from: Store,
        snapshot: Snapshot,
        url: ObjectStoreUrl,
        recorder: Recorder,
        held: Held,
    ) -> SnapshotTable {
        let file_schema = read_schema(def);
        let mut fields: Vec<Field> =
            file_schema.fields().iter().map(|field| field.as_ref().clone()).collect();
        if def.by_day {
            fields.push(Field::new(DAY, DataType::Utf8, true));
        }
        let schema = Arc::new(Schema::new(fields));
        let (name, by_day, files) = (def.name, def.by_day, OnceCell::new());
        SnapshotTable { name, from, snapshot, recorder, held, by_day, file_schema, schema, files, url }
    }

    /// The sealed files of the table.
    async fn files(&self) -> Result<&[DataFile]> {
        let beside = self.from.beside::<Beside>();
        let list = || async { beside.files(&self.from, &self.snapshot, self.name).await };
        let listed = self.files.get_or_try_init(list).await;
        listed.map(AsRef::as_ref).map_err(|error| DataFusionError::External(Box::new(error)))
    }

    /// What a scan of these files, of that many in all, would read.
    fn told(&self, files: &[&DataFile], files_all: usize, projection: Option<&Vec<usize>>) -> Scan {
        let days: BTreeSet<&String> = files.iter().filter_map(|file| file.day.as_ref()).collect();
        Scan {
            table: self.name,
            files: files.len(),
            files_all,
            days: days.len(),
            span: days.first().zip(days.last()).map(|(first, last)| ((*first).clone(), (*last).clone())),
            bytes: files.iter().map(|file| file.size_bytes).sum(),
            columns: projection.map_or(self.schema.fields().len(), Vec::len),
        }
    }

    /// Whether a file can hold rows that pass the filters on the partition column.
    fn may_match(&self, file: &DataFile, filters: &[Expr]) -> bool {
        let Some(day) = &file.day else { return true };
        filters.iter().all(|filter| day_may_match(filter, day))
    }
}

/// Understands `day <op> 'YYYY-MM-DD'`; whatever it does not understand may match.
fn day_may_match(filter: &Expr, day: &str) -> bool {
    use datafusion::logical_expr::Operator;
    let Expr::BinaryExpr(binary) = filter else { return true };
    let (Expr::Column(column), Expr::Literal(ScalarValue::Utf8(Some(value)), _)) =
        (binary.left.as_ref(), binary.right.as_ref())
    else {
        return binary.op != Operator::And
            || (day_may_match(&binary.left, day) && day_may_match(&binary.right, day));
    };
    if column.name != DAY {
        return true;
    }
    match binary.op {
        Operator::Eq => day == value,
        Operator::Lt => day < value.as_str(),
        Operator::LtEq => day <= value.as_str(),
        Operator::Gt => day > value.as_str(),
        Operator::GtEq => day >= value.as_str(),
        _ => true,
    }
}

#[async_trait]
impl TableProvider for SnapshotTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let names: Vec<&str> = match projection {
            None => self.schema.fields().iter().map(|field| field.name().as_str()).collect(),
            Some(places) => places.iter().map(|place| self.schema.field(*place).name().as_str()).collect(),
        };
        if let Some(rows) = self.held.scan(self.name, &names, filters)? {
            return Ok(rows);
        }
        let partition =
            if self.by_day { vec![Arc::new(Field::new(DAY, DataType::Utf8, true))] } else { Vec::new() };
        let table_schema =
            TableSchema::builder(Arc::clone(&self.file_schema)).with_table_partition_cols(partition).build();
        // The engine hands the conditions down to the scan itself, when it plans: given here, too, each would be asked
        // twice of every row.
        // Packets have many columns and a filter leaves few of them: what it needs is read first. Of rollups it leaves
        // many, and to read columns piece by piece costs more than to read them whole.
        let source = ParquetSource::new(table_schema)
            .with_pushdown_filters(self.name == PACKETS)
            .with_metadata_size_hint(FOOTER_BYTES);
        let runtime = state.runtime_env();
        let footers = runtime.cache_manager.get_file_metadata_cache();
        let reading = CachedParquetFileReaderFactory::new(runtime.object_store(&self.url)?, footers);
        let source = source.with_parquet_file_reader_factory(Arc::new(reading));
        let all = self.files().await?;
        let files: Vec<&DataFile> = all.iter().filter(|file| self.may_match(file, filters)).collect();
        self.recorder.tell(self.told(&files, all.len(), projection));
        let files: Vec<PartitionedFile> = files
            .into_iter()
            .map(|file| {
                let mut part = PartitionedFile::new(file.path.clone(), file.size_bytes);
                if self.by_day {
                    part.partition_values = vec![ScalarValue::Utf8(file.day.clone())];
                }
                part
            })
            .collect();
        let groups = spread(files, state.config().target_partitions().max(1));
        let config = FileScanConfigBuilder::new(self.url.clone(), Arc::new(source))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .with_file_groups(groups)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// Deals files into groups of about the same size, the same way every time.
fn spread(mut files: Vec<PartitionedFile>, n_groups: usize) -> Vec<FileGroup> {
    files.sort_by(|a, b| {
        (b.object_meta.size, a.object_meta.location.as_ref())
            .cmp(&(a.object_meta.size, b.object_meta.location.as_ref()))
    });
    let mut groups: Vec<(u64, Vec<PartitionedFile>)> =
        vec![(0, Vec::new()); n_groups.min(files.len()).max(1)];
    for file in files {
        let least = (0..groups.len()).min_by_key(|group| (groups[*group].0, *group)).unwrap_or(0);
        groups[least].0 += file.object_meta.size;
        groups[least].1.push(file);
    }
    groups.into_iter().map(|(_, files)| FileGroup::new(files)).collect()
}
