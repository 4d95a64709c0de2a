//! Real bytes: the scanning tools that were recorded, and the counts an independent program made.
//!
//! The captures lie beside the repository; where they do not, these tests have nothing to look at.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

use expect_test::expect_file;
use teiten_detect::classifier::Classifier;

/// Tags that name a tool or a family of tools; all others name a protocol.
const TOOLS: &[&str] = &[
    "hping3",
    "ipid-54321",
    "masscan",
    "mirai",
    "nmap-ack",
    "nmap-os",
    "nmap-payload",
    "nmap-stealth",
    "nmap-syn",
    "sipvicious",
    "sport-6000",
    "zmap",
    "zmap-4",
    "zmap-payload",
];

/// Folder and beginning of the file name, and the tools its packets may be called; the first must be.
const RECORDED: &[(&str, &str, &[&str])] = &[
    ("tool-scans", "zmap211_", &["zmap"]),
    ("tool-scans", "zmap4_syn", &["zmap-4"]),
    ("tool-scans", "zmap4_icmp", &["zmap-4"]),
    ("tool-scans", "masscan132_", &["masscan"]),
    ("tool-scans", "nmap793_sS", &["nmap-syn"]),
    ("tool-scans", "nmap793_sA", &["nmap-ack"]),
    ("tool-scans", "nmap793_sF", &["nmap-stealth"]),
    ("tool-scans", "nmap793_sN", &["nmap-stealth"]),
    ("tool-scans", "nmap793_sX", &["nmap-stealth"]),
    ("tool-scans", "nmap793_sU", &["nmap-payload"]),
    ("tool-scans", "nmap793_sn_ping", &["nmap-syn", "nmap-ack"]),
    // The shape of a family, which scapy was told to send.
    ("tool-scans", "scapy_syn_sweep", &["sport-6000"]),
    ("tool-scans", "hping3_syn", &["hping3"]),
    ("tool-scans", "hping3_rand", &["hping3"]),
    ("toolmade", "zmap-2.1.1_", &["zmap"]),
    ("toolmade", "hping3_mirai", &["mirai"]),
    ("toolmade", "hping3_sport6000", &["sport-6000"]),
];

#[test]
fn the_tool_of_every_recorded_scan_is_named_and_no_other() {
    let Some(data) = support::data() else { return };
    let mut classifier = Classifier::builtin().unwrap();
    let mut counts = String::new();
    let mut wrong = Vec::new();
    for folder in ["tool-scans", "toolmade"] {
        let mut paths: Vec<_> = fs::read_dir(data.join("pcap").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "pcap"));
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let mut seen: BTreeMap<String, u64> = BTreeMap::new();
            support::each_block(&path, &mut classifier, |packets| {
                for row in 0..packets.rows() {
                    let class = packets.class.get(row).unwrap_or_default();
                    let tags = packets.tags.get(row).unwrap_or_default().split(' ');
                    let tags: Vec<&str> = tags.filter(|tag| *tag != "special-source").collect();
                    *seen.entry(format!("{class} {}", tags.join(" "))).or_default() += 1;
                }
            });
            for (what, packets) in &seen {
                writeln!(counts, "{folder}/{name}\t{packets}\t{}", what.trim()).unwrap();
            }
            let tags: BTreeSet<&str> = seen.keys().flat_map(|what| what.split(' ').skip(1)).collect();
            let tools: Vec<&str> = TOOLS.iter().copied().filter(|tool| tags.contains(tool)).collect();
            let known = RECORDED.iter().find(|(place, start, _)| *place == folder && name.starts_with(start));
            let allowed = known.map_or([].as_slice(), |(_, _, tools)| tools);
            if tools.iter().any(|tool| !allowed.contains(tool))
                || allowed.first().is_some_and(|tool| !tools.contains(tool))
            {
                wrong.push(format!("{folder}/{name}: {tools:?}, should be {allowed:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    expect_file!["golden/recorded.tsv"].assert_eq(&counts);
}

/// The names of the independent counts, and the tags that together say the same of a SYN.
const COUNTED: &[(&str, &[&str])] = &[
    ("zmap_ipid54321", &["zmap", "ipid-54321"]),
    ("masscan_ipid_xor", &["masscan"]),
    ("mirai_seq_eq_dst", &["mirai"]),
    ("srcport_6000", &["sport-6000"]),
];

#[test]
fn syn_fingerprints_agree_with_the_independent_counts_on_every_capture() {
    let Some(data) = support::data() else { return };
    let truth = fs::read_to_string(data.join("GROUND_TRUTH.tsv")).unwrap();
    let mut expected: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut files = BTreeSet::new();
    for line in truth.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        files.insert(fields[0]);
        if fields[1] == "fingerprint_syn" {
            expected.insert((fields[0], fields[2]), fields[3].parse().unwrap());
        }
    }
    let mut classifier = Classifier::builtin().unwrap();
    let mut wrong = Vec::new();
    for file in files {
        let mut found = [0u64; COUNTED.len()];
        support::each_block(&data.join(file), &mut classifier, |packets| {
            for row in (0..packets.rows()).filter(|row| packets.tcp_flags[*row] & 0x3f == 2) {
                let tags: Vec<&str> = packets.tags.get(row).unwrap_or_default().split(' ').collect();
                for (count, (_, names)) in found.iter_mut().zip(COUNTED) {
                    *count += u64::from(names.iter().any(|name| tags.contains(name)));
                }
            }
        });
        for (count, (key, _)) in found.iter().zip(COUNTED) {
            let expected = expected.get(&(file, *key)).copied().unwrap_or(0);
            if *count != expected {
                wrong.push(format!("{file}: {key} {count}, should be {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_classes_of_known_captures_are_the_known_ones() {
    let Some(data) = support::data() else { return };
    let mut classifier = Classifier::builtin().unwrap();
    let mut counts = String::new();
    for folder in ["amplification", "backscatter", "dns", "icmp", "scan"] {
        let mut paths: Vec<_> = fs::read_dir(data.join("pcap").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let mut seen: BTreeMap<String, u64> = BTreeMap::new();
            support::each_block(&path, &mut classifier, |packets| {
                for row in 0..packets.rows() {
                    *seen.entry(packets.class.get(row).unwrap_or_default().to_string()).or_default() += 1;
                    for tag in
                        packets.tags.get(row).unwrap_or_default().split(' ').filter(|tag| !tag.is_empty())
                    {
                        *seen.entry(format!("tag {tag}")).or_default() += 1;
                    }
                }
            });
            for (what, packets) in seen {
                writeln!(counts, "{folder}/{name}\t{packets}\t{what}").unwrap();
            }
        }
    }
    expect_file!["golden/captures.tsv"].assert_eq(&counts);
}
