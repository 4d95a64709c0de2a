//! The recurring questions about sources: victims, families, scanners, reflectors; and bursts at one sensor.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::selection::{Selection, Viewer};
use teiten_query::dimension;
use teiten_query::questions::mirai::{self, MIRAI, Of};
use teiten_query::questions::{damage, one_sensor, origin_kinds, responses, scanners};

use crate::small::{Row, SURVEY, ZONE, are_sources, count, float, int, is_near, small, text};

/// Whether a packet is backscatter of an attack, not of one on DNS zones.
fn is_damage(row: &Row) -> bool {
    let is_dns_answer = row.class == "backscatter-udp" && (row.src_port == 53 || row.dns_flags >= 32_768);
    let is_dns_error = row.quote_proto == 17 && row.quote_dst_port == 53;
    let is_ours = row.quote_src < 0 || row.quote_src == row.dst || row.quote_src == row.dst_public;
    row.class.starts_with("backscatter-") && !is_dns_answer && !is_dns_error && is_ours
}

fn is_error(row: &Row) -> bool {
    row.proto == 1 && [3, 4, 5, 11, 12].contains(&row.icmp_type)
}

fn victim(row: &Row) -> Option<i64> {
    match row.proto {
        17 => None,
        1 if is_error(row) => (row.quote_dst >= 0).then_some(row.quote_dst),
        _ => Some(row.src),
    }
}

#[test]
fn damage_counts_victims_and_not_resolvers() {
    let small = small();
    let session = small.session(Viewer::All);
    let damaged: Vec<&Row> = small.rows.iter().filter(|row| is_damage(row)).collect();
    let victims = |rows: &[&Row]| rows.iter().filter_map(|row| victim(row)).collect::<BTreeSet<i64>>().len();
    let table = damage::figures(&session, &small.whole(), ZONE, None).expect("figures");
    let figure = |name: &str| {
        (0..table.rows.len())
            .find(|row| text(&table, *row, "figure") == name)
            .and_then(|row| float(&table, row, "now"))
    };
    assert!(damaged.len() > 100, "the scenario has floods");
    assert_eq!(figure("packets"), Some(damaged.len() as f64));
    assert_eq!(figure("victims"), Some(victims(&damaged) as f64));
    assert_eq!(figure("packets-per-day"), Some(damaged.len() as f64 / 4.0));
    let days = damage::per_step(&session, &small.whole(), "day", ZONE).expect("days");
    let mut by_day: BTreeMap<(i64, String), Vec<&Row>> = BTreeMap::new();
    for row in &damaged {
        by_day.entry((row.day(), String::new())).or_default().push(row);
        let kind = row.class.trim_start_matches("backscatter-").to_string();
        by_day.entry((row.day(), kind)).or_default().push(row);
    }
    assert_eq!(days.rows.len(), 4 * 4);
    for row in 0..days.rows.len() {
        let key = (int(&days, row, "at").expect("a day"), text(&days, row, "kind"));
        let plain = by_day.get(&key).map_or(&[][..], Vec::as_slice);
        let sensors: BTreeSet<&str> = plain.iter().map(|row| row.sensor.as_str()).collect();
        assert_eq!(int(&days, row, "packets"), Some(plain.len() as i64), "{key:?}");
        assert_eq!(int(&days, row, "victims"), Some(victims(plain) as i64), "{key:?}");
        assert_eq!(int(&days, row, "sensors"), Some(sensors.len() as i64), "{key:?}");
    }
    let ports = damage::ports(&session, &small.whole(), 100).expect("ports");
    let mut by_port: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in &damaged {
        let (proto, port) = match (is_error(row), row.proto) {
            (true, _) => (row.quote_proto, row.quote_dst_port),
            (false, 1) => (1, -1),
            (false, proto) => (proto, row.src_port),
        };
        let there = |number: i64| (number >= 0).then_some(number);
        let label =
            if proto < 0 { String::new() } else { teiten_query::label::port(there(proto), there(port)) };
        by_port.entry(label).or_default().push(row);
    }
    assert_eq!(ports.rows.len(), by_port.len());
    for row in 0..ports.rows.len() {
        let plain = &by_port[&text(&ports, row, "port")];
        assert_eq!(int(&ports, row, "packets"), Some(plain.len() as i64));
        assert_eq!(int(&ports, row, "victims"), Some(victims(plain) as i64));
    }
    assert_eq!(text(&ports, 0, "port"), "80/TCP");
}

