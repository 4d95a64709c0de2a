//! Answers of the API 2.0 of the National Vulnerability Database.
//!
//! **Invariant:** a rejected number is taken back, never kept as a vulnerability.

use serde::Deserialize;

use super::{Loaded, Taken};
use crate::json::{self, Torn};
use crate::record::{Kind, Record, cve_id, day_at, product_of_cpe};
use crate::source::Source;

#[derive(Deserialize)]
struct Item {
    cve: Cve,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cve {
    id: String,
    published: String,
    last_modified: String,
    #[serde(default)]
    vuln_status: String,
    #[serde(default)]
    cisa_exploit_add: String,
    #[serde(default)]
    cisa_vulnerability_name: String,
    #[serde(default)]
    descriptions: Vec<Text>,
    #[serde(default)]
    metrics: Metrics,
    #[serde(default)]
    configurations: Vec<Configuration>,
    #[serde(default)]
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Text {
    lang: String,
    value: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metrics {
    cvss_metric_v40: Vec<Metric>,
    cvss_metric_v31: Vec<Metric>,
    cvss_metric_v30: Vec<Metric>,
    cvss_metric_v2: Vec<Metric>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    cvss_data: Score,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Score {
    base_score: f64,
}

#[derive(Deserialize)]
struct Configuration {
    #[serde(default)]
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    #[serde(default)]
    cpe_match: Vec<Match>,
}

#[derive(Deserialize)]
struct Match {
    vulnerable: bool,
    criteria: String,
}

#[derive(Deserialize)]
struct Reference {
    url: String,
    #[serde(default)]
    tags: Vec<String>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Loaded, Torn> {
    let mut loaded = Loaded::of(Source::Nvd);
    loaded.name = Some("nvd".to_string());
    loaded.date = json::text_member(bytes, "timestamp").and_then(day_at);
    let list = json::member(bytes, "vulnerabilities")?.unwrap_or_default();
    for (place, part) in json::elements(list)?.into_iter().enumerate() {
        let read = serde_json::from_slice::<Item>(part).map_err(|error| error.to_string());
        let named = json::member(part, "cve").ok().flatten().unwrap_or(part);
        loaded.take(place, named, "id", read.and_then(|item| taken(item.cve)));
    }
    Ok(loaded)
}

fn taken(cve: Cve) -> Result<Taken, String> {
    let id = cve_id(&cve.id).ok_or_else(|| format!("`{}` is no CVE number", cve.id))?;
    if cve.vuln_status.eq_ignore_ascii_case("rejected") {
        return Ok(Taken::Withdrawn(id));
    }
    let day = |text: &str| day_at(text).ok_or_else(|| format!("`{text}` is no moment"));
    let in_language = |lang: &str| {
        let found = cve.descriptions.iter().find(|text| text.lang == lang);
        found.map(|text| text.value.clone()).unwrap_or_default()
    };
    let metrics = [
        &cve.metrics.cvss_metric_v40,
        &cve.metrics.cvss_metric_v31,
        &cve.metrics.cvss_metric_v30,
        &cve.metrics.cvss_metric_v2,
    ];
    let text = in_language("en");
    let title = match cve.cisa_vulnerability_name.is_empty() {
        true => text.split(". ").next().unwrap_or_default().to_string(),
        false => cve.cisa_vulnerability_name.clone(),
    };
    let matches = cve.configurations.iter().flat_map(|one| &one.nodes).flat_map(|node| &node.cpe_match);
    let published = day(&cve.published)?;
    // A reference that is marked as an exploit has no day of its own; it is known of by the day of the last change.
    Ok(Taken::Record(Box::new(Record {
        title,
        title_ja: in_language("ja"),
        text,
        products: matches
            .filter(|entry| entry.vulnerable)
            .filter_map(|entry| product_of_cpe(&entry.criteria))
            .collect::<std::collections::BTreeSet<String>>()
            .into_iter()
            .collect(),
        published: Some(published),
        modified: Some(day(&cve.last_modified)?),
        kev: day_at(&cve.cisa_exploit_add),
        cvss: metrics.into_iter().find_map(|metric| metric.first()).map(|metric| metric.cvss_data.base_score),
        references: {
            let mut references = cve.references;
            references.sort_by_key(|one| !one.tags.iter().any(|tag| tag == "Exploit"));
            references.into_iter().map(|one| one.url).collect()
        },
        ..Record::of(Kind::Vulnerability, id)
    })))
}
