//! A few numbers of a period beside those of the period before: the head of a section of a report.

use teiten_model::table::{Table, Value};

/// One number of two periods.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    /// What it is, as a word.
    pub(crate) name: &'static str,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// In the period; `None` where there is none or it is withheld.
    pub(crate) now: Option<f64>,
    /// In the period before.
    pub(crate) before: Option<f64>,
}

/// Puts what two periods gave side by side: the same figures in the same order.
pub(crate) fn beside(now: Vec<Figure>, before: Option<Vec<Figure>>) -> Vec<Figure> {
    let Some(before) = before else { return now };
    now.into_iter().zip(before).map(|(now, before)| Figure { before: before.now, ..now }).collect()
}

/// The table.
///
/// Columns: figure, unit, now, and with a period before: before, difference, change (%).
pub(crate) fn table(figures: &[Figure], has_before: bool) -> Table {
    let mut columns = vec![("figure", ""), ("unit", ""), ("now", "")];
    if has_before {
        columns.extend([("before", ""), ("difference", ""), ("change", "%")]);
    }
    let float = |number: Option<f64>| number.map_or(Value::Null, Value::Float);
    let mut table = Table::new(&columns);
    for figure in figures {
        let mut row = vec![Value::from(figure.name), Value::from(figure.unit), float(figure.now)];
        if has_before {
            let both = figure.now.zip(figure.before);
            let change =
                both.filter(|(_, before)| *before > 0.0).map(|(now, before)| 100.0 * (now / before - 1.0));
            row.extend([float(figure.before), float(both.map(|(now, before)| now - before)), float(change)]);
        }
        table.push(row);
    }
    table
}