#[test]
fn answers_of_services_are_those_of_the_class() {
    let small = small();
    let session = small.session(Viewer::All);
    let table = responses::services(&session, &small.whole()).expect("services");
    let plain = count(small.rows.iter().filter(|row| row.class == "backscatter-udp"), |row| {
        let is_known = responses::REFLECTORS.contains(&row.src_port);
        Some(if is_known { format!("{}/UDP", row.src_port) } else { "other".to_string() })
    });
    assert_eq!(table.rows.len(), plain.len());
    for row in 0..table.rows.len() {
        let line = &plain[&text(&table, row, "port")];
        assert_eq!(int(&table, row, "packets"), Some(line.packets));
        assert_eq!(int(&table, row, "sources"), Some(line.sources.len() as i64));
        assert_eq!(int(&table, row, "sensors"), Some(line.sensors.len() as i64));
    }
    assert_eq!(text(&table, 0, "port"), "53/UDP");
}

#[test]
fn the_trait_is_told_by_day_by_port_and_by_country() {
    let small = small();
    let session = small.session(Viewer::All);
    let is_mirai = |row: &Row| row.tags.contains(MIRAI);
    for (country, port) in [(None, Some((6, 23))), (Some("JP"), None), (Some("CN"), Some((6, 2323)))] {
        let of = Of { country, port };
        let table = mirai::per_step(&session, &small.whole(), of, MIRAI, "day", ZONE).expect("days");
        let is_of = |row: &&Row| {
            country.is_none_or(|country| row.country == country)
                && port.is_none_or(|port| (row.proto, row.dst_port) == port)
        };
        let all = count(small.rows.iter().filter(is_of), |row| Some((row.day(), String::new())));
        let mut plain = count(small.rows.iter().filter(is_of), |row| {
            Some((row.day(), if is_mirai(row) { "with" } else { "without" }.to_string()))
        });
        plain.extend(all);
        assert_eq!(table.rows.len(), 3 * 4);
        for row in 0..table.rows.len() {
            let key = (int(&table, row, "at").expect("a day"), text(&table, row, "trait"));
            let line = plain.get(&key).cloned().unwrap_or_default();
            assert_eq!(int(&table, row, "packets"), Some(line.packets), "{key:?} of {of:?}");
            assert!(are_sources(int(&table, row, "sources"), line.sources.len()), "{key:?} of {of:?}");
        }
        assert_eq!(table.origin, ["cells_daily"]);
    }
    let ports = mirai::ports(&session, &small.whole(), Some("JP"), MIRAI, 5).expect("ports");
    let home = || small.rows.iter().filter(|row| row.country == "JP");
    let (all, with) = (
        count(home(), |row| Some(row.label.clone())),
        count(home().filter(|row| is_mirai(row)), |row| Some(row.label.clone())),
    );
    assert_eq!(ports.rows.len(), 5);
    for row in 0..5 {
        let label = text(&ports, row, "port");
        let with = with.get(&label).cloned().unwrap_or_default();
        assert_eq!(int(&ports, row, "packets"), Some(all[&label].packets));
        assert_eq!(int(&ports, row, "packets_with"), Some(with.packets));
        assert_eq!(int(&ports, row, "sources_with"), Some(with.sources.len() as i64));
        let share = 100.0 * with.packets as f64 / all[&label].packets as f64;
        assert!(is_near(float(&ports, row, "share"), share), "{label}");
    }
    let countries = mirai::by_country(&session, &small.whole(), MIRAI, 3, "day", ZONE).expect("countries");
    let plain =
        count(small.rows.iter().filter(|row| is_mirai(row)), |row| Some((row.day(), row.country.clone())));
    assert_eq!(countries.rows.len(), 4 * 4);
    let mut sums: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for row in 0..countries.rows.len() {
        let (at, country) = (int(&countries, row, "at").expect("a day"), text(&countries, row, "country"));
        let sources = int(&countries, row, "sources").expect("a number");
        let sum = sums.entry(at).or_default();
        if country.is_empty() {
            sum.0 = sources;
        } else {
            assert_eq!(sources, plain[&(at, country)].sources.len() as i64);
            sum.1 += sources;
        }
    }
    assert!(sums.values().all(|(sum, parts)| sum == parts), "{sums:?}");
}

