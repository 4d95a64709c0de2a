//! Reports at the edges: no data, one sensor, one day, no period before; the same inputs in other batches; the
//! captures of others that reach over days.

use std::path::{Path, PathBuf};

use crate::program::{line, shared};
use crate::scenario::small;
use crate::sheets::Report;
use crate::tree::{are_same, without_provenance};

/// One sensor for one day.
const SOLO: &str = r#"
title = "One sensor for one day"
seed = 5
zone = "Asia/Tokyo"
from = "2014-05-10"
to = "2014-05-11"
home = "JP"

[[sensor]]
name = "solo"
group = "jp"
region = "JP"
country = "JP"
watch = [{ seen = "192.0.2.7/32" }]

[[actor]]
name = "worm"
kind = "worm"
packets = 60
ports = { 445 = 1 }
countries = { TW = 2, US = 1 }
sources = 20

[[actor]]
name = "guesser"
kind = "scanner"
packets = 40
tool = "linux-connect"
ports = { 22 = 1 }
countries = { CN = 1 }
sources = 5
"#;

/// A folder with the store of one sensor's day.
fn solo() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("solo.toml"), SOLO).expect("a scenario");
    for command in [
        "simulate solo.toml --out sim",
        "data import sim/countries.csv --store st",
        "import sim --sensors sim/sensors.toml --store st",
    ] {
        line(folder.path(), command).well();
    }
    folder
}

/// The report of a period, in both languages: Japanese, English.
fn made(folder: &Path, period: &str, more: &str) -> [Report; 2] {
    let asked =
        format!("--store st report make --period {period} {more} --issued 2015-04-10 --lang ja,en -w r");
    line(folder, &asked).well();
    ["ja", "en"].map(|language| Report::read(&folder.join("r"), language))
}

fn says(report: &Report, texts: &[&str]) {
    let prose = report.prose();
    for text in texts {
        assert!(prose.contains(text), "`{text}` in: {prose}");
    }
}

#[test]
fn one_sensor_and_one_day_are_said_to_be_so() {
    let folder = solo();
    let [ja, en] = made(folder.path(), "2014Q2", "--region JP");
    says(&ja, &["センサーは1台だけ", "前四半期の観測データがない", "観測できた日数が1日と少ない"]);
    says(&en, &["Only 1 sensor", "previous quarter", "only 1 day observed"]);
    for report in [&ja, &en] {
        let ports = &report.sheets["ports"];
        let rows: Vec<(&str, Option<f64>)> = (0..ports.rows.len())
            .map(|row| (ports.text(row, "port"), ports.number(row, "packets")))
            .collect();
        assert_eq!(rows, [("445/TCP", Some(60.0)), ("22/TCP", Some(40.0))]);
        assert_eq!(report.sheets["ports-by-day"].rows.len(), 91, "days without observation are there");
        let observed = report.sheets["ports-by-day"].rows.iter().filter(|row| !row[1].is_null());
        assert_eq!(observed.count(), 1, "and are gaps");
    }
}

#[test]
fn a_period_without_data_says_that_there_is_none() {
    let folder = solo();
    // The quarter after the one day has a period before; the one after that has neither.
    for period in ["2014Q3", "2015Q1", "2015-01", "2015"] {
        let [ja, en] = made(folder.path(), period, "--region JP");
        says(&ja, &["ありません"]);
        says(&en, &["No packet"]);
        for report in [&ja, &en] {
            assert!(!report.sheets.contains_key("ports"), "{period}: no ranking of nothing");
            let coverage = &report.sheets["coverage"];
            let packets = (0..coverage.rows.len()).find(|row| coverage.text(*row, "item") == "packets");
            assert_eq!(coverage.number(packets.expect("the packets"), "value"), Some(0.0), "{period}");
            assert!(report.whole["warning"].is_string(), "it says synthetic all the same");
        }
    }
}

const SECTIONS: &str = "overview,phenomena,year,accesses,hosts,home-sources,mirai,groups,sensor-ports,scanners,\
                        signatures,damage,reflection,per-address";

