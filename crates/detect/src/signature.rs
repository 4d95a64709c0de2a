//! A signature: a rule over one packet with its name, its sources and its own examples.
//!
//! The form of a file, whose name is the id:
//!
//! ```toml
//! id         = "mirai"
//! title      = "Mirai family: the sequence number is the destination address"
//! title_ja   = "Mirai 系"
//! category   = "malware"
//! confidence = "exact"
//! sources    = ["D39: mirai/bot/scanner.c"]
//! matches    = ["tcp 198.51.100.7:31337 > 203.0.113.9:23 S seq=3405803785"]
//! misses     = ["tcp 198.51.100.7:31337 > 203.0.113.9:23 S seq=1"]
//!
//! [when]
//! proto          = "tcp"
//! tcp_flags      = "S"
//! tcp_seq_is_dst = true
//! ```
//!
//! **Invariant:** a [`Signature`] that was read has an id fit for a word column, a source, and
//! examples on both sides; whether the examples hold is a test (`tests/signatures.rs`).

use std::fs;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use crate::category::Category;
use crate::error::DetectError;
use crate::when::When;

/// The longest signature file, in bytes.
pub const FILE_BYTES_MAX: u64 = 65_536;

/// The most signatures that can be used at once.
pub const SIGNATURES_MAX: usize = 256;

/// The longest id or tag, in bytes.
pub const NAME_BYTES_MAX: usize = 40;

/// How far one match can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The rule follows from the tool's own text or code and is seldom met by chance.
    Exact,
    /// A shape that others may share: a hint, to be confirmed over several packets.
    Weak,
}

/// What a match says about a UDP packet whose own bits say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The packet asks.
    Request,
    /// The packet answers.
    Response,
}

/// One signature as its file says it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Its name: that of the file.
    pub id: String,
    /// The tag it gives; its id when not said. Several signatures may give the same tag.
    #[serde(default)]
    pub tag: String,
    /// What it finds, in one English phrase.
    pub title: String,
    /// The same in Japanese.
    pub title_ja: String,
    /// Its kind, in tables that count by kind.
    #[serde(default)]
    pub category: Category,
    /// How far one match can be trusted.
    pub confidence: Confidence,
    /// Whether a match says that a UDP packet asks or answers.
    #[serde(default)]
    pub evidence: Option<Evidence>,
    /// First month in which the tool was so, `2013-08`; does not take part in matching.
    #[serde(default)]
    pub since: Option<String>,
    /// Last month in which the tool was so; copies live on, so it does not take part in matching.
    #[serde(default)]
    pub until: Option<String>,
    /// Where the rule was taken from.
    pub sources: Vec<String>,
    /// What makes it wrong, when something is known to.
    #[serde(default)]
    pub caution: Option<String>,
    /// Packets that must match, in the notation of `notation`.
    pub matches: Vec<String>,
    /// Packets that look alike and must not.
    pub misses: Vec<String>,
    /// The conditions.
    pub when: When,
    /// The text as it was read, for the edition.
    #[serde(skip)]
    pub text: String,
}

impl Signature {
    /// Reads a signature; `id` is the file name without `.toml`.
    pub fn parse(id: &str, text: &str) -> Result<Signature, DetectError> {
        let mut signature: Signature = toml::from_str(text)
            .map_err(|error| DetectError::Form { id: id.to_string(), reason: error.to_string() })?;
        signature.text = text.to_string();
        if signature.tag.is_empty() {
            signature.tag = signature.id.clone();
        }
        signature.check(id).map_err(|reason| DetectError::Content { id: id.to_string(), reason })?;
        Ok(signature)
    }

