//! The same captures into a folder and into a bucket, and everything asked of both.

use std::path::Path;

use crate::asked::{self, told};
use crate::program::{first_snapshot, rows};
use crate::server::{BUCKET, Server};
use crate::tree::{are_same, files};

/// Question by question, beside the named ones and the ranks.
const QUESTIONS: &[&str] = &[
    "trend --step hour",
    "trend --by port --top 5",
    "compare --by port --period 2014-06-30 --vs 2014-06-29",
    "packets --only-count",
    "packets --only-count -Y 'tcp.dstport == 22 && ip.ttl < 50'",
    "packets --period 2014-06-30 --limit 40",
    "packets --period 2014-06-30 --limit 3 -V",
    "packets --period 2014-06-30 --limit 3 -x",
    "finding list --period 2014-06-30",
    "event list --period 2014-06-30",
    "backscatter list --period 2014-06-30",
    "resolver list --period 2014-06-30",
    "infected list --period 2014-06-30",
    "store status",
    "store verify",
    "store inputs",
    "store account",
    "query 'SELECT dst_port, count(*) AS n, count(DISTINCT src) AS sources FROM packets GROUP BY dst_port ORDER BY n DESC, dst_port LIMIT 50'",
];

/// Simulates, and imports into a folder and into the bucket, with the same reference data.
fn both(server: &Server, folder: &Path) -> [String; 2] {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/small.toml");
    server.line(folder, &format!("simulate {} --out sim", scenario.display())).well();
    for table in ["countries", "as"] {
        server.line(folder, &format!("data import sim/{table}.csv --date 2014-06-01 --data data")).well();
    }
    let places = ["--store st --data data".to_string(), format!("--store s3://{BUCKET}/a/st --data data")];
    for place in &places {
        let ran = server.line(folder, &format!("{place} import sim --sensors sim/sensors.toml")).well();
        assert!(ran.err.contains("23561 packets of 15 inputs stored"), "{}", ran.err);
        let again = server.line(folder, &format!("{place} import sim --sensors sim/sensors.toml")).well();
        assert!(again.err.contains("15 of 15 captures are stored already"), "{}", again.err);
    }
    places
}

/// Questions that name files or the time of a commit, which are others in every store: that they are answered is
/// what can be asked.
const OF_FILES: [&str; 2] = ["store status", "store inputs"];

/// Asks both, and sees that they say the same, with notes as they are read.
fn ask<'q>(
    server: &Server,
    folder: &Path,
    places: &[String; 2],
    questions: impl Iterator<Item = &'q str>,
    read: fn(&str) -> String,
) {
    for question in questions {
        let [of_folder, of_bucket] =
            places.each_ref().map(|place| told(&server.line(folder, &format!("{place} {question}"))));
        if OF_FILES.contains(&question) {
            assert_eq!((of_folder.0, of_bucket.0), (0, 0), "{question}");
            continue;
        }
        assert_eq!((of_folder.0, read(&of_folder.2)), (of_bucket.0, read(&of_bucket.2)), "{question}");
        assert_eq!(of_folder.1, of_bucket.1, "{question}");
    }
}

pub(crate) fn agree(server: &Server) {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    let places = both(server, folder);
    let mut questions: Vec<String> = QUESTIONS.iter().map(ToString::to_string).collect();
    let named = server.line(folder, "ask -o csv").well();
    questions.extend(asked::questions(&named).iter().map(|name| format!("ask {name} --period 2014-06-30")));
    let refused = server.line(folder, "top nothing").ends(2);
    questions.extend(asked::ranks(&refused).iter().map(|kind| format!("top {kind} --period 2014-06-30")));
    assert!(questions.len() > QUESTIONS.len() + 40, "{questions:?}");
    ask(server, folder, &places, questions.iter().map(String::as_str), str::to_string);
    let reports = places.each_ref().map(|place| {
        let out = tempfile::tempdir_in(folder).expect("a folder");
        let asked =
            "report make quarterly --period 2014Q2 --region JP --issued 2014-10-01 --format html,md,json,csv";
        server.line(folder, &format!("{place} {asked} -w {}", out.path().display())).well();
        let mut files = files(out.path());
        assert!(files.remove("provenance.json").is_some(), "what differs stands apart");
        files
    });
    assert!(reports[0].len() > 20, "{:?}", reports[0].keys());
    are_same(&reports[0], &reports[1]);
}

/// Days since 2014-06-30 ended by UTC, by the clock of the machine.
fn days_since_june() -> i64 {
    (jiff::Timestamp::now().as_second() - 1_404_172_800).div_euclid(86_400)
}

/// Both are compacted, and let days go: what was done is the same, and so is what is said after it.
pub(crate) fn are_kept_alike(server: &Server) {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    let places = both(server, folder);
    std::fs::write(folder.join("teiten.toml"), format!("[keep]\npackets_days = {}\n", days_since_june()))
        .expect("a configuration");
    for step in ["store compact --dry-run -o csv", "store compact -o csv", "store retain -o csv"] {
        let done =
            places.each_ref().map(|place| server.line(folder, &format!("{place} {step}")).well().text());
        assert_eq!(done[0], done[1], "{step}");
        assert!(done[0].lines().count() > 3, "{step}: {}", done[0]);
        if !step.contains("dry-run") {
            ask(server, folder, &places, QUESTIONS.iter().copied(), first_snapshot);
        }
    }
    for done in ["store compact -o csv", "store retain -o csv"] {
        let again = server.line(folder, &format!("{} {done}", places[1])).well();
        assert_eq!(rows(&again).len(), 0, "{done}: what is done is done");
    }
}

/// Two imports of the same files at once: each file is stored by one of them.
pub(crate) fn at_once(server: &Server) {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/small.toml");
    server.line(folder, &format!("simulate {} --out sim", scenario.display())).well();
    let import = format!("--store s3://{BUCKET}/b import sim --sensors sim/sensors.toml");
    // Sensors apart and all together: what one takes first is left out by the others when they come again.
    std::thread::scope(|scope| {
        for part in ["sim/jp-01", "sim/jp-02", "sim"] {
            let line = import.replace("import sim", &format!("import {part}"));
            scope.spawn(move || {
                for _ in 0..10 {
                    let ran = server.line(folder, &line);
                    if ran.status == 0 {
                        return;
                    }
                    assert!(ran.err.contains("another import took the same file"), "{}", ran.err);
                }
                panic!("{line} came to no end");
            });
        }
    });
    let asked = |question: &str| server.line(folder, &format!("--store s3://{BUCKET}/b {question}")).well();
    assert_eq!(asked("packets --only-count").text().trim(), "23561");
    assert_eq!(rows(&asked("store inputs -o csv")).len(), 15);
    asked("store verify");
}
