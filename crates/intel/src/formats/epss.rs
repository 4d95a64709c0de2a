//! Probabilities of exploitation: the daily file of EPSS, and tables that join it with other catalogues.
//!
//! The daily file begins with `#model_version:..,score_date:..` and has the columns cve, epss and percentile; its form is
//! that of FIRST's documentation of the data (https://www.first.org/epss/data_stats).
//!
//! **Invariant:** a probability outside of 0 to 1 is no probability.

use super::{Loaded, each_row};
use crate::record::{Kind, Record, cve_id, day_at, product_key};
use crate::source::Source;

pub(super) fn read(bytes: &[u8]) -> Result<Loaded, String> {
    let mut loaded = Loaded::of(Source::Epss);
    loaded.name = Some("epss".to_string());
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    loaded.date = head.lines().next().and_then(|line| line.split("score_date:").nth(1)).and_then(day_at);
    each_row(bytes, &mut loaded, |header, row, loaded| {
        let id = header.get(row, "cve");
        match record(id, |name| header.get(row, name)) {
            Ok(record) => loaded.records.push(record.tidy()),
            Err(reason) => loaded.skip(id, reason),
        }
    })?;
    Ok(loaded)
}

fn record<'a>(id: &str, get: impl Fn(&str) -> &'a str) -> Result<Record, String> {
    let id = cve_id(id).ok_or_else(|| format!("`{id}` is no CVE number"))?;
    let share = |text: &'a str| -> Result<Option<f64>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
        number.map(Some).ok_or_else(|| format!("`{text}` is no probability from 0 to 1"))
    };
    let percentile =
        Some(get("percentile")).filter(|text| !text.is_empty()).unwrap_or_else(|| get("epss percentile"));
    Ok(Record {
        epss: share(get("epss"))?,
        epss_percentile: share(percentile)?,
        cvss: get("cvss3").parse().ok().filter(|score| (0.0..=10.0).contains(score)),
        text: get("description").to_string(),
        products: product_key(get("vendor"), get("product")).into_iter().collect(),
        ..Record::of(Kind::Vulnerability, id)
    })
}
