//! One Arrow, one Parquet, one query engine, one object store, one table format.
//!
//! Two versions compile and then do not fit: a batch made by one is a stranger to the other, and the
//! error names two types of the same name. Why these versions: docs/decisions/002-one-arrow.md.
//!
//! **Invariant:** a lock file that cannot be read is a fault.

use std::collections::BTreeMap;

use crate::tidy::Fault;
use crate::tidy::repo::Repo;

const LOCK: &str = "Cargo.lock";

/// Packages of which two versions are one too many.
const PACKAGES: [&str; 8] = [
    "arrow",
    "arrow-array",
    "arrow-schema",
    "datafusion",
    "datafusion-common",
    "deltalake-core",
    "object_store",
    "parquet",
];

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let Some(lock) = repo.file(LOCK) else {
        return vec![Fault::new(LOCK, 1, "there is no lock file: commit the one that cargo made")];
    };
    let mut versions: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    let mut name = "";
    for (place, line) in lock.text.lines().enumerate() {
        if let Some(found) = value(line, "name = ") {
            name = found;
        } else if let Some(found) = value(line, "version = ") {
            versions.entry(name).or_default().push((found, place + 1));
        }
    }
    let several = PACKAGES.iter().filter_map(|package| Some((package, versions.get(package)?)));
    several
        .filter(|(_, found)| found.len() > 1)
        .map(|(package, found)| {
            let all: Vec<&str> = found.iter().map(|(version, _)| *version).collect();
            let what = format!(
                "{} versions of {package} ({}): see docs/decisions/002-one-arrow.md for the one to keep",
                all.len(),
                all.join(", ")
            );
            Fault::new(LOCK, found[1].1, what)
        })
        .collect()
}

fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lock: &str) -> Vec<String> {
        check(&Repo::of(&[(LOCK, lock)])).iter().map(ToString::to_string).collect()
    }

    const ARROW: &str = "[[package]]\nname = \"arrow\"\nversion = \"59.3.2\"\n\n";
    const OTHER: &str = "[[package]]\nname = \"arrow\"\nversion = \"60.1.0\"\n\n";
    const LIGHT: &str = "[[package]]\nname = \"syn\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"syn\"\nversion = \"2.0.0\"\n";

    #[test]
    fn finds_a_second_arrow_and_ignores_small_crates() {
        assert!(found(&format!("{ARROW}{LIGHT}")).is_empty());
        let faults = found(&format!("{ARROW}{OTHER}"));
        assert_eq!(faults.len(), 1);
        assert!(faults[0].contains("Cargo.lock:7: 2 versions of arrow (59.3.2, 60.1.0)"), "{faults:?}");
        assert_eq!(check(&Repo::of(&[])).len(), 1);
    }
}
