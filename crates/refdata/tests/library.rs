//! The library: what an import leaves behind, and what it must not.
//!
//! **Invariant:** after an error the folder is as it was before.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use teiten_refdata::edition::{Edition, Kind, parse_day};
use teiten_refdata::library::{ImportRequest, Library};

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk { dir: tempfile::tempdir().expect("a folder") }
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, content).expect("a file");
        path
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn import(&self, name: &str, content: &str, date: Option<&str>) -> Result<Edition, String> {
        let request = ImportRequest {
            paths: vec![self.file(name, content.as_bytes())],
            date: date.map(|text| parse_day(text).expect("a day")),
            ..ImportRequest::default()
        };
        self.import_request(&request)
    }

    fn import_request(&self, request: &ImportRequest) -> Result<Edition, String> {
        let library = Library::open(self.data()).expect("a library");
        let folder = self.dir.path().to_string_lossy().into_owned();
        library.import(request).map_err(|error| error.to_string().replace(&folder, ""))
    }

    /// Every file of the library with its content.
    fn contents(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.data()];
        while let Some(dir) = open.pop() {
            let Ok(entries) = fs::read_dir(&dir) else { continue };
            for path in entries.map(|entry| entry.expect("an entry").path()) {
                if path.is_dir() {
                    open.push(path);
                } else {
                    let name = path.strip_prefix(self.data()).expect("inside").to_string_lossy().into_owned();
                    found.insert(name, fs::read_to_string(&path).expect("a text"));
                }
            }
        }
        found
    }
}

const COUNTRIES: &str = "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n# License:   CC BY-SA 4.0\n\
    16777216,16777471,AU\n16777472,16778239,CN\n15726992,15726999,??\n";

