//! A report's definition: the publisher's decisions as a file that a person keeps and changes.
//!
//! It is TOML; an unknown key is refused. A draft is a definition too: it lists the phenomena that were
//! proposed, in their order, and every paragraph that a person rewrote, in both languages.
//!
//! **Invariant:** an empty definition says nothing: every key has its meaning when it is left out.

use serde::Deserialize;

use crate::draft::Edit;
use crate::words::names::Names;

/// Longest text of a definition, in bytes.
pub const DEFINITION_BYTES_MAX: usize = 1 << 20;

/// The publisher's decisions.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Definition {
    /// weekly, monthly, quarterly or yearly.
    pub kind: Option<String>,
    /// Period, such as 2014Q2.
    pub period: Option<String>,
    /// Reporting region: packets to sensors there.
    pub region: Option<String>,
    /// Organisations that scan openly, in ranks and series: with, without, only.
    pub scanners: Option<String>,
    /// Only sensors of these groups.
    pub groups: Vec<String>,
    /// Only these sensors.
    pub sensors: Vec<String>,
    /// Zone in which days and the period are cut.
    pub zone: Option<String>,
    /// internal, members or public.
    pub form: Option<String>,
    /// Traffic light label: clear, green, amber, amber+strict or red.
    pub tlp: Option<String>,
    /// Fewest sensors behind a cell of the public form.
    pub sensors_min: Option<u32>,
    /// Tables of the public form that are exempt from that.
    pub exempt: Vec<String>,
    /// The sections, in order.
    pub sections: Vec<String>,
    /// Date of issue, YYYY-MM-DD.
    pub issued: Option<String>,
    /// Date of the first edition, YYYY-MM-DD.
    pub first_published: Option<String>,
    /// Why this edition corrects the first one.
    pub correction: Option<Text>,
    /// Who publishes it, when not the configuration's institution.
    pub publisher: Option<Publisher>,
    /// Notices at the end, when not the configuration's.
    pub notice: Vec<Text>,
    /// The phenomena to tell, in order; one that is not named follows after those that are.
    pub phenomenon: Vec<Phenomenon>,
    /// Paragraphs that a person wrote.
    pub text: Vec<Rewritten>,
}

/// Who publishes a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// The institution, in Japanese.
    pub institution_ja: String,
    /// The institution, in English.
    pub institution_en: String,
    /// Where to write.
    #[serde(default)]
    pub contact: String,
}

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

/// A phenomenon and whether it is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phenomenon {
    /// Its anchor in the report, such as `dns-aftermath`.
    pub id: String,
    /// Whether it is told.
    #[serde(default = "yes")]
    pub show: bool,
    /// Why it was proposed; for the person who reads the draft.
    #[serde(default)]
    pub why: String,
}

/// A paragraph that a person wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewritten {
    /// The paragraph that it replaces.
    pub at: Option<String>,
    /// The paragraph after which it stands, when it replaces none.
    pub after: Option<String>,
    /// In Japanese.
    #[serde(default)]
    pub ja: String,
    /// In English.
    #[serde(default)]
    pub en: String,
    /// What the program had written there, shortened; the check tells when it would write something else now.
    #[serde(default)]
    pub was: String,
}

fn yes() -> bool {
    true
}

impl Definition {
    /// Reads a definition.
    ///
    /// # Errors
    /// When the text is too long, is not TOML, or has a key that there is not: where, and what.
    pub fn parse(text: &str) -> Result<Definition, String> {
        if text.len() > DEFINITION_BYTES_MAX {
            return Err(format!("a definition has at most {DEFINITION_BYTES_MAX} bytes"));
        }
        toml::from_str(text).map_err(|fault| fault.to_string().trim_end().to_string())
    }

    /// The paragraphs that a person wrote.
    ///
    /// # Errors
    /// When one says neither or both of where it replaces and where it follows.
    pub fn edits(&self) -> Result<Vec<Edit>, String> {
        self.text
            .iter()
            .map(|text| {
                let (place, replaces) = match (&text.at, &text.after) {
                    (Some(at), None) => (at, true),
                    (None, Some(after)) => (after, false),
                    _ => {
                        return Err(
                            "a [[text]] says either `at` (what it replaces) or `after` (what it follows)"
                                .to_string(),
                        );
                    }
                };
                Ok(Edit {
                    place: place.clone(),
                    replaces,
                    text: Names::new(text.ja.clone(), text.en.clone()),
                    was: text.was.clone(),
                })
            })
            .collect()
    }

    /// The notices in both languages.
    pub fn notices(&self) -> Vec<Names> {
        self.notice.iter().map(|notice| Names::new(notice.ja.clone(), notice.en.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_read_and_a_wrong_one_is_explained() {
        let read = Definition::parse(
            "kind = \"monthly\"\nform = \"public\"\nsensors_min = 3\nsections = [\"overview\"]\n\
             [[notice]]\nja = \"転載\"\nen = \"reprints\"\n[[phenomenon]]\nid = \"dns-aftermath\"\n\
             [[text]]\nat = \"overview/1\"\nja = \"文\"\nen = \"text\"\n",
        )
        .unwrap();
        assert_eq!(read.kind.as_deref(), Some("monthly"));
        assert!(read.phenomenon[0].show);
        assert!(read.edits().unwrap()[0].replaces);
        assert_eq!(Definition::parse("").unwrap(), Definition::default());
        for (text, part) in [
            ("kinds = \"monthly\"", "unknown field `kinds`"),
            ("[correction]\nja = \"文\"", "missing field `en`"),
            ("[[phenomenon]]\nshow = true", "missing field `id`"),
            ("kind = ", "TOML parse error"),
        ] {
            let fault = Definition::parse(text).unwrap_err();
            assert!(fault.contains(part), "{fault}");
        }
        let neither = Definition::parse("[[text]]\nja = \"文\"").unwrap();
        assert!(neither.edits().unwrap_err().contains("either `at`"));
    }
}
