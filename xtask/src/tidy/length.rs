//! No Rust file is longer than a reader holds in mind: 600 lines, tests included.
//!
//! The cure is "one entry, one file", not smaller print. Files that were longer when the rule came
//! stand in a list with the length they may have; the list may only shrink.
//!
//! **Invariant:** a file on the list has exactly the length the list states, or the list is wrong.

use crate::tidy::Fault;
use crate::tidy::repo::Repo;

/// The longest a Rust file may be, in lines.
pub(super) const LINES_MAX: usize = 600;

/// From this many lines on a file is named, without being a fault.
const LINES_NOTED: usize = 400;

/// The exceptions: a path and its lines on each line.
const LIST: &str = "xtask/ratchet.txt";

/// Files that are long but not too long, the longest first.
pub(super) fn long_files(repo: &Repo) -> Vec<(String, usize)> {
    let mut long: Vec<(String, usize)> = repo
        .rust()
        .map(|file| (file.path.clone(), file.text.lines().count()))
        .filter(|(_, lines)| (LINES_NOTED + 1..=LINES_MAX).contains(lines))
        .collect();
    long.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    long
}

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut listed = Vec::new();
    let list = repo.file(LIST).map_or("", |file| file.text.as_str());
    for (place, line) in
        list.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    {
        let parts =
            line.split_once(' ').and_then(|(path, lines)| Some((path, lines.trim().parse::<usize>().ok()?)));
        let Some((path, allowed)) = parts else {
            faults.push(Fault::new(LIST, place + 1, "a line is a path, a blank, and a number of lines"));
            continue;
        };
        listed.push(path);
        let lines = repo.file(path).map_or(0, |file| file.text.lines().count());
        if lines <= LINES_MAX {
            faults.push(Fault::new(
                LIST,
                place + 1,
                format!("{path} is no exception any more: take the line out"),
            ));
        } else if lines < allowed {
            faults.push(Fault::new(
                LIST,
                place + 1,
                format!("{path} has {lines} lines now: lower the number to that"),
            ));
        } else if lines > allowed {
            faults.push(Fault::new(
                path,
                allowed,
                format!("{lines} lines, and {LIST} allows {allowed}: give a part its own file"),
            ));
        }
    }
    for file in repo.rust().filter(|file| !listed.contains(&file.path.as_str())) {
        let lines = file.text.lines().count();
        if lines > LINES_MAX {
            let what = format!("{lines} lines, at most {LINES_MAX} are allowed: give each noun its own file");
            faults.push(Fault::new(&file.path, LINES_MAX, what));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(list: &str, lines: usize) -> Vec<String> {
        let text = "\n".repeat(lines);
        let repo = Repo::of(&[(LIST, list), ("crates/a/src/b.rs", &text)]);
        check(&repo).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn finds_long_files_and_a_list_that_could_shrink() {
        let cases = [
            ("", 600, None),
            ("", 601, Some("601 lines, at most 600")),
            ("crates/a/src/b.rs 650", 650, None),
            ("crates/a/src/b.rs 650", 651, Some("651 lines, and")),
            ("crates/a/src/b.rs 650", 649, Some("lower the number")),
            ("crates/a/src/b.rs 650", 600, Some("take the line out")),
            ("crates/a/src/gone.rs 650", 10, Some("take the line out")),
            ("crates/a/src/b.rs", 10, Some("a line is a path")),
        ];
        for (list, lines, expected) in cases {
            let faults = found(list, lines);
            match expected {
                None => assert!(faults.is_empty(), "{list} {lines}: {faults:?}"),
                Some(part) => {
                    assert!(faults.len() == 1 && faults[0].contains(part), "{list} {lines}: {faults:?}")
                }
            }
        }
    }

    #[test]
    fn notes_files_that_grow_long() {
        let (long, short) = ("\n".repeat(401), "\n".repeat(400));
        let repo = Repo::of(&[("a.rs", &long), ("b.rs", &short)]);
        assert_eq!(long_files(&repo), [("a.rs".to_string(), 401)]);
    }
}
