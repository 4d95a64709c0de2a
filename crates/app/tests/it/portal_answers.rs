//! What the API answers: every row once, however it is cut; every format; the number that everything else says too.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::portal::PERIOD;
use crate::program::line;
use crate::scenario::{ask, small};
use crate::serving::{Answer, Serving};

/// Most pages of an answer that are followed.
const PAGES_MAX: usize = 200;

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// Every row of an answer, by following its links; `between` is done after the first page.
fn followed(portal: &Serving, first: &str, between: impl FnOnce()) -> Vec<String> {
    let (mut path, mut rows, mut between) = (first.to_string(), Vec::new(), Some(between));
    for _ in 0..PAGES_MAX {
        let answer = portal.get(&path).ends(200);
        let told = json(&answer);
        let own = told["rows"].as_array().expect("rows");
        assert_eq!(told["meta"]["count"], own.len().to_string(), "{path}");
        assert_eq!(answer.header("teiten-rows"), own.len().to_string());
        assert_eq!(answer.header("teiten-cut"), told["meta"]["cut"].as_str().expect("a word"));
        rows.extend(own.iter().map(ToString::to_string));
        if let Some(between) = between.take() {
            between();
        }
        let link = answer.header("link");
        if link.is_empty() {
            assert_eq!((told["meta"]["cut"].as_str(), &told["meta"]["next"]), (Some("false"), &Value::Null));
            return rows;
        }
        path = link
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix(">; rel=\"next\""))
            .expect("a link")
            .to_string();
        let cursor = told["meta"]["next"].as_str().expect("a cursor");
        assert!(path.contains(&format!("cursor={cursor}")), "{path}");
        assert!(path.starts_with(first), "the question stays the same: {path}");
    }
    panic!("{first} has no end");
}

