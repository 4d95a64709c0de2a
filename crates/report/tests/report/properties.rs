//! What holds for every report: same numbers in both languages, same bytes twice, hostile text is only text.

use proptest::prelude::*;
use teiten_report::document::{Block, Document, Span};
use teiten_report::error::ReportError;
use teiten_report::facts::Facts;
use teiten_report::folder::Files;
use teiten_report::html;
use teiten_report::kinds::periodic::periodic;
use teiten_report::plan::Plan;
use teiten_report::words::Language;
use teiten_report::words::names::Names;

use crate::{both, invented, told};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Every number in a text, sorted; English months count as their numbers.
fn numbers(text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .split(|letter: char| !letter.is_ascii_digit() && letter != '.' && letter != ',')
        .map(|number| number.trim_matches(['.', ',']).to_string())
        .filter(|number| !number.is_empty())
        .collect();
    for word in text.split(|letter: char| !letter.is_alphabetic()) {
        let is_month = |month: &&str| word.starts_with(*month) && (word.len() == 3 || LONG.contains(&word));
        found.extend(MONTHS.iter().position(is_month).map(|at| (at + 1).to_string()));
    }
    found.sort();
    found
}

const LONG: [&str; 11] = [
    "January",
    "February",
    "March",
    "April",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn bound(document: &Document) -> Vec<&str> {
    let spans = document.sections.iter().flat_map(|section| &section.blocks).flat_map(|block| match block {
        Block::Paragraph(spans) | Block::Notice(spans) => spans.as_slice(),
        _ => &[],
    });
    spans.filter(|span| matches!(span, Span::Number { .. })).map(Span::shown).collect()
}

fn hostile() -> Facts {
    let evil = "</text><script>alert(1)</script>\u{202E}\u{0}|`=cmd \"x\" {$x} \u{E000}0\u{E001}";
    let mut facts = invented::tiny();
    facts.publisher.institution = Names::same(evil);
    facts.region = Some(Names::same(evil));
    facts.synthetic = Some(Names::same(evil));
    facts.provenance.sensors[0].name = evil.into();
    facts.provenance.command = evil.into();
    facts.coverage = vec![Names::same(evil)];
    for ranking in [&mut facts.ports, &mut facts.regions] {
        for row in &mut ranking.rows {
            row.key = format!("{}{evil}", row.key);
            row.name = Names::same(evil);
        }
        for series in &mut ranking.series {
            series.key = format!("{}{evil}", series.key);
            series.label = Names::same(evil);
        }
    }
    facts
}

#[test]
fn hostile_text_is_only_text() {
    for (path, bytes) in html::render(&both(&hostile())).unwrap() {
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            !text.contains('\u{202E}') && !text.contains('\u{0}') && !text.contains('\u{E000}'),
            "{path}"
        );
        if path.ends_with(".html") || path.ends_with(".svg") {
            assert!(
                !text.contains("<script") && text.contains("&lt;script&gt;") || path == "index.html",
                "{path}"
            );
        }
    }
}

#[test]
fn documents_and_folder_are_the_same_twice() {
    let once = html::render(&both(&invented::quarter())).unwrap();
    let again = html::render(&both(&invented::quarter())).unwrap();
    assert!(once == again);
}

#[test]
fn the_json_form_has_every_row_and_the_period() {
    let files = html::render(&both(&invented::quarter())).unwrap();
    let page: serde_json::Value = serde_json::from_slice(&files["ja/report.json"]).unwrap();
    assert_eq!(page["start"], "2014-03-31T15:00:00.000000Z");
    let table = &page["sections"][0]["blocks"][2];
    assert_eq!((table["id"].as_str(), table["shown"].as_u64()), (Some("ports"), Some(5)));
    assert_eq!(table["rows"].as_array().map(Vec::len), Some(11));
    assert_eq!(table["rows"][0][4], serde_json::json!({ "value": 125_030, "text": "125,030" }));
}

#[test]
fn facts_that_contradict_themselves_are_refused() {
    let mut short = invented::quarter();
    short.ports.series[0].values.pop();
    let mut backwards = invented::quarter();
    backwards.period.last = backwards.period.first.yesterday().unwrap();
    let mut outside = invented::quarter();
    outside.period.name = "../2014".into();
    for facts in [short, backwards, outside] {
        assert!(matches!(periodic(&facts, &Plan::default(), Language::Ja), Err(ReportError::Facts { .. })));
    }
}

