//! What the repository asks of itself: the house rules (`tidy`), the pages drawn from the code (`codegen`),
//! everything CI runs (`ci`), whether the demo's report is right (`demo`), and how well the detectors find what
//! was planted (`eval`).
//!
//! The rules stand in Rust beside the code they judge, so that a rule is read, tested and changed
//! like any other line, and a review may speak about design.
//!
//! **Invariant:** only `codegen` changes files of the repository, and only those in docs/reference.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

mod ci;
mod codegen;
mod demo;
mod eval;
mod tally;
mod tidy;

const USAGE: &str = "\
usage: cargo xtask <command>
  tidy      check the house rules, file by file (under two seconds)
  codegen   write the pages of docs/reference anew
  ci        everything CI runs: formatting, tidy, tests, lints
  demo DIR  compare the report of a demo with what it retells and what was planted
  eval      what detectors find of what was planted: precision, recall, delay
            [--teiten PATH] [--scenario NAME]... [--seed N]... [--full] [--tuning] [--keep DIR] [-o md]";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
    let command: Vec<String> = std::env::args().skip(1).collect();
    match command.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tidy"] => tidy::run(root, &mut std::io::stdout()),
        ["codegen"] => codegen::run(root, &mut std::io::stdout()),
        ["ci"] => ci::run(root, &mut std::io::stdout()),
        ["eval", options @ ..] => eval::run(root, options, &mut std::io::stdout()),
        ["demo", folder] => demo::run(Path::new(folder), &mut std::io::stdout()),
        ["help" | "--help" | "-h"] => {
            eprintln!("{USAGE}");
            Ok(true)
        }
        _ => bail!("`{}` is not a command\n{USAGE}", command.join(" ")),
    }
}
