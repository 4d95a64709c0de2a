//! `teiten report diff`: what two reports say differently, and what of their making differs.
//!
//! A report is named by its folder, by a `report.json`, or as an edition in a site (`SITE/kind/period@n`,
//! or `kind/period@n` with `--site`).

use std::path::{Path, PathBuf};

use anyhow::Result;
use teiten_model::table::{Table, Value};
use teiten_report::archive::changes::{CellChange, Changes, Presence, RowChange, Side, TableChange};
use teiten_report::archive::compare::{compare, pair};
use teiten_report::archive::printed::{Datum, Printed};
use teiten_report::archive::sealed::read_printed;
use teiten_report::archive::site::Site;
use teiten_report::archive::tell::{self, What};
use teiten_report::words::Words;

use crate::args::ReportDiff;
use crate::commands::report::language;
use crate::exit::{Outcome, Usage};
use crate::world::World;
use teiten_ask::output::Format;

pub(crate) fn run(world: &World, args: &ReportDiff) -> Result<Outcome> {
    let site = args.site.as_deref();
    let (old, new) = (named(&args.old, site)?, named(&args.new, site)?);
    let language = language(world.lang());
    let Some((old, new)) = pair(&old, &new, language) else {
        return Err(Usage("there is nothing to compare: name two reports".to_string()).into());
    };
    let changes = compare(old, new);
    let words = Words::new(language);
    let is_for_people = matches!(world.format, Format::Table | Format::Markdown);
    let mut rows = Rows { table: head(), words: &words, is_for_people };
    rows.all(&changes);
    let mut notes = vec![format!("from {} to {}", side(&changes.old), side(&changes.new))];
    notes.extend(tell::sentences_between(&changes, &words));
    if changes.old.language != changes.new.language {
        notes.push("the reports are in different languages, so only numbers were compared".to_string());
    }
    words.check()?;
    world.print(&rows.table)?;
    let is_nothing = args.exit_status && !changes.is_same();
    Ok(Outcome { notes, is_nothing, ..Outcome::default() })
}

fn side(side: &Side) -> String {
    let issued = side.issued.map_or("no date".to_string(), |day| day.to_string());
    format!("{} {} ({}, issued {issued}, {})", side.kind, side.name, side.form, side.language)
}

/// The reports that a name on the command line means.
fn named(text: &str, site: Option<&Path>) -> Result<Vec<Printed>> {
    if let Some(site) = site {
        return Ok(read_printed(&edition(site, text)?)?);
    }
    let path = Path::new(text);
    if !path.try_exists().unwrap_or(false)
        && let Some((before, _)) = text.rsplit_once('@')
    {
        // SITE/kind/period@n: the site is two folders up.
        let above = Path::new(before).parent().and_then(Path::parent);
        if let Some(site) = above {
            let name = Path::new(text).strip_prefix(site).unwrap_or(Path::new(text));
            return Ok(read_printed(&edition(site, &name.to_string_lossy())?)?);
        }
    }
    Ok(read_printed(path)?)
}

/// The folder of `kind/period@n`; the newest edition where no number is said.
fn edition(site: &Path, text: &str) -> Result<PathBuf> {
    let wrong = || {
        Usage(format!(
            "`{text}` names no edition: write one such as quarterly/2014Q2@1, or without @1 for the newest"
        ))
    };
    let (report, number) = match text.rsplit_once('@') {
        Some((report, number)) => (report, Some(number.parse::<u32>().map_err(|_| wrong())?)),
        None => (text, None),
    };
    let (kind, name) = report.split_once('/').filter(|(_, name)| !name.contains('/')).ok_or_else(wrong)?;
    let site = Site::open(site)?;
    let editions = site.editions_of(kind, name)?;
    let found = match number {
        Some(number) => editions.iter().find(|edition| edition.number == number),
        None => editions.last(),
    };
    match found {
        Some(edition) => Ok(site.edition_folder(edition)),
        None => {
            let has = match editions.len() {
                0 => format!("`teiten report list {}` names what it holds", site.folder.display()),
                1 => "there is edition 1".to_string(),
                last => format!("there are editions 1 to {last}"),
            };
            Err(Usage(format!("{} holds no {kind}/{name} of that edition: {has}", site.folder.display()))
                .into())
        }
    }
}

fn head() -> Table {
    Table::new(&[
        ("what", ""),
        ("table", ""),
        ("row", ""),
        ("column", ""),
        ("old", ""),
        ("new", ""),
        ("difference", ""),
        ("change", "%"),
    ])
}

