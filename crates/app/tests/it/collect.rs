//! `teiten collect` fed over mutual TLS: once, durable, visible, made again.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use expect_test::expect;

use crate::live::{Collecting, Credentials, batch, configure};
use crate::program::{line, rows};

/// Milliseconds after which the collector is killed, one life each.
const KILLED_AFTER_MS: &[u64] = &[900, 1_150, 1_400, 1_700, 2_100, 2_600];
/// Batches that have to be stored in the end.
const BATCHES: u64 = 24;
/// How often a batch is sent before the test gives up.
const TRIES_MAX: usize = 200;

fn number(folder: &Path, sql: &str) -> i64 {
    let found = rows(&line(folder, &format!("query '{sql}' -o csv -q")).well());
    found[0][0].parse().expect("a number")
}

#[test]
fn what_a_sensor_sends_is_stored_once_and_can_be_asked_about() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    configure(at);
    let collecting = Collecting::start(at);
    let tokyo = Credentials::enrol(at, &collecting, "tokyo-01", "--group jp --region JP --country JP");
    let quiet = Credentials::enrol(at, &collecting, "quiet-01", "--group jp");
    for sequence in 1..=3 {
        let (status, expected, body) =
            tokyo.send(collecting.address(), &batch("tokyo-01", 7, sequence, 10, 2)).expect("an answer");
        assert_eq!((status, expected), (200, Some(sequence + 1)), "{body}");
    }
    assert_eq!(tokyo.send(collecting.address(), &batch("tokyo-01", 7, 2, 10, 2)).expect("an answer").0, 200);
    assert_eq!(quiet.send(collecting.address(), &batch("quiet-01", 9, 1, 0, 0)).expect("an answer").0, 200);
    // Batch 5 comes too early; batch 4 was never sealed where batch 3 ended.
    assert_eq!(tokyo.send(collecting.address(), &batch("tokyo-01", 7, 5, 1, 0)).expect("an answer").0, 412);

    assert_eq!(number(at, "SELECT count(*) FROM packets"), 30);
    assert_eq!(number(at, "SELECT sum(packets) FROM ports_hourly"), 30);
    assert_eq!(rows(&line(at, "top ports --sensor tokyo-01 -o csv").well()).len(), 4);
    assert_eq!(rows(&line(at, "store inputs -o csv").well()).len(), 2, "a line a spool and day");
    let listed = rows(&line(at, "sensor list -o csv").well());
    let names: Vec<&str> = listed.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, ["quiet-01", "tokyo-01"]);
    assert_eq!(
        (listed[0][1].as_str(), listed[0][4].as_str(), listed[0][7].as_str()),
        ("jp", "16", "1"),
        "{listed:?}"
    );
    let verified = line(at, "store verify").well();
    assert!(
        verified.err.contains("the account balances: received 36 = stored 30 + lost 6 + held 0"),
        "{}",
        verified.err
    );

    // The evidence of a live packet is its frame.
    line(at, "packets -c 5 -w some.pcapng").well();
    assert_eq!(line(at, "packets -r some.pcapng --only-count").well().text().trim(), "5");
    let kept = at.join("st/frames/tokyo-01/2014-04-01/0000000000000007-0000000001.pcapng.zst");
    assert_eq!(std::fs::read(kept).expect("kept"), batch("tokyo-01", 7, 1, 10, 2));
    collecting.end();

    // Who is retired sends no more, also to the next collector.
    line(at, "sensor retire tokyo-01").well();
    let collecting = Collecting::start(at);
    assert_ne!(
        tokyo.send(collecting.address(), &batch("tokyo-01", 7, 4, 1, 0)).map(|answer| answer.0),
        Some(200)
    );
    collecting.end();
    assert_eq!(number(at, "SELECT count(*) FROM packets"), 30);
}

/// Waits so long.
fn pass(milliseconds: u64) {
    // Nobody sends: the wait ends with its time.
    let (_sender, nothing) = sync_channel::<()>(0);
    assert_eq!(nothing.recv_timeout(Duration::from_millis(milliseconds)), Err(RecvTimeoutError::Timeout));
}

