//! Other programs over our tables: DuckDB, Polars and ClickHouse give the answers that `teiten query` gives.
//!
//! The programs are those that docs/guide/readers.md shows, in `scripts/readers`. They need the Python that
//! `scripts/python.sh` makes. Without it these tests were not run, and say so.
//!
//! **Invariant:** whole answers are compared, of stores of two kinds: captures of others, and a scenario.

#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/program.rs"]
mod program;
#[path = "../peers/python.rs"]
mod python;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Completion, Trial};
use program::{line, run, shared};

/// A reader: its script, and the modules it needs.
const READERS: [(&str, &str); 5] = [
    ("duckdb_delta", "duckdb, duckdb_ext"),
    ("duckdb_files", "duckdb, deltalake"),
    ("polars_delta", "polars, deltalake"),
    ("chdb_delta", "chdb"),
    ("chdb_copy", "chdb"),
];

/// What every reader is asked, in words of SQL that all of them have. The tables hold packets that belong to no
/// described sensor, too, which our views leave out.
const OF_PACKETS: &[&str] = &[
    "SELECT COUNT(*) AS n, SUM(packets) AS packets, SUM(CAST(frame_len AS BIGINT)) AS bytes FROM packets WHERE sensor <> '-'",
    "SELECT class, SUM(packets) AS packets, COUNT(DISTINCT src) AS sources, MIN(frame_len) AS low, MAX(frame_len) AS high FROM packets WHERE sensor <> '-' GROUP BY class ORDER BY packets DESC, class",
    "SELECT ip_proto, dst_port, SUM(packets) AS packets, COUNT(DISTINCT src) AS sources FROM packets WHERE sensor <> '-' AND dst_port IS NOT NULL GROUP BY ip_proto, dst_port ORDER BY packets DESC, ip_proto, dst_port LIMIT 1000",
    "SELECT tags, SUM(packets) AS packets FROM packets WHERE sensor <> '-' AND tags IS NOT NULL GROUP BY tags ORDER BY packets DESC, tags",
    "SELECT sensor, sensor_group, COUNT(DISTINCT src) AS sources, COUNT(*) AS n FROM packets WHERE sensor <> '-' GROUP BY sensor, sensor_group ORDER BY sensor, sensor_group",
    "SELECT src, COUNT(*) AS packets, COUNT(DISTINCT dst_port) AS ports, SUM(CAST(frame_len AS BIGINT)) AS bytes FROM packets WHERE sensor <> '-' AND src IS NOT NULL GROUP BY src ORDER BY packets DESC, src LIMIT 1000",
    "SELECT tcp_flags, tcp_window, COUNT(*) AS packets FROM packets WHERE sensor <> '-' AND ip_proto = 6 AND tcp_window IS NOT NULL AND ttl < 64 GROUP BY tcp_flags, tcp_window ORDER BY packets DESC, tcp_flags, tcp_window LIMIT 1000",
    "SELECT input, frame, src_port FROM packets WHERE sensor <> '-' AND dst_port = 23 AND src_port IS NOT NULL ORDER BY input, frame, src_port LIMIT 1000",
];

/// Of the rollups and the partition, which a copy of the packets does not have.
const OF_TABLES: &[&str] = &[
    "SELECT day, COUNT(*) AS n FROM packets WHERE sensor <> '-' GROUP BY day ORDER BY day",
    "SELECT ip_proto, dst_port, SUM(packets) AS packets FROM ports_hourly WHERE dst_port IS NOT NULL AND sensor_group <> '-' GROUP BY ip_proto, dst_port ORDER BY packets DESC, ip_proto, dst_port LIMIT 1000",
    "SELECT src, SUM(packets) AS packets FROM sources_daily WHERE src IS NOT NULL AND sensor_group <> '-' GROUP BY src ORDER BY packets DESC, src LIMIT 1000",
];

