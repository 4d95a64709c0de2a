//! Which versions of nats-server are fit to be reached by others.
//!
//! The list names the lines that get mendings, and in each the first version in which everything is mended that is known
//! to let strangers in, to stop a server from outside, or to lose acknowledged messages when a process dies. Where each
//! comes from stands in docs/guide/nats.md.
//!
//! **Invariant:** docs/guide/nats.md names the versions that are listed here.

/// First safe version of each line that gets mendings, oldest line first.
pub const SAFE: [(u64, u64, u64); 2] = [(2, 12, 12), (2, 14, 3)];

/// Whether a version, such as `2.12.12`, is known to be mended; a line that is newer than those listed counts as mended, a
/// preview of a first safe version does not.
pub fn is_safe(version: &str) -> bool {
    let (numbers, preview) = version.split_once('-').map_or((version, false), |(numbers, _)| (numbers, true));
    let mut parts = numbers.trim_start_matches('v').split('.').map(|part| part.parse::<u64>().ok());
    let (Some(Some(major)), Some(Some(minor)), Some(Some(patch))) =
        (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let newest = SAFE[SAFE.len() - 1];
    if (major, minor) > (newest.0, newest.1) {
        return true;
    }
    let line = SAFE.iter().find(|line| (line.0, line.1) == (major, minor));
    line.is_some_and(|line| patch > line.2 || (patch == line.2 && !preview))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_from_its_first_safe_version() {
        for (version, is) in [
            ("2.9.10", false),
            ("2.10.22", false),
            ("2.11.16", false),
            ("2.12.11", false),
            ("2.12.12", true),
            ("v2.12.13", true),
            ("2.13.9", false),
            ("2.14.2", false),
            ("2.14.3-RC.1", false),
            ("2.14.3", true),
            ("2.15.0", true),
            ("3.0.0", true),
            ("", false),
            ("2.14", false),
            ("two", false),
        ] {
            assert_eq!(is_safe(version), is, "{version}");
        }
    }

    #[test]
    fn the_guide_names_these_versions() {
        let guide = include_str!("../../../docs/guide/nats.md");
        for (major, minor, patch) in SAFE {
            assert!(guide.contains(&format!("**{major}.{minor}.{patch}**")), "{major}.{minor}.{patch}");
        }
    }
}
