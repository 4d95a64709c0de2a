//! Rules of Suricata, such as Emerging Threats Open: ports, vulnerabilities and dates (rule D128).
//!
//! A rule's ports are those its traffic goes to; `any`, variables, negations and long ranges say nothing about a port.
//! The vulnerabilities are those of `reference:cve` and those written as `CVE-2021-44228` anywhere in the rule.
//!
//! **Invariant:** rules of the paid set (sid 2800000 to 2899999), whose licence is another, are never kept.

use super::Loaded;
use crate::record::{Kind, PortRange, Record, clean, cve_id};
use crate::source::Source;
use teiten_model::interval::Day;
use teiten_model::protocols::{TCP, UDP};
use teiten_refdata::edition::parse_day;

/// Identifiers of the paid set, as the head of the files says.
const PAID_SIDS: std::ops::Range<u64> = 2_800_000..2_900_000;

const ACTIONS: [&str; 7] = ["alert", "drop", "reject", "pass", "rejectsrc", "rejectdst", "rejectboth"];

/// Whether a line begins as a rule does.
pub(super) fn is_rule(line: &str) -> bool {
    line.split_whitespace().next().is_some_and(|word| ACTIONS.contains(&word)) && line.contains('(')
}

pub(super) fn read(bytes: &[u8]) -> Loaded {
    let text = String::from_utf8_lossy(bytes);
    let mut loaded = Loaded::of(Source::Rules);
    if text.contains("Redistribution and use in source and binary forms") {
        loaded.licence = Some("BSD-3-Clause".to_string());
    }
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match record(line) {
            Ok(record) => loaded.records.push(record.tidy()),
            Err(reason) => loaded.skip(format!("line {number}"), reason),
        }
    }
    loaded.date = loaded.records.iter().filter_map(|record| record.modified.or(record.published)).max();
    loaded
}

fn record(line: &str) -> Result<Record, String> {
    let (head, options) = line.split_once('(').ok_or("it has no options in brackets")?;
    let options = options.trim_end().strip_suffix(')').ok_or("its options are not closed")?;
    let words = head_words(head);
    let [action, proto, _, _, arrow, _, ports] = words.as_slice() else {
        return Err(format!("its head has {} words, not 7", words.len()));
    };
    if !ACTIONS.contains(&action.as_str()) || !matches!(arrow.as_str(), "->" | "<>" | "=>") {
        return Err("its head is not that of a rule".to_string());
    }
    let mut record = Record::of(Kind::Rule, "");
    let mut sid = None;
    for option in split(options) {
        let (key, value) = option.split_once(':').unwrap_or((option, ""));
        let value = value.trim();
        match key.trim() {
            "msg" => record.title = unquoted(value),
            "sid" => sid = value.parse::<u64>().ok(),
            "reference" => reference(value, &mut record),
            "metadata" => metadata(value, &mut record),
            _ => {}
        }
    }
    let sid = sid.ok_or("it has no sid")?;
    if PAID_SIDS.contains(&sid) {
        return Err(format!("sid {sid} is of the paid set, whose licence is another"));
    }
    if record.title.is_empty() {
        return Err(format!("sid {sid} has no msg"));
    }
    record.id = format!("sid:{sid}");
    record.cves.extend(named_cves(options));
    record.ports = ports_of(proto, ports);
    Ok(record)
}

/// The words of a head: a list in brackets is one word, whatever blanks it holds.
fn head_words(head: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut depth, mut open) = (0i32, false);
    for letter in head.chars() {
        depth += i32::from(letter == '[') - i32::from(letter == ']');
        if letter.is_whitespace() {
            open &= depth > 0;
            continue;
        }
        if !open {
            words.push(String::new());
            open = true;
        }
        if let Some(word) = words.last_mut() {
            word.push(letter);
        }
    }
    words
}

/// Options between semicolons that are neither quoted nor escaped.
fn split(options: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (place, letter) in options.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                parts.push(options[start..place].trim());
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(options[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

fn unquoted(value: &str) -> String {
    value.trim_matches('"').replace("\\\"", "\"").replace("\\;", ";")
}

fn reference(value: &str, record: &mut Record) {
    match value.split_once(',') {
        Some(("cve", number)) => {
            let number = number.trim();
            record.cves.extend(cve_id(number).or_else(|| cve_id(&format!("CVE-{number}"))));
        }
        Some(("url", url)) => record.references.push(format!("https://{}", url.trim())),
        _ => {}
    }
}

fn metadata(value: &str, record: &mut Record) {
    let day = |text: &str| -> Option<Day> { parse_day(&text.trim().replace('_', "-")) };
    for pair in value.split(',') {
        let Some((key, value)) = pair.trim().split_once(' ') else { continue };
        match key {
            "created_at" => record.published = day(value),
            "updated_at" => record.modified = day(value),
            "malware_family" | "affected_product" => record.names.push(clean(&value.replace('_', " "), 80)),
            _ => {}
        }
    }
}

/// Numbers written as `CVE-2021-44228` or `CVE_2021_44228`.
fn named_cves(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (place, _) in text.match_indices("CVE") {
        let rest = &text[place + 3..];
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let Some(rest) = rest.strip_prefix(['-', '_']) else { continue };
        if digits(rest) != 4 {
            continue;
        }
        let Some(number) = rest[4..].strip_prefix(['-', '_']) else { continue };
        found.extend(cve_id(&format!("CVE-{}-{}", &rest[..4], &number[..digits(number)])));
    }
    found
}

fn ports_of(proto: &str, ports: &str) -> Vec<PortRange> {
    let number = match proto {
        "udp" | "dns" | "tftp" | "snmp" | "sip" | "ntp" | "dhcp" | "ike" | "krb5" | "quic" => UDP,
        "icmp" | "ip" => return Vec::new(),
        _ => TCP,
    };
    let parts = ports.trim_start_matches('[').trim_end_matches(']').split(',');
    parts
        .filter_map(|part| {
            let part = part.trim();
            let (first, last) = part.split_once(':').unwrap_or((part, part));
            PortRange::of(number, first.parse().ok()?, last.parse().ok()?)
        })
        .collect()
}
