//! Lists of organisations that scan openly, and from which addresses (rule D53).
//!
//! Three forms: CSV of address or prefix, organisation and day last seen (also as JSON objects with
//! `ip`, `scanner`, `last_seen`); MISP warning lists; maltrail's `address # host`. A host name from a
//! list is cut to the part that was registered, because every probe has its own.
//!
//! Lists of the last form are kept by hand and hold slips of the pen: an entry that is no address is
//! passed over and counted, while there are few.
//!
//! **Invariant:** an entry with a day last seen counts until [`LAST_SEEN_DAYS_MAX`] days after it:
//! cloud addresses change hands.

use std::net::IpAddr;
use std::path::Path;

use serde::Deserialize;
use teiten_model::address::Prefix;
use teiten_model::interval::Day;

use crate::edition::parse_day;
use crate::error::{RefdataError, Result};
use crate::flatten::Spans;
use crate::text::{bad_line, clean, each_record, parse_range};

/// How long after it was last seen an entry counts, in days.
pub const LAST_SEEN_DAYS_MAX: i32 = 90;

/// Of how many entries of a list kept by hand at most one may be no address.
const SLIP_ENTRIES_MIN: u64 = 100;

/// An organisation at a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Actor {
    pub(crate) organisation: String,
    /// The day it was last seen there; `None` when the list says none.
    pub(crate) last_seen: Option<Day>,
}

/// Ranges with the organisation that scans from there.
pub(crate) type ActorSpans = Spans<Actor>;

/// Reads `address or prefix, organisation, last_seen` or `address # host`.
pub(crate) fn read_text(bytes: &[u8], path: &Path, spans: &mut ActorSpans) -> Result<ListFacts> {
    let hosts = is_host_list(bytes);
    if hosts { read_hosts(bytes, path, spans) } else { read_csv(bytes, path, spans) }
}

/// Whether lines are of the form `address # host`.
fn is_host_list(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(64 * 1024)]);
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| !line.contains(','))
}

fn add(spans: &mut ActorSpans, address: &str, actor: Actor) -> Option<()> {
    let (first, last) = match address.split_once('-') {
        Some((first, last)) => parse_range(first.trim(), last.trim())?,
        None => ends(address.parse().ok()?),
    };
    spans.add(first, last, actor).then_some(())
}

/// The ends of a prefix.
pub(crate) fn ends(prefix: Prefix) -> (IpAddr, IpAddr) {
    let length = u32::from(prefix.length());
    match prefix.first() {
        IpAddr::V4(first) => {
            let host = u32::MAX.checked_shr(length).unwrap_or(0);
            (IpAddr::V4(first), IpAddr::V4((u32::from(first) | host).into()))
        }
        IpAddr::V6(first) => {
            let host = u128::MAX.checked_shr(length).unwrap_or(0);
            (IpAddr::V6(first), IpAddr::V6((u128::from(first) | host).into()))
        }
    }
}

fn read_csv(bytes: &[u8], path: &Path, spans: &mut ActorSpans) -> Result<ListFacts> {
    let mut records = 0;
    let mut date = None;
    each_record(bytes, path, |record| {
        let (address, organisation, seen) = (record.field(0), clean(&record.field(1)), record.field(2));
        let wrong = |reason: String| bad_line(path, record.line, reason);
        let last_seen = match &*seen {
            "" => None,
            text => parse_day(text.get(..10).unwrap_or(text)),
        };
        if records == 0 && record.line <= 1 && address.parse::<Prefix>().is_err() && !address.contains('.') {
            return Ok(());
        }
        if organisation.is_empty() {
            return Err(wrong("the organisation is missing".to_string()));
        }
        if !seen.is_empty() && last_seen.is_none() {
            return Err(wrong(format!("`{seen}` is not a day as YYYY-MM-DD")));
        }
        add(spans, &address, Actor { organisation, last_seen })
            .ok_or_else(|| wrong(format!("`{address}` is not an address or prefix")))?;
        records += 1;
        date = date.max(last_seen);
        Ok(())
    })?;
    Ok(ListFacts { records, skipped: 0, date })
}

fn read_hosts(bytes: &[u8], path: &Path, spans: &mut ActorSpans) -> Result<ListFacts> {
    let mut facts = ListFacts::default();
    let mut slip = None;
    let list = path.file_stem().map_or_else(String::new, |stem| clean(&stem.to_string_lossy()));
    for (number, line) in (1u64..).zip(String::from_utf8_lossy(bytes).lines()) {
        let (address, host) = line.split_once('#').unwrap_or((line, ""));
        let address = address.trim();
        if address.is_empty() {
            continue;
        }
        facts.records += 1;
        let organisation = organisation_of_host(host).unwrap_or_else(|| list.clone());
        if add(spans, address, Actor { organisation, last_seen: None }).is_none() {
            facts.skipped += 1;
            slip = slip.or_else(|| {
                Some(bad_line(path, number, format!("`{}` is not an address or prefix", clean(address))))
            });
        }
    }
    match slip {
        Some(error) if facts.skipped.saturating_mul(SLIP_ENTRIES_MIN) > facts.records => Err(error),
        _ => Ok(facts),
    }
}

