//! The portal over a store by this machine and by workers: the same pages and the same answers of the API.

use std::path::Path;

use crate::serving::Serving;

/// Pages and answers whose questions are of every kind: rollups, rows, sketches, findings, SQL.
const PATHS: &[&str] = &[
    "/?p=2014-06-30",
    "/explore?p=2014-06-30&by=country&metric=rate&step=hour",
    "/explore?f=tcp.dstport==445&p=2014-06-30&by=port",
    "/packets?f=ip.ttl%3C64&p=2014-06-30",
    "/port/445-tcp?p=2014-06-30",
    "/country/JP?p=2014-06-30",
    "/dns?p=2014-06-30",
    "/backscatter?p=2014-06-30",
    "/findings?p=2014-06-30",
    "/sensor/jp-01?p=2014-06-30",
    "/sql?q=SELECT+dst_port,+count(*)+AS+n+FROM+packets+GROUP+BY+dst_port+ORDER+BY+n+DESC,+dst_port+LIMIT+9",
    "/api/v1/top?by=port&period=2014-06-30&limit=50",
    "/api/v1/top?by=source&period=2014-06-30&filter=tcp&limit=50",
    "/api/v1/packets?period=2014-06-30&filter=tcp.dstport==445&limit=50",
];

pub(crate) fn agree(folder: &Path) {
    // One store for both: pages tell when it was written.
    let alone = ["--as", "all", "--data", "data"];
    let here = Serving::at(folder, "there", &alone);
    let there = Serving::at(folder, "there", &[&alone[..], &["--config", "cluster.toml"]].concat());
    for path in PATHS {
        let (mine, theirs) = (here.get(path), there.get(path));
        assert_eq!((mine.status, theirs.status), (200, 200), "{path}: {}", theirs.text());
        let (mine, theirs) = (mine.text(), theirs.text());
        let first = mine.lines().zip(theirs.lines()).find(|(mine, theirs)| mine != theirs);
        assert!(mine == theirs, "{path} differs: {first:?}");
    }
}
