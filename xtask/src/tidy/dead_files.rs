//! Every Rust file is part of a crate: a file that no `mod` reaches is compiled and tested by nobody.
//!
//! **Invariant:** the walk begins at the files that cargo itself names, and visits each file once.

use std::collections::BTreeSet;

use crate::tidy::Fault;
use crate::tidy::path;
use crate::tidy::repo::Repo;
use crate::tidy::tokens::{Kind, Token};

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let mut open: Vec<(String, bool)> = Vec::new();
    for member in repo.members() {
        for target in member["targets"].as_array().into_iter().flatten() {
            open.push((repo.below_root(target["src_path"].as_str().unwrap_or("")).to_string(), true));
        }
    }
    let mut reached = BTreeSet::new();
    while let Some((path, is_root)) = open.pop() {
        let Some(file) = repo.file(&path) else { continue };
        if !reached.insert(path.clone()) {
            continue;
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let below = match is_root || file.name() == "mod.rs" {
            true => folder.to_string(),
            false => path.trim_end_matches(".rs").to_string(),
        };
        for module in modules(&file.tokens()) {
            match module {
                Module::Path(target) => open.push((path::join(folder, &target), false)),
                Module::Name(names) => {
                    let stem = path::join(&below, &names.join("/"));
                    open.push((format!("{stem}.rs"), false));
                    open.push((format!("{stem}/mod.rs"), false));
                }
            }
        }
    }
    repo.rust()
        .filter(|file| !reached.contains(&file.path))
        .map(|file| {
            Fault::new(&file.path, 1, "no `mod` reaches this file: name it in its crate, or delete it")
        })
        .collect()
}

/// A module that stands in a file of its own.
#[derive(Debug, PartialEq, Eq)]
enum Module {
    /// Its name, after the names of the modules around it in the same file.
    Name(Vec<String>),
    /// The file that a `#[path]` names.
    Path(String),
}

fn modules(tokens: &[Token<'_>]) -> Vec<Module> {
    let tokens: Vec<&Token<'_>> = tokens.iter().filter(|token| token.kind != Kind::Comment).collect();
    let mut found = Vec::new();
    let mut around: Vec<(String, usize)> = Vec::new();
    let mut depth = 0;
    let mut path: Option<String> = None;
    for (at, token) in tokens.iter().enumerate() {
        let next = |places: usize| tokens.get(at + places);
        if token.is("{") {
            depth += 1;
        } else if token.is("}") {
            depth -= 1;
            around.retain(|(_, inside)| *inside <= depth);
        } else if token.is("path") && next(1).is_some_and(|token| token.is("=")) {
            path = next(2)
                .filter(|token| token.kind == Kind::Text)
                .map(|token| token.text.trim_matches('"').into());
        } else if token.is("mod") {
            let Some(name) = next(1).filter(|token| token.kind == Kind::Word) else { continue };
            if next(2).is_some_and(|token| token.is("{")) {
                around.push((name.text.to_string(), depth + 1));
            } else if next(2).is_some_and(|token| token.is(";")) {
                let names = around.iter().map(|(name, _)| name.clone()).chain([name.text.to_string()]);
                found.push(path.take().map_or_else(|| Module::Name(names.collect()), Module::Path));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_the_files_that_no_module_reaches() {
        let repo = Repo::of(&[
            (
                "crates/a/src/lib.rs",
                "mod b; mod d { mod e; } pub mod f; // mod dead;\n#[path = \"../x/y.rs\"] mod z;",
            ),
            ("crates/a/src/b.rs", "mod c;"),
            ("crates/a/src/b/c.rs", "fn f() { let text = \"mod dead;\"; }"),
            ("crates/a/src/d/e.rs", ""),
            ("crates/a/src/f/mod.rs", "mod g;"),
            ("crates/a/src/f/g.rs", ""),
            ("crates/a/x/y.rs", ""),
            ("crates/a/src/dead.rs", "mod also_dead;"),
            ("crates/a/src/dead/also_dead.rs", ""),
            ("crates/a/tests/t/main.rs", "mod u;"),
            ("crates/a/tests/t/u.rs", ""),
        ]);
        let repo = repo.with_metadata(json!({"workspace_root": "/r", "packages": [{
            "source": null,
            "targets": [{"src_path": "/r/crates/a/src/lib.rs"}, {"src_path": "/r/crates/a/tests/t/main.rs"}],
        }]}));
        let dead: Vec<String> = check(&repo).into_iter().map(|fault| fault.path).collect();
        assert_eq!(dead, ["crates/a/src/dead.rs", "crates/a/src/dead/also_dead.rs"]);
    }
}
