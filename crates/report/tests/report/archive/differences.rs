//! What differs between two reports: every kind of change, by facts that differ in it alone.

use std::fmt::Write;

use expect_test::expect_file;
use teiten_model::account::Loss;
use teiten_report::archive::changes::Changes;
use teiten_report::archive::compare::{compare, pair};
use teiten_report::archive::printed::Printed;
use teiten_report::archive::tell;
use teiten_report::facts::Facts;
use teiten_report::json;
use teiten_report::kinds::periodic::periodic;
use teiten_report::plan::{Kind, Plan, Readers};
use teiten_report::words::{Language, Words};

use super::corrected;
use crate::{both, invented};

/// The reports of both languages, as they are read back.
fn printed(facts: &Facts) -> Vec<Printed> {
    let read = |document| {
        Printed::read(json::write(&document).as_bytes(), std::path::Path::new("report.json"))
            .expect("a report")
    };
    both(facts).into_iter().map(read).collect()
}

fn between(old: &Facts, new: &Facts, language: Language) -> Changes {
    let (old, new) = (printed(old), printed(new));
    let (old, new) = pair(&old, &new, language).expect("both have the language");
    compare(old, new)
}

/// The differences, line by line.
fn told(changes: &Changes) -> String {
    let mut out = String::new();
    for table in &changes.tables {
        writeln!(out, "  {} {} {:?}", table.id, table.presence.word(), table.columns).expect("a text grows");
        for row in &table.rows {
            write!(out, "    {} {}", row.key, row.presence.word()).expect("a text grows");
            for cell in &row.cells {
                let shown = |text: &str| if text.is_empty() { "–".to_string() } else { text.to_string() };
                write!(out, "; {} {} → {}", cell.column, shown(&cell.old_text), shown(&cell.new_text))
                    .expect("a text grows");
            }
            out.push('\n');
        }
    }
    for section in &changes.wording {
        writeln!(out, "  wording of {}: +{} -{}", section.section, section.entered, section.left)
            .expect("a text grows");
    }
    for reason in &changes.reasons {
        let subject = reason.subject.get(..12).unwrap_or(&reason.subject);
        let (old, new) = (tell::datum(&reason.old), tell::datum(&reason.new));
        writeln!(out, "  {} {subject}: {old} → {new}", reason.kind.word()).expect("a text grows");
    }
    out
}

type Change = fn(&mut Facts);

/// Each difference by its name and what makes it.
const CASES: [(&str, Change); 14] = [
    ("nothing", |_| ()),
    ("only the dates", |facts| facts.issued = facts.issued.tomorrow().expect("there is one")),
    ("a count", |facts| facts.ports.rows[0].packets += 7),
    ("a rank", |facts| {
        facts.ports.rows[0].rank = Some(2);
        facts.ports.rows[1].rank = Some(1);
    }),
    ("a row that entered, and one that left", |facts| {
        facts.regions.rows[1].key = "NL".into();
        facts.regions.rows[1].name.en = "Netherlands".into();
    }),
    ("a day of a series", |facts| facts.ports.series[0].values[2] = Some(1.5)),
    ("a series that left", |facts| drop(facts.ports.series.pop())),
    ("rounding in the last place", |facts| {
        facts.ports.rows[0].share *= 1.0 + 1e-12;
        facts.ports.series[0].values[0] = facts.ports.series[0].values[0].map(|value| value * (1.0 + 1e-12));
    }),
    ("inputs", |facts| {
        facts.provenance.inputs[0].frames += 1;
        let mut other = facts.provenance.inputs[0].clone();
        other.sha256 = "f".repeat(64);
        facts.provenance.inputs.push(other);
    }),
    ("editions and software", |facts| {
        facts.provenance.editions[2].edition = "4".into();
        facts.provenance.software = "teiten 0.2.0".into();
    }),
    ("region and zone", |facts| {
        facts.zone = "UTC".into();
        facts.provenance.command = "teiten report make quarterly --period 2014Q2 --region US --k 3".into();
    }),
    ("a loss, a silent day, a sensor", |facts| {
        facts.sensors = 2;
        facts.provenance.sensors[0].account.lose(Loss::Kernel, 5);
        facts.provenance.sensors[0].silent.clear();
    }),
    ("a note on coverage", |facts| {
        facts.coverage = vec![teiten_report::words::names::Names::new("一部欠測。", "Partly unobserved.")];
    }),
    ("a table that left, and sentences", |facts| {
        facts.regions.rows.clear();
        facts.regions.series.clear();
    }),
];

