//! The API asked with parameters that are drawn by its own description: good ones, bad ones, all together.
//!
//! **Invariant:** whatever is asked, no answer is a fault of ours; what is answered has the form that was asked for, and
//! what is refused is a problem that the description names.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::serving::{Answer, Serving};

/// Requests that are drawn.
const CASES: u32 = 200;

/// Words that a parameter takes, and some that it does not.
fn words(name: &str, schema: &Value) -> Vec<String> {
    if let Some(words) = schema["enum"].as_array() {
        let words = words.iter().filter_map(Value::as_str).map(ToString::to_string);
        return words.chain(["2".to_string(), "ja,en".to_string()]).collect();
    }
    let words: &[&str] = match name {
        "filter" => &[
            "tcp.dstport == 445",
            "udp",
            "!(tcp) || icmp.type == 3",
            "src.country == \"CN\"",
            "tag == \"masscan\"",
            "sensor == \"jp-01\"",
            "payload contains \"GET\"",
            "dns.qry.name matches \"a+$\"",
            "tcp.dstport in {1..65535}",
            "tcp.dsport == 1",
            "tcp.dstport ==",
            "((((((((((tcp))))))))))",
            "ip.src == 999.1.1.1",
            "frame.time >= \"2014-06-30\"",
        ],
        "period" => &[
            "2014-06-30",
            "2014Q2",
            "2014",
            "FY2014",
            "now-7d",
            "2014-06-29..2014-07-01",
            "2014Q9",
            "9999",
            "A..B",
        ],
        "from" | "to" => &["2014-06-30", "2014-07-01T12:00", "now", "1970-01-01", "9999-12-31", "yesterday"],
        "scanners" => &["with", "without", "only", "some"],
        "sensor" => &["jp-01", "id-01", "nobody", "'"],
        "group" => &["jp", "overseas", "nowhere"],
        "compare" => &["prev", "prev-year", "2014-06-29", "none", "later"],
        "by" => &[
            "port", "country", "source", "as", "tag", "class", "sensor", "srcport", "hour", "dst.port",
            "colour",
        ],
        "metric" => &["packets", "sources", "sensors", "rate", "per-address", "weight"],
        "step" => &["hour", "day", "week", "month", "year", "minute"],
        "tz" => &["UTC", "Asia/Tokyo", "America/St_Johns", "Nowhere/Land"],
        "q" => &[
            "SHOW TABLES",
            "SELECT 1",
            "SELECT count(*) FROM packets",
            "SELECT * FROM ports_hourly LIMIT 3",
            "SELECT 1/0",
            "SELECT CAST('x' AS int)",
            "SELECT * FROM nothing",
            "DROP TABLE packets",
            "SELECT 9223372036854775807 + 1",
            "SELECT repeat('x', 1000)",
            "EXPLAIN SELECT 1",
            ";",
            "192.0.2.1",
            "192.0.2.1, 2001:db8::1",
        ],
        "format" => &["json", "ndjson", "csv", "tsv", "md", "parquet", "sql", "pcapng", "pcap", "xml"],
        "limit" => &["1", "2", "10", "0", "10001", "99999999999999999999", "-1"],
        "skip" => &["0", "7", "1000000", "1000001", "x"],
        "cursor" => &[
            "1.1.0.0.00.",
            "1.1.1.9.0123456789abcdef.",
            "x",
            "1.18446744073709551615.-1.18446744073709551615.aa.aa",
        ],
        _ => &["1", "", "x"],
    };
    words.iter().map(|word| (*word).to_string()).collect()
}

/// A value for a parameter: mostly a word of its own, sometimes anything.
fn value(name: &str, schema: &Value) -> BoxedStrategy<String> {
    prop_oneof![6 => select(words(name, schema)), 1 => "[ -~]{0,20}", 1 => any::<String>().prop_map(|text| text.chars().take(20).collect())]
        .boxed()
}

/// A request: the operation's place, and a few of its parameters.
type Request = (String, Vec<(String, String)>);