    /// Reads every `*.toml` of a folder, in the order of their names.
    pub fn read_folder(folder: &Path) -> Result<Vec<Signature>, DetectError> {
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |source| DetectError::Io { path, source }
        };
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let path = entry.map_err(failed(folder))?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                paths.push(path);
            }
            if paths.len() > SIGNATURES_MAX {
                let what = "signature files in one folder";
                return Err(DetectError::TooMany { what, count: paths.len(), max: SIGNATURES_MAX });
            }
        }
        paths.sort();
        let mut signatures = Vec::with_capacity(paths.len());
        for path in paths {
            let mut text = String::new();
            let file = fs::File::open(&path).map_err(failed(&path))?;
            file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(failed(&path))?;
            if text.len() as u64 > FILE_BYTES_MAX {
                return Err(DetectError::TooLong { path, max_bytes: FILE_BYTES_MAX });
            }
            let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            signatures.push(Signature::parse(&id, &text)?);
        }
        Ok(signatures)
    }

    /// Adds signatures of the user's own; one with the id of a known signature takes its place.
    pub fn merge(known: Vec<Signature>, own: Vec<Signature>) -> Vec<Signature> {
        let mut merged = known;
        for signature in own {
            match merged.iter_mut().find(|other| other.id == signature.id) {
                Some(place) => *place = signature,
                None => merged.push(signature),
            }
        }
        merged
    }

    fn check(&self, file: &str) -> Result<(), String> {
        if self.id != file {
            return Err(format!("its id is `{}`; it must be the name of the file", self.id));
        }
        for name in [&self.id, &self.tag] {
            let kebab = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
            if !kebab || name.is_empty() || name.len() > NAME_BYTES_MAX {
                return Err(format!(
                    "`{name}` is not a name; write at most {NAME_BYTES_MAX} of a-z, 0-9 and hyphen"
                ));
            }
        }
        for (field, value) in [("title", &self.title), ("title_ja", &self.title_ja)] {
            if value.trim().is_empty() || value.contains('\n') {
                return Err(format!("`{field}` is empty or longer than a line"));
            }
        }
        if self.sources.is_empty() || self.matches.is_empty() || self.misses.is_empty() {
            return Err("a signature needs at least one of each: sources, matches, misses".to_string());
        }
        for month in [&self.since, &self.until].into_iter().flatten() {
            let is_month = match month.split_once('-') {
                Some((year, month)) => {
                    year.len() == 4
                        && year.parse::<u16>().is_ok()
                        && month.len() == 2
                        && month.parse::<u8>().is_ok_and(|month| (1..=12).contains(&month))
                }
                None => false,
            };
            if !is_month {
                return Err(format!("`{month}` is not a month; write it as 2013-08"));
            }
        }
        if self.evidence.is_some() && self.when.proto != Some(crate::when::Proto::Udp) {
            return Err("`evidence` is for UDP only; write proto = \"udp\" or take it away".to_string());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
id = "x"
title = "X"
title_ja = "X"
confidence = "weak"
sources = ["here"]
matches = ["tcp 198.51.100.7:1 > 203.0.113.9:2 S"]
misses = ["tcp 198.51.100.7:1 > 203.0.113.9:2 A"]
[when]
tcp_flags = "S"
"#;

    #[test]
    fn a_signature_without_a_tag_gives_its_id() {
        assert_eq!(Signature::parse("x", GOOD).unwrap().tag, "x");
    }

    #[test]
    fn a_signature_that_says_too_little_or_too_much_is_refused() {
        for (from, to, says) in [
            ("\"x\"", "\"y\"", "the name of the file"),
            ("tcp_flags", "tcp_flag", "unknown field"),
            ("confidence = \"weak\"", "confidence = \"sure\"", "unknown variant"),
            ("sources = [\"here\"]", "sources = []", "at least one of each"),
            ("title = \"X\"", "title = \" \"", "is empty"),
            ("title_ja", "since = \"2013\"\ntitle_ja", "not a month"),
            ("title_ja", "evidence = \"request\"\ntitle_ja", "for UDP only"),
            ("title_ja", "tag = \"A b\"\ntitle_ja", "not a name"),
            ("[when]", "[when", "cannot be read"),
        ] {
            let error = Signature::parse("x", &GOOD.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(says), "{to}: {error}");
        }
    }

    #[test]
    fn a_folder_is_read_in_the_order_of_its_names_and_replaces_what_is_known() {
        let folder = tempfile::tempdir().unwrap();
        for id in ["b", "a"] {
            std::fs::write(
                folder.path().join(format!("{id}.toml")),
                GOOD.replace("\"x\"", &format!("{id:?}")),
            )
            .unwrap();
        }
        std::fs::write(folder.path().join("notes.txt"), "not a signature").unwrap();
        let own = Signature::read_folder(folder.path()).unwrap();
        let ids: Vec<&str> = own.iter().map(|signature| signature.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        let known =
            Signature::parse("a", &GOOD.replace("\"x\"", "\"a\"").replace("\"X\"", "\"old\"")).unwrap();
        let merged = Signature::merge(vec![known], own);
        assert_eq!((merged.len(), merged[0].title.as_str()), (2, "X"));
    }

    #[test]
    fn a_folder_or_file_that_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Signature::read_folder(&folder.path().join("none")).unwrap_err().to_string();
        assert!(missing.contains("cannot read") && missing.contains("none"), "{missing}");
        let long = vec![b'#'; FILE_BYTES_MAX as usize + 1];
        std::fs::write(folder.path().join("long.toml"), long).unwrap();
        let error = Signature::read_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains("long.toml is longer than 65536 bytes"), "{error}");
    }
}
