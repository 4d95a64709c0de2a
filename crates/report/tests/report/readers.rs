//! The three forms of one document: what each kind of readers is told, and what no exit of it may hold.
//!
//! **Invariant:** the same facts; only the plan differs.

use std::collections::BTreeMap;

use teiten_report::document::{Block, Document};
use teiten_report::facts::{Facts, Later, Withheld};
use teiten_report::kinds::periodic::periodic;
use teiten_report::plan::{Kind, Plan, Readers};
use teiten_report::words::Language;
use teiten_report::words::names::Names;
use teiten_report::{html, json};

use crate::{phenomena, told};

fn form(facts: &Facts, readers: Readers) -> Vec<Document> {
    let plan = Plan::new(Kind::Quarterly, readers);
    let make = |language| periodic(facts, &plan, language).expect("these facts make a report");
    Language::ALL.map(make).into()
}

/// Every file of a form as text.
fn exits(documents: &[Document]) -> BTreeMap<String, String> {
    let files = html::render(documents).expect("pages");
    files.into_iter().map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).into_owned())).collect()
}

/// What may stand in the internal form only, and what members may read too.
const SECRETS: [(&str, Readers); 7] = [
    ("jp-01", Readers::Internal),
    ("198.51.100.7", Readers::Members),
    ("04:05:06", Readers::Members),
    ("0x1a2b", Readers::Members),
    ("kqzvbnxw", Readers::Members),
    ("0000000000000000000000000000000000001000", Readers::Internal),
    ("3 May to 5 May", Readers::Public),
];

#[test]
fn no_exit_holds_what_its_readers_may_not_know() {
    let facts = phenomena::quarter();
    for readers in Readers::ALL {
        let files = exits(&form(&facts, readers));
        for (secret, least) in SECRETS {
            let found: Vec<&String> =
                files.iter().filter(|(_, text)| text.contains(secret)).map(|(path, _)| path).collect();
            assert_eq!(!found.is_empty(), readers >= least, "{secret} in {}: {found:?}", readers.name());
        }
    }
}

#[test]
fn the_public_form_says_what_it_withholds() {
    let mut facts = phenomena::quarter();
    let dns = facts.phenomena.dns.as_mut().expect("the facts have it");
    dns.zones.push(teiten_report::facts::phenomena::VictimZone {
        zone: "few.example".into(),
        kind: None,
        sensors: 4,
        ..dns.zones[0].clone()
    });
    let [ja, en] = <[Document; 2]>::try_from(form(&facts, Readers::Public)).expect("two languages");
    let text = told(&en);
    assert!(text.contains("Values that rest on fewer than 5 sensors are not shown"), "{text}");
    assert!(told(&ja).contains("5台未満のセンサーの観測だけに基づく値は示していません"));
    assert!(!exits(&[ja, en.clone()]).values().any(|text| text.contains("few.example")));
    let page = json::write(&en);
    assert!(page.contains("\"form\":\"public\"") && page.contains("\"id\":\"withheld\""), "{page}");
    // The publisher decides otherwise, and the document says so.
    let mut plan = Plan::new(Kind::Quarterly, Readers::Public);
    plan.exempt.push("dns-zones".to_string());
    let exempt = periodic(&facts, &plan, Language::En).expect("a report");
    assert!(told(&exempt).contains("does not apply to these tables: dns-zones"));
    assert!(json::write(&exempt).contains("few.example"));
}

#[test]
fn a_total_that_readers_may_not_know_stands_nowhere() {
    let mut facts = Facts { packets: None, ..phenomena::quarter() };
    facts.withheld.push(Withheld {
        what: Names::new("宛先ポート番号の一日ごとの値", "daily values of destination ports"),
        cells: 3,
        is_drawn: true,
    });
    facts.phenomena.withheld = 4;
    let [ja, en] = <[Document; 2]>::try_from(form(&facts, Readers::Public)).expect("two languages");
    assert!(told(&en).contains("their number is not shown"));
    assert!(told(&ja).contains("パケットの総数は示していません"));
    assert!(told(&en).contains("Daily values that are not shown are drawn in the figures as gaps"));
    let files = exits(&[ja, en]);
    assert!(files["tables/coverage.en.csv"].contains("packets,\r\n"), "{}", files["tables/coverage.en.csv"]);
    assert!(!files.contains_key("tables/sensors.en.csv"), "a balance gives the total away");
    let withheld = &files["tables/withheld.en.csv"];
    assert!(withheld.contains("daily values of destination ports,3\r\n"), "{withheld}");
    assert!(withheld.contains("daily values of notable phenomena,4\r\n"), "{withheld}");
    assert!(withheld.contains("balance of all sensors\",2\r\n"), "{withheld}");
}

