//! Nothing unfinished is committed: no marks in comments, no test that does not run.
//!
//! What is to be done stands in an issue, where it can be found; a mark in the code is read by nobody.
//! A test that is switched off says nothing, and a flaky one is a mistake in how time is handled.
//!
//! **Invariant:** strings are not judged, so that a rule may name what it refuses.

use crate::tidy::Fault;
use crate::tidy::repo::Repo;
use crate::tidy::tokens::Kind;

const MARKS: [&str; 3] = ["TODO", "FIXME", "XXX"];

/// Files whose whole text is judged, not their comments alone.
const PLAIN: [&str; 5] = [".toml", ".sh", ".css", ".html", ".ftl"];

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &repo.files {
        if PLAIN.iter().any(|ending| file.path.ends_with(ending)) {
            marks(&file.path, 1, &file.text, &mut faults);
        }
        if !file.path.ends_with(".rs") {
            continue;
        }
        let tokens = file.tokens();
        for token in tokens.iter().filter(|token| token.kind == Kind::Comment) {
            marks(&file.path, token.line, token.text, &mut faults);
        }
        for window in tokens.windows(3) {
            if let [hash, open, word] = window
                && hash.is("#")
                && open.is("[")
                && word.is("ignore")
            {
                let what = "a test that is switched off: mend it, or take it out";
                faults.push(Fault::new(&file.path, word.line, what));
            }
        }
    }
    faults
}

fn marks(path: &str, first_line: usize, text: &str, faults: &mut Vec<Fault>) {
    for (place, line) in text.lines().enumerate() {
        let mut words = line.split(|c: char| !c.is_alphanumeric());
        if words.any(|word| MARKS.contains(&word)) {
            let what = "unfinished work: finish it, or file an issue and take the mark out";
            faults.push(Fault::new(path, first_line + place, what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_marks_in_comments_and_tests_switched_off() {
        let cases = [
            ("a.rs", "// TODO: later", 1),
            ("a.rs", "/* a\n FIXME */", 1),
            ("a.rs", "let mark = \"TODO\";", 0),
            ("a.rs", "// a todo list", 0),
            ("a.rs", "#[ignore]\nfn a() {}", 1),
            ("a.rs", "#[ignore = \"slow\"]\nfn a() {}", 1),
            ("a.rs", "ignore(b)", 0),
            ("scripts/a.sh", "# TODO", 1),
            ("docs/a.md", "no TODO here", 0),
        ];
        for (path, text, faults) in cases {
            assert_eq!(check(&Repo::of(&[(path, text)])).len(), faults, "{path}: {text}");
        }
    }
}
