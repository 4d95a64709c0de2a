//! The recurring questions of periodic reports, each against plain Rust over the same packets.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::selection::Viewer;
use teiten_query::dimension;
use teiten_query::questions::per_address;
use teiten_query::questions::sensors::{self, Place};
use teiten_query::questions::{accesses, hosts, shares, signatures};

use crate::small::{SURVEY, ZONE, are_sources, count, float, int, is_near, small, text};

#[test]
fn accesses_are_per_watched_address_and_beside_those_of_the_period_before() {
    let small = small();
    let session = small.session(Viewer::All);
    let (now, before) = (small.part(2, 4), small.part(0, 2));
    let selection = teiten_model::selection::Selection { interval: Some(now), ..Default::default() };
    let table = accesses::figures(&session, &selection, ZONE, Some(before)).expect("figures");
    let names: Vec<String> = (0..table.rows.len()).map(|row| text(&table, row, "figure")).collect();
    assert_eq!(
        names,
        [
            "packets-per-address",
            "packets-per-sensor",
            "sources-per-day",
            "packets",
            "addresses",
            "sensors",
            "days"
        ]
    );
    let plain = |interval| {
        let packets = small.within(interval).count() as f64;
        let hours = small.hours(interval);
        let moments: BTreeSet<i64> = hours.iter().map(|(_, at)| *at).collect();
        let days = count(small.within(interval), |row| Some(row.day()));
        let sources: usize = days.values().map(|day| day.sources.len()).sum();
        [
            packets / (small.address_hours(interval) as f64 / 24.0),
            packets / (hours.len() as f64 / 24.0),
            sources as f64 / days.len() as f64,
            packets,
            small.address_hours(interval) as f64 / moments.len() as f64,
            3.0,
            days.len() as f64,
        ]
    };
    for (row, (now, before)) in plain(now).into_iter().zip(plain(before)).enumerate() {
        assert!(is_near(float(&table, row, "now"), now), "{}: {now}", names[row]);
        assert!(is_near(float(&table, row, "before"), before), "{}: {before}", names[row]);
        assert!(is_near(float(&table, row, "difference"), now - before), "{}", names[row]);
        assert!(is_near(float(&table, row, "change"), 100.0 * (now / before - 1.0)), "{}", names[row]);
    }
    // The number of addresses changes inside the period, and the days say so.
    let days = accesses::per_step(&session, &small.whole(), "day", ZONE).expect("days");
    let plain = count(small.rows.iter(), |row| Some(row.day()));
    assert_eq!(days.rows.len(), plain.len());
    for (row, (at, day)) in plain.iter().enumerate() {
        assert_eq!(int(&days, row, "at"), Some(*at));
        assert_eq!(int(&days, row, "packets"), Some(day.packets));
        assert_eq!(int(&days, row, "sources"), Some(day.sources.len() as i64));
        let interval = small.part(row as i64, row as i64 + 1);
        let hours = small.address_hours(interval) as f64;
        assert!(is_near(float(&days, row, "rate"), day.packets as f64 / (hours / 24.0)));
    }
    let addresses: Vec<Option<f64>> = (0..4).map(|row| float(&days, row, "addresses")).collect();
    assert_eq!((addresses[0], addresses[3]), (Some(13.0), Some(14.0)), "{addresses:?}");
    assert_eq!(days.origin, ["sources_daily", "sensors"]);
}

#[test]
fn ranks_per_address_tell_difference_and_change_and_risers_only_rise() {
    let small = small();
    let session = small.session(Viewer::All);
    let (now, before) = (small.part(2, 4), small.part(0, 2));
    let selection = teiten_model::selection::Selection { interval: Some(now), ..Default::default() };
    let port = dimension::find("port").expect("a dimension");
    let table = accesses::ranking(&session, &selection, port, 10, Some(before)).expect("ranks");
    let rate = |interval, label: &str| {
        let packets = small.within(interval).filter(|row| row.label == label).count() as f64;
        packets / (small.address_hours(interval) as f64 / 24.0)
    };
    for row in 0..table.rows.len() {
        let label = text(&table, row, "port");
        let (now, before) = (rate(now, &label), rate(before, &label));
        assert!(is_near(float(&table, row, "rate"), now), "{label}");
        assert!(is_near(float(&table, row, "before"), before), "{label}");
        assert!(is_near(float(&table, row, "difference"), now - before), "{label}");
        if before > 0.0 {
            assert!(is_near(float(&table, row, "change"), 100.0 * (now / before - 1.0)), "{label}");
        }
    }
    let risers = accesses::risers(&session, &selection, port, 5, before).expect("risers");
    assert_eq!(text(&risers, 0, "port"), "13832/TCP", "the burst rose most");
    let rises: Vec<f64> =
        (0..5).map(|row| float(&risers, row, "difference").expect("a difference")).collect();
    assert!(rises.windows(2).all(|pair| pair[0] >= pair[1]) && rises[4] > 0.0, "{rises:?}");
}

