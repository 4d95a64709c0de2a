//! An import that is killed, repeated, or watched while it runs: the store is the one of an import that was not.

use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use crate::program::{command, line, words};
use crate::scenario::simulate;

/// Milliseconds after which an import is killed, one run each.
const KILLED_AFTER_MS: &[u64] = &[5, 40, 90, 150, 220, 300, 400, 520, 660, 820, 1_000];
/// At so many of the files that a whole import makes it is killed once each.
const KILLED_AT_PARTS: usize = 12;

const IMPORT: &str = "import sim-1 sim-2 sim-3 sim-4 --sensors sim-1/sensors.toml";

/// Four times the small scenario, each with packets of its own.
fn captures(folder: &Path) {
    for seed in 1..=4 {
        simulate(folder, &format!("sim-{seed}"), seed);
    }
}

/// Everything a store answers that must not hang on how it was filled.
fn answers(folder: &Path, store: &str) -> Vec<String> {
    let mut questions = vec![
        "query 'SELECT input, frame, ts, src, dst, dst_public, dst_port, class, tags, sensor FROM packets ORDER BY input, frame'".to_string(),
        "query 'SELECT input, hash, packets, lost, first, last, whole FROM inputs ORDER BY input'".to_string(),
        "store account".to_string(),
        "sensor list".to_string(),
        "trend --step hour".to_string(),
    ];
    questions.extend(
        ["ports", "countries", "sources", "ases", "classes", "tags", "sensors", "groups"]
            .map(|by| format!("top {by} --top 100000")),
    );
    questions
        .iter()
        .map(|question| line(folder, &format!("--store {store} {question} -o csv -q")).well().text())
        .collect()
}

fn start(folder: &Path, store: &str) -> Child {
    command(folder)
        .args(words(&format!("--store {store} {IMPORT}")))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

/// Waits so long, or until the child has ended; whether it has.
fn ended_within(child: &mut Child, milliseconds: u64) -> bool {
    // Nobody sends: the wait ends with its time.
    let (_sender, nothing) = sync_channel::<()>(0);
    assert_eq!(nothing.recv_timeout(Duration::from_millis(milliseconds)), Err(RecvTimeoutError::Timeout));
    child.try_wait().expect("a child").is_some()
}

fn n_files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| if entry.path().is_dir() { n_files(&entry.path()) } else { 1 })
        .sum()
}

#[test]
fn an_import_killed_at_any_moment_and_repeated_is_as_if_never_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures(at);
    line(at, &format!("--store whole {IMPORT}")).well();
    let expected = answers(at, "whole");
    line(at, &format!("--store whole {IMPORT}")).well();
    assert_eq!(answers(at, "whole"), expected, "imported twice is imported once");

    let mut n_killed = 0;
    for milliseconds in KILLED_AFTER_MS {
        let mut child = start(at, "timed");
        ended_within(&mut child, *milliseconds);
        n_killed += usize::from(is_killed(child));
    }
    let all_files = n_files(&at.join("whole"));
    let stores: Vec<String> = (0..KILLED_AT_PARTS).map(|part| format!("counted-{part}")).collect();
    for (part, store) in stores.iter().enumerate() {
        // A store of its own, so that each run is cut at that file.
        let mut child = start(at, store);
        while n_files(&at.join(store)) < 1 + all_files * part / KILLED_AT_PARTS
            && !ended_within(&mut child, 1)
        {}
        n_killed += usize::from(is_killed(child));
    }
    assert!(n_killed > KILLED_AT_PARTS, "most of them were cut short, not {n_killed} alone");
    for store in stores.iter().map(String::as_str).chain(["timed"]) {
        line(at, &format!("--store {store} {IMPORT}")).well();
        line(at, &format!("--store {store} store verify")).well();
        let found = answers(at, store);
        for (place, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert!(found == expected, "{store}: answer {place} is another one");
        }
    }
}

/// Kills it; whether that cut it short.
fn is_killed(mut child: Child) -> bool {
    child.kill().expect("kill -9");
    child.wait().expect("it ends").code().is_none()
}

#[test]
fn questions_asked_while_an_import_runs_see_one_snapshot() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures(at);
    line(at, "--store st import sim-1 --sensors sim-1/sensors.toml").well();
    let first = count(at);
    let mut child = start(at, "st");
    let mut seen = vec![first];
    loop {
        let is_over = child.try_wait().expect("a child").is_some();
        let books = line(
            at,
            "--store st query 'SELECT (SELECT count(*) FROM packets) AS rows, (SELECT sum(packets) FROM ports_hourly) AS ports, (SELECT sum(packets) FROM countries_hourly) AS countries, (SELECT sum(packets) FROM inputs) AS inputs' -o csv",
        );
        let books = books.well().text();
        let numbers: Vec<i64> =
            books.lines().nth(1).expect("a row").split(',').map(|n| n.parse().expect("a number")).collect();
        assert!(numbers.iter().all(|number| *number == numbers[0]), "one snapshot: {books}");
        line(at, "--store st store verify").well();
        seen.push(numbers[0]);
        if is_over {
            break;
        }
    }
    assert!(child.wait().expect("it ends").success());
    assert!(seen.is_sorted(), "packets never go away: {seen:?}");
    assert!(seen.last() > seen.first(), "the import was seen: {seen:?}");
}

fn count(folder: &Path) -> i64 {
    line(folder, "--store st packets --only-count").well().text().trim().parse().expect("a number")
}

#[test]
fn two_imports_at_once_take_everything_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures(at);
    let mut children = [start(at, "st"), start(at, "st")];
    let ended: Vec<bool> =
        children.iter_mut().map(|child| child.wait().expect("it ends").success()).collect();
    assert!(ended.contains(&true));
    line(at, &format!("--store st {IMPORT}")).well();
    line(at, "--store st store verify").well();
    line(at, &format!("--store alone {IMPORT}")).well();
    assert_eq!(
        count(at),
        line(at, "--store alone packets --only-count").well().text().trim().parse::<i64>().expect("a number")
    );
}
