//! Two reports side by side: tables by identifier and row, sentences by section.
//!
//! **Invariant:** numbers count as the same when they are, or when they are written the same and differ
//! in the last places of their calculation only.
//! **Invariant:** between two languages only numbers are compared: texts differ in any case.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::{CellChange, Changes, Presence, RowChange, Side, TableChange, WordingChange};
use super::printed::{Datum, Entry, Printed, Sheet};
use super::{explain, keys};
use crate::words::Language;

/// Greatest part by which the results of two calculations of one number differ.
const ROUNDING_MAX: f64 = 1e-9;

/// Tables that are told as reasons, not as numbers of the report.
const ORIGINS: [&str; 2] = ["inputs", "editions"];

/// The reports of the language in which two folders are best compared: the preferred one, another that
/// both have, or the first of each.
pub fn pair<'a>(
    old: &'a [Printed],
    new: &'a [Printed],
    preferred: Language,
) -> Option<(&'a Printed, &'a Printed)> {
    let find = |all: &'a [Printed], language| all.iter().find(|printed| printed.language == language);
    let mut languages = vec![preferred];
    languages.extend(Language::ALL);
    let common =
        languages.into_iter().find_map(|language| Some((find(old, language)?, find(new, language)?)));
    common.or_else(|| Some((old.first()?, new.first()?)))
}

/// What differs.
pub fn compare(old: &Printed, new: &Printed) -> Changes {
    let is_one_language = old.language == new.language;
    let mut changes = Changes::none(side(old), side(new));
    let is_compared = |sheet: &&Sheet| !ORIGINS.contains(&sheet.id.as_str());
    for sheet in new.tables.iter().filter(is_compared) {
        match old.table(&sheet.id) {
            Some(before) => changes.tables.extend(table(before, sheet, is_one_language)),
            None => changes.tables.push(whole(sheet, Presence::Entered)),
        }
    }
    let left = old.tables.iter().filter(is_compared).filter(|sheet| new.table(&sheet.id).is_none());
    changes.tables.extend(left.map(|sheet| whole(sheet, Presence::Left)));
    if is_one_language {
        changes.wording = wording(old, new);
    }
    changes.reasons = explain::reasons(old, new);
    changes
}

fn side(printed: &Printed) -> Side {
    Side {
        kind: printed.kind.clone(),
        name: printed.name.clone(),
        form: printed.form.clone(),
        issued: printed.issued,
        language: printed.language.code(),
    }
}

fn whole(sheet: &Sheet, presence: Presence) -> TableChange {
    TableChange {
        id: sheet.id.clone(),
        label: sheet.label.clone(),
        caption: sheet.caption.clone(),
        presence,
        columns: Vec::new(),
        rows: Vec::new(),
    }
}

fn table(old: &Sheet, new: &Sheet, is_one_language: bool) -> Option<TableChange> {
    let (old_keys, new_keys) = keys::keys(old, new);
    let place: BTreeMap<&str, usize> =
        old_keys.iter().enumerate().map(|(at, key)| (key.as_str(), at)).collect();
    let is_known = |key: &String| place.contains_key(key.as_str());
    // Names of rows may be in the language too; then the rows stand in the same order at least.
    let is_by_place = !is_one_language && !new_keys.iter().any(is_known) && old.rows.len() == new.rows.len();
    let mut rows = Vec::new();
    let mut met = BTreeSet::new();
    let skipped = usize::from(keys::is_simple(old, new));
    for (at, key) in new_keys.iter().enumerate() {
        let before = if is_by_place { Some(at) } else { place.get(key.as_str()).copied() };
        let Some(before) = before else {
            rows.push(whole_row(new, at, key, Presence::Entered));
            continue;
        };
        met.insert(before);
        let cells = cells(old, before, new, at, skipped, is_one_language);
        if !cells.is_empty() {
            rows.push(RowChange { key: key.clone(), label: label(new, at), presence: Presence::Both, cells });
        }
    }
    for (at, key) in old_keys.iter().enumerate().filter(|(at, _)| !met.contains(at)) {
        rows.push(whole_row(old, at, key, Presence::Left));
    }
    let columns = columns(old, new);
    let is_same = rows.is_empty() && columns.is_empty();
    (!is_same).then(|| TableChange { columns, rows, ..whole(new, Presence::Both) })
}

