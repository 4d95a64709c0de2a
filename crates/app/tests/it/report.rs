//! Reports: the same facts give the same bytes, in both languages and every format.

use std::collections::BTreeMap;
use std::path::Path;

use expect_test::expect;

use crate::scenario::{ask, small};
use crate::tree::{are_same, files};

/// Makes a report of the small scenario, and gives what was said with the files but the provenance.
fn make(folder: &Path, more: &str) -> (String, BTreeMap<String, Vec<u8>>) {
    let asked =
        format!("report make quarterly --region JP --issued 2014-10-01 -w {} {more}", folder.display());
    let ran = ask(&asked).well();
    let mut files = files(folder);
    assert!(files.remove("provenance.json").is_some(), "what differs stands apart");
    (ran.err.replace(&folder.display().to_string(), "OUT"), files)
}

#[test]
fn a_report_made_twice_is_the_same_in_every_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = "--period 2014Q3 --lang ja,en --format html,pdf,md,json,csv,png";
    let (said, first) = make(&folder.path().join("a"), all);
    expect![[r#"
        note: 10711 packets of 2014Q3: OUT/index.html
    "#]]
    .assert_eq(&said);
    let (_, second) = make(&folder.path().join("b"), all);
    are_same(&first, &second);
    for language in ["ja", "en"] {
        let page = String::from_utf8(first[&format!("{language}/index.html")].clone()).expect("a page");
        let pdf = &first[&format!("{language}/report.pdf")];
        assert!(
            pdf.starts_with(b"%PDF-1.7") && page.contains("href=\"../ja/report.pdf\"") == (language == "ja")
        );
        for file in
            ["ports-by-day", "regions-by-day"].map(|figure| format!("figures/{figure}.{language}.png"))
        {
            assert!(first[&file].starts_with(b"\x89PNG") && page.contains(&file), "{file}");
        }
    }
}

#[test]
fn a_report_is_written_over_itself_in_the_formats_that_are_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("r");
    let ends = |format: &str| {
        let (said, files) = make(&out, &format!("--period 2014Q2 --lang en --format {format}"));
        let mut ends: Vec<String> =
            files.keys().filter_map(|name| name.rsplit_once('.').map(|(_, end)| end.to_string())).collect();
        ends.dedup();
        format!("{format}: {}\n{said}", ends.join(" "))
    };
    expect![[r#"
        html: html svg html css
        note: 6901 packets of 2014Q2: OUT/index.html
        md: md svg
        note: 6901 packets of 2014Q2: OUT
        json,csv: json csv
        note: 6901 packets of 2014Q2: OUT
        pdf: pdf
        note: 6901 packets of 2014Q2: OUT
    "#]]
    .assert_eq(&["html", "md", "json,csv", "pdf"].map(ends).concat());
}

#[test]
fn a_font_that_draws_no_japanese_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("teiten.toml");
    std::fs::write(&config, "[report]\nfont = \"fonts\"\n").expect("a file");
    std::fs::create_dir(folder.path().join("fonts")).expect("a folder");
    let asked = format!(
        "--config {} report make quarterly --period 2014Q2 -w {}",
        config.display(),
        folder.path().join("r").display()
    );
    let ran = ask(&asked).ends(1);
    expect![[r#"
        error: PDF and PNG need a font: HERE/fonts holds no font that draws Japanese; configure a TrueType or OpenType file, or a folder of them (report.font)
    "#]].assert_eq(&ran.err.replace(&folder.path().display().to_string(), "HERE"));
    assert!(!folder.path().join("r").try_exists().expect("a folder"), "nothing is left half made");
}

#[test]
fn the_numbers_of_a_report_are_those_of_the_ranks() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("r");
    ask(&format!(
        "report make quarterly --period 2014Q2 --region JP --issued 2014-07-01 --lang en --format json,csv -w {}",
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
    // Neither the total nor the balance, which gives it away: the region has 6,901 packets.
    let is_text = |path: &str| path != "provenance.json" && !path.ends_with(".pdf");
    for (path, bytes) in strict.iter().filter(|(path, _)| is_text(path)) {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("6901") && !text.contains("6,901"), "{path} tells the total");
    }
    assert!(text(&strict, "ja/report.md").contains("パケットの総数は示していません"));
    assert!(text(&strict, "en/report.md").contains("| number of all packets, balance of all sensors | 2 |"));
    let sections = "overview,phenomena,year,accesses,hosts,home-sources,shares,mirai,groups,scanners,signatures,\
                    damage,reflection,per-address";
    let all = make("all", &format!("--sections {sections}"));
    assert!(text(&all, "en/report.md").contains("What is not shown"));
    let exempt = folder.path().join("exempt.toml");
    std::fs::write(&exempt, "exempt = [\"coverage\"]\n").expect("it can be written");
    let exempt = make("exempt", &format!("--with {}", exempt.display()));
    assert!(text(&exempt, "tables/coverage.en.csv").contains("packets,6901"));
    let loose = make("loose", "--sensors-min 2");
    assert!(text(&loose, "tables/coverage.en.csv").contains("packets,6901"));
    // Days of a line that a single sensor saw are gaps of the figures, and are counted.
    let all = make("all-loose", &format!("--sections {sections} --sensors-min 2"));
    let withheld = text(&all, "tables/withheld.en.csv");
    assert!(withheld.contains("daily values of other figures,8"), "{withheld}");
    assert!(text(&all, "en/report.md").contains("are drawn in the figures as gaps"));
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
        assert!(!folder.path().join("x").try_exists().expect("a folder"));
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
