//! JVN iPedia through MyJVN as XML: overviews (JVNRSS) and details (VULDEF 3.2), with Japanese titles.
//!
//! Both are read as one stream of elements: `item` of an overview and `Vulinfo` of details begin a record, and what is inside
//! is told by the path of local names.
//!
//! **Invariant:** a document that is not well formed is refused whole; a record without number or day is passed over by name.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::Loaded;
use crate::record::{Kind, Record, cve_id, day_at, higher, product_key, product_of_cpe};
use crate::source::Source;

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 64;

pub(super) fn read(bytes: &[u8]) -> Result<Loaded, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("it is not UTF-8: {error}"))?;
    let mut reader = Reader::from_str(text);
    let mut loaded = Loaded::of(Source::Jvn);
    loaded.name = Some("jvn".to_string());
    let mut path: Vec<String> = Vec::new();
    let mut content = String::new();
    let mut open: Option<Open> = None;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                let name = local(&start);
                content.clear();
                begin(&name, &start, &mut open);
                path.push(name);
                if path.len() > DEPTH_MAX {
                    return Err(format!("its elements are nested deeper than {DEPTH_MAX}"));
                }
            }
            Event::Empty(start) => begin(&local(&start), &start, &mut open),
            Event::Text(part) => content.push_str(&part),
            Event::CData(part) => content.push_str(&part),
            Event::GeneralRef(name) => match name.resolve_char_ref().map_err(|error| error.to_string())? {
                Some(letter) => content.push(letter),
                None => content.push_str(
                    quick_xml::escape::resolve_predefined_entity(name.xml10_content().as_ref())
                        .unwrap_or(" "),
                ),
            },
            Event::End(_) => {
                let Some(name) = path.pop() else {
                    return Err("an element ends that did not begin".to_string());
                };
                end(&name, &path, content.trim(), &mut open, &mut loaded);
                content.clear();
            }
            Event::Eof if path.is_empty() => break,
            Event::Eof => return Err(format!("it ends inside `{}`", path.join("/"))),
            _ => {}
        }
    }
    let newest = loaded.records.iter().filter_map(|record| record.modified.or(record.published)).max();
    loaded.date = loaded.date.or(newest);
    Ok(loaded)
}

fn local(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_string()
}

/// A record that has begun.
#[derive(Default)]
struct Open {
    record: Record,
    vendor: String,
    related: String,
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.attributes().flatten().find(|own| own.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::Explicit1_0).ok().map(std::borrow::Cow::into_owned)
}

/// What the attributes of an element say.
fn begin(name: &str, start: &BytesStart<'_>, open: &mut Option<Open>) {
    if matches!(name, "Vulinfo" | "item") {
        *open = Some(Open { record: Record::of(Kind::Vulnerability, ""), ..Open::default() });
        return;
    }
    let Some(open) = open else { return };
    match name {
        "references" => open.record.cves.extend(attribute(start, "id").as_deref().and_then(cve_id)),
        "cvss" => {
            let score = attribute(start, "score").and_then(|score| score.parse().ok());
            open.record.cvss = higher(open.record.cvss, score);
        }
        "cpe" => {
            let (vendor, product) = (attribute(start, "vendor"), attribute(start, "product"));
            open.record.names.extend(product.clone());
            open.record
                .products
                .extend(vendor.zip(product).and_then(|(vendor, product)| product_key(&vendor, &product)));
        }
        _ => {}
    }
}

/// What the text of an element says that has ended.
fn end(name: &str, path: &[String], text: &str, open: &mut Option<Open>, loaded: &mut Loaded) {
    let within = path.last().map(String::as_str).unwrap_or_default();
    if matches!(name, "Vulinfo" | "item") {
        if let Some(done) = open.take() {
            close(done, loaded);
        }
        return;
    }
    let Some(open) = open else {
        if name == "modified" && within == "channel" {
            loaded.date = day_at(text);
        }
        return;
    };
    let record = &mut open.record;
    match (within, name) {
        ("Vulinfo", "VulinfoID") | ("item", "identifier") => record.id = text.to_string(),
        ("VulinfoData", "Title") | ("item", "title") => record.title_ja = text.to_string(),
        ("VulinfoDescription", "Overview") | ("item", "description") => record.text = text.to_string(),
        ("item", "link") => record.references.insert(0, text.to_string()),
        ("item", "references") => record.references.push(text.to_string()),
        ("item", "issued") | ("VulinfoData", "DatePublic") => record.published = day_at(text),
        ("item", "modified") | ("VulinfoData", "DateLastUpdated") => record.modified = day_at(text),
        ("AffectedItem", "Name") => open.vendor = text.to_string(),
        ("AffectedItem", "ProductName") => {
            record.names.push(text.to_string());
            record.products.extend(product_key(&open.vendor, text));
        }
        ("AffectedItem", "Cpe") | ("item", "cpe") => record.products.extend(product_of_cpe(text)),
        ("Cvss", "Base") => record.cvss = higher(record.cvss, text.parse().ok()),
        ("RelatedItem", "VulinfoID") => {
            open.related = text.to_string();
            record.cves.extend(cve_id(text));
        }
        ("RelatedItem", "URL") => record.references.push(text.to_string()),
        _ => {}
    }
}

fn close(open: Open, loaded: &mut Loaded) {
    let record = open.record;
    match (record.id.is_empty(), record.published.or(record.modified)) {
        (false, Some(_)) => loaded.records.push(record.tidy()),
        (true, _) => loaded.skip(record.title_ja, "it has no number"),
        (false, None) => loaded.skip(record.id, "it has no day of publication"),
    }
}
