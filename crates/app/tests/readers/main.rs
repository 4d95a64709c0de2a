//! Other programs over our tables: DuckDB, Polars and ClickHouse give the answers that `teiten query` gives.
//!
//! The programs are those that docs/guide/readers.md shows, in `scripts/readers`. They need the Python that
//! `scripts/python.sh` makes. Without it these tests were not run, and say so.
//!
//! A store that the variable `COMPARED_STORE` names is compared as well: `make test-readers STORE=demo/store` asks all
//! of what `make demo` made, of which the tests have a week otherwise.
//!
//! **Invariant:** whole answers are compared, of stores of two kinds: captures of others, and scenarios.

#[path = "../peers/compared.rs"]
mod compared;
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

/// Half a gigabyte of packages and Java, so it is asked for: `make test-spark`.
const SPARK: (&str, &str) = ("spark_files", "pyspark, deltalake");

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

/// The stores that are always there.
const MADE: [&str; 3] = ["captures", "scenario", "week"];

/// A folder with those stores, made once.
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
    week(&folder);
    folder
});

/// The last week of the demo's scenario, its days compacted as they are in a store that is looked after.
fn week(folder: &Path) {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/2014Q2.toml");
    run(folder, &["simulate", &scenario.display().to_string(), "--out", "year", "-q"]).well();
    for sensor in std::fs::read_dir(folder.join("year")).expect("captures") {
        let sensor = sensor.expect("an entry").path();
        if !sensor.is_dir() {
            continue;
        }
        for day in std::fs::read_dir(&sensor).expect("the captures of a sensor") {
            let day = day.expect("an entry").path();
            let name = day.file_name().expect("a name").to_string_lossy().into_owned();
            if !("2014-06-24".."2014-07-01").contains(&name.as_str()) {
                std::fs::remove_file(&day).expect("the rest of the year goes");
            }
        }
    }
    line(folder, "--store week import year --sensors year/sensors.toml -q").well();
    line(folder, "--store week store compact -q").well();
}

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
        assert!(!ours.is_empty() || store != "captures", "{sql} has an answer");
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

fn trial(
    reader: &str,
    modules: &'static str,
    store: &str,
    asks: impl FnOnce(&Path, &str) + Send + 'static,
) -> Trial {
    let (name, store) = (format!("{reader}_over_{store}"), store.to_string());
    Trial::ignorable_test(name, move || match python::with(modules) {
        Err(why) => Ok(Completion::ignored_with(why)),
        Ok(python) => {
            asks(&python, &store);
            Ok(Completion::Completed)
        }
    })
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let stores = MADE
        .map(ToString::to_string)
        .into_iter()
        .chain(compared::store().map(|store| store.display().to_string()))
        .collect::<Vec<_>>();
    let mut trials = Vec::new();
    for store in stores {
        let spark = std::env::var_os("WITH_SPARK").map(|_| SPARK);
        for (reader, modules) in READERS.into_iter().chain(spark) {
            trials.push(trial(reader, modules, &store, move |python, store| agrees(python, reader, store)));
        }
        trials.push(trial("notebook", "polars, deltalake", &store, notebook));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
