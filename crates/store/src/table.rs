//! The tables of the store: the packets, the rollups, and the books about both.
//!
//! One list: the columns of `packets` come from the model's list, those of the rollups from the
//! model's rollups; only the books (inputs, accounts, sensors) are described here.

use model::column::{Column, ColumnType, Privacy};
use model::columns::COLUMNS;
use model::day::FACT_TABLES;
use model::fact::{Fact, FactTable};
use model::rollup::ROLLUPS;
use teiten_model as model;

/// The column by which `packets` and the counted tables are partitioned: of `packets` the UTC day as
/// `YYYY-MM-DD`; of the others the day of the home zone, or the period, that their rows are about.
pub const DAY: &str = "day";

/// Name of the table of packets.
pub const PACKETS: &str = "packets";

/// Name of the book of what expired.
pub const EXPIRIES: &str = "expiries";

/// One table of the store.
#[derive(Debug, Clone)]
pub struct TableDef {
    /// Name in the store and in SQL.
    pub name: &'static str,
    /// What it holds, in one sentence.
    pub doc: &'static str,
    /// Columns in the files.
    pub columns: Vec<Column>,
    /// Whether the table is partitioned by [`DAY`].
    pub by_day: bool,
    /// Whether its rows are counted from packets and may be counted again: then a day's rows are replaced.
    pub is_counted: bool,
}

const fn column(
    name: &'static str,
    kind: ColumnType,
    unit: &'static str,
    privacy: Privacy,
    doc: &'static str,
) -> Column {
    Column { name, kind, unit, fields: &[], privacy, doc }
}

const AT: Column =
    column("at", ColumnType::Timestamp, "us", Privacy::Open, "Start of the cell's hour or day.");
const PACKETS_SUM: Column =
    column("packets", ColumnType::Int64, "packets", Privacy::Open, "Packets in the cell.");
const BYTES_SUM: Column =
    column("bytes", ColumnType::Int64, "bytes", Privacy::Open, "Bytes on the wire in the cell.");
const SOURCES: Column = column(
    "sources",
    ColumnType::Bytes,
    "",
    Privacy::Sensor,
    "Sketch of the distinct sources: exact while few, an estimate beyond.",
);

/// Columns that only `sources_daily` has beside its keys and sums.
const SOURCE_EXTRAS: [Column; 4] = [
    column("first", ColumnType::Timestamp, "us", Privacy::Source, "First packet of the source in the cell."),
    column("last", ColumnType::Timestamp, "us", Privacy::Source, "Last packet of the source in the cell."),
    column("sensors", ColumnType::Bytes, "", Privacy::Sensor, "Sketch of the distinct sensors it reached."),
    column(
        "ports",
        ColumnType::Bytes,
        "",
        Privacy::Source,
        "Sketch of the distinct (protocol, port) it tried.",
    ),
];

