//! What a finding says in numbers, as it is kept and as a person reads it.

use serde::Deserialize;
use teiten_detect::detector::{About, Words};
use teiten_model::finding::FindingRow;
use teiten_model::table::{Table, Value};

use crate::error::{AskError, Usage};
use crate::output::Lang;

/// What a rule says of itself in a language.
pub fn words_of(about: &About, lang: Lang) -> Words {
    match lang {
        Lang::Ja => about.ja(),
        Lang::En => about.en(),
    }
}

/// A number of a finding, as it is kept.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Measure {
    /// What is measured; stable.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// What was seen.
    pub seen: f64,
    /// What would be usual, or the bound that was passed; `None` where the rule has neither.
    pub expected: Option<f64>,
}

/// The numbers of a finding.
///
/// # Errors
/// When the row was damaged.
pub fn measures(row: &FindingRow) -> Result<Vec<Measure>, AskError> {
    serde_json::from_str(&row.measures)
        .map_err(|error| Usage(format!("reading the numbers of finding {}: {error}", row.id)).into())
}

/// A number as a person reads it.
pub fn number(seen: f64, unit: &str) -> String {
    match unit {
        "share" => format!("{:.1} %", 100.0 * seen),
        _ if seen.fract() == 0.0 => format!("{seen}"),
        _ if seen.abs() < 0.01 => format!("{seen:.1e}"),
        _ => format!("{seen:.2}"),
    }
}

/// What was seen, in one line; counts that have columns of their own are left out.
pub fn seen(measures: &[Measure]) -> String {
    let told = measures
        .iter()
        .filter(|measure| !matches!(measure.name.as_str(), "packets" | "sources" | "onset"))
        .map(|measure| format!("{} {}", measure.name, number(measure.seen, &measure.unit)));
    told.collect::<Vec<_>>().join(", ")
}

/// Findings as a table, one row each.
///
/// # Errors
/// When a row was damaged.
pub fn table(rows: &[FindingRow]) -> Result<Table, AskError> {
    let mut table = Table::new(&[
        ("id", ""),
        ("detector", ""),
        ("subject", ""),
        ("first", ""),
        ("last", ""),
        ("confidence", ""),
        ("sensors", "sensors"),
        ("packets", "packets"),
        ("sources", "sources"),
        ("seen", ""),
        ("filter", ""),
        ("experimental", ""),
    ]);
    let count = |number: i64| if number < 0 { Value::Null } else { Value::Int(number) };
    for row in rows {
        let seen = seen(&measures(row)?);
        table.push(vec![
            Value::Text(row.id.clone()),
            Value::Text(row.detector.clone()),
            Value::Text(row.subject.clone()),
            Value::Time(row.first),
            Value::Time(row.last),
            Value::Text(row.confidence.clone()),
            count(row.sensors),
            count(row.packets),
            count(row.sources),
            Value::Text(seen),
            if row.filter.is_empty() { Value::Null } else { Value::Text(row.filter.clone()) },
            Value::Bool(row.experimental == 1),
        ]);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_large_as_they_are() {
        let cases =
            [(0.4, "share", "40.0 %"), (12.0, "", "12"), (0.001, "p", "1.0e-3"), (1.256, "x", "1.26")];
        for (seen, unit, expected) in cases {
            assert_eq!(number(seen, unit), expected);
        }
    }

    #[test]
    fn the_line_leaves_out_what_has_a_column() {
        let measure =
            |name: &str| Measure { name: name.into(), unit: String::new(), seen: 2.0, expected: None };
        assert_eq!(seen(&[measure("packets"), measure("ratio")]), "ratio 2");
    }
}
