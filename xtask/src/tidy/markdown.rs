//! A document has exactly one title.
//!
//! **Invariant:** lines inside code fences are not titles.

use crate::tidy::Fault;
use crate::tidy::repo::Repo;

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in repo.files.iter().filter(|file| file.path.ends_with(".md")) {
        let titles = titles(&file.text);
        match titles.as_slice() {
            [_] => {}
            [] => faults.push(Fault::new(&file.path, 1, "no title: begin with one line `# ...`")),
            [_, second, ..] => {
                faults.push(Fault::new(&file.path, *second, "a second title: make it a section (`## ...`)"));
            }
        }
    }
    faults
}

/// The lines of the titles, counted from 1.
fn titles(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut fence: Option<&str> = None;
    for (place, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) if line.starts_with("# ") => found.push(place + 1),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_documents_without_one_title() {
        let cases = [
            ("# A\n\n## B\n", None),
            ("# A\n```sh\n# a comment\n```\n", None),
            ("# A\n~~~\n```\n# a comment\n~~~\n", None),
            ("## A\n", Some(1)),
            ("", Some(1)),
            ("# A\n\n# B\n", Some(3)),
            ("# A\n```\n```\n# B\n", Some(4)),
        ];
        for (text, line) in cases {
            let found = check(&Repo::of(&[("docs/a.md", text)]));
            assert_eq!(found.first().map(|fault| fault.line), line, "of {text:?}");
        }
    }
}