/// Labels under which names are registered inside a country's domain.
const SECOND_LEVEL: &[&str] = &["ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"];

/// The registered part of a host name, or the words of a remark; `None` when it says nothing.
fn organisation_of_host(remark: &str) -> Option<String> {
    let text = clean(remark.split('(').next().unwrap_or(""));
    let name = text.trim_matches('.');
    if name.is_empty() || name.parse::<IpAddr>().is_ok() {
        return None;
    }
    if name.contains(' ') || !name.contains('.') {
        return Some(name.to_string());
    }
    let labels: Vec<&str> = name.split('.').collect();
    let country = labels.last().is_some_and(|label| label.len() == 2);
    let second = labels.len().checked_sub(2).is_some_and(|place| SECOND_LEVEL.contains(&labels[place]));
    let keep = if country && second { 3 } else { 2 };
    Some(labels[labels.len().saturating_sub(keep)..].join("."))
}

#[derive(Deserialize)]
struct WarningList {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    version: u64,
    list: Vec<String>,
}

#[derive(Deserialize)]
struct SeenScanner {
    ip: String,
    scanner: String,
    #[serde(default)]
    last_seen: String,
}

/// What a list says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ListFacts {
    /// Entries read.
    pub(crate) records: u64,
    /// Entries that are no address and were passed over.
    pub(crate) skipped: u64,
    /// The day the list says it is of.
    pub(crate) date: Option<Day>,
}

/// Reads a MISP warning list (type `cidr` only), or an array of objects with `ip`, `scanner`, `last_seen`.
pub(crate) fn read_json(bytes: &[u8], path: &Path, spans: &mut ActorSpans) -> Result<ListFacts> {
    let broken = |reason: String| RefdataError::Broken { path: path.into(), reason };
    let start = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if start == Some(&b'[') {
        let entries: Vec<SeenScanner> =
            serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))?;
        let mut facts = ListFacts::default();
        for entry in entries {
            let last_seen = parse_day(entry.last_seen.get(..10).unwrap_or(&entry.last_seen));
            if !entry.last_seen.is_empty() && last_seen.is_none() {
                return Err(broken(format!("`{}` is not a day as YYYY-MM-DD", clean(&entry.last_seen))));
            }
            add(spans, entry.ip.trim(), Actor { organisation: clean(&entry.scanner), last_seen })
                .ok_or_else(|| broken(format!("`{}` is not an address or prefix", clean(&entry.ip))))?;
            facts.records += 1;
            facts.date = facts.date.max(last_seen);
        }
        return Ok(facts);
    }
    let list: WarningList = serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))?;
    if list.kind != "cidr" {
        return Err(broken(format!(
            "its entries are of type `{}`, and only `cidr` lists are addresses",
            clean(&list.kind)
        )));
    }
    let organisation = organisation_of_list(&list.name);
    for text in &list.list {
        let actor = Actor { organisation: organisation.clone(), last_seen: None };
        add(spans, text.trim(), actor)
            .ok_or_else(|| broken(format!("`{}` is not an address or prefix", clean(text))))?;
    }
    Ok(ListFacts { records: list.list.len() as u64, skipped: 0, date: version_day(list.version) })
}

/// The organisation in the name of a warning list, without the words around it.
fn organisation_of_list(name: &str) -> String {
    const BEFORE: &[&str] = &[
        "List of published IP address ranges for ",
        "List of known IP address ranges for ",
        "List of known ",
    ];
    const AFTER: &[&str] = &[
        " IP Ranges Used for Scanning",
        " IP-Ranges, pot. used for Scanning",
        " IP address used for security scanning",
        " IP address used for SSH scanning",
        " IP ranges",
        " Scanner",
        " scanners",
    ];
    let mut text = name.trim();
    text = BEFORE.iter().find_map(|words| text.strip_prefix(words)).unwrap_or(text);
    text = AFTER.iter().find_map(|words| text.strip_suffix(words)).unwrap_or(text);
    clean(text)
}

