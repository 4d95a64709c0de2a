//! Sections that recur: what they tell from sheets and curves, and that they say when nothing is there.
//!
//! **Invariant:** the facts are invented; no number is an observation.

use expect_test::expect_file;
use teiten_model::table::Value;
use teiten_report::document::Document;
use teiten_report::facts::recurring::{Burst, Curves, Sheet, SheetCell};
use teiten_report::facts::{Facts, Series};
use teiten_report::kinds::periodic::periodic;
use teiten_report::kinds::sections::SECTIONS;
use teiten_report::plan::{Kind, Plan, Readers};
use teiten_report::words::Language;
use teiten_report::words::names::Names;

use crate::{invented, phenomena, told};

/// Every section there is, for those who may see all.
fn everything() -> Plan {
    Plan { sections: SECTIONS.iter().collect(), ..Plan::new(Kind::Quarterly, Readers::Internal) }
}

fn documents(facts: &Facts) -> [Document; 2] {
    Language::ALL.map(|language| periodic(facts, &everything(), language).expect("a report"))
}

/// Facts with two rows in a sheet of that many columns, whatever they mean.
fn sheet(first: &[(&str, &str, &str)], columns: usize) -> Sheet {
    let rows = first.iter().enumerate().map(|(at, (key, ja, en))| {
        let mut row = vec![SheetCell::Named((*key).into(), Names::new(*ja, *en))];
        row.extend((1..columns).map(|column| {
            let number = 100.0 * (columns - column) as f64 / (at + 1) as f64;
            SheetCell::Plain(if column % 2 == 1 {
                Value::Int(number as i64)
            } else {
                Value::Float(number / 1000.0)
            })
        }));
        row
    });
    Sheet { rows: rows.collect(), origin: vec!["cells_daily".into()] }
}

fn whole() -> Facts {
    let mut facts = phenomena::quarter();
    let ports = [("23/TCP", "telnet", "telnet"), ("445/TCP", "microsoft-ds", "microsoft-ds")];
    let regions = [("CN", "中国", "China"), ("US", "米国", "United States")];
    let items =
        [("accesses", "一日・一アドレスあたり", "per address and day"), ("sources", "送信元", "sources")];
    let sheets = &mut facts.recurring.sheets;
    for (id, first, columns) in [
        ("accesses", &items, 5),
        ("address-ports", &ports, 5),
        ("address-regions", &regions, 5),
        ("port-risers", &ports, 5),
        ("region-risers", &regions, 5),
        ("hosts-regions", &regions, 4),
        ("hosts-tcp", &ports, 4),
        ("hosts-udp", &ports, 4),
        ("damage", &items, 5),
        ("damage-ports", &ports, 4),
        ("signatures", &items, 5),
        ("signature-kinds", &items, 3),
        ("home-shares", &ports, 3),
        ("home-ports", &ports, 4),
        ("home-kinds", &items, 3),
        ("mirai-regions", &regions, 3),
        ("groups", &items, 4),
        ("sensor-ports", &items, 5),
        ("scanner-totals", &items, 3),
        ("scanners", &items, 5),
        ("scanner-networks", &ports, 4),
        ("years", &[("2013", "2013", "2013"), ("2014", "2014", "2014")], 6),
        ("reflection", &ports, 4),
    ] {
        sheets.insert(id, sheet(first, columns));
    }
    for id in [
        "accesses-by-day",
        "hosts-by-day",
        "damage-by-day",
        "home-telnet-by-day",
        "home-kinds-by-day",
        "mirai-by-day",
        "groups-by-day",
        "scanners-by-day",
        "ports-by-year",
        "regions-by-year",
    ] {
        let values = (0..91).map(|day| Some(f64::from(day))).collect();
        let mut series = vec![Series { key: "all".into(), label: Names::new("合計", "all"), values }];
        if ["home-kinds-by-day", "damage-by-day"].contains(&id) {
            series.extend([("mirai", 0.25), ("other", 0.75)].map(|(key, part)| Series {
                key: key.into(),
                label: Names::same(key),
                values: (0..91).map(|day| Some(f64::from(day) * part)).collect(),
            }));
        }
        let first = facts.period.first;
        facts.recurring.curves.insert(id, Curves { first, series, origin: vec![] });
    }
    facts.recurring.bursts.push(Burst {
        key: "23/TCP".into(),
        name: Names::same("telnet"),
        sensor: "jp-01".into(),
        first: facts.period.first,
        last: facts.period.first,
        packets: 9_000,
        burst_packets: 8_000,
        rank: Some(3),
        rank_without: None,
    });
    facts
}

#[test]
fn every_section_is_told_in_both_languages() {
    let [ja, en] = documents(&whole());
    let sections = |document: &Document| {
        let text = told(document);
        let from = text.find("\n# ").expect("sections");
        text[from..].to_string()
    };
    expect_file!["golden/recurring.ja.txt"].assert_eq(&sections(&ja));
    expect_file!["golden/recurring.en.txt"].assert_eq(&sections(&en));
}

#[test]
fn a_section_without_facts_says_so() {
    let [ja, en] = documents(&invented::quarter());
    for (document, sentence) in [(ja, "求めていない応答"), (en, "In this period no answers of services")]
    {
        assert!(told(&document).contains(sentence), "{}", document.language.code());
        assert_eq!(document.sections.len(), SECTIONS.len(), "every section is there");
    }
}

#[test]
fn single_sensors_are_named_only_to_those_who_may_know() {
    let facts = whole();
    for (readers, is_named) in
        [(Readers::Internal, true), (Readers::Members, false), (Readers::Public, false)]
    {
        let plan = Plan::new(Kind::Quarterly, readers);
        let document = periodic(&facts, &plan, Language::En).expect("a report");
        let page = teiten_report::json::write(&document);
        assert_eq!(page.contains("jp-01"), is_named, "{}", readers.name());
        assert!(told(&document).contains("8,000 reached a single sensor"));
    }
}
