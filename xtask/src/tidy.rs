//! The house rules a machine can check: one rule one file, one list of them.
//!
//! A rule is a function from the repository to its faults. A fault says where, what, and what to do.
//! The rules read sources by their tokens ([`tokens`]), never by guessing at lines.
//!
//! **Invariant:** the rules depend on the repository alone, so a check repeats everywhere.

use std::fmt;
use std::io::Write;
use std::path::Path;

use anyhow::Result;

use crate::tidy::repo::Repo;

mod arrows;
mod dead_files;
mod file_docs;
mod generated;
mod glossary;
mod japanese;
mod length;
mod licences;
mod links;
mod markdown;
mod one_version;
mod path;
mod refused_words;
mod repo;
mod rule_ids;
mod spdx;
mod sql_place;
mod table;
mod tokens;
mod unfinished;
mod unsafe_place;

/// A breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Fault {
    path: String,
    line: usize,
    what: String,
}

impl Fault {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Fault {
        Fault { path: path.to_string(), line, what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

type Rule = fn(&Repo) -> Vec<Fault>;

/// Every rule.
const RULES: [(&str, Rule); 15] = [
    ("arrows", arrows::check),
    ("length", length::check),
    ("file docs", file_docs::check),
    ("refused words", refused_words::check),
    ("Japanese punctuation", japanese::check),
    ("one version", one_version::check),
    ("licences", licences::check),
    ("place of SQL", sql_place::check),
    ("unfinished work", unfinished::check),
    ("titles", markdown::check),
    ("links", links::check),
    ("dead files", dead_files::check),
    ("place of unsafe", unsafe_place::check),
    ("generated pages", generated::check),
    ("rule ids", rule_ids::check),
];

fn faults(repo: &Repo) -> Vec<(&'static str, Fault)> {
    let mut found: Vec<(&'static str, Fault)> = RULES
        .iter()
        .flat_map(|(name, rule)| rule(repo).into_iter().map(move |fault| (*name, fault)))
        .collect();
    found.sort_by(|a, b| a.1.cmp(&b.1));
    found
}

/// Checks the repository and writes what is wrong; `false` when anything is.
pub(crate) fn run(root: &Path, out: &mut dyn Write) -> Result<bool> {
    let repo = Repo::read(root)?;
    for (path, lines) in length::long_files(&repo) {
        writeln!(
            out,
            "note: {path} has {lines} lines; from {} on a file is too long",
            length::LINES_MAX + 1
        )?;
    }
    let found = faults(&repo);
    for (rule, fault) in &found {
        writeln!(out, "{fault} [{rule}]")?;
    }
    writeln!(out, "tidy: {} rules, {} files, {} faults", RULES.len(), repo.files.len(), found.len())?;
    Ok(found.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_keeps_the_house_rules() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        let repo = Repo::read(root).expect("the repository");
        let found: Vec<String> =
            faults(&repo).iter().map(|(rule, fault)| format!("{fault} [{rule}]")).collect();
        assert!(found.is_empty(), "\n{}", found.join("\n"));
    }
}
