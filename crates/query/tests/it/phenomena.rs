//! What detectors find, from packets alone: the planted zones and the planted source port, and nothing else;
//! and nothing in real captures of ordinary DNS.

use std::collections::BTreeSet;

use expect_test::expect;
use teiten_detect::detector::detect;
use teiten_model::columns::PacketColumns;
use teiten_model::finding::Finding;
use teiten_model::interval::{Day, Interval, Timestamp};
use teiten_model::selection::{Selection, Viewer};
use teiten_model::sensor::Telescope;
use teiten_query::questions::shapes::{Shape, first_of_each};
use teiten_query::questions::window::window;
use teiten_query::questions::{books, dns_window, packets};
use teiten_query::session::Session;
use teiten_simulate::{Scenario, frames, made_up_countries};
use teiten_store::store::Store;

use crate::world;

/// The first of three weeks in June 2014, and the day after them.
const JUNE: [Day; 2] = [Day(16_222), Day(16_243)];

/// The shipped scenario, of which three weeks are made.
fn scenario() -> Scenario {
    Scenario::parse(include_str!("../../../../scenarios/2014Q2.toml"), "2014Q2.toml").expect("as shipped")
}

/// The packets of the sensors in Japan.
fn stored(scenario: &Scenario) -> (tempfile::TempDir, Store) {
    let countries = made_up_countries();
    let mut inputs: Vec<(String, Vec<PacketColumns>)> = Vec::new();
    for site in scenario.sensors.iter().filter(|site| site.sensor.group == "jp") {
        let sensor = &site.sensor;
        for day in JUNE[0].0..JUNE[1].0 {
            let made = frames(scenario, &countries, &sensor.name, Day(day)).expect("frames");
            let blocks = made
                .iter()
                .filter(|block| !block.frames.is_empty())
                .map(|block| world::decode(block, &sensor.name, &sensor.group, "june"))
                .collect();
            inputs.push((format!("{}-{}", sensor.name, Day(day)), blocks));
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let telescope = Telescope::new(scenario.sensors.iter().map(|site| site.sensor.clone()).collect());
    let store = world::store(folder.path(), "UTC", &inputs, &telescope);
    (folder, store)
}

fn line(finding: &Finding) -> String {
    format!("{} {} {}\n", finding.subject, finding.confidence.name(), finding.sensors)
}

#[test]
fn the_planted_zones_and_port_6000_are_found_and_nothing_else() {
    assert_eq!((JUNE[0].to_string().as_str(), JUNE[1].to_string().as_str()), ("2014-06-01", "2014-06-22"));
    let scenario = scenario();
    let (_folder, store) = stored(&scenario);
    let session = Session::open(&store, Viewer::All).expect("a session");
    let selection = Selection {
        interval: Some(Interval { start: JUNE[0].start(), end: JUNE[1].start() }),
        ..Selection::default()
    };
    let window = window(&session, &selection).expect("a window");
    let findings = detect(&window);
    let mut lines: Vec<String> = findings.iter().map(line).collect();
    lines.sort();
    expect![[r#"
        6000/TCP high 8
        edge7-cdn.example high 8
        evening-news.example high 8
        fastcache-cdn.example high 8
        lucky-casino.example high 8
        peoples-vote-2014.example high 8
        pixel-games.example high 8
        private-server-101.example high 8
    "#]]
    .assert_eq(&lines.concat());
    // What a finding counts is what its evidence opens.
    // Forwarders answer from other ports too: the days count port 53, the findings every port.
    let mut answers = 0;
    for finding in &findings {
        let evidence = packets::count(&session, &finding.evidence, false).expect("a count");
        let seen = finding.seen("answers").or(finding.seen("packets")).expect("a number of packets");
        assert_eq!(evidence as f64, seen, "{}", finding.id);
        if finding.seen("answers").is_some() {
            let filter = finding.evidence.filter.as_deref().expect("a filter");
            let from_53 = Selection {
                filter: Some(format!("({filter}) && udp.srcport == 53")),
                ..finding.evidence.clone()
            };
            let from_53 = packets::count(&session, &from_53, false).expect("a count");
            assert!(from_53 < evidence, "{}", finding.id);
            answers += from_53;
        }
    }
    assert_eq!(window.dns_days.iter().map(|day| day.answers).sum::<i64>(), answers);
    let zones: Vec<String> = window.dns_zones.iter().map(|zone| zone.zone.clone()).collect();
    let table = dns_window::responders(&session, &selection, &zones).expect("responders");
    assert!(!table.rows.is_empty());
    let (errors, sources, named) = dns_window::errors(&session, &selection, &zones).expect("errors");
    assert!(errors >= sources && sources > 0 && named > 0 && named < errors);
    assert_eq!(window.dns_days.iter().map(|day| day.errors).sum::<i64>(), errors);
    let chosen = Selection { filter: Some("dns.flags.rcode == 3".to_string()), ..selection };
    let chosen = first_of_each(&session, &chosen, Shape::DnsZone, 20).expect("evidence");
    assert_eq!(chosen.rows(), 7, "one packet for each zone");
}

#[test]
fn ordinary_dns_of_real_captures_is_no_finding() {
    let folder = world::captures().join("dns");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the captures of DNS")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let inputs: Vec<(String, Vec<PacketColumns>)> = paths
        .iter()
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().to_string();
            (name.clone(), world::read(path, &name, "real"))
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let store = world::store(folder.path(), "UTC", &inputs, &Telescope::new(Vec::new()));
    let session = Session::open(&store, Viewer::All).expect("a session");
    let (first, last) = books::span(&session).expect("a span").expect("packets");
    let day = |at| Day::of(Timestamp(at)).0;
    assert!(day(last) > day(first), "captures of several years");
    let days: BTreeSet<i32> = inputs
        .iter()
        .flat_map(|(_, blocks)| blocks)
        .flat_map(|block| block.ts.iter().map(|at| day(*at)))
        .collect();
    let mut judged = 0;
    for one in days {
        let interval = Interval { start: Day(one).start(), end: Day(one + 1).start() };
        let selection = Selection { interval: Some(interval), ..Selection::default() };
        let window = window(&session, &selection).expect("a window");
        judged += window.dns_zones.len();
        assert_eq!(detect(&window), [], "{}", Day(one));
    }
    assert!(judged > 0, "some zone had answers enough to be judged");
}
