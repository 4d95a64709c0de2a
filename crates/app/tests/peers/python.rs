//! The Python of the project's tests: an environment of its own, with packages of pinned versions.
//!
//! `scripts/python.sh` makes it beside what cargo builds. Without it the tests that need it were not run, and say so.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter, if those modules can be imported.
pub(crate) fn with(modules: &str) -> Result<PathBuf, String> {
    let program = Path::new(env!("CARGO_BIN_EXE_teiten"));
    let target = program.ancestors().nth(2).ok_or("the program lies nowhere")?;
    let python = target.join("python/bin/python3");
    let ran = Command::new(&python).args(["-c", &format!("import {modules}")]).output();
    match ran {
        Ok(ran) if ran.status.success() => Ok(python),
        Ok(ran) => Err(String::from_utf8_lossy(&ran.stderr).lines().last().unwrap_or_default().to_string()),
        Err(_) => Err("no Python with peers: `scripts/python.sh` makes one".to_string()),
    }
}
