//! Which lists say of an organisation that it scans openly, and of what day they are.
//!
//! **Invariant:** a list is told only where some entry of it counts on that day: expired ones fall away.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use teiten_model::interval::Day;

use crate::edition::Kind;
use crate::error::Result;
use crate::in_force::in_force;
use crate::library::Library;
use crate::scanners::LAST_SEEN_DAYS_MAX;
use crate::tables::Table;

/// Organisations with the lists that name them.
#[derive(Debug, Default)]
pub struct Actors {
    lists: BTreeMap<String, BTreeSet<String>>,
}

impl Actors {
    /// Reads the lists of a folder that are in force on a day.
    pub fn load(dir: &Path, day: Day) -> Result<Actors> {
        let library = Library::open(dir)?;
        let editions = library.editions()?;
        let mut actors = Actors::default();
        for found in in_force(&editions, day, |kind| kind == Kind::Scanner) {
            let edition = &editions[found.place];
            let Table::Scanner(spans) = library.table(edition)? else { continue };
            let later = if found.later { " (later)" } else { "" };
            let word = format!("{} {}{later}", edition.name, edition.date);
            for (_, _, actor) in spans.rows() {
                let until = actor.last_seen.map_or(i32::MAX, |day| day.0.saturating_add(LAST_SEEN_DAYS_MAX));
                if day.0 <= until {
                    actors.lists.entry(actor.organisation.clone()).or_default().insert(word.clone());
                }
            }
        }
        Ok(actors)
    }

    /// The lists that name an organisation, each with its date; `None` when no list in force does.
    pub fn lists_of(&self, organisation: &str) -> Option<String> {
        let lists: Vec<&str> = self.lists.get(organisation)?.iter().map(String::as_str).collect();
        Some(lists.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edition::parse_day;
    use crate::library::ImportRequest;

    #[test]
    fn lists_are_told_with_their_dates_and_expired_entries_fall_away() {
        let dir = tempfile::tempdir().expect("a folder");
        let library = Library::open(dir.path()).expect("a library");
        let put = |name: &str, text: &str, date: &str| {
            let path = dir.path().join(format!("{name}.csv"));
            std::fs::write(&path, text).expect("a file");
            let request = ImportRequest {
                paths: vec![path],
                kind: Some(Kind::Scanner),
                name: Some(name.to_string()),
                date: parse_day(date),
                ..ImportRequest::default()
            };
            library.import(&request).expect("an import");
        };
        put("one", "address,organisation,last_seen\n1.2.3.4,Alpha,2026-01-10\n1.2.3.5,Beta,\n", "2026-01-15");
        put("two", "address,organisation,last_seen\n1.2.3.6,Alpha,\n", "2026-02-01");
        let told = |day: &str, name: &str| {
            let actors = Actors::load(dir.path(), parse_day(day).expect("a day")).expect("lists");
            actors.lists_of(name).unwrap_or_default()
        };
        assert_eq!(told("2026-02-10", "Alpha"), "one 2026-01-15, two 2026-02-01");
        assert_eq!(told("2026-01-20", "Alpha"), "one 2026-01-15, two 2026-02-01 (later)");
        assert_eq!(told("2026-05-01", "Alpha"), "two 2026-02-01", "seen last more than 90 days before");
        assert_eq!(told("2026-05-01", "Beta"), "one 2026-01-15", "an entry without a day does not expire");
        assert_eq!(told("2026-02-10", "Gamma"), "");
    }
}
