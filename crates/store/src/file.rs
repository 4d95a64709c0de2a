//! A sealed data file of a table, as a snapshot names it.

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Path from the root of the store.
    pub path: String,
    /// Size, in bytes.
    pub size_bytes: u64,
    /// Rows, where the log says so.
    pub rows: Option<u64>,
    /// UTC day of its rows as `YYYY-MM-DD`, for tables partitioned by day.
    pub day: Option<String>,
}
