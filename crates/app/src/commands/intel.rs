//! `teiten intel`: catalogues of what became known, and what ties it to what was seen.

mod known;
mod seen;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use teiten_intel::diff::{Change, diff};
use teiten_intel::import::{ImportRequest, import};
use teiten_intel::shelf::Edition;
use teiten_intel::source::Source;
use teiten_model::protocols::{TCP, UDP, read_port_label};
use teiten_model::table::{Table, Value};
use teiten_refdata::edition::Kind;
use teiten_refdata::error::RefdataError;
use teiten_refdata::library::{self, Library};

pub(crate) use self::known::{apart, show};
pub(crate) use self::seen::mark_series;
use super::data::day;
use crate::args::Intel;
use crate::exit::{Outcome, Usage};
use crate::world::World;

/// Most records passed over that are named; all are counted.
const SKIPS_SAID_MAX: usize = 20;
/// Most files of no known form that are named.
const UNKNOWN_SAID_MAX: usize = 5;

/// Runs `intel`.
pub(crate) fn run(world: &World, command: &Intel) -> Result<Outcome> {
    match command {
        Intel::Import { paths, name, date, licence } => {
            let date = date.as_deref().map(day).transpose()?;
            take_in(
                world,
                ImportRequest { paths: paths.clone(), name: name.clone(), date, licence: licence.clone() },
            )
        }
        Intel::Status => status(world),
        Intel::List(args) => known::list(world, args),
        Intel::Show { things } => show(world, things),
        Intel::Diff { source, old, new } => compare(world, source, old.as_deref(), new.as_deref()),
        Intel::Related { ports, selection } => seen::related(world, ports, selection),
        Intel::Timeline { port, selection } => seen::timeline(world, port, selection),
        Intel::Lead(selection) => seen::lead(world, selection),
    }
}

/// A port of the command line.
pub(super) fn port(word: &str) -> Result<(u8, u16)> {
    let found = read_port_label(word).filter(|(proto, _)| [TCP, UDP].contains(proto));
    Ok(found.ok_or_else(|| Usage(format!("`{word}` is not a port: write 23/tcp or 9034/udp")))?)
}

fn take_in(world: &World, request: ImportRequest) -> Result<Outcome> {
    let imported = import(&world.shelf(), &request)?;
    let mut outcome = Outcome::default();
    for (edition, is_new) in &imported.editions {
        outcome.notes.push(match is_new {
            true => format!(
                "{edition}: {} records, {} added, {} changed, {} removed, {} passed over, licence {}",
                edition.records,
                edition.added,
                edition.changed,
                edition.removed,
                edition.skipped,
                edition.licence
            ),
            false => format!("{edition} holds that already: nothing was changed"),
        });
    }
    scanners(world, &request, &imported.scanners, &mut outcome)?;
    for (path, skip) in imported.skipped.iter().take(SKIPS_SAID_MAX) {
        outcome.notes.push(format!("passed over {} of {}: {}", skip.record, path.display(), skip.reason));
    }
    if imported.skipped_count > SKIPS_SAID_MAX as u64 {
        outcome.notes.push(format!("passed over {} records in all", imported.skipped_count));
    }
    if !imported.without_records.is_empty() {
        let count = imported.without_records.len();
        outcome.notes.push(format!("{count} files are lists that name no vulnerability"));
    }
    if !imported.unknown.is_empty() {
        let names: Vec<String> =
            imported.unknown.iter().take(UNKNOWN_SAID_MAX).map(|path| path.display().to_string()).collect();
        outcome.notes.push(format!(
            "{} files are no catalogue: {}",
            imported.unknown.len(),
            names.join(", ")
        ));
    }
    outcome.faults.extend(imported.failed.iter().map(|(_, error)| error.to_string()));
    outcome.is_failure =
        imported.editions.is_empty() && outcome.notes.is_empty() && !outcome.faults.is_empty();
    Ok(outcome)
}

/// Lists of scanners are reference data: packets that are imported from then on carry what they say.
fn scanners(world: &World, request: &ImportRequest, paths: &[PathBuf], outcome: &mut Outcome) -> Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let library = Library::open(world.data_folder())?;
    for path in paths {
        let undated = library::ImportRequest {
            paths: vec![path.clone()],
            kind: Some(Kind::Scanner),
            licence: request.licence.clone(),
            ..library::ImportRequest::default()
        };
        // The date of a list is what the list says, where it does.
        let imported = match library.import(&undated) {
            Err(RefdataError::NoDate { .. }) if request.date.is_some() => {
                library.import(&library::ImportRequest { date: request.date, ..undated })
            }
            imported => imported,
        };
        match imported {
            Ok(edition) => outcome.notes.push(format!(
                "scanner list {} of {}: {} entries, {} passed over, licence {}",
                edition.name, edition.date, edition.records, edition.skipped, edition.licence
            )),
            Err(error) => outcome.faults.push(error.to_string()),
        }
    }
    Ok(())
}

