//! What is refused, each with one message that says what to do, and what is left as it was.

use std::fs;
use std::path::Path;

use teiten_report::archive::edition::Told;
use teiten_report::archive::publish;
use teiten_report::archive::sealed::{Sealed, read_printed};
use teiten_report::archive::site::Site;
use teiten_report::facts::Facts;

use super::{Place, corrected, day, files, first};

type Damage = fn(&Path);
type Change = fn(&mut Facts);

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("a file");
    assert!(text.contains(from), "{} holds {from}", path.display());
    fs::write(path, text.replace(from, to)).expect("a file");
}

/// Damage to a report folder, and what the message says.
const HALVES: [(&str, Damage, &str); 12] = [
    ("nothing there", |at| fs::remove_dir_all(at).expect("a file"), "there is no such folder"),
    (
        "no report",
        |at| {
            fs::remove_file(at.join("ja/report.json")).expect("a file");
            fs::remove_file(at.join("en/report.json")).expect("a file");
        },
        "it has neither ja/report.json nor en/report.json",
    ),
    ("no page", |at| fs::remove_file(at.join("en/index.html")).expect("a file"), "en/index.html is missing"),
    (
        "no table",
        |at| fs::remove_file(at.join("tables/ports.ja.csv")).expect("a file"),
        "tables/ports.ja.csv is missing",
    ),
    (
        "no figure",
        |at| fs::remove_dir_all(at.join("figures")).expect("a file"),
        "figures/ports-by-day.ja.svg is missing",
    ),
    (
        "something else",
        |at| fs::write(at.join("thesis.tex"), "mine").expect("a file"),
        "holds `thesis.tex`, which is not part of a report",
    ),
    (
        "no JSON",
        |at| fs::write(at.join("ja/report.json"), "{\"version\":1").expect("a file"),
        "is no report that can be read",
    ),
    (
        "a newer form",
        |at| edit(&at.join("ja/report.json"), "\"version\":1", "\"version\":9"),
        "has form 9, and this program knows forms up to 1; use a newer teiten",
    ),
    (
        "another language",
        |at| edit(&at.join("ja/report.json"), "\"language\":\"ja\"", "\"language\":\"en\""),
        "ja/report.json is in `en`",
    ),
    (
        "two periods",
        |at| edit(&at.join("ja/report.json"), "\"name\":\"2014Q2\"", "\"name\":\"2014Q3\""),
        "its languages are not of one kind, period, form and date",
    ),
    (
        "a period that climbs",
        |at| {
            for code in ["ja", "en"] {
                edit(&at.join(code).join("report.json"), "\"name\":\"2014Q2\"", "\"name\":\"../x\"");
            }
        },
        "its period `../x` is not made of letters, digits and hyphens",
    ),
    (
        "no date",
        |at| {
            for code in ["ja", "en"] {
                edit(
                    &at.join(code).join("report.json"),
                    "\"last_updated\":\"2014-07-15\"",
                    "\"last_updated\":null",
                );
            }
        },
        "it has no date of issue",
    ),
];

