//! Publishing on the command line: a site, a report, its correction, and what differs.
//!
//! The first edition counts a store in which the captures of one day are missing; the second counts all.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use expect_test::{Expect, expect};

use crate::program::{Ran, line, rows};
use crate::scenario::{ask, small};

/// A folder with two reports, `r1` and `r2`, of which the second corrects the first, and a site of both.
static PUBLISHED: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("published");
    if folder.try_exists().expect("a folder") {
        std::fs::remove_dir_all(&folder).expect("what an earlier run left goes away");
    }
    std::fs::create_dir_all(&folder).expect("a folder");
    let sim = small().folder.join("sim");
    line(&folder, &format!("--store part data import {}/countries.csv --date 2014-06-01", sim.display()))
        .well();
    let days: Vec<String> = ["jp-01/2014-06-29", "jp-02/2014-06-29", "jp-02/2014-06-30"]
        .iter()
        .map(|day| sim.join(format!("{day}.pcapng.zst")).display().to_string())
        .collect();
    let sensors = sim.join("sensors.toml");
    line(&folder, &format!("--store part import {} --sensors {}", days.join(" "), sensors.display())).well();
    line(&folder, &format!("--store part {MAKE} --issued 2014-07-17 -w r1")).well();
    line(
        &folder,
        "report site init site --url https://www.example.org/r/ --form internal --created 2014-07-01",
    )
    .well();
    line(&folder, "report publish r1 --to site").well();
    let (site, out) = (folder.join("site"), folder.join("r2"));
    ask(&format!("{MAKE} --issued 2014-08-01 --site {} -w {}", site.display(), out.display())).well();
    line(&folder, "report publish r2 --to site --note-en 'One day was missing.'").well();
    folder
});

const MAKE: &str = "report make quarterly --period 2014Q2 --region JP --lang ja,en";

fn run(words: &str) -> Ran {
    line(&PUBLISHED, words)
}

fn check(words: &str, status: i32, expected: Expect) {
    expected.assert_eq(&run(words).ends(status).whole());
}

