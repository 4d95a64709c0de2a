//! The same questions of this machine and of two workers on loopback: every named question, every rank, series, SQL,
//! packets, findings and a whole report, through the built program.
//!
//! It needs `teiten-cluster` built beside `teiten`: `cargo test -p teiten-app -p teiten-cluster --features
//! teiten-app/cluster --test cluster`.
//!
//! **Invariant:** workers and this machine give the same answers, byte for byte.

mod answers;
#[path = "../peers/asked.rs"]
mod asked;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/program.rs"]
mod program;
#[path = "../../../cluster/tests/workers/running.rs"]
mod running;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/tree.rs"]
mod tree;
mod workers;
