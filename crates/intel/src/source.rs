//! Where a catalogue comes from: whose it is, under which licence, and whether an edition is whole or adds to the one before.
//!
//! **Invariant:** the word of a source names its folder and never changes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who keeps a catalogue, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// CISA's catalogue of vulnerabilities that are exploited (rule D125).
    Kev,
    /// The National Vulnerability Database, API 2.0.
    Nvd,
    /// CVE records, JSON 5.
    Cve,
    /// JVN iPedia of IPA and JPCERT/CC, through MyJVN.
    Jvn,
    /// The Exploit Prediction Scoring System of FIRST.
    Epss,
    /// Rules of Suricata, such as Emerging Threats Open (rule D128).
    Rules,
    /// Galaxy clusters of MISP: botnets, malware, tools.
    Galaxy,
    /// STIX 2.1 bundles.
    Stix,
    /// Warning lists of MISP that are not lists of scanners: resolvers, reserved ranges, clouds, sinkholes.
    Lists,
    /// An operator's own list.
    Own,
}

impl Source {
    /// Every source, the one that wins first where two say different things.
    pub const ALL: [Source; 10] = [
        Source::Own,
        Source::Kev,
        Source::Jvn,
        Source::Nvd,
        Source::Cve,
        Source::Epss,
        Source::Rules,
        Source::Galaxy,
        Source::Stix,
        Source::Lists,
    ];

    /// The word for the source: the name of its folder and the value of an option.
    pub fn word(self) -> &'static str {
        match self {
            Source::Kev => "kev",
            Source::Nvd => "nvd",
            Source::Cve => "cve",
            Source::Jvn => "jvn",
            Source::Epss => "epss",
            Source::Rules => "rules",
            Source::Galaxy => "galaxy",
            Source::Stix => "stix",
            Source::Lists => "lists",
            Source::Own => "own",
        }
    }

    /// The source of that word.
    pub fn of(word: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.word() == word)
    }

    /// Who keeps it, as a report cites it.
    pub fn title(self) -> &'static str {
        match self {
            Source::Kev => "CISA Known Exploited Vulnerabilities Catalog",
            Source::Nvd => "NIST National Vulnerability Database",
            Source::Cve => "CVE Program",
            Source::Jvn => "JVN iPedia (IPA, JPCERT/CC)",
            Source::Epss => "FIRST Exploit Prediction Scoring System",
            Source::Rules => "Suricata rules",
            Source::Galaxy => "MISP galaxy",
            Source::Stix => "STIX 2.1",
            Source::Lists => "MISP warning lists",
            Source::Own => "own list",
        }
    }

    /// The licence its keeper states for all of it; `None` where each file states its own.
    pub fn licence(self) -> Option<&'static str> {
        match self {
            Source::Kev | Source::Lists => Some("CC0-1.0"),
            Source::Nvd => Some("public domain (NVD)"),
            Source::Cve => Some("CVE terms of use"),
            Source::Epss => Some("free with attribution (FIRST EPSS)"),
            Source::Galaxy => Some("CC0-1.0 or BSD-2-Clause"),
            Source::Jvn | Source::Rules | Source::Stix | Source::Own => None,
        }
    }

    /// Whether a newer edition adds to the one before, because files hold what changed; else it takes its place.
    pub fn is_incremental(self) -> bool {
        matches!(self, Source::Nvd | Source::Cve | Source::Jvn | Source::Stix)
    }

    /// Whether an entry of a vulnerability may name others beside the one that it is about.
    pub(crate) fn names_others(self) -> bool {
        !matches!(self, Source::Kev | Source::Nvd | Source::Cve | Source::Epss)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_keeps_its_source() {
        for source in Source::ALL {
            assert_eq!(Source::of(source.word()), Some(source));
        }
        assert_eq!(Source::of("nvd2"), None);
    }
}
