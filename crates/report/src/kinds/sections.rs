//! The sections a report can have: one list, from which plans, definitions and the manual are made.
//!
//! **Invariant:** a section is pure: facts and a plan in, blocks out; without facts it says so or is left out.

use super::{overview, phenomena, provenance, recurring, references};
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
        name: "year",
        doc: "A year of the lines and regions of the overview.",
        readers: Readers::Public,
        usual: &[],
        build: |facts, _, words| Some(recurring::section(&recurring::year::SPEC, facts, words)),
    },
    SectionDef {
        name: "accesses",
        doc: "Packets per address and day, sources per day, and ranks per address, with the period before.",
        readers: Readers::Public,
        usual: &[],
        build: |facts, _, words| Some(recurring::section(&recurring::accesses::SPEC, facts, words)),
    },
    SectionDef {
        name: "hosts",
        doc: "Ranks of regions and ports by distinct sources.",
        readers: Readers::Public,
        usual: &[],
        build: |facts, _, words| Some(recurring::section(&recurring::hosts::SPEC, facts, words)),
    },
    SectionDef {
        name: "home-sources",
        doc: "Sources of the home country: 23/TCP with and without the trait of Mirai, ports, kinds of infection.",
        readers: Readers::Public,
        usual: &[],
        build: |facts, _, words| Some(recurring::section(&recurring::home::SPEC, facts, words)),
    },
    SectionDef {
        name: "shares",
        doc: "Ports that sources of the home country look for beside those of all.",
        readers: Readers::Public,
        usual: &[],
        build: |facts, _, words| Some(recurring::section(&recurring::shares::SPEC, facts, words)),
    },
    SectionDef {
        name: "mirai",
        doc: "Hosts with the trait of Mirai by region.",
        readers: Readers::Public,
        usual: &[],
        build: |facts, _, words| Some(recurring::section(&recurring::mirai::SPEC, facts, words)),
    },
    SectionDef {
        name: "groups",
        doc: "Groups of sensors side by side, by month.",
        readers: Readers::Public,
        usual: &[],
        build: |facts, _, words| Some(recurring::section(&recurring::groups::SPEC, facts, words)),
    },
    SectionDef {
        name: "sensor-ports",
        doc: "The ports most looked for at each sensor.",
        readers: Readers::Members,
        usual: &[],
        build: |facts, _, words| Some(recurring::section(&recurring::sensors::SPEC, facts, words)),
    },
    SectionDef {
        name: "scanners",
        doc: "Sources that look for many ports in a day, by organisation; networks behind one scan.",
        readers: Readers::Public,
        usual: &[],
        build: |facts, _, words| Some(recurring::section(&recurring::scanners::SPEC, facts, words)),
    },
    SectionDef {
        name: "signatures",
        doc: "Tools and families that packets betray, by category.",
        readers: Readers::Public,
        usual: &[],
        build: |facts, _, words| Some(recurring::section(&recurring::signatures::SPEC, facts, words)),
    },
    SectionDef {
        name: "damage",
        doc: "Damage by denial of service elsewhere: victims, their ports, packets a day.",
        readers: Readers::Public,
        usual: &[],
        build: |facts, _, words| Some(recurring::section(&recurring::damage::SPEC, facts, words)),
    },
    SectionDef {
        name: "reflection",
        doc: "Answers that nobody asked for, by service.",
        readers: Readers::Public,
        usual: &[],
        build: |facts, _, words| Some(recurring::section(&recurring::reflection::SPEC, facts, words)),
    },
    SectionDef {
        name: "per-address",
        doc: "Years side by side: packets, addresses, packets per address.",
        readers: Readers::Public,
        usual: &[Kind::Yearly, Kind::FiscalYearly],
        build: |facts, _, words| Some(recurring::section(&recurring::per_address::SPEC, facts, words)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_tells_every_section_and_no_other() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/report.md");
        let guide = std::fs::read_to_string(path).unwrap();
        let table = guide.split("| section | what it holds |").nth(1).unwrap();
        let told: Vec<&str> =
            table.lines().skip(2).map_while(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(told, SECTIONS.iter().map(|section| section.name).collect::<Vec<_>>());
    }
}
