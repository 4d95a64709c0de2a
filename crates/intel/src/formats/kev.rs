//! CISA's catalogue of known exploited vulnerabilities, as JSON and as CSV (rules D125, D126).
//!
//! **Invariant:** both forms of one edition give the same records.

use serde::Deserialize;

use super::{Loaded, Taken, each_row};
use crate::json::{self, Torn};
use crate::record::{Kind, Record, cve_id, day_at, product_key};
use crate::source::Source;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "cveID")]
    cve_id: String,
    vendor_project: String,
    product: String,
    vulnerability_name: String,
    date_added: String,
    short_description: String,
    #[serde(default)]
    known_ransomware_campaign_use: String,
    #[serde(default)]
    notes: String,
}

pub(super) fn read_json(bytes: &[u8]) -> Result<Loaded, Torn> {
    let mut loaded = Loaded::of(Source::Kev);
    loaded.date = json::text_member(bytes, "dateReleased").and_then(day_at);
    let list = json::member(bytes, "vulnerabilities")?.unwrap_or_default();
    for (place, part) in json::elements(list)?.into_iter().enumerate() {
        let read = serde_json::from_slice::<Entry>(part).map_err(|error| error.to_string()).and_then(record);
        loaded.take(place, part, "cveID", read.map(|record| Taken::Record(Box::new(record))));
    }
    Ok(loaded)
}

pub(super) fn read_csv(bytes: &[u8]) -> Result<Loaded, String> {
    let mut loaded = Loaded::of(Source::Kev);
    each_row(bytes, &mut loaded, |header, row, loaded| {
        let get = |name: &str| header.get(row, name).to_string();
        let entry = Entry {
            cve_id: get("cveid"),
            vendor_project: get("vendorproject"),
            product: get("product"),
            vulnerability_name: get("vulnerabilityname"),
            date_added: get("dateadded"),
            short_description: get("shortdescription"),
            known_ransomware_campaign_use: get("knownransomwarecampaignuse"),
            notes: get("notes"),
        };
        let id = entry.cve_id.clone();
        match record(entry) {
            Ok(record) => loaded.records.push(record.tidy()),
            Err(reason) => loaded.skip(id, reason),
        }
    })?;
    // The form names no date of its own: it is as new as its newest entry.
    loaded.date = loaded.records.iter().filter_map(|record| record.kev).max();
    Ok(loaded)
}

fn record(entry: Entry) -> Result<Record, String> {
    let id = cve_id(&entry.cve_id).ok_or_else(|| format!("`{}` is no CVE number", entry.cve_id))?;
    let kev = day_at(&entry.date_added)
        .filter(|_| entry.date_added.trim().len() == 10)
        .ok_or_else(|| format!("`{}` is no day as YYYY-MM-DD", entry.date_added))?;
    Ok(Record {
        title: entry.vulnerability_name,
        text: entry.short_description,
        products: product_key(&entry.vendor_project, &entry.product).into_iter().collect(),
        kev: Some(kev),
        ransomware: entry.known_ransomware_campaign_use.trim() == "Known",
        references: entry.notes.split(';').map(|part| part.trim().to_string()).collect(),
        ..Record::of(Kind::Vulnerability, id)
    })
}
