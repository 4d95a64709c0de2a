//! Bytes per packet by column, from the metadata of the parts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::Result;
use parquet::file::metadata::ParquetMetaDataReader;
use teiten_store::part::Part;

/// What one column takes.
#[derive(Default)]
struct ColumnSize {
    bytes: u64,
    encodings: BTreeSet<String>,
}

/// What the parts of `packets` take.
#[derive(Default)]
pub(crate) struct Sizes {
    parts: usize,
    file_bytes: u64,
    columns: BTreeMap<String, ColumnSize>,
}

/// Groups of columns that are told apart from the fixed header.
fn group_of(column: &str) -> &'static str {
    match column {
        "payload" => "payload",
        "ip_options" | "tcp_options" | "ext_headers" => "options",
        "input" | "frame" | "rules" | "data" => "references",
        dns if dns.starts_with("dns_") => "DNS",
        quote if quote.starts_with("quote_") => "quotes",
        _ => "fixed header columns",
    }
}

impl Sizes {
    /// Adds the columns of a part.
    pub(crate) fn add(&mut self, part: Part) -> Result<()> {
        self.parts += 1;
        self.file_bytes += part.size_bytes() as u64;
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&part.whole())?;
        for group in metadata.row_groups() {
            for column in group.columns() {
                let size = self.columns.entry(column.column_path().string()).or_default();
                size.bytes += column.compressed_size() as u64;
                size.encodings.extend(column.encodings().map(|encoding| encoding.to_string()));
            }
        }
        Ok(())
    }

    /// What a column takes, in bytes.
    pub(crate) fn of(&self, column: &str) -> u64 {
        self.columns.get(column).map_or(0, |size| size.bytes)
    }

    /// The columns that take most, and the sums of the groups.
    pub(crate) fn write(&self, out: &mut String, packets: u64) -> Result<()> {
        let each = |bytes: u64| bytes as f64 / packets.max(1) as f64;
        writeln!(out, "\n{:24}{:>10}  encodings", "bytes per packet", "bytes")?;
        let mut columns: Vec<(&String, &ColumnSize)> = self.columns.iter().collect();
        columns.sort_by(|a, b| (b.1.bytes, a.0).cmp(&(a.1.bytes, b.0)));
        let mut groups: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, size) in columns {
            *groups.entry(group_of(name)).or_default() += size.bytes;
            if each(size.bytes) >= 0.005 {
                let encodings: Vec<&str> = size.encodings.iter().map(String::as_str).collect();
                writeln!(out, "{name:24}{:>10.3}  {}", each(size.bytes), encodings.join(" "))?;
            }
        }
        writeln!(out)?;
        for (group, bytes) in groups {
            writeln!(out, "{group:24}{:>10.2}", each(bytes))?;
        }
        writeln!(out, "{:24}{:>10.2}  in {} parts", "whole parts", each(self.file_bytes), self.parts)?;
        Ok(())
    }
}

/// What the rollups take.
#[derive(Default)]
pub(crate) struct RollupSizes {
    rollups: BTreeMap<&'static str, (usize, usize)>,
}

impl RollupSizes {
    /// Adds the rows and the bytes of a part of a rollup.
    pub(crate) fn add(&mut self, name: &'static str, rows: usize, bytes: usize) {
        let known = self.rollups.entry(name).or_default();
        known.0 += rows;
        known.1 += bytes;
    }

    /// Rows against packets, and bytes per packet.
    pub(crate) fn write(&self, out: &mut String, packets: u64) -> Result<()> {
        let of = |number: usize| number as f64 / packets.max(1) as f64;
        writeln!(out, "\n{:24}{:>10}{:>12}{:>10}", "rollup", "rows", "of packets", "B/packet")?;
        let mut sum = (0, 0);
        for (name, (rows, bytes)) in &self.rollups {
            writeln!(out, "{name:24}{rows:>10}{:>11.2}%{:>10.3}", 100.0 * of(*rows), of(*bytes))?;
            sum = (sum.0 + rows, sum.1 + bytes);
        }
        writeln!(out, "{:24}{:>10}{:>11.2}%{:>10.3}", "all", sum.0, 100.0 * of(sum.0), of(sum.1))?;
        Ok(())
    }
}
