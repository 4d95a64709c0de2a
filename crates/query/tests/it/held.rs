//! Rows that are held in memory, of packets and of rollups: every question about them has the answer that the files give.

use std::path::Path;

use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::Table;
use teiten_query::dimension::{DIMENSIONS, Dimension};
use teiten_query::error::QueryError;
use teiten_query::questions::top::{Metric, Top, top};
use teiten_query::questions::trend::{Trend, trend};
use teiten_query::session::Session;
use teiten_store::store::Store;

use crate::small::{ZONE, small, viewers};

const FILTERS: [&str; 5] = [
    "tcp.dstport == 23 && !icmp",
    "dns",
    "class contains \"backscatter\"",
    "src.country in {\"CN\", \"JP\"} && !(tag == \"masscan\")",
    "udp.dstport == 53 || tcp.flags.syn == 1",
];

/// Those of them that rollups can answer.
const OF_ROLLUPS: [&str; 2] = [FILTERS[2], FILTERS[3]];

/// By what packets are divided here: by everything but the names of inputs, which then are not held.
fn by() -> Vec<&'static Dimension> {
    DIMENSIONS.iter().filter(|by| by.name != "input").collect()
}

/// Everything that a page asks about a selection: rankings by every dimension, and a series.
fn asked(session: &Session, selection: &Selection) -> Vec<(&'static str, Result<Table, String>)> {
    let told = |answer: Result<Table, QueryError>| answer.map_err(|error| error.to_string());
    let ranked = |metric| Top { metric, ..Top::of(&DIMENSIONS[0], 50) };
    let rankings = DIMENSIONS.iter().flat_map(|by| {
        [Metric::Packets, Metric::Sources]
            .map(|metric| (by.name, told(top(session, selection, &Top { by, ..ranked(metric) }))))
    });
    let question =
        Trend { step: "day".into(), zone: ZONE.to_string(), by: None, lines: 1, without_sources: false };
    rankings.chain([("series", told(trend(session, selection, &question)))]).collect()
}

#[test]
fn what_is_held_answers_as_the_files_do_for_every_viewer() {
    let small = small();
    for viewer in viewers() {
        for filter in FILTERS {
            let selection = Selection { filter: Some(filter.to_string()), ..small.whole() };
            let session = small.session(viewer.clone());
            // Whoever must withhold is answered by rows, so nothing is held of rollups for them.
            let rollups = session.hold_rollups(&selection, &by());
            match &rollups {
                Err(QueryError::Forbidden(_)) => assert_ne!(viewer, Viewer::All, "{filter}"),
                rollups => {
                    let is_held = !rollups.as_ref().expect("an answer").is_empty();
                    assert_eq!(
                        is_held,
                        viewer == Viewer::All && OF_ROLLUPS.contains(&filter),
                        "{viewer:?} {filter}"
                    );
                }
            }
            let _held = match session.hold(&selection, &by()) {
                Err(QueryError::Forbidden(_)) => {
                    assert_ne!(viewer, Viewer::All, "{filter}");
                    None
                }
                held => Some(held.expect("an answer").expect("room")),
            };
            let files = asked(&small.session(viewer.clone()), &selection);
            assert_eq!(asked(&session, &selection), files, "{viewer:?} {filter}");
            // Other selections of the same session read the files.
            let others = Selection { filter: Some("udp".to_string()), ..small.whole() };
            assert_eq!(asked(&session, &others), asked(&small.session(viewer.clone()), &others), "{filter}");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).expect("a copy")),
        }
    }
}

/// A copy of the small store, of which files may be taken away.
fn copied() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&small().folder.path().join("store"), folder.path());
    let store = Store::open(&folder.path().display().to_string()).expect("a store");
    (folder, store)
}

/// The first lines of a ranking of all packets of a filter.
fn ranked(session: &Session, filter: &str, by: &str, lines: usize) -> Result<Table, QueryError> {
    let by = teiten_query::dimension::find(by).expect("a dimension");
    let question = Top::of(by, lines);
    top(session, &Selection { filter: Some(filter.to_string()), ..small().whole() }, &question)
}

#[test]
fn what_is_held_needs_no_file_and_anything_else_does() {
    let small = small();
    let (folder, store) = copied();
    let session = Session::open(&store, Viewer::All).expect("a session");
    let selection = Selection { filter: Some("tcp.dstport == 23 && !icmp".to_string()), ..small.whole() };
    let held = session.hold(&selection, &by()).expect("an answer").expect("room");
    let ranked = |filter: &str, by: &str, lines| ranked(&session, filter, by, lines);
    // What the log names is known before its files are gone.
    ranked("tcp.dstport == 22 && !icmp", "window", 5).expect("an answer from the files");
    std::fs::remove_dir_all(folder.path().join("tables/packets")).expect("gone");
    for by in DIMENSIONS.iter().filter(|by| by.name != "input") {
        ranked("tcp.dstport == 23 && !icmp", by.name, 5).expect(by.name);
    }
    assert!(ranked("tcp.dstport == 23 && !icmp", "input", 5).is_err(), "names of inputs are not held");
    assert!(ranked("tcp.dstport == 445 && !icmp", "window", 5).is_err(), "another selection");
    assert!(ranked("tcp.dstport == 23", "window", 5).is_err(), "a larger selection");
    assert!(session.hold(&Selection { filter: Some("udp".into()), ..small.whole() }, &by()).is_err());
    // Whoever comes meanwhile shares it, and it goes with the last who has it.
    let again = session.hold(&selection, &by()).expect("what is held").expect("the same");
    assert_eq!(again.bytes(), held.bytes());
    drop(held);
    ranked("tcp.dstport == 23 && !icmp", "ttl", 6).expect("still held");
    drop(again);
    let gone = ranked("tcp.dstport == 23 && !icmp", "flags", 6);
    assert!(gone.is_err(), "nothing is held, and this was not asked before: {gone:?}");
}

#[test]
fn rollups_that_are_held_need_no_file() {
    let small = small();
    let (folder, store) = copied();
    let session = Session::open(&store, Viewer::All).expect("a session");
    let ranked = |filter: &str, by: &str, lines| ranked(&session, filter, by, lines);
    let (held, other) = (OF_ROLLUPS[1], OF_ROLLUPS[0]);
    let divided = ["port", "class", "tag", "country"];
    let by: Vec<&'static Dimension> =
        divided.iter().map(|by| teiten_query::dimension::find(by).expect("a dimension")).collect();
    let selection = Selection { filter: Some(held.to_string()), ..small.whole() };
    let _rollups = session.hold_rollups(&selection, &by).expect("an answer");
    // What the log names is known before its files are gone.
    let before: Vec<Table> = divided.iter().map(|by| ranked(held, by, 4).expect("an answer")).collect();
    ranked(other, "class", 4).expect("an answer from the files");
    for table in ["cells_daily", "packets"] {
        std::fs::remove_dir_all(folder.path().join("tables").join(table)).expect("gone");
    }
    for (by, before) in divided.iter().zip(before) {
        let held = ranked(held, by, 5).expect(by);
        assert!(!before.rows.is_empty() && held.rows.starts_with(&before.rows), "{by}");
    }
    assert!(ranked(other, "class", 5).is_err(), "another selection");
}
