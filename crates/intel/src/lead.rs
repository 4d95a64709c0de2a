//! Lead time: whether a port changed here before or after a vulnerability of its product was listed as exploited.
//!
//! For each entry of CISA's catalogue with a port, the change of the port that is nearest to its date is looked for. Ports
//! change without an entry, too: the same is asked, for the same dates, of ports that have none. Only when more of the
//! former changed than of the latter has the catalogue to do with it.
//!
//! **Invariant:** entries and controls are judged by one rule over the same days; what was not observed counts for neither.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::interval::Day;

use crate::record::PortRange;

/// Days on each side of a date within which a change is looked for.
pub const REACH_DAYS: i32 = 45;
/// The least part of these days on which sensors listened: of what nobody watched nothing can be said.
pub const OBSERVED_SHARE_MIN: f64 = 0.9;
/// Fewest packets of a port that is judged: on the ten thousands that are asked for once or twice no change could be
/// found, and as controls they would make every change look rare.
pub const PACKETS_MIN: i64 = 30;
/// Most entries that are judged.
pub const ENTRIES_MAX: usize = 100_000;

/// An entry with ports.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Number.
    pub id: String,
    /// The day it was listed.
    pub day: Day,
    /// Ports of its products.
    pub ports: Vec<PortRange>,
}

/// A change of a port that a detector found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Protocol.
    pub proto: u8,
    /// Port.
    pub port: u16,
    /// The day it began.
    pub onset: Day,
    /// The finding.
    pub finding: String,
}

/// One entry and one of its ports that was asked for here.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Number.
    pub id: String,
    /// Protocol.
    pub proto: u8,
    /// Port.
    pub port: u16,
    /// The day it was listed.
    pub day: Day,
    /// The nearest change; `None` when the port did not change.
    pub change: Option<Change>,
    /// Days by which the change came before the date; after it when negative.
    pub lead_days: Option<i32>,
    /// The share of control ports that changed within the same days.
    pub control_share: f64,
}

/// Everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Leads {
    /// In the order of days, numbers and ports.
    pub rows: Vec<Row>,
    /// Pairs of entry and port that were observed around their date.
    pub observed: usize,
    /// Of those, pairs whose port changed.
    pub changed: usize,
    /// Of those, pairs whose port changed before the date.
    pub before: usize,
    /// Pairs that would have changed by chance, by what control ports did.
    pub expected: f64,
    /// Control ports.
    pub controls: usize,
    /// Entries whose ports are not known.
    pub without_port: usize,
    /// Entries whose days were not observed, or whose ports nobody asked for.
    pub unobserved: usize,
}

