//! Goldens: what the report tells, and how its exits look.

use expect_test::{expect, expect_file};
use teiten_report::facts::Facts;
use teiten_report::{html, markdown};

use crate::{both, invented, overview, told};

#[test]
fn a_quarter_is_told_in_both_languages() {
    let [ja, en] = both(&invented::quarter());
    expect_file!["golden/quarter.ja.txt"].assert_eq(&told(&ja));
    expect_file!["golden/quarter.en.txt"].assert_eq(&told(&en));
}

#[test]
fn a_small_report_as_html_markdown_and_csv() {
    let documents = both(&invented::tiny());
    let files = html::render(&documents).unwrap();
    let text = |path: &str| String::from_utf8(files[path].clone()).unwrap();
    expect_file!["golden/tiny.en.html"].assert_eq(&without_drawings(&text("en/index.html")));
    expect_file!["golden/tiny.ja.svg"].assert_eq(&text("figures/ports-by-day.ja.svg"));
    expect_file!["golden/tiny.ja.md"].assert_eq(&markdown::write(&documents[0], true));
    expect![[r#"
        port,name,rank,previous_rank,packets,share,packets_per_sensor_day,change
        445/TCP,microsoft-ds,1,1,125030,0.2519148936170213,118.4,-0.02148760330578503
        22/TCP,ssh,2,3,82579,0.16638297872340427,78.2,0.4866920152091254
        23/TCP,telnet,3,2,58185,0.11723404255319149,55.1,-0.2002902757619739
    "#]]
    .assert_eq(&text("tables/ports.en.csv").replace('\r', ""));
    expect![[r#"
        en/index.html
        en/report.json
        en/report.md
        figures/ports-by-day.en.svg
        figures/ports-by-day.ja.svg
        figures/regions-by-day.en.svg
        figures/regions-by-day.ja.svg
        index.html
        ja/index.html
        ja/report.json
        ja/report.md
        style.css
        tables/coverage.en.csv
        tables/coverage.ja.csv
        tables/editions.en.csv
        tables/editions.ja.csv
        tables/inputs.en.csv
        tables/inputs.ja.csv
        tables/ports-by-day.en.csv
        tables/ports-by-day.ja.csv
        tables/ports.en.csv
        tables/ports.ja.csv
        tables/regions-by-day.en.csv
        tables/regions-by-day.ja.csv
        tables/regions.en.csv
        tables/regions.ja.csv
        tables/sensors.en.csv
        tables/sensors.ja.csv
    "#]]
    .assert_eq(&files.keys().map(|path| format!("{path}\n")).collect::<String>());
}

/// The drawings have a golden of their own.
fn without_drawings(page: &str) -> String {
    let mut pieces = page.split("<svg");
    let first = pieces.next().unwrap_or_default().to_string();
    pieces
        .fold(first, |page, piece| page + "<svg/>" + piece.split_once("</svg>").map_or("", |(_, rest)| rest))
}

#[test]
fn edge_cases_are_said() {
    let quarter = invented::quarter();
    let mut nothing = Facts { packets: Some(0), ..quarter.clone() };
    for ranking in [&mut nothing.ports, &mut nothing.regions] {
        ranking.rows.clear();
        ranking.series.clear();
    }
    let one_sensor_few_ports = invented::tiny();
    let first_quarter = Facts { previous: None, ..quarter.clone() };
    let mut one_day = quarter;
    one_day.period.last = one_day.period.first;
    for ranking in [&mut one_day.ports, &mut one_day.regions] {
        ranking.series.iter_mut().for_each(|series| series.values.truncate(1));
    }
    one_day.region = None;
    let mut strangers = invented::quarter();
    strangers.regions.rows.clear();
    strangers.ports.rows[1].previous_rank = None;
    strangers.ports.rows[6].previous_rank = Some(4);
    strangers.ports.rows[10].previous_rank = Some(3);
    let mut told = String::new();
    for (name, facts) in [
        ("no data", nothing),
        ("one sensor, few ports, few days", one_sensor_few_ports),
        ("no previous quarter", first_quarter),
        ("one day, all sensors", one_day),
        ("no region known, a port from outside", strangers),
    ] {
        let [ja, en] = both(&facts);
        told += &format!("== {name}\n{}{}", overview(&ja), overview(&en));
    }
    expect_file!["golden/edges.txt"].assert_eq(&told);
}
