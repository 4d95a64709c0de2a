//! A store that is kept small: every answer after compaction is the one before, and of what is gone nobody is told
//! zero.

use std::collections::BTreeMap;
use std::path::Path;

use crate::program::{line, rows};
use crate::scenario::simulate;

/// Imports the small scenario day by day, so that there are many files, into a store with reference data.
fn filled(folder: &Path) {
    simulate(folder, "sim", 42);
    for table in ["countries", "as"] {
        line(folder, &format!("data import sim/{table}.csv --date 2014-06-01 --store st")).well();
    }
    let mut captures: Vec<String> = Vec::new();
    for sensor in ["jp-01", "jp-02", "id-01"] {
        let entries = std::fs::read_dir(folder.join("sim").join(sensor)).expect("a folder");
        captures.extend(
            entries.map(|entry| format!("sim/{sensor}/{}", entry.expect("an entry").file_name().display())),
        );
    }
    captures.sort();
    for capture in captures {
        line(folder, &format!("import {capture} --sensors sim/sensors.toml --store st")).well();
    }
}

/// Questions of every kind: ranks, series, comparison, packets, SQL, recurring questions, findings, facts.
fn questions() -> Vec<String> {
    let mut all: Vec<String> = [
        "ports",
        "countries",
        "sources",
        "ases",
        "classes",
        "tags",
        "sensors",
        "groups",
        "actors",
        "protocols",
    ]
    .iter()
    .flat_map(|by| {
        [
            format!("top {by} --top 100000"),
            format!("top {by} --period 2014-07-01 --vs prev --metric sources"),
            format!("top {by} -Y 'tcp.dstport==445' --from 2014-06-30T01:30 --to 2014-07-01T13:07"),
        ]
    })
    .collect();
    all.extend(
        [
            "top ports --as public",
            "top ports --as jp-01",
            "trend --step hour",
            "trend --step day --by port",
            "trend --step hour -Y 'ip.proto==17'",
            "compare --by country --period 2014-07-01",
            "packets -c 3000",
            "packets -c 500 -l -Y 'dns'",
            "packets -c 40 -V -Y 'icmp'",
            "packets -c 40 -x --period 2014-07-01",
            "packets --only-count",
            "packets --only-count --apart",
            "query 'SELECT input, frame, ts, ts_ns, src, dst, dst_public, dst_port, tcp_seq, ip_id, payload, tcp_options, class, tags, sensor FROM packets ORDER BY input, frame'",
            "query 'SELECT at, ip_proto, dst_port, sum(packets), sum(bytes), distinct_sources(sources), bool_and(distinct_exact(sources)) FROM ports_hourly GROUP BY 1, 2, 3 ORDER BY 1, 2, 3'",
            "query 'SELECT at, src, sum(packets), min(first), max(last), distinct_sources(ports), distinct_sources(sensors) FROM sources_daily GROUP BY 1, 2 ORDER BY 1, 2'",
            "query 'SELECT at, sensor, max(addresses), sum(packets) FROM sensors GROUP BY 1, 2 ORDER BY 1, 2'",
            "store inputs",
            "store account",
            "sensor list",
            "sensor show jp-01",
            "finding list",
            "campaign list",
            "event list",
            "resolver list",
            "backscatter list",
            "infected list",
        ]
        .map(ToString::to_string),
    );
    let known = [
        "accesses",
        "damage",
        "hosts-tcp",
        "hosts-udp",
        "scanners",
        "mirai",
        "bursts",
        "networks",
        "responses",
    ];
    all.extend(known.iter().map(|question| format!("ask {question} --period 2014-07-01")));
    all
}

/// Every answer: status and standard output.
fn answers(folder: &Path) -> BTreeMap<String, (i32, String)> {
    let answer = |question: String| {
        let ran = line(folder, &format!("--store st {question} -o csv -q"));
        (question, (ran.status, ran.text()))
    };
    questions().into_iter().map(answer).collect()
}

/// The bytes of exported captures.
fn exports(folder: &Path, name: &str) -> BTreeMap<String, Vec<u8>> {
    line(folder, &format!("--store st packets -w {name}.pcapng --period 2014-07-01")).well();
    line(folder, &format!("--store st packets -w {name}-syn.pcapng -Y 'tcp.flags.syn==1'")).well();
    let read = |file: &str| std::fs::read(folder.join(format!("{name}{file}"))).expect("a capture");
    ["", "-syn"].iter().map(|of| (of.to_string(), read(&format!("{of}.pcapng")))).collect()
}

