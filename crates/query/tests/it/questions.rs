//! Every question against thirty lines of plain Rust over the same packets.
//!
//! The packets are those of the small scenario: several sensors, one behind address translation, one
//! whose address changes, an outage, a burst at one sensor.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::columns::PacketColumns;
use teiten_model::interval::{DAY_US, HOUR_US, Interval, Timestamp};
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};
use teiten_query::dimension::{self, DIMENSIONS};
use teiten_query::label;
use teiten_query::questions::top::{Top, top};
use teiten_query::questions::trend::{Trend, trend};
use teiten_query::questions::{books, packets, words};
use teiten_query::session::Session;

use crate::small::{Small, small};

fn rows(small: &Small) -> impl Iterator<Item = (&PacketColumns, usize)> {
    small
        .blocks
        .iter()
        .flat_map(|(_, blocks)| blocks)
        .flat_map(|block| (0..block.rows()).map(move |row| (block, row)))
}

fn port_of(block: &PacketColumns, row: usize) -> String {
    let there = |number: i64| (number >= 0).then_some(number);
    let proto = i64::from(block.ip_proto[row]);
    let port = if matches!(proto, 1 | 58) { None } else { there(i64::from(block.dst_port[row])) };
    label::port(there(proto), port)
}

/// Lines by packets, then by label, with distinct sources: what `top ports` must say.
fn plain_ports(small: &Small, interval: Interval) -> Vec<(String, i64, i64)> {
    let mut lines: BTreeMap<String, (i64, BTreeSet<i64>)> = BTreeMap::new();
    for (block, row) in rows(small).filter(|(block, row)| interval.contains(Timestamp(block.ts[*row]))) {
        let line = lines.entry(port_of(block, row)).or_default();
        line.0 += 1;
        line.1.insert(block.src[row]);
    }
    let mut lines: Vec<(String, i64, i64)> =
        lines.into_iter().map(|(label, (packets, sources))| (label, packets, sources.len() as i64)).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.1));
    lines
}

fn ask_ports(session: &Session, selection: &Selection) -> (Vec<(String, i64, i64)>, Table) {
    let question = Top::of(dimension::find("ports").expect("a dimension"), 100_000);
    let table = top(session, selection, &question).expect("an answer");
    let lines = (0..table.rows.len())
        .map(|row| {
            match (table.value(row, "port"), table.value(row, "packets"), table.value(row, "sources")) {
                (Some(Value::Text(label)), Some(Value::Int(packets)), Some(Value::Int(sources))) => {
                    (label.clone(), *packets, *sources)
                }
                other => panic!("row {row} is {other:?}"),
            }
        })
        .collect();
    (lines, table)
}

/// Ties may stand in any order among themselves as long as both sides have the same lines.
fn sorted(mut lines: Vec<(String, i64, i64)>) -> Vec<(String, i64, i64)> {
    lines.sort();
    lines
}

#[test]
fn picks_are_the_packets_in_the_order_of_time() {
    let small = small();
    let session = Session::open(&small.store, Viewer::All).expect("a session");
    let picks = packets::picks(&session, &Selection::default(), 500, false).expect("picks");
    let columns = packets::packets(&session, &Selection::default(), 500, false).expect("packets");
    assert_eq!(picks.picks.len(), 500);
    for (row, pick) in picks.picks.iter().enumerate() {
        assert_eq!(pick.ts_ns, columns.ts[row] * 1000 + i64::from(columns.ts_ns[row].max(0)), "row {row}");
        assert_eq!(pick.frame, columns.frame[row] as u64, "row {row}");
        assert_eq!(Some(picks.inputs()[pick.input as usize].as_str()), columns.input.get(row), "row {row}");
        let label = &picks.labels()[pick.label as usize];
        assert_eq!(Some(label.sensor.as_str()), columns.sensor.get(row), "row {row}");
        assert_eq!(label.tags, columns.tags.get(row).unwrap_or(""), "row {row}");
    }
    assert!(picks.picks.is_sorted_by_key(|pick| pick.ts_ns));
    let member = Viewer::Member { sensors: vec!["jp-01".into()], sensors_min: 5 };
    let session = Session::open(&small.store, member).expect("a session");
    let picks = packets::picks(&session, &Selection::default(), 500, false).expect("picks");
    assert!(picks.labels().iter().all(|label| label.sensor == "jp-01"), "a member's own alone");
}

