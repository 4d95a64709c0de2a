//! Other people's catalogues, read where they lie beside the repository: every sample with the counts its page states.
//!
//! **Invariant:** a file that is not there fails the test.

use std::collections::BTreeMap;
use std::path::PathBuf;

use teiten_intel::diff::diff;
use teiten_intel::import::{ImportRequest, Imported, import};
use teiten_intel::record::Kind;
use teiten_intel::shelf::Shelf;
use teiten_intel::source::Source;
use teiten_model::interval::Day;
use teiten_refdata::edition::parse_day;

fn shared(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name)
}

fn day(text: &str) -> Option<Day> {
    Some(parse_day(text).expect("a day"))
}

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk { dir: tempfile::tempdir().expect("a folder") }
    }

    fn shelf(&self) -> Shelf {
        Shelf::open(self.dir.path())
    }

    fn import(&self, names: &[&str], date: Option<Day>) -> Imported {
        let paths = names.iter().map(|name| shared(name)).collect();
        import(&self.shelf(), &ImportRequest { paths, date, ..ImportRequest::default() }).expect("an import")
    }
}

/// Records of each edition, by its source and name.
fn counts(imported: &Imported) -> BTreeMap<String, (u64, u64)> {
    let of = |(edition, _): &(teiten_intel::shelf::Edition, bool)| {
        (format!("{}/{}", edition.source, edition.name), (edition.records, edition.skipped))
    };
    imported.editions.iter().map(of).collect()
}

fn nothing_failed(imported: &Imported) {
    assert!(imported.failed.is_empty(), "{:?}", imported.failed);
}

#[test]
fn the_catalogue_of_exploited_vulnerabilities_is_the_same_in_both_forms() {
    let (json, csv) = (Desk::new(), Desk::new());
    let (one, other) = (
        json.import(&["vuln/cisa_kev_2025-08-25.json"], None),
        csv.import(&["vuln/cisa_kev_2025-08-25.csv"], None),
    );
    nothing_failed(&one);
    let (one, other) = (&one.editions[0].0, &other.editions[0].0);
    assert_eq!((one.records, one.skipped, one.date), (1404, 0, parse_day("2025-08-25").unwrap()));
    assert_eq!((other.records, other.date), (1404, one.date));
    assert_eq!(one.digest, other.digest, "both forms are the same records");
    let catalogue = json.shelf().catalogue().unwrap();
    let told = catalogue.vulnerability("CVE-2021-35394").unwrap().expect("Realtek's SDK");
    assert_eq!(told.record.kev, day("2021-12-10"));
    assert_eq!(told.record.products, ["realtek:jungle_software_development_kit_(sdk)"]);
}

#[test]
fn answers_of_the_national_database_are_read_page_by_page() {
    let desk = Desk::new();
    let imported = desk.import(&["vuln/nvd"], None);
    nothing_failed(&imported);
    let edition = &imported.editions[0].0;
    assert_eq!((imported.editions.len(), edition.source, edition.skipped), (1, Source::Nvd, 0));
    assert_eq!(edition.records, 49, "47 and two of one entry each");
    let told = desk.shelf().catalogue().unwrap().vulnerability("CVE-2021-26855").unwrap().unwrap();
    assert_eq!((told.record.kev, told.record.cvss), (day("2021-11-03"), Some(9.8)));
    assert_eq!(told.record.products, ["microsoft:exchange_server"]);
}

#[test]
fn records_of_the_programme_are_read_and_shapes_are_named() {
    let desk = Desk::new();
    let imported = desk.import(&["vuln/cve5"], None);
    nothing_failed(&imported);
    let edition = &imported.editions[0].0;
    assert_eq!((edition.records, edition.skipped), (2, 2), "two examples whose values are the word string");
    let unknown: Vec<String> = imported
        .unknown
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(unknown, ["CVE_JSON_5.1_bundled.schema.json"]);
    let catalogue = desk.shelf().catalogue().unwrap();
    let told = catalogue.vulnerability("CVE-2024-3018").unwrap().unwrap();
    assert_eq!((told.record.published, told.record.cvss), (day("2024-03-30"), Some(8.8)));
    assert!(catalogue.vulnerability("CVE-2022-26915").unwrap().is_some());
}

#[test]
fn every_sample_of_jvn_is_read_and_schemas_are_no_records() {
    let desk = Desk::new();
    let imported = desk.import(&["vuln/myjvn"], None);
    nothing_failed(&imported);
    let edition = &imported.editions[0].0;
    assert_eq!((imported.editions.len(), edition.source), (1, Source::Jvn));
    // The samples tell of ten numbers, in XML and JSON, as overviews and as details.
    let mut titles = Vec::new();
    desk.shelf()
        .catalogue()
        .unwrap()
        .each_of(Source::Jvn, |record, _| {
            titles.push((record.id, record.title_ja.is_empty(), record.cves.len()));
            true
        })
        .unwrap();
    assert!(titles.iter().all(|(id, is_empty, _)| id.starts_with("JVNDB-") && !is_empty), "{titles:?}");
    assert_eq!(titles.len() as u64, edition.records);
    let told =
        desk.shelf().catalogue().unwrap().vulnerability("CVE-2021-36745").unwrap().expect("by its number");
    assert_eq!(told.record.title_ja, "トレンドマイクロ製 ServerProtect における認証回避の脆弱性");
    assert_eq!(told.record.published, day("2021-09-30"));
    expect_test::expect!["records 10 skipped 0 without records 17 unknown 32"].assert_eq(&format!(
        "records {} skipped {} without records {} unknown {}",
        edition.records,
        edition.skipped,
        imported.without_records.len(),
        imported.unknown.len()
    ));
}