fn count(folder: &Path, sql: &str) -> i64 {
    let ran = line(folder, &format!("--store st query '{sql}' -o csv -q")).well();
    rows(&ran)[0][0].parse().expect("a number")
}

fn snapshot(folder: &Path) -> String {
    let said = line(folder, "--store st store status").well().err;
    said.split("snapshot ").nth(1).and_then(|rest| rest.split(' ').next()).expect("its number").to_string()
}

#[test]
fn every_answer_after_compaction_is_the_one_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    filled(at);
    let expected = answers(at);
    let exported = exports(at, "before");
    let n_files = |table: &str| {
        let status = line(at, "--store st store status -o csv -q").well();
        let row = rows(&status).into_iter().find(|row| row[0] == table).expect("a table");
        (row[2].parse::<u64>().expect("files"), row[4].parse::<u64>().expect("bytes"))
    };
    let (packets, cells) = (n_files("packets"), n_files("cells_daily"));
    let before = snapshot(at);
    let planned = line(at, "--store st store compact --dry-run -o csv -q").well();
    assert_eq!(snapshot(at), before, "a dry run changes nothing");
    let done = line(at, "--store st store compact -o csv").well();
    assert_eq!(rows(&done).len(), rows(&planned).len());
    assert!(rows(&done).iter().all(|row| row[5] == "1"), "each became one file: {}", done.text());
    assert!(n_files("packets").0 < packets.0 && n_files("packets").1 < packets.1, "fewer and smaller");
    assert!(n_files("cells_daily").0 < cells.0 && n_files("cells_daily").1 < cells.1, "fewer and smaller");
    let after = snapshot(at);
    for (question, found) in answers(at) {
        assert!(found == expected[&question], "{question}: {} is not {}", found.1, expected[&question].1);
    }
    assert_eq!(snapshot(at), after, "nothing was counted again for the findings");
    assert!(exports(at, "after") == exported, "the same frames in the same order");
    line(at, "--store st store verify").well();
    let again = line(at, "--store st store compact -o csv -q").well();
    assert_eq!(rows(&again), Vec::<Vec<String>>::new(), "what is done is done");
    line(at, "--store st store rebuild --day 2014-07-01").well();
    line(at, "--store st store verify").well();
    let counted = "packets --only-count";
    assert_eq!(line(at, &format!("--store st {counted} -o csv -q")).well().text(), expected[counted].1);
}

#[test]
fn facts_counted_from_compacted_days_are_those_counted_from_fresh_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    filled(at);
    let all =
        ["finding list", "event list", "resolver list", "backscatter list", "infected list", "campaign list"];
    let told = || all.map(|question| line(at, &format!("--store st {question} -o csv -q")).well().text());
    line(at, "--store st store compact").well();
    let compacted = told();
    for gone in ["st", "sim"] {
        std::fs::remove_dir_all(at.join(gone)).expect("it goes");
    }
    filled(at);
    assert_eq!(told(), compacted);
}

#[test]
fn an_old_snapshot_goes_with_its_files_and_not_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    filled(at);
    let n_parquet = || {
        let days = std::fs::read_dir(at.join("st/tables/packets")).expect("a folder");
        let of = |path: std::path::PathBuf| std::fs::read_dir(path).expect("a folder").count();
        days.map(|entry| entry.expect("an entry"))
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("day="))
            .map(|entry| of(entry.path()))
            .sum::<usize>()
    };
    let fresh = n_parquet();
    line(at, "--store st store compact").well();
    assert!(n_parquet() > fresh, "the old ones are there for who reads them");
    line(at, "--store st store verify").well();
}

#[test]
fn what_is_wrong_with_a_compaction_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    assert!(line(at, "store compact").ends(1).err.contains("no store at"));
    crate::captures::write(at, "a.pcap", &crate::captures::pcap(3));
    line(at, "import a.pcap").well();
    for (wrong, said) in [
        ("store compact --day yesterday", "`yesterday` is no day: write YYYY-MM-DD"),
        ("store compact --day 2014-07-01 --from 2014-07-02", "cannot be used with"),
    ] {
        let ran = line(at, wrong).ends(2);
        assert!(ran.err.contains(said), "{}", ran.err);
    }
    let none = line(at, "store compact --day 1999-01-01 -o csv -q").well();
    assert_eq!(rows(&none).len(), 0);
}

/// Days since that UTC day, by the clock of the machine.
#[allow(
    clippy::disallowed_methods,
    reason = "retention is told by the age of packets, and the clock is the program's own"
)]
fn days_since(date: &str) -> i64 {
    let date: jiff::civil::Date = date.parse().expect("a date");
    let then = date.to_zoned(jiff::tz::TimeZone::UTC).expect("a day").timestamp().as_second();
    (jiff::Timestamp::now().as_second() - then).div_euclid(86_400)
}

