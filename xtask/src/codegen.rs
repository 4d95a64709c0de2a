//! Pages of the manual that are drawn from the lists in the code: tables, fields, tags, classes,
//! detectors, losses.
//!
//! A page that a person copies from a list is wrong one week later. These are drawn from the very lists
//! the program is made from; `cargo xtask codegen` writes them, and a house rule compares.
//!
//! **Invariant:** a page is a function of the code alone, so it is the same bytes on every machine.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

mod classes;
mod detectors;
mod fields;
mod losses;
mod page;
mod tables;
mod tags;

/// Where the pages lie.
pub(crate) const FOLDER: &str = "docs/reference/";

/// A generated page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// Path from the root.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every generated page, in the order of their paths.
///
/// # Errors
/// When a signature of the program cannot be read.
pub(crate) fn pages() -> Result<Vec<Page>> {
    let signatures = teiten_detect::builtin::signatures().context("reading the signatures")?;
    let drawn = [
        ("classes.md", classes::draw()),
        ("detectors.md", detectors::draw()),
        ("fields.md", fields::draw()),
        ("losses.md", losses::draw()),
        ("tables.md", tables::draw()),
        ("tags.md", tags::draw(&signatures)),
    ];
    Ok(drawn.map(|(name, text)| Page { path: format!("{FOLDER}{name}"), text }).into())
}

/// Writes the pages that differ, and says which; it leaves the others alone.
pub(crate) fn run(root: &Path, out: &mut dyn Write) -> Result<bool> {
    std::fs::create_dir_all(root.join(FOLDER)).with_context(|| format!("making {FOLDER}"))?;
    for page in pages()? {
        let path = root.join(&page.path);
        if std::fs::read_to_string(&path).is_ok_and(|there| there == page.text) {
            continue;
        }
        std::fs::write(&path, &page.text).with_context(|| format!("writing {}", page.path))?;
        writeln!(out, "wrote {}", page.path)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_a_title_says_that_it_is_generated_and_ends_with_one_line_end() {
        for page in pages().expect("the signatures of the program") {
            assert!(page.text.starts_with("# "), "{}", page.path);
            assert!(page.text.contains(page::GENERATED), "{}", page.path);
            assert!(page.text.ends_with('\n') && !page.text.ends_with("\n\n"), "{}", page.path);
        }
    }

    #[test]
    fn a_second_run_writes_nothing() {
        let root = std::env::temp_dir().join(format!("teiten-codegen-{}", std::process::id()));
        let mut told = Vec::new();
        run(&root, &mut told).expect("a first run");
        assert_eq!(String::from_utf8_lossy(&told).lines().count(), pages().expect("pages").len());
        told.clear();
        run(&root, &mut told).expect("a second run");
        std::fs::remove_dir_all(&root).expect("the folder of this test");
        assert!(told.is_empty(), "{}", String::from_utf8_lossy(&told));
    }
}
