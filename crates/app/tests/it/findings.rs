//! Findings and facts on the command line: kept, computed again when packets come late, asked by a filter.

use std::path::Path;

use serde_json::Value;

use crate::program::{Ran, line};
use crate::scenario::{ask, simulate, small};

fn rows(ran: &Ran) -> Vec<Value> {
    ran.text().lines().map(|line| serde_json::from_str(line).expect("a row as JSON")).collect()
}

/// Imports those captures of the small scenario whose path has a word, and asks.
fn import(folder: &Path, store: &str, word: &str) {
    let list: Vec<String> = walk(&small().folder.join("sim"))
        .into_iter()
        .filter(|path| path.contains(word) && path.ends_with(".pcapng.zst"))
        .collect();
    assert!(!list.is_empty(), "captures with {word}");
    let sensors = small().folder.join("sim/sensors.toml");
    line(folder, &format!("import {} --sensors {} --store {store}", list.join(" "), sensors.display()))
        .well();
}

fn walk(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => paths.extend(walk(&path)),
            false => paths.push(path.display().to_string()),
        }
    }
    paths.sort();
    paths
}

#[test]
fn lists_answer_in_every_format_and_by_a_filter() {
    let question = "event list --top 5 --period 2014-06-30";
    let all = rows(&ask(&format!("{question} -o ndjson")).well());
    assert_eq!(all.len(), 5, "{all:?}");
    for format in ["table", "csv", "tsv", "json", "md", "parquet"] {
        assert!(!ask(&format!("{question} -o {format}")).well().out.is_empty(), "{format}");
    }
    let telnet = rows(&ask(&format!("{question} -Y 'tcp.dstport == 445' -o ndjson")).well());
    assert!(telnet.iter().all(|row| row["port"] == "445/TCP"), "{telnet:?}");
    for list in ["finding list", "campaign list", "backscatter list", "resolver list --by country"] {
        ask(&format!("{list} --period 2014-06-30..2014-07-03 -o csv")).well();
    }
    let refused = ask("resolver list -Y 'tcp.dstport == 23'").ends(2);
    assert!(
        refused.err.contains("this list cannot be asked by tcp.dstport, ip.proto: it has ip.src"),
        "{}",
        refused.err
    );
    let refused = ask("finding list --as public").ends(2);
    assert!(refused.err.contains("leave --as out"), "{}", refused.err);
    let refused = ask("finding explain no-such").ends(2);
    assert!(refused.err.contains("dns-aftermath, "), "{}", refused.err);
}

#[test]
fn events_agree_with_the_packets_they_are_made_of() {
    let events =
        rows(&ask("event list --top 20 --period 2014-06-30 -Y 'class == \"scan-syn\"' -o ndjson").well());
    assert!(events.len() >= 10, "{}", events.len());
    for event in events {
        let (source, port) =
            (event["source"].as_str().expect("a source"), event["port"].as_str().expect("a port"));
        let number = port.trim_end_matches("/TCP");
        let field = if source.contains(':') { "ipv6.src" } else { "ip.src" };
        let filter = format!("{field} == {source} && tcp.dstport == {number} && class == \"scan-syn\"");
        let count = ask(&format!("packets --only-count --period 2014-06-30 -Y '{filter}'")).well().text();
        assert_eq!(count.trim(), event["packets"].to_string(), "{filter}");
    }
}

#[test]
fn findings_are_the_same_whenever_they_are_asked_and_change_with_late_packets() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path();
    let list = |store: &str| {
        let period = "--period 2014-06-29..2014-07-03";
        let facts =
            line(place, &format!("--store {store} event list --top 100000 {period} -o csv")).well().text();
        let found = line(place, &format!("--store {store} finding list {period} -o csv")).well().text();
        (facts, found)
    };
    import(place, "late", "jp-01");
    let early = list("late");
    assert_eq!(list("late"), early, "asked twice");
    import(place, "late", "jp-02");
    import(place, "late", "id-01");
    let late = list("late");
    assert_ne!(late.0, early.0, "late packets are counted");
    import(place, "once", "-0");
    assert_eq!(list("once"), late, "in one import or in three");
    let counted = line(place, "--store late store verify").well();
    assert!(counted.text().contains("packets"), "{}", counted.text());
}

#[test]
fn another_seed_gives_other_findings() {
    let folder = tempfile::tempdir().expect("a folder");
    simulate(folder.path(), "sim", 7);
    line(folder.path(), "import sim --sensors sim/sensors.toml --store st").well();
    let own = line(folder.path(), "--store st backscatter list -o csv").well().text();
    assert_ne!(own, ask("backscatter list -o csv").well().text());
    assert!(own.lines().count() > 1, "{own}");
}

#[test]
fn every_detector_explains_itself() {
    let said = ask("finding explain").well().text();
    for detector in teiten_detect::detector::DETECTORS {
        let about = detector.about();
        assert!(said.contains(&format!("{} (version {})", about.id, about.version)), "{}", about.id);
    }
    for thing in ["event", "resolver", "backscatter", "infected"] {
        assert!(ask(&format!("{thing} explain")).well().text().lines().count() >= 3, "{thing}");
    }
}

#[test]
fn a_bound_is_configured_and_a_wrong_one_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |text: &str| std::fs::write(folder.path().join("teiten.toml"), text).expect("a configuration");
    write("[bounds.rsdos]\npackets_min = 1_000_000\n");
    let shown = line(folder.path(), "config show").well().text();
    assert!(shown.contains("[bounds.rsdos]\npackets_min = 1000000  # teiten.toml:2"), "{shown}");
    write("[bounds.rsdos]\npacket_min = 3\n");
    let refused = line(folder.path(), "config show").ends(2);
    assert!(refused.err.contains("packets_min"), "{}", refused.err);
    write("[bounds.rsdos]\npackets_min = \"many\"\n");
    let refused = line(folder.path(), "config show").ends(2);
    assert!(refused.err.contains("a number is wanted"), "{}", refused.err);
    write("[bounds.surge]\nsources_min = 3\n");
    let refused = line(folder.path(), "config show").ends(2);
    assert!(refused.err.contains("cannot be changed"), "{}", refused.err);
}
