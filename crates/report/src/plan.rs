//! What report is to be made: its kind, for whom, of which sections, in which order.
//!
//! A plan is the publisher's decision, so it is written in a definition and printed with the
//! provenance; facts say what was observed, a plan says what of it is told to whom.
//!
//! **Invariant:** a section stands in a plan at most once, and only where its readers may see it.

use teiten_model::selection::SENSORS_MIN;

use crate::draft::Edit;
use crate::kinds::sections::{self, SectionDef};

/// Sections without which no report is made: under which conditions it was observed, and what it cites.
const ALWAYS: [&str; 2] = ["provenance", "references"];

/// How long a report's period is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// A week of ISO 8601.
    Weekly,
    /// A month.
    Monthly,
    /// A quarter, of the calendar or the fiscal year.
    #[default]
    Quarterly,
    /// A calendar year.
    Yearly,
    /// A fiscal year, from April to March; its kind is yearly too.
    FiscalYearly,
}

impl Kind {
    /// Every kind, the shortest first.
    pub const ALL: [Kind; 5] =
        [Kind::Weekly, Kind::Monthly, Kind::Quarterly, Kind::Yearly, Kind::FiscalYearly];

    /// The name on the command line, in files and in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Weekly => "weekly",
            Kind::Monthly => "monthly",
            Kind::Quarterly => "quarterly",
            Kind::Yearly | Kind::FiscalYearly => "yearly",
        }
    }

    /// The texts that name the period and the one before.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Kind::Weekly => ("this-week", "prior-week"),
            Kind::Monthly => ("this-month", "prior-month"),
            Kind::Quarterly => ("this-quarter", "prior-quarter"),
            Kind::Yearly => ("this-year", "prior-year"),
            Kind::FiscalYearly => ("this-fiscal-year", "prior-fiscal-year"),
        }
    }
}

/// Who may read a form of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readers {
    /// Everyone.
    Public,
    /// Those who run sensors: pseudonyms for sensors, exact times.
    Members,
    /// Those who run the system: everything but the destinations' addresses.
    #[default]
    Internal,
}

impl Readers {
    /// Every kind of readers, the widest first.
    pub const ALL: [Readers; 3] = [Readers::Public, Readers::Members, Readers::Internal];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Readers::Public => "public",
            Readers::Members => "members",
            Readers::Internal => "internal",
        }
    }

    /// The readers of that name.
    pub fn parse(name: &str) -> Option<Readers> {
        Readers::ALL.into_iter().find(|readers| readers.name() == name)
    }
}

/// What report is to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How long its period is.
    pub kind: Kind,
    /// For whom.
    pub readers: Readers,
    /// Fewest sensors behind a cell that the public is shown (rule D119).
    pub sensors_min: u32,
    /// Tables of the public form to which the publisher does not apply that rule.
    pub exempt: Vec<String>,
    /// The sections, in order.
    pub sections: Vec<&'static SectionDef>,
    /// Label that says who may pass the report on to whom.
    pub tlp: Tlp,
    /// Phenomena by their anchors, in the order in which they are told, and whether they are.
    pub phenomena: Vec<(String, bool)>,
    /// Paragraphs that a person wrote.
    pub edits: Vec<Edit>,
}

/// A label of the Traffic Light Protocol, version 2.0 (FIRST), the widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tlp {
    /// To everyone.
    Clear,
    /// Within the community.
    Green,
    /// Within the organisation and its clients.
    Amber,
    /// Within the organisation.
    AmberStrict,
    /// To the recipients alone.
    Red,
}

impl Tlp {
    /// Every label, the widest first.
    pub const ALL: [Tlp; 5] = [Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red];

