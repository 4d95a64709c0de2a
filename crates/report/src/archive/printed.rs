//! A report in one language, read back from its `report.json`.
//!
//! Tables are found wherever they stand in the tree, by their shape, so that a new kind of block that
//! holds a table is compared like the others.
//!
//! **Invariant:** what is read is bounded, and a form that is newer than this program is refused.

mod parts;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::error::ReportError;
use crate::json::FORM_VERSION;
use crate::words::Language;
use parts::{Origin, gather, options, plain, prose_of, sentences_of, without_dates};

/// Longest `report.json` that is read, in bytes.
pub const PRINTED_BYTES_MAX: u64 = 256 << 20;
/// The form of a report that does not say it.
const FORM_DEFAULT: &str = "internal";

/// A report in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    /// Kind of report (`quarterly`).
    pub kind: String,
    /// Stable name of the period (`2014Q2`).
    pub name: String,
    /// `internal`, `members` or `public`.
    pub form: String,
    /// Start of the period, RFC 3339 in UTC.
    pub start: String,
    /// Its end, not inside.
    pub end: String,
    /// Zone in which days are cut.
    pub zone: String,
    /// Language of every text.
    pub language: Language,
    /// Title.
    pub title: String,
    /// One sentence for search results and feeds.
    pub summary: String,
    /// Date of the first edition; `None` before publication.
    pub first_published: Option<Date>,
    /// Date of this edition.
    pub issued: Option<Date>,
    /// Why it corrects the first edition, as it says itself; empty when it says nothing.
    pub correction: String,
    /// Whether it was made from simulated captures.
    pub is_synthetic: bool,
    /// Every table, also the data of figures, in the order of the report.
    pub tables: Vec<Sheet>,
    /// Identifiers of the figures that have a drawing.
    pub figures: Vec<String>,
    /// Its sentences, with every number that a table holds left out.
    pub sentences: Vec<Sentence>,
    /// Hash over all inputs, hexadecimal; empty where the report does not say it.
    pub inputs_digest: String,
    /// Name and version of the software.
    pub software: String,
    /// What the command that made it was told, without what concerns the writing alone.
    pub options: BTreeMap<String, String>,
    /// The sections, and plain values at the head of the report that this program has no field for.
    pub conditions: BTreeMap<String, String>,
    /// Everything it says but its dates.
    pub content: Json,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Sheet {
    /// Identifier.
    pub id: String,
    /// "Table 1", or empty.
    #[serde(default)]
    pub label: String,
    /// Caption without the label.
    #[serde(default)]
    pub caption: String,
    /// Columns.
    pub columns: Vec<Head>,
    /// Rows, with one entry for each column.
    pub rows: Vec<Vec<Entry>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Head {
    /// Name, the same in every language.
    pub name: String,
    /// Heading a reader sees.
    #[serde(default)]
    pub heading: String,
    /// Unit, or empty.
    #[serde(default)]
    pub unit: String,
}

/// A value and its text.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Entry {
    /// The value.
    pub value: Datum,
    /// The text a reader sees.
    #[serde(default)]
    pub text: String,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Datum {
    /// Not there.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A text, a day, an address.
    Text(String),
}

/// A paragraph, a notice, a heading or an item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Identifier of its section.
    pub section: String,
    /// Heading of its section.
    pub heading: String,
    /// The text.
    pub text: String,
    /// Whether it tells a condition of the observation.
    pub is_condition: bool,
}

#[derive(Deserialize)]
struct Form {
    kind: String,
    name: String,
    #[serde(default)]
    form: Option<String>,
    start: String,
    end: String,
    zone: String,
    language: String,
    title: String,
    summary: String,
    first_published: Option<Date>,
    last_updated: Option<Date>,
    #[serde(default)]
    is_corrected: bool,
    #[serde(default)]
    correction: String,
    warning: Option<String>,
    sections: Vec<Json>,
    #[serde(flatten)]
    more: BTreeMap<String, Json>,
}

