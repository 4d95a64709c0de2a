//! The captures of others that are damaged on purpose, all of them into one store in one run.

use std::collections::BTreeSet;

use crate::program::{line, rows, run, shared};

/// Files of the table with what is expected of them.
fn table() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(shared().join("MALFORMED.tsv")).expect("the table");
    text.lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            (cells[0].to_string(), cells.last().expect("an expectation").to_string())
        })
        .collect()
}

#[test]
fn every_damaged_capture_ends_in_rows_and_a_named_loss() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = table();
    assert!(files.len() > 300, "the whole corpus");
    let mut args = vec!["import".to_string()];
    args.extend(files.iter().map(|(file, _)| shared().join(file).display().to_string()));
    let ran = run(folder.path(), &args).ends(3);
    let faults: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("error: ")).collect();
    let mut named = BTreeSet::new();
    for (file, expected) in &files {
        let path = shared().join(file).display().to_string();
        let of: Vec<&&str> = faults.iter().filter(|fault| fault.contains(&format!("{path}:"))).collect();
        assert!(of.len() <= 1, "{file} is named once: {of:?}");
        if expected.starts_with("refused") {
            assert_eq!(of.len(), 1, "{file} is refused by name");
        }
        named.extend(of.first().map(|_| path));
    }
    assert_eq!(named.len(), faults.len(), "every message names a file: {faults:?}");
    line(folder.path(), "store verify").well();
    let stored =
        line(folder.path(), "query 'SELECT count(*), sum(packets), sum(lost) FROM inputs' -o csv").well();
    let stored = rows(&stored);
    assert_eq!(line(folder.path(), "packets --only-count").well().text().trim(), stored[0][1]);
    let account = rows(
        &line(folder.path(), "query 'SELECT sum(received), sum(stored) + sum(lost) FROM accounts' -o csv")
            .well(),
    );
    assert_eq!(account[0][0], account[0][1], "received = stored + lost");

    let before = answers(folder.path());
    let again = run(folder.path(), &args).ends(3);
    assert!(again.err.contains("captures are stored already"), "{}", again.err);
    assert_eq!(answers(folder.path()), before, "the same import again changes nothing");
    for question in
        ["packets -V -c 100000", "packets -x -c 100000", "packets -l -c 100000", "packets -w all.pcapng"]
    {
        line(folder.path(), question).well();
    }
}

fn answers(folder: &std::path::Path) -> Vec<String> {
    [
        "store status -o csv",
        "top ports --top 1000 -o csv",
        "query 'SELECT * FROM packets ORDER BY input, frame' -o csv",
        "store inputs -o csv",
    ]
    .iter()
    .map(|question| line(folder, question).well().text())
    .collect()
}

#[test]
fn every_format_of_the_corpus_is_read_or_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    for part in ["format", "scan", "backscatter", "icmp", "dns", "amplification", "tool-scans", "toolmade"] {
        let path = shared().join("pcap").join(part).display().to_string();
        let ran = run(folder.path(), &["import", &path]);
        let expected = if part == "format" { 3 } else { 0 };
        assert!([0, expected].contains(&ran.status), "{part}: {}", ran.err);
        assert!(!ran.err.contains("panicked"), "{part}: {}", ran.err);
    }
    line(folder.path(), "store verify").well();
}
