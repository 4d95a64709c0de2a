//! Documents and comments point at documents that are there.
//!
//! Judged are the links of Markdown files, and every page of ours that a Rust comment names, so
//! that nobody cites a page the reader does not have. Goldens are left out: they are parts of what a program
//! wrote, and their links lead to the other parts.
//!
//! **Invariant:** addresses on the Internet are not judged: a check depends on the repository alone.

use crate::tidy::Fault;
use crate::tidy::path;
use crate::tidy::repo::{File, Repo};
use crate::tidy::tokens::Kind;

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in repo.files.iter().filter(|file| !file.path.contains("/golden/")) {
        let targets = match file.path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("md") => markdown_links(file),
            Some("rs") => named_documents(file),
            _ => continue,
        };
        for (line, target) in targets {
            let folder = format!("{target}/");
            // A comment may name a page without its folder.
            let is_bare = file.path.ends_with(".rs") && !target.contains('/');
            let is_target = |there: &File| {
                there.path == target || there.path.starts_with(&folder) || (is_bare && there.name() == target)
            };
            if !repo.files.iter().any(is_target) {
                let what = format!("{target} is not there: correct the link, or write the document");
                faults.push(Fault::new(&file.path, line, what));
            }
        }
    }
    faults
}

/// Line and target, from the root, of every link to a file.
fn markdown_links(file: &File) -> Vec<(usize, String)> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut found = Vec::new();
    for (place, line) in file.text.lines().enumerate() {
        for link in line.split("](").skip(1) {
            let target = link.split([')', '#', ' ']).next().unwrap_or("");
            if !target.is_empty() && !target.contains(':') {
                found.push((place + 1, path::join(folder, target)));
            }
        }
    }
    found
}

/// Line and path of every document of ours that a comment names.
fn named_documents(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for token in file.tokens().iter().filter(|token| token.kind == Kind::Comment) {
        for (place, line) in token.text.lines().enumerate() {
            let words = line.split(|c: char| !(c.is_alphanumeric() || "/-_.".contains(c)));
            let paths = words.map(|word| word.trim_end_matches('.'));
            for path in paths
                .filter(|path| path.starts_with("docs/") || !path.contains('/'))
                .filter(|path| path.ends_with(".md") && !path.starts_with('.') && !path.contains(".."))
            {
                found.push((token.line + place, path.to_string()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_links_to_what_is_not_there() {
        let cases = [
            (
                "README.md",
                "[a](docs/style.md) [b](docs/style.md#part) [c](docs) [d](https://example.org/x)",
                0,
            ),
            ("README.md", "[a](docs/gone.md)", 1),
            ("docs/new.md", "[a](style.md) [b](../LICENSE) [c](#here)", 0),
            ("docs/new.md", "[a](docs/style.md) [b](../gone)", 2),
            ("crates/a/src/b.rs", "//! See docs/style.md. And (docs/gone.md).", 1),
            (
                "crates/a/src/b.rs",
                "//! Rule 3 of style.md; other/gone.md, *.md and .md are no pages of ours.",
                0,
            ),
            ("crates/a/src/b.rs", "//! Rule 3 of gone.md.", 1),
            ("crates/a/tests/golden/c.md", "[a](gone.svg)", 0),
            ("crates/a/src/b.rs", "let path = \"docs/gone.md\";", 0),
        ];
        for (path, text, faults) in cases {
            let repo = Repo::of(&[("LICENSE", ""), ("docs/style.md", ""), (path, text)]);
            assert_eq!(check(&repo).len(), faults, "{path}: {text}: {:?}", check(&repo));
        }
    }
}
