//! Editions on disk: written whole, carried on, compared, asked.
//!
//! **Invariant:** what an edition answers depends on its files alone.

use std::collections::BTreeSet;

use super::*;
use crate::diff::{Change, diff};
use crate::record::{Kind, PortRange};
use teiten_model::interval::Day;

fn record(id: &str, title: &str, modified: i32) -> Record {
    Record { title: title.into(), modified: Some(Day(modified)), ..Record::of(Kind::Vulnerability, id) }
}

fn batch(source: Source, date: i32, records: Vec<Record>, withdrawn: &[&str]) -> Batch {
    Batch {
        source,
        name: source.word().to_string(),
        date: Day(date),
        licence: "CC0-1.0".into(),
        files: "f".into(),
        records: records.into_iter().map(|record| (record.id.clone(), record)).collect(),
        withdrawn: withdrawn.iter().map(ToString::to_string).collect::<BTreeSet<String>>(),
        skipped: 0,
    }
}

#[test]
fn what_changed_is_added_to_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = Shelf::open(dir.path());
    let first = vec![
        record("CVE-2020-0001", "a", 10),
        record("CVE-2020-0002", "b", 10),
        record("CVE-2020-0003", "c", 10),
    ];
    let (one, is_new) = shelf.put(&batch(Source::Nvd, 100, first.clone(), &[])).unwrap();
    assert!(is_new && one.records == 3 && one.added == 3);
    assert!(!shelf.put(&batch(Source::Nvd, 101, first, &[])).unwrap().1, "the same content changes nothing");
    let mut moved = record("CVE-2020-0002", "b2", 12);
    moved.products = vec!["v:p".into()];
    let second = vec![moved, record("CVE-2020-0001", "older", 9), record("CVE-2020-0004", "d", 12)];
    let (two, _) = shelf.put(&batch(Source::Nvd, 100, second, &["CVE-2020-0003"])).unwrap();
    assert_eq!((two.records, two.added, two.changed, two.removed, two.number), (3, 1, 1, 1, 2));
    let catalogue = shelf.catalogue().unwrap();
    let title = |id: &str| catalogue.vulnerability(id).unwrap().map(|told| told.record.title);
    assert_eq!(title("CVE-2020-0001").as_deref(), Some("a"), "an older form overwrites nothing");
    assert_eq!(title("cve-2020-0002").as_deref(), Some("b2"));
    assert_eq!(title("CVE-2020-0003"), None, "taken back");
    assert_eq!(catalogue.of_product("v:p").unwrap().told.len(), 1);
    for (pattern, count) in [("v:*", 1), ("v:*p", 1), ("*:p", 1), ("v:*q", 0), ("v*", 1), ("*v:p", 1)] {
        assert_eq!(catalogue.of_product(pattern).unwrap().told.len(), count, "{pattern}");
    }
    assert_eq!(catalogue.named("CVE-2020-0003").unwrap().told.len(), 0, "its words are gone with it");
    let found = diff(&shelf, &one, &two).unwrap();
    let rows: Vec<(String, Change)> = found.rows.into_iter().map(|row| (row.record.id, row.change)).collect();
    let fields = ["modified", "products", "title"].map(String::from).to_vec();
    assert_eq!(
        rows,
        [
            ("CVE-2020-0002".to_string(), Change::Changed(fields)),
            ("CVE-2020-0003".to_string(), Change::Removed),
            ("CVE-2020-0004".to_string(), Change::Added),
        ]
    );
    assert_eq!((found.added, found.removed, found.changed, found.same), (1, 1, 1, 1));
    let older = shelf.put(&batch(Source::Nvd, 90, vec![record("CVE-2020-0009", "x", 1)], &[])).unwrap_err();
    assert!(older.to_string().contains("is older than the edition of 1970-04-11"), "{older}");
}

#[test]
fn a_whole_edition_takes_the_place_of_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = Shelf::open(dir.path());
    let two = vec![record("CVE-2020-0001", "a", 1), record("CVE-2020-0002", "b", 1)];
    shelf.put(&batch(Source::Kev, 100, two, &[])).unwrap();
    let taken = shelf.put(&batch(Source::Kev, 100, vec![record("CVE-2020-0003", "c", 1)], &[])).unwrap_err();
    assert!(taken.to_string().contains("with other content is there already"), "{taken}");
    let (next, _) = shelf.put(&batch(Source::Kev, 101, vec![record("CVE-2020-0002", "B", 1)], &[])).unwrap();
    assert_eq!((next.records, next.added, next.changed, next.removed), (1, 0, 1, 1));
    let catalogue = shelf.catalogue().unwrap();
    assert!(catalogue.vulnerability("CVE-2020-0001").unwrap().is_none());
    assert_eq!(
        fs::read_dir(dir.path().join("kev")).unwrap().count(),
        2,
        "nothing is left of what was refused"
    );
}

