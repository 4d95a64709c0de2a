//! Every tag that a set of signatures can give, with its titles: for lists, help and reports.
//!
//! A tag that several signatures give takes its titles from the one whose id it is.
//!
//! **Invariant:** tags stand in alphabetical order, each once.

use crate::signature::Signature;

/// A tag and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The word in the column `tags`.
    pub name: String,
    /// What it means, in English.
    pub title: String,
    /// What it means, in Japanese.
    pub title_ja: String,
    /// The signatures that give it, by id.
    pub signatures: Vec<String>,
}

/// The tags of a set of signatures.
pub fn tags_of(signatures: &[Signature]) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    for signature in signatures {
        let place = tags.partition_point(|tag| tag.name < signature.tag);
        if tags.get(place).is_none_or(|tag| tag.name != signature.tag) {
            let (title, title_ja) = (signature.title.clone(), signature.title_ja.clone());
            tags.insert(place, Tag { name: signature.tag.clone(), title, title_ja, signatures: Vec::new() });
        }
        let tag = &mut tags[place];
        if signature.id == signature.tag {
            tag.title.clone_from(&signature.title);
            tag.title_ja.clone_from(&signature.title_ja);
        }
        tag.signatures.push(signature.id.clone());
    }
    tags
}
