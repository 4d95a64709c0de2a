//! An answer as people read it, cell by cell: for pages, which draw the rows themselves.
//!
//! **Invariant:** a cell has the text that the table of the command line has.

use teiten_model::table::{Table, Value};

use crate::output::cell::ColumnForm;
use crate::output::{Lang, Style, tame, words};

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The name in machine-readable output.
    pub name: String,
    /// The word that people read.
    pub word: String,
    /// The unit; empty when the word says it.
    pub unit: String,
    /// Whether it holds numbers, which stand at the right.
    pub is_right: bool,
}

/// An answer in texts.
#[derive(Debug, Clone, Default)]
pub struct Drawn {
    /// The heads, in the order of the columns.
    pub heads: Vec<Head>,
    /// The cells of each row; `None` where there is no value.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Draws every cell.
pub fn drawn(table: &Table, style: &Style) -> Drawn {
    let forms = ColumnForm::all(table, style);
    let heads = table.columns.iter().zip(&forms).map(|(column, form)| Head {
        name: column.name.clone(),
        word: tame::tame(words::head(&column.name, style.lang)).into_owned(),
        unit: match words::unit(&column.unit, style.lang) {
            unit if unit == column.name => String::new(),
            unit => tame::tame(unit).into_owned(),
        },
        is_right: form.is_right,
    });
    let cell = |(form, value): (&ColumnForm, &Value)| (*value != Value::Null).then(|| form.draw(value));
    let rows = table.rows.iter().map(|row| forms.iter().zip(row).map(cell).collect());
    Drawn { heads: heads.collect(), rows: rows.collect() }
}

/// The word that people read for the name of a column, or of a way to divide packets.
pub fn word(name: &str, lang: Lang) -> &str {
    words::head(name, lang)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Format, samples};

    #[test]
    fn cells_are_those_of_the_table_for_people() {
        let drawn = drawn(&samples::top(), &samples::style(Format::Table));
        let first: Vec<&str> = drawn.rows[0].iter().flatten().map(String::as_str).collect();
        assert_eq!(first, ["1", "中国", "1,234,567", "61.2", "1,130.5", "+12.5"]);
        assert_eq!(drawn.rows[2][4], None);
        let heads: Vec<(&str, &str, bool)> =
            drawn.heads.iter().map(|head| (head.word.as_str(), head.unit.as_str(), head.is_right)).collect();
        assert_eq!(heads[2..4], [("packets", "", true), ("share", "%", true)]);
    }
}