#[test]
fn sources_of_the_home_country_are_of_exactly_one_kind() {
    let small = small();
    let session = small.session(Viewer::All);
    let home: Vec<&Row> = small.rows.iter().filter(|row| row.country == "JP").collect();
    let is_attempt = |row: &Row| row.label == "445/TCP" && row.class == "scan-syn";
    let mut windows: BTreeMap<i64, i64> = BTreeMap::new();
    for row in home.iter().filter(|row| is_attempt(row)) {
        *windows.entry(row.window).or_default() += 1;
    }
    let (window, packets) = windows
        .iter()
        .map(|(window, packets)| (*window, *packets))
        .max_by_key(|(window, packets)| (*packets, -window))
        .expect("attempts");
    let common =
        origin_kinds::common_window(&session, &small.whole(), "JP").expect("a window").expect("attempts");
    assert_eq!((common.window, common.packets, common.all), (window, packets, windows.values().sum()));
    let mut kinds: BTreeMap<(i64, i64), usize> = BTreeMap::new();
    for row in &home {
        let kind = match row {
            row if row.tags.contains(MIRAI) => 0,
            row if row.proto == 47 => 1,
            row if is_attempt(row) && row.window == window => 2,
            _ => 3,
        };
        let of_source = kinds.entry((row.day(), row.src)).or_insert(3);
        *of_source = kind.min(*of_source);
    }
    let table = origin_kinds::per_step(&session, &small.whole(), "JP", "day", ZONE).expect("kinds");
    assert_eq!(table.rows.len(), 4 * 5);
    for row in 0..table.rows.len() {
        let (at, kind) = (int(&table, row, "at").expect("a day"), text(&table, row, "kind"));
        let place = origin_kinds::KINDS.iter().position(|name| *name == kind);
        let sources = kinds
            .iter()
            .filter(|((day, _), of)| *day == at && place.is_none_or(|place| place == **of))
            .count();
        assert_eq!(int(&table, row, "sources"), Some(sources as i64), "{kind}");
        assert_eq!(int(&table, row, "window"), (place == Some(2)).then_some(window));
    }
}

/// Scanners of a day: (day, source) of scans to more than ten ports.
fn plain_scanners() -> BTreeSet<(i64, i64)> {
    let mut ports: BTreeMap<(i64, i64), BTreeSet<(i64, i64)>> = BTreeMap::new();
    for row in small().rows.iter().filter(|row| is_scan(row)) {
        ports.entry((row.day(), row.src)).or_default().insert((row.proto, row.dst_port));
    }
    ports.into_iter().filter(|(_, ports)| ports.len() > 10).map(|(key, _)| key).collect()
}

fn is_scan(row: &Row) -> bool {
    (row.class.starts_with("scan-") || row.class == "udp-unknown") && row.dst_port >= 0
}

#[test]
fn scanners_touch_more_than_ten_ports_in_a_day() {
    let small = small();
    let session = small.session(Viewer::All);
    let scanners = plain_scanners();
    let of_scanner = |row: &&Row| is_scan(row) && scanners.contains(&(row.day(), row.src));
    let plain = count(small.rows.iter().filter(of_scanner), |row| Some(row.actor.clone()));
    let table = scanners::organisations(&session, &small.whole(), ZONE, 10).expect("organisations");
    assert!(plain.contains_key(SURVEY), "the survey scans many ports");
    assert_eq!(table.rows.len(), plain.len());
    for row in 0..table.rows.len() {
        let line = &plain[&text(&table, row, "actor")];
        assert_eq!(int(&table, row, "sources"), Some(line.sources.len() as i64));
        assert_eq!(int(&table, row, "packets"), Some(line.packets));
        assert_eq!(int(&table, row, "sensors"), Some(line.sensors.len() as i64));
    }
    let days = scanners::per_day(&session, &small.whole(), ZONE, 10).expect("days");
    let mut plain = count(small.rows.iter().filter(of_scanner), |row| {
        let actor = if row.actor.is_empty() { scanners::UNKNOWN.to_string() } else { row.actor.clone() };
        Some((row.day(), actor))
    });
    plain.extend(count(small.rows.iter().filter(of_scanner), |row| Some((row.day(), String::new()))));
    for row in 0..days.rows.len() {
        let key = (int(&days, row, "at").expect("a day"), text(&days, row, "actor"));
        let line = plain.get(&key).cloned().unwrap_or_default();
        assert_eq!(int(&days, row, "sources"), Some(line.sources.len() as i64), "{key:?}");
    }
}

