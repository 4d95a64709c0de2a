//! When what became known of a port: the marks of its series.
//!
//! **Invariant:** marks come in the order of time; of equal days in the order of their kinds and names.

use teiten_model::interval::Day;

use crate::knowledge::Knowledge;
use crate::relate::{DateKind, dates_of};
use crate::shelf::Told;

/// A mark of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub day: Day,
    /// What became known.
    pub kind: DateKind,
    /// Of what: its number, or identifier in our table.
    pub id: String,
    /// Its name, in English.
    pub en: String,
    /// Its name, in Japanese.
    pub ja: String,
    /// Who says so.
    pub told_by: Vec<String>,
}

/// The marks of a port from one day to another, both inside.
pub fn marks(
    knowledge: &Knowledge,
    proto: u8,
    port: u16,
    vulnerabilities: &[Told],
    first: Day,
    last: Day,
) -> Vec<Mark> {
    let mut marks = Vec::new();
    for told in vulnerabilities {
        let record = &told.record;
        marks.extend(dates_of(record).into_iter().map(|(kind, day)| Mark {
            day,
            kind,
            id: record.id.clone(),
            en: record.name_en().to_string(),
            ja: record.name_ja().to_string(),
            told_by: told.told_by.clone(),
        }));
    }
    let families = knowledge.families_on(proto, port).filter(|family| family.port_is_typical);
    marks.extend(families.filter_map(|family| {
        Some(Mark {
            day: family.since?,
            kind: DateKind::Since,
            id: family.id.clone(),
            en: family.en.clone(),
            ja: family.ja.clone(),
            told_by: family.sources.clone(),
        })
    }));
    marks.retain(|mark| (first..=last).contains(&mark.day));
    marks.sort_by(|a, b| (a.day, a.kind, &a.id).cmp(&(b.day, b.kind, &b.id)));
    marks
}
