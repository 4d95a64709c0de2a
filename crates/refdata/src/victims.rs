//! What kind of thing is attacked: a table of zones, AS and networks that anybody can edit.
//!
//! Ours comes with the program (`data/victims.toml`); an operator's own file is laid over it, may name more kinds,
//! and goes first. An entry says by what it tells a victim (`domain`, `label`, `as` or `prefix`), which kind that is,
//! where that is written and of which day it is. Within a table the most specific entry counts: the longest prefix
//! before the AS, the longest domain before a label, of labels the first.
//!
//! A `label` is a pattern with `*` that one label of the zone fulfils whole; it tells what the name says, no more.
//! A victim without an entry is of no known kind: that says nothing about it.
//!
//! **Invariant:** a table with a wrong entry is refused whole, with the line and what to do.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::Deserialize;
use teiten_model::address::Prefix;
use teiten_model::domain_name;
use toml::Spanned;

use crate::edition::parse_day;
use crate::error::{RefdataError, Result};

/// Most entries of one table.
pub const ENTRIES_MAX: usize = 100_000;
/// The name of our table in messages.
const OWN: &str = "victims.toml";

/// A kind of victims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The word in answers.
    pub id: String,
    /// Name in Japanese.
    pub ja: String,
    /// Name in English.
    pub en: String,
}

/// By what an entry tells a victim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Domain(String),
    Label(String),
    As(u32),
    Prefix(Prefix),
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    key: Key,
    /// Place in [`VictimKinds::kinds`].
    kind: usize,
    source: String,
    date: String,
    /// 0 of our table, 1 of the operator's.
    rank: u8,
}

/// What is known of a victim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// Its kind.
    pub kind: &'a Kind,
    entry: &'a Entry,
}

