//! Reports: the same facts give the same bytes, in both languages.

use std::collections::BTreeMap;
use std::path::Path;

use expect_test::expect;

use crate::scenario::{ask, small};

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![folder.to_path_buf()];
    while let Some(next) = todo.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it").display().to_string();
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

#[test]
fn a_report_made_twice_is_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let make = |name: &str| {
        let out = folder.path().join(name);
        let asked = format!(
            "report make quarterly --period 2014Q3 --region JP --issued 2014-10-01 --lang ja,en -w {}",
            out.display()
        );
        let ran = ask(&asked).well();
        let mut files = files(&out);
        assert!(files.remove("provenance.json").is_some(), "what differs stands apart");
        (ran.err.replace(&out.display().to_string(), "OUT"), files)
    };
    let (said, first) = make("a");
    expect![[r#"
        note: 10711 packets of 2014Q3: OUT/index.html
    "#]]
    .assert_eq(&said);
    let (_, second) = make("b");
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (name, bytes) in &first {
        assert!(second[name] == *bytes, "{name} differs");
    }
    assert!(first.contains_key("ja/index.html") && first.contains_key("en/index.html"), "{:?}", first.keys());
    let (_, over) = make("a");
    assert_eq!(over.len(), first.len(), "written over itself");
}

#[test]
fn the_numbers_of_a_report_are_those_of_the_ranks() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("r");
    ask(&format!(
        "report make quarterly --period 2014Q2 --region JP --issued 2014-07-01 --lang en -w {}",
        out.display()
    ))
    .well();
    let ports = std::fs::read_to_string(out.join("tables/ports.en.csv")).expect("the table");
    let ranked = ask("top ports --period 2014Q2 --group jp --top 5 -o csv").well().text();
    for row in ranked.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let said = ports
            .lines()
            .find(|line| line.contains(cells[1]))
            .unwrap_or_else(|| panic!("{} in {ports}", cells[1]));
        assert!(said.split(',').any(|cell| cell == cells[3]), "{row} against {said}");
    }
    let json = std::fs::read_to_string(out.join("en/report.json")).expect("the report");
    assert!(json.contains("6901"), "the packets of the quarter in the region");
    assert!(small().folder.join("sim/truth.json").try_exists().expect("the truth"));
}