/// A folder with the stores `captures` and `scenario`, made once.
static STORES: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("readers");
    if folder.try_exists().expect("a folder") {
        std::fs::remove_dir_all(&folder).expect("what an earlier run left goes away");
    }
    std::fs::create_dir_all(&folder).expect("a folder");
    let captures = shared().join("pcap").display().to_string();
    // Some of these captures are broken on purpose: what can be read of them is stored.
    run(&folder, &["--store", "captures", "import", &captures, "--sensor", "lab", "-q"]).ends(3);
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/small.toml");
    run(&folder, &["simulate", &scenario.display().to_string(), "--out", "sim"]).well();
    for table in ["countries", "as"] {
        line(&folder, &format!("data import sim/{table}.csv --date 2014-06-01 --store scenario")).well();
    }
    line(&folder, "--store scenario import sim --sensors sim/sensors.toml").well();
    // In two commits, so that a table has a history.
    line(&folder, "--store scenario import sim --sensor again --group again -q").well();
    folder
});

fn agrees(python: &Path, reader: &str, store: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let script = root.join("scripts/readers").join(format!("{reader}.py"));
    let tables = if reader == "chdb_copy" { &[][..] } else { OF_TABLES };
    for sql in OF_PACKETS.iter().chain(tables) {
        let ours = run(&STORES, &["--store", store, "query", sql, "-o", "tsv", "-q"]).well().text();
        let (_, ours) = ours.split_once('\n').expect("a head");
        let theirs = Command::new(python)
            .arg("-B")
            .args([script.as_os_str(), STORES.join(store).as_os_str(), sql.as_ref()])
            .output()
            .expect("the reader starts");
        assert!(theirs.status.success(), "{reader}, {sql}: {}", String::from_utf8_lossy(&theirs.stderr));
        assert!(!ours.is_empty() || store == "scenario", "{sql} has an answer");
        let theirs = String::from_utf8_lossy(&theirs.stdout);
        let first = ours.lines().zip(theirs.lines()).find(|(ours, theirs)| ours != theirs);
        assert!(ours == theirs, "{reader} over {store} differs in {sql}: {first:?}");
    }
}

/// The notebook runs from its first cell to its last, and counts classes as we do.
fn notebook(python: &Path, store: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let theirs = Command::new(python)
        .arg("-B")
        .arg(root.join("scripts/readers/notebook.py"))
        .arg(STORES.join(store))
        .arg(root.join("docs/guide/packets.ipynb"))
        .output()
        .expect("the notebook starts");
    assert!(theirs.status.success(), "{}", String::from_utf8_lossy(&theirs.stderr));
    let sql = "SELECT class, SUM(packets) AS packets, COUNT(DISTINCT src) AS sources FROM packets \
               GROUP BY class ORDER BY packets DESC, class";
    let ours = run(&STORES, &["--store", store, "query", sql, "-o", "tsv", "-q"]).well().text();
    let (_, ours) = ours.split_once('\n').expect("a head");
    let theirs = String::from_utf8_lossy(&theirs.stdout);
    let (source, classes) = theirs.split_once('\n').expect("the busiest source");
    assert!(source.parse::<std::net::Ipv4Addr>().is_ok(), "{source}");
    assert_eq!(classes, ours);
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let stores = ["captures", "scenario"];
    let trials = READERS.iter().flat_map(|(reader, modules)| {
        stores.map(|store| {
            Trial::ignorable_test(format!("{reader}_over_{store}"), move || match python::with(modules) {
                Err(why) => Ok(Completion::ignored_with(why)),
                Ok(python) => {
                    agrees(&python, reader, store);
                    Ok(Completion::Completed)
                }
            })
        })
    });
    let notebooks = stores.map(|store| {
        Trial::ignorable_test(format!("notebook_over_{store}"), move || {
            match python::with("polars, deltalake") {
                Err(why) => Ok(Completion::ignored_with(why)),
                Ok(python) => {
                    notebook(&python, store);
                    Ok(Completion::Completed)
                }
            }
        })
    });
    libtest_mimic::run(&arguments, trials.chain(notebooks).collect()).exit_code()
}