/// The books.
const INPUTS: [Column; 14] = [
    column("input", ColumnType::Word, "", Privacy::Open, "Identifier of the input."),
    column(
        "kind",
        ColumnType::Word,
        "",
        Privacy::Open,
        "What it is: capture, synthetic (made by the simulator) or batch.",
    ),
    column("name", ColumnType::Text, "", Privacy::Sensor, "Where it was read from."),
    column("hash", ColumnType::Text, "", Privacy::Open, "SHA-256 of its bytes as they lie in the file."),
    column("bytes", ColumnType::Int64, "bytes", Privacy::Open, "Its size."),
    column(
        "format",
        ColumnType::Word,
        "",
        Privacy::Open,
        "Capture format, byte order, resolution, compression.",
    ),
    column("packets", ColumnType::Int64, "packets", Privacy::Open, "Frames that became rows."),
    column("lost", ColumnType::Int64, "packets", Privacy::Open, "Frames that were lost, for any reason."),
    column("first", ColumnType::Timestamp, "us", Privacy::Open, "Earliest capture time."),
    column("last", ColumnType::Timestamp, "us", Privacy::Open, "Latest capture time."),
    column(
        "whole",
        ColumnType::Int16,
        "",
        Privacy::Open,
        "1 when it was read to its end without damage, else 0.",
    ),
    column("rules", ColumnType::Word, "", Privacy::Open, "Edition of the rules."),
    column("data", ColumnType::Word, "", Privacy::Open, "Editions of the reference data."),
    column("imported", ColumnType::Timestamp, "us", Privacy::Open, "When it was stored."),
];
const ACCOUNTS: [Column; 9] = [
    column("input", ColumnType::Word, "", Privacy::Open, "Identifier of the input."),
    column("sensor", ColumnType::Word, "", Privacy::Sensor, "Sensor; `-` for frames that belong to none."),
    column("start", ColumnType::Timestamp, "us", Privacy::Open, "Start of the interval."),
    column("end", ColumnType::Timestamp, "us", Privacy::Open, "End of the interval."),
    column("received", ColumnType::Int64, "packets", Privacy::Open, "Frames received."),
    column("stored", ColumnType::Int64, "packets", Privacy::Open, "Frames stored."),
    column("held", ColumnType::Int64, "packets", Privacy::Open, "Frames not yet delivered."),
    column("lost", ColumnType::Int64, "packets", Privacy::Open, "Frames lost."),
    column("reason", ColumnType::Word, "", Privacy::Open, "Why they were lost; absent when none was."),
];
const SENSORS: [Column; 10] = [
    column("at", ColumnType::Timestamp, "us", Privacy::Open, "The hour."),
    column("sensor", ColumnType::Word, "", Privacy::Sensor, "Name of the sensor."),
    column("sensor_group", ColumnType::Word, "", Privacy::Open, "Its group."),
    column("region", ColumnType::Word, "", Privacy::Open, "Reporting region of the site."),
    column("country", ColumnType::Word, "", Privacy::Open, "Country of the site."),
    column("asn", ColumnType::Int64, "", Privacy::Sensor, "AS of the site."),
    column("provider", ColumnType::Word, "", Privacy::Sensor, "Kind of provider."),
    column("owner", ColumnType::Word, "", Privacy::Sensor, "Member that owns it."),
    column(
        "addresses",
        ColumnType::Int64,
        "addresses",
        Privacy::Sensor,
        "Addresses it watched in that hour; of IPv6, networks of 64 bits.",
    ),
    column("packets", ColumnType::Int64, "packets", Privacy::Open, "Packets it stored in that hour."),
];

const SPOOLS: [Column; 8] = [
    column("sensor", ColumnType::Word, "", Privacy::Sensor, "Name of the sensor."),
    column("epoch", ColumnType::Text, "", Privacy::Sensor, "The number drawn when the spool was created."),
    column("batch", ColumnType::Int64, "", Privacy::Sensor, "The last batch stored."),
    column("sum", ColumnType::Int64, "", Privacy::Sensor, "Its CRC-32C."),
    column("sealed", ColumnType::Timestamp, "us", Privacy::Sensor, "When its observation ended."),
    column(
        "clock_offset",
        ColumnType::Int64,
        "us",
        Privacy::Sensor,
        "The sensor's clock minus the collector's, as last measured.",
    ),
    column("watched", ColumnType::Text, "", Privacy::Sensor, "The prefixes that were watched."),
    column("stored", ColumnType::Timestamp, "us", Privacy::Sensor, "When it was stored."),
];
const SENSOR_HOURS: [Column; 5] = [
    column("at", ColumnType::Timestamp, "us", Privacy::Open, "The hour."),
    column("sensor", ColumnType::Word, "", Privacy::Sensor, "Name of the sensor."),
    column("observed", ColumnType::Int64, "us", Privacy::Open, "How much of the hour was observed."),
    column("batches", ColumnType::Int64, "batches", Privacy::Open, "Batches that were sealed in it."),
    column(
        "clock_offset",
        ColumnType::Int64,
        "us",
        Privacy::Sensor,
        "The sensor's clock minus the collector's, as last measured in it.",
    ),
];
const INTERRUPTIONS: [Column; 9] = [
    column("sensor", ColumnType::Word, "", Privacy::Sensor, "Name of the sensor."),
    column(
        "kind",
        ColumnType::Word,
        "",
        Privacy::Open,
        "unobserved (nobody observed, so no packets are counted) or given-up (observed, counted and lost).",
    ),
    column(
        "cause",
        ColumnType::Word,
        "",
        Privacy::Open,
        "Of unobserved: restart, new-spool or too-long; of given-up: spool-full or gap.",
    ),
    column("epoch", ColumnType::Word, "", Privacy::Sensor, "The spool of the batch that tells of it."),
    column("first_batch", ColumnType::Int64, "", Privacy::Sensor, "The first number that batch answers for."),
    column("last_batch", ColumnType::Int64, "", Privacy::Sensor, "Its number."),
    column(
        "start",
        ColumnType::Timestamp,
        "us",
        Privacy::Open,
        "Start of the interval, by the sensor's clock.",
    ),
    column("end", ColumnType::Timestamp, "us", Privacy::Open, "End of the interval."),
    column(
        "lost",
        ColumnType::Int64,
        "packets",
        Privacy::Open,
        "Frames that were given up; 0 when unobserved.",
    ),
];