#[test]
fn hosts_are_ranked_by_distinct_sources_of_one_protocol_and_share_all_hosts() {
    let small = small();
    let session = small.session(Viewer::All);
    let all: BTreeSet<i64> = small.rows.iter().map(|row| row.src).collect();
    for (by, name, proto) in [
        (hosts::By::TcpPorts, "port", 6),
        (hosts::By::UdpPorts, "port", 17),
        (hosts::By::Countries, "country", 0),
    ] {
        let plain = count(small.rows.iter(), |row| match by {
            hosts::By::Countries => (!row.country.is_empty()).then(|| row.country.clone()),
            _ => (row.proto == proto && row.dst_port >= 0).then(|| row.label.clone()),
        });
        let table = hosts::hosts(&session, &small.whole(), by, 1_000_000, None).expect("hosts");
        assert_eq!(table.rows.len(), plain.len(), "{by:?}");
        for row in 0..table.rows.len() {
            let line = &plain[&text(&table, row, name)];
            assert!(are_sources(int(&table, row, "sources"), line.sources.len()));
            assert_eq!(int(&table, row, "packets"), Some(line.packets));
            let sources = int(&table, row, "sources").expect("a number");
            assert!(is_near(float(&table, row, "share"), 100.0 * sources as f64 / all.len() as f64));
        }
        let sources: Vec<i64> =
            (0..table.rows.len()).map(|row| int(&table, row, "sources").expect("a number")).collect();
        assert!(sources.windows(2).all(|pair| pair[0] >= pair[1]), "{by:?}");
    }
    let versus = hosts::hosts(
        &session,
        &teiten_model::selection::Selection { interval: Some(small.part(2, 4)), ..Default::default() },
        hosts::By::TcpPorts,
        5,
        Some(small.part(0, 2)),
    )
    .expect("hosts");
    let before = count(small.within(small.part(0, 2)), |row| (row.proto == 6).then(|| row.label.clone()));
    for row in 0..versus.rows.len() {
        let line = before.get(&text(&versus, row, "port"));
        assert!(are_sources(int(&versus, row, "before"), line.map_or(0, |line| line.sources.len())));
        assert_eq!(int(&versus, row, "rank_before").is_some(), line.is_some());
    }
    let days = hosts::per_step(&session, &small.whole(), "day", ZONE).expect("days");
    let plain = count(small.rows.iter(), |row| Some(row.day()));
    let asked: Vec<Option<i64>> = (0..days.rows.len()).map(|row| int(&days, row, "sources")).collect();
    assert_eq!(asked, plain.values().map(|day| Some(day.sources.len() as i64)).collect::<Vec<_>>());
}

#[test]
fn shares_of_ports_add_up_to_everything_and_to_the_home_country() {
    let small = small();
    let session = small.session(Viewer::All);
    let table = shares::ports(&session, &small.whole(), "JP", 5).expect("shares");
    for (scope, rows) in [
        ("all", small.rows.iter().collect::<Vec<_>>()),
        ("JP", small.rows.iter().filter(|row| row.country == "JP").collect()),
    ] {
        let plain = count(rows.iter().copied(), |row| Some(row.label.clone()));
        let total = rows.len() as i64;
        let (mut sum, mut last, mut lines) = (0, i64::MAX, 0);
        for row in (0..table.rows.len()).filter(|row| text(&table, *row, "scope") == scope) {
            let packets = int(&table, row, "packets").expect("a number");
            assert!(is_near(float(&table, row, "share"), 100.0 * packets as f64 / total as f64));
            sum += packets;
            if int(&table, row, "rank").is_none() {
                assert_eq!(text(&table, row, "port"), "other");
                continue;
            }
            lines += 1;
            let line = &plain[&text(&table, row, "port")];
            assert_eq!(packets, line.packets);
            assert!(are_sources(int(&table, row, "sources"), line.sources.len()));
            assert!(packets <= last);
            last = packets;
        }
        assert_eq!((sum, lines), (total, 5), "{scope}");
    }
}

