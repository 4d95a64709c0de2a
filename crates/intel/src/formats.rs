//! The forms of catalogues, one a file, and which one a file has.
//!
//! **Invariant:** the form is told from the content; the name of the file names the edition at most.
//! **Invariant:** a record that breaks its form is named with its reason and passed over; the others are read.

mod cve5;
mod epss;
mod galaxy;
mod jvn_json;
mod jvn_xml;
mod kev;
mod nvd;
mod own;
mod rules;
mod stix;
mod warning_list;

use std::path::Path;

use teiten_model::interval::Day;

pub(crate) use self::galaxy::slug;
use crate::error::{IntelError, Result};
use crate::json::{self, Torn};
use crate::record::Record;
use crate::source::Source;

/// How much of a text is looked at, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// A record that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// Which one: its number or name, or its place.
    pub record: String,
    /// Why.
    pub reason: String,
}

/// What a file holds.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) source: Source,
    /// Name of the edition, where the content gives one.
    pub(crate) name: Option<String>,
    pub(crate) date: Option<Day>,
    pub(crate) licence: Option<String>,
    pub(crate) records: Vec<Record>,
    /// Records that their source took back, and how many records stand before that.
    pub(crate) withdrawn: Vec<(usize, String)>,
    pub(crate) skipped: Vec<Skip>,
}

impl Loaded {
    pub(crate) fn of(source: Source) -> Loaded {
        Loaded {
            source,
            name: None,
            date: None,
            licence: source.licence().map(ToString::to_string),
            records: Vec::new(),
            withdrawn: Vec::new(),
            skipped: Vec::new(),
        }
    }

    fn skip(&mut self, record: impl Into<String>, reason: impl Into<String>) {
        self.skipped.push(Skip { record: crate::record::clean(&record.into(), 80), reason: reason.into() });
    }

    /// Takes what a reader made of a part of the text: a record, or a reason to pass it over.
    fn take(&mut self, place: usize, part: &[u8], id_key: &str, read: std::result::Result<Taken, String>) {
        match read {
            Ok(Taken::Record(record)) => self.records.push(record.tidy()),
            Ok(Taken::Withdrawn(id)) => self.withdrawn.push((self.records.len(), id)),
            Ok(Taken::Nothing) => {}
            Err(reason) => {
                let named = json::text_member(part, id_key).map(ToString::to_string);
                self.skip(named.unwrap_or_else(|| format!("record {}", place + 1)), reason);
            }
        }
    }
}

/// What a part of a text is.
enum Taken {
    Record(Box<Record>),
    /// The source took it back.
    Withdrawn(String),
    /// Sound, and not what is kept here.
    Nothing,
}

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    KevJson,
    KevCsv,
    Nvd,
    Cve5,
    JvnXml,
    JvnJson,
    /// A list of MyJVN that names no vulnerability: products, vendors, statistics, alerts.
    JvnOther,
    Epss,
    Rules,
    WarningList,
    /// A list of scanners, which is reference data.
    Scanners,
    Galaxy,
    Stix,
    Own,
}

/// The form of the content; `None` when it is none of those known.
pub(crate) fn form_of(bytes: &[u8]) -> Option<Form> {
    let bytes = without_mark(bytes);
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD_BYTES_MAX)]);
    match head.trim_start().chars().next()? {
        '{' => form_of_json(bytes),
        '<' => form_of_xml(&head),
        _ => form_of_text(&head),
    }
}

pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn form_of_json(bytes: &[u8]) -> Option<Form> {
    let has = |key: &str| matches!(json::member(bytes, key), Ok(Some(_)));
    let says = |key: &str, value: &str| json::text_member(bytes, key) == Some(value);
    // A schema describes records and holds none; the samples of MyJVN name their schema too.
    if has("properties") || has("definitions") {
        return None;
    }
    if has("catalogVersion") && has("vulnerabilities") {
        return Some(Form::KevJson);
    }
    if says("format", "NVD_CVE") {
        return Some(Form::Nvd);
    }
    if has("cveMetadata") || says("dataType", "CVE_RECORD") {
        return Some(Form::Cve5);
    }
    if json::text_member(bytes, "$schema").is_some_and(|schema| schema.contains("jvndb.jvn.jp")) {
        let holds = has("document") || has("objects") || has("feed");
        let alerts =
            json::member(bytes, "feed").ok().flatten().and_then(|feed| json::text_member(feed, "title"));
        let is_list = has("feed") && !has("document") && alerts.is_some_and(|title| !title.contains("JVNDB"));
        return Some(if holds && !is_list { Form::JvnJson } else { Form::JvnOther });
    }
    if says("type", "bundle") && has("objects") {
        return Some(Form::Stix);
    }
    if has("values") && has("uuid") {
        return Some(Form::Galaxy);
    }
    if has("list") && has("type") && has("name") {
        let name = json::text_member(bytes, "name").unwrap_or_default().to_lowercase();
        return Some(if name.contains("scan") { Form::Scanners } else { Form::WarningList });
    }
    None
}

