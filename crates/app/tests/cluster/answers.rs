//! Everything asked of this machine and of workers.
//!
//! Questions about findings count facts and keep them in the store, so each side has a copy of it: what is counted by
//! workers must be the same, too.
//!
//! The variable `COMPARED_STORE` names another store to copy and ask, with its reference data in `data` beside it, in
//! the place of the simulated one: `make test-cluster STORE=demo/store` asks all that `make demo` made.

use std::path::Path;

use crate::asked::{self, told};
use crate::compared;
use crate::pages;
use crate::program::{Ran, line, run, words};
use crate::tree::{are_same, files};
use crate::workers::{certificates, configure, worker};

/// Question by question, beside the named ones and the ranks.
const QUESTIONS: &[&str] = &[
    "top ports",
    "top ports --scanners without",
    "top ports --metric sources --period 2014-06-30..2014-07-02",
    "top sources -Y 'tcp.dstport == 445'",
    "top countries --as public",
    "top ports --as jp-01",
    "top ports --vs prev --period 2014-07-01",
    "trend --step hour",
    "trend --by port --top 5",
    "trend --by country --top 3 --step hour --period 2014-06-30",
    "compare --by port --period 2014-06-30 --vs 2014-06-29",
    "packets --only-count",
    "packets --only-count -Y 'tcp.dstport == 22 && ip.ttl < 50'",
    "packets --period 2014-06-30 -c 40",
    "packets --period 2014-06-30 -c 3 -V",
    "packets -Y 'payload contains \"a\"' -c 20 -x",
    "finding list --period 2014-06-30",
    "event list --period 2014-06-30",
    "backscatter list --period 2014-06-30",
    "resolver list --period 2014-06-30",
    "infected list --period 2014-06-30",
    "store account",
    "query 'SHOW TABLES'",
    "query 'SELECT dst_port, count(*) AS n, count(DISTINCT src) AS sources FROM packets GROUP BY dst_port ORDER BY n DESC, dst_port LIMIT 50'",
    "query 'SELECT day, src_country, sum(packets) AS packets FROM (SELECT day, src_country, 1 AS packets FROM packets) GROUP BY day, src_country ORDER BY day, src_country'",
    "query 'SELECT a.sensor, a.n, b.n AS others FROM (SELECT sensor, count(*) AS n FROM packets GROUP BY sensor) a LEFT JOIN (SELECT sensor, count(*) AS n FROM packets WHERE dst_port = 445 GROUP BY sensor) b ON a.sensor = b.sensor ORDER BY a.sensor'",
    "query 'SELECT count(*) FROM packets WHERE src IN (SELECT src FROM packets WHERE dst_port = 445)'",
    "query 'SELECT count(*) FROM packets WHERE day = $$2014-06-30$$ AND dst_port NOT IN (SELECT dst_port FROM packets WHERE day = $$2014-06-30$$ AND sensor = $$jp-01$$ AND dst_port IS NOT NULL)'",
    "query 'SELECT sensor FROM packets WHERE dst_port = 445 UNION SELECT sensor_group FROM packets ORDER BY 1'",
    "query 'SELECT sensor, n, rank() OVER (ORDER BY n DESC, sensor) AS place FROM (SELECT sensor, count(*) AS n FROM packets GROUP BY sensor) ORDER BY place'",
    "query 'SELECT day, distinct_sources(sources) AS s FROM (SELECT date_trunc($$day$$, at) AS day, sources FROM countries_hourly) GROUP BY day ORDER BY day'",
];

/// Compares every row with every other, so only a simulated store is asked for all of its days.
const OF_ALL_DAYS: &str = "query 'SELECT count(*) FROM packets WHERE dst_port NOT IN (SELECT dst_port FROM packets WHERE sensor = $$jp-01$$ AND dst_port IS NOT NULL)'";

/// A store whose tables have several files as `here`, a copy of it as `there`, and what they know as `data`.
fn stores(folder: &Path) {
    match compared::store() {
        Some(store) => {
            copy(&store, &folder.join("here"));
            copy(&store.with_file_name("data"), &folder.join("data"));
        }
        None => simulated(folder),
    }
    copy(&folder.join("here"), &folder.join("there"));
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let copy = to.join(name);
        std::fs::create_dir_all(copy.parent().expect("a folder")).expect("a folder");
        std::fs::write(copy, bytes).expect("a copy");
    }
}

