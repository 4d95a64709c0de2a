//! The repository as the rules see it: its text files, and what cargo says of its crates.
//!
//! **Invariant:** files are in the order of their paths, so faults come in the same order everywhere.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::tidy::tokens::{Token, tokens};

/// Folders that hold nothing of ours, wherever they lie.
const FOLDERS_SKIPPED: [&str; 3] = [".git", "target", "node_modules"];

/// Folders at the root that hold what our programs made.
const OUTPUTS_SKIPPED: [&str; 2] = ["out", "demo"];

/// Names of the files that are read.
const ENDINGS: [&str; 13] =
    ["rs", "md", "toml", "sh", "lock", "html", "css", "ftl", "txt", "svg", "py", "sql", "ipynb"];

/// Files that are read although their names have no ending.
const NAMES: [&str; 3] = ["LICENSE", "Makefile", "run"];

/// The longest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// A text file.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// Path from the root, with `/` between its parts.
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    /// Its tokens; only of use for Rust.
    pub(super) fn tokens(&self) -> Vec<Token<'_>> {
        tokens(&self.text)
    }

    /// The name without folders.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// The repository.
#[derive(Debug)]
pub(super) struct Repo {
    pub(super) files: Vec<File>,
    /// What `cargo metadata` says.
    pub(super) metadata: Value,
}

impl Repo {
    /// Reads the repository that has this root.
    pub(super) fn read(root: &Path) -> Result<Repo> {
        let mut files = Vec::new();
        walk(root, "", &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Repo { files, metadata: metadata(root)? })
    }

    /// The file of that path.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Every Rust file.
    pub(super) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// Every package of the workspace.
    pub(super) fn members(&self) -> Vec<&Value> {
        self.packages().filter(|package| package["source"].is_null()).collect()
    }

    /// Every package, the dependencies' included.
    pub(super) fn packages(&self) -> impl Iterator<Item = &Value> {
        self.metadata["packages"].as_array().into_iter().flatten()
    }

    /// A path of cargo's, from the root.
    pub(super) fn below_root<'a>(&self, path: &'a str) -> &'a str {
        let root = self.metadata["workspace_root"].as_str().unwrap_or("");
        path.strip_prefix(root).unwrap_or(path).trim_start_matches('/')
    }

    /// A repository made up of these files, for tests.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Repo {
        let files = files
            .iter()
            .map(|(path, text)| File { path: (*path).to_string(), text: (*text).to_string() })
            .collect();
        Repo { files, metadata: Value::Null }
    }

    /// The same with what cargo would say.
    #[cfg(test)]
    pub(super) fn with_metadata(mut self, metadata: Value) -> Repo {
        self.metadata = metadata;
        self
    }
}

fn walk(root: &Path, below: &str, files: &mut Vec<File>) -> Result<()> {
    let folder = root.join(below);
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("reading folder {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            let is_skipped = FOLDERS_SKIPPED.contains(&name.as_str())
                || (below.is_empty() && OUTPUTS_SKIPPED.contains(&name.as_str()));
            if !is_skipped {
                walk(root, &path, files)?;
            }
        } else if kind.is_file() && is_read(&name) && entry.metadata()?.len() <= FILE_BYTES_MAX {
            let text = std::fs::read(entry.path()).with_context(|| format!("reading {path}"))?;
            files.push(File { path, text: String::from_utf8_lossy(&text).into_owned() });
        }
    }
    Ok(())
}

fn is_read(name: &str) -> bool {
    match name.rsplit_once('.') {
        Some((_, ending)) => ENDINGS.contains(&ending),
        None => NAMES.contains(&name),
    }
}

/// What cargo says of the workspace and of every dependency that this machine compiles.
fn metadata(root: &Path) -> Result<Value> {
    let host = output(root, "rustc", &["-vV"])?;
    let host = String::from_utf8_lossy(&host)
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_string))
        .context("rustc names no host")?;
    let arguments = ["metadata", "--format-version", "1", "--locked", "--filter-platform", &host];
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    let said = output(root, &program, &arguments)?;
    serde_json::from_slice(&said).context("reading what `cargo metadata` says")
}

fn output(root: &Path, program: &str, arguments: &[&str]) -> Result<Vec<u8>> {
    let shown = format!("{program} {}", arguments.join(" "));
    let done = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("starting {shown}"))?;
    ensure!(done.status.success(), "{shown}: {}", String::from_utf8_lossy(&done.stderr).trim());
    Ok(done.stdout)
}
