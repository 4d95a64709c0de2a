//! Bundles of STIX 2.1 (OASIS, 2021): vulnerabilities, malware, tools, techniques, indicators, and what ties them.
//!
//! A relationship from malware or a tool to a vulnerability gives the former its number; the pattern of an indicator gives
//! the destination ports that it compares with.
//!
//! **Invariant:** a revoked object is taken back.

use std::collections::BTreeMap;

use serde::Deserialize;
use teiten_model::protocols::{TCP, UDP};

use super::{Loaded, Skip, Taken};
use crate::json::{self, Torn};
use crate::record::{Kind, PortRange, Record, cve_id, day_at};
use crate::source::Source;

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    created: String,
    #[serde(default)]
    modified: String,
    #[serde(default)]
    valid_from: String,
    #[serde(default)]
    revoked: bool,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    external_references: Vec<External>,
    #[serde(default)]
    pattern: String,
    #[serde(default)]
    source_ref: String,
    #[serde(default)]
    target_ref: String,
}

#[derive(Deserialize)]
struct External {
    source_name: String,
    #[serde(default)]
    external_id: String,
    #[serde(default)]
    url: String,
}

pub(super) fn read(bytes: &[u8]) -> Result<Loaded, Torn> {
    let mut loaded = Loaded::of(Source::Stix);
    loaded.name = Some("stix".to_string());
    let list = json::member(bytes, "objects")?.unwrap_or_default();
    let mut ties = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (place, part) in json::elements(list)?.into_iter().enumerate() {
        let read = serde_json::from_slice::<Object>(part).map_err(|error| error.to_string());
        let read = read.and_then(|object| {
            loaded.date = loaded.date.max(day_at(&object.modified));
            if object.kind == "relationship" {
                ties.push((object.source_ref, object.target_ref));
                return Ok(Taken::Nothing);
            }
            let id = object.id.clone();
            let taken = taken(object)?;
            if matches!(taken, Taken::Record(_)) {
                places.insert(id, loaded.records.len());
            }
            Ok(taken)
        });
        loaded.take(place, part, "id", read);
    }
    for (from, to) in ties {
        let (Some(from), Some(to)) = (places.get(&from), places.get(&to)) else { continue };
        if loaded.records[*to].kind == Kind::Vulnerability
            && loaded.records[*from].kind != Kind::Vulnerability
        {
            let id = loaded.records[*to].id.clone();
            loaded.records[*from].cves.push(id);
        }
    }
    let tidied = std::mem::take(&mut loaded.records).into_iter().map(Record::tidy);
    loaded.records = tidied.collect();
    // Two objects of one name would be one record.
    let mut seen = std::collections::BTreeSet::new();
    let records = std::mem::take(&mut loaded.records);
    for record in records {
        match seen.insert(record.id.clone()) {
            true => loaded.records.push(record),
            false => loaded.skipped.push(Skip { record: record.id, reason: "it is there twice".to_string() }),
        }
    }
    Ok(loaded)
}

fn taken(object: Object) -> Result<Taken, String> {
    let kind = match object.kind.as_str() {
        "vulnerability" => Kind::Vulnerability,
        "malware" => Kind::Malware,
        "tool" => Kind::Tool,
        "attack-pattern" => Kind::Technique,
        "indicator" => Kind::Indicator,
        _ => return Ok(Taken::Nothing),
    };
    let cve = object
        .external_references
        .iter()
        .filter(|external| external.source_name.eq_ignore_ascii_case("cve"))
        .find_map(|external| cve_id(&external.external_id))
        .or_else(|| cve_id(&object.name));
    let name = Some(object.name.clone()).filter(|name| !name.is_empty());
    let id = match kind {
        Kind::Vulnerability => cve.or(name).ok_or("a vulnerability without number and name")?,
        Kind::Indicator => object.id,
        _ => name.ok_or("it has no name")?,
    };
    if object.revoked {
        return Ok(Taken::Withdrawn(id));
    }
    let mut names = object.aliases;
    names.extend(object.external_references.iter().map(|external| external.external_id.clone()));
    Ok(Taken::Record(Box::new(Record {
        title: object.name,
        text: object.description,
        names,
        ports: ports_of(&object.pattern),
        published: day_at(&object.valid_from).or(day_at(&object.created)),
        modified: day_at(&object.modified),
        references: object.external_references.into_iter().map(|external| external.url).collect(),
        ..Record::of(kind, id)
    })))
}

/// The destination ports a pattern compares with: TCP, unless it names UDP.
fn ports_of(pattern: &str) -> Vec<PortRange> {
    let proto = if pattern.to_ascii_lowercase().contains("'udp'") { UDP } else { TCP };
    let numbers = pattern.match_indices("dst_port").filter_map(|(place, word)| {
        let rest = pattern[place + word.len()..].trim_start().strip_prefix('=')?.trim_start();
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    numbers.filter_map(|port| PortRange::of(proto, port, port)).collect()
}
