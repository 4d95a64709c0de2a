//! The portal as a browser and a program meet it: over a socket, from the built binary.

use std::collections::BTreeSet;

use crate::program::{line, run};
use crate::scenario::{ask, small};
use crate::serving::{Answer, Serving};
use crate::tenants::probes;

/// Links of one page that are followed.
const LINKS_MAX: usize = 400;
/// Pages of the portal that need no name.
pub(crate) const PAGES: [&str; 13] = [
    "/",
    "/explore",
    "/packets",
    "/findings",
    "/campaigns",
    "/payloads",
    "/dns",
    "/backscatter",
    "/reports",
    "/sensors",
    "/data",
    "/sql",
    "/api",
];
/// Pages about one thing.
pub(crate) const ENTITIES: [&str; 7] = [
    "/port/6000-tcp",
    "/ip/192.0.2.1",
    "/net/192.0.2.0_24",
    "/as/64496",
    "/country/CN",
    "/tag/masscan",
    "/dns/example.org",
];
/// The period of the small scenario.
pub(crate) const PERIOD: &str = "2014-06-29..2014-07-03";

/// The addresses that a page links to, inside the portal.
fn links(page: &str) -> BTreeSet<String> {
    let hrefs = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let inside = hrefs.filter(|href| href.starts_with('/')).map(|href| {
        href.replace("&#38;", "&").replace("&amp;", "&").split('#').next().unwrap_or_default().to_string()
    });
    inside.collect()
}

/// Every page about the period of the scenario.
pub(crate) fn all_pages() -> Vec<String> {
    let own = PAGES.iter().chain(&ENTITIES).map(|page| format!("{page}?p={PERIOD}"));
    let drawn = ["stacked", "lines", "bars", "heat", "map", "table"];
    let drawn = drawn.iter().map(|graph| format!("/explore?p={PERIOD}&by=country&g={graph}&vs=prev"));
    own.chain(drawn).chain([format!("/packets?p={PERIOD}&row=3")]).collect()
}

#[test]
fn every_page_is_whole_in_both_languages_and_keeps_its_policy() {
    let portal = Serving::start("all", &[]);
    for page in all_pages() {
        for (language, word) in [("ja", "状況"), ("en", "Situation")] {
            let answer = portal.get(&format!("{page}&lang={language}")).ends(200);
            let html = answer.text();
            assert!(
                html.contains(&format!("<html lang=\"{language}\"")) && html.trim_end().ends_with("</html>"),
                "{page}"
            );
            assert!(html.contains(word) && html.matches("<h1").count() == 1, "{page}");
            for forbidden in
                [" style=", "<style", "<script>", " onclick=", "javascript:", "http://", "https://"]
            {
                let html = html.replace("http://www.w3.org/2000/svg", "");
                assert!(!html.contains(forbidden), "{page} has {forbidden}");
            }
            assert!(answer.header("set-cookie").starts_with(&format!("lang={language};")), "{page}");
        }
    }
}

