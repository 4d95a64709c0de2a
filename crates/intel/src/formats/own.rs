//! An operator's own list: CSV with a header.
//!
//! Columns: `id` and `kind` (vulnerability, malware, tool, technique, rule, indicator), and as wanted `title`,
//! `title_ja`, `text`, `names`, `products`, `ports`, `cves`, `published`, `exploit`, `kev`, `references`; a field with several
//! values parts them by semicolons.
//!
//! **Invariant:** a row with a value that cannot be read is passed over whole.

use teiten_model::interval::Day;
use teiten_refdata::edition::parse_day;

use super::{Loaded, each_row};
use crate::record::{Kind, PortRange, Record, cve_id};
use crate::source::Source;

pub(super) fn read(bytes: &[u8]) -> Result<Loaded, String> {
    let mut loaded = Loaded::of(Source::Own);
    each_row(bytes, &mut loaded, |header, row, loaded| {
        let id = header.get(row, "id");
        match record(id, |name| header.get(row, name)) {
            Ok(record) => loaded.records.push(record.tidy()),
            Err(reason) => loaded.skip(id, reason),
        }
    })?;
    Ok(loaded)
}

fn record<'a>(id: &str, get: impl Fn(&str) -> &'a str) -> Result<Record, String> {
    if id.is_empty() {
        return Err("its id is empty".to_string());
    }
    let kind = Kind::of(get("kind")).ok_or_else(|| format!("`{}` is no kind", get("kind")))?;
    let many = |name: &str| -> Vec<&'a str> {
        get(name).split(';').map(str::trim).filter(|part| !part.is_empty()).collect()
    };
    let texts = |name: &str| -> Vec<String> { many(name).into_iter().map(ToString::to_string).collect() };
    let day = |name: &str| -> Result<Option<Day>, String> {
        match get(name) {
            "" => Ok(None),
            text => parse_day(text).map(Some).ok_or_else(|| format!("`{text}` is no day as YYYY-MM-DD")),
        }
    };
    let ports = many("ports").into_iter().map(|text| {
        PortRange::parse(text).ok_or_else(|| format!("`{text}` is no port such as 23/tcp or 8000-8010/udp"))
    });
    let cves =
        many("cves").into_iter().map(|text| cve_id(text).ok_or_else(|| format!("`{text}` is no CVE number")));
    let id = match kind {
        Kind::Vulnerability => cve_id(id).unwrap_or_else(|| id.to_string()),
        _ => id.to_string(),
    };
    Ok(Record {
        title: get("title").to_string(),
        title_ja: get("title_ja").to_string(),
        text: get("text").to_string(),
        names: texts("names"),
        products: texts("products").into_iter().map(|text| text.to_lowercase()).collect(),
        ports: ports.collect::<Result<_, _>>()?,
        cves: cves.collect::<Result<_, _>>()?,
        published: day("published")?,
        exploit: day("exploit")?,
        kev: day("kev")?,
        references: texts("references"),
        ..Record::of(kind, id)
    })
}
