//! The arrows between crates are those of the table in ARCHITECTURE.md, no more and no fewer.
//!
//! The table is the document a reader sees; comparing it with what cargo says keeps it true. Heavy
//! dependencies are those the table names anywhere: each may be used only where its row says so.
//! Dev-dependencies are free, because no one who builds the program gets them.
//!
//! **Invariant:** a crate of the workspace without a row is a fault, and so is a row without a crate.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::Fault;
use crate::tidy::repo::Repo;
use crate::tidy::table;

const DOCUMENT: &str = "ARCHITECTURE.md";

/// What the packages of ours are called before the name of their folder.
const PREFIX: &str = "teiten-";

/// The word in the table for "every crate"; unused ones are no fault then.
const ALL: &str = "all";

struct Allowed {
    line: usize,
    arrows: BTreeSet<String>,
    heavy: BTreeSet<String>,
}

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let Some(rows) = repo.file(DOCUMENT).and_then(|file| table::rows(&file.text, "crate")) else {
        return vec![Fault::new(DOCUMENT, 1, "there is no table headed `crate`: list every crate there")];
    };
    let set = |cell: &str| table::names(cell).into_iter().map(str::to_string).collect::<BTreeSet<String>>();
    let table: BTreeMap<String, Allowed> = rows
        .iter()
        .filter_map(|row| match row.cells.as_slice() {
            [name, _, arrows, heavy, ..] => {
                let allowed = Allowed { line: row.line, arrows: set(arrows), heavy: set(heavy) };
                Some((name.trim_matches('`').to_string(), allowed))
            }
            _ => None,
        })
        .collect();
    let heavy: BTreeSet<&String> = table.values().flat_map(|allowed| &allowed.heavy).collect();
    let mut faults = Vec::new();
    let mut members = BTreeSet::new();
    for member in repo.members() {
        let package = member["name"].as_str().unwrap_or("");
        let name = package.strip_prefix(PREFIX).unwrap_or(package).to_string();
        let manifest = repo.below_root(member["manifest_path"].as_str().unwrap_or(""));
        let used = dependencies(member);
        let Some(allowed) = table.get(&name) else {
            faults.push(Fault::new(
                manifest,
                1,
                format!("crate `{name}` has no row in {DOCUMENT}: add it with a decision record"),
            ));
            continue;
        };
        for dependency in &used {
            if let Some(other) = dependency.strip_prefix(PREFIX) {
                if !allowed.arrows.contains(other) && !allowed.arrows.contains(ALL) {
                    faults.push(Fault::new(
                        manifest,
                        1,
                        format!("`{name}` imports `{other}`, which {DOCUMENT} does not allow: move the code, or decide the arrow in docs/decisions"),
                    ));
                }
            } else if heavy.contains(dependency) && !allowed.heavy.contains(dependency) {
                faults.push(Fault::new(
                    manifest,
                    1,
                    format!("`{name}` depends on `{dependency}`, which {DOCUMENT} keeps to other crates: ask the crate that has it"),
                ));
            }
        }
        for other in allowed.arrows.iter().filter(|other| *other != ALL) {
            if !used.contains(&format!("{PREFIX}{other}")) {
                faults.push(Fault::new(
                    DOCUMENT,
                    allowed.line,
                    format!("`{name}` does not import `{other}`: take the arrow out of the table"),
                ));
            }
        }
        members.insert(name);
    }
    for (name, allowed) in table.iter().filter(|(name, _)| !members.contains(*name)) {
        let what = format!("there is no crate `{name}`: take the row out of the table");
        faults.push(Fault::new(DOCUMENT, allowed.line, what));
    }
    faults
}

/// What a package depends on when it is built, by package name.
fn dependencies(package: &serde_json::Value) -> BTreeSet<String> {
    let all = package["dependencies"].as_array().into_iter().flatten();
    all.filter(|dependency| dependency["kind"] != "dev")
        .filter_map(|dependency| dependency["name"].as_str().map(str::to_string))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const TABLE: &str = "| crate | what | may import | heavy |\n|---|---|---|---|\n| `model` | words | - | none |\n| store | rows | model | arrow |\n| app | all | all | clap |\n";

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<Value> =
            dependencies.iter().map(|(name, kind)| json!({"name": name, "kind": kind})).collect();
        json!({
            "name": name, "source": null, "dependencies": dependencies,
            "manifest_path": format!("/r/crates/{name}/Cargo.toml"),
        })
    }

    fn found(packages: &[Value]) -> Vec<String> {
        let repo = Repo::of(&[(DOCUMENT, TABLE)])
            .with_metadata(json!({"workspace_root": "/r", "packages": packages}));
        check(&repo).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ignores_what_the_table_allows_and_dev_dependencies() {
        let store =
            package("teiten-store", &[("teiten-model", None), ("arrow", None), ("teiten-app", Some("dev"))]);
        let app = package("teiten-app", &[("teiten-store", None), ("clap", None), ("serde", None)]);
        assert!(found(&[package("teiten-model", &[]), store, app]).is_empty());
    }

    #[test]
    fn finds_undeclared_arrows_vanished_arrows_and_heavy_dependencies() {
        let faults = found(&[
            package("teiten-model", &[("teiten-store", Some("build")), ("arrow", None)]),
            package("teiten-store", &[]),
            package("teiten-query", &[]),
        ]);
        let expected = [
            "`model` depends on `arrow`",
            "`model` imports `store`",
            "`store` does not import `model`",
            "crate `query` has no row",
            "there is no crate `app`",
        ];
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
        for (fault, expected) in faults.iter().zip(expected) {
            assert!(fault.contains(expected), "{fault} should say {expected}");
        }
    }

    #[test]
    fn finds_a_missing_table() {
        let repo = Repo::of(&[(DOCUMENT, "# Title\n")]);
        assert_eq!(check(&repo).len(), 1);
    }
}
