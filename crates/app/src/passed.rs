//! What an import passed over in the folders it was given, and how that is said.
//!
//! Nothing that lies in a folder is left out without a word: what is no capture is counted and named, and a
//! folder without any capture is said to be one.
//!
//! **Invariant:** notes come in a fixed order, whatever the order of the files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use teiten_ask::paths::shown;

/// Most names that one note gives.
const NAMES_MAX: usize = 3;

/// What was passed over.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    folders: Vec<Folder>,
    /// By what they are.
    files: BTreeMap<String, Vec<PathBuf>>,
    /// Folders to which a link led back.
    again: Vec<PathBuf>,
}

/// One folder that was named.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    /// What lies in it and is no capture.
    n_passed: usize,
    /// Captures in it, and what might be one and could not be read.
    n_taken: usize,
}

impl Passed {
    /// Begins a folder and gives its place.
    pub(crate) fn folder(&mut self, path: &Path) -> usize {
        self.folders.push(Folder { path: path.to_path_buf(), n_passed: 0, n_taken: 0 });
        self.folders.len() - 1
    }

    /// A file of that folder is no capture, but `what`.
    pub(crate) fn add(&mut self, folder: usize, what: &str, path: &Path) {
        self.folders[folder].n_passed += 1;
        self.files.entry(what.to_string()).or_default().push(path.to_path_buf());
    }

    /// A link led back to a folder that had been entered.
    pub(crate) fn again(&mut self, path: &Path) {
        self.again.push(path.to_path_buf());
    }

    /// A file of that folder is a capture.
    pub(crate) fn capture(&mut self, folder: Option<usize>) {
        if let Some(folder) = folder {
            self.folders[folder].n_taken += 1;
        }
    }

    /// Something in that folder could not be read, and might have been a capture.
    pub(crate) fn fault(&mut self, folder: Option<usize>) {
        self.capture(folder);
    }

    /// What is to be said.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for folder in self.folders.iter().filter(|folder| folder.n_taken == 0) {
            let name = shown(&folder.path);
            notes.push(match folder.n_passed {
                0 => format!("{name} is an empty folder: there was nothing to import"),
                1 => format!("{name} holds no capture: the one file in it is none"),
                n => format!("{name} holds no capture: none of the {n} files in it is one"),
            });
        }
        for (what, paths) in &self.files {
            let count = if paths.len() == 1 {
                "1 file is no capture and was".to_string()
            } else {
                format!("{} files are no captures and were", paths.len())
            };
            notes.push(format!("{count} passed over ({what}): {}", names(paths)));
        }
        match self.again.len() {
            0 => {}
            1 => notes.push(format!("a link back to a folder was not followed: {}", names(&self.again))),
            n => notes.push(format!("{n} links back to a folder were not followed: {}", names(&self.again))),
        }
        notes
    }
}

/// The first names, and how many more there are.
fn names(paths: &[PathBuf]) -> String {
    let mut said: Vec<String> = paths.iter().take(NAMES_MAX).map(|path| shown(path)).collect();
    if paths.len() > NAMES_MAX {
        said.push(format!("{} more", paths.len() - NAMES_MAX));
    }
    match said.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn what_was_passed_over_is_counted_and_named() {
        let mut passed = Passed::default();
        let (empty, mixed, texts) = (
            passed.folder(Path::new("empty")),
            passed.folder(Path::new("in")),
            passed.folder(Path::new("t")),
        );
        assert_eq!((empty, mixed, texts), (0, 1, 2));
        for name in ["in/a.txt", "in/b.csv", "in/c.toml", "in/d.md"] {
            passed.add(mixed, "this looks like text", Path::new(name));
        }
        passed.add(texts, "a named pipe", Path::new("t/p"));
        passed.add(texts, "a named pipe", Path::new("t/q"));
        passed.capture(Some(mixed));
        passed.capture(None);
        passed.again(Path::new("in/loop"));
        expect![[r#"
            empty is an empty folder: there was nothing to import
            t holds no capture: none of the 2 files in it is one
            2 files are no captures and were passed over (a named pipe): t/p and t/q
            4 files are no captures and were passed over (this looks like text): in/a.txt, in/b.csv, in/c.toml and 1 more
            a link back to a folder was not followed: in/loop"#]]
        .assert_eq(&passed.notes().join("\n"));
    }
}
