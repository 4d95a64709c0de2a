//! One record of the CVE programme, JSON 5.x; folders hold one a file.
//!
//! **Invariant:** only a published record becomes a vulnerability; a rejected one is taken back.

use serde::Deserialize;

use super::{Loaded, Taken};
use crate::json;
use crate::record::{Kind, Record, cve_id, day_at, product_key, product_of_cpe};
use crate::source::Source;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    cve_metadata: Metadata,
    containers: Containers,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    cve_id: String,
    state: String,
    #[serde(default)]
    date_published: String,
    #[serde(default)]
    date_updated: String,
}

#[derive(Deserialize)]
struct Containers {
    cna: Container,
    #[serde(default)]
    adp: Vec<Container>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Container {
    title: String,
    descriptions: Vec<Text>,
    affected: Vec<Affected>,
    metrics: Vec<Metric>,
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Text {
    lang: String,
    value: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Affected {
    vendor: String,
    product: String,
    cpes: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metric {
    #[serde(rename = "cvssV4_0")]
    v4: Option<Score>,
    #[serde(rename = "cvssV3_1")]
    v31: Option<Score>,
    #[serde(rename = "cvssV3_0")]
    v30: Option<Score>,
    #[serde(rename = "cvssV2_0")]
    v2: Option<Score>,
    other: Option<Other>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Score {
    base_score: f64,
}

/// What CISA adds: `kev` with the day it was added, `ssvc` with what is known of exploitation.
#[derive(Deserialize)]
struct Other {
    #[serde(rename = "type")]
    kind: String,
    content: serde_json::Value,
}

#[derive(Deserialize)]
struct Reference {
    url: String,
}

pub(super) fn read(bytes: &[u8]) -> Loaded {
    let mut loaded = Loaded::of(Source::Cve);
    loaded.name = Some("cve".to_string());
    let metadata = json::member(bytes, "cveMetadata").ok().flatten().unwrap_or_default();
    let read = serde_json::from_slice::<File>(bytes).map_err(|error| error.to_string()).and_then(|file| {
        loaded.date = day_at(&file.cve_metadata.date_updated).or(day_at(&file.cve_metadata.date_published));
        taken(file)
    });
    loaded.take(0, metadata, "cveId", read);
    loaded
}

fn taken(file: File) -> Result<Taken, String> {
    let metadata = file.cve_metadata;
    let id = cve_id(&metadata.cve_id).ok_or_else(|| format!("`{}` is no CVE number", metadata.cve_id))?;
    match metadata.state.as_str() {
        "PUBLISHED" => {}
        "REJECTED" => return Ok(Taken::Withdrawn(id)),
        other => return Err(format!("its state `{other}` is neither PUBLISHED nor REJECTED")),
    }
    let in_language = |container: &Container, lang: &str| {
        let found = container.descriptions.iter().find(|text| text.lang.starts_with(lang));
        found.map(|text| text.value.clone()).unwrap_or_default()
    };
    let text = in_language(&file.containers.cna, "en");
    let title = match file.containers.cna.title.is_empty() {
        true => text.split(". ").next().unwrap_or_default().to_string(),
        false => file.containers.cna.title.clone(),
    };
    let mut record = Record {
        title,
        title_ja: in_language(&file.containers.cna, "ja"),
        text,
        published: day_at(&metadata.date_published),
        modified: day_at(&metadata.date_updated),
        ..Record::of(Kind::Vulnerability, id)
    };
    for container in std::iter::once(file.containers.cna).chain(file.containers.adp) {
        for affected in container.affected {
            record
                .products
                .extend(product_key(&affected.vendor, &affected.product).filter(|key| key != "n/a:n/a"));
            record.products.extend(affected.cpes.iter().filter_map(|cpe| product_of_cpe(cpe)));
        }
        record.references.extend(container.references.into_iter().map(|one| one.url));
        for metric in container.metrics {
            let score = metric.v4.or(metric.v31).or(metric.v30).or(metric.v2);
            record.cvss = record.cvss.or(score.map(|score| score.base_score));
            let text = |other: &Other, key: &str| {
                other.content.get(key).and_then(serde_json::Value::as_str).and_then(day_at)
            };
            if let Some(other) = metric.other {
                match other.kind.as_str() {
                    "kev" => record.kev = record.kev.or(text(&other, "dateAdded")),
                    "ssvc" if is_exploited(&other.content) => {
                        record.exploit = record.exploit.or(text(&other, "timestamp"));
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(Taken::Record(Box::new(record)))
}

/// Whether CISA's decision says that an exploit is public or in use.
fn is_exploited(content: &serde_json::Value) -> bool {
    let options = content.get("options").and_then(serde_json::Value::as_array);
    let word = |option: &serde_json::Value| {
        option.get("Exploitation").and_then(|word| word.as_str().map(str::to_string))
    };
    options
        .into_iter()
        .flatten()
        .filter_map(word)
        .any(|word| word.eq_ignore_ascii_case("poc") || word.eq_ignore_ascii_case("active"))
}
