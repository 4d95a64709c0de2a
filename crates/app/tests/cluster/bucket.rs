//! Workers over a store in a bucket answer as this machine does over a folder.

use crate::asked::told;
use crate::program::words;
use crate::running::Worker;
use crate::server::{BUCKET, Server};
use crate::workers::{certificates, configure, program};

/// Rollups, rows, packets and what joins them; every one reads files of the bucket.
const QUESTIONS: &[&str] = &[
    "top ports --period 2014-06-30",
    "top sources -Y 'tcp.dstport == 445'",
    "top countries --metric sources",
    "trend --by port --top 5",
    "packets --period 2014-06-30 -c 40",
    "packets --only-count -Y 'tcp.dstport == 22 && ip.ttl < 50'",
    "store account",
    "query 'SELECT dst_port, count(*) AS n, count(DISTINCT src) AS sources FROM packets GROUP BY dst_port ORDER BY n DESC, dst_port LIMIT 50'",
    "query 'SELECT count(*) FROM packets WHERE src IN (SELECT src FROM packets WHERE dst_port = 445)'",
];

pub(crate) fn agrees(server: &Server) {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    let scenario = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/small.toml");
    server.line(folder, &format!("simulate {} --out sim", scenario.display())).well();
    for table in ["countries", "as"] {
        server.line(folder, &format!("data import sim/{table}.csv --date 2014-06-01 --data data")).well();
    }
    let bucket = format!("s3://{BUCKET}/clustered");
    for store in ["here", bucket.as_str()] {
        let asked = format!("import sim --sensors sim/sensors.toml --store {store} --data data");
        server.line(folder, &asked).well();
    }
    certificates(&folder.join("keys"));
    let workers = [0, 1].map(|_| {
        let mut worker = std::process::Command::new(program());
        server.surround(&mut worker);
        Worker::start(worker, bucket.as_ref(), &folder.join("keys"))
    });
    configure(folder, &workers);
    let plan = words("query 'EXPLAIN ANALYZE SELECT dst_port, count(*) FROM packets GROUP BY dst_port'");
    let there = |asked: &[String]| {
        let first = words(&format!("--config cluster.toml --store {bucket} --data data"));
        server.command(folder).args([&first, asked].concat()).output().expect("the program starts").into()
    };
    let plan: crate::program::Ran = there(&plan);
    assert!(plan.well().text().contains("DistributedExec"), "workers are asked at all");
    for question in QUESTIONS {
        let mine = told(&server.line(folder, &format!("--store here --data data {question}")));
        assert_eq!(mine.0, 0, "{question}: {}", mine.2);
        assert_eq!(mine, told(&there(&words(question))), "{question}");
    }
}