/// Draws a request.
fn request(described: &Value) -> BoxedStrategy<Request> {
    let paths = described["paths"].as_object().expect("paths");
    let one = |(path, item): (&String, &Value)| {
        let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        let drawn: Vec<BoxedStrategy<Option<(String, String)>>> = parameters
            .iter()
            .map(|parameter| {
                let name = parameter["name"].as_str().expect("a name").to_string();
                let value = value(&name, &parameter["schema"]);
                // Of many parameters a few are drawn, so that not every request is wrong somewhere.
                let is_vital = name == "q";
                proptest::option::weighted(
                    if is_vital { 0.95 } else { 0.2 },
                    value.prop_map(move |value| (name.clone(), value)),
                )
                .boxed()
            })
            .collect();
        let path = path.clone();
        drawn.prop_map(move |pairs| (path.clone(), pairs.into_iter().flatten().collect())).boxed()
    };
    // What is written takes a token.
    let asked = paths.iter().filter(|(_, item)| item["get"].is_object());
    let all: Vec<BoxedStrategy<Request>> = asked.map(one).collect();
    proptest::strategy::Union::new(all).boxed()
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |done, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => done + &char::from(byte).to_string(),
        byte => done + &format!("%{byte:02X}"),
    })
}

/// What is wrong with an answer; `None` when it is one.
fn fault(described: &Value, path: &str, pairs: &[(String, String)], answer: &Answer) -> Option<String> {
    let kind = answer.header("content-type");
    let responses = &described["paths"][path]["get"]["responses"];
    let known = responses[answer.status.to_string()].is_object();
    if answer.status >= 500 || !known {
        return Some(format!("status {}", answer.status));
    }
    if answer.status != 200 {
        let problem: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let is_problem = problem.is_some_and(|problem| {
            problem["status"] == answer.status
                && problem["type"].as_str().is_some_and(|kind| kind.starts_with("/api#problem-"))
        });
        return (!is_problem || kind != "application/problem+json").then(|| format!("no problem: {kind}"));
    }
    let format = pairs.iter().rev().find(|(name, text)| name == "format" && !text.trim().is_empty());
    let rows: Option<usize> = answer.header("teiten-rows").parse().ok();
    let is_well = match format.map(|(_, format)| format.as_str()) {
        None | Some("json") => {
            let told: Option<Value> = serde_json::from_slice(&answer.body).ok();
            told.is_some_and(|told| path.ends_with("/check") || told["rows"].as_array().map(Vec::len) == rows)
        }
        Some("ndjson") => {
            let text = answer.text();
            let lines = text.lines().map(serde_json::from_str::<Value>);
            Some(text.lines().count()) == rows && lines.into_iter().all(|line| line.is_ok())
        }
        Some("parquet") => answer.body.starts_with(b"PAR1") && answer.body.ends_with(b"PAR1"),
        Some("csv" | "tsv" | "md") => std::str::from_utf8(&answer.body).is_ok(),
        Some("sql") => kind.starts_with("application/sql"),
        Some("pcapng" | "pcap") => !answer.body.is_empty(),
        Some(_) => false,
    };
    (!is_well).then(|| format!("not what was asked for: {kind}"))
}

#[test]
fn no_question_that_the_description_allows_is_a_fault_of_ours() {
    let portal = Serving::start("all", &[]);
    let described: Value =
        serde_json::from_slice(&portal.get("/api/v1/openapi.json").ends(200).body).expect("JSON");
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let ran = runner.run(&request(&described), |(path, pairs)| {
        let query: Vec<String> =
            pairs.iter().map(|(name, text)| format!("{name}={}", encoded(text))).collect();
        let address = format!("{path}?{}", query.join("&"));
        let answer = portal.get(&address);
        match fault(&described, &path, &pairs, &answer) {
            None => Ok(()),
            Some(said) => {
                let body = String::from_utf8_lossy(&answer.body);
                Err(TestCaseError::fail(format!(
                    "{address}: {said}\n{}",
                    body.chars().take(500).collect::<String>()
                )))
            }
        }
    });
    // What failed is printed with the request that shows it, the smallest one.
    ran.unwrap_or_else(|error| panic!("{error}"));
    portal.get("/").ends(200);
}
