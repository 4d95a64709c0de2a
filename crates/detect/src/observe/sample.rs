//! Days for tests, written as lines.
//!
//! ```text
//! SECONDS SENSOR PACKET [| KEY=VALUE ...]
//! 12.5 tokyo tcp 198.51.100.7:51234 > 203.0.113.9:23 S | country=JP asn=64500 actor=Census packets=3
//! ```
//!
//! The packet is in the notation of [`crate::notation`] and is classified with the signatures of the program;
//! what the notation cannot say stands behind the bar. Seconds are those of the day; the group of a sensor is
//! `group-` and its first letter.

use std::fmt::Write as _;

use teiten_model::columns::PacketColumns;
use teiten_model::day::DayFacts;
use teiten_model::fact::{Cell, Fact};
use teiten_model::interval::{DAY_US, Interval, Timestamp};
use teiten_model::values::BytesColumn;

use super::{DayBuilder, NameRules};
use crate::classifier::Classifier;
use crate::notation::columns_of;

/// 2014-04-01T00:00 in Tokyo.
pub(crate) const DAY: Interval =
    Interval { start: Timestamp(1_396_278_000_000_000), end: Timestamp(1_396_278_000_000_000 + DAY_US) };

/// The block of these lines.
pub(crate) fn block(lines: &[&str]) -> PacketColumns {
    let parts: Vec<(f64, &str, &str, &str)> = lines
        .iter()
        .map(|line| {
            let (packet, more) = line.split_once(" | ").unwrap_or((line, ""));
            let mut words = packet.splitn(3, ' ');
            let mut word = || words.next().unwrap_or_else(|| panic!("{line}"));
            (word().parse().unwrap(), word(), word(), more)
        })
        .collect();
    let packets: Vec<&str> = parts.iter().map(|part| part.2).collect();
    let mut columns = columns_of(&packets).unwrap();
    Classifier::builtin().unwrap().classify(&mut columns);
    for (row, (secs, sensor, _, more)) in parts.iter().enumerate() {
        columns.ts[row] = DAY.start.0 + (secs * 1e6).round() as i64;
        columns.sensor.codes[row] = columns.sensor.code(sensor);
        columns.sensor_group.codes[row] = columns.sensor_group.code(&format!("group-{}", &sensor[..1]));
        for pair in more.split_whitespace() {
            let (key, value) = pair.split_once('=').unwrap();
            set(&mut columns, row, key, value);
        }
    }
    columns
}

fn set(columns: &mut PacketColumns, row: usize, key: &str, value: &str) {
    let address = || i64::from(u32::from(value.parse::<std::net::Ipv4Addr>().unwrap()));
    match key {
        "country" => columns.src_country.codes[row] = columns.src_country.code(value),
        "actor" => columns.actor.codes[row] = columns.actor.code(value),
        "asn" => columns.src_asn[row] = value.parse().unwrap(),
        "packets" => columns.packets[row] = value.parse().unwrap(),
        "edns" => columns.dns_edns_size[row] = value.parse().unwrap(),
        "quote_src" => columns.quote_src[row] = address(),
        "quote_dst" => columns.quote_dst[row] = address(),
        "quote_src6" => set6(&mut columns.quote_src6, row, value),
        "quote_dst6" => set6(&mut columns.quote_dst6, row, value),
        "quote_name" => {
            let mut names: Vec<Vec<u8>> = (0..columns.quote_dns_name.len())
                .map(|row| columns.quote_dns_name.get(row).to_vec())
                .collect();
            names[row] = value.as_bytes().to_vec();
            columns.quote_dns_name.clear();
            names.iter().for_each(|name| columns.quote_dns_name.push(name));
        }
        "quote_proto" => columns.quote_proto[row] = value.parse().unwrap(),
        "quote_ports" => {
            let (src_port, dst_port) = value.split_once('>').unwrap();
            columns.quote_src_port[row] = src_port.parse().unwrap();
            columns.quote_dst_port[row] = dst_port.parse().unwrap();
        }
        _ => panic!("{key}"),
    }
}

/// Sets an address of IPv6 in a column that is closed already.
fn set6(column: &mut BytesColumn, row: usize, value: &str) {
    let mut values: Vec<Vec<u8>> = (0..column.len()).map(|row| column.get(row).to_vec()).collect();
    values[row] = value.parse::<std::net::Ipv6Addr>().unwrap().octets().to_vec();
    column.clear();
    values.iter().for_each(|value| column.push(value));
}

/// The last two labels are the registered domain, and eight letters look random.
pub(crate) const RULES: NameRules = NameRules {
    domain: |name| {
        let last = name.rfind('.')?;
        Some(name[..last].rfind('.').map_or(name, |before| &name[before + 1..]))
    },
    is_random: |name| name.find('.') == Some(8),
};

/// What the builder makes of these lines.
pub(crate) fn facts(lines: &[&str]) -> DayFacts {
    let mut builder = DayBuilder::new(DAY, RULES);
    builder.add(&block(lines));
    builder.finish()
}

/// Some columns of facts as lines: times in seconds of the day, IPv4 addresses dotted, bytes in hexadecimal.
pub(crate) fn table<F: Fact>(facts: &[F], columns: &[&str]) -> String {
    let mut text = columns.join(" | ") + "\n";
    for fact in facts {
        let cells: Vec<String> = columns.iter().map(|name| cell(fact, name)).collect();
        let _ = writeln!(text, "{}", cells.join(" | "));
    }
    text
}

fn cell<F: Fact>(fact: &F, name: &str) -> String {
    let place = F::COLUMNS.iter().position(|column| column.name == name);
    match fact.cell(place.unwrap_or_else(|| panic!("{} has no column {name}", F::TABLE))) {
        Cell::Int(-1) => "-".into(),
        Cell::Int(number) if name == "src" => std::net::Ipv4Addr::from(number as u32).to_string(),
        Cell::Int(number) if matches!(name, "first" | "last" | "at") => {
            format!("{}s", (number - DAY.start.0) as f64 / 1e6)
        }
        Cell::Int(number) => number.to_string(),
        Cell::Text("") => "-".into(),
        Cell::Text(text) => text.into(),
        Cell::Bytes([]) => "-".into(),
        Cell::Bytes(bytes) if name == "src6" => teiten_model::address::ipv6_of(bytes).unwrap().to_string(),
        Cell::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
