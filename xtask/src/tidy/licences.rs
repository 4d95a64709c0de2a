//! Every dependency may be shipped with a program under Apache-2.0.
//!
//! Allowed are permissive licences, and MPL-2.0, which asks for the sources of its own files only.
//! Judged are the dependencies that the machine at hand compiles.
//!
//! **Invariant:** a dependency that states no licence is a fault.

use crate::tidy::Fault;
use crate::tidy::repo::Repo;
use crate::tidy::spdx;

const ALLOWED: [&str; 18] = [
    "0BSD",
    "Apache-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "bzip2-1.0.6",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OpenSSL",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let mut faults = Vec::new();
    for package in repo.packages() {
        let licence = package["license"].as_str().unwrap_or("");
        if !spdx::is_satisfied(licence, &|one| ALLOWED.contains(&one)) {
            let (name, version) = (&package["name"], &package["version"]);
            let what = format!(
                "{} {} has licence `{licence}`, which is not allowed: find another crate, or decide it in docs/decisions",
                name.as_str().unwrap_or("?"),
                version.as_str().unwrap_or("?"),
            );
            faults.push(Fault::new("Cargo.lock", 1, what));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_licences_that_are_not_allowed_and_missing_ones() {
        let repo = Repo::of(&[]).with_metadata(json!({"packages": [
            {"name": "good", "version": "1.0.0", "license": "MIT OR GPL-2.0-only"},
            {"name": "copyleft", "version": "2.0.0", "license": "AGPL-3.0-only"},
            {"name": "silent", "version": "3.0.0", "license": null},
        ]}));
        let faults: Vec<String> = check(&repo).iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 2);
        assert!(faults[0].contains("copyleft 2.0.0") && faults[1].contains("silent 3.0.0"), "{faults:?}");
    }
}