#[test]
fn the_words_of_a_store_are_those_of_its_packets() {
    let small = small();
    let session = Session::open(&small.store, Viewer::All).expect("a session");
    let of = |column: &str, list: &dyn Fn(&PacketColumns, usize) -> Vec<String>| {
        let expected: BTreeSet<String> = rows(small).flat_map(|(block, row)| list(block, row)).collect();
        let known = words::known(&session, &Selection::default(), column).expect(column);
        assert_eq!(known, expected, "{column}");
    };
    let word = |word: Option<&str>| word.map(ToString::to_string).into_iter().collect::<Vec<_>>();
    of("sensor", &|block, row| word(block.sensor.get(row)));
    of("sensor_group", &|block, row| word(block.sensor_group.get(row)));
    of("src_country", &|block, row| word(block.src_country.get(row)));
    of("actor", &|block, row| word(block.actor.get(row)));
    of("tags", &|block, row| {
        block
            .tags
            .get(row)
            .unwrap_or("")
            .split(' ')
            .filter(|tag| !tag.is_empty())
            .map(str::to_string)
            .collect()
    });
    assert!(words::known(&session, &Selection::default(), "dns_name").is_err(), "no list of names is kept");
}

#[test]
fn top_ports_from_rollups_from_rows_and_by_plain_rust_are_the_same() {
    let small = small();
    let session = Session::open(&small.store, Viewer::All).expect("a session");
    let on_the_hour = small.days;
    let off_the_hour = Interval {
        start: Timestamp(small.days.start.0 + 61),
        end: Timestamp(small.days.end.0 - 7 * HOUR_US - 1),
    };
    for (interval, table) in [(on_the_hour, "ports_hourly"), (off_the_hour, "packets")] {
        let selection = Selection { interval: Some(interval), ..Selection::default() };
        let (lines, answer) = ask_ports(&session, &selection);
        assert_eq!(answer.origin, [table]);
        let is_ranked = lines.windows(2).all(|pair| pair[0].1 >= pair[1].1);
        assert!(is_ranked, "lines stand by packets");
        let plain = plain_ports(small, interval);
        if table == "packets" {
            assert_eq!(sorted(lines), sorted(plain));
        } else {
            let without_sources = |lines: Vec<(String, i64, i64)>| {
                sorted(lines.into_iter().map(|(label, packets, _)| (label, packets, 0)).collect())
            };
            for ((label, _, estimate), (other, _, exact)) in
                sorted(lines.clone()).iter().zip(&sorted(plain.clone()))
            {
                assert_eq!(label, other);
                let off = (*estimate - *exact).abs() as f64;
                let allowed =
                    if *exact <= 256 { 0.0 } else { 4.0 * teiten_store::distinct::ERROR * *exact as f64 };
                assert!(off <= allowed, "{label}: {estimate} sources, exactly {exact}");
            }
            assert_eq!(without_sources(lines), without_sources(plain));
        }
    }
}

#[test]
fn every_dimension_adds_up_to_the_packets_that_have_it() {
    let small = small();
    let session = Session::open(&small.store, Viewer::All).expect("a session");
    let all = Selection::default();
    let total = books::total(&session, &all).expect("a total");
    assert_eq!(total, rows(small).count() as i64);
    assert_eq!(packets::count(&session, &all, false).expect("a count"), total);
    for name in ["port", "class", "source", "sensor", "group", "srcport", "protocol", "country"] {
        let question = Top::of(dimension::find(name).expect("a dimension"), 1_000_000);
        let table = top(&session, &all, &question).expect("an answer");
        let sum: i64 = (0..table.rows.len())
            .map(|row| if let Some(Value::Int(packets)) = table.value(row, "packets") { *packets } else { 0 })
            .sum();
        assert_eq!(sum, total, "by {name}, from {:?}", table.origin);
    }
}