const EXPIRED: [Column; 8] = [
    column("kind", ColumnType::Word, "", Privacy::Open, "What went: frames, packets or rollups."),
    column("start", ColumnType::Timestamp, "us", Privacy::Open, "Start of the time it was of."),
    column("end", ColumnType::Timestamp, "us", Privacy::Open, "End of that time."),
    column("rows", ColumnType::Int64, "rows", Privacy::Open, "Rows that went; of frames none are counted."),
    column("files", ColumnType::Int64, "files", Privacy::Open, "Files that went."),
    column("bytes", ColumnType::Int64, "bytes", Privacy::Open, "What they took."),
    column(
        "reason",
        ColumnType::Word,
        "",
        Privacy::Open,
        "Why: age, size (all of its kind took too much) or free (the disk had too little room).",
    ),
    column("expired", ColumnType::Timestamp, "us", Privacy::Open, "When it went."),
];

/// Every table, in the order in which they are committed; the packets come last.
pub fn tables() -> Vec<TableDef> {
    let book = |name, doc, columns: &[Column]| TableDef {
        name,
        doc,
        columns: columns.to_vec(),
        by_day: false,
        is_counted: false,
    };
    let mut tables = vec![book(
        "spools",
        "How far each spool of a live sensor is stored: the highest number holds.",
        &SPOOLS,
    )];
    tables.extend(ROLLUPS.iter().map(|rollup| {
        let mut columns = vec![AT];
        columns.extend_from_slice(rollup.keys);
        columns.extend([PACKETS_SUM, BYTES_SUM]);
        match rollup.name {
            "sources_daily" => columns.extend(SOURCE_EXTRAS),
            _ => columns.push(SOURCES),
        }
        TableDef { name: rollup.name, doc: rollup.doc, columns, by_day: false, is_counted: false }
    }));
    tables.push(book(
        "sensors",
        "Each sensor by hour in which it stored a packet or, live, observed: then without a packet, too.",
        &SENSORS,
    ));
    tables.push(book("sensor_hours", "Each live sensor by hour that it observed.", &SENSOR_HOURS));
    tables.push(book(
        "interruptions",
        "Times that a live sensor did not observe, and batches that it gave up.",
        &INTERRUPTIONS,
    ));
    tables.push(book("accounts", "The balance of each input by sensor and reason.", &ACCOUNTS));
    tables.push(book("inputs", "Every input that was stored.", &INPUTS));
    tables.push(book(EXPIRIES, "What was stored and is no longer kept, by day.", &EXPIRED));
    tables.extend(FACT_TABLES.iter().map(of_facts));
    tables.push(TableDef {
        name: PACKETS,
        doc: "One row a packet, with every header field and what was made of it.",
        columns: COLUMNS.to_vec(),
        by_day: true,
        is_counted: false,
    });
    tables
}

/// Whether a table has rows of batches alone, or of what expired: then most commits leave it as it is.
pub(crate) fn is_of_few(name: &str) -> bool {
    ["spools", "sensor_hours", "interruptions", EXPIRIES].contains(&name)
}

/// A table of facts.
fn of_facts(table: &FactTable) -> TableDef {
    TableDef {
        name: table.name,
        doc: table.doc,
        columns: table.columns.to_vec(),
        by_day: true,
        is_counted: true,
    }
}

/// The table of a kind of facts.
pub fn of<F: Fact>() -> TableDef {
    of_facts(&FactTable::of::<F>())
}

/// The table of that name.
pub fn find(name: &str) -> Option<TableDef> {
    tables().into_iter().find(|table| table.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_unique_columns_and_packets_come_last() {
        let tables = tables();
        assert_eq!(tables.last().map(|table| table.name), Some(PACKETS));
        for table in &tables {
            let mut names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table.columns.len(), "a column of {} stands twice", table.name);
        }
    }
}
