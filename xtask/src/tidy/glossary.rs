//! The refused words, read from docs/glossary.md, so that the page people read is the rule.
//!
//! In its table the words between backticks in the column `not` are refused in identifiers; the list
//! under `## Refused in prose` is refused in everything the repository says.
//!
//! **Invariant:** a glossary without either list is a fault, never an empty rule.

use crate::tidy::repo::Repo;
use crate::tidy::table;

/// Where the words stand.
pub(super) const DOCUMENT: &str = "docs/glossary.md";

const PROSE: &str = "## Refused in prose";

/// A refused word and the word to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) word: String,
    pub(super) instead: String,
}

/// The words refused in identifiers and those refused in prose; `None` when the page lacks a list.
pub(super) fn refused(repo: &Repo) -> Option<(Vec<Refused>, Vec<Refused>)> {
    let text = &repo.file(DOCUMENT)?.text;
    let mut names = Vec::new();
    for row in table::rows(text, "word")? {
        let [word, _, not, ..] = row.cells.as_slice() else { continue };
        let instead = word.trim_matches('*').to_string();
        names.extend(
            table::quoted(not)
                .into_iter()
                .map(|word| Refused { word: word.to_string(), instead: instead.clone() }),
        );
    }
    let (_, list) = text.split_once(PROSE)?;
    let list = list.split("\n#").next().unwrap_or(list);
    let prose: Vec<Refused> = list
        .lines()
        .filter_map(|line| line.strip_prefix("- "))
        .flat_map(|line| {
            let (words, instead) = line.split_once(": ").unwrap_or((line, "a word of the glossary"));
            let instead = instead.trim_end_matches('.').to_string();
            table::quoted(words)
                .into_iter()
                .map(move |word| Refused { word: word.to_string(), instead: instead.clone() })
        })
        .collect();
    (!names.is_empty() && !prose.is_empty()).then_some((names, prose))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_read_from_the_page() {
        let page = "# Words\n\n| word | means | not |\n|---|---|---|\n| **source** | who sent | `attacker`, client |\n\n## Refused in prose\n\n- `hacker`, `bad IP`: source.\n\n## Else\n\n- `fine`: x\n";
        let (names, prose) = refused(&Repo::of(&[(DOCUMENT, page)])).expect("both lists");
        let one = |word: &str, instead: &str| Refused { word: word.into(), instead: instead.into() };
        assert_eq!(names, [one("attacker", "source")]);
        assert_eq!(prose, [one("hacker", "source"), one("bad IP", "source")]);
        assert_eq!(refused(&Repo::of(&[(DOCUMENT, "# Words\n")])), None);
    }
}