/// No values.
const NOTHING: [Value; 4] = [Value::Null, Value::Null, Value::Null, Value::Null];
/// Letters of a SHA-256 in hexadecimal.
const HASH_LETTERS: usize = 64;
/// Letters of it that a person is shown.
const HASH_LETTERS_SHOWN: usize = 16;

struct Rows<'a> {
    table: Table,
    words: &'a Words,
    is_for_people: bool,
}

impl Rows<'_> {
    fn all(&mut self, changes: &Changes) {
        for table in &changes.tables {
            if table.presence != Presence::Both {
                self.line(What::Table(table.presence), [&table.id, "", ""], NOTHING);
            }
            for (name, presence) in &table.columns {
                self.line(What::Column(*presence), [&table.id, "", name], NOTHING);
            }
            for row in &table.rows {
                self.row(table, row);
            }
        }
        for section in &changes.wording {
            let count = |count: usize| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
            let (old, new) = (count(section.left), count(section.entered));
            let name = if self.is_for_people { &section.heading } else { &section.section };
            self.line(What::Wording, ["", name, ""], [old, new, Value::Null, Value::Null]);
        }
        for reason in &changes.reasons {
            let (old, new) = (self.datum(&reason.old, None), self.datum(&reason.new, None));
            let (what, subject) = match self.is_for_people {
                true => (tell::reason(reason.kind, self.words), shortened(&reason.subject)),
                false => (reason.kind.word().to_string(), reason.subject.clone()),
            };
            self.push(what, ["", &subject, ""], [old, new, Value::Null, Value::Null]);
        }
    }

    fn row(&mut self, table: &TableChange, row: &RowChange) {
        let name = if self.is_for_people { &row.label } else { &row.key };
        if row.cells.is_empty() {
            self.line(What::Row(row.presence), [&table.id, name, ""], NOTHING);
        }
        for cell in &row.cells {
            let what = match row.presence {
                Presence::Both if cell.is_rank() => What::Rank,
                Presence::Both => What::Value,
                presence => What::Row(presence),
            };
            let is_headed = self.is_for_people && !cell.heading.is_empty();
            let column = if is_headed { &cell.heading } else { &cell.column };
            let values = [
                self.datum(&cell.old, Some(&cell.old_text)),
                self.datum(&cell.new, Some(&cell.new_text)),
                self.difference(cell),
                cell.relative().map_or(Value::Null, |part| Value::Float(part * 100.0)),
            ];
            self.line(what, [&table.id, name, column], values);
        }
    }

    fn difference(&self, cell: &CellChange) -> Value {
        match (cell.difference(), &cell.old, &cell.new) {
            (None, ..) => Value::Null,
            // The terminal has one sign for less, whoever wrote the number.
            _ if self.is_for_people => {
                Value::Text(tell::difference(cell, self.words).replace('\u{2212}', "-"))
            }
            (_, Datum::Int(old), Datum::Int(new)) => Value::Int(new.saturating_sub(*old)),
            (Some(difference), ..) => Value::Float(difference),
        }
    }

    /// A value; for people as the report writes it.
    fn datum(&self, datum: &Datum, text: Option<&str>) -> Value {
        match (datum, text.filter(|text| self.is_for_people && !text.is_empty())) {
            (_, Some(text)) => Value::Text(text.to_string()),
            (Datum::Null, None) => Value::Null,
            (datum, None) if self.is_for_people => Value::Text(tell::datum(datum)),
            (Datum::Bool(truth), None) => Value::Bool(*truth),
            (Datum::Int(number), None) => Value::Int(*number),
            (Datum::Float(number), None) => Value::Float(*number),
            (Datum::Text(text), None) => Value::Text(text.clone()),
        }
    }

    fn line(&mut self, what: What, names: [&str; 3], values: [Value; 4]) {
        let (word, text) = what.names(self.words);
        self.push(if self.is_for_people { text } else { word.to_string() }, names, values);
    }

    fn push(&mut self, what: String, names: [&str; 3], values: [Value; 4]) {
        let maybe = |text: &str| if text.is_empty() { Value::Null } else { Value::Text(text.to_string()) };
        let mut line = vec![Value::Text(what)];
        line.extend(names.map(maybe));
        line.extend(values);
        self.table.push(line);
    }
}

/// A hash with as many letters as tell it from others; anything else as it is.
fn shortened(subject: &str) -> String {
    let is_hash = subject.len() == HASH_LETTERS && subject.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { format!("{}…", &subject[..HASH_LETTERS_SHOWN]) } else { subject.to_string() }
}