#[test]
fn whoever_follows_an_answer_reads_each_row_once_whatever_is_imported_meanwhile() {
    let folder = &small().folder;
    if folder.join("followed").try_exists().expect("a folder") {
        std::fs::remove_dir_all(folder.join("followed")).expect("what an earlier run left goes away");
    }
    let import = |paths: &str| {
        line(folder, &format!("import {paths} --sensors sim/sensors.toml --store followed")).well();
    };
    import("sim/jp-01");
    let portal = Serving::at(folder, "followed", &[]);
    let whole = |path: &str| -> Vec<String> {
        json(&portal.get(path).ends(200))["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let packets = "/api/v1/packets?filter=udp&period=2014-06-30&tz=UTC";
    let ports = "/api/v1/top?by=source&period=2014-06-30";
    let sql =
        "/api/v1/sql?q=SELECT+ts,frame,input,src_port+FROM+packets+WHERE+dst_port=445+ORDER+BY+ts,frame";
    let before =
        [whole(&format!("{packets}&limit=10000")), whole(&format!("{ports}&limit=10000")), whole(sql)];
    for rows in &before {
        assert!(rows.len() > 60, "{}", rows.len());
        assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len());
    }
    let cut = before[0].len() / 5 + 1;
    assert_eq!(followed(&portal, &format!("{packets}&limit={cut}"), || import("sim/jp-02")), before[0]);
    let sources = whole(&format!("{ports}&limit=10000"));
    assert_eq!(followed(&portal, &format!("{ports}&limit=50"), || import("sim/id-01")), sources);
    // A new question is asked of what there is by now.
    assert_ne!(whole(&format!("{ports}&limit=10000")), sources);
    assert!(followed(&portal, &format!("{sql}&limit=300"), || ()).len() > before[2].len());
    let findings = followed(&portal, "/api/v1/findings?limit=3", || ());
    assert_eq!(findings, whole("/api/v1/findings"));
}

#[test]
fn a_cursor_is_refused_beside_another_question() {
    let portal = Serving::start("all", &[]);
    let told = json(&portal.get("/api/v1/packets?period=2014-06-30&limit=5").ends(200));
    let cursor = told["meta"]["next"].as_str().expect("more than five").to_string();
    portal.get(&format!("/api/v1/packets?period=2014-06-30&limit=7&format=csv&cursor={cursor}")).ends(200);
    let gone = cursor.split('.').enumerate().map(|(at, part)| if at == 1 { "99999999" } else { part });
    let gone = gone.collect::<Vec<&str>>().join(".");
    for (path, status) in [
        (format!("/api/v1/packets?period=2014-07-01&limit=5&cursor={cursor}"), 400),
        (format!("/api/v1/top?period=2014-06-30&cursor={cursor}"), 400),
        ("/api/v1/packets?cursor=next".to_string(), 400),
        (format!("/api/v1/packets?period=2014-06-30&limit=5&cursor={gone}"), 404),
        (format!("/api/v1/count?cursor={cursor}"), 400),
    ] {
        let answer = portal.get(&path).ends(status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        assert_eq!(json(&answer)["errors"][0]["pointer"], "#/cursor", "{path}");
    }
    let member = Serving::start("jp-01", &[]);
    member.get(&format!("/api/v1/packets?period=2014-06-30&limit=5&cursor={cursor}")).ends(400);
}

#[test]
fn many_addresses_are_looked_up_at_once() {
    let portal = Serving::start("all", &[]);
    let many: String = (0..3_000_u32).map(|at| format!("198.51.{}.{}\n", at / 250, at % 250)).collect();
    let answer =
        portal.send("POST", "/api/v1/lookup?format=ndjson", &[("content-type", "text/plain")], &many);
    let answer = answer.ends(200);
    assert_eq!(answer.text().lines().count(), 3_000);
    let read = portal.get("/api/v1/lookup?q=198.51.0.7&format=ndjson").ends(200).text();
    assert_eq!(answer.text().lines().nth(7), Some(read.trim_end()));
    let json_lines = "{\"address\":\"192.0.2.1\"}\n\"2001:db8::1\"\n";
    let accepted = [("accept", "text/csv"), ("content-type", "application/x-ndjson")];
    assert_eq!(
        portal.send("POST", "/api/v1/lookup", &accepted, json_lines).ends(200).text().lines().count(),
        3
    );
    for (body, status, said) in [
        ("192.0.2.1\nnobody\n".to_string(), 400, "line 2"),
        ("192.0.2.1\n".repeat(100_001), 422, "100000"),
        (" ".repeat((8 << 20) + 1), 422, "8388608 bytes"),
    ] {
        let answer = portal.send("POST", "/api/v1/lookup", &[], &body).ends(status);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(answer.text().contains(said), "{}", answer.text());
    }
    assert_eq!(portal.send("POST", "/api/v1/top", &[], "x").status, 405);
}

#[test]
fn each_format_is_had_by_its_word_and_by_its_media_type() {
    let portal = Serving::start("all", &[]);
    for operation in [
        "top?period=2014-06-30",
        "series?period=2014-06-30",
        "packets?period=2014-06-30&limit=20",
        "sql?q=SELECT+1+AS+one",
        "findings?",
    ] {
        for (word, kind) in [
            ("json", "application/json"),
            ("ndjson", "application/x-ndjson"),
            ("csv", "text/csv"),
            ("tsv", "text/tab-separated-values"),
            ("md", "text/markdown"),
            ("parquet", "application/vnd.apache.parquet"),
        ] {
            let path = format!("/api/v1/{operation}");
            let named = portal.get(&format!("{path}&format={word}")).ends(200);
            assert!(named.header("content-type").starts_with(kind), "{path} {word}");
            let accepted = portal.get_with(&path, &[("accept", kind)]).ends(200);
            assert!(accepted.header("content-type").starts_with(kind), "{path} {kind}");
            assert_eq!(accepted.header("teiten-rows"), named.header("teiten-rows"), "{path} {word}");
            if word != "json" {
                assert!(accepted.body == named.body, "{path} {word}");
            }
            match word {
                "json" => assert_eq!(
                    json(&named)["rows"].as_array().map(Vec::len),
                    json(&accepted)["rows"].as_array().map(Vec::len)
                ),
                "ndjson" => named
                    .text()
                    .lines()
                    .for_each(|line| drop(serde_json::from_str::<Value>(line).expect("JSON"))),
                "parquet" => assert!(named.body.starts_with(b"PAR1") && named.body.ends_with(b"PAR1")),
                _ => {}
            }
        }
    }
    for (word, kind, start) in [
        ("pcapng", "application/x-pcapng", &b"\x0a\x0d\x0d\x0a"[..]),
        ("pcap", "application/vnd.tcpdump.pcap", b""),
    ] {
        let path = "/api/v1/packets?period=2014-06-30&sensor=jp-02&limit=20";
        let named = portal.get(&format!("{path}&format={word}"));
        let accepted = portal.get_with(path, &[("accept", kind)]);
        assert_eq!((named.status, &named.body), (accepted.status, &accepted.body), "{word}");
        if named.status == 200 {
            assert!(named.body.starts_with(start) && named.header("content-type") == kind, "{word}");
        }
    }
    assert_eq!(portal.get("/api/v1/top?format=pcapng").status, 400);
}

/// Filters that tshark reads too, with a period.
const SELECTIONS: &[&str] = &[
    "tcp.dstport == 445",
    "tcp.flags.syn == 1 && tcp.flags.ack == 0",
    "udp",
    "udp.srcport == 53 && dns.flags.rcode == 3",
    "icmp.type == 3",
    "ip.dst == 192.0.2.0/29 && tcp.dstport in {22, 80, 443..445}",
    "ip.ttl < 50 && !(tcp.dstport == 22)",
    "tcp.dstport == 1",
];

#[test]
fn page_api_command_line_and_tshark_say_the_same_number() {
    let portal = Serving::start("all", &[]);
    let period = "2014-06-30..2014-07-02";
    let all = portal.get(&format!("/api/v1/packets?period={period}&format=pcapng")).ends(200);
    let file = small().folder.join("all-of-the-portal.pcapng");
    std::fs::write(&file, &all.body).expect("a file");
    for filter in SELECTIONS {
        let ran = Command::new("tshark")
            .args(["-r", &file.display().to_string(), "-Y", filter, "-T", "fields", "-e", "frame.number"])
            .output()
            .expect("tshark counts beside us: install the package tshark");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let count = ran.stdout.iter().filter(|byte| **byte == b'\n').count();
        let encoded = filter.replace('&', "%26").replace(' ', "+").replace('<', "%3C");
        let api =
            portal.get(&format!("/api/v1/count?filter={encoded}&period={period}&format=ndjson")).ends(200);
        assert_eq!(api.text(), format!("{{\"packets\":{count}}}\n"), "{filter}");
        let cli = ask(&format!("packets --only-count -Y '{filter}' --period {period}")).well().text();
        assert_eq!(cli.trim(), count.to_string(), "{filter}");
        let page = portal.get(&format!("/packets?f={encoded}&p={period}&lang=en")).ends(200).text();
        let total =
            page.split("class=\"total\">").nth(1).and_then(|rest| rest.split(' ').next()).expect("a total");
        assert_eq!(total.replace(',', ""), count.to_string(), "{filter}");
        let table = portal
            .get(&format!("/api/v1/top?filter={encoded}&period={period}&by=sensor&limit=100"))
            .ends(200);
        let rows = json(&table)["rows"].as_array().expect("rows").clone();
        let sum: i64 = rows.iter().map(|row| row["packets"].as_i64().expect("a number")).sum();
        assert_eq!(sum, count as i64, "{filter}");
    }
}

/// Lists of pages: their operation, and the command that gives the same.
const LISTS: &[(&str, &str)] = &[
    ("payloads?filter=udp&limit=7&period=2014-06-30", "ask payloads -Y udp --top 7 --period 2014-06-30"),
    (
        "resolvers?limit=5&period=2014-06-29..2014-07-03",
        "resolver list --top 5 --period 2014-06-29..2014-07-03",
    ),
    ("resolvers?by=country&limit=5", "resolver list --by country --top 5 --period 2014-06-29..2014-07-03"),
    (
        "victims?limit=5&period=2014-06-29..2014-07-03",
        "backscatter list --top 5 --period 2014-06-29..2014-07-03",
    ),
    ("sensors?period=2014-06-30", "sensor list --period 2014-06-30"),
    ("accounts", "store account"),
    ("inputs", "store inputs"),
];

#[test]
fn lists_of_pages_are_those_of_the_command_line() {
    let rows = |text: &str| -> Vec<serde_json::Map<String, Value>> {
        text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
    };
    // The command line counts days that were not counted yet; the portal only reads what was counted.
    let told: Vec<_> =
        LISTS.iter().map(|(_, command)| ask(&format!("{command} -o ndjson -q")).well().text()).collect();
    let portal = Serving::start("all", &[]);
    for ((path, command), told) in LISTS.iter().zip(&told) {
        let join = if path.contains('?') { '&' } else { '?' };
        let api = rows(&portal.get(&format!("/api/v1/{path}{join}format=ndjson")).ends(200).text());
        let told = rows(told);
        assert!(!api.is_empty() && api.len() == told.len(), "{path}: {} rows, {}", api.len(), told.len());
        for (own, other) in api.iter().zip(&told) {
            for (name, value) in own {
                assert_eq!(Some(value), other.get(name), "{name} of {path} and {command}");
            }
        }
    }
    for (path, said) in [("resolvers?by=port", "resolver, country, as"), ("findings?q=rsdoss", "`rsdos`")] {
        let refused = portal.get(&format!("/api/v1/{path}")).ends(400).text();
        assert!(refused.contains(said), "{refused}");
    }
}

/// Addresses that were given out; none may ever lead nowhere.
const OLD: &[&str] = &[
    "/explore?f=tcp.dstport==6379&p=2014Q2&vs=prev&by=src.country&g=stacked&top=10&tz=UTC",
    "/explore?filter=tcp.dstport+%3D%3D+23&period=2014Q2&compare=prev-year&limit=5",
    "/explore?from=2014-06-29&to=2014-07-03&sensor=jp-01&sensor=jp-02",
    "/explore?p=2014-06-30&group=jp&by=ports&metric=rate&step=hour&g=heat",
    "/packets?f=&p=2014-06&skip=200&row=203&vs=none",
    "/port/6379-tcp?p=2014Q2",
    "/port/445-tcp?p=2014-06-30",
    "/ip/192.0.2.1",
    "/net/192.0.2.0_24",
    "/as/64496",
    "/country/JP",
    "/tag/mirai",
    "/dns/example.org",
    "/findings?p=2014Q2",
    "/sensor/jp-01?p=2014-06-29..2014-07-03",
    "/sql?q=SHOW+TABLES",
    "/api/v1/top?by=port&period=2014Q2&compare=prev&limit=5",
    "/api/v1/packets?filter=tcp.dstport==6379&period=2014-06-01&format=pcapng",
    "/api/v1/filter/check?filter=tcp.dstp&skip=3",
];

#[test]
fn an_address_that_was_given_out_still_leads_where_it_led() {
    let portal = Serving::start("all", &[]);
    for path in OLD {
        let answer = portal.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    }
    let page = portal.get(&format!("/explore?p={PERIOD}&by=country&lang=en")).ends(200).text();
    assert!(page.contains(&format!("p={PERIOD}")), "what a page links to has its own period");
}
