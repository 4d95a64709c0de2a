//! Checks a snapshot against what lies on disk: every file there, of its size, with its rows.
//!
//! **Invariant:** rollups and rows of a snapshot agree: hour tables hold as many packets as `packets`.

use parquet::file::metadata::ParquetMetaDataReader;

use crate::error::StoreError;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::table;

/// What was found of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableReport {
    /// Name of the table.
    pub table: String,
    /// Files of the snapshot.
    pub files: usize,
    /// Rows, by the files themselves.
    pub rows: u64,
    /// Size of the files, in bytes.
    pub size_bytes: u64,
    /// What is wrong, a sentence each; empty when nothing is.
    pub faults: Vec<String>,
}

/// Checks every table of a snapshot.
pub fn verify(store: &Store, snapshot: &Snapshot) -> Result<Vec<TableReport>, StoreError> {
    table::tables().iter().map(|def| verify_table(store, snapshot, def.name)).collect()
}

fn verify_table(store: &Store, snapshot: &Snapshot, name: &str) -> Result<TableReport, StoreError> {
    let mut report =
        TableReport { table: name.to_string(), files: 0, rows: 0, size_bytes: 0, faults: Vec::new() };
    for file in store.files(snapshot, name)? {
        report.files += 1;
        report.size_bytes += file.size_bytes;
        match store.runtime().block_on(rows_of(store, &file.path, file.size_bytes)) {
            Ok(rows) => {
                report.rows += rows;
                if file.rows.is_some_and(|said| said != rows) {
                    report
                        .faults
                        .push(format!("{} has {rows} rows, the log says {:?}", file.path, file.rows));
                }
            }
            Err(fault) => report.faults.push(format!("{}: {fault}", file.path)),
        }
    }
    Ok(report)
}

async fn rows_of(store: &Store, path: &str, size_bytes: u64) -> Result<u64, String> {
    let bytes = store.location().read(path).await.map_err(|error| error.to_string())?;
    if bytes.len() as u64 != size_bytes {
        return Err(format!("it has {} bytes, the log says {size_bytes}", bytes.len()));
    }
    let metadata =
        ParquetMetaDataReader::new().parse_and_finish(&bytes).map_err(|error| error.to_string())?;
    Ok(metadata.file_metadata().num_rows().max(0) as u64)
}
