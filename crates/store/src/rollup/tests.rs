//! Every rollup against a count of the plainest kind.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};

use super::*;
use crate::table;

const MAY_FIRST: i64 = 1_398_902_400_000_000;

type Counted = BTreeMap<Vec<String>, (i64, i64, BTreeSet<u64>)>;

/// Packets of both families and of none, of all protocols with and without ports, over two days.
fn block(rows: usize) -> PacketColumns {
    let mut columns = PacketColumns::default();
    columns.reset(rows);
    let groups = ["jp", "de"].map(|word| columns.sensor_group.code(word));
    let sensors = ["jp-1", "jp-2", "de-1"].map(|word| columns.sensor.code(word));
    let countries = ["", "CN", "US", "NL"].map(|word| columns.src_country.code(word));
    let classes = ["scan-syn", "udp-response"].map(|word| columns.class.code(word));
    let tags = ["", "zmap", "masscan mirai"].map(|word| columns.tags.code(word));
    for row in 0..rows {
        let mixed = distinct::hash(row as u64) as usize;
        columns.ts[row] = MAY_FIRST + (mixed % 172_800) as i64 * 1_000_000;
        columns.sensor.codes[row] = sensors[mixed % 3];
        columns.sensor_group.codes[row] = groups[usize::from(mixed % 3 == 2)];
        columns.src_country.codes[row] = countries[mixed / 3 % 4];
        columns.class.codes[row] = classes[mixed / 12 % 2];
        columns.tags.codes[row] = tags[mixed / 24 % 3];
        columns.packets[row] = 1 + (mixed / 7 % 3) as i64;
        columns.frame_len[row] = (mixed / 11 % 1500) as i32 - 1;
        columns.src_asn[row] = [-1, 0, 64_496, 4_294_967_295][mixed / 13 % 4];
        match mixed / 17 % 5 {
            0 => {}
            1 => columns.src6.set(row, &[(mixed % 5) as u8 + 1; 16]),
            _ => columns.src[row] = (mixed / 19 % 300) as i64 * 14_316_557,
        }
        columns.ip_proto[row] = [6, 17, 1, 58, 47, -1][mixed / 23 % 6];
        match columns.ip_proto[row] {
            6 | 17 => {
                columns.dst_port[row] = [0, 23, 65_535, 53][mixed / 29 % 4];
                columns.src_port[row] = [6000, 53, 40_000, 11_211][mixed / 31 % 4];
            }
            1 | 58 => columns.icmp_type[row] = [0, 3, 135, -1][mixed / 29 % 4],
            _ => {}
        }
    }
    columns.finish();
    columns
}

fn or_dash(value: i64) -> String {
    if value == -1 { "-".to_string() } else { value.to_string() }
}

fn key_of(rollup: &Rollup, at: i64, columns: &PacketColumns, row: usize) -> Vec<String> {
    let mut key = vec![at.to_string()];
    key.extend(rollup.keys.iter().map(|column| match column.name {
        "sensor_group" => columns.sensor_group.get(row).unwrap_or("-").to_string(),
        "sensor" => columns.sensor.get(row).unwrap_or("-").to_string(),
        "src_country" => columns.src_country.get(row).unwrap_or("-").to_string(),
        "class" => columns.class.get(row).unwrap_or("-").to_string(),
        "tags" => columns.tags.get(row).unwrap_or("-").to_string(),
        "ip_proto" => or_dash(i64::from(columns.ip_proto[row])),
        "dst_port" => or_dash(i64::from(port_of(columns, row))),
        "src_port" => or_dash(i64::from(columns.src_port[row])),
        "src" => or_dash(columns.src[row]),
        "src6" => format!("{:?}", columns.src6.get(row)),
        "src_asn" => or_dash(columns.src_asn[row]),
        other => panic!("{other} is no key of a rollup"),
    }));
    key
}

fn plainly(rollup: &Rollup, columns: &PacketColumns) -> Counted {
    let mut days = DayCut::new(jiff::tz::TimeZone::get("Asia/Tokyo").expect("a zone"));
    let mut counted = Counted::new();
    for row in 0..columns.rows() {
        let ts = columns.ts[row];
        let at = if rollup.grain == Grain::Hour { ts - ts % HOUR_US } else { days.start_of(ts) };
        if rollup.name == "source_ports_daily" && !is_watched_port(columns.src_port[row]) {
            continue;
        }
        let cell = counted.entry(key_of(rollup, at, columns, row)).or_default();
        cell.0 += columns.packets[row];
        cell.1 += i64::from(columns.frame_len[row].max(0));
        cell.2.extend(source_of(columns, row));
    }
    counted
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<String> {
    let array = batch.column_by_name(name).expect("a column");
    if let Some(bytes) = array.as_binary_opt::<i32>() {
        return bytes.iter().map(|bytes| format!("{:?}", bytes.unwrap_or_default())).collect();
    }
    let array = match array.data_type() {
        DataType::Timestamp(_, _) => arrow::compute::cast(array, &DataType::Int64).expect("a number"),
        _ => array.clone(),
    };
    let array = arrow::compute::cast(&array, &DataType::Utf8).expect("a text");
    let texts = array.as_string::<i32>();
    (0..texts.len())
        .map(|row| if texts.is_null(row) { "-".to_string() } else { texts.value(row).to_string() })
        .collect()
}

fn leaving(rollups: &mut Rollups) -> BTreeMap<&'static str, RecordBatch> {
    rollups
        .take()
        .map(|(name, record)| {
            let table = table::find(name).expect("a table");
            (name, record.to_batch(&table).expect("a batch"))
        })
        .collect()
}

