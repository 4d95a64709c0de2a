//! The numbered references of the text.
//!
//! **Invariant:** whatever a section of the plan may cite stands here.

use super::phenomena;
use crate::document::{Block, Reference, Section};
use crate::facts::Facts;
use crate::plan::Plan;
use crate::words::Words;

/// Where IANA lists service names; cited under every table of ports.
const IANA_URL: &str =
    "https://www.iana.org/assignments/service-names-port-numbers/service-names-port-numbers.xhtml";

pub(super) fn section(facts: &Facts, _plan: &Plan, words: &Words) -> Section {
    let iana = Reference {
        id: "iana".to_string(),
        number: 0,
        author: "IANA".to_string(),
        title: "Service Name and Transport Protocol Port Number Registry".to_string(),
        url: IANA_URL.to_string(),
    };
    let mut all = vec![iana];
    all.extend(phenomena::references(facts, words.language));
    let blocks = vec![Block::References(all)];
    Section { id: "references".to_string(), heading: words.text("references"), blocks }
}