#[test]
fn an_import_leaves_a_sealed_edition() {
    let desk = Desk::new();
    let edition = desk.import("GeoIP", COUNTRIES, None).expect("an import");
    assert_eq!((edition.kind, edition.records, edition.rows), (Kind::Country, 3, 2));
    let contents: Vec<String> =
        desk.contents().into_iter().map(|(name, text)| format!("== {name}\n{text}")).collect();
    expect_test::expect![[r#"
        == country/2026-06-25-geoip/edition.toml
        kind = "country"
        name = "geoip"
        date = "2026-06-25"
        licence = "CC BY-SA 4.0"
        source = "GeoIP"
        records = 3
        skipped = 0
        rows = 2
        digest = "b888c3ca7a77fcaf"
        == country/2026-06-25-geoip/table.csv
        1.0.0.0,1.0.0.255,AU
        1.0.1.0,1.0.3.255,CN
    "#]]
    .assert_eq(&contents.concat());
}

#[test]
fn the_same_content_twice_is_there_once() {
    let desk = Desk::new();
    let first = desk.import("geoip", COUNTRIES, None).expect("an import");
    let before = desk.contents();
    // Neither another name nor another order of the rows is another content.
    let again = desk.import(
        "other.csv",
        "start,end,cc\n1.0.1.0,1.0.3.255,CN\n1.0.0.0,1.0.0.255,AU\n",
        Some("2026-06-25"),
    );
    assert_eq!(again.expect("an import"), first);
    assert_eq!(desk.contents(), before);
    assert_eq!(Library::open(desk.data()).expect("a library").editions().expect("editions"), [first]);
}

#[test]
fn other_content_of_the_same_date_is_refused_and_of_another_date_taken() {
    let desk = Desk::new();
    desk.import("geoip", COUNTRIES, None).expect("an import");
    let before = desk.contents();
    let refused = desk.import("b.csv", "1.0.0.0,1.0.0.255,JP\n", Some("2026-06-25")).expect_err("refused");
    assert!(
        refused.starts_with("an edition `geoip` of kind `country` and date 2026-06-25 with other content"),
        "{refused}"
    );
    assert_eq!(desk.contents(), before);
    desk.import("b.csv", "1.0.0.0,1.0.0.255,JP\n", Some("2026-07-25")).expect("an import");
    desk.import("list.csv", "1.2.3.4,A\n", Some("2026-06-25")).expect("an import");
    desk.import("list2.csv", "1.2.3.4,B\n", Some("2026-06-25")).expect("lists count side by side");
    let names: Vec<String> = Library::open(desk.data())
        .expect("a library")
        .editions()
        .expect("editions")
        .iter()
        .map(|edition| format!("{} {} {}", edition.kind, edition.date, edition.name))
        .collect();
    assert_eq!(
        names,
        [
            "country 2026-06-25 geoip",
            "country 2026-07-25 b",
            "scanner 2026-06-25 list",
            "scanner 2026-06-25 list2"
        ]
    );
}

#[test]
fn files_of_one_edition_are_imported_together() {
    let desk = Desk::new();
    let request = ImportRequest {
        paths: vec![
            desk.file("as4.csv", b"1.0.0.0,1.0.0.255,13335,\"Cloud, Inc.\"\n1.0.4.0,1.0.7.255,64500,Other\n"),
            desk.file("as6.csv", b"2400::,2400:0:ffff:ffff:ffff:ffff:ffff:ffff,13335,Cloud again\n"),
        ],
        name: Some("asn".to_string()),
        date: parse_day("2026-06-17"),
        licence: Some("CC BY 4.0".to_string()),
        ..ImportRequest::default()
    };
    let edition = desk.import_request(&request).expect("an import");
    assert_eq!((edition.kind, edition.rows, edition.source.as_str()), (Kind::As, 3, "as4.csv, as6.csv"));
    assert_eq!(
        desk.contents()["as/2026-06-17-asn/table.csv"],
        "1.0.0.0,1.0.0.255,13335,\"Cloud, Inc.\"\n1.0.4.0,1.0.7.255,64500,Other\n\
         2400::,2400:0:ffff:ffff:ffff:ffff:ffff:ffff,13335,\n"
    );
}

#[test]
fn what_cannot_be_imported_is_said_and_leaves_nothing() {
    let desk = Desk::new();
    let date = Some("2026-01-01");
    let cases = [
        ("hello\n", date, "/bad.csv is no table known here"),
        ("", date, "/bad.csv is no table known here"),
        ("1.0.0.0,1.0.0.255,AU\nbroken\n", date, "/bad.csv, line 2: `broken,` is not a range of addresses"),
        (
            "1.0.0.0,1.0.0.255,AU\n",
            None,
            "/bad.csv does not say of what date it is; give the date as YYYY-MM-DD",
        ),
        ("1.0.0.0,1.0.0.255,??\n", date, "/bad.csv has no row of kind `country`"),
        ("1.0.0.0,1.0.0.255,1,x\n9.9.9.9,1,x,x\n", date, "/bad.csv, line 2: `x` is not the number of an AS"),
        ("1.2.3.4,Org\n1.2.3.400,Org\n", date, "/bad.csv, line 2: `1.2.3.400` is not an address or prefix"),
        ("1.2.3.4,Org,soon\n", date, "/bad.csv, line 1: `soon` is not a day as YYYY-MM-DD"),
        ("{\"a\":1}", date, "/bad.csv is broken: missing field `name`"),
    ];
    for (content, date, message) in cases {
        let error = desk.import("bad.csv", content, date).expect_err("refused");
        assert!(error.starts_with(message), "{error}");
        assert!(!desk.data().try_exists().expect("a look"), "{message}");
    }
    let missing = ImportRequest { paths: vec![PathBuf::from("/nowhere/x")], ..ImportRequest::default() };
    assert!(desk.import_request(&missing).expect_err("refused").starts_with("cannot open /nowhere/x"));
    assert!(
        desk.import_request(&ImportRequest::default()).expect_err("refused").starts_with("no file was named")
    );
    let request = ImportRequest {
        paths: vec![desk.file("c.csv", b"1.0.0.0,1.0.0.255,AU\n")],
        name: Some("../up".to_string()),
        date: parse_day("2026-01-01"),
        ..ImportRequest::default()
    };
    assert!(
        desk.import_request(&request).expect_err("refused").starts_with("`../up` cannot name an edition")
    );
    let request = ImportRequest { kind: Some(Kind::As), name: None, ..request };
    assert!(
        desk.import_request(&request)
            .expect_err("refused")
            .contains("holds a table of kind `country`, not `as`")
    );
    assert!(!desk.data().try_exists().expect("a look"));
}

#[test]
fn an_import_cut_short_is_no_edition_and_can_be_repeated() {
    let desk = Desk::new();
    let open = desk.data().join("country/.2026-06-25-geoip");
    fs::create_dir_all(&open).expect("a folder");
    fs::write(open.join("table.csv"), "1.0.0.0,").expect("a file");
    let library = Library::open(desk.data()).expect("a library");
    assert_eq!(library.editions().expect("editions"), []);
    desk.import("geoip", COUNTRIES, None).expect("an import");
    assert_eq!(library.editions().expect("editions").len(), 1);
    assert!(!open.try_exists().expect("a look"));
}

#[test]
fn a_damaged_edition_is_named() {
    let desk = Desk::new();
    desk.import("geoip", COUNTRIES, None).expect("an import");
    let folder = desk.data().join("country/2026-06-25-geoip");
    let ask = |data: &Path| {
        let atlas = teiten_refdata::atlas::Atlas::load(data).map_err(|error| error.to_string())?;
        atlas.at(parse_day("2026-07-01").expect("a day")).map(drop).map_err(|error| error.to_string())
    };
    fs::write(folder.join("table.csv"), "1.0.0.0,1.0.0.255,JP\n").expect("a file");
    assert!(ask(&desk.data()).expect_err("damaged").contains("its content is not what was imported"));
    fs::write(folder.join("edition.toml"), "kind = 3").expect("a file");
    assert!(ask(&desk.data()).expect_err("damaged").contains("remove that folder and import it again"));
}
