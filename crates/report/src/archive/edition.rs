//! An edition of a published report: what the archive and the feeds know of it.
//!
//! **Invariant:** an edition's record says everything that the pages around the report need, in the words
//! of the day on which it was published.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::words::Language;

/// Version of the form of `edition.json`.
pub(super) const EDITION_VERSION: u64 = 1;
/// Name of the record inside the edition's folder.
pub(super) const RECORD: &str = "edition.json";
/// Letters of a year in the name of a period.
const YEAR_LETTERS: usize = 4;

/// One edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Version of this form.
    pub version: u64,
    /// Kind of report.
    pub kind: String,
    /// Stable name of the period.
    pub name: String,
    /// Number from 1.
    pub number: u32,
    /// `internal`, `members` or `public`.
    pub form: String,
    /// Start of the period, RFC 3339 in UTC.
    pub start: String,
    /// Its end, not inside.
    pub end: String,
    /// Date of this edition.
    pub issued: Date,
    /// Date of edition 1.
    pub first_published: Date,
    /// Whether it was made from simulated captures.
    pub is_synthetic: bool,
    /// What the publisher says of a correction.
    pub note: Told,
    /// What a comparison with the edition before found; empty for edition 1.
    pub changed: Told,
    /// The report in each of its languages, Japanese first.
    pub pages: Vec<Page>,
}

/// The report in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Code of the language.
    pub language: String,
    /// Title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Where the forms of it lie in the report's folder; HTML first.
    pub formats: Vec<Format>,
}

/// One form of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// What it is (`HTML`, `PDF`).
    pub name: String,
    /// Path in the report's folder.
    pub path: String,
}

/// A text in both languages; empty where nothing was said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

impl Told {
    /// The text in a language.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Ja => &self.ja,
            Language::En => &self.en,
        }
    }

    /// Whether nothing was said in any language.
    pub fn is_empty(&self) -> bool {
        self.ja.is_empty() && self.en.is_empty()
    }
}

impl Edition {
    /// Whether it corrects an earlier one.
    pub fn is_corrected(&self) -> bool {
        self.number > 1
    }

    /// The report in a language, or in the language it has.
    pub fn page(&self, language: Language) -> Option<&Page> {
        let own = self.pages.iter().find(|page| page.language == language.code());
        own.or_else(|| self.pages.first())
    }

    /// Whether two editions are of one report.
    pub fn is_of(&self, kind: &str, name: &str) -> bool {
        self.kind == kind && self.name == name
    }

    /// The year under which an archive lists it: that of its name, else that of its start.
    pub fn year(&self) -> String {
        let is_year = |part: &&str| part.len() >= YEAR_LETTERS;
        let runs = self.name.split(|letter: char| !letter.is_ascii_digit());
        let year = runs.into_iter().find(is_year).unwrap_or(self.start.as_str());
        year.chars().take(YEAR_LETTERS).collect()
    }

    /// The folder of the report below the site.
    pub fn folder(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }

    /// The record as JSON, with a final line break.
    pub(super) fn to_json(&self) -> Vec<u8> {
        let text = serde_json::to_string_pretty(self).expect("texts and numbers have a JSON form");
        (text + "\n").into_bytes()
    }
}

impl Page {
    /// The place of that form in the report's folder.
    pub fn path_of(&self, format: &str) -> Option<&str> {
        self.formats.iter().find(|there| there.name == format).map(|there| there.path.as_str())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An edition of a period with the least it needs.
    pub(in crate::archive) fn edition(kind: &str, name: &str, number: u32, issued: &str) -> Edition {
        let page = |language: Language, title: &str| Page {
            language: language.code().to_string(),
            title: title.to_string(),
            summary: format!("{title}."),
            formats: vec![Format { name: "HTML".into(), path: format!("{}/index.html", language.code()) }],
        };
        Edition {
            version: EDITION_VERSION,
            kind: kind.into(),
            name: name.into(),
            number,
            form: "public".into(),
            start: "2014-03-31T15:00:00Z".into(),
            end: "2014-06-30T15:00:00Z".into(),
            issued: issued.parse().unwrap(),
            first_published: "2014-07-17".parse().unwrap(),
            is_synthetic: false,
            note: Told::default(),
            changed: Told::default(),
            pages: vec![
                page(Language::Ja, &format!("{name}の報告")),
                page(Language::En, &format!("Report {name}")),
            ],
        }
    }

    #[test]
    fn a_year_is_read_from_the_name_of_the_period() {
        for (name, year) in
            [("2013Q4", "2013"), ("FY2012", "2012"), ("2015-W01", "2015"), ("2014-05", "2014"), ("x", "2014")]
        {
            assert_eq!(edition("k", name, 1, "2014-07-17").year(), year);
        }
    }
}