fn columns(old: &Sheet, new: &Sheet) -> Vec<(String, Presence)> {
    let only = |one: &Sheet, other: &Sheet, presence| {
        let names = one.columns.iter().map(|column| column.name.clone());
        let only = names.filter(|name| other.place(name).is_none()).map(|name| (name, presence));
        only.collect::<Vec<_>>()
    };
    let mut columns = only(new, old, Presence::Entered);
    columns.extend(only(old, new, Presence::Left));
    columns
}

/// What a reader sees as the name of a row.
fn label(sheet: &Sheet, row: usize) -> String {
    sheet.rows[row].first().map(|entry| entry.text.clone()).unwrap_or_default()
}

fn whole_row(sheet: &Sheet, row: usize, key: &str, presence: Presence) -> RowChange {
    let entries = sheet.rows[row].iter().zip(&sheet.columns).skip(1);
    let cells = entries.filter(|(entry, _)| entry.value != Datum::Null).map(|(entry, column)| {
        let nothing = Entry { value: Datum::Null, text: String::new() };
        let (old, new) =
            if presence == Presence::Left { (entry.clone(), nothing) } else { (nothing, entry.clone()) };
        cell(column, old, new)
    });
    RowChange { key: key.to_string(), label: label(sheet, row), presence, cells: cells.collect() }
}

fn cells(
    old: &Sheet,
    old_row: usize,
    new: &Sheet,
    new_row: usize,
    skipped: usize,
    is_one_language: bool,
) -> Vec<CellChange> {
    let mut cells = Vec::new();
    for (column, after) in new.columns.iter().zip(&new.rows[new_row]).skip(skipped) {
        let Some(before) = old.entry(old_row, &column.name) else { continue };
        let is_text = |entry: &Entry| matches!(entry.value, Datum::Text(_));
        if is_same(before, after) || (!is_one_language && (is_text(before) || is_text(after))) {
            continue;
        }
        cells.push(cell(column, before.clone(), after.clone()));
    }
    cells
}

fn cell(column: &super::printed::Head, old: Entry, new: Entry) -> CellChange {
    CellChange {
        column: column.name.clone(),
        heading: column.heading.clone(),
        unit: column.unit.clone(),
        old: old.value,
        new: new.value,
        old_text: old.text,
        new_text: new.text,
    }
}

fn is_same(old: &Entry, new: &Entry) -> bool {
    match (&old.value, &new.value) {
        (Datum::Float(before), Datum::Float(after)) => {
            let size = before.abs().max(after.abs());
            before == after || (old.text == new.text && (before - after).abs() <= ROUNDING_MAX * size)
        }
        (before, after) => before == after,
    }
}

/// Sections whose sentences differ; conditions of the observation are told as reasons.
fn wording(old: &Printed, new: &Printed) -> Vec<WordingChange> {
    let mut balance: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let said = |printed: &'_ Printed| -> Vec<(String, String, String)> {
        let told = printed.sentences.iter().filter(|sentence| !sentence.is_condition);
        told.map(|s| (s.section.clone(), s.text.clone(), s.heading.clone())).collect()
    };
    let (before, after) = (said(old), said(new));
    for (sentences, step) in [(&after, 1), (&before, -1)] {
        for (section, text, _) in sentences {
            *balance.entry((section, text)).or_default() += step;
        }
    }
    let mut changed: Vec<WordingChange> = Vec::new();
    let mut told = BTreeSet::new();
    for (section, _, heading) in after.iter().chain(&before) {
        if !told.insert(section) {
            continue;
        }
        let of_section =
            || balance.iter().filter(|((place, _), _)| place == section).map(|(_, count)| *count);
        let entered: i64 = of_section().filter(|count| *count > 0).sum();
        let left: i64 = of_section().filter(|count| *count < 0).map(i64::abs).sum();
        if entered + left > 0 {
            changed.push(WordingChange {
                section: section.clone(),
                heading: heading.clone(),
                entered: usize::try_from(entered).unwrap_or(usize::MAX),
                left: usize::try_from(left).unwrap_or(usize::MAX),
            });
        }
    }
    changed
}
