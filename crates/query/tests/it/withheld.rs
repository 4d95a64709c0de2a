//! What is withheld from the public and from members: no number of fewer than k sensors, also not by subtraction.
//!
//! The scenario has three sensors, so k is two or three; what must not be told is counted by plain Rust.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};
use teiten_query::dimension;
use teiten_query::error::QueryError;
use teiten_query::questions::mirai::{self, MIRAI, Of};
use teiten_query::questions::sensors::{self, Place};
use teiten_query::questions::top::{Top, top};
use teiten_query::questions::trend::{Trend, trend};
use teiten_query::questions::{
    accesses, books, damage, hosts, origin_kinds, per_address, responses, scanners, shares, signatures,
};
use teiten_query::session::Session;

use crate::small::{Count, Row, ZONE, count, int, small, text};

fn by(name: &str) -> Top {
    Top::of(dimension::find(name).expect("a dimension"), 100_000)
}

fn public(sensors_min: u32) -> Viewer {
    Viewer::Public { sensors_min }
}

#[test]
fn withheld_lines_stand_together_and_what_remains_rests_on_enough_sensors() {
    let small = small();
    for sensors_min in [2, 3] {
        let session = small.session(public(sensors_min));
        for name in ["port", "country", "class", "group", "as", "window", "rcode"] {
            let table = top(&session, &small.whole(), &by(name)).expect("an answer");
            let mut left: BTreeSet<&str> = BTreeSet::new();
            let mut shown = BTreeSet::new();
            for row in 0..table.rows.len() {
                let is_other = int(&table, row, "rank").is_none();
                assert_eq!(is_other, table.value(row, name) == Some(&Value::from("other")), "{name}");
                if !is_other {
                    let sensors = int(&table, row, "sensors").expect("sensors are counted");
                    assert!(sensors >= i64::from(sensors_min), "{name}: {:?}", table.rows[row]);
                    shown.insert(format!("{:?}", table.value(row, name)));
                }
            }
            let key = |row: &Row| match name {
                "port" => Some(format!("{:?}", Some(Value::Text(row.label.clone())))),
                "country" if row.country.is_empty() => Some(format!("{:?}", Some(Value::Null))),
                "country" => Some(format!("{:?}", Some(Value::Text(row.country.clone())))),
                "class" => Some(format!("{:?}", Some(Value::Text(row.class.clone())))),
                _ => None,
            };
            let mut of_left = 0;
            for row in &small.rows {
                let Some(key) = key(row) else { continue };
                if !shown.contains(&key) {
                    left.insert(&row.sensor);
                    of_left += 1;
                }
            }
            assert!(
                left.is_empty() || left.len() >= sensors_min as usize,
                "{name} with {sensors_min}: {left:?}"
            );
            if of_left > 0 {
                let last = table.rows.len() - 1;
                assert_eq!(int(&table, last, "packets"), Some(of_left), "{name}: all others in one line");
                assert!(
                    table.notes.iter().any(|note| note.contains("withheld")),
                    "{name}: {:?}",
                    table.notes
                );
            }
        }
    }
    // One group has two sensors and the other one: with two needed, either would give the other away.
    let groups = top(&small.session(public(2)), &small.whole(), &by("group")).expect("an answer");
    assert_eq!(groups.rows.len(), 1, "{:?}", groups.rows);
    assert_eq!(groups.value(0, "group"), Some(&Value::from("other")));
}