fn keep(folder: &Path, keys: &str) {
    std::fs::write(folder.join("teiten.toml"), format!("store = \"st\"\n[keep]\n{keys}\n")).expect("a file");
}

#[test]
fn packets_that_expired_are_told_of_and_everything_else_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    filled(at);
    line(at, "--store st store compact").well();
    let all = count(at, "SELECT count(*) FROM packets");
    let findings = line(at, "--store st finding list -o csv -q").well().text();
    let ranks = line(at, "--store st top ports --top 1000 -o csv -q").well().text();
    let none = line(at, "--store st store retain").well();
    assert!(none.err.contains("everything is kept for ever"), "{}", none.err);
    // What ended before 2014-07-01 is older than that many days.
    keep(at, &format!("packets_days = {}", days_since("2014-07-01")));
    let planned = line(at, "store retain --dry-run -o csv -q").well();
    assert_eq!(rows(&planned).len(), 3, "28, 29 and 30 June by UTC: {}", planned.text());
    assert_eq!(count(at, "SELECT count(*) FROM packets"), all, "a dry run takes nothing");
    let done = line(at, "store retain -o csv -q").well();
    assert_eq!(done.text(), planned.text());
    let gone: i64 = rows(&done).iter().map(|row| row[3].parse::<i64>().expect("rows")).sum();
    assert!(gone > 0 && gone < all);
    assert_eq!(count(at, "SELECT count(*) FROM packets"), all - gone);
    assert_eq!(count(at, "SELECT sum(rows) FROM expiries"), gone);

    let status = line(at, "store status").well().err;
    assert!(status.contains("packets before 2014-07-01T00:00:00.000000Z are no longer kept"), "{status}");
    let account = line(at, "store account").well().err;
    assert!(account.contains(&format!("stored {all} = kept {} + expired {gone}", all - gone)), "{account}");
    let verified = line(at, "store verify").well().err;
    assert!(
        verified.contains("rollups and packets agree") && verified.contains("the account balances"),
        "{verified}"
    );

    // Nothing is said of what is gone, instead of zero; of a part the part is told.
    let refused = line(at, "packets --period 2014-06-30 --tz UTC").ends(1);
    assert!(refused.err.contains("no longer kept"), "{}", refused.err);
    let part = line(at, "packets --only-count").well();
    assert_eq!(
        part.text().trim().parse::<i64>().expect("a number"),
        count(at, "SELECT sum(packets) FROM packets")
    );
    assert!(part.err.contains("no longer kept"), "{}", part.err);
    let whole = line(at, "packets --only-count --period 2014-07-02").well();
    assert!(!whole.err.contains("no longer kept"), "{}", whole.err);
    let sql = line(at, "query 'SELECT count(*) FROM packets'").well();
    assert!(sql.err.contains("no longer kept"), "{}", sql.err);

    assert_eq!(line(at, "top ports --top 1000 -o csv -q").well().text(), ranks, "rollups answer as before");
    let before = snapshot(at);
    assert_eq!(line(at, "finding list -o csv -q").well().text(), findings, "findings stay");
    assert_eq!(snapshot(at), before, "nothing was counted from a part of a day");
    let rebuilt = line(at, "store rebuild").well();
    assert!(rebuilt.err.contains("days are not made again"), "{}", rebuilt.err);
    assert_eq!(line(at, "top ports --top 1000 -o csv -q").well().text(), ranks);
    line(at, "store verify").well();
    assert_eq!(rows(&line(at, "store retain -o csv -q").well()).len(), 0);
    line(at, "store compact").well();
    line(at, "store verify").well();
}

#[test]
fn rollups_that_expired_are_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    filled(at);
    line(at, "--store st store compact").well();
    let kept = |store: &str| {
        line(at, &format!("{store} top ports --top 1000 --period 2014-07-02 -o csv -q")).well().text()
    };
    let expected = kept("--store st");
    keep(
        at,
        &format!("rollups_days = {}\npackets_days = {}", days_since("2014-07-01"), days_since("2014-07-01")),
    );
    line(at, "store retain").well();
    assert_eq!(kept(""), expected, "what is kept is as it was");
    let refused = line(at, "top ports --period 2014-06-29").ends(1);
    assert!(refused.err.contains("no longer kept"), "{}", refused.err);
    let part = line(at, "top ports").well();
    assert!(part.err.contains("no longer kept"), "{}", part.err);
    let verified = line(at, "store verify").well().err;
    assert!(verified.contains("rollups and packets agree"), "{verified}");
}