/// Judges entries by changes, over the days on which sensors listened, among the ports that were asked for, each with its
/// packets.
pub fn leads(
    entries: &[Entry],
    changes: &[Change],
    packets: &BTreeMap<(u8, u16), i64>,
    observed: &BTreeSet<Day>,
) -> Leads {
    let busy = packets.iter().filter(|(_, packets)| **packets >= PACKETS_MIN);
    let ports: BTreeSet<(u8, u16)> = busy.map(|(port, _)| *port).collect();
    let mut by_port: BTreeMap<(u8, u16), Vec<&Change>> = BTreeMap::new();
    for change in changes {
        by_port.entry((change.proto, change.port)).or_default().push(change);
    }
    let of_entries = |port: &(u8, u16)| {
        entries.iter().any(|entry| entry.ports.iter().any(|range| range.contains(port.0, port.1)))
    };
    let controls: Vec<(u8, u16)> = ports.iter().copied().filter(|port| !of_entries(port)).collect();
    let nearest = |port: (u8, u16), day: Day| -> Option<&Change> {
        let near = by_port.get(&port)?.iter().copied();
        let near = near.filter(|change| (change.onset.0 - day.0).abs() <= REACH_DAYS);
        near.min_by_key(|change| ((change.onset.0 - day.0).abs(), change.onset))
    };
    let mut leads = Leads { controls: controls.len(), ..Leads::default() };
    let mut shares: BTreeMap<Day, f64> = BTreeMap::new();
    for entry in entries.iter().take(ENTRIES_MAX) {
        if entry.ports.is_empty() {
            leads.without_port += 1;
            continue;
        }
        let around = Day(entry.day.0 - REACH_DAYS)..=Day(entry.day.0 + REACH_DAYS);
        let share_observed = observed.range(around).count() as f64 / f64::from(2 * REACH_DAYS + 1);
        let is_observed = share_observed >= OBSERVED_SHARE_MIN;
        let own = ports.iter().filter(|port| entry.ports.iter().any(|range| range.contains(port.0, port.1)));
        let own: Vec<(u8, u16)> = own.copied().collect();
        if !is_observed || own.is_empty() {
            leads.unobserved += 1;
            continue;
        }
        let share = *shares.entry(entry.day).or_insert_with(|| {
            let moved = controls.iter().filter(|port| nearest(**port, entry.day).is_some()).count();
            moved as f64 / controls.len().max(1) as f64
        });
        for port in own {
            let change = nearest(port, entry.day);
            let lead_days = change.map(|change| entry.day.0 - change.onset.0);
            leads.observed += 1;
            leads.changed += usize::from(change.is_some());
            leads.before += usize::from(lead_days.is_some_and(|days| days > 0));
            leads.expected += share;
            leads.rows.push(Row {
                id: entry.id.clone(),
                proto: port.0,
                port: port.1,
                day: entry.day,
                change: change.cloned(),
                lead_days,
                control_share: share,
            });
        }
    }
    leads.rows.sort_by(|a, b| (a.day, &a.id, a.proto, a.port).cmp(&(b.day, &b.id, b.proto, b.port)));
    leads
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(port: u16, onset: i32) -> Change {
        Change { proto: 6, port, onset: Day(onset), finding: format!("surge:{port}") }
    }

    fn entry(id: &str, day: i32, port: u16) -> Entry {
        Entry { id: id.into(), day: Day(day), ports: vec![PortRange(6, port, port)] }
    }

    #[test]
    fn changes_before_and_after_are_told_beside_what_controls_did() {
        let entries = [
            entry("A", 1000, 10),
            entry("B", 1000, 11),
            entry("C", 1000, 12),
            entry("D", 10, 10),
            entry("E", 1000, 99),
        ];
        let none = Entry { ports: Vec::new(), ..entry("F", 1000, 1) };
        let all: Vec<Entry> = entries.into_iter().chain([none]).collect();
        let changes =
            [change(10, 990), change(10, 800), change(11, 1003), change(20, 1040), change(21, 1046)];
        let mut ports: BTreeMap<(u8, u16), i64> =
            [10, 11, 12, 20, 21, 22, 23].map(|port| ((6, port), PACKETS_MIN)).into_iter().collect();
        ports.extend((1000..2000).map(|port| ((6, port), PACKETS_MIN - 1)));
        // Of the days of the last entry nearly all were missed.
        let observed: BTreeSet<Day> = (900..1100).chain([8, 9, 10, 11]).map(Day).collect();
        let leads = leads(&all, &changes, &ports, &observed);
        let rows: Vec<(String, Option<i32>, f64)> =
            leads.rows.iter().map(|row| (row.id.clone(), row.lead_days, row.control_share)).collect();
        let share = 0.25;
        assert_eq!(
            rows,
            [("A".into(), Some(10), share), ("B".into(), Some(-3), share), ("C".into(), None, share)],
        );
        assert_eq!((leads.observed, leads.changed, leads.before), (3, 2, 1));
        assert_eq!((leads.controls, leads.without_port, leads.unobserved), (4, 1, 2));
        assert!((leads.expected - 0.75).abs() < 1e-9);
    }
}