#[test]
fn every_kind_of_difference_is_found_and_explained() {
    let old = invented::tiny();
    let mut all = String::new();
    for (name, change) in CASES {
        let mut new = old.clone();
        change(&mut new);
        let changes = between(&old, &new, Language::En);
        writeln!(all, "== {name}\n{}", told(&changes).trim_end_matches('\n')).unwrap();
        for language in Language::ALL {
            let words = Words::new(language);
            let sentences = tell::sentences(&between(&old, &new, language), &words);
            words.check().unwrap();
            writeln!(all, "{}", sentences.join(" ")).unwrap();
        }
    }
    expect_file!["../golden/differences.txt"].assert_eq(&all);
}

#[test]
fn a_form_that_lists_no_inputs_tells_that_they_differ() {
    let old = invented::tiny();
    let mut new = old.clone();
    new.provenance.inputs_digest = "7".repeat(64);
    for (readers, expected) in
        [(Readers::Internal, vec![]), (Readers::Members, vec!["inputs"]), (Readers::Public, vec!["inputs"])]
    {
        let plan = Plan::new(Kind::Quarterly, readers);
        let printed = |facts: &Facts| {
            let document = periodic(facts, &plan, Language::En).unwrap();
            Printed::read(json::write(&document).as_bytes(), std::path::Path::new("report.json")).unwrap()
        };
        let found = compare(&printed(&old), &printed(&new));
        let kinds: Vec<&str> = found.reasons.iter().map(|reason| reason.kind.word()).collect();
        assert_eq!(kinds, expected, "{readers:?}");
    }
}

#[test]
fn a_section_that_entered_is_a_condition_and_moves_no_label() {
    let facts = invented::tiny();
    let printed = |sections: &[&str]| {
        let mut plan = Plan::default();
        let names: Vec<String> = sections.iter().map(ToString::to_string).collect();
        plan.choose(&names).expect("they are sections");
        let document = periodic(&facts, &plan, Language::En).expect("a report");
        Printed::read(json::write(&document).as_bytes(), std::path::Path::new("report.json"))
            .expect("a report")
    };
    let changes =
        compare(&printed(&["provenance", "references"]), &printed(&["overview", "provenance", "references"]));
    let told = told(&changes);
    assert!(told.contains("condition sections: provenance, references → overview, provenance, references"));
    assert!(changes.tables.iter().all(|table| table.presence.word() == "entered"), "{told}");
    assert!(changes.wording.iter().all(|section| section.section == "overview"), "{told}");
}

#[test]
fn both_languages_find_the_same_numbers() {
    let (old, new) = (invented::tiny(), corrected());
    let numbers = |language| {
        let changes = between(&old, &new, language);
        let cells: Vec<_> = changes
            .rows()
            .flat_map(|(table, row)| {
                row.cells.iter().map(move |cell| (table.id.clone(), row.key.clone(), cell))
            })
            .filter(|(_, _, cell)| cell.new.number().is_some() || cell.old.number().is_some())
            .map(|(table, row, cell)| (table, row, cell.column.clone(), cell.old.clone(), cell.new.clone()))
            .collect();
        (cells, changes.reasons.len())
    };
    assert_eq!(numbers(Language::Ja), numbers(Language::En));
    assert!(!numbers(Language::Ja).0.is_empty());
}

#[test]
fn reports_in_two_languages_are_compared_by_their_numbers() {
    let mut new = invented::tiny();
    new.ports.rows[0].packets += 7;
    let (old, new) = (printed(&invented::tiny()), printed(&new));
    let changes = compare(&old[0], &new[1]);
    assert_eq!(told(&changes), "  ports both []\n    445/TCP both; packets 125,030 → 125,037\n");
}

#[test]
fn a_difference_is_told_with_its_size() {
    let mut new = invented::tiny();
    new.ports.rows[0].packets -= 30;
    new.ports.rows[0].share = 0.5;
    new.ports.rows[0].rate = Some(118.9);
    new.ports.rows[0].rank = Some(2);
    let changes = between(&invented::tiny(), &new, Language::En);
    let words = Words::new(Language::En);
    let sizes: Vec<_> = changes
        .values()
        .map(|cell| format!("{} {} {}", cell.column, tell::difference(cell, &words), tell::relative(cell)))
        .collect();
    assert_eq!(
        sizes,
        [
            "rank ↓1 ",
            "packets −30 −0.02%",
            "share +24.8 points +98.5%",
            "packets_per_sensor_day +0.50 +0.4%",
            "change +0.4 points ",
        ]
    );
}
