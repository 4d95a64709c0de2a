//! The same number, whichever way it is asked: packets, ranks, series, SQL, an exported capture under tshark.

use std::process::Command;

use crate::program::{line, rows};
use crate::scenario::{PACKETS, ask, small};

/// Filters that tshark reads too, with the same meaning.
const FILTERS: &[&str] = &[
    "tcp.dstport == 23",
    "tcp.flags.syn == 1 && tcp.flags.ack == 0",
    "tcp.dstport in {22, 80, 443..445}",
    "udp",
    "udp.srcport == 53 && dns.flags.rcode == 3",
    "icmp.type == 3 && icmp.code == 3",
    "ip.dst == 192.0.2.0/29",
    "ip.dst == 10.20.0.8/30 && tcp",
    "ip.dst == 203.0.113.5 || ip.dst == 203.0.113.64/31",
    "ip.ttl < 50 && !(tcp.dstport == 22)",
    "ip.proto == 47",
    "tcp.window_size_value == 1024",
    "ip.id == 54321",
    "tcp.srcport == 6000 && frame.len == 60",
    "not tcp",
    "tcp.dstport == 1",
];

/// Filters in our own words, and periods; the second is what `packets` stands for in SQL.
const OURS: &[(&str, &str)] = &[
    ("", "true"),
    ("--period 2014-07-01", "ts >= '2014-06-30T15:00:00Z' AND ts < '2014-07-01T15:00:00Z'"),
    ("--period 2014Q3", "ts >= '2014-06-30T15:00:00Z'"),
    (
        "--from 2014-07-01T03:30 --to 2014-07-01T03:47",
        "ts >= '2014-06-30T18:30:00Z' AND ts < '2014-06-30T18:47:00Z'",
    ),
    ("--period 2014-06-30 --tz UTC", "ts >= '2014-06-30T00:00:00Z' AND ts < '2014-07-01T00:00:00Z'"),
    ("--sensor jp-02", "sensor = 'jp-02'"),
    (
        "--sensor jp-02 --sensor id-01 --period 2014-07-01",
        "sensor IN ('jp-02', 'id-01') AND ts >= '2014-06-30T15:00:00Z' AND ts < '2014-07-01T15:00:00Z'",
    ),
    (
        "--group overseas --period 2014-07-01",
        "sensor_group = 'overseas' AND ts >= '2014-06-30T15:00:00Z' AND ts < '2014-07-01T15:00:00Z'",
    ),
    ("-Y 'tag == \"masscan\"'", "tags LIKE '%masscan%'"),
    ("-Y 'class == \"scan-syn\"' --group jp", "class = 'scan-syn' AND sensor_group = 'jp'"),
    ("-Y 'sensor == \"id-01\"'", "sensor = 'id-01'"),
    (
        "-Y 'src.country == \"CN\" && tcp.dstport == 22'",
        "src_country = 'CN' AND ip_proto = 6 AND dst_port = 22",
    ),
];

fn number(text: &str) -> i64 {
    text.trim().parse().unwrap_or_else(|_| panic!("`{text}` is a number"))
}

fn counted(selection: &str) -> i64 {
    number(&ask(&format!("packets --only-count {selection}")).well().text())
}

fn sum(question: &str, place: usize) -> i64 {
    let ran = ask(&format!("{question} -o csv")).well();
    rows(&ran).iter().map(|row| number(&row[place])).sum()
}

fn check(selection: &str) -> i64 {
    let count = counted(selection);
    for (what, place) in [("classes", 2), ("sensors", 2), ("ports", 3), ("countries", 3), ("sources", 2)] {
        assert_eq!(
            sum(&format!("top {what} --top 100000 {selection}"), place),
            count,
            "top {what} {selection}"
        );
    }
    assert_eq!(sum(&format!("trend {selection}"), 1), count, "trend {selection}");
    assert_eq!(sum(&format!("trend --step hour {selection}"), 1), count, "trend by the hour {selection}");
    assert_eq!(
        sum(&format!("trend --step week --by class --top 99 {selection}"), 2),
        count,
        "trend {selection}"
    );
    count
}

#[test]
fn every_view_counts_the_same_packets() {
    for (selection, condition) in OURS {
        let count = check(selection);
        assert!(count > 0, "{selection} selects packets");
        let sql = format!("SELECT count(*) AS n FROM packets WHERE {condition}");
        let args = ["--store", "st", "query", &sql, "-o", "csv"];
        let answer = crate::program::run(&small().folder, &args).well();
        assert_eq!(number(answer.text().lines().nth(1).expect("a row")), count, "{sql}");
    }
    assert_eq!(counted(""), PACKETS);
}

#[test]
fn tshark_counts_in_an_exported_selection_what_we_count() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = folder.path().join("all.pcapng").display().to_string();
    ask(&format!("packets -w {all}")).well();
    assert_eq!(tshark(&all, "frame"), PACKETS);
    for filter in FILTERS {
        let count = check(&format!("-Y '{filter}'"));
        let part = folder.path().join("part.pcapng").display().to_string();
        ask(&format!("packets -Y '{filter}' -w {part}")).well();
        assert_eq!(tshark(&part, filter), count, "{filter}, in its own export");
        assert_eq!(tshark(&all, filter), count, "{filter}, in the export of everything");
    }
}