#[test]
fn a_site_lists_its_editions() {
    let listed = run("report list site -o csv").well().text();
    // What changed depends on every table of the report; that it is told is enough here.
    let told: Vec<(&str, &str)> =
        listed.lines().map(|line| line.split_at(line.find(" Changed since").unwrap_or(line.len()))).collect();
    expect![[r#"
        kind,period,edition,issued,first_published,form,languages,synthetic,title,what_changed
        quarterly,2014Q2,2,2014-08-01,2014-07-17,internal,"ja,en",true,"Internet Fixed-Point Observation Report, April to June 2014","One day was missing.
        quarterly,2014Q2,1,2014-07-17,2014-07-17,internal,"ja,en",true,"Internet Fixed-Point Observation Report, April to June 2014",
    "#]].assert_eq(&told.iter().map(|(line, _)| format!("{line}\n")).collect::<String>());
    assert!(told[1].1.contains("inputs added"), "{listed}");
    let ja = run("report list site --lang ja -o md").well().text();
    assert!(
        ja.starts_with(
            "| 種類 | 期間 | 版 | 公開日 | 初版公開 | 公開範囲 | 言語 | 合成データ | 題名 | 変更点 |"
        ),
        "{ja}"
    );
    assert!(ja.contains("前の版からの変更は、"), "{ja}");
    for format in ["table", "csv", "tsv", "md", "json", "ndjson", "parquet"] {
        assert!(!run(&format!("report list site -o {format}")).well().out.is_empty(), "{format}");
        let diff = format!("report diff r1 r2 -o {format}");
        assert!(!run(&diff).well().out.is_empty(), "{format}");
    }
}

#[test]
fn a_corrected_edition_says_both_dates_and_its_command_makes_it_again() {
    let text = |path: &str| {
        std::fs::read_to_string(PUBLISHED.join("site/quarterly/2014Q2").join(path)).expect("a page")
    };
    let page = text("en/index.html");
    assert!(page.contains("First published: <time datetime=\"2014-07-17\">17 July 2014</time>"));
    assert!(page.contains("Last updated: <time datetime=\"2014-08-01\">1 August 2014</time>"));
    assert!(page.contains("--issued 2014-08-01 --first-published 2014-07-17"));
    assert!(text("editions/1/en/index.html").contains("Last updated: <time datetime=\"2014-07-17\">"));
    let again = PUBLISHED.join("again");
    ask(&format!("{MAKE} --issued 2014-08-01 --first-published 2014-07-17 -w {}", again.display())).well();
    check(
        "report publish again --to site",
        0,
        expect![[r#"
        status 0
        --- err
        note: edition 2 of quarterly 2014Q2 is this report already; nothing was published
    "#]],
    );
}

#[test]
fn editions_are_compared_by_what_they_say() {
    let by_name = run("report diff site/quarterly/2014Q2@1 site/quarterly/2014Q2@2 -o csv").well();
    for other in [
        "report diff --site site quarterly/2014Q2@1 quarterly/2014Q2 -o csv",
        "report diff r1 r2 -o csv",
        "report diff r1/en/report.json site/quarterly/2014Q2 -o csv",
    ] {
        assert_eq!(run(other).well().out, by_name.out, "{other}");
    }
    let rows = rows(&by_name);
    let packets = rows.iter().find(|row| row[1] == "coverage" && row[2] == "packets").expect("the packets");
    assert_eq!(&packets[..4], ["value", "coverage", "packets", "value"]);
    let number = |text: &str| text.parse::<f64>().expect("a number");
    assert!((number(&packets[5]) - number(&packets[4]) - number(&packets[6])).abs() < 1e-9);
    assert!((number(&packets[6]) / number(&packets[4]) * 100.0 - number(&packets[7])).abs() < 1e-9);
    let added = rows.iter().filter(|row| row[0] == "input-added").count();
    assert!(added > 0 && rows.iter().all(|row| row[0] != "input-removed"), "{added}");
}

#[test]
fn equal_reports_are_said_to_be_equal() {
    check(
        "report diff r1 r1 --exit-status",
        0,
        expect![[r#"
        status 0
        --- out
        what  table  row  column  old  new  difference  change
                                                             %
        ----  -----  ---  ------  ---  ---  ----------  ------
        --- err
        note: from quarterly 2014Q2 (internal, issued 2014-07-17, en) to quarterly 2014Q2 (internal, issued 2014-07-17, en)
        note: Neither values in tables nor sentences differ.
    "#]],
    );
    assert_eq!(run("report diff r1 r2").well().status, 0);
    run("report diff r1 r2 --exit-status").ends(4);
}

#[test]
fn what_cannot_be_published_or_compared_is_said() {
    std::fs::create_dir_all(PUBLISHED.join("empty")).expect("a folder");
    check(
        "report publish r1 --to r2",
        1,
        expect![[r#"
            status 1
            --- err
            error: r2 is no site: it has no site.json; `teiten report site init r2 --url URL --form FORM` makes one
        "#]],
    );
    check(
        "report publish site --to site",
        1,
        expect![[r#"
        status 1
        --- err
        error: site is no whole report: it has neither ja/report.json nor en/report.json; make one with `teiten report make -w FOLDER`
    "#]],
    );
    check(
        "report publish none --to site",
        1,
        expect![[r#"
        status 1
        --- err
        error: none is no whole report: there is no such folder; make one with `teiten report make -w FOLDER`
    "#]],
    );
    check(
        "report site init site --url https://www.example.org/ --form public",
        1,
        expect![[r#"
            status 1
            --- err
            error: site is a site already; change its site.json and draw it again with `teiten report site refresh site`
        "#]],
    );
    check(
        "report site init r1 --url https://www.example.org/ --form public",
        1,
        expect![[r#"
            status 1
            --- err
            error: folder r1 holds `en`, which is not of this site, and is left as it is; move it away, or choose another folder
        "#]],
    );
    check(
        "report site init new --url www.example.org --form public",
        2,
        expect![[r#"
        status 2
        --- err
        error: declaration of the site: `www.example.org` is no address of a site: write one such as https://www.example.org/reports/
    "#]],
    );
    check(
        "report site init new --url https://www.example.org/ --form open",
        2,
        expect![[r#"
        status 2
        --- err
        error: declaration of the site: form `open` is none of public, members, internal
    "#]],
    );
    check(
        "report list empty",
        1,
        expect![[r#"
            status 1
            --- err
            error: empty is no site: it has no site.json; `teiten report site init empty --url URL --form FORM` makes one
        "#]],
    );
    check(
        "report diff r1 empty",
        1,
        expect![[r#"
        status 1
        --- err
        error: empty is no whole report: it has neither ja/report.json nor en/report.json; make one with `teiten report make -w FOLDER`
    "#]],
    );
    check(
        "report diff r1 site/quarterly/2014Q2@7",
        2,
        expect![[r#"
        status 2
        --- err
        error: site holds no quarterly/2014Q2 of that edition: there are editions 1 to 2
    "#]],
    );
    check(
        "report diff r1 site/quarterly/2015Q2@1",
        2,
        expect![[r#"
        status 2
        --- err
        error: site holds no quarterly/2015Q2 of that edition: `teiten report list site` names what it holds
    "#]],
    );
    check(
        "report diff --site site quarterly/2014Q2@x r1",
        2,
        expect![[r#"
        status 2
        --- err
        error: `quarterly/2014Q2@x` names no edition: write one such as quarterly/2014Q2@1, or without @1 for the newest
    "#]],
    );
    assert!(!PUBLISHED.join("new").try_exists().expect("a folder"), "nothing was made");
    let early = format!("--store part {MAKE} --issued 2014-07-01 --first-published 2014-07-17 -w early");
    check(
        &early,
        2,
        expect![[r#"
        status 2
        --- err
        error: the report was first published 2014-07-17, after its date of issue 2014-07-01: give a later --issued
    "#]],
    );
    let definition = "[correction]\nja = \"一日分を追加しました。\"\nen = \"One day was added.\"\n";
    std::fs::write(PUBLISHED.join("corrected.toml"), definition).expect("it can be written");
    check(
        &format!("--store part {MAKE} --issued 2014-07-17 --with corrected.toml -w early"),
        2,
        expect![[r#"
            status 2
            --- err
            error: the definition says why the report is corrected, but nothing says when it was first published: give --site or --first-published, or take `correction` out
        "#]],
    );
}

#[test]
fn an_internal_report_stays_out_of_a_public_site() {
    let folder = tempfile::tempdir().expect("a folder");
    let make = "report site init pub --url https://www.example.org/ --form public --created 2014-07-01";
    line(folder.path(), make).well();
    let report: &Path = &PUBLISHED.join("r1");
    let ran = line(folder.path(), &format!("report publish {} --to pub", report.display())).ends(1);
    assert!(
        ran.err.contains("is a report of the form `internal`, and site pub carries `public`"),
        "{}",
        ran.err
    );
    check_empty(folder.path());
}

fn check_empty(folder: &Path) {
    let listed = line(folder, "report list pub -o csv").well();
    assert_eq!(listed.text().lines().count(), 1);
    assert!(listed.err.contains("pub holds no report"), "{}", listed.err);
}
