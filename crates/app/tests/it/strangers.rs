//! Texts that strangers sent, in names and payloads: whatever they hold, pages and answers show text.
//!
//! **Invariant:** nothing of a packet ends a tag, an attribute, a line, a header or a cell of an answer.

use std::net::Ipv4Addr;
use std::path::Path;

use teiten_wire::write::pcap::PcapWriter;

use crate::captures::{NOON, write};
use crate::program::line;
use crate::serving::{Answer, Serving};

/// What is sent, as one label of a name and as a payload.
const HOSTILE: &[&[u8]] = &[
    b"<script>alert(1)</script>",
    b"\"><img src=x onerror=alert(2)>",
    b"' onmouseover='alert(3)",
    b"\xe2\x80\xaegpj.exe",
    b"a\r\nset-cookie: owned=1\r\n\r\n<b>owned</b>",
    b"</title><svg onload=alert(4)>",
    b"=HYPERLINK(\"http://evil.example\")",
    b"{{7*7}}${7*7}<%= 7*7 %>",
    b"javascript:alert(5)",
    b"\x1b[2J\x07\x00",
    b"a,b;\tc|d`e`",
    b"]]>--><!--",
];

/// What must not stand in a page as it was sent.
const RAW: &[&str] = &[
    "<script>alert",
    "<img src=x",
    "' onmouseover='",
    "\u{202e}",
    "<b>owned",
    "<svg onload",
    "\x1b[2J",
    "\x07",
    "<!--",
    "href=\"javascript:",
    "href=\"http://evil",
];

/// An Ethernet frame with a datagram to 192.0.2.1.
fn datagram(source: u8, ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    let length = (28 + payload.len()) as u16;
    frame.extend([0x45, 0]);
    frame.extend(length.to_be_bytes());
    frame.extend([0, source, 0, 0, 64, 17, 0, 0]);
    frame.extend(Ipv4Addr::new(198, 51, 100, source).octets());
    frame.extend([192, 0, 2, 1]);
    frame.extend(ports.0.to_be_bytes());
    frame.extend(ports.1.to_be_bytes());
    frame.extend((length - 20).to_be_bytes());
    frame.extend([0, 0]);
    frame.extend(payload);
    frame
}

/// A question for a name of that label under `example`.
fn question(label: &[u8]) -> Vec<u8> {
    let mut message = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, label.len() as u8];
    message.extend(label);
    message.extend(b"\x07example\x00\x00\x01\x00\x01");
    message
}

fn stored(folder: &Path) {
    let mut writer = PcapWriter::new(Vec::new(), 1, false, 65_535).expect("a header");
    for (place, text) in HOSTILE.iter().enumerate() {
        let source = place as u8 + 1;
        let frames = [
            datagram(source, (40_000, 53), &question(text)),
            datagram(source, (40_001, 1900), text),
            datagram(source, (53, 40_002), &question(text)),
        ];
        for (at, frame) in frames.iter().enumerate() {
            let at = (NOON + (place * 3 + at) as i64) * 1_000_000_000;
            writer.packet(at, frame, frame.len() as u32).expect("a packet");
        }
    }
    write(folder, "hostile.pcap", &writer.finish().expect("a capture"));
    line(folder, "import hostile.pcap --sensor s1 --store st").well();
}

/// Nothing of what was sent steers a page; the head is that of every answer.
fn is_text(answer: &Answer, path: &str) {
    assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    assert!(answer.header("set-cookie").is_empty(), "{path}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    let html = answer.text();
    for raw in RAW {
        assert!(!html.contains(raw), "{path} has {raw:?}");
    }
}

#[test]
fn what_strangers_sent_is_only_ever_text() {
    let folder = tempfile::tempdir().expect("a folder");
    stored(folder.path());
    let portal = Serving::at(folder.path(), "st", &[]);
    let period = "p=2014-06-30";
    let mut paths: Vec<String> = [
        "/",
        "/dns",
        "/backscatter",
        "/packets",
        "/port/53-udp",
        "/port/1900-udp",
        "/ip/198.51.100.1",
        "/sensors",
        "/data",
    ]
    .iter()
    .map(|page| format!("{page}?{period}"))
    .collect();
    for by in ["dnsname", "source", "port", "class"] {
        for graph in ["stacked", "bars", "heat", "table"] {
            paths.push(format!("/explore?{period}&by={by}&g={graph}"));
        }
    }
    paths.extend((1..=HOSTILE.len() * 3).map(|row| format!("/packets?{period}&row={row}")));
    paths.push("/sql?q=SELECT+*+FROM+packets".to_string());
    for path in &paths {
        is_text(&portal.get(path), path);
    }
    // The names themselves, as pages link to them.
    let named = portal.get(&format!("/dns?{period}")).ends(200).text();
    let links: Vec<String> = named
        .split("href=\"/dns/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|rest| format!("/dns/{}", rest.replace("&#38;", "&").replace("&amp;", "&")))
        .collect();
    for path in &links {
        is_text(&portal.get(path), path);
    }

    let count = HOSTILE.len() * 3;
    let api = "/api/v1/packets?period=2014-06-30&limit=1000";
    let told: serde_json::Value = serde_json::from_slice(&portal.get(api).ends(200).body).expect("JSON");
    assert_eq!(told["rows"].as_array().map(Vec::len), Some(count));
    assert_eq!(portal.get(&format!("{api}&format=ndjson")).ends(200).text().lines().count(), count);
    for (format, lines) in [("tsv", count + 1), ("md", count + 2)] {
        let text = portal.get(&format!("{api}&format={format}")).ends(200).text();
        let rows = text.lines().filter(|line| !line.is_empty()).count();
        assert!(rows >= lines, "{format}: {rows}");
        assert!(!text.contains("<script>alert(1)</script>") || format == "tsv", "{format}");
    }
    let sql = "/api/v1/sql?q=SELECT+dns_name+AS+name,count(*)+AS+packets+FROM+packets+WHERE+dns_name+IS+NOT+NULL+GROUP+BY+1";
    for (format, kind) in [("json", "application/json"), ("csv", "text/csv; charset=utf-8")] {
        let answer = portal.get(&format!("{sql}&format={format}"));
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        assert_eq!(
            (answer.header("content-type"), answer.header("x-content-type-options")),
            (kind, "nosniff")
        );
        assert!(answer.header("set-cookie").is_empty());
    }
    // For spreadsheets no cell begins a formula.
    let guarded = portal.get(&format!("{sql}&format=csv&bom=1")).ends(200).text();
    assert!(
        !guarded.lines().any(|line| line.trim_start_matches(['\u{feff}', '"']).starts_with('=')),
        "{guarded}"
    );
}
