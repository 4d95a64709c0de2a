//! Section 2 of a report against the planted truth: zones, answers, resolvers, errors, the pinned source port.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::planted::Planted;
use crate::sheets::{Sheet, list, same};

/// Compares a table of the section; `false` when it is none of them.
pub(crate) fn check(planted: &Planted, id: &str, sheet: &Sheet) -> bool {
    match id {
        "dns-by-day" => dns_by_day(planted, sheet),
        "dns-zones" => zones(planted, sheet),
        "dns-resolvers" => resolvers(planted, sheet),
        "dns-home-ases" => home_ases(planted, sheet),
        "dns-months" => months(planted, sheet),
        "dns-totals" => totals(planted, sheet),
        "source-port-6000-by-day" => source_port_by_day(planted, sheet),
        "source-port-6000-share" | "source-port-6000-ports" => {
            source_port_parts(planted, sheet, "ports", "port")
        }
        "source-port-6000-regions" => source_port_parts(planted, sheet, "countries", "country"),
        "source-port-6000-proof" => proof(planted, sheet),
        "findings" => findings(planted, sheet),
        _ => return false,
    }
    true
}

fn count(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("a number, not {value}"))
}

fn rcode(ranking: &Value, name: &str) -> f64 {
    Planted::line(ranking, "rcode", name).map_or(0.0, |(_, count)| count)
}

fn dns_by_day(planted: &Planted, sheet: &Sheet) {
    let daily = &planted.region["daily"];
    let lines = [
        ("answers", &daily["src_port_53_udp"]),
        ("no_such_name", &daily["rcodes_from_53"]["NXDOMAIN"]),
        ("server_failure", &daily["rcodes_from_53"]["SERVFAIL"]),
        ("errors", &daily["icmp_unreachable_53"]),
    ];
    for row in 0..sheet.rows.len() {
        let day = sheet.text(row, "day");
        for (line, series) in lines {
            same(sheet.number(row, line), planted.per_sensor(series, day), &format!("{line} {day}"));
        }
    }
}

fn zones(planted: &Planted, sheet: &Sheet) {
    let zones = list(&planted.now["dns"]["zones"]);
    assert_eq!(sheet.rows.len(), zones.len(), "every zone under attack is found, and no other");
    for (row, zone) in zones.iter().enumerate() {
        let name = zone["zone"].as_str().expect("a zone");
        assert_eq!(sheet.text(row, "zone"), name, "zones in the order of their answers");
        let answers = count(&zone["answers"]);
        same(sheet.number(row, "answers"), Some(answers), name);
        for (column, code) in [("no_such_name", "NXDOMAIN"), ("server_failure", "SERVFAIL")] {
            let share = rcode(&zone["rcodes"], code) / answers;
            same(sheet.number(row, column), Some(share), &format!("{name} {column}"));
        }
        same(sheet.number(row, "responders"), zone["responders"].as_f64(), name);
        let (first, last) = (sheet.text(row, "first"), sheet.text(row, "last"));
        let is_observed = |day: &str| planted.days_inside().any(|known| known == day);
        assert!(is_observed(first) && is_observed(last) && first <= last, "{name}: {first} to {last}");
        assert!(sheet.number(row, "unique").is_some_and(|share| share > 0.99), "{name}: every name is new");
    }
}

fn resolvers(planted: &Planted, sheet: &Sheet) {
    let dns = &planted.now["dns"];
    let total = count(&dns["resolvers"]);
    assert_eq!(sheet.rows.len(), list(&dns["resolvers_by_country"]).len());
    for row in 0..sheet.rows.len() {
        let region = sheet.text(row, "region");
        let of = |ranking: &str| Planted::line(&dns[ranking], "country", region).map(|(_, count)| count);
        let own = of("resolvers_by_country");
        same(sheet.number(row, "resolvers"), own, region);
        same(sheet.number(row, "share"), own.map(|own| own / total), region);
        same(sheet.number(row, "answers"), of("answers_by_country"), region);
    }
}

fn home_ases(planted: &Planted, sheet: &Sheet) {
    let expected = &planted.now["dns"]["home_resolvers_by_as"];
    assert_eq!(sheet.rows.len(), list(expected).len());
    for row in 0..sheet.rows.len() {
        let label = sheet.text(row, "asn");
        let number = label.strip_prefix("AS").expect("an AS");
        let own = Planted::line(expected, "asn", number).map(|(_, count)| count);
        same(sheet.number(row, "resolvers"), own, label);
    }
}