#[test]
fn a_line_that_was_withheld_before_has_no_number_there_and_none_is_said_to_be_gone() {
    let small = small();
    let session = small.session(public(3));
    let (now, before) = (small.part(2, 4), small.part(0, 2));
    let ports = |interval| count(small.within(interval), |row| Some(row.label.clone()));
    let (plain_now, plain_before) = (ports(now), ports(before));
    let selection = Selection { interval: Some(now), ..Selection::default() };
    let mut withheld = 0;
    for by_change in [false, true] {
        let table =
            top(&session, &selection, &Top { versus: Some(before), by_change, ..by("port") }).expect("ranks");
        for row in 0..table.rows.len() {
            let label = text(&table, row, "port");
            if label == "other" {
                continue;
            }
            let count = plain_now.get(&label).cloned().unwrap_or_default();
            assert!(matches!(count.sensors.len(), 0 | 3), "{label} was seen by {:?}", count.sensors);
            let few = plain_before.get(&label).is_some_and(|count| count.sensors.len() < 3);
            let before = table.value(row, "before");
            if few {
                assert_eq!(before, Some(&Value::Null), "{label}");
                withheld += 1;
            }
            if before == Some(&Value::Float(0.0)) {
                assert!(!plain_before.contains_key(&label), "{label} is a zero only without packets");
            }
        }
    }
    assert!(withheld > 0, "some line is new to a sensor");
}

/// Points of a series by (moment, line).
type Points = BTreeMap<(i64, String), Option<i64>>;

fn points(table: &Table, line: &str, number: &str) -> Points {
    (0..table.rows.len())
        .map(|row| {
            let at = int(table, row, "at").expect("a moment");
            let line = if line.is_empty() { String::new() } else { text(table, row, line) };
            ((at, line), int(table, row, number))
        })
        .collect()
}

/// Asserts that no shown point rests on few sensors, and no zero stands where there were packets.
fn check(points: &Points, plain: &BTreeMap<(i64, String), Count>, sensors_min: usize, what: &str) {
    for (key, number) in points {
        let count = plain.get(key).cloned().unwrap_or_default();
        match number {
            None => {}
            Some(0) => assert_eq!(count.packets, 0, "{what} {key:?}: withheld is not zero"),
            Some(number) => {
                assert!(
                    count.sensors.len() >= sensors_min,
                    "{what} {key:?}: {number} of {:?}",
                    count.sensors
                );
            }
        }
    }
}

#[test]
fn a_withheld_point_of_a_series_is_absent_and_not_the_difference_to_a_total() {
    let small = small();
    for sensors_min in [2_u32, 3] {
        let session = small.session(public(sensors_min));
        for (step, zone) in [("hour", "UTC"), ("day", ZONE)] {
            for name in ["port", "country"] {
                let question = Trend {
                    step: step.to_string(),
                    zone: zone.to_string(),
                    by: dimension::find(name),
                    lines: 5,
                    without_sources: false,
                };
                let table = trend(&session, &small.whole(), &question).expect("a series");
                let at = |row: &Row| if step == "day" { row.day() } else { row.hour() };
                let line = |row: &Row| if name == "port" { row.label.clone() } else { row.country.clone() };
                let plain = count(small.rows.iter(), |row| Some((at(row), line(row))));
                let points = points(&table, name, "packets");
                check(&points, &plain, sensors_min as usize, name);
                let hidden: BTreeSet<&(i64, String)> =
                    points.iter().filter(|(_, number)| number.is_none()).map(|(key, _)| key).collect();
                if step == "hour" {
                    assert!(!hidden.is_empty(), "single hours rest on few sensors");
                    assert!(table.notes.iter().any(|note| note.contains("withheld")));
                }
                // What is withheld of a line rests on enough sensors together.
                let lines: BTreeSet<&String> = points.keys().map(|(_, line)| line).collect();
                for line in lines {
                    let of_line: BTreeSet<&str> = small
                        .rows
                        .iter()
                        .filter(|row| {
                            hidden.contains(&(at(row), line.clone()))
                                && *line
                                    == if name == "port" { row.label.clone() } else { row.country.clone() }
                        })
                        .map(|row| row.sensor.as_str())
                        .collect();
                    assert!(
                        of_line.is_empty() || of_line.len() >= sensors_min as usize,
                        "{line}: {of_line:?}"
                    );
                }
                // And so does what is left of a step when the shown lines are taken from its total.
                let mut of_step: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
                for row in &small.rows {
                    let key = (at(row), line(row));
                    if !matches!(points.get(&key), Some(Some(_))) {
                        of_step.entry(at(row)).or_default().insert(&row.sensor);
                    }
                }
                for (step, sensors) in of_step {
                    let all = count(small.rows.iter().filter(|row| at(row) == step), |_| Some(()));
                    let is_told = all[&()].sensors.len() >= sensors_min as usize;
                    assert!(!is_told || sensors.len() >= sensors_min as usize, "{name} {step}: {sensors:?}");
                }
            }
        }
    }
}