#[test]
fn tags_are_counted_one_by_one() {
    let small = small();
    let session = Session::open(&small.store, Viewer::All).expect("a session");
    let mut plain: BTreeMap<String, i64> = BTreeMap::new();
    for (block, row) in rows(small) {
        for tag in block.tags.get(row).unwrap_or_default().split_ascii_whitespace() {
            *plain.entry(tag.to_string()).or_default() += 1;
        }
    }
    let question = Top::of(dimension::find("tags").expect("a dimension"), 1000);
    let table = top(&session, &Selection::default(), &question).expect("an answer");
    let asked: BTreeMap<String, i64> = (0..table.rows.len())
        .map(|row| match (table.value(row, "tag"), table.value(row, "packets")) {
            (Some(Value::Text(tag)), Some(Value::Int(packets))) => (tag.clone(), *packets),
            other => panic!("row {row} is {other:?}"),
        })
        .collect();
    assert_eq!(asked, plain);
    assert!(plain.contains_key("mirai"), "the scenario has a botnet");
}

#[test]
fn the_first_lines_are_those_of_all_lines_however_many_have_as_many_packets() {
    let small = small();
    let session = Session::open(&small.store, Viewer::All).expect("a session");
    let other = small.whole();
    for by in DIMENSIONS {
        for versus in [None, other.interval] {
            for filter in [None, Some("udp".to_string()), Some("dns".to_string())] {
                let selection = Selection { filter, ..Selection::default() };
                let question = |lines| Top { versus, ..Top::of(by, lines) };
                // Beyond a hundred lines all of them are asked for.
                let all = top(&session, &selection, &question(10_000)).expect("all lines");
                for lines in [1, 3, 100] {
                    let first = top(&session, &selection, &question(lines)).expect("the first lines");
                    assert!(
                        first.rows.iter().eq(all.rows.iter().take(lines)),
                        "{} {lines} {versus:?}",
                        by.name
                    );
                }
            }
        }
    }
}

