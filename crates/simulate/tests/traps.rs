//! What detectors are mistaken about, and what they must find beside it: each kind by itself, read from its bytes.
//!
//! **Invariant:** the reading here is its own, so that it shares no mistake with the writing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use teiten_model::interval::Day;
use teiten_simulate::{Scenario, frames, made_up_countries, simulate};

/// 2025-05-01.
const FIRST: i32 = 20_209;
const DAYS: i32 = 10;
const HEAD: &str = r#"
title = "One kind"
seed = 5
zone = "UTC"
from = "2025-05-01"
to = "2025-05-11"
home = "JP"
sensor = [
  { name = "a", group = "g", region = "JP", watch = [{ seen = "192.0.2.0/28" }] },
  { name = "b", group = "g", region = "JP", watch = [{ seen = "198.51.100.0/29" }] },
]
"#;

fn scenario(actor: &str) -> Scenario {
    let text = format!("{HEAD}actor = [{{ name = \"it\", countries = {{ US = 1 }}, {actor} }}]\n");
    Scenario::parse(&text, "traps").expect("a right scenario")
}

/// Sensor, time in microseconds, and the bytes from the IP header on.
fn packets(actor: &str) -> Vec<(&'static str, i64, Vec<u8>)> {
    let scenario = scenario(actor);
    let mut all = Vec::new();
    for sensor in ["a", "b"] {
        for day in FIRST..FIRST + DAYS {
            for block in frames(&scenario, &made_up_countries(), sensor, Day(day)).expect("frames") {
                for frame in &block.frames {
                    all.push((sensor, frame.ts_ns / 1_000, block.bytes_of(frame)[14..].to_vec()));
                }
            }
        }
    }
    assert!(!all.is_empty(), "{actor}");
    all
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn truth(actor: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    simulate(&scenario(actor), &made_up_countries(), folder.path(), &mut |_, _| {}).expect("a simulation");
    let text = std::fs::read_to_string(folder.path().join("truth.json")).expect("the truth");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_reflection_comes_from_one_port_to_few_addresses_of_one_sensor() {
    for (service, protocol, port) in [("syn-ack", 6, 443), ("ntp-monlist", 17, 123), ("chargen", 17, 19)] {
        let all = packets(&format!(
            "kind = \"reflection\", sensors = [\"b\"], service = \"{service}\", addresses = 2, packets = 300, sources = 90"
        ));
        let sources: BTreeSet<&[u8]> = all.iter().map(|(_, _, ip)| &ip[12..16]).collect();
        let addresses: BTreeSet<&[u8]> = all.iter().map(|(_, _, ip)| &ip[16..20]).collect();
        assert!(sources.len() > 60 && addresses.len() <= 2, "{service}");
        for (sensor, _, ip) in &all {
            assert_eq!((*sensor, ip[9], half(ip, 20)), ("b", protocol, port), "{service}");
            assert!(protocol == 17 || ip[33] == 0x12, "SYN+ACK");
        }
    }
}

#[test]
fn a_repeated_answer_is_one_answer() {
    let all =
        packets("kind = \"repeated-answer\", rate = 200, ports = { 443 = 1 }, repeats = 20, sources = 5");
    let mut answers: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for (_, _, ip) in &all {
        // Both addresses, ports, sequence and acknowledgement numbers.
        *answers.entry(ip[12..32].to_vec()).or_default() += 1;
    }
    assert!(answers.values().all(|count| *count == 20), "{answers:?}");
}

#[test]
fn a_source_in_a_slow_rhythm_keeps_it() {
    let all = packets("kind = \"periodic\", rate = 3, every_hours = 24, ports = { 5000 = 1 }, sources = 10");
    let mut visits: BTreeMap<Vec<u8>, Vec<i64>> = BTreeMap::new();
    for (_, at, ip) in &all {
        assert_eq!(half(ip, 22), 5_000);
        visits.entry(ip[12..20].to_vec()).or_default().push(*at);
    }
    assert_eq!(visits.len(), 6);
    for times in visits.values() {
        assert!((9..=10).contains(&times.len()), "{times:?}");
        let hours = |pair: &[i64]| (pair[1] - pair[0]) as f64 / 3.6e9;
        assert!(times.windows(2).all(|pair| (21.5..26.5).contains(&hours(pair))), "{times:?}");
    }
}

#[test]
fn a_family_holds_its_header_fields() {
    let all = packets(
        "kind = \"family\", rate = 20, ports = { 1723 = 1 }, header = { src_port = 40500, ip_id = 512, window = 29, mss = true }",
    );
    for (_, _, ip) in &all {
        assert_eq!((half(ip, 4), half(ip, 20), half(ip, 34), ip[32] >> 4), (512, 40_500, 29, 6));
    }
}

#[test]
fn a_storm_has_the_times_to_live_and_pings_that_it_says() {
    let all = packets("kind = \"storm\", rate = 60, ports = { 443 = 1 }, ttls = [120, 200], icmp = 0.3");
    assert!(all.iter().all(|(_, _, ip)| (120..=200).contains(&ip[8])));
    let pings = all.iter().filter(|(_, _, ip)| ip[9] == 1).count() as f64 / all.len() as f64;
    assert!((0.2..0.4).contains(&pings), "{pings}");
}

#[test]
fn answers_about_names_that_are_there_say_so() {
    for (names, is_there) in [("content-network", true), ("block-list", false), ("hash-list", true)] {
        let actor =
            format!("kind = \"dns-answers\", rate = 20, names = \"{names}\", zone = \"list.example\"");
        let all = packets(&actor);
        let found = all.iter().filter(|(_, _, ip)| ip[31] & 15 == 0).count();
        assert!(all.iter().all(|(_, _, ip)| half(ip, 20) == 53 && ip[30] & 0x80 != 0), "{names}");
        assert_eq!(found > all.len() / 2, is_there, "{names}");
        assert!(truth(&actor)["phenomena"].as_array().expect("a list").is_empty(), "{names}");
    }
}

#[test]
fn what_is_expected_stands_in_the_truth() {
    let actor = "kind = \"scanner\", rate = 20, tool = \"syn-ack-scan\", ports = { 80 = 1 }, sources = 2, skew = 1, \
                 expect = [{ detector = \"surge\", subject = \"80/TCP\", from = \"2025-05-03\", to = \"2025-05-04\" }, \
                 { detector = \"aggressive-scanner\", each = \"source\" }]";
    let truth = truth(actor);
    let lines: Vec<String> = truth["phenomena"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|line| format!("{} {}", line["detector"], line["first"]))
        .collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[2], "\"surge\" \"2025-05-03T00:00:00.000000Z\"");
    let tolerated = truth["tolerated"].as_array().expect("a list");
    assert!(tolerated.iter().any(|line| line["detector"] == "drop" && line["subject"] == "80/TCP"));
}
