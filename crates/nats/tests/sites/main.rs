//! Sites over real servers of NATS on loopback: a hub, a leaf node with a stream for each site, relays, a bridge,
//! `teiten collect`, and sensors that read captures; all of them as programs.
//!
//! It needs nats-server (Debian's package of that name), and `teiten` and `teiten-sensor` built beside `teiten-nats`.
//! Without the server its tests were not run, and say so.
//!
//! **Invariant:** what a sensor was told to be stored is in the store once when all is quiet, whoever died meanwhile.
#![allow(clippy::disallowed_methods, reason = "patience that ends")]

mod faults;
mod mistakes;
mod running;
mod storm;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};

type Test = fn(&Path);
const TESTS: [(&str, Test); 3] = [
    ("whoever_dies_every_batch_is_stored_once", storm::every_batch_is_stored_once),
    ("what_the_stream_lost_or_never_should_have_had_is_named", faults::are_named),
    ("mistakes_say_what_on_which_server_and_what_to_do", mistakes::are_told),
];

/// Where Debian puts it, which is not on everybody's path.
const PLACES: [&str; 4] = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin"];

fn server() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(PLACES.map(PathBuf::from));
    places.map(|place| place.join("nats-server")).find(|program| program.is_file())
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One at a time: each has servers of its own, and what is waited for should not wait for another's.
    arguments.test_threads = Some(1);
    let trial = |(name, test): (&'static str, Test)| {
        Trial::ignorable_test(name, move || match server() {
            None => Ok(Completion::ignored_with("no nats-server: `scripts/setup.sh test` installs it")),
            Some(server) => {
                test(&server);
                Ok(Completion::Completed)
            }
        })
    };
    libtest_mimic::run(&arguments, TESTS.map(trial).into()).exit_code()
}