#[test]
fn a_daily_series_is_cut_in_the_zone_and_hours_without_packets_are_gaps() {
    let small = small();
    let session = Session::open(&small.store, Viewer::All).expect("a session");
    for (zone, shift_us) in [("Asia/Tokyo", 9 * HOUR_US), ("UTC", 0)] {
        let mut plain: BTreeMap<i64, i64> = BTreeMap::new();
        for (block, row) in rows(small) {
            *plain.entry((block.ts[row] + shift_us).div_euclid(DAY_US) * DAY_US - shift_us).or_default() += 1;
        }
        let question = Trend {
            step: "day".to_string(),
            zone: zone.to_string(),
            by: None,
            lines: 1,
            without_sources: false,
        };
        let table = trend(&session, &Selection::default(), &question).expect("a series");
        let asked: BTreeMap<i64, i64> = table
            .rows
            .iter()
            .map(|row| match (&row[0], &row[1]) {
                (Value::Time(at), Value::Int(packets)) => (*at, *packets),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(asked, plain, "{zone}");
    }
    let mut hours: BTreeSet<i64> = BTreeSet::new();
    hours.extend(rows(small).map(|(block, row)| block.ts[row].div_euclid(HOUR_US) * HOUR_US));
    let question = Trend {
        step: "hour".to_string(),
        zone: "UTC".to_string(),
        by: None,
        lines: 1,
        without_sources: false,
    };
    let table = trend(&session, &Selection::default(), &question).expect("a series");
    assert_eq!(table.rows.len(), hours.len());
}

#[test]
fn packets_come_back_as_they_were_stored() {
    let small = small();
    let session = Session::open(&small.store, Viewer::All).expect("a session");
    let selection = Selection { filter: Some("tag == \"mirai\"".to_string()), ..Selection::default() };
    let found = packets::packets(&session, &selection, 1_000_000, false).expect("packets");
    let wanted: BTreeSet<(i64, i64, i64)> = rows(small)
        .filter(|(block, row)| {
            block.tags.get(*row).is_some_and(|tags| tags.split(' ').any(|tag| tag == "mirai"))
        })
        .map(|(block, row)| (block.ts[row], block.src[row], block.tcp_seq[row]))
        .collect();
    let asked: BTreeSet<(i64, i64, i64)> =
        (0..found.rows()).map(|row| (found.ts[row], found.src[row], found.tcp_seq[row])).collect();
    assert_eq!(asked, wanted);
    assert!(found.ts.is_sorted());
    assert!(
        (0..found.rows()).all(|row| found.tcp_seq[row] == found.dst_public[row].max(found.dst[row])
            || found.dst_public[row] < 0)
    );
}

#[test]
fn a_viewer_sees_no_more_than_is_meant_for_them() {
    let small = small();
    let public = Session::open(&small.store, Viewer::Public { sensors_min: 2 }).expect("a session");
    let by = |name| Top::of(dimension::find(name).expect("a dimension"), 100_000);
    for name in ["source", "sensor", "dnsname", "input"] {
        assert!(
            top(&public, &Selection::default(), &by(name)).is_err(),
            "the public may not divide by {name}"
        );
    }
    let hidden = Selection { filter: Some("ip.dst == 192.0.2.1".to_string()), ..Selection::default() };
    assert!(top(&public, &hidden, &by("port")).is_err(), "a filter may not ask what is hidden");
    assert!(packets::packets(&public, &Selection::default(), 10, false).is_err());
    assert!(public.sql("SELECT * FROM packets").is_err());
    assert!(public.sql("SELECT * FROM base_packets").is_err());
    let table = top(&public, &Selection::default(), &by("port")).expect("an answer");
    for row in 0..table.rows.len() {
        let Some(Value::Text(label)) = table.value(row, "port") else { panic!("a label") };
        if label == label::OTHER {
            continue;
        }
        let sensors: BTreeSet<&str> = rows(small)
            .filter(|(block, row)| port_of(block, *row) == *label)
            .filter_map(|(block, row)| block.sensor.get(row))
            .collect();
        assert!(sensors.len() >= 2, "{label} was seen by {sensors:?} only");
    }
    let own = small
        .blocks
        .iter()
        .flat_map(|(_, blocks)| blocks)
        .next()
        .and_then(|block| block.sensor.get(0))
        .expect("a sensor");
    let member =
        Session::open(&small.store, Viewer::Member { sensors: vec![own.to_string()], sensors_min: 5 })
            .expect("a session");
    let found = packets::packets(&member, &Selection::default(), 1_000_000, false).expect("own packets");
    assert!((0..found.rows()).all(|row| found.sensor.get(row) == Some(own)));
    assert_eq!(found.rows(), rows(small).filter(|(block, row)| block.sensor.get(*row) == Some(own)).count());
    let answer = member.sql("SELECT count(DISTINCT sensor) AS n FROM packets").expect("an answer");
    assert_eq!(answer.rows, [[Value::Int(1)]]);
}

#[test]
fn sql_reads_and_never_changes() {
    let small = small();
    let session = Session::open(&small.store, Viewer::All).expect("a session");
    let answer = session.sql("SELECT count(*) AS n FROM packets WHERE dst_port = 23").expect("an answer");
    let plain = rows(small).filter(|(block, row)| block.dst_port[*row] == 23).count() as i64;
    assert_eq!(answer.rows, [[Value::Int(plain)]]);
    for refused in [
        "CREATE TABLE x AS SELECT 1",
        "DROP VIEW packets",
        "INSERT INTO packets SELECT * FROM packets",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "SET datafusion.execution.batch_size = 1",
        "SELECT nothing FROM packets",
        "SELEC 1",
    ] {
        assert!(session.sql(refused).is_err(), "{refused} is refused");
    }
}
