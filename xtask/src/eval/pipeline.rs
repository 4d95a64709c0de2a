//! From a scenario to its truth and its findings: the program is run as a user runs it.
//!
//! **Invariant:** everything is made in a folder of its own, which is removed unless it is to be kept.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::records::{self, Alarm, Finding, Truth};
use super::ties::{self, Tie};

/// What one scenario with one seed gave.
pub(crate) struct Run {
    pub(crate) truth: Truth,
    pub(crate) findings: Vec<Finding>,
    /// When each finding was first made, judged day by day.
    pub(crate) alarms: Vec<Alarm>,
    /// What must be said of ports, and what was said; empty where the scenario has no such list.
    pub(crate) ties: Vec<Tie>,
    pub(crate) said: Vec<Tie>,
}

/// A folder that is removed at the end.
struct Folder {
    path: PathBuf,
    is_kept: bool,
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed is left to whoever cleans the folder of temporary files.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Simulates, imports and asks; `None` keeps the seed that the scenario has.
pub(crate) fn run(
    teiten: &Path,
    scenario: &Path,
    seed: Option<u64>,
    every: u32,
    keep: Option<&Path>,
) -> Result<Run> {
    let name = scenario.file_stem().unwrap_or_default().to_string_lossy();
    let own = format!("{name}-{}", seed.map_or("own".to_owned(), |seed| seed.to_string()));
    let path = match keep {
        Some(keep) => keep.join(own),
        None => std::env::temp_dir().join(format!("teiten-eval-{}-{own}", std::process::id())),
    };
    std::fs::create_dir_all(&path).with_context(|| format!("making the folder {}", path.display()))?;
    let folder = Folder { path, is_kept: keep.is_some() };
    let at = |name: &str| folder.path.join(name);
    let scenario =
        std::path::absolute(scenario).with_context(|| format!("finding {}", scenario.display()))?;
    let scenario = scenario.to_str().with_context(|| format!("{} is no text", scenario.display()))?;
    let call = |arguments: &[&str]| -> Result<String> {
        let mut command = Command::new(teiten);
        command
            .args(["--quiet", "--progress", "never", "--store"])
            .arg(at("store"))
            .arg("--data")
            .arg(at("data"));
        command.args(arguments).current_dir(&folder.path).stdin(Stdio::null());
        for (variable, _) in std::env::vars_os() {
            // Settings of whoever runs this must not change what is judged.
            if variable.to_str().is_some_and(|variable| variable.starts_with("TEITEN_")) {
                command.env_remove(variable);
            }
        }
        let output = command.output().with_context(|| format!("starting {}", teiten.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`teiten {}` failed ({}): {}", arguments.join(" "), output.status, said.trim());
        }
        String::from_utf8(output.stdout).context("reading what the program wrote")
    };
    let seed = seed.map(|seed| format!("--seed={seed}"));
    let simulate = ["simulate", scenario, "--out", "captures"];
    call(&simulate.into_iter().chain(seed.as_deref()).collect::<Vec<_>>())?;
    for table in ["countries.csv", "as.csv", "scanners.csv"] {
        if at("captures").join(table).is_file() {
            call(&["data", "import", &format!("captures/{table}")])?;
        }
    }
    call(&["import", "captures", "--sensors", "captures/sensors.toml"])?;
    let truth = std::fs::read_to_string(at("captures").join("truth.json")).context("reading the truth")?;
    let truth = records::truth(&truth)?;
    let (from, to) = &truth.judge_text;
    let found = call(&["finding", "list", "--from", from, "--to", to, "-o", "ndjson"])?;
    if keep.is_some() {
        std::fs::write(at("findings.ndjson"), &found).context("writing the findings")?;
    }
    let findings = records::findings(&found)?;
    let every = every.to_string();
    let alarms = match truth.phenomena.is_empty() {
        true => String::new(),
        false => call(&["finding", "alarms", "--from", from, "--to", to, "--every", &every, "-o", "ndjson"])?,
    };
    let alarms = records::alarms(&alarms)?;
    let (known, expected) = (path_of(scenario, "known.csv"), path_of(scenario, "ties.csv"));
    if !expected.is_file() {
        return Ok(Run { truth, findings, alarms, ties: Vec::new(), said: Vec::new() });
    }
    let text =
        std::fs::read_to_string(&expected).with_context(|| format!("reading {}", expected.display()))?;
    let expected = ties::read(&text)?;
    let known = known.to_str().with_context(|| format!("{} is no text", known.display()))?;
    call(&["intel", "import", known, "--date", ties::DATE])?;
    let ports: Vec<&str> = expected.iter().map(|tie| tie.port.as_str()).collect();
    let asked = ["intel", "related", "--from", from, "--to", to, "-o", "ndjson"];
    let said = call(&asked.into_iter().chain(ports).collect::<Vec<_>>())?;
    if keep.is_some() {
        std::fs::write(at("related.ndjson"), &said).context("writing what is related")?;
    }
    Ok(Run { truth, findings, alarms, ties: expected, said: ties::said(&said)? })
}

/// The file beside a scenario that has its name and another ending.
fn path_of(scenario: &str, ending: &str) -> PathBuf {
    Path::new(scenario).with_extension(ending)
}
