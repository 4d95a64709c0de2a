//! Everything CI runs, in order, stopping at the first step that fails.
//!
//! The tests are one invocation for the whole workspace but the distributed engine and the transport through NATS, so
//! that features are resolved once and neither the query engine nor the typesetter is compiled twice. The distributed
//! engine is a step of its own, which compiles what it adds and no more (docs/decisions/021-distributed-engine.md). So is
//! the transport, which runs the programs that the tests built (docs/decisions/022-sites.md). Lints come after the
//! tests because they check every crate again.
//!
//! **Invariant:** the last line is the tally of the tests, whatever happened before.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::tally::Tally;
use crate::tidy;

/// A step: its name, and the arguments to cargo; without any it is the house rules themselves.
type Step = (&'static str, &'static [&'static str]);

const STEPS: [Step; 7] = [
    ("formatting", &["fmt", "--all", "--check", "--", "--color", "never"]),
    ("house rules", &[]),
    ("tests", &TESTS),
    ("evaluation", &["xtask", "eval"]),
    ("sites", &["test", "-p", "teiten-nats", "--locked", "--no-fail-fast"]),
    ("distributed", &DISTRIBUTED),
    ("lints", &LINTS),
];

const TESTS: [&str; 8] = [
    "test",
    "--workspace",
    "--exclude",
    "teiten-cluster",
    "--exclude",
    "teiten-nats",
    "--locked",
    "--no-fail-fast",
];

const DISTRIBUTED: [&str; 16] = [
    "test",
    "-p",
    "teiten-cluster",
    "-p",
    "teiten-app",
    "--features",
    "teiten-app/cluster",
    "--lib",
    "--bin",
    "teiten-cluster",
    "--test",
    "workers",
    "--test",
    "cluster",
    "--locked",
    "--no-fail-fast",
];

const LINTS: [&str; 9] = [
    "clippy",
    "--workspace",
    "--all-targets",
    "--features",
    "teiten-app/cluster",
    "--locked",
    "--",
    "-D",
    "warnings",
];

/// What `cargo run` tells the program it runs. Build scripts that watch these names would run again,
/// and the query engine be compiled again, if they reached the cargo that is started from here.
const INHERITED: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];

/// Runs every step; `false` when one failed.
pub(crate) fn run(root: &Path, out: &mut dyn Write) -> Result<bool> {
    run_steps(root, &STEPS, out)
}

fn run_steps(root: &Path, steps: &[Step], out: &mut dyn Write) -> Result<bool> {
    let mut tally = Tally::default();
    let done = walk(root, steps, out, &mut tally);
    if !matches!(done, Ok(true)) {
        tally.fail();
    }
    if let Err(error) = &done {
        writeln!(out, "ci: {error:#}")?;
    }
    writeln!(out, "{tally}")?;
    Ok(matches!(done, Ok(true)))
}

fn walk(root: &Path, steps: &[Step], out: &mut dyn Write, tally: &mut Tally) -> Result<bool> {
    for (place, (name, arguments)) in steps.iter().enumerate() {
        writeln!(out, "== {}/{} {name}: {}", place + 1, steps.len(), shown(arguments))?;
        let is_good = match arguments {
            [] => tidy::run(root, out)?,
            arguments => cargo(root, arguments, out, tally)?,
        };
        if !is_good {
            writeln!(out, "ci: {name} failed; to repeat this step alone: {}", shown(arguments))?;
            return Ok(false);
        }
    }
    Ok(true)
}

fn shown(arguments: &[&str]) -> String {
    match arguments {
        [] => "cargo xtask tidy".to_string(),
        arguments => format!("cargo {}", arguments.join(" ")),
    }
}

/// Runs cargo, passes its output on line by line, and counts the results among the lines.
fn cargo(root: &Path, arguments: &[&str], out: &mut dyn Write, tally: &mut Tally) -> Result<bool> {
    out.flush()?;
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| INHERITED.iter().any(|start| name.starts_with(start))) {
            command.env_remove(name);
        }
    }
    let mut child = command
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", shown(arguments)))?;
    let output = child.stdout.take().context("the output of cargo was asked for")?;
    let mut line = Vec::new();
    let mut lines = BufReader::new(output);
    while lines.read_until(b'\n', &mut line)? > 0 {
        out.write_all(&line)?;
        tally.read(&String::from_utf8_lossy(&line));
        line.clear();
    }
    out.flush()?;
    Ok(child.wait()?.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(steps: &[Step]) -> (bool, Vec<String>) {
        let mut out = Vec::new();
        let is_good = run_steps(Path::new(env!("CARGO_MANIFEST_DIR")), steps, &mut out).expect("a run");
        (is_good, String::from_utf8_lossy(&out).lines().map(str::to_string).collect())
    }

    #[test]
    fn a_failed_step_ends_the_run_and_the_tally_comes_last() {
        let good: Step = ("version", &["--version"]);
        let bad: Step = ("nothing", &["no-such-command-on-purpose"]);
        let (is_good, told) = lines(&[good, bad, good]);
        assert!(!is_good);
        assert_eq!(told.iter().filter(|line| line.starts_with("== ")).count(), 2, "{told:?}");
        assert_eq!(told.last().map(String::as_str), Some("0 passed, 1 failed, 0 skipped"));
    }

    #[test]
    fn what_cargo_prints_is_passed_on() {
        let (is_good, told) = lines(&[("version", &["--version"])]);
        assert!(is_good && told.iter().any(|line| line.starts_with("cargo 1.")), "{told:?}");
        assert_eq!(told.last().map(String::as_str), Some("0 passed, 0 failed, 0 skipped"));
    }
}