fn form_of_xml(head: &str) -> Option<Form> {
    if head.contains("<VULDEF-Document") || (head.contains("<rdf:RDF") && head.contains("jvn.jp")) {
        return Some(Form::JvnXml);
    }
    // A schema tells of the same names and holds nothing.
    let is_schema = head.contains("<xs:schema") || head.contains("<xsd:schema");
    (head.contains("http://jvndb.jvn.jp/myjvn") && !is_schema).then_some(Form::JvnOther)
}

fn form_of_text(head: &str) -> Option<Form> {
    if head.starts_with("#model_version:") {
        return Some(Form::Epss);
    }
    let first = head.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let names: Vec<String> =
        first.split(',').map(|name| name.trim().trim_matches('"').to_ascii_lowercase()).collect();
    let has = |name: &str| names.iter().any(|own| own == name);
    if has("cveid") && has("dateadded") {
        return Some(Form::KevCsv);
    }
    if has("cve") && has("epss") {
        return Some(Form::Epss);
    }
    if has("id") && has("kind") {
        return Some(Form::Own);
    }
    rules::is_rule(first).then_some(Form::Rules)
}

/// Reads a file of a form.
pub(crate) fn read(form: Form, bytes: &[u8], path: &Path) -> Result<Loaded> {
    let bytes = without_mark(bytes);
    let torn = |Torn(place): Torn| IntelError::Broken {
        path: path.into(),
        reason: format!("it ends or breaks off inside the value at byte {place}"),
    };
    let broken = |reason: String| IntelError::Broken { path: path.into(), reason };
    match form {
        Form::KevJson => kev::read_json(bytes).map_err(torn),
        Form::KevCsv => kev::read_csv(bytes).map_err(broken),
        Form::Nvd => nvd::read(bytes).map_err(torn),
        Form::Cve5 => Ok(cve5::read(bytes)),
        Form::JvnXml => jvn_xml::read(bytes).map_err(broken),
        Form::JvnJson => jvn_json::read(bytes).map_err(torn),
        Form::JvnOther | Form::Scanners => Ok(Loaded::of(Source::Jvn)),
        Form::Epss => epss::read(bytes).map_err(broken),
        Form::Rules => Ok(rules::read(bytes)),
        Form::WarningList => warning_list::read(bytes).map_err(torn),
        Form::Galaxy => galaxy::read(bytes).map_err(torn),
        Form::Stix => stix::read(bytes).map_err(torn),
        Form::Own => own::read(bytes).map_err(broken),
    }
}

/// The places of columns by their names, in either case.
struct Header(Vec<String>);

impl Header {
    fn of(record: &csv::StringRecord) -> Header {
        Header(record.iter().map(|name| name.trim().to_ascii_lowercase()).collect())
    }

    fn get<'a>(&self, record: &'a csv::StringRecord, name: &str) -> &'a str {
        let place = self.0.iter().position(|own| own == name);
        place.and_then(|place| record.get(place)).unwrap_or_default().trim()
    }
}

fn csv_reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(bytes)
}

/// Calls `each` with every row after the header; a row that is not UTF-8 text is named by its line.
fn each_row(
    bytes: &[u8],
    loaded: &mut Loaded,
    mut each: impl FnMut(&Header, &csv::StringRecord, &mut Loaded),
) -> std::result::Result<(), String> {
    let mut reader = csv_reader(bytes);
    let header = Header::of(reader.headers().map_err(|error| error.to_string())?);
    let wide = header.0.len();
    for row in reader.records() {
        match row {
            Ok(row) if row.len() == wide => each(&header, &row, loaded),
            Ok(row) => {
                let line = row.position().map_or(0, csv::Position::line);
                let name = row.get(0).filter(|name| !name.is_empty()).unwrap_or("a row");
                loaded.skip(
                    format!("{name} (line {line})"),
                    format!("it has {} fields, not {wide}", row.len()),
                );
            }
            Err(error) => loaded.skip(
                error.position().map_or("a row".to_string(), |place| format!("line {}", place.line())),
                error.to_string(),
            ),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