/// Sends the rest of the batches until the connection breaks; gives how far everything was acknowledged.
fn send_on(sensor: &Credentials, collecting: &Collecting, mut acknowledged: u64) -> u64 {
    for _ in 0..TRIES_MAX {
        if acknowledged >= BATCHES {
            break;
        }
        let next = acknowledged + 1;
        match sensor.send(collecting.address(), &batch("a", 3, next, 50, 1)) {
            Some((200, _, _)) => acknowledged = next,
            Some((503, _, _)) => pass(20),
            Some((412, Some(expected), _)) => {
                panic!("{expected} is expected, {acknowledged} were acknowledged");
            }
            Some(other) => panic!("{other:?}"),
            None => break,
        }
    }
    acknowledged
}

#[test]
fn a_collector_that_is_killed_again_and_again_loses_nothing_it_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    configure(at);
    let mut collecting = Collecting::start(at);
    let sensor = Credentials::enrol(at, &collecting, "a", "");
    let mut acknowledged = 0;
    for milliseconds in KILLED_AFTER_MS {
        let (sender, own) = (sensor.clone(), collecting.address());
        let (told, sending) = sync_channel(1);
        let thread = std::thread::spawn(move || {
            let mut done = acknowledged;
            while done < BATCHES {
                match sender.send(own, &batch("a", 3, done + 1, 50, 1)) {
                    Some((200, _, _)) => done += 1,
                    Some((503, _, _)) => pass(20),
                    _ => break,
                }
            }
            // The test waits for it.
            let _ = told.send(done);
        });
        pass(*milliseconds);
        collecting.kill();
        acknowledged = sending.recv().expect("how far it came");
        thread.join().expect("the sensor");
        // Who starts completes what the one before was about to commit.
        collecting = Collecting::start(at);
        let stored = number(at, "SELECT count(*) FROM packets");
        assert!(stored >= 50 * acknowledged as i64, "{acknowledged} batches acknowledged, {stored} packets");
    }
    acknowledged = send_on(&sensor, &collecting, acknowledged);
    assert_eq!(acknowledged, BATCHES);
    collecting.end();
    assert_eq!(number(at, "SELECT count(*) FROM packets"), 50 * BATCHES as i64);
    assert_eq!(number(at, "SELECT count(DISTINCT input) FROM packets"), BATCHES as i64);
    assert_eq!(number(at, "SELECT sum(packets) FROM countries_hourly"), 50 * BATCHES as i64);
    let verified = line(at, "store verify").well();
    assert!(
        verified.err.contains("the account balances: received 1224 = stored 1200 + lost 24 + held 0"),
        "{}",
        verified.err
    );
}

#[test]
fn a_store_that_takes_no_frames_makes_sensors_wait_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    configure(at);
    let collecting = Collecting::start(at);
    let sensor = Credentials::enrol(at, &collecting, "a", "");
    std::fs::write(at.join("st/frames"), b"in the way of the folder").expect("a file");
    let (status, _, body) = sensor.send(collecting.address(), &batch("a", 3, 1, 5, 0)).expect("an answer");
    assert_eq!(status, 503, "{body}");
    std::fs::remove_file(at.join("st/frames")).expect("out of the way");
    let answered = (0..TRIES_MAX).find_map(|_| {
        let answer = sensor.send(collecting.address(), &batch("a", 3, 1, 5, 0)).expect("an answer");
        (answer.0 == 200).then_some(answer).or_else(|| {
            pass(50);
            None
        })
    });
    assert!(answered.is_some(), "it goes on when there is room");
    collecting.end();
    assert_eq!(number(at, "SELECT count(*) FROM packets"), 5);
}

#[test]
fn a_day_made_again_is_as_if_imported_today() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    crate::scenario::simulate(at, "sim", 42);
    let answers = |store: &str| -> Vec<String> {
        [
            "query 'SELECT input, frame, ts, src, dst, dst_public, src_country, src_asn, class, tags, sensor, data FROM packets ORDER BY input, frame'",
            "query 'SELECT input, packets, lost, rules, data FROM inputs ORDER BY input'",
            "query 'SELECT sensor, at, addresses, sum(packets) FROM sensors GROUP BY 1, 2, 3 ORDER BY 1, 2'",
            "store account",
            "trend --step hour",
            "top countries --top 1000",
            "top ports --top 1000",
            "top sources --top 1000",
            "top ases --top 1000",
        ]
        .map(|question| line(at, &format!("--store {store} {question} -o csv -q")).well().text())
        .to_vec()
    };
    // Imported before there was reference data, and made again with it.
    line(at, "--store again import sim --sensors sim/sensors.toml").well();
    let before = answers("again");
    for store in ["again", "fresh"] {
        for table in ["countries", "as"] {
            line(at, &format!("--store {store} data import sim/{table}.csv --date 2014-06-01")).well();
        }
    }
    line(at, "--store fresh import sim --sensors sim/sensors.toml").well();
    let expected = answers("fresh");
    assert_ne!(before[0], expected[0], "reference data makes a difference");
    line(at, "--store again store rebuild").well();
    for (place, (found, expected)) in answers("again").iter().zip(&expected).enumerate() {
        assert!(found == expected, "answer {place} is another one:\n{found}\n---\n{expected}");
    }
    line(at, "--store again store verify").well();
    let strange = line(at, "--store again store rebuild --input nothing-of-that-name").ends(2);
    assert!(strange.err.contains("no packets of an input"), "{}", strange.err);
}

