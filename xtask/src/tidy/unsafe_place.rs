//! `unsafe` stands in one place: where a live interface is read, which the safe standard library cannot.
//!
//! **Invariant:** a comment or a string is not code.

use crate::tidy::Fault;
use crate::tidy::repo::Repo;

/// Where it may stand.
const HOME: &str = "crates/sensor/src/capture";

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in repo.rust().filter(|file| !file.path.starts_with(HOME)) {
        for token in file.tokens().iter().filter(|token| token.is("unsafe")) {
            let what = format!("`unsafe` outside {HOME}: write it safely, or move it there");
            faults.push(Fault::new(&file.path, token.line, what));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_unsafe_outside_its_place() {
        let cases = [
            ("crates/wire/src/a.rs", "fn a() { unsafe { b() } }", 1),
            ("crates/sensor/src/capture/ring.rs", "fn a() { unsafe { b() } }", 0),
            ("crates/wire/src/a.rs", "// unsafe\nlet a = \"unsafe\";\n#![forbid(unsafe_code)]", 0),
        ];
        for (path, text, faults) in cases {
            assert_eq!(check(&Repo::of(&[(path, text)])).len(), faults, "{path}: {text}");
        }
    }
}