#[test]
fn a_corrected_edition_is_marked_in_every_exit() {
    let note = Names::new("一日分を\n追加しました。", "One day\nwas <added>.");
    let corrected = Facts { correction: Some(note), ..phenomena::quarter() };
    assert!(corrected.first_published.is_some_and(|first| first < corrected.issued));
    let files = exits(&form(&corrected, Readers::Public));
    for (path, parts) in [
        (
            "en/index.html",
            [
                "<strong>Corrected</strong></p>",
                "<p class=\"notice\" role=\"note\">One day was &lt;added&gt;.</p>",
            ],
        ),
        (
            "ja/index.html",
            ["<strong>訂正版</strong></p>", "<p class=\"notice\" role=\"note\">一日分を 追加しました。</p>"],
        ),
        (
            "en/report.md",
            [
                "> **Corrected** This report, first published on 15 July 2014, was corrected on 17 July 2014.  \n",
                "> One day was \\<added\\>.\n",
            ],
        ),
        (
            "ja/report.md",
            [
                "> **訂正版** 本レポートは、2014年7月15日に公開した初版を2014年7月17日に訂正したものです。  \n",
                "> 一日分を 追加しました。\n",
            ],
        ),
        ("en/report.json", ["\"is_corrected\":true", "\"correction\":\"One day was <added>.\""]),
        ("ja/report.json", ["\"is_corrected\":true", "\"correction\":\"一日分を 追加しました。\""]),
    ] {
        for part in parts {
            assert!(files[path].contains(part), "{path} says not: {part}");
        }
    }
    // A first edition has nothing to correct, whatever is said.
    let first = exits(&form(&Facts { first_published: None, ..corrected }, Readers::Public));
    for (path, text) in first {
        assert!(!text.contains("Corrected") && !text.contains("訂正版") && !text.contains("added"), "{path}");
    }
}

#[test]
fn an_edition_that_is_later_than_the_packets_says_so_in_words() {
    let mut facts = phenomena::quarter();
    facts.provenance.editions[0].later = Later::All;
    facts.provenance.editions[1].later = Later::Some;
    facts.provenance.editions[1].beside = 2;
    let documents = form(&facts, Readers::Internal);
    let texts = |document: &Document| -> Vec<String> {
        let tables = document.sections.iter().flat_map(|section| &section.blocks);
        let rows = tables.filter_map(|block| match block {
            Block::Table(table) if table.id == "editions" => Some(&table.rows),
            _ => None,
        });
        rows.flatten().map(|row| row[1].text.clone()).collect()
    };
    assert_eq!(
        texts(&documents[0]),
        ["2014-06-30（パケットより後の版）", "2014-06-12ほか2件（一部のパケットより後の版）", "3"]
    );
    assert_eq!(
        texts(&documents[1]),
        [
            "2014-06-30 (the edition is later than the packets)",
            "2014-06-12 and 2 more (the edition is later than some of the packets)",
            "3"
        ]
    );
    let files = exits(&documents);
    assert!(files["tables/editions.en.csv"].contains("Countries,2014-06-30,all,"));
}

#[test]
fn networks_say_that_no_edition_of_as_numbers_was_imported() {
    let mut facts = phenomena::quarter();
    facts.phenomena.dns.as_mut().expect("the facts have it").home_ases[0].asn = String::new();
    let note = "no edition of AS numbers had been imported";
    assert!(!told(&form(&facts, Readers::Internal)[1]).contains(note));
    facts.provenance.lacks_as = true;
    let [ja, en] = <[Document; 2]>::try_from(form(&facts, Readers::Internal)).expect("two languages");
    assert!(told(&en).contains(note));
    assert!(told(&ja).contains("AS番号の参照データを取り込んでいない"));
}

#[test]
fn every_kind_names_its_periods() {
    let facts = phenomena::quarter();
    for (kind, this, prior) in [
        (Kind::Weekly, "当週", "previous week"),
        (Kind::Monthly, "当月", "previous month"),
        (Kind::Quarterly, "本四半期", "previous quarter"),
        (Kind::Yearly, "当年", "previous year"),
        (Kind::FiscalYearly, "当年度", "previous fiscal year"),
    ] {
        let plan = Plan::new(kind, Readers::Internal);
        let make = |language| periodic(&facts, &plan, language).expect("a report");
        let ja = json::write(&make(Language::Ja));
        assert!(ja.contains(&format!("{this}順位")), "{kind:?}");
        assert!(told(&make(Language::En)).contains(prior), "{kind:?}");
    }
}
