//! What the detectors say of real captures: the answers that docs/guide/real-captures.md explains.
//!
//! A capture is imported with sensors at the addresses it was taken at, so that its packets belong to somebody.

use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};

use crate::program::{line, shared};

/// A capture, and where it was taken: one sensor an address or prefix.
struct Real {
    capture: &'static str,
    watched: &'static [&'static str],
}

fn folder_of(real: &Real) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let sensors: String = real
        .watched
        .iter()
        .enumerate()
        .map(|(place, seen)| {
            format!(
                "[[sensor]]\nname = \"s{place:02}\"\ngroup = \"g{}\"\nregion = \"R\"\ncountry = \"US\"\n\
                 provider = \"access\"\nowner = \"o\"\nwatch = [{{ seen = \"{seen}\" }}]\n",
                place % 3
            )
        })
        .collect();
    std::fs::write(folder.path().join("sensors.toml"), sensors).expect("sensors");
    let capture = shared().join("pcap").join(real.capture);
    line(folder.path(), &format!("import {} --sensors sensors.toml --store st --tz UTC", capture.display()));
    (folder, capture)
}

/// Findings as `detector, subject, confidence, packets, sources, sensors`, and the first lines of a list.
fn said(folder: &Path, list: &str) -> String {
    let found = line(folder, "--store st finding list -o csv --tz UTC").well().text();
    let mut text = String::new();
    for row in found.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        text.push_str(&format!("{} | {} | {}\n", cells[1], cells[2], cells[5..9].join(" ")));
    }
    if !list.is_empty() {
        text.push_str(&line(folder, &format!("--store st {list} -o csv --tz UTC")).well().text());
    }
    text
}

fn check(real: &Real, list: &str, expected: Expect) {
    let (folder, _) = folder_of(real);
    expected.assert_eq(&said(folder.path(), list));
}

#[test]
fn service_location_probes_at_ten_addresses_over_fifteen_days() {
    let slp = Real {
        capture: "scan/ndpi_slp427_15days_10sensors.pcap",
        watched: &[
            "165.114.202.61/32",
            "165.144.84.62/32",
            "90.141.37.56/32",
            "74.111.203.55/32",
            "69.109.187.54/32",
            "85.111.52.57/32",
            "90.147.171.51/32",
            "90.111.212.50/32",
            "186.112.202.53/32",
            "90.145.180.58/32",
        ],
    };
    check(&slp, "event list --top 5", expect![[""]]);
}

#[test]
fn answers_of_ftp_servers_crowd_in_on_one_address() {
    let ftp = Real { capture: "backscatter/synack_ftp21_reflection.pcapng", watched: &["10.10.10.10/32"] };
    check(&ftp, "backscatter list --top 3", expect![[""]]);
}

#[test]
fn answers_of_snmp_agents_crowd_in_on_one_address() {
    let snmp = Real { capture: "amplification/snmp161_reflection.pcapng", watched: &["10.10.10.10/32"] };
    check(&snmp, "backscatter list --top 3", expect![[""]]);
}

#[test]
fn a_flood_of_syn_with_ecn_bits_from_forged_sources() {
    let flood = Real { capture: "backscatter/synflood_ecn_cwr.pcapng", watched: &["10.10.10.10/32"] };
    check(&flood, "event list --top 3", expect![[""]]);
}

#[test]
fn answers_of_a_root_server_are_no_attack_on_a_zone() {
    let root = Real { capture: "dns/rootserver_knot_live_52s.pcap.xz", watched: &["0.0.0.0/0"] };
    check(&root, "resolver list --top 3", expect![[""]]);
}

#[test]
fn answers_of_name_servers_to_one_address_are_few() {
    let dns = Real { capture: "dns/ndpi_badpackets_dns_backscatter.pcap", watched: &["204.186.80.229/32"] };
    check(&dns, "resolver list --top 3", expect![[""]]);
}

#[test]
fn an_imitated_victim_of_a_flood_is_found_with_its_port() {
    let victim =
        Real { capture: "toolmade/hping3_backscatter_synack_rst.pcap", watched: &["203.0.113.0/24"] };
    check(&victim, "backscatter list --top 3", expect![[""]]);
}

#[test]
fn tools_that_were_run_are_named_and_nothing_else() {
    let mut text = String::new();
    let mut captures: Vec<String> = std::fs::read_dir(shared().join("pcap/tool-scans"))
        .expect("the captures of tools")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".pcap"))
        .collect();
    captures.sort();
    for capture in captures {
        let name: &'static str = format!("tool-scans/{capture}").leak();
        let (folder, _) = folder_of(&Real { capture: name, watched: &["203.0.113.0/24"] });
        let sql = "SELECT tags AS tool, shape, count(*) AS events, sum(packets) AS packets FROM events GROUP BY 1, 2 ORDER BY 1, 2";
        line(folder.path(), "--store st event list").well();
        let rows = line(folder.path(), &format!("--store st query '{sql}' -o csv")).well().text();
        let rows: Vec<&str> = rows.lines().skip(1).collect();
        text.push_str(&format!("{capture}: {}\n", rows.join("; ")));
    }
    expect![[""]].assert_eq(&text);
}
