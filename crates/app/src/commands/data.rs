//! `teiten data`: editions of reference data.

use anyhow::Result;
use teiten_model::interval::Day;
use teiten_model::table::{Table, Value};
use teiten_refdata::edition::{Kind, parse_day};
use teiten_refdata::library::{ImportRequest, Library};

use crate::args::Data;
use crate::exit::{Outcome, Usage};
use crate::world::World;

/// A day of the command line.
pub(super) fn day(text: &str) -> Result<Day> {
    Ok(parse_day(text).ok_or_else(|| Usage(format!("`{text}` is not a date: write YYYY-MM-DD")))?)
}

pub(crate) fn run(world: &World, command: &Data) -> Result<Outcome> {
    let folder = world.data_folder();
    match command {
        Data::Status => {
            let mut table = Table::new(&[
                ("kind", ""),
                ("name", ""),
                ("date", ""),
                ("rows", "rows"),
                ("records", "records"),
                ("skipped", "records"),
                ("licence", ""),
                ("source", ""),
                ("digest", ""),
            ]);
            for edition in Library::open(&folder)?.editions()? {
                table.push(vec![
                    Value::from(edition.kind.word()),
                    Value::Text(edition.name),
                    Value::Text(edition.date.to_string()),
                    Value::Int(edition.rows as i64),
                    Value::Int(edition.records as i64),
                    Value::Int(edition.skipped as i64),
                    Value::Text(edition.licence),
                    Value::Text(edition.source),
                    Value::Text(edition.digest),
                ]);
            }
            world.print(&table)?;
            let mut outcome = Outcome::default();
            if table.rows.is_empty() {
                outcome.notes.push(format!(
                    "{} holds no edition: `teiten data import FILE` adds one",
                    folder.display()
                ));
            }
            Ok(outcome)
        }
        Data::Import { paths, kind, name, date, licence } => {
            let kind = kind
                .as_deref()
                .map(|word| {
                    Kind::of(word).ok_or_else(|| {
                        let kinds = Kind::ALL.map(Kind::word).join(", ");
                        Usage(format!("`{word}` is not a kind: there are {kinds}"))
                    })
                })
                .transpose()?;
            let request = ImportRequest {
                paths: paths.clone(),
                kind,
                name: name.clone(),
                date: date.as_deref().map(day).transpose()?,
                licence: licence.clone(),
            };
            let edition = Library::open(&folder)?.import(&request)?;
            let note = format!(
                "{} edition {} of {}: {} rows from {} records, {} passed over, licence {}",
                edition.kind,
                edition.name,
                edition.date,
                edition.rows,
                edition.records,
                edition.skipped,
                edition.licence
            );
            Ok(Outcome { notes: vec![note], ..Outcome::default() })
        }
        Data::Lookup { things, day: asked } => {
            let asked = match asked {
                Some(text) => day(text)?,
                None => Day::of(world.now()),
            };
            let (known, of_intel) = super::intel::apart(world, things)?;
            let mut outcome = match known.is_empty() {
                true => Outcome::default(),
                false => super::lookup::run(world, &known, asked)?,
            };
            if !of_intel.is_empty() {
                outcome.notes.extend(super::intel::show(world, &of_intel)?.notes);
            }
            Ok(outcome)
        }
    }
}
