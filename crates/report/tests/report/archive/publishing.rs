//! What publishing leaves in a site: first editions, corrections, and what an interrupted run left.

use std::collections::BTreeMap;
use std::fs;

use expect_test::{expect, expect_file};
use teiten_report::archive::edition::Told;
use teiten_report::archive::publish::{self, Outcome};
use teiten_report::facts::Facts;
use teiten_report::words::names::Names;

use super::{Place, corrected, day, first};

fn number(outcome: &Outcome) -> (u32, bool) {
    match outcome {
        Outcome::Published { edition, .. } => (edition.number, true),
        Outcome::Same { edition, .. } => (edition.number, false),
    }
}

fn note() -> Told {
    Told {
        ja: "入力の取り込み漏れを直しました。".into(),
        en: "An input that had been left out was added.".into(),
    }
}

#[test]
fn a_report_has_a_stable_address_and_an_edition() {
    let place = Place::new("internal");
    assert_eq!(number(&place.publish(&place.report("r", &first()))), (1, true));
    let files = place.files();
    let at = |folder: &str| -> Vec<String> {
        files.keys().filter_map(|path| path.strip_prefix(folder)).map(ToString::to_string).collect()
    };
    let newest: Vec<String> =
        at("quarterly/2014Q2/").into_iter().filter(|path| !path.starts_with("editions/")).collect();
    let mut kept = at("quarterly/2014Q2/editions/1/");
    kept.retain(|path| path != "provenance.json");
    assert_eq!(newest, kept);
    let around: Vec<&String> = files.keys().filter(|path| !path.starts_with("quarterly")).collect();
    assert_eq!(
        around,
        [
            "en/feed.atom",
            "en/index.html",
            "index.html",
            "ja/feed.atom",
            "ja/index.html",
            "site.json",
            "style.css"
        ]
    );
    let page = place.text("quarterly/2014Q2/ja/index.html");
    assert!(page.contains("<a href=\"../../../ja/index.html\">レポート一覧</a>") && !page.contains("訂正版"));
    assert!(place.text("quarterly/2014Q2/editions/1/ja/index.html").contains("公開時のまま保存したものです"));
}

#[test]
fn the_same_report_published_again_changes_nothing() {
    let place = Place::new("internal");
    let report = place.report("r", &first());
    place.publish(&report);
    let before = place.files();
    assert_eq!(number(&place.publish(&report)), (1, false));
    assert_eq!(number(&place.publish(&place.report("again", &first()))), (1, false));
    let later = Facts { issued: day("2014-07-16"), first_published: Some(day("2014-07-15")), ..first() };
    let outcome = place.publish(&place.report("later", &later));
    assert!(matches!(outcome, Outcome::Same { is_dated_otherwise: true, .. }), "{outcome:?}");
    assert_eq!(place.files(), before);
}

