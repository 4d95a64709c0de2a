//! The generated pages are what the lists in the code give today, and nothing else lies beside them.
//!
//! **Invariant:** a page is compared byte for byte; nothing is written here.

use crate::codegen;
use crate::tidy::Fault;
use crate::tidy::repo::Repo;

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let pages = match codegen::pages() {
        Ok(pages) => pages,
        Err(error) => return vec![Fault::new(codegen::FOLDER, 1, format!("{error:#}"))],
    };
    let mut faults = Vec::new();
    for page in &pages {
        let there = repo.file(&page.path).map_or("", |file| &file.text);
        if there != page.text {
            let same = there.lines().zip(page.text.lines()).take_while(|(a, b)| a == b).count();
            let what = "this is not what the code says: run `cargo xtask codegen`";
            faults.push(Fault::new(&page.path, same + 1, what));
        }
    }
    for file in repo.files.iter().filter(|file| file.path.starts_with(codegen::FOLDER)) {
        if !pages.iter().any(|page| page.path == file.path) {
            let what = "nothing generates this page: move it to docs/guide, or delete it";
            faults.push(Fault::new(&file.path, 1, what));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_pages_that_differ_are_missing_or_nobody_generates() {
        let pages = codegen::pages().expect("the signatures of the program");
        let fresh: Vec<(&str, &str)> =
            pages.iter().map(|page| (page.path.as_str(), page.text.as_str())).collect();
        assert_eq!(check(&Repo::of(&fresh)), []);
        assert_eq!(check(&Repo::of(&fresh[1..])).len(), 1);
        let mut changed = fresh.clone();
        let edited = changed[0].1.replacen(".\n", "!\n", 1);
        changed[0].1 = &edited;
        changed.push(("docs/reference/own.md", "# Own\n"));
        let lines: Vec<usize> = check(&Repo::of(&changed)).iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [3, 1]);
    }
}
