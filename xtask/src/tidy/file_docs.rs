//! Every Rust file begins by saying what it is and why.
//!
//! **Invariant:** the first token of a file is its own doc comment.

use crate::tidy::Fault;
use crate::tidy::repo::Repo;

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    repo.rust()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| {
            Fault::new(&file.path, 1, "begin the file with `//!`: what it is, why, and its invariants")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_files_that_do_not_say_what_they_are() {
        let repo = Repo::of(&[
            ("crates/a/src/good.rs", "//! The good.\n"),
            ("crates/a/src/late.rs", "use std::io;\n//! Late.\n"),
            ("crates/a/tests/comment.rs", "// A comment.\n"),
            ("xtask/src/empty.rs", ""),
            ("README.md", "text"),
        ]);
        let paths: Vec<String> = check(&repo).into_iter().map(|fault| fault.path).collect();
        assert_eq!(paths, ["crates/a/src/late.rs", "crates/a/tests/comment.rs", "xtask/src/empty.rs"]);
    }
}
