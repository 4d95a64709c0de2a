//! Galaxy clusters of MISP: botnets, malware, back doors, remote-access tools, tools, techniques.
//!
//! **Invariant:** the type of a cluster says what its values are; one of a type that is not known here is malware only when its name says so.

use serde::Deserialize;

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

/// A text as the name of an edition.
pub(crate) fn slug(text: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let text: String = text.chars().map(plain).collect();
    let words: Vec<&str> = text.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(60).collect::<String>().trim_end_matches('-').to_string()
}