#[test]
fn stores_of_other_batches_and_another_order_give_the_same_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let sim = small().folder.join("sim");
    for table in ["countries", "as"] {
        let path = sim.join(format!("{table}.csv"));
        line(folder.path(), &format!("data import {} --date 2014-06-01 --store st", path.display())).well();
    }
    let mut captures: Vec<PathBuf> = ["jp-01", "jp-02", "id-01"]
        .iter()
        .flat_map(|sensor| std::fs::read_dir(sim.join(sensor)).expect("captures"))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    captures.sort();
    captures.reverse();
    // Batches of one, two, four and the rest, the latest first, and one of them given twice.
    let sensors = sim.join("sensors.toml");
    let mut rest = captures.as_slice();
    for many in [1, 2, 4, usize::MAX] {
        let (batch, later) = rest.split_at(many.min(rest.len()));
        let named: Vec<String> =
            batch.iter().chain(captures.first()).map(|path| path.display().to_string()).collect();
        let command = format!("import {} --sensors {} --store st", named.join(" "), sensors.display());
        line(folder.path(), &command).well();
        rest = later;
    }
    let make = |store: &Path, out: &str| {
        let out = folder.path().join(out);
        let asked = format!(
            "--store {} report make --period 2014Q3 --region JP --issued 2014-10-01 --lang ja,en --sections {SECTIONS} -w {}",
            store.display(),
            out.display()
        );
        line(folder.path(), &asked).well();
        without_provenance(&out)
    };
    let (once, parted) =
        (make(&small().folder.join("st"), "once"), make(&folder.path().join("st"), "parted"));
    are_same(&once, &parted);
}

#[test]
fn a_real_capture_of_fifteen_days_at_ten_sensors_makes_a_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let capture = shared().join("pcap/scan/ndpi_slp427_15days_10sensors.pcap").display().to_string();
    let destinations = line(folder.path(), &format!("packets -r {capture} -o csv -c 1000")).well().text();
    let mut addresses: Vec<&str> =
        destinations.lines().skip(1).filter_map(|row| row.split(',').nth(3)).collect();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), 10);
    let described: String = addresses
        .iter()
        .enumerate()
        .map(|(place, address)| {
            format!("[[sensor]]\nname = \"s{place}\"\ngroup = \"slp\"\nprefix = \"{address}\"\n\n")
        })
        .collect();
    std::fs::write(folder.path().join("sensors.toml"), described).expect("the sensors");
    line(folder.path(), &format!("import {capture} --sensors sensors.toml --store st")).well();
    for (period, days) in [("2023Q2", 91), ("2023-06", 30), ("2023-W23", 7)] {
        let [ja, en] = made(folder.path(), period, "");
        for report in [&ja, &en] {
            assert!(report.whole["warning"].is_null(), "these packets were sent");
            let ports = &report.sheets["ports"];
            assert_eq!((ports.rows.len(), ports.text(0, "port")), (1, "427/UDP"));
            assert_eq!(report.sheets["ports-by-day"].rows.len(), days);
            if days > 7 {
                assert_eq!(ports.number(0, "packets"), Some(629.0));
                let observed = report.sheets["ports-by-day"].rows.iter().filter(|row| !row[1].is_null());
                assert_eq!(observed.count(), 16, "the days of the capture, in Japan's zone");
            }
        }
    }
}

#[test]
fn other_real_captures_over_days_make_reports_of_one_sensor() {
    let cases = [
        ("pcap/scan/ndpi_ipmi623_rmcp.pcap", "2023Q2", "623/UDP", 6.0),
        ("pcap/scan/zeek_simplescan_445.pcap", "2017Q3", "445/TCP", 21.0),
        ("pcap/scan/zeek_simplescan_multiport_icmp310.pcap", "2017-09", "80/TCP", 4.0),
        // From May 2016 to June 2019.
        ("pcap/dns/zeek_dns-edns-ecs.pcap", "2019Q2", "53/UDP", 1.0),
        ("pcap/dns/zeek_dns-edns-ecs.pcap", "2016", "53/UDP", 1.0),
        ("pcap/dns/rootserver_knot_live_52s.pcap.xz", "2016Q4", "53/UDP", 1_000.0),
    ];
    for (capture, period, port, packets) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let path = shared().join(capture).display().to_string();
        line(folder.path(), &format!("import {path} --sensor lab --group lab --store st")).well();
        let [_, en] = made(folder.path(), period, "--group lab");
        let ports = &en.sheets["ports"];
        let row = (0..ports.rows.len()).find(|row| ports.text(*row, "port") == port);
        let found = row.and_then(|row| ports.number(row, "packets"));
        assert!(found.is_some_and(|found| found >= packets), "{capture}: {found:?}");
        says(&en, &["Only 1 sensor"]);
    }
}
