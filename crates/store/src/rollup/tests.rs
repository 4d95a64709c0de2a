//! Every rollup against a count of the plainest kind.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};

use model::rollup::{Grain, ROLLUPS, Rollup};

use super::*;
use crate::distinct::{self, Distinct};
use crate::table;

const MAY_FIRST: i64 = 1_398_902_400_000_000;

/// Packets, bytes, and the hashes of each set of the cell.
#[derive(Default)]
struct Plain {
    packets: i64,
    bytes: i64,
    times: Vec<i64>,
    sets: [BTreeSet<u64>; 2],
}

type Counted = BTreeMap<Vec<String>, Plain>;

fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get("Asia/Kolkata").expect("a zone")
}

/// A hash of the source of a packet; `None` for a frame that is not IP.
fn source_of(columns: &PacketColumns, row: usize) -> Option<u64> {
    match columns.src[row] {
        -1 => model::address::ipv6_of(columns.src6.get(row)).map(distinct::hash6),
        number => Some(distinct::hash(number as u64)),
    }
}

/// The hash of a name (FNV-1a).
fn name_hash(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

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
        // A record of a flow may stand for more packets than 32 bits count.
        columns.packets[row] = [1, 2, 3, 5 << 32][mixed / 7 % 4];
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
    let mut days = DayCut::new(zone());
    let mut counted = Counted::new();
    for row in 0..columns.rows() {
        let ts = columns.ts[row];
        let at = if rollup.grain == Grain::Hour { ts - ts.rem_euclid(HOUR_US) } else { days.start_of(ts) };
        if rollup.name == "source_ports_daily" && !is_watched_port(columns.src_port[row]) {
            continue;
        }
        let cell = counted.entry(key_of(rollup, at, columns, row)).or_default();
        cell.packets += columns.packets[row];
        cell.bytes += i64::from(columns.frame_len[row].max(0));
        cell.times.push(ts);
        if rollup.name == "sources_daily" {
            let port = i64::from(columns.ip_proto[row]) << 32 ^ i64::from(port_of(columns, row));
            cell.sets[0].insert(name_hash(columns.sensor.get(row).unwrap_or_default()));
            cell.sets[1].insert(distinct::hash(port as u64));
        } else {
            cell.sets[0].extend(source_of(columns, row));
        }
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

fn sketches(batch: &RecordBatch, name: &str) -> Vec<Distinct> {
    let array = batch.column_by_name(name).expect("a column").as_binary::<i32>();
    (0..array.len()).map(|row| Distinct::read(array.value(row)).expect("a sketch")).collect()
}

fn numbers(batch: &RecordBatch, name: &str) -> Vec<i64> {
    let array = batch.column_by_name(name).expect("a column");
    let array = arrow::compute::cast(array, &DataType::Int64).expect("numbers");
    array.as_primitive::<Int64Type>().values().to_vec()
}

/// Whether a sketch holds these members: exactly while they are few, else by the same estimate as a plain one.
fn assert_holds(sketch: &Distinct, members: &BTreeSet<u64>, of: &dyn std::fmt::Debug) {
    let mut plain = Distinct::default();
    members.iter().for_each(|member| plain.add(*member));
    match (sketch, &plain) {
        (Distinct::Exact(found), Distinct::Exact(expected)) => assert_eq!(found, expected, "{of:?}"),
        _ => assert_eq!((sketch.count(), sketch.is_exact()), (plain.count(), plain.is_exact()), "{of:?}"),
    }
}

/// Every row of every rollup against the plain count of the packets.
fn assert_counted(batches: &BTreeMap<&'static str, RecordBatch>, columns: &PacketColumns) {
    for rollup in ROLLUPS {
        let (expected, batch) = (plainly(rollup, columns), &batches[rollup.name]);
        assert_eq!(batch.num_rows(), expected.len(), "{}", rollup.name);
        let names: Vec<&str> = ["at"].into_iter().chain(rollup.keys.iter().map(|key| key.name)).collect();
        let keys: Vec<Vec<String>> = names.iter().map(|name| texts(batch, name)).collect();
        let (packets, bytes) = (numbers(batch, "packets"), numbers(batch, "bytes"));
        let is_of_sources = rollup.name == "sources_daily";
        let sets = if is_of_sources { &["sensors", "ports"][..] } else { &["sources"] };
        let sets: Vec<Vec<Distinct>> = sets.iter().map(|name| sketches(batch, name)).collect();
        let times = is_of_sources.then(|| (numbers(batch, "first"), numbers(batch, "last")));
        for row in 0..batch.num_rows() {
            let key: Vec<String> = keys.iter().map(|column| column[row].clone()).collect();
            let plain = expected.get(&key).unwrap_or_else(|| panic!("{}: {key:?} was not seen", rollup.name));
            assert_eq!((packets[row], bytes[row]), (plain.packets, plain.bytes), "{} {key:?}", rollup.name);
            for (set, members) in sets.iter().zip(&plain.sets) {
                assert_holds(&set[row], members, &(rollup.name, &key));
            }
            if let Some((first, last)) = &times {
                let plain = (plain.times.iter().min(), plain.times.iter().max());
                assert_eq!((Some(&first[row]), Some(&last[row])), plain, "{key:?}");
            }
        }
        assert!(numbers(batch, "at").is_sorted(), "{}", rollup.name);
    }
}

#[test]
fn every_rollup_counts_what_a_plain_count_counts_and_leaves_in_order() {
    let columns = block(20_000);
    let mut rollups = Rollups::new(zone());
    // What was taken before must leave no trace.
    rollups.count(&block(3_000));
    assert_eq!(leaving(&mut rollups).len(), ROLLUPS.len());
    rollups.count(&columns);
    assert_counted(&leaving(&mut rollups), &columns);
}

/// A flood of forged addresses: each source is new, so nothing can be joined; and a few real ones between them.
#[test]
fn a_flood_in_which_each_source_is_new_is_counted_like_any_other() {
    let mut columns = block(12_000);
    for row in 0..columns.rows() {
        if row % 10 != 0 && columns.src[row] != -1 {
            columns.src[row] = (distinct::hash(row as u64) >> 32) as i64;
            columns.src_country.codes[row] = 0;
            columns.src_asn[row] = -1;
            columns.dst_port[row] = 80;
            columns.ip_proto[row] = 6;
        }
    }
    let mut rollups = Rollups::new(zone());
    rollups.count(&columns);
    assert_counted(&leaving(&mut rollups), &columns);
}

/// Blocks number their words by themselves, times go back, and room runs short again and again.
#[test]
fn joining_on_the_way_changes_nothing() {
    let whole = block(9_000);
    let mut rollups = Rollups::new(zone());
    rollups.bytes_max = 0;
    let (mut part, mut later) = (PacketColumns::default(), PacketColumns::default());
    let rows: Vec<u32> = (0..9_000).rev().collect();
    later.class.code("a word that shifts the codes");
    for (place, rows) in rows.chunks(700).enumerate() {
        let columns = if place % 2 == 0 { &mut part } else { &mut later };
        columns.take_rows(&whole, rows);
        rollups.count(columns);
        assert!(rollups.is_full(), "nothing is small enough for no room");
    }
    assert_counted(&leaving(&mut rollups), &whole);
}

#[test]
fn a_window_is_full_when_joining_frees_too_little_and_empty_once_it_was_taken() {
    let mut rollups = Rollups::new(zone());
    rollups.bytes_max = 1 << 20;
    let columns = block(4_000);
    let mut blocks = 0;
    while !rollups.is_full() {
        rollups.count(&columns);
        assert!(rollups.bytes() < (1 << 20) + (1 << 18), "{} bytes", rollups.bytes());
        blocks += 1;
        if blocks == 50 {
            break;
        }
    }
    assert_eq!(blocks, 50, "the same packets again take no more room");
    let mut flood = block(4_000);
    for first in 0..100 {
        (0..4_000).for_each(|row| flood.src[row] = first * 4_000 + row as i64);
        rollups.count(&flood);
        if rollups.is_full() {
            break;
        }
    }
    assert!(rollups.is_full());
    drop(rollups.take());
    assert!(!rollups.is_full() && rollups.bytes() < 1 << 16);
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
