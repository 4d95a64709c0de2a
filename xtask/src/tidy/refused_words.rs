//! Names and prose use the words of the glossary and none that it refuses.
//!
//! One thing has one name, in code, columns, pages and reports; and no word accuses where the data
//! cannot ("source", not "attacker": addresses are forged). Modules named after nothing (`utils`) are
//! refused because nobody can say what does not belong in them.
//!
//! **Invariant:** the page that lists the words, and the tests of this rule, may name them.

use crate::tidy::Fault;
use crate::tidy::glossary::{self, Refused};
use crate::tidy::repo::{File, Repo};
use crate::tidy::tokens::Kind;

/// Names of files and folders that say nothing of what is inside.
const FILE_NAMES: [&str; 9] =
    ["utils", "util", "helpers", "helper", "common", "misc", "types", "manager", "managers"];

/// Prose beside Rust's comments.
const PROSE_ENDINGS: [&str; 4] = [".md", ".ftl", ".html", ".toml"];

/// Files that name refused words to refuse them.
const NAMING: [&str; 3] = [glossary::DOCUMENT, "docs/style.md", "xtask/src/tidy/refused_words.rs"];

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let Some((names, prose)) = glossary::refused(repo) else {
        let what = "the table headed `word` or the list `Refused in prose` is missing or empty: restore it";
        return vec![Fault::new(glossary::DOCUMENT, 1, what)];
    };
    let mut faults = Vec::new();
    for file in &repo.files {
        if file.path.ends_with(".rs") {
            check_file_name(file, &mut faults);
        }
        if NAMING.contains(&file.path.as_str()) {
            continue;
        }
        if file.path.ends_with(".rs") {
            check_rust(file, &names, &prose, &mut faults);
        } else if PROSE_ENDINGS.iter().any(|ending| file.path.ends_with(ending)) {
            check_prose(file, 1, &file.text, &prose, &mut faults);
        }
    }
    faults
}

fn check_file_name(file: &File, faults: &mut Vec<Fault>) {
    let parts = file.path.trim_end_matches(".rs").split('/');
    for part in parts.filter(|part| FILE_NAMES.contains(part)) {
        let what = format!("a module called `{part}` can hold anything: name it after the noun it defines");
        faults.push(Fault::new(&file.path, 1, what));
    }
}

fn check_rust(file: &File, names: &[Refused], prose: &[Refused], faults: &mut Vec<Fault>) {
    for token in file.tokens() {
        match token.kind {
            Kind::Word => {
                let name = snake(token.text);
                for refused in names.iter().filter(|refused| holds(&name, &refused.word, '_')) {
                    let what = format!("`{}` in a name: the glossary says {}", refused.word, refused.instead);
                    faults.push(Fault::new(&file.path, token.line, what));
                }
            }
            Kind::Comment => check_prose(file, token.line, token.text, prose, faults),
            Kind::Text | Kind::Mark => {}
        }
    }
}

fn check_prose(file: &File, first_line: usize, text: &str, prose: &[Refused], faults: &mut Vec<Fault>) {
    for (place, line) in text.lines().enumerate() {
        let line = words(line);
        for refused in prose.iter().filter(|refused| holds(&line, &words(&refused.word), ' ')) {
            let what = format!("`{}` is refused: say {}", refused.word, refused.instead);
            faults.push(Fault::new(&file.path, first_line + place, what));
        }
    }
}

/// Whether whole words hold these whole words.
fn holds(text: &str, part: &str, between: char) -> bool {
    format!("{between}{text}{between}").contains(&format!("{between}{part}{between}"))
}

/// A line as lower-case words with one blank between them.
fn words(line: &str) -> String {
    let lower = line.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// An identifier of any style as lower-case words with `_` between them.
fn snake(name: &str) -> String {
    let mut found = String::new();
    let mut was_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && was_lower {
            found.push('_');
        }
        was_lower = c.is_lowercase() || c.is_ascii_digit();
        found.extend(c.to_lowercase());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Words\n\n| word | means | not |\n|---|---|---|\n| **source** | who sent | `attacker` |\n| **destination port** | the port | `dest_port` |\n\n## Refused in prose\n\n- `attacker`, `bad ip`: source.\n";

    fn found(path: &str, text: &str) -> Vec<String> {
        let repo = Repo::of(&[(glossary::DOCUMENT, PAGE), (path, text)]);
        check(&repo).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn finds_refused_words_where_they_are_words() {
        let cases = [
            ("crates/a/src/b.rs", "fn attacker_count() {}", 1),
            ("crates/a/src/b.rs", "struct TopAttackerList;", 1),
            ("crates/a/src/b.rs", "const DEST_PORT_MAX: u8 = 1;", 1),
            ("crates/a/src/b.rs", "let attackers = port_of(dest, port);", 0),
            ("crates/a/src/b.rs", "//! What the attacker did.", 1),
            ("crates/a/src/b.rs", "let text = \"attacker\";", 0),
            ("crates/report/src/words/en.ftl", "top = The Attacker's ports", 1),
            ("README.md", "A bad\nIP is not a bad-IP", 1),
            ("crates/a/src/utils.rs", "//! x", 1),
            ("crates/a/src/utils/x.rs", "//! x", 1),
            ("crates/a/src/outputs.rs", "//! x", 0),
            ("docs/style.md", "never say attacker", 0),
        ];
        for (path, text, faults) in cases {
            assert_eq!(found(path, text).len(), faults, "{path}: {text}: {:?}", found(path, text));
        }
    }

    #[test]
    fn a_glossary_without_lists_is_a_fault() {
        assert_eq!(check(&Repo::of(&[("a.rs", "//! x")])).len(), 1);
    }
}