#[test]
fn the_doctor_names_the_first_broken_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    expect![[r#"
        status 1
        --- out
        step            state   said
        --------------  ------  ------------------------------------------------------------------------------------
        configuration   ok      0 files
        store           failed  no store at teiten-store: make one with `teiten import` or name another with --store
        reference data  ok      0 editions in teiten-store/data
        editions        look    none: rows get no country, AS or actor; `teiten data import` brings them
        authority       ok      there is none; `teiten sensor enroll NAME` makes one
        --- err
        error: the first broken step is store: no store at teiten-store: make one with `teiten import` or name another with --store
    "#]].assert_eq(&line(at, "doctor").whole());
    configure(at);
    let collecting = Collecting::start(at);
    let sensor = Credentials::enrol(at, &collecting, "tokyo-01", "--group jp");
    assert_eq!(sensor.send(collecting.address(), &batch("tokyo-01", 7, 1, 10, 0)).expect("an answer").0, 200);
    collecting.end();
    let said = line(at, "doctor").ends(1);
    assert!(said.err.contains("the first broken step is collector: "), "{}", said.err);
    let steps: Vec<String> =
        rows(&line(at, "doctor -o csv").ends(1)).into_iter().map(|row| row[0].clone()).collect();
    let expected = [
        "configuration",
        "store",
        "reference data",
        "editions",
        "authority",
        "collector",
        "listener",
        "sensor tokyo-01",
        "interruptions",
        "account",
        "rows",
    ];
    assert_eq!(steps, expected);
    for format in ["table", "csv", "tsv", "json", "ndjson", "md", "parquet"] {
        assert!(!line(at, &format!("doctor -o {format}")).ends(1).out.is_empty(), "{format}");
        assert!(!line(at, &format!("sensor list -o {format}")).well().out.is_empty(), "{format}");
    }
    // No collector is at work, and the way of what it stored before is told all the same.
    let way: Vec<(String, String)> = rows(&line(at, "sensor test tokyo-01 -o csv").ends(1))
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let told = [
        ("collector", "failed"),
        ("listener", "failed"),
        ("sensor tokyo-01", "ok"),
        ("store", "ok"),
        ("clock", "ok"),
        ("received", "ok"),
        ("lost", "ok"),
        ("held", "ok"),
        ("stored", "ok"),
        ("visible", "ok"),
    ];
    assert_eq!(way, told.map(|(step, state)| (step.to_string(), state.to_string())));
    let stranger = line(at, "sensor test osaka-01").ends(2);
    assert!(stranger.err.contains("no live sensor is called `osaka-01`"), "{}", stranger.err);
    line(at, "sensor enroll Tokyo").ends(2);
    line(at, "sensor retire osaka-01").ends(1);
    expect![[r#"
        status 0
        --- out
        sensor group region country addresses first last hours silent packets state contact observed unobserved lost clock_offset
        hours hours hours packets ms
        -------- ----- ------ ------- --------- -------------- -------------- ----- ------ ------- ------------- ------------------------------ -------- ---------- ------- ------------
        tokyo-01 jp n/a n/a 16 2014-04-01 UTC 2014-04-01 UTC 1 0 10 not-collected UTC 0.0167 0.0000 0 1.50
    "#]]
        .assert_eq(&line(at, "sensor list").whole().lines().take(6).map(masked).collect::<String>());
}

/// A line without the moments that each run has of its own.
fn masked(line: &str) -> String {
    let is_own = |word: &&str| word.starts_with("20") && !word.starts_with("2014") || word.contains(':');
    let words: Vec<&str> = line.split_whitespace().filter(|word| !is_own(word)).collect();
    format!("{}\n", words.join(" "))
}