fn sketches(batch: &RecordBatch, name: &str) -> Vec<distinct::Distinct> {
    let array = batch.column_by_name(name).expect("a column").as_binary::<i32>();
    (0..array.len()).map(|row| distinct::Distinct::read(array.value(row)).expect("a sketch")).collect()
}

#[test]
fn every_rollup_counts_what_a_plain_count_counts_and_leaves_in_order() {
    let columns = block(20_000);
    let mut rollups = Rollups::new(jiff::tz::TimeZone::get("Asia/Tokyo").expect("a zone"));
    // What was taken before must leave no trace.
    rollups.count(&block(3_000));
    assert_eq!(leaving(&mut rollups).len(), ROLLUPS.len());
    rollups.count(&columns);
    let batches = leaving(&mut rollups);
    for rollup in ROLLUPS {
        let (expected, batch) = (plainly(rollup, &columns), &batches[rollup.name]);
        assert_eq!(batch.num_rows(), expected.len(), "{}", rollup.name);
        let mut names = vec!["at"];
        names.extend(rollup.keys.iter().map(|key| key.name));
        let keys: Vec<Vec<String>> = names.iter().map(|name| texts(batch, name)).collect();
        let sum =
            |name: &str| batch.column_by_name(name).expect("a column").as_primitive::<Int64Type>().clone();
        let (packets, bytes) = (sum("packets"), sum("bytes"));
        let sources = (rollup.name != "sources_daily").then(|| sketches(batch, "sources"));
        for row in 0..batch.num_rows() {
            let key: Vec<String> = keys.iter().map(|column| column[row].clone()).collect();
            let found = expected.get(&key).unwrap_or_else(|| panic!("{}: {key:?} was not seen", rollup.name));
            assert_eq!((packets.value(row), bytes.value(row)), (found.0, found.1), "{} {key:?}", rollup.name);
            if let Some(sources) = &sources
                && sources[row].is_exact()
            {
                assert_eq!(sources[row].count(), found.2.len() as u64, "{} {key:?}", rollup.name);
            }
        }
        let at: Vec<i64> = keys[0].iter().map(|at| at.parse().expect("a number")).collect();
        assert!(at.is_sorted(), "{}", rollup.name);
    }
}

#[test]
fn sources_know_their_first_and_last_packet_their_sensors_and_ports() {
    let mut columns = block(0);
    columns.reset(4);
    let sensors = ["jp-1", "jp-2"].map(|word| columns.sensor.code(word));
    for (row, (minute, sensor, port)) in
        [(5, 0, 23), (1, 1, 23), (9, 0, 80), (5, 0, 23)].into_iter().enumerate()
    {
        columns.ts[row] = MAY_FIRST + minute * 60_000_000;
        columns.src[row] = 7;
        columns.ip_proto[row] = 6;
        columns.dst_port[row] = port;
        columns.packets[row] = 1;
        columns.sensor.codes[row] = sensors[sensor];
    }
    columns.finish();
    let mut rollups = Rollups::new(jiff::tz::TimeZone::UTC);
    rollups.count(&columns);
    let batch = &leaving(&mut rollups)["sources_daily"];
    assert_eq!(batch.num_rows(), 1);
    assert_eq!(texts(batch, "first"), [(MAY_FIRST + 60_000_000).to_string()]);
    assert_eq!(texts(batch, "last"), [(MAY_FIRST + 9 * 60_000_000).to_string()]);
    assert_eq!((sketches(batch, "sensors")[0].count(), sketches(batch, "ports")[0].count()), (2, 2));
}

#[test]
fn ports_beyond_the_busiest_become_one_cell_and_no_packet_is_lost() {
    let mut columns = block(0);
    columns.reset(3_000);
    for row in 0..3_000 {
        columns.ts[row] = MAY_FIRST;
        columns.src[row] = row as i64 % 10;
        columns.ip_proto[row] = 6;
        // The first five hundred ports are met three times, the others once.
        columns.dst_port[row] = if row < 1_500 { row as i32 % 500 } else { row as i32 };
        columns.packets[row] = 1;
    }
    columns.finish();
    let mut rollups = Rollups::new(jiff::tz::TimeZone::UTC);
    rollups.count(&columns);
    let batch = &leaving(&mut rollups)["sensor_ports_daily"];
    assert_eq!(batch.num_rows(), 1_001);
    let packets = batch.column_by_name("packets").expect("a column").as_primitive::<Int64Type>();
    assert_eq!(arrow::compute::sum(packets), Some(3_000));
    let rest = texts(batch, "dst_port").iter().position(|port| port == "-2").expect("the rest");
    assert_eq!((packets.value(rest), sketches(batch, "sources")[rest].count()), (1_000, 10));
}
