//! A running portal and its visitors: a browser on every page, behind the log-in too, and a tester of APIs.
//!
//! The browser is Debian's Chromium, led by the programs in `web/test`; the tester is schemathesis, of the Python that
//! `scripts/python.sh` makes. Where one of them is missing its tests were not run, and say so.
//!
//! **Invariant:** every page of the portal is looked at by the browser.
#![allow(clippy::disallowed_methods, reason = "patience that ends")]

mod browser;
mod described;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/program.rs"]
mod program;
#[path = "../peers/python.rs"]
mod python;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/scenario.rs"]
mod scenario;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/serving.rs"]
mod serving;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../it/users.rs"]
mod users;
mod world;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One at a time: they share a portal and a browser.
    arguments.test_threads = Some(1);
    let mut trials = vec![Trial::test("every_page_is_looked_at", || {
        browser::knows_every_page();
        Ok(())
    })];
    trials.extend(browser::trials());
    trials.extend(described::trials());
    let conclusion = libtest_mimic::run(&arguments, trials);
    browser::leave();
    world::leave();
    conclusion.exit_code()
}
