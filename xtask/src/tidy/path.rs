//! Paths inside the repository, as text with `/` between the parts.
//!
//! **Invariant:** a path never leaves the root: a step up from there stays there.

/// The path that `target` names when it is read in `folder`.
pub(super) fn join(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match part {
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_up_and_down_are_taken() {
        let cases = [
            ("", "a/b", "a/b"),
            ("a", "../b", "b"),
            ("a/b", "./c/", "a/b/c"),
            ("a", "../../b", "b"),
            ("a", "", "a"),
        ];
        for (folder, target, expected) in cases {
            assert_eq!(join(folder, target), expected, "of {folder} and {target}");
        }
    }
}