#[test]
fn half_a_report_is_refused() {
    for (name, damage, expected) in HALVES {
        let place = Place::new("internal");
        let folder = place.folder("r", &first());
        damage(&folder);
        let error = Sealed::read(&folder).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
    let place = Place::new("internal");
    let error = read_printed(&place.site.folder).unwrap_err().to_string();
    assert!(error.contains("neither ja/report.json"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_link_in_a_report_is_not_followed() {
    let place = Place::new("internal");
    let folder = place.folder("r", &first());
    std::os::unix::fs::symlink("/etc/hostname", folder.join("tables/x.csv")).unwrap();
    let error = Sealed::read(&folder).unwrap_err().to_string();
    assert!(error.contains("tables/x.csv is neither a file nor a folder of a report"), "{error}");
}

#[test]
fn a_form_is_published_where_it_belongs() {
    for (form, carried) in
        [("internal", "public"), ("internal", "members"), ("members", "public"), ("public", "internal")]
    {
        let place = Place::new(carried);
        let folder = place.folder("r", &first());
        for code in ["ja", "en"] {
            let form = format!("\"form\":\"{form}\"");
            edit(&folder.join(code).join("report.json"), "\"form\":\"internal\"", &form);
        }
        let before = files(&place.site.folder);
        let report = Sealed::read(&folder).unwrap();
        let error = publish::publish(&place.site, &report, &Told::default()).unwrap_err().to_string();
        assert!(
            error.contains(&format!("of the form `{form}`"))
                && error.contains(&format!("carries `{carried}`")),
            "{error}"
        );
        assert!(files(&place.site.folder) == before);
    }
}

#[test]
fn what_names_places_of_the_machine_stays_inside() {
    for (form, is_kept) in [("internal", true), ("members", false), ("public", false)] {
        let place = Place::new(form);
        let folder = place.folder("r", &first());
        for code in ["ja", "en"] {
            let form = format!("\"form\":\"{form}\"");
            edit(&folder.join(code).join("report.json"), "\"form\":\"internal\"", &form);
        }
        place.publish(&Sealed::read(&folder).unwrap());
        assert_eq!(
            place.files().contains_key("quarterly/2014Q2/editions/1/provenance.json"),
            is_kept,
            "{form}"
        );
        assert!(!place.files().contains_key("quarterly/2014Q2/provenance.json"));
    }
}

/// Corrections that cannot be one, and what the message says.
const MISDATED: [(&str, Change, &str); 2] = [
    (
        "another first date",
        |facts| facts.first_published = None,
        "first published 2014-08-01, but quarterly 2014Q2 was first published 2014-07-15; make it again with `--site",
    ),
    (
        "dated back",
        |facts| {
            facts.issued = day("2014-07-14");
            facts.first_published = Some(day("2014-07-14"));
        },
        "was first published 2014-07-15",
    ),
];

#[test]
fn a_correction_keeps_the_first_date_and_comes_later() {
    for (name, change, expected) in MISDATED {
        let place = Place::new("internal");
        place.publish(&place.report("r", &first()));
        let before = place.files();
        let mut facts = corrected();
        change(&mut facts);
        let report = place.report("c", &facts);
        let error = publish::publish(&place.site, &report, &Told::default()).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
        assert!(place.files() == before, "{name}");
    }
    let place = Place::new("internal");
    place.publish(&place.report("r", &first()));
    place.publish(&place.report("c", &corrected()));
    let mut facts = corrected();
    facts.issued = day("2014-07-20");
    facts.packets = facts.packets.map(|packets| packets + 1);
    let report = place.report("d", &facts);
    let error = publish::publish(&place.site, &report, &Told::default()).unwrap_err().to_string();
    assert!(error.contains("issued 2014-07-20, before edition 2 of 2014-08-01"), "{error}");
}

#[test]
fn a_correction_keeps_every_address() {
    let place = Place::new("internal");
    let folder = place.folder("r", &first());
    fs::write(folder.join("ja/report.pdf"), "%PDF").unwrap();
    place.publish(&Sealed::read(&folder).unwrap());
    assert!(place.text("ja/index.html").contains("<a href=\"../quarterly/2014Q2/ja/report.pdf\">PDF</a>"));
    let report = place.report("c", &corrected());
    let error = publish::publish(&place.site, &report, &Told::default()).unwrap_err().to_string();
    assert!(error.contains("edition 1 has ja/report.pdf, and a correction keeps every address"), "{error}");
}

/// Damage to a site with one report, and what the message says.
const SITES: [(&str, Damage, &str); 8] = [
    (
        "no site",
        |at| fs::remove_file(at.join("site.json")).expect("a file"),
        "is no site: it has no site.json",
    ),
    (
        "no JSON",
        |at| fs::write(at.join("site.json"), "{").expect("a file"),
        "is no declaration of a site that can be read",
    ),
    (
        "a newer site",
        |at| edit(&at.join("site.json"), "\"version\": 1", "\"version\": 2"),
        "has form 2, and this program knows forms up to 1",
    ),
    (
        "an unknown key",
        |at| edit(&at.join("site.json"), "\"contact\"", "\"contcat\""),
        "unknown field `contcat`",
    ),
    (
        "another form",
        |at| edit(&at.join("site.json"), "\"form\": \"internal\"", "\"form\": \"public\""),
        "carries `public`",
    ),
    (
        "a newer edition",
        |at| edit(&at.join("quarterly/2014Q2/editions/1/edition.json"), "\"version\": 1", "\"version\": 2"),
        "edition.json has form 2",
    ),
    (
        "an edition without record",
        |at| fs::remove_file(at.join("quarterly/2014Q2/editions/1/edition.json")).expect("a file"),
        "holds an edition without its record",
    ),
    (
        "an edition that is missing",
        |at| {
            let editions = at.join("quarterly/2014Q2/editions");
            fs::rename(editions.join("1"), editions.join("2")).expect("a file");
            edit(&editions.join("2/edition.json"), "\"number\": 1", "\"number\": 2");
        },
        "holds an edition without edition 1 before it",
    ),
];

#[test]
fn a_damaged_site_is_left_as_it_is() {
    for (name, damage, expected) in SITES {
        let place = Place::new("internal");
        place.publish(&place.report("r", &first()));
        damage(&place.site.folder);
        let before = place.files();
        let refreshed = Site::open(&place.site.folder).and_then(|site| publish::refresh(&site));
        let error = refreshed.unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
        assert!(place.files() == before, "{name}");
    }
}

#[test]
fn a_folder_with_other_things_becomes_no_site_and_no_report() {
    let place = Place::new("internal");
    let declaration = place.site.declaration.clone();
    let error = Site::create(&place.site.folder, declaration.clone()).unwrap_err().to_string();
    assert!(error.contains("is a site already; change its site.json"), "{error}");
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("thesis.tex"), "mine").unwrap();
    let error = Site::create(home.path(), declaration).unwrap_err().to_string();
    assert!(error.contains("thesis.tex"), "{error}");

    let taken = place.site.folder.join("quarterly/2014Q2");
    fs::create_dir_all(&taken).unwrap();
    fs::write(taken.join("index.html"), "mine").unwrap();
    let report = place.report("r", &first());
    let error = publish::publish(&place.site, &report, &Told::default()).unwrap_err().to_string();
    assert!(error.contains("index.html"), "{error}");
    assert_eq!(fs::read_to_string(taken.join("index.html")).unwrap(), "mine");
    fs::remove_dir_all(place.site.folder.join("quarterly")).unwrap();
    fs::write(place.site.folder.join("quarterly"), "mine").unwrap();
    let error = publish::publish(&place.site, &report, &Told::default()).unwrap_err().to_string();
    assert!(error.contains("check that the folder can be written"), "{error}");
}

#[test]
fn two_programs_do_not_change_one_site() {
    let place = Place::new("internal");
    let lock = fs::File::open(place.site.folder.join("site.json")).unwrap();
    lock.lock().unwrap();
    let report = place.report("r", &first());
    let error = publish::publish(&place.site, &report, &Told::default()).unwrap_err().to_string();
    assert!(error.contains("is being changed by another program"), "{error}");
}

#[test]
fn a_note_is_bounded() {
    let place = Place::new("internal");
    place.publish(&place.report("r", &first()));
    let note = Told { ja: "あ".repeat(1_001), en: String::new() };
    let error =
        publish::publish(&place.site, &place.report("c", &corrected()), &note).unwrap_err().to_string();
    assert!(error.contains("at most 1000 letters, not 1001"), "{error}");
}