impl Found<'_> {
    /// The entry that tells it: by what, from where, of which day.
    pub fn told_by(&self) -> String {
        let key = match &self.entry.key {
            Key::Domain(domain) => format!("domain {domain}"),
            Key::Label(label) => format!("label {label}"),
            Key::As(number) => format!("AS{number}"),
            Key::Prefix(prefix) => format!("prefix {prefix}"),
        };
        format!("{key}, {}, {}", self.entry.source, self.entry.date)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    kind: Vec<Spanned<KindRow>>,
    #[serde(default)]
    victim: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindRow {
    id: String,
    ja: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: Spanned<String>,
    domain: Option<Spanned<String>>,
    label: Option<Spanned<String>>,
    r#as: Option<Spanned<i64>>,
    prefix: Option<Spanned<String>>,
    source: Spanned<String>,
    date: Spanned<String>,
}

/// The table, and the operator's over it.
#[derive(Debug, Clone, Default)]
pub struct VictimKinds {
    kinds: Vec<Kind>,
    entries: Vec<Entry>,
}

impl VictimKinds {
    /// Our table.
    ///
    /// # Errors
    /// When the table that comes with the program is wrong; a test reads it.
    pub fn own() -> Result<VictimKinds> {
        let mut table = VictimKinds::default();
        table.lay(include_str!("../data/victims.toml"), OWN, 0)?;
        Ok(table)
    }

    /// Ours, with an operator's table laid over it; `origin` names that in messages.
    ///
    /// # Errors
    /// When a line of it cannot be read, or names a kind that is nowhere.
    pub fn with(text: &str, origin: &str) -> Result<VictimKinds> {
        let mut table = VictimKinds::own()?;
        table.lay(text, origin, 1)?;
        Ok(table)
    }

    /// Every kind, ours first.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    fn lay(&mut self, text: &str, origin: &str, rank: u8) -> Result<()> {
        let wrong = |at: usize, reason: String| {
            let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            RefdataError::Entry { origin: origin.to_string(), line, reason }
        };
        let file: File = toml::from_str(text).map_err(|error| {
            let reason = error.message().trim_end_matches('.').replace('\n', ", ");
            wrong(error.span().map_or(0, |span| span.start), reason)
        })?;
        if file.victim.len() > ENTRIES_MAX {
            return Err(wrong(0, format!("more than {ENTRIES_MAX} entries: split off what is not needed")));
        }
        for row in file.kind {
            let (at, row) = (row.span().start, row.into_inner());
            let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if row.id.is_empty() || !row.id.bytes().all(is_word) || row.ja.is_empty() || row.en.is_empty() {
                let reason = "a kind has an `id` of a-z, 0-9 and hyphens, and the names `ja` and `en`";
                return Err(wrong(at, reason.to_string()));
            }
            if self.kinds.iter().any(|kind| kind.id == row.id) {
                return Err(wrong(at, format!("the kind `{}` is there already: take it out here", row.id)));
            }
            self.kinds.push(Kind { id: row.id, ja: row.ja, en: row.en });
        }
        let mut known = BTreeSet::new();
        for row in file.victim {
            let (at, row) = (row.span().start, row.into_inner());
            let Some(kind) = self.kinds.iter().position(|kind| kind.id == *row.kind.get_ref()) else {
                let known: Vec<&str> = self.kinds.iter().map(|kind| kind.id.as_str()).collect();
                let said = format!(
                    "there is no kind `{}`: there are {}; a new one is a [[kind]] with id, ja and en",
                    row.kind.get_ref().escape_debug(),
                    known.join(", ")
                );
                return Err(wrong(row.kind.span().start, said));
            };
            if parse_day(row.date.get_ref()).is_none() {
                let said = format!("`{}` is not a date: write YYYY-MM-DD", row.date.get_ref().escape_debug());
                return Err(wrong(row.date.span().start, said));
            }
            if row.source.get_ref().trim().is_empty() {
                return Err(wrong(row.source.span().start, "say where that is written".to_string()));
            }
            let key = key(&row).map_err(|(place, reason)| wrong(place.unwrap_or(at), reason))?;
            if !known.insert(key.clone()) {
                return Err(wrong(
                    at,
                    "the same victim has an entry already: take one of them out".to_string(),
                ));
            }
            let (source, date) = (row.source.into_inner(), row.date.into_inner());
            self.entries.push(Entry { key, kind, source, date, rank });
        }
        Ok(())
    }

    /// The kind of a zone, by its name.
    pub fn of_zone(&self, zone: &str) -> Option<Found<'_>> {
        let zone = zone.trim_end_matches('.').to_ascii_lowercase();
        // A label that was longer said more; a domain says more than any label.
        let weight = |entry: &Entry| match &entry.key {
            Key::Domain(domain) if domain_name::is_at_or_below(&zone, domain) => Some(1 + domain.len()),
            Key::Label(pattern) if zone.split('.').any(|label| fits(label, pattern)) => Some(0),
            _ => None,
        };
        self.best(weight)
    }

    /// The kind of an address, by its network and by the AS that originates it.
    pub fn of_address(&self, address: IpAddr, asn: Option<u32>) -> Option<Found<'_>> {
        self.best(|entry| match &entry.key {
            Key::Prefix(prefix) if prefix.contains(address) => Some(1 + usize::from(prefix.length())),
            Key::As(number) if asn == Some(*number) => Some(0),
            _ => None,
        })
    }

    /// The entry of the highest rank and weight; of equal ones the first.
    fn best(&self, weight: impl Fn(&Entry) -> Option<usize>) -> Option<Found<'_>> {
        let mut best: Option<((u8, usize), &Entry)> = None;
        for entry in &self.entries {
            let Some(weight) = weight(entry) else { continue };
            if best.is_none_or(|(most, _)| (entry.rank, weight) > most) {
                best = Some(((entry.rank, weight), entry));
            }
        }
        best.map(|(_, entry)| Found { kind: &self.kinds[entry.kind], entry })
    }
}

/// By what a row tells a victim; else where it is wrong, and how.
fn key(row: &Row) -> std::result::Result<Key, (Option<usize>, String)> {
    let one = [row.domain.is_some(), row.label.is_some(), row.r#as.is_some(), row.prefix.is_some()];
    if one.iter().filter(|is_there| **is_there).count() != 1 {
        return Err((None, "an entry has one of `domain`, `label`, `as` and `prefix`".to_string()));
    }
    if let Some(domain) = &row.domain {
        let text = domain.get_ref().trim_matches('.').to_ascii_lowercase();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if text.is_empty() || !text.bytes().all(is_plain) || text.contains("..") {
            let said = format!("`{}` is no domain: write `example.com`", domain.get_ref().escape_debug());
            return Err((Some(domain.span().start), said));
        }
        return Ok(Key::Domain(text));
    }
    if let Some(label) = &row.label {
        let text = label.get_ref().to_ascii_lowercase();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*');
        if text.bytes().filter(|byte| *byte != b'*').count() < 2 || !text.bytes().all(is_plain) {
            let said = format!(
                "`{}` is no pattern of a label: write letters and digits, and `*` for any others",
                label.get_ref().escape_debug()
            );
            return Err((Some(label.span().start), said));
        }
        return Ok(Key::Label(text));
    }
    if let Some(number) = &row.r#as {
        return match u32::try_from(*number.get_ref()) {
            Ok(asn) if asn > 0 => Ok(Key::As(asn)),
            _ => Err((Some(number.span().start), format!("{} is not the number of an AS", number.get_ref()))),
        };
    }
    let Some(prefix) = &row.prefix else { return Err((None, "an entry tells a victim".to_string())) };
    let text = prefix.get_ref();
    let wrong = || format!("`{}` is not an address or prefix: write 192.0.2.0/24", text.escape_debug());
    text.parse().map(Key::Prefix).map_err(|_| (Some(prefix.span().start), wrong()))
}

