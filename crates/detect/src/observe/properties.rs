//! What holds for whole days: order and division into blocks do not matter, and no other column is read.

use proptest::prelude::*;
use teiten_model::columns::{COLUMNS, PacketColumns};
use teiten_model::day::DayFacts;
use teiten_model::values::ValuesMut;

use super::DayBuilder;
use super::gathered::{Gathered, ROWS_MAX};
use super::sample::{DAY, RULES, block};

/// Packets of every kind, close to each other: the same sources, ports and moments come again, and what
/// reference data and descriptions say of a source or a sensor changes within the day.
fn pool() -> PacketColumns {
    let mut lines = Vec::new();
    for number in 0..12u32 {
        let (source, host, sensor) = (number % 3, 1 + number % 4, ["tokyo", "osaka"][number as usize % 2]);
        let (second, country) = (number / 2 * 7, ["JP", "US", "BR"][number as usize / 4]);
        let mut add = |packet: String, more: &str| {
            let home = format!("country={country} asn={} actor=A{country}", 64500 + number / 4);
            lines.push(format!("{second} {sensor} {packet} | {home} {more}"));
        };
        let tcp = |ports: &str| {
            let (from, to) = ports.split_once('>').unwrap();
            format!("tcp 9.0.0.{source}:{from} > 203.0.113.{host}:{to}")
        };
        add(format!("{} S seq={} win={}", tcp("1025>23"), 3_405_803_776 + host, 1024 + number % 2), "");
        add(
            format!(
                "{} S win=16384 ipid=256 opts=080a0102030{host}00000000",
                tcp("6000>1433").replace("9.0.0", "9.0.3")
            ),
            "packets=2",
        );
        add(
            format!(
                "{} S win=1 ipid={number} ttl={}",
                tcp("6000>22").replace("9.0.0", "9.0.4"),
                110 + number
            ),
            "",
        );
        add(format!("{} SA ack={number}", tcp(&format!("80>{}", 1025 + number % 2))), "");
        add(format!("{} RA", tcp("443>1025")), "packets=3");
        add(format!("{} PA", tcp("1025>80")), "");
        add(format!("udp 9.0.1.{number}:123 > 203.0.113.{host}:4000 payload=d700032a"), "");
        add(format!("udp 9.0.1.{number}:4000 > 203.0.113.{host}:{} payload=00", 9 + number % 9), "");
        let dns = format!("udp 9.0.0.{source}:53 > 203.0.113.{host}:4000 dnsid={number:04x}");
        add(format!("{dns} dnsflags=818{} qname=a.example.com", number % 6), "");
        let dns = format!("udp 9.0.0.{source}:4000 > 203.0.113.{host}:53");
        add(format!("{dns} dnsid=34ef dnsflags=0100 qname=version.bind qtype=16 qclass=3"), "");
        add(format!("{dns} dnsid=1 dnsflags=0{}00 qname=X{source}.jp qtype=255", number % 2), "edns=4096");
        add(format!("{dns} dnsid=1 dnsflags=0100 qname=203.0.113.{host}.x.jp"), "");
        add(format!("{dns} dnsid=1 dnsflags=0100 qname=version.bind qtype=16 qclass={}", 1 + number % 3), "");
        let quote = format!("quote_src=203.0.113.{} quote_dst=9.0.0.{source}", 1 + number % 3);
        let icmp = format!("icmp 9.0.2.{} > 203.0.113.{host}", number % 2);
        add(
            format!("{icmp} 3/3"),
            &format!("{quote} quote_name=a.example.com quote_proto=17 quote_ports=4000>{}", 53 + number % 2),
        );
        add(
            format!("icmp 9.0.0.{source} > 10.0.0.5 11/0 public=203.0.113.{host}"),
            &format!("{quote} quote_proto=6"),
        );
        add(format!("icmp 9.0.0.{source} > 203.0.113.{host} {}/0", number % 2 * 8), "");
        add(format!("icmp6 2001:db8::{source} > 2001:db8:1::{host} {}/0", 128 + number % 2), "");
        let quote6 = format!("quote_src6=2001:db8:1::{host} quote_dst6=2001:db8::{source} quote_proto=58");
        add(format!("icmp6 2001:db8:2::1 > 2001:db8:1::{host} 1/0"), &quote6);
        add(format!("ip 9.0.0.{source} > 203.0.113.{host} proto=47"), "");
        add(format!("{} S", tcp("0>0").replace("9.0.0", "127.0.0")), "");
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut block = block(&lines);
    for row in 0..block.rows() {
        block.sensor_group.codes[row] = block.sensor_group.code(["b", "a", ""][row / 7 % 3]);
    }
    block
}

/// The facts of these rows, in blocks of these lengths, one after the other until no row is left.
fn facts(pool: &PacketColumns, mut rows: &[u32], lengths: &[usize], rows_max: usize) -> DayFacts {
    let mut builder = DayBuilder { gathered: Gathered::new(DAY, RULES, rows_max) };
    let mut lengths = lengths.iter().cycle();
    let mut block = PacketColumns::default();
    while !rows.is_empty() {
        let (now, later) = rows.split_at((*lengths.next().unwrap()).min(rows.len()));
        block.take_rows(pool, now);
        builder.add(&block);
        rows = later;
    }
    builder.finish()
}

fn all(pool: &PacketColumns) -> Vec<u32> {
    (0..pool.rows() as u32).collect()
}

#[test]
fn order_and_blocks_do_not_matter() {
    let pool = pool();
    let picks = prop::collection::vec(0..pool.rows() as u32, 1..400);
    let shuffled = picks.prop_flat_map(|picks| (Just(picks.clone()), Just(picks).prop_shuffle()));
    let lengths = prop::collection::vec(1..60usize, 1..8);
    proptest!(ProptestConfig::with_cases(200), |((one, other) in shuffled, lengths in lengths, rows_max in 1..400usize)| {
        for rows_max in [ROWS_MAX, rows_max] {
            let expected = facts(&pool, &one, &[one.len()], rows_max);
            prop_assert_eq!(facts(&pool, &other, &lengths, rows_max), expected);
        }
    });
}

#[test]
fn every_table_has_facts_of_the_pool() {
    let pool = pool();
    let facts = facts(&pool, &all(&pool), &[pool.rows()], ROWS_MAX);
    let lengths = [
        facts.events.len(),
        facts.ports.len(),
        facts.victims.len(),
        facts.resolvers.len(),
        facts.families.len(),
        facts.groups.len(),
        facts.sources.len(),
        facts.questions.len(),
        facts.sensors.len(),
    ];
    assert!(lengths.iter().all(|length| *length >= 2), "{lengths:?}");
    let lengths = [facts.zones.len(), facts.visits.len(), facts.attempts.len(), facts.source_ports.len()];
    assert_eq!(lengths, [1, 1, 1, 2]);
}

#[test]
fn packets_are_weighed_when_they_find_no_room() {
    let pool = pool();
    let whole = facts(&pool, &all(&pool), &[50], ROWS_MAX);
    let part = facts(&pool, &all(&pool), &[50], pool.rows() / 3);
    let packets = |facts: &DayFacts| facts.sensors.iter().map(|sensor| sensor.packets).sum::<i64>();
    assert_eq!(packets(&part) + part.dropped, packets(&whole));
    assert!(packets(&part) > packets(&whole) / 9 && whole.dropped == 0);
}

#[test]
fn exactly_the_named_columns_are_read() {
    let pool = pool();
    let expected = facts(&pool, &all(&pool), &[pool.rows()], ROWS_MAX);
    let mut without = PacketColumns::default();
    without.take_rows(&pool, &all(&pool));
    for column in COLUMNS.iter().filter(|column| !DayBuilder::COLUMNS.contains(&column.name)) {
        clear(&mut without, column.name);
    }
    assert_eq!(facts(&without, &all(&pool), &[pool.rows()], ROWS_MAX), expected);
    for name in DayBuilder::COLUMNS {
        let mut without = PacketColumns::default();
        without.take_rows(&pool, &all(&pool));
        clear(&mut without, name);
        assert_ne!(facts(&without, &all(&pool), &[pool.rows()], ROWS_MAX), expected, "{name} is not read");
    }
}

fn clear(packets: &mut PacketColumns, name: &str) {
    let rows = packets.rows();
    match packets.by_name_mut(name).unwrap_or_else(|| panic!("there is no column {name}")) {
        ValuesMut::Int16(column) => column.fill(-1),
        ValuesMut::Int32(column) => column.fill(-1),
        ValuesMut::Int64(column) => column.fill(-1),
        ValuesMut::Bytes(column) => {
            column.clear();
            column.finish(rows);
        }
        ValuesMut::Words(column) => column.codes.fill(0),
    }
}