#[test]
fn sources_tell_a_vulnerability_together() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = Shelf::open(dir.path());
    let id = "CVE-2021-35394";
    let kev = Record { kev: Some(Day(18_971)), ..record(id, "Realtek", 1) };
    shelf.put(&batch(Source::Kev, 100, vec![kev], &[])).unwrap();
    let jvn = Record {
        title_ja: "複数の脆弱性".into(),
        cves: vec![id.into()],
        published: Some(Day(18_855)),
        ..Record::of(Kind::Vulnerability, "JVNDB-2021-000001")
    };
    shelf.put(&batch(Source::Jvn, 100, vec![jvn], &[])).unwrap();
    let rule = Record {
        cves: vec![id.into()],
        ports: vec![PortRange(17, 9034, 9034)],
        published: Some(Day(19_384)),
        ..Record::of(Kind::Rule, "sid:2044008")
    };
    shelf.put(&batch(Source::Rules, 100, vec![rule], &[])).unwrap();
    let told = shelf.catalogue().unwrap().vulnerability(id).unwrap().unwrap();
    expect_test::expect![[r#"
        ["kev=1970-04-11", "jvn=1970-04-11", "rules=1970-04-11"]
        {"id":"CVE-2021-35394","kind":"vulnerability","title":"Realtek","title_ja":"複数の脆弱性","names":["JVNDB-2021-000001"],"ports":[[17,9034,9034]],"published":"2021-08-16","modified":"1970-01-02","kev":"2021-12-10","exploit":"2023-01-27"}"#]]
    .assert_eq(&format!("{:?}\n{}", told.told_by, serde_json::to_string(&told.record).unwrap()));
    let by_port = shelf.catalogue().unwrap().of_port(17, 9034).unwrap();
    assert_eq!(by_port.told.len(), 1);
}

#[test]
fn of_too_many_the_newest_are_kept_whatever_their_text_and_product() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = Shelf::open(dir.path());
    // The newest numbers have the longest texts, those of letters the first products, and years come in turn.
    let of = |number: usize, product: &str| Record {
        products: vec![format!("vendor:{product}")],
        ..record(&format!("CVE-2021-{number:04}"), "t", 1)
    };
    let older = (9_500..10_100).map(|number| of(number, "z")).collect();
    let newer = (10_100..10_200).map(|number| of(number, if number == 10_150 { "zz" } else { "z" }));
    shelf.put(&batch(Source::Nvd, 100, newer.collect(), &[])).unwrap();
    shelf.put(&batch(Source::Nvd, 101, older, &[])).unwrap();
    let catalogue = shelf.catalogue().unwrap();
    for (pattern, oldest) in [("vendor:z", 9_699), ("vendor:*", 9_700)] {
        let found = catalogue.of_product(pattern).unwrap();
        assert!(found.is_cut, "{pattern}");
        let mut ids: Vec<String> = found.told.into_iter().map(|told| told.record.id).collect();
        ids.sort_by_key(|id| Age::of(id));
        assert_eq!(ids.len(), FOUND_MAX, "{pattern}");
        assert_eq!(ids[0], format!("CVE-2021-{oldest:04}"), "{pattern}");
        assert_eq!(ids[FOUND_MAX - 1], "CVE-2021-10199", "{pattern}");
    }
    let whole = catalogue.of_product("vendor:zz*").unwrap();
    assert_eq!((whole.told.len(), whole.is_cut), (1, false));
    let mut cves = BTreeSet::new();
    assert!(catalogue.cves_of_product("vendor:*", 2, &mut cves).unwrap());
    let cves: Vec<String> = cves.into_iter().map(Age::into_id).collect();
    assert_eq!(cves, ["CVE-2021-10198", "CVE-2021-10199"]);
}

#[test]
fn a_damaged_edition_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = Shelf::open(dir.path());
    let records = || vec![record("CVE-2020-0001", "a", 1)];
    let (damaged, _) = shelf.put(&batch(Source::Kev, 100, records(), &[])).unwrap();
    shelf.put(&batch(Source::Nvd, 101, records(), &[])).unwrap();
    let folder = shelf.folder(&damaged);
    let told = || {
        let catalogue = shelf.catalogue().unwrap();
        let told = catalogue.vulnerability("CVE-2020-0001").unwrap().expect("the other edition has it");
        assert_eq!(catalogue.named("CVE-2020-0001").unwrap().told.len(), 1);
        assert_eq!(told.told_by, ["nvd=1970-04-12"]);
        catalogue.damages()
    };
    fs::write(folder.join("records.lines"), "CVE").unwrap();
    let damages = told();
    assert!(
        damages.len() == 1 && damages[0].contains("remove that folder and import it again"),
        "{damages:?}"
    );
    fs::remove_file(folder.join("records.lines")).unwrap();
    assert!(told().iter().any(|damage| damage.contains("records.lines is gone")), "{:?}", told());
    fs::write(folder.join("edition.toml"), "no").unwrap();
    let damages = told();
    assert!(damages.len() == 1 && damages[0].contains("edition.toml"), "{damages:?}");
    let error = shelf.editions().unwrap_err().to_string();
    assert!(error.contains("edition.toml"), "whoever asks for all editions is told: {error}");
}