impl Datum {
    /// The number, when it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Datum::Int(number) => Some(*number as f64),
            Datum::Float(number) => Some(*number),
            Datum::Null | Datum::Bool(_) | Datum::Text(_) => None,
        }
    }

    /// The value as a key: the same text for the same value.
    pub fn key(&self) -> String {
        match self {
            Datum::Null => String::new(),
            Datum::Bool(truth) => truth.to_string(),
            Datum::Int(number) => number.to_string(),
            Datum::Float(number) => number.to_string(),
            Datum::Text(text) => text.clone(),
        }
    }
}

impl Sheet {
    /// The place of the column of that name.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The entry in a row under a name.
    pub fn entry(&self, row: usize, name: &str) -> Option<&Entry> {
        self.rows.get(row)?.get(self.place(name)?)
    }
}

impl Printed {
    /// Reads a `report.json`; `path` names it in messages.
    ///
    /// # Errors
    /// When it is not one, or one of a newer form.
    pub fn read(bytes: &[u8], path: &Path) -> Result<Printed, ReportError> {
        let unreadable =
            |source| ReportError::Unreadable { path: path.to_path_buf(), what: "report", source };
        let json: Json = serde_json::from_slice(bytes).map_err(unreadable)?;
        if let Some(version) = json["version"].as_u64()
            && version > u64::from(FORM_VERSION)
        {
            return Err(ReportError::Newer {
                path: path.to_path_buf(),
                version,
                known: u64::from(FORM_VERSION),
            });
        }
        let mut content = json.clone();
        without_dates(&mut content);
        let form: Form = serde_json::from_value(json).map_err(unreadable)?;
        let language = Language::ALL.into_iter().find(|language| language.code() == form.language);
        let language = language.ok_or_else(|| ReportError::NotReport {
            folder: path.to_path_buf(),
            what: format!("its language is `{}`, not ja or en", crate::text::tame(&form.language)),
        })?;
        Ok(form.printed(language, content))
    }

    /// The table of that identifier.
    pub fn table(&self, id: &str) -> Option<&Sheet> {
        self.tables.iter().find(|table| table.id == id)
    }
}

impl Printed {
    /// The texts of a section as they were printed, paragraph by paragraph; none when it has no such section.
    pub fn prose(&self, section: &str) -> Vec<String> {
        let sections = self.content["sections"].as_array().into_iter().flatten();
        let own = sections.filter(|there| there["id"] == section);
        let blocks = own.flat_map(|there| there["blocks"].as_array().into_iter().flatten());
        blocks.flat_map(prose_of).collect()
    }
}

impl Form {
    fn printed(self, language: Language, content: Json) -> Printed {
        let (mut tables, mut figures, mut sentences) = (Vec::new(), Vec::new(), Vec::new());
        let mut origin = Origin::default();
        for section in &self.sections {
            gather(section, &mut tables, &mut figures);
            let text = |name: &str| section[name].as_str().unwrap_or_default().to_string();
            let (id, heading) = (text("id"), text("heading"));
            for block in section["blocks"].as_array().into_iter().flatten() {
                origin.read(block);
                sentences.extend(sentences_of(block).into_iter().map(|text| Sentence {
                    section: id.clone(),
                    heading: heading.clone(),
                    text,
                    is_condition: id == "provenance" && block["block"] == "list",
                }));
            }
        }
        let mut conditions: BTreeMap<String, String> = self
            .more
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), plain(value)?)))
            .filter(|(name, _)| !matches!(name.as_str(), "version" | "institution" | "contact" | "command"))
            .collect();
        let sections = self.sections.iter().filter_map(|section| section["id"].as_str());
        conditions.insert("sections".to_string(), sections.collect::<Vec<_>>().join(", "));
        let software = conditions.remove("software").unwrap_or(origin.software);
        let inputs_digest = conditions.remove("inputs_digest").unwrap_or(origin.inputs_digest);
        Printed {
            kind: self.kind,
            name: self.name,
            form: self.form.unwrap_or_else(|| FORM_DEFAULT.to_string()),
            start: self.start,
            end: self.end,
            zone: self.zone,
            language,
            title: self.title,
            summary: self.summary,
            first_published: self.first_published,
            issued: self.last_updated,
            correction: if self.is_corrected { self.correction } else { String::new() },
            is_synthetic: self.warning.is_some(),
            tables,
            figures,
            sentences,
            inputs_digest,
            software,
            options: options(&origin.command),
            conditions,
            content,
        }
    }
}