#[test]
fn probabilities_are_read() {
    let desk = Desk::new();
    let imported = desk.import(&["vuln/epss_kev_nvd_2026-08-22.csv"], day("2026-08-22"));
    nothing_failed(&imported);
    assert_eq!(counts(&imported), BTreeMap::from([("epss/epss".to_string(), (1556, 0))]));
    let undated = desk.import(&["vuln/epss_kev_nvd_2026-08-22.csv"], None);
    assert!(undated.failed[0].1.to_string().contains("does not say of what date it is"));
}

#[test]
fn rules_are_read_with_the_vulnerabilities_they_name() {
    let desk = Desk::new();
    let imported = desk.import(&["vuln/et-open-2025-07"], None);
    nothing_failed(&imported);
    assert_eq!(
        counts(&imported),
        BTreeMap::from([
            ("rules/emerging-exploit".to_string(), (359, 0)),
            ("rules/emerging-scan".to_string(), (57, 0)),
        ])
    );
    assert!(imported.editions.iter().all(|(edition, _)| edition.licence == "BSD-3-Clause"));
    let mut cves = std::collections::BTreeSet::new();
    let mut without_port = 0;
    let shelf = desk.shelf();
    shelf
        .catalogue()
        .unwrap()
        .each_of(Source::Rules, |record, _| {
            assert_eq!(record.kind, Kind::Rule);
            if record.title.contains("EXPLOIT") || !record.cves.is_empty() {
                without_port += u32::from(record.ports.is_empty());
                cves.extend(record.cves);
            }
            true
        })
        .unwrap();
    assert_eq!(cves.len(), 201);
    assert!(without_port >= 330, "a port alone is a weak key: {without_port}");
    let told = shelf.catalogue().unwrap().of_port(17, 9034).unwrap().told;
    assert_eq!(told[0].record.cves, ["CVE-2021-35394"]);
}

#[test]
fn clusters_are_read() {
    let desk = Desk::new();
    let undated = desk.import(&["threat/misp-galaxy/rat.json"], None);
    assert!(undated.failed[0].1.to_string().contains("give the date"));
    let imported = desk.import(&["threat/misp-galaxy"], day("2026-08-01"));
    nothing_failed(&imported);
    let expected = [
        ("backdoor", 29),
        ("botnet", 148),
        ("exploit-kit", 53),
        ("mitre-attack-pattern", 1266),
        ("mitre-malware", 850),
        ("mitre-tool", 97),
        ("rat", 270),
        ("stealer", 18),
        ("tool", 608),
    ];
    let found: BTreeMap<String, u64> =
        counts(&imported).into_iter().map(|(name, (records, skipped))| (name, records + skipped)).collect();
    let expected: BTreeMap<String, u64> =
        expected.into_iter().map(|(name, count)| (format!("galaxy/{name}"), count)).collect();
    assert_eq!(found, expected);
    let told = desk.shelf().catalogue().unwrap().named("mirai").unwrap().told;
    assert!(told.iter().any(|told| told.record.kind == Kind::Malware), "{told:?}");
}

#[test]
fn warning_lists_are_told_apart_from_lists_of_scanners() {
    let desk = Desk::new();
    let imported = desk.import(&["threat/misp-warninglists"], day("2026-08-01"));
    nothing_failed(&imported);
    assert_eq!(imported.scanners.len(), 32);
    assert_eq!(imported.editions.len(), 22);
    let catalogue = desk.shelf().catalogue().unwrap();
    let lists = catalogue.lists_of("8.8.8.8".parse().unwrap()).unwrap();
    assert!(lists.iter().any(|(name, _)| name.to_lowercase().contains("dns")), "{lists:?}");
    let reserved = catalogue.lists_of("10.1.2.3".parse().unwrap()).unwrap();
    assert!(reserved.iter().any(|(_, range)| range == "10.0.0.0/8"), "{reserved:?}");
    let lists =
        desk.import(&["threat/maltrail_mass_scanner.txt", "threat/maltrail_mass_scanner_cidr.txt"], None);
    assert_eq!(lists.scanners.len(), 2);
}

#[test]
fn two_editions_of_the_catalogue_differ_in_what_was_changed() {
    let desk = Desk::new();
    let text = std::fs::read_to_string(shared("vuln/cisa_kev_2025-08-25.json")).expect("the catalogue");
    let mut older: serde_json::Value = serde_json::from_str(&text).unwrap();
    older["dateReleased"] = "2025-08-20T00:00:00Z".into();
    let list = older["vulnerabilities"].as_array_mut().unwrap();
    let first = list.remove(0);
    list[5]["shortDescription"] = "Another.".into();
    let mut extra = first.clone();
    extra["cveID"] = "CVE-1999-9999".into();
    list.push(extra);
    let changed = list[5]["cveID"].as_str().unwrap().to_string();
    let path = desk.dir.path().join("older.json");
    std::fs::write(&path, older.to_string()).unwrap();
    let request = ImportRequest { paths: vec![path], ..ImportRequest::default() };
    let old = import(&desk.shelf(), &request).unwrap().editions.remove(0).0;
    let new = desk.import(&["vuln/cisa_kev_2025-08-25.json"], None).editions.remove(0).0;
    assert_eq!((new.added, new.changed, new.removed), (1, 1, 1));
    let found = diff(&desk.shelf(), &old, &new).unwrap();
    assert_eq!((found.added, found.changed, found.removed, found.same), (1, 1, 1, 1402));
    let ids: Vec<String> = found.rows.into_iter().map(|row| row.record.id).collect();
    let mut expected =
        vec!["CVE-1999-9999".to_string(), changed, first["cveID"].as_str().unwrap().to_string()];
    expected.sort();
    assert_eq!(ids, expected);
}
