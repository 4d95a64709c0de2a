//! The sections a report can have: one list, from which plans, definitions and the manual are made.
//!
//! **Invariant:** a section is pure: facts and a plan in, blocks out; without facts it says so or is left out.

use super::{overview, phenomena, provenance, references};
use crate::document::Section;
use crate::facts::Facts;
use crate::plan::{Kind, Plan, Readers};
use crate::words::Words;

/// A section as the list knows it.
#[derive(Debug)]
pub struct SectionDef {
    /// Name in definitions; also its anchor.
    pub name: &'static str,
    /// What it holds, in one sentence.
    pub doc: &'static str,
    /// The widest readers it is for.
    pub readers: Readers,
    /// Kinds of which it is a part when nobody says otherwise.
    pub usual: &'static [Kind],
    /// Builds it; `None` when there is nothing to say.
    pub(crate) build: fn(&Facts, &Plan, &Words) -> Option<Section>,
}

impl PartialEq for SectionDef {
    fn eq(&self, other: &SectionDef) -> bool {
        self.name == other.name
    }
}

impl SectionDef {
    /// Whether it is part of a kind when nobody says otherwise.
    pub fn is_usual(&self, kind: Kind) -> bool {
        self.usual.contains(&kind)
    }
}

/// Every section, in the usual order.
pub const SECTIONS: &[SectionDef] = &[
    SectionDef {
        name: "overview",
        doc: "What was observed; ranks of destination ports and source regions with the period before, by day, and what changed.",
        readers: Readers::Public,
        usual: &Kind::ALL,
        build: |facts, plan, words| Some(overview::section(facts, plan, words)),
    },
    SectionDef {
        name: "phenomena",
        doc: "Notable phenomena found in the packets, with evidence, who is affected, and advice.",
        readers: Readers::Public,
        usual: &Kind::ALL,
        build: |facts, plan, words| Some(phenomena::section(facts, plan, words)),
    },
    SectionDef {
        name: "provenance",
        doc: "Conditions of observation: coverage, losses, editions of rules and reference data, inputs, the command.",
        readers: Readers::Public,
        usual: &Kind::ALL,
        build: |facts, plan, words| Some(provenance::section(facts, plan, words)),
    },
    SectionDef {
        name: "references",
        doc: "The numbered references of the text.",
        readers: Readers::Public,
        usual: &Kind::ALL,
        build: |facts, plan, words| Some(references::section(facts, plan, words)),
    },
];

/// The section of that name.
pub fn find(name: &str) -> Option<&'static SectionDef> {
    SECTIONS.iter().find(|section| section.name == name)
}