#[test]
fn no_recurring_question_tells_the_public_of_few_sensors() {
    let small = small();
    let session = small.session(public(3));
    let whole = small.whole();
    let check_table = |table: &Table, what: &str| {
        let (sensors, numbers) = (table.place("sensors"), ["packets", "sources", "victims", "networks"]);
        let sensors = sensors.unwrap_or_else(|| panic!("{what} counts sensors"));
        for row in &table.rows {
            let is_shown = numbers
                .iter()
                .filter_map(|name| table.place(name))
                .any(|place| matches!(row[place], Value::Int(number) if number > 0));
            let is_merged = row.contains(&Value::from("other"));
            if is_shown && !is_merged {
                assert!(matches!(row[sensors], Value::Int(3)), "{what}: {row:?}");
            }
        }
    };
    let port = dimension::find("port").expect("a dimension");
    let categories = [("mirai", "malware"), ("zmap", "tool"), ("sip", "voip"), ("memcached", "database")];
    let home = Of { country: Some("JP"), port: None };
    let tables: Vec<(&str, Result<Table, QueryError>)> = vec![
        ("ranking", accesses::ranking(&session, &whole, port, 100, None)),
        ("accesses", accesses::per_step(&session, &whole, "day", ZONE)),
        ("hosts", hosts::hosts(&session, &whole, hosts::By::TcpPorts, 100, None)),
        ("hosts by hour", hosts::per_step(&session, &whole, "hour", ZONE)),
        ("damage", damage::per_step(&session, &whole, "day", ZONE)),
        ("damage by hour", damage::per_step(&session, &whole, "hour", ZONE)),
        ("attacked ports", damage::ports(&session, &whole, 100)),
        ("services", responses::services(&session, &whole)),
        ("shares", shares::ports(&session, &whole, "JP", 100)),
        ("categories", signatures::by_category(&session, &whole, &categories, None)),
        ("trait", mirai::per_step(&session, &whole, home, MIRAI, "day", ZONE)),
        ("trait by hour", mirai::per_step(&session, &whole, Of::default(), MIRAI, "hour", ZONE)),
        ("trait by port", mirai::ports(&session, &whole, None, MIRAI, 20)),
        ("trait by country", mirai::by_country(&session, &whole, MIRAI, 5, "day", ZONE)),
        ("kinds", origin_kinds::per_step(&session, &whole, "JP", "day", ZONE)),
        ("places", sensors::per_step(&session, &whole, Place::Home("JP"), "month", ZONE)),
        ("organisations", scanners::organisations(&session, &whole, ZONE, 10)),
        ("scanners", scanners::per_day(&session, &whole, ZONE, 10)),
        ("networks", scanners::networks(&session, &whole, 100)),
        ("spans", per_address::per_step(&session, &whole, "month", ZONE)),
    ];
    for (what, table) in tables {
        let table = table.unwrap_or_else(|error| panic!("{what}: {error}"));
        check_table(&table, what);
        assert!(!table.origin.is_empty(), "{what} says where it comes from");
    }
    assert!(sensors::ports(&session, &whole, 10).is_err());
    assert!(scanners::networks_of(&session, &whole, 10).is_err());
    // What has the trait and what has not are withheld together, since all packets of a port are told.
    let plain = count(small.rows.iter(), |row| Some((row.label.clone(), row.tags.contains(MIRAI))));
    let ports = mirai::ports(&session, &whole, None, MIRAI, 100).expect("ports");
    for row in 0..ports.rows.len() {
        let few = [true, false].into_iter().any(|with| {
            plain.get(&(text(&ports, row, "port"), with)).is_some_and(|count| count.sensors.len() < 3)
        });
        assert_eq!(int(&ports, row, "packets_with").is_none(), few, "{:?}", ports.rows[row]);
    }
}

