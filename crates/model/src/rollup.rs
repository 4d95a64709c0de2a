//! The rollups: what is counted beside the rows, under which keys.
//!
//! A rollup row holds packets, bytes and a mergeable sketch of distinct sources under its key. One
//! key may have several rows, one for each input and commit: readers add and merge. Rollups outlive
//! the packets, so that years of series stay answerable.
//!
//! The tables are several and narrow: an address sees a few hundred packets an hour, so a wide key
//! would have a cell per packet.

use crate::column::{Column, ColumnType, Privacy};

/// How long the span of one cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// An hour of UTC.
    Hour,
    /// A day of the store's home zone.
    Day,
}

/// One table of rollups.
#[derive(Debug, Clone, Copy)]
pub struct Rollup {
    /// Name of the table in the store and in SQL.
    pub name: &'static str,
    /// What it answers, in one sentence.
    pub doc: &'static str,
    /// Span of a cell.
    pub grain: Grain,
    /// Key columns after the time `at`, named as in the table of packets where they stand there too.
    pub keys: &'static [Column],
}

const fn key(name: &'static str, kind: ColumnType, privacy: Privacy, doc: &'static str) -> Column {
    Column { name, kind, unit: "", fields: &[], privacy, doc }
}

const GROUP: Column = key("sensor_group", ColumnType::Word, Privacy::Open, "Group of the sensor.");
const SENSOR: Column = key("sensor", ColumnType::Word, Privacy::Sensor, "Name of the sensor.");
const PROTO: Column = key(
    "ip_proto",
    ColumnType::Int16,
    Privacy::Open,
    "Protocol above IP; -1 where the cell gathers the rest.",
);
const PORT: Column = key(
    "dst_port",
    ColumnType::Int32,
    Privacy::Open,
    "Destination port; for ICMP the type; -1 for protocols without ports, fragments and the rest.",
);
const SOURCE_PORT: Column = key("src_port", ColumnType::Int32, Privacy::Open, "Watched source port.");
const COUNTRY: Column = key("src_country", ColumnType::Word, Privacy::Open, "Country of the source.");
const CLASS: Column = key("class", ColumnType::Word, Privacy::Open, "Traffic class.");
const TAGS: Column = key("tags", ColumnType::Word, Privacy::Open, "Tags, parted by blanks.");
const SOURCE: Column = key("src", ColumnType::Int64, Privacy::Source, "IPv4 source address.");
const SOURCE6: Column = key("src6", ColumnType::Address16, Privacy::Source, "IPv6 source address.");
const ASN: Column = key("src_asn", ColumnType::Int64, Privacy::Open, "AS of the source.");

/// Every rollup, smallest first where two can answer the same question.
pub const ROLLUPS: &[Rollup] = &[
    Rollup {
        name: "countries_hourly",
        doc: "Packets by hour, sensor group and source country.",
        grain: Grain::Hour,
        keys: &[GROUP, COUNTRY],
    },
    Rollup {
        name: "ports_hourly",
        doc: "Packets by hour, sensor group and destination port or ICMP type.",
        grain: Grain::Hour,
        keys: &[GROUP, PROTO, PORT],
    },
    Rollup {
        name: "sensor_ports_daily",
        doc: "Packets by day, sensor and destination port: the busiest 1,000 of each sensor and input, the rest as one cell.",
        grain: Grain::Day,
        keys: &[GROUP, SENSOR, PROTO, PORT],
    },
    Rollup {
        name: "source_ports_daily",
        doc: "Packets by day, sensor group, watched source port, destination port and country.",
        grain: Grain::Day,
        keys: &[GROUP, PROTO, SOURCE_PORT, PORT, COUNTRY],
    },
    Rollup {
        name: "cells_daily",
        doc: "Packets by day, sensor group, port, country, class and tags.",
        grain: Grain::Day,
        keys: &[GROUP, PROTO, PORT, COUNTRY, CLASS, TAGS],
    },
    Rollup {
        name: "sources_daily",
        doc: "Each source by day and sensor group: packets, sensors, ports, first and last seen.",
        grain: Grain::Day,
        keys: &[GROUP, SOURCE, SOURCE6, COUNTRY, ASN],
    },
];

/// The source ports that are watched because tools and services betray themselves by them.
pub const WATCHED_SOURCE_PORTS: &[u16] = &[19, 53, 80, 123, 161, 389, 443, 1900, 5060, 6000, 11211];

/// Busiest ports kept by name in `sensor_ports_daily`, for each sensor, day and input.
pub const SENSOR_PORTS_MAX: usize = 1000;
