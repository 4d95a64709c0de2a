//! What the simulator planted is what the store answers: per group of sensors, day, port, country, actor, also
//! for the sensor behind address translation and the one whose address changes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::program::rows;
use crate::scenario::{ask, small};

/// Actors of the scenario whose packets a filter can tell from all others.
const ACTORS: &[(&str, &str)] = &[
    ("burst-13832", "tcp.dstport == 13832"),
    ("storm", "tcp.dstport == 8000"),
    ("lost-syslog", "udp.dstport == 514"),
    ("masscan", "tag == \"masscan\" && !(tcp.dstport == 6379)"),
    ("masscan-new", "tag == \"masscan\" && tcp.dstport == 6379"),
    ("source-port-6000", "tag == \"sport-6000\""),
    ("telnet-bots", "tag == \"mirai\""),
    ("gre", "ip.proto == 47"),
    ("pings", "icmp.type == 8"),
    ("nmap", "tag == \"nmap-syn\""),
    ("worm-445", "tcp.dstport == 445"),
    ("zmap-new-bsd", "tcp.dstport == 8444"),
    ("zmap-new-smallest", "tcp.dstport == 8445"),
];

fn truth() -> Value {
    let text = std::fs::read_to_string(small().folder.join("sim/truth.json")).expect("the planted truth");
    serde_json::from_str(&text).expect("JSON")
}

fn numbers(value: &Value) -> Vec<i64> {
    value.as_array().expect("a list").iter().map(|number| number.as_i64().expect("a number")).collect()
}

/// The packets of each day of the truth, by line; a day without the line is 0.
fn by_day(days: &[String], question: &str) -> BTreeMap<String, Vec<i64>> {
    let mut lines: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for row in rows(&ask(&format!("trend -o csv {question}")).well()) {
        let is_divided = question.contains("--by");
        let (line, packets) = if is_divided { (row[1].clone(), &row[2]) } else { (String::new(), &row[1]) };
        let day =
            days.iter().position(|day| row[0].starts_with(day.as_str())).expect("a day of the scenario");
        let counts = lines.entry(line).or_insert_with(|| vec![0; days.len()]);
        counts[day] += packets.parse::<i64>().expect("a number");
    }
    lines
}

#[test]
fn the_store_answers_what_the_simulator_planted() {
    let truth = truth();
    let days: Vec<String> = truth["days"]
        .as_array()
        .expect("days")
        .iter()
        .map(|day| day.as_str().expect("a day").to_string())
        .collect();
    for (group, of) in truth["groups"].as_object().expect("groups") {
        let daily = &of["daily"];
        let select = if group == "*" { String::new() } else { format!("--group {group}") };
        let check = |what: &str, planted: &Value, question: &str| {
            let found = by_day(&days, &format!("{question} {select}"));
            let found = found.get("").cloned().unwrap_or_else(|| vec![0; days.len()]);
            assert_eq!(found, numbers(planted), "{group} {what}");
        };
        check("packets", &daily["packets"], "");
        check("from 53/UDP", &daily["src_port_53_udp"], "-Y 'ip.proto == 17 && udp.srcport == 53'");
        check(
            "from 6000/TCP",
            &daily["source_ports"]["6000/TCP"],
            "-Y 'tcp.srcport == 6000 && class == \"scan-syn\"'",
        );
        for (actor, filter) in ACTORS {
            if let Some(planted) = daily["actors"].get(actor) {
                check(actor, planted, &format!("-Y '{filter}'"));
            }
        }
        for (what, by) in [("ports", "port"), ("countries", "country")] {
            let found = by_day(&days, &format!("--by {by} --top 5000 {select}"));
            for (line, planted) in daily[what].as_object().expect("lines") {
                let found = found.get(line).cloned().unwrap_or_else(|| vec![0; days.len()]);
                assert_eq!(found, numbers(planted), "{group} {line}");
            }
        }
    }
}

#[test]
fn quarters_and_sensors_are_what_was_planted() {
    let truth = truth();
    for (group, of) in truth["groups"].as_object().expect("groups") {
        let select = if group == "*" { String::new() } else { format!("--group {group}") };
        for (quarter, cell) in of["quarters"].as_object().expect("quarters") {
            let asked =
                |question: &str| ask(&format!("{question} --period {quarter} {select} -o csv")).well();
            for (key, by, cell) in [
                ("sensor", "sensors", &cell["sensors"]),
                ("port", "ports", &cell["ports"]),
                ("country", "countries", &cell["countries"]),
            ] {
                let found = rows(&asked(&format!("top {by} --top 5000")));
                let place = if by == "sensors" { 2 } else { 3 };
                let found: BTreeMap<&str, &str> =
                    found.iter().map(|row| (row[1].as_str(), row[place].as_str())).collect();
                for planted in cell.as_array().expect("a ranking") {
                    let line = planted[key].as_str().expect("a line");
                    let count = planted["count"].to_string();
                    assert_eq!(found.get(line), Some(&count.as_str()), "{group} {quarter} {line}");
                }
            }
        }
    }
}

#[test]
fn addresses_behind_translation_are_kept_in_both_forms() {
    let both = ask(
        "query 'SELECT sensor, count(DISTINCT dst) AS seen, count(DISTINCT dst_public) AS public, count(*) \
         FILTER (WHERE dst_public = dst) AS same FROM packets GROUP BY sensor ORDER BY sensor' -o csv",
    );
    expect_test::expect![[r#"
        sensor,seen,public,same
        id-01,3,0,0
        jp-01,8,0,0
        jp-02,4,4,0
    "#]]
    .assert_eq(&both.well().text());
    let counted = ask(
        "query 'SELECT sensor, count(*) AS n, sum(packets) AS p FROM packets GROUP BY 1 ORDER BY 1' -o csv",
    );
    let listed = ask("sensor list -o csv").well();
    let from_rows: Vec<String> = rows(&counted.well()).iter().map(|row| row[1].clone()).collect();
    let from_books: Vec<String> = rows(&listed).iter().map(|row| row[9].clone()).collect();
    assert_eq!(from_rows, from_books);
}
