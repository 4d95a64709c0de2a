//! JVN iPedia through MyJVN 4.0 as JSON: overviews, details as CSAF documents, and documents inside a STIX bundle.
//!
//! **Invariant:** the three forms give the same kind of record: the number of JVN iPedia, a Japanese title, CVE numbers.

use serde::Deserialize;

use super::{Loaded, Taken};
use crate::json::{self, Torn};
use crate::record::{Kind, Record, cve_id, day_at, higher, product_key, product_of_cpe};
use crate::source::Source;

#[derive(Deserialize)]
struct Overview {
    id: String,
    title: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    link: String,
    #[serde(default)]
    modified: String,
    #[serde(default)]
    public: String,
    #[serde(default)]
    created: String,
    #[serde(default)]
    references: Vec<Reference>,
    #[serde(default)]
    products: Vec<Product>,
    #[serde(default)]
    metrics: Vec<Metric>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(default)]
    summary: String,
    #[serde(default)]
    url: String,
}

#[derive(Deserialize)]
struct Product {
    #[serde(default)]
    vname: String,
    #[serde(default)]
    pname: String,
    #[serde(default)]
    product_ids: Helper,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Helper {
    cpe: String,
}

#[derive(Deserialize)]
struct Metric {
    content: Scores,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scores {
    cvss_v4: Option<Score>,
    cvss_v3: Option<Score>,
    cvss_v2: Option<Score>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Score {
    base_score: f64,
}

impl Scores {
    fn best(self) -> Option<f64> {
        self.cvss_v4.or(self.cvss_v3).or(self.cvss_v2).map(|score| score.base_score)
    }
}

#[derive(Deserialize)]
struct Csaf {
    document: Document,
    #[serde(default)]
    product_tree: Tree,
    #[serde(default)]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize)]
struct Document {
    title: String,
    tracking: Tracking,
    #[serde(default)]
    notes: Vec<Note>,
    #[serde(default)]
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Tracking {
    id: String,
    #[serde(default)]
    current_release_date: String,
    #[serde(default)]
    public_date: String,
    #[serde(default)]
    initial_release_date: String,
}

#[derive(Deserialize)]
struct Note {
    #[serde(default)]
    text: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tree {
    branches: Vec<Vendor>,
}

#[derive(Deserialize)]
struct Vendor {
    #[serde(default)]
    name: String,
    #[serde(default)]
    branches: Vec<Branch>,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default)]
    name: String,
    product: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    product_identification_helper: Helper,
}

#[derive(Deserialize)]
struct Vulnerability {
    #[serde(default)]
    cve: String,
    #[serde(default)]
    metrics: Vec<Metric>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Loaded, Torn> {
    let mut loaded = Loaded::of(Source::Jvn);
    loaded.name = Some("jvn".to_string());
    if let Some(feed) = json::member(bytes, "feed")? {
        let generator = json::member(feed, "generator")?.unwrap_or_default();
        loaded.date = json::text_member(generator, "date").and_then(day_at);
        let list = json::member(feed, "entry")?.unwrap_or_default();
        for (place, part) in json::elements(list)?.into_iter().enumerate() {
            let read = serde_json::from_slice::<Overview>(part).map_err(|error| error.to_string());
            loaded.take(place, part, "id", read.and_then(overview));
        }
        return Ok(loaded);
    }
    let mut documents = Vec::new();
    match json::member(bytes, "objects")? {
        Some(objects) => {
            for object in json::elements(objects)? {
                if let Some(list) = json::member(object, "VULDEF-Document")? {
                    documents.extend(json::elements(list)?);
                }
            }
        }
        None => documents.push(bytes),
    }
    for (place, part) in documents.into_iter().enumerate() {
        let document = json::member(part, "document")?.unwrap_or_default();
        let tracking = json::member(document, "tracking")?.unwrap_or_default();
        let generator = json::member(tracking, "generator")?.unwrap_or_default();
        loaded.date = loaded.date.max(json::text_member(generator, "date").and_then(day_at));
        let read = csaf_of(part);
        loaded.take(place, tracking, "id", read.and_then(detail));
    }
    Ok(loaded)
}

/// Reads the parts of a document that are kept, each by itself: remarks beside them may be broken.
fn csaf_of(part: &[u8]) -> Result<Csaf, String> {
    fn of<'a, T: Deserialize<'a>>(part: &'a [u8], key: &str) -> Result<Option<T>, String> {
        let value =
            json::member(part, key).map_err(|Torn(place)| format!("it breaks off at byte {place}"))?;
        value
            .map(|value| serde_json::from_slice(value).map_err(|error| format!("{key}: {error}")))
            .transpose()
    }
    Ok(Csaf {
        document: of(part, "document")?.ok_or("it has no document")?,
        product_tree: of(part, "product_tree")?.unwrap_or_default(),
        vulnerabilities: of(part, "vulnerabilities")?.unwrap_or_default(),
    })
}

fn checked(record: Record) -> Result<Taken, String> {
    if record.id.is_empty() {
        return Err("it has no number".to_string());
    }
    match record.published.or(record.modified) {
        Some(_) => Ok(Taken::Record(Box::new(record))),
        None => Err("it has no day of publication".to_string()),
    }
}

fn references(record: &mut Record, references: Vec<Reference>) {
    for reference in references {
        record.cves.extend(cve_id(&reference.summary));
        record.references.push(reference.url.replace("&amp;", "&"));
    }
}

fn overview(entry: Overview) -> Result<Taken, String> {
    let mut record = Record {
        title_ja: entry.title,
        text: entry.summary,
        references: vec![entry.link],
        published: day_at(&entry.public).or(day_at(&entry.created)),
        modified: day_at(&entry.modified),
        cvss: entry.metrics.into_iter().find_map(|metric| metric.content.best()),
        ..Record::of(Kind::Vulnerability, entry.id)
    };
    references(&mut record, entry.references);
    for product in entry.products {
        record.products.extend(product_of_cpe(&product.product_ids.cpe));
        record.products.extend(product_key(&product.vname, &product.pname));
        record.names.push(product.pname);
    }
    checked(record)
}

fn detail(csaf: Csaf) -> Result<Taken, String> {
    let Csaf { document, product_tree, vulnerabilities } = csaf;
    let tracking = document.tracking;
    let mut record = Record {
        title_ja: document.title,
        text: document.notes.into_iter().map(|note| note.text).next().unwrap_or_default(),
        published: day_at(&tracking.public_date).or(day_at(&tracking.initial_release_date)),
        modified: day_at(&tracking.current_release_date),
        ..Record::of(Kind::Vulnerability, tracking.id)
    };
    references(&mut record, document.references);
    for vulnerability in vulnerabilities {
        record.cves.extend(cve_id(&vulnerability.cve));
        let score = vulnerability.metrics.into_iter().find_map(|metric| metric.content.best());
        record.cvss = higher(record.cvss, score);
    }
    for vendor in product_tree.branches {
        for branch in vendor.branches {
            let cpe = branch.product.map(|product| product.product_identification_helper.cpe);
            record.products.extend(cpe.as_deref().and_then(product_of_cpe));
            record.products.extend(product_key(&vendor.name, &branch.name));
            record.names.push(branch.name);
        }
    }
    checked(record)
}
