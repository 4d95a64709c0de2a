//! Which editions count on a day: of each kind the newest that is not after it, else the oldest.
//!
//! Where lists stand side by side ([`Kind::is_list`]), each list has one. An edition that is later than the day is
//! told as `(later)`.
//!
//! **Invariant:** the answer depends on the editions and the day alone.

use std::collections::BTreeMap;

use teiten_model::interval::Day;

use crate::edition::{Edition, Kind};

/// An edition in force, and whether it is later than the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InForce {
    /// Its place in the list of editions.
    pub(crate) place: usize,
    /// Whether it was made after the day.
    pub(crate) later: bool,
}

/// The editions of some kinds in force on a day, by kind and name; `editions` are in the order of kind, date and name.
pub(crate) fn in_force(editions: &[Edition], day: Day, is_wanted: impl Fn(Kind) -> bool) -> Vec<InForce> {
    // In that order the last one that fits is the newest.
    let mut chosen: BTreeMap<(Kind, &str), InForce> = BTreeMap::new();
    for (place, edition) in editions.iter().enumerate().filter(|(_, edition)| is_wanted(edition.kind)) {
        let list = if edition.kind.is_list() { edition.name.as_str() } else { "" };
        let found = InForce { place, later: day < edition.date };
        let before = chosen.entry((edition.kind, list)).or_insert(found);
        if !found.later {
            *before = found;
        }
    }
    chosen.into_values().collect()
}

/// The word for editions of one kind, such as `as=2026-11-01(later)`; `None` without any.
///
/// Several lists are told by the newest date and how many there are beside it.
pub(crate) fn word<'a>(kind: Kind, editions: impl Iterator<Item = (&'a Edition, bool)>) -> Option<String> {
    let editions: Vec<(&Edition, bool)> = editions.collect();
    let newest = editions.iter().map(|(edition, _)| edition.date).max()?;
    let beside = match editions.len() - 1 {
        0 => String::new(),
        more => format!("+{more}"),
    };
    let later = if editions.iter().any(|(_, later)| *later) { "(later)" } else { "" };
    Some(format!("{kind}={newest}{beside}{later}"))
}
