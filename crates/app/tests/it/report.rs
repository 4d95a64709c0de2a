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

#[test]
fn a_public_form_of_too_few_sensors_says_what_it_withholds() {
    let folder = tempfile::tempdir().expect("a folder");
    let make = |name: &str, options: &str| {
        let out = folder.path().join(name);
        ask(&format!(
            "report make --period 2014Q2 --region JP --issued 2014-07-01 --lang ja,en --form public {options} -w {}",
            out.display()
        ))
        .well();
        files(&out)
    };
    // Two sensors observe in Japan, fewer than five.
    let strict = make("strict", "");
    let text = |files: &BTreeMap<String, Vec<u8>>, path: &str| {
        String::from_utf8(files[path].clone()).expect("a text")
    };
    assert!(text(&strict, "en/report.md").contains("Values that rest on fewer than 5 sensors are not shown"));
    assert!(text(&strict, "en/report.md").contains("What is not shown"));
    let loose = make("loose", "--sensors-min 2");
    assert!(text(&loose, "tables/ports.en.csv").lines().count() > 3);
    // No exit names a sensor, an address of one, or an input's file.
    for (name, files) in [("strict", &strict), ("loose", &loose)] {
        for (path, bytes) in files.iter().filter(|(path, _)| *path != "provenance.json") {
            let text = String::from_utf8_lossy(bytes);
            for secret in ["jp-01", "jp-02", "192.0.2.", "10.20.", ".pcap"] {
                assert!(!text.contains(secret), "{name}: {secret} in {path}");
            }
        }
    }
}

#[test]
fn every_kind_of_period_makes_its_report() {
    let folder = tempfile::tempdir().expect("a folder");
    for (period, kind, prior) in [
        ("2014-W27", "weekly", "previous week"),
        ("2014-06", "monthly", "previous month"),
        ("FY2014Q1", "quarterly", "previous quarter"),
        ("2014", "yearly", "previous year"),
        ("FY2014", "yearly", "previous fiscal year"),
    ] {
        let out = folder.path().join(period);
        ask(&format!("report make --period {period} --issued 2014-12-01 --lang en -w {}", out.display()))
            .well();
        let page = std::fs::read_to_string(out.join("en/report.json")).expect("the report");
        assert!(page.contains(&format!("\"kind\":\"{kind}\"")), "{period}");
        let text = std::fs::read_to_string(out.join("en/report.md")).expect("the report");
        assert!(text.contains(prior), "{period}: {text}");
    }
}

#[test]
fn a_draft_is_changed_checked_and_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let draft = folder.path().join("draft.toml");
    let asked = "--period 2014Q2 --region JP --issued 2014-07-01 --form public --sensors-min 2";
    ask(&format!("report draft {asked} -w {}", draft.display())).well();
    let again = ask(&format!("report draft {asked} -w {}", draft.display()));
    assert_eq!(again.status, 1, "a draft is not written over: {}", again.err);
    ask(&format!("report check --with {}", draft.display())).well();
    let text = std::fs::read_to_string(&draft).expect("the draft");
    let write = |edit: &str| std::fs::write(&draft, format!("{text}\n{edit}")).expect("the draft");
    write(
        "[[text]]\nafter = \"overview/1\"\nja = \"追記 {coverage:sensors:value} 台\"\nen = \"added {coverage:sensors:value}\"\n",
    );
    ask(&format!("report check --with {}", draft.display())).well();
    let out = folder.path().join("out");
    ask(&format!("report make --with {} --lang ja,en -w {}", draft.display(), out.display())).well();
    let made = std::fs::read_to_string(out.join("ja/report.md")).expect("the report");
    assert!(made.contains("追記 2 台"), "{made}");
    for (edit, part) in [
        (
            "[[text]]\nat = \"overview/1\"\nja = \"58,000個\"\nen = \"58,000 packets\"\n",
            "says `58,000` by hand",
        ),
        ("[[text]]\nat = \"overview/1\"\nja = \"文\"\n", "has no `en`"),
    ] {
        write(edit);
        let refused = ask(&format!("report check --with {}", draft.display()));
        assert_eq!(refused.status, 1, "{}", refused.err);
        assert!(refused.err.contains(part), "{}", refused.err);
        // What the check refuses is not made either.
        let refused =
            ask(&format!("report make --with {} -w {}/x", draft.display(), folder.path().display()));
        assert_eq!(refused.status, 1, "{}", refused.err);
        assert!(!folder.path().join("x").exists());
    }
    for (options, part) in [
        ("make quarterly --period 2014-06", "a quarterly report is of a quarter"),
        ("make --period 2014-06-01", "of a week, month, quarter or year"),
        ("make daily --period 2014Q2", "`daily` is not a kind of report"),
        ("make", "needs its period"),
        ("make --period 2014Q2 --form secret", "`secret` is not a form"),
        ("make --period 2014Q2 --tlp blue", "`blue` is no TLP label"),
        ("make --period 2014Q2 --sensors-min 1", "at least 2, not 1"),
        ("make --period 2014Q2 --sections overview,ovreview", "`ovreview` is not a section"),
        ("make --period 2014Q2 --form public --sections sensor-ports", "not for public readers"),
        ("make --period 2014Q2 --group nobody", "no packet of a group `nobody`"),
        ("make --period 2014Q2 --issued yesterday", "`yesterday` is not a date"),
    ] {
        let refused = ask(&format!("report {options}"));
        assert_eq!(refused.status, 2, "{options}: {}", refused.err);
        assert!(refused.err.contains(part), "{options}: {}", refused.err);
    }
}
