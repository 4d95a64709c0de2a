//! The API by its own description: schemathesis reads `/api/v1/openapi.json` and asks what it allows and what it
//! forbids, as somebody who may ask and as a stranger.
//!
//! **Invariant:** whatever is asked, no answer is a fault of the server, nor one that the description does not name.
//! What is asked follows from a seed.

use std::process::Command;

use libtest_mimic::{Completion, Failed, Trial};

use crate::python;
use crate::world;

/// Requests of each operation and phase.
const EXAMPLES_MAX: u32 = 20;
const SEED: u32 = 1;
/// How long one answer may take; the server itself gives up before.
const ANSWER_SECS_MAX: u32 = 150;

/// What every answer is held against.
const CHECKS: [&str; 5] = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "unsupported_method",
    "ignored_auth",
];

/// Who asks: a name for the test, a user with a token or nobody.
const ASKING: [(&str, Option<&str>); 2] =
    [("described_api_asked_by_an_admin", Some("root")), ("described_api_asked_by_a_stranger", None)];

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |(name, user): (&'static str, Option<&'static str>)| {
        Trial::ignorable_test(name, move || match python::with("schemathesis") {
            Err(why) => Ok(Completion::ignored_with(why)),
            Ok(python) => ask(&python, user).map(|()| Completion::Completed),
        })
    };
    ASKING.map(trial).into()
}

fn ask(python: &std::path::Path, user: Option<&str>) -> Result<(), Failed> {
    let open = world::open();
    let address = format!("http://{}/api/v1/openapi.json", open.portal().address);
    let mut command = Command::new(python.with_file_name("schemathesis"));
    command.current_dir(env!("CARGO_TARGET_TMPDIR")).args(["--no-color", "run", &address]);
    command.args(["--checks", &CHECKS.join(","), "--phases", "coverage,fuzzing"]);
    command.args([
        "--generation-database",
        "none",
        "--no-shrink",
        "--continue-on-failure",
        "--warnings",
        "off",
    ]);
    command.args(["--max-examples", &EXAMPLES_MAX.to_string(), "--seed", &SEED.to_string()]);
    command.args(["--request-timeout", &ANSWER_SECS_MAX.to_string(), "--suppress-health-check", "all"]);
    if let Some(user) = user {
        let token = open.token(user, &["read", "packets", "sql", "notes"]);
        command.args(["--header", &format!("Authorization: Bearer {token}")]);
    }
    let ran = command.output().map_err(|error| format!("schemathesis does not start: {error}"))?;
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    open.portal().get("/healthz").ends(200);
    if ran.status.success() { Ok(()) } else { Err(said.into()) }
}