#[test]
fn networks_behind_a_scan_are_counted_by_the_first_three_bytes() {
    let small = small();
    let session = small.session(Viewer::All);
    let table = scanners::networks(&session, &small.whole(), 20).expect("networks");
    let plain = count(small.rows.iter().filter(|row| is_scan(row)), |row| Some(row.label.clone()));
    for row in 0..table.rows.len() {
        let line = &plain[&text(&table, row, "port")];
        let networks: BTreeSet<i64> = line.sources.iter().map(|src| src >> 8).collect();
        assert_eq!(int(&table, row, "networks"), Some(networks.len() as i64));
        assert_eq!(int(&table, row, "sources"), Some(line.sources.len() as i64));
        assert_eq!(int(&table, row, "packets"), Some(line.packets));
    }
    let filter = Some("dst.port == 22".to_string());
    let one = scanners::networks_of(&session, &Selection { filter, ..small.whole() }, 5).expect("networks");
    let plain = count(small.rows.iter().filter(|row| is_scan(row) && row.dst_port == 22), |row| {
        let first = std::net::Ipv4Addr::from((row.src >> 8 << 8) as u32);
        Some(format!("{first}/24"))
    });
    for row in 0..one.rows.len() {
        assert_eq!(int(&one, row, "sources"), Some(plain[&text(&one, row, "network")].sources.len() as i64));
    }
}

#[test]
fn the_burst_at_one_sensor_is_found_and_can_be_taken_out_of_the_ranks() {
    let small = small();
    let session = small.session(Viewer::All);
    let table = one_sensor::bursts(&session, &small.whole()).expect("bursts");
    let burst: Vec<&Row> =
        small.rows.iter().filter(|row| row.label == "13832/TCP" && row.sensor == "jp-02").collect();
    assert_eq!(table.rows.len(), 1, "{:?}", table.rows);
    assert_eq!(
        (text(&table, 0, "sensor").as_str(), text(&table, 0, "port").as_str()),
        ("jp-02", "13832/TCP")
    );
    assert_eq!(int(&table, 0, "packets"), Some(burst.len() as i64));
    assert_eq!(int(&table, 0, "days"), Some(1));
    assert_eq!(int(&table, 0, "first"), Some(burst[0].day()));
    let sources: BTreeSet<i64> = burst.iter().map(|row| row.src).collect();
    assert!(are_sources(int(&table, 0, "sources"), sources.len()));
    for name in ["port", "country"] {
        let by = dimension::find(name).expect("a dimension");
        let key = |row: &Row| if name == "port" { row.label.clone() } else { row.country.clone() };
        let ranks = one_sensor::ranks(&session, &small.whole(), by, 10).expect("ranks");
        let is_burst = |row: &&Row| row.label == "13832/TCP" && row.sensor == "jp-02";
        let all = count(small.rows.iter(), |row| Some(key(row)));
        let left = count(small.rows.iter().filter(|row| !is_burst(row)), |row| Some(key(row)));
        for row in 0..ranks.rows.len() {
            let label = text(&ranks, row, name);
            assert_eq!(int(&ranks, row, "packets"), Some(all[&label].packets), "{label}");
            let without = left.get(&label).map_or(0, |line| line.packets);
            assert_eq!(int(&ranks, row, "packets_without"), Some(without), "{label}");
            let rank = left.values().filter(|line| line.packets > without).count() as i64 + 1;
            match int(&ranks, row, "rank_without") {
                None => assert_eq!(without, 0, "{label}"),
                Some(asked) => assert!(asked >= rank, "{label}: {asked}, {rank}"),
            }
        }
        if name == "port" {
            let place = (0..ranks.rows.len()).find(|row| text(&ranks, *row, "port") == "13832/TCP");
            let place = place.expect("the burst is among the first ports");
            assert_eq!(int(&ranks, place, "rank"), Some(place as i64 + 1));
            assert_eq!(int(&ranks, place, "rank_without"), None);
            assert_eq!(
                int(&ranks, place + 1, "rank_without"),
                Some(place as i64 + 1),
                "the next one moves up"
            );
        }
    }
    for viewer in
        [Viewer::Public { sensors_min: 1 }, Viewer::Member { sensors: vec!["jp-02".into()], sensors_min: 1 }]
    {
        assert!(one_sensor::bursts(&small.session(viewer), &small.whole()).is_err());
    }
    // Of two sensors, nobody can say which one is unusual.
    let two = Selection { groups: vec!["jp".to_string()], ..small.whole() };
    assert_eq!(one_sensor::find(&session, &two).expect("an answer"), []);
}