/// The day in a version of the forms YYYYMMDD and YYMMDDhh; `None` for a plain count.
fn version_day(version: u64) -> Option<Day> {
    let text = version.to_string();
    if text.len() != 8 {
        return None;
    }
    parse_day(&format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]))
        .filter(|_| text.starts_with("20"))
        .or_else(|| parse_day(&format!("20{}-{}-{}", &text[..2], &text[2..4], &text[4..6])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_cut_to_what_was_registered() {
        let cases = [
            (" pinger1a.netsec.colostate.edu", Some("colostate.edu")),
            (" researchscanner01.eecs.berkeley.edu.", Some("berkeley.edu")),
            (" scan.ecs.example.ac.uk", Some("example.ac.uk")),
            (" shodan.io(parking)", Some("shodan.io")),
            (" cortex xpanse", Some("cortex xpanse")),
            (" ANSSI\t", Some("ANSSI")),
            (" 13.249.87.125", None),
            (" (unknown)", None),
            ("", None),
        ];
        for (remark, expected) in cases {
            assert_eq!(organisation_of_host(remark).as_deref(), expected, "{remark}");
        }
    }

    #[test]
    fn names_and_versions_of_warning_lists_are_read() {
        let names = [
            ("Censys IP Ranges Used for Scanning", "Censys"),
            ("Shadowforce IP-Ranges, pot. used for Scanning", "Shadowforce"),
            ("List of published IP address ranges for Onyphe Scanner", "Onyphe"),
            ("Another name", "Another name"),
        ];
        for (name, expected) in names {
            assert_eq!(organisation_of_list(name), expected);
        }
        let versions = [
            (26_081_010, Some("2026-08-10")),
            (20_260_811, Some("2026-08-11")),
            (3, None),
            (99_999_999, None),
        ];
        for (version, expected) in versions {
            assert_eq!(version_day(version).map(|day| day.to_string()).as_deref(), expected, "{version}");
        }
    }

    #[test]
    fn each_form_is_read() {
        let mut spans = ActorSpans::default();
        let path = Path::new("list.txt");
        let csv = "address,organisation,last_seen\n1.2.3.4,Alpha,2026-08-01\n1.2.4.0/24,\"Beta, Ltd\"\n2001:678::/32,Gamma,\n";
        assert_eq!(read_text(csv.as_bytes(), path, &mut spans).expect("csv").records, 3);
        assert_eq!(
            read_text(b"# note\n\n5.6.7.8 # a.example.org\n5.6.7.9\n", path, &mut spans)
                .expect("hosts")
                .records,
            2
        );
        let seen = br#"[{"ip":"9.9.9.9","scanner":"Delta","last_seen":"2026-07-31T01:02:03Z"}]"#;
        assert_eq!(
            read_json(seen, path, &mut spans).expect("json").date.map(|day| day.to_string()).as_deref(),
            Some("2026-07-31")
        );
        let rows: Vec<String> = spans
            .rows()
            .map(|(first, last, actor)| {
                format!(
                    "{first} {last} {} {}",
                    actor.organisation,
                    actor.last_seen.map_or(String::new(), |day| day.to_string())
                )
            })
            .collect();
        expect_test::expect![[r#"
            1.2.3.4 1.2.3.4 Alpha 2026-08-01
            1.2.4.0 1.2.4.255 Beta, Ltd 
            5.6.7.8 5.6.7.8 example.org 
            5.6.7.9 5.6.7.9 list 
            9.9.9.9 9.9.9.9 Delta 2026-07-31
            2001:678:: 2001:678:ffff:ffff:ffff:ffff:ffff:ffff Gamma "#]]
        .assert_eq(&rows.join("\n"));
    }

    #[test]
    fn few_slips_in_a_list_kept_by_hand_are_passed_over() {
        let sound: String = (0..199).map(|number| format!("1.2.3.{number} # a.example.org\n")).collect();
        let read = |text: String| read_text(text.as_bytes(), Path::new("l.txt"), &mut ActorSpans::default());
        let facts = read(format!("{sound}C1.2.3.4 # slip\n")).expect("one slip in 200");
        assert_eq!((facts.records, facts.skipped), (200, 1));
        let error = read(format!("{sound}/request\nC1.2.3.4 # slip\nx\n")).expect_err("three slips in 202");
        assert_eq!(
            error.to_string(),
            "l.txt, line 200: `/request` is not an address or prefix; nothing was imported"
        );
    }

    #[test]
    fn lists_that_are_no_addresses_are_refused() {
        let hostnames = br#"{"name":"n","type":"hostname","version":1,"list":["a.example.org"]}"#;
        let stray = br#"{"name":"n","type":"cidr","version":1,"list":["300.1.1.1"]}"#;
        for bytes in [hostnames.as_slice(), stray, b"{", b"[1]"] {
            assert!(read_json(bytes, Path::new("l.json"), &mut ActorSpans::default()).is_err());
        }
    }
}