fn months(planted: &Planted, sheet: &Sheet) {
    let daily = &planted.region["daily"];
    for row in 0..sheet.rows.len() {
        let month = &sheet.text(row, "month")[..7];
        let of_month = |series: &Value| -> f64 {
            let days = planted.days.iter().filter(|day| day.starts_with(month));
            days.filter_map(|day| planted.day(series, day)).sum()
        };
        let answers = of_month(&daily["src_port_53_udp"]);
        same(sheet.number(row, "answers"), Some(answers), month);
        for (column, code) in
            [("no_such_name", "NXDOMAIN"), ("server_failure", "SERVFAIL"), ("refused", "REFUSED")]
        {
            let share = of_month(&daily["rcodes_from_53"][code]) / answers;
            same(sheet.number(row, column), Some(share), &format!("{month} {column}"));
        }
        same(sheet.number(row, "errors"), Some(of_month(&daily["icmp_unreachable_53"])), month);
    }
    assert_eq!(sheet.rows.len(), 1, "one month of the quarter was observed");
}

fn totals(planted: &Planted, sheet: &Sheet) {
    let dns = &planted.now["dns"];
    let home = Planted::line(&dns["resolvers_by_country"], "country", "JP").map_or(0.0, |(_, count)| count);
    let expected = BTreeMap::from([
        ("answers", planted.sum(&planted.region["daily"]["src_port_53_udp"])),
        ("zone_answers", count(&dns["answers"])),
        ("responders", count(&dns["responders"])),
        ("resolvers", count(&dns["resolvers"])),
        ("errors", count(&dns["errors"])),
        ("error_sources", count(&dns["error_sources"])),
        ("errors_named", count(&dns["errors_named"])),
        ("errors_of_zones", count(&dns["errors_named"])),
        ("zones", list(&dns["zones"]).len() as f64),
        ("home_resolvers", home),
        // No zone of the scenario lies under the home country's domain.
        ("home_zones", 0.0),
    ]);
    assert_eq!(sheet.rows.len(), expected.len());
    for row in 0..sheet.rows.len() {
        let item = sheet.text(row, "item");
        same(sheet.number(row, "value"), expected.get(item).copied(), item);
    }
}

fn source_port_by_day(planted: &Planted, sheet: &Sheet) {
    let series = &planted.region["daily"]["source_ports"]["6000/TCP"];
    for row in 0..sheet.rows.len() {
        let day = sheet.text(row, "day");
        same(sheet.number(row, "6000/TCP"), planted.per_sensor(series, day), day);
    }
}

fn source_port_parts(planted: &Planted, sheet: &Sheet, of: &str, key: &str) {
    let planted = &planted.now["source_ports"]["6000/TCP"];
    let total = count(&planted["packets"]);
    for row in 0..sheet.rows.len() {
        let name = sheet.text(row, "key");
        let (rank, own) = Planted::line(&planted[of], key, name).expect("a planted line");
        same(sheet.number(row, "rank"), Some(rank as f64), name);
        same(sheet.number(row, "packets"), Some(own), name);
        same(sheet.number(row, "share"), Some(own / total), name);
    }
    assert!(sheet.rows.len() >= list(&planted[of]).len().min(10));
}

fn proof(planted: &Planted, sheet: &Sheet) {
    let of_port = &planted.now["source_ports"]["6000/TCP"];
    let expected = [
        ("Connection attempts from source port 6000/TCP", of_port["packets"].as_f64()),
        ("Share of all packets", Some(count(&of_port["packets"]) / count(&planted.now["packets"]))),
        ("Source addresses", of_port["sources"].as_f64()),
        ("Most frequent TCP window (bytes)", Some(16_384.0)),
        ("Share of sources whose window never changed", Some(1.0)),
        ("Share of attempts without TCP options", Some(1.0)),
    ];
    for (item, expected) in expected {
        let row = (0..sheet.rows.len()).find(|row| sheet.text(*row, "item") == item);
        let row = row.unwrap_or_else(|| panic!("no row {item}"));
        same(sheet.number(row, "value"), expected, item);
    }
}

fn findings(planted: &Planted, sheet: &Sheet) {
    let mut found: Vec<&str> = (0..sheet.rows.len()).map(|row| sheet.text(row, "subject")).collect();
    let zones = list(&planted.now["dns"]["zones"]).iter();
    let mut expected: Vec<&str> = zones.map(|zone| zone["zone"].as_str().expect("a zone")).collect();
    expected.push("6000/TCP");
    // Actors of the scenario that other detectors find: the tool and the botnet as groups of sources, infected
    // hosts at home, scans for resolvers.
    expected.extend(["JP gre", "JP mirai", "JP smb", "mirai 23/tcp", "sport-6000 22/tcp 1433/tcp"]);
    expected.extend(["large.example", "version.bind"]);
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "what was planted is found, and nothing else");
}