/// Whether a label fulfils a pattern whole.
fn fits(label: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| label.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_table_is_sound_and_tells_by_the_most_specific_entry() {
        let table = VictimKinds::own().expect("our table");
        let zone = |zone: &str| table.of_zone(zone).map_or("-", |found| found.kind.id.as_str());
        let cases = [
            ("cabinet.go.jp", "government"),
            ("city.example.lg.jp", "government"),
            ("u-tokyo.ac.jp", "school"),
            ("steampowered.com", "game"),
            ("notsteampowered.com", "-"),
            ("lucky-casino-88.com", "gambling"),
            ("example.com", "-"),
            ("agov", "-"),
        ];
        for (name, kind) in cases {
            assert_eq!(zone(name), kind, "{name}");
        }
        let address = |text: &str, asn| {
            let found = table.of_address(text.parse().expect("an address"), asn);
            found.map_or("-", |found| found.kind.id.as_str())
        };
        assert_eq!(address("198.41.0.4", Some(16_509)), "dns");
        assert_eq!(address("192.0.2.1", Some(16_509)), "hosting");
        assert_eq!(address("192.0.2.1", None), "-");
        assert_eq!(address("2001:503:ba3e::2:30", None), "dns");
        for kind in table.kinds() {
            assert!(!kind.ja.is_ascii() && kind.en.is_ascii(), "{}", kind.id);
        }
    }

    const OWN_FILE: &str = "[[kind]]\nid = \"harbour\"\nja = \"港湾\"\nen = \"harbour\"\n\
        [[victim]]\nkind = \"harbour\"\ndomain = \"port.example\"\nsource = \"ours\"\ndate = \"2026-11-26\"\n\
        [[victim]]\nkind = \"shop\"\nas = 16509\nsource = \"ours\"\ndate = \"2026-11-26\"\n";

    #[test]
    fn the_operators_table_goes_first() {
        let table = VictimKinds::with(OWN_FILE, "own.toml").expect("a table");
        let found = table.of_zone("www.port.example").expect("a kind");
        assert_eq!(
            (found.kind.ja.as_str(), found.told_by()),
            ("港湾", "domain port.example, ours, 2026-11-26".into())
        );
        let shop = table.of_address("192.0.2.1".parse().expect("an address"), Some(16_509));
        assert_eq!(shop.map(|found| found.kind.id.as_str()), Some("shop"));
    }

    #[test]
    fn a_wrong_entry_is_named_with_its_line_and_what_to_do() {
        let cases = [
            ("kind = \"shop\"", "kind = \"shpo\"", "own.toml:11: there is no kind `shpo`: there are "),
            (
                "domain = \"port.example\"",
                "domain = \"port example\"",
                "own.toml:7: `port example` is no domain",
            ),
            ("as = 16509", "as = 0", "own.toml:12: 0 is not the number of an AS"),
            (
                "as = 16509",
                "prefix = \"192.0.2.0/33\"",
                "own.toml:12: `192.0.2.0/33` is not an address or prefix",
            ),
            ("as = 16509", "label = \"*\"", "own.toml:12: `*` is no pattern of a label"),
            ("as = 16509", "", "own.toml:10: an entry has one of"),
            ("as = 16509", "asn = 16509", "own.toml:12: unknown field `asn`"),
            ("date = \"2026-11-26\"", "date = \"2026-13-26\"", "own.toml:9: `2026-13-26` is not a date"),
            ("id = \"harbour\"", "id = \"shop\"", "own.toml:1: the kind `shop` is there already"),
        ];
        for (from, to, expected) in cases {
            let error = VictimKinds::with(&OWN_FILE.replacen(from, to, 1), "own.toml").expect_err(to);
            assert!(error.to_string().starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_pattern_is_fulfilled_whole() {
        for (label, pattern, is_so) in [
            ("casino", "*casino*", true),
            ("mycasino88", "*casino*", true),
            ("casin", "*casino*", false),
            ("ns1", "ns*", true),
            ("dns1", "ns*", false),
            ("ab", "ab*b", false),
            ("shop", "shop", true),
        ] {
            assert_eq!(fits(label, pattern), is_so, "{label} {pattern}");
        }
    }
}