#[test]
fn every_answer_says_what_a_browser_may_do() {
    let portal = Serving::start("all", &[]);
    for path in [
        "/",
        "/nothing",
        "/explore?f=tcp.dsport",
        "/api/v1/top?by=x",
        "/api/v1/top",
        "/healthz",
        "/assets/x.js",
    ] {
        let answer = portal.get(path);
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        for name in
            ["x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "permissions-policy"]
        {
            assert!(!answer.header(name).is_empty(), "{path} says no {name}");
        }
    }
}

#[test]
fn no_link_leads_nowhere() {
    let portal = Serving::start("all", &[]);
    let mut found: BTreeSet<String> = BTreeSet::new();
    for page in ["/", "/explore", "/packets", "/sensors", "/port/6000-tcp", "/country/CN"] {
        found.extend(links(&portal.get(&format!("{page}?p={PERIOD}")).ends(200).text()));
    }
    // A heat map has a link a cell: a few stand for all.
    let mut followed = 0;
    for href in found.iter().take(LINKS_MAX) {
        let answer = portal.get(href);
        assert!(
            matches!(answer.status, 200 | 303),
            "{href}: {} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        followed += 1;
    }
    assert!(followed > 100, "{followed}");
}

#[test]
fn a_number_is_that_of_the_command_line() {
    let portal = Serving::start("all", &[]);
    let filter = "tcp.dstport == 1433 && !icmp";
    let counted = ask(&format!("packets --only-count -Y '{filter}' --period {PERIOD}")).well().text();
    let count: i64 = counted.trim().parse().expect("a number");
    assert!(count > 0);
    let encoded = filter.replace(' ', "+").replace("&&", "%26%26");
    let api = portal.get(&format!("/api/v1/count?filter={encoded}&period={PERIOD}&format=csv")).ends(200);
    assert_eq!(api.text(), format!("packets\r\n{count}\r\n"));
    let page = portal.get(&format!("/packets?f={encoded}&p={PERIOD}&lang=en")).ends(200).text();
    let grouped =
        page.split("class=\"total\">").nth(1).and_then(|rest| rest.split(' ').next()).expect("a total");
    assert_eq!(grouped.replace(',', ""), count.to_string());
    for question in ["top ports", "top countries --vs prev --metric sources", "top ases --top 3"] {
        let cli = ask(&format!("{question} --period 2014-06-30 -o csv --lang en")).well().text();
        let mut words = question.split(' ').skip(1);
        let mut address =
            format!("/api/v1/top?by={}&period=2014-06-30&format=csv&lang=en", words.next().expect("a word"));
        while let (Some(option), Some(value)) = (words.next(), words.next()) {
            let name = match option {
                "--vs" => "compare",
                "--top" => "limit",
                other => other.trim_start_matches('-'),
            };
            address.push_str(&format!("&{name}={value}"));
        }
        assert_eq!(portal.get(&address).ends(200).text().replace("\r\n", "\n"), cli, "{question}");
    }
}

#[test]
fn what_stands_below_a_number_is_told_in_the_readers_language() {
    let portal = Serving::start("all", &[]);
    let told = ask(&format!("top ports --period {PERIOD} --lang en")).well().err;
    let notes = told.lines().filter_map(|line| line.strip_prefix("note: "));
    let notes: Vec<&str> = notes.filter(|note| !note.starts_with("answered from ")).collect();
    assert_eq!(notes.len(), 2, "an estimate, and hours without a packet: {told}");
    let strip = |language: &str| {
        let page = portal.get(&format!("/explore?p={PERIOD}&by=port&lang={language}")).ends(200).text();
        let strip = page.split("<div class=\"trust\">").nth(1).and_then(|rest| rest.split("</div>").next());
        strip.expect("a strip below the chart").to_string()
    };
    let (english, japanese) = (strip("en"), strip("ja"));
    for note in notes {
        assert!(english.contains(&format!("<li>{note}</li>")), "{note}: {english}");
        assert!(!japanese.contains(note), "{japanese}");
    }
    assert!(english.contains("country 2014-06-01") && japanese.contains("国・地域 2014-06-01"), "{japanese}");
    assert_eq!(japanese.matches("<li>").count(), 2, "{japanese}");
    assert!(!japanese.contains("lang=\"en\""), "{japanese}");
}

#[test]
fn a_drawing_can_be_had_as_a_file() {
    let portal = Serving::start("all", &[]);
    let map = format!("/explore?p={PERIOD}&by=country&g=map&vs=prev&lang=en");
    let page = portal.get(&map).ends(200).text();
    assert!(page.contains("Not on the map") || page.contains("A country without a shade"), "{map}");
    assert!(page.contains("src.country+==+%22CN%22") && page.contains("<title>China: "), "{map}");
    for (address, id) in [
        (map.clone(), "chart"),
        (format!("{map}&chart=change"), "change"),
        (format!("/explore?p={PERIOD}"), "chart"),
        (format!("/explore?p={PERIOD}&g=heat&step=day"), "chart"),
        (format!("/explore?p={PERIOD}&by=tag&g=bars"), "chart"),
        (format!("/?p={PERIOD}"), "rate"),
        (format!("/packets?p={PERIOD}"), "hours"),
        (format!("/port/6000-tcp?p={PERIOD}&chart=where"), "where"),
    ] {
        let svg = portal.get(&format!("{address}&format=svg")).ends(200);
        assert_eq!(svg.header("content-type"), "image/svg+xml; charset=utf-8");
        assert_eq!(svg.header("content-disposition"), format!("attachment; filename=\"teiten-{id}.svg\""));
        let text = svg.text();
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"), "{address}");
        assert!(text.contains("TLP:AMBER") && !text.contains("<a "), "{address}");
        let png = portal.get(&format!("{address}&format=png")).ends(200);
        assert_eq!((png.header("content-type"), &png.body[..4]), ("image/png", &b"\x89PNG"[..]));
        let page = portal.get(&address).ends(200).text().replace("&#38;", "&");
        for format in ["svg", "png"] {
            assert!(page.contains(&format!("chart={id}&format={format}")), "{address} leads to no {format}");
        }
    }
    assert_eq!(portal.get(&format!("/sensors?p={PERIOD}&format=svg&chart=none")).status, 404);
    assert!(portal.get("/explore?by=port&g=map&lang=en").ends(400).text().contains("a map shows countries"));
}

#[test]
fn payload_groups_are_those_of_the_command_line_and_open_their_packets() {
    let portal = Serving::start("all", &[]);
    let answer = ask(&format!("ask payloads --period {PERIOD} --top 3 -o csv")).well().text();
    let page = portal.get(&format!("/payloads?p={PERIOD}&top=3&lang=en")).ends(200).text();
    let groups: Vec<&str> = answer.lines().skip(1).collect();
    assert!(!groups.is_empty());
    for group in groups {
        let mut cells = group.split(',');
        let (payload, packets) = (cells.next().expect("bytes"), cells.next().expect("packets"));
        let pairs: Vec<&str> = (0..payload.len() / 2).map(|at| &payload[2 * at..2 * at + 2]).collect();
        let filter = format!("payload+==+{}", pairs.join(":"));
        assert!(page.contains(&filter), "{filter}");
        let counted =
            portal.get(&format!("/api/v1/count?filter={filter}&period={PERIOD}&format=csv")).ends(200);
        assert_eq!(counted.text(), format!("packets\r\n{packets}\r\n"), "{filter}");
    }
}

#[test]
fn what_is_known_of_a_name_has_a_page() {
    let portal = Serving::start("all", &[]);
    let page = portal.get(&format!("/known/mirai?p={PERIOD}&lang=en")).ends(200).text();
    assert!(page.contains("23/TCP") && page.contains("no proof"), "{page}");
    assert_eq!(portal.get("/jump?q=cve-2014-0160").ends(303).header("location"), "/cve/CVE-2014-0160");
    assert_eq!(portal.get("/cve/no-number").status, 404);
    assert_eq!(portal.get("/campaign/campaign:none").status, 404);
}

#[test]
fn what_is_exported_is_what_was_counted() {
    let portal = Serving::start("all", &[]);
    let address = "/api/v1/packets?filter=udp&period=2014-06-30";
    let counted = portal.get("/api/v1/count?filter=udp&period=2014-06-30&format=ndjson").ends(200).text();
    let answer = portal.get(&format!("{address}&format=pcapng")).ends(200);
    assert_eq!(answer.header("content-type"), "application/x-pcapng");
    let file = small().folder.join("exported.pcapng");
    std::fs::write(&file, &answer.body).expect("a file");
    let again = line(&small().folder, "packets -r exported.pcapng --only-count").well().text();
    assert_eq!(counted, format!("{{\"packets\":{}}}\n", again.trim()));
    let published = portal.get(&format!("{address}&format=pcapng&publish=1")).ends(200);
    assert_eq!(published.header("teiten-tlp"), "TLP:CLEAR");
    // What is not rewritten is not called so.
    assert_eq!(portal.get(&format!("{address}&format=csv&publish=1")).status, 400);
    assert!(!published.body.is_empty() && published.body != answer.body);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let portal = Serving::start("all", &[]);
    let problem = |path: &str, status: u16| -> serde_json::Value {
        let answer = portal.get(path).ends(status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        serde_json::from_slice(&answer.body).expect("JSON")
    };
    let told = problem("/api/v1/top?filter=tcp.dsport+%3D%3D+1", 400);
    assert_eq!(
        (&told["type"], &told["errors"][0]["pointer"]),
        (&"/api#problem-filter".into(), &"#/filter".into())
    );
    assert_eq!((&told["errors"][0]["start"], &told["errors"][0]["end"]), (&0.into(), &10.into()));
    assert!(told["errors"][0]["hint"].as_str().is_some_and(|hint| hint.contains("tcp.dstport")), "{told}");
    for (path, status, kind) in [
        ("/api/v1/top?filtr=tcp", 400, "parameter"),
        ("/api/v1/count?by=port", 400, "parameter"),
        ("/api/v1/top?period=2014Q9", 400, "period"),
        ("/api/v1/top?limit=999999", 422, "too-large"),
        ("/api/v1/top?sensor=nobody", 400, "parameter"),
        ("/api/v1/sql?q=DROP+TABLE+packets", 400, "parameter"),
        ("/api/v1/sql?q=SELECT+*+FROM+base_packets", 403, "forbidden"),
        ("/api/v1/nothing", 404, "missing"),
    ] {
        assert_eq!(problem(path, status)["type"], format!("/api#problem-{kind}"), "{path}");
    }
    let page = portal.get("/explore?f=tcp.dsport+%3D%3D+1&lang=en").ends(400).text();
    assert!(page.contains("<mark>tcp.dsport</mark>") && page.contains("did you mean"), "{page}");
}

#[test]
fn texts_of_strangers_stay_texts() {
    let portal = Serving::start("all", &[]);
    for page in [
        "/explore?f=%3Cscript%3Ealert(1)%3C/script%3E",
        "/jump?q=%3Cscript%3E",
        "/sensor/%3Cscript%3E",
        "/tag/%22%3E%3Cscript%3E",
    ] {
        let answer = portal.get(page);
        assert!(answer.status >= 400 && !answer.text().contains("<script>"), "{page}");
    }
    assert_eq!(portal.get("/choose?theme=dark&back=//evil.example").ends(303).header("location"), "/");
    assert_eq!(portal.get("/choose?lang=ja&back=/explore").ends(303).header("location"), "/explore");
}

#[test]
fn the_jump_box_knows_what_a_text_names() {
    let portal = Serving::start("all", &[]);
    for (text, place) in [
        ("6000/tcp", "/port/6000-tcp"),
        ("192.0.2.1", "/ip/192.0.2.1"),
        ("192.0.2.0/24", "/net/192.0.2.0_24"),
        ("AS64496", "/as/64496"),
        ("JP", "/country/JP"),
        ("masscan", "/tag/masscan"),
        ("2014Q2", "/explore?p=2014Q2"),
        ("udp", "/explore?f=proto+==+17"),
        ("ip.ttl+%3C+5", "/explore?f=ip.ttl+%3C+5"),
    ] {
        assert_eq!(portal.get(&format!("/jump?q={text}")).ends(303).header("location"), place, "{text}");
    }
    let several = portal.get("/jump?q=6000&lang=en").ends(200).text();
    assert!(several.contains("/port/6000-tcp") && several.contains("/port/6000-udp"), "{several}");
}

#[test]
fn a_finished_period_is_answered_once() {
    let portal = Serving::start("all", &[]);
    let path = "/api/v1/top?period=2014-06-30";
    let first = portal.get(path).ends(200);
    let tag = first.header("etag").to_string();
    assert!(!tag.is_empty());
    let again = portal.get_with(path, &[("if-none-match", &tag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert!(portal.get("/api/v1/top?period=now-7d").header("etag").is_empty());
    assert_ne!(portal.get_with(path, &[("accept", "text/csv")]).header("etag"), tag);
}

#[test]
fn a_machine_chooses_its_format() {
    let portal = Serving::start("all", &[]);
    let path = "/api/v1/top?period=2014-06-30&limit=2";
    for (accept, kind) in [
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("*/*", "application/json"),
    ] {
        assert_eq!(portal.get_with(path, &[("accept", accept)]).ends(200).header("content-type"), kind);
    }
    let json: serde_json::Value = serde_json::from_slice(&portal.get(path).body).expect("JSON");
    assert_eq!(
        (json["meta"]["period"].as_str(), json["rows"].as_array().map(Vec::len)),
        (Some("2014-06-30"), Some(2))
    );
    let sql = portal.get(&format!("{path}&format=sql")).ends(200).text();
    assert!(sql.contains("SELECT") && sql.contains("FROM ports_hourly"), "{sql}");
    let described: serde_json::Value =
        serde_json::from_slice(&portal.get("/api/v1/openapi.json").ends(200).body).expect("JSON");
    let paths = described["paths"].as_object().expect("paths");
    for (path, _) in paths.iter().filter(|(_, item)| item["get"].is_object()) {
        let known = ["/api/v1/sql", "/api/v1/lookup"].contains(&path.as_str());
        let answer = portal.get(path);
        assert_eq!(
            answer.status,
            if known { 400 } else { 200 },
            "{path}: {}",
            String::from_utf8_lossy(&answer.body)
        );
    }
}

#[test]
fn it_ends_when_it_is_asked_to() {
    let mut portal = Serving::start("all", &[]);
    portal.get("/").ends(200);
    let ended = std::process::Command::new("kill").args(["-TERM", &portal.child.id().to_string()]).status();
    assert!(ended.expect("kill runs").success());
    assert!(portal.child.wait().expect("it ends").success());
}

/// The names of all sensors.
pub(crate) fn sensors() -> Vec<String> {
    let listed = ask("sensor list -o csv").well().text();
    listed.lines().skip(1).filter_map(|row| row.split(',').next().map(ToString::to_string)).collect()
}

/// Asserts that an answer names none of these; what somebody typed may be shown to them again.
pub(crate) fn tells_of_none(answer: &Answer, path: &str, others: &[&String]) {
    let typed = others.iter().filter(|name| path.contains(name.as_str()));
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    let body = typed.fold(body, |body, typed| body.replace(typed.as_str(), ""));
    for name in others {
        assert!(!body.contains(name.as_str()), "{path} tells of {name}");
    }
}

#[test]
fn what_another_process_imports_is_there_at_the_next_look() {
    let folder = &small().folder;
    if folder.join("live").try_exists().expect("a folder") {
        std::fs::remove_dir_all(folder.join("live")).expect("what an earlier run left goes away");
    }
    let import = |paths: &str| {
        line(folder, &format!("import {paths} --sensors sim/sensors.toml --store live")).well();
    };
    import("sim/jp-01");
    let portal = Serving::of("live", &[]);
    let count = || {
        let told = portal.get("/api/v1/count?format=ndjson").ends(200).text();
        let page = portal.get(&format!("/?p={PERIOD}&lang=en")).ends(200).text();
        let snapshot =
            page.split("snapshot ").nth(1).and_then(|rest| rest.split(' ').next()).map(ToString::to_string);
        (told, snapshot)
    };
    let before = count();
    import("sim/jp-02 sim/id-01");
    let after = count();
    assert!(before.0 != after.0 && before.1 != after.1, "{before:?} {after:?}");
    assert_eq!(after.0, format!("{{\"packets\":{}}}\n", crate::scenario::PACKETS));
}

#[test]
fn nobody_is_told_of_the_sensors_of_others() {
    let all = sensors();
    assert!(all.len() > 2, "{all:?}");
    for viewer in ["jp-01", "jp-02", "public"] {
        let portal = Serving::start(viewer, &[]);
        let others: Vec<&String> = all.iter().filter(|name| *name != viewer).collect();
        let other = others[0];
        for probe in probes(other) {
            let answer = probe.ask(&portal, "");
            assert!(answer.status < 500, "{viewer} {}: {}", probe.path, answer.status);
            tells_of_none(&answer, &probe.path, &others);
        }
        // Whether a sensor of somebody else is there cannot be told from the answer.
        let shape = |name: &str| {
            let answer = portal.get(&format!("/sensor/{name}?p={PERIOD}"));
            (answer.status, answer.text().replace(name, ""))
        };
        assert_eq!(shape(other), shape("nobody-01"), "{viewer}");
    }
}

#[test]
fn only_this_machine_is_served() {
    let portal = Serving::start("all", &[]);
    assert_eq!(portal.get_with("/", &[("host", "rebound.example")]).status, 421);
    portal.get_with("/", &[("host", "localhost:8080")]).ends(200);
    let ran = run(&small().folder, &["--store", "st", "serve", "--listen", "0.0.0.0:0"]).ends(2);
    assert!(ran.err.contains("passwords would come there in the clear"), "{}", ran.err);
    let ran = run(&small().folder, &["--store", "st", "serve", "--listen", "here"]).ends(2);
    assert!(ran.err.contains("no address to listen on"), "{}", ran.err);
}

#[test]
fn reports_are_served_from_their_folder_alone() {
    let folder = &small().folder;
    std::fs::create_dir_all(folder.join("site-of-reports")).expect("a folder");
    std::fs::write(folder.join("site-of-reports/page.html"), "<p>report</p>").expect("a file");
    std::fs::write(folder.join("secret.txt"), "secret").expect("a file");
    let portal = Serving::start("all", &["--site", "site-of-reports"]);
    assert_eq!(portal.get("/reports/page.html").ends(200).text(), "<p>report</p>");
    for path in [
        "/reports/../secret.txt",
        "/reports/%2e%2e/secret.txt",
        "/reports/..%2fsecret.txt",
        "/reports//etc/passwd",
    ] {
        let answer = portal.get(path);
        assert!(answer.status == 404 && !answer.text().contains("secret\n"), "{path}: {}", answer.status);
    }
}