    /// The label as it is printed, after `TLP:`.
    pub fn name(self) -> &'static str {
        match self {
            Tlp::Clear => "CLEAR",
            Tlp::Green => "GREEN",
            Tlp::Amber => "AMBER",
            Tlp::AmberStrict => "AMBER+STRICT",
            Tlp::Red => "RED",
        }
    }

    /// The label of that name, whatever its case.
    pub fn parse(name: &str) -> Option<Tlp> {
        Tlp::ALL.into_iter().find(|label| label.name().eq_ignore_ascii_case(name))
    }

    /// The label of a form when nobody says otherwise.
    pub fn of(readers: Readers) -> Tlp {
        match readers {
            Readers::Public => Tlp::Clear,
            Readers::Members => Tlp::Amber,
            Readers::Internal => Tlp::AmberStrict,
        }
    }
}

impl Default for Plan {
    fn default() -> Plan {
        Plan::new(Kind::default(), Readers::default())
    }
}

impl Plan {
    /// The plan of a kind for some readers, when nobody says otherwise.
    pub fn new(kind: Kind, readers: Readers) -> Plan {
        let sections = sections::SECTIONS
            .iter()
            .filter(|section| section.is_usual(kind) && readers >= section.readers)
            .collect();
        Plan {
            kind,
            readers,
            sensors_min: SENSORS_MIN,
            exempt: Vec::new(),
            sections,
            tlp: Tlp::of(readers),
            phenomena: Vec::new(),
            edits: Vec::new(),
        }
    }

    /// Whether a section is part of it.
    pub fn has(&self, section: &str) -> bool {
        self.sections.iter().any(|def| def.name == section)
    }

    /// Chooses the sections by their names, in that order; what every report needs is added at the end.
    ///
    /// # Errors
    /// When a name is no section, stands twice, or is not for these readers: what, and what to do.
    pub fn choose(&mut self, names: &[String]) -> Result<(), String> {
        let mut chosen: Vec<&'static SectionDef> = Vec::new();
        for name in names {
            let Some(def) = sections::find(name) else {
                let known: Vec<&str> = sections::SECTIONS.iter().map(|def| def.name).collect();
                return Err(format!("`{name}` is not a section: there are {}", known.join(", ")));
            };
            if self.readers < def.readers {
                return Err(format!(
                    "the section `{name}` is not for {} readers: take it out, or make the {} form",
                    self.readers.name(),
                    def.readers.name()
                ));
            }
            if chosen.iter().any(|other| other.name == def.name) {
                return Err(format!("the section `{name}` stands twice: leave one"));
            }
            chosen.push(def);
        }
        if chosen.is_empty() {
            return Err("no section is chosen: name at least one".to_string());
        }
        for name in ALWAYS {
            if let Some(def) = sections::find(name).filter(|def| !chosen.contains(def)) {
                chosen.push(def);
            }
        }
        self.sections = chosen;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_chosen_by_name_and_refused_with_a_reason() {
        let mut plan = Plan::new(Kind::Quarterly, Readers::Public);
        let told = |names: &[&str], plan: &mut Plan| {
            plan.choose(&names.iter().map(ToString::to_string).collect::<Vec<_>>()).err().unwrap_or_default()
        };
        assert_eq!(told(&["references", "overview"], &mut plan), "");
        let names = |plan: &Plan| plan.sections.iter().map(|def| def.name).collect::<Vec<_>>();
        assert_eq!(names(&plan), ["references", "overview", "provenance"]);
        for (names, part) in [
            (&["overviev"][..], "`overviev` is not a section: there are overview"),
            (&["overview", "overview"][..], "stands twice"),
            (&[][..], "no section is chosen"),
        ] {
            assert!(told(names, &mut plan).contains(part), "{names:?}: {}", told(names, &mut plan));
        }
        assert_eq!(plan.sections.len(), 3, "a refused choice changes nothing");
    }

    #[test]
    fn readers_have_an_order_and_names() {
        assert!(Readers::Public < Readers::Members && Readers::Members < Readers::Internal);
        for readers in Readers::ALL {
            assert_eq!(Readers::parse(readers.name()), Some(readers));
        }
    }
}
