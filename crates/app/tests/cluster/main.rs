//! The same questions of this machine and of two workers on loopback: every named question, every rank, series, SQL,
//! packets, findings, a whole report and pages of the portal, through the built program; some also of a bucket.
//!
//! It needs `teiten-cluster` built beside `teiten`: `cargo test -p teiten-app -p teiten-cluster --features
//! teiten-app/cluster --test cluster`. The bucket needs the Python that `scripts/python.sh` makes; without it its test was
//! not run, and says so.
//!
//! **Invariant:** workers and this machine give the same answers, byte for byte.

#![allow(clippy::disallowed_methods, reason = "patience that ends")]

mod answers;
#[path = "../peers/asked.rs"]
mod asked;
mod bucket;
#[path = "../peers/compared.rs"]
mod compared;
mod pages;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/program.rs"]
mod program;
#[path = "../peers/python.rs"]
mod python;
#[path = "../../../cluster/tests/workers/running.rs"]
mod running;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/scenario.rs"]
mod scenario;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../bucket/server.rs"]
mod server;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/serving.rs"]
mod serving;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/tree.rs"]
mod tree;
mod workers;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let always = |name, test: fn()| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    let trials = vec![
        always("workers_answer_as_this_machine_does_or_not_at_all", answers::agree),
        always(
            "a_cluster_without_certificates_is_refused_before_anything_is_asked",
            answers::are_refused_without_certificates,
        ),
        Trial::ignorable_test("workers_over_a_bucket_answer_as_this_machine_does", || {
            match python::with("moto.server") {
                Err(why) => Ok(Completion::ignored_with(why)),
                Ok(python) => {
                    bucket::agrees(&server::Server::start(&python));
                    Ok(Completion::Completed)
                }
            }
        }),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}
