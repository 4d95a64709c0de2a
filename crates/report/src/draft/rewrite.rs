//! A draft's file written anew with other texts: whatever else a person wrote into it stays.
//!
//! Entries of texts, active ones and those that stand as comments, are taken out line by line and written again
//! behind the rest; a comment of a person stays where it was.
//!
//! **Invariant:** the file that comes out reads as the one that went in, but for its texts: it is read back, and
//! refused when it does not.

use super::file::{entry, quoted};
use super::{Edit, paragraphs};
use crate::definition::Definition;
use crate::document::Document;

/// Keys of an entry.
const KEYS: [&str; 5] = ["at", "after", "ja", "en", "was"];
/// What opens an entry.
const OPENING: &str = "[[text]]";

/// The draft with these texts instead of its own; `ja` and `en` are the documents without any.
///
/// # Errors
/// When the file is written in a way that only a person can change: what to do.
pub fn rewrite(text: &str, edits: &[Edit], ja: &Document, en: &Document) -> Result<String, String> {
    let before = Definition::parse(text)?;
    let mut written = without_texts(text);
    let mut ordered: Vec<Edit> = Vec::new();
    let english = paragraphs(en);
    for paragraph in paragraphs(ja) {
        let own: Vec<&Edit> = edits.iter().filter(|edit| edit.place == paragraph.place).collect();
        if !own.iter().any(|edit| edit.replaces) {
            let same = english.iter().find(|other| other.place == paragraph.place);
            written.push_str(&entry(&paragraph, same));
        }
        own.iter().for_each(|edit| written.push_str(&active(edit)));
        ordered.extend(own.into_iter().cloned());
    }
    // A text whose paragraph is gone is not thrown away: the check names it.
    let lost: Vec<Edit> = edits.iter().filter(|edit| !ordered.contains(edit)).cloned().collect();
    lost.iter().for_each(|edit| written.push_str(&active(edit)));
    ordered.extend(lost);
    let after = Definition::parse(&written)?;
    let is_kept = after.edits()? == ordered && rest(&after) == rest(&before);
    if is_kept { Ok(written) } else { Err(BY_HAND.to_string()) }
}

/// The draft with another value of a key at its head.
///
/// # Errors
/// As [`rewrite`].
pub fn set(text: &str, key: &str, value: &str) -> Result<String, String> {
    let line = format!("{key} = {}", quoted(value));
    let is_own = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
    let mut lines: Vec<&str> = text.lines().collect();
    let end = lines.iter().position(|line| line.trim_start().starts_with('[')).unwrap_or(lines.len());
    match lines[..end].iter().position(|line| is_own(line)) {
        Some(at) => lines[at] = &line,
        None => {
            let first = lines.iter().position(|line| !line.starts_with('#') && !line.trim().is_empty());
            lines.insert(first.unwrap_or(lines.len()), &line);
        }
    }
    let written = format!("{}\n", lines.join("\n"));
    let (before, after) = (Definition::parse(text)?, Definition::parse(&written)?);
    let head = |of: &Definition| match key {
        "issued" => Some(Definition { issued: None, ..of.clone() }),
        "tlp" => Some(Definition { tlp: None, ..of.clone() }),
        _ => None,
    };
    let is_set = match key {
        "issued" => after.issued.as_deref() == Some(value),
        _ => after.tlp.as_deref() == Some(value),
    };
    let is_kept = is_set && head(&after).is_some() && head(&after) == head(&before);
    if is_kept { Ok(written) } else { Err(BY_HAND.to_string()) }
}

const BY_HAND: &str = "this draft is written in a way that only a person can change: open the file in an editor, and \
                       write each text as an entry `[[text]]` of its own with its keys on one line each";

fn rest(definition: &Definition) -> Definition {
    Definition { text: Vec::new(), ..definition.clone() }
}

