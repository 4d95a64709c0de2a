//! Every rule that a comment or a signature cites is a row of docs/rules.md.
//!
//! A citation is an id such as `D36`; `D34-D43`, `D2 to D5` and `D33 and D88` cite their ends. The
//! catalogue is the place where a reader finds what the id says and how far it was confirmed.
//!
//! **Invariant:** an id stands in one row only.

use std::collections::BTreeSet;

use crate::tidy::Fault;
use crate::tidy::repo::Repo;
use crate::tidy::tokens::Kind;

const DOCUMENT: &str = "docs/rules.md";

/// Where signatures lie, which cite rules among their sources.
const SIGNATURES: &str = "crates/detect/signatures/";

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut known = BTreeSet::new();
    let text = repo.file(DOCUMENT).map_or("", |file| &file.text);
    for (place, line) in text.lines().enumerate() {
        // A row of the catalogue begins with its id.
        let first = line.strip_prefix('|').and_then(|rest| rest.split('|').next()).unwrap_or("").trim();
        if is_id(first) && !known.insert(first) {
            faults.push(Fault::new(DOCUMENT, place + 1, format!("`{first}` has two rows: keep one")));
        }
    }
    for file in &repo.files {
        let mut judge = |line: usize, text: &str| {
            for (place, line_text) in text.lines().enumerate() {
                for id in ids(line_text).filter(|id| !known.contains(id)) {
                    let what =
                        format!("rule {id} is not in {DOCUMENT}: write its row there, or correct the id");
                    faults.push(Fault::new(&file.path, line + place, what));
                }
            }
        };
        if file.path.ends_with(".rs") {
            for token in file.tokens().iter().filter(|token| token.kind == Kind::Comment) {
                judge(token.line, token.text);
            }
        } else if file.path.starts_with(SIGNATURES) && file.path.ends_with(".toml") {
            for (place, line) in file.text.lines().enumerate() {
                // The examples are packets in their notation, not prose.
                let is_example =
                    ["\"tcp ", "\"udp ", "\"icmp", "\"ip "].iter().any(|start| line.contains(start));
                if !is_example {
                    judge(place + 1, line);
                }
            }
        }
    }
    faults
}

/// The ids in a line of prose.
fn ids(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| is_id(word))
}

/// Whether a word is `D` or `R`, a number from 1 to 999, and at most one letter.
fn is_id(word: &str) -> bool {
    let Some(rest) = word.strip_prefix(['D', 'R']) else { return false };
    let rest = rest.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(rest);
    (1..=3).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit()) && !rest.starts_with('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_citations_without_a_row() {
        let page = "# Rules\n\n| id | rule |\n|---|---|\n| D1 | a |\n| D2a | b |\n| R1 | c |\n";
        let twice = format!("{page}| D1 | again |\n");
        let cases = [
            (page, "crates/a/src/b.rs", "//! Rules D1, D2a and R1.\nfn f() {}", 0),
            (page, "crates/a/src/b.rs", "//! Rules D1 to D3, R2.\nfn f() {}", 2),
            (page, "crates/a/src/b.rs", "/// (D2)\nlet D9 = \"D8\";", 1),
            (page, "crates/a/src/b.rs", "// 3D9, D1234, D, D0, RD9, D2_3, 0xD9 and MD5 are no ids.", 0),
            (page, "crates/detect/signatures/x.toml", "sources = [\"D1, D7: x.c\"]", 1),
            (page, "crates/detect/signatures/x.toml", "  \"udp 1 > 2 D7\",", 0),
            (page, "scenarios/x.toml", "# D7", 0),
            (twice.as_str(), "crates/a/src/b.rs", "", 1),
            ("# Rules\n", "crates/a/src/b.rs", "// D1", 1),
        ];
        for (page, path, text, expected) in cases {
            let found = check(&Repo::of(&[(DOCUMENT, page), (path, text)]));
            assert_eq!(found.len(), expected, "{path}: {text}: {found:?}");
        }
    }
}