#[test]
fn a_name_that_two_documents_share_with_different_content_is_a_conflict() {
    let tiny = periodic(&invented::tiny(), &Plan::default(), Language::Ja).unwrap();
    let quarter = periodic(&invented::quarter(), &Plan::default(), Language::Ja).unwrap();
    assert!(matches!(html::render(&[tiny, quarter]), Err(ReportError::Conflict { .. })));
}

#[test]
fn every_link_inside_the_folder_leads_somewhere() {
    let files = html::render(&both(&invented::quarter())).unwrap();
    for language in ["ja", "en"] {
        let page = String::from_utf8(files[&format!("{language}/index.html")].clone()).unwrap();
        for target in page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let is_there = if let Some(anchor) = target.strip_prefix('#') {
                page.contains(&format!("id=\"{anchor}\""))
            } else if let Some(path) = target.strip_prefix("../") {
                let (path, anchor) = path.split_once('#').unwrap_or((path, ""));
                let there = files.get(path).map(|bytes| String::from_utf8_lossy(bytes));
                there.is_some_and(|there| anchor.is_empty() || there.contains(&format!("id=\"{anchor}\"")))
            } else {
                target.starts_with("https://") || files.contains_key(&format!("{language}/{target}"))
            };
            assert!(is_there, "{language}: {target}");
        }
        let ids: Vec<&str> =
            page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let unique: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len());
    }
}

#[test]
fn a_page_links_what_lies_beside_it_and_nothing_else() {
    let documents = both(&invented::tiny());
    let page = |mut files: Files| {
        html::add(&documents, &mut files).unwrap();
        String::from_utf8(files["ja/index.html"].clone()).unwrap()
    };
    let alone = page(Files::new());
    for absent in [".csv", ".pdf", ".png", ".md", ".json"] {
        assert!(!alone.contains(absent), "{absent}");
    }
    let beside = [("ja/report.pdf", 312_499), ("figures/ports-by-day.ja.png", 9), ("tables/ports.ja.csv", 9)];
    let beside = page(beside.into_iter().map(|(path, size)| (path.to_string(), vec![0; size])).collect());
    assert!(
        beside.contains("<a href=\"../ja/report.pdf\" type=\"application/pdf\">PDF版（日本語、312 kB）</a>")
    );
    assert!(beside.contains("href=\"../figures/ports-by-day.ja.png\">PNG<"));
    assert!(beside.contains("href=\"../tables/ports.ja.csv\">CSV<") && !beside.contains("regions.ja.csv"));
}

fn rank() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![(1..=10_u32).prop_map(Some), Just(None)]
}

prop_compose! {
    fn facts()(
        days in 1..40_usize,
        ranks in prop::collection::vec((rank(), rank(), 0.0..900.0_f64, 0.0..900.0_f64), 0..11),
        values in prop::collection::vec(prop::option::weighted(0.8, 0.0..900.0_f64), 40),
        sensors in 0..4_i64,
        has_previous: bool,
        packets in 0..3_000_000_i64,
    ) -> Facts {
        let mut facts = invented::quarter();
        facts.period.last = facts.period.first.checked_add(jiff::Span::new().days(days as i64 - 1)).expect("forty days after April are in the calendar");
        facts.sensors = sensors;
        facts.packets = Some(packets);
        if !has_previous {
            facts.previous = None;
        }
        for ranking in [&mut facts.ports, &mut facts.regions] {
            ranking.rows.truncate(ranks.len());
            for (row, (rank, previous, rate, before)) in ranking.rows.iter_mut().zip(&ranks) {
                (row.rank, row.previous_rank) = (*rank, *previous);
                (row.rate, row.previous_rate) = (Some(*rate), Some(*before));
            }
            let shift = |at: usize| at % values.len();
            for (at, series) in ranking.series.iter_mut().enumerate() {
                series.values = (0..days).map(|day| values[shift(day + at * 7)]).collect();
            }
        }
        facts
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn both_languages_have_the_same_numbers(facts in facts()) {
        let [ja, en] = both(&facts);
        prop_assert_eq!(numbers(&told(&ja)), numbers(&told(&en)));
        let (mut of_ja, mut of_en) = (bound(&ja), bound(&en));
        of_ja.iter_mut().chain(of_en.iter_mut()).for_each(|text| {
            *text = if text.contains("10") && text.chars().any(char::is_alphabetic) { "outside" } else { text };
        });
        of_ja.sort_unstable();
        of_en.sort_unstable();
        prop_assert_eq!(of_ja, of_en);
    }
}
