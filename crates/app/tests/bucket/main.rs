//! A store in a bucket, on a real server of the S3 protocol (moto, from the Python package index) on loopback.
//!
//! It needs the Python that `scripts/python.sh` makes. Without it its tests were not run, and say so.
//!
//! **Invariant:** a bucket and a folder give the same answers, byte for byte.
#![allow(clippy::disallowed_methods, reason = "patience that ends")]

mod answers;
#[path = "../peers/asked.rs"]
mod asked;
mod collectors;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/live.rs"]
mod live;
mod mistakes;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/program.rs"]
mod program;
mod proxy;
#[path = "../peers/python.rs"]
mod python;
mod server;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/tree.rs"]
mod tree;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};
use server::Server;

type Test = fn(&Server);
const TESTS: [(&str, Test); 6] = [
    ("the_server_keeps_to_conditional_puts", server::keeps_to_conditional_puts),
    ("a_bucket_answers_as_a_folder_does", answers::agree),
    ("a_bucket_is_compacted_and_lets_days_go_as_a_folder_does", answers::are_kept_alike),
    ("imports_at_once_into_one_bucket_store_every_file_once", answers::at_once),
    (
        "two_collectors_behind_a_line_that_fails_store_what_they_acknowledge_once",
        collectors::lose_and_double_nothing,
    ),
    ("mistakes_say_what_on_which_url_and_what_to_do", mistakes::are_told),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One at a time: each has a server of its own, and what is waited for should not wait for another's.
    arguments.test_threads = Some(1);
    let trial = |(name, test): (&'static str, Test)| {
        Trial::ignorable_test(name, move || match python::with("moto.server") {
            Err(why) => Ok(Completion::ignored_with(why)),
            Ok(python) => {
                test(&Server::start(&python));
                Ok(Completion::Completed)
            }
        })
    };
    libtest_mimic::run(&arguments, TESTS.map(trial).into()).exit_code()
}
