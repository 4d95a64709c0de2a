//! A report before it is printed: what is known, what is planned, and what must not be told.
//!
//! Command line and portal make the documents of a draft from it, and check them, in the one same way.
//!
//! **Invariant:** the same manuscript and the same texts give the same documents and the same faults.

use crate::check::{self, Secrets};
use crate::document::Document;
use crate::draft::Edit;
use crate::error::ReportError;
use crate::facts::Facts;
use crate::kinds::periodic::periodic;
use crate::plan::Plan;
use crate::words::Language;

/// A report that can be made in any language, with any texts.
#[derive(Debug, Clone)]
pub struct Manuscript {
    /// What was counted and found.
    pub facts: Facts,
    /// What is made of it; its edits are those of the file that it was read from.
    pub plan: Plan,
    /// What betrays a sensor; empty where readers may know it.
    pub secrets: Secrets,
}

impl Manuscript {
    /// The finished documents with these texts.
    ///
    /// # Errors
    /// When a text has an address that there is not, or a mark that cannot be read, or the facts are not whole.
    pub fn documents(&self, edits: &[Edit], languages: &[Language]) -> Result<Vec<Document>, ReportError> {
        let plan = Plan { edits: edits.to_vec(), ..self.plan.clone() };
        languages.iter().map(|language| periodic(&self.facts, &plan, *language)).collect()
    }

    /// What keeps these documents, made with these texts, from their readers.
    ///
    /// # Errors
    /// When the facts are not whole.
    pub fn faults(&self, edits: &[Edit], documents: &[Document]) -> Result<Vec<String>, ReportError> {
        let plan = Plan { edits: edits.to_vec(), ..self.plan.clone() };
        let generated =
            if edits.is_empty() { documents.to_vec() } else { self.documents(&[], &Language::ALL)? };
        let bursts: Vec<String> = self.facts.recurring.bursts.iter().map(|burst| burst.key.clone()).collect();
        Ok(check::faults(documents, &generated, &plan, &self.secrets, &bursts))
    }
}