fn active(edit: &Edit) -> String {
    let place = if edit.replaces { "at" } else { "after" };
    let mut text = format!(
        "\n{OPENING}\n{place} = {}\nja = {}\nen = {}\n",
        quoted(&edit.place),
        quoted(&edit.text.ja),
        quoted(&edit.text.en)
    );
    if !edit.was.is_empty() {
        text.push_str(&format!("was = {}\n", quoted(&edit.was)));
    }
    text
}

/// Where a line stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Outside of entries.
    Rest,
    /// In an entry.
    Entry,
    /// In an entry that is a comment.
    Comment,
}

/// The lines of a draft outside of its entries of texts.
fn without_texts(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut inside = Inside::Rest;
    // The quotes that end a text of several lines which is open.
    let mut open: Option<&str> = None;
    for line in text.lines() {
        let bare = line.trim();
        let comment = bare.strip_prefix('#').map(str::trim);
        let was_open = open.is_some();
        if comment.is_none() || was_open {
            open = quotes(line, open);
        }
        if !was_open {
            inside = match (inside, comment) {
                (_, None) if bare == OPENING => Inside::Entry,
                (_, Some(OPENING)) => Inside::Comment,
                (Inside::Entry, None) if bare.starts_with('[') => Inside::Rest,
                (Inside::Comment, Some(said)) if is_key(said) => Inside::Comment,
                (Inside::Comment, _) => Inside::Rest,
                (before, _) => before,
            };
        }
        let is_remark = inside == Inside::Entry && comment.is_some() && !was_open;
        if inside == Inside::Rest || is_remark {
            kept.push(line);
        }
    }
    format!("{}\n", kept.join("\n").trim_end())
}

fn is_key(said: &str) -> bool {
    said.split_once('=').is_some_and(|(key, _)| KEYS.contains(&key.trim()))
}

/// The quotes that are open at the end of a line.
fn quotes<'a>(line: &str, mut open: Option<&'a str>) -> Option<&'a str> {
    let mut rest = line;
    loop {
        let next = match open {
            Some(own) => rest.find(own).map(|at| (at, own)),
            None => ["\"\"\"", "'''"]
                .into_iter()
                .filter_map(|own| rest.find(own).map(|at| (at, own)))
                .min_by_key(|(at, _)| *at),
        };
        let Some((at, own)) = next else { return open };
        open = if open.is_some() { None } else { Some(own) };
        rest = &rest[at + 3..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_taken_out_and_remarks_stay() {
        let text = "# mine\nkind = \"monthly\"\n\n# [[text]]\n# at = \"a/1\"\n# ja = \"x\"\n\n[[text]]\nat = \"a/2\"\n\
                    # why I wrote it\nja = \"\"\"\n[[notice]]\n# no remark\n\"\"\"\nen = \"y\"\n\n[[notice]]\nja = '''\n[[text]]\n'''\n\
                    en = \"z\"\n# the end\n";
        assert_eq!(
            without_texts(text),
            "# mine\nkind = \"monthly\"\n\n\n# why I wrote it\n[[notice]]\nja = '''\n[[text]]\n'''\nen = \"z\"\n# the end\n"
        );
    }

    #[test]
    fn a_key_at_the_head_is_set_and_nothing_else() {
        let text = "# a draft\nkind = \"monthly\"\nissued = \"2014-07-01\"\n\n[[phenomenon]]\nid = \"x\"\n";
        assert_eq!(set(text, "issued", "2014-08-01").unwrap(), text.replace("07-01", "08-01"));
        assert_eq!(set(text, "tlp", "red").unwrap(), text.replace("kind", "tlp = \"red\"\nkind"));
        for hostile in ["x\"\nform = \"public", "a\nb"] {
            let set = set(text, "issued", hostile).unwrap();
            assert_eq!(Definition::parse(&set).unwrap().issued.as_deref(), Some(hostile));
        }
        let inside = "issued = '''\n2014'''\n";
        assert!(set(inside, "issued", "2014-08-01").is_err(), "a text of several lines is left to a person");
        assert!(set(text, "form", "public").is_err());
    }
}