#[test]
fn other_content_is_a_corrected_edition_and_the_first_is_kept() {
    let place = Place::new("internal");
    place.publish(&place.report("r", &first()));
    let kept = |files: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
        let of_first = files.iter().filter(|(path, _)| path.contains("editions/1/"));
        of_first.map(|(path, bytes)| (path.clone(), bytes.clone())).collect()
    };
    let before = kept(&place.files());
    let outcome = publish::publish(&place.site, &place.report("c", &corrected()), &note()).unwrap();
    assert_eq!(number(&outcome), (2, true));
    assert_eq!(kept(&place.files()), before, "edition 1 is as it was");

    let mark = |path: &str| {
        let page = place.text(path);
        let (_, rest) = page.split_once("<!-- edition -->\n").expect("a mark");
        rest.split_once("<!-- /edition -->").expect("its end").0.to_string()
    };
    expect![[r#"
        <p class="notice" role="note"><strong>訂正版</strong> この第2版は、2014年8月1日に公開した訂正版です。<br>入力の取り込み漏れを直しました。<br>前の版からの変更は、値5個（表2点）、順位2か所、文章1か所です。作成条件の違いは、追加された入力1件、参照データまたは規則の版です。<br><a href="../editions/2/ja/changes.html">変更点の一覧</a> / <a href="../editions/1/ja/index.html">訂正前の版</a></p>
        <p class="tools"><a href="../../../ja/index.html">レポート一覧</a></p>"#]]
    .assert_eq(&mark("quarterly/2014Q2/ja/index.html"));
    expect![[r#"
        <p class="notice" role="note"><strong>Corrected</strong> This is edition 2, a corrected edition of 1 August 2014.<br>An input that had been left out was added.<br>Changed since the edition before: 5 values in 2 tables, 2 ranks, 1 sentence. What the reports were made from differs in: 1 input added, editions of reference data or rules.<br><a href="../../2/en/changes.html">List of differences</a> / <a href="../../1/en/index.html">The edition before the correction</a></p>
        <p class="notice" role="note">This page keeps edition 2 (1 August 2014) as it was published. It may have been corrected since. <a href="../../../en/index.html">Newest edition</a></p>
        <p class="tools"><a href="../../../../../en/index.html">All reports</a></p>"#]]
    .assert_eq(&mark("quarterly/2014Q2/editions/2/en/index.html"));
    expect_file!["../golden/archive.ja.html"].assert_eq(&place.text("ja/index.html"));
    expect_file!["../golden/changes.en.html"]
        .assert_eq(&place.text("quarterly/2014Q2/editions/2/en/changes.html"));
}

#[test]
fn a_correction_without_a_change_of_value_needs_a_note() {
    let place = Place::new("internal");
    place.publish(&place.report("r", &first()));
    let later = Facts { issued: day("2014-07-20"), first_published: Some(day("2014-07-15")), ..first() };
    let report = place.report("later", &later);
    assert_eq!(number(&place.publish(&report)), (1, false));
    assert_eq!(number(&publish::publish(&place.site, &report, &note()).unwrap()), (2, true));
    assert!(place.text("en/index.html").contains("Neither values in tables nor sentences differ."));
}

#[test]
fn what_a_report_says_of_its_correction_is_the_note_of_its_edition() {
    let place = Place::new("internal");
    place.publish(&place.report("r", &first()));
    let said = Names::new("「欠測」を補いました。", "\"Gaps\" were filled & counted.");
    let facts = Facts { correction: Some(said), ..corrected() };
    let Outcome::Published { edition, .. } = place.publish(&place.report("c", &facts)) else {
        panic!("it is an edition")
    };
    assert_eq!(edition.note.en, "\"Gaps\" were filled & counted.");
    // It is said once on the page, and told where the page is not.
    assert_eq!(place.text("quarterly/2014Q2/en/index.html").matches("were filled").count(), 1);
    assert!(place.text("en/index.html").contains("were filled"));
    assert!(place.text("ja/feed.atom").contains("「欠測」を補いました。"));
    // The same content of another day is no edition, also with its note.
    let later = Facts { issued: day("2014-08-02"), ..facts };
    assert_eq!(number(&place.publish(&place.report("later", &later))), (2, false));
}

#[test]
fn every_link_of_the_site_leads_to_a_file() {
    let place = Place::new("internal");
    place.publish(&place.report("r", &first()));
    publish::publish(&place.site, &place.report("c", &corrected()), &note()).unwrap();
    let files = place.files();
    let mut checked = 0;
    for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".html")) {
        let page = String::from_utf8(bytes.clone()).unwrap();
        for link in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            if link.starts_with('#') || link.contains(':') {
                continue;
            }
            let mut parts: Vec<&str> = path.split('/').collect();
            parts.pop();
            let file = link.split('#').next().unwrap_or(link);
            for part in file.split('/') {
                match part {
                    ".." => drop(parts.pop().unwrap_or_else(|| panic!("{path}: {link} leaves the site"))),
                    part => parts.push(part),
                }
            }
            let target = parts.join("/");
            assert!(files.contains_key(&target), "{path} leads to {target}, which is not there");
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked} links");
}

#[test]
fn an_interrupted_publication_is_mended_by_the_next() {
    let whole = Place::new("internal");
    whole.publish(&whole.report("r", &first()));
    let after_first = whole.files();
    whole.publish(&whole.report("c", &corrected()));
    let expected = whole.files();

    // Whatever had been written when the program stopped: files of the second publication that are not
    // there yet, and half-written ones that nobody reads.
    let order = expected.keys().filter(|path| after_first.get(*path) != expected.get(*path));
    let (sealed, drawn): (Vec<&String>, Vec<&String>) = order.partition(|path| path.contains("editions/2/"));
    for stopped in 0..=drawn.len() + 1 {
        let place = Place::new("internal");
        place.publish(&place.report("r", &first()));
        let put = |path: &str, bytes: &[u8]| {
            let file = place.site.folder.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        };
        if stopped == 0 {
            put("quarterly/2014Q2/editions/.2.partial/ja/index.html", b"half");
        } else {
            sealed.iter().for_each(|path| put(path, &expected[*path]));
            fs::remove_file(place.site.folder.join("quarterly/2014Q2/edition.json")).unwrap();
            let written = drawn.iter().take(stopped - 1).filter(|path| !path.ends_with("edition.json"));
            written.for_each(|path| put(path, &expected[*path]));
        }
        let outcome = place.publish(&place.report("c", &corrected()));
        assert_eq!(number(&outcome), (2, stopped == 0));
        assert!(place.files() == expected, "stopped after {stopped}");
    }
}

#[test]
fn a_refresh_draws_what_was_lost() {
    let place = Place::new("internal");
    place.publish(&place.report("r", &first()));
    place.publish(&place.report("c", &corrected()));
    let before = place.files();
    for path in before.keys().filter(|path| !path.contains("editions/") && path.as_str() != "site.json") {
        fs::remove_file(place.site.folder.join(path)).unwrap();
    }
    assert_eq!(publish::refresh(&place.site).unwrap().len(), 2);
    assert!(place.files() == before);
}

#[test]
fn what_leaves_with_a_correction_leaves_the_stable_address() {
    let place = Place::new("internal");
    place.publish(&place.report("r", &first()));
    let mut facts = corrected();
    facts.regions.rows.clear();
    facts.regions.series.clear();
    place.publish(&place.report("c", &facts));
    let there = |path: &str| place.site.folder.join("quarterly/2014Q2").join(path).try_exists().unwrap();
    assert!(!there("figures/regions-by-day.ja.svg") && there("figures/ports-by-day.ja.svg"));
    assert!(there("editions/1/figures/regions-by-day.ja.svg"));
}

#[test]
fn other_things_in_a_site_stay() {
    let place = Place::new("internal");
    for path in ["robots.txt", "assets/2014/logo.svg"] {
        let file = place.site.folder.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "mine").unwrap();
    }
    place.publish(&place.report("r", &first()));
    place.publish(&place.report("c", &corrected()));
    assert_eq!(place.text("robots.txt") + &place.text("assets/2014/logo.svg"), "minemine");
}
