//! Every tag that a set of signatures can give, with its titles: for lists, help and reports.
//!
//! A tag that several signatures give takes its titles and its category from the one whose id it is.
//!
//! **Invariant:** tags stand in alphabetical order, each once.

use crate::category::Category;
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
    /// Its kind.
    pub category: Category,
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
            let (name, category, signatures) = (signature.tag.clone(), signature.category, Vec::new());
            tags.insert(place, Tag { name, title, title_ja, category, signatures });
        }
        let tag = &mut tags[place];
        if signature.id == signature.tag {
            tag.title.clone_from(&signature.title);
            tag.title_ja.clone_from(&signature.title_ja);
            tag.category = signature.category;
        }
        tag.signatures.push(signature.id.clone());
    }
    tags
}
