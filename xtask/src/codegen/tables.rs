//! The page of tables: every column of the packets and of the rollups.
//!
//! The books (`inputs`, `accounts`, `sensors`) and the sums of the rollups are described by the store,
//! which links the table format; this page points there instead of building it.
//!
//! **Invariant:** columns stand in the order of the store.

use teiten_model::column::{Column, ColumnType, Privacy};
use teiten_model::columns::COLUMNS;
use teiten_model::day::FACT_TABLES;
use teiten_model::rollup::{Grain, ROLLUPS, SENSOR_PORTS_MAX, WATCHED_SOURCE_PORTS};

use crate::codegen::page;

pub(super) fn draw() -> String {
    let mut text = page::begin(
        "Tables",
        &[
            "Every table is a Delta table in `tables/<name>` of the store; how to read them elsewhere: [readers](../guide/readers.md).",
            "A number that a packet does not have is null; an absent text or word is null too.",
            "Times are microseconds in UTC. An IPv4 address is its number (192.0.2.1 is 3221225985), an IPv6 address 16 bytes.",
            "Who may see a column: `open` everybody; `source` the operator and members; `sensor` the operator and the owner of the sensor, because the value betrays a watched address.",
        ],
    );
    let sentence = format!(
        "One row a packet, {} columns; the files lie in folders by UTC day, which is the column `day` (`YYYY-MM-DD`).",
        COLUMNS.len()
    );
    page::section(&mut text, "`packets`", &[&sentence]);
    let headings = ["column", "type", "unit", "filter fields", "seen by", "what it is"];
    page::table(&mut text, &headings, COLUMNS.iter().map(packet_row));
    for rollup in ROLLUPS {
        let grain = match rollup.grain {
            Grain::Hour => "`at` is the start of an hour of UTC.",
            Grain::Day => "`at` is the start of a day of the home zone.",
        };
        page::section(&mut text, &page::code(rollup.name), &[rollup.doc, grain]);
        page::table(&mut text, &["key", "type", "seen by", "what it is"], rollup.keys.iter().map(key_row));
    }
    for table in FACT_TABLES {
        let folder = "Counted from packets, and counted again when they change; the folder, which is the column `day`, is a day of the home zone or a period.";
        page::section(&mut text, &page::code(table.name), &[table.doc, folder]);
        page::table(
            &mut text,
            &["column", "type", "unit", "seen by", "what it is"],
            table.columns.iter().map(fact_row),
        );
    }
    let ports: Vec<String> = WATCHED_SOURCE_PORTS.iter().map(ToString::to_string).collect();
    page::section(
        &mut text,
        "What every rollup has beside its keys",
        &[
            "`at`, `packets`, `bytes`, and `sources`, a sketch of the distinct sources.",
            "A cell may have several rows, one for each input and commit: add `packets` and `bytes` up, and merge the sketches.",
            &format!("Watched source ports are {}.", ports.join(", ")),
            &format!(
                "`sensor_ports_daily` names the busiest {SENSOR_PORTS_MAX} ports of a sensor, day and input."
            ),
            "The sums, the extra columns of `sources_daily` and the books `inputs`, `accounts` and `sensors` are described in [the store's list](../../crates/store/src/table.rs).",
        ],
    );
    text
}

fn packet_row(column: &Column) -> Vec<String> {
    vec![
        page::code(column.name),
        kind(column.kind).to_string(),
        column.unit.to_string(),
        page::codes(column.fields.iter().copied()),
        privacy(column.privacy).to_string(),
        column.doc.to_string(),
    ]
}

fn fact_row(column: &Column) -> Vec<String> {
    vec![
        page::code(column.name),
        kind(column.kind).to_string(),
        column.unit.to_string(),
        privacy(column.privacy).to_string(),
        column.doc.to_string(),
    ]
}

fn key_row(column: &Column) -> Vec<String> {
    vec![
        page::code(column.name),
        kind(column.kind).to_string(),
        privacy(column.privacy).to_string(),
        column.doc.to_string(),
    ]
}

fn kind(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Int16 => "16-bit integer",
        ColumnType::Int32 => "32-bit integer",
        ColumnType::Int64 => "64-bit integer",
        ColumnType::Timestamp => "time",
        ColumnType::Bytes => "bytes",
        ColumnType::Address16 => "16 bytes",
        ColumnType::Text => "text",
        ColumnType::Word => "word",
    }
}

fn privacy(privacy: Privacy) -> &'static str {
    match privacy {
        Privacy::Open => "open",
        Privacy::Source => "source",
        Privacy::Sensor => "sensor",
    }
}
