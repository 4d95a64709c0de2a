//! Answers of the store as sheets and curves of a report: keys get names, per cent becomes a part.
//!
//! **Invariant:** what an answer has not, or withholds, is nothing here, never a zero.

use anyhow::Result;
use teiten_model::interval::Timestamp;
use teiten_model::table::{Table, Value};
use teiten_report::facts::Series;
use teiten_report::facts::recurring::{Curves, Sheet, SheetCell};
use teiten_report::words::names::Names;

use super::Ask;
use crate::facts::date;

/// How a column of a sheet comes from a column of an answer.
pub(super) enum From<'a> {
    /// A port such as `445/TCP`, with its service.
    Port(&'static str),
    /// A country, with its name.
    Country(&'static str),
    /// A word, with a name that is looked up.
    Word(&'static str, &'a dyn Fn(&str) -> Names),
    /// As it is.
    Same(&'static str),
    /// A share in per cent.
    PerCent(&'static str),
    /// A month, from its first moment.
    Month(&'static str),
    /// A year, from its first moment.
    Year(&'static str),
}

/// Curves, and how many of their values the readers may not see.
pub(super) struct Drawn {
    pub(super) curves: Curves,
    pub(super) withheld: i64,
}

impl Ask<'_> {
    /// An answer as a sheet.
    pub(super) fn sheet(&self, table: &Table, columns: &[From<'_>]) -> Result<Sheet> {
        let mut sheet = Sheet { rows: Vec::new(), origin: table.origin.clone() };
        for row in 0..table.rows.len() {
            let cells = columns.iter().map(|column| self.cell(table, row, column));
            sheet.rows.push(cells.collect::<Result<_>>()?);
        }
        Ok(sheet)
    }

    fn cell(&self, table: &Table, row: usize, column: &From<'_>) -> Result<SheetCell> {
        let value = |name: &str| table.value(row, name).cloned().unwrap_or(Value::Null);
        let text = |name: &str| match value(name) {
            Value::Text(text) => text,
            _ => String::new(),
        };
        Ok(match column {
            From::Port(name) => {
                let key = text(name);
                let service = match key.as_str() {
                    OTHER => Names::new("その他", "other"),
                    port => (self.service)(port),
                };
                SheetCell::Named(key, service)
            }
            From::Country(name) => {
                let key = text(name);
                let country = crate::facts::country_names(&key);
                SheetCell::Named(key, country)
            }
            From::Word(name, names) => {
                let key = text(name);
                let named = names(&key);
                SheetCell::Named(key, named)
            }
            From::Same(name) => SheetCell::Plain(value(name)),
            From::PerCent(name) => SheetCell::Plain(match value(name) {
                Value::Float(part) => Value::Float(part / 100.0),
                other => other,
            }),
            From::Month(name) => {
                let Value::Time(at) = value(name) else { return Ok(SheetCell::Plain(Value::Null)) };
                let day = date(self.world, Timestamp(at))?;
                let names = Names::new(
                    format!("{}年{}月", day.year(), day.month()),
                    format!("{} {}", day.strftime("%B"), day.year()),
                );
                SheetCell::Named(format!("{:04}-{:02}", day.year(), day.month()), names)
            }
            From::Year(name) => {
                let Value::Time(at) = value(name) else { return Ok(SheetCell::Plain(Value::Null)) };
                let year = date(self.world, Timestamp(at))?.year().to_string();
                SheetCell::Named(year.clone(), Names::same(year))
            }
        })
    }

    /// An answer by day as curves over the period: one for each line, or one of all when it has no lines.
    pub(super) fn curves(
        &self,
        table: &Table,
        by: Option<&str>,
        value: &str,
        names: &dyn Fn(&str) -> Names,
    ) -> Result<Drawn> {
        self.curves_over((self.period.first, self.period.days()), table, by, value, names)
    }

    /// The same over other days: the first, and how many.
    pub(super) fn curves_over(
        &self,
        (first, days): (jiff::civil::Date, usize),
        table: &Table,
        by: Option<&str>,
        value: &str,
        names: &dyn Fn(&str) -> Names,
    ) -> Result<Drawn> {
        let mut series: Vec<Series> = Vec::new();
        let mut withheld = 0;
        for row in 0..table.rows.len() {
            let Some(Value::Time(at)) = table.value(row, "at") else { continue };
            let day = first.until(date(self.world, Timestamp(*at))?).map_or(-1, |span| span.get_days());
            let Ok(day) = usize::try_from(day) else { continue };
            let key = match by.and_then(|by| table.value(row, by)) {
                Some(Value::Text(key)) => key.clone(),
                _ => ALL.to_string(),
            };
            let place = series.iter().position(|series| series.key == key).unwrap_or_else(|| {
                let label = if key == ALL { Names::new("合計", "all") } else { names(&key) };
                series.push(Series { key, label, values: vec![None; days] });
                series.len() - 1
            });
            let number = match table.value(row, value) {
                Some(Value::Int(count)) => Some(*count as f64),
                Some(Value::Float(rate)) => Some(*rate),
                _ => None,
            };
            if let Some(value) = series[place].values.get_mut(day) {
                *value = number;
                // A day that nobody watched has no row. A rate may be missing for other reasons, packets not.
                let is_missing = |name| table.value(row, name).is_none_or(|value| *value == Value::Null);
                withheld += i64::from(self.is_restricted && number.is_none() && is_missing("packets"));
            }
        }
        Ok(Drawn { curves: Curves { first, series, origin: table.origin.clone() }, withheld })
    }
}

/// The key of the line that gathers the others.
const OTHER: &str = "other";
/// The key of the curve of all lines together.
const ALL: &str = "all";