fn simulated(folder: &Path) {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/small.toml");
    run(folder, &["simulate", &scenario.display().to_string(), "--out", "sim", "--seed", "42"]).well();
    for table in ["countries", "as"] {
        line(folder, &format!("data import sim/{table}.csv --date 2014-06-01 --data data")).well();
    }
    for sensor in ["jp-01", "jp-02", "id-01"] {
        line(folder, &format!("import sim/{sensor} --sensors sim/sensors.toml --store here --data data"))
            .well();
    }
    line(folder, "import sim --sensors sim/sensors.toml --store here --data data").well();
}

pub(crate) fn agree() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    stores(folder);
    certificates(&folder.join("keys"));
    let workers = [0, 1].map(|_| worker(&folder.join("there"), &folder.join("keys")));
    configure(folder, &workers);
    let here = |asked: &[String]| run(folder, &[&words("--store here --data data"), asked].concat());
    let there = |asked: &[String]| {
        run(folder, &[&words("--config cluster.toml --store there --data data"), asked].concat())
    };

    let plan =
        there(&words("query 'EXPLAIN ANALYZE SELECT dst_port, count(*) FROM packets GROUP BY dst_port'"))
            .well();
    assert!(plan.text().contains("DistributedExec"), "workers are asked at all: {}", plan.text());

    let of_all_days = compared::store().is_none().then_some(OF_ALL_DAYS);
    let mut questions: Vec<Vec<String>> = QUESTIONS.iter().copied().chain(of_all_days).map(words).collect();
    let all = here(&words("ask -o csv")).well();
    for name in asked::questions(&all) {
        for rest in
            ["--period 2014-06-30", "--home JP --vs 2014-06-29 --period 2014-06-30", "--home JP --step hour"]
        {
            questions.push(words(&format!("ask {name} {rest}")));
        }
    }
    let refused = here(&words("top nothing")).ends(2);
    questions.extend(asked::ranks(&refused).iter().map(|kind| words(&format!("top {kind}"))));
    assert!(questions.len() > QUESTIONS.len() + 90, "{}", questions.len());
    let mut differ = Vec::new();
    for question in &questions {
        let (mine, theirs) = (told(&here(question)), told(&there(question)));
        if mine != theirs {
            differ.push(format!("{question:?}\n--- here\n{mine:?}\n--- there\n{theirs:?}"));
        }
    }
    assert!(differ.is_empty(), "{} of {} differ\n{}", differ.len(), questions.len(), differ.join("\n"));

    let report =
        "report make quarterly --period 2014Q2 --region JP --issued 2014-10-01 --format html,md,json,csv";
    let reports = [("here", &here as &dyn Fn(&[String]) -> Ran), ("there", &there)].map(|(name, asked)| {
        asked(&words(&format!("{report} -w report-{name}"))).well();
        let mut files = files(&folder.join(format!("report-{name}")));
        assert!(files.remove("provenance.json").is_some(), "what differs stands apart");
        files
    });
    assert!(reports[0].len() > 20, "{:?}", reports[0].keys());
    are_same(&reports[0], &reports[1]);

    pages::agree(folder);

    drop(workers);
    let lost = there(&words("top ports")).ends(1);
    assert!(
        lost.err.contains("worker https://127.0.0.1:") && lost.err.contains("does not answer"),
        "{}",
        lost.err
    );
}

pub(crate) fn are_refused_without_certificates() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/small.toml");
    run(folder, &["simulate", &scenario.display().to_string(), "--out", "sim"]).well();
    line(folder, "import sim/id-01 --sensors sim/sensors.toml --store st").well();
    let refused = line(folder, "--store st --cluster https://127.0.0.1:1 top ports").ends(2);
    assert!(refused.err.contains("cluster.certificate"), "{}", refused.err);
    certificates(&folder.join("keys"));
    let config = "[cluster]\ncertificate = \"keys/127.0.0.1.pem\"\nkey = \"keys/127.0.0.1.key\"\nauthority = \"keys/ca.pem\"\n";
    std::fs::write(folder.join("cluster.toml"), config).expect("a configuration");
    for odd in ["http://127.0.0.1:1", "127.0.0.1:1", "https://127.0.0.1:1/path"] {
        let refused =
            line(folder, &format!("--config cluster.toml --store st --cluster {odd} top ports")).ends(2);
        assert!(refused.err.contains("no address of a worker"), "{odd}: {}", refused.err);
    }
}