#[test]
fn detections_are_counted_once_in_a_category() {
    let small = small();
    let session = small.session(Viewer::All);
    let categories = [
        ("mirai", "malware"),
        ("sport-6000", "tool"),
        ("zmap", "tool"),
        ("masscan", "tool"),
        ("sip", "voip"),
    ];
    let table = signatures::by_category(&session, &small.whole(), &categories, Some(small.part(0, 2)))
        .expect("categories");
    let of = |category: &str| {
        count(small.rows.iter(), |row| {
            let named = |(tag, name): &(&str, &str)| *name == category && row.tags.contains(*tag);
            categories.iter().any(named).then_some(())
        })
        .remove(&())
        .unwrap_or_default()
    };
    let mut seen = BTreeSet::new();
    for row in 0..table.rows.len() {
        let category = text(&table, row, "category");
        let plain = of(&category);
        assert_eq!(int(&table, row, "packets"), Some(plain.packets), "{category}");
        assert!(are_sources(int(&table, row, "sources"), plain.sources.len()), "{category}");
        assert!(is_near(float(&table, row, "share"), 100.0 * plain.packets as f64 / small.rows.len() as f64));
        seen.insert(category);
    }
    assert_eq!(seen, BTreeSet::from(["malware", "tool", "voip"].map(str::to_string)));
    assert_eq!(table.origin, ["cells_daily"]);
}

#[test]
fn sensors_are_averaged_by_place_and_have_ports_of_their_own() {
    let small = small();
    let session = small.session(Viewer::All);
    let table =
        sensors::per_step(&session, &small.whole(), Place::Home("JP"), "month", ZONE).expect("places");
    let place = |name: &str| if name.starts_with("jp") { "domestic" } else { "overseas" };
    let month = |row: &crate::small::Row| i64::from(row.day() >= small.days.start.0 + 2 * 86_400_000_000);
    let plain = count(small.rows.iter(), |row| Some((month(row), place(&row.sensor).to_string())));
    assert_eq!(table.rows.len(), plain.len());
    for (row, ((_, place_of), line)) in plain.iter().enumerate() {
        assert_eq!(text(&table, row, "place"), *place_of);
        assert_eq!(int(&table, row, "packets"), Some(line.packets));
        let interval = if row < 2 { small.part(0, 2) } else { small.part(2, 4) };
        let hours = small.hours(interval).into_iter().filter(|(name, _)| place(name) == place_of).count();
        assert!(is_near(float(&table, row, "rate"), line.packets as f64 / (hours as f64 / 24.0)));
    }
    let ports = sensors::ports(&session, &small.whole(), 10).expect("ports");
    let plain = count(small.rows.iter(), |row| Some((row.sensor.clone(), row.label.clone())));
    let mut of_sensor: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for row in 0..ports.rows.len() {
        let sensor = text(&ports, row, "sensor");
        let line = &plain[&(sensor.clone(), text(&ports, row, "port"))];
        assert_eq!(int(&ports, row, "packets"), Some(line.packets));
        of_sensor.entry(sensor).or_default().push(line.packets);
    }
    assert_eq!(of_sensor.len(), 3);
    for (sensor, packets) in of_sensor {
        let mut all: Vec<i64> =
            plain.iter().filter(|((name, _), _)| *name == sensor).map(|(_, line)| line.packets).collect();
        all.sort_unstable_by_key(|packets| std::cmp::Reverse(*packets));
        assert_eq!(packets, all[..10], "{sensor}");
    }
}

#[test]
fn a_span_tells_packets_per_address_and_the_parts_of_scanners_and_telnet() {
    let small = small();
    let session = small.session(Viewer::All);
    let table = per_address::per_step(&session, &small.whole(), "month", ZONE).expect("spans");
    assert_eq!(table.rows.len(), 3, "two months and the whole");
    for (row, interval) in [small.part(0, 2), small.part(2, 4), small.part(0, 4)].into_iter().enumerate() {
        let packets = small.within(interval).count() as f64;
        let moments: BTreeSet<i64> = small.hours(interval).into_iter().map(|(_, at)| at).collect();
        let addresses = small.address_hours(interval) as f64 / moments.len() as f64;
        let part = |is: fn(&crate::small::Row) -> bool| {
            100.0 * small.within(interval).filter(|row| is(row)).count() as f64 / packets
        };
        assert_eq!(int(&table, row, "packets"), Some(packets as i64));
        assert!(is_near(float(&table, row, "addresses"), addresses));
        assert!(is_near(float(&table, row, "per_address"), packets / addresses));
        assert!(is_near(float(&table, row, "scanner_share"), part(|row| row.actor == SURVEY)));
        assert!(is_near(float(&table, row, "telnet_share"), part(|row| row.label == "23/TCP")));
    }
    assert_eq!(int(&table, 2, "at"), None);
}