fn tshark(file: &str, filter: &str) -> i64 {
    let ran = Command::new("tshark")
        .args(["-n", "-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number"])
        .output()
        .expect("tshark counts beside us: install the package tshark");
    assert!(ran.status.success(), "{filter}: {}", String::from_utf8_lossy(&ran.stderr));
    ran.stdout.iter().filter(|byte| **byte == b'\n').count() as i64
}

#[test]
fn captures_read_directly_give_the_numbers_of_the_store() {
    let files = "-r sim/jp-01/2014-06-29.pcapng.zst -r sim/jp-02/2014-06-29.pcapng.zst --data st/data";
    let period = "--from 2014-06-29T09:00 --to 2014-06-30T09:00";
    let folder = &small().folder;
    for by in [
        "ports",
        "countries",
        "sources",
        "ases",
        "classes",
        "tags",
        "protocols",
        "icmps",
        "flags",
        "windows",
        "ttls",
        "srcports",
    ] {
        // Rules about the destination need the public address of a sensor behind translation.
        let direct: crate::program::Ran = crate::program::command(folder)
            .args(crate::program::words(&format!("top {by} --top 50 {files} -o csv")))
            .env("TEITEN__SENSORS", "sim/sensors.toml")
            .output()
            .expect("the program starts")
            .into();
        let direct = direct.well();
        let stored = ask(&format!("top {by} --top 50 --group jp {period} -o csv")).well();
        let head = stored.text().lines().next().unwrap_or_default().to_string();
        let lines = |ran: &crate::program::Ran, columns: &[&str]| -> Vec<Vec<String>> {
            let head: Vec<String> =
                ran.text().lines().next().unwrap_or_default().split(',').map(Into::into).collect();
            let places: Vec<usize> = columns
                .iter()
                .map(|column| head.iter().position(|name| name == column).expect("a column"))
                .collect();
            rows(ran)
                .iter()
                .map(|row| places.iter().map(|place| row[*place].clone()).collect())
                .map(|mut row: Vec<String>| {
                    // Beyond this many the store estimates sources, and says so.
                    row[3] = row[3]
                        .parse::<i64>()
                        .ok()
                        .filter(|n| *n <= 256)
                        .map_or("many".into(), |n| n.to_string());
                    row
                })
                .collect()
        };
        let key = head.split(',').nth(1).expect("a key").to_string();
        let columns = ["rank", key.as_str(), "packets", "sources"];
        assert_eq!(lines(&direct, &columns), lines(&stored, &columns), "{by}");
    }
    let filter = "-Y 'tcp.dstport == 23'";
    let direct = line(folder, &format!("packets --only-count {filter} {files}")).well();
    assert_eq!(number(&direct.text()), counted(&format!("{filter} --group jp {period}")));
}

#[test]
fn the_filter_of_a_finding_opens_its_packets() {
    let found: serde_json::Value =
        serde_json::from_slice(&ask("finding list -o json").well().out).expect("JSON");
    let found = found["rows"].as_array().expect("rows");
    assert!(!found.is_empty(), "the scenario plants what detectors find");
    // What did not come has no packets to open: a sensor that was silent, a port that fell.
    let is_opened = |finding: &&serde_json::Value| {
        finding["filter"].is_string()
            && finding["detector"] != "drop"
            && finding["detector"] != "sensor-outage"
    };
    for finding in found.iter().filter(is_opened) {
        let (filter, from, to) = (&finding["filter"], &finding["first"], &finding["last"]);
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_string();
        let args = ["--store", "st", "packets", "--only-count", "-Y"].map(ToString::to_string);
        let args: Vec<String> = args
            .into_iter()
            .chain([text(filter), "--from".into(), text(from), "--to".into(), text(to)])
            .collect();
        let count = number(&crate::program::run(&small().folder, &args).well().text());
        let sensors = finding["sensors"].as_i64().expect("a number");
        assert!(count >= sensors && sensors > 0, "{finding}: {count} packets");
    }
}

#[test]
fn the_change_against_another_period_is_what_both_say() {
    let versus = ask("top ports --period 2014-07-01 --vs prev --top 50 -o csv").well();
    let before = ask("top ports --period 2014-06-30 --top 5000 -o csv").well();
    let before = rows(&before);
    for row in rows(&versus) {
        let rank_before =
            before.iter().find(|other| other[1] == row[1]).map_or("", |other| other[0].as_str());
        let rate_before =
            before.iter().find(|other| other[1] == row[1]).map_or("0.0", |other| other[5].as_str());
        assert_eq!((row[8].as_str(), row[7].as_str()), (rank_before, rate_before), "{}", row[1]);
    }
}

#[test]
fn comparing_names_what_is_gone_too() {
    let compared = ask("compare --period 2014-07-02 --vs 2014-07-01 --top 3 -o csv").well();
    expect_test::expect![[r#"
        rank,port,service,packets,share,rate,sources,before,rank_before,change,used_for
        ,13832/TCP,,0,0.0,0.0,0,801.3333333333334,1,-100.0,
        ,8000/TCP,irdmi,0,0.0,0.0,0,178.66666666666666,5,-100.0,Web moved; cameras
        1,22/TCP,ssh,985,17.75094611641737,328.3333333333333,274,281.6666666666667,2,16.568047337278102,
    "#]]
    .assert_eq(&compared.text());
}