fn status(world: &World) -> Result<Outcome> {
    let mut table = Table::new(&[
        ("source", ""),
        ("name", ""),
        ("date", ""),
        ("number", ""),
        ("records", "records"),
        ("added", "records"),
        ("changed", "records"),
        ("removed", "records"),
        ("skipped", "records"),
        ("licence", ""),
        ("files", ""),
        ("digest", ""),
    ]);
    for edition in world.shelf().editions()? {
        let count = |number: u64| Value::Int(number as i64);
        table.push(vec![
            edition.source.word().into(),
            Value::Text(edition.name),
            Value::Text(edition.date.to_string()),
            Value::Int(i64::from(edition.number)),
            count(edition.records),
            count(edition.added),
            count(edition.changed),
            count(edition.removed),
            count(edition.skipped),
            Value::Text(edition.licence),
            Value::Text(edition.files),
            Value::Text(edition.digest),
        ]);
    }
    world.print(&table)?;
    let mut outcome = Outcome::default();
    if table.rows.is_empty() {
        let folder = world.data_folder().join("intel");
        outcome
            .notes
            .push(format!("{} holds no catalogue: `teiten intel import FILE` adds one", folder.display()));
    }
    Ok(outcome)
}

/// The source of a word.
pub(super) fn source(word: &str) -> Result<Source> {
    Ok(Source::of(word).ok_or_else(|| {
        let known: Vec<&str> = Source::ALL.into_iter().map(Source::word).collect();
        Usage(format!("`{word}` is no source: write one of {}", known.join(", ")))
    })?)
}

fn compare(world: &World, word: &str, old: Option<&str>, new: Option<&str>) -> Result<Outcome> {
    let (word, name) = match word.split_once('/') {
        Some((word, name)) => (word, Some(name)),
        None => (word, None),
    };
    let source = source(word)?;
    let shelf = world.shelf();
    let mut lists: BTreeMap<String, Vec<Edition>> = BTreeMap::new();
    for edition in shelf.editions()?.into_iter().filter(|edition| edition.source == source) {
        if name.is_none_or(|name| name == edition.name) {
            lists.entry(edition.name.clone()).or_default().push(edition);
        }
    }
    let editions = match lists.len() {
        1 => lists.into_values().next().unwrap_or_default(),
        0 => {
            return Err(
                Usage(format!("there is no edition of `{word}`: `teiten intel status` lists them")).into()
            );
        }
        _ => {
            let names: Vec<String> = lists.keys().map(|name| format!("{word}/{name}")).collect();
            return Err(Usage(format!("there are several lists: write one of {}", names.join(", "))).into());
        }
    };
    let of = |text: &str| -> Result<usize> {
        let date = day(text)?;
        let found = editions.iter().rposition(|edition| edition.date == date);
        Ok(found.ok_or_else(|| {
            Usage(format!("there is no edition of {date}: `teiten intel status` lists them"))
        })?)
    };
    let newer = new.map_or(Ok(editions.len() - 1), of)?;
    let older = match old {
        Some(text) => of(text)?,
        None => newer
            .checked_sub(1)
            .ok_or_else(|| Usage("there is one edition: nothing to compare it with".to_string()))?,
    };
    let found = diff(&shelf, &editions[older], &editions[newer])?;
    let mut table = Table::new(&[("change", ""), ("id", ""), ("title", ""), ("fields", "")]);
    for row in found.rows {
        let (change, fields) = match row.change {
            Change::Added => ("added", Value::Null),
            Change::Removed => ("removed", Value::Null),
            Change::Changed(fields) => ("changed", Value::Text(fields.join(", "))),
        };
        let title = teiten_ask::known::title(&row.record, world.lang());
        table.push(vec![
            change.into(),
            Value::Text(row.record.id),
            teiten_ask::relations::text(title),
            fields,
        ]);
    }
    world.print(&table)?;
    let note = format!(
        "{} against {}: {} added, {} removed, {} changed, {} the same",
        editions[newer], editions[older], found.added, found.removed, found.changed, found.same
    );
    Ok(Outcome { notes: vec![note], ..Outcome::default() })
}