#[test]
fn totals_and_books_are_told_of_enough_sensors_and_own_ones_only() {
    let small = small();
    let whole = small.whole();
    let two = Selection { groups: vec!["jp".to_string()], ..whole.clone() };
    let public_of = |sensors_min| small.session(public(sensors_min));
    assert_eq!(books::total(&public_of(2), &two).ok(), books::total(&small.session(Viewer::All), &two).ok());
    for withheld in [books::total(&public_of(3), &two), books::sources(&public_of(3), &two).map(|(n, _)| n)] {
        assert!(matches!(withheld, Err(QueryError::Withheld(3))), "{withheld:?}");
    }
    let named = Selection { sensors: vec!["jp-01".to_string()], ..whole.clone() };
    let fine = Selection {
        interval: whole.interval.map(|mut all| {
            all.end.0 -= 1;
            all
        }),
        ..Selection::default()
    };
    for refused in [&named, &fine] {
        assert!(matches!(books::alive(&public_of(2), refused), Err(QueryError::Forbidden(_))));
        assert!(matches!(top(&public_of(2), refused, &by("port")), Err(QueryError::Forbidden(_))));
    }
    let member =
        |name: &str| small.session(Viewer::Member { sensors: vec![name.to_string()], sensors_min: 2 });
    assert!(matches!(top(&member("jp-02"), &named, &by("port")), Err(QueryError::Forbidden(_))));
    assert_eq!(
        books::total(&member("jp-01"), &named).expect("a total"),
        small.rows.iter().filter(|row| row.sensor == "jp-01").count() as i64
    );
    let hidden = |session: &Session| {
        assert!(books::sensor_hours(session, &whole).is_err());
        assert!(books::accounts(session).is_err());
        assert!(books::sensors(session, &whole).is_err());
        let names = books::names(session).expect("groups");
        assert!(names.rows.iter().all(|row| row[0] == Value::Null));
        let inputs = books::inputs(session).expect("inputs");
        for name in ["name", "packets", "bytes", "first"] {
            let place = inputs.place(name).expect("a column");
            assert!(inputs.rows.iter().all(|row| row[place] == Value::Null), "{name}");
        }
    };
    hidden(&public_of(2));
    let own = member("jp-01");
    let accounts = books::accounts(&own).expect("the own account");
    assert!((0..accounts.rows.len()).all(|row| text(&accounts, row, "sensor") == "jp-01"));
    let inputs = books::inputs(&own).expect("inputs");
    let packets: i64 = (0..inputs.rows.len()).filter_map(|row| int(&inputs, row, "packets")).sum();
    assert_eq!(packets, small.rows.iter().filter(|row| row.sensor == "jp-01").count() as i64);
}

#[test]
fn a_member_sees_cells_of_own_sensors_and_of_enough_strangers() {
    let small = small();
    let viewer = Viewer::Member { sensors: vec!["jp-01".to_string()], sensors_min: 2 };
    let table = top(&small.session(viewer), &small.whole(), &by("port")).expect("an answer");
    let plain = count(small.rows.iter(), |row| Some(row.label.clone()));
    let mut own = 0;
    for row in 0..table.rows.len() {
        let label = text(&table, row, "port");
        if label == "other" {
            continue;
        }
        let strangers = plain[&label].sensors.iter().filter(|name| *name != "jp-01").count();
        assert!(matches!(strangers, 0 | 2), "{label} was seen by {:?}", plain[&label].sensors);
        own += i64::from(strangers == 0);
    }
    assert!(own > 0, "some port was seen by the own sensor alone");
}
