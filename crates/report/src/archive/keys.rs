//! What makes a row of one report the same row in another.
//!
//! The first column names the row in almost every table. Where it does not alone, all columns of texts
//! do together, and rows that are still alike are counted.
//!
//! **Invariant:** within a table every key is different, and both reports are keyed by one rule.

use std::collections::{BTreeMap, BTreeSet};

use super::printed::{Datum, Sheet};

/// What parts the texts of one key.
const JOINT: &str = " | ";

/// The keys of the rows of both tables, in their order.
pub(super) fn keys(old: &Sheet, new: &Sheet) -> (Vec<String>, Vec<String>) {
    let first = [simple(old), simple(new)];
    if first.iter().all(|keys| is_unique(keys)) {
        let [old, new] = first;
        return (old, new);
    }
    (counted(joined(old)), counted(joined(new)))
}

/// Whether the key of a row is its first column alone.
pub(super) fn is_simple(old: &Sheet, new: &Sheet) -> bool {
    [old, new].iter().all(|sheet| is_unique(&simple(sheet)))
}

fn simple(sheet: &Sheet) -> Vec<String> {
    sheet.rows.iter().map(|row| row.first().map(|entry| entry.value.key()).unwrap_or_default()).collect()
}

fn joined(sheet: &Sheet) -> Vec<String> {
    let key = |row: &Vec<_>| {
        let texts = row.iter().filter_map(|entry: &super::printed::Entry| match &entry.value {
            Datum::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join(JOINT)
    };
    sheet.rows.iter().map(key).collect()
}

fn counted(keys: Vec<String>) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let number = |key: String| {
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        if *count == 1 { key } else { format!("{key} #{count}") }
    };
    keys.into_iter().map(number).collect()
}

fn is_unique(keys: &[String]) -> bool {
    keys.iter().collect::<BTreeSet<_>>().len() == keys.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::printed::{Entry, Head};

    fn sheet(rows: &[[&str; 2]]) -> Sheet {
        let head = |name: &str| Head { name: name.into(), heading: String::new(), unit: String::new() };
        let entry = |text: &&str| Entry { value: Datum::Text((*text).into()), text: String::new() };
        Sheet {
            id: "t".into(),
            label: String::new(),
            caption: String::new(),
            columns: vec![head("a"), head("b")],
            rows: rows.iter().map(|row| row.iter().map(entry).collect()).collect(),
        }
    }

    #[test]
    fn rows_are_told_apart_by_as_little_as_it_takes() {
        let check = |old: &[[&str; 2]], new: &[[&str; 2]], expected: [&[&str]; 2]| {
            let (old, new) = keys(&sheet(old), &sheet(new));
            assert_eq!(
                [old, new],
                expected.map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<_>>())
            );
        };
        check(&[["22", "x"], ["23", "x"]], &[["22", "y"]], [&["22", "23"], &["22"]]);
        check(&[["r", "1"], ["r", "2"]], &[["r", "1"]], [&["r | 1", "r | 2"], &["r | 1"]]);
        check(&[["r", "1"], ["r", "1"]], &[], [&["r | 1", "r | 1 #2"], &[]]);
    }
}
