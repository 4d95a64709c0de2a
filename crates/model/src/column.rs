//! What a column is: name, type, unit, meaning, Wireshark's name for it, and who may see it.
//!
//! The list itself stands in [`crate::columns`]; the Parquet schema, the filter language, the SQL
//! views, the CSV header and the manual are made from it.

/// The type of a column in the store: signed, wide enough, readable by every engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Signed 16 bit.
    Int16,
    /// Signed 32 bit.
    Int32,
    /// Signed 64 bit.
    Int64,
    /// Microseconds since 1970-01-01T00:00Z, stored as a UTC timestamp.
    Timestamp,
    /// Bytes of any length.
    Bytes,
    /// The 16 bytes of an IPv6 address.
    Address16,
    /// UTF-8 text with many different values.
    Text,
    /// UTF-8 text with few different values.
    Word,
}

/// Who may see the values of a column (rules D114-D121).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// Says nothing about a source or a sensor.
    Open,
    /// Names a source, which may be a victim: members and up.
    Source,
    /// Names a sensor or betrays its address: never published as it is.
    Sensor,
}

/// One column of the table of packets.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name in the store, in SQL and in machine-readable output.
    pub name: &'static str,
    /// Type in the store.
    pub kind: ColumnType,
    /// Unit of the values; empty for names and numbers without one.
    pub unit: &'static str,
    /// Names in the filter language: Wireshark's where it has one, ours otherwise.
    pub fields: &'static [&'static str],
    /// Who may see it.
    pub privacy: Privacy,
    /// One sentence that says what it is.
    pub doc: &'static str,
}
