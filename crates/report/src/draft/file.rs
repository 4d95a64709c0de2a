//! A draft as a file: a definition with every phenomenon and every paragraph, for a person to change.
//!
//! Paragraphs stand there as comments: who wants to change one takes the marks off and rewrites it.
//!
//! **Invariant:** the file reads back as a definition that changes nothing.

use crate::document::Document;
use crate::draft::{Paragraph, mark, paragraphs};
use crate::kinds::sections::SECTIONS;
use crate::plan::Plan;

/// A phenomenon that is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its anchor.
    pub id: String,
    /// Why it is proposed, for the person who decides.
    pub why: String,
}

/// The keys that stand at the head of a draft: name and value as TOML.
pub type Keys = [(&'static str, toml::Value)];

/// Writes the draft of a report in both languages.
pub fn file(plan: &Plan, keys: &Keys, proposals: &[Proposal], ja: &Document, en: &Document) -> String {
    let mut text = format!("# {}\n# {}\n", ja.title, en.title);
    text.push_str(HEAD);
    for (name, value) in keys {
        text.push_str(&format!("{name} = {value}\n"));
    }
    let chosen: Vec<&str> = plan.sections.iter().map(|section| section.name).collect();
    let list: Vec<String> = chosen.iter().map(|name| format!("\"{name}\"")).collect();
    text.push_str(&format!("sections = [{}]\n", list.join(", ")));
    let others = SECTIONS.iter().filter(|section| !chosen.contains(&section.name));
    for section in others.filter(|section| plan.readers >= section.readers) {
        text.push_str(&format!("# also: \"{}\": {}\n", section.name, section.doc));
    }
    for proposal in proposals {
        text.push_str(&format!(
            "\n[[phenomenon]]\nid = {}\nshow = true\nwhy = {}\n",
            quoted(&proposal.id),
            quoted(&proposal.why)
        ));
    }
    text.push_str(BODY);
    let english = paragraphs(en);
    for paragraph in paragraphs(ja) {
        let same = english.iter().find(|other| other.place == paragraph.place);
        text.push_str(&entry(&paragraph, same));
    }
    text
}

const HEAD: &str = "#
# A draft. Change it and make the report again: teiten report make --with FILE
# Check it before it is published:              teiten report check --with FILE

";

const BODY: &str = "
# The paragraphs. To change one, take off the leading `# ` of its lines and rewrite it in both languages;
# empty texts take it out; `after` instead of `at` adds one behind it. Numbers are bound to tables:
# {table:row:column}, without its sign {abs table:row:column}; {to table} and {cite reference} are labels.
";

/// A paragraph as a comment that a person can take the marks off.
pub(super) fn entry(ja: &Paragraph, en: Option<&Paragraph>) -> String {
    let english = en.map_or("", |en| en.text.as_str());
    format!(
        "\n# [[text]]\n# at = {}\n# ja = {}\n# en = {}\n# was = {}\n",
        quoted(&ja.place),
        quoted(&ja.text),
        quoted(english),
        quoted(&mark(&ja.text))
    )
}

/// A text as TOML.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_string()).to_string()
}
