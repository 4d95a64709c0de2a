//! Why two reports differ, as far as they record it: inputs, editions, software, what was asked for,
//! coverage and losses.
//!
//! **Invariant:** only what both reports record is compared: a form that leaves the sensors out says
//! nothing about them.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::{Reason, ReasonKind};
use super::printed::{Datum, Printed, Sheet};

/// Rows of the table `coverage` that are conditions; the others are counts.
const CONDITIONS: [&str; 3] = ["sensors", "addresses", "days"];

/// Everything about the making of two reports that differs.
pub(super) fn reasons(old: &Printed, new: &Printed) -> Vec<Reason> {
    let mut reasons = Vec::new();
    head(old, new, &mut reasons);
    let both = |id: &str| Some((old.table(id)?, new.table(id)?));
    match both("inputs") {
        Some((old, new)) => inputs(old, new, &mut reasons),
        None if old.inputs_digest != new.inputs_digest => reasons.push(Reason {
            kind: ReasonKind::Inputs,
            subject: String::new(),
            old: said(old.inputs_digest.clone()),
            new: said(new.inputs_digest.clone()),
        }),
        None => {}
    }
    if let Some((before, after)) = both("editions") {
        editions(before, after, old.language == new.language, &mut reasons);
    }
    if let Some((old, new)) = both("coverage") {
        coverage(old, new, &mut reasons);
    }
    if let Some((before, after)) = both("sensors") {
        sensors(before, after, old.language == new.language, &mut reasons);
    }
    if old.language == new.language {
        notes(old, new, &mut reasons);
    }
    reasons.sort_by(|a, b| (a.kind, &a.subject).cmp(&(b.kind, &b.subject)));
    reasons
}

fn head(old: &Printed, new: &Printed, reasons: &mut Vec<Reason>) {
    let period = |printed: &Printed| format!("{} {}", printed.kind, printed.name);
    let plain = [
        (ReasonKind::Period, period(old), period(new)),
        (ReasonKind::Zone, old.zone.clone(), new.zone.clone()),
        (ReasonKind::Form, old.form.clone(), new.form.clone()),
        (ReasonKind::Software, old.software.clone(), new.software.clone()),
    ];
    for (kind, old, new) in plain {
        if old != new {
            reasons.push(Reason { kind, subject: String::new(), old: said(old), new: said(new) });
        }
    }
    // The zone has its own line.
    let options = |printed: &Printed| {
        let all = printed.options.iter().filter(|(name, _)| name.as_str() != "--tz");
        all.chain(&printed.conditions).map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let (old, new): (BTreeMap<String, String>, BTreeMap<String, String>) = (options(old), options(new));
    for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let (before, after) = (old.get(name), new.get(name));
        if before != after {
            let datum = |value: Option<&String>| value.map_or(Datum::Null, |text| Datum::Text(text.clone()));
            let subject = name.clone();
            reasons.push(Reason {
                kind: ReasonKind::Condition,
                subject,
                old: datum(before),
                new: datum(after),
            });
        }
    }
}

fn said(text: String) -> Datum {
    if text.is_empty() { Datum::Null } else { Datum::Text(text) }
}

/// The value of a column by the key of the first column.
fn by_key<'a>(sheet: &'a Sheet, column: &str) -> BTreeMap<String, &'a Datum> {
    let place = sheet.place(column);
    let value = |row: &'a Vec<super::printed::Entry>| {
        let key = row.first()?.value.key();
        Some((key, &row.get(place?)?.value))
    };
    sheet.rows.iter().filter_map(value).collect()
}

fn inputs(old: &Sheet, new: &Sheet, reasons: &mut Vec<Reason>) {
    let (old, new) = (by_key(old, "frames"), by_key(new, "frames"));
    for hash in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let (before, after) = (old.get(hash).copied(), new.get(hash).copied());
        let kind = match (before, after) {
            (None, _) => ReasonKind::InputAdded,
            (_, None) => ReasonKind::InputRemoved,
            (before, after) if before != after => ReasonKind::InputRecounted,
            _ => continue,
        };
        let datum = |value: Option<&Datum>| value.cloned().unwrap_or(Datum::Null);
        reasons.push(Reason { kind, subject: hash.clone(), old: datum(before), new: datum(after) });
    }
}

/// Editions are sets: one kind of reference data may have several in one report.
fn editions(old: &Sheet, new: &Sheet, is_one_language: bool, reasons: &mut Vec<Reason>) {
    let sets = |sheet: &Sheet| {
        let mut sets: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in 0..sheet.rows.len() {
            let key = |name| sheet.entry(row, name).map(|entry| entry.value.key()).unwrap_or_default();
            let what = if is_one_language { key("what") } else { String::new() };
            sets.entry(what).or_default().insert(key("edition"));
        }
        sets
    };
    let (old, new) = (sets(old), sets(new));
    let nothing = BTreeSet::new();
    for what in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let (before, after) = (old.get(what).unwrap_or(&nothing), new.get(what).unwrap_or(&nothing));
        if before != after {
            let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
                said(one.difference(other).cloned().collect::<Vec<_>>().join(", "))
            };
            reasons.push(Reason {
                kind: ReasonKind::Edition,
                subject: what.clone(),
                old: only(before, after),
                new: only(after, before),
            });
        }
    }
}

fn coverage(old: &Sheet, new: &Sheet, reasons: &mut Vec<Reason>) {
    let before = by_key(old, "value");
    let after = by_key(new, "value");
    for item in CONDITIONS {
        let (Some(old), Some(new)) = (before.get(item), after.get(item)) else { continue };
        if old != new {
            reasons.push(Reason {
                kind: ReasonKind::Coverage,
                subject: item.to_string(),
                old: (*old).clone(),
                new: (*new).clone(),
            });
        }
    }
}

/// What sensors lost, and when they were silent; days are written in the report's language.
fn sensors(old: &Sheet, new: &Sheet, is_one_language: bool, reasons: &mut Vec<Reason>) {
    let both = [(ReasonKind::Loss, "lost"), (ReasonKind::Silence, "silent")];
    for (kind, column) in both.into_iter().filter(|(kind, _)| is_one_language || *kind == ReasonKind::Loss) {
        let (before, after) = (by_key(old, column), by_key(new, column));
        for (sensor, old) in before {
            let Some(new) = after.get(&sensor) else { continue };
            if old != *new {
                reasons.push(Reason { kind, subject: sensor, old: old.clone(), new: (*new).clone() });
            }
        }
    }
}

fn notes(old: &Printed, new: &Printed, reasons: &mut Vec<Reason>) {
    let of = |printed: &Printed| -> BTreeSet<String> {
        let notes = printed.sentences.iter().filter(|sentence| sentence.is_condition);
        notes.map(|sentence| sentence.text.clone()).collect()
    };
    let (old, new) = (of(old), of(new));
    // A note that was rewritten is one difference, not two.
    let (mut left, mut entered) = (old.difference(&new), new.difference(&old));
    loop {
        let (before, after) = (left.next(), entered.next());
        if before.is_none() && after.is_none() {
            return;
        }
        let datum = |text: Option<&String>| text.map_or(Datum::Null, |text| said(text.clone()));
        let (old, new) = (datum(before), datum(after));
        reasons.push(Reason { kind: ReasonKind::Note, subject: String::new(), old, new });
    }
}
