//! Galaxy clusters of MISP: botnets, malware, back doors, remote-access tools, tools, techniques.
//!
//! **Invariant:** the type of a cluster says what its values are; one of a type that is not known here is malware only when its name says so.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use teiten_model::hex::hex;

use super::{Loaded, Taken};
use crate::json::{self, Torn};
use crate::record::{Kind, Record, day_at};
use crate::source::Source;

#[derive(Deserialize)]
struct Cluster {
    value: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    synonyms: Many,
    refs: Many,
    external_id: Many,
    date: Many,
}

/// A text, or several.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Many {
    #[default]
    None,
    One(String),
    Several(Vec<String>),
}

impl Many {
    fn all(self) -> Vec<String> {
        match self {
            Many::None => Vec::new(),
            Many::One(text) => vec![text],
            Many::Several(texts) => texts,
        }
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Loaded, Torn> {
    let mut loaded = Loaded::of(Source::Galaxy);
    let kind_word = json::text_member(bytes, "type").unwrap_or_default();
    loaded.name = Some(slug(kind_word));
    let kind = match kind_word {
        "tool" | "mitre-tool" | "exploit-kit" => Kind::Tool,
        "mitre-attack-pattern" => Kind::Technique,
        _ => Kind::Malware,
    };
    let list = json::member(bytes, "values")?.unwrap_or_default();
    for (place, part) in json::elements(list)?.into_iter().enumerate() {
        let read = serde_json::from_slice::<Cluster>(part).map_err(|error| error.to_string());
        loaded.take(place, part, "value", read.and_then(|cluster| taken(kind, cluster)));
    }
    Ok(loaded)
}

fn taken(kind: Kind, cluster: Cluster) -> Result<Taken, String> {
    if cluster.value.trim().is_empty() {
        return Err("it has no name".to_string());
    }
    let mut names = cluster.meta.synonyms.all();
    names.extend(cluster.meta.external_id.all());
    Ok(Taken::Record(Box::new(Record {
        title: cluster.value.clone(),
        text: cluster.description,
        names,
        references: cluster.meta.refs.all(),
        published: cluster.meta.date.all().first().and_then(|date| day_at(date)),
        ..Record::of(kind, cluster.value)
    })))
}

/// A text as the name of an edition: a word of ASCII; of a text that has no letter of it, digits that are its own.
pub(crate) fn slug(whole: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let text: String = whole.chars().map(plain).collect();
    let words: Vec<&str> = text.split('-').filter(|word| !word.is_empty()).collect();
    let slug = words.join("-").chars().take(60).collect::<String>().trim_end_matches('-').to_string();
    match slug.is_empty() {
        // Two lists with Japanese names are two lists.
        true => format!("list-{}", hex(&Sha256::digest(whole.as_bytes())[..4])),
        false => slug,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_makes_a_name_and_others_make_others() {
        assert_eq!(slug("List of Known Scanners!"), "list-of-known-scanners");
        let names = ["", "-", "一覧", "別の一覧"].map(slug);
        for (place, name) in names.iter().enumerate() {
            let is_plain = |byte: u8| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
            assert!(name.len() > 5 && name.bytes().all(is_plain), "{name}");
            assert!(!names[..place].contains(name), "{name}");
        }
    }
}
